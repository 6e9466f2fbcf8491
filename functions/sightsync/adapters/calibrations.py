"""Calibrations as JSON, and vectors as the numbers that every catalog keeps: little-endian float32."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from sightsync.ports import Calibration

if TYPE_CHECKING:
    from sightsync.ports import Vector

LITTLE_ENDIAN = np.dtype("<f4")
KINDS = ("image", "caption", "description")
ARRAYS = ("mean_image", "mean_text", "generic_text")


def as_floats(space: str, vector: Vector) -> Vector:
    """The vector as it is kept. ValueError for one that is empty, not finite, or no vector."""
    array = np.asarray(vector, LITTLE_ENDIAN)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"No vector of {space}: shape {array.shape}, or not finite")
    return array


def read_vector(blob: bytes) -> Vector:
    return np.frombuffer(blob, LITTLE_ENDIAN).astype(np.float32)


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
