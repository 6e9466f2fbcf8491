"""Files to pixels: opened safely, decoded no larger than needed, turned upright, in sRGB. Everything that touches a codec."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from sightsync import embedded, srgb, webp
from sightsync.errors import PictureRejected
from sightsync.shrinking import Bands, Size, shrunk

MAX_PIXELS = 64_000_000  # 256 MB decoded, at four bytes a pixel
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow warns above it; here the warning is an error
Image.WARN_POSSIBLE_FORMATS = True  # and says why a plugin did not want a file

_PLUGINS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "avif": "AVIF",
    "heic": "HEIF",
    "tiff": "TIFF",
    "bmp": "BMP",
}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION, _SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION = 274, 254, 330, 50706
_UNKNOWN = re.compile(r"unknown (pixel mode|photometric|data organization)|unsupported", re.IGNORECASE)
_PLENTY_OF_PIXELS = 16_000_000  # a picture with more that does not fit in memory is too large rather than damaged


@dataclass(frozen=True)
class Raster:
    """`picture` is RGB, opaque, upright, sRGB, without metadata; `width` and `height` are the file's own, upright."""

    picture: Image.Image
    width: int
    height: int
    description: str | None


def decode(data: bytes, kind: str, fit: Callable[[Size], Size]) -> Raster:
    """The first picture in a file of this kind, scaled to fit(full size), which is never larger.

    Raises PictureRejected: too_many_pixels (judged from the header), unsupported_format (camera raw, layouts that Pillow does
    not know), corrupt.
    """
    notes: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if kind == "webp" and (large := webp.large_still(data)):
                return _large_webp(large, fit)
            return _raster(_opened(data, kind), fit)
    except PictureRejected:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise PictureRejected("too_many_pixels") from exc
    except Exception as exc:  # Pillow's plugins meet hostile bytes with any exception at all
        said = " ".join([str(exc), *(str(note.message) for note in notes)])
        raise PictureRejected("unsupported_format" if _UNKNOWN.search(said) else "corrupt") from exc


def _opened(data: bytes, kind: str) -> Image.Image:
    """Header read, nothing decoded. Only the plugin of this kind is tried."""
    _load_plugin(kind)
    image = Image.open(io.BytesIO(data), formats=[_PLUGINS[kind]])
    _check_size(image.size)
    if kind == "png":
        _check_sums(data)
    if kind == "tiff" and _is_camera_raw(image):
        raise PictureRejected("unsupported_format")
    return image


def _check_sums(png: bytes) -> None:
    """Raises OSError where a chunk with pixels is not what its checksum says; Pillow shows such pixels as they are."""
    at = png.find(b"IDAT", 8) - 4
    while at > 0 and png[at + 4 : at + 8] == b"IDAT":
        end = at + 8 + int.from_bytes(png[at : at + 4], "big")
        if zlib.crc32(memoryview(png)[at + 4 : end]) != int.from_bytes(png[end : end + 4], "big"):
            raise OSError("checksum of IDAT does not match")
        at = end + 4


def _load_plugin(kind: str) -> None:
    """Told which formats to try, Pillow loads no plugin beyond its first five."""
    if kind == "webp":
        import PIL.WebPImagePlugin
    elif kind == "tiff":
        import PIL.TiffImagePlugin
    elif kind == "avif":
        import PIL.AvifImagePlugin  # noqa: F401 - imported to be registered
    elif kind == "heic":
        import pillow_heif

        pillow_heif.register_heif_opener()


def _check_size(size: Size) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise PictureRejected("too_many_pixels")


def _is_camera_raw(image: Any) -> bool:
    """DNG, NEF and their like: the first picture in the file is a postage stamp, the real one cannot be developed here."""
    tags = image.tag_v2
    return _DNG_VERSION in tags or (_SUB_IFDS in tags and int(tags.get(_SUBFILE_TYPE, 0)) & 1 == 1)


def _raster(image: Image.Image, fit: Callable[[Size], Size]) -> Raster:
    full = image.size
    with _memory_for(full):
        if image.format in ("JPEG", "MPO"):
            image.draft(None, fit(full))  # out of the codec at 1/1, 1/2, 1/4 or 1/8, whichever is just large enough
            image.load()
        else:
            image.load()
            full = image.size  # TIFFs are turned by now, GIFs may have grown, HEICs may have lied
            _check_size(full)
        return _finished(Bands.of(image), full, image, fit)


def _large_webp(large: webp.LargeWebp, fit: Callable[[Size], Size]) -> Raster:
    _check_size(large.size)
    tags = Image.new("1", (1, 1))
    tags.info.update(large.info)
    with _memory_for(large.size):
        return _finished(large.bands(), large.size, tags, fit)


def _finished(source: Bands, full: Size, tags: Image.Image, fit: Callable[[Size], Size]) -> Raster:
    """`tags` is the image that metadata is read from."""
    picture = srgb.converted(shrunk(source, fit(full)), tags.info.get("icc_profile"))
    picture.info = {}
    orientation = _orientation(tags)
    if orientation in _UPRIGHT:
        picture = picture.transpose(_UPRIGHT[orientation])
    width, height = full if orientation < 5 else full[::-1]
    return Raster(picture, width, height, embedded.description(tags))


@contextlib.contextmanager
def _memory_for(size: Size) -> Iterator[None]:
    """Where memory does not suffice, a large picture is too large, and a small one is not what it says it is."""
    try:
        yield
    except MemoryError as exc:
        raise PictureRejected("too_many_pixels" if size[0] * size[1] > _PLENTY_OF_PIXELS else "corrupt") from exc


def _orientation(image: Image.Image) -> int:
    """EXIF orientation still to be applied, 1 to 8; 1 when there is none, or none that makes sense.

    Read after loading: Pillow's TIFF and pillow-heif turn the picture themselves and then say 1 (in HEIF `irot` and `imir`
    alone count, EXIF's is a copy of them); for AVIF Pillow puts what `irot` and `imir` say in place of EXIF's.
    """
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - damaged metadata is no reason to refuse a picture; its reader raises anything
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
