"""`./sightsync dev`: page, API, store and analysis in one process on one machine."""

import contextlib
import ipaddress
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn
from fastapi import APIRouter
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from local import judging_routes, openapi, samples_routes, storage_routes
from local.guard import LOOPBACK_NAMES, Guard
from local.lingering import Lingering
from local.lock import serving
from local.logs import to_terminal
from local.pages import Pages
from local.signing_in import can_sign_in, page_auth
from local.trouble import Trouble
from local.worker import Worker
from sightsync import VERSION
from sightsync.adapters.files import FileStore
from sightsync.services import Services, services
from sightsync.spaces import mismatch
from sightsync.warming import warm
from sightsync.web import Json, make_app

FIRST_PORT = 8000
LAST_PORT = 65535
PORTS_TO_TRY = 50
FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
PACKED_ALREADY = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream")  # the latter are originals
MAX_HEAD = 1024 * 1024  # bytes of address and headers; below it the app says what is wrong, in its own words
CLOSE_S = 3  # what requests under way are given to end


def serve(
    host: str = "127.0.0.1",
    port: int | None = None,
    data: Path | None = None,
    open_browser: bool | None = None,
    issuer: str | None = None,
    client_id: str | None = None,
    sign_in_at: str = "",
    models: bool = False,
) -> int:
    """Serves until SIGINT or SIGTERM; the exit code. Trouble when it cannot begin. None for `port`: 8000 or the next free one;
    None for `open_browser`: on a terminal. `models`: with a model server of its own.
    `sign_in_at`: where the page finds Cognito's API."""
    _settle_environment(data, issuer, client_id)
    to_terminal()
    with _listen(host, port) as listening, _vision_by(models):
        parts = services()
        address = listening.getsockname()[:2]
        names = None if parts.settings.issuer else LOOPBACK_NAMES | {_in_url(address[0]), host.lower()}
        auth = page_auth(parts.settings.issuer, parts.settings.audience, sign_in_at)
        server = _Server(build_app(parts, names, auth), listening)
        with serving(parts.settings.data):
            worker = Worker(parts)
            worker.start()
            threading.Thread(target=warm, args=(parts.catalog, parts.vision), name="warm", daemon=True).start()
            url = f"http://{'localhost' if host == 'localhost' else _in_url(address[0])}:{address[1]}/"
            _say_hello(url, parts, port is None and address[1] != FIRST_PORT, auth)
            if sys.stdout.isatty() if open_browser is None else open_browser:
                threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
            server.run_until_signalled()
            worker.stop()
            parts.catalog.close()
    return 0


@contextlib.contextmanager
def _vision_by(models: bool) -> Iterator[None]:
    if not models:
        yield
        return
    from local.models import VISION, model_server

    with model_server() as url:
        os.environ[VISION] = url
        yield


def build_app(
    parts: Services, names: frozenset[str] | None, auth: dict[str, Any] | None = None, frontend: Path = FRONTEND
) -> ASGIApp:
    """Everything that one machine serves, answering to these host names only (None: to any). `auth` is for the page."""
    here = (openapi.router, samples_routes.router, judging_routes.router, storage_routes.router, _config_router(auth))
    app = make_app(*openapi.ROUTERS, *here)
    app.router.default = Pages(frontend)  # what no route knows, so that a wrong method on a known one stays a 405
    packed = GZipMiddleware(app, minimum_size=1000, compresslevel=5, exclude_content_types=PACKED_ALREADY)
    elsewhere = [auth["endpoint"] or auth["issuer"]] if auth else []
    return Lingering(Guard(packed, names, [*elsewhere, *_files_go_to(parts)]))


def _files_go_to(parts: Services) -> list[str]:
    """Where the page sends pictures, when it is not this server. Whatever tickets name: a region's bucket, or AWS_ENDPOINT_URL."""
    if isinstance(parts.store, FileStore):
        return []
    return [parts.store.ticket("uploads/where", "image/jpeg", 1).url]


def _config_router(auth: dict[str, Any] | None) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.api_route("/config.json", methods=["GET", "HEAD"])
    def config() -> Response:
        return Json({"api": "/api", "auth": auth, "samples": True}, headers={"cache-control": "no-cache"})

    return router


