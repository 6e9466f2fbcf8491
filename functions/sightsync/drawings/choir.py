"""Five singers in purple and orange robes."""

import math
from collections.abc import Sequence

from sightsync.drawings.paintbox import Canvas, Place, Point, box, mix, moved, oval, smooth

SINGERS = (
    (250, 430, 1.00, "#6f3f93", "#4d2470", "#8a5638", "#2b1a18", "bun"),
    (575, 372, 1.06, "#ec8f2e", "#bb601a", "#f0c19c", "#a8502a", "short"),
    (900, 448, 0.98, "#8a5bb0", "#5d3488", "#c98a5e", "#37241e", "bob"),
    (1215, 380, 1.05, "#f2ab3c", "#c4741c", "#6b4230", "#201616", "curls"),
    (1520, 440, 0.99, "#5c3183", "#3d1b5f", "#f3cdb0", "#e3b661", "bob"),
)


# fmt: off
FRINGES: dict[str, list[Point]] = {
    "bob": [
        (0, -168), (112, -134), (140, -20), (132, 40), (104, -30), (60, -78), (0, -70), (-60, -78), (-104, -30), (-132, 40),
        (-140, -20), (-112, -134),
    ],
    "bun": [
        (0, -164), (100, -134), (134, -30), (118, -16), (70, -96), (0, -112), (-70, -96), (-118, -16), (-134, -30), (-100, -134),
    ],
    "short": [
        (-20, -170), (92, -146), (136, -50), (124, 0), (100, -60), (20, -96), (-60, -70), (-110, -30), (-126, 0), (-134, -60),
        (-96, -140),
    ],
}
# fmt: on


