"""Four portraits among the samples: a woman in a scarf, a man in a hat, a head full of night, a choir."""

from __future__ import annotations

import math
import random

from local.drawing import Canvas, Point, box, mirrored, mix, moved, oval, smooth, star, turned


def red_scarf() -> Canvas:
    """A woman with a red scarf before a pale green wall."""
    canvas = Canvas(1200, 1600, "#b9cdb4")
    canvas.fill(box(0, 0, 1200, 1600), "#b9cdb4", shade="#96b196", towards=70, depth=0.6)
    canvas.oval(600, 640, 470, colour="#d7e2cd")
    _fern(canvas, 60, 1420, -84)
    _fern(canvas, 1140, 1440, -96)
    hair = "#3a2420"
    back = smooth([(600, 262), (770, 300), (858, 440), (878, 640), (900, 860), (860, 980), (600, 1010), (340, 980), (300, 860), (322, 640), (342, 440), (430, 300)])
    canvas.fill(back, hair, shade="#1f1214", towards=60, depth=0.7)
    coat = smooth([(600, 1060), (830, 1090), (1000, 1180), (1090, 1400), (1120, 1680), (80, 1680), (110, 1400), (200, 1180), (370, 1090)])
    canvas.fill(coat, "#2f4858", shade="#1a2a38", towards=80, depth=0.8)
    canvas.fill(smooth([(520, 900), (680, 900), (700, 1090), (600, 1170), (500, 1090)]), "#d79a7b", shade="#b06f58", towards=-90, depth=0.6)
    face = smooth([(600, 330), (730, 372), (792, 500), (786, 680), (738, 830), (662, 928), (600, 950), (538, 928), (462, 830), (414, 680), (408, 500), (470, 372)])
    canvas.fill(face, "#eab893", shade="#d08e6c", towards=35, depth=0.55)
    with canvas.inside(face):
        for x in (470, 730):
            canvas.fill(oval(x, 742, 74, 52), "#dd7a66", opacity=0.5, blur=20)
    _calm_face(canvas)
    fringe = smooth([(600, 258), (760, 300), (838, 440), (850, 640), (812, 720), (790, 560), (740, 452), (640, 420), (560, 440), (470, 500), (424, 620), (388, 740), (350, 640), (362, 440), (440, 300)])
    canvas.fill(fringe, hair, shade="#22130f", towards=20, depth=0.6)
    for n in range(7):
        strand = [(560 + n * 14, 300 - n), (700 + n * 12, 350 + n * 4), (800 + n * 4, 500 + n * 10)]
        canvas.ink(strand, 4, "#6b463a", taper=(0.1, 0.1))
    for n in range(5):
        canvas.ink([(520 - n * 16, 320 + n * 8), (440 - n * 10, 420 + n * 14), (390 - n * 2, 580 + n * 12)], 4, "#6b463a", taper=(0.1, 0.1))
    for x in (392, 808):
        canvas.oval(x, 812, 20, 30, colour="#e9bf4c", shade="#b5852a", towards=60.0)
    _scarf(canvas)
    canvas.grain(4)
    return canvas


def _calm_face(canvas: Canvas) -> None:
    line = "#53302a"
    for side in (1, -1):
        def at(points: list[Point], side: int = side) -> list[Point]:
            return points if side == 1 else mirrored(points, 600)

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
    wrap = smooth([(380, 960), (490, 1010), (600, 1026), (710, 1010), (820, 960), (858, 1050), (816, 1140), (700, 1196), (600, 1208), (490, 1192), (384, 1140), (340, 1050)])
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


# --- Yellow hat -------------------------------------------------------------------------------------------------


