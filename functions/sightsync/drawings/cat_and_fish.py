"""A black and white strip: a cat, a fish, and who is the wiser."""

import math
from collections.abc import Sequence

from sightsync.drawings.comic import balloon, cloud
from sightsync.drawings.paintbox import Canvas, Point, box, moved, oval, smooth, turned


def draw() -> Canvas:
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
        canvas.ink(
            [
                (x - 120, y + 100 - 200 * full),
                (x - 40, y + 92 - 200 * full),
                (x + 40, y + 106 - 200 * full),
                (x + 120, y + 98 - 200 * full),
            ],
            5,
            "#141414",
        )
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
    def at(points: Sequence[Point]) -> list[Point]:
        return moved(points, x, y, scale)

    head = at(
        smooth([(-104, -120), (-56, -76), (0, -84), (56, -76), (104, -120), (122, -16), (96, 62), (0, 96), (-96, 62), (-122, -16)])
    )
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
            canvas.ink(
                at([(side * 62, 34 + n * 7), (side * 164, 26 + n * 22)]),
                3.5,
                "#141414" if abs(n) < 2 else "#f6f6f6",
                taper=(1, 0.2),
            )
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
    lumps = [
        (78, 112, 40),
        (112, 84, 40),
        (160, 74, 42),
        (206, 88, 38),
        (228, 118, 34),
        (196, 146, 38),
        (146, 150, 40),
        (104, 144, 38),
    ]
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
        canvas.ink(
            [(x + 152 + 126 * math.cos(a), 392 + 150 * math.sin(a)), (x + 152 + 165 * math.cos(a), 392 + 198 * math.sin(a))],
            8,
            "#141414",
            taper=(1, 0.2),
        )


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
