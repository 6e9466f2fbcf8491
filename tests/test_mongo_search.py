"""What we would ask of Atlas: golden pipelines and index definitions, held to its written rules; and what is done without them.

A golden document changes on purpose only: run this file with SIGHTSYNC_WRITE_GOLDEN=1, and read the difference.
"""

import copy
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bson import json_util
from bson.binary import Binary, BinaryVectorDtype
from pymongo.errors import NetworkTimeout, OperationFailure

from sightsync.adapters import mongo_search
from sightsync.adapters.mongo_filters import simplified
from sightsync.adapters.mongo_search import SearchIndexes, cosine, vector_index, vector_pipeline, words_index, words_pipeline
from sightsync.adapters.mongo_words import wanted
from sightsync.images import Image
from sightsync.ports import And, Equal, Everything, Filter, In, Not, Or, Range, WordTerms
from tests.atlas import CatalogOnAtlas
from tests.atlas_rules import index_problems, problems
from tests.records import NOON, an_image, put

GOLDEN = Path(__file__).parent / "golden"
WRITING = os.environ.get("SIGHTSYNC_WRITE_GOLDEN") == "1"

CLIP = "openai/clip-vit-base-patch32@3d74acf+pre1"
LIVE = Equal("deleted", False)
WALL = And((LIVE, Equal("published", True), Equal("status", "ready")))
ADAS = And(
    (LIVE, Equal("status", "ready"), Or((Equal("published", True), Equal("owner", "ada"))), Not(Equal("category", "comics")))
)
EVERY_KIND = And(
    (
        LIVE,
        In("category", ("comics", "portraits")),
        Not(In("analysis", ("failed", "waking"))),
        Not(Equal("id", "0" * 32)),
        Not(And((Equal("sample", True), Equal("check", "no_words")))),
        Range("created_at", low=NOON),
        Range("updated_at", high=NOON),
    )
)

VECTOR = np.array([0.6, 0.8, 0.0], np.float32)
TERMS = WordTerms(words=("cafés", "東京"), prefix="lig", phrases=(("black", "cats"),), without=(("storm",), ("the", "sun")))

INDEXES = [vector_index(CLIP, 3), words_index()]

PIPELINES = {
    "nearest-wall": vector_pipeline(CLIP, VECTOR, simplified(WALL), 200),
    "nearest-adas": vector_pipeline(CLIP, VECTOR, simplified(ADAS), 10),
    "nearest-every-kind-of-filter": vector_pipeline(CLIP, VECTOR, simplified(EVERY_KIND), 10_000),
    "words-wall": words_pipeline(wanted(WordTerms(words=("boats",))), simplified(WALL), 200),
    "words-adas": words_pipeline(wanted(TERMS), simplified(ADAS), 50),
    "words-every-kind-of-filter": words_pipeline(wanted(TERMS), simplified(EVERY_KIND), 50),
}


def as_written(name: str, document: Any) -> str:
    """The golden document of this name; the one given where goldens are written."""
    text = json_util.dumps(document, indent=2, ensure_ascii=False, json_options=json_util.RELAXED_JSON_OPTIONS) + "\n"
    path = GOLDEN / f"{name}.json"
    if WRITING:
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text, f"{path.name} says otherwise"
    return text


# --- golden documents ---


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_is_as_written_and_as_atlas_allows(name: str) -> None:
    as_written(name, PIPELINES[name])
    assert problems(PIPELINES[name], INDEXES) == []


def test_the_two_indexes_are_as_written_and_fit_a_free_cluster() -> None:
    as_written("indexes", INDEXES)
    assert index_problems(INDEXES) == []
    another = vector_index("another@1", 768)  # while a gallery moves from one model to the next
    assert index_problems([*INDEXES, another]) == []


