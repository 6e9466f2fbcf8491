"""Words and filters in a gallery of very many images: ranked and kept in memory, and never behind what is written."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from sqlite3 import Connection

import numpy as np
import pytest

from sightsync.adapters.palette import PaletteVision
from sightsync.adapters.scale import USUAL, Scale
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.adapters.sqlite_connections import Connections
from sightsync.adapters.sqlite_masks import Masks
from sightsync.adapters.sqlite_records import changes
from sightsync.adapters.sqlite_schema import FIRST, MIGRATIONS
from sightsync.adapters.sqlite_words import read_whole
from sightsync.images import Image, Swatch
from sightsync.ports import And, Equal, Everything, Filter, In, Not, Or, Range, ShadeHit, WordTerms
from sightsync.spaces import ACTIVE
from sightsync.warming import warm
from tests.records import NOON, an_image
from tests.small_scale import SMALL

Open = Callable[..., SqliteCatalog]
COLUMNS = ("title", "description", "filename")


@pytest.fixture
def open_catalog(tmp_path: Path) -> Iterator[Open]:
    opened: list[SqliteCatalog] = []

    def catalog(scale: Scale = SMALL) -> SqliteCatalog:
        opened.append(SqliteCatalog(tmp_path / "catalog.db", scale=scale))
        return opened[-1]

    yield catalog
    for each in opened:
        each.close()


def written(catalog: SqliteCatalog, name: str, **changes: object) -> Image:
    silent: dict[str, object] = {"title": "", "description": "", "tags": (), "caption": None, "filename": ""}
    return catalog.put(an_image(id=name, **(silent | changes)), 0)


def found(catalog: SqliteCatalog, *words: str, where: Filter = Everything, limit: int = 99, **terms: object) -> list[str]:
    return [hit.image_id for hit in catalog.words(WordTerms(words, **terms), where, limit)]  # type: ignore[arg-type]  # fields of WordTerms


# --- words


def test_common_words_find_what_rare_ones_would(open_catalog: Open) -> None:
    random, common, usual = Random(4), open_catalog(), open_catalog(USUAL)
    for n in range(60):
        texts = {column: " ".join(random.choices(["red", "boat", "old", "quay", "wet", "sail"], k=3)) for column in COLUMNS}
        written(usual, f"{n:02}", **texts, category="comics" if n % 3 else "portraits")
    asked: list[dict[str, object]] = [
        {"words": ("red",)},
        {"words": ("red", "boats")},
        {"words": ("quay",), "prefix": "sa"},
        {"words": (), "phrases": (("old", "quay"), ("wet",))},
        {"words": ("sail",), "without": (("red",), ("old", "boat"))},
        {"words": ("nothing", "sail")},
    ]
    for where in (Everything, Equal("category", "comics")):
        for terms in asked:
            by_both = [{hit.image_id for hit in each.words(WordTerms(**terms), where, 99)} for each in (common, usual)]  # type: ignore[arg-type]  # fields of WordTerms
            assert by_both[0] == by_both[1], terms


def test_of_common_words_the_rarer_and_the_weightier_column_count_more(open_catalog: Open) -> None:
    catalog = open_catalog()
    for n in range(9):
        written(catalog, f"sea {n}", description="sea")
    written(catalog, "elsewhere", filename="sea.jpg")
    written(catalog, "both", description="sea quay")
    written(catalog, "quay", description="quay")
    written(catalog, "title", title="sea")
    assert found(catalog, "sea", "quay")[:3] == ["both", "quay", "title"]
    assert found(catalog, "sea")[0] == "title"
    assert found(catalog, "sea")[-1] == "elsewhere"
    assert found(catalog, "sea")[1:4] == ["both", "sea 8", "sea 7"], "of equals the newest first"
    assert found(catalog, "sea", limit=4) == found(catalog, "sea")[:4]


def test_lists_of_common_words_follow_every_write(open_catalog: Open) -> None:
    here, there = open_catalog(), open_catalog()
    image = written(here, "a", description="sea")
    written(there, "b", description="sea")
    for catalog in (here, there):
        assert found(catalog, "sea") == ["b", "a"]
        assert catalog.word_counts(["sea"]) == ({"sea": 2}, 2)
    there.put(image.but(description="quay"), image.version)
    for catalog in (here, there):
        assert found(catalog, "sea") == ["b"]
        assert catalog.word_counts(["sea"]) == ({"sea": 1}, 2)
    here.delete("b")
    for catalog in (here, there):
        assert found(catalog, "sea") == []
        assert catalog.word_counts(["sea"]) == ({"sea": 0}, 1)


def test_only_words_of_very_many_images_are_ranked_without_their_lengths(open_catalog: Open) -> None:
    catalog = open_catalog(replace(SMALL, common=3))
    for n in range(3):
        written(catalog, f"long {n}", description="sea " + "and more of it " * 9)
    assert found(catalog, "sea") == ["long 0", "long 1", "long 2"]
    written(catalog, "short", description="sea")
    assert found(catalog, "sea") == ["short", "long 2", "long 1", "long 0"], "newest first, for now it is common"


# --- filters

FILTERS: tuple[Filter, ...] = (
    Everything,
    Or(()),
    Equal("deleted", False),
    Equal("category", "comics"),
    Not(Equal("category", "comics")),
    And((Equal("published", True), Or((Equal("owner", "ada"), Equal("category", "comics"))))),
    In("category", ("comics", "portraits")),
    In("id", ("01", "02", "nobody")),
    Not(Equal("id", "03")),
    Equal("check", "no_words"),
    Range("created_at", NOON, None),
)


def test_filters_in_memory_are_those_of_the_database_through_every_change(open_catalog: Open) -> None:
    random, catalog, masks = Random(8), open_catalog(), Masks()
    images: dict[str, Image] = {}

    def look() -> None:
        with catalog.connections.reading() as connection:
            for where in FILTERS:
                both = And((Equal("deleted", False), where))
                rows = np.flatnonzero(masks.chosen(connection, both, changes(connection))).tolist()
                assert sorted(names(connection, rows)) == [each.id for each in pages(catalog, both)], where

    for n in range(80):
        name = f"{random.randrange(24):02}"
        known = images.pop(name, None)
        if known and random.random() < 0.3:
            catalog.delete(name)
        else:
            fields = {"category": random.choice(("comics", "portraits", "illustrations")), "owner": random.choice(("ada", "bob"))}
            fields |= {"published": random.random() < 0.7, "deleted_at": NOON if random.random() < 0.2 else None}
            image = known.but(**fields) if known else an_image(id=name, checks=("no_words",) if n % 3 else (), **fields)
            images[name] = catalog.put(image, image.version)
        if n % 4 == 0:
            look()
    look()


def names(connection: Connection, rows: list[int]) -> list[str]:
    known = dict(connection.execute("SELECT n, id FROM images"))
    return [known[n] for n in rows]


def pages(catalog: SqliteCatalog, where: Filter) -> list[Image]:
    from sightsync.ports import Sort

    return sorted(catalog.page(where, Sort(), None, 100).images, key=lambda image: image.id)


# --- beginning


def test_a_catalog_of_before_is_brought_up_to_date(open_catalog: Open, tmp_path: Path) -> None:
    palette = (Swatch(hex="#d13b35", name="red", share=0.25), Swatch(hex="#0a0b0c", name="black", share=0.75))
    image = an_image(id="old", version=1, dhash="0123456789abcdef", description="an old sea", palette=palette)
    old = Connections(tmp_path / "catalog.db", (FIRST,))
    with old.writing() as connection:
        connection.execute(
            "INSERT INTO images VALUES (1, 'old', 1, 'local', 'ready', 'done', 1, 'comics', 0, 0, 5, 5, NULL, 9e999, 7)"
        )
        connection.execute("INSERT INTO documents VALUES (1, ?)", (image.model_dump_json(),))
        connection.execute("INSERT INTO words (rowid, description) VALUES (1, 'an old sea')")
        connection.execute("INSERT INTO spaces VALUES ('clip@1', 2)")
        connection.execute("INSERT INTO vectors VALUES (1, 'clip@1', 'image', 1, ?)", (np.array([1, 0], "<f4").tobytes(),))
        connection.execute("UPDATE changes SET number = 1")
    old.close()
    catalog = open_catalog()
    assert catalog.hashes(["old"]) == {"old": "0123456789abcdef"}
    assert catalog.shades("#d13b35", 0.14, 0.0, Everything, 5) == [ShadeHit("old", 0.25, 0.25)]
    assert found(catalog, "sea", where=Equal("category", "comics")) == ["old"]
    assert [hit.image_id for hit in catalog.nearest("clip@1", np.array([1, 0], np.float32), Everything, 5)] == ["old"]
    catalog.put(image.but(category="portraits"), 1)
    assert found(catalog, "sea", where=Equal("category", "comics")) == []
    with catalog.connections.reading() as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_the_index_is_read_to_its_last_word(open_catalog: Open) -> None:
    catalog, read = open_catalog(), []
    for words in ("lamp", " ".join(f"word{n}" for n in range(5000))):
        catalog.put(an_image(description=words), 0)
        with catalog.connections.reading() as connection:
            read.append(read_whole(connection))
    assert read[0] > 0
    assert read[1] > read[0] + 5000


def test_a_server_that_starts_reads_what_searches_would_wait_for(open_catalog: Open, tmp_path: Path) -> None:
    catalog, vision = open_catalog(), PaletteVision()
    warm(catalog, vision)  # nothing there yet
    space = vision.health().space
    assert space is not None
    vector = vision.embed(["red"]).vectors[0]
    assert vector is not None
    image = catalog.put(an_image(), 0, {space: {"image": vector}})
    catalog.remember(ACTIVE, space)
    again = open_catalog()
    warm(again, vision)
    assert again.warm(space) > 0
    assert len(list(tmp_path.glob("catalog.db.vectors-*"))) == 1
    assert [hit.image_id for hit in again.nearest(space, vector, Everything, 5)] == [image.id]
    again.close()
    warm(again, vision)  # and never fails
