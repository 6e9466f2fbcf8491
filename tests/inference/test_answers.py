"""What the handler answers: the contract, and that it is what transformers says of the same pictures and words."""

import base64
import io
import re

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from tests.inference.conftest import embed, read

WORDS = ["a red boat in the harbour at dawn", "a photograph of a yellow hat", "", "собака 💙", "a cat", "a cat"]


def test_a_batch_is_answered_as_the_contract_says(handler, drawn):
    answer = handler(read([{"image": drawn(1), "texts": ["a boat"]}, {"image": drawn(2), "texts": []}]))
    assert answer.keys() == {"v", "space", "dim", "max_tokens", "caption_model", "items"}
    assert (answer["v"], answer["dim"], answer["max_tokens"]) == (1, 24, 77)
    assert re.fullmatch(r"tiny-clip@[0-9a-f]{12}\+pre1", answer["space"])
    assert re.fullmatch(r"tiny-blip@[0-9a-f]{12}", answer["caption_model"])
    for item, texts in zip(answer["items"], (1, 0), strict=True):
        assert item.keys() == {"caption", "image_vector", "caption_vector", "text_vectors", "text_tokens"}
        assert item["caption"]
        assert len(item["text_vectors"]) == len(item["text_tokens"]) == texts
        for vector in (item["image_vector"], item["caption_vector"], *item["text_vectors"]):
            assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
            assert len(vector) == answer["dim"]


def test_words_alone_are_answered_as_the_contract_says(either):
    answer = either(embed(*WORDS))
    assert answer.keys() == {"v", "space", "dim", "max_tokens", "text_vectors", "text_tokens"}
    assert np.shape(answer["text_vectors"]) == (len(WORDS), answer["dim"])
    assert np.linalg.norm(answer["text_vectors"], axis=1) == pytest.approx(np.ones(len(WORDS)), abs=1e-6)
    assert answer["text_vectors"][4] == answer["text_vectors"][5]


def test_a_batch_says_what_each_picture_alone_would(either, drawn):
    items = [{"image": drawn(n, (60 + 40 * n, 90)), "texts": WORDS[:n]} for n in range(5)]
    together = either(read(items))["items"]
    for item, one in zip(items, together, strict=True):
        alone = either(read([item]))["items"][0]
        assert one["caption"] == alone["caption"]
        assert one["text_tokens"] == alone["text_tokens"]
        for name in ("image_vector", "caption_vector", "text_vectors"):
            np.testing.assert_allclose(one[name], alone[name], atol=1e-4)


def test_many_texts_of_all_lengths_say_what_each_alone_would(either):
    texts = [" ".join(["a red boat", "sea"] * (n % 40)) + f" {n}" for n in range(120)]
    together = either(embed(*texts))
    for n in (0, 1, 39, 40, 77, 119):
        alone = either(embed(texts[n]))
        np.testing.assert_allclose(together["text_vectors"][n], alone["text_vectors"][0], atol=1e-4)
        assert together["text_tokens"][n] == alone["text_tokens"][0]


def test_captions_have_the_vector_of_their_words(either, drawn):
    item = either(read([{"image": drawn(3)}]))["items"][0]
    np.testing.assert_allclose(item["caption_vector"], either(embed(item["caption"]))["text_vectors"][0], atol=1e-4)


def test_captions_are_those_of_transformers_own_generate(handler, models, photographs):
    processor = transformers.BlipProcessor.from_pretrained(models["blip"])
    blip = transformers.BlipForConditionalGeneration.from_pretrained(models["blip"])
    items = [{"image": base64.b64encode(body).decode()} for body in photographs]
    ours = [item["caption"] for item in handler(read(items, ["caption"]))["items"]]
    for body, caption in zip(photographs, ours, strict=True):
        inputs = processor(images=Image.open(io.BytesIO(body)), return_tensors="pt")
        tokens = blip.generate(**inputs, max_new_tokens=20, num_beams=1, do_sample=False)
        assert caption == processor.decode(tokens[0], skip_special_tokens=True).strip()
    assert len(set(ours)) > len(ours) / 2  # or they would be equal whatever was done


