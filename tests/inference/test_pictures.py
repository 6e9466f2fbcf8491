"""Pictures are prepared exactly as the models' own processors prepare them."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import BlipImageProcessor, CLIPImageProcessor, SiglipImageProcessor

from pictures import decode, preparation
from wire import Fault, Refused

PROCESSORS = {
    "clip": CLIPImageProcessor(),
    "clip with another crop": CLIPImageProcessor(size={"shortest_edge": 70}, crop_size={"height": 60, "width": 50}),
    "clip with bilinear steps": CLIPImageProcessor(resample=2),
    "blip": BlipImageProcessor(),
    "siglip": SiglipImageProcessor(),
    "siglip that is no square": SiglipImageProcessor(size={"height": 96, "width": 128}),
}
CPU = torch.device("cpu")


def _prepared(processor, kind, folder, pictures) -> np.ndarray:
    processor.save_pretrained(folder)
    wanted = preparation(folder, kind)
    return wanted.values([wanted.pixels(picture) for picture in pictures], CPU, torch.float32).numpy()


@pytest.mark.parametrize("name", PROCESSORS)
def test_our_pixels_are_those_of_the_processor(name, photographs, tmp_path):
    processor = PROCESSORS[name]
    pictures = [Image.open(io.BytesIO(body)).convert("RGB") for body in photographs]
    ours = _prepared(processor, name.split()[0], tmp_path, pictures)
    for picture, values in zip(pictures, ours, strict=True):
        expected = processor(images=picture, return_tensors="pt")["pixel_values"][0].numpy()
        np.testing.assert_allclose(values, expected, atol=1e-5)


@pytest.mark.parametrize("size", [(224, 224), (225, 300), (100, 63), (768, 81), (81, 768), (5, 4), (1000, 63)])
def test_every_shape_is_cropped_as_the_processor_crops_it(size, tmp_path):
    grain = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), np.uint8)
    picture = Image.fromarray(grain)
    expected = CLIPImageProcessor()(images=picture, return_tensors="pt")["pixel_values"].numpy()
    np.testing.assert_allclose(_prepared(CLIPImageProcessor(), "clip", tmp_path, [picture]), expected, atol=1e-5)


def test_what_openai_wrote_in_its_own_file_is_understood(tmp_path):
    """Its file is older than sizes by name."""
    said = '{"crop_size": 224, "do_center_crop": true, "do_resize": true, "do_normalize": true, "resample": 3, "size": 224}'
    (tmp_path / "preprocessor_config.json").write_text(said)
    wanted = preparation(tmp_path, "clip")
    assert (wanted.edge, wanted.size, wanted.resample) == (224, (224, 224), 3)


def test_a_model_that_says_nothing_is_prepared_for_as_its_kind_is(tmp_path):
    assert preparation(tmp_path, "blip").size == (384, 384)
    assert preparation(tmp_path, "siglip").shift == (-1.0, -1.0, -1.0)


@pytest.mark.parametrize(
    "said", ['{"do_resize": false}', '{"size": {"longest_edge": 224}}', '{"do_pad": true}', '{"do_center_crop": false, "size": {}}']
)
def test_a_preparation_that_is_not_known_is_refused(said, tmp_path):
    (tmp_path / "preprocessor_config.json").write_text(said)
    with pytest.raises(Refused, match=r"^model_unsupported: "):
        preparation(tmp_path, "clip")


def test_a_base64_with_line_ends_is_refused():
    """Strictness is what tells damaged from whole."""
    assert decode("aGVsbG8=\n\n") == Fault("bad_base64", "the picture is not valid base64")
