"""A vision whose spaces are shaped like CLIP's, for tests of everything that is measured: texts and pictures share concepts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from sightsync.calibrating import EMPTY_TEXTS
from sightsync.ports import Texts, VisionHealth
from tests.fakes import FakeVision

EMPTY = {word for text in EMPTY_TEXTS for word in text.split()}
WORDS = ("boat", "cat", "tree", "car", "bread", "moon", "dress", "chart")


class Towers(FakeVision):
    """Two towers over one set of concepts. A text shows the concepts it names; a picture those that `shows` gives its bytes.

    Each side sits in a cone of its own, as CLIP's do, so that raw cosines say little. `space` and `dim` make another model of it.
    """

    def __init__(self, space: str = "towers@1", dim: int = 64, seed: int = 1) -> None:
        super().__init__(say=lambda picture: "a " + " and a ".join(self._shown(picture.jpeg)), vector=self._vector)
        rng = np.random.default_rng(seed)
        self.space, self.dim = space, dim
        directions = np.linalg.qr(rng.normal(size=(dim, 3 + len(WORDS))))[0].T
        self.directions = directions
        self.cone, self.empty, self.concept = directions[:2], directions[2], dict(zip(WORDS, directions[3:], strict=True))
        self.shows: dict[bytes, tuple[str, ...]] = {}
        self.state = VisionHealth(space, "ready", ("caption", "match", "search", "categories"), None, space, 77)

    def read(self, *args: Any, **kwargs: Any) -> Any:
        return [replace(r, space=self.space) if hasattr(r, "space") else r for r in super().read(*args, **kwargs)]

    def embed(self, *args: Any, **kwargs: Any) -> Texts:
        return replace(super().embed(*args, **kwargs), space=self.space)

    def count(self, what: str) -> int:
        """How many texts or pictures were asked about."""
        return sum(many for call, many in self.calls if call == what)

    def _shown(self, jpeg: bytes) -> tuple[str, ...]:
        return self.shows.get(main_colour(jpeg), ())

    def _vector(self, thing: str | bytes) -> Any:
        if isinstance(thing, bytes):
            return self._unit(self.cone[1], [self.concept[word] for word in self._shown(thing)], thing)
        text = thing.lower()
        if set(text.split()) <= EMPTY:
            return self._unit(self.cone[0], [3 * self.empty], thing.encode())
        named = {word.removesuffix("s") for word in re.findall("[a-z]+", text)}
        return self._unit(self.cone[0], [self.concept[word] for word in WORDS if word.removesuffix("s") in named], thing.encode())

    def _unit(self, cone: Any, meanings: Sequence[Any], thing: bytes) -> Any:
        """Twice the cone and once what the thing is: its meanings, and something of its own that is beside all concepts."""
        own = np.random.default_rng(int.from_bytes(hashlib.sha256(thing).digest()[:8])).normal(size=self.dim)
        own -= self.directions.T @ (self.directions @ own)
        content = sum(meanings, start=0.6 * own / np.linalg.norm(own))
        vector = 2 * cone + content / np.linalg.norm(content)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@cache
def main_colour(jpeg: bytes) -> bytes:
    """What a picture and its smaller copies have in common: its average colour, in steps of 64."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as image:
        return bytes(level // 64 for level in image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))


def plain(red: int, green: int, blue: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A picture that is recognised by its colour."""
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", size, (red, green, blue)).save(file, "JPEG")
    return file.getvalue()
