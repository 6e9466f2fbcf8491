"""Pages of the gallery by keyset, each order read from an index of its own."""

from __future__ import annotations

from math import inf
from typing import Any

from sightsync.adapters.cursors import PRIME, Place, read_cursor, shuffling, write_cursor
from sightsync.adapters.mongo_driver import Document, Images
from sightsync.adapters.mongo_filters import NOTHING, Mql, mql, simplified
from sightsync.adapters.mongo_records import RECORD, image
from sightsync.images import Image
from sightsync.ports import Filter, Page, Sort

KEYS = {"newest": ("created_at", -1), "oldest": ("created_at", 1), "disagreement": ("disagreement", 1)}
BEYOND = {1: ("$gt", "$gte"), -1: ("$lt", "$lte")}


def page(images: Images, where: Filter, sort: Sort, cursor: str | None, limit: int) -> Page:
    """At most `limit` images after the cursor. BadRequest("bad_cursor"), ValueError for a bad filter or order."""
    if sort.order not in (*KEYS, "shuffle"):
        raise ValueError(f"No order {sort.order!r}")
    after = read_cursor(cursor, sort) if cursor is not None else None
    where = simplified(where)
    if where == NOTHING or limit < 1:
        return Page([], None)
    read = _shuffled if sort.order == "shuffle" else _ordered
    found = read(images, mql(where), sort, after, limit)
    more = len(found) > limit
    return Page([image for _, image in found[:limit]], write_cursor(sort, found[limit - 1][0]) if more else None)


def _ordered(images: Images, where: Mql, sort: Sort, after: Place | None, limit: int) -> list[tuple[Place, Image]]:
    """One more than asked for, with their places."""
    key, direction = KEYS[sort.order]
    beyond = _beyond(key, direction, after) if after else {}
    found = images.find(_both(where, beyond), RECORD).sort([(key, direction), ("_id", direction)]).limit(limit + 1)
    return [(Place(document[key], document["_id"]), image(document)) for document in found]


def _shuffled(images: Images, where: Mql, sort: Sort, after: Place | None, limit: int) -> list[tuple[Place, Image]]:
    """Reads ids and marks of the whole list, from an index alone, then the few records."""
    places = {found["_id"]: int(found["place"]) for found in images.aggregate(shuffle_stages(where, sort.seed, after, limit + 1))}
    records = {found["_id"]: image(found) for found in images.find({"_id": {"$in": list(places)}}, RECORD)}
    return [(Place(at, image_id), records[image_id]) for image_id, at in places.items() if image_id in records]


def shuffle_stages(where: Mql, seed: int, after: Place | None, limit: int) -> list[Document]:
    """Stages that give {_id, place} in order. Naming the mark by itself first is what lets the server stay in the index."""
    times, plus = shuffling(seed)
    place = {"$mod": [{"$add": [{"$multiply": ["$mark", times]}, plus]}, PRIME]}
    stages: list[Document] = [{"$match": where}, {"$project": {"mark": 1}}, {"$project": {"place": place}}]
    if after:
        stages.append({"$match": _beyond("place", 1, after)})
    return [*stages, {"$sort": {"place": 1, "_id": 1}}, {"$limit": limit}]


def _beyond(key: str, direction: int, after: Place) -> Mql:
    """What comes after this place. The outer bound is what an index can begin at."""
    strictly, from_here = BEYOND[direction]
    at: Any = inf if after.key is None else after.key
    return {key: {from_here: at}, "$or": [{key: {strictly: at}}, {key: at, "_id": {strictly: after.id}}]}


def _both(where: Mql, beyond: Mql) -> Mql:
    return {"$and": [where, beyond]} if where and beyond else where or beyond
