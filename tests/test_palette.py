"""What the embedded vision says of pictures whose colours are known, because they were made here."""

import io
import math
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sightsync import scoring
from sightsync.adapters.palette import DIM, K, PaletteVision, image_vector, text_vector
from sightsync.adapters.palette_degrees import COLOURS, CONCEPTS, SHARE_KNOTS, TONE_KNOTS, look, share_of
from sightsync.ports import Picture
from sightsync.samples import samples

VISION = PaletteVision()
SCALE = VISION.shipped_calibration()

FLAT = {
    "black": (8, 8, 10),
    "white": (250, 250, 248),
    "grey": (130, 130, 132),
    "red": (205, 30, 35),
    "orange": (240, 130, 30),
    "yellow": (245, 215, 40),
    "green": (50, 140, 60),
    "blue": (40, 90, 190),
    "purple": (115, 55, 165),
    "pink": (245, 140, 175),
    "brown": (110, 70, 40),
}


def picture(image):
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=92)
    return Picture(out.getvalue(), *image.size)


def flat(colour, width=300, height=200):
    return Image.new("RGB", (width, height), colour)


def stripes(shares):
    """Upright stripes: {colour: share}."""
    image, at = Image.new("RGB", (640, 400)), 0.0
    for colour, share in shares.items():
        image.paste(FLAT[colour], (round(at * 640), 0, round((at + share) * 640), 400))
        at += share
    return image


def ramp(low, high):
    """Greys from `low` to `high`."""
    return Image.fromarray(np.tile(np.linspace(low, high, 256).astype(np.uint8), (200, 1)))


def read(image, *texts):
    return VISION.read([picture(image)], [texts], ("caption", "vectors"))[0]


def verdict(image, text):
    return scoring.match(read(image, text), 0, text, SCALE).verdict


# --- colours ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
def test_a_picture_of_one_colour_agrees_with_its_name_and_with_no_other(colour):
    verdicts = {name: verdict(flat(FLAT[colour]), f"a {name} thing") for name in COLOURS}
    assert verdicts.pop(colour) == "agrees"
    assert set(verdicts.values()) == {"disagrees"}


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, "disagrees"), (0.01, "disagrees"), (0.03, "partly"), (0.15, "agrees"), (0.6, "agrees")]
)
def test_the_verdict_follows_how_much_of_the_picture_has_the_colour(share, expected):
    assert verdict(stripes({"red": share, "grey": 1 - share}), "a red kite in the sky") == (
        "disagrees" if share < 0.02 else expected
    )


def test_evidence_says_how_much_in_numbers_and_quotes_the_words():
    found = read(stripes({"red": 0.16, "blue": 0.84}), "A crimson boat on deep blue water, no green").evidence[0]
    assert [(w.text, w.says) for w in found] == [
        ("crimson", "red: 16 % of this picture"),
        ("deep blue", "blue: nearly all of this picture"),
        ("no green", "no green to speak of"),
    ]
    assert [scoring.degree_verdict(w.degree) for w in found] == ["agrees", "agrees", "agrees"]


def test_two_right_words_and_a_wrong_one_are_between():
    image = stripes({"green": 0.5, "blue": 0.5})
    assert verdict(image, "green hills, blue sky") == "agrees"
    assert verdict(image, "green hills, red sky") == "partly"
    assert verdict(image, "a red house, yellow fields, a purple sky") == "disagrees"


@pytest.mark.parametrize(
    ("share", "expected"), [(0, "agrees"), (0.01, "agrees"), (0.05, "partly"), (0.16, "disagrees"), (0.8, "disagrees")]
)
def test_a_denied_colour_agrees_only_where_there_is_next_to_none(share, expected):
    image = stripes({"red": share, "grey": 1 - share})
    assert verdict(image, "there is no red in it") == expected
    word = read(image, "there is no red in it").evidence[0][0]
    assert scoring.degree_verdict(word.degree) == expected


# --- light and shape --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "right", "wrong"),
    [
        (flat((235, 235, 230)), "a bright picture", "a dark room"),
        (flat((25, 22, 20)), "a dark room", "a bright room"),
        (flat((230, 30, 40)), "colourful", "black and white"),
        (flat((230, 30, 40)), "not black and white", "without colour"),
        (flat((150, 140, 130)), "muted colours", "vivid colours"),
        (flat((220, 150, 60)), "warm light", "cool light"),
        (flat((90, 140, 200)), "cool tones", "warm tones"),
        (ramp(0, 255), "high contrast", "soft light"),
        (ramp(110, 150), "soft light", "strong contrast"),
        (ramp(0, 255), "a black and white photograph", "a colour photograph"),
        (flat((90, 90, 90), 400, 300), "in landscape format", "in portrait format"),
        (flat((90, 90, 90), 300, 400), "a vertical picture", "a horizontal picture"),
        (flat((90, 90, 90), 300, 300), "a square photo", "a tall photo"),
    ],
)
def test_light_and_shape_are_judged_over_the_whole_picture(image, right, wrong):
    assert verdict(image, right) == "agrees"
    assert verdict(image, wrong) == "disagrees"


def test_black_and_white_is_not_said_of_a_sepia_or_a_foggy_blue_picture():
    for colour in ((160, 130, 90), (150, 165, 190)):
        assert verdict(flat(colour), "black and white") == "disagrees"


# --- vectors ----------------------------------------------------------------------------------------------------

degrees = st.lists(st.floats(0, 1), min_size=K, max_size=K).map(np.array)


