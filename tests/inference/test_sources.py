"""Which model is which: names, revisions, and what is said when one cannot be had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sources import locate
from tests.inference.conftest import embed
from wire import Refused

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def own(models, tmp_path) -> dict[str, Path]:
    """Copies that a test may change."""
    return {name: Path(shutil.copytree(path, tmp_path / path.name)) for name, path in models.items()}


def _change_a_weight(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    next(iter(weights.values())).view(-1)[0] += 1
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def test_the_space_changes_when_a_weight_does(load, own):
    before = load(own["clip"])(embed("a boat"))["space"]
    _change_a_weight(own["clip"])
    assert load(own["clip"])(embed("a boat"))["space"] != before


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json"])
def test_the_space_changes_when_words_or_settings_do(own, name):
    before = locate(str(own["clip"]), ROOT)
    with (own["clip"] / name).open("a") as file:
        file.write(" ")
    assert locate(str(own["clip"]), ROOT).label != before.label


def test_another_caption_model_leaves_the_space_as_it_was(load, own):
    about = [load(own["clip"], own["blip"])]
    _change_a_weight(own["blip"])
    about.append(load(own["clip"], own["blip"]))
    before, after = (one.says.partition(",")[0].split(" and ") for one in about)
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_what_says_nothing_about_the_model_leaves_its_name_alone(own):
    before = locate(str(own["clip"]), ROOT)
    (own["clip"] / "README.md").write_text("a model")
    (own["clip"] / "flax_model.msgpack").write_bytes(b"a copy")
    assert locate(str(own["clip"]), ROOT).label == before.label


def test_the_same_files_have_the_same_name_anywhere(own, tmp_path):
    there = Path(shutil.copytree(own["clip"], tmp_path / "elsewhere" / "tiny-clip"))
    assert locate(str(there), ROOT).label == locate(str(own["clip"]), ROOT).label


def test_a_folder_may_lie_beside_the_handler(own, load):
    handler = load("tiny-clip", "tiny-blip", path=str(own["clip"].parent))
    assert handler(embed("a boat"))["space"].startswith("tiny-clip@")


def test_weights_of_the_older_form_are_read_too(load, own, handler):
    torch.save(load_file(own["clip"] / "model.safetensors"), own["clip"] / "pytorch_model.bin")
    (own["clip"] / "model.safetensors").unlink()
    older, newer = load(own["clip"])(embed("a boat")), handler(embed("a boat"))
    np.testing.assert_allclose(older["text_vectors"], newer["text_vectors"], atol=1e-6)


@pytest.mark.parametrize(("clip", "blip"), [("blip", "blip"), ("clip", "clip"), ("clip", "siglip")])
def test_a_model_of_another_kind_is_refused_by_name(load, models, clip, blip):
    with pytest.raises(Refused, match=r"^model_unsupported: tiny-\w+@\w+ is of the kind \w+; known are "):
        load(models[clip], models[blip])


def test_siglip_2_with_its_patches_of_any_number_is_refused_by_name(load, own):
    config = own["siglip"] / "config.json"
    config.write_text(config.read_text().replace('"model_type": "siglip"', '"model_type": "siglip2"'))
    with pytest.raises(Refused, match=r"^model_unsupported: .* is of the kind siglip2"):
        load(own["siglip"])


def test_a_folder_without_weights_is_named(load, own):
    (own["clip"] / "model.safetensors").unlink()
    with pytest.raises(Refused, match=r"^model_not_found: .*tiny-clip holds no config.json with"):
        load(own["clip"])


@pytest.mark.parametrize("name", ["/no/such/folder", "no such model", "../up"])
def test_what_is_neither_folder_nor_hub_id_is_named(load, name):
    with pytest.raises(Refused, match=rf"^model_not_found: there is no folder {name}"):
        load(name)


def test_where_the_hub_cannot_be_reached_it_says_so(load):
    with pytest.raises(Refused, match=r"^model_not_found: nobody/nothing is not on this machine, and the model hub cannot"):
        load("nobody/nothing")


@pytest.mark.parametrize("name", ["own/clip", "own/clip@main", "own/clip@" + "a1" * 20])
def test_a_model_of_the_hub_is_called_after_its_commit(models, tmp_path, name):
    """From the cache, as the hub's client lays it out."""
    commit = "a1" * 20
    repo = tmp_path / "hub" / "models--own--clip"
    shutil.copytree(models["clip"], repo / "snapshots" / commit)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    program = f"from pathlib import Path; from sources import locate; print(locate({name!r}, Path('.')).label)"
    there = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub"), "PYTHONPATH": str(ROOT / "inference")}
    done = subprocess.run([sys.executable, "-c", program], env=there, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.strip() == f"own/clip@{commit[:12]}", done.stderr
