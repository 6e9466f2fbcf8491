"""A face in dots: blue hair, red lips, a yellow ground, and a silent balloon."""

from collections.abc import Sequence

from sightsync.drawings.comic import INK, balloon, outlined
from sightsync.drawings.paintbox import Canvas, Point, box, oval, smooth, star

# fmt: off
SHOULDERS: list[Point] = [
    (520, 1000), (840, 1000), (880, 1240), (1100, 1330), (1160, 1460), (200, 1460), (260, 1330), (490, 1240),
]
BACK: list[Point] = [
    (600, 150), (860, 170), (1060, 330), (1110, 560), (1210, 760), (1150, 960), (1190, 1180), (1090, 1440),
    (200, 1440), (260, 1160), (170, 960), (240, 760), (210, 560), (290, 330), (420, 200),
]
FACE: list[Point] = [
    (690, 300), (890, 350), (980, 520), (970, 720), (910, 900), (790, 1050), (690, 1090), (590, 1050), (460, 900),
    (402, 720), (396, 520), (480, 350),
]
RIGHT: list[Point] = [
    (800, 176), (930, 200), (1060, 330), (1110, 540), (1130, 740), (1090, 900), (1040, 980), (1030, 820), (1000, 660),
    (940, 500), (850, 380), (790, 290),
]
LEFT: list[Point] = [
    (810, 170), (660, 130), (470, 180), (330, 310), (270, 500), (240, 700), (270, 880), (330, 1000), (350, 860),
    (390, 720), (470, 560), (610, 430), (740, 340), (800, 260),
]
# fmt: on


def draw() -> Canvas:
    """A face in dots: blue hair, red lips, a yellow ground, and a silent balloon."""
    canvas = Canvas(1400, 1400, "#ffd52e")
    canvas.halftone(box(0, 0, 1400, 1400), "#f5a31f", 17, 0.6, -0.15, towards=120)
    hair, line = "#2559b8", INK
    back = smooth(BACK)
    outlined(canvas, back, hair, 14)
    shoulders = smooth(SHOULDERS)
    canvas.fill(shoulders, "#fbe3d2")
    canvas.halftone(shoulders, "#e9756b", 15, 0.5, 0.34, towards=-90)
    for points in ([(520, 1090), (500, 1230), (300, 1310), (210, 1420)], [(846, 1080), (876, 1230), (1080, 1310), (1160, 1420)]):
        canvas.ink(points, 13, line, taper=(0.3, 0.8))
    dress = smooth([(120, 1480), (250, 1350), (470, 1330), (690, 1420), (900, 1330), (1110, 1350), (1260, 1480)])
    outlined(canvas, dress, "#d9272e", 13)
    face = smooth(FACE)
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

        def at(points: Sequence[Point], x: float = x, side: int = side) -> list[Point]:
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
    right = smooth(RIGHT)
    left = smooth(LEFT)
    for lock, towards in ((right, 20.0), (left, 120.0)):
        outlined(canvas, lock, hair, 13, dots=("#12326f", 15.0, 0.7, -0.3, towards))
    for n in range(4):
        t = n / 3
        canvas.ink(
            [(770 - 30 * t, 190 + 40 * t), (540 - 10 * t, 240 + 90 * t), (350 + 40 * t, 440 + 60 * t), (290 + 30 * t, 760)],
            8,
            INK,
            taper=(0.1, 0.1),
        )
        canvas.ink(
            [(860 + 6 * t, 210 + 70 * t), (980 - 20 * t, 330 + 70 * t), (1060 - 34 * t, 540 + 50 * t), (1084 - 18 * t, 800)],
            7,
            INK,
            taper=(0.1, 0.1),
        )
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
