"""Pages of the gallery by keyset: the cursor holds the last image's place in the order, never a count of rows."""

from math import inf

from sightsync.adapters.cursors import PRIME, read_cursor, shuffling
from sightsync.adapters.sqlite_filters import Condition, condition
from sightsync.ports import Filter, Sort


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


def _key(sort: Sort) -> Condition:
    if sort.order in ("newest", "oldest"):
        return "images.created_at", []
    if sort.order == "disagreement":
        return "images.disagreement", []
    if sort.order == "shuffle":
        return f"((images.mark * ? + ?) % {PRIME})", [*shuffling(sort.seed)]
    raise ValueError(f"No order {sort.order!r}")
