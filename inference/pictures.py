"""From base64 to pixel values, as the models' own image processors make them: same resampling, same crop, same rounding."""

from __future__ import annotations

import base64
import binascii
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image

from wire import Fault, Refused

FORMATS: Final = ("JPEG", "PNG", "WEBP")  # SightSync sends JPEG; the others help whoever tries the endpoint by hand
MAX_PIXELS: Final = 16_000_000  # 48 MB decoded; SightSync sends 768 x 768 at most
MAX_ASPECT: Final = 16  # of a picture that is cropped anyway: a hair a million pixels long becomes no gigabyte

CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
DEFAULTS: Final[dict[str, dict[str, Any]]] = {  # what processors assume where a model's file says nothing
    "clip": {"size": 224, "crop_size": 224, "do_center_crop": True, "image_mean": CLIP_MEAN, "image_std": CLIP_STD},
    "blip": {"size": 384, "do_center_crop": False, "image_mean": CLIP_MEAN, "image_std": CLIP_STD},
    "siglip": {"size": 224, "do_center_crop": False, "image_mean": (0.5,) * 3, "image_std": (0.5,) * 3},
}


def decode(encoded: str) -> Image.Image | Fault:
    """An RGB picture, or what is wrong with it."""
    try:
        body = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return Fault("bad_base64", "the picture is not valid base64")
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return Fault("image_too_large", f"a picture may have {MAX_PIXELS} pixels")
            return picture.convert("RGB")
    except Image.DecompressionBombError:
        return Fault("image_too_large", f"a picture may have {MAX_PIXELS} pixels")
    except Exception:  # noqa: BLE001  # Pillow's plugins raise whatever comes to hand on damaged files
        return Fault("not_an_image", f"the bytes are no whole {', '.join(FORMATS[:-1])} or {FORMATS[-1]} picture")


@dataclass(frozen=True)
class Preparation:
    """How a model wants its pictures. `edge` resizes the short side to it; None resizes to `size` whatever the shape."""

    edge: int | None
    size: tuple[int, int]  # (height, width) of what comes out
    resample: int
    scale: tuple[float, ...]  # per channel, from 0..255
    shift: tuple[float, ...]

    def pixels(self, picture: Image.Image) -> np.ndarray:
        """uint8, (height, width, 3)."""
        if self.edge is None:
            return np.asarray(picture.resize(self.size[::-1], self.resample))
        picture = _stout(picture)
        short = min(picture.size)
        width, height = (self.edge if side == short else int(self.edge * side / short) for side in picture.size)
        picture = picture.resize((width, height), self.resample)
        top, left = (height - self.size[0]) // 2, (width - self.size[1]) // 2
        return np.asarray(picture.crop((left, top, left + self.size[1], top + self.size[0])))

    def values(self, pixels: list[np.ndarray], device: torch.device, dtype: torch.dtype) -> torch.Tensor:
        """(n, 3, height, width), normalised where the model is: a quarter of the bytes go to the card."""
        stacked = torch.from_numpy(np.stack(pixels)).to(device).permute(0, 3, 1, 2)
        scale, shift = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (self.scale, self.shift))
        return torch.addcmul(shift, stacked.float(), scale).to(dtype)


def _stout(picture: Image.Image) -> Image.Image:
    """Its middle, where it is so long that a centre crop never sees the ends."""
    limit = MAX_ASPECT * min(picture.size)
    if max(picture.size) <= limit:
        return picture
    width, height = (min(side, limit) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def preparation(folder: Path, kind: str) -> Preparation:
    """What the model's own processor would do, from its file; Refused for what is not known here."""
    said = {**DEFAULTS[kind], **_said(folder)}
    if not all(said.get(step, True) for step in ("do_resize", "do_rescale", "do_normalize")) or said.get("do_pad"):
        raise Refused("model_unsupported", f"{folder.name} prepares its pictures in a way that is not known here")
    mean, std = (np.asarray(said[key], np.float64) for key in ("image_mean", "image_std"))
    size, resample = said["size"], int(said.get("resample", Image.Resampling.BICUBIC))
    scale, shift = float(said.get("rescale_factor", 1 / 255)) / std, -mean / std
    edge = size.get("shortest_edge") if isinstance(size, dict) else size if said["do_center_crop"] else None
    box = _box(said["crop_size"] if said["do_center_crop"] else size)
    if (edge is not None) != bool(said["do_center_crop"]):
        raise Refused("model_unsupported", f"{folder.name} prepares its pictures in a way that is not known here")
    return Preparation(edge, box, resample, tuple(map(float, scale)), tuple(map(float, shift)))


def _box(size: Any) -> tuple[int, int]:
    """(height, width) from `{"height": …, "width": …}` or one number."""
    if isinstance(size, dict) and {"height", "width"} <= size.keys():
        return int(size["height"]), int(size["width"])
    if isinstance(size, int):
        return size, size
    raise Refused("model_unsupported", "a picture's size is written in a way that is not known here")


def _said(folder: Path) -> dict[str, Any]:
    """transformers 5 saves it inside processor_config.json."""
    for name, inside in (("preprocessor_config.json", None), ("processor_config.json", "image_processor")):
        if (folder / name).is_file():
            read = json.loads((folder / name).read_text(encoding="utf-8"))
            said = read if inside is None else read.get(inside)
            if isinstance(said, dict):
                return {key: value for key, value in said.items() if value is not None}
    return {}