def test_an_index_and_a_field_belong_to_one_space() -> None:
    spaces = [CLIP, CLIP.replace("/", "_"), "palette@1", "palette.1", "$palette", "", "\ud800", "日本語"]
    names = {mongo_search.vector_index_name(space) for space in spaces}
    paths = {mongo_search.vector_path(space) for space in spaces}
    assert len(names) == len(paths) == len(spaces)
    for path in paths:
        assert path.count(".") == 2
        assert path.isascii()
        assert "$" not in path


def test_a_score_of_atlas_is_a_cosine() -> None:
    assert [cosine(score) for score in (0.0, 0.25, 0.5, 1.0, 1.0000001)] == [-1.0, -0.5, 0.0, 1.0, 1.0]


# --- the rules find what is broken ---

Break = Callable[[list[Any]], None]


def change(stage: int, *path: Any, to: Any) -> Break:
    """Sets what lies at this path."""

    def broken(pipeline: list[Any]) -> None:
        place = pipeline[stage]
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = to

    return broken


def without(stage: int, *path: Any) -> Break:
    def broken(pipeline: list[Any]) -> None:
        place = pipeline[stage]
        for name in path[:-1]:
            place = place[name]
        del place[path[-1]]

    return broken


def vector(*path: Any, to: Any) -> Break:
    return change(0, "$vectorSearch", *path, to=to)


def compound(*path: Any, to: Any) -> Break:
    return change(0, "$search", "compound", *path, to=to)


BROKEN_VECTOR_SEARCHES: list[tuple[Break, str]] = [
    (lambda p: p.insert(0, {"$match": {}}), "must be the first stage"),
    (lambda p: p.append(p[0]), "must be the first stage"),
    (lambda p: p[0].update({"$limit": 3}), "one operator"),
    (lambda p: p.clear(), "empty"),
    (lambda p: p.extend([{"$skip": 0}] * 50), "50 stages"),
    (without(0, "$vectorSearch", "index"), "not named"),
    (vector("index", to="vectors_of_nobody"), "no index vectors_of_nobody"),
    (vector("index", to="words"), "no index of type vectorSearch"),
    (without(0, "$vectorSearch", "path"), "lacks path"),
    (vector("path", to="title"), "title is not indexed as a vector"),
    (without(0, "$vectorSearch", "queryVector"), "lacks queryVector"),
    (vector("queryVector", to="red"), "must be numbers"),
    (vector("queryVector", to=[0.1, float("nan"), 0.3]), "must be numbers"),
    (vector("queryVector", to=[0.1, 0.2]), "has 2 dimensions, the index 3"),
    (vector("queryVector", to=Binary.from_vector([1.0], BinaryVectorDtype.FLOAT32)), "has 1 dimensions, the index 3"),
    (without(0, "$vectorSearch", "limit"), "lacks limit"),
    (vector("limit", to=0), "limit must be"),
    (vector("limit", to=2.5), "limit must be"),
    (without(0, "$vectorSearch", "numCandidates"), "numCandidates must be a whole number"),
    (vector("numCandidates", to=10_001), "at most 10000"),
    (vector("numCandidates", to=200), "limit must be at most numCandidates"),
    (vector("exact", to=True), "no place in an exact search"),
    (vector("k", to=5), "knows no k"),
    (vector("filter", to=[]), "a filter is a document"),
    (vector("filter", "title", to="x"), "title is not indexed as a filter"),
    (vector("filter", "$where", to="true"), "$where is not allowed"),
    (vector("filter", "$text", to={}), "$text is not allowed"),
    (vector("filter", "owner", to={"$regex": "^a"}), "$regex is not allowed"),
    (vector("filter", "owner", to={"$exists": True}), "$exists is not allowed"),
    (vector("filter", "owner", to={"$in": []}), "$in takes a list"),
    (vector("filter", "owner", to={"$nin": "ada"}), "$nin takes a list"),
    (vector("filter", "owner", to=None), "cannot be compared with NoneType"),
    (vector("filter", "owner", to={"$eq": ["ada"]}), "cannot be compared with list"),
    (vector("filter", "owner", to={"$not": {"$size": 1}}), "$size is not allowed"),
    (vector("filter", "$or", to=[]), "$or takes a list"),
    (vector("filter", "$nor", to=[{"title": "x"}]), "title is not indexed"),
    (change(2, "$project", "score", to={"$meta": "searchScore"}), "searchScore is no score of this search"),
]

