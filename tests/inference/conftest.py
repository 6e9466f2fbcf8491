"""Tests of inference/ run in the models' own environment, which has torch and none of the gallery's packages:

.venv-models/bin/python -m pytest --confcutdir tests/inference tests/inference
"""

import base64
import importlib.util
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1", TRANSFORMERS_VERBOSITY="error")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models; and other tests run beside these
collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_*.py"]  # elsewhere ./sightsync test runs them apart


@pytest.fixture(scope="session")
def models() -> dict[str, Path]:
    from tests.tiny_models import build

    return build()


Load = Callable[..., Any]


@pytest.fixture(scope="session")
def load(models: dict[str, Path]) -> Load:
    """An EndpointHandler of these folders (or names), the tiny CLIP and BLIP unless said otherwise."""
    from handler import EndpointHandler

    def make(clip: str | Path = models["clip"], blip: str | Path = models["blip"], path: str = "") -> EndpointHandler:
        os.environ.update(SIGHTSYNC_CLIP_MODEL=str(clip), SIGHTSYNC_CAPTION_MODEL=str(blip))
        try:
            return EndpointHandler(path)
        finally:
            del os.environ["SIGHTSYNC_CLIP_MODEL"], os.environ["SIGHTSYNC_CAPTION_MODEL"]

    return make


@pytest.fixture(scope="session", params=["clip", "siglip"])
def towers(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def handler(load: Load) -> Any:
    return load()


@pytest.fixture(scope="session")
def either(towers: str, load: Load, models: dict[str, Path]) -> Any:
    """A handler with CLIP, and one with SigLIP."""
    return load(models[towers])


@pytest.fixture(scope="session")
def photographs() -> list[bytes]:
    """Real ones as SightSync sends them: upright JPEGs of at most 768 px."""
    from PIL import Image, ImageOps

    folder = Path(os.environ.get("SIGHTSYNC_REAL_IMAGES", "../shared/images"))
    paths = sorted(path for path in folder.glob("*") if path.suffix in (".jpg", ".png", ".webp"))
    if not paths:
        pytest.skip("no real pictures here: set SIGHTSYNC_REAL_IMAGES to their folder")
    return [jpeg(ImageOps.exif_transpose(Image.open(path)).convert("RGB")) for path in paths]


def jpeg(picture: Any, edge: int = 768) -> bytes:
    picture.thumbnail((edge, edge))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.fixture(scope="session")
def drawn() -> Iterator[Callable[..., str]]:
    """A picture as base64, different for each number."""
    import numpy as np
    from PIL import Image

    def make(number: int, size: tuple[int, int] = (96, 64), form: str = "JPEG") -> str:
        grain = np.random.default_rng(number).integers(0, 256, (4, 6, 3), np.uint8)
        out = io.BytesIO()
        Image.fromarray(grain).resize(size, Image.Resampling.BICUBIC).save(out, form)
        return base64.b64encode(out.getvalue()).decode()

    return make


def read(items: list[Any], want: list[str] | None = None) -> dict[str, Any]:
    """The body of a request."""
    return {"inputs": {"op": "read", "want": want or ["caption", "vectors"], "items": items}}


def embed(*texts: str) -> dict[str, Any]:
    return {"inputs": {"op": "embed", "texts": list(texts)}}
