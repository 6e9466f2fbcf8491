"""The static page's files from frontend/, with the types and validators that a static host would give."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.delivery import matches
from local.stripping import served
from sightsync.errors import NotFound

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class _Page:
    body: bytes
    etag: str
    content_type: str


class Pages:
    """Only files of the known types below `root`; nothing hidden, nothing behind a link that leads out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """NotFound for everything that is no file of the page."""
        answer = await run_in_threadpool(self._answer, Request(scope))
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise NotFound("There is nothing at this address.")
        page = self._page(request.scope["path"].removeprefix("/") or "index.html")
        headers = {"etag": page.etag, "cache-control": "no-cache"}
        if matches(request.headers.get("if-none-match", ""), page.etag):
            return Response(status_code=304, headers=headers)
        return Response(page.body, headers=headers, media_type=page.content_type)

    def _page(self, path: str) -> _Page:
        if "\0" in path or any(part.startswith(".") for part in path.split("/")):
            raise NotFound("There is nothing at this address.")
        try:
            file = (self._root / path).resolve(strict=True)
            if not file.is_relative_to(self._root) or file.suffix not in TYPES or not file.is_file():
                raise NotFound("There is nothing at this address.")
            status = file.stat()
            return _load(file, status.st_mtime_ns, status.st_size)
        except (OSError, ValueError) as exc:
            raise NotFound("There is nothing at this address.") from exc


@lru_cache(maxsize=256)
def _load(file: Path, _changed: int, _size: int) -> _Page:
    """Read and stripped once for each version of the file, so that an edit shows at the next reload."""
    body = served(file)
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    return _Page(body, etag, TYPES[file.suffix])
