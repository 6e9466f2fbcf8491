"""The pictures that a model's scale is measured on: drawn by this program, or photographs of a folder; frozen and versioned.

Never the gallery as it happens to be: one that holds a single topic would bend the scale.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sightsync.errors import Misconfigured, PictureRejected
from sightsync.images import MAX_BYTES
from sightsync.ports import Picture

if TYPE_CHECKING:
    from sightsync.decoder import Decoder

DRAWN = "a024695d"  # of the drawings' pixels; tests/test_reference_pictures.py says what it must be when one of them changes
JPEG_QUALITY = 90
FEWEST, MOST = 16, 64  # photographs of a folder; with fewer, their mean is that of a topic
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".tif", ".tiff"}

T = TypeVar("T")


def version(folder: str) -> str:
    """Of the pictures that `pictures` gives: the same on every machine. Misconfigured for a folder that does not do."""
    return _digest(tuple(_files(folder))) if folder else DRAWN


def pictures(folder: str, decoder: Decoder, deadline: float) -> list[Picture]:
    """As a model is shown them. A photograph that cannot be opened is left out; Misconfigured when too few are left."""
    if not folder:
        return list(_drawn())
    opened = []
    for path in _files(folder):
        try:
            pixels = decoder.open(path.read_bytes(), deadline, derive=False)
        except PictureRejected:
            continue
        opened.append(Picture(pixels.model_input, pixels.width, pixels.height))
    return _enough(opened, folder)


@cache
def _drawn() -> tuple[Picture, ...]:
    """Half a MB."""
    from sightsync.reference_drawings import draw

    found = []
    for image in draw():
        file = io.BytesIO()
        image.save(file, "JPEG", quality=JPEG_QUALITY)
        found.append(Picture(file.getvalue(), *image.size))
    return tuple(found)


def _files(folder: str) -> list[Path]:
    """The first MOST by name."""
    try:
        files = sorted(path for path in Path(folder).expanduser().iterdir() if path.suffix.lower() in SUFFIXES)
        return _enough([path for path in files if path.stat().st_size <= MAX_BYTES][:MOST], folder)
    except OSError as exc:
        raise Misconfigured(f"SIGHTSYNC_REFERENCE_PICTURES: {exc.strerror}: {folder}") from exc


def _enough(found: list[T], folder: str) -> list[T]:
    if len(found) < FEWEST:
        raise Misconfigured(f"SIGHTSYNC_REFERENCE_PICTURES: {folder} holds {len(found)} pictures; {FEWEST} are needed.")
    return found


@cache
def _digest(files: tuple[Path, ...]) -> str:
    """Once a process: a folder that is changed meanwhile counts at the next start."""
    whole = hashlib.sha256()
    for path in files:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:8]
