"""The very colours of each image, in memory: how near they come to any `#rrggbb` is asked of every image at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from sqlite3 import Connection
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from sightsync.adapters.sqlite_masks import numbers
from sightsync.colours import oklab
from sightsync.swatches import oklab as oklab_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sightsync.adapters.exact import Mask

    Floats = NDArray[np.float32]
    Parts = NDArray[np.uint16]

WHOLE = 10_000  # of a picture: what shares are rounded to
MOST = 5  # swatches of an image
KEPT = 4  # colours that were asked for, 6 MB each in a gallery of a million
AT_ONCE = 65_536  # rows
_DIGITS = 10  # of a swatch: rrggbb, and its share in ten-thousandths
_PACKED = f"printf('%08x', n) || substr(swatches || '{'0' * MOST * _DIGITS}', 1, {MOST * _DIGITS}) AS row"


@dataclass
class _Kept:
    """By row number: OKLab of each swatch, (3, m, 5), and its share in ten-thousandths, (m, 5), 0 for none. `judged`: how close
    they come to the colours that were asked for last, (m,), and which share comes so near, (m,)."""

    lab: Floats
    shares: Parts
    change: int
    judged: dict[tuple[str, float], tuple[Floats, Parts]] = field(default_factory=dict)


class Swatches:
    """Read once and then kept up with what changes."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None
        self._lock = Lock()

    def near(
        self, connection: Connection, change: int, hex_colour: str, within: float, least: float, mask: Mask, limit: int
    ) -> dict[int, tuple[float, float]]:
        """Closeness and share, as ports.ShadeHit has them, by row number, of the `limit` closest and of all that equal the last
        of them. `mask` says which rows may be among them; `change` is the number of changes of the snapshot."""
        if limit < 1:
            return {}
        with self._lock:
            close, parts = _judged(self._up_to(connection, change, len(mask)), hex_colour, within)
        close, parts = close[: len(mask)], parts[: len(mask)]
        best = np.flatnonzero(mask & (close > 0) & (parts >= round(least * WHOLE)))
        if limit < len(best):
            best = best[close[best] >= np.partition(close[best], -limit)[-limit]]
        values = zip(close[best].tolist(), (parts[best] / WHOLE).tolist(), strict=True)
        return dict(zip(best.tolist(), values, strict=True))

    def warm(self, connection: Connection, change: int) -> int:
        """How many bytes that is."""
        (size,) = connection.execute("SELECT ifnull(max(n), 0) + 1 FROM images").fetchone()
        with self._lock:
            kept = self._up_to(connection, change, size)
        return kept.lab.nbytes + kept.shares.nbytes

    def _up_to(self, connection: Connection, change: int, size: int) -> _Kept:
        """At least `size` rows. A copy where anything changed, for others may be reading what there is."""
        before = self._kept or _Kept(np.zeros((3, 0, MOST), np.float32), np.zeros((0, MOST), np.uint16), -1)
        held = len(before.shares)
        if before.change >= change and held >= size:
            return before
        size = max(size, held)
        kept = _Kept(np.zeros((3, size, MOST), np.float32), np.zeros((size, MOST), np.uint16), max(change, before.change))
        kept.lab[:, :held], kept.shares[:held] = before.lab, before.shares
        for changed in ("SELECT n FROM images INDEXED BY changed WHERE changed > ?", "SELECT n FROM gone WHERE changed > ?"):
            rows = numbers(connection, changed, (before.change,))
            kept.shares[rows[rows < size]] = 0
        _read(connection, kept, before.change)
        self._kept = kept
        return kept


def _judged(kept: _Kept, hex_colour: str, within: float) -> tuple[Floats, Parts]:
    """A search asks several times, and so does its next page."""
    found = kept.judged.pop((hex_colour, within), None) or _judge(kept, hex_colour, within)
    kept.judged[hex_colour, within] = found
    if len(kept.judged) > KEPT:
        del kept.judged[next(iter(kept.judged))]
    return found


def _judge(kept: _Kept, hex_colour: str, within: float) -> tuple[Floats, Parts]:
    close, parts = np.zeros(len(kept.shares), np.float32), np.zeros(len(kept.shares), np.uint16)
    target = np.array(oklab(hex_colour), np.float32)[:, None, None]
    for begin in range(0, len(close), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        away = np.sqrt(sum((kept.lab[:, some] - target) ** 2))
        close[some] = (kept.shares[some] * np.maximum(0, 1 - away / (2 * within))).sum(axis=1) / WHOLE
        parts[some] = (kept.shares[some] * (away <= within)).sum(axis=1)
    return close.round(6), parts


def _read(connection: Connection, kept: _Kept, since: int) -> None:
    """Of all rows written after the change `since`."""
    found = f"SELECT {_PACKED} FROM images WHERE changed > ? AND swatches IS NOT NULL"  # noqa: S608  # our own words
    (text,) = connection.execute(f"SELECT group_concat(row, '') FROM ({found})", (since,)).fetchone()  # noqa: S608  # our own words
    if not text:
        return
    table = np.frombuffer(bytes.fromhex(text), np.uint8).reshape(-1, 4 + MOST * _DIGITS // 2)
    rows = table[:, :4].copy().view(">u4")[:, 0].astype(np.intp)
    swatches = table[:, 4:].reshape(-1, MOST, _DIGITS // 2)
    kept.lab[:, rows] = np.moveaxis(oklab_of(swatches[:, :, :3]), 2, 0)
    kept.shares[rows] = swatches[:, :, 3:].astype(np.uint16) @ np.array([256, 1], np.uint16)
