"""The SQLite catalog as a file: straight reading of pages, who may read it, its format, and how it moves on."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.adapters.sqlite_connections import Connections
from sightsync.adapters.sqlite_filters import condition
from sightsync.adapters.sqlite_pages import page_query
from sightsync.errors import CatalogUnavailable
from sightsync.ports import And, Equal, Everything, Filter, In, Or, Order, Sort
from tests.records import an_image

WALL = (Equal("published", True), Equal("status", "ready"), Equal("deleted", False))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "catalog.db"


@pytest.fixture
def catalog(path: Path) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(path, busy_timeout_s=0.2)
    yield catalog
    catalog.close()


# --- plans ---


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize(
    "where",
    [
        Everything,
        And(WALL),
        And((And(WALL), Equal("category", "comics"))),
        And((Equal("owner", "ada"), Equal("deleted", False))),
        And((Equal("owner", "ada"), Equal("deleted", False), Equal("category", "comics"))),
        And((Equal("deleted", False), Equal("status", "ready"), Or((Equal("published", True), Equal("owner", "ada"))))),
    ],
    ids=["all", "wall", "category", "owner", "owner-category", "public-or-own"],
)
def test_a_page_is_read_straight_from_an_index(catalog: SqliteCatalog, where: Filter, order: Order) -> None:
    for _ in range(3):
        catalog.put(an_image(category="comics", owner="ada"), 0)
    sort = Sort(order)
    cursor = catalog.page(where, sort, None, 1).next_cursor
    assert cursor is not None
    for at in (None, cursor):
        sql, parameters = page_query(where, sort, at, 50)
        with catalog.connections.reading() as connection:
            plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        assert len(plan) == 1, plan
        assert "COVERING INDEX" in plan[0]
        assert plan[0].startswith("SEARCH") or (where == Everything and at is None), plan


def test_given_images_are_looked_up_rather_than_looked_for(catalog: SqliteCatalog) -> None:
    sql, parameters = condition(And((*WALL, In("id", tuple(f"{n}" for n in range(200))))))
    with catalog.connections.reading() as connection:
        (plan,) = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT id FROM images WHERE {sql}", parameters)]
    assert "(id=?)" in plan


def test_an_owners_worst_matches_are_read_straight_from_an_index(catalog: SqliteCatalog) -> None:
    sql, parameters = page_query(And((Equal("owner", "ada"), Equal("deleted", False))), Sort("disagreement"), None, 50)
    with catalog.connections.reading() as connection:
        (plan,) = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    assert plan.startswith("SEARCH")
    assert "owned_disagreement" in plan


# --- the file ---


def test_the_catalog_is_its_owners_alone(catalog: SqliteCatalog, path: Path) -> None:
    catalog.put(an_image(), 0)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_pages_are_large_enough_for_vectors(catalog: SqliteCatalog) -> None:
    with catalog.connections.reading() as connection:
        assert connection.execute("PRAGMA page_size").fetchone() == (16384,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_vectors_are_little_endian_float32(catalog: SqliteCatalog) -> None:
    catalog.put(an_image(), 0, {"s": {"image": np.array([1.0, -2.5], np.float64)}})
    with catalog.connections.reading() as connection:
        (blob,) = connection.execute("SELECT vector FROM vectors").fetchone()
    assert blob == bytes.fromhex("0000803f 000020c0")


def test_an_older_catalog_is_brought_up_to_date_with_its_records(tmp_path: Path) -> None:
    steps = (("CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"), ("ALTER TABLE a ADD COLUMN y", "UPDATE a SET y = x + 1"))
    older = Connections(tmp_path / "a.db", steps[:1])
    with older.reading() as connection:
        assert connection.execute("SELECT * FROM a").fetchall() == [(1,)]
    older.close()
    newer = Connections(tmp_path / "a.db", steps)
    for _ in range(2):
        with newer.reading() as connection:
            assert connection.execute("SELECT * FROM a").fetchall() == [(1, 2)]
    newer.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    broken = Connections(tmp_path / "a.db", (("CREATE TABLE a (x)", "CREATE TABLE a (x)"),))
    with pytest.raises(sqlite3.OperationalError), broken.reading():
        pass
    mended = Connections(tmp_path / "a.db", (("CREATE TABLE a (x)",),))
    with mended.reading() as connection:
        assert connection.execute("SELECT * FROM a").fetchall() == []
    mended.close()


def test_a_catalog_of_a_newer_program_is_left_alone(catalog: SqliteCatalog, path: Path) -> None:
    catalog.put(an_image(), 0)
    with catalog.connections.writing() as connection:
        connection.execute("PRAGMA user_version=99")
    older = SqliteCatalog(path)
    with pytest.raises(CatalogUnavailable, match="newer SightSync"):
        older.health()


def test_threads_that_come_and_go_leave_no_connection_open(catalog: SqliteCatalog) -> None:
    catalog.health()
    before = len(os.listdir("/dev/fd"))
    for _ in range(40):
        thread = Thread(target=catalog.health)
        thread.start()
        thread.join()
    assert len(os.listdir("/dev/fd")) <= before
    catalog.close()
    assert len(os.listdir("/dev/fd")) < before


def test_a_closed_catalog_says_so(catalog: SqliteCatalog) -> None:
    catalog.close()
    with pytest.raises(CatalogUnavailable):
        catalog.health()
