"""A head for many vectors: a rotation that puts what tells them apart first, and the first dimensions of it in memory.

docs/decisions/head-for-many-vectors.md says why it is this and no graph. `fit` makes one and audits it; `Matrix` searches with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sightsync.adapters.exact import AT_ONCE, NOTHING, Exact, Found, best, dots, rounded, sample, strongest
from sightsync.adapters.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sightsync.adapters.exact import Floats, Mask, Rows
    from sightsync.ports import Vector

    Codes = NDArray[np.int8]

KEPT = 192  # dimensions of the head
FRONT = 32  # of them that are read of every row; the others of the best by these
WIDER = 16  # times as many are looked at in all dimensions of the head as are then compared in full
FITTED_ON = 20_000  # rows, evenly spread
FULLEST = 127  # of a code
BLOCK = 8192  # rows that are read at a time: what they are turned into stays in the cache
PRODUCT = 256  # rows of one product: small enough for OpenBLAS to leave its threads alone, and twice as fast as row by row
AUDITED = 24  # best of a question that count: a page of results
RECALL = 0.995  # of them that must be among those that are compared in full
SPARE = 4  # a list takes the best quarter of those that were compared in full, then looks further
TAIL_SHARE = 8  # rows without a head may be an eighth of those with one: they take ten times the memory
DENSE = 4  # with more than 1/4 of the rows asked for, reading all in order beats gathering some


@dataclass(frozen=True)
class Head:
    """About vector @ row = vector @ mean + (rotation @ vector) @ (codes * steps), for each of `full`'s rows.

    mean (dimensions,), rotation (kept, dimensions), steps (kept,); codes: front (rows, FRONT) and back (rows, the rest); full
    (rows, dimensions): a file mapped into memory, or an array.
    """

    mean: Floats
    rotation: Floats
    steps: Floats
    front: Codes
    back: Codes
    full: Floats
    rescored: int

    def __len__(self) -> int:
        return len(self.front)

    @property
    def bytes(self) -> int:
        """What it takes of the memory, the mapped file apart."""
        return sum(part.nbytes for part in (self.mean, self.rotation, self.steps, self.front, self.back))

    def at_first_sight(self, vector: Vector) -> Floats:
        """(rows,) cosines as far as the front tells."""
        turned = self._turned(vector)[: self.front.shape[1]]
        found = np.empty((-(-len(self) // PRODUCT), PRODUCT), np.float32)
        block = np.zeros((BLOCK // PRODUCT, PRODUCT, len(turned)), np.float32)
        for begin in range(0, len(self), BLOCK):
            codes = self.front[begin : begin + BLOCK]
            np.copyto(block.reshape(BLOCK, -1)[: len(codes)], codes)
            products = found[begin // PRODUCT : (begin + BLOCK) // PRODUCT]
            np.matmul(block[: len(products)], turned, out=products)
        found += np.float32(np.vecdot(self.mean, vector))
        return found.reshape(-1)[: len(self)]

    def best(self, vector: Vector, scores: Floats, mask: Mask, reach: int) -> Rows:
        """The `reach` rows of the mask that the whole head takes for the nearest, and what ties with the last of them.

        scores: those at first sight, and after them the true ones of rows that are not in the head.
        """
        wide = strongest(scores, mask, WIDER * reach)
        closer, known = scores[wide], wide[: np.searchsorted(wide, len(self))]
        turned = self._turned(vector)[self.front.shape[1] :]
        for begin in range(0, len(known), BLOCK):
            some = known[begin : begin + BLOCK]
            closer[begin : begin + len(some)] += dots(self.back[some].astype(np.float32), turned)
        return wide[strongest(closer, np.ones(len(wide), np.bool_), reach)]

    def _turned(self, vector: Vector) -> Floats:
        return dots(self.rotation, vector) * self.steps


def fit(full: Floats, questions: list[Floats], rescored: int) -> Head:
    """The head of these rows, so many of which are compared in full that the audit is passed for each kind of question.

    questions: unit vectors (n, dimensions) of each kind; without any the rows themselves are asked for.
    """
    spread = full[:: max(1, len(full) // FITTED_ON)]
    mean = spread.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = spread - mean
    _, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))  # ascending
    rotation = np.ascontiguousarray(directions.T[::-1][:KEPT], np.float32)
    steps = np.maximum(np.abs(centred @ rotation.T).max(axis=0), 1e-9) / FULLEST
    front = np.empty((len(full), min(FRONT, len(rotation))), np.int8)
    back = np.empty((len(full), len(rotation) - front.shape[1]), np.int8)
    for begin, rows in _blocks(full):
        codes = np.rint((rows - mean) @ rotation.T / steps).clip(-FULLEST, FULLEST)
        front[begin : begin + len(rows)], back[begin : begin + len(rows)] = np.split(codes, [front.shape[1]], axis=1)
    head = Head(mean, rotation, steps.astype(np.float32), front, back, full, rescored)
    return replace(head, rescored=max((_needed(head, asked) for asked in questions if len(asked)), default=rescored))


def _needed(head: Head, asked: Floats) -> int:
    """How many must be compared in full: doubled until RECALL of what is really nearest is among them."""
    truth, needed = _truly_nearest(head.full, asked), head.rescored
    while needed < len(head) and _found(head, asked, truth, needed) < RECALL:
        needed *= 2
    return needed


def _found(head: Head, asked: Floats, truth: list[Rows], reach: int) -> float:
    everything = np.ones(len(head), np.bool_)
    pools = (head.best(vector, head.at_first_sight(vector), everything, reach) for vector in asked)
    return float(np.mean([np.isin(rows, pool).mean() for rows, pool in zip(truth, pools, strict=True)]))


def _truly_nearest(full: Floats, asked: Floats) -> list[Rows]:
    """For each question the AUDITED nearest rows, unordered; of ties any."""
    rows = [np.empty(0, np.intp) for _ in asked]
    scores = [np.empty(0, np.float32) for _ in asked]
    for begin, block in _blocks(full):
        for n, products in enumerate(asked @ block.T):
            fresh = np.argpartition(products, -min(AUDITED, len(products)))[-AUDITED:]
            rows[n] = np.concatenate([rows[n], fresh + begin])
            scores[n] = np.concatenate([scores[n], products[fresh]])
            kept = np.argsort(-scores[n], kind="stable")[:AUDITED]
            rows[n], scores[n] = rows[n][kept], scores[n][kept]
    return rows


def _blocks(full: Floats) -> Iterator[tuple[int, Floats]]:
    for begin in range(0, len(full), AT_ONCE):
        yield begin, np.asarray(full[begin : begin + AT_ONCE], np.float32)


class Matrix:
    """All vectors of a space by row: those of the head first, then those that came after it."""

    def __init__(self, dimensions: int, scale: Scale, head: Head | None = None) -> None:
        self.dimensions = dimensions
        self.head = head
        self.tail = Exact(dimensions)
        self._scale = scale
        self._begins = len(head) if head else 0  # of the tail

    def __len__(self) -> int:
        return self._begins + len(self.tail)

    @property
    def bytes(self) -> int:
        return self.tail.vectors.nbytes + (self.head.bytes if self.head else 0)

    @property
    def outgrown(self) -> bool:
        """Whether so many rows have no head that one with a head for them would be worth its making."""
        if self.head is None:
            return len(self.tail) > self._scale.plain
        return len(self.tail) > max(self._scale.tail, len(self.head) // TAIL_SHARE)

    def behind(self, head: Head) -> Matrix:
        """The same rows, the first of them behind this head."""
        fresh = Matrix(self.dimensions, self._scale, head)
        fresh.put(self.vectors(np.arange(len(head), len(self))))
        return fresh

    def put(self, vectors: Floats) -> int:
        """Appends; the first of the rows they got."""
        return self._begins + self.tail.put(vectors)

    def survey(self, vector: Vector, mask: Mask, limit: int) -> Found:
        """The best `limit` of the mask's rows by cosine (all vectors have norm 1). The mask may be of fewer rows than there are
        by now. ValueError when the vector is of another length."""
        asked = np.ascontiguousarray(vector, np.float32)
        if asked.shape != (self.dimensions,):
            raise ValueError(f"A vector of {self.dimensions} dimensions was expected, not of shape {asked.shape}")
        count = int(np.count_nonzero(mask))
        if not count:
            return NOTHING
        if self.head is None or count <= self._scale.few:
            return self._exactly(asked, mask, count, limit)
        return self._roughly(self.head, asked, mask, count, limit)

    def _exactly(self, vector: Floats, mask: Mask, count: int, limit: int) -> Found:
        if self.head is None and count * DENSE >= len(mask):
            places, scores = None, dots(self.tail.vectors[: len(mask)], vector)
        else:
            places = np.flatnonzero(mask)
            scores, mask = self._cosines(vector, places), np.ones(count, np.bool_)
        some = rounded(sample(scores, mask, count))
        if limit < 1:
            return Found((), some, count)
        rows = strongest(scores, mask, limit)
        cosines = rounded(scores[rows])
        chosen = best(cosines, limit)
        rows = rows[chosen]
        return Found([(rows if places is None else places[rows], cosines[chosen])], some, count)

    def _roughly(self, head: Head, vector: Floats, mask: Mask, count: int, limit: int) -> Found:
        """The order in which rows come does not depend on `limit`: a longer list begins with the shorter one, and pages of one
        list never overlap. So it is made step by step: of those best by the head the best quarter, then of twice as many."""
        scores = np.concatenate([head.at_first_sight(vector), dots(self.tail.vectors[: len(mask) - self._begins], vector)])
        groups: list[tuple[Rows, Floats]] = []
        given, reach = np.empty(0, np.intp), head.rescored
        while len(given) < min(limit, count):
            fresh = np.setdiff1d(head.best(vector, scores, mask, reach), given, assume_unique=True)
            cosines = rounded(self._cosines(vector, fresh))
            chosen = best(cosines, max(reach // SPARE - len(given), 1) if reach < count else count)
            groups.append((fresh[chosen], cosines[chosen]))
            given, reach = np.concatenate([given, fresh[chosen]]), 2 * reach
        return Found(groups, rounded(sample(scores, mask, count)), count)

    def vectors(self, rows: Rows) -> Floats:
        """(n, dimensions), a copy."""
        if self.head is None:
            return self.tail.vectors[rows]
        old = rows < self._begins
        found = np.empty((len(rows), self.dimensions), np.float32)
        found[old] = self.head.full[rows[old]]
        found[~old] = self.tail.vectors[rows[~old] - self._begins]
        return found

    def _cosines(self, vector: Floats, rows: Rows) -> Floats:
        """Of these rows, each compared in full; some at a time, for they may be many."""
        found = np.empty(len(rows), np.float32)
        for begin in range(0, len(rows), AT_ONCE):
            found[begin : begin + AT_ONCE] = dots(self.vectors(rows[begin : begin + AT_ONCE]), vector)
        return found
