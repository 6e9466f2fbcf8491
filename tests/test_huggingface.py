"""A model endpoint as the program remembers it: whether it sleeps, what waking took, who wakes it, how often it is asked."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sightsync.adapters.huggingface import HuggingFaceVision
from sightsync.adapters.huggingface_http import Trouble
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.errors import CatalogUnavailable, Misconfigured, VisionUnavailable
from sightsync.ports import Picture, VisionHealth
from sightsync.services import build
from sightsync.settings import Settings
from tests import pictures
from tests.endpoint import HOSTED, SPACE, Clock, Endpoint, hosted, says, serving, well

PICTURE = Picture(pictures.jpeg(), 64, 48)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


Open = Callable[..., HuggingFaceVision]


@pytest.fixture
def open_vision(endpoint: Endpoint, clock: Clock, catalog: SqliteCatalog) -> Open:
    """Another process at each call."""
    return lambda url=HOSTED, daily_calls=1000, catalog=catalog: hosted(endpoint, clock, catalog, url, daily_calls)


@pytest.fixture
def vision(open_vision: Open) -> HuggingFaceVision:
    return open_vision()


def trouble(call: Callable[[], object]) -> Trouble:
    with pytest.raises(Trouble) as raised:
        call()
    return raised.value


def ask(vision: HuggingFaceVision, deadline: float | None = None) -> object:
    return vision.embed(["a red boat"], deadline)


def read(vision: HuggingFaceVision) -> object:
    return vision.read([PICTURE], [[]], ("caption", "vectors"))


# --- what is remembered


def test_health_asks_nothing(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    assert vision.health() == VisionHealth(
        "Hugging Face endpoint", "waking", ("caption", "match", "search", "categories"), costly=True
    )
    assert endpoint.asked == []
    assert endpoint.connections == 0


def test_health_names_both_models_once_they_have_answered(vision: HuggingFaceVision) -> None:
    read(vision)
    health = vision.health()
    assert (health.name, health.state, health.space, health.max_tokens) == ("fake/blip and fake/clip", "ready", SPACE, 77)


def test_another_process_knows_what_this_one_learned(vision: HuggingFaceVision, open_vision: Open) -> None:
    other = open_vision()
    other.health()
    read(vision)
    assert open_vision().health() == vision.health()
    assert other.health().state == "waking", "it looks into the catalog now and then, not at every turn"


def test_an_endpoint_that_has_not_answered_for_a_while_is_not_counted_on(vision: HuggingFaceVision, clock: Clock) -> None:
    read(vision)
    clock.now += 599
    assert vision.health().state == "ready"
    clock.now += 2
    assert vision.health().state == "waking"


def test_searches_do_not_keep_an_endpoint_awake_for_ever(vision: HuggingFaceVision, clock: Clock) -> None:
    """Visitors may search while it is awake; if that counted, they could keep it awake, at its owner's cost, all day."""
    read(vision)
    for _ in range(9):
        clock.now += 61
        ask(vision)
    clock.now += 61
    assert vision.health().state == "waking"
    ask(vision)  # by somebody who may wake it: nobody else may ask now
    assert vision.health().state == "ready"


def test_the_time_it_took_to_wake_is_measured_and_remembered(
    endpoint: Endpoint, vision: HuggingFaceVision, open_vision: Open, clock: Clock
) -> None:
    endpoint.otherwise = says(503)
    began = clock.now
    for _ in range(3):
        assert trouble(lambda: ask(vision)).code == "vision_asleep"
        clock.now += 60
    endpoint.otherwise = well
    ask(open_vision())
    assert open_vision().health().last_wake_s == pytest.approx(clock.now - began, abs=10)


def test_a_sleep_that_nobody_watched_is_not_measured(endpoint: Endpoint, vision: HuggingFaceVision, clock: Clock) -> None:
    endpoint.otherwise = says(503)
    trouble(lambda: ask(vision))
    clock.now += 5 * 3600
    endpoint.otherwise = well
    ask(vision)
    assert vision.health().last_wake_s is None


