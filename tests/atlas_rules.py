"""What Atlas documents of $vectorSearch, $search and their indexes, written down so that a machine can hold our pipelines to it.

Nothing here ran on Atlas. Each rule is one function that gives the problems it sees, as sentences; tests/test_mongo_search.py
breaks every one of them on purpose. Sources: MongoDB's manual, pages "Run Vector Search Queries", "How to Index Fields for
Vector Search", "$search", "compound", "text", "phrase", "wildcard", "equals", "in", "range", "exists", "Define Field Mappings",
"Atlas M0 (Free Cluster) Limits".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import Any
from uuid import UUID

from bson import ObjectId
from bson.binary import VECTOR_SUBTYPE, Binary

Document = Mapping[str, Any]

MOST_CANDIDATES = 10_000
MOST_DIMENSIONS = 8192
MOST_CLAUSES = 1024  # of a Lucene query
FREE_INDEXES = 3  # search indexes of an M0 cluster
FREE_STAGES = 50  # of one pipeline on an M0 cluster

FIELD_OPERATORS = {"$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte", "$not"}
LOGICAL_OPERATORS = {"$and", "$or", "$nor"}
SIMILARITIES = {"cosine", "euclidean", "dotProduct"}
ANALYZERS = {"lucene.standard", "lucene.simple", "lucene.whitespace", "lucene.keyword", "lucene.english"}
MAPPED = {"string", "token", "boolean", "number", "date", "document", "autocomplete"}
CLAUSES = ("must", "mustNot", "should", "filter")
FIRST = {"$vectorSearch": "vectorSearchScore", "$search": "searchScore"}


def problems(pipeline: Sequence[Document], indexes: Sequence[Document]) -> list[str]:
    """What Atlas would refuse, or answer with nothing, in this pipeline over a collection with these search indexes."""
    found = [*_stages(pipeline), *_scores(pipeline)]
    name = _name_of(pipeline[0]) if pipeline else ""
    if name in FIRST:
        stage = pipeline[0][name]
        index, more = _index(stage, indexes, "vectorSearch" if name == "$vectorSearch" else "search")
        found += more
        if index is not None:
            found += _vector_search(stage, index) if name == "$vectorSearch" else _search(stage, index)
    return found


# --- the pipeline as a whole ---


def _name_of(stage: Document) -> str:
    return next(iter(stage), "")


def _stages(pipeline: Sequence[Document]) -> Iterator[str]:
    if not pipeline:
        yield "the pipeline is empty"
    if len(pipeline) > FREE_STAGES:
        yield f"a free cluster takes {FREE_STAGES} stages"
    for position, stage in enumerate(pipeline):
        if len(stage) != 1:
            yield "a stage has one operator"
        if position and _name_of(stage) in FIRST:
            yield f"{_name_of(stage)} must be the first stage"


def _scores(pipeline: Sequence[Document]) -> Iterator[str]:
    named = FIRST.get(_name_of(pipeline[0]) if pipeline else "")
    for meta in _metas(list(pipeline)):
        if meta != named:
            yield f"{meta} is no score of this search"


def _metas(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name == "$meta":
                yield value
            else:
                yield from _metas(value)
    elif isinstance(part, list):
        for each in part:
            yield from _metas(each)


def _index(stage: Document, indexes: Sequence[Document], kind: str) -> tuple[Document | None, list[str]]:
    """The index that a stage names. A name that does not exist is no error on Atlas: it gives no hits."""
    name = stage.get("index")
    if not isinstance(name, str) or not name:
        return None, ["the index is not named, and would be the one called default"]
    found = next((index for index in indexes if index["name"] == name), None)
    if found is None:
        return None, [f"there is no index {name}: hits would be empty, without an error"]
    if found["type"] != kind:
        return None, [f"{name} is no index of type {kind}"]
    return found, []


# --- $vectorSearch ---


def _vector_search(stage: Document, index: Document) -> Iterator[str]:
    fields = index["definition"]["fields"]
    yield from _keys(stage, {"index", "path", "queryVector", "limit"}, {"numCandidates", "exact", "filter"}, "$vectorSearch")
    yield from _candidates(stage)
    vector = next((f for f in fields if f["type"] == "vector" and f["path"] == stage.get("path")), None)
    if vector is None:
        yield f"{stage.get('path')} is not indexed as a vector"
    else:
        yield from _query_vector(stage.get("queryVector"), vector["numDimensions"])
    if "filter" in stage:
        yield from _filter(stage["filter"], {f["path"] for f in fields if f["type"] == "filter"})


def _keys(document: Document, required: set[str], optional: set[str], where: str) -> Iterator[str]:
    for name in sorted(required - set(document)):
        yield f"{where} lacks {name}"
    for name in sorted(set(document) - required - optional):
        yield f"{where} knows no {name}"


def _candidates(stage: Document) -> Iterator[str]:
    limit, candidates = stage.get("limit"), stage.get("numCandidates")
    if not _whole(limit) or limit < 1:
        yield "limit must be a whole number above 0"
    if stage.get("exact") is True:
        if candidates is not None:
            yield "numCandidates has no place in an exact search"
        return
    if not _whole(candidates):
        yield "numCandidates must be a whole number"
    elif candidates > MOST_CANDIDATES:
        yield f"numCandidates must be at most {MOST_CANDIDATES}"
    elif _whole(limit) and limit > candidates:
        yield "limit must be at most numCandidates"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _query_vector(vector: object, dimensions: int) -> Iterator[str]:
    numbers: Any = vector
    if isinstance(vector, Binary) and vector.subtype == VECTOR_SUBTYPE:
        numbers = vector.as_vector().data
    if not isinstance(numbers, list) or not all(isinstance(n, int | float) and isfinite(n) for n in numbers):
        yield "queryVector must be numbers, as an array or as a BSON vector"
    elif len(numbers) != dimensions:
        yield f"queryVector has {len(numbers)} dimensions, the index {dimensions}"


def _filter(where: object, declared: set[str]) -> Iterator[str]:
    if not isinstance(where, Mapping):
        yield "a filter is a document"
        return
    for name, value in where.items():
        if name in LOGICAL_OPERATORS:
            if not isinstance(value, list) or not value:
                yield f"{name} takes a list that is not empty"
            else:
                for part in value:
                    yield from _filter(part, declared)
        elif name.startswith("$"):
            yield f"{name} is not allowed in a filter"
        else:
            if name not in declared:
                yield f"{name} is not indexed as a filter"
            yield from _condition(name, value)


def _condition(name: str, condition: object) -> Iterator[str]:
    """`{field: value}`, or `{field: {operator: value}}`."""
    if not isinstance(condition, Mapping):
        if not _plain(condition):
            yield f"{name} cannot be compared with {type(condition).__name__}"
        return
    for operator, value in condition.items():
        if operator not in FIELD_OPERATORS:
            yield f"{operator} is not allowed in a filter"
        elif operator == "$not":
            yield from _condition(name, value)
        elif operator in ("$in", "$nin"):
            if not isinstance(value, list) or not value or not all(map(_plain, value)):
                yield f"{operator} takes a list of values that is not empty"
        elif not _plain(value):
            yield f"{name} cannot be compared with {type(value).__name__}"


def _plain(value: object) -> bool:
    return isinstance(value, bool | int | float | str | datetime | ObjectId | UUID)


# --- $search ---


def _search(stage: Document, index: Document) -> Iterator[str]:
    operators = [
        name for name in stage if name not in ("index", "sort", "count", "concurrent", "returnStoredSource", "scoreDetails")
    ]
    if len(operators) != 1:
        yield "$search takes one operator"
        return
    paths = dict(_paths(index["definition"]["mappings"]["fields"]))
    yield from _operator({operators[0]: stage[operators[0]]}, paths)
    for name, order in stage.get("sort", {}).items():
        if order != {"$meta": "searchScore"} and (
            paths.get(name) not in ("token", "number", "date", "boolean") or order not in (1, -1)
        ):
            yield f"{name} cannot be sorted by"
    if sum(_weight(stage)) > MOST_CLAUSES:
        yield f"a query has at most {MOST_CLAUSES} clauses"


def _paths(fields: Document, above: str = "") -> Iterator[tuple[str, str]]:
    for name, mapped in fields.items():
        if mapped["type"] == "document":
            yield from _paths(mapped["fields"], f"{above}{name}.")
        yield above + name, mapped["type"]


def _weight(part: Any) -> Iterator[int]:
    """One for each word of each text, and one for each other operator."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name == "text":
                yield len(value["query"]) if isinstance(value.get("query"), list) else 1
            elif name in OPERATORS and name != "compound":
                yield 1
            else:
                yield from _weight(value)
    elif isinstance(part, list):
        for each in part:
            yield from _weight(each)


