"""Search beside a model whose every call costs something: who may ask it, what is remembered, and words whenever it is away."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.decoder import decoder
from sightsync.directions import SEARCH_SECONDS
from sightsync.images import Image
from sightsync.ports import Calibration, VisionHealth
from sightsync.query import parse
from sightsync.query_vectors import KEPT_FOR_S, PLACES, Known, QueryVectors
from sightsync.search import Results, search, search_by_picture
from tests import pictures
from tests.endpoint import SPACE as ENDPOINT_SPACE
from tests.endpoint import Clock, Endpoint, hosted, says, serving, stalls, vector
from tests.fakes import AWAKE, FakeVision
from tests.records import an_image

COSTLY = replace(AWAKE, costly=True)
ASLEEP = replace(COSTLY, state="waking")
EAST = np.array([1, 0], np.float32)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as endpoint:
        yield endpoint


def model(state: VisionHealth = COSTLY) -> FakeVision:
    return FakeVision(vector=lambda _: EAST, state=state)


def put(catalog: SqliteCatalog, words: str) -> Image:
    image = an_image(title="", description=words, tags=(), filename="x.jpg", palette=())
    return catalog.put(image, 0, {AWAKE.space: {"image": EAST}})


def find(catalog: SqliteCatalog, text: str, vision: Any, viewer: str | None = "ada", **more: Any) -> Results:
    return search(parse(text), None, viewer, more.pop("cursor", None), more.pop("limit", 50), catalog, vision, **more)


# --- while people type


def test_while_somebody_types_a_costly_model_is_not_asked(catalog: SqliteCatalog) -> None:
    tower = put(catalog, "tower")
    vision = model()
    found = find(catalog, "tow", vision, typing=True)
    assert ([hit.image.id for hit in found.hits], found.mode, found.reason) == ([tower.id], "words", "typing")
    assert vision.calls == []
    assert find(catalog, "tower", vision).mode == "meaning+words"


def test_what_was_searched_before_goes_by_meaning_while_it_is_typed_too(catalog: SqliteCatalog) -> None:
    put(catalog, "tower")
    vision = model()
    find(catalog, "tower", vision)
    assert find(catalog, "tower", vision, typing=True).mode == "meaning+words"
    assert len(vision.calls) == 1


def test_a_model_that_costs_nothing_answers_while_people_type(catalog: SqliteCatalog) -> None:
    put(catalog, "tower")
    assert find(catalog, "tow", model(AWAKE), typing=True).mode == "meaning+words"


def test_the_next_page_of_a_search_that_was_being_typed_goes_by_words_too(catalog: SqliteCatalog) -> None:
    for _ in range(3):
        put(catalog, "tower")
    vision = model()
    first = find(catalog, "tower", vision, typing=True, limit=2)
    second = find(catalog, "tower", vision, limit=2, cursor=first.next_cursor)
    assert (second.mode, second.reason, len(second.hits)) == ("words", "typing", 1)


# --- who may ask


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (ASLEEP, "vision_asleep"),
        (replace(ASLEEP, state="down"), "vision_down"),
        (replace(COSTLY, state="off", reason="vision_budget"), "vision_budget"),
    ],
)
def test_a_visitor_is_told_why_words_must_do_and_asks_nothing(catalog: SqliteCatalog, state: VisionHealth, reason: str) -> None:
    put(catalog, "tower")
    vision = model(state)
    assert find(catalog, "tower", vision, viewer=None).reason == reason
    assert vision.calls == []


def test_visitors_search_by_meaning_while_the_model_is_awake(catalog: SqliteCatalog) -> None:
    put(catalog, "tower")
    assert find(catalog, "tower", model(), viewer=None).mode == "meaning+words"


def test_an_endpoint_is_woken_by_its_owners_only(catalog: SqliteCatalog, endpoint: Endpoint) -> None:
    put(catalog, "tower")
    clock = Clock()
    vision = hosted(endpoint, clock, catalog, monotonic=time.monotonic)
    assert find(catalog, "a tower", vision, viewer=None).reason == "vision_asleep"
    assert endpoint.asked == []
    find(catalog, "a tower", vision)
    find(catalog, "another tower", vision, viewer=None)
    assert len(endpoint.asked) == 2, "once it has answered an owner, visitors may ask it"
    clock.now += 601
    assert find(catalog, "a third tower", vision, viewer=None).reason == "vision_asleep"
    find(catalog, "a third tower", vision, viewer=None, wake="anyone")
    assert len(endpoint.asked) == 3


# --- in time


@pytest.mark.parametrize("play", [says(503), says(503, {"estimated_time": 60}), says(429, Retry_After="9"), stalls(60), says(402)])
def test_a_search_is_answered_by_words_within_three_seconds(catalog: SqliteCatalog, endpoint: Endpoint, play: Any) -> None:
    tower = put(catalog, "tower")
    endpoint.otherwise = play
    began = time.monotonic()
    found = find(catalog, "tower", hosted(endpoint, Clock(), catalog, monotonic=time.monotonic))
    assert SEARCH_SECONDS < 3
    assert time.monotonic() - began < 50, "the wait was the search's, not the server's; machines that test may be slow"
    assert ([hit.image.id for hit in found.hits], found.mode) == ([tower.id], "words")
    assert found.reason in ("vision_asleep", "vision_unavailable")


def test_a_search_by_picture_goes_by_colours_while_the_model_sleeps(catalog: SqliteCatalog, endpoint: Endpoint) -> None:
    endpoint.otherwise = says(503, Retry_After="60")
    vision = hosted(endpoint, Clock(), catalog, monotonic=time.monotonic)
    found = search_by_picture(pictures.jpeg(), "ada", None, 10, catalog, vision, decoder())
    assert (found.mode, found.reason) == ("words", "vision_asleep")


# --- what is remembered of searches


def test_a_search_made_before_is_by_meaning_in_another_process_while_the_model_sleeps(
    catalog: SqliteCatalog, endpoint: Endpoint
) -> None:
    clock = Clock()
    image = an_image(title="", description="", tags=(), filename="x.jpg")
    catalog.put(image, 0, {ENDPOINT_SPACE: {"image": np.array(vector("x"), np.float32)}})
    find(catalog, "a red boat", hosted(endpoint, clock, catalog, monotonic=time.monotonic))
    clock.now += 3600
    endpoint.otherwise = says(503)
    other = hosted(endpoint, clock, catalog, monotonic=time.monotonic)
    assert find(catalog, "a red boat", other, viewer=None).mode == "meaning+words"
    assert len(endpoint.asked) == 1


def vectors(wall: Any = time.time) -> QueryVectors:
    return QueryVectors(wall)


def test_kept_vectors_are_those_that_were_put_and_none_is_kept_as_well(catalog: SqliteCatalog) -> None:
    vision = model()
    vectors().put(["east", "nothing"], "s@1", [Known(EAST, 3), Known(None)], vision, catalog)
    found = vectors().get(["nothing", "east"], "s@1", vision, catalog)
    assert found is not None

    np.testing.assert_array_equal(found[1].vector, EAST)
    assert (found[0].vector, found[0].tokens, found[1].tokens) == (None, None, 3)
    assert vectors().get(["east"], "s@2", vision, catalog) is None, "another space"
    assert vectors().get(["east", "west"], "s@1", vision, catalog) is None, "all or none"
    assert vectors().get(["east"], "s@1", vision, None) is None, "not of a model that costs nothing"


def test_kept_vectors_grow_old(catalog: SqliteCatalog) -> None:
    vision = model()
    vectors(lambda: 0.0).put(["east"], "s@1", [Known(EAST)], vision, catalog)
    assert vectors(lambda: KEPT_FOR_S - 1).get(["east"], "s@1", vision, catalog)
    assert vectors(lambda: KEPT_FOR_S + 1).get(["east"], "s@1", vision, catalog) is None


def test_the_catalog_keeps_so_many_vectors_and_nobody_s_words() -> None:
    class Shelf:
        def __init__(self) -> None:
            self.kept: dict[str, Any] = {}

        def remember(self, name: str, value: Any) -> None:
            self.kept[name] = value

    shelf: Any = Shelf()
    texts = [f"secret {n}" for n in range(3 * PLACES)]
    vectors().put(texts, "s@1", [Known(EAST)] * len(texts), model(), shelf)
    assert 0.9 * PLACES < len(shelf.kept) <= PLACES
    assert "secret" not in repr(shelf.kept)


def test_a_place_that_another_text_took_is_nobody_else_s(catalog: SqliteCatalog) -> None:
    texts = [f"text {n}" for n in range(3 * PLACES)]

    class Shelf(dict[str, Any]):
        remember = dict.__setitem__
        recall = dict.get

    shelf: Any = Shelf()
    vision = model()
    own = {text: np.array([n, 1], np.float32) for n, text in enumerate(texts)}
    vectors().put(texts, "s@1", [Known(vector) for vector in own.values()], vision, shelf)
    fresh = vectors()
    found = {text: fresh.get([text], "s@1", vision, shelf) for text in texts}
    kept = {text: known for text, known in found.items() if known is not None}
    assert 0 < len(kept) <= PLACES
    for text, (of,) in kept.items():
        np.testing.assert_array_equal(of.vector, own[text])


def test_the_calibration_of_searches_is_the_gallery_s(catalog: SqliteCatalog) -> None:
    """A remembered vector is placed on the scale that the catalog holds now, not on that of the day when it was kept."""
    put(catalog, "tower")
    vision = model()
    assert find(catalog, "tower", vision).hits[0].why.meaning.z is None  # type: ignore[union-attr]  # found by meaning, as the next line shows
    nowhere = np.zeros(2, np.float32)
    catalog.put_calibration(Calibration(str(AWAKE.space), "1", nowhere, nowhere, nowhere, 0.5, 0.5, 0.5, 2.0, 1.2))
    why = find(catalog, "tower", vision).hits[0].why.meaning
    assert why is not None
    assert why.z == pytest.approx(2)
    assert len(vision.calls) == 1
