"""What the comics among the samples share: ink outlines, dots, clouds and balloons without words."""

import math

from sightsync.drawings.paintbox import Canvas, Point, oval, smooth

INK = "#171419"
PAPER = "#fbf5e6"


Dots = tuple[str, float, float, float, float]  # colour, pitch, share of the area where dense and where sparse, direction


def outlined(
    canvas: Canvas,
    outline: list[Point],
    colour: str,
    width: float = 9,
    shade: str | None = None,
    towards: float = 60,
    depth: float = 0.5,
    dots: Dots | None = None,
) -> None:
    """A shape as comics have it: flat, shaded by grains or dots, and inked round."""
    canvas.fill(outline, colour, shade=shade, towards=towards, depth=depth)
    if dots:
        canvas.halftone(outline, *dots)
    canvas.ink([*outline, outline[0], outline[1]], width, INK, bend=False)


def balloon(
    canvas: Canvas, x: float, y: float, rx: float, ry: float, tail: tuple[Point, Point, Point], colour: str = "#fffdf6"
) -> None:
    """A speech balloon; `tail` is its two roots and its tip."""
    shape = smooth([_balloon_point(x, y, rx, ry, math.pi * n / 12) for n in range(24)], steps=4)
    canvas.ink([*shape, shape[0]], 14, INK, bend=False)
    canvas.ink([*tail, tail[0]], 12, INK, bend=False)
    canvas.fills([shape], colour)
    canvas.fills([list(tail)], colour)


def _balloon_point(x: float, y: float, rx: float, ry: float, a: float) -> Point:
    square = 1 - 0.06 * math.cos(4 * a)  # between an ellipse and a box
    return x + rx * math.cos(a) * square, y + ry * math.sin(a) * square


def cloud(canvas: Canvas, lumps: list[tuple[float, float, float]], colour: str, width: float = 9, dots: Dots | None = None) -> None:
    """Round lumps (x, y, radius) inked round as one."""
    canvas.fills([oval(x, y, r + width) for x, y, r in lumps], INK)
    canvas.fills([oval(x, y, r) for x, y, r in lumps], colour)
    for x, y, r in lumps if dots else ():
        canvas.halftone(oval(x, y, r * 0.97), *dots)  # type: ignore[misc]  # dots is not None here
