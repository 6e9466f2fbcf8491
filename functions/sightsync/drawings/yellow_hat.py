"""A bearded man in a yellow hat on a blue ground."""

import math
import random
from collections.abc import Sequence

from sightsync.drawings.paintbox import Canvas, Point, box, mirrored, moved, oval, smooth

# fmt: off
BEARD: list[Point] = [
    (452, 700), (492, 800), (560, 836), (640, 812), (700, 826), (760, 812), (840, 836), (908, 800), (948, 700),
    (966, 860), (926, 1040), (820, 1170), (700, 1210), (580, 1170), (474, 1040), (434, 860),
]
# fmt: on


def draw() -> Canvas:
    """A bearded man in a yellow hat on a blue ground."""
    canvas = Canvas(1400, 1400, "#2f6f9f")
    canvas.fill(box(0, 0, 1400, 1400), "#2f6f9f", shade="#1c4a76", towards=60, depth=0.7)
    turns = [math.pi * 2 * n / 22 + 0.07 for n in range(22)]
    rays = [
        [(700 + r * math.cos(a + d), 640 + r * math.sin(a + d)) for r, d in ((380, 0), (1150, -0.055), (1150, 0.055))]
        for a in turns
    ]
    canvas.fills(rays, "#3f82b3", opacity=0.55)
    shirt = smooth([(700, 1130), (930, 1120), (1120, 1210), (1210, 1460), (190, 1460), (280, 1210), (470, 1120)])
    canvas.fill(shirt, "#f1e8d8", shade="#c9b9a4", towards=80, depth=0.6)
    with canvas.inside(shirt):
        for n in range(-9, 10):
            canvas.fill(
                [(700 + n * 62 - 8, 1080), (700 + n * 62 + 8, 1080), (700 + n * 84 + 10, 1460), (700 + n * 84 - 10, 1460)],
                "#35587c",
                opacity=0.85,
            )
    canvas.fill(box(590, 960, 810, 1180), "#a86a48", shade="#7c4630", towards=-90, depth=0.9)
    for side in (1, -1):
        ear = oval(700 + side * 252, 720, 46, 74, -side * 8)
        canvas.fill(ear, "#b9774f", shade="#8b5236", towards=90, depth=0.5)
    face = smooth(
        [(700, 470), (880, 490), (952, 640), (940, 820), (868, 980), (700, 1050), (532, 980), (460, 820), (448, 640), (520, 490)]
    )
    canvas.fill(face, "#c98a5e", shade="#a3653f", towards=25, depth=0.6)
    with canvas.inside(face):
        canvas.fill(oval(700, 548, 330, 96), "#7c4a30", opacity=0.5, blur=26)
        for x in (548, 852):
            canvas.fill(oval(x, 790, 62, 44), "#cf6a4d", opacity=0.45, blur=18)
    _beard(canvas)
    _kind_eyes(canvas)
    _hat(canvas)
    canvas.grain(3)
    return canvas


def _beard(canvas: Canvas) -> None:
    beard = smooth(BEARD)
    canvas.fill(beard, "#4a2c20", shade="#2b1712", towards=80, depth=0.7)
    chance = random.Random(5)  # noqa: S311 - hair, not secrets
    with canvas.inside(beard):
        for _ in range(150):
            x, y = chance.uniform(440, 960), chance.uniform(800, 1180)
            drift = (x - 700) * 0.12
            canvas.ink(
                [(x, y), (x + drift * 0.5, y + 26), (x + drift * 0.3, y + 56)],
                4.5,
                chance.choice(("#6d4531", "#5b382a", "#7d523a")),
                taper=(0.1, 0.1),
            )
    for side in (1, -1):
        half = [(704, 842), (760, 824), (830, 852), (878, 908), (800, 900), (704, 884)]
        canvas.fill(smooth(half if side == 1 else mirrored(half, 702)), "#5b382a", shade="#38201a", towards=90, depth=0.5)
    canvas.fill(smooth([(634, 912), (700, 920), (766, 912), (740, 946), (700, 954), (660, 946)]), "#b9564a")
    canvas.ink([(630, 910), (700, 922), (770, 910)], 5, "#2b1712", taper=(0.3, 0.3))


def _kind_eyes(canvas: Canvas) -> None:
    for side in (1, -1):

        def at(points: Sequence[Point], side: int = side) -> list[Point]:
            return list(points) if side == 1 else mirrored(points, 700)

        x = 700 + side * 110
        canvas.fill(smooth(at([(752, 694), (800, 668), (856, 676), (876, 700), (820, 718)])), "#f8efe2")
        canvas.fill(oval(x, 692, 25), "#3d2a24")
        canvas.fill(oval(x + 9, 683, 7), "#ffffff")
        canvas.ink(at([(746, 698), (798, 666), (856, 672), (884, 702)]), 9, "#3a2119", taper=(0.4, 0.4))
        canvas.ink(at([(740, 626), (800, 596), (888, 628)]), 30, "#43271c", taper=(0.6, 0.15))
        for n in range(2):
            canvas.ink(at([(896, 694 + n * 16), (924, 688 + n * 26)]), 4, "#8b5236", taper=(1, 0.2))
    nose = smooth([(700, 640), (724, 740), (760, 800), (736, 832), (700, 836), (664, 832), (640, 800), (676, 740)])
    canvas.fill(nose, "#d4966a", shade="#a3653f", towards=90, depth=0.45)
    canvas.ink([(650, 816), (676, 834), (700, 830), (724, 834), (750, 816)], 5, "#8b5236", taper=(0.3, 0.3))


def _hat(canvas: Canvas) -> None:
    brim = smooth([(150, 540), (330, 470), (700, 440), (1070, 470), (1250, 540), (1080, 592), (700, 566), (320, 592)])
    canvas.fill(moved(brim, 0, 34), "#3a2119", opacity=0.35, blur=16)
    canvas.fill(brim, "#f0bf33", shade="#c98a1c", towards=90, depth=0.6)
    crown = smooth(
        [(440, 500), (452, 330), (500, 210), (600, 172), (700, 200), (800, 172), (900, 210), (948, 330), (960, 500), (700, 540)]
    )
    canvas.fill(crown, "#f4c93f", shade="#d0921f", towards=30, depth=0.65)
    with canvas.inside(crown):
        canvas.fill(oval(560, 300, 44, 110, 14), "#fbe596", opacity=0.7, blur=22)
        canvas.ink([(610, 190), (690, 262), (790, 192)], 12, "#c98a1c", taper=(0.1, 0.1))
        canvas.fill(
            [
                *smooth([(420, 400), (700, 452), (980, 400)], closed=False),
                *smooth([(980, 500), (700, 546), (420, 500)], closed=False),
            ],
            "#2a3d5c",
            shade="#182440",
            towards=30,
            depth=0.6,
        )
    feather = smooth([(884, 480), (930, 340), (1010, 230), (1090, 190), (1060, 290), (980, 400), (900, 486)])
    canvas.fill(feather, "#d8503a", shade="#97291f", towards=120, depth=0.6)
    canvas.ink([(880, 490), (950, 360), (1078, 204)], 5, "#f4d9b8", taper=(1, 0.2))
