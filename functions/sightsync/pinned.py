"""Where a search points, as its cursor carries it: the next page then asks no model, so none can be asleep or answer otherwise."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import isfinite, isnan
from typing import TYPE_CHECKING

from sightsync.directions import Direction
from sightsync.errors import BadRequest

if TYPE_CHECKING:
    from sightsync.ports import Calibration

ROOM = 3200  # bytes: three directions of 512 dimensions, two of 768 or one of 1152
EXACT = 256  # dimensions of a space up to which nothing is rounded; of others a direction is off by 0.00001
_REST = struct.Struct("<5dB")  # all of a direction but its vector
_AGAINST = ("text", "image")


def pin(wanted: Direction | None, unwanted: Sequence[Direction]) -> bytes:
    """Nothing where there is no room for all of them, or no scale that would tell what belongs in the space."""
    directions = [*([wanted] if wanted else []), *unwanted]
    if not directions or any(direction.calibration is None for direction in directions):
        return b""
    packed = bytes([wanted is not None]) + b"".join(map(_packed, directions))
    return packed if len(packed) <= ROOM else b""


def unpin(pinned: bytes, space: str, calibration: Calibration | None) -> tuple[Direction | None, tuple[Direction, ...]]:
    """What is wanted, and what is not. BadRequest bad_cursor for what `pin` never made."""
    dimensions = calibration.mean_image.size if calibration else 0
    size = _REST.size + dimensions * _kind(dimensions)
    found = [_unpacked(pinned[begin : begin + size], space, calibration) for begin in range(1, len(pinned), size) if calibration]
    if len(pinned) % size != 1 or len(pinned) > ROOM or pinned[0] > 1 or not found or None in found:
        raise BadRequest("This cursor belongs to another search. Start again without it.", code="bad_cursor")
    known = [direction for direction in found if direction]
    return (known[0] if pinned[0] else None), tuple(known[pinned[0] :])


def _kind(dimensions: int) -> int:
    """Bytes of a number."""
    return 4 if dimensions <= EXACT else 2


def _packed(direction: Direction) -> bytes:
    numbers = (direction.length, direction.offset, direction.scale, direction.least, direction.weight)
    rest = _REST.pack(*numbers, _AGAINST.index(direction.against))
    return rest + direction.vector.astype(f"<f{_kind(direction.vector.size)}").tobytes()


def _unpacked(packed: bytes, space: str, calibration: Calibration) -> Direction | None:
    """None for what is no direction."""
    import numpy as np

    if len(packed) != _REST.size + calibration.mean_image.size * _kind(calibration.mean_image.size):
        return None
    *numbers, against = _REST.unpack_from(packed)
    vector = np.frombuffer(packed, f"<f{_kind(calibration.mean_image.size)}", offset=_REST.size).astype(np.float32)
    length, offset, scale, least, weight = numbers
    whole = all(map(isfinite, (length, offset, scale, weight))) and not isnan(least) and abs(float(vector @ vector) - 1) < 0.01
    if not whole or against not in (0, 1):
        return None
    return Direction(space, vector, "image" if against else "text", length, offset, scale, least, weight, calibration)
