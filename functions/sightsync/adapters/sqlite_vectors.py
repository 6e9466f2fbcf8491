"""Vectors of the SQLite catalog: as bytes in the file, and as one matrix per space in memory that keeps up with it."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from sqlite3 import Connection
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from sightsync.adapters.calibrations import KINDS, LITTLE_ENDIAN, as_floats
from sightsync.adapters.exact import NOTHING
from sightsync.adapters.head import Matrix
from sightsync.adapters.scale import Scale
from sightsync.adapters.sqlite_head import load_head, make_head, space_file
from sightsync.adapters.sqlite_records import changes
from sightsync.errors import Unavailable
from sightsync.ports import And, Equal, Filter, Survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sightsync.adapters.exact import Mask, Rows
    from sightsync.adapters.sqlite_connections import Connections
    from sightsync.adapters.sqlite_masks import Masks
    from sightsync.adapters.sqlite_names import Names
    from sightsync.ports import Vector

logger = logging.getLogger(__name__)

LIVE = Equal("deleted", False)
KEPT_FILTERS = 16  # 1 MB each in a gallery of a million
FEW = 1000  # rows that a matrix may always take before it is made anew
AGAIN_S = 600.0  # before what failed is tried again
AT_ONCE = 4096  # rows of one read


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
    """Answers `survey` from memory. Each call first catches up with what any process wrote since the last."""

    def __init__(self, connections: Connections, masks: Masks, names: Names, scale: Scale) -> None:
        self._connections = connections
        self._masks = masks
        self._names = names
        self._scale = scale
        self._spaces: dict[str, Space] = {}
        self._allowed: OrderedDict[tuple[str, Filter], tuple[Space, int, Mask]] = OrderedDict()
        self._renewing: set[str] = set()
        self._not_before: dict[str, float] = {}
        self._lock = Lock()

    def survey(self, connection: Connection, space: str, vector: Vector, where: Filter, limit: int) -> Survey:
        """`connection` is inside a snapshot. ValueError when the vector is not of this space."""
        change = changes(connection)
        mask = self._masks.chosen(connection, And((LIVE, where)), change)
        with self._lock:
            held = self._current(connection, space, change)
            if held is None:
                return NOTHING.named(lambda rows: (), 0)
            allowed = self._rows(space, held, where, change, mask)
            due = self._due(space, held)

        def named(rows: Rows) -> list[str | None]:
            wanted: list[int] = held.numbers[rows].tolist()
            ids = self._names.of(connection, change, wanted)
            return [ids.get(n) for n in wanted]

        found = held.matrix.survey(vector, allowed, limit).named(named, limit)
        if due:
            self._scale.run(partial(self._renew, space))
        return found

    def warm(self, connection: Connection, space: str) -> int:
        """Reads what a search would have to wait for; how many bytes of vectors that is."""
        change = changes(connection)
        self._masks.chosen(connection, And((LIVE, Equal("status", "ready"), Equal("published", True))), change)
        with self._lock:
            held = self._current(connection, space, change)
        return held.matrix.bytes if held else 0

    def _current(self, connection: Connection, space: str, change: int) -> Space | None:
        """The space with all vectors written up to `change`; None when it was never written."""
        held = self._spaces.get(space)
        if held is not None and held.change < change and _forgotten(connection, space, held.change):
            del self._spaces[space]
            held = None
        if held is None:
            held = self._load(connection, space, change)
            if held is not None:
                self._spaces[space] = held
        elif held.change < change:
            held.catch_up(connection, space, change)
        return held

    def _rows(self, space: str, held: Space, where: Filter, change: int, mask: Mask) -> Mask:
        """Rows of the images that pass the filter, worked out once for as long as no image changes."""
        kept = self._allowed.pop((space, where), None)
        if kept is None or kept[0] is not held or kept[1] != change:
            kept = (held, change, held.rows(mask))
        self._allowed[space, where] = kept
        if len(self._allowed) > KEPT_FILTERS:
            self._allowed.popitem(last=False)
        return kept[2]

    # --- making it anew ---

    def _due(self, space: str, held: Space) -> bool:
        """Whether to have it made anew: by the caller, once it holds no lock."""
        if space in self._renewing or not held.due(self._scale.plain) or self._not_before.get(space, 0) > monotonic():
            return False
        self._renewing.add(space)
        return True

    def _renew(self, space: str) -> None:
        try:
            with self._connections.reading() as connection:
                fresh = self._load(connection, space, changes(connection), anew=True)
            with self._lock:
                if fresh is not None:
                    self._spaces[space] = fresh
        except Unavailable as error:  # the one there is still serves
            logger.warning("vectors_not_renewed", extra={"space": space, "reason": error.code})
            self._not_before[space] = monotonic() + AGAIN_S
        finally:
            self._renewing.discard(space)

    def _load(self, connection: Connection, space: str, change: int, anew: bool = False) -> Space | None:
        """The space as this snapshot has it. `anew`: with a head of all its vectors, whatever file there is."""
        row = connection.execute("SELECT dimensions FROM spaces WHERE space = ?", (space,)).fetchone()
        if row is None:
            return None
        began = monotonic()
        held = self._with_head(connection, space, row[0], change, anew) or Space(Matrix(row[0], self._scale))
        held.catch_up(connection, space, change)
        held.began_with = len(held.matrix)
        _say(space, held, monotonic() - began)
        return held

    def _with_head(self, connection: Connection, space: str, dimensions: int, change: int, anew: bool) -> Space | None:
        """None for so few vectors that all are compared, or where no file can be written."""
        of_space = "FROM vectors WHERE space = ? AND kind = 'image'"
        (count,) = connection.execute(f"SELECT count(*) {of_space}", (space,)).fetchone()  # our own words
        if count <= self._scale.plain:
            return None
        path = space_file(self._connections.path, space)
        found = None if anew else load_head(connection, path, space)
        if found is None or _forgotten(connection, space, found[2]) or found[0].full.shape[1] != dimensions:
            try:
                found = make_head(self._connections, connection, path, space, (count, dimensions), change, self._scale.rescored)
            except OSError as error:
                logger.warning("vectors_file_not_written", extra={"space": space, "reason": error.strerror})
                self._not_before[space] = monotonic() + AGAIN_S
                return None
        return Space(Matrix(dimensions, self._scale, found[0]), found[1], found[2])


class Space:
    """A matrix, which image each of its rows is of, and the change it is up to date with."""

    def __init__(self, matrix: Matrix, numbers: NDArray[np.int64] | None = None, change: int = 0) -> None:
        self.matrix = matrix
        self.change = change
        self.began_with = 0
        self._numbers = np.empty(0, np.int64)  # of images, by row; with room for more
        self._row = np.empty(0, np.intp)  # newest row of each image, by its number; -1 where it has none
        if numbers is not None:
            self._numbers = np.array(numbers, np.int64)
            self._note(self._numbers, 0)

    @property
    def numbers(self) -> NDArray[np.int64]:
        return self._numbers[: len(self.matrix)]

    def rows(self, mask: Mask) -> Mask:
        """Rows of the images of `mask`, one for each: the newest."""
        missing = len(self._row) - len(mask)
        chosen = np.concatenate([mask, np.zeros(missing, np.bool_)]) if missing > 0 else mask
        allowed: Mask = chosen[self.numbers] & (self._row[self.numbers] == np.arange(len(self.matrix)))
        return allowed

    def catch_up(self, connection: Connection, space: str, change: int) -> None:
        for numbers, blobs in written(connection, space, self.change):
            vectors = np.frombuffer(b"".join(blobs), LITTLE_ENDIAN).reshape(len(numbers), self.matrix.dimensions)
            self._put(np.array(numbers, np.int64), vectors)
        self.change = change

    def _put(self, numbers: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        start = len(self.matrix)
        if start + len(numbers) > len(self._numbers):
            room = np.empty(start + len(numbers), np.int64)
            self._numbers = np.concatenate([self._numbers[:start], numbers, room])
        else:
            self._numbers[start : start + len(numbers)] = numbers
        self._note(numbers, start)
        self.matrix.put(vectors)

    def _note(self, numbers: NDArray[np.int64], start: int) -> None:
        missing = int(numbers.max(initial=0)) + 1 - len(self._row)
        if missing > 0:
            self._row = np.concatenate([self._row, np.full(missing + len(self._row), -1, np.intp)])
        self._row[numbers] = np.arange(start, start + len(numbers))

    def due(self, plain: int) -> bool:
        """Whether making it anew costs little beside what came since, or spares much."""
        if self.matrix.head is not None:
            return self.matrix.outgrown
        many = self.matrix.outgrown and int(np.count_nonzero(self._row >= 0)) > plain
        return many or len(self.matrix) > 2 * self.began_with + FEW


def written(connection: Connection, space: str, since: int) -> Iterator[tuple[Sequence[int], Sequence[bytes]]]:
    """Numbers and vectors of the images whose vector was written after change `since`, oldest first, in batches."""
    rows = connection.execute(
        "SELECT n, vector FROM vectors WHERE space = ? AND kind = 'image' AND written > ? ORDER BY written", (space, since)
    )
    while some := rows.fetchmany(AT_ONCE):
        numbers, blobs = zip(*some, strict=True)
        yield numbers, blobs


def _forgotten(connection: Connection, space: str, change: int) -> bool:
    """Whether nothing is left of what was written up to `change`."""
    (oldest,) = connection.execute("SELECT min(written) FROM vectors WHERE space = ? AND kind = 'image'", (space,)).fetchone()
    return oldest is None or int(oldest) > change


def _say(space: str, held: Space, seconds: float) -> None:
    head = held.matrix.head
    known = {"space": space, "vectors": len(held.matrix), "bytes": held.matrix.bytes, "seconds": round(seconds, 1)}
    logger.info("vectors_in_memory", extra=known | ({"head": len(head), "rescored": head.rescored} if head else {}))
