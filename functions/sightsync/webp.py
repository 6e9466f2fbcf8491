"""Large WebP pictures through libwebp itself: Pillow holds four full copies of one, 1 GB at 64 megapixels; this holds one."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from PIL import Image

from sightsync.shrinking import Bands

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGE = 16_000_000  # pixels; below, Pillow's copies fit and its own way is kept


def is_large_still(image: Image.Image) -> bool:
    """Whether bands() should be used for this opened WebP. Animations only Pillow's decoder understands."""
    return image.width * image.height > _LARGE and getattr(image, "n_frames", 1) == 1 and _decoder(image.mode) is not None


def bands(image: Image.Image, data: bytes) -> Bands:
    """The pixels of an opened, still WebP whose file is `data`. Raises OSError when they cannot be decoded."""
    decode, channels = _decoder(image.mode), 4 if image.mode == "RGBA" else 3
    width, height = image.size
    stride = width * channels
    pixels = bytearray(stride * height)
    target = (ctypes.c_char * len(pixels)).from_buffer(pixels)
    if decode is None or not decode(data, len(data), target, len(pixels), stride):
        raise OSError("libwebp could not decode this picture")
    mode = image.mode

    def rows(top: int, bottom: int) -> Image.Image:
        part = pixels[top * stride : bottom * stride]
        band = Image.frombuffer(mode, (width, bottom - top), part, "raw", mode, 0, 1)
        return Bands.of(band).rows(0, bottom - top)

    return Bands((width, height), rows)


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