BROKEN_SEARCHES: list[tuple[Break, str]] = [
    (lambda p: p.insert(0, {"$match": {}}), "must be the first stage"),
    (without(0, "$search", "index"), "not named"),
    (change(0, "$search", "index", to="default"), "no index default"),
    (change(0, "$search", "index", to=INDEXES[0]["name"]), "no index of type search"),
    (change(0, "$search", "text", to={"query": "x", "path": "words.title"}), "takes one operator"),
    (change(0, "$search", "sort", to={"words.title": 1}), "words.title cannot be sorted by"),
    (change(0, "$search", "sort", to={"_id": 2}), "_id cannot be sorted by"),
    (compound("should", 0, to={"queryString": {}}), "knows no operator queryString"),
    (compound("should", to=[]), "should takes a list"),
    (compound("may", to=[]), "knows no may"),
    (lambda p: [p[0]["$search"]["compound"].pop(n) for n in ("should", "filter", "minimumShouldMatch")], "finds nothing"),
    (compound("minimumShouldMatch", to=99), "at most the number"),
    (without(0, "$search", "compound", "minimumShouldMatch"), "makes it a demand"),
    (compound("should", 0, "text", "query", to=[]), "query is a text"),
    (compound("should", 0, "text", "query", to=" "), "query is a text"),
    (compound("should", 0, "text", "path", to="title"), "title is not indexed as a string"),
    (compound("should", 0, "text", "path", to="owner"), "owner is not indexed as a string"),
    (compound("should", 0, "text", "boost", to=2), "know no boost|knows no boost"),
    (compound("should", 0, "text", "score", to={"boost": {"value": 0}}), "a boost is a number above 0"),
    (compound("should", 1, "phrase", "path", to="words"), "words is not indexed as a string"),
    (compound("should", -1, "wildcard", "allowAnalyzedField", to=False), "needs allowAnalyzedField"),
    (compound("should", 0, "text", "query", to=["x"] * 1100), "at most 1024 clauses"),
    (compound("filter", 0, to={"equals": {"path": "owner", "value": 3}}), "owner is not indexed for such a value"),
    (compound("filter", 0, to={"equals": {"path": "deleted", "value": "no"}}), "deleted is not indexed for such a value"),
    (compound("filter", 0, to={"equals": {"path": "created_at", "value": True}}), "created_at is not indexed"),
    (compound("filter", 0, to={"in": {"path": "owner", "value": []}}), "in takes a list"),
    (compound("filter", 0, to={"in": {"path": "title", "value": ["x"]}}), "title is not indexed"),
    (compound("filter", 0, to={"range": {"path": "created_at"}}), "one or two ends"),
    (compound("filter", 0, to={"range": {"path": "created_at", "gt": 1, "gte": 1}}), "one or two ends"),
    (compound("filter", 0, to={"range": {"path": "words.title", "gt": 1}}), "words.title is not indexed"),
    (compound("filter", 0, to={"exists": {"path": "nowhere"}}), "nowhere is not indexed"),
    (compound("filter", 0, to={"compound": {"mustNot": [{"exists": {"path": "owner"}}]}}), "finds nothing"),
    (change(3, "$project", "score", to={"$meta": "vectorSearchScore"}), "vectorSearchScore is no score of this search"),
]


@pytest.mark.parametrize(("pipeline", "broken", "says"), [
    *(("nearest-wall", *case) for case in BROKEN_VECTOR_SEARCHES), *(("words-adas", *case) for case in BROKEN_SEARCHES)
])  # fmt: skip
def test_each_rule_is_noticed_when_it_is_broken(pipeline: str, broken: Break, says: str) -> None:
    changed = copy.deepcopy(PIPELINES[pipeline])
    broken(changed)
    found = problems(changed, INDEXES)
    assert any(part in problem for problem in found for part in says.split("|")), found


