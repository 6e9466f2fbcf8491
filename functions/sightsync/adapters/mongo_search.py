"""Atlas' own search: the pipelines and the two index definitions. Nothing here has ever run on Atlas; tests/atlas_rules.py
holds each pipeline against the rules that Atlas documents.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic
from typing import Any, Literal

from pymongo.errors import OperationFailure

from sightsync.adapters.mongo_driver import ATLAS, REFUSED
from sightsync.adapters.mongo_filters import clauses, mql
from sightsync.adapters.mongo_vectors import space_key, to_binary, vector_path
from sightsync.adapters.mongo_words import COLUMNS, Wanted
from sightsync.ports import And, Equal, Filter, In, Vector

logger = logging.getLogger(__name__)

Document = dict[str, Any]
State = Literal["ready", "building", "missing", "unknown", "unsupported"]

WORDS_INDEX = "words"
VECTORS_INDEX = "vectors_"  # and the key of the space

MOST_CANDIDATES = 10_000  # Atlas takes no more
CANDIDATES_PER_HIT = 20  # as Atlas recommends
SPARE_HITS = 20  # asked for beyond the limit: Atlas orders no ties, and some hits may not pass any more
MOST_TERMS = 100  # words, and runs of words, of one query: Lucene takes 1024 clauses, and each of them is one per column
NO_COLLECTION = 26  # NamespaceNotFound: nothing was ever written
LOOK_AGAIN_S = 300.0  # how long the list of indexes is believed

FILTERS = {  # path -> how $search indexes it; $vectorSearch calls them all filter
    "_id": "token", "owner": "token", "status": "token", "analysis": "token", "category": "token", "checks": "token",
    "published": "boolean", "sample": "boolean", "deleted": "boolean", "created_at": "number", "updated_at": "number",
}  # fmt: skip


# --- indexes ---


def vector_index(space: str, dimensions: int) -> Document:
    """Atlas fixes the dimensions of an index, so each space has a field and an index of its own."""
    vector = {"type": "vector", "path": vector_path(space), "numDimensions": dimensions, "similarity": "cosine"}
    filters = [{"type": "filter", "path": path} for path in FILTERS]
    return {"name": vector_index_name(space), "type": "vectorSearch", "definition": {"fields": [vector, *filters]}}


def vector_index_name(space: str) -> str:
    return VECTORS_INDEX + space_key(space)


def words_index() -> Document:
    """Stems are cut at spaces and nothing more: folding and stemming were done when the image was written."""
    said = {"type": "string", "analyzer": "lucene.whitespace", "searchAnalyzer": "lucene.whitespace", "store": False}
    fields: Document = {path: {"type": kind} for path, kind in FILTERS.items()}
    fields["words"] = {"type": "document", "dynamic": False, "fields": dict.fromkeys(COLUMNS, said)}
    fields["forms"] = said
    return {"name": WORDS_INDEX, "type": "search", "definition": {"mappings": {"dynamic": False, "fields": fields}}}


# --- pipelines ---


def vector_pipeline(space: str, vector: Vector, where: Filter, limit: int) -> list[Document]:
    """Stages that give {_id, score}. The index lags behind by seconds, so records are asked once more whether they pass."""
    limit = min(limit + SPARE_HITS, MOST_CANDIDATES)
    query = mql(where)
    stage: Document = {
        "index": vector_index_name(space),
        "path": vector_path(space),
        "queryVector": to_binary(vector),
        "numCandidates": min(limit * CANDIDATES_PER_HIT, MOST_CANDIDATES),
        "limit": limit,
        "filter": query,
    }
    return [{"$vectorSearch": stage}, {"$match": query}, {"$project": {"_id": 1, "score": {"$meta": "vectorSearchScore"}}}]


def cosine(score: float) -> float:
    """Atlas gives (1 + cos) / 2."""
    return max(-1.0, min(1.0, 2.0 * score - 1.0))


def few_terms(ask: Wanted) -> bool:
    """Whether $search takes so many."""
    return len(ask.single) + len(ask.runs) + len(ask.without) <= MOST_TERMS


def words_pipeline(ask: Wanted, where: Filter, limit: int) -> list[Document]:
    """Stages that give {_id, score} of images that hold any of it, best first, ties by id."""
    compound: Document = {"should": list(_wanted(ask)), "minimumShouldMatch": 1, "filter": clauses(where)}
    if ask.without:
        compound["mustNot"] = [{"phrase": {"query": " ".join(run), "path": list(_paths())}} for run in ask.without]
    order = {"score": {"$meta": "searchScore"}, "_id": 1}
    return [
        {"$search": {"index": WORDS_INDEX, "compound": compound, "sort": order}},
        {"$match": mql(where)},
        {"$limit": limit},
        {"$project": {"_id": 1, "score": {"$meta": "searchScore"}}},
    ]


def _wanted(ask: Wanted) -> Iterable[Document]:
    """Each column by itself, for a word in a title says more than one in a file's name."""
    for path, weight in zip(_paths(), COLUMNS.values(), strict=True):
        boost = {"boost": {"value": weight}}
        if ask.single:
            yield {"text": {"query": list(ask.single), "path": path, "score": boost}}
        for run in ask.runs:
            yield {"phrase": {"query": " ".join(run), "path": path, "score": boost}}
    if ask.begins:  # letters and digits only: neither * nor ? nor \ can be among them
        paths = [*_paths(), "forms"]
        yield {"wildcard": {"query": f"{ask.begins}*", "path": paths, "allowAnalyzedField": True}}


