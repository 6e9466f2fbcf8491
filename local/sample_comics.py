"""Four comics among the samples: a rocket, a page with a robot, a strip with a cat, a face in dots. Balloons hold no words."""

from __future__ import annotations

import math
import random

from local.drawing import Canvas, Point, box, mirrored, mix, moved, oval, rounded, smooth, star, turned

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


def heart(x: float, y: float, size: float) -> list[Point]:
    half = [(0, 0.9), (0.55, 0.42), (0.95, -0.1), (0.9, -0.55), (0.5, -0.75), (0.14, -0.6), (0, -0.32)]
    right = smooth(half, closed=False)
    return moved([*right, *[(-px, py) for px, py in right[::-1]]], x, y, size)


# --- Rocket -----------------------------------------------------------------------------------------------------


def rocket() -> Canvas:
    """A red rocket bursting out of a yellow star on a blue screen."""
    canvas = Canvas(1600, 1150, "#2f86c9")
    whole = box(0, 0, 1600, 1150)
    canvas.sky([(0, "#1f5fae"), (0.6, "#3c9ad6"), (1, "#7cc4e6")])
    canvas.halftone(whole, "#123f86", 15, 0.02, 0.62, towards=90)
    chance = random.Random(3)  # noqa: S311 - drawing, not secrets
    centre = (620, 690)
    canvas.fills([_speed_line(chance, centre, 2 * math.pi * n / 64) for n in range(64)], "#eaf6fb", opacity=0.9)
    _burst(canvas, *centre)
    shade = ("#b3c6dc", 13.0, 0.62, -0.3, 70.0)
    cloud(canvas, [(x, 985 + 46 * math.sin(n * 1.9), 92 + 26 * math.cos(n * 2.3)) for n, x in enumerate(range(20, 1260, 118))], "#fdfaf2", dots=shade)
    _ship(canvas)
    cloud(canvas, [(x, 1112 + 30 * math.sin(n * 2.6), 98 + 30 * math.cos(n * 1.7)) for n, x in enumerate(range(-20, 1500, 132))], "#fdfaf2", dots=shade)
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
    def at(points: list[Point]) -> list[Point]:
        return turned(moved(points, 800, 560), 800, 560, 52)

    flame = [(-74, 400), (-120, 520), (-84, 500), (-92, 640), (-40, 560), (0, 760), (40, 560), (92, 640), (84, 500), (120, 520), (74, 400)]
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


# --- Robot ------------------------------------------------------------------------------------------------------


def robot() -> Canvas:
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
    for base, low, high, colour, lit in ((430, 40, 150, "#8a4f96", 0.0), (500, 70, 230, "#50347f", 0.2), (560, 60, 210, "#241a4c", 0.34)):
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
    rays = [[(850 + r * math.cos(a + d), 800 + r * math.sin(a + d)) for r, d in ((150, 0), (700, -0.035), (700, 0.035))] for a in turns]
    canvas.fills(rays, "#8ecfc4")
    canvas.fill(smooth([(560, 1060), (640, 960), (850, 924), (1060, 960), (1140, 1060)]), "#6b5a4a")
    canvas.ink(smooth([(560, 1040), (640, 960), (850, 924), (1060, 960), (1140, 1040)], closed=False), 8, INK, bend=False)
    _flower(canvas, 850, 930, 1.5)
    for x, y, turn in ((700, 690, -30), (1000, 690, 30), (850, 610, 0)):
        canvas.ink(turned([(x, y - 26), (x, y + 26)], x, y, turn), 9, INK, taper=(1, 0.2))


