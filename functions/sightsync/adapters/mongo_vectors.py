"""Vectors of the MongoDB catalog: BinData float32 in each document, and a matrix per space in memory where no search index is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from itertools import islice
from re import sub
from tempfile import TemporaryFile
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from bson.binary import Binary, BinaryVectorDtype
from bson.timestamp import Timestamp
from pymongo.errors import PyMongoError

from sightsync.adapters.calibrations import KINDS, LITTLE_ENDIAN, as_floats, calibration_from_json
from sightsync.adapters.exact import NOTHING
from sightsync.adapters.head import Matrix, fit
from sightsync.adapters.questions import REMEMBERED, like_pictures, like_texts
from sightsync.adapters.scale import Scale
from sightsync.errors import CatalogUnavailable
from sightsync.ports import Survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sightsync.adapters.exact import Floats, Mask
    from sightsync.adapters.mongo_driver import Document, Images
    from sightsync.ports import Filter, Vector

HEADER = 2  # bytes before the numbers in a BSON vector: their type, and padding
KEPT_FILTERS = 16
FEW = 1000  # rows that a matrix may always take before it is built anew
SAMPLE = 1000  # images whose cosines stand for all of theirs: the median is off by 4 % of a standard deviation
AT_ONCE = 1000  # documents of one round trip, so that none needs more than an operation's time

# Writes may become visible a little out of the order of their times. None is under way for longer than an operation may take,
# so whatever was written within this time before the newest is looked at again.
OVERLAP_S = 10

T = TypeVar("T")


def space_key(space: str) -> str:
    """The space's name as part of a field's and an index's: letters, digits, and a hash that tells similar ones apart."""
    plain = sub("[^0-9A-Za-z]+", "_", space).strip("_")[:40]
    return f"{plain}_{blake2b(space.encode('utf-8', 'replace'), digest_size=4).hexdigest()}"


def vector_path(space: str, kind: str = "image") -> str:
    return f"vectors.{space_key(space)}.{kind}"


def vector_fields(vectors: Mapping[str, Mapping[str, Vector]], dimensions: Callable[[str, int], int]) -> Document:
    """What a write sets for these vectors. ValueError for one that is not finite, or not as long as its space's others.

    `dimensions(space, size)` is how long the vectors of a space are: `size` if this is its first.
    """
    fields: Document = {}
    for space, kinds in vectors.items():
        for kind, vector in kinds.items():
            if kind not in KINDS:
                raise ValueError(f"No vectors of kind {kind!r}")
            array = as_floats(space, vector)
            if array.size != (expected := dimensions(space, array.size)):
                raise ValueError(f"Vectors of {space} have {expected} dimensions, not {array.size}")
            fields[vector_path(space, kind)] = to_binary(array)
    return fields


def to_binary(vector: Vector) -> Binary:
    return Binary.from_vector(np.asarray(vector, LITTLE_ENDIAN), BinaryVectorDtype.FLOAT32)


def from_binary(binary: bytes) -> Vector:
    return np.frombuffer(binary, LITTLE_ENDIAN, offset=HEADER).astype(np.float32)


@dataclass
class _Held:
    """A space's matrix, the image of each of its rows, and how far it has followed the collection."""

    matrix: Matrix
    born: Any  # of the space: another one has taken its name when this differs
    newest: Timestamp
    recent: dict[str, Timestamp] = field(default_factory=dict)  # what was written within OVERLAP_S before the newest
    count: int = -1  # documents in the collection: how deletions show
    turn: int = 0  # one more whenever anything changed
    began_with: int = 0
    ids: list[str] = field(default_factory=list)  # by row
    row: dict[str, int] = field(default_factory=dict)  # newest of each image
    digests: dict[str, int] = field(default_factory=dict)  # of each image's vector, so that no edit of words adds a row

    @property
    def since(self) -> Timestamp:
        return Timestamp(max(self.newest.time - OVERLAP_S, 0), 0)

    @property
    def worn(self) -> bool:
        return len(self.matrix) > 2 * self.began_with + FEW

    def put(self, found: Iterable[tuple[str, bytes]]) -> None:
        fresh = [(i, b) for i, b in found if self.digests.get(i) != hash(bytes(b))]
        if fresh:
            self._append([i for i, _ in fresh], np.stack([from_binary(b) for _, b in fresh]))
            self.digests.update((i, hash(bytes(b))) for i, b in fresh)

    def _append(self, ids: list[str], vectors: Floats) -> None:
        start = len(self.ids)
        self.ids += ids
        self.row.update(zip(ids, range(start, len(self.ids)), strict=True))
        self.matrix.put(vectors)

    def rows(self, ids: Iterable[str]) -> Mask:
        """The newest row of each of these images."""
        mask = np.zeros(len(self.ids), np.bool_)
        mask[np.fromiter((self.row[i] for i in ids if i in self.row), np.intp)] = True
        return mask

    def keep(self, alive: Iterable[str], scale: Scale) -> None:
        """Makes the matrix anew, without rows that nobody asks for."""
        kept = {i: self.row[i] for i in alive if i in self.row}
        vectors = self.matrix.vectors(np.fromiter(kept.values(), np.intp, len(kept)))
        self.matrix, self.ids, self.row = Matrix(self.matrix.dimensions, scale), [], {}
        self._append(list(kept), vectors)
        self.began_with = len(kept)