BROKEN_INDEXES: list[tuple[Callable[[list[Any]], Any], str]] = [
    (lambda i: i.extend([vector_index("a", 2), vector_index("b", 2)]), "3 search indexes"),
    (lambda i: i.append(i[0]), "one name"),
    (lambda i: i[0]["definition"]["fields"].pop(0), "has a vector"),
    (lambda i: i[0]["definition"]["fields"].append({"type": "filter", "path": "owner"}), "indexed once"),
    (lambda i: i[0]["definition"]["fields"][0].update(similarity="close"), "similarity is one of"),
    (lambda i: i[0]["definition"]["fields"][0].update(numDimensions=9000), "1 to 8192"),
    (lambda i: i[0]["definition"]["fields"][0].pop("similarity"), "lacks similarity"),
    (lambda i: i[0]["definition"]["fields"].append({"type": "token", "path": "x"}), "no fields of type token"),
    (lambda i: i[1]["definition"].pop("mappings"), "lacks mappings"),
    (lambda i: i[1]["definition"]["mappings"]["fields"].update(x={"type": "text"}), "which is no type"),
    (lambda i: i[1]["definition"]["mappings"]["fields"].update(x={"type": "string", "analyzer": "x"}), "unknown analyzer"),
    (lambda i: i[1]["definition"]["mappings"]["fields"]["words"]["fields"].update(x={}), "which is no type"),
]


@pytest.mark.parametrize(("broken", "says"), BROKEN_INDEXES)
def test_each_rule_of_indexes_is_noticed_when_it_is_broken(broken: Callable[[list[Any]], Any], says: str) -> None:
    changed = copy.deepcopy(INDEXES)
    broken(changed)
    assert any(says in problem for problem in index_problems(changed)), index_problems(changed)


# --- filters ---


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (And(()), And(())),
        (Or((Everything, Equal("owner", "ada"))), Everything),
        (And((Everything, Equal("owner", "ada"))), Equal("owner", "ada")),
        (And((In("id", ()), Equal("owner", "ada"))), Or(())),
        (Not(In("id", ())), Everything),
        (Not(Not(Everything)), Everything),
        (And((And((LIVE, LIVE)), WALL)), WALL),
        (Or((Or((LIVE,)), Range("created_at"))), Everything),
    ],
)
def test_a_filter_is_asked_without_what_is_always_or_never_true(where: Filter, expected: Filter) -> None:
    assert simplified(where) == expected


# --- what a server can do ---


def listing(*found: dict[str, Any]) -> Callable[[], Iterator[dict[str, Any]]]:
    return lambda: iter(found)


def refusing(code: int) -> Callable[[], Iterator[dict[str, Any]]]:
    def refuse() -> Iterator[dict[str, Any]]:
        raise OperationFailure("no", code)

    return refuse


def test_an_index_is_asked_once_it_can_be() -> None:
    indexes = SearchIndexes(listing({"name": "words", "queryable": True}, {"name": "vectors_a", "queryable": False}))
    assert [indexes.state(name) for name in ("words", "vectors_a", "vectors_b")] == ["ready", "building", "missing"]
    assert [indexes.usable(name) for name in ("words", "vectors_a", "vectors_b")] == [True, False, False]


@pytest.mark.parametrize("code", [40324, 59, 115, 31082, 6047401, 238])
def test_a_server_without_search_is_said_to_be_one_once(code: int, caplog: pytest.LogCaptureFixture) -> None:
    indexes = SearchIndexes(refusing(code))
    with caplog.at_level(logging.WARNING):
        assert [indexes.usable(name) for name in ("words", "vectors_a", "words")] == [False] * 3
    assert [record.message for record in caplog.records] == ["search_index_not_used"]


def test_a_cluster_that_does_not_list_its_indexes_is_asked_and_its_silence_not_believed() -> None:
    indexes = SearchIndexes(refusing(8000))
    assert indexes.usable("words")
    assert not indexes.sure("words")