def yellow_hat() -> Canvas:
    """A bearded man in a yellow hat on a blue ground."""
    canvas = Canvas(1400, 1400, "#2f6f9f")
    canvas.fill(box(0, 0, 1400, 1400), "#2f6f9f", shade="#1c4a76", towards=60, depth=0.7)
    turns = [math.pi * 2 * n / 22 + 0.07 for n in range(22)]
    rays = [
        [(700 + r * math.cos(a + d), 640 + r * math.sin(a + d)) for r, d in ((380, 0), (1150, -0.055), (1150, 0.055))] for a in turns
    ]
    canvas.fills(rays, "#3f82b3", opacity=0.55)
    shirt = smooth([(700, 1130), (930, 1120), (1120, 1210), (1210, 1460), (190, 1460), (280, 1210), (470, 1120)])
    canvas.fill(shirt, "#f1e8d8", shade="#c9b9a4", towards=80, depth=0.6)
    with canvas.inside(shirt):
        for n in range(-9, 10):
            canvas.fill([(700 + n * 62 - 8, 1080), (700 + n * 62 + 8, 1080), (700 + n * 84 + 10, 1460), (700 + n * 84 - 10, 1460)], "#35587c", opacity=0.85)
    canvas.fill(box(590, 960, 810, 1180), "#a86a48", shade="#7c4630", towards=-90, depth=0.9)
    for side in (1, -1):
        ear = oval(700 + side * 252, 720, 46, 74, -side * 8)
        canvas.fill(ear, "#b9774f", shade="#8b5236", towards=90, depth=0.5)
    face = smooth([(700, 470), (880, 490), (952, 640), (940, 820), (868, 980), (700, 1050), (532, 980), (460, 820), (448, 640), (520, 490)])
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
    beard = smooth([(452, 700), (492, 800), (560, 836), (640, 812), (700, 826), (760, 812), (840, 836), (908, 800), (948, 700), (966, 860), (926, 1040), (820, 1170), (700, 1210), (580, 1170), (474, 1040), (434, 860)])
    canvas.fill(beard, "#4a2c20", shade="#2b1712", towards=80, depth=0.7)
    chance = random.Random(5)  # noqa: S311 - hair, not secrets
    with canvas.inside(beard):
        for _ in range(150):
            x, y = chance.uniform(440, 960), chance.uniform(800, 1180)
            drift = (x - 700) * 0.12
            canvas.ink([(x, y), (x + drift * 0.5, y + 26), (x + drift * 0.3, y + 56)], 4.5, chance.choice(("#6d4531", "#5b382a", "#7d523a")), taper=(0.1, 0.1))
    for side in (1, -1):
        half = [(704, 842), (760, 824), (830, 852), (878, 908), (800, 900), (704, 884)]
        canvas.fill(smooth(half if side == 1 else mirrored(half, 702)), "#5b382a", shade="#38201a", towards=90, depth=0.5)
    canvas.fill(smooth([(634, 912), (700, 920), (766, 912), (740, 946), (700, 954), (660, 946)]), "#b9564a")
    canvas.ink([(630, 910), (700, 922), (770, 910)], 5, "#2b1712", taper=(0.3, 0.3))


def _kind_eyes(canvas: Canvas) -> None:
    for side in (1, -1):
        def at(points: list[Point], side: int = side) -> list[Point]:
            return points if side == 1 else mirrored(points, 700)

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
    crown = smooth([(440, 500), (452, 330), (500, 210), (600, 172), (700, 200), (800, 172), (900, 210), (948, 330), (960, 500), (700, 540)])
    canvas.fill(crown, "#f4c93f", shade="#d0921f", towards=30, depth=0.65)
    with canvas.inside(crown):
        canvas.fill(oval(560, 300, 44, 110, 14), "#fbe596", opacity=0.7, blur=22)
        canvas.ink([(610, 190), (690, 262), (790, 192)], 12, "#c98a1c", taper=(0.1, 0.1))
        canvas.fill([*smooth([(420, 400), (700, 452), (980, 400)], closed=False), *smooth([(980, 500), (700, 546), (420, 500)], closed=False)], "#2a3d5c", shade="#182440", towards=30, depth=0.6)
    feather = smooth([(884, 480), (930, 340), (1010, 230), (1090, 190), (1060, 290), (980, 400), (900, 486)])
    canvas.fill(feather, "#d8503a", shade="#97291f", towards=120, depth=0.6)
    canvas.ink([(880, 490), (950, 360), (1078, 204)], 5, "#f4d9b8", taper=(1, 0.2))


# --- Night ------------------------------------------------------------------------------------------------------

PROFILE: list[Point] = [
    (250, 1680), (268, 1440), (300, 1330), (262, 1190), (206, 1010), (196, 800), (250, 590), (390, 430), (580, 360), (760, 396), (872, 500),
    (912, 610), (916, 690), (938, 752), (996, 856), (1006, 884), (976, 908), (948, 914), (950, 946), (966, 974), (948, 994), (962, 1022), (944, 1056),
    (940, 1096), (926, 1146), (868, 1176), (770, 1176), (722, 1206), (724, 1300), (800, 1400), (960, 1500), (1040, 1680),
]  # fmt: skip


