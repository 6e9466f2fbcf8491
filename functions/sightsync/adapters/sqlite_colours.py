"""How much of each image shows a colour, in memory: many images show it, and for a sum of several there is no index."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from sightsync.adapters.sqlite_masks import numbers
from sightsync.colours import NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sightsync.adapters.exact import Mask

    Parts = NDArray[np.uint16]  # ten-thousandths, by row number: what a swatch's share is rounded to

WHOLE = 10_000
KEPT = 32  # names, 2 MB each in a gallery of a million; there are sixteen
_PACKED = f"n * 16384 + CAST(round(min(share, 1) * {WHOLE}) AS INTEGER) AS n"  # both numbers as one
_CHANGED = "FROM images INDEXED BY changed CROSS JOIN colours USING (n) WHERE changed > ? AND name = ?"


@dataclass
class _Shares:
    parts: Parts
    change: int


class Colours:
    """By name of the colour, read once and then kept up with what changes."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, _Shares] = OrderedDict()
        self._lock = Lock()

    def largest(self, connection: Connection, change: int, names: Sequence[str], mask: Mask, limit: int) -> dict[int, float]:
        """Share of all these colours by row number, of the `limit` largest and of all that equal the last of them. `mask` says
        which rows may be among them; `change` is the number of changes of the snapshot."""
        if limit < 1:
            return {}
        rows = np.flatnonzero(mask)
        total = np.zeros(len(rows), np.float32)
        for name in names:
            total += self.parts(connection, change, name, len(mask))[rows]
        best = np.flatnonzero(total)
        if limit < len(best):
            best = best[total[best] >= np.partition(total[best], -limit)[-limit]]
        return dict(zip(rows[best].tolist(), (total[best].astype(float) / WHOLE).tolist(), strict=True))

    def warm(self, connection: Connection, change: int) -> int:
        """Reads all names of the strip; how many bytes that is."""
        (size,) = connection.execute("SELECT ifnull(max(n), 0) + 1 FROM images").fetchone()
        return sum(self.parts(connection, change, name, size).nbytes for name in NAMES)

    def parts(self, connection: Connection, change: int, name: str, size: int) -> Parts:
        """At least `size` of them."""
        with self._lock:
            kept = self._of.pop(name, None)
            if kept is None:
                kept = _Shares(_set(np.zeros(size, np.uint16), connection, "FROM colours WHERE name = ?", name), change)
            elif kept.change < change or len(kept.parts) < size:
                kept = _Shares(_updated(connection, name, kept, size), max(change, kept.change))
            self._of[name] = kept
            if len(self._of) > KEPT:
                self._of.popitem(last=False)
            return kept.parts


def _set(parts: Parts, connection: Connection, which: str, *parameters: str | int) -> Parts:
    rows, shares = np.divmod(numbers(connection, f"SELECT {_PACKED} {which}", parameters), 16384)  # our own words
    parts[rows] = shares
    return parts


def _updated(connection: Connection, name: str, kept: _Shares, size: int) -> Parts:
    """A copy, for others may be reading the one there is, with what changed since looked at again."""
    parts = np.zeros(max(size, len(kept.parts)), np.uint16)
    parts[: len(kept.parts)] = kept.parts
    for changed in ("SELECT n FROM images INDEXED BY changed WHERE changed > ?", "SELECT n FROM gone WHERE changed > ?"):
        parts[numbers(connection, changed, (kept.change,))] = 0
    return _set(parts, connection, _CHANGED, kept.change, name)
