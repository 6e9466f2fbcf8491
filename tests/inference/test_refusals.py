"""What cannot be done is refused with a code: for one item in its place, for a whole request as the text of an exception."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.inference.conftest import embed, read
from wire import MAX_CHARACTERS, MAX_ITEMS, MAX_TEXTS, Refused

SECRET = "my secret harbour"
WHOLE = {
    "no object": ([], "bad_request"),
    "nothing": (None, "bad_request"),
    "no inputs": ({"input": {}}, "bad_request"),
    "inputs a text": ({"inputs": SECRET}, "bad_request"),
    "no op": ({"inputs": {"items": []}}, "unknown_op"),
    "another op": ({"inputs": {"op": SECRET}}, "unknown_op"),
    "op a list": ({"inputs": {"op": ["read"]}}, "unknown_op"),
    "no items": ({"inputs": {"op": "read"}}, "bad_request"),
    "items a text": ({"inputs": {"op": "read", "items": SECRET}}, "bad_request"),
    "empty items": (read([]), "no_items"),
    "300 items": (read([{"image": "", "texts": []}] * 300), "too_many_items"),
    "another want": (read([{}], [SECRET]), "unknown_want"),
    "want a text": ({"inputs": {"op": "read", "want": "caption", "items": [{}]}}, "bad_request"),
    "want of numbers": ({"inputs": {"op": "read", "want": [1], "items": [{}]}}, "bad_request"),
    "want empty": ({"inputs": {"op": "read", "want": [], "items": [{}]}}, "bad_request"),
    "want a list of lists": ({"inputs": {"op": "read", "want": [["caption"]], "items": [{}]}}, "bad_request"),
    "too many texts": (read([{"image": "x", "texts": ["a"] * 600}] * 2), "too_many_texts"),
    "no texts": (embed(), "no_texts"),
    "texts a text": ({"inputs": {"op": "embed", "texts": SECRET}}, "bad_request"),
    "texts of numbers": ({"inputs": {"op": "embed", "texts": ["a", 1]}}, "bad_request"),
    "1025 texts": (embed(*["a"] * (MAX_TEXTS + 1)), "too_many_texts"),
    "a book": (embed("a" * (MAX_CHARACTERS + 1)), "text_too_long"),
}


@pytest.mark.parametrize(("data", "code"), WHOLE.values(), ids=WHOLE)
def test_a_request_that_makes_no_sense_is_refused_with_a_code(handler, data, code):
    with pytest.raises(Refused) as refused:
        handler(data)
    assert re.fullmatch(rf"{code}: [^\n]+", str(refused.value))
    assert SECRET not in str(refused.value)


def _picture(size=(8, 8), form="JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, form)
    return out.getvalue()


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode()


ITEMS = {
    "a text": (SECRET, "bad_item"),
    "no picture": ({"texts": []}, "bad_item"),
    "an empty picture": ({"image": ""}, "bad_item"),
    "a number": ({"image": 5}, "bad_item"),
    "texts a text": ({"image": _base64(_picture()), "texts": SECRET}, "bad_item"),
    "texts of numbers": ({"image": _base64(_picture()), "texts": [1]}, "bad_item"),
    "a book": ({"image": _base64(_picture()), "texts": ["a" * (MAX_CHARACTERS + 1)]}, "text_too_long"),
    "no base64": ({"image": "?" + SECRET}, "bad_base64"),
    "base64 with a foreign letter": ({"image": "ä" * 8}, "bad_base64"),
    "half base64": ({"image": _base64(_picture())[:-1]}, "bad_base64"),
    "no image": ({"image": _base64(SECRET.encode())}, "not_an_image"),
    "half an image": ({"image": _base64(_picture((200, 200))[:-200])}, "not_an_image"),
    "another form": ({"image": _base64(_picture(form="TIFF"))}, "not_an_image"),
    "too large": ({"image": _base64(_picture((6000, 4000)))}, "image_too_large"),
    "a bomb": ({"image": _base64(_picture((20000, 20000), "PNG"))}, "image_too_large"),
}


def test_a_bad_item_never_fails_its_neighbours(handler, drawn):
    items = []
    for bad, _ in ITEMS.values():
        items += [bad, {"image": drawn(len(items)), "texts": ["a boat"]}]
    answers = handler(read(items))["items"]
    for name, (_, code), answer in zip(ITEMS, ITEMS.values(), answers[::2], strict=True):
        assert answer.keys() == {"error", "message"}, name
        assert (answer["error"], bool(answer["message"])) == (code, True), name
        assert SECRET not in answer["message"]
    for item, answer in zip(items[1::2], answers[1::2], strict=True):
        alone = handler(read([item]))["items"][0]
        assert answer["caption"] == alone["caption"]
        np.testing.assert_allclose(answer["image_vector"], alone["image_vector"], atol=1e-4)
        assert answer["text_tokens"] == [4]


@pytest.mark.parametrize("want", [["caption"], ["vectors"], ["caption", "vectors"]])
def test_a_batch_of_bad_items_only_is_an_answer_too(handler, want):
    answers = handler(read([{"image": "?"}, SECRET], want))["items"]
    assert [answer["error"] for answer in answers] == ["bad_base64", "bad_item"]


def test_as_many_as_are_allowed_are_answered(handler):
    assert len(handler(read([{"image": "?"}] * MAX_ITEMS))["items"]) == MAX_ITEMS
    assert len(handler(embed(*[f"boat {n}" for n in range(MAX_TEXTS)]))["text_vectors"]) == MAX_TEXTS


def test_a_failure_of_our_own_has_a_code_and_tells_nothing_of_what_was_sent(load, models, drawn, tmp_path, caplog):
    for path in models["blip"].iterdir():
        (tmp_path / path.name).write_bytes(b"no weights" if path.suffix == ".safetensors" else path.read_bytes())
    handler = load(blip=tmp_path)
    with pytest.raises(Refused) as refused:
        handler(read([{"image": drawn(1), "texts": [SECRET]}]))
    assert refused.value.code == "internal"
    assert refused.value.__cause__ is None
    assert "captioner.py" in caplog.text
    assert SECRET not in caplog.text + str(refused.value)
