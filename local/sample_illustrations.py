"""Four illustrations among the samples: hills, a still life, a botanical plate, a birch wood."""

from __future__ import annotations

import math
import random

from local.drawing import Canvas, Point, box, mix, moved, oval, smooth, turned


def hills() -> Canvas:
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


# --- Still life -------------------------------------------------------------------------------------------------


def lemons() -> Canvas:
    """Yellow lemons in a blue bowl, with a jug and the shadow of a window."""
    canvas = Canvas(1600, 1200, "#e9ded0")
    canvas.sky([(0, "#d9cfc4"), (0.5, "#e8ddd0"), (1, "#efe6da")], bottom=800)
    for x in (120, 420, 720):  # light through a window on the wall
        for y in (60, 340):
            pane = [(x, y), (x + 240, y - 44), (x + 240, y + 196), (x, y + 240)]
            canvas.fill(pane, "#f8efdf", opacity=0.9, blur=5)
    canvas.fill(box(0, 770, 1600, 1200), "#b9714e", shade="#8f4f38", towards=100, depth=0.75)
    canvas.fill(box(0, 770, 1600, 782), "#d48f68")
    _cloth(canvas)
    canvas.fill(oval(760, 990, 470, 66), "#5c2f2a", opacity=0.45, blur=20)
    _jug(canvas)
    _bowl(canvas)
    canvas.fill(oval(1300, 1052, 170, 30), "#4f2a28", opacity=0.45, blur=12)
    _lemon(canvas, 1260, 990, 118, -14)
    _half_lemon(canvas, 1040, 1068, 92)
    canvas.grain(4)
    return canvas


def _cloth(canvas: Canvas) -> None:
    cloth = [(-10, 930), (180, 862), (900, 846), (1180, 900), (1040, 1210), (-10, 1210)]
    canvas.fill(moved(cloth, 10, 14), "#5c2f2a", opacity=0.35, blur=10)
    with canvas.inside(cloth):
        canvas.fill(cloth, "#f3ece0", shade="#d9cdbd", towards=30, depth=0.5)
        for n in range(-2, 16):
            x = -120 + n * 96
            canvas.fill([(x, 1210), (x + 30, 1210), (x * 0.72 + 300, 840), (x * 0.72 + 278, 840)], "#7fa3c7", opacity=0.55)
        for n in range(7):
            y = 868 + n * n * 5.6 + n * 16
            canvas.fill(box(-10, y, 1300, y + 8 + n * 2.6), "#7fa3c7", opacity=0.55)


def _jug(canvas: Canvas) -> None:
    right = [(438, 300), (446, 380), (500, 470), (548, 600), (548, 740), (500, 860), (440, 902)]
    left = mirrored_about(right, 350)
    body = smooth([*right, *left[::-1]])
    canvas.fill(oval(370, 905, 190, 36), "#4f2a28", opacity=0.45, blur=14)
    canvas.ink([(262, 372), (120, 400), (96, 540), (178, 650)], 34, "#cfd8d6")
    canvas.ink([(262, 366), (122, 392), (94, 530), (172, 640)], 10, "#eef2ee", taper=(0.2, 0.2))
    canvas.fill(body, "#e6ebe6", shade="#9fb3b8", towards=15, depth=0.7)
    with canvas.inside(body):
        canvas.fill(oval(262, 560, 34, 190, 8), "#fbfcf8", opacity=0.8, blur=16)
        for n, y in enumerate((640, 672, 692)):
            band = smooth([(140, y - 10), (350, y + 26), (562, y - 10)], closed=False)
            canvas.ink(band, (20, 7, 4)[n], "#3f6ea8", bend=False)
    lip = smooth([(262, 306), (350, 288), (438, 300), (492, 272), (446, 326), (350, 338), (266, 326)])
    canvas.fill(lip, "#f6f8f3", shade="#b7c6c8", towards=80, depth=0.6)
    canvas.fill(oval(348, 312, 78, 16), "#7d9298")
    _branch(canvas, [(352, 312), (372, 200), (452, 96)], 1)
    _branch(canvas, [(342, 312), (318, 190), (232, 84)], -1)
    _branch(canvas, [(348, 310), (350, 180), (338, 40)], 1)


def mirrored_about(points: list[Point], x: float) -> list[Point]:
    return [(2 * x - px, py) for px, py in points]


