"""Categories are data: three of them, each with enough prompts, none clashing with another."""

import pytest

from sightsync import categories
from sightsync.errors import Misconfigured
from sightsync.images import MAX_TAG, UNCATEGORISED


def test_there_are_three_categories_in_the_order_of_the_tabs():
    assert [(c.id, c.name) for c in categories.categories()] == [
        ("portraits", "Portraits"),
        ("illustrations", "General Illustrations"),
        ("comics", "Comics"),
    ]


def test_uncategorised_is_always_a_valid_value_and_anything_else_is_not():
    assert categories.known("comics")
    assert categories.known(UNCATEGORISED)
    assert not categories.known("Comics")
    assert not categories.known("")
    assert categories.NAMES[UNCATEGORISED] == "Uncategorised"


def test_every_class_has_several_prompts_and_no_prompt_stands_for_two():
    prompts = [p for c in categories.categories() for p in c.prompts] + [
        p for kind in categories.distractors().values() for p in kind
    ]
    assert len(prompts) == len(set(prompts))
    assert all(len(c.prompts) >= 5 for c in categories.categories())
    assert {"landscape", "food", "animal", "screenshot", "document"} <= set(categories.distractors())
    assert not set(categories.distractors()) & set(categories.NAMES)


def test_every_tag_of_the_vocabulary_is_one_that_people_may_write():
    words = [tag for kind in categories.tags().values() for tag in kind]
    assert set(categories.tags()) == {"subjects", "medium", "mood"}
    assert len(words) == len({w.casefold() for w in words})
    assert all(0 < len(w) <= MAX_TAG and w == w.strip() for w in words)


ROW = '[[category]]\nid = "maps"\nname = "Maps"\nprompts = ["a map"]\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ROW + "[[", "cannot be read"),
        (ROW + ROW, "category 2"),
        (ROW.replace('"maps"', '"Sea Maps"'), "category 1"),
        (ROW.replace('"maps"', f'"{UNCATEGORISED}"'), "category 1"),
        (ROW.replace('["a map"]', '"a map"'), "category 1"),
        (ROW.replace('["a map"]', "[]"), "category 1"),
        ("[[category]]\n", "category 1"),
    ],
)
def test_whoever_edits_the_file_is_told_what_is_wrong_in_it(text, says):
    assert categories.read(ROW)["category"][0]["id"] == "maps"
    with pytest.raises(Misconfigured, match=says):
        categories.read(text)