def _operator(part: Document, paths: Mapping[str, str]) -> Iterator[str]:
    name = _name_of(part)
    if len(part) != 1 or name not in OPERATORS:
        yield f"$search knows no operator {name}"
        return
    yield from OPERATORS[name](part[name], paths)
    boost = part[name].get("score", {}).get("boost", {}).get("value", 1)
    if not isinstance(boost, int | float) or boost <= 0:
        yield "a boost is a number above 0"


def _compound(compound: Document, paths: Mapping[str, str]) -> Iterator[str]:
    yield from _keys(compound, set(), {*CLAUSES, "minimumShouldMatch", "score"}, "compound")
    present = [name for name in CLAUSES if name in compound]
    if not present or present == ["mustNot"]:
        yield "a compound needs something to find: what must not match finds nothing"
    for name in present:
        if not isinstance(compound[name], list) or not compound[name]:
            yield f"{name} takes a list that is not empty"
        else:
            for part in compound[name]:
                yield from _operator(part, paths)
    least = compound.get("minimumShouldMatch", 0)
    if not _whole(least) or not 0 <= least <= len(compound.get("should", [])):
        yield "minimumShouldMatch is at most the number of should clauses"
    if compound.get("should") and len(present) > 1 and set(present) != {"should", "mustNot"} and not least:
        yield "beside other clauses should is a wish: minimumShouldMatch makes it a demand"


