"""Real pictures: words with colours in them are judged right, and where the palette can say nothing it says nothing."""

import csv

import pytest

from sightsync import scoring
from sightsync.adapters.palette import PaletteVision
from sightsync.pixels import open_picture
from sightsync.ports import Picture

pytestmark = pytest.mark.real_images

VISION = PaletteVision()
SCALE = VISION.shipped_calibration()

CANNOT_TELL = {
    "a smiling woman behind a bar with a row of craft beers",
    "machinery with a pipe and a metal label",
    "a fir tree in a sunlit winter forest",
}

# Seen with one's own eyes, in words that no constant was fitted on.
OTHER_WORDS = [
    ("book-beside-flowers.jpg", "an open book in portrait format, with reddish-orange blossom", True),
    ("book-beside-flowers.jpg", "a bunch of purple grapes", False),
    ("craft-beer-24mp.jpg", "a brown wooden counter and black shirts", True),
    ("craft-beer-24mp.jpg", "a pink bedroom", False),
    ("cyclamen_persicum.jpg", "a magenta blossom before black", True),
    ("cyclamen_persicum.jpg", "a yellow tulip, no pink anywhere", False),
    ("denali.webp", "brown slopes and white snow", True),
    ("denali.webp", "rows of bright pink houses", False),
    ("density_plot.png", "a greyscale plot in square format", True),
    ("density_plot.png", "a red and blue heat map", False),
    ("el_torcal_rocks.jpg", "greyish stone, azure above", True),
    ("el_torcal_rocks.jpg", "rocks without any blue", False),
    ("gps-thompson-springs.jpg", "under a blue sky, nothing purple", True),
    ("gps-thompson-springs.jpg", "a lush green meadow", False),
    ("notocactus_minimus.jpg", "a green cactus with yellow blossoms on a dark background", True),
    ("notocactus_minimus.jpg", "purple flowers in a pink vase", False),
    ("photo-8bit.avif", "a brown wood by the ice, in muted tones", True),
    ("photo-8bit.avif", "a field of crimson poppies", False),
    ("photo.heic", "black pipes before something blue, strong contrast", True),
    ("photo.heic", "a pink bicycle", False),
    ("polemonium_reptans.jpg", "bluish petals, deep green leaves", True),
    ("polemonium_reptans.jpg", "a red rose", False),
    ("portrait.jpg", "not a colourful picture: a dark, monochrome one", True),
    ("portrait.jpg", "a colour photograph of two chemists", False),
    ("portrait-orientation-6.jpg", "a black-and-white photo, wider than tall: in landscape format", True),
    ("silver_fir.jpg", "green branches and grey stems", True),
    ("silver_fir.jpg", "a bright pink tent", False),
    ("wood_anemones.jpg", "a green floor of leaves, no red", True),
    ("wood_anemones.jpg", "a turquoise lagoon", False),
]


@pytest.fixture(scope="module")
def pictures():
    """Opened once each, and only when asked for: the largest has 24 megapixels."""
    return {}


def judge(pictures, folder, file, text):
    if file not in pictures:
        pixels = open_picture((folder / file).read_bytes())
        pictures[file] = Picture(pixels.model_input, pixels.width, pixels.height)
    reading = VISION.read([pictures[file]], [[text]], ("caption", "vectors"))[0]
    return scoring.match(reading, 0, text, SCALE), reading


def test_descriptions_with_colour_words_are_judged_right_and_others_not_at_all(real_images, pictures):
    wrong = {}
    with (real_images / "descriptions.csv").open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            found, _ = judge(pictures, real_images, row["file"], row["description"])
            if row["description"] in CANNOT_TELL:
                right = (found.verdict, found.reason) == ("unknown", "no_vector")
            else:
                right = found.verdict in (("agrees", "partly") if row["matches"] == "true" else ("disagrees",))
            if not right:
                wrong[row["file"]] = found
    assert wrong == {}


@pytest.mark.parametrize(("file", "text", "true"), OTHER_WORDS)
def test_other_words_for_the_same_pictures_are_judged_right(real_images, pictures, file, text, true):
    found, _ = judge(pictures, real_images, file, text)
    assert found.verdict in (("agrees", "partly") if true else ("disagrees",)), found


def test_no_caption_contradicts_its_own_picture(real_images, pictures):
    for file in {file for file, _, _ in OTHER_WORDS}:
        _, reading = judge(pictures, real_images, file, "")
        found = VISION.explain(reading.image_vector, reading.caption)
        assert found
        assert all(scoring.degree_verdict(word.degree) != "disagrees" for word in found), (file, reading.caption, found)