def night() -> Canvas:
    """A dark blue profile full of stars on a pink and orange evening."""
    canvas = Canvas(1200, 1600, "#f3b49f")
    canvas.sky([(0, "#e98fa0"), (0.45, "#f5b39c"), (0.8, "#fbd5ab"), (1, "#fce3bd")])
    canvas.oval(640, 800, 560, colour="#fce7cf", opacity=0.55, blur=50)
    outline = smooth(PROFILE, steps=8)
    canvas.fill(moved(outline, 26, 14), "#a8465e", opacity=0.35, blur=22)
    with canvas.inside(outline):
        canvas.sky([(0.2, "#0e1b3f"), (0.5, "#1c2f66"), (0.72, "#33508f"), (0.9, "#6f7fb5"), (1, "#a98fb5")])
        chance = random.Random(12)  # noqa: S311 - stars, not secrets
        for _ in range(26):  # a band of faint light from neck to brow
            t = chance.random()
            canvas.fill(oval(330 + 480 * t + chance.gauss(0, 40), 1130 - 640 * t + chance.gauss(0, 40), 90, 60), "#7f8fd0", opacity=0.13, blur=34)
        for _ in range(420):
            x, y = chance.uniform(180, 1020), chance.uniform(350, 1350)
            near = math.exp(-(((x - 330) * 640 + (y - 1130) * 480) / (800 * 150)) ** 2)
            if chance.random() < 0.3 + 0.7 * near:
                canvas.fill(oval(x, y, chance.choice((1.4, 1.8, 2.3, 3.2))), chance.choice(("#ffffff", "#fdeccb", "#c9d6ff")), opacity=chance.uniform(0.5, 1))
        for x, y, size in ((470, 560, 26), (760, 560, 18), (350, 870, 20), (640, 1010, 16), (840, 1080, 13)):
            canvas.fill(oval(x, y, size * 1.1), "#cfd8ff", opacity=0.35, blur=9)
            canvas.fill(star(x, y, size, size * 0.16, 4, 90), "#ffffff")
        moon = oval(650, 720, 112)
        canvas.fill(oval(650, 720, 170), "#f9e7b9", opacity=0.28, blur=40)
        canvas.fill(moon, "#faedc8", shade="#e3c88e", towards=140, depth=0.5)
        with canvas.inside(moon):
            for dx, dy, r in ((-40, -30, 22), (30, 20, 30), (-20, 54, 15), (52, -46, 13)):
                canvas.fill(oval(650 + dx, 720 + dy, r), "#ead7a4", opacity=0.8)
        for base, swing, seed, colour in ((1300, 50, 2.0, "#3c4a86"), (1390, 44, 5.0, "#26356b"), (1480, 36, 8.0, "#141f47")):
            crest = [(x, base - swing * (math.sin(x * 0.011 + seed) + 0.5 * math.sin(x * 0.027 + seed * 3) + 0.2 * math.sin(x * 0.07))) for x in range(180, 1080, 10)]
            canvas.fill([*crest, (1080, 1620), (180, 1620)], colour, shade=mix(colour, "#8f9ad0", 0.4), towards=-90, depth=0.3)
    canvas.ink([(842, 730), (872, 744), (900, 738)], 7, "#dfe6ff", taper=(0.3, 0.3))
    for n in range(3):
        canvas.ink([(862 + n * 16, 744 - n), (872 + n * 17, 762 - n * 2)], 4, "#dfe6ff", taper=(1, 0.2))
    for x, y, size in ((180, 300, 1.0), (1010, 330, 0.8), (1080, 1180, 0.7)):
        for dx, dy in ((0, 0), (46, -26), (88, 8)):
            for side in (-1, 1):
                px, py = x + dx * size, y + dy * size
                canvas.ink([(px, py), (px + side * 13 * size, py - 11 * size), (px + side * 30 * size, py - 4 * size)], 5, "#8b3f57", taper=(0.9, 0.1))
    canvas.grain(4)
    return canvas


# --- Choir ------------------------------------------------------------------------------------------------------

SINGERS = (
    (250, 430, 1.00, "#6f3f93", "#4d2470", "#8a5638", "#2b1a18", "bun"),
    (575, 372, 1.06, "#ec8f2e", "#bb601a", "#f0c19c", "#a8502a", "short"),
    (900, 448, 0.98, "#8a5bb0", "#5d3488", "#c98a5e", "#37241e", "bob"),
    (1215, 380, 1.05, "#f2ab3c", "#c4741c", "#6b4230", "#201616", "curls"),
    (1520, 440, 0.99, "#5c3183", "#3d1b5f", "#f3cdb0", "#e3b661", "bob"),
)


