"""What goes to a model endpoint, and what is believed of its answers."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightsync.adapters import huggingface_wire
from sightsync.adapters.huggingface import HuggingFaceVision
from sightsync.adapters.huggingface_http import Trouble
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.ports import Picture, Reading, VisionError
from tests import pictures
from tests.endpoint import CAPTIONER, DIM, SPACE, Clock, Endpoint, Handler, Play, alters, answer, hosted, vector, well

BOTH = ("caption", "vectors")
PICTURE = Picture(pictures.jpeg(), 64, 48)


@pytest.fixture
def vision(endpoint: Endpoint, tmp_path: Path) -> Iterator[HuggingFaceVision]:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    yield hosted(endpoint, Clock(), catalog)
    catalog.close()


def read(vision: HuggingFaceVision, *texts: str) -> Reading:
    (found,) = vision.read([PICTURE], [texts], BOTH)
    assert isinstance(found, Reading)
    return found


def trouble(call: Callable[[], object]) -> Trouble:
    with pytest.raises(Trouble) as raised:
        call()
    return raised.value


def of_another_model(handler: Handler, asked: dict[str, Any]) -> None:
    handler.say(200, answer(asked["inputs"], "other/clip@9"))


# --- questions and answers


def test_a_reading_holds_what_the_models_said(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    found = read(vision, "a red boat", "dusk")
    assert found.caption
    assert found.caption.startswith("picture ")
    assert (found.space, found.caption_model, found.caption_kind) == (SPACE, CAPTIONER, "caption")
    assert found.text_tokens == (5, 3)
    for given, said in zip((found.caption_vector, *found.text_vectors), (found.caption, "a red boat", "dusk"), strict=True):
        assert given is not None
        np.testing.assert_allclose(given, vector(said), atol=1e-6)
        assert given.dtype == np.float32
    (asked,) = endpoint.documents
    assert (asked["op"], asked["want"]) == ("read", ["caption", "vectors"])
    assert base64.b64decode(asked["items"][0]["image"]) == PICTURE.jpeg


def test_texts_that_say_nothing_are_not_sent_and_have_no_vector(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    found = read(vision, "", "dusk", " \n")
    assert [v is None for v in found.text_vectors] == [True, False, True]
    assert found.text_tokens == (0, 3, 0)
    assert endpoint.documents[0]["items"][0]["texts"] == ["dusk"]
    assert [v is None for v in vision.embed(["", "dusk"]).vectors] == [True, False]
    assert vision.embed([" "]).vectors == (None,)
    assert len(endpoint.asked) == 2


def test_half_a_letter_does_not_spoil_a_batch(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    vision.embed(["broken \ud83d end"])
    assert endpoint.documents[0]["texts"] == ["broken ? end"]


def test_a_picture_that_the_model_cannot_read_is_an_error_of_its_own(vision: HuggingFaceVision) -> None:
    first, second, third = vision.read([PICTURE, Picture(b"junk", 1, 1), PICTURE], [["a"], ["b"], []], BOTH)
    assert (isinstance(first, Reading), isinstance(third, Reading)) == (True, True)
    assert isinstance(second, VisionError)
    assert second.code == "bad_image"


def test_more_pictures_than_one_request_should_hold_are_asked_about_in_several(
    endpoint: Endpoint, vision: HuggingFaceVision
) -> None:
    many = 2 * huggingface_wire.MAX_ITEMS + 3
    found = vision.read([PICTURE] * many, [[f"text {n}"] for n in range(many)], BOTH)
    assert [len(asked["items"]) for asked in endpoint.documents] == [huggingface_wire.MAX_ITEMS] * 2 + [3]
    for n, reading in enumerate(found):
        assert isinstance(reading, Reading)
        assert reading.text_vectors[0] is not None
        np.testing.assert_allclose(reading.text_vectors[0], vector(f"text {n}"), atol=1e-6)


def test_large_pictures_make_small_requests(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    large = Picture(PICTURE.jpeg + bytes(2 * 1024 * 1024), 768, 768)
    assert len(vision.read([large] * 5, [[]] * 5, BOTH)) == 5
    sizes = [len(json.dumps(document)) for _, document in endpoint.asked]
    assert len(sizes) == 3
    assert max(sizes) < huggingface_wire.MAX_BODY + 1000


def test_many_texts_are_embedded_in_several_requests_and_come_back_in_order(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    texts = [f"text {n}" for n in range(huggingface_wire.MAX_TEXTS + 1)]
    found = vision.embed(texts)
    assert len(endpoint.asked) == 2
    np.testing.assert_allclose(np.stack([v for v in found.vectors if v is not None]), [vector(t) for t in texts], atol=1e-6)
    assert len(found.tokens) == len(texts)


# --- answers that are not believed


def item(change: Callable[[dict[str, Any]], Any]) -> Play:
    return alters(lambda whole: change(whole["items"][0]))


def head(**values: Any) -> Play:
    return alters(lambda whole: whole.update(values))


UNUSABLE: dict[str, Play] = {
    "another dimension than it says": item(lambda one: one.update(image_vector=vector("x")[:-1])),
    "another dimension of a text": item(lambda one: one["text_vectors"][0].append(0.0)),
    "a dimension that is none": head(dim="8"),
    "another version": head(v=2),
    "no version": alters(lambda whole: whole.pop("v") and None),
    "no space": head(space=""),
    "too few readings": alters(lambda whole: whole["items"].clear()),
    "too many readings": alters(lambda whole: whole["items"].append(whole["items"][0])),
    "readings that are none": head(items=["a caption"]),
    "no readings": head(items=None),
    "too few texts": item(lambda one: one["text_vectors"].clear()),
    "no texts": item(lambda one: one.pop("text_vectors") and None),
    "token counts of other texts": item(lambda one: one["text_tokens"].append(3)),
    "token counts that are none": item(lambda one: one.update(text_tokens=["two"])),
    "a caption that is none": item(lambda one: one.update(caption=["boats"])),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_an_answer_that_cannot_be_right_is_no_answer(endpoint: Endpoint, vision: HuggingFaceVision, what: str) -> None:
    endpoint.plays = [UNUSABLE[what]]
    found = trouble(lambda: read(vision, "a text"))
    assert (found.code, found.kind, len(endpoint.asked)) == ("vision_unavailable", "unusable", 1)
    assert vision.health().state == "down"
    assert read(vision, "a text").space == SPACE
    assert vision.health().state == "ready"


BAD_VECTORS: dict[str, Any] = {
    "not a number": [float("nan")] * DIM,
    "endless": [float("inf")] + [0.0] * (DIM - 1),
    "nothing": [0.0] * DIM,
    "too long": [1.0] * DIM,
    "texts": ["0.5"] * DIM,
    "truths": [True] + [False] * (DIM - 1),
    "none": None,
}


@pytest.mark.parametrize("name", ["image_vector", "caption_vector", "text_vectors"])
@pytest.mark.parametrize("what", BAD_VECTORS)
def test_numbers_that_are_no_vector_spoil_one_picture_and_not_its_neighbours(
    endpoint: Endpoint, vision: HuggingFaceVision, name: str, what: str
) -> None:
    bad = [BAD_VECTORS[what]] if name == "text_vectors" else BAD_VECTORS[what]
    endpoint.plays = [item(lambda one: one.update({name: bad}))]
    first, second = vision.read([PICTURE, PICTURE], [["a"], ["b"]], BOTH)
    assert isinstance(first, VisionError)
    assert first.code == "bad_vector"
    assert isinstance(second, Reading)


def test_a_vector_that_is_hardly_off_is_made_one(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    endpoint.plays = [item(lambda one: one.update(image_vector=[1.01 * x for x in one["image_vector"]]))]
    image = read(vision).image_vector
    assert image is not None
    assert float(np.linalg.norm(image)) == pytest.approx(1, abs=1e-6)


def test_texts_without_vectors_are_no_answer(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    endpoint.plays = [alters(lambda whole: whole.update(text_vectors=[[float("nan")] * DIM]))]
    assert trouble(lambda: vision.embed(["dusk"])).kind == "unusable"


def test_a_model_that_is_exchanged_within_a_call_answers_nothing(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    many = huggingface_wire.MAX_ITEMS + 1
    endpoint.plays, endpoint.otherwise = [well], of_another_model
    assert "exchanged" in trouble(lambda: vision.read([PICTURE] * many, [[]] * many, BOTH)).message
    assert read(vision).space == "other/clip@9"


def test_a_space_keeps_its_dimension(endpoint: Endpoint, vision: HuggingFaceVision) -> None:
    vision.embed(["dusk"])
    endpoint.plays = [alters(lambda whole: whole.update(dim=2, text_vectors=[[1.0, 0.0]]))]
    assert "dimensions" in trouble(lambda: vision.embed(["dusk"])).message