def test_what_is_seen_in_bfloat16_is_nearly_what_is_seen_in_full_precision(models, photographs):
    from captioner import Captioner
    from sources import locate

    source, device = locate(str(models["blip"]), models["blip"]), torch.device("cpu")
    exact, quick = (Captioner(source, device, torch.float32, sight) for sight in (torch.float32, torch.bfloat16))
    pixels = [exact.pixels(Image.open(io.BytesIO(body))) for body in photographs]
    with torch.inference_mode():
        expected, seen = exact._see(pixels), quick._see(pixels)
        assert all(quick.captions(pixels))
    assert seen.dtype == torch.float32
    assert 0 < float((seen - expected).norm() / expected.norm()) < 0.02


def test_vectors_are_those_of_transformers(either, towers, models, photographs):
    processor = transformers.AutoProcessor.from_pretrained(models[towers])
    model = transformers.AutoModel.from_pretrained(models[towers])
    padding = "max_length" if towers == "siglip" else True
    pictures = [Image.open(io.BytesIO(body)) for body in photographs]
    inputs = processor(text=WORDS, images=pictures, return_tensors="pt", padding=padding, truncation=True)
    with torch.no_grad():
        expected = model(**{name: value for name, value in inputs.items() if towers == "clip" or name != "attention_mask"})
    items = [{"image": base64.b64encode(body).decode()} for body in photographs]
    images = [item["image_vector"] for item in either(read(items, ["vectors"]))["items"]]
    np.testing.assert_allclose(images, _normal(expected.image_embeds), atol=1e-4)
    np.testing.assert_allclose(either(embed(*WORDS))["text_vectors"], _normal(expected.text_embeds), atol=1e-4)


def _normal(vectors: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(vectors, dim=-1).numpy()


def test_tokens_are_counted_with_special_ones_and_tell_what_was_cut(either, towers):
    short, full, long = "a red boat", "a cat " * 80, "a cat " * 200
    answer = either(embed(short, full, long))
    limit = answer["max_tokens"]
    assert limit == {"clip": 77, "siglip": 64}[towers]
    assert answer["text_tokens"][0] <= limit < answer["text_tokens"][1] < answer["text_tokens"][2]
    if towers == "clip":
        assert answer["text_tokens"] == [3 + 2, 160 + 2, 400 + 2]
    np.testing.assert_allclose(answer["text_vectors"][1], answer["text_vectors"][2], atol=1e-6)  # what was read is the same


def test_siglip_reads_words_whatever_their_case(load, models):
    answer = load(models["siglip"])(embed("A Red BOAT", "a red boat", "a red cat"))
    assert answer["text_vectors"][0] == answer["text_vectors"][1] != answer["text_vectors"][2]


def test_only_what_is_wanted_is_answered(handler, drawn):
    item = {"image": drawn(1), "texts": ["a boat"]}
    assert handler(read([item], ["caption"]))["items"][0].keys() == {"caption"}
    assert handler(read([item], ["vectors"]))["items"][0].keys() == {"image_vector", "text_vectors", "text_tokens"}


def test_vectors_need_no_blip(load, models, drawn, tmp_path):
    for path in models["blip"].iterdir():
        (tmp_path / path.name).write_bytes(b"no weights" if path.suffix == ".safetensors" else path.read_bytes())
    handler = load(blip=tmp_path)
    assert handler(read([{"image": drawn(1)}], ["vectors"]))["items"][0]["image_vector"]
    with pytest.raises(Exception, match=r"^internal: "):
        handler(read([{"image": drawn(1)}], ["caption"]))


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000), (7, 900)])
def test_no_shape_of_picture_is_too_odd(either, drawn, size):
    item = either(read([{"image": drawn(1, size)}]))["items"][0]
    assert np.all(np.isfinite(item["image_vector"]))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_forms_are_read_too(handler, drawn, form):
    assert handler(read([{"image": drawn(1, form=form)}]))["items"][0]["caption"]
