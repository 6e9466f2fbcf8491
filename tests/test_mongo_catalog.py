"""The MongoDB catalog as documents: what is in one, straight reading of pages, stems as SQLite has them, and catching up."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from bson.binary import VECTOR_SUBTYPE
from hypothesis import given, settings
from hypothesis import strategies as st

from sightsync.adapters.mongo import MongoCatalog
from sightsync.adapters.mongo_filters import mql, simplified
from sightsync.adapters.mongo_pages import shuffle_stages
from sightsync.adapters.mongo_records import DERIVED
from sightsync.adapters.mongo_vectors import FEW, OVERLAP_S, vector_path
from sightsync.adapters.mongo_words import tokens
from sightsync.images import Image
from sightsync.ports import And, Equal, Everything, Filter, Or, Sort, WordTerms
from sightsync.stems import stem
from tests.records import NOON, an_image, put

WALL = (Equal("published", True), Equal("status", "ready"), Equal("deleted", False))
MINE_TOO = Or((Equal("published", True), Equal("owner", "ada")))
SPACE = "clip@1"


@pytest.fixture
def catalog(mongodb: str) -> Iterator[MongoCatalog]:
    catalog = MongoCatalog(mongodb)
    yield catalog
    catalog.close()


def stored(catalog: MongoCatalog) -> Any:
    return catalog.images.find_one()


# --- one document ---


def test_all_of_an_image_is_one_document_so_that_each_write_is_whole(catalog: MongoCatalog) -> None:
    image = catalog.put(an_image(title="Cafés", description="two boats"), 0, {SPACE: {"image": np.array([1, -2.5], np.float32)}})
    document = stored(catalog)
    assert document["_id"] == image.id
    assert document["version"] == 1
    assert document["title"] == "Cafés"
    assert document["words"]["title"] == " cafe "
    assert {word["t"] for word in document["stems"]} >= {"cafe", "boat", "two"}
    assert document["forms"] >= ["boats", "cafes"]
    assert document["colours"] == [{"name": "red", "share": 0.6}, {"name": "blue", "share": 0.4}]
    vector = document["vectors"][vector_path(SPACE).split(".")[1]]["image"]
    assert vector.subtype == VECTOR_SUBTYPE
    assert bytes(vector) == bytes.fromhex("2700 0000803f 000020c0")


def test_what_is_derived_takes_no_name_of_the_records_own() -> None:
    assert not set(DERIVED) & set(Image.model_fields)


def test_a_refused_write_leaves_no_trace(catalog: MongoCatalog) -> None:
    put(catalog, sha256="a" * 64)
    before = stored(catalog)
    second = an_image(sha256="a" * 64, description="zebra")
    with pytest.raises(Exception, match="already"):
        catalog.put(second, 0, {SPACE: {"image": np.array([1, 0], np.float32)}})
    assert list(catalog.images.find()) == [before]
    assert catalog.words(WordTerms(("zebra",)), Everything, 5) == []
    assert catalog.nearest(SPACE, np.array([1, 0], np.float32), Everything, 5) == []


def test_what_a_newer_program_wrote_beside_ours_is_kept(catalog: MongoCatalog) -> None:
    image = put(catalog)
    catalog.images.update_one({"_id": image.id}, {"$set": {"mood": "calm"}})
    catalog.put(image.but(title="Evening"), 1)
    assert stored(catalog)["mood"] == "calm"


# --- plans ---


def stages_of(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan["stage"]
        for part in plan.values():
            yield from stages_of(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from stages_of(part)


@pytest.mark.parametrize(
    ("where", "order"),
    [
        (Everything, "created_at"),
        (And(WALL), "created_at"),
        (And((*WALL, Equal("category", "comics"))), "created_at"),
        (And((Equal("owner", "ada"), Equal("deleted", False))), "created_at"),
        (And((Equal("owner", "ada"), Equal("deleted", False), Equal("category", "comics"))), "created_at"),
        (And((Equal("owner", "ada"), Equal("deleted", False))), "disagreement"),
        (And((Equal("deleted", False), Equal("status", "ready"), MINE_TOO)), "created_at"),
    ],
    ids=["all", "wall", "category", "owner", "owner-category", "owner-worst", "public-or-own"],
)  # fmt: skip
@pytest.mark.parametrize("direction", [1, -1])
def test_a_page_is_read_straight_from_an_index(catalog: MongoCatalog, where: Filter, order: str, direction: int) -> None:
    for n in range(30):
        put(catalog, category="comics" if n % 2 else "portraits", owner="ada" if n % 3 else "bob")
    found = catalog.images.find(mql(simplified(where))).sort([(order, direction), ("_id", direction)]).limit(5)
    stages = set(stages_of(found.explain()["queryPlanner"]["winningPlan"]))
    assert "IXSCAN" in stages
    assert not stages & {"SORT", "COLLSCAN"}


def test_words_are_counted_in_the_index_alone(catalog: MongoCatalog) -> None:
    put(catalog, description="boats")
    plan = catalog.server.database.command("explain", {"count": "images", "query": {"stems.t": "boat"}}, verbosity="queryPlanner")
    assert "COUNT_SCAN" in set(stages_of(plan["queryPlanner"]["winningPlan"]))


def test_the_shuffled_wall_reads_no_document_to_find_its_page(catalog: MongoCatalog) -> None:
    for _ in range(30):
        put(catalog)
    asked = {"aggregate": "images", "pipeline": shuffle_stages(mql(simplified(And(WALL))), 7, None, 5), "cursor": {}}
    plan: Any = catalog.server.database.command("explain", asked, verbosity="queryPlanner")
    plan = plan.get("queryPlanner") or plan["stages"][0]["$cursor"]["queryPlanner"]
    stages = set(stages_of(plan["winningPlan"]))
    assert "IXSCAN" in stages
    assert not stages & {"FETCH", "COLLSCAN"}


# --- stems ---


def as_fts_has_them(words: list[str]) -> dict[str, str]:
    """Each word's token in SQLite's full-text index."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5 (x, tokenize = 'porter unicode61 remove_diacritics 2')")
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, 'instance')")
    connection.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", enumerate(words))
    return {words[row]: term for term, row in connection.execute("SELECT term, doc FROM v")}