def _love(canvas: Canvas) -> None:
    canvas.sky([(0, "#f7b5b0"), (1, "#fde2c4")], top=1082, bottom=1554)
    canvas.halftone(box(46, 1082, 1104, 1554), "#ee7f8b", 14, -0.2, 0.5, towards=90)
    canvas.fill(smooth([(0, 1500), (300, 1470), (700, 1484), (1160, 1450), (1160, 1640), (0, 1640)]), "#5a4a86")
    canvas.ink(smooth([(0, 1490), (300, 1470), (700, 1484), (1160, 1450)], closed=False), 8, INK, bend=False)
    _robot(canvas, 330, 1328, 0.84, look=(12, 4), arms="hold")
    balloon(canvas, 820, 1216, 210, 96, ((640, 1236), (668, 1274), (456, 1224)))
    outlined(canvas, heart(820, 1222, 58), "#e23b4e", 8)
    canvas.ink([(788, 1204), (794, 1190), (806, 1184)], 8, "#ffd5d2", taper=(0.4, 0.4))


def _robot(canvas: Canvas, x: float, y: float, scale: float, look: Point, arms: str) -> None:
    def at(points: list[Point]) -> list[Point]:
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
    canvas.ink(at([(-16 + look[0], -98 + look[1]), (look[0], -90 + look[1]), (16 + look[0], -98 + look[1])]), 7 * scale, INK, taper=(0.4, 0.4))


def _arms(canvas: Canvas, at: object, scale: float, kind: str) -> None:
    assert callable(at)
    if kind == "swing":
        paths = ([(-84, 0), (-140, 40), (-150, 98)], [(84, 0), (136, 30), (168, 78)])
    else:
        paths = ([(-84, 0), (-130, 50), (-104, 98)], [(84, 0), (146, 40), (176, -10)])
        _flower(canvas, *at([(186, -6)])[0], 0.72)
    for path in paths:
        canvas.ink(at(path), 26 * scale, INK)
        canvas.ink(at(path), 12 * scale, "#5f7590")
        outlined(canvas, at(oval(*path[-1], 24)), "#e8604c", 8)


def _flower(canvas: Canvas, x: float, y: float, scale: float) -> None:
    """A daisy whose stalk stands on (x, y)."""
    def at(points: list[Point]) -> list[Point]:
        return moved(points, x, y, scale)

    canvas.ink(at([(0, 8), (-8, -50), (2, -104)]), 13 * scale, INK)
    canvas.ink(at([(0, 8), (-8, -50), (2, -104)]), 6 * scale, "#4f9a4a")
    for side in (-1, 1):
        outlined(canvas, at(smooth([(-4, -28), (side * 30, -64), (side * 66, -58), (side * 40, -28)])), "#5fb257", 6 * scale)
    for n in range(8):
        a = 45 * n
        outlined(canvas, at(turned(oval(2, -104 - 38, 17, 28), 2, -104, a)), "#ff8fb0" if n % 2 else "#ffb3c8", 6 * scale)
    outlined(canvas, at(oval(2, -104, 22)), "#ffd22e", 6 * scale)


# --- Cat and fish -----------------------------------------------------------------------------------------------


def cat_and_fish() -> Canvas:
    """A black and white strip: a cat, a fish, and who is the wiser."""
    canvas = Canvas(1800, 640, "#fbfbfb")
    for n, paint in enumerate((_cat_dreams, _cat_near, _cat_wet)):
        panel = box(28 + n * 590, 28, 592 + n * 590, 612)
        with canvas.inside(panel):
            canvas.halftone(panel, "#c9c9c9", 12, 0.75 - 0.2 * n, -0.3, towards=-90)
            paint(canvas, 310 + n * 590)
        canvas.ink([*panel, panel[0]], 10, "#141414", bend=False)
    return canvas


def _table(canvas: Canvas, x: float) -> None:
    canvas.fill(box(x - 300, 520, x + 300, 640), "#3a3a3a")
    for n in range(5):
        canvas.ink([(x - 300, 540 + n * 18), (x, 536 + n * 20), (x + 300, 544 + n * 18)], 3, "#6a6a6a", taper=(0.4, 0.4))
    canvas.ink([(x - 300, 520), (x + 300, 520)], 8, "#141414")


