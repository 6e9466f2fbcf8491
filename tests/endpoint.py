"""A model endpoint over real HTTP on loopback that plays what it is told to: answers of the contract, and every way to fail."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from sightsync.adapters.huggingface import HuggingFaceVision
from sightsync.adapters.huggingface_http import Wire

DIM = 8
SPACE = "fake/clip@1+pre1"
HOSTED = "https://abc.endpoints.huggingface.cloud"  # the name in its notes; what is asked is on loopback
DAY_S = 86400
CAPTIONER = "fake/blip@1"

Play = Callable[["Handler", dict[str, Any]], None]  # answers one POST in whatever way


def vector(thing: str) -> list[float]:
    """Of norm 1, the same for the same thing."""
    seed = int.from_bytes(hashlib.sha256(thing.encode()).digest()[:4])
    found = np.random.default_rng(seed).normal(size=DIM)
    return [float(x) for x in found / np.linalg.norm(found)]


def tokens(text: str) -> int:
    return len(text.split()) + 2


def answer(inputs: Mapping[str, Any], space: str = SPACE) -> dict[str, Any]:
    """What a handler in good health says."""
    head = {"v": 1, "space": space, "dim": DIM, "max_tokens": 77, "caption_model": CAPTIONER}
    if inputs["op"] == "embed":
        return head | {"text_vectors": [vector(t) for t in inputs["texts"]], "text_tokens": [tokens(t) for t in inputs["texts"]]}
    return head | {"items": [_item(item, inputs["want"]) for item in inputs["items"]]}


def _item(item: Mapping[str, Any], want: list[str]) -> dict[str, Any]:
    if not base64.b64decode(item["image"]).startswith(b"\xff\xd8"):
        return {"error": "bad_image", "message": "cannot identify image file"}
    caption = f"picture {hashlib.sha256(item['image'].encode()).hexdigest()[:6]}"
    found: dict[str, Any] = {"caption": caption} if "caption" in want else {}
    if "vectors" in want:
        found |= {"image_vector": vector(item["image"]), "text_vectors": [vector(t) for t in item["texts"]]}
        found |= {"text_tokens": [tokens(t) for t in item["texts"]]}
        found |= {"caption_vector": vector(caption)} if "caption" in want else {}
    return found


# --- Plays ------------------------------------------------------------------------------------------------------


def well(handler: Handler, asked: dict[str, Any]) -> None:
    handler.say(200, answer(asked["inputs"]))


def says(status: int, body: Any = None, **headers: str) -> Play:
    """`body` as JSON, or bytes as they are."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, asked: handler.say(status, body if body is not None else {"error": "no"}, named)


def alters(change: Callable[[dict[str, Any]], Any]) -> Play:
    """A good answer with something wrong in it."""

    def play(handler: Handler, asked: dict[str, Any]) -> None:
        found = answer(asked["inputs"])
        handler.say(200, change(found) or found)

    return play


def stalls(seconds: float) -> Play:
    """Says nothing for so long."""

    def play(handler: Handler, asked: dict[str, Any]) -> None:
        handler.server.over.wait(seconds)
        handler.close_connection = True

    return play


def drips(every_s: float) -> Play:
    """A good answer, one byte at a time."""

    def play(handler: Handler, asked: dict[str, Any]) -> None:
        body = json.dumps(answer(asked["inputs"])).encode()
        handler.begin(200, len(body))
        for byte in body:
            handler.wfile.write(bytes([byte]))
            if handler.server.over.wait(every_s):
                return

    return play


def resets(handler: Handler, asked: dict[str, Any]) -> None:
    """Breaks the connection off with half of the answer sent."""
    body = json.dumps(answer(asked["inputs"])).encode()
    handler.begin(200, len(body))
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    time.sleep(0.02)  # a reset throws away what the other side has not read yet; some of it should have been
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def cuts_short(handler: Handler, asked: dict[str, Any]) -> None:
    """Closes the connection in good order with half of the answer sent."""
    body = json.dumps(answer(asked["inputs"])).encode()
    handler.begin(200, len(body))
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def floods(handler: Handler, asked: dict[str, Any]) -> None:
    """An answer without end."""
    handler.begin(200, None)
    piece = b" " * 1024 * 1024
    while not handler.server.over.is_set():
        handler.wfile.write(piece)


# --- The server -------------------------------------------------------------------------------------------------


@dataclass
class Endpoint:
    """`plays` are used up one by one, then `otherwise` goes on for ever. `asked` holds every POST: headers and document."""

    url: str = ""
    plays: list[Play] = field(default_factory=list)
    otherwise: Play = well
    health: tuple[int, bytes] = (404, b"")
    asked: list[tuple[Mapping[str, str], dict[str, Any]]] = field(default_factory=list)
    connections: int = 0

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [document["inputs"] for _, document in self.asked]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    endpoint: Endpoint
    over: threading.Event

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.endpoint.connections += 1

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        document = json.loads(self.rfile.read(int(self.headers["content-length"])))
        endpoint.asked.append((dict(self.headers.items()), document))
        play = endpoint.plays.pop(0) if endpoint.plays else endpoint.otherwise
        play(self, document)

    def do_GET(self) -> None:
        assert self.path == "/health"
        self.say(*self.server.endpoint.health)

    def say(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.begin(status, len(data), {"content-type": "application/json", **(headers or {})})
        self.wfile.write(data)

    def begin(self, status: int, length: int | None, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if length is None:
            self.close_connection = True
        else:
            self.send_header("content-length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Endpoint]:
    server = Server(("127.0.0.1", 0), Handler)
    server.endpoint = Endpoint(f"http://127.0.0.1:{server.server_address[1]}")
    server.over = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.endpoint
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Clock:
    """Time that passes only where somebody sleeps. `monotonic` and `wall` move together."""

    def __init__(self) -> None:
        self.started = self.now = time.time() // DAY_S * DAY_S + 1.5 * DAY_S  # noon: no test runs into midnight unless it wants to
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now - self.started

    def wall(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def hosted(
    endpoint: Endpoint,
    clock: Clock,
    catalog: Any,
    url: str = HOSTED,
    daily_calls: int = 1000,
    monotonic: Callable[[], float] | None = None,
) -> HuggingFaceVision:
    """A vision as each process makes its own: it goes by the clock, and chooses the longest wait of those it may choose."""
    passing = monotonic or clock.monotonic
    wire = Wire(endpoint.url, "hf_secret", (3, 60), passing, clock.wall, clock.sleep, lambda low, high: high)
    return HuggingFaceVision(url, "hf_secret", catalog, daily_calls, connection=wire, wall=clock.wall)
