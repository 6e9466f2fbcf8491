"""Ordinary indexes of the MongoDB catalog. Each of `images` is one list that people page through: equal fields, then its order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

Document = dict[str, Any]

LIVE_AND_READY = {"status": "ready", "deleted": False, "sha256": {"$type": "string"}}

_ORDERS = {
    "everything": ("created_at", "_id"),
    "wall": ("deleted", "published", "status", "created_at", "_id"),
    "wall_category": ("deleted", "published", "status", "category", "created_at", "_id"),
    "wall_shuffled": ("deleted", "published", "status", "mark", "_id", "category"),  # read whole, then sorted
    "seen": ("deleted", "status", "created_at", "_id", "published", "owner", "category"),  # public ones and one's own
    "owned": ("deleted", "owner", "created_at", "_id", "status", "analysis", "published", "category"),
    "owned_category": ("deleted", "owner", "category", "created_at", "_id"),
    "owned_disagreement": ("deleted", "owner", "disagreement", "_id"),
    "same_bytes": ("sha256", "owner"),
    "changed": ("changed", "_id"),  # how matrices in memory catch up
    "stems": ("stems.t",),
    "forms": ("forms",),
    "colours": ("colours.name",),
}

# collection -> name -> what makes the index
INDEXES: dict[str, dict[str, Document]] = {
    "images": {name: {"key": dict.fromkeys(fields, 1)} for name, fields in _ORDERS.items()}
    | {
        "one_of_a_kind": {
            "key": {"owner": 1, "sha256": 1},
            "unique": True,
            "partialFilterExpression": LIVE_AND_READY,
        }
    },
    "counters": {"expiry": {"key": {"expires_at": 1}, "expireAfterSeconds": 0}},
}


def create_indexes(database: Database[Document]) -> None:
    """Makes those that are missing; one that exists with another definition is an OperationFailure."""
    for collection, indexes in INDEXES.items():
        models = [IndexModel(list(made["key"].items()), name=name, **_options(made)) for name, made in indexes.items()]
        database[collection].create_indexes(models)


def replace_index(database: Database[Document], collection: str, name: str) -> None:
    """Drops it and makes it as it should be."""
    made = INDEXES[collection][name]
    database[collection].drop_index(name)
    database[collection].create_index(list(made["key"].items()), name=name, **_options(made))


def index_drift(database: Database[Document]) -> dict[tuple[str, str], str]:
    """{(collection, index): "missing" or what differs} of those that are not as they should be."""
    drift: dict[tuple[str, str], str] = {}
    for collection, indexes in INDEXES.items():
        found = {index["name"]: index for index in database[collection].list_indexes()}
        for name, made in indexes.items():
            says = _differs(made, found[name]) if name in found else "missing"
            if says:
                drift[collection, name] = says
    return drift


def _differs(made: Document, found: Mapping[str, Any]) -> str:
    if list(made["key"].items()) != list(dict(found["key"]).items()):
        return f"is over {', '.join(found['key'])} instead of {', '.join(made['key'])}"
    wrong = [name for name, value in _options(made).items() if found.get(name) != value]
    wrong += [name for name in ("unique", "partialFilterExpression", "expireAfterSeconds") if name in found and name not in made]
    return f"has another {' and '.join(wrong)}" if wrong else ""


def _options(made: Document) -> Document:
    return {name: value for name, value in made.items() if name != "key"}