def test_a_server_that_is_away_is_not_taken_for_one_without_search() -> None:
    def silence() -> Iterator[dict[str, Any]]:
        raise NetworkTimeout("no")

    with pytest.raises(NetworkTimeout):
        SearchIndexes(silence).usable("words")


# --- hits ---


@pytest.fixture
def atlas(mongodb: str) -> Iterator[CatalogOnAtlas]:
    catalog = CatalogOnAtlas(mongodb)
    yield catalog
    catalog.close()


def seen(catalog: CatalogOnAtlas, *numbers: float, **fields: Any) -> Image:
    array = np.array(numbers, np.float32)
    return catalog.put(an_image(**fields), 0, {"clip@1": {"image": array / np.linalg.norm(array)}})


def test_search_goes_to_the_servers_indexes_where_it_has_them(atlas: CatalogOnAtlas) -> None:
    near, far = seen(atlas, 1, 0.1, description="fox"), seen(atlas, -1, 0, description="hen")
    hits = atlas.nearest("clip@1", np.array([1, 0], np.float32), Everything, 5)
    assert [hit.image_id for hit in hits] == [near.id, far.id]
    assert hits[1].cosine == pytest.approx(-1)
    assert [hit.image_id for hit in atlas.words(WordTerms(("foxes",)), Everything, 5)] == [near.id]
    assert atlas.collection.asked == ["$vectorSearch", "$search"]


def test_a_few_named_images_are_compared_without_the_index(atlas: CatalogOnAtlas) -> None:
    images = [seen(atlas, 1, n) for n in range(4)]
    among = And((Everything, In("id", tuple(image.id for image in images[1:]))))
    hits = atlas.nearest("clip@1", np.array([1, 0], np.float32), among, 2)
    assert [hit.image_id for hit in hits] == [images[1].id, images[2].id]
    assert atlas.collection.asked == []


def test_an_index_that_refuses_costs_no_search(atlas: CatalogOnAtlas, caplog: pytest.LogCaptureFixture) -> None:
    image = seen(atlas, 1, 0, description="fox")
    working = atlas.collection.aggregate

    def refuse(pipeline: list[Any]) -> Any:
        if next(iter(pipeline[0])) in ("$vectorSearch", "$search"):
            raise OperationFailure("the index is being rebuilt", 8)
        return working(pipeline)

    atlas.collection.aggregate = refuse  # type: ignore[method-assign]  # a stand-in of our own that turns bad
    assert [hit.image_id for hit in atlas.nearest("clip@1", np.array([1, 0], np.float32), Everything, 5)] == [image.id]
    assert [hit.image_id for hit in atlas.words(WordTerms(("fox",)), Everything, 5)] == [image.id]
    assert "search_index_refused" in caplog.text


def test_where_indexes_cannot_be_listed_no_hits_are_looked_for_again_without(atlas: CatalogOnAtlas) -> None:
    image = seen(atlas, 1, 0, description="fox")
    atlas.search_indexes = SearchIndexes(refusing(8000))
    working = atlas.collection.aggregate

    def empty(pipeline: list[Any]) -> Any:
        return iter([]) if next(iter(pipeline[0])) in ("$vectorSearch", "$search") else working(pipeline)

    atlas.collection.aggregate = empty  # type: ignore[method-assign]  # a stand-in of our own, with an index of a wrong name
    assert [hit.image_id for hit in atlas.nearest("clip@1", np.array([1, 0], np.float32), Everything, 5)] == [image.id]
    assert [hit.image_id for hit in atlas.words(WordTerms(("fox",)), Everything, 5)] == [image.id]


def test_a_gallery_without_a_picture_is_no_error(atlas: CatalogOnAtlas) -> None:
    assert atlas.nearest("clip@1", np.array([1, 0], np.float32), Everything, 5) == []
    put(atlas)
    assert atlas.words(WordTerms(("nothing",)), Everything, 5) == []