def choir() -> Canvas:
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
    def at(points: list[Point]) -> list[Point]:
        return moved(points, x, y, scale)

    _hair_behind(canvas, at, hair, cut)
    body = at(smooth([(0, 150), (110, 172), (196, 260), (236, 470), (262, 760), (-262, 760), (-236, 470), (-196, 260), (-110, 172)]))
    canvas.fill(moved(body, 12, 0), mix(deep, "#2a1020", 0.4), opacity=0.35, blur=16)
    canvas.fill(body, robe, shade=deep, towards=60, depth=0.7)
    with canvas.inside(body):
        for n in (-2, -1, 1, 2):
            canvas.ink(at([(n * 44, 330), (n * 62, 520), (n * 80, 770)]), 7, deep, taper=(0.05, 1))
    canvas.fill(at(smooth([(-48, 90), (48, 90), (58, 178), (0, 214), (-58, 178)])), skin, shade=mix(skin, "#3a1a18", 0.4), towards=-90, depth=0.55)
    canvas.fill(at(smooth([(-112, 166), (-56, 178), (0, 222), (56, 178), (112, 166), (70, 262), (0, 310), (-70, 262)])), "#fbf4e6", shade="#e0d0b6", towards=90, depth=0.5)
    _score(canvas, at, skin, robe, deep)
    face = at(smooth([(0, -132), (82, -108), (118, -20), (104, 70), (58, 132), (0, 152), (-58, 132), (-104, 70), (-118, -20), (-82, -108)]))
    for side in (-1, 1):
        canvas.fill(at(oval(side * 114, 8, 18, 28)), mix(skin, "#6b2a20", 0.15))
    canvas.fill(face, skin, shade=mix(skin, "#8a3a2a", 0.32), towards=30, depth=0.5)
    _singing(canvas, at, skin, hair)
    _hair_before(canvas, at, hair, cut)


def _singing(canvas: Canvas, at: object, skin: str, hair: str) -> None:
    assert callable(at)
    dark = "#2b1a1c"
    for side in (-1, 1):
        canvas.fill(at(oval(side * 66, 46, 24, 17)), "#e0655a", opacity=0.45, blur=6)
        canvas.ink(at([(side * 22, 4), (side * 46, -10), (side * 72, 4)]), 7, dark, taper=(0.5, 0.5))
        canvas.ink(at([(side * 20, -40), (side * 48, -54), (side * 80, -40)]), 8, mix(hair, dark, 0.3), taper=(0.5, 0.2))
    canvas.ink(at([(4, 0), (12, 40), (-4, 46)]), 5, mix(skin, "#5a2018", 0.5), taper=(0.2, 0.5))
    canvas.fill(at(oval(0, 94, 30, 36)), "#6d1f2a")
    canvas.fill(at(oval(0, 114, 19, 14)), "#d8605c")
    canvas.fill(at(smooth([(-20, 68), (0, 62), (20, 68), (16, 76), (-16, 76)])), "#fdf6ea")


def _hair_behind(canvas: Canvas, at: object, hair: str, cut: str) -> None:
    assert callable(at)
    deep = mix(hair, "#140808", 0.45)
    if cut == "bob":
        canvas.fill(at(smooth([(0, -172), (118, -140), (158, -20), (162, 120), (110, 170), (-110, 170), (-162, 120), (-158, -20), (-118, -140)])), hair, shade=deep, towards=90, depth=0.6)
    elif cut == "bun":
        canvas.fill(at(oval(0, -186, 66, 58)), hair, shade=deep, towards=60, depth=0.6)
        canvas.fill(at(oval(0, -30, 134, 142)), hair)
    elif cut == "curls":
        for n in range(15):
            a = math.pi * (0.86 + 1.28 * n / 14)
            canvas.fill(at(oval(134 * math.cos(a), -28 + 134 * math.sin(a), 50)), hair, shade=deep, towards=70, depth=0.5)
    else:
        canvas.fill(at(oval(0, -40, 130, 124)), hair)


def _hair_before(canvas: Canvas, at: object, hair: str, cut: str) -> None:
    assert callable(at)
    deep, light = mix(hair, "#140808", 0.45), mix(hair, "#ffe8c8", 0.25)
    if cut == "bob":
        shape = [(0, -168), (112, -134), (140, -20), (132, 40), (104, -30), (60, -78), (0, -70), (-60, -78), (-104, -30), (-132, 40), (-140, -20), (-112, -134)]
    elif cut == "bun":
        shape = [(0, -164), (100, -134), (134, -30), (118, -16), (70, -96), (0, -112), (-70, -96), (-118, -16), (-134, -30), (-100, -134)]
    elif cut == "curls":
        for n in range(7):
            canvas.fill(at(oval(-96 + n * 32, -118 + 10 * abs(n - 3), 34)), hair, shade=deep, towards=70, depth=0.5)
        return
    else:
        shape = [(-20, -170), (92, -146), (136, -50), (124, 0), (100, -60), (20, -96), (-60, -70), (-110, -30), (-126, 0), (-134, -60), (-96, -140)]
    canvas.fill(at(smooth(shape)), hair, shade=deep, towards=20, depth=0.5)
    canvas.ink(at([(-70, -132), (-10, -150), (60, -136)]), 6, light, taper=(0.05, 0.05))


def _score(canvas: Canvas, at: object, skin: str, robe: str, deep: str) -> None:
    """An open book of music held before the chest, sleeves and hands."""
    assert callable(at)
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
