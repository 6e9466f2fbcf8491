"""The paper that the reference pictures are drawn on: a few antialiased shapes, and the grain of a photograph."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

OVER = 2  # drawn so much larger, then reduced: smooth edges
GRAIN = 14  # of a photograph, in levels


class Sheet:
    """A picture in the making. Coordinates go from 0 to 100 across and down, whatever its size."""

    def __init__(self, width: int, height: int, seed: int, colour: str = "#ffffff") -> None:
        from PIL import Image, ImageDraw

        self.size = width, height
        self.chance = Random(seed)  # noqa: S311  # pictures, no secrets
        self.image: Image.Image = Image.new("RGB", (width * OVER, height * OVER), colour)
        self.pen: ImageDraw.ImageDraw = ImageDraw.Draw(self.image)

    def at(self, *places: float) -> list[float]:
        """x, y, x, y, … in pixels."""
        return [v * self.image.size[n % 2] / 100 for n, v in enumerate(places)]

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: str, line: str | None = None) -> None:
        self.pen.rectangle(self.at(x0, y0, x1, y1), colour, line, width=OVER * 2)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: str | None, line: str | None = None) -> None:
        self.pen.ellipse(self.at(x - rx, y - ry, x + rx, y + ry), colour, line, width=OVER * 2)

    def shape(self, *places: float, colour: str) -> None:
        self.pen.polygon(self.at(*places), colour)

    def line(self, *places: float, colour: str = "#222222", width: float = 2) -> None:
        self.pen.line(self.at(*places), colour, round(width * OVER), "curve")

    def sky(self, top: str, bottom: str, until: float = 100) -> None:
        """One colour into another, from the upper edge down."""
        high, low = (tuple(int(c[n : n + 2], 16) for n in (1, 3, 5)) for c in (top, bottom))
        rows = round(self.image.height * until / 100)
        for y in range(rows):
            share = y / max(1, rows - 1)
            self.pen.line((0, y, self.image.width, y), tuple(round(a + (b - a) * share) for a, b in zip(high, low, strict=True)))

    def ridge(self, level: float, rough: float, colour: str) -> None:
        """Hills whose crest lies about `level`, and all below them."""
        phase = [self.chance.uniform(0, 6.3) for _ in range(3)]
        crest = [
            (x, level - rough * (math.sin(x / 19 + phase[0]) + 0.5 * math.sin(x / 7 + phase[1]) + 0.2 * math.sin(x / 3 + phase[2])))
            for x in range(101)
        ]
        self.shape(*(v for point in crest for v in point), 100, 100, 0, 100, colour=colour)

    def words(self, x: float, y: float, width: float, size: float, colour: str = "#222222") -> None:
        """A line of something that looks like print."""
        until = x + width
        while x < until:
            length = min(self.chance.uniform(2, 8) * size / 2.5, until - x)
            self.box(x, y, x + length, y + size, colour)
            x += length + size * 0.8

    def finished(self, photograph: bool) -> Picture:
        from PIL import Image, ImageFilter

        image = self.image.reduce(OVER)
        if not photograph:
            return image
        soft = image.filter(ImageFilter.GaussianBlur(1.2))
        grain = Image.frombytes("L", self.size, self.chance.randbytes(self.size[0] * self.size[1]))
        return Image.blend(soft, Image.merge("RGB", (grain,) * 3), GRAIN / 255)
