"""A small paintbox for the samples: antialiased shapes, ink, grain and halftone on a Pillow canvas, the same every time."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

Point = tuple[float, float]
Place = Callable[[Sequence[Point]], list[Point]]  # puts a shape that is drawn round the origin where it belongs
Colour = tuple[int, int, int]

TILE = 512  # side of the noise that is repeated
LARGE = 600  # px: shapes up to this side are drawn at four times their size, larger ones at twice
JPEG_QUALITY = 80


def rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """`share` of the second colour in the first, as hex."""
    mixed = (round(a + (b - a) * share) for a, b in zip(rgb(first), rgb(second), strict=True))
    return "#" + "".join(f"{c:02x}" for c in mixed)


# --- Outlines ---------------------------------------------------------------------------------------------------


def smooth(points: Sequence[Point], closed: bool = True, steps: int = 14) -> list[Point]:
    """A Catmull-Rom spline through the points."""
    import numpy as np

    p = np.asarray(points, dtype=float)
    padded = np.vstack([p[-1:], p, p[:2]]) if closed else np.vstack([p[:1], p, p[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    if not closed:
        pieces.append(p[-1:])
    return [(float(x), float(y)) for x, y in np.vstack(pieces)]


def oval(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> list[Point]:
    """An ellipse round (x, y); `turn` in degrees, clockwise."""
    ry = rx if ry is None else ry
    count = max(24, int(2.2 * math.sqrt(max(rx, ry)) * 4))
    return turned([(x + rx * math.cos(a), y + ry * math.sin(a)) for a in _angles(count)], x, y, turn)


def _angles(count: int) -> list[float]:
    return [2 * math.pi * n / count for n in range(count)]


def box(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> list[Point]:
    corners = (
        (x1 - radius, y0 + radius, -90),
        (x1 - radius, y1 - radius, 0),
        (x0 + radius, y1 - radius, 90),
        (x0 + radius, y0 + radius, 180),
    )
    return [
        (x + radius * math.cos(math.radians(start + step)), y + radius * math.sin(math.radians(start + step)))
        for x, y, start in corners
        for step in range(0, 91, 10)
    ]


def turned(points: Sequence[Point], x: float, y: float, degrees: float) -> list[Point]:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [(x + (px - x) * c - (py - y) * s, y + (px - x) * s + (py - y) * c) for px, py in points]


def moved(points: Sequence[Point], dx: float, dy: float, scale: float = 1.0) -> list[Point]:
    """Scaled about the origin, then shifted: a shape drawn once can stand anywhere."""
    return [(px * scale + dx, py * scale + dy) for px, py in points]


def mirrored(points: Sequence[Point], x: float) -> list[Point]:
    return [(2 * x - px, py) for px, py in points]


def star(x: float, y: float, outer: float, inner: float, points: int, turn: float = 0.0) -> list[Point]:
    radii = [outer if n % 2 == 0 else inner for n in range(2 * points)]
    spikes = [(x + r * math.cos(a), y + r * math.sin(a)) for r, a in zip(radii, _angles(2 * points), strict=True)]
    return turned(spikes, x, y, turn)


# --- Canvas -----------------------------------------------------------------------------------------------------


class Canvas:
    """A picture in the making. Coordinates are pixels of the finished picture; what lies outside is cut."""

    def __init__(self, width: int, height: int, colour: str) -> None:
        from PIL import Image

        self.width, self.height = width, height
        self.image: Image.Image = Image.new("RGB", (width, height), colour)
        self._clip: Image.Image | None = None

    def jpeg(self) -> bytes:
        out = io.BytesIO()
        self.image.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
        return out.getvalue()

    # Shapes

    def fill(
        self,
        outline: Sequence[Point],
        colour: str,
        shade: str | None = None,
        towards: float = 90.0,
        depth: float = 0.6,
        opacity: float = 1.0,
        blur: float = 0.0,
    ) -> None:
        """A flat shape; `shade` is sprayed on in grains, denser `towards` a direction (degrees, 90 is down)."""
        self.fills([outline], colour, shade, towards, depth, opacity, blur)

    def fills(
        self,
        outlines: Sequence[Sequence[Point]],
        colour: str,
        shade: str | None = None,
        towards: float = 90.0,
        depth: float = 0.6,
        opacity: float = 1.0,
        blur: float = 0.0,
    ) -> None:
        """Many shapes as one: quicker, and where they overlap nothing is painted twice."""
        found = self._mask(outlines, blur)
        if found is None:
            return
        left, top, mask = found
        if opacity < 1:
            mask = mask.point(lambda v: v * opacity)
        self.image.paste(colour, (left, top), mask)
        if shade:
            self._spray(left, top, mask, shade, towards, depth)

    def oval(
        self, x: float, y: float, rx: float, ry: float | None = None, *, colour: str, turn: float = 0.0, **look: object
    ) -> None:
        self.fill(oval(x, y, rx, ry, turn), colour, **look)  # type: ignore[arg-type]  # passed on as they are

    def ink(
        self, points: Sequence[Point], width: float, colour: str, taper: tuple[float, float] = (1.0, 1.0), bend: bool = True
    ) -> None:
        """A stroke; `taper` is its share of the width at either end, full in the middle."""
        from PIL import Image, ImageDraw

        path = smooth(points, closed=False, steps=8) if bend and len(points) > 2 else list(points)
        region = self._region(path, width)
        if region is None:
            return
        left, top, right, bottom, scale = region
        mask = Image.new("L", ((right - left) * scale, (bottom - top) * scale))
        pen = ImageDraw.Draw(mask)
        at = [((x - left) * scale, (y - top) * scale) for x, y in path]
        radii = [_pressure(n / max(1, len(at) - 1), taper) * width * scale / 2 for n in range(len(at))]
        for (a, ra), (b, rb) in zip(zip(at, radii, strict=True), zip(at[1:], radii[1:], strict=True), strict=False):
            _segment(pen, a, ra, b, rb)
        self.image.paste(colour, (left, top), self._clipped(mask.reduce(scale), left, top))

    def sky(self, stops: Sequence[tuple[float, str]], top: float = 0.0, bottom: float | None = None) -> None:
        """Bands of colour that run into each other from `top` to `bottom`; stops are (0 to 1, colour)."""
        import numpy as np
        from PIL import Image

        bottom = self.height if bottom is None else bottom
        rows = max(2, round(bottom - top))
        where = np.linspace(0, 1, rows)
        places = [s for s, _ in stops]
        channels = [np.interp(where, places, [rgb(c)[n] for _, c in stops]) for n in range(3)]
        rough = np.random.default_rng(11).normal(0, 0.6, (rows, 64, 1))  # hides the steps of slow gradients
        band = np.clip(np.stack(channels, axis=-1)[:, None, :] + rough, 0, 255).astype(np.uint8)
        image = Image.fromarray(band).resize((self.width, rows))
        self.image.paste(
            image, (0, round(top)), self._clip.crop((0, round(top), self.width, round(top) + rows)) if self._clip else None
        )

    def halftone(
        self, outline: Sequence[Point], colour: str, pitch: float, dense: float, sparse: float, towards: float = 90.0
    ) -> None:
        """Dots on a 45° screen, `sparse` to `dense` (share of the area covered) along a direction."""
        import numpy as np
        from PIL import Image

        found = self._mask([outline], 0)
        if found is None:
            return
        left, top, mask = found
        width, height = mask.size
        x = np.cos((np.arange(width) + left) * math.pi / pitch, dtype=np.float32)
        y = np.cos((np.arange(height) + top) * math.pi / pitch, dtype=np.float32)
        cover = sparse + (dense - sparse) * _ramp(width, height, towards)
        radius = pitch * np.sqrt(np.clip(cover, 0, 1) * 2 / math.pi)  # of a dot: one dot on 2 pitch²
        distance = np.sqrt(np.clip(1 - np.abs(np.outer(y, x)), 0, None)) * pitch * 0.9
        dots = np.clip((radius - distance) * 0.9 + 0.5, 0, 1) * np.asarray(mask)
        self.image.paste(colour, (left, top), Image.fromarray(dots.astype(np.uint8)))

    @contextmanager
    def inside(self, outline: Sequence[Point]) -> Iterator[None]:
        """What is painted in this block stays inside the outline."""
        from PIL import Image, ImageChops

        outer, mask = self._clip, Image.new("L", (self.width, self.height))
        found = self._mask([outline], 0)
        if found is not None:
            mask.paste(found[2], found[:2])
        self._clip = mask if outer is None else ImageChops.multiply(outer, mask)
        yield
        self._clip = outer

    def grain(self, strength: float = 5.0) -> None:
        """The tooth of paper over everything, last of all."""
        import numpy as np
        from PIL import Image

        tile = (_noise() - 0.5) * 2 * strength
        tooth = np.tile(tile, (self.height // TILE + 1, self.width // TILE + 1))[: self.height, : self.width, None]
        self.image = Image.fromarray(np.clip(np.asarray(self.image) + tooth, 0, 255).astype(np.uint8))

    # How

    def _region(self, points: Sequence[Point], margin: float) -> tuple[int, int, int, int, int] | None:
        """(left, top, right, bottom) on the canvas, and how many times larger to draw; None when all lies outside."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        left, top = max(0, math.floor(min(xs) - margin)), max(0, math.floor(min(ys) - margin))
        right, bottom = min(self.width, math.ceil(max(xs) + margin) + 1), min(self.height, math.ceil(max(ys) + margin) + 1)
        if left >= right or top >= bottom:
            return None
        return left, top, right, bottom, 4 if max(right - left, bottom - top) <= LARGE else 2

    def _mask(self, outlines: Sequence[Sequence[Point]], blur: float) -> tuple[int, int, Image] | None:
        from PIL import Image, ImageDraw, ImageFilter

        region = self._region([point for outline in outlines for point in outline], 3 * blur)
        if region is None:
            return None
        left, top, right, bottom, scale = region
        mask = Image.new("L", ((right - left) * scale, (bottom - top) * scale))
        pen = ImageDraw.Draw(mask)
        for outline in outlines:
            pen.polygon([((x - left) * scale, (y - top) * scale) for x, y in outline], fill=255)
        mask = mask.reduce(scale)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur))
        return left, top, self._clipped(mask, left, top)

    def _clipped(self, mask: Image, left: int, top: int) -> Image:
        from PIL import ImageChops

        if self._clip is None:
            return mask
        return ImageChops.multiply(mask, self._clip.crop((left, top, left + mask.width, top + mask.height)))

    def _spray(self, left: int, top: int, mask: Image, colour: str, towards: float, depth: float) -> None:
        import numpy as np
        from PIL import Image

        width, height = mask.size
        noise = np.tile(_noise(), (height // TILE + 2, width // TILE + 2))
        noise = noise[top % TILE : top % TILE + height, left % TILE : left % TILE + width]
        cover = (_ramp(width, height, towards) - (1 - depth)) / max(depth, 1e-6)
        grains = np.clip((cover * 1.15 - noise) * 3.0, 0, 1) * np.asarray(mask)
        self.image.paste(colour, (left, top), Image.fromarray(grains.astype(np.uint8)))


def _segment(pen: object, a: Point, ra: float, b: Point, rb: float) -> None:
    """A piece of a stroke that grows from radius ra to rb, round at both ends."""
    from PIL import ImageDraw

    assert isinstance(pen, ImageDraw.ImageDraw)
    length = math.hypot(b[0] - a[0], b[1] - a[1]) or 1.0
    nx, ny = -(b[1] - a[1]) / length, (b[0] - a[0]) / length
    pen.polygon(
        [
            (a[0] + nx * ra, a[1] + ny * ra),
            (b[0] + nx * rb, b[1] + ny * rb),
            (b[0] - nx * rb, b[1] - ny * rb),
            (a[0] - nx * ra, a[1] - ny * ra),
        ],
        fill=255,
    )
    for (x, y), r in ((a, ra), (b, rb)):
        pen.ellipse((x - r, y - r, x + r, y + r), fill=255)


def _pressure(t: float, taper: tuple[float, float]) -> float:
    """Of a pen along its stroke: from taper[0] to 1 in the middle and back to taper[1]."""
    end = taper[0] if t < 0.5 else taper[1]
    return end + (1 - end) * math.sin(math.pi * t)


def _ramp(width: int, height: int, towards: float) -> NDArray[np.float32]:
    """0 to 1 across the box in a direction, (height, width)."""
    import numpy as np

    dx, dy = math.cos(math.radians(towards)), math.sin(math.radians(towards))
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :] * dx
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * dy
    return ((x + y) / (abs(dx) + abs(dy)) + 0.5).astype(np.float32)


@cache
def _noise() -> NDArray[np.float32]:
    """Even noise in [0, 1), (TILE, TILE): soft grains of about two pixels."""
    import numpy as np

    raw = np.random.default_rng(3).random((TILE, TILE), dtype=np.float32)
    soft = (raw + np.roll(raw, 1, 0) + np.roll(raw, 1, 1) + np.roll(raw, (1, 1), (0, 1))) / 4
    ranks = soft.ravel().argsort().argsort().reshape(TILE, TILE)
    return (ranks / (TILE * TILE)).astype(np.float32)
