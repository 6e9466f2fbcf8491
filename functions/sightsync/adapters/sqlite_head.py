"""The head of a SQLite catalog's space: made of the rows of the database, kept in a file beside it that anybody may delete.

The catalog remembers the token of the newest file. So a file is believed only by the catalog that it was made of, not by a backup
that was put back, and not when the program died between file and catalog: then it is made again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

import numpy as np

from sightsync.adapters.calibrations import calibration_from_json
from sightsync.adapters.head import KEPT, fit
from sightsync.adapters.questions import REMEMBERED, like_pictures, like_texts
from sightsync.adapters.vectors_file import Contents, beside, draft, fresh_token, load, publish
from sightsync.errors import Unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sightsync.adapters.exact import Floats
    from sightsync.adapters.head import Head
    from sightsync.adapters.sqlite_connections import Connections

    Found = tuple[Head, NDArray[np.int64], int]  # head, number of the image of each row, change up to which all is in it

AT_ONCE = 4096  # rows of one read


def space_file(catalog: Path, space: str) -> Path:
    """Beside the catalog, by a hash of the space's name, which may hold anything."""
    digest = blake2b(space.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return catalog.with_name(f"{catalog.name}.vectors-{digest}")


def load_head(connection: Connection, path: Path, space: str) -> Found | None:
    """None unless the file is there, whole, and the one that this catalog remembers."""
    row = connection.execute("SELECT json FROM remembered WHERE name = ?", (_name(space),)).fetchone()
    found = load(path, space, json.loads(row[0])) if row else None
    return (found[2], found[1], found[0].change) if found else None


def make_head(
    connections: Connections, connection: Connection, path: Path, space: str, shape: tuple[int, int], change: int, rescored: int
) -> Found:
    """From the snapshot that `connection` is in, which has shape[0] vectors of shape[1] dimensions. OSError: no room for it."""
    contents = Contents(space, change, fresh_token(), shape[0], shape[1], min(KEPT, shape[1]))
    numbers: list[int] = []
    with draft(path, contents) as file:
        full = file.fill(_vectors(connection, space, numbers))
        head = file.finish(
            np.array(numbers, np.int64), fit(full, [_asked(connection, space, shape[1]), like_pictures(full)], rescored)
        )
    try:
        with connections.writing() as other:
            other.execute("INSERT OR REPLACE INTO remembered VALUES (?, ?)", (_name(space), json.dumps(contents.token)))
            publish(path, contents)  # both or neither; should the commit fail, the file is not believed
    except Unavailable:  # somebody writes for long: this head serves until the end of the process
        beside(path, contents).unlink(missing_ok=True)
    return head, np.array(numbers, np.int64), change


def forget_head(connection: Connection, path: Path, space: str) -> None:
    """Whoever has the file mapped keeps it until the next search."""
    connection.execute("DELETE FROM remembered WHERE name = ?", (_name(space),))
    with suppress(OSError):
        space_file(path, space).unlink(missing_ok=True)


def _vectors(connection: Connection, space: str, numbers: list[int]) -> Iterator[bytes]:
    """The vectors one after another, and into `numbers` the image of each."""
    rows = connection.execute("SELECT n, vector FROM vectors WHERE space = ? AND kind = 'image' ORDER BY written", (space,))
    while some := rows.fetchmany(AT_ONCE):
        numbers.extend(n for n, _ in some)
        yield b"".join(blob for _, blob in some)


def _asked(connection: Connection, space: str, dimensions: int) -> Floats:
    found = connection.execute("SELECT json FROM remembered WHERE name LIKE ? ORDER BY name", (f"{REMEMBERED}%",)).fetchall()
    row = connection.execute("SELECT json FROM calibrations WHERE space = ?", (space,)).fetchone()
    return like_texts((text for (text,) in found), space, dimensions, calibration_from_json(row[0]) if row else None)


def _name(space: str) -> str:
    return f"vectors_file:{space}"
