"""The client of a model endpoint against a server that fails in every way: real HTTP, and a clock that moves when it waits."""

import email.utils
import logging
import time
from typing import Any

import pytest

from sightsync.adapters.huggingface_http import MAX_ANSWER, PATIENCE_S, TRIES, Trouble, Wire
from sightsync.errors import VisionUnavailable
from tests.endpoint import (
    Clock,
    Endpoint,
    Play,
    cuts_short,
    drips,
    floods,
    resets,
    says,
    serving,
    stalls,
)

TOKEN = "hf_tested_secret"
HELLO = {"inputs": {"op": "embed", "texts": ["a red boat"]}}


@pytest.fixture
def wire(endpoint: Endpoint, clock: Clock) -> Wire:
    """Its own waits are half of what they may be."""
    return Wire(endpoint.url, TOKEN, (3, 60), clock.monotonic, clock.wall, clock.sleep, lambda low, high: (low + high) / 2)


def ask(wire: Wire, deadline: float | None = 100, **how: Any) -> Any:
    return wire.post(HELLO, deadline, lambda: None, **how)


def trouble(wire: Wire, deadline: float | None = 100, **how: Any) -> Trouble:
    with pytest.raises(Trouble) as raised:
        ask(wire, deadline, **how)
    return raised.value


# --- what is tried again, and after how long


WAITS: dict[str, tuple[Play, float]] = {
    "503 with an estimate": (says(503, {"error": "loading", "estimated_time": 17.5}), 17.5),
    "429 with Retry-After": (says(429, Retry_After="7"), 7),
    "503 with Retry-After before its estimate": (says(503, {"estimated_time": 20}, Retry_After="3"), 3),
    "429 with RateLimit": (says(429, RateLimit='"api";r=0;t=21'), 21),
    "429 with the older RateLimit": (says(429, RateLimit="limit=100, remaining=0, reset=9"), 9),
    "429 with RateLimit before an estimate": (says(429, {"estimated_time": 1}, RateLimit='"api";r=0;t=5'), 5),
    "503 beside a RateLimit that is not used up": (says(503, {"estimated_time": 2}, RateLimit='"api";r=50;t=300'), 2),
    "500": (says(500, b"oops"), 0.5),
    "502": (says(502, b"<html>Bad gateway</html>"), 0.5),
    "503": (says(503, b""), 0.5),
    "504": (says(504), 0.5),
    "408": (says(408), 0.5),
    "an estimate that is none": (says(503, {"estimated_time": "soon"}), 0.5),
    "an endless estimate": (says(503, b'{"estimated_time": Infinity}'), 0.5),
    "a Retry-After that is none": (says(503, Retry_After="later"), 0.5),
    "a reset in the middle of the answer": (resets, 0.5),
    "an answer cut short": (cuts_short, 0.5),
}


@pytest.mark.parametrize("case", WAITS)
def test_what_passes_is_tried_again_after_the_time_that_was_asked_for(
    endpoint: Endpoint, wire: Wire, clock: Clock, case: str
) -> None:
    play, wait = WAITS[case]
    endpoint.plays = [play]
    assert ask(wire)["text_vectors"]
    assert clock.slept == [wait]
    assert len(endpoint.asked) == 2
    assert endpoint.asked[0][1] == endpoint.asked[1][1] == HELLO


def test_a_date_to_come_back_at_is_understood(endpoint: Endpoint, wire: Wire, clock: Clock) -> None:
    endpoint.plays = [says(503, Retry_After=email.utils.formatdate(clock.wall() + 40, usegmt=True))]
    ask(wire)
    assert clock.slept == [pytest.approx(40, abs=1)]


def test_waits_of_our_own_choice_double_and_then_it_is_given_up(endpoint: Endpoint, wire: Wire, clock: Clock) -> None:
    endpoint.otherwise = says(502)
    assert trouble(wire).code == "vision_unavailable"
    assert clock.slept == [0.5, 1, 2, 4]
    assert len(endpoint.asked) == TRIES


def test_nobody_listening_is_tried_again_too(clock: Clock) -> None:
    with serving() as gone:
        pass
    wire = Wire(gone.url, None, (3, 60), clock.monotonic, clock.wall, clock.sleep, lambda low, high: high)
    found = trouble(wire)
    assert (found.kind, found.code) == ("unreachable", "vision_unavailable")
    assert clock.slept == [1, 2, 4, 8]


# --- deadlines


@pytest.mark.parametrize(
    "play", [says(503, {"estimated_time": 30}), says(429, Retry_After="30"), says(429, RateLimit='"x";r=0;t=30')]
)
def test_no_wait_passes_its_deadline(endpoint: Endpoint, wire: Wire, clock: Clock, play: Play) -> None:
    endpoint.otherwise = play
    found = trouble(wire, 5)
    assert clock.slept == []
    assert len(endpoint.asked) == 1
    assert found.retry_after_s == 30


def test_several_waits_together_do_not_pass_it_either(endpoint: Endpoint, wire: Wire, clock: Clock) -> None:
    endpoint.otherwise = says(503, {"estimated_time": 20})
    trouble(wire, 50)
    assert clock.slept == [20, 20]


def test_without_a_deadline_there_is_one_all_the_same(endpoint: Endpoint, wire: Wire, clock: Clock) -> None:
    endpoint.otherwise = says(503, {"estimated_time": 25})
    trouble(wire, None)
    assert sum(clock.slept) <= PATIENCE_S


def test_nothing_is_asked_after_the_deadline(endpoint: Endpoint, wire: Wire) -> None:
    assert trouble(wire, 0).code == "vision_unavailable"
    assert endpoint.asked == []


