"""A head before very many vectors: what it finds, and that it follows the catalog through everything, the file beside it or not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sightsync.adapters.head import AUDITED, RECALL, Matrix, fit
from sightsync.adapters.questions import like_pictures, unit
from sightsync.adapters.scale import Scale, Work
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.adapters.sqlite_head import space_file
from sightsync.adapters.vectors_file import Contents, beside
from sightsync.ports import And, Equal, Everything, In
from tests.geometry import Geometry
from tests.records import an_image
from tests.small_scale import SMALL

SPACE = "clip@1"
Rows = NDArray[np.float32]


@pytest.fixture(scope="module")
def geometry() -> Geometry:
    return Geometry(seed=3, dim=256)


@pytest.fixture(scope="module")
def pictures(geometry: Geometry) -> Rows:
    return np.concatenate([geometry.pictures(*geometry.scenes(4000)) for _ in range(3)])


@pytest.fixture(scope="module")
def texts(geometry: Geometry) -> Rows:
    """Directions as a search asks them: texts beside their mean."""
    return unit(geometry.texts(*geometry.scenes(64)) - geometry.calibration().mean_text)


def nearest(matrix: Matrix, question: Rows, limit: int, mask: NDArray[np.bool_] | None = None) -> list[tuple[str, float]]:
    chosen = np.ones(len(matrix), np.bool_) if mask is None else mask
    found = matrix.survey(question, chosen, limit).named(lambda rows: [f"{row:06}" for row in rows], limit)
    return [(hit.image_id, hit.cosine) for hit in found.near]


def same(found: list[tuple[str, float]], expected: list[tuple[str, float]]) -> bool:
    cosines = [[cosine for _, cosine in hits] for hits in (found, expected)]
    return [i for i, _ in found] == [i for i, _ in expected] and cosines[0] == pytest.approx(cosines[1], abs=2e-6)


def truly(rows: Rows, question: Rows, limit: int) -> list[tuple[str, float]]:
    cosines = np.einsum("ij,j->i", rows, question).round(6)
    best = sorted(range(len(rows)), key=lambda n: (-cosines[n], n))[:limit]
    return [(f"{n:06}", float(cosines[n])) for n in best]


# --- the head


def test_texts_and_pictures_find_what_is_really_nearest(pictures: Rows, texts: Rows) -> None:
    head = fit(pictures, [texts[:32], like_pictures(pictures)], rescored=32)
    matrix = Matrix(256, Scale(few=0), head)
    asked = {"texts": texts[32:], "pictures": unit(pictures[5::400] - pictures.mean(axis=0))}
    for questions in asked.values():
        found = [len({i for i, _ in nearest(matrix, q, AUDITED)} & {i for i, _ in truly(pictures, q, AUDITED)}) for q in questions]
        assert sum(found) / (AUDITED * len(questions)) >= 0.99


def test_more_are_compared_in_full_until_the_audit_is_passed(pictures: Rows, texts: Rows) -> None:
    noise = unit(np.random.default_rng(1).standard_normal((6000, 256)).astype(np.float32))  # of which no head can say much
    assert fit(noise, [noise[:16]], rescored=32).rescored > fit(pictures, [texts], rescored=32).rescored >= 32
    assert fit(pictures, [texts], rescored=64).rescored % 64 == 0
    assert fit(noise, [texts, noise[:16]], rescored=32).rescored == max(
        fit(noise, [texts], rescored=32).rescored, fit(noise, [noise[:16]], rescored=32).rescored
    ), "and the harder kind of question decides"
    assert RECALL >= 0.995


def test_a_head_takes_a_tenth_of_the_memory(pictures: Rows) -> None:
    head = fit(np.tile(pictures, (1, 2)), [], rescored=32)
    assert Matrix(512, Scale(), head).bytes < 12_000 * 512 * 4 / 8


def test_cosines_of_a_head_are_exact_and_ties_come_by_id(pictures: Rows, texts: Rows) -> None:
    rows = np.concatenate([pictures[:2000]] * 2)
    matrix = Matrix(256, Scale(few=0), fit(rows, [], rescored=512))
    for question in texts[:8]:
        assert same(nearest(matrix, question, 24), truly(rows, question, 24))


@pytest.mark.parametrize("share", [0.5, 0.05])
def test_a_filter_never_makes_the_list_shorter(pictures: Rows, texts: Rows, share: float) -> None:
    matrix = Matrix(256, Scale(few=0), fit(pictures, [], rescored=512))
    mask = np.random.default_rng(2).random(len(pictures)) < share
    passing = np.flatnonzero(mask)
    for question in texts[:8]:
        expected = [(f"{passing[int(i)]:06}", cosine) for i, cosine in truly(pictures[passing], question, 24)]
        assert len(nearest(matrix, question, 24, mask)) == 24
        assert len({i for i, _ in nearest(matrix, question, 24, mask)} & {i for i, _ in expected}) >= 23


def test_a_longer_list_begins_with_the_shorter_and_ends_with_the_last_image(pictures: Rows, texts: Rows) -> None:
    rows = pictures[:3000]
    matrix = Matrix(256, Scale(few=0), fit(rows, [], rescored=16))
    whole = nearest(matrix, texts[0], 5000)
    assert sorted(i for i, _ in whole) == [f"{n:06}" for n in range(3000)]
    for limit in (1, 3, 4, 5, 24, 100, 1000, 2999):
        assert nearest(matrix, texts[0], limit) == whole[:limit]


def test_rows_that_came_after_the_head_are_found_like_the_others(pictures: Rows, texts: Rows) -> None:
    matrix = Matrix(256, Scale(few=0), fit(pictures[:2500], [], rescored=512))
    matrix.put(pictures[2500:3000])
    for question in texts[:8]:
        assert same(nearest(matrix, question, 12), truly(pictures[:3000], question, 12))


# --- beside a catalog

Open = Callable[..., SqliteCatalog]


@pytest.fixture
def open_catalog(tmp_path: Path) -> Iterator[Open]:
    opened: list[SqliteCatalog] = []

    def catalog(scale: Scale = SMALL) -> SqliteCatalog:
        opened.append(SqliteCatalog(tmp_path / "catalog.db", scale=scale))
        return opened[-1]

    yield catalog
    for each in opened:
        each.close()


def vector(n: int, of: int = 100) -> Rows:
    angle = np.pi / 2 * n / of
    return np.array([np.cos(angle), np.sin(angle), 0.1], np.float32) / np.float32(np.sqrt(1.01))


def fill(catalog: SqliteCatalog, begin: int, end: int) -> None:
    for n in range(begin, end):
        catalog.put(an_image(id=f"{n:03}", category="comics" if n % 2 else "portraits"), 0, {SPACE: {"image": vector(n)}})


def near(catalog: SqliteCatalog, limit: int = 4, where: object = Everything) -> list[str]:
    return [hit.image_id for hit in catalog.nearest(SPACE, vector(0), where, limit)]  # type: ignore[arg-type]  # any Filter


def file_of(tmp_path: Path) -> Path:
    return space_file(tmp_path / "catalog.db", SPACE)


def test_a_restart_reads_the_file_and_only_what_came_since(open_catalog: Open, tmp_path: Path) -> None:
    fill(open_catalog(), 0, 40)
    assert near(open_catalog()) == ["000", "001", "002", "003"]
    written = file_of(tmp_path).stat()
    fill(open_catalog(Scale()), 40, 44)
    open_catalog(Scale()).put(an_image(id="late"), 0, {SPACE: {"image": vector(0)}})
    again = open_catalog()
    assert near(again) == ["000", "late", "001", "002"]
    assert file_of(tmp_path).stat().st_ino == written.st_ino, "it was made once"
    assert file_of(tmp_path).stat().st_mode & 0o077 == 0, "and nobody else may read it"


def test_replaced_deleted_and_binned_images_are_gone_from_under_the_head(open_catalog: Open) -> None:
    fill(open_catalog(), 0, 40)
    here, there = open_catalog(), open_catalog()
    assert near(here) == near(there) == ["000", "001", "002", "003"]
    there.delete("000")
    image = there.get("001")
    assert image is not None
    there.put(image, image.version, {SPACE: {"image": vector(39)}})
    image = there.get("002")
    assert image is not None
    image = there.put(image.but(deleted_at=image.created_at), image.version)
    for catalog in (here, there, open_catalog()):
        assert near(catalog) == ["003", "004", "005", "006"]
        assert near(catalog, 40)[-2:] == ["001", "039"], "once, at its new place"
    here.put(image.but(deleted_at=None), image.version)
    for catalog in (here, there, open_catalog()):
        assert near(catalog)[0] == "002"


def test_filters_are_exact_over_head_and_what_came_after(open_catalog: Open) -> None:
    fill(open_catalog(), 0, 30)
    catalog = open_catalog()
    assert near(catalog, 3, Equal("category", "comics")) == ["001", "003", "005"]
    fill(catalog, 30, 36)
    assert len(near(catalog, 99, Equal("category", "comics"))) == 18
    assert near(catalog, 9, And((Equal("category", "comics"), In("id", ("001", "002", "035", "nobody"))))) == ["001", "035"]


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4100] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not json" * 9000),
        lambda path: path.write_bytes(path.read_bytes().replace(b'"format": 3', b'"format": 9')),
        damaged,
    ],
    ids=["missing", "truncated", "empty", "foreign", "of another version", "damaged"],
)
def test_a_file_that_is_not_as_it_was_written_is_made_again(
    open_catalog: Open, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    fill(open_catalog(), 0, 30)
    near(open_catalog())
    whole = file_of(tmp_path).stat().st_size
    spoil(file_of(tmp_path))
    assert near(open_catalog()) == ["000", "001", "002", "003"]
    assert file_of(tmp_path).stat().st_size == whole


def test_a_backup_that_is_put_back_does_not_believe_a_newer_file(open_catalog: Open, tmp_path: Path) -> None:
    fill(open_catalog(), 0, 20)
    near(open_catalog())
    source = open_catalog()
    with source.connections.reading() as connection:
        connection.execute("SELECT 1")
    backup = tmp_path / "backup.db"
    with source.connections.reading() as connection:
        connection.commit()
        connection.execute("VACUUM INTO ?", (str(backup),))
        connection.execute("BEGIN")
    fill(source, 20, 40)
    assert len(near(source, 99)) == 40
    token = source.recall(f"vectors_file:{SPACE}")
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"catalog.db{suffix}").unlink(missing_ok=True)
    backup.rename(tmp_path / "catalog.db")
    restored = open_catalog()
    assert restored.recall(f"vectors_file:{SPACE}") != token, "this test needs a file that was made anew"
    for n in range(20, 40):  # the same numbers, and other pictures
        restored.put(an_image(id=f"{n:03}"), 0, {SPACE: {"image": vector(100 - n)}})
    assert near(restored, 99)[-1] == "020"
    assert near(open_catalog(), 99)[-1] == "020"


def test_dying_between_file_and_catalog_costs_a_start_and_no_hit(open_catalog: Open, tmp_path: Path) -> None:
    fill(open_catalog(), 0, 30)
    near(open_catalog())
    open_catalog().remember(f"vectors_file:{SPACE}", "of a file that was never renamed")
    assert near(open_catalog()) == ["000", "001", "002", "003"]
    draft = beside(file_of(tmp_path), Contents(SPACE, 1, "dead", 1, 3, 3))
    draft.write_bytes(b"half a file")
    assert near(open_catalog()) == ["000", "001", "002", "003"]


def test_a_space_that_is_forgotten_takes_its_file_with_it(open_catalog: Open, tmp_path: Path) -> None:
    fill(open_catalog(), 0, 20)
    near(open_catalog())
    catalog = open_catalog()
    catalog.forget_space(SPACE)
    assert not file_of(tmp_path).exists()
    assert near(catalog) == near(open_catalog()) == []
    image = catalog.get("007")
    assert image is not None
    catalog.put(image, image.version, {SPACE: {"image": np.array([1, 0], np.float32)}})
    assert [hit.image_id for hit in open_catalog().nearest(SPACE, np.array([1, 0], np.float32), Everything, 5)] == ["007"]


def test_where_no_file_can_be_written_all_are_compared(open_catalog: Open, tmp_path: Path) -> None:
    fill(open_catalog(), 0, 20)
    file_of(tmp_path).mkdir()
    (file_of(tmp_path) / "in the way").touch()
    catalog = open_catalog()
    assert near(catalog) == near(catalog) == ["000", "001", "002", "003"]


def test_a_head_is_made_aside_and_searches_go_on_meanwhile(open_catalog: Open, tmp_path: Path) -> None:
    waiting: list[Work] = []
    catalog = open_catalog(replace(SMALL, plain=25, run=waiting.append))
    fill(catalog, 0, 25)
    assert near(catalog) == ["000", "001", "002", "003"]
    assert not waiting
    fill(catalog, 25, 30)
    for _ in range(3):
        assert near(catalog) == ["000", "001", "002", "003"]
    assert len(waiting) == 1, "one at a time"
    assert not file_of(tmp_path).exists()
    waiting.pop()()
    assert file_of(tmp_path).exists()
    fill(catalog, 30, 38)
    assert near(catalog, 99) == [f"{n:03}" for n in range(38)]
    assert not waiting
    fill(catalog, 38, 40)
    assert near(catalog, 99) == [f"{n:03}" for n in range(40)]
    before = file_of(tmp_path).stat().st_ino
    waiting.pop()()
    assert file_of(tmp_path).stat().st_ino != before, "what came after the head had become too much"
    assert near(catalog, 99) == [f"{n:03}" for n in range(40)]


def test_a_catalog_in_trouble_leaves_the_head_that_there_is(open_catalog: Open) -> None:
    waiting: list[Work] = []
    catalog = open_catalog(replace(SMALL, plain=25, run=waiting.append))
    fill(catalog, 0, 25)
    near(catalog)
    fill(catalog, 25, 30)
    near(catalog)
    catalog.close()
    waiting.pop()()
    assert near(open_catalog()) == ["000", "001", "002", "003"]
