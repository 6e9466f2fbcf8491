"""Vectors of the SQLite catalog: as bytes in the file, and as one matrix per space in memory that keeps up with it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from sqlite3 import Connection
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from sightsync.adapters.calibrations import KINDS, LITTLE_ENDIAN, as_floats
from sightsync.adapters.exact import Exact
from sightsync.adapters.sqlite_filters import condition
from sightsync.ports import And, Equal, Filter, Survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sightsync.adapters.exact import Places
    from sightsync.ports import Vector

KEPT_FILTERS = 16  # 0.8 MB each in a gallery of 100,000
FEW = 1000  # rows that a matrix may always take before it is built anew


def write_vectors(connection: Connection, n: int, vectors: Mapping[str, Mapping[str, Vector]], change: int) -> None:
    """Replaces the given kinds. ValueError for a vector that is not finite, or not as long as its space's others."""
    for space, kinds in vectors.items():
        for kind, vector in kinds.items():
            if kind not in KINDS:
                raise ValueError(f"No vectors of kind {kind!r}")
            connection.execute(
                "INSERT INTO vectors (n, space, kind, written, vector) VALUES (?, ?, ?, ?, ?) ON CONFLICT (n, space, kind) "
                "DO UPDATE SET written = excluded.written, vector = excluded.vector",
                (n, space, kind, change, _checked(connection, space, vector).tobytes()),
            )


def _checked(connection: Connection, space: str, vector: Vector) -> Vector:
    array = as_floats(space, vector)
    connection.execute("INSERT INTO spaces VALUES (?, ?) ON CONFLICT DO NOTHING", (space, array.size))
    (dimensions,) = connection.execute("SELECT dimensions FROM spaces WHERE space = ?", (space,)).fetchone()
    if array.size != dimensions:
        raise ValueError(f"Vectors of {space} have {dimensions} dimensions, not {array.size}")
    return array


class Neighbours:
    """Answers `nearest` and `survey` from memory. Each call first catches up with what any process wrote since the last."""

    def __init__(self) -> None:
        self._spaces: dict[str, _Space] = {}
        self._places: OrderedDict[tuple[str, Filter], tuple[Exact, int, Places]] = OrderedDict()
        self._lock = Lock()

    def survey(self, connection: Connection, space: str, vector: Vector, where: Filter, limit: int) -> Survey:
        """`connection` is inside a snapshot. ValueError when the vector is not of this space."""
        (change,) = connection.execute("SELECT number FROM changes").fetchone()
        with self._lock:
            held = self._current(connection, space, change)
            if held is None:
                return Survey([], np.empty(0, np.float32), 0)
            places = self._chosen(connection, space, where, change)
        return held.matrix.survey(vector, places, limit)

    def _current(self, connection: Connection, space: str, change: int) -> _Space | None:
        """The space with all vectors written up to `change`; None when it was never written."""
        held = self._spaces.get(space)
        if held is None or held.worn or (held.change < change and _forgotten(connection, space, held.change)):
            self._spaces.pop(space, None)
            row = connection.execute("SELECT dimensions FROM spaces WHERE space = ?", (space,)).fetchone()
            if row is None:
                return None
            held = self._spaces[space] = _Space(Exact(row[0]))
        if held.change < change:
            _catch_up(connection, space, held, change)
        return held

    def _chosen(self, connection: Connection, space: str, where: Filter, change: int) -> Places:
        """Rows of the images that pass the filter, worked out once for as long as no image changes."""
        held = self._spaces[space]
        kept = self._places.pop((space, where), None)
        if kept is None or kept[0] is not held.matrix or kept[1] != change:
            sql, parameters = condition(And((Equal("deleted", False), where)))
            found = connection.execute(f"SELECT n FROM images WHERE {sql}", parameters).fetchall()  # noqa: S608  # values are bound
            kept = (held.matrix, change, held.places(np.fromiter(chain.from_iterable(found), np.intp, len(found))))
        self._places[space, where] = kept
        if len(self._places) > KEPT_FILTERS:
            self._places.popitem(last=False)
        return kept[2]


@dataclass
class _Space:
    """A matrix, the change it is up to date with, how many rows it began with, and the row of each image by its number."""

    matrix: Exact
    change: int = 0
    began_with: int = 0
    row: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))  # -1 where an image has none

    @property
    def worn(self) -> bool:
        """So many rows came that a new matrix, without those replaced and those of removed images, costs little beside."""
        return self.change > 0 and len(self.matrix) > 2 * self.began_with + FEW

    def put(self, numbers: NDArray[np.intp], ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        first = self.matrix.put(ids, vectors)
        missing = int(numbers.max()) + 1 - len(self.row)
        if missing > 0:
            self.row = np.concatenate([self.row, np.full(missing + len(self.row), -1, np.intp)])
        self.row[numbers] = np.arange(first, first + len(ids))

    def places(self, numbers: NDArray[np.intp]) -> Places:
        rows = self.row[numbers[numbers < len(self.row)]]
        return np.sort(rows[rows >= 0])


def _forgotten(connection: Connection, space: str, change: int) -> bool:
    """Whether nothing is left of what was written up to `change`."""
    (oldest,) = connection.execute("SELECT min(written) FROM vectors WHERE space = ? AND kind = 'image'", (space,)).fetchone()
    return oldest is None or int(oldest) > change


def _catch_up(connection: Connection, space: str, held: _Space, change: int) -> None:
    rows = connection.execute(
        "SELECT n, id, vector FROM vectors CROSS JOIN images USING (n) "
        "WHERE space = ? AND kind = 'image' AND written > ? ORDER BY written",
        (space, held.change),
    ).fetchall()
    if rows:
        numbers, ids, blobs = zip(*rows, strict=True)
        vectors = np.frombuffer(b"".join(blobs), LITTLE_ENDIAN).reshape(len(rows), held.matrix.dimensions)
        held.put(np.array(numbers, np.intp), ids, vectors)
    held.began_with = held.began_with if held.change else len(rows)
    held.change = change
