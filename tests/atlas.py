"""A collection that answers $vectorSearch and $search as we read Atlas' manual, on a real mongod: its filters are the server's own.

It refuses what tests/atlas_rules.py objects to. It is no Atlas: hits are exact and never late, and scores are not Lucene's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sightsync.adapters.mongo import MongoCatalog
from sightsync.adapters.mongo_search import vector_index, vector_index_name, words_index
from tests.atlas_rules import problems

SPACES = ("clip@1", "other@1")

Document = dict[str, Any]


class AtlasImages:
    """pymongo's collection, with two more stages."""

    def __init__(self, images: Any, spaces: Any) -> None:
        self._images, self._spaces = images, spaces
        self.asked: list[str] = []  # which of the two, in order

    def __getattr__(self, name: str) -> Any:
        return getattr(self._images, name)

    def list_search_indexes(self) -> Iterator[Document]:
        for name in ("words", *map(vector_index_name, SPACES)):
            yield {"name": name, "queryable": True}

    def aggregate(self, pipeline: Sequence[Document]) -> Iterator[Document]:
        first, *rest = pipeline
        name = next(iter(first))
        if name not in ("$vectorSearch", "$search"):
            return self._images.aggregate(pipeline)
        indexes = [words_index(), *(vector_index(space, self._dimensions(space, first[name])) for space in SPACES)]
        objections = problems(pipeline, indexes)
        assert not objections, objections
        self.asked.append(name)
        hits = self._near(first[name]) if name == "$vectorSearch" else self._said(first[name]["compound"])
        return self._after(hits, rest)

    def _dimensions(self, space: str, stage: Document) -> int:
        """Of a space without vectors, an index that takes the question."""
        known = self._spaces.find_one({"_id": space})
        asked = stage["queryVector"].as_vector().data if "queryVector" in stage else (0, 0)
        return known["dimensions"] if known else len(asked)

    def _after(self, hits: list[tuple[str, float]], rest: Sequence[Document]) -> Iterator[Document]:
        """The stages that we use after a search, each over the documents as they are now."""
        for stage in rest:
            if "$match" in stage:
                found = self._images.find({"$and": [{"_id": {"$in": [i for i, _ in hits]}}, stage["$match"]]}, {"_id": 1})
                passing = {each["_id"] for each in found}
                hits = [hit for hit in hits if hit[0] in passing]
            elif "$limit" in stage:
                hits = hits[: stage["$limit"]]
            else:
                assert list(stage) == ["$project"]
        return iter([{"_id": i, "score": score} for i, score in hits])

    def _near(self, stage: Document) -> list[tuple[str, float]]:
        path = stage["path"]
        query = np.array(stage["queryVector"].as_vector().data)
        scores: list[tuple[str, float]] = []
        for each in self._images.find({"$and": [stage["filter"], {path: {"$exists": True}}]}, {path: 1}):
            vector: Any = each
            for name in path.split("."):
                vector = vector[name]
            numbers = np.array(vector.as_vector().data)
            if numbers.size == query.size:
                cosine = float(numbers @ query / (np.linalg.norm(numbers) * np.linalg.norm(query)))
                scores.append((each["_id"], (1 + cosine) / 2))
        return sorted(scores, key=lambda hit: -hit[1])[: stage["limit"]]

    def _said(self, compound: Document) -> list[tuple[str, float]]:
        scores = [(each["_id"], score) for each in self._images.find({}) if (score := _compound(compound, each)) is not None]
        return sorted(scores, key=lambda hit: (-hit[1], hit[0]))  # as `sort` asks for


def _compound(compound: Document, image: Document) -> float | None:
    """The score; None for no hit."""
    if not all(_matches(part, image) is not None for part in compound.get("filter", [])):
        return None
    if any(_matches(part, image) is not None for part in compound.get("mustNot", [])):
        return None
    found = [score for part in compound.get("should", []) if (score := _matches(part, image)) is not None]
    return sum(found) if len(found) >= compound.get("minimumShouldMatch", 0) else None


def _matches(part: Document, image: Document) -> float | None:
    ((name, query),) = part.items()
    if name == "compound":
        return _compound(query, image)
    if name in ("text", "phrase", "wildcard"):
        boost = query.get("score", {}).get("boost", {}).get("value", 1.0)
        paths = query["path"] if isinstance(query["path"], list) else [query["path"]]
        score = sum(_said(name, query["query"], text) for path in paths for text in _texts(image, path))
        return score * boost or None
    return 1.0 if _holds(name, query, image) else None


def _said(name: str, query: str | list[str], text: str) -> float:
    """How much of it the words between the spaces of a text hold."""
    words = text.split()
    if name == "text":
        return float(sum(words.count(each) for each in (query if isinstance(query, list) else query.split())))
    assert isinstance(query, str)
    if name == "wildcard":
        return float(any(word.startswith(query.removesuffix("*")) for word in words))
    return float(f" {query} " in f" {' '.join(words)} ")


def _texts(image: Document, path: str) -> list[str]:
    value: Any = image
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, Mapping) else ""
    return value if isinstance(value, list) else [value]


def _holds(name: str, query: Document, image: Document) -> bool:
    value = image.get(query["path"])
    held = value if isinstance(value, list) else [value]
    if name == "exists":
        return value is not None
    if name == "equals":
        return query["value"] in held
    if name == "in":
        return any(each in held for each in query["value"])
    low, high = query.get("gte"), query.get("lt")
    return all((low is None or each >= low) and (high is None or each < high) for each in held)


class CatalogOnAtlas(MongoCatalog):
    """The catalog as it would find itself there."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.collection = AtlasImages(super().images, self.server.database["spaces"])

    @property
    def images(self) -> Any:
        return self.collection
