"""Vectors of the SQLite catalog: as bytes in the file, and as one matrix per space in memory that keeps up with it."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from sqlite3 import Connection
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from sightsync.adapters.exact import Exact
from sightsync.adapters.sqlite_filters import condition
from sightsync.ports import And, Calibration, Equal, Filter, Near

if TYPE_CHECKING:
    from sightsync.adapters.exact import Places
    from sightsync.ports import Vector

LITTLE_ENDIAN = np.dtype("<f4")
KEPT_FILTERS = 64
FEW = 1000  # rows that a matrix may always take before it is built anew
KINDS = ("image", "caption", "description")
ARRAYS = ("mean_image", "mean_text", "generic_text")


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
    array = np.asarray(vector, LITTLE_ENDIAN)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"No vector of {space}: shape {array.shape}, or not finite")
    connection.execute("INSERT INTO spaces VALUES (?, ?) ON CONFLICT DO NOTHING", (space, array.size))
    (dimensions,) = connection.execute("SELECT dimensions FROM spaces WHERE space = ?", (space,)).fetchone()
    if array.size != dimensions:
        raise ValueError(f"Vectors of {space} have {dimensions} dimensions, not {array.size}")
    return array


def read_vector(blob: bytes) -> Vector:
    return np.frombuffer(blob, LITTLE_ENDIAN).astype(np.float32)


class Neighbours:
    """Answers `nearest` from memory. Each call first catches up with what any process wrote since the last."""

    def __init__(self) -> None:
        self._spaces: dict[str, _Space] = {}
        self._places: OrderedDict[tuple[str, Filter], tuple[Exact, int, Places]] = OrderedDict()
        self._lock = Lock()

    def nearest(self, connection: Connection, space: str, vector: Vector, where: Filter, limit: int) -> list[Near]:
        """`connection` is inside a snapshot. ValueError when the vector is not of this space."""
        (change,) = connection.execute("SELECT number FROM changes").fetchone()
        with self._lock:
            matrix = self._matrix(connection, space, change)
            if matrix is None:
                return []
            places = self._chosen(connection, space, where, matrix, change)
        return matrix.nearest(vector, places, limit)

    def _matrix(self, connection: Connection, space: str, change: int) -> Exact | None:
        """The space's matrix with all vectors written up to `change`; None for a space that was never written."""
        held = self._spaces.get(space)
        if held is None or held.worn:
            row = connection.execute("SELECT dimensions FROM spaces WHERE space = ?", (space,)).fetchone()
            if row is None:
                return None
            held = self._spaces[space] = _Space(Exact(row[0]))
        if held.change < change:
            _catch_up(connection, space, held, change)
        return held.matrix

    def _chosen(self, connection: Connection, space: str, where: Filter, matrix: Exact, change: int) -> Places:
        """Rows of the images that pass the filter, worked out once for as long as no image changes."""
        kept = self._places.pop((space, where), None)
        if kept is None or kept[0] is not matrix or kept[1] != change:
            sql, parameters = condition(And((Equal("deleted", False), where)))
            ids = connection.execute(f"SELECT id FROM images WHERE {sql}", parameters)  # noqa: S608  # values are bound
            kept = (matrix, change, matrix.places(image_id for (image_id,) in ids))
        self._places[space, where] = kept
        if len(self._places) > KEPT_FILTERS:
            self._places.popitem(last=False)
        return kept[2]


@dataclass
class _Space:
    """A matrix, the change it is up to date with, and how many rows it began with."""

    matrix: Exact
    change: int = 0
    began_with: int = 0

    @property
    def worn(self) -> bool:
        """So many rows came that a new matrix, without those replaced and those of removed images, costs little beside."""
        return self.change > 0 and len(self.matrix) > 2 * self.began_with + FEW


def _catch_up(connection: Connection, space: str, held: _Space, change: int) -> None:
    rows = connection.execute(
        "SELECT images.id, vectors.vector FROM vectors CROSS JOIN images USING (n) "
        "WHERE space = ? AND kind = 'image' AND written > ? ORDER BY written",
        (space, held.change),
    ).fetchall()
    if rows:
        vectors = np.frombuffer(b"".join(vector for _, vector in rows), LITTLE_ENDIAN)
        held.matrix.put([image_id for image_id, _ in rows], vectors.reshape(len(rows), held.matrix.dimensions))
    held.began_with = held.began_with if held.change else len(rows)
    held.change = change


def calibration_to_json(calibration: Calibration) -> str:
    fields = asdict(calibration)
    for name in ARRAYS:
        fields[name] = b64encode(np.asarray(fields[name], LITTLE_ENDIAN).tobytes()).decode()
    return json.dumps(fields)


def calibration_from_json(text: str) -> Calibration:
    fields = json.loads(text)
    for name in ARRAYS:
        fields[name] = read_vector(b64decode(fields[name]))
    return Calibration(**fields)
