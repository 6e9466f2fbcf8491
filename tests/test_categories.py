"""Categories are data: three of them, each with enough prompts, none clashing with another."""

from sightsync import categories
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