def _bowl(canvas: Canvas, x: float, y: float, full: float, mood: str) -> None:
    glass = oval(x, y, 112, 100)
    canvas.fill(glass, "#ffffff")
    with canvas.inside(glass):
        canvas.fill(box(x - 130, y + 100 - 200 * full, x + 130, y + 110), "#d2d2d2")
        canvas.ink([(x - 120, y + 100 - 200 * full), (x - 40, y + 92 - 200 * full), (x + 40, y + 106 - 200 * full), (x + 120, y + 98 - 200 * full)], 5, "#141414")
        canvas.fill(oval(x, y + 104, 90, 22), "#8a8a8a")
    canvas.ink([*glass, glass[0]], 8, "#141414", bend=False)
    canvas.fill(oval(x, y - 92, 66, 13), "#ffffff")
    canvas.ink([*oval(x, y - 92, 66, 13), (x + 66, y - 92)], 7, "#141414", bend=False)
    canvas.ink([(x - 82, y - 34), (x - 90, y), (x - 80, y + 36)], 7, "#ffffff", taper=(0.2, 0.2))
    _fish(canvas, x, y + 26, mood)


def _fish(canvas: Canvas, x: float, y: float, mood: str) -> None:
    tail = smooth([(x + 38, y), (x + 76, y - 30), (x + 66, y), (x + 76, y + 30)])
    body = smooth([(x - 52, y), (x - 20, y - 32), (x + 26, y - 22), (x + 46, y), (x + 26, y + 22), (x - 20, y + 32)])
    for part in (tail, body):
        canvas.fill(part, "#f6f6f6", shade="#777777", towards=60, depth=0.5)
        canvas.ink([*part, part[0]], 6, "#141414", bend=False)
    canvas.fill(oval(x - 24, y - 8, 7), "#141414")
    smile = 8 if mood == "glad" else -6
    canvas.ink([(x - 48, y + 8), (x - 38, y + 10 + smile), (x - 26, y + 8)], 4.5, "#141414")
    canvas.ink([(x + 2, y - 12), (x + 10, y), (x + 2, y + 12)], 4, "#141414", taper=(0.2, 0.2))


def _cat_head(canvas: Canvas, x: float, y: float, scale: float, eyes: str) -> None:
    def at(points: list[Point]) -> list[Point]:
        return moved(points, x, y, scale)

    head = at(smooth([(-104, -120), (-56, -76), (0, -84), (56, -76), (104, -120), (122, -16), (96, 62), (0, 96), (-96, 62), (-122, -16)]))
    canvas.fill(head, "#1c1c1c")
    for side in (-1, 1):
        canvas.fill(at(smooth([(side * 92, -92), (side * 66, -62), (side * 104, -44)])), "#8a8a8a")
        if eyes == "shut":
            canvas.ink(at([(side * 24, -8), (side * 48, 6), (side * 74, -10)]), 8 * scale, "#f6f6f6")
        else:
            canvas.fill(at(oval(side * 48, -12, 29, 31 if eyes == "wide" else 25)), "#f6f6f6")
            dx, wide = {"wide": (0, 9), "sly": (13, 14)}[eyes]
            canvas.fill(at(oval(side * 48 + dx, -8, wide, 24 if eyes == "wide" else 22)), "#141414")
            if eyes == "sly":
                canvas.ink(at([(side * 16, -40 + (side > 0) * 4), (side * 84, -40)]), 14 * scale, "#1c1c1c")
        for n in (-1, 0, 1):
            canvas.ink(at([(side * 62, 34 + n * 7), (side * 164, 26 + n * 22)]), 3.5, "#141414" if abs(n) < 2 else "#f6f6f6", taper=(1, 0.2))
    canvas.fill(at(smooth([(-14, 20), (14, 20), (0, 36)])), "#f6f6f6")
    mouth = [(-34, 46), (-16, 58), (0, 38), (16, 58), (34, 46)] if eyes != "wide" else [(-22, 60), (0, 48), (22, 60)]
    canvas.ink(at(mouth), 5 * scale, "#f6f6f6")


