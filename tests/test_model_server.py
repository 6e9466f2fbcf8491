"""The server that keeps the hosting toolkit's conventions: first with a handler made here, then as people start it."""

import contextlib
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import httpx
import pytest

from serve import MAX_BODY, WAITING, ModelServer
from tests import model_server
from wire import Refused

pytestmark = pytest.mark.slow  # starts torch again and again

JSON = {"content-type": "application/json"}


class Gate:
    """A handler that answers what it was asked, one request at a time, when it is let."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.inside = self.most = 0

    def __call__(self, data: Any) -> dict[str, Any]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.open.wait(90)
        self.inside -= 1
        if data == "refuse":
            raise Refused("no_items", '"items" is empty')
        return {"asked": data}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        server.handler = Gate()
        yield server
        server.shutdown()


@pytest.fixture
def post(server: ModelServer) -> Iterator[Callable[..., httpx.Response]]:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", timeout=90) as client:
        yield lambda data, path="/": client.post(path, json=data)


@pytest.fixture
def client(server: ModelServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", timeout=90) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/predict"])
def test_a_request_is_given_to_the_handler_and_its_answer_sent(post, path):
    answer = post({"inputs": {"op": "embed"}}, path)
    assert (answer.status_code, answer.json()) == (200, {"asked": {"inputs": {"op": "embed"}}})


def test_a_refusal_is_a_400_whose_text_begins_with_the_code(post):
    answer = post("refuse")
    assert (answer.status_code, answer.json()) == (400, {"error": 'no_items: "items" is empty'})


@pytest.mark.parametrize("path", ["/", "/health"])
def test_its_health_is_a_200_once_the_models_are_there(server, client, path):
    assert client.get(path).status_code == 200
    server.handler = None
    loading = client.get(path)
    assert (loading.status_code, loading.headers["retry-after"]) == (503, "5")
    assert loading.json()["error"].startswith("loading: ")
    assert client.post("/", json={}).status_code == 503


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(client, body):
    answer = client.post("/", content=body, headers=JSON)
    assert (answer.status_code, answer.json()) == (400, {"error": "bad_json: the body is not JSON"})
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("/elsewhere", JSON, 404, "not_found"),
        ("/", {"content-type": "text/plain", "content-length": "2"}, 400, "bad_request"),
        ("/", {**JSON, "content-length": str(MAX_BODY + 1)}, 413, "too_large"),
        ("/", {**JSON, "content-length": "-5"}, 411, "no_length"),
        ("/", JSON, 411, "no_length"),
    ],
)
def test_other_requests_are_refused_before_they_are_read(server, path, headers, status, code):
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=90)
    connection.putrequest("POST", path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    with contextlib.closing(connection), connection.getresponse() as answer:
        assert answer.status == status
        assert json.loads(answer.read())["error"].startswith(f"{code}: ")
        assert answer.headers["connection"] == "close"


def test_one_request_runs_at_a_time_and_the_others_wait_their_turn(server, post):
    gate = server.handler
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(post, range(12)))
    assert sorted(answer.json()["asked"] for answer in answers) == list(range(12))
    assert gate.most == 1


def test_when_too_many_wait_the_next_is_told_to_come_back(server, post):
    gate = server.handler
    gate.open.clear()
    with ThreadPoolExecutor(WAITING + 2) as pool:
        asked = [pool.submit(post, n) for n in range(WAITING + 2)]
        turned_away = next(as_completed(asked)).result()
        gate.open.set()
        assert turned_away.status_code == 503
        assert turned_away.json()["error"].startswith("busy: ")
        assert sorted(one.result().status_code for one in asked) == [200] * (WAITING + 1) + [503]


# --- as people start it, with tiny models ---


@pytest.fixture(scope="module")
def real() -> Iterator[model_server.ModelServer]:
    with model_server.ModelServer() as server:
        yield server


def test_it_says_where_it_is_and_what_it_runs(real):
    assert "http://127.0.0.1:" in real.said
    assert "tiny-clip@" in real.said
    assert "tiny-blip@" in real.said


def test_real_models_answer_by_the_contract(real):
    answer = httpx.post(real.url, json={"inputs": {"op": "embed", "texts": ["a red boat"]}}, timeout=90)
    assert answer.status_code == 200
    assert answer.json()["space"].endswith("+pre1")
    assert [len(vector) for vector in answer.json()["text_vectors"]] == [answer.json()["dim"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [({}, "bad_request"), ({"inputs": {"op": "x"}}, "unknown_op"), ({"inputs": {"op": "embed", "texts": []}}, "no_texts")],
)
def test_every_refusal_of_the_handler_is_a_coded_400(real, data, code):
    answer = httpx.post(real.url, json=data, timeout=90)
    assert answer.status_code == 400
    assert json.loads(answer.text).keys() == {"error"}
    assert answer.json()["error"].startswith(f"{code}: ")


def test_it_ends_with_whoever_started_it():
    with model_server.ModelServer() as server:
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.process.wait(90) == 0


def test_models_that_cannot_be_had_are_named_with_what_to_do(tmp_path):
    with pytest.raises(AssertionError) as failed:
        model_server.ModelServer(settings={"SIGHTSYNC_CLIP_MODEL": "nobody/nothing"}).__enter__()
    said = str(failed.value)
    assert "nobody/nothing is not on this machine" in said
    assert "SIGHTSYNC_CLIP_MODEL=/path/to/clip" in said
    assert "Traceback" not in said


def test_it_ends_in_order_when_it_is_told_to(real):
    assert real.end() == 0
    assert "Traceback" not in real.said
