"""What every Vision adapter promises, whatever it sees. A new adapter joins by a factory in ADAPTERS."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sightsync import scoring
from sightsync.adapters.huggingface import HuggingFaceVision
from sightsync.adapters.palette import PaletteVision
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.ports import Calibration, Picture, Reading, Vision, VisionError
from tests.model_server import ModelServer


@contextmanager
def huggingface(folder: Path) -> Iterator[Vision]:
    """The real handler behind the local server, on real transformers, with tiny models of random weights."""
    catalog = SqliteCatalog(folder / "catalog.db")
    with ModelServer() as server:
        yield HuggingFaceVision(server.url, None, catalog, 0)
    catalog.close()


ADAPTERS: dict[str, Callable[[Path], AbstractContextManager[Vision]]] = {
    "palette": lambda folder: nullcontext(PaletteVision()),
    "huggingface": huggingface,
}
TAUGHT = ("palette",)  # the tiny models' weights are random: what they say means nothing, but always the same

TEXTS = ("a red square", "a blue sea under a grey sky", "no green", "colourful")


@pytest.fixture(params=ADAPTERS, scope="module")
def vision(request, tmp_path_factory) -> Iterator[Vision]:
    with ADAPTERS[request.param](tmp_path_factory.mktemp("vision")) as vision:
        yield vision


def a_picture(colour=(200, 40, 40), size=(320, 200)) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return Picture(out.getvalue(), *size)


def read_one(vision, picture, *texts, want=("caption", "vectors")) -> Reading:
    reading = vision.read([picture], [texts], want)[0]
    assert isinstance(reading, Reading)
    return reading


def test_every_picture_of_a_batch_is_answered_in_order(vision):
    red, blue = a_picture(), a_picture((30, 60, 200))
    together = vision.read([red, blue, red], [["red"], [], ["red", "blue"]], ("caption", "vectors"))
    assert [len(reading.text_vectors) for reading in together] == [1, 0, 2]
    np.testing.assert_allclose(together[0].image_vector, read_one(vision, red).image_vector, atol=1e-4)
    np.testing.assert_allclose(together[1].image_vector, read_one(vision, blue).image_vector, atol=1e-4)
    assert together[0].caption == together[2].caption


def test_an_empty_batch_is_an_empty_answer(vision):
    assert vision.read([], [], ("caption", "vectors")) == []
    assert vision.embed([]).vectors == ()


def test_vectors_are_float32_of_norm_one_and_all_of_one_length(vision):
    reading = read_one(vision, a_picture(), *TEXTS)
    vectors = [v for v in (reading.image_vector, reading.caption_vector, *reading.text_vectors) if v is not None]
    assert len(vectors) >= 2
    assert {v.shape for v in vectors} == {reading.image_vector.shape}
    assert {v.dtype for v in vectors} == {np.dtype(np.float32)}
    assert [float(np.linalg.norm(v)) for v in vectors] == pytest.approx([1] * len(vectors), abs=1e-3)


def test_a_text_has_the_same_vector_alone_and_beside_a_picture(vision):
    alone, beside = vision.embed(TEXTS), read_one(vision, a_picture(), *TEXTS)
    assert alone.space == beside.space == vision.health().space
    for one, other in zip(alone.vectors, beside.text_vectors, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, atol=1e-4)


def test_token_counts_come_for_all_texts_or_for_none(vision):
    assert len(vision.embed(TEXTS).tokens) in (0, len(TEXTS))
    assert len(read_one(vision, a_picture(), *TEXTS).text_tokens) in (0, len(TEXTS))


def test_only_what_is_wanted_is_answered(vision):
    words = read_one(vision, a_picture(), "red", want=("caption",))
    assert words.caption
    assert words.caption_model
    assert words.image_vector is None
    vectors = read_one(vision, a_picture(), "red", want=("vectors",))
    assert vectors.caption is None
    assert vectors.image_vector is not None


def test_a_picture_that_cannot_be_read_never_fails_its_neighbours(vision):
    answers = vision.read([Picture(b"not a picture", 10, 10), a_picture()], [["red"], ["red"]], ("caption", "vectors"))
    assert isinstance(answers[0], VisionError)
    assert answers[0].code
    assert answers[0].message
    assert isinstance(answers[1], Reading)


@pytest.mark.parametrize("text", ["", " ", "\n", "x" * 1000, "💙" * 200, "red\u202eder", "собака", "'; DROP TABLE images; --"])
def test_no_text_is_too_odd(vision, text):
    assert len(vision.embed([text]).vectors) == 1
    assert isinstance(vision.explain(read_one(vision, a_picture()).image_vector, text), tuple)


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000)])
def test_no_shape_of_picture_is_too_odd(vision, size):
    assert np.all(np.isfinite(read_one(vision, a_picture(size=size), "red").image_vector))


def test_evidence_quotes_the_text_and_is_the_same_for_a_stored_vector(vision):
    for text in TEXTS:
        reading = read_one(vision, a_picture(), text)
        given = reading.evidence[0] if reading.evidence else ()
        assert vision.explain(reading.image_vector, text) == given
        assert all(word.text in text and word.says and 0 <= word.degree <= 1 for word in given)


def test_health_says_what_it_can_do_and_never_raises(vision):
    health = vision.health()
    assert health.name
    assert health.state in ("ready", "waking", "down", "off")
    assert set(health.can) <= {"caption", "match", "search", "categories"}
    assert health.max_tokens is None or health.max_tokens > 0


@pytest.mark.parametrize("vision", TAUGHT, indirect=True)
def test_right_words_fit_better_than_wrong_ones(vision):
    right, wrong = "a plain red picture", "a plain blue picture"
    reading = read_one(vision, a_picture(), right, wrong)
    cosines = [float(reading.image_vector @ v) for v in reading.text_vectors]
    assert cosines[0] > cosines[1]


def test_shipped_constants_fit_the_space(vision):
    scale = vision.shipped_calibration()
    if scale is None:
        return  # `calibrate` measures them
    assert isinstance(scale, Calibration)
    assert scale.space == vision.health().space
    reading = read_one(vision, a_picture(), "a red square")
    assert scale.mean_image.shape == scale.mean_text.shape == scale.generic_text.shape == reading.image_vector.shape
    assert scoring.match(reading, 0, "a red square", scale).verdict == "agrees"
    caption = scoring.match(reading, 0, "a red square", scale)
    assert not scoring.words_disagree(caption, reading.text_vectors[0], reading.caption_vector, "looks", scale)


def test_a_scale_can_be_measured_in_the_space(vision):
    """What `calibrate` will do with any model: from texts and pictures to constants that give finite marks."""
    colours = [(200, 40, 40), (40, 160, 60), (40, 80, 200), (230, 220, 60), (120, 120, 120), (10, 10, 10), (250, 250, 250)]
    images = np.stack([read_one(vision, a_picture(c)).image_vector for c in colours])
    texts = np.stack(
        [v for v in vision.embed(["red", "green hills", "blue sea", "no yellow", "grey", "a dark room"]).vectors if v is not None]
    )
    scale = scoring.calibrate(vision.health().space, "test", texts, images, texts[:2])
    marks = [[scoring.z(x, y, "it", scale) for y in texts] for x in images]
    assert np.all(np.isfinite(marks))
    assert np.sqrt(np.mean(np.square(marks))) == pytest.approx(1, abs=1e-3)
