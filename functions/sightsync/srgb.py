"""Any colour space to sRGB, by the profile in the file where there is a sane one. Needs Pillow's littlecms."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageCms

_MAX_PROFILE = 4 * 1024 * 1024
_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
# Two levels of 255: a profile that changes no colour by more is sRGB under another name, and left alone (20 ms a megapixel).
_SAME = 2
_GRID = (0, 51, 102, 153, 204, 255)


def converted(image: Image.Image, profile: bytes | None) -> Image.Image:
    """An RGB image of these colours in sRGB. A profile that is broken or of another space than the pixels is ignored."""
    if image.mode == "LAB":
        return _applied(image, _lab_transform()) or image.convert("L").convert("RGB")
    transform = _transform(profile, image.mode) if profile and len(profile) <= _MAX_PROFILE else None
    return (transform and _applied(image, transform)) or image.convert("RGB")


def _applied(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image | None:
    try:
        return ImageCms.applyTransform(image.convert(transform.input_mode), transform)
    except (ImageCms.PyCMSError, ValueError):
        return None


@lru_cache(maxsize=8)  # a folder of one camera's pictures carries one profile
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From this profile to sRGB; None when it is broken, of another space, or sRGB itself."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = _SPACES.get(source.profile.xcolor_space.strip())
        if space is None or (space != mode and not (space == "RGB" and mode == "L")):
            return None
        transform = _to_srgb(source, space)
        return None if space == "RGB" and _changes_nothing(transform) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _to_srgb(source: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    target = ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(source, target, mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC, flags)


@lru_cache(maxsize=1)
def _lab_transform() -> ImageCms.ImageCmsTransform:
    return _to_srgb(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    colours = bytes(level for r in _GRID for g in _GRID for b in _GRID for level in (r, g, b))
    grid = Image.frombytes("RGB", (len(colours) // 3, 1), colours)
    after = ImageCms.applyTransform(grid, transform)
    assert after is not None  # only in-place transforms give none
    return all(abs(a - b) <= _SAME for a, b in zip(colours, after.tobytes(), strict=True))
