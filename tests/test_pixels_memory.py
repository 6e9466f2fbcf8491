"""What the largest pictures cost: the peak of the server's process and its decoder's together, measured from outside."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import pictures

# A server's process: web framework and all handlers loaded, then one picture. Peaks of both processes, in bytes.
PROGRAM = """
import json, resource, sys
import fastapi, handlers.analysis, handlers.gallery
from sightsync.decoder import Decoder
data = open(sys.argv[1], "rb").read()
d = Decoder()
p = d.open(data)
def peak(pid):
    return next(int(line.split()[1]) * 1024 for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM"))
print(json.dumps({"size": [p.width, p.height], "peak": peak("self") + peak(d.pid)}))
d.close()
"""


def measured(file: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(file)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def large() -> Image.Image:
    """64 megapixels that look like something and still fit in 25 MB in every format."""
    return pictures.scene(7, 2000, 2000).resize((8000, 8000), Image.Resampling.BICUBIC)


def few_colours(mode: str) -> Image.Image:
    return pictures.scene(7, 2000, 2000).quantize(32).resize((8000, 8000)).convert(mode)


def sixteen_bit(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture.convert("L"), np.uint16) // 16 * 4096)


KINDS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "jpeg": (None, "JPEG", {}),
    "progressive jpeg in full colour": (None, "JPEG", {"progressive": True, "subsampling": "4:4:4"}),
    "cmyk jpeg": (lambda p: p.convert("CMYK"), "JPEG", {}),
    "png": (lambda _: few_colours("RGB"), "PNG", {"compress_level": 1}),
    "transparent png": (lambda _: few_colours("RGBA"), "PNG", {"compress_level": 1}),
    "palette png": (lambda _: few_colours("P"), "PNG", {"compress_level": 1}),
    "16-bit png": (sixteen_bit, "PNG", {"compress_level": 1}),
    "webp": (None, "WEBP", {"quality": 50, "method": 0}),
    "lossless transparent webp": (
        lambda _: few_colours("RGBA"),
        "WEBP",
        {"lossless": True, "method": 0, "quality": 0},
    ),
    "gif": (lambda _: few_colours("P"), "GIF", {}),
    "tiff": (lambda _: few_colours("RGB"), "TIFF", {"compression": "tiff_adobe_deflate"}),
    "16-bit tiff": (sixteen_bit, "TIFF", {"compression": "tiff_adobe_deflate"}),
    "avif": (None, "AVIF", {"quality": 40, "speed": 10}),
    "avif in full colour": (None, "AVIF", {"quality": 40, "speed": 10, "subsampling": "4:4:4"}),
    "heic": (None, "HEIF", {"quality": 30, "enc_params": {"preset": "ultrafast"}}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_sixty_four_megapixels_stay_under_900_mb(name: str, large: Image.Image, tmp_path: Path) -> None:
    change, kind, options = KINDS[name]
    file = tmp_path / "picture"
    file.write_bytes(pictures.encoded(change(large) if change else large, kind, **options))
    found = measured(file)
    assert found["size"] == [8000, 8000]
    assert found["peak"] < 900_000_000


@pytest.mark.slow
@pytest.mark.real_images
def test_the_24_megapixel_photograph_stays_under_400_mb(real_images: Path) -> None:
    found = measured(real_images / "craft-beer-24mp.jpg")
    assert found["size"] == [6000, 4000]
    assert found["peak"] < 400_000_000
