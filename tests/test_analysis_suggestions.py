"""A category and tags are suggested by models that can tell: set for nobody's upload, and never at the price of a reading."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sightsync import categories
from sightsync.errors import VisionUnavailable
from tests import pictures
from tests.analysing import SCALE, Gallery
from tests.fakes import SPACE

ROOM = 256  # a direction of its own for each category, distractor and tag


def seeing(folder: Path) -> Gallery:
    """A model that tells kinds of pictures apart. `pointing` gives what a picture of a kind, with these tags, looks like to it."""
    gallery = Gallery(folder)
    prompts = {c.id: c.prompts for c in categories.categories()} | dict(categories.distractors())
    prompts |= {f"{kind}:{tag}": texts for kind, words in categories.tag_prompts().items() for tag, texts in words.items()}
    place = {name: number for number, name in enumerate(prompts)}
    of_text = {text: name for name, texts in prompts.items() for text in texts}

    def pointing(shows, tags=None):
        found = np.zeros(ROOM, np.float32)
        found[place.get(shows, ROOM - 2)] = 1
        for kind, words in (tags or {}).items():
            for tag, much in words.items():
                found[place[f"{kind}:{tag}"]] = much
        return found

    def vector(thing):
        found = (
            gallery.seen if isinstance(thing, bytes) else np.eye(ROOM, dtype=np.float32)[place.get(of_text.get(thing), ROOM - 1)]
        )
        return (found / np.linalg.norm(found)).astype(np.float32)

    gallery.pointing, gallery.vision.vector = pointing, vector
    nowhere = np.zeros(ROOM, np.float32)
    gallery.vision.scale = replace(SCALE, mean_image=nowhere, mean_text=nowhere, generic_text=np.eye(ROOM, dtype=np.float32)[-1])
    gallery.vision.state = replace(gallery.vision.state, can=("caption", "match", "search", "categories"))
    return gallery


@pytest.fixture
def gallery(tmp_path):
    gallery = seeing(tmp_path)
    yield gallery
    gallery.close()


def analysed(gallery, shows, seed=1, tags_shown=None, **fields):
    gallery.seen = gallery.pointing(shows, tags_shown)
    image = gallery.upload(pictures.photo(seed), **fields)
    assert gallery.analyse(image) == []
    return gallery.look(image.id)


def test_a_picture_that_clearly_belongs_somewhere_gets_a_suggestion_and_stays_where_it_is(gallery):
    image = analysed(gallery, "comics")
    assert (image.suggested.category, image.category) == ("comics", "uncategorised")
    assert "uncategorised" in image.checks


def test_a_picture_of_another_kind_gets_no_suggestion(gallery):
    assert analysed(gallery, "food").suggested is None


def test_the_prompts_are_embedded_once_for_all_pictures(gallery):
    analysed(gallery, "comics", 1)
    asked = gallery.vision.count("embed")
    analysed(gallery, "portraits", 2)
    assert gallery.vision.count("embed") == asked
    own = {*categories.NAMES, *categories.distractors()} - {"uncategorised"}
    tags = {f"{kind}:{tag}" for kind, words in categories.tags().items() for tag in words}
    assert gallery.catalog.recall(f"classes:{SPACE}")["vectors"].keys() == own | tags


def test_a_model_that_cannot_tell_is_not_asked(gallery):
    gallery.vision.state = replace(gallery.vision.state, can=("caption", "match"))
    assert analysed(gallery, "comics").suggested is None
    assert gallery.vision.count("embed") == 0


def test_a_model_that_falls_asleep_after_the_reading_costs_only_the_suggestion(gallery):
    def embed(texts, deadline=None):
        raise VisionUnavailable("asleep", code="vision_asleep")

    gallery.vision.embed = embed
    image = analysed(gallery, "comics")
    assert (image.suggested, image.analysis, image.caption is None) == (None, "done", False)


# --- tags


def test_tags_are_suggested_beside_the_category(gallery):
    several = {"dog": 0.9, "tree": 0.8, "cat": 0.1}
    image = analysed(gallery, "comics", tags_shown={"subjects": several, "medium": {"comic": 0.9}, "mood": {}})
    assert (image.suggested.category, image.suggested.tags) == ("comics", ("dog", "tree", "comic"))
    assert image.tags == (), "an upload waits for its owner"


def test_of_two_media_that_are_as_likely_neither_is_suggested(gallery):
    image = analysed(gallery, "comics", tags_shown={"medium": {"comic": 0.9, "manga": 0.9}})
    assert image.suggested.tags == ()


def test_no_more_than_a_few_subjects_are_suggested(gallery):
    subjects = dict.fromkeys(("dog", "cat", "horse", "bird", "fish", "tree"), 0.9)
    assert len(analysed(gallery, "comics", tags_shown={"subjects": subjects}).suggested.tags) == 4


def test_each_tag_is_asked_within_sentences_about_its_kind():
    prompts = categories.tag_prompts()
    assert {kind: set(words) for kind, words in prompts.items()} == {kind: set(words) for kind, words in categories.tags().items()}
    assert "a picture with a calm mood" in prompts["mood"]["calm"]
    assert all("{}" not in text for words in prompts.values() for texts in words.values() for text in texts)


# --- bulk


def bulk(gallery, key, shows, sidecar=None, seed=1):
    import json

    gallery.seen = gallery.pointing(shows)
    if sidecar is not None:
        gallery.store.write(f"{key}.json", json.dumps(sidecar).encode(), "application/json")
    gallery.store.write(key, pictures.photo(seed), "image/jpeg")
    assert gallery.deliver(gallery.created(key)) == []
    (image,) = [image for image in gallery.everything() if image.key == key]
    return image


@pytest.mark.parametrize("key", ["incoming/a.jpg", "incoming/_/0123/a.jpg", "incoming/holiday 2019/a.jpg"])
def test_a_bulk_picture_without_a_folder_of_a_category_is_filed_where_it_clearly_belongs(gallery, key):
    image = bulk(gallery, key, "comics")
    assert (image.category, image.suggested.category) == ("comics", "comics")
    assert "uncategorised" not in image.checks


@pytest.mark.parametrize("shows", ["food", "nothing"])
def test_a_bulk_picture_of_another_kind_or_of_none_stays_uncategorised(gallery, shows):
    image = bulk(gallery, "incoming/a.jpg", shows)
    assert image.category == "uncategorised"
    assert "uncategorised" in image.checks


def test_a_bulk_picture_between_two_categories_stays_uncategorised(gallery):
    gallery.seen = gallery.pointing("comics") + gallery.pointing("portraits")
    gallery.store.write("incoming/a.jpg", pictures.photo(1), "image/jpeg")
    gallery.deliver(gallery.created("incoming/a.jpg"))
    assert gallery.everything()[0].category == "uncategorised"


def test_folder_and_sidecar_of_a_bulk_picture_are_believed_before_the_model(gallery):
    assert bulk(gallery, "incoming/portraits/a.jpg", "comics").category == "portraits"
    told = bulk(gallery, "incoming/b.jpg", "comics", {"category": "illustrations", "tags": ["mine"]}, seed=2)
    assert (told.category, told.tags) == ("illustrations", ("mine",))


def test_what_an_owner_made_of_a_filed_picture_is_not_filed_again(gallery):
    image = bulk(gallery, "incoming/a.jpg", "comics")
    gallery.edit(image.id, category="uncategorised", read_scale=None)
    gallery.deliver(gallery.message({"type": "rescore", "image": image.id}))
    after = gallery.look(image.id)
    assert (after.category, after.suggested.category) == ("uncategorised", "comics")


# --- the table


def test_a_new_category_is_a_change_of_the_table_alone(tmp_path):
    """The program as it is, beside another categories.toml: the category is suggested, listed, accepted and filed into."""
    source = Path(categories.__file__).parent
    shutil.copytree(source, tmp_path / "functions" / "sightsync", ignore=shutil.ignore_patterns("__pycache__", "drawings"))
    table = tmp_path / "functions" / "sightsync" / "categories.toml"
    maps = '[[category]]\nid = "maps"\nname = "Old Maps"\nprompts = ["an old map", "a nautical chart", "a plan of a city"]\n\n'
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("# Kinds of pictures", maps + "# Kinds of pictures", 1), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", _WITH_MAPS],
        env={"PYTHONPATH": f"{tmp_path / 'functions'}:{source.parent}:{source.parent.parent}", "HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.split("\n")[:4], ran.stderr) == (["maps", "maps", "Old Maps", "True"], "")


_WITH_MAPS = """
import tempfile, sys
from pathlib import Path
from sightsync import categories
from sightsync.editing import Changes
from sightsync.gallery import list_categories
from tests.test_analysis_suggestions import bulk, seeing
with tempfile.TemporaryDirectory() as folder:
    gallery = seeing(Path(folder))
    image = bulk(gallery, "incoming/a.jpg", "maps")
    print(image.suggested.category)
    print(image.category)
    print(next(c["name"] for c in list_categories(gallery.catalog, gallery.store)["categories"] if c["id"] == "maps"))
    print(Changes(category="maps").category == "maps" and categories.named("old map") == "maps")
    gallery.close()
"""