ROOTS = "boat light relate condition hop hope file hiss plaster motor sensible electric national cease roll agree sky cry generate"
ENDINGS = "|s|es|ed|ing|ly|er|ness|ful|ation|ational|ization|ize|ism|ality|ivity|able|ability|ment|ement|ous|ive|ical|ance|e|y|ies"


def test_words_have_the_stems_that_sqlite_gives_them() -> None:
    words = sorted({root + ending for root in ROOTS.split() for ending in ENDINGS.split("|")})
    assert {word: stem(word) for word in words} == as_fts_has_them(words)


@given(st.text("aeiouybcdstnlrmgz", min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_word_has_the_stem_that_sqlite_gives_it(word: str) -> None:
    assert stem(word) == as_fts_has_them([word])[word]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crème brûlée, ÉTÉ!", ["creme", "brulee", "ete"]),
        ("old_lighthouse-03.JPG", ["old", "lighthouse", "03", "jpg"]),
        ("東京 nights", ["東", "京", "nights"]),
        ("서울의 야경", ["서울의", "야경"]),
        ("$title {$gt: ''} \0 \ud800", ["title", "gt"]),
        ("", []),
        ("x" * 500, ["x" * 64]),
    ],
)
def test_texts_are_cut_to_folded_words(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_a_beginning_of_a_word_is_found_whatever_its_stem(catalog: MongoCatalog) -> None:
    image = put(catalog, title="", description="ponies painting")
    for begun in ("p", "pon", "ponie", "ponies", "paint", "painti", "painting"):
        assert [hit.image_id for hit in catalog.words(WordTerms(prefix=begun), Everything, 5)] == [image.id], begun


# --- catching up ---


def seen(catalog: MongoCatalog, name: str, *numbers: float) -> Image:
    array = np.array(numbers, np.float32)
    return catalog.put(an_image(id=name), 0, {SPACE: {"image": array / np.linalg.norm(array)}})


def near(catalog: MongoCatalog, limit: int = 10) -> list[str]:
    return [hit.image_id for hit in catalog.nearest(SPACE, np.array([1, 0], np.float32), Everything, limit)]


def test_a_write_that_shows_late_is_found_all_the_same(mongodb: str, catalog: MongoCatalog) -> None:
    """Times are given before writes can be seen, so a write may show after one that is younger."""
    other = MongoCatalog(mongodb)
    late = seen(other, "late", 1, 0)
    document: Any = other.images.find_one({"_id": late.id})
    other.images.delete_one({"_id": late.id})
    seen(other, "young", 0, 1)
    assert near(catalog) == ["young"]
    other.images.insert_one(document)  # as old as it was
    assert near(catalog) == ["late", "young"]
    assert OVERLAP_S > 5
    other.close()


def test_editing_words_again_and_again_adds_nothing_to_the_matrix(catalog: MongoCatalog) -> None:
    image = seen(catalog, "a", 1, 0)
    for n in range(30):
        image = catalog.put(image.but(title=str(n)), image.version)
        assert near(catalog) == ["a"]
    assert len(catalog._neighbours._spaces[SPACE].matrix) == 1


def test_a_matrix_that_is_mostly_replaced_rows_is_made_anew(catalog: MongoCatalog) -> None:
    image, gone = seen(catalog, "a", 1, 0), seen(catalog, "gone", 0, 1)
    assert near(catalog) == ["a", "gone"]
    held = catalog._neighbours._spaces[SPACE]
    for n in range(FEW + 5):
        held.put([("a", bytes.fromhex("2700") + np.array([1, n], "<f4").tobytes())])
    catalog.delete(gone.id)
    catalog.put(image.but(created_at=NOON), 1)
    assert near(catalog) == ["a"]
    assert len(held.matrix) == 1


def test_a_space_that_was_forgotten_may_come_back_with_other_dimensions(mongodb: str, catalog: MongoCatalog) -> None:
    other = MongoCatalog(mongodb)
    seen(catalog, "a", 1, 0)
    assert near(catalog) == near(other) == ["a"]
    catalog.forget_space(SPACE)
    catalog.put(an_image(id="b"), 0, {SPACE: {"image": np.array([1, 0, 0], np.float32)}})
    for each in (catalog, other):
        assert [hit.image_id for hit in each.nearest(SPACE, np.array([1, 0, 0], np.float32), Everything, 5)] == ["b"]
    other.close()


# --- counters ---


def test_counters_that_expired_are_removed_by_the_server(catalog: MongoCatalog) -> None:
    catalog.add("quota", 1, NOON)
    index = catalog.server.database["counters"].index_information()["expiry"]
    assert (index["key"], index["expireAfterSeconds"]) == ([("expires_at", 1)], 0)


def test_an_export_reads_a_gallery_page_by_page(catalog: MongoCatalog) -> None:
    from local.exporting import _images

    images = [put(catalog, published=True) for _ in range(7)]
    assert [image.id for image in _images(catalog, drafts=False)] == [image.id for image in images]
    assert catalog.page(Everything, Sort("oldest"), None, 3).images == images[:3]