class Neighbours:
    """Answers `nearest` and `survey` from memory. Each call first catches up with what any process wrote since the last."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._spaces: dict[str, _Held] = {}
        self._masks: OrderedDict[tuple[str, Filter], tuple[Matrix, int, Mask]] = OrderedDict()
        self._lock = Lock()
        self._failed_at = 0.0
        self._fitting = Lock()

    def survey(
        self, images: Images, spaces: Images, space: str, vector: Vector, where: Filter, query: Document, limit: int
    ) -> Survey:
        """`query` is `where` as MQL. ValueError when the vector is not of this space."""
        asked_at = monotonic()
        with self._lock:
            if self._failed_at > asked_at:  # waiting for it took as long as asking again would
                raise CatalogUnavailable("The database does not answer. Try again in a moment.")
            try:
                held = self._current(images, spaces, space)
                if held is None:
                    return NOTHING.named(lambda rows: (), 0)
                mask, ids, matrix = self._chosen(images, space, held, where, query), held.ids, held.matrix
            except Exception:  # raised again: those who wait for the lock meanwhile need not find it out one by one
                self._failed_at = monotonic()
                raise
        found = matrix.survey(vector, mask, limit).named(lambda rows: [ids[row] for row in rows], limit)
        if matrix.outgrown and not self._fitting.locked():
            self._scale.run(partial(self._fit, images, space, matrix))
        return found

    def warm(self, images: Images, spaces: Images, space: str) -> int:
        """Reads what a search would have to wait for; how many bytes of vectors that is."""
        with self._lock:
            held = self._current(images, spaces, space)
        return held.matrix.bytes if held else 0

    def _fit(self, images: Images, space: str, matrix: Matrix) -> None:
        """Puts a head before the rows that there are, which keep their places."""
        with self._fitting:
            if not matrix.outgrown:
                return
            full = mapped(matrix, len(matrix))
            questions = [_asked(images, space, matrix.dimensions), like_pictures(full)]
            head = fit(full, questions, self._scale.rescored)
            with self._lock:
                held = self._spaces.get(space)
                if held is not None and held.matrix is matrix:
                    held.matrix = matrix.behind(head)

    def _current(self, images: Images, spaces: Images, space: str) -> _Held | None:
        """The space as it is now; None when it has no vectors."""
        held = self._spaces.get(space)
        if held is not None and _catch_up(images, space, held):
            known = spaces.find_one({"_id": space})
            if known is None or known["born"] != held.born:
                held = None
        if held is None:
            self._spaces.pop(space, None)
            held = _load(images, spaces, space, self._scale)
            if held is None:
                return None
            self._spaces[space] = held
        if held.worn:
            alive = [document["_id"] for document in images.find({}, {"_id": 1})]
            held.keep(alive, self._scale)
        return held

    def _chosen(self, images: Images, space: str, held: _Held, where: Filter, query: Document) -> Mask:
        """Rows of the images that pass the filter, asked for once for as long as nothing changes."""
        kept = self._masks.pop((space, where), None)
        if kept is None or kept[0] is not held.matrix or kept[1] != held.turn:
            found = images.find(query, {"_id": 1}, batch_size=AT_ONCE * 20)
            kept = (held.matrix, held.turn, held.rows(document["_id"] for document in found))
        self._masks[space, where] = kept
        if len(self._masks) > KEPT_FILTERS:
            self._masks.popitem(last=False)
        return kept[2]


def _asked(images: Images, space: str, dimensions: int) -> Floats:
    """As sqlite_head does; none where the server does not answer: the pictures are asked for all the same."""
    database = images.database
    try:
        found = [each["json"] for each in database["remembered"].find({"_id": {"$regex": f"^{REMEMBERED}"}}).sort("_id", 1)]
        known = database["calibrations"].find_one({"_id": space})
    except PyMongoError:
        found, known = [], None
    return like_texts(found, space, dimensions, calibration_from_json(known["json"]) if known else None)


def mapped(matrix: Matrix, rows: int) -> Floats:
    """The first rows, copied to a file without a name and mapped into memory: the system may take its pages back. On Lambda,
    whose /tmp may be too small for it, in memory."""
    try:
        with TemporaryFile() as file:
            for begin in range(0, rows, AT_ONCE):
                file.write(matrix.vectors(np.arange(begin, min(begin + AT_ONCE, rows))).data.cast("B"))
            file.flush()
            return np.asarray(np.memmap(file, np.float32, "r", 0, (rows, matrix.dimensions)))
    except OSError:
        return matrix.vectors(np.arange(rows))


def sampled(images: Images, space: str, vector: Vector, query: Document) -> tuple[NDArray[np.float32], int]:
    """Cosines of some of the images that pass, and how many pass, for a server that ranks by itself and tells no more."""
    path = vector_path(space)
    passing = {"$and": [query, {path: {"$exists": True}}]}
    found = images.aggregate([{"$match": passing}, {"$sample": {"size": SAMPLE}}, {"$project": {path: 1}}])
    rows = [from_binary(binary) for _, binary in _vectors(found, space, len(vector))]
    cosines = np.stack(rows) @ np.asarray(vector, np.float32) if rows else np.empty(0, np.float32)
    return cosines.clip(-1, 1), images.count_documents(passing)


def _load(images: Images, spaces: Images, space: str, scale: Scale) -> _Held | None:
    known = spaces.find_one({"_id": space})
    if known is None:
        return None
    newest = images.find_one({}, {"changed": 1}, sort=[("changed", -1)])
    held = _Held(Matrix(known["dimensions"], scale), known["born"], newest["changed"] if newest else Timestamp(0, 0))
    path, last = vector_path(space), ""
    while True:  # by id rather than with one long cursor, which would have to end within the time of one operation
        found = list(images.find({"_id": {"$gt": last}, path: {"$exists": True}}, {path: 1}).sort("_id", 1).limit(AT_ONCE))
        held.put(_vectors(found, space, held.matrix.dimensions))
        if len(found) < AT_ONCE:
            break
        last = found[-1]["_id"]
    held.began_with = len(held.matrix)
    _catch_up(images, space, held)
    return held


def _catch_up(images: Images, space: str, held: _Held) -> bool:
    """Whether anything had changed. One read of an index where nothing had."""
    found = images.find({"changed": {"$gte": held.since}}, {"changed": 1}).sort([("changed", 1), ("_id", 1)])
    rows = {document["_id"]: document["changed"] for document in found}
    count = images.estimated_document_count()  # kept by the server; counting would read them all
    if rows == held.recent and count == held.count:
        return False
    path = vector_path(space)
    for some in chunks(i for i, at in rows.items() if held.recent.get(i) != at):
        held.put(_vectors(images.find({"_id": {"$in": some}, path: {"$exists": True}}, {path: 1}), space, held.matrix.dimensions))
    held.newest = max(rows.values(), default=held.newest)
    held.recent = {i: at for i, at in rows.items() if at >= held.since}
    held.count = count
    held.turn += 1
    return True


def _vectors(found: Iterable[Document], space: str, dimensions: int) -> Iterator[tuple[str, bytes]]:
    """(id, vector) of those as long as the space's: others belong to one of that name which is being forgotten."""
    key = space_key(space)
    for document in found:
        binary = document["vectors"][key]["image"]
        if len(binary) == HEADER + dimensions * LITTLE_ENDIAN.itemsize:
            yield document["_id"], binary


def chunks(values: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
