"""Where a search has got to. The cursor pins query, mode, space and direction: a model that wakes or sleeps changes nothing.

It remembers which images of the fused window were shown, four bytes of hash each, rather than how many: an image that comes or
goes meanwhile then makes nothing appear twice or never.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from hashlib import blake2b

from sightsync.errors import BadRequest

MARK_BYTES = 4  # of 400 images shown, one in ten million others is taken for one of them
MAX_CURSOR = 6800  # characters; a URL has to carry it, and gateways take 8 KB


@dataclass(frozen=True)
class Cursor:
    """A place after a hit. `seen` holds the marks of the window; after it, `stage` names the list and `last` its last image."""

    query: str  # fingerprint
    space: str | None = None  # of the meaning search; None: words only
    reason: str | None = None  # why words only
    seen: bytes = b""
    stage: str | None = None  # None: inside the fused window
    offset: int = 0  # of the stage's list: how many of it are behind us
    last: str = ""
    crossed: bool = False  # the line "less likely" is behind us
    inner: str | None = None  # the catalog's own cursor, where a search is no more than a filter
    fits: bool = False  # something above the line was shown
    pinned: bytes = b""  # where meaning points, see pinned.py
    rare: str | None = None  # which colours that are demanded are rare, see Search.narrowed; None: not yet known

    @property
    def begun(self) -> bool:
        """Whether this is no first page."""
        return bool(self.seen or self.stage or self.inner)

    def encode(self) -> str:
        values = asdict(self) | {"seen": len(self.seen), "pinned": len(self.pinned)}
        text = json.dumps(list(values.values()), separators=(",", ":"))
        return base64.urlsafe_b64encode(self.seen + self.pinned + text.encode()).decode().rstrip("=")


def decode(text: str | None, query: str) -> Cursor:
    """The beginning without one. BadRequest bad_cursor unless it is, to the letter, one that `query` could have been given."""
    if text is None:
        return Cursor(query)
    try:
        cursor = _decode(text)
    except (ValueError, TypeError, RecursionError, binascii.Error) as exc:
        raise _bad() from exc
    if cursor.query != query or cursor.encode() != text:
        raise _bad()
    return cursor


def _decode(text: str) -> Cursor:
    if len(text) > MAX_CURSOR:
        raise ValueError("too long")
    whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    begins = whole.rindex(b"[")  # none of the strings that follow may hold one
    query, space, reason, seen, stage, offset, last, crossed, inner, fits, pinned, rare = json.loads(whole[begins:])
    texts = (query, last, *(text for text in (space, reason, stage, inner, rare) if text is not None))
    if not all(isinstance(t, str) and "[" not in t for t in texts):
        raise TypeError("not a cursor")
    if type(seen) is not int or type(pinned) is not int or seen + pinned != begins or not 0 <= seen <= begins or seen % MARK_BYTES:
        raise TypeError("not what was shown")
    if type(offset) is not int or not 0 <= offset < 2**31:
        raise TypeError("not a place")
    if type(crossed) is not bool or type(fits) is not bool:
        raise TypeError("not a side of the line")
    return Cursor(query, space, reason, whole[:seen], stage, offset, last, crossed, inner, fits, whole[seen:begins], rare)


def _bad() -> BadRequest:
    return BadRequest("This cursor belongs to another search. Start again without it.", code="bad_cursor")


def fingerprint(*parts: str | None) -> str:
    """What a cursor is bound to: the query and whatever else picks the hits."""
    return blake2b(json.dumps(parts).encode(), digest_size=9).hexdigest()


def mark(image_id: str) -> bytes:
    return blake2b(image_id.encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES).digest()


def marks(seen: bytes) -> set[bytes]:
    return {seen[i : i + MARK_BYTES] for i in range(0, len(seen), MARK_BYTES)}