class _Server(uvicorn.Server):
    """Ends in order on SIGINT or SIGTERM, and comes back to its caller rather than dying of the signal."""

    def __init__(self, app: ASGIApp, listening: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            h11_max_incomplete_event_size=MAX_HEAD,
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses carry people's words and signatures
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=CLOSE_S,
        )
        super().__init__(config)
        self._listening = listening

    def run_until_signalled(self) -> None:
        # uvicorn raises the signals it caught once more when it has ended; by then there is nothing left to end.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: setattr(self, "should_exit", True))
        self.run(sockets=[self._listening])


def _settle_environment(data: Path | None, issuer: str | None, client_id: str | None) -> None:
    """Settings are read from the environment, once; so that is where the choices go."""
    if data is not None:
        os.environ["SIGHTSYNC_DATA"] = str(data.expanduser().resolve())
    if issuer:
        os.environ["SIGHTSYNC_ISSUER"] = issuer
    if client_id:
        os.environ["SIGHTSYNC_AUDIENCE"] = client_id
    if not os.environ.get("SIGHTSYNC_ISSUER"):
        os.environ.setdefault("SIGHTSYNC_LOCAL_USER", "local")


def _listen(host: str, port: int | None) -> socket.socket:
    """A listening socket, so that connections made from now on are answered."""
    family, address = _resolve(host)
    if not address.is_loopback and not os.environ.get("SIGHTSYNC_ISSUER"):
        raise Trouble(
            f"Anybody who can reach {host} could change your gallery, because nobody has to sign in. "
            "Only this machine's own addresses are served without --issuer.",
            "./sightsync dev --host 127.0.0.1, or --issuer https://… with the OIDC issuer that people sign in with",
        )
    first = FIRST_PORT if port is None else port
    for candidate in range(first, first + (PORTS_TO_TRY if port is None else 1)):
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((str(address), candidate))
            listening.listen(256)
        except (OSError, OverflowError) as exc:
            listening.close()
            failure: Exception = exc
        else:
            return listening
    another = first + 1 if 0 < first < LAST_PORT else FIRST_PORT
    raise Trouble(
        f"Port {first} cannot be used: {getattr(failure, 'strerror', f'there is none above {LAST_PORT}')}.",
        f"./sightsync dev --port {another}",
    )


def _resolve(host: str) -> tuple[socket.AddressFamily, ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        family, *_, found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
        return family, ipaddress.ip_address(str(found[0]))
    except (OSError, ValueError) as exc:
        raise Trouble(f"There is no address called {host} here.", "./sightsync dev --host 127.0.0.1") from exc


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _say_hello(url: str, parts: Services, moved: bool, auth: dict[str, Any] | None) -> None:
    settings = parts.settings
    vision = parts.vision.health()
    if moved:
        print(f"Port {FIRST_PORT} is taken, so this is the next free one.")
    lines = {
        "Open": url,
        "Pictures": unquote(settings.store_url),
        "Records": unquote(settings.catalog_url.rpartition("@")[2]),  # before an @ there may be a password
        **({"Queue": settings.queue} if settings.queue else {}),
        "Models": f"{vision.name} ({vision.state})",
        "Sign-in": settings.issuer or "nobody has to: this machine only",
    }
    print(f"SightSync {VERSION}")
    print("\n".join(f"  {name:<9} {value}" for name, value in lines.items()))
    if auth and not can_sign_in(auth):
        print("  The page can sign nobody in there: it speaks to Amazon Cognito only, and needs --client-id too.")
        print("  Programs may bring tokens of this issuer (docs/sign-in.md).")
    if settings.vision.startswith("palette:"):
        print("  It reads colour and light only. For captions and search by meaning: ./sightsync dev --models,")
        print("  or SIGHTSYNC_VISION=https://… with the address of an endpoint (README, Use real models).")
    if (wrong := mismatch(vision, parts.catalog)) is not None:
        print(f"  {wrong}\n  Then: ./sightsync reindex")
    print("Ctrl-C ends it; nothing is lost.", flush=True)
