"""Serves handler.py on this machine by the conventions of the toolkit that hosts it on an endpoint. `./sightsync models` runs it.

POST / (and /predict) with JSON; every exception of the handler is 400 {"error": "code: message"}; GET / and /health answer 200.
While the models are being fetched and loaded, both answer 503, as an endpoint that wakes does. One request runs at a time.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from wire import Refused

HERE: Final = Path(__file__).resolve().parent
MAX_BODY: Final = 64 * 1024 * 1024  # bytes; 128 pictures of 768 px are about 40 MB
WAITING: Final = 16  # requests that may wait while one runs; further ones come back later
IDLE_S: Final = 60  # a connection that says nothing for so long is closed
RETRY_S: Final = 5
END_S: Final = 10  # what a request that runs is given to end
HELP: Final = """\
Two ways on: run this once where the hub can be reached (the files are kept), or name folders that hold the models:
  SIGHTSYNC_CLIP_MODEL=/path/to/clip SIGHTSYNC_CAPTION_MODEL=/path/to/blip ./sightsync models"""

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class ModelServer(ThreadingHTTPServer):
    """`handler` is None while it loads."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Connection)
        self.handler: Handler | None = None
        self._one = threading.Lock()
        self._places = threading.BoundedSemaphore(1 + WAITING)

    def run(self, data: Any) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        if self.handler is None:
            return 503, {"error": "loading: the models are being loaded"}
        if not self._places.acquire(blocking=False):
            return 503, {"error": f"busy: {WAITING} requests wait already"}
        try:
            with self._one:
                return 200, self.handler(data)
        except Refused as refused:
            return 400, {"error": str(refused)}
        finally:
            self._places.release()

    def end(self) -> None:
        """Takes no more; what runs may end."""
        self.shutdown()
        self._one.acquire(timeout=END_S)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away; whatever else happens is named without its text."""
        kind = sys.exc_info()[0]
        if kind is not None and not issubclass(kind, ConnectionError | TimeoutError):
            logging.getLogger("sightsync").error("failed: %s", kind.__name__)


class _Connection(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sightsync", ""
    timeout = IDLE_S

    def do_GET(self) -> None:
        if self.path not in ("/", "/health"):
            self._send(404, {"error": "not_found: there are / and /health"})
        elif self.server.handler is None:
            self._send(503, {"error": "loading: the models are being loaded"})
        else:
            self._send(200, "Ok")

    def do_POST(self) -> None:
        began = time.monotonic()
        body = self._body()
        if body is None:
            return
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            self._send(400, {"error": "bad_json: the body is not JSON"})
            return
        status, answer = self.server.run(data)
        self._send(status, answer)
        print(f"{status} {len(body)} bytes, {time.monotonic() - began:.2f} s", flush=True)

    def _body(self) -> bytes | None:
        """None when it has been refused. What is not read cannot be followed by another request, so the connection ends."""
        length = self.headers.get("content-length", "")
        kind = self.headers.get_content_type()
        if self.path not in ("/", "/predict"):
            refusal = (404, "not_found: POST to /")
        elif not (length.isascii() and length.isdigit()):
            refusal = (411, "no_length: a Content-Length is needed")
        elif int(length) > MAX_BODY:
            refusal = (413, f"too_large: a request may have {MAX_BODY} bytes")
        elif kind != "application/json":  # a web page that somebody has open cannot send it here without asking
            refusal = (400, "bad_request: the content type must be application/json")
        else:
            body = self.rfile.read(int(length))
            return body if len(body) == int(length) else None
        self.close_connection = True
        self._send(refusal[0], {"error": refusal[1]})
        return None

    def _send(self, status: int, answer: dict[str, Any] | str) -> None:
        kind, text = ("text/plain", answer) if isinstance(answer, str) else ("application/json", json.dumps(answer))
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if status == 503:
            self.send_header("retry-after", str(RETRY_S))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: Any) -> None:
        """do_POST says what there is to say."""


def main() -> int:
    options = _options()
    logging.basicConfig(format="%(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server = ModelServer(("127.0.0.1", options.port))
    except OSError as error:
        print(f"Port {options.port} cannot be had: {error.strerror}.\nTry: ./sightsync models --port 0", file=sys.stderr)
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if options.with_parent:
        threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        return _serve(server)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):  # both may come: from the terminal, and from whoever started this
            signal.signal(number, signal.SIG_IGN)
        server.end()
        return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./sightsync models")
    parser.add_argument("--port", type=int, default=8500)
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    return parser.parse_args()


def _follow_parent() -> None:
    """Whoever started this holds the other end; also when it is killed, it lets go."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _serve(server: ModelServer) -> int:
    print(f"Models at http://127.0.0.1:{server.server_address[1]}: loading; what is not here yet is fetched, once …", flush=True)
    began = time.monotonic()
    try:
        from handler import EndpointHandler

        handler = EndpointHandler(str(HERE))
    except Refused as refused:
        then = HELP if refused.code == "model_not_found" else "Try: another model, or unset the SIGHTSYNC_…_MODEL that names it"
        print(f"The models cannot be loaded: {refused.message}.\n{then}", file=sys.stderr)
        return 1
    server.handler = handler
    print(f"{handler.says}\nReady after {time.monotonic() - began:.0f} s. Ctrl-C ends it.", flush=True)
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