def _branch(canvas: Canvas, path: list[Point], side: int) -> None:
    canvas.ink(path, 7, "#57643f", taper=(1, 0.4))
    line = smooth(path, closed=False, steps=10)
    for n, (x, y) in enumerate(line[6::3]):
        turn = (38 if (n % 2) else -38) * side - 90
        tip = turned([(x, y), (x + 40, y - 22), (x + 92, y - 6), (x + 46, y + 20)], x, y, turn)
        canvas.fill(smooth(tip), ("#6f8a4e", "#88a065", "#587443")[n % 3], shade="#3d5535", towards=120, depth=0.55)


def _bowl(canvas: Canvas) -> None:
    back = oval(800, 770, 330, 74)
    canvas.fill(back, "#24406e")
    for x, y, size, turn in ((640, 716, 106, 24), (960, 720, 108, -32), (800, 690, 122, -8), (716, 768, 108, -22), (884, 772, 110, 18)):
        _lemon(canvas, x, y, size, turn)
    leaf = smooth([(826, 600), (880, 540), (964, 536), (1010, 570), (930, 606)])
    canvas.fill(leaf, "#6f8a4e", shade="#3d5535", towards=120, depth=0.6)
    canvas.ink([(822, 606), (890, 580), (996, 568)], 4, "#a9bd80", taper=(1, 0.3))
    body = smooth([(470, 772), (478, 840), (560, 952), (680, 1006), (800, 1014), (920, 1006), (1040, 952), (1122, 840), (1130, 772)], closed=False)
    rim = [(800 + 330 * math.cos(a), 770 + 74 * math.sin(a)) for a in [math.pi * n / 40 for n in range(41)]]
    shape = [*body, *rim]
    canvas.fill(shape, "#3565a8", shade="#1b3768", towards=40, depth=0.75)
    with canvas.inside(shape):
        canvas.fill(oval(610, 890, 40, 110, 32), "#7ea6d8", opacity=0.65, blur=16)
        for n in range(11):
            x = 500 + n * 60
            canvas.ink([(x, 872 + 34 * math.sin(math.pi * n / 10)), (x + 30, 912 + 30 * math.sin(math.pi * n / 10)), (x + 60, 872 + 34 * math.sin(math.pi * (n + 1) / 10))], 7, "#e8e4d2")
    canvas.ink(rim, 12, "#6f9ad0", bend=False)
    canvas.fill(box(690, 1004, 910, 1030), "#1b3768")


