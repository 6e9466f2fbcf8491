"""Large pictures made small band by band, so that no second full-size copy is ever held. Needs Pillow and numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Size = tuple[int, int]

_BAND_PIXELS = 1 << 20  # a band has at least one row and about this many pixels
_GAP = 2.0  # averaging leaves at least this much for the good filter to do, as Pillow's own reducing_gap
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
_READY = ("L", "RGB", "CMYK", "LAB")


@dataclass(frozen=True)
class Bands:
    """Decoded pixels of `size`, handed out in bands: rows(top, bottom) is an image of mode L, RGB, CMYK or LAB.

    `whole` is there when the decoded picture is of such a mode already, and needs no conversion.
    """

    size: Size
    rows: Callable[[int, int], Image.Image]
    whole: Image.Image | None = None

    @classmethod
    def of(cls, image: Image.Image) -> Bands:
        """The bands of a loaded image of any mode."""

        def cut(top: int, bottom: int) -> Image.Image:
            return image if (top, bottom) == (0, image.height) else image.crop((0, top, image.width, bottom))

        if image.mode in _READY and not image.has_transparency_data:
            return cls(image.size, cut, image)
        plain = _plainer(image)
        return cls(image.size, lambda top, bottom: plain(cut(top, bottom)))


def shrunk(bands: Bands, size: Size) -> Image.Image:
    """The picture at `size`: averaged down by whole factors while it is far too large, then Lanczos."""
    width, height = bands.size
    across, down = (max(1, int(full / wanted / _GAP)) for full, wanted in zip(bands.size, size, strict=True))
    picture = bands.whole if bands.whole and (across, down) == (1, 1) else _averaged(bands, across, down)
    if picture.size == size and (across, down) == (1, 1):
        return picture
    return picture.resize(size, Image.Resampling.LANCZOS, box=(0, 0, width / across, height / down))


def _averaged(bands: Bands, across: int, down: int) -> Image.Image:
    """Each pixel the mean of across x down; the last column and row of what is left."""
    width, height = bands.size
    rows = max(1, _BAND_PIXELS // width // down) * down
    canvas: Image.Image | None = None
    for top in range(0, height, rows):
        band = bands.rows(top, min(height, top + rows))
        if (across, down) != (1, 1):
            band = band.reduce((across, down))
        if canvas is None:
            canvas = Image.new(band.mode, (band.width, -(-height // down)))
        canvas.paste(band, (0, top // down))
    assert canvas is not None  # a picture has at least one row
    return canvas


def _plainer(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What makes a band of this image L, RGB, CMYK or LAB without transparency."""
    if image.mode in _SIXTEEN_BITS:
        return lambda band: _grey(np.asarray(band) >> 8)
    if image.mode in ("I", "F"):
        low, high = _levels(image)
        return lambda band: _grey((np.nan_to_num(np.asarray(band, np.float64)) - low) * (255.999 / (high - low)))
    if image.has_transparency_data:
        return _on_white
    grey = image.mode in ("1", "L")
    return lambda band: band.convert("L" if grey else "RGB")


def _grey(levels: NDArray[np.generic]) -> Image.Image:
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _levels(image: Image.Image) -> tuple[float, float]:
    """What is black and what is white in a picture of 32-bit numbers, which no header says: guessed from their range."""
    low, high = (float(np.nan_to_num(value)) for value in image.getextrema())  # one band, so two numbers
    for white in (1.0, 255.0, 65535.0):
        if low >= 0 and high <= white and (image.mode == "F" or white > 1):
            return 0.0, white
    return low, max(high, low + 1)


def _on_white(band: Image.Image) -> Image.Image:
    coloured = band.convert("RGBA")
    flat = Image.new("RGB", band.size, "white")
    flat.paste(coloured, mask=coloured.getchannel("A"))
    return flat
