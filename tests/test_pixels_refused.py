"""Files that are refused, and the reason that each is given."""

import io
import struct
import zlib

import pytest
from PIL import Image

from sightsync.errors import REJECTIONS, PictureRejected
from sightsync.images import MAX_BYTES
from sightsync.pixels import open_picture
from tests import pictures


def refused(data: bytes) -> str:
    with pytest.raises(PictureRejected) as caught:
        open_picture(data)
    assert caught.value.message == REJECTIONS[caught.value.code]
    return caught.value.code


@pytest.mark.parametrize("name", pictures.not_pictures())
def test_what_is_no_picture_is_said_to_be_none(name: str) -> None:
    assert refused(pictures.not_pictures()[name]) == "not_an_image"


@pytest.mark.parametrize("name", pictures.other_kinds())
def test_pictures_of_other_kinds_are_recognised_and_refused(name: str) -> None:
    assert refused(pictures.other_kinds()[name]) == "unsupported_format"


@pytest.mark.parametrize("disguise", range(len(pictures.svgs())))
def test_svg_is_refused_in_every_disguise(disguise: int) -> None:
    assert refused(pictures.svgs()[disguise]) == "svg_refused"


def test_a_page_or_feed_that_only_mentions_svg_is_no_svg() -> None:
    assert refused(b"<?xml version='1.0'?><rss><title>&lt;svg&gt; and <svg/></title></rss>") == "not_an_image"


@pytest.mark.parametrize("text", [b"<!--" * 5_000_000, b"<!---->" * 3_000_000, b"<!DOCTYPE [" * 900_000, b"<?" * 9_000_000])
def test_text_that_never_begins_is_no_picture(text: bytes) -> None:
    assert refused(text) == "not_an_image"


def test_a_camera_raw_file_is_not_taken_for_its_postage_stamp() -> None:
    dng = pictures.encoded(pictures.plain(160, 120), "TIFF", tiffinfo={50706: b"\1\4\0\0"})
    assert refused(dng) == "unsupported_format"


def test_a_sound_file_that_cannot_be_read_is_not_called_damaged() -> None:
    """A TIFF of 64-bit floating point, as laboratories make them."""
    tags = [(256, 3, 4), (257, 3, 4), (258, 3, 64), (259, 3, 1), (262, 3, 1), (273, 4, 134), (277, 3, 1), (278, 3, 4)]
    tags += [(279, 4, 128), (339, 3, 3)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    file = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + struct.pack("<16d", *[0.5] * 16)
    assert refused(file) == "unsupported_format"


def test_a_file_over_the_limit_is_refused_unopened() -> None:
    assert refused(pictures.jpeg() + bytes(MAX_BYTES)) == "too_large"


@pytest.mark.parametrize(("width", "height"), [(400_000, 250_000), (10_000, 6_500), (65_000_000, 1), (8_001, 8_000)])
def test_too_many_pixels_are_judged_from_the_header(width: int, height: int) -> None:
    assert refused(pictures.bomb_header(width, height)) == "too_many_pixels"


def test_sixty_four_megapixels_are_not_too_many() -> None:
    assert refused(pictures.bomb_header(8_000, 8_000)) == "corrupt"  # the header is taken, the rest is missing


def webp_header(chunk: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBP" + chunk + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "file",
    [
        webp_header(b"VP8X", b"\0\0\0\0" + (16_000).to_bytes(3, "little") * 2),
        webp_header(b"VP8X", b"\2\0\0\0" + (16_000).to_bytes(3, "little") * 2),
        webp_header(b"VP8L", b"\x2f" + (16_000 | 16_000 << 14).to_bytes(4, "little") + bytes(40)),
        webp_header(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 16_000, 16_000) + bytes(40)),
        b"BM" + struct.pack("<IIIIiiHHIIIIII", 10**6, 0, 54, 40, 30_000, 30_000, 1, 24, 0, 0, 0, 0, 0, 0),
        b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b",\0\0\0\0" + b"\xff" * 4 + b"\0\2\0;",
    ],
    ids=["webp", "animated webp", "lossless webp", "lossy webp", "bmp", "gif"],
)
def test_other_kinds_of_bomb_are_judged_from_the_header_too(file: bytes) -> None:
    assert refused(file) == "too_many_pixels"


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "HEIF", "JPEG"])
def test_a_header_that_lies_about_a_good_file_is_refused(kind: str) -> None:
    good = pictures.encoded(pictures.plain(1000, 600), kind)
    order = "<" if good[:2] == b"II" else ">"
    size = {"TIFF": ("II", 1000, 600), "JPEG": ("HH", 600, 1000)}.get(kind, ("II", 1000, 600))
    lie = {"TIFF": (50_000, 50_000), "JPEG": (60_000, 60_000)}.get(kind, (50_000, 50_000))
    if kind == "TIFF":
        bad = good.replace(struct.pack("<HHII", 256, 4, 1, 1000), struct.pack("<HHII", 256, 4, 1, 50_000))
        bad = bad.replace(struct.pack("<HHII", 257, 4, 1, 600), struct.pack("<HHII", 257, 4, 1, 50_000))
    else:
        bad = good.replace(struct.pack(order + size[0], *size[1:]), struct.pack(order + size[0], *lie))
    assert bad != good
    assert refused(bad) in ("too_many_pixels", "corrupt")


@pytest.mark.parametrize("keep", [0.05, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF"])
def test_a_file_cut_short_is_corrupt(kind: str, keep: float) -> None:
    assert refused(pictures.truncated(pictures.encoded(pictures.scene(2, 300, 200), kind), keep)) == "corrupt"


def test_a_progressive_jpeg_cut_short_is_corrupt() -> None:
    assert refused(pictures.truncated(pictures.encoded(pictures.scene(2, 300, 200), "JPEG", progressive=True), 0.7)) == "corrupt"


def test_a_png_whose_pixels_are_damaged_is_corrupt() -> None:
    good = bytearray(pictures.encoded(pictures.scene(2, 300, 200), "PNG"))
    middle = len(good) // 2
    good[middle : middle + 40] = bytes(40)
    assert refused(bytes(good)) == "corrupt"


def test_a_text_chunk_that_unfolds_without_end_is_refused() -> None:
    text = b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    good = pictures.png()
    assert refused(good[:33] + chunk + good[33:]) == "corrupt"


def test_a_name_decides_nothing() -> None:
    """There is no way to pass one; what a JPEG calls itself inside does not matter either."""
    assert open_picture(pictures.jpeg(comment="picture.png")).format == "jpeg"


def test_plugins_that_are_not_for_us_are_never_tried() -> None:
    """EPS and its like start programs; a file that only Pillow's other plugins know must not reach them."""
    assert refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n") == "unsupported_format"
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "SGI")
    assert refused(out.getvalue()) == "unsupported_format"
