"""White trunks before a glowing orange wood."""

import random

from sightsync.drawings.paintbox import Canvas, Point, box, moved, oval, smooth, turned


def draw() -> Canvas:
    """White trunks before a glowing orange wood."""
    canvas = Canvas(1200, 1600, "#e9a34a")
    canvas.sky([(0, "#f6cf86"), (0.45, "#f0ae58"), (0.75, "#dc7f3a"), (1, "#a94f2c")])
    chance = random.Random(21)  # noqa: S311 - scenery, not secrets
    for _ in range(16):
        x = chance.uniform(-20, 1220)
        canvas.fill(box(x, 0, x + chance.uniform(14, 30), 1330), "#f7ddae", opacity=0.5, blur=4)
    _foliage(canvas, chance, 420, (-40, 1240), (-40, 620), ("#f3b84b", "#e98f32", "#f7cf6d", "#d9702c"), 30)
    canvas.fill(
        [
            (0, 1330),
            *smooth([(0, 1310), (300, 1270), (640, 1300), (920, 1262), (1200, 1300)], closed=False),
            (1200, 1600),
            (0, 1600),
        ],
        "#a8522c",
        shade="#6f2f22",
        towards=90,
        depth=0.75,
    )
    for x, width, lean in ((150, 60, 26), (430, 92, -18), (700, 56, 20), (905, 118, 30), (1110, 66, -26)):
        _birch(canvas, chance, x, width, lean)
    _foliage(canvas, chance, 170, (-40, 1240), (-60, 260), ("#e07b2a", "#f2a93c", "#c9561f"), 36)
    _foliage(canvas, chance, 260, (-20, 1220), (1330, 1600), ("#e98f32", "#f3b84b", "#c9561f", "#8f3b22"), 22)
    for _ in range(26):
        _leaf(
            canvas,
            chance.uniform(0, 1200),
            chance.uniform(500, 1300),
            chance.uniform(15, 24),
            chance.uniform(0, 360),
            chance.choice(("#fbd36b", "#e07b2a", "#f2a93c")),
        )
    canvas.grain(4)
    return canvas


def _birch(canvas: Canvas, chance: random.Random, x: float, width: float, lean: float) -> None:
    foot = 1400 + width * 0.9
    left = [(x + lean + 4, -20), (x + lean * 0.5, 520), (x, 1060), (x - width * 0.22, foot)]
    right = [(x + width * 1.25, foot), (x + width, 1060), (x + lean * 0.5 + width * 0.86, 520), (x + lean + width * 0.72, -20)]
    trunk = [*smooth(left, closed=False), *smooth(right, closed=False)]
    canvas.fill(oval(x + width * 0.9, foot, width * 1.5, width * 0.22), "#4d2018", opacity=0.5, blur=12)
    canvas.fill(trunk, "#f7f1e6", shade="#b9a596", towards=0, depth=0.6)
    with canvas.inside(trunk):
        for _ in range(int(16 + width * 0.22)):
            y, start = chance.uniform(0, foot), chance.choice((0, 1))
            reach = width * chance.uniform(0.12, 0.5)
            edge = x + lean * (1 - y / 1400) + (start * width * 0.98)
            canvas.ink(
                [(edge, y), (edge + (1 - 2 * start) * reach, y + chance.uniform(-6, 9))],
                width * chance.uniform(0.06, 0.15),
                "#2e2622",
                taper=(1, 0.1),
            )
        for _ in range(int(width / 34)):
            y = chance.uniform(220, 1150)
            middle, wide = x + lean * (1 - y / 1400) + width * chance.uniform(0.35, 0.6), width * 0.2
            canvas.fill(
                smooth([(middle - wide, y), (middle, y - wide * 0.55), (middle + wide, y), (middle, y + wide * 0.6)]), "#2e2622"
            )
            canvas.ink(
                [(middle - wide * 1.2, y - wide * 0.5), (middle, y - wide * 1.25), (middle + wide * 1.2, y - wide * 0.5)],
                width * 0.05,
                "#2e2622",
                taper=(0.2, 0.2),
            )
    for _ in range(int(width * 0.45)):  # leaves heaped against the foot
        heap = chance.gauss(x + width * 0.5, width * 0.62), foot + chance.uniform(-30, 12) + width * 0.02
        _leaf(
            canvas,
            *heap,
            chance.uniform(15, 25),
            chance.uniform(0, 360),
            chance.choice(("#e98f32", "#f3b84b", "#c9561f", "#8f3b22")),
        )


def _foliage(
    canvas: Canvas, chance: random.Random, count: int, across: Point, down: Point, tints: tuple[str, ...], size: float
) -> None:
    for _ in range(count):
        _leaf(
            canvas,
            chance.uniform(*across),
            chance.uniform(*down),
            size * chance.uniform(0.6, 1.2),
            chance.uniform(0, 360),
            chance.choice(tints),
        )


def _leaf(canvas: Canvas, x: float, y: float, size: float, turn: float, colour: str) -> None:
    blade = [(-1, 0), (-0.55, -0.42), (0.1, -0.5), (0.62, -0.28), (1.1, 0), (0.62, 0.28), (0.1, 0.5), (-0.55, 0.42)]
    canvas.fill(turned(moved(smooth(blade, steps=3), x, y, size), x, y, turn), colour)
