"""Stored bytes as an HTTP answer: validators and ranges."""

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from sightsync.ports import ObjectHead, StoredObject

FOR_EVER = "public, max-age=31536000, immutable"
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def deliver(request: Request, stored: StoredObject, content_type: str, headers: Mapping[str, str]) -> Response:
    """200, 206 for one range, 304 for what the client has, or 416. The server itself leaves the body out for HEAD."""
    etag = f'"{stored.head.etag}"'
    sent = {**headers, "etag": etag, "accept-ranges": "bytes"}
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=sent)
    asked = request.headers.get("range", "") if request.headers.get("if-range", etag) == etag else ""
    found = _range(asked, stored.head)
    if found is None:
        return Response(stored.body, headers=sent, media_type=content_type)
    start, stop = found
    if start >= stop:
        return Response(status_code=416, headers={**sent, "content-range": f"bytes */{stored.head.bytes}"})
    sent["content-range"] = f"bytes {start}-{stop - 1}/{stored.head.bytes}"
    return Response(stored.body[start:stop], 206, sent, media_type=content_type)


def matches(given: str, etag: str) -> bool:
    """If-None-Match, compared weakly."""
    return given.strip() == "*" or etag.removeprefix("W/") in [tag.strip().removeprefix("W/") for tag in given.split(",")]


def _range(asked: str, head: ObjectHead) -> tuple[int, int] | None:
    """(start, stop) of one range; None for none, several or nonsense, which are answered with the whole."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        return max(0, head.bytes - int(last)), head.bytes
    stop = min(head.bytes, int(last) + 1) if last else head.bytes
    return None if last and int(last) < int(first) else (int(first), stop)