@pytest.mark.parametrize("play", [stalls(60), drips(0.2)], ids=["stalls", "drips"])
def test_a_server_that_takes_its_time_is_left_at_the_deadline(endpoint: Endpoint, play: Play) -> None:
    """A minute against a deadline of 0.3 s: it ends by the deadline and not by the server, however busy this machine is."""
    endpoint.otherwise = play
    began = time.monotonic()
    found = trouble(Wire(endpoint.url), began + 0.3)
    assert found.kind == "slow"
    assert 0.3 <= time.monotonic() - began < 40


def test_a_pause_in_an_answer_may_be_as_long_as_the_timeout_says(endpoint: Endpoint) -> None:
    endpoint.plays = [stalls(60)]
    assert ask(Wire(endpoint.url, timeouts=(3, 1), sleep=lambda seconds: None), time.monotonic() + 30)["v"] == 1
    assert len(endpoint.asked) == 2


# --- asleep


def test_an_endpoint_that_keeps_saying_503_is_asleep(endpoint: Endpoint, wire: Wire) -> None:
    endpoint.otherwise = says(503)
    assert trouble(wire).code == "vision_asleep"


def test_of_one_that_is_known_to_sleep_no_more_is_asked_than_whether_it_still_does(
    endpoint: Endpoint, wire: Wire, clock: Clock
) -> None:
    endpoint.otherwise = says(503)
    assert trouble(wire, patient=False).code == "vision_asleep"
    assert (len(endpoint.asked), clock.slept) == (1, [])


def test_also_then_a_time_that_it_names_is_waited_for(endpoint: Endpoint, wire: Wire, clock: Clock) -> None:
    endpoint.plays = [says(503, {"estimated_time": 4})]
    assert ask(wire, patient=False)["v"] == 1
    assert clock.slept == [4]


# --- what no second try would change


@pytest.mark.parametrize(
    ("status", "says_what_to_do"),
    [
        (301, "SIGHTSYNC_VISION"),
        (400, "inference/"),
        (401, "SIGHTSYNC_VISION_TOKEN"),
        (402, "billing"),
        (403, "permission"),
        (404, "SIGHTSYNC_VISION"),
        (410, "dedicated endpoint"),
        (413, "larger"),
        (418, "logs"),
        (422, "inference/"),
    ],
)
def test_a_refusal_ends_at_once_and_says_what_to_do(
    endpoint: Endpoint, wire: Wire, clock: Clock, status: int, says_what_to_do: str
) -> None:
    endpoint.otherwise = says(status, b"Not Found", content_type="text/plain", Location="http://127.0.0.1:1/")
    found = trouble(wire)
    assert (len(endpoint.asked), clock.slept) == (1, [])
    assert (found.kind, found.code, found.details) == ("refused", "vision_unavailable", {"status": status})
    assert says_what_to_do in found.message


def test_a_refusal_quotes_the_handler(endpoint: Endpoint, wire: Wire) -> None:
    endpoint.otherwise = says(400, {"error": "too_many_items: 300 items; one request may have 128"})
    assert "(too_many_items: 300 items; one request may have 128)" in trouble(wire).message


def test_html_in_place_of_json_is_no_answer(endpoint: Endpoint, wire: Wire) -> None:
    endpoint.otherwise = says(200, b"<!doctype html><title>Welcome</title>", content_type="text/html")
    found = trouble(wire)
    assert (found.kind, found.code, len(endpoint.asked)) == ("unusable", "vision_unavailable", 1)
    assert "SIGHTSYNC_VISION" in found.message


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"v": 1'])
def test_what_is_no_object_is_no_answer(endpoint: Endpoint, wire: Wire, body: bytes) -> None:
    endpoint.otherwise = says(200, body)
    assert trouble(wire).kind == "unusable"


def test_an_answer_without_end_is_not_read_to_its_end(endpoint: Endpoint, wire: Wire) -> None:
    endpoint.otherwise = floods
    found = trouble(wire)
    assert (found.kind, len(endpoint.asked)) == ("unusable", 1)
    assert MAX_ANSWER < 64 * 1024 * 1024


# --- the connection, the token, the budget


def test_one_connection_serves_many_calls(endpoint: Endpoint, wire: Wire) -> None:
    for _ in range(5):
        ask(wire)
    assert endpoint.connections == 1


def test_the_token_goes_to_the_endpoint_and_nowhere_else(endpoint: Endpoint, wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = says(401, {"error": f"invalid_token: {TOKEN} is unknown"})
    endpoint.plays = [echo, *[says(500, TOKEN.encode())] * TRIES, *[resets] * TRIES]
    seen = [trouble(wire) for _ in range(3)]
    assert all(headers["Authorization"] == f"Bearer {TOKEN}" for headers, _ in endpoint.asked)
    for found in seen:
        assert TOKEN not in str(found)
        assert TOKEN not in repr(found.details)
        assert (found.__cause__, found.__context__) == (None, None), "the library's own errors carry the request"
    assert TOKEN not in repr(wire)
    assert TOKEN not in caplog.text
    assert not any(TOKEN in repr(vars(record)) for record in caplog.records)


def test_without_a_token_none_is_sent(endpoint: Endpoint, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ask(Wire(endpoint.url), None)
    assert "Authorization" not in endpoint.asked[0][0]


def test_a_proxy_is_not_asked_for_the_way_to_this_machine(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert ask(Wire(endpoint.url), None)["v"] == 1


def test_every_try_is_counted_and_may_be_refused(endpoint: Endpoint, wire: Wire) -> None:
    endpoint.otherwise = says(500)
    left = [1, 1]

    def count() -> None:
        if not left:
            raise Trouble("budget", "Used up.")
        left.pop()

    with pytest.raises(VisionUnavailable) as raised:
        wire.post(HELLO, 100, count)
    assert raised.value.code == "vision_budget"
    assert len(endpoint.asked) == 2
