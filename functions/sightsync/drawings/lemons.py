"""Yellow lemons in a blue bowl, with a jug and the shadow of a window."""

import math

from sightsync.drawings.paintbox import Canvas, Point, box, mirrored, moved, oval, smooth, turned


def draw() -> Canvas:
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
    left = mirrored(right, 350)
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
    for x, y, size, turn in (
        (640, 716, 106, 24),
        (960, 720, 108, -32),
        (800, 690, 122, -8),
        (716, 768, 108, -22),
        (884, 772, 110, 18),
    ):
        _lemon(canvas, x, y, size, turn)
    leaf = smooth([(826, 600), (880, 540), (964, 536), (1010, 570), (930, 606)])
    canvas.fill(leaf, "#6f8a4e", shade="#3d5535", towards=120, depth=0.6)
    canvas.ink([(822, 606), (890, 580), (996, 568)], 4, "#a9bd80", taper=(1, 0.3))
    body = smooth(
        [(470, 772), (478, 840), (560, 952), (680, 1006), (800, 1014), (920, 1006), (1040, 952), (1122, 840), (1130, 772)],
        closed=False,
    )
    rim = [(800 + 330 * math.cos(a), 770 + 74 * math.sin(a)) for a in [math.pi * n / 40 for n in range(41)]]
    shape = [*body, *rim]
    canvas.fill(shape, "#3565a8", shade="#1b3768", towards=40, depth=0.75)
    with canvas.inside(shape):
        canvas.fill(oval(610, 890, 40, 110, 32), "#7ea6d8", opacity=0.65, blur=16)
        for n in range(11):
            x = 500 + n * 60
            canvas.ink(
                [
                    (x, 872 + 34 * math.sin(math.pi * n / 10)),
                    (x + 30, 912 + 30 * math.sin(math.pi * n / 10)),
                    (x + 60, 872 + 34 * math.sin(math.pi * (n + 1) / 10)),
                ],
                7,
                "#e8e4d2",
            )
    canvas.ink(rim, 12, "#6f9ad0", bend=False)
    canvas.fill(box(690, 1004, 910, 1030), "#1b3768")


def _lemon(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    points = [
        (-1.28, 0),
        (-1.02, -0.28),
        (-0.5, -0.66),
        (0.1, -0.74),
        (0.66, -0.56),
        (1.02, -0.24),
        (1.3, -0.02),
        (1.02, 0.26),
        (0.6, 0.6),
        (0, 0.74),
        (-0.6, 0.62),
        (-1.02, 0.26),
    ]
    outline = turned(moved(smooth(points), x, y, size), x, y, turn)
    canvas.fill(outline, "#f2cf3a", shade="#d69a1e", towards=70, depth=0.7)
    with canvas.inside(outline):
        canvas.fill(
            oval(x - size * 0.3, y - size * 0.34, size * 0.42, size * 0.17, turn - 12), "#fbeb93", opacity=0.85, blur=size * 0.07
        )


def _half_lemon(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.fill(oval(x + 14, y + size * 0.88, size * 1.1, size * 0.2), "#4f2a28", opacity=0.45, blur=10)
    canvas.fill(oval(x, y, size), "#e3b62a")
    canvas.fill(oval(x - 3, y - 3, size * 0.93), "#fbf3d2")
    for n in range(9):
        a = 2 * math.pi * n / 9 + 0.2
        wedge = [
            (x - 3 + size * r * math.cos(a + d), y - 3 + size * r * math.sin(a + d))
            for r, d in ((0.13, 0), (0.62, -0.26), (0.8, -0.22), (0.84, 0), (0.8, 0.22), (0.62, 0.26))
        ]
        canvas.fill(smooth(wedge), "#f6da5c", shade="#e9b93a", towards=math.degrees(a), depth=0.5)
