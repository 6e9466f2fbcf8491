"""The SQLite catalog under what may happen to a file: locks, a full disk, damage, death, and many processes."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.adapters.sqlite_connections import Connections
from sightsync.adapters.sqlite_filters import condition
from sightsync.adapters.sqlite_pages import page_query
from sightsync.errors import CatalogUnavailable, StorageFull
from sightsync.ports import And, Equal, Everything, Filter, In, Or, Order, Sort, WordTerms
from tests.records import an_image

ROOT = Path(__file__).parent.parent
WALL = (Equal("published", True), Equal("status", "ready"), Equal("deleted", False))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "catalog.db"


@pytest.fixture
def catalog(path: Path) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(path, busy_timeout_s=0.2)
    yield catalog
    catalog.close()


def program(text: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process of its own that can import what tests can."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", text, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def intact(path: Path) -> None:
    """Asserts that the file is whole and that words, documents and images name each other."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    rows = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("images", "documents", "words")}
    assert len(set(rows.values())) == 1, rows
    connection.close()


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


def test_a_gallery_page_needs_no_numpy(catalog: SqliteCatalog, path: Path) -> None:
    catalog.put(an_image(), 0)
    reader = program(
        "import sys; from pathlib import Path\n"
        "from sightsync.adapters.sqlite import SqliteCatalog; from sightsync.ports import Everything, Sort\n"
        "print(len(SqliteCatalog(Path(sys.argv[1])).page(Everything, Sort(), None, 5).images), 'numpy' in sys.modules)",
        path,
    )
    assert reader.communicate(timeout=60)[0].split() == ["1", "False"]


# --- trouble ---


def test_a_locked_catalog_is_unavailable_and_works_again_after(catalog: SqliteCatalog, path: Path) -> None:
    image = catalog.put(an_image(), 0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CatalogUnavailable, match="busy"):
        catalog.put(image.but(title="Late"), 1)
    assert catalog.get(image.id) == image  # reading goes on all the while
    other.execute("ROLLBACK")
    other.close()
    assert catalog.put(image.but(title="Late"), 1).version == 2


def test_a_full_disk_leaves_nothing_half_written_and_work_goes_on_after(catalog: SqliteCatalog, path: Path) -> None:
    first = catalog.put(an_image(title="before"), 0)
    with catalog.connections.reading() as connection:  # the one connection that this thread gets again and again
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + 4}")
    stored: list[str] = []
    image = None
    while image is None:
        flood = an_image(description="flood " + "water " * 150)
        try:
            stored.append(catalog.put(flood, 0, {"s": {"image": np.ones(512, np.float32)}}).id)
        except StorageFull:
            image = flood
    assert stored
    assert catalog.get(image.id) is None
    assert catalog.counts(Everything, "status") == {"ready": 1 + len(stored)}
    assert {hit.image_id for hit in catalog.words(WordTerms(words=("flood",)), Everything, 999)} == set(stored)
    assert set(catalog.vectors([*stored, image.id], "s")) == set(stored)
    with pytest.raises(StorageFull):
        catalog.put(first.but(description="water " * 50_000), 1)
    assert catalog.get(first.id) == first
    with catalog.connections.reading() as connection:
        connection.execute(f"PRAGMA max_page_count={2**30}")
    assert catalog.put(image, 0).version == 1
    catalog.close()
    intact(path)


@pytest.mark.parametrize("start", [0, 100, 16384], ids=["header", "schema", "beyond"])
def test_a_damaged_catalog_says_what_to_do(catalog: SqliteCatalog, path: Path, start: int) -> None:
    for _ in range(50):
        catalog.put(an_image(), 0)
    catalog.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(start)
        file.write(os.urandom(size - start))
    damaged = SqliteCatalog(path)
    with pytest.raises(CatalogUnavailable, match=r"damaged.*put back a backup"):
        damaged.page(Everything, Sort(), None, 50)
    damaged.close()


def test_a_catalog_put_back_in_place_is_used_at_once(catalog: SqliteCatalog, path: Path) -> None:
    image = catalog.put(an_image(), 0)
    catalog.close()
    backup = path.read_bytes()
    path.write_bytes(os.urandom(len(backup)))
    running = SqliteCatalog(path)
    with pytest.raises(CatalogUnavailable):
        running.health()
    path.write_bytes(backup)
    assert running.get(image.id) == image
    running.close()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CatalogUnavailable, match="Check its folder"):
        SqliteCatalog(tmp_path / "file" / "catalog.db").health()


def test_no_message_tells_where_the_file_lies(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "garbage.db").write_bytes(os.urandom(9000))
    for path in (tmp_path / "file" / "catalog.db", tmp_path / "garbage.db"):
        with pytest.raises(CatalogUnavailable) as trouble:
            SqliteCatalog(path).health()
        assert str(tmp_path) not in trouble.value.message


# --- many processes ---

BUMP = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.records import revise
catalog = SqliteCatalog(Path(sys.argv[1]), busy_timeout_s=30)
for n in range(int(sys.argv[3])):
    catalog.add("quota", 1, datetime(2100, 1, 1, tzinfo=UTC))
    done = None
    while done is None:
        try:
            done = revise(catalog, sys.argv[2], lambda image: image.but(bytes=image.bytes + 1)) or time.sleep(0.01)
        except Exception as error:
            if getattr(error, "code", "") != "catalog_unavailable": raise
"""


def test_processes_that_start_at_once_lose_no_update(catalog: SqliteCatalog, path: Path) -> None:
    writers = [program(BUMP, path, "shared", 25) for _ in range(3)]  # all of them may find no file yet
    slow = SqliteCatalog(path, busy_timeout_s=30)
    slow.put(an_image(id="shared", bytes=0), 0)
    outcomes = [writer.wait(timeout=120) for writer in writers]
    slow.close()
    if any(outcomes):
        pytest.fail(f"A writer ended with {outcomes}")
    stored = catalog.get("shared")
    assert stored is not None
    with catalog.connections.reading() as connection:
        assert connection.execute("SELECT total FROM counters").fetchone() == (75,)
    assert (stored.bytes, stored.version) == (75, 76)


WRITE = """
import sys
from pathlib import Path
import numpy as np
from sightsync.adapters.sqlite import SqliteCatalog
from tests.records import an_image
catalog = SqliteCatalog(Path(sys.argv[1]), busy_timeout_s=30)
while True:
    image = catalog.put(an_image(), 0, {"s": {"image": np.ones(512, np.float32)}})
    print(image.id, flush=True)
"""


def test_a_kill_at_any_moment_loses_nothing_that_was_answered(path: Path) -> None:
    answered: list[str] = []
    for n in range(4):
        writer = program(WRITE, path)
        assert writer.stdout is not None
        answered.append(writer.stdout.readline().strip())
        time.sleep(0.05 * n)
        writer.kill()
        answered += writer.stdout.read().split()
        writer.wait()
    catalog = SqliteCatalog(path)
    whole = [name for name in answered if len(name) == 32]
    assert len(catalog.get_many(whole)) == len(whole) >= 4
    catalog.close()
    intact(path)