def _cat_body(canvas: Canvas, x: float, y: float, wet: bool = False) -> None:
    body = smooth([(x - 40, y - 150), (x + 40, y - 150), (x + 94, y - 30), (x + 100, y + 90), (x - 100, y + 90), (x - 94, y - 30)])
    canvas.fill(body, "#1c1c1c")
    canvas.fill(smooth([(x - 26, y - 120), (x + 26, y - 120), (x + 34, y - 10), (x, y + 30), (x - 34, y - 10)]), "#f6f6f6")
    tail = [(x - 70, y + 72), (x - 138, y + 62), (x - 146, y - 6), (x - 122, y - 60 + 30 * wet)]
    canvas.ink(tail, 34, "#1c1c1c", taper=(1, 0.6))
    for side in (-1, 1):
        canvas.fill(oval(x + side * 42, y + 84, 38, 20), "#f6f6f6")
        canvas.ink([*oval(x + side * 42, y + 84, 38, 20), (x + side * 42 + 38, y + 84)], 6, "#141414", bend=False)


def _cat_dreams(canvas: Canvas, x: float) -> None:
    _table(canvas, x)
    _cat_body(canvas, x - 100, 450)
    _cat_head(canvas, x - 100, 268, 0.92, "sly")
    _bowl(canvas, x + 150, 424, 0.72, "sad")
    for px, py, r in ((x - 16, 184, 9), (x + 12, 158, 13)):
        canvas.fill(oval(px, py, r), "#ffffff")
        canvas.ink([*oval(px, py, r), (px + r, py)], 5, "#141414", bend=False)
    lumps = [(78, 112, 40), (112, 84, 40), (160, 74, 42), (206, 88, 38), (228, 118, 34), (196, 146, 38), (146, 150, 40), (104, 144, 38)]
    cloud(canvas, [(x + px, py, r) for px, py, r in [*lumps, (150, 112, 60)]], "#ffffff", 6)
    canvas.ink([(x + 88, 112), (x + 200, 112)], 5, "#141414")
    for n in range(4):
        canvas.ink([(x + 112 + n * 24, 88 + n * 3), (x + 108 + n * 24, 112), (x + 112 + n * 24, 136 - n * 3)], 5, "#141414")
    canvas.fill([(x + 200, 112), (x + 230, 90), (x + 230, 134)], "#141414")
    canvas.fill(oval(x + 82, 112, 24, 20), "#141414")
    canvas.fill(oval(x + 76, 106, 5), "#ffffff")


def _cat_near(canvas: Canvas, x: float) -> None:
    _table(canvas, x)
    _cat_body(canvas, x - 126, 450)
    canvas.ink([(x - 110, 330), (x - 20, 300), (x + 50, 352)], 44, "#1c1c1c", taper=(1, 0.9))
    canvas.fill(oval(x + 56, 352, 27, 23), "#f6f6f6")
    canvas.ink([*oval(x + 56, 352, 27, 23), (x + 83, 352)], 6, "#141414", bend=False)
    _cat_head(canvas, x - 130, 262, 0.92, "sly")
    _bowl(canvas, x + 152, 424, 0.72, "glad")
    for n in range(5):
        a = -1.9 + n * 0.36
        canvas.ink([(x + 152 + 126 * math.cos(a), 392 + 150 * math.sin(a)), (x + 152 + 165 * math.cos(a), 392 + 198 * math.sin(a))], 8, "#141414", taper=(1, 0.2))


