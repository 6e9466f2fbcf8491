"""A category is suggested by models that can tell, never set, and never at the price of a reading."""

from dataclasses import replace

import numpy as np
import pytest

from sightsync import categories
from sightsync.errors import VisionUnavailable
from tests import pictures
from tests.analysing import DIM, Gallery
from tests.fakes import SPACE


@pytest.fixture
def gallery(tmp_path):
    """A model that tells kinds of pictures apart: each category and distractor has a direction of its own."""
    gallery = Gallery(tmp_path)
    prompts = {c.id: c.prompts for c in categories.categories()} | dict(categories.distractors())
    direction = {text: number for number, several in enumerate(prompts.values()) for text in several}
    gallery.shows = {name: number for number, name in enumerate(prompts)}

    def vector(thing):
        found = np.zeros(DIM, np.float32)
        found[gallery.seen if isinstance(thing, bytes) else direction.get(thing, DIM - 1)] = 1
        return found

    gallery.vision.vector = vector
    gallery.vision.state = replace(gallery.vision.state, can=("caption", "match", "search", "categories"))
    yield gallery
    gallery.close()


def analysed(gallery, shows, seed=1, **fields):
    gallery.seen = gallery.shows[shows]
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
    tags = {f"{kind}:{tag}" for kind, words in categories.tags().items() for tag in words}
    assert gallery.catalog.recall(f"classes:{SPACE}")["vectors"].keys() == gallery.shows.keys() | tags


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
