"""The client and the real handler, on real transformers with tiny models: what one says the other understands, errors included."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sightsync.adapters import huggingface_wire
from sightsync.adapters.huggingface import HuggingFaceVision
from sightsync.adapters.huggingface_http import Trouble, Wire
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.ports import Picture, Reading, VisionError
from tests.model_server import ModelServer

BOTH = ("caption", "vectors")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def vision(server: ModelServer, tmp_path: Path) -> Iterator[HuggingFaceVision]:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    yield HuggingFaceVision(server.url, None, catalog, 0)
    catalog.close()


def jpeg(seed: int, size: tuple[int, int] = (96, 64)) -> bytes:
    chance = np.random.default_rng(seed)
    out = io.BytesIO()
    Image.fromarray(chance.integers(0, 255, (6, 8, 3), dtype=np.uint8)).resize(size).save(out, "JPEG")
    return out.getvalue()


def pictures(count: int) -> list[Picture]:
    return [Picture(jpeg(seed), 96, 64) for seed in range(count)]


def test_batched_and_single_answers_agree(vision: HuggingFaceVision) -> None:
    some = pictures(5)
    texts = [["a red boat", "dusk"], [], ["an old man at sea"], ["a"], ["grey sky"]]
    together = vision.read(some, texts, BOTH)
    for picture, own, one in zip(some, texts, together, strict=True):
        (alone,) = vision.read([picture], [own], BOTH)
        assert isinstance(one, Reading)
        assert isinstance(alone, Reading)
        assert (one.caption, one.space, one.text_tokens) == (alone.caption, alone.space, alone.text_tokens)
        for left, right in zip(
            (one.image_vector, one.caption_vector, *one.text_vectors),
            (alone.image_vector, alone.caption_vector, *alone.text_vectors),
            strict=True,
        ):
            assert left is not None
            assert right is not None
            np.testing.assert_allclose(left, right, atol=1e-4)


def test_a_batch_with_one_bad_item_answers_for_all_others(vision: HuggingFaceVision) -> None:
    some = pictures(6)
    some[2] = Picture(b"\xff\xd8 cut short", 1, 1)
    found = vision.read(some, [["a boat"]] * 6, BOTH)
    assert [type(one) for one in found] == [Reading, Reading, VisionError, Reading, Reading, Reading]


def test_a_text_is_cut_by_the_model_and_counted_whole(vision: HuggingFaceVision) -> None:
    long = "boat " * 100
    found = vision.embed([long, long + "and much more of it", "boat"])
    most = vision.health().max_tokens
    assert most == 77
    assert found.tokens[0] > most
    assert found.tokens[1] > found.tokens[0]
    assert found.tokens[2] < most
    assert found.vectors[0] is not None
    assert found.vectors[1] is not None
    np.testing.assert_allclose(found.vectors[0], found.vectors[1], atol=1e-4)


def test_a_server_of_ones_own_says_that_it_is_well_before_it_was_asked_anything(
    server: ModelServer, vision: HuggingFaceVision
) -> None:
    assert (vision.health().state, vision.health().name) == ("ready", "Your model server")
    vision.read(pictures(1), [[]], BOTH)
    assert vision.health().name.count(" and ") == 1
    assert "/" not in vision.health().name, "folders on somebody's disk are nobody's business"


def test_more_pictures_than_a_request_holds_are_answered_in_order(vision: HuggingFaceVision) -> None:
    some = pictures(huggingface_wire.MAX_ITEMS + 2)
    found = vision.read(some, [[]] * len(some), ("vectors",))
    last = vision.read(some[-3:], [[]] * 3, ("vectors",))
    for one, other in zip(found[-3:], last, strict=True):
        assert isinstance(one, Reading)
        assert isinstance(other, Reading)
        assert one.image_vector is not None
        assert other.image_vector is not None
        np.testing.assert_allclose(one.image_vector, other.image_vector, atol=1e-4)


IMAGE = base64.b64encode(jpeg(0)).decode()
REFUSED: dict[str, Any] = {
    "no inputs": {"text": "a boat"},
    "no op": {"inputs": {}},
    "an unknown op": {"inputs": {"op": "dance"}},
    "an unknown want": {"inputs": {"op": "read", "want": ["music"], "items": [{"image": IMAGE}]}},
    "an empty list": {"inputs": {"op": "read", "want": ["caption"], "items": []}},
    "300 items": {"inputs": {"op": "read", "want": ["vectors"], "items": [{"image": IMAGE}] * 300}},
    "no texts": {"inputs": {"op": "embed", "texts": []}},
    "texts that are none": {"inputs": {"op": "embed", "texts": [1]}},
    "a very long text": {"inputs": {"op": "embed", "texts": ["x" * 100_000]}},
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_request_that_is_wrong_is_refused_with_a_code_and_at_once(server: ModelServer, what: str) -> None:
    with pytest.raises(Trouble) as raised:
        Wire(server.url).post(REFUSED[what], None, lambda: None)
    found = raised.value
    assert (found.kind, found.details) == ("refused", {"status": 400})
    code = found.message.partition("(")[2].partition(":")[0]
    assert code.replace("_", "").isalpha(), found.message
    assert "Traceback" not in found.message


@pytest.mark.parametrize(
    "image", ["", "no base64!", base64.b64encode(b"not a picture").decode(), IMAGE[: len(IMAGE) // 2]], ids=len
)
def test_an_item_that_is_wrong_is_an_error_of_its_own(server: ModelServer, image: str) -> None:
    items = [{"image": IMAGE, "texts": []}, {"image": image, "texts": []}]
    answer = Wire(server.url).post({"inputs": {"op": "read", "want": ["vectors"], "items": items}}, None, lambda: None)
    good, bad = answer["items"]
    assert len(good["image_vector"]) == answer["dim"]
    assert set(bad) == {"error", "message"}