def _cat_wet(canvas: Canvas, x: float) -> None:
    _table(canvas, x)
    canvas.fill(smooth([(x - 260, 556), (x - 120, 528), (x + 60, 536), (x + 110, 562), (x - 60, 590), (x - 210, 584)]), "#f0f0f0")
    _cat_body(canvas, x - 110, 450, wet=True)
    _cat_head(canvas, x - 110, 268, 0.92, "wide")
    for n in range(9):  # splashes and drops
        a = -2.9 + n * 0.34
        px, py = x - 90 + 210 * math.cos(a), 250 + 176 * math.sin(a)
        drop = turned([(px, py - 24), (px + 11, py + 4), (px, py + 14), (px - 11, py + 4)], px, py, math.degrees(a) + 90)
        canvas.fill(smooth(drop), "#ffffff")
        canvas.ink([*smooth(drop), smooth(drop)[0]], 5, "#141414", bend=False)
    _bowl(canvas, x + 160, 424, 0.45, "glad")
    balloon(canvas, x + 160, 196, 108, 62, ((x + 130, 240), (x + 172, 244), (x + 152, 312)), "#ffffff")
    for n in (-1, 0, 1):
        canvas.fill(oval(x + 160 + n * 46, 196, 13), "#141414")


# --- Dots -------------------------------------------------------------------------------------------------------


def dots() -> Canvas:
    """A face in dots: blue hair, red lips, a yellow ground, and a silent balloon."""
    canvas = Canvas(1400, 1400, "#ffd52e")
    canvas.halftone(box(0, 0, 1400, 1400), "#f5a31f", 17, 0.6, -0.15, towards=120)
    hair, line = "#2559b8", INK
    back = smooth([(600, 150), (860, 170), (1060, 330), (1110, 560), (1210, 760), (1150, 960), (1190, 1180), (1090, 1440), (200, 1440), (260, 1160), (170, 960), (240, 760), (210, 560), (290, 330), (420, 200)])
    outlined(canvas, back, hair, 14)
    canvas.fill(smooth([(520, 1000), (840, 1000), (880, 1240), (1100, 1330), (1160, 1460), (200, 1460), (260, 1330), (490, 1240)]), "#fbe3d2")
    canvas.halftone(smooth([(520, 1000), (840, 1000), (880, 1240), (1100, 1330), (1160, 1460), (200, 1460), (260, 1330), (490, 1240)]), "#e9756b", 15, 0.5, 0.34, towards=-90)
    for points in ([(520, 1090), (500, 1230), (300, 1310), (210, 1420)], [(846, 1080), (876, 1230), (1080, 1310), (1160, 1420)]):
        canvas.ink(points, 13, line, taper=(0.3, 0.8))
    dress = smooth([(120, 1480), (250, 1350), (470, 1330), (690, 1420), (900, 1330), (1110, 1350), (1260, 1480)])
    outlined(canvas, dress, "#d9272e", 13)
    face = smooth([(690, 300), (890, 350), (980, 520), (970, 720), (910, 900), (790, 1050), (690, 1090), (590, 1050), (460, 900), (402, 720), (396, 520), (480, 350)])
    canvas.fill(face, "#fdeadb")
    canvas.halftone(face, "#ee857a", 15, 0.42, 0.16, towards=60)
    canvas.ink([*face, face[0]], 13, line, bend=False)
    _pop_face(canvas)
    _pop_hair(canvas, hair)
    balloon(canvas, 1130, 200, 210, 122, ((1010, 270), (1080, 306), (930, 420)))
    canvas.fill(star(1130, 200, 78, 30, 8), "#d9272e")
    canvas.ink([(9, 9), (1391, 9), (1391, 1391), (9, 1391), (9, 9)], 22, line, bend=False)
    return canvas


