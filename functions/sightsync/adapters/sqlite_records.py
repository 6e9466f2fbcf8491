"""One image's rows: the record as JSON, and beside it what filters, sorts, words and colours look things up by."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from math import inf, isfinite
from sqlite3 import Connection
from typing import TypeVar

from sightsync.adapters.columns import columns
from sightsync.adapters.cursors import mark
from sightsync.adapters.fields import microseconds, text
from sightsync.adapters.sqlite_filters import marks
from sightsync.errors import DuplicateImage
from sightsync.images import Image, Status

AT_ONCE = 500  # ids in one statement

T = TypeVar("T")

COLUMNS = (
    "id", "version", "owner", "status", "analysis", "published", "category", "sample", "deleted",
    "created_at", "updated_at", "sha256", "disagreement", "mark", "dhash", "swatches",
)  # fmt: skip
_INSERT = f"INSERT INTO images ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) RETURNING n"  # noqa: S608  # our own names


def find(connection: Connection, image_id: str) -> tuple[int, Image] | None:
    """Row number and record."""
    row = connection.execute("SELECT n, json FROM images CROSS JOIN documents USING (n) WHERE id = ?", (text(image_id),)).fetchone()
    return (row[0], Image.model_validate_json(row[1])) if row else None


def read(connection: Connection, rows: Sequence[int]) -> dict[int, Image]:
    """Records by row number."""
    found: dict[int, Image] = {}
    for some in chunks(rows):
        documents = connection.execute(f"SELECT n, json FROM documents WHERE n IN ({marks(some)})", some)  # noqa: S608  # marks only
        found |= {n: _parsed(record) for n, record in documents}
    return found


@lru_cache(maxsize=512)
def _parsed(record: str) -> Image:
    """Records are values: the same text is the same one, and what everybody looks at is read again and again."""
    return Image.model_validate_json(record)


def changes(connection: Connection) -> int:
    """How many there were before this snapshot; see the table's comment."""
    (number,) = connection.execute("SELECT number FROM changes").fetchone()
    return int(number)


def refuse_second(connection: Connection, image: Image) -> None:
    """DuplicateImage when another live, ready image of this owner has the same bytes."""
    if image.sha256 is None or image.status is not Status.READY or image.deleted_at is not None:
        return
    row = connection.execute(
        "SELECT id FROM images WHERE owner = ? AND sha256 = ? AND status = 'ready' AND deleted = 0 AND id <> ?",
        (image.owner, image.sha256, image.id),
    ).fetchone()
    if row:
        raise DuplicateImage(row[0])


def write(connection: Connection, n: int | None, before: Image | None, image: Image) -> int:
    """Row number of the record, written over `before` (row `n`) or new. All that is derived only where it changed."""
    if n is None or before is None:
        (n,) = connection.execute(_INSERT, _row(image)).fetchone()
    else:
        _update(connection, n, before, image)
    connection.execute("REPLACE INTO documents VALUES (?, ?)", (n, image.model_dump_json()))
    _write_checks(connection, n, before, image)
    _write_colours(connection, n, before, image)
    _write_words(connection, n, before, image)
    assert n is not None  # fetchone() is typed as Any
    return n


def _update(connection: Connection, n: int, before: Image, image: Image) -> None:
    """Names changed columns only: SQLite rewrites every index that has a column named, changed or not."""
    changed = [(name, new) for name, old, new in zip(COLUMNS, _row(before), _row(image), strict=True) if old != new]
    assignments = ", ".join(f"{name} = ?" for name, _ in changed)
    connection.execute(f"UPDATE images SET {assignments} WHERE n = ?", (*(new for _, new in changed), n))  # noqa: S608  # our own names


def remove(connection: Connection, n: int) -> None:
    connection.execute("DELETE FROM words WHERE rowid = ?", (n,))  # a virtual table takes no part in foreign keys
    connection.execute("DELETE FROM images WHERE n = ?", (n,))


def chunks(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """As many at once as one statement should carry."""
    rest = iter(values)
    while chunk := list(islice(rest, AT_ONCE)):
        yield chunk


def _row(image: Image) -> tuple[str | int | float | None, ...]:
    z = image.match.z if image.match else None
    return (
        image.id,
        image.version,
        image.owner,
        str(image.status),
        str(image.analysis),
        int(image.published),
        image.category,
        int(image.sample),
        int(image.deleted_at is not None),
        microseconds(image.created_at),
        microseconds(image.updated_at),
        image.sha256,
        z if z is not None and isfinite(z) else inf,
        mark(image.id),
        image.dhash,
        "".join(f"{s.hex[1:]}{round(min(s.share, 1) * 10_000):04x}" for s in image.palette) or None,
    )


def _write_checks(connection: Connection, n: int, before: Image | None, image: Image) -> None:
    if before is not None and set(before.checks) == set(image.checks):
        return
    connection.execute("DELETE FROM checks WHERE n = ?", (n,))
    connection.executemany("INSERT INTO checks VALUES (?, ?)", [(name, n) for name in set(image.checks)])


def _write_colours(connection: Connection, n: int, before: Image | None, image: Image) -> None:
    shares = _shares(image)
    if before is not None and _shares(before) == shares:
        return
    connection.execute("DELETE FROM colours WHERE n = ?", (n,))
    connection.executemany("INSERT INTO colours VALUES (?, ?, ?)", [(name, n, share) for name, share in shares.items()])


def _shares(image: Image) -> dict[str, float]:
    """Share of each named colour; none for an image in the bin, which is not found by colour."""
    shares: dict[str, float] = {}
    for swatch in image.palette if image.deleted_at is None else ():
        shares[swatch.name] = shares.get(swatch.name, 0.0) + swatch.share
    return shares


def _write_words(connection: Connection, n: int, before: Image | None, image: Image) -> None:
    texts = columns(image)
    old = columns(before) if before is not None else None
    if texts == old:
        return
    if old is not None:
        connection.execute("DELETE FROM words WHERE rowid = ?", (n,))
    if texts is not None:
        connection.execute(
            "INSERT INTO words (rowid, title, description, tags, caption, filename) VALUES (?, ?, ?, ?, ?, ?)", (n, *texts)
        )
