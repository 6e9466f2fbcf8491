"""A woman with a red scarf before a pale green wall."""

import math
from collections.abc import Sequence

from sightsync.drawings.paintbox import Canvas, Point, box, mirrored, moved, oval, smooth, turned

# fmt: off
BACK: list[Point] = [
    (600, 262), (770, 300), (858, 440), (878, 640), (900, 860), (860, 980), (600, 1010), (340, 980), (300, 860),
    (322, 640), (342, 440), (430, 300),
]
FACE: list[Point] = [
    (600, 330), (730, 372), (792, 500), (786, 680), (738, 830), (662, 928), (600, 950), (538, 928), (462, 830),
    (414, 680), (408, 500), (470, 372),
]
FRINGE: list[Point] = [
    (600, 258), (760, 300), (838, 440), (850, 640), (812, 720), (790, 560), (740, 452), (640, 420), (560, 440),
    (470, 500), (424, 620), (388, 740), (350, 640), (362, 440), (440, 300),
]
WRAP: list[Point] = [
    (380, 960), (490, 1010), (600, 1026), (710, 1010), (820, 960), (858, 1050), (816, 1140), (700, 1196), (600, 1208),
    (490, 1192), (384, 1140), (340, 1050),
]
# fmt: on


def draw() -> Canvas:
    """A woman with a red scarf before a pale green wall."""
    canvas = Canvas(1200, 1600, "#b9cdb4")
    canvas.fill(box(0, 0, 1200, 1600), "#b9cdb4", shade="#96b196", towards=70, depth=0.6)
    canvas.oval(600, 640, 470, colour="#d7e2cd")
    _fern(canvas, 60, 1420, -84)
    _fern(canvas, 1140, 1440, -96)
    hair = "#3a2420"
    back = smooth(BACK)
    canvas.fill(back, hair, shade="#1f1214", towards=60, depth=0.7)
    coat = smooth(
        [(600, 1060), (830, 1090), (1000, 1180), (1090, 1400), (1120, 1680), (80, 1680), (110, 1400), (200, 1180), (370, 1090)]
    )
    canvas.fill(coat, "#2f4858", shade="#1a2a38", towards=80, depth=0.8)
    canvas.fill(
        smooth([(520, 900), (680, 900), (700, 1090), (600, 1170), (500, 1090)]), "#d79a7b", shade="#b06f58", towards=-90, depth=0.6
    )
    face = smooth(FACE)
    canvas.fill(face, "#eab893", shade="#d08e6c", towards=35, depth=0.55)
    with canvas.inside(face):
        for x in (470, 730):
            canvas.fill(oval(x, 742, 74, 52), "#dd7a66", opacity=0.5, blur=20)
    _calm_face(canvas)
    fringe = smooth(FRINGE)
    canvas.fill(fringe, hair, shade="#22130f", towards=20, depth=0.6)
    for n in range(7):
        strand = [(560 + n * 14, 300 - n), (700 + n * 12, 350 + n * 4), (800 + n * 4, 500 + n * 10)]
        canvas.ink(strand, 4, "#6b463a", taper=(0.1, 0.1))
    for n in range(5):
        canvas.ink(
            [(520 - n * 16, 320 + n * 8), (440 - n * 10, 420 + n * 14), (390 - n * 2, 580 + n * 12)], 4, "#6b463a", taper=(0.1, 0.1)
        )
    for x in (392, 808):
        canvas.oval(x, 812, 20, 30, colour="#e9bf4c", shade="#b5852a", towards=60.0)
    _scarf(canvas)
    canvas.grain(4)
    return canvas


def _calm_face(canvas: Canvas) -> None:
    line = "#53302a"
    for side in (1, -1):

        def at(points: Sequence[Point], side: int = side) -> list[Point]:
            return list(points) if side == 1 else mirrored(points, 600)

        lid = at([(640, 640), (680, 664), (722, 660), (752, 634)])
        canvas.ink(lid, 9, line, taper=(0.4, 0.5))
        for n in range(4):
            x, y = (676 + n * 22, 664 - n * 4)
            canvas.ink(at([(x, y), (x + 6 + n * 4, y + 17 - n * 2)]), 6, line, taper=(1, 0.2))
        canvas.ink(at([(636, 570), (690, 546), (756, 566)]), 15, "#3a2420", taper=(0.7, 0.15))
    canvas.ink([(612, 600), (626, 690), (638, 742), (606, 760), (580, 750)], 6, "#a8634c", taper=(0.1, 0.4))
    upper = smooth([(532, 834), (576, 816), (600, 824), (624, 816), (668, 834), (600, 842)])
    lower = smooth([(536, 836), (600, 844), (664, 836), (636, 868), (600, 876), (564, 868)])
    canvas.fill(lower, "#c94f49")
    canvas.fill(upper, "#a93a3c")
    canvas.ink([(528, 834), (600, 843), (672, 834)], 4, "#7b2a2e", taper=(0.4, 0.4))


def _scarf(canvas: Canvas) -> None:
    red, deep = "#d0342c", "#8f1d22"
    tail = smooth([(690, 1110), (800, 1130), (850, 1330), (862, 1620), (700, 1640), (690, 1350)])
    canvas.fill(moved(tail, 14, 10), "#14212d", opacity=0.4, blur=10)
    canvas.fill(tail, red, shade=deep, towards=10, depth=0.6)
    with canvas.inside(tail):
        for y in range(1180, 1620, 74):
            canvas.ink([(670, y), (770, y + 22), (880, y + 8)], 12, "#f0cdb0")
    wrap = smooth(WRAP)
    canvas.fill(wrap, red, shade=deep, towards=80, depth=0.7)
    with canvas.inside(wrap):
        for n in range(5):
            y = 1000 + n * 42
            canvas.ink([(330, y - 44), (480, y + 16), (620, y + 26), (760, y + 8), (880, y - 50)], 7, deep, taper=(0.2, 0.2))
        canvas.ink([(350, 1000), (480, 1062), (600, 1080), (740, 1058), (850, 1000)], 11, "#e8685a", taper=(0.1, 0.1))


def _fern(canvas: Canvas, x: float, y: float, lean: float) -> None:
    reach = 760
    tip = (x + reach * math.cos(math.radians(lean)), y + reach * math.sin(math.radians(lean)))
    bend = ((x + tip[0]) / 2 + (40 if lean > -90 else -40), (y + tip[1]) / 2)
    spine = smooth([(x, y), bend, tip], closed=False, steps=9)
    canvas.ink(spine, 9, "#5f8367", taper=(1, 0.2), bend=False)
    for n, (px, py) in enumerate(spine[2:], 2):
        size = 215 * math.sin(math.pi * (0.3 + 0.66 * n / len(spine)))
        for side in (-1, 1):
            turn = lean + side * (58 - 26 * n / len(spine))
            blade = [(0, 0), (0.3, -0.075), (0.65, -0.06), (1, 0), (0.65, 0.05), (0.3, 0.06)]
            canvas.fill(turned(moved(smooth(blade), px, py, size), px, py, turn), "#7fa285" if side > 0 else "#6b9173")
