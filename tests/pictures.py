"""Pictures for tests, all made here: good ones of every kind that is taken, odd ones, and hostile ones."""

import gzip
import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pillow_heif
from PIL import Image, ImageDraw

pillow_heif.register_heif_opener()

RED = "#d13b35"
BLUE = "#2f55c0"


def plain(width: int = 64, height: int = 48, colour: str = RED, mode: str = "RGB") -> Image.Image:
    """One colour all over."""
    return Image.new("RGB", (width, height), colour).convert(mode)


def scene(seed: int = 0, width: int = 320, height: int = 240) -> Image.Image:
    """A gradient with some shapes: looks like something, compresses like a photograph, and is another one for every seed."""
    chance = random.Random(seed)
    corners = Image.new("RGB", (2, 2))
    corners.putdata([_colour(chance) for _ in range(4)])
    picture = corners.resize((width, height), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(picture)
    for _ in range(chance.randint(3, 9)):
        x, y, reach = chance.randrange(width), chance.randrange(height), chance.randint(1, max(2, min(width, height) // 3))
        shape = chance.choice([pen.ellipse, pen.rectangle])
        shape((x, y, x + reach, y + reach), fill=_colour(chance))
    return picture


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)


def halves(width: int = 64, height: int = 48, top: str = RED, bottom: str = BLUE) -> Image.Image:
    """Red above blue, unless told otherwise: shows which way is up."""
    picture = plain(width, height, bottom)
    picture.paste(plain(width, (height + 1) // 2, top), (0, 0))
    return picture


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file; `kind` and `options` as Image.save takes them."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 64, height: int = 48, colour: str = RED, **options: Any) -> bytes:
    return encoded(plain(width, height, colour), "JPEG", **options)


def png(width: int = 64, height: int = 48, colour: str = RED, mode: str = "RGB", **options: Any) -> bytes:
    return encoded(plain(width, height, colour, mode), "PNG", **options)


def webp(width: int = 64, height: int = 48, colour: str = RED, **options: Any) -> bytes:
    return encoded(plain(width, height, colour), "WEBP", **options)


def gif(width: int = 64, height: int = 48, colour: str = RED) -> bytes:
    return encoded(plain(width, height, colour), "GIF")


def bmp(width: int = 64, height: int = 48, colour: str = RED) -> bytes:
    return encoded(plain(width, height, colour), "BMP")


def tiff(width: int = 64, height: int = 48, colour: str = RED, **options: Any) -> bytes:
    return encoded(plain(width, height, colour), "TIFF", **options)


def avif(width: int = 64, height: int = 48, colour: str = RED, **options: Any) -> bytes:
    return encoded(plain(width, height, colour), "AVIF", **options)


def heic(width: int = 64, height: int = 48, colour: str = RED, **options: Any) -> bytes:
    return encoded(plain(width, height, colour), "HEIF", **options)


# One maker per kind that is taken, under the name that Pixels.format gives it.
MAKERS: dict[str, Callable[..., bytes]] = {
    "jpeg": jpeg,
    "png": png,
    "webp": webp,
    "gif": gif,
    "avif": avif,
    "heic": heic,
    "tiff": tiff,
    "bmp": bmp,
}


def photo(seed: int = 0, width: int = 320, height: int = 240) -> bytes:
    """A JPEG unlike that of any other seed, for tests that need many different files."""
    return encoded(scene(seed, width, height), "JPEG", quality=88)


def animated(kind: str = "GIF", frames: int = 4) -> bytes:
    """Frames of different colours; the first is red."""
    colours = [RED, BLUE, "#3f8f45", "#e3bf2f", "#111111", "#fafafa"]
    pictures = [plain(64, 48, colours[i % len(colours)]) for i in range(frames)]
    return encoded(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=80, loop=0)


def cmyk() -> bytes:
    """A CMYK JPEG of red."""
    return encoded(plain(mode="CMYK"), "JPEG")


def sixteen_bit(kind: str = "PNG", level: int = 0x8000) -> bytes:
    """A grey picture with 16 bits a pixel, all of one level."""
    return encoded(Image.new("I;16", (64, 48), level), kind)


def transparent(kind: str = "PNG") -> bytes:
    """Left half red and opaque, right half black and fully transparent."""
    picture = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    picture.paste((209, 59, 53, 255), (0, 0, 32, 48))
    return encoded(picture, kind)


def with_exif(
    picture: Image.Image | None = None,
    orientation: int = 1,
    description: str | None = None,
    gps: bool = False,
    kind: str = "JPEG",
    **options: Any,
) -> bytes:
    """A picture with an EXIF block; `picture` is as it is stored, before it is turned upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    if description is not None:
        exif[0x010E] = description.encode()  # a str would lose all but ASCII
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 58.0, 0.0), 3: "W", 4: (109.0, 43.0, 0.0)})
    # As bytes: given the object, pillow-heif writes no `irot`.
    return encoded(picture or halves(), kind, exif=exif.tobytes(), **options)


# --- Files that are refused ---------------------------------------------------------------------------------------

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>\n'


def svgs() -> list[bytes]:
    """The same SVG in the disguises that people and editors give it."""
    bare = SVG.split(b"\n", 1)[1]
    return [
        SVG,
        bare,
        b"\xef\xbb\xbf" + SVG,
        b" \r\n\t" + bare,
        b"<!-- drawn by hand\n -->\n" + bare,
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [<!ENTITY ns "x">]>' + bare,
        bare.replace(b"<svg ", b"<svg:svg "),
        ("\ufeff" + SVG.decode()).encode("utf-16-le"),
        gzip.compress(SVG),
    ]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb_header(width: int = 400_000, height: int = 250_000) -> bytes:
    """A PNG of a few bytes that claims these dimensions: 100 gigapixels unless told otherwise."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0" * 64)) + _chunk(b"IEND", b"")


def truncated(data: bytes | None = None, keep: float = 0.5) -> bytes:
    """The first part of a file (of a JPEG unless given)."""
    whole = photo(7) if data is None else data
    return whole[: max(1, int(len(whole) * keep))]


def other_kinds() -> dict[str, bytes]:
    """Pictures of kinds that are not taken, some by their first bytes only."""
    return {
        "ico": encoded(plain(32, 32), "ICO"),
        "jp2": encoded(plain(32, 32), "JPEG2000"),
        "ppm": encoded(plain(32, 32), "PPM"),
        "tga": encoded(plain(32, 32), "TGA"),
        "pcx": encoded(plain(32, 32), "PCX"),
        "dds": encoded(plain(32, 32), "DDS"),
        "eps": encoded(plain(32, 32), "EPS"),
        "psd": b"8BPS\0\1" + b"\0" * 6 + struct.pack(">HIIHH", 3, 32, 32, 8, 3) + b"\0" * 12,
        "jxl": b"\xff\x0a\xfa\x1f\x41\x91\x08\x06\x01\x00\x4c\x00",
        "jxl box": b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\x14ftypjxl \0\0\0\0jxl ",
    }


def not_pictures() -> dict[str, bytes]:
    """Files that are no picture at all, whatever they are called."""
    return {
        "empty": b"",
        "one byte": b"\xff",
        "text": b"A hand holding a glass of dark beer in front of a yellow wall.\n",
        "html": b"<!doctype html><title>Hello</title><p>An <svg></svg> inside a page</p>",
        "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
        "zip": b"PK\x03\x04" + b"\0" * 64,
        "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"\0" * 64,
        "zeros": b"\0" * 4096,
        "noise": random.Random(5).randbytes(4096),
    }


# --- Hostile files ------------------------------------------------------------------------------------------------


@cache
def _victims() -> tuple[bytes, ...]:
    """Small good files of every kind, with metadata, to be damaged."""
    small = scene(3, 96, 72)
    kinds = [encoded(small, kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF")]
    kinds += [encoded(small, "JPEG", progressive=True), encoded(small, "TIFF", compression="tiff_lzw")]
    kinds += [encoded(small, "TIFF", compression="jpeg"), encoded(small, "TIFF", compression="tiff_adobe_deflate")]
    kinds += [encoded(small.convert("P"), "PNG"), encoded(small, "WEBP", lossless=True), sixteen_bit("TIFF"), cmyk()]
    kinds += [animated("GIF"), animated("WEBP"), animated("PNG"), transparent("WEBP"), transparent("PNG")]
    kinds += [with_exif(small, 6, "Words", gps=True), with_exif(small, 3, kind="PNG"), with_exif(small, 8, kind="HEIF")]
    return tuple(kinds)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def _flip(data: bytes, chance: random.Random) -> bytes:
    bad = bytearray(data)
    for _ in range(chance.choice([1, 2, 8, 64])):
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
    return bytes(bad)


def _flip_header(data: bytes, chance: random.Random) -> bytes:
    bad = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        bad[chance.randrange(min(len(bad), 64))] = chance.choice([0, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    return bytes(bad)


def _splice(data: bytes, chance: random.Random) -> bytes:
    other = chance.choice(_victims())
    return data[: chance.randrange(1, len(data))] + other[chance.randrange(len(other)) :]


def _stuff(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice([b"\xff" * 300, b"\0" * 300, chance.randbytes(300), data[:at]]) + data[at:]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start : start + chance.randint(1, 200)] * chance.randint(2, 50) + data[start:]


def _huge_header(data: bytes, chance: random.Random) -> bytes:
    sides = [1, 8_000, 30_000, 65_535, 400_000, 2**31 - 1]
    width, height = chance.choice(sides), chance.choice(sides)
    liars = [bomb_header(width, height), _lying_bmp(width, height), _lying_gif(width, height), _deflate_bomb()]
    return chance.choice(liars)


def _lying_bmp(width: int, height: int) -> bytes:
    good = bytearray(bmp())
    good[18:26] = struct.pack("<ii", width, height)
    return bytes(good)


def _lying_gif(width: int, height: int) -> bytes:
    good = bytearray(gif())
    good[6:10] = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
    return bytes(good)


@cache
def _deflate_bomb() -> bytes:
    """A small PNG whose text chunk and pixels unfold to far more than it says."""
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 80_000_000, 9))
    header = struct.pack(">IIBBBBB", 8000, 8000, 8, 6, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (8000 * 4 + 1) * 64, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + text + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _stranger(data: bytes, chance: random.Random) -> bytes:
    return chance.choice([*not_pictures().values(), *other_kinds().values(), *svgs(), chance.randbytes(2000)])


_HARMS = (_cut, _flip, _flip, _flip_header, _flip_header, _splice, _stuff, _repeat, _huge_header, _stranger)


def hostile(seed: int, victims: tuple[bytes, ...] = ()) -> bytes:
    """A damaged, lying or foreign file, the same one for the same seed; some still happen to be good pictures.

    `victims` are good files to damage instead of the small ones made here.
    """
    chance = random.Random(seed)
    data = chance.choice(victims or _victims())
    for _ in range(chance.choice([1, 1, 2])):
        data = chance.choice(_HARMS)(data, chance) if len(data) > 1 else data
    return data
