"""`./sightsync indexes`: makes the indexes of a MongoDB catalog, waits until they answer, and says where one has drifted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pymongo.errors import OperationFailure
from pymongo.operations import SearchIndexModel

from local.trouble import Trouble
from sightsync.adapters.mongo import MongoCatalog
from sightsync.adapters.mongo_driver import ATLAS, REFUSED, translated
from sightsync.adapters.mongo_schema import INDEXES, create_indexes, index_drift, replace_index
from sightsync.adapters.mongo_search import VECTORS_INDEX, search_drift, vector_index, words_index
from sightsync.services import services
from sightsync.spaces import active_space, previous

POLL_S = 3.0
MEND = "./sightsync indexes --update"

Document = dict[str, Any]


class Searchable(Protocol):
    """A collection that search indexes can be made on, as pymongo's."""

    def list_search_indexes(self) -> Iterable[Mapping[str, Any]]: ...
    def create_search_index(self, model: SearchIndexModel) -> object: ...
    def update_search_index(self, name: str, definition: Mapping[str, Any]) -> object: ...
    def drop_search_index(self, name: str) -> object: ...


@translated
def run(*, update: bool, wait_s: float, show: bool) -> int:
    """0 when every index is as it should be and answers; 1 when something is left to do."""
    catalog = services().catalog
    if not isinstance(catalog, MongoCatalog):
        raise Trouble("This catalog is a SQLite file, which looks after its indexes by itself.", "./sightsync doctor")
    wanted = [words_index(), *_vector_indexes(catalog)]
    if show:
        print(json.dumps(wanted, indent=2))
        return 0
    well = _ordinary(catalog, update)
    return 0 if _search(catalog.images, wanted, update, wait_s) and well else 1


def _vector_indexes(catalog: MongoCatalog) -> list[Document]:
    """Of the space that is searched, and of the one that a change of models is filling: with the words' they are three at most."""
    spaces = {space["_id"]: space for space in catalog.server.database["spaces"].find().sort("born", 1)}
    active, before = active_space(catalog), previous(catalog)
    others = [s for s in spaces if s != active and (before is None or s != before[0])]
    younger = [s for s in others if active not in spaces or spaces[s]["born"] > spaces[active]["born"]]
    chosen = ([active] if active in spaces else []) + younger[-1:]
    return [vector_index(space, spaces[space]["dimensions"]) for space in chosen if space is not None]


# --- ordinary indexes ---


def _ordinary(catalog: MongoCatalog, update: bool) -> bool:
    database = catalog.server.database
    before = index_drift(database)
    if update:
        for collection, name in (place for place, says in before.items() if says != "missing"):
            replace_index(database, collection, name)
    try:
        create_indexes(database)
    except OperationFailure as error:
        if not before or error.timeout:  # what differs is told below
            raise
    after = index_drift(database)
    for (collection, name), says in before.items():
        done = (collection, name) not in after
        _say("made" if done else "DIFFERS", f"{collection}.{name}", f"{says}" if done else f"{says}. {MEND}")
    _say(
        "DIFFERS" if after else "ok",
        "lists",
        f"{sum(map(len, INDEXES.values())) - len(after)} ordinary indexes are as they should be",
    )
    return not after


# --- search indexes ---


@dataclass(frozen=True)
class Without(Exception):
    """This server lists no search indexes."""

    unsupported: bool


def _search(
    images: Searchable, wanted: list[Document], update: bool, wait_s: float, pause: Callable[[float], None] = time.sleep
) -> bool:
    try:
        found = _listed(images)
    except Without as without:
        return _without(without)
    settled = [_settle(images, index, found.get(index["name"]), update) for index in wanted]
    _stale(images, set(found) - {index["name"] for index in wanted}, update)
    if len(wanted) < 2:
        _say("later", "vectors", "no picture has a vector yet: run this again when the first ones are analysed")
    return _poll(images, [index["name"] for index in wanted], wait_s, pause) and all(settled)


def _listed(images: Searchable) -> dict[str, Mapping[str, Any]]:
    try:
        return {index["name"]: index for index in images.list_search_indexes()}
    except OperationFailure as error:
        if error.timeout:
            raise
        raise Without(error.code not in (ATLAS, *REFUSED)) from error


def _without(without: Without) -> bool:
    if without.unsupported:
        _say("ok", "search", "this server has no Atlas Search. Meaning is searched exactly, in memory; words by ordinary indexes.")
        return True
    _say("UNSURE", "search", "this cluster does not let a program list its search indexes, so they can't be made or checked here.")
    print(f"{'':<9} Make them on Atlas' own page, under Search Indexes, from what this prints: ./sightsync indexes --print")
    return False


def _settle(images: Searchable, wanted: Document, found: Mapping[str, Any] | None, update: bool) -> bool:
    """Whether it is there, as it should be."""
    name, definition = wanted["name"], wanted["definition"]
    if found is None:
        images.create_search_index(SearchIndexModel(definition=definition, name=name, type=wanted["type"]))
        _say("made", name, "search index")
        return True
    drift = search_drift(wanted, found)
    if not drift:
        return True
    if update:
        images.update_search_index(name, definition)
        _say("updated", name, "; ".join(drift))
        return True
    _say("DIFFERS", name, f"{'; '.join(drift)}. {MEND}")
    return False


def _stale(images: Searchable, names: set[str], update: bool) -> None:
    """Those of spaces that are searched no more; anybody else's indexes are left alone."""
    for name in sorted(name for name in names if name.startswith(VECTORS_INDEX)):
        if update:
            images.drop_search_index(name)
        _say("dropped" if update else "stale", name, "its vectors are searched no more" + ("" if update else f". {MEND}"))


def _poll(images: Searchable, names: list[str], wait_s: float, pause: Callable[[float], None] = time.sleep) -> bool:
    """Whether all can be asked before the time is over."""
    until, waiting = time.monotonic() + wait_s, list(names)
    while True:
        found = _listed(images)
        for name in [name for name in waiting if found.get(name, {}).get("queryable")]:
            _say("ok", name, "can be asked")
            waiting.remove(name)
        broken = [name for name in waiting if found.get(name, {}).get("status") == "FAILED"]
        for name in broken:
            _say("FAILED", name, "Atlas could not build it; its page says why")
        if not waiting or broken or time.monotonic() >= until:
            break
        pause(POLL_S)
    for name in (name for name in waiting if name not in broken):
        _say("building", name, "cannot be asked yet: run this again in some minutes")
    return not waiting


def _say(mark: str, what: str, says: str) -> None:
    print(f"{mark:<9} {what:<24} {says}", flush=True)
