"""A page of four panels: a robot in a purple city finds a flower."""

import math
import random
from collections.abc import Sequence

from sightsync.drawings.comic import INK, PAPER, balloon, outlined
from sightsync.drawings.paintbox import Canvas, Place, Point, box, moved, oval, rounded, smooth, turned


def heart(x: float, y: float, size: float) -> list[Point]:
    half = [(0, 0.9), (0.55, 0.42), (0.95, -0.1), (0.9, -0.55), (0.5, -0.75), (0.14, -0.6), (0, -0.32)]
    right = smooth(half, closed=False)
    return moved([*right, *[(-px, py) for px, py in right[::-1]]], x, y, size)


def draw() -> Canvas:
    """A page of four panels: a robot in a purple city finds a flower."""
    canvas = Canvas(1150, 1600, PAPER)
    panels = (box(46, 46, 1104, 520), box(46, 552, 560, 1050), box(592, 552, 1104, 1050), box(46, 1082, 1104, 1554))
    for panel, paint in zip(panels, (_city, _walk, _found, _love), strict=True):
        with canvas.inside(panel):
            paint(canvas)
        canvas.ink([*panel, panel[0]], 11, INK, bend=False)
    canvas.grain(3)
    return canvas


def _city(canvas: Canvas) -> None:
    canvas.sky([(0, "#3a2a78"), (0.4, "#8a4f9f"), (0.75, "#e58a8f"), (1, "#f6b78f")], top=46, bottom=520)
    canvas.halftone(box(46, 46, 1104, 260), "#2a1d5e", 13, 0.55, -0.3, towards=-90)
    outlined(canvas, oval(860, 176, 84), "#ffe9b3", 7, dots=("#f3b562", 11.0, 0.5, -0.2, 120.0))
    chance = random.Random(8)  # noqa: S311 - drawing, not secrets
    for base, low, high, colour, lit in (
        (430, 40, 150, "#8a4f96", 0.0),
        (500, 70, 230, "#50347f", 0.2),
        (560, 60, 210, "#241a4c", 0.34),
    ):
        x = 20.0
        while x < 1120:
            wide, tall = chance.uniform(54, 118), chance.uniform(low, high)
            canvas.fill(box(x, base - tall, x + wide, 540), colour)
            if chance.random() < 0.3:
                canvas.fill(box(x + wide / 2 - 3, base - tall - 48, x + wide / 2 + 3, base - tall), colour)
            for wx in range(int(x) + 10, int(x + wide) - 14, 22):
                for wy in range(int(base - tall) + 14, 520, 30):
                    if chance.random() < lit:
                        canvas.fill(box(wx, wy, wx + 11, wy + 15), chance.choice(("#ffd86b", "#ffb45c", "#fff0b8")))
            x += wide + chance.uniform(-6, 10)


def _walk(canvas: Canvas) -> None:
    canvas.fill(box(40, 552, 560, 1050), "#f4c95d")
    canvas.halftone(box(40, 552, 560, 1050), "#ee9b3a", 14, 0.7, -0.1, towards=60)
    canvas.fill([(40, 940), (560, 910), (560, 1050), (40, 1050)], "#5a4a86")
    canvas.ink([(40, 940), (560, 910)], 8, INK, bend=False)
    for n in range(5):
        canvas.ink([(76 + n * 8, 700 + n * 46), (120, 700 + n * 46), (170 - n * 6, 700 + n * 46)], 7, INK, taper=(0.1, 0.6))
    _robot(canvas, 326, 808, 0.78, look=(10, 2), arms="swing")


def _found(canvas: Canvas) -> None:
    canvas.fill(box(590, 552, 1110, 1050), "#bfe3dc")
    turns = [2 * math.pi * n / 40 for n in range(40)]
    rays = [
        [(850 + r * math.cos(a + d), 800 + r * math.sin(a + d)) for r, d in ((150, 0), (700, -0.035), (700, 0.035))] for a in turns
    ]
    canvas.fills(rays, "#8ecfc4")
    mound = smooth([(560, 1050), (640, 960), (850, 924), (1060, 960), (1140, 1050)], closed=False)
    canvas.fill([*mound, (1140, 1100), (560, 1100)], "#6b5a4a")
    canvas.ink(mound, 8, INK, bend=False)
    _flower(canvas, 850, 930, 1.5)
    for x, y, turn in ((700, 690, -30), (1000, 690, 30), (850, 610, 0)):
        canvas.ink(turned([(x, y - 26), (x, y + 26)], x, y, turn), 9, INK, taper=(1, 0.2))