def _said(query: Document, paths: Mapping[str, str], more: set[str]) -> Iterator[str]:
    yield from _keys(query, {"query", "path"}, {"score", *more}, "text, phrase and wildcard")
    asked = query.get("query")
    asked = asked if isinstance(asked, list) else [asked]
    if not asked or not all(isinstance(each, str) and each.strip() for each in asked):
        yield "query is a text, or a list of texts, that is not empty"
    for path in _listed(query.get("path")):
        if paths.get(path) != "string":
            yield f"{path} is not indexed as a string"


def _text(query: Document, paths: Mapping[str, str]) -> Iterator[str]:
    yield from _said(query, paths, {"fuzzy", "matchCriteria", "synonyms"})


def _phrase(query: Document, paths: Mapping[str, str]) -> Iterator[str]:
    yield from _said(query, paths, {"slop", "synonyms"})


def _wildcard(query: Document, paths: Mapping[str, str]) -> Iterator[str]:
    yield from _said(query, paths, {"allowAnalyzedField"})
    if query.get("allowAnalyzedField") is not True:
        yield "wildcard needs allowAnalyzedField on fields that an analyzer cuts"


def _listed(path: object) -> Iterable[str]:
    return path if isinstance(path, list) else [str(path)]


TYPES: dict[str, tuple[type, ...]] = {"token": (str,), "boolean": (bool,), "number": (int, float), "date": (datetime,)}


def _fits(value: object, kind: str | None) -> bool:
    return isinstance(value, TYPES.get(kind or "", ())) and (kind == "boolean" or not isinstance(value, bool))


