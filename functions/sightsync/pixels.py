"""One file to everything that is known of its pixels: smaller copies, colours, hashes. Runs in the decoding subprocess.

Pillow and numpy are imported inside, so that callers who only want the shape of Pixels pay for neither.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sightsync.errors import PictureRejected
from sightsync.images import MAX_BYTES, Swatch
from sightsync.sniffing import CONTENT_TYPES, kind_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Size = tuple[int, int]

THUMB_HEIGHT = 320
ROW_HEIGHT = 640
DISPLAY_SHORT_SIDE = 1440  # the short one, because comics are tall
MAX_SIDE = 12_000
MODEL_SIDE = 768
JPEG_QUALITY = 82

_PLACEHOLDER_SIDE = 100  # the most that ThumbHash takes
_PALETTE_SIDE = 64


@dataclass(frozen=True)
class Pixels:
    """What is known of a picture. `width` and `height` are upright; `format` is a key of sniffing.CONTENT_TYPES."""

    width: int
    height: int
    format: str
    content_type: str
    derivatives: Mapping[str, bytes]  # thumb, row, display: JPEG without metadata; none unless asked for
    model_input: bytes  # JPEG, long side at most MODEL_SIDE
    palette: tuple[Swatch, ...]
    placeholder: str  # ThumbHash, base64
    dhash: str  # 16 hex digits
    embedded_description: str | None


def open_picture(data: bytes, derive: bool = True) -> Pixels:
    """Everything above from the bytes of a file. Without `derive` no derivatives, and quicker.

    Raises PictureRejected: too_large, not_an_image, unsupported_format, svg_refused, too_many_pixels, corrupt.
    """
    if len(data) > MAX_BYTES:
        raise PictureRejected("too_large")
    kind = kind_of(data)
    from sightsync import rasters

    raster = rasters.decode(data, kind, display_size if derive else model_size)
    full = (raster.width, raster.height)
    wanted = {"model_input": model_size(full)}
    if derive:
        wanted |= {"row": scaled_to_height(full, ROW_HEIGHT), "thumb": scaled_to_height(full, THUMB_HEIGHT)}
        wanted["display"] = raster.picture.size
    pictures = _cascade(raster.picture, wanted)
    small = pictures["thumb" if derive else "model_input"]
    files = _encoded(pictures)
    return Pixels(
        *full,
        format=kind,
        content_type=CONTENT_TYPES[kind],
        derivatives={name: files[name] for name in ("thumb", "row", "display")} if derive else {},
        model_input=files["model_input"],
        palette=_palette(small),
        placeholder=_placeholder(small),
        dhash=_dhash(small),
        embedded_description=raster.description,
    )


def display_size(full: Size) -> Size:
    return _scaled(full, min(1.0, DISPLAY_SHORT_SIDE / min(full), MAX_SIDE / max(full)))


def model_size(full: Size) -> Size:
    return _scaled(full, min(1.0, MODEL_SIDE / max(full)))


def scaled_to_height(full: Size, height: int) -> Size:
    """Never enlarged, and never wider than a JPEG that browsers like to show."""
    return _scaled(full, min(1.0, height / full[1], MAX_SIDE / full[0]))


def _scaled(full: Size, factor: float) -> Size:
    return max(1, round(full[0] * factor)), max(1, round(full[1] * factor))


def _cascade(picture: Image.Image, wanted: Mapping[str, Size]) -> dict[str, Image.Image]:
    """The picture at each size, each made from the smallest one so far that is large enough."""
    from PIL import Image

    made: dict[str, Image.Image] = {}
    sources = [picture]
    for name, size in sorted(wanted.items(), key=lambda item: -item[1][0] * item[1][1]):
        source = next(s for s in reversed(sources) if s.width >= size[0] and s.height >= size[1])
        # Whole factors by averaging, the rest by Lanczos: half the time, and in JPEG of this quality no difference (bench).
        made[name] = source if source.size == size else source.resize(size, Image.Resampling.LANCZOS, reducing_gap=1.0)
        sources.append(made[name])
    return made


def _palette(small: Image.Image) -> tuple[Swatch, ...]:
    """Single pixels are looked at rather than averages, which would turn petals and their shadows into brown."""
    import numpy as np
    from PIL import Image

    from sightsync import swatches

    size = (min(small.width, _PALETTE_SIDE), min(small.height, _PALETTE_SIDE))
    return swatches.palette(np.asarray(small.resize(size, Image.Resampling.NEAREST)))


def _placeholder(small: Image.Image) -> str:
    import numpy as np
    from PIL import Image

    from sightsync import fingerprints

    size = _scaled(small.size, min(1.0, _PLACEHOLDER_SIDE / max(small.size)))
    return fingerprints.thumbhash(np.asarray(small.resize(size, Image.Resampling.BOX)))


def _dhash(small: Image.Image) -> str:
    import numpy as np
    from PIL import Image

    from sightsync import fingerprints

    return fingerprints.dhash(np.asarray(small.convert("L").resize((9, 8), Image.Resampling.LANCZOS)))


def _encoded(pictures: Mapping[str, Image.Image]) -> dict[str, bytes]:
    """The JPEG of each; those that are one picture, because it is small, are encoded once."""
    files = {size: _jpeg(picture) for size, picture in {p.size: p for p in pictures.values()}.items()}
    return {name: files[picture.size] for name, picture in pictures.items()}


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:0", optimize=True)
    return out.getvalue()


def rgb_sample(jpeg: bytes, size: int = 64) -> NDArray[np.uint8]:
    """A JPEG of ours squeezed to (size, size, 3), for measuring its colours."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        picture.draft("RGB", (size, size))
        return np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BOX))