def _love(canvas: Canvas) -> None:
    canvas.sky([(0, "#f7b5b0"), (1, "#fde2c4")], top=1082, bottom=1554)
    canvas.halftone(box(46, 1082, 1104, 1554), "#ee7f8b", 14, -0.2, 0.5, towards=90)
    ground = smooth([(0, 1490), (300, 1470), (700, 1484), (1160, 1450)], closed=False)
    canvas.fill([*ground, (1160, 1640), (0, 1640)], "#5a4a86")
    canvas.ink(ground, 8, INK, bend=False)
    _robot(canvas, 330, 1328, 0.84, look=(12, 4), arms="hold")
    balloon(canvas, 820, 1216, 210, 96, ((640, 1236), (668, 1274), (456, 1224)))
    outlined(canvas, heart(820, 1222, 58), "#e23b4e", 8)
    canvas.ink([(788, 1204), (794, 1190), (806, 1184)], 8, "#ffd5d2", taper=(0.4, 0.4))


def _robot(canvas: Canvas, x: float, y: float, scale: float, look: Point, arms: str) -> None:
    def at(points: Sequence[Point]) -> list[Point]:
        return moved(points, x, y, scale)

    steel, dark, warm = "#9fb4c9", "#5f7590", "#e8604c"
    for side in (-1, 1):
        step = 26 * side if arms == "swing" else 0
        canvas.ink(at([(side * 40, 110), (side * 44 + step, 150), (side * 46 + step * 1.4, 186)]), 24 * scale, INK)
        canvas.ink(at([(side * 40, 110), (side * 44 + step, 150), (side * 46 + step * 1.4, 186)]), 12 * scale, dark)
        outlined(canvas, at(rounded(side * 46 + step * 1.4 - 36, 176, side * 46 + step * 1.4 + 40, 212, 16)), warm, 8)
    _arms(canvas, at, scale, arms)
    outlined(canvas, at(rounded(-88, -32, 88, 122, 34)), steel, 9, shade=dark, towards=60, depth=0.6)
    outlined(canvas, at(rounded(-46, 8, 46, 74, 14)), "#2f3d55", 7)
    canvas.ink(at([(-36, 44), (-18, 44), (-8, 22), (6, 62), (16, 44), (36, 44)]), 6 * scale, "#7df0c8", bend=False)
    canvas.ink(at([(0, -52), (0, -28)]), 26 * scale, INK)
    canvas.ink(at([(0, -196), (0, -250)]), 9 * scale, INK)
    outlined(canvas, at(oval(0, -262, 17)), warm, 7)
    for side in (-1, 1):
        outlined(canvas, at(rounded(side * 128 - 18, -152, side * 128 + 18, -92, 12)), warm, 8)
    outlined(canvas, at(rounded(-122, -200, 122, -48, 46)), steel, 10, shade=dark, towards=60, depth=0.55)
    outlined(canvas, at(rounded(-92, -168, 92, -76, 34)), "#fbf5e6", 8)
    for side in (-1, 1):
        canvas.fill(at(oval(side * 40 + look[0], -128 + look[1], 18, 22)), INK)
        canvas.fill(at(oval(side * 40 + look[0] + 6, -137 + look[1], 6)), "#ffffff")
    canvas.ink(
        at([(-16 + look[0], -98 + look[1]), (look[0], -90 + look[1]), (16 + look[0], -98 + look[1])]),
        7 * scale,
        INK,
        taper=(0.4, 0.4),
    )


def _arms(canvas: Canvas, at: Place, scale: float, kind: str) -> None:
    if kind == "swing":
        paths = ([(-84, 0), (-140, 40), (-150, 98)], [(84, 0), (136, 30), (168, 78)])
    else:
        paths = ([(-84, 0), (-146, 40), (-176, -10)], [(84, 0), (130, 50), (104, 98)])
        [(fx, fy)] = at([(-186, -6)])
        _flower(canvas, fx, fy, 0.78)
    for path in paths:
        canvas.ink(at(path), 26 * scale, INK)
        canvas.ink(at(path), 12 * scale, "#5f7590")
        outlined(canvas, at(oval(*path[-1], 24)), "#e8604c", 8)


def _flower(canvas: Canvas, x: float, y: float, scale: float) -> None:
    """A daisy whose stalk stands on (x, y)."""

    def at(points: Sequence[Point]) -> list[Point]:
        return moved(points, x, y, scale)

    canvas.ink(at([(0, 8), (-8, -50), (2, -104)]), 13 * scale, INK)
    canvas.ink(at([(0, 8), (-8, -50), (2, -104)]), 6 * scale, "#4f9a4a")
    for side in (-1, 1):
        outlined(canvas, at(smooth([(-4, -28), (side * 30, -64), (side * 66, -58), (side * 40, -28)])), "#5fb257", 6 * scale)
    for n in range(8):
        a = 45 * n
        outlined(canvas, at(turned(oval(2, -104 - 38, 17, 28), 2, -104, a)), "#ff8fb0" if n % 2 else "#ffb3c8", 6 * scale)
    outlined(canvas, at(oval(2, -104, 22)), "#ffd22e", 6 * scale)
