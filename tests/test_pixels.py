"""Pictures of every kind end upright, in sRGB, in the right sizes, and reveal nothing."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from sightsync.pixels import Pixels, open_picture
from sightsync.shrinking import Bands, shrunk
from tests import pictures

RED, BLUE, BLACK, WHITE = (209, 59, 53), (47, 85, 192), (0, 0, 0), (255, 255, 255)


def display(pixels: Pixels) -> Image.Image:
    return Image.open(io.BytesIO(pixels.derivatives["display"]))


def colour_at(picture: Image.Image, across: float, down: float) -> tuple[int, ...]:
    point = (int((picture.width - 1) * across), int((picture.height - 1) * down))
    value = picture.convert("RGB").getpixel(point)
    assert isinstance(value, tuple)
    return tuple(int(v) for v in value)


def near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 14) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def sizes(pixels: Pixels) -> dict[str, tuple[int, int]]:
    files = {**pixels.derivatives, "model_input": pixels.model_input}
    return {name: Image.open(io.BytesIO(file)).size for name, file in files.items()}


# --- Kinds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", pictures.MAKERS)
def test_every_kind_that_is_taken_becomes_a_correct_picture(kind: str) -> None:
    pixels = open_picture(pictures.MAKERS[kind](90, 60))
    assert (pixels.width, pixels.height, pixels.format) == (90, 60, kind)
    assert pixels.content_type == f"image/{kind}"
    assert near(colour_at(display(pixels), 0.5, 0.5), RED)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_an_animation_is_its_first_frame(kind: str) -> None:
    assert near(colour_at(display(open_picture(pictures.animated(kind))), 0.5, 0.5), RED)


def test_a_jpeg_of_several_pictures_is_its_first() -> None:
    first, second = pictures.plain(2000, 1500, pictures.RED), pictures.plain(2000, 1500, pictures.BLUE)
    pixels = open_picture(pictures.encoded(first, "MPO", save_all=True, append_images=[second]))
    assert (pixels.format, pixels.width, pixels.height) == ("jpeg", 2000, 1500)
    assert near(colour_at(display(pixels), 0.5, 0.5), RED)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "PA"])
def test_png_modes_keep_their_colours(mode: str) -> None:
    source = pictures.halves(top="#ffffff", bottom="#000000").convert("RGBA" if mode == "PA" else "RGB").convert(mode)
    kind = "TIFF" if mode == "PA" else "PNG"
    picture = display(open_picture(pictures.encoded(source, kind)))
    assert near(colour_at(picture, 0.5, 0.1), WHITE)
    assert near(colour_at(picture, 0.5, 0.9), BLACK)
    assert picture.mode == "RGB"


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_keeps_its_colours_inverted_or_not(kind: str) -> None:
    source = pictures.halves().convert("CMYK")
    picture = display(open_picture(pictures.encoded(source, kind)))
    assert near(colour_at(picture, 0.5, 0.1), RED)
    assert near(colour_at(picture, 0.5, 0.9), BLUE)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(("level", "grey"), [(0, 0), (0x4000, 64), (0x8000, 128), (0xFFFF, 255)])
def test_sixteen_bits_are_scaled_and_not_cut_off(kind: str, level: int, grey: int) -> None:
    assert near(colour_at(display(open_picture(pictures.sixteen_bit(kind, level))), 0.5, 0.5), (grey,) * 3, by=2)


@pytest.mark.parametrize(("mode", "black", "white"), [("I", 0, 65535), ("I", 0, 255), ("F", 0.0, 1.0), ("F", 0.0, 255.0)])
def test_thirty_two_bits_are_scaled_to_what_they_hold(mode: str, black: float, white: float) -> None:
    source = Image.new(mode, (40, 40), white)
    source.paste(black, (0, 20, 40, 40))
    picture = display(open_picture(pictures.encoded(source, "TIFF")))
    assert near(colour_at(picture, 0.5, 0.1), WHITE, by=2)
    assert near(colour_at(picture, 0.5, 0.9), BLACK, by=2)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_laid_on_white(kind: str) -> None:
    picture = display(open_picture(pictures.transparent(kind)))
    assert near(colour_at(picture, 0.1, 0.5), RED)
    assert near(colour_at(picture, 0.9, 0.5), WHITE)


def test_one_colour_of_a_palette_may_be_transparent() -> None:
    source = pictures.halves().convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    below = source.getpixel((5, 40))
    picture = display(open_picture(pictures.encoded(source, "PNG", transparency=below)))
    assert near(colour_at(picture, 0.5, 0.1), RED)
    assert near(colour_at(picture, 0.5, 0.9), WHITE)


# --- Upright ------------------------------------------------------------------------------------------------------

CORNERS = {"#d13b35": (0, 0), "#2f55c0": (1, 0), "#3f8f45": (0, 1), "#e3bf2f": (1, 1)}
TO_STORED = {  # how a camera holding the picture this way lays it down
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def four_corners(width: int = 96, height: int = 64) -> Image.Image:
    picture = Image.new("RGB", (width, height))
    for colour, (x, y) in CORNERS.items():
        picture.paste(pictures.plain(width // 2, height // 2, colour), (x * width // 2, y * height // 2))
    return picture


@pytest.mark.parametrize("orientation", TO_STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_picture_is_turned_upright_exactly_once(kind: str, orientation: int) -> None:
    method = TO_STORED[orientation]
    stored = four_corners() if method is None else four_corners().transpose(method)
    pixels = open_picture(pictures.with_exif(stored, orientation, kind=kind))
    assert (pixels.width, pixels.height) == (96, 64)
    for colour, (x, y) in CORNERS.items():
        wanted = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert near(colour_at(display(pixels), 0.25 + x / 2, 0.25 + y / 2), wanted, by=24), (colour, orientation)


def test_in_heic_the_containers_rotation_alone_counts() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    only_exif = pictures.encoded(four_corners(), "HEIF", exif=exif)  # as an object it is written without irot
    assert b"irot" not in only_exif
    assert open_picture(only_exif).width == 96


def test_an_orientation_that_makes_no_sense_is_ignored() -> None:
    assert open_picture(pictures.with_exif(pictures.halves(64, 48), 4711)).width == 64


# --- Colour -------------------------------------------------------------------------------------------------------


def swapped_profile() -> bytes:
    """An RGB profile whose red is sRGB's green and so on, so that applying it shows."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = profile[green + 4 : green + 12], profile[red + 4 : red + 12]
    return bytes(profile)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_colours_are_converted_by_the_files_own_profile(kind: str) -> None:
    file = pictures.encoded(pictures.plain(64, 48, "#ff0000"), kind, icc_profile=swapped_profile())
    red, green, _ = colour_at(display(open_picture(file)), 0.5, 0.5)
    assert green > 200 > red


