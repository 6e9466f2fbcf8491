"""Real pictures from real cameras."""

import csv
import io
from pathlib import Path

import pytest
from PIL import Image

from sightsync.decoder import Decoder
from sightsync.pixels import Pixels, open_picture

pytestmark = pytest.mark.real_images

SIZES = {
    "book-beside-flowers.jpg": (3024, 4032),
    "craft-beer-24mp.jpg": (6000, 4000),
    "photo-8bit.avif": (1617, 1080),
    "photo.heic": (4032, 3024),
    "portrait-orientation-6.jpg": (840, 700),
    "denali.webp": (600, 315),
}


def test_all_of_them_open(real_images: Path) -> None:
    decoder = Decoder()
    with (real_images / "descriptions.csv").open() as file:
        names = [row["file"] for row in csv.DictReader(file)]
    opened = {name: decoder.open((real_images / name).read_bytes()) for name in names}
    decoder.close()
    assert len(opened) == 15
    assert {name: (opened[name].width, opened[name].height) for name in SIZES} == SIZES
    for pixels in opened.values():
        assert not any(b"Exif" in file or b"ICC_PROFILE" in file for file in (*pixels.derivatives.values(), pixels.model_input))


def hash_distance(one: Pixels, other: Pixels) -> int:
    return (int(one.dhash, 16) ^ int(other.dhash, 16)).bit_count()


def test_the_sideways_portrait_shows_the_same_as_the_upright_one(real_images: Path) -> None:
    sideways = open_picture((real_images / "portrait-orientation-6.jpg").read_bytes())
    upright = open_picture((real_images / "portrait.jpg").read_bytes())
    assert hash_distance(sideways, upright) <= 8  # the sideways one has letters written on it


def test_gps_is_gone_and_the_words_are_kept(real_images: Path) -> None:
    original = (real_images / "gps-thompson-springs.jpg").read_bytes()
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(0x8825)
    pixels = open_picture(original)
    for derivative in pixels.derivatives.values():
        assert not Image.open(io.BytesIO(derivative)).getexif()
    assert "Thompson Springs" in (pixels.embedded_description or "")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cyclamen_persicum.jpg", {"pink"}),
        ("el_torcal_rocks.jpg", {"blue", "grey"}),
        ("notocactus_minimus.jpg", {"black", "yellow", "green"}),
        ("photo-8bit.avif", {"brown"}),
        ("polemonium_reptans.jpg", {"green"}),
        ("density_plot.png", {"white", "grey"}),
        ("gps-thompson-springs.jpg", {"blue", "grey"}),
    ],
)
def test_colours_have_the_names_that_people_gave_them(real_images: Path, name: str, said: set[str]) -> None:
    assert said <= {swatch.name for swatch in open_picture((real_images / name).read_bytes()).palette}


def test_a_black_and_white_photograph_has_no_colours(real_images: Path) -> None:
    palette = open_picture((real_images / "portrait.jpg").read_bytes()).palette
    assert {swatch.name for swatch in palette} <= {"black", "grey", "white"}
