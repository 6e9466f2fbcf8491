"""A red rocket bursting out of a yellow star on a blue screen."""

import math
import random
from collections.abc import Sequence

from sightsync.drawings.comic import INK, PAPER, cloud, outlined
from sightsync.drawings.paintbox import Canvas, Point, box, mirrored, moved, oval, smooth, star, turned


def draw() -> Canvas:
    """A red rocket bursting out of a yellow star on a blue screen."""
    canvas = Canvas(1600, 1150, "#2f86c9")
    whole = box(0, 0, 1600, 1150)
    canvas.sky([(0, "#1f5fae"), (0.6, "#3c9ad6"), (1, "#7cc4e6")])
    canvas.halftone(whole, "#123f86", 21, 0.62, 0.02, towards=-90)
    chance = random.Random(3)  # noqa: S311 - drawing, not secrets
    centre = (620, 690)
    canvas.fills([_speed_line(chance, centre, 2 * math.pi * n / 64) for n in range(64)], "#eaf6fb", opacity=0.9)
    _burst(canvas, *centre)
    shade = ("#b3c6dc", 13.0, 0.62, -0.3, 70.0)
    cloud(
        canvas,
        [(x, 985 + 46 * math.sin(n * 1.9), 92 + 26 * math.cos(n * 2.3)) for n, x in enumerate(range(20, 1260, 118))],
        "#fdfaf2",
        dots=shade,
    )
    _ship(canvas)
    cloud(
        canvas,
        [(x, 1112 + 30 * math.sin(n * 2.6), 98 + 30 * math.cos(n * 1.7)) for n, x in enumerate(range(-20, 1500, 132))],
        "#fdfaf2",
        dots=shade,
    )
    for x, y, size, turn in ((1390, 180, 46, 10), (1500, 420, 26, 30), (210, 170, 38, 0), (90, 420, 22, 20), (1130, 130, 22, 40)):
        outlined(canvas, star(x, y, size, size * 0.42, 5, turn - 18), "#ffe14d", 7)
    canvas.ink([(8, 8), (1592, 8), (1592, 1142), (8, 1142), (8, 8)], 20, INK, bend=False)
    return canvas


def _speed_line(chance: random.Random, centre: Point, a: float) -> list[Point]:
    """A needle that points at the centre from afar."""
    a += chance.uniform(-0.03, 0.03)
    near, wide = chance.uniform(560, 680), chance.uniform(0.004, 0.013)
    return [(centre[0] + r * math.cos(a + d), centre[1] + r * math.sin(a + d)) for r, d in ((near, 0), (1600, -wide), (1600, wide))]


def _burst(canvas: Canvas, x: float, y: float) -> None:
    orange_dots = ("#f28c1e", 15.0, 0.5, 0.02, -60.0)
    for outer, inner, colour, turn, dots in (
        (640, 450, "#f28c1e", 0, None),
        (530, 370, "#ffd22e", 6, orange_dots),
        (390, 280, "#fff3a6", 12, None),
    ):
        jagged = star(x, y, outer, inner, 19, turn)
        uneven = [
            (x + (px - x) * (1 + 0.08 * math.sin(n * 2.4)), y + (py - y) * (0.88 + 0.08 * math.cos(n * 1.7)))
            for n, (px, py) in enumerate(jagged)
        ]
        outlined(canvas, uneven, colour, 10, dots=dots)


def _ship(canvas: Canvas) -> None:
    def at(points: Sequence[Point]) -> list[Point]:
        return turned(moved(points, 800, 560), 800, 560, 52)

    flame = [
        (-74, 400),
        (-120, 520),
        (-84, 500),
        (-92, 640),
        (-40, 560),
        (0, 760),
        (40, 560),
        (92, 640),
        (84, 500),
        (120, 520),
        (74, 400),
    ]
    outlined(canvas, at(flame), "#f2561d", 9)
    canvas.fill(at([(-44, 400), (-56, 500), (-24, 470), (0, 610), (24, 470), (56, 500), (44, 400)]), "#ffd22e")
    for side in (-1, 1):
        fin = [(side * 120, 130), (side * 250, 300), (side * 262, 470), (side * 180, 400), (side * 96, 372)]
        outlined(canvas, at(smooth(fin)), "#f7c72b", 10, shade="#d98a15", towards=110)
    outlined(canvas, at([(-84, 356), (84, 356), (66, 416), (-66, 416)]), "#8b95a5", 9, shade="#4e586b", towards=60)
    right = [(0, -520), (78, -400), (140, -210), (158, 0), (140, 210), (92, 366)]
    body = smooth([*right, *mirrored(right[1:], 0)[::-1]])
    outlined(canvas, at(body), "#dc2f27", 11)
    with canvas.inside(at(body)):
        canvas.halftone(at(body), "#8d1219", 13, 0.75, -0.35, towards=70)
        canvas.fill(at(oval(-76, -80, 26, 250, 6)), "#ff8a78", opacity=0.85)
        nose = at([(-200, -560), (200, -560), (200, -300), (0, -262), (-200, -300)])
        canvas.fill(nose, PAPER)
        canvas.halftone(nose, "#c3b8a4", 13, 0.6, -0.3, towards=70)
        canvas.ink(at([(-170, -304), (0, -262), (170, -304)]), 10, INK)
        canvas.ink(at([(-170, 250), (0, 292), (170, 250)]), 24, "#f7c72b")
        canvas.ink(at([(-170, 232), (0, 274), (170, 232)]), 7, INK)
        canvas.ink(at([(-170, 270), (0, 312), (170, 270)]), 7, INK)
    canvas.ink([*at(body), at(body)[0]], 11, INK, bend=False)
    outlined(canvas, at(oval(0, -70, 84)), "#f7c72b", 9, shade="#d98a15", towards=90)
    outlined(canvas, at(oval(0, -70, 56)), "#8fd3ef", 8, shade="#2f86c9", towards=90)
    canvas.ink(at([(-30, -84), (-18, -104), (4, -110)]), 9, "#ffffff", taper=(0.3, 0.3))
    outlined(canvas, at([(-14, 150), (14, 150), (22, 430), (-22, 430)]), "#f7c72b", 9)
