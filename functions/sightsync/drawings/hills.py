"""Blue ridges behind each other under a pale orange sky."""

import math
import random

from sightsync.drawings.paintbox import Canvas, Point, box, mix


def draw() -> Canvas:
    """Blue ridges behind each other under a pale orange sky."""
    canvas = Canvas(1600, 960, "#f7d9b0")
    canvas.sky([(0, "#f4b183"), (0.38, "#f9d3a4"), (0.7, "#fbe6c8"), (1, "#f3e3cf")], bottom=640)
    canvas.oval(1090, 372, 220, colour="#fff0cf", opacity=0.35, blur=42)
    canvas.oval(1090, 372, 104, colour="#fff4d8")
    for x, y, length in ((330, 150, 460), (640, 214, 330), (1190, 126, 400), (190, 262, 250)):
        for dx, dy, share in ((0, 0, 1.0), (0.22, -0.032, 0.5), (-0.26, 0.034, 0.42)):
            middle, reach = x + length * dx, length * share / 2
            streak = [(middle + reach * step / 6, y + length * dy) for step in range(-6, 7)]
            canvas.ink(streak, length * 0.034, "#fdebd0", taper=(0.05, 0.05), bend=False)
    _birds(canvas, ((760, 300), (812, 272), (858, 304), (905, 262), (705, 262)))
    ridges = (
        (520, 70, "#b9c6d6", "#d7dde2", 1.3),
        (590, 84, "#93aac4", "#bccbd9", 2.1),
        (668, 78, "#6b8cb2", "#94b0cb", 3.7),
        (748, 66, "#456c9b", "#6d93ba", 5.2),
        (826, 52, "#2b4f80", "#4672a0", 7.9),
    )
    for base, swing, colour, mist, seed in ridges:
        ridge = _ridge(canvas.width, base, swing, seed)
        canvas.fill([*ridge, (1600, 960), (0, 960)], colour, shade=mist, towards=90, depth=0.55)
    for seed, count, base, size, colour in ((4, 46, 872, 84, "#234673"), (9, 30, 930, 132, "#142a49")):
        ground = _ridge(canvas.width, base, 20, seed)
        _pines(canvas, random.Random(seed), count, ground, size, colour)  # noqa: S311 - scenery, not secrets
        canvas.fill([*ground, (1600, 960), (0, 960)], colour, shade=mix(colour, "#0d1c33", 0.5), towards=90, depth=0.8)
    canvas.grain(4)
    return canvas


def _ridge(width: int, base: float, swing: float, seed: float) -> list[Point]:
    """A mountain line: slow waves with finer ones on them, the same for one seed."""

    def height(x: float) -> float:
        waves = ((1.0, 0.0031), (0.52, 0.0073), (0.24, 0.0171), (0.11, 0.041), (0.05, 0.093))
        return sum(size * math.sin(x * pace + seed * (3 + 7 * n)) for n, (size, pace) in enumerate(waves))

    return [(x, base - swing * height(x)) for x in range(0, width + 8, 8)]


def _birds(canvas: Canvas, places: tuple[Point, ...]) -> None:
    for n, (x, y) in enumerate(places):
        size = 17 - 2 * (n % 3)
        for side in (-1, 1):
            wing = [(x, y), (x + side * size * 0.7, y - size * 0.55), (x + side * size * 1.7, y - size * 0.2)]
            canvas.ink(wing, 4.5, "#5a4a55", taper=(0.9, 0.15))


def _pines(canvas: Canvas, chance: random.Random, count: int, ground: list[Point], size: float, colour: str) -> None:
    for n in range(count):
        x = (n + chance.uniform(-0.45, 0.45)) * 1600 / (count - 1)
        foot = ground[max(0, min(len(ground) - 1, round(x / 8)))][1]
        # a clearing in the middle keeps the view open
        tall = size * chance.uniform(0.7, 1.35) * (0.5 + 0.8 * abs(x / 800 - 1) ** 1.2)
        _pine(canvas, x, foot + 10, tall, mix(colour, "#0d1c33", chance.uniform(0, 0.3)))


def _pine(canvas: Canvas, x: float, foot: float, tall: float, colour: str) -> None:
    outline: list[Point] = [(x, foot - tall)]
    tiers = 6
    for side, order in ((1, range(tiers)), (-1, range(tiers - 1, -1, -1))):
        for n in order:
            low, wide = foot - tall + tall * 0.9 * (n + 1) / tiers, tall * 0.23 * (n + 1.2) / tiers
            edge = [(x + side * wide, low), (x + side * wide * 0.45, low - tall * 0.035)]
            outline += edge if side == 1 else edge[::-1]
    canvas.fill(outline, colour)
    canvas.fill(box(x - tall * 0.02, foot - tall * 0.12, x + tall * 0.02, foot + 20), colour)
