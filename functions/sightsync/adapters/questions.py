"""Questions that a head of vectors is audited with: texts that people searched for, and pictures."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sightsync.adapters.calibrations import LITTLE_ENDIAN

if TYPE_CHECKING:
    from sightsync.adapters.exact import Floats
    from sightsync.ports import Calibration

REMEMBERED = "query_vector:"  # how their names begin, see sightsync.query_vectors
MOST = 64  # texts
PICTURES = 32


def like_texts(remembered: Iterable[str], space: str, dimensions: int, calibration: Calibration | None) -> Floats:
    """(n, dimensions) directions, their mean taken off as a search does. `remembered`: JSON of what the catalog keeps of each."""
    kept = [known for known in map(json.loads, remembered) if known.get("space") == space and known.get("vector")]
    vectors = [np.frombuffer(b64decode(known["vector"]), LITTLE_ENDIAN) for known in kept[:MOST]]
    texts = np.array([vector for vector in vectors if vector.size == dimensions], np.float32).reshape(-1, dimensions)
    return unit(texts - calibration.mean_text) if calibration else texts


def like_pictures(full: Floats) -> Floats:
    """Rows, evenly spread, beside their mean."""
    some = np.asarray(full[:: max(1, len(full) // PICTURES)][:PICTURES], np.float32)
    return unit(some - some.mean(axis=0)) if len(some) > 1 else some


def unit(rows: Floats) -> Floats:
    """Of length 1; what has no length stays as it is."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)