@pytest.mark.parametrize("profile", [b"", b"not a profile", swapped_profile()[:200], bytes(5_000_000)])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    file = pictures.encoded(pictures.plain(), "TIFF", icc_profile=profile)
    assert near(colour_at(display(open_picture(file)), 0.5, 0.5), RED)


def test_a_profile_of_another_colour_space_is_ignored() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert near(colour_at(display(open_picture(pictures.jpeg(icc_profile=lab))), 0.5, 0.5), RED)


def test_a_grey_picture_may_carry_a_colour_profile() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = pictures.encoded(Image.new("L", (40, 40), 100), "JPEG", icc_profile=srgb)
    assert near(colour_at(display(open_picture(file)), 0.5, 0.5), (100, 100, 100), by=3)


def test_lab_pictures_are_converted() -> None:
    lab = Image.new("LAB", (40, 40), (135, 128 + 67, 128 + 43))  # a strong red
    red, green, blue = colour_at(display(open_picture(pictures.encoded(lab, "TIFF"))), 0.5, 0.5)
    assert red > 180
    assert max(green, blue) < 110


# --- Sizes --------------------------------------------------------------------------------------------------------


def test_derivatives_of_a_landscape_have_their_sizes() -> None:
    found = sizes(open_picture(pictures.jpeg(6000, 4000)))
    assert found == {"display": (2160, 1440), "row": (960, 640), "thumb": (480, 320), "model_input": (768, 512)}


def test_derivatives_of_a_tall_comic_stay_readable() -> None:
    found = sizes(open_picture(pictures.png(800, 20_000)))
    assert found == {"display": (480, 12_000), "row": (26, 640), "thumb": (13, 320), "model_input": (31, 768)}


def test_nothing_is_ever_enlarged() -> None:
    found = sizes(open_picture(pictures.png(200, 150)))
    assert set(found.values()) == {(200, 150)}


@pytest.mark.parametrize("maker", [pictures.jpeg, pictures.png, pictures.tiff])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (30_000, 1), (1, 30_000), (2, 3)])
def test_pictures_of_odd_shape_are_whole(maker, width: int, height: int) -> None:
    pixels = open_picture(maker(width, height))
    assert (pixels.width, pixels.height) == (width, height)
    assert all(max(size) <= 12_000 and min(size) >= 1 for size in sizes(pixels).values())
    assert near(colour_at(display(pixels), 0.5, 0.5), RED)
    assert base64.b64decode(pixels.placeholder)
    assert len(pixels.dhash) == 16


def test_a_picture_may_be_a_single_row_of_sixteen_million_pixels() -> None:
    pixels = open_picture(pictures.png(16_000_000, 1))
    assert sizes(pixels)["display"] == (12_000, 1)
    assert near(colour_at(display(pixels), 0.5, 0.5), RED)


@pytest.mark.parametrize("size", [(401, 333), (2900, 2400)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16"])
def test_shrinking_in_bands_leaves_no_seam(mode: str, size: tuple[int, int]) -> None:
    source = pictures.scene(5, 3001, 2503)
    source = Image.fromarray(np.asarray(source.convert("L"), np.uint16) * 257) if mode == "I;16" else source.convert(mode)
    found = shrunk(Bands.of(source), size)
    plain = Image.fromarray((np.asarray(source) // 257).astype(np.uint8)) if mode == "I;16" else source.convert(found.mode)
    away = np.abs(np.asarray(found, float) - np.asarray(plain.resize(size, Image.Resampling.LANCZOS), float))
    assert away.reshape(size[1], -1).mean(axis=1).max() < 3  # of 255, in the worst row


def test_without_derivatives_only_the_models_input_is_made() -> None:
    pixels = open_picture(pictures.jpeg(3000, 2000), derive=False)
    assert pixels.derivatives == {}
    assert sizes(pixels) == {"model_input": (768, 512)}
    assert pixels.palette[0].name == "red"


# --- Nothing is revealed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_derivatives_carry_no_metadata(kind: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    extra = {"comment": "secret words"} if kind == "JPEG" else {}
    file = pictures.with_exif(description="secret words", gps=True, kind=kind, icc_profile=profile, **extra)
    pixels = open_picture(file)
    assert pixels.embedded_description == "secret words"
    for derivative in (*pixels.derivatives.values(), pixels.model_input):
        picture = Image.open(io.BytesIO(derivative))
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not any(word in derivative for word in (b"Exif", b"ICC_PROFILE", b"http://ns.adobe.com", b"secret", b"8BIM"))