def _pop_face(canvas: Canvas) -> None:
    for side in (-1, 1):
        x = 690 + side * 150
        def at(points: list[Point], x: float = x, side: int = side) -> list[Point]:
            return [(x + side * px, py) for px, py in points]

        eye = smooth(at([(-84, 660), (-40, 612), (30, 602), (92, 640), (60, 676), (-10, 694)]))
        canvas.fill(eye, "#ffffff")
        with canvas.inside(eye):
            canvas.fill(oval(x - 8, 646, 46), "#2f86c9")
            canvas.ink([*oval(x - 8, 646, 46), (x + 38, 646)], 7, INK, bend=False)
            canvas.fill(oval(x - 8, 646, 22), INK)
        canvas.fill(oval(x + 8, 630, 11), "#ffffff")
        canvas.ink(at([(-88, 664), (-44, 610), (30, 596), (112, 634)]), 22, INK, taper=(0.3, 0.5))
        canvas.ink(at([(-60, 684), (0, 700), (64, 678)]), 8, INK, taper=(0.2, 0.2))
        for n in range(3):
            canvas.ink(at([(70 + n * 18, 612 + n * 10), (110 + n * 20, 572 + n * 22)]), 11, INK, taper=(1, 0.2))
        canvas.ink(at([(-84, 548), (0, 500), (112, 536)]), 24, INK, taper=(0.7, 0.15))
    canvas.ink([(706, 640), (728, 760), (744, 806), (706, 832), (668, 822)], 10, INK, taper=(0.1, 0.4))
    upper = smooth([(566, 918), (640, 876), (690, 894), (740, 876), (814, 918), (690, 934)])
    lower = smooth([(572, 922), (690, 940), (808, 922), (752, 990), (690, 1002), (628, 990)])
    for lip, colour in ((lower, "#e23b3f"), (upper, "#c41f2a")):
        outlined(canvas, lip, colour, 9)
    canvas.fill(oval(720, 964, 40, 10, -8), "#ffb3a8")
    tear = smooth([(842, 716), (866, 766), (856, 800), (830, 800), (820, 766)])
    outlined(canvas, tear, "#bfe6f5", 8)
    canvas.ink([(834, 770), (836, 784), (844, 790)], 5, "#ffffff")


def _pop_hair(canvas: Canvas, hair: str) -> None:
    """Two sweeps from a parting, falling into the waves behind the face."""
    right = smooth([(800, 176), (930, 200), (1060, 330), (1110, 540), (1130, 740), (1090, 900), (1040, 980), (1030, 820), (1000, 660), (940, 500), (850, 380), (790, 290)])
    left = smooth([(810, 170), (660, 130), (470, 180), (330, 310), (270, 500), (240, 700), (270, 880), (330, 1000), (350, 860), (390, 720), (470, 560), (610, 430), (740, 340), (800, 260)])
    for lock, towards in ((right, 20.0), (left, 120.0)):
        outlined(canvas, lock, hair, 13, dots=("#12326f", 15.0, 0.7, -0.3, towards))
    for n in range(4):
        t = n / 3
        canvas.ink([(770 - 30 * t, 190 + 40 * t), (540 - 10 * t, 240 + 90 * t), (350 + 40 * t, 440 + 60 * t), (290 + 30 * t, 760)], 8, INK, taper=(0.1, 0.1))
        canvas.ink([(860 + 6 * t, 210 + 70 * t), (980 - 20 * t, 330 + 70 * t), (1060 - 34 * t, 540 + 50 * t), (1084 - 18 * t, 800)], 7, INK, taper=(0.1, 0.1))
    canvas.ink([(700, 162), (500, 212), (356, 350), (300, 520)], 20, "#7fbdf0", taper=(0.05, 0.05))
    canvas.ink([(660, 190), (500, 240), (384, 360)], 9, "#7fbdf0", taper=(0.05, 0.05))
    canvas.ink([(900, 212), (1020, 320), (1072, 480)], 12, "#7fbdf0", taper=(0.05, 0.05))
    for points in (
        [(230, 900), (210, 1000), (260, 1130), (230, 1290)],
        [(330, 1040), (310, 1120), (350, 1210)],
        [(1150, 860), (1120, 980), (1150, 1110), (1110, 1290)],
        [(1040, 1020), (1060, 1100), (1020, 1200)],
    ):
        canvas.ink(points, 14, INK, taper=(0.1, 0.1))
        canvas.ink([(px + 20, py + 8) for px, py in points], 10, "#7fbdf0", taper=(0.1, 0.1))
