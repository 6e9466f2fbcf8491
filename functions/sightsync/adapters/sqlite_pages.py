"""Pages of the gallery by keyset: the cursor holds the last image's place in the order, never a count of rows."""

import base64
import json
from dataclasses import dataclass
from hashlib import blake2b
from math import inf, isfinite
from typing import Any

from sightsync.adapters.sqlite_filters import Condition, condition
from sightsync.errors import BadRequest
from sightsync.ports import Filter, Sort

PRIME = 2_147_483_647  # marks and multipliers stay below it, so that their product fits SQLite's 64 bits
MAX_CURSOR = 1024  # longer than any of ours


@dataclass(frozen=True)
class Place:
    """Where an image stands in one order: by `key`, then by `id`. A key of None stands after all others."""

    key: int | float | None
    id: str


def mark(image_id: str) -> int:
    """A number in [0, PRIME) that scatters images evenly; stored with each."""
    return _hash(f"mark:{image_id}") % PRIME


def page_query(where: Filter, sort: Sort, cursor: str | None, limit: int) -> Condition:
    """Selects (key, id, n) of one image more than `limit`, in order."""
    key, key_parameters = _key(sort)
    sql, parameters = condition(where)
    direction, beyond = ("DESC", "<") if sort.order == "newest" else ("ASC", ">")
    if cursor is not None:
        place = read_cursor(cursor, sort)
        sql = f"({sql}) AND ({key}, images.id) {beyond} (?, ?)"
        parameters = [*parameters, *key_parameters, inf if place.key is None else place.key, place.id]
    return (
        f"SELECT {key} AS place, images.id, images.n FROM images WHERE {sql} "  # noqa: S608  # values are bound
        f"ORDER BY place {direction}, images.id {direction} LIMIT ?",
        [*key_parameters, *parameters, limit + 1],
    )


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


def _key(sort: Sort) -> Condition:
    if sort.order in ("newest", "oldest"):
        return "images.created_at", []
    if sort.order == "disagreement":
        return "images.disagreement", []
    if sort.order == "shuffle":
        # Multiplying by a number of this seed, modulo a prime, is a permutation: another order for each seed, and an
        # image that comes between two pages takes its place without moving any other.
        return f"((images.mark * ? + ?) % {PRIME})", [
            1 + _hash(f"times:{sort.seed}") % (PRIME - 1),
            _hash(f"plus:{sort.seed}") % PRIME,
        ]
    raise ValueError(f"No order {sort.order!r}")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
