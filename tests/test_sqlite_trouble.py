"""The SQLite catalog under what may happen to a file: locks, a full disk, damage, death, and many processes."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.errors import CatalogUnavailable, StorageFull
from sightsync.ports import Everything, Sort, WordTerms
from tests.records import an_image

ROOT = Path(__file__).parent.parent


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


REFUSED_BY_THE_DISK = """
import resource, sys
from pathlib import Path
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.errors import CatalogUnavailable
from tests.records import an_image
path = Path(sys.argv[1])
catalog = SqliteCatalog(path)
first = catalog.put(an_image(), 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name(path.name + "-wal").stat().st_size, resource.RLIM_INFINITY))
second = an_image()
try:
    catalog.put(second, 0)
except CatalogUnavailable as error:
    print(error.__cause__.sqlite_errorname, catalog.get(first.id) == first, catalog.get(second.id))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(catalog.put(second, 0).version)
"""


def test_a_disk_that_refuses_to_write_makes_it_unavailable_until_it_writes_again(path: Path) -> None:
    said, _ = program(REFUSED_BY_THE_DISK, path).communicate(timeout=60)
    assert said.split() == ["SQLITE_IOERR_WRITE", "True", "None", "1"]
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


def test_a_gallery_page_needs_no_numpy(catalog: SqliteCatalog, path: Path) -> None:
    catalog.put(an_image(), 0)
    reader = program(
        "import sys; from pathlib import Path\n"
        "from sightsync.adapters.sqlite import SqliteCatalog; from sightsync.ports import Everything, Sort\n"
        "print(len(SqliteCatalog(Path(sys.argv[1])).page(Everything, Sort(), None, 5).images), 'numpy' in sys.modules)",
        path,
    )
    assert reader.communicate(timeout=60)[0].split() == ["1", "False"]


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