def _equals(query: Document, paths: Mapping[str, str]) -> Iterator[str]:
    yield from _keys(query, {"path", "value"}, {"score"}, "equals")
    if not _fits(query.get("value"), paths.get(query.get("path", ""))):
        yield f"equals: {query.get('path')} is not indexed for such a value"


def _in(query: Document, paths: Mapping[str, str]) -> Iterator[str]:
    yield from _keys(query, {"path", "value"}, {"score"}, "in")
    values = query.get("value")
    if not isinstance(values, list) or not values:
        yield "in takes a list that is not empty"
    elif not all(_fits(value, paths.get(query.get("path", ""))) for value in values):
        yield f"in: {query.get('path')} is not indexed for such a value"


def _range(query: Document, paths: Mapping[str, str]) -> Iterator[str]:
    yield from _keys(query, {"path"}, {"gt", "gte", "lt", "lte", "score"}, "range")
    ends = [query[name] for name in ("gt", "gte", "lt", "lte") if name in query]
    if not ends or ("gt" in query and "gte" in query) or ("lt" in query and "lte" in query):
        yield "range has one or two ends"
    if not all(_fits(end, paths.get(query.get("path", ""))) for end in ends):
        yield f"range: {query.get('path')} is not indexed for such a value"


def _exists(query: Document, paths: Mapping[str, str]) -> Iterator[str]:
    yield from _keys(query, {"path"}, {"score"}, "exists")
    if query.get("path") not in paths:
        yield f"exists: {query.get('path')} is not indexed"


OPERATORS: dict[str, Callable[[Document, Mapping[str, str]], Iterator[str]]] = {
    "compound": _compound, "text": _text, "phrase": _phrase, "wildcard": _wildcard, "equals": _equals, "in": _in,
    "range": _range, "exists": _exists,
}  # fmt: skip


# --- indexes ---


def index_problems(indexes: Sequence[Document]) -> list[str]:
    """What Atlas would refuse of these definitions on a free cluster."""
    found = [f"a free cluster has {FREE_INDEXES} search indexes"] if len(indexes) > FREE_INDEXES else []
    if len({index["name"] for index in indexes}) < len(indexes):
        found.append("two indexes have one name")
    for index in indexes:
        found += _vector_definition(index["definition"]) if index["type"] == "vectorSearch" else _definition(index["definition"])
    return found


def _vector_definition(definition: Document) -> Iterator[str]:
    fields = definition["fields"]
    vectors = [field for field in fields if field["type"] == "vector"]
    if not vectors:
        yield "a vector index has a vector"
    if len({field["path"] for field in fields}) < len(fields):
        yield "a path is indexed once"
    for vector in vectors:
        yield from _keys(vector, {"type", "path", "numDimensions", "similarity"}, {"quantization"}, "a vector field")
        if vector.get("similarity") not in SIMILARITIES:
            yield f"similarity is one of {', '.join(sorted(SIMILARITIES))}"
        if not _whole(vector.get("numDimensions")) or not 1 <= vector["numDimensions"] <= MOST_DIMENSIONS:
            yield f"numDimensions is 1 to {MOST_DIMENSIONS}"
    for field in fields:
        if field["type"] not in ("vector", "filter"):
            yield f"a vector index knows no fields of type {field['type']}"


def _definition(definition: Document) -> Iterator[str]:
    yield from _keys(definition, {"mappings"}, {"analyzer", "searchAnalyzer", "analyzers", "storedSource"}, "a search index")
    yield from _mapped(definition.get("mappings", {}).get("fields", {}))


def _mapped(fields: Document) -> Iterator[str]:
    for name, mapped in fields.items():
        if mapped.get("type") not in MAPPED:
            yield f"{name} is mapped as {mapped.get('type')}, which is no type"
        if mapped.get("type") == "document":
            yield from _mapped(mapped.get("fields", {}))
        for use in ("analyzer", "searchAnalyzer"):
            if use in mapped and (mapped["type"] != "string" or mapped[use] not in ANALYZERS):
                yield f"{name} has an unknown {use}"