def draw() -> Canvas:
    """Five singers in purple and orange robes."""
    canvas = Canvas(1760, 1100, "#f6e3c5")
    canvas.fill(box(0, 0, 1760, 1100), "#f6e3c5", shade="#eccb9c", towards=90, depth=0.6)
    for n in range(6):  # arches behind them
        x = 80 + n * 320
        arch = [*oval(x, 330, 118)[len(oval(x, 330, 118)) // 2 :], (x + 118, 1100), (x - 118, 1100)]
        canvas.fill(arch, "#f0d2a6", shade="#e2b67e", towards=90, depth=0.6)
    for n in (1, 3, 0, 2, 4):
        _singer(canvas, *SINGERS[n])
    for n, (x, y) in enumerate(((408, 150), (735, 84), (1010, 158), (1400, 92))):
        _note(canvas, x, y, ("#6f3f93", "#d9701f")[n % 2], n)
    canvas.grain(4)
    return canvas


def _singer(canvas: Canvas, x: float, y: float, scale: float, robe: str, deep: str, skin: str, hair: str, cut: str) -> None:
    def at(points: Sequence[Point]) -> list[Point]:
        return moved(points, x, y, scale)

    _hair_behind(canvas, at, hair, cut)
    body = at(
        smooth([(0, 150), (110, 172), (196, 260), (236, 470), (262, 760), (-262, 760), (-236, 470), (-196, 260), (-110, 172)])
    )
    canvas.fill(moved(body, 12, 0), mix(deep, "#2a1020", 0.4), opacity=0.35, blur=16)
    canvas.fill(body, robe, shade=deep, towards=60, depth=0.7)
    with canvas.inside(body):
        for n in (-2, -1, 1, 2):
            canvas.ink(at([(n * 44, 330), (n * 62, 520), (n * 80, 770)]), 7, deep, taper=(0.05, 1))
    canvas.fill(
        at(smooth([(-48, 90), (48, 90), (58, 178), (0, 214), (-58, 178)])),
        skin,
        shade=mix(skin, "#3a1a18", 0.4),
        towards=-90,
        depth=0.55,
    )
    canvas.fill(
        at(smooth([(-112, 166), (-56, 178), (0, 222), (56, 178), (112, 166), (70, 262), (0, 310), (-70, 262)])),
        "#fbf4e6",
        shade="#e0d0b6",
        towards=90,
        depth=0.5,
    )
    _score(canvas, at, skin, robe, deep)
    face = at(
        smooth(
            [(0, -132), (82, -108), (118, -20), (104, 70), (58, 132), (0, 152), (-58, 132), (-104, 70), (-118, -20), (-82, -108)]
        )
    )
    for side in (-1, 1):
        canvas.fill(at(oval(side * 114, 8, 18, 28)), mix(skin, "#6b2a20", 0.15))
    canvas.fill(face, skin, shade=mix(skin, "#8a3a2a", 0.32), towards=30, depth=0.5)
    _singing(canvas, at, skin, hair)
    _hair_before(canvas, at, hair, cut)


def _singing(canvas: Canvas, at: Place, skin: str, hair: str) -> None:
    dark = "#2b1a1c"
    for side in (-1, 1):
        canvas.fill(at(oval(side * 66, 46, 24, 17)), "#e0655a", opacity=0.45, blur=6)
        canvas.ink(at([(side * 22, 4), (side * 46, -10), (side * 72, 4)]), 7, dark, taper=(0.5, 0.5))
        canvas.ink(at([(side * 20, -40), (side * 48, -54), (side * 80, -40)]), 8, mix(hair, dark, 0.3), taper=(0.5, 0.2))
    canvas.ink(at([(4, 0), (12, 40), (-4, 46)]), 5, mix(skin, "#5a2018", 0.5), taper=(0.2, 0.5))
    canvas.fill(at(oval(0, 94, 30, 36)), "#6d1f2a")
    canvas.fill(at(oval(0, 114, 19, 14)), "#d8605c")
    canvas.fill(at(smooth([(-20, 68), (0, 62), (20, 68), (16, 76), (-16, 76)])), "#fdf6ea")


def _hair_behind(canvas: Canvas, at: Place, hair: str, cut: str) -> None:
    deep = mix(hair, "#140808", 0.45)
    if cut == "bob":
        canvas.fill(
            at(
                smooth(
                    [
                        (0, -172),
                        (118, -140),
                        (158, -20),
                        (162, 120),
                        (110, 170),
                        (-110, 170),
                        (-162, 120),
                        (-158, -20),
                        (-118, -140),
                    ]
                )
            ),
            hair,
            shade=deep,
            towards=90,
            depth=0.6,
        )
    elif cut == "bun":
        canvas.fill(at(oval(0, -186, 66, 58)), hair, shade=deep, towards=60, depth=0.6)
        canvas.fill(at(oval(0, -30, 134, 142)), hair)
    elif cut == "curls":
        for n in range(15):
            a = math.pi * (0.86 + 1.28 * n / 14)
            canvas.fill(at(oval(134 * math.cos(a), -28 + 134 * math.sin(a), 50)), hair, shade=deep, towards=70, depth=0.5)
    else:
        canvas.fill(at(oval(0, -40, 130, 124)), hair)


def _hair_before(canvas: Canvas, at: Place, hair: str, cut: str) -> None:
    deep, light = mix(hair, "#140808", 0.45), mix(hair, "#ffe8c8", 0.25)
    if cut == "curls":
        for n in range(7):
            canvas.fill(at(oval(-96 + n * 32, -118 + 10 * abs(n - 3), 34)), hair, shade=deep, towards=70, depth=0.5)
        return
    canvas.fill(at(smooth(FRINGES[cut])), hair, shade=deep, towards=20, depth=0.5)
    canvas.ink(at([(-70, -132), (-10, -150), (60, -136)]), 6, light, taper=(0.05, 0.05))


def _score(canvas: Canvas, at: Place, skin: str, robe: str, deep: str) -> None:
    """An open book of music held before the chest, sleeves and hands."""
    for side in (-1, 1):
        sleeve = [(side * 196, 270), (side * 232, 400), (side * 190, 500), (side * 112, 470), (side * 120, 420), (side * 150, 380)]
        canvas.fill(at(smooth(sleeve)), robe, shade=deep, towards=90, depth=0.75)
        page = [(0, 384), (side * 112, 362), (side * 118, 488), (0, 516)]
        canvas.fill(at(page), "#fffaf0", shade="#e6d8bf", towards=90 + side * 90, depth=0.4)
        for n in range(4):
            canvas.ink(at([(side * 14, 408 + n * 24), (side * 102, 388 + n * 24)]), 3, "#b9a88c", taper=(1, 1))
        canvas.fill(at(oval(side * 112, 470, 26, 21, side * -24)), skin, shade=mix(skin, "#5a2018", 0.35), towards=90, depth=0.5)
    canvas.ink(at([(0, 384), (0, 516)]), 5, "#c9b999")


def _note(canvas: Canvas, x: float, y: float, colour: str, kind: int) -> None:
    if kind % 2:
        for dx in (0, 62):
            canvas.fill(oval(x + dx, y + 86 - dx * 0.14, 25, 18, -24), colour)
            canvas.ink([(x + dx + 21, y + 80 - dx * 0.14), (x + dx + 21, y - dx * 0.14)], 7, colour)
        canvas.fill([(x + 18, y - 4), (x + 86, y - 13), (x + 86, y + 10), (x + 18, y + 19)], colour)
    else:
        canvas.fill(oval(x, y + 86, 26, 19, -24), colour)
        canvas.ink([(x + 22, y + 80), (x + 22, y - 10)], 7, colour)
        canvas.ink([(x + 24, y - 8), (x + 44, y + 26), (x + 40, y + 58)], 11, colour, taper=(1, 0.1))
