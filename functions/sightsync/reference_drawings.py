"""Thirty-two small pictures of many kinds that a model's scale is measured on: drawn here, the same on every machine.

They stand for "any picture": landscapes, faces, animals, things, rooms, paintings, comics, charts, print. None needs to be good;
they need to differ as pictures in a gallery do. A change of any changes the scale: see DRAWN in reference_pictures.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from sightsync.reference_sheet import Sheet

if TYPE_CHECKING:
    from PIL.Image import Image

Draw: TypeAlias = Callable[[Sheet], None]


# --- out of doors ---


def hills(sheet: Sheet, top: str, bottom: str, *ridges: str) -> None:
    sheet.sky(top, bottom)
    sheet.oval(70, 24, 6, 8, "#fff3c4")
    for n, colour in enumerate(ridges):
        sheet.ridge(45 + 14 * n, 6, colour)


def sea(sheet: Sheet, top: str, water: str, sail: str) -> None:
    sheet.sky(top, "#f4efe6", 48)
    sheet.box(0, 48, 100, 100, water)
    for _ in range(60):
        x, y = sheet.chance.uniform(0, 100), sheet.chance.uniform(50, 100)
        sheet.line(x, y, x + sheet.chance.uniform(2, 9), y, colour="#dfeaf0", width=1)
    sheet.shape(40, 60, 62, 60, 57, 68, 45, 68, colour="#5a3b26")
    sheet.shape(50, 24, 50, 58, 66, 58, colour=sail)


def wood(sheet: Sheet, light: str, trunk: str) -> None:
    sheet.sky(light, "#33402a")
    for _ in range(22):
        x, width = sheet.chance.uniform(0, 100), sheet.chance.uniform(0.8, 3.5)
        sheet.shape(x - width, 100, x - width * 0.6, 0, x + width * 0.6, 0, x + width, 100, colour=trunk)
    for _ in range(240):
        x, y = sheet.chance.uniform(0, 100), sheet.chance.uniform(0, 45)
        sheet.oval(x, y, 2, 2, sheet.chance.choice(("#3f6b2c", "#6f8f3a", "#a8b04c")))


def town(sheet: Sheet, top: str, bottom: str, wall: str, window: str) -> None:
    sheet.sky(top, bottom)
    for x in range(0, 100, 12):
        roof = sheet.chance.uniform(20, 60)
        sheet.box(x, roof, x + 11, 100, wall)
        for wx in range(x + 2, x + 10, 3):
            for wy in range(round(roof) + 4, 96, 8):
                if sheet.chance.random() < 0.6:
                    sheet.box(wx, wy, wx + 1.5, wy + 4, window)


def lights(sheet: Sheet) -> None:
    sheet.sky("#0d0f18", "#2a2430")
    for _ in range(70):
        r = sheet.chance.uniform(1, 7)
        sheet.oval(
            sheet.chance.uniform(0, 100), sheet.chance.uniform(20, 90), r, r, sheet.chance.choice(("#ffd27a", "#d2483c", "#6fa8dc"))
        )


def road(sheet: Sheet) -> None:
    sheet.sky("#8fb7dd", "#e8eef2", 50)
    sheet.box(0, 50, 100, 100, "#55595c")
    sheet.line(0, 80, 100, 80, colour="#f1f1e6", width=3)
    sheet.shape(20, 62, 30, 50, 60, 50, 74, 62, colour="#b3202c")
    sheet.box(12, 62, 84, 74, "#c92a37")
    for x in (28, 68):
        sheet.oval(x, 75, 7, 9, "#1c1c1c")
        sheet.oval(x, 75, 3, 4, "#b8bcc0")


# --- people and animals ---


def face(sheet: Sheet, ground: str, skin: str, hair: str, coat: str, long: bool = False) -> None:
    sheet.box(0, 0, 100, 100, ground)
    sheet.oval(50, 44, 25, 33, hair)
    if long:
        sheet.box(25, 44, 75, 82, hair)
    sheet.oval(50, 104, 44, 28, coat)
    sheet.box(43, 62, 57, 84, skin)
    sheet.oval(50, 48, 19, 25, skin)
    sheet.shape(31, 40, 50, 22, 69, 40, 60, 32, 42, 33, colour=hair)
    for x in (42, 58):
        sheet.oval(x, 46, 3.6, 2.2, "#ffffff")
        sheet.oval(x, 46, 1.6, 2, "#2a2320")
        sheet.line(x - 4, 41, x + 4, 40, colour=hair, width=3)
    sheet.line(50, 47, 48, 56, 51, 57, colour="#7a4a3a", width=2)
    sheet.line(43, 63, 50, 66, 57, 63, colour="#9a3b3b", width=3)


def people(sheet: Sheet) -> None:
    sheet.sky("#c9d6da", "#a89a80")
    for n in range(9):
        x, tall = 8 + n * 10.5, sheet.chance.uniform(34, 48)
        coat = sheet.chance.choice(("#41506b", "#8c3b3b", "#d8c27a", "#2e4a3a", "#e8e4da"))
        sheet.shape(x - 6, 100, x - 4, tall + 12, x + 4, tall + 12, x + 6, 100, colour=coat)
        sheet.oval(x, tall + 4, 4, 7, sheet.chance.choice(("#f0c8a8", "#8d5a3c", "#c98f64", "#5b3a29")))


def cat(sheet: Sheet, ground: str, fur: str) -> None:
    sheet.box(0, 0, 100, 100, ground)
    sheet.oval(52, 72, 26, 28, fur)
    sheet.oval(50, 38, 18, 18, fur)
    for x, side in ((36, -1), (64, 1)):
        sheet.shape(x, 34, x + side * 2, 10, x - side * 12, 22, colour=fur)
    for x in (43, 57):
        sheet.oval(x, 36, 3, 3.4, "#d9c64a")
        sheet.oval(x, 36, 0.9, 3, "#111111")
    sheet.shape(48, 43, 52, 43, 50, 46, colour="#c77f7f")
    sheet.line(76, 90, 92, 80, 88, 62, colour=fur, width=9)


def fish(sheet: Sheet) -> None:
    sheet.sky("#3d8fb0", "#0d3550")
    for _ in range(7):
        x, y = sheet.chance.uniform(15, 80), sheet.chance.uniform(12, 88)
        colour = sheet.chance.choice(("#f08a2c", "#f2d04b", "#d8dde0"))
        sheet.oval(x, y, 8, 5, colour)
        sheet.shape(x + 6, y, x + 13, y - 6, x + 13, y + 6, colour=colour)
        sheet.oval(x - 4, y - 1, 1, 1.3, "#111111")


def bird(sheet: Sheet) -> None:
    sheet.sky("#e6edf2", "#c7d3c0")
    sheet.line(0, 78, 100, 70, colour="#4d3a2a", width=6)
    sheet.oval(48, 52, 17, 14, "#3c6ea5")
    sheet.oval(34, 40, 9, 9, "#3c6ea5")
    sheet.shape(26, 38, 16, 42, 26, 44, colour="#e0a030")
    sheet.shape(62, 50, 92, 44, 64, 60, colour="#27496d")
    sheet.oval(32, 38, 1.5, 1.8, "#ffffff")
    sheet.oval(47, 56, 10, 8, "#e9d9b8")


# --- things and rooms ---


def fruit(sheet: Sheet, cloth: str, *colours: str) -> None:
    sheet.sky("#5e5347", "#8d8271")
    sheet.box(0, 62, 100, 100, cloth)
    for n in range(6):
        x, y = 30 + 8 * n, 56 - 6 * (n % 2)
        sheet.oval(x, y, 8, 9, colours[n % len(colours)])
        sheet.oval(x - 3, y - 3, 2, 2.4, "#fff6df")
    sheet.pen.chord(sheet.at(20, 38, 82, 90), 0, 180, "#d9e3e8")


def leaf(sheet: Sheet, green: str, berry: str | None = None) -> None:
    sheet.line(50, 96, 49, 60, 52, 8, colour="#6a5a35", width=3)
    for n in range(6):
        y, side = 84 - 13 * n, -1 if n % 2 else 1
        sheet.shape(50, y, 50 + side * 16, y - 16, 50 + side * 38, y - 14, 50 + side * 22, y - 1, colour=green)
        sheet.line(50, y, 50 + side * 36, y - 13, colour="#e8efd8", width=1)
        if berry:
            sheet.oval(50 - side * 9, y - 6, 4, 4, berry)


def room(sheet: Sheet) -> None:
    sheet.box(0, 0, 100, 70, "#cfc3ae")
    sheet.box(0, 70, 100, 100, "#7d5a3c")
    sheet.box(56, 12, 86, 48, "#a9cfe6", "#f5f1e6")
    sheet.line(71, 12, 71, 48, colour="#f5f1e6", width=4)
    sheet.box(8, 52, 48, 84, "#39594f")
    sheet.box(8, 40, 48, 56, "#456b60")
    sheet.line(60, 92, 66, 62, 72, 92, colour="#3a2a1c", width=4)
    sheet.oval(66, 61, 14, 3, "#5c4029")


# --- surfaces ---


def bricks(sheet: Sheet) -> None:
    sheet.box(0, 0, 100, 100, "#b9aa98")
    for row in range(14):
        for n in range(-1, 9):
            x = n * 13 + 6 * (row % 2)
            sheet.box(x, row * 7.2, x + 12, row * 7.2 + 6, sheet.chance.choice(("#8f3f2e", "#a04c37", "#7c3527")))


def squares(sheet: Sheet) -> None:
    sheet.box(0, 0, 100, 100, "#efe8d8")
    for _ in range(26):
        x, y, side = sheet.chance.uniform(-5, 90), sheet.chance.uniform(-5, 90), sheet.chance.uniform(5, 32)
        sheet.box(x, y, x + side, y + side, sheet.chance.choice(("#e2b714", "#1f3a93", "#c0392b", "#111111", "#f6f3ea")))


def strokes(sheet: Sheet) -> None:
    sheet.box(0, 0, 100, 100, "#e8ecef")
    for _ in range(120):
        x, y = sheet.chance.uniform(0, 100), sheet.chance.uniform(0, 100)
        colour = sheet.chance.choice(("#2f4b7c", "#7aa6c2", "#d45087", "#ffa600", "#9fb8ad"))
        sheet.line(x, y, x + sheet.chance.uniform(-18, 18), y + sheet.chance.uniform(-8, 8), colour=colour, width=9)


# --- print and screens ---


def page(sheet: Sheet) -> None:
    sheet.words(18, 8, 50, 4)
    for n in range(26):
        sheet.words(12, 18 + 3 * n, 76 if n % 7 else 40, 1.2, "#3a3a3a")


def receipt(sheet: Sheet) -> None:
    sheet.box(0, 0, 100, 100, "#8a7f72")
    sheet.box(22, 4, 78, 96, "#f7f5ef")
    for n in range(18):
        sheet.words(27, 10 + 4.4 * n, 26, 1.6)
        sheet.words(66, 10 + 4.4 * n, 7, 1.6)


def bars(sheet: Sheet) -> None:
    sheet.line(10, 6, 10, 90, 96, 90, width=2)
    for n, high in enumerate((34, 52, 47, 70, 61, 22, 80)):
        sheet.box(15 + 11 * n, 90 - high, 23 + 11 * n, 90, "#4c78a8" if n % 2 else "#f58518")


def screen(sheet: Sheet) -> None:
    sheet.box(0, 0, 100, 100, "#1e2229")
    sheet.box(0, 0, 100, 7, "#3a404b")
    sheet.box(0, 7, 20, 100, "#272c35")
    for n in range(22):
        sheet.words(3, 12 + 4 * n, 12, 1.2, "#8a94a6")
        sheet.words(
            24 + 4 * (n % 3), 12 + 4 * n, sheet.chance.uniform(20, 60), 1.4, sheet.chance.choice(("#e5c07b", "#98c379", "#61afef"))
        )


def plan(sheet: Sheet) -> None:
    sheet.box(0, 0, 100, 100, "#e9e4d4")
    sheet.line(0, 70, 30, 60, 55, 72, 100, 50, colour="#8fbcd4", width=14)
    for n in range(8):
        sheet.line(12 * n, 0, 12 * n + sheet.chance.uniform(-8, 8), 100, colour="#ffffff", width=3)
        sheet.line(0, 13 * n, 100, 13 * n + sheet.chance.uniform(-8, 8), colour="#ffffff", width=3)
    sheet.oval(62, 38, 3, 3, "#c0392b")


# --- drawn and painted ---


def strip(sheet: Sheet, columns: int, rows: int, colours: tuple[str, ...]) -> None:
    """Panels with somebody in them who speaks."""
    wide, high = 96 / columns, 96 / rows
    for n in range(columns * rows):
        x, y = 3 + wide * (n % columns), 3 + high * (n // columns)
        sheet.box(x, y, x + wide - 3, y + high - 3, colours[n % len(colours)], "#111111")
        figure = x + wide * sheet.chance.uniform(0.25, 0.65)
        sheet.oval(figure, y + high * 0.55, wide * 0.1, high * 0.1, "#ffffff", "#111111")
        sheet.line(figure, y + high * 0.65, figure, y + high * 0.88, colour="#111111", width=4)
        sheet.oval(x + wide * 0.45, y + high * 0.2, wide * 0.32, high * 0.13, "#ffffff", "#111111")
        sheet.words(x + wide * 0.25, y + high * 0.17, wide * 0.4, high * 0.03)


def dots(sheet: Sheet) -> None:
    face(sheet, "#f4d13d", "#f7d9c4", "#1c1c1c", "#d8262c", long=True)
    for row in range(46):
        for n in range(46):
            x, y = n * 2.2 + (row % 2) * 1.1, row * 2.2
            sheet.oval(x, y, 0.45, 0.45, "#e4572e")


def poster(sheet: Sheet) -> None:
    sheet.sky("#0f2f4f", "#d9552b")
    sheet.oval(50, 44, 22, 22, "#f2d16b")
    sheet.shape(50, 30, 60, 70, 40, 70, colour="#0f2f4f")
    sheet.box(46, 66, 54, 84, "#0f2f4f")
    sheet.words(14, 88, 70, 5, "#f7ecd0")


def sketch(sheet: Sheet) -> None:
    for _ in range(40):
        x = sheet.chance.uniform(18, 78)
        sheet.line(x, 30 + sheet.chance.uniform(0, 20), x + 6, 92, colour="#8a8a8a", width=1)
    sheet.line(14, 92, 14, 40, 50, 12, 86, 40, 86, 92, 14, 92, colour="#333333", width=2)
    for x in (28, 62):
        sheet.line(x, 54, x + 12, 54, x + 12, 70, x, 70, x, 54, colour="#333333", width=2)


WIDE, TALL, SQUARE = (384, 256), (256, 384), (320, 320)
PRINT, PHOTOGRAPH = False, True

_PLAN: tuple[tuple[Draw, tuple[int, int], bool], ...] = (
    (lambda s: hills(s, "#8fb9e3", "#f2e9d2", "#7d9a6a", "#5f8350", "#3f6a3a"), WIDE, PHOTOGRAPH),
    (lambda s: hills(s, "#2a2f5a", "#e58a4f", "#4a3f63", "#2d2a45", "#171a2b"), WIDE, PHOTOGRAPH),
    (lambda s: hills(s, "#dfe8ef", "#ffffff", "#b9c9d6", "#e6eef3", "#fafcfd"), TALL, PHOTOGRAPH),
    (lambda s: sea(s, "#6fa7d6", "#2f6c8f", "#fbfbf7"), WIDE, PHOTOGRAPH),
    (lambda s: wood(s, "#dfe6b4", "#3b2d20"), TALL, PHOTOGRAPH),
    (lambda s: town(s, "#10142b", "#31406b", "#1b1f30", "#ffd98a"), WIDE, PHOTOGRAPH),
    (lambda s: town(s, "#bcd6ea", "#eef3f5", "#b98d6b", "#5c6f80"), TALL, PHOTOGRAPH),
    (lights, WIDE, PHOTOGRAPH),
    (road, WIDE, PHOTOGRAPH),
    (lambda s: face(s, "#6d7f78", "#eac2a1", "#3a2618", "#7b1e2b", long=True), TALL, PHOTOGRAPH),
    (lambda s: face(s, "#d6c8b0", "#6b4330", "#15110f", "#2f4f8f"), TALL, PHOTOGRAPH),
    (lambda s: face(s, "#29333d", "#f3d6bd", "#b9b4aa", "#3c3c3c"), SQUARE, PHOTOGRAPH),
    (people, WIDE, PHOTOGRAPH),
    (lambda s: cat(s, "#b7a58c", "#4a4038"), SQUARE, PHOTOGRAPH),
    (fish, WIDE, PHOTOGRAPH),
    (bird, WIDE, PHOTOGRAPH),
    (lambda s: fruit(s, "#a33b32", "#e8b820", "#c8502a", "#7f9a35"), WIDE, PHOTOGRAPH),
    (room, WIDE, PHOTOGRAPH),
    (bricks, WIDE, PHOTOGRAPH),
    (lambda s: leaf(s, "#4f7f3a", "#c0392b"), TALL, PRINT),
    (squares, SQUARE, PRINT),
    (strokes, WIDE, PRINT),
    (page, TALL, PRINT),
    (receipt, TALL, PHOTOGRAPH),
    (bars, WIDE, PRINT),
    (screen, WIDE, PRINT),
    (plan, SQUARE, PRINT),
    (lambda s: strip(s, 2, 3, ("#ffe08a", "#9fd3e6", "#f4a6a0", "#ffffff")), TALL, PRINT),
    (lambda s: strip(s, 3, 1, ("#ffffff",)), (384, 160), PRINT),
    (dots, SQUARE, PRINT),
    (poster, TALL, PRINT),
    (sketch, SQUARE, PRINT),
)


def draw() -> Iterator[Image]:
    """All of them, one at a time."""
    for seed, (paint, (width, height), photograph) in enumerate(_PLAN):
        sheet = Sheet(width, height, seed)
        paint(sheet)
        yield sheet.finished(photograph)
