"""Large WebP pictures through libwebp itself: Pillow holds four full copies of one, 1 GB at 64 megapixels; this holds one."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from sightsync.shrinking import Bands, Size

_LARGE = 16_000_000  # pixels; below, Pillow's copies fit and its own way is kept
_ANIMATION, _ALPHA = 0x02, 0x10  # flags of the VP8X chunk
_INFO = {b"ICCP": "icc_profile", b"EXIF": "exif", b"XMP ": "xmp"}


@dataclass(frozen=True)
class LargeWebp:
    """A still WebP of extended or simple form. `info` is its metadata under Pillow's names."""

    data: bytes
    size: Size
    mode: str  # RGB or RGBA
    info: dict[str, bytes]

    def bands(self) -> Bands:
        """The decoded pixels. Raises OSError when they cannot be decoded."""
        decode, channels = _decoder(self.mode), len(self.mode)
        width, height = self.size
        stride = width * channels
        pixels = bytearray(stride * height)
        target = (ctypes.c_char * len(pixels)).from_buffer(pixels)
        if decode is None or not decode(self.data, len(self.data), target, len(pixels), stride):
            raise OSError("libwebp could not decode this picture")

        def rows(top: int, bottom: int) -> Image.Image:
            part = pixels[top * stride : bottom * stride]
            band = Image.frombuffer(self.mode, (width, bottom - top), part, "raw", self.mode, 0, 1)
            return Bands.of(band).rows(0, bottom - top)

        return Bands(self.size, rows)


def large_still(data: bytes) -> LargeWebp | None:
    """None for what is left to Pillow: small pictures, animations, and files whose header makes no sense."""
    chunks = list(_chunks(data))
    if not chunks:
        return None
    name, first = chunks[0]
    size, alpha = _header(name, first)
    if size[0] * size[1] <= _LARGE or (name == b"VP8X" and first[0] & _ANIMATION):
        return None
    mode = "RGBA" if alpha else "RGB"
    info = {_INFO[name]: bytes(body) for name, body in chunks if name in _INFO}
    return LargeWebp(data, size, mode, info) if _decoder(mode) else None


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Name and body of each chunk of the RIFF file, without copying the pixels."""
    view, at = memoryview(data), 12
    while at + 8 <= len(data):
        length = int.from_bytes(view[at + 4 : at + 8], "little")
        yield bytes(view[at : at + 4]), view[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _header(name: bytes, body: memoryview) -> tuple[Size, bool]:
    """Width and height as the first chunk says, (0, 0) where it says none, and whether there may be transparency."""
    if name == b"VP8X" and len(body) >= 10:
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
        return (width, height), bool(body[0] & _ALPHA)
    if name == b"VP8 " and len(body) >= 10:
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return (width, height), False
    if name == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bool(bits >> 28 & 1)
    return (0, 0), False


def _decoder(mode: str) -> Callable[..., object] | None:
    """libwebp's function of this mode, found in the library that Pillow's own module is linked to; None if it is hidden."""
    from PIL import _webp

    name = "WebPDecodeRGBAInto" if mode == "RGBA" else "WebPDecodeRGBInto"
    try:
        function = getattr(ctypes.CDLL(_webp.__file__), name)
    except (OSError, AttributeError):
        return None
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return function  # type: ignore[no-any-return]  # ctypes makes its attributes up