def _paths() -> Iterable[str]:
    return (f"words.{column}" for column in COLUMNS)


# --- which of them there are ---


class SearchIndexes:
    """What this server can search by itself. Asked for when first needed, and again every few minutes."""

    def __init__(self, listing: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        """`listing` gives the search indexes of the collection of images, each with `name` and `queryable`."""
        self._listing = listing
        self._states: dict[str, State] = {}
        self._others: State = "missing"  # those that are not listed
        self._looked_at: float | None = None
        self._said: set[str] = set()

    def usable(self, name: str) -> bool:
        """Whether to ask this index; says once, for each that cannot be asked, what is done instead."""
        state = self.state(name)
        if state in ("ready", "unknown"):
            return True
        if state == "unsupported":
            name = "any"
        if name not in self._said:
            self._said.add(name)
            logger.warning("search_index_not_used", extra={"index": name, "reason": state})
        return False

    def sure(self, name: str) -> bool:
        """Whether no hits from this index mean that there are none: Atlas answers so for a name that it does not know, too."""
        return self.state(name) == "ready"

    def state(self, name: str) -> State:
        if self._looked_at is None or monotonic() - self._looked_at > LOOK_AGAIN_S:
            self._look()
            self._looked_at = monotonic()
        return self._states.get(name, self._others)

    def _look(self) -> None:
        try:
            found = list(self._listing())
        except OperationFailure as error:
            if error.timeout:
                raise
            self._states, self._others = {}, _without_list(error)
        else:
            self._states = {index["name"]: "ready" if index.get("queryable") else "building" for index in found}
            self._others = "missing"


def asked_ids(where: Filter, most: int) -> tuple[str, ...] | None:
    """The ids that a simplified filter is limited to, if it names at most so many: their vectors are read directly."""
    for part in where.parts if isinstance(where, And) else (where,):
        match part:
            case In("id", values) if len(values) <= most:
                return values
            case Equal("id", str(value)):
                return (value,)
    return None


def _without_list(error: OperationFailure) -> State:
    """Of every index, when they cannot be listed. Some free clusters have search and do not let a driver list it."""
    if error.code == NO_COLLECTION:
        return "missing"
    return "unknown" if error.code in (ATLAS, *REFUSED) else "unsupported"


# --- drift ---


def search_drift(wanted: Document, found: Mapping[str, Any]) -> list[str]:
    """Where the definition that a server holds is not what it should be, as sentences. What it adds by itself is no drift."""
    if found.get("type", "search") != wanted["type"]:
        return [f"is of type {found.get('type')} instead of {wanted['type']}"]
    return list(_differences(_by_path(wanted["definition"]), _by_path(found.get("latestDefinition", {})), ""))


def _by_path(definition: Mapping[str, Any]) -> Document:
    """Fields of a vector index by their paths, for their order says nothing."""
    fields = definition.get("fields")
    return {**definition, "fields": {field["path"]: field for field in fields}} if isinstance(fields, list) else dict(definition)


def _differences(wanted: Any, found: Any, at: str) -> Iterator[str]:
    if not isinstance(wanted, dict):
        if wanted != found:
            yield f"{at} is {found!r} instead of {wanted!r}"
        return
    for name, value in wanted.items():
        place = f"{at} > {name}" if at else name
        if not isinstance(found, Mapping) or name not in found:
            yield f"{place} is missing"
        else:
            yield from _differences(value, found[name], place)