def test_a_catalog_that_is_away_costs_no_answer(open_vision: Open) -> None:
    class Away:
        def recall(self, name: str) -> Any:
            raise CatalogUnavailable("locked")

        def remember(self, name: str, value: Any) -> None:
            raise CatalogUnavailable("locked")

        def add(self, *call: Any) -> int:
            return 1

    vision = open_vision(catalog=Away())
    assert vision.health().state == "waking"
    assert read(vision)
    assert vision.health().state == "ready"


@pytest.mark.parametrize(("notes", "last_wake_s"), [({"last_wake_s": 42.0, "mood": "good"}, 42), ("what?", None), (None, None)])
def test_notes_of_another_version_are_taken_as_far_as_they_go(open_vision: Open, notes: Any, last_wake_s: float | None) -> None:
    class Other:
        def recall(self, name: str) -> Any:
            return notes

    assert open_vision(catalog=Other()).health().last_wake_s == last_wake_s


# --- how often it is asked


def test_while_it_sleeps_it_is_asked_now_and_then_however_many_want_to(endpoint: Endpoint, open_vision: Open, clock: Clock) -> None:
    endpoint.otherwise = says(503)
    began = clock.now
    processes = [open_vision() for _ in range(5)]
    while clock.now < began + 600:
        for process in processes:
            assert trouble(lambda p=process: ask(p)).code == "vision_asleep"  # type: ignore[misc]  # mypy cannot infer such lambdas
        clock.now += 6
    assert len(endpoint.asked) <= 600 / 10 + 5


def test_a_time_that_the_endpoint_names_is_kept_by_everybody(
    endpoint: Endpoint, vision: HuggingFaceVision, open_vision: Open, clock: Clock
) -> None:
    endpoint.plays = [says(503, Retry_After="120")]
    assert trouble(lambda: ask(vision, clock.monotonic() + 3)).retry_after_s == 120
    clock.now += 119
    assert trouble(lambda: ask(open_vision())).code == "vision_asleep"
    assert len(endpoint.asked) == 1
    clock.now += 1
    ask(open_vision())
    assert len(endpoint.asked) == 2


def test_a_pause_that_a_busy_endpoint_asks_for_is_kept_too(endpoint: Endpoint, vision: HuggingFaceVision, clock: Clock) -> None:
    endpoint.plays = [says(429, Retry_After="90")]
    assert trouble(lambda: ask(vision, clock.monotonic() + 3)).code == "vision_unavailable"
    assert trouble(lambda: ask(vision)).retry_after_s == pytest.approx(90)
    assert len(endpoint.asked) == 1


def test_people_are_told_how_long_waking_took_last_time(endpoint: Endpoint, vision: HuggingFaceVision, clock: Clock) -> None:
    endpoint.otherwise = says(503)
    trouble(lambda: ask(vision))
    clock.now += 180
    endpoint.otherwise = well
    ask(vision)
    endpoint.otherwise = says(503)
    clock.now += 3600
    found = trouble(lambda: ask(vision))
    assert "3 min" in found.message
    assert found.retry_after_s == pytest.approx(180, abs=20)


def test_a_day_has_so_many_calls_and_the_next_has_as_many_again(endpoint: Endpoint, open_vision: Open, clock: Clock) -> None:
    first, second = open_vision(daily_calls=3), open_vision(daily_calls=3)
    for process in (first, second, first):
        ask(process)
    clock.now += 10
    found = trouble(lambda: ask(second))
    assert (found.code, len(endpoint.asked)) == ("vision_budget", 3)
    assert "SIGHTSYNC_VISION_DAILY_CALLS" in found.message
    clock.now += 10
    health = first.health()
    assert (health.state, health.reason) == ("off", "vision_budget")
    assert found.retry_after_s is not None
    clock.now += found.retry_after_s
    assert first.health().state != "off"
    ask(first)
    assert len(endpoint.asked) == 4