def _lemon(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    points = [(-1.28, 0), (-1.02, -0.28), (-0.5, -0.66), (0.1, -0.74), (0.66, -0.56), (1.02, -0.24), (1.3, -0.02), (1.02, 0.26), (0.6, 0.6), (0, 0.74), (-0.6, 0.62), (-1.02, 0.26)]
    outline = turned(moved(smooth(points), x, y, size), x, y, turn)
    canvas.fill(outline, "#f2cf3a", shade="#d69a1e", towards=70, depth=0.7)
    with canvas.inside(outline):
        canvas.fill(oval(x - size * 0.3, y - size * 0.34, size * 0.42, size * 0.17, turn - 12), "#fbeb93", opacity=0.85, blur=size * 0.07)


def _half_lemon(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.fill(oval(x + 14, y + size * 0.88, size * 1.1, size * 0.2), "#4f2a28", opacity=0.45, blur=10)
    canvas.fill(oval(x, y, size), "#e3b62a")
    canvas.fill(oval(x - 3, y - 3, size * 0.93), "#fbf3d2")
    for n in range(9):
        a = 2 * math.pi * n / 9 + 0.2
        wedge = [(x - 3 + size * r * math.cos(a + d), y - 3 + size * r * math.sin(a + d)) for r, d in ((0.13, 0), (0.62, -0.26), (0.8, -0.22), (0.84, 0), (0.8, 0.22), (0.62, 0.26))]
        canvas.fill(smooth(wedge), "#f6da5c", shade="#e9b93a", towards=math.degrees(a), depth=0.5)


# --- Botanical plate --------------------------------------------------------------------------------------------


LEAVES_OF_ROWAN = (
    (568, 1190, 400, -154, 1),
    (582, 1070, 410, -26, 2),
    (606, 860, 410, -160, 3),
    (598, 730, 400, -22, 4),
    (562, 540, 380, -152, 5),
    (570, 430, 370, -34, 6),
    (590, 260, 190, -88, 7),
)


def rowan() -> Canvas:
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
            root, tip = (x + size * 0.15 * n, y), (x + size * (0.15 * n + 0.11), y + side * size * 0.11 * math.sin(math.pi * (0.15 * n + 0.08)))
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
        canvas.fill(oval(bx, by, size, size * 0.97), chance.choice(("#cf3a2c", "#d94b33", "#b92d29")), shade="#7e1a1f", towards=60, depth=0.6)
        canvas.fill(oval(bx - size * 0.34, by - size * 0.36, size * 0.24, size * 0.17, -35), "#f7b9a0", opacity=0.9, blur=1)
        canvas.fill(oval(bx + size * 0.2, by + size * 0.62, size * 0.13, size * 0.1), "#4d1417")


# --- Birches ----------------------------------------------------------------------------------------------------


def birches() -> Canvas:
    """White trunks before a glowing orange wood."""
    canvas = Canvas(1200, 1600, "#e9a34a")
    canvas.sky([(0, "#f6cf86"), (0.45, "#f0ae58"), (0.75, "#dc7f3a"), (1, "#a94f2c")])
    chance = random.Random(21)  # noqa: S311 - scenery, not secrets
    for n in range(16):
        x = chance.uniform(-20, 1220)
        canvas.fill(box(x, 0, x + chance.uniform(14, 30), 1330), "#f7ddae", opacity=0.5, blur=4)
    _foliage(canvas, chance, 420, (-40, 1240), (-40, 620), ("#f3b84b", "#e98f32", "#f7cf6d", "#d9702c"), 30)
    canvas.fill([(0, 1330), *smooth([(0, 1310), (300, 1270), (640, 1300), (920, 1262), (1200, 1300)], closed=False), (1200, 1600), (0, 1600)], "#a8522c", shade="#6f2f22", towards=90, depth=0.75)
    for x, width, lean in ((150, 60, 26), (430, 92, -18), (700, 56, 20), (905, 118, 30), (1110, 66, -26)):
        _birch(canvas, chance, x, width, lean)
    _foliage(canvas, chance, 170, (-40, 1240), (-60, 260), ("#e07b2a", "#f2a93c", "#c9561f"), 36)
    _foliage(canvas, chance, 260, (-20, 1220), (1330, 1600), ("#e98f32", "#f3b84b", "#c9561f", "#8f3b22"), 22)
    for n in range(26):
        _leaf(canvas, chance.uniform(0, 1200), chance.uniform(500, 1300), chance.uniform(15, 24), chance.uniform(0, 360), chance.choice(("#fbd36b", "#e07b2a", "#f2a93c")))
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
            canvas.ink([(edge, y), (edge + (1 - 2 * start) * reach, y + chance.uniform(-6, 9))], width * chance.uniform(0.06, 0.15), "#2e2622", taper=(1, 0.1))
        for _ in range(int(width / 34)):
            y = chance.uniform(220, 1150)
            middle, wide = x + lean * (1 - y / 1400) + width * chance.uniform(0.35, 0.6), width * 0.2
            canvas.fill(smooth([(middle - wide, y), (middle, y - wide * 0.55), (middle + wide, y), (middle, y + wide * 0.6)]), "#2e2622")
            canvas.ink([(middle - wide * 1.2, y - wide * 0.5), (middle, y - wide * 1.25), (middle + wide * 1.2, y - wide * 0.5)], width * 0.05, "#2e2622", taper=(0.2, 0.2))
    for _ in range(int(width * 0.45)):  # leaves heaped against the foot
        heap = chance.gauss(x + width * 0.5, width * 0.62), foot + chance.uniform(-30, 12) + width * 0.02
        _leaf(canvas, *heap, chance.uniform(15, 25), chance.uniform(0, 360), chance.choice(("#e98f32", "#f3b84b", "#c9561f", "#8f3b22")))


def _foliage(canvas: Canvas, chance: random.Random, count: int, across: Point, down: Point, tints: tuple[str, ...], size: float) -> None:
    for _ in range(count):
        _leaf(canvas, chance.uniform(*across), chance.uniform(*down), size * chance.uniform(0.6, 1.2), chance.uniform(0, 360), chance.choice(tints))


def _leaf(canvas: Canvas, x: float, y: float, size: float, turn: float, colour: str) -> None:
    blade = [(-1, 0), (-0.55, -0.42), (0.1, -0.5), (0.62, -0.28), (1.1, 0), (0.62, 0.28), (0.1, 0.5), (-0.55, 0.42)]
    canvas.fill(turned(moved(smooth(blade, steps=3), x, y, size), x, y, turn), colour)
