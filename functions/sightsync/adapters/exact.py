"""Exact nearest neighbours over a matrix in memory, for catalogs whose database has no vector index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from sightsync.ports import Near, Survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sightsync.ports import Vector

    Places = NDArray[np.intp]  # row numbers of the matrix, ascending

DECIMALS = 6  # what float32 cosines are good for; beyond it the same picture twice would be no tie
DENSE = 4  # with more than 1/4 of the rows asked for, reading all in order beats gathering some


class Exact:
    """One space's vectors, append-only: a vector put again gets a new row and the old one is never asked for.

    Safe for many threads: readers work on the rows that were there when they began.
    """

    def __init__(self, dimensions: int, capacity: int = 1024) -> None:
        self.dimensions = dimensions
        self._buffer = np.empty((capacity, dimensions), np.float32)
        self._ids: list[str] = []  # of each row
        self._row: dict[str, int] = {}  # newest row of each id
        self._lock = Lock()

    def __len__(self) -> int:
        """Rows held, replaced ones included."""
        return len(self._ids)

    def put(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> int:
        """Adds or replaces; `vectors` is (len(ids), dimensions). The first of the rows they got, one after another."""
        with self._lock:
            start = len(self._ids)
            self._grow(start + len(ids))
            self._buffer[start : start + len(ids)] = vectors
            self._ids.extend(ids)
            self._row.update(zip(ids, range(start, start + len(ids)), strict=True))
        return start

    def _grow(self, rows: int) -> None:
        if rows > len(self._buffer):
            larger = np.empty((max(rows, 2 * len(self._buffer)), self.dimensions), np.float32)
            larger[: len(self._ids)] = self._buffer[: len(self._ids)]
            self._buffer = larger

    def places(self, ids: Iterable[str]) -> Places:
        """Where the vectors of these ids are; ids without one are left out. Valid for the life of this object,
        though a vector that is put again afterwards is found at its old value."""
        row = self._row
        with self._lock:
            found = np.fromiter((row[i] for i in ids if i in row), np.intp)
        found.sort()
        return found

    def renewed(self, ids: Iterable[str]) -> Exact:
        """The newest vectors of these ids, in a matrix without rows that nobody asks for."""
        with self._lock:
            kept = [(i, self._row[i]) for i in ids if i in self._row]
            vectors = self._buffer[[row for _, row in kept]]
        new = Exact(self.dimensions, max(len(kept), 1))
        new.put([i for i, _ in kept], vectors)
        return new

    def nearest(self, vector: Vector, places: Places, limit: int) -> list[Near]:
        """The best `limit` of the rows at `places` by cosine (all vectors have norm 1), ties by id."""
        return list(self.survey(vector, places, limit).near)

    def survey(self, vector: Vector, places: Places, limit: int) -> Survey:
        """The same, and the cosine of every row at `places`."""
        if not len(places):
            return Survey([], np.empty(0, np.float32), 0)
        cosines = self._cosines(np.asarray(vector, np.float32), places).clip(-1, 1).round(DECIMALS)
        hits = [Near(self._ids[places[r]], float(cosines[r])) for r in best(cosines, limit)] if limit > 0 else []
        return Survey(sorted(hits, key=lambda hit: (-hit.cosine, hit.image_id))[:limit], cosines, len(cosines))

    def _cosines(self, vector: Vector, places: Places) -> NDArray[np.float32]:
        buffer = self._buffer
        # einsum, not @: it stays in the calling thread. OpenBLAS wakes its pool for a product of this size, which
        # cost 9.5 ms against 0.2 ms at 20,000 x 39 on two busy cores, and leaves other requests without a core.
        few = len(places) * DENSE < len(self._ids)
        rows = buffer[places] if few else buffer[: places[-1] + 1]
        cosines: NDArray[np.float32] = np.einsum("ij,j->i", rows, vector)
        return cosines if few else cosines[places]


def best(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """Indices of the `limit` highest scores, unordered, and of all that tie with the lowest of them."""
    if limit >= len(scores):
        return np.arange(len(scores))
    floor = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    return np.flatnonzero(scores >= floor)