def test_a_try_is_a_call(endpoint: Endpoint, open_vision: Open) -> None:
    endpoint.otherwise = says(500)
    assert trouble(lambda: ask(open_vision(daily_calls=2))).code == "vision_budget"
    assert len(endpoint.asked) == 2


# --- a server of one's own


def test_ones_own_server_is_asked_how_it_is(endpoint: Endpoint, open_vision: Open, clock: Clock) -> None:
    vision = open_vision(endpoint.url)
    for health, state in (((200, b"Ok"), "ready"), ((503, b"{}"), "waking"), ((200, b"Ok"), "ready")):
        endpoint.health = health
        clock.now += 10
        assert vision.health().state == state
    assert endpoint.asked == []


def test_ones_own_server_that_is_not_there_is_down(clock: Clock, catalog: SqliteCatalog) -> None:
    with serving() as gone:
        pass
    assert hosted(gone, clock, catalog, gone.url).health().state == "down"


def test_ones_own_server_has_no_budget_and_no_pause_once_it_is_well(endpoint: Endpoint, open_vision: Open, clock: Clock) -> None:
    vision = open_vision(endpoint.url, daily_calls=0)
    endpoint.plays = [says(503, Retry_After="500")]
    assert trouble(lambda: ask(vision)).code == "vision_asleep"
    endpoint.health = (200, b"Ok")
    clock.now += 3
    ask(vision)
    assert len(endpoint.asked) == 2


# --- settings


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("https://", ""),
        ("http://models.example.com", "hf_abc"),
        ("https://abc.example.com", "hf abc"),
        ("https://abc.example.com", "hf_abc\x07"),
        ("https://me:secret@abc.example.com", ""),
        ("https://abc.example.com/?key=1", ""),
    ],
)
def test_an_address_or_token_that_cannot_be_one_stops_the_start(
    url: str, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTSYNC_VISION_TOKEN", token)
    with pytest.raises(Misconfigured) as raised:
        build(Settings(data=tmp_path, vision=url))
    assert "SIGHTSYNC_VISION" in raised.value.message
    assert not token or token not in raised.value.message


def test_the_settings_choose_the_endpoint(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTSYNC_VISION", f"{endpoint.url}/")
    monkeypatch.setenv("SIGHTSYNC_VISION_TOKEN", "hf_secret\n")
    parts = build(Settings(data=tmp_path))
    parts.vision.embed(["dusk"])
    assert endpoint.asked[0][0]["Authorization"] == "Bearer hf_secret"
    assert "hf_secret" not in repr(parts)
    parts.catalog.close()


def test_a_token_may_be_asked_for_when_it_is_needed_and_then_once(endpoint: Endpoint, catalog: SqliteCatalog) -> None:
    asked: list[str] = []

    def token() -> str:
        asked.append("token")
        return "hf_from_elsewhere"

    vision = HuggingFaceVision(endpoint.url, token, catalog, 10)
    vision.health()
    assert asked == []
    ask(vision)
    ask(vision)
    assert asked == ["token"]
    assert {headers["Authorization"] for headers, _ in endpoint.asked} == {"Bearer hf_from_elsewhere"}


def test_a_function_that_asks_no_model_reads_no_parameter(tmp_path: Path) -> None:
    parts = build(Settings(data=tmp_path, vision=HOSTED, vision_token="ssm:///nowhere/vision-token"))
    assert parts.vision.health().state == "waking"
    parts.catalog.close()


def test_a_token_from_elsewhere_that_is_none_is_said_to_be(endpoint: Endpoint, catalog: SqliteCatalog) -> None:
    with pytest.raises(Misconfigured) as raised:
        ask(HuggingFaceVision(endpoint.url, lambda: "hf secret", catalog, 10))
    assert "secret" not in raised.value.message
    assert endpoint.asked == []


def test_the_errors_are_the_family_s(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    endpoint.otherwise = says(402)
    with pytest.raises(VisionUnavailable):
        ask(vision)
    assert vision.health().state == "down"
