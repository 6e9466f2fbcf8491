"""A blue profile full of stars on a pink and orange evening."""

import math
import random

from sightsync.drawings.paintbox import Canvas, Point, mix, moved, oval, smooth, star

PROFILE: list[Point] = [
    (250, 1680), (268, 1440), (300, 1330), (262, 1190), (206, 1010), (196, 800), (250, 590), (390, 430), (580, 360),
    (760, 396), (872, 500), (912, 610), (916, 690), (938, 752), (996, 856), (1006, 884), (976, 908), (948, 914),
    (950, 946), (966, 974), (948, 994), (962, 1022), (944, 1056), (940, 1096), (926, 1146), (868, 1176),
    (770, 1176), (722, 1206), (724, 1300), (800, 1400), (960, 1500), (1040, 1680),
]  # fmt: skip


def draw() -> Canvas:
    """A dark blue profile full of stars on a pink and orange evening."""
    canvas = Canvas(1200, 1600, "#f3b49f")
    canvas.sky([(0, "#e98fa0"), (0.45, "#f5b39c"), (0.8, "#fbd5ab"), (1, "#fce3bd")])
    canvas.oval(640, 800, 560, colour="#fce7cf", opacity=0.55, blur=50)
    outline = smooth(PROFILE, steps=8)
    canvas.fill(moved(outline, 26, 14), "#a8465e", opacity=0.35, blur=22)
    with canvas.inside(outline):
        canvas.sky([(0.2, "#0e1b3f"), (0.5, "#1c2f66"), (0.72, "#33508f"), (0.9, "#6f7fb5"), (1, "#a98fb5")])
        _stars(canvas)
        _moon(canvas)
        _mountains(canvas)
    canvas.ink([(842, 730), (872, 744), (900, 738)], 7, "#dfe6ff", taper=(0.3, 0.3))
    for n in range(3):
        canvas.ink([(862 + n * 16, 744 - n), (872 + n * 17, 762 - n * 2)], 4, "#dfe6ff", taper=(1, 0.2))
    _birds(canvas)
    canvas.grain(4)
    return canvas


def _stars(canvas: Canvas) -> None:
    chance = random.Random(12)  # noqa: S311 - stars, not secrets
    for _ in range(26):  # a band of faint light from neck to brow
        t = chance.random()
        canvas.fill(
            oval(330 + 480 * t + chance.gauss(0, 40), 1130 - 640 * t + chance.gauss(0, 40), 90, 60),
            "#7f8fd0",
            opacity=0.13,
            blur=34,
        )
    for _ in range(420):
        x, y = chance.uniform(180, 1020), chance.uniform(350, 1350)
        near = math.exp(-((((x - 330) * 640 + (y - 1130) * 480) / (800 * 150)) ** 2))
        if chance.random() < 0.3 + 0.7 * near:
            canvas.fill(
                oval(x, y, chance.choice((1.4, 1.8, 2.3, 3.2))),
                chance.choice(("#ffffff", "#fdeccb", "#c9d6ff")),
                opacity=chance.uniform(0.5, 1),
            )
    for x, y, size in ((470, 560, 26), (760, 560, 18), (350, 870, 20), (640, 1010, 16), (840, 1080, 13)):
        canvas.fill(oval(x, y, size * 1.1), "#cfd8ff", opacity=0.35, blur=9)
        canvas.fill(star(x, y, size, size * 0.16, 4, 90), "#ffffff")


def _moon(canvas: Canvas) -> None:
    moon = oval(650, 720, 112)
    canvas.fill(oval(650, 720, 170), "#f9e7b9", opacity=0.28, blur=40)
    canvas.fill(moon, "#faedc8", shade="#e3c88e", towards=140, depth=0.5)
    with canvas.inside(moon):
        for dx, dy, r in ((-40, -30, 22), (30, 20, 30), (-20, 54, 15), (52, -46, 13)):
            canvas.fill(oval(650 + dx, 720 + dy, r), "#ead7a4", opacity=0.8)


def _mountains(canvas: Canvas) -> None:
    for base, swing, seed, colour in ((1300, 50, 2.0, "#3c4a86"), (1390, 44, 5.0, "#26356b"), (1480, 36, 8.0, "#141f47")):
        crest = [
            (x, base - swing * (math.sin(x * 0.011 + seed) + 0.5 * math.sin(x * 0.027 + seed * 3) + 0.2 * math.sin(x * 0.07)))
            for x in range(180, 1080, 10)
        ]
        canvas.fill([*crest, (1080, 1620), (180, 1620)], colour, shade=mix(colour, "#8f9ad0", 0.4), towards=-90, depth=0.3)


def _birds(canvas: Canvas) -> None:
    for x, y, size in ((180, 300, 1.0), (1010, 330, 0.8), (1080, 1180, 0.7)):
        for dx, dy in ((0, 0), (46, -26), (88, 8)):
            for side in (-1, 1):
                px, py = x + dx * size, y + dy * size
                canvas.ink(
                    [(px, py), (px + side * 13 * size, py - 11 * size), (px + side * 30 * size, py - 4 * size)],
                    5,
                    "#8b3f57",
                    taper=(0.9, 0.1),
                )
