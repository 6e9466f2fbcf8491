"""A botanical plate: a twig with green leaves and red berries on pale paper."""

import math
import random

from sightsync.drawings.paintbox import Canvas, box, mix, moved, oval, smooth, turned

LEAVES_OF_ROWAN = (
    (568, 1190, 400, -154, 1),
    (582, 1070, 410, -26, 2),
    (606, 860, 410, -160, 3),
    (598, 730, 400, -22, 4),
    (562, 540, 380, -152, 5),
    (570, 430, 370, -34, 6),
    (590, 260, 190, -88, 7),
)


def draw() -> Canvas:
    """A twig with green leaves and red berries on pale paper."""
    canvas = Canvas(1150, 1540, "#f4eedf")
    canvas.fill(box(0, 0, 1150, 1540), "#f4eedf", shade="#e7dcc4", towards=60, depth=0.35)
    canvas.ink([(600, 1490), (560, 1180), (610, 860), (560, 520), (590, 250)], 20, "#6d4c35", taper=(1, 0.3))
    canvas.ink([(592, 1480), (553, 1180), (603, 860), (555, 540)], 5, "#9a7355", taper=(0.6, 0.1))
    for x, y, length, turn, seed in LEAVES_OF_ROWAN:
        _compound_leaf(canvas, x, y, length, turn, seed)
    _berries(canvas, 600, 900, 716, 1120, 8)
    _berries(canvas, 570, 580, 452, 790, 15)
    canvas.grain(4)
    return canvas


def _compound_leaf(canvas: Canvas, x: float, y: float, length: float, turn: float, seed: int) -> None:
    """Leaflets in pairs along a stalk that hangs a little, and one at its end."""
    along = [(length * t, length * 0.16 * t * t) for t in (0, 0.33, 0.66, 1.0)]
    bow = 1 if math.cos(math.radians(turn)) > 0 else -1
    stalk = turned([(x + px, y + bow * py) for px, py in along], x, y, turn)
    line = smooth(stalk, closed=False, steps=10)
    pairs = 5
    for n in range(pairs):
        at = line[int(4 + n * (len(line) - 5) / pairs)]
        size = length * (0.42 - 0.05 * abs(n - 1.6))
        for side in (-1, 1):
            _leaflet(canvas, *at, size, turn + side * (56 - 4 * n), seed + n)
    _leaflet(canvas, *line[-1], length * 0.36, turn + bow * 14, seed)
    canvas.ink(stalk, 6, "#7d8a4a", taper=(1, 0.4))


def _leaflet(canvas: Canvas, x: float, y: float, size: float, turn: float, seed: int) -> None:
    upper = [(0, 0), (0.18, -0.13), (0.45, -0.185), (0.75, -0.12), (1, 0)]
    edge = smooth(upper, closed=False, steps=6)
    toothed = [(px, py * (1.06 if n % 2 else 0.94)) for n, (px, py) in enumerate(edge)]
    half = turned(moved(toothed, x, y, size), x, y, turn)
    other = turned(moved([(px, -py) for px, py in toothed], x, y, size), x, y, turn)
    tint = ("#5f8a45", "#6f9a4c", "#4f7a3f", "#7aa353")[seed % 4]
    canvas.fill([*half, *other[::-1]], tint, shade="#2f5a35", towards=turn + 180, depth=0.5)
    canvas.fill(half, mix(tint, "#dfe8a8", 0.35), opacity=0.45)
    rib = turned([(x + size * 0.02, y), (x + size * 0.95, y)], x, y, turn)
    canvas.ink(rib, 3.2, "#c3d08c", taper=(1, 0.2))
    for n in range(1, 6):
        for side in (-1, 1):
            root, tip = (
                (x + size * 0.15 * n, y),
                (x + size * (0.15 * n + 0.11), y + side * size * 0.11 * math.sin(math.pi * (0.15 * n + 0.08))),
            )
            canvas.ink(turned([root, tip], x, y, turn), 1.6, "#a9bb74", taper=(1, 0.3))


def _berries(canvas: Canvas, x: float, y: float, to_x: float, to_y: float, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - scenery, not secrets
    rings = ((1, 0.0), (6, 0.42), (11, 0.78), (15, 1.08))
    spots = [
        (to_x + 92 * r * math.cos(a + r * 5) + chance.uniform(-7, 7), to_y + 74 * r * math.sin(a + r * 5) + chance.uniform(-7, 7))
        for count, r in rings
        for a in [2 * math.pi * n / count for n in range(count)]
    ]
    spots.sort(key=lambda spot: spot[1])
    fork = ((x + to_x) / 2 + (to_x - x) * 0.1, (y + to_y) / 2 - 20)
    canvas.ink([(x, y), fork, (to_x, to_y - 40)], 8, "#7a5a3a", taper=(1, 0.5))
    for bx, by in spots:
        canvas.ink([fork, ((fork[0] + bx) / 2 + 8, (fork[1] + by) / 2 - 14), (bx, by)], 3.5, "#8a6a42", taper=(0.8, 0.8))
    for bx, by in spots:
        size = chance.uniform(20, 25)
        canvas.fill(
            oval(bx, by, size, size * 0.97),
            chance.choice(("#cf3a2c", "#d94b33", "#b92d29")),
            shade="#7e1a1f",
            towards=60,
            depth=0.6,
        )
        canvas.fill(oval(bx - size * 0.34, by - size * 0.36, size * 0.24, size * 0.17, -35), "#f7b9a0", opacity=0.9, blur=1)
        canvas.fill(oval(bx + size * 0.2, by + size * 0.62, size * 0.13, size * 0.1), "#4d1417")