@given(degrees)
def test_an_image_vector_always_has_norm_one(found):
    vector = image_vector(found)
    assert vector.shape == (DIM,)
    assert vector.dtype == np.float32
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)


@given(degrees, st.lists(st.sampled_from(COLOURS), min_size=1, max_size=6))
def test_root_k_times_the_cosine_is_the_mean_degree_of_the_words(found, named):
    text = text_vector(" things, ".join(named))
    mean = np.mean([found[CONCEPTS.index(name)] for name in named])
    assert float(np.linalg.norm(text)) == pytest.approx(1, abs=1e-5)
    assert math.sqrt(K) * float(text @ image_vector(found)) == pytest.approx(mean, abs=1e-4)


@given(
    st.lists(st.sampled_from(["red", "no red", "not dark", "bright", "without blue", "black and white"]), min_size=1, max_size=5)
)
def test_a_text_vector_always_has_norm_one(parts):
    vector = text_vector(". ".join(parts))
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    assert np.all(np.isfinite(vector))


def test_a_text_without_a_known_word_has_no_vector():
    texts = VISION.embed(["a smiling woman", "", "red", "портрет"])
    assert [vector is None for vector in texts.vectors] == [True, True, False, True]


@pytest.mark.parametrize("concept", list(TONE_KNOTS))
def test_every_row_of_the_table_rises_over_its_measure(concept):
    _, (measure, degree) = TONE_KNOTS[concept]
    assert list(measure) == sorted(measure)
    assert len(measure) == len(degree)
    assert min(degree) == 0
    assert max(degree) == 1


@given(st.floats(0, 0.8))
def test_the_share_can_be_had_back_from_its_degree(share):
    assert share_of(float(np.interp(share, *SHARE_KNOTS))) == pytest.approx(share, abs=1e-6)


def test_shares_of_all_colours_make_up_the_picture():
    found = look(np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8), 100, 100)
    assert found.shares.sum() == pytest.approx(1)
    assert np.all((found.degrees >= 0) & (found.degrees <= 1))


# --- explaining a stored image ----------------------------------------------------------------------------------


def test_a_stored_vector_explains_words_as_the_picture_did():
    image, text = stripes({"red": 0.3, "green": 0.7}), "red on green, not dark, no blue"
    reading = read(image, text)
    assert VISION.explain(reading.image_vector, text) == reading.evidence[0]
    assert VISION.explain(reading.image_vector, "a dog") == ()


# --- caption ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "caption"),
    [
        (ramp(0, 255), "Black and white, with strong contrast"),
        (flat((20, 40, 90)), "Deep blue, cool and dark, in soft light"),
        (flat((250, 225, 60)), "Yellow, warm and vivid, in soft light"),
    ],
)
def test_the_caption_says_how_it_looks_in_a_plain_phrase(image, caption):
    reading = read(image)
    assert reading.caption == caption
    assert reading.caption_kind == "looks"


def test_the_caption_never_contradicts_the_picture():
    images = [flat(colour) for colour in FLAT.values()] + [stripes({"red": 0.2, "green": 0.3, "grey": 0.5}), ramp(40, 200)]
    for image in images:
        words = read(image).caption
        found = VISION.explain(read(image).image_vector, words)
        assert found, words
        assert all(scoring.degree_verdict(w.degree) != "disagrees" for w in found), (words, found)


def test_only_what_is_wanted_is_given():
    only = VISION.read([picture(flat((9, 9, 9)))], [["black"]], ("vectors",))[0]
    assert only.caption is None
    assert only.caption_vector is None
    other = VISION.read([picture(flat((9, 9, 9)))], [["black"]], ("caption",))[0]
    assert other.caption
    assert other.image_vector is None
    assert other.evidence == ()


# --- scale ------------------------------------------------------------------------------------------------------


def test_the_shipped_scale_gives_a_single_word_the_verdict_of_its_degree():
    for degree in np.linspace(0, 1, 101):
        found = np.zeros(K)
        found[CONCEPTS.index("red")] = degree
        z = scoring.z(image_vector(found), text_vector("red"), "it", SCALE)
        if min(abs(degree - edge) for edge in (scoring.AGREES_DEGREE, scoring.PARTLY_DEGREE)) > 1e-6:
            assert scoring.verdict(scoring.score(z, SCALE)) == scoring.degree_verdict(float(degree))


def test_the_shipped_scale_has_its_zero_means_and_says_that_it_is_fitted():
    assert SCALE.space == "palette@1"
    assert SCALE.fitted
    assert not SCALE.mean_text.any()
    assert not SCALE.mean_image.any()


def test_the_shipped_spreads_are_those_of_unrelated_pairs():
    """Measured again on the samples, which are no part of the fit: the caption of each against all others."""
    readings = [read(Image.open(io.BytesIO(sample.data))) for sample in islice(samples(), 6)]
    images = np.stack([reading.image_vector for reading in readings])
    captions = np.stack([reading.caption_vector for reading in readings])
    unlike = ~np.eye(len(readings), dtype=bool)

    def rms(products):
        return float(np.sqrt(np.mean(np.square(products[unlike]))))

    assert rms(images @ captions.T) == pytest.approx(SCALE.scale_image_text, rel=0.3)
    assert rms(captions @ captions.T) == pytest.approx(SCALE.scale_text_text, rel=0.4)
    assert rms(images @ images.T) == pytest.approx(SCALE.scale_image_image, rel=0.1)
