"""Places in a list as cursors, and the numbers that shuffle it; shared by every catalog."""

import base64
import json
from dataclasses import dataclass
from hashlib import blake2b
from math import inf, isfinite
from typing import Any

from sightsync.errors import BadRequest
from sightsync.ports import Sort

PRIME = 2_147_483_647  # marks and multipliers stay below it, so that their product fits 64 bits
MAX_CURSOR = 1024  # longer than any of ours


@dataclass(frozen=True)
class Place:
    """Where an image stands in one order: by `key`, then by `id`. A key of None stands after all others."""

    key: int | float | None
    id: str


def mark(image_id: str) -> int:
    """A number in [0, PRIME) that scatters images evenly; stored with each."""
    return _hash(f"mark:{image_id}") % PRIME


def shuffling(seed: int) -> tuple[int, int]:
    """Times and plus of this seed: (mark * times + plus) % PRIME is the place of an image in the shuffled order.

    Multiplying by a number, modulo a prime, is a permutation: another order for each seed, and an image that comes between two
    pages takes its place without moving any other.
    """
    return 1 + _hash(f"times:{seed}") % (PRIME - 1), _hash(f"plus:{seed}") % PRIME


def write_cursor(sort: Sort, place: Place) -> str:
    fields: list[Any] = [sort.order, None if place.key == inf else place.key, place.id]
    if sort.order == "shuffle":
        fields.append(sort.seed)
    text = json.dumps(fields, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, sort: Sort) -> Place:
    """BadRequest("bad_cursor") unless it is, to the letter, one that this sort could have written."""
    try:
        place = _place(cursor[:MAX_CURSOR], sort)
    except (ValueError, TypeError, RecursionError):
        place = None
    if place is None or write_cursor(sort, place) != cursor:
        raise BadRequest("This cursor is not one of this list. Start again without it.", code="bad_cursor")
    return place


def _place(cursor: str, sort: Sort) -> Place:
    text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    _, key, image_id, *_ = json.loads(text)
    return Place(_checked_key(key, sort), _checked_id(image_id))


def _checked_key(key: object, sort: Sort) -> int | float | None:
    if sort.order == "disagreement":
        if key is None or (isinstance(key, float) and isfinite(key)):
            return key
    elif isinstance(key, int) and not isinstance(key, bool) and abs(key) < 2**63:
        return key
    raise ValueError("no such key")


def _checked_id(image_id: object) -> str:
    if not isinstance(image_id, str):
        raise TypeError("no id")
    image_id.encode()  # UnicodeEncodeError, a ValueError, for half a surrogate pair
    return image_id


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
