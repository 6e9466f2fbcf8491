"""What is said of a picture's colours, and the short forms that are kept of it."""

import base64
import io

import numpy as np
import pytest
import thumbhash
from PIL import Image

from sightsync import colours, fingerprints, swatches
from sightsync.pixels import open_picture, rgb_sample
from tests import pictures


def test_the_palette_names_what_people_would_say() -> None:
    palette = open_picture(pictures.encoded(pictures.halves(300, 200), "PNG")).palette
    assert {swatch.name for swatch in palette} == {"red", "blue"}
    assert sum(swatch.share for swatch in palette) == pytest.approx(1, abs=0.01)


def test_a_small_vivid_thing_is_among_the_colours() -> None:
    scene = pictures.plain(300, 200, "#777777")
    scene.paste(pictures.plain(40, 40, "#d02020"), (100, 100))
    palette = open_picture(pictures.encoded(scene, "PNG")).palette
    assert [swatch.name for swatch in palette] == ["grey", "red"]


@pytest.mark.parametrize("seed", range(8))
def test_at_most_five_colours_with_shares_that_make_a_whole(seed: int) -> None:
    palette = open_picture(pictures.photo(seed)).palette
    assert 1 <= len(palette) <= 5
    assert sum(swatch.share for swatch in palette) == pytest.approx(1, abs=0.01)
    assert [s.share for s in palette] == sorted((s.share for s in palette), reverse=True)
    assert {s.name for s in palette} <= set(colours.NAMES)
    assert palette == open_picture(pictures.photo(seed)).palette


@pytest.mark.parametrize(
    ("name", "examples"),
    {
        "red": "#ff0000 #8b0000 #dc143c #b22222",
        "orange": "#ffa500 #ff7f50 #ff8c00",
        "yellow": "#ffff00 #ffd700 #fffacd #f0e68c",
        "lime": "#adff2f #9acd32 #7fff00",
        "green": "#008000 #006400 #6b8e23 #556b2f #90ee90 #2e8b57",
        "teal": "#008080 #20b2aa #5f9ea0",
        "cyan": "#00ffff #00ced1",
        "sky": "#87cefa #4682b4 #6495ed",
        "blue": "#0000ff #000080 #4169e1 #191970",
        "purple": "#4b0082 #9370db #8a2be2",
        "magenta": "#ff00ff #c71585 #da70d6",
        "pink": "#ffc0cb #ff69b4 #ffb6c1 #e5b0b8",
        "brown": "#8b4513 #a0522d #d2b48c #4b2e1e #cd853f",
        "black": "#000000 #0d0d0d #14100c #101418",
        "grey": "#808080 #4a4a4a #c0c0c0 #8a8580",
        "white": "#ffffff #f8f8f8 #fffaf0 #f5f5ff",
    }.items(),
)
def test_colours_are_called_what_people_call_them(name: str, examples: str) -> None:
    called = {example: swatches.name_of(np.array(colours.oklab(example))) for example in examples.split()}
    assert set(called.values()) == {name}, called


@pytest.mark.parametrize("name", colours.NAMES)
def test_each_names_best_example_has_that_name(name: str) -> None:
    assert swatches.name_of(np.array(colours.oklab(colours.NAMES[name]))) == name


def test_the_two_ways_of_measuring_colour_agree() -> None:
    for example in colours.NAMES.values():
        channels = np.array([int(example[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.uint8)
        assert swatches.oklab(channels) == pytest.approx(colours.oklab(example), abs=1e-6)
        assert swatches.hex_of(swatches.oklab(channels)) == example


@pytest.mark.parametrize("size", [(100, 75), (60, 100), (64, 64), (100, 3), (1, 100), (1, 1), (7, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_the_placeholder_is_what_the_thumbhash_library_makes(seed: int, size: tuple[int, int]) -> None:
    picture = pictures.scene(seed, 200, 150).resize(size)
    wanted = bytes(thumbhash.rgba_to_thumb_hash(*size, list(picture.convert("RGBA").tobytes())))
    assert base64.b64decode(fingerprints.thumbhash(np.asarray(picture))) == wanted


def test_the_placeholder_of_a_large_picture_is_its_blur() -> None:
    thumb = Image.open(io.BytesIO(open_picture(pictures.photo(3, 1600, 1200)).derivatives["thumb"])).convert("RGB")
    hash_ = base64.b64decode(open_picture(pictures.photo(3, 1600, 1200)).placeholder)
    average = np.asarray(thumb, float).mean(axis=(0, 1)) / 255
    assert thumbhash.thumb_hash_to_average_rgba(list(hash_))[:3] == pytest.approx(average, abs=0.04)


def test_the_same_picture_in_another_size_and_format_has_nearly_the_same_hash() -> None:
    scene = pictures.scene(11, 900, 600)
    hashes = [
        int(open_picture(file).dhash, 16)
        for file in (
            pictures.encoded(scene, "PNG"),
            pictures.encoded(scene.resize((450, 300)), "JPEG", quality=60),
            pictures.encoded(pictures.scene(12, 900, 600), "PNG"),
        )
    ]
    assert (hashes[0] ^ hashes[1]).bit_count() <= 6
    assert (hashes[0] ^ hashes[2]).bit_count() > 10


def test_a_sample_has_the_colours_of_its_jpeg() -> None:
    sample = rgb_sample(open_picture(pictures.encoded(pictures.halves(900, 700), "PNG")).model_input)
    assert sample.shape == (64, 64, 3)
    assert sample.dtype == np.uint8
    assert sample[5, 30] == pytest.approx([209, 59, 53], abs=14)
    assert sample[60, 30] == pytest.approx([47, 85, 192], abs=14)
