"""Which words of a text say something of colour, light and shape, and which only look like it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightsync.adapters import palette_words as words
from sightsync.adapters.palette_degrees import CONCEPTS
from sightsync.adapters.palette_mentions import mentions


def said(text):
    """["blue: deep blue", "no red: without any red"]"""
    return [f"{'no ' * m.denied}{m.concept}: {text[m.start : m.end]}" for m in mentions(text)]


def concepts(text):
    return [line.split(":")[0] for line in said(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red sports car on a motorway", ["red"]),
        ("Grey rocks, grey sea", ["grey", "grey"]),
        ("gray and GREY", ["grey", "grey"]),
        ("a reddish glow, greenish water, the reds of autumn", ["red", "green", "red"]),
        ("crimson, violet, azure, golden and fuchsia", ["red", "purple", "blue", "yellow", "pink"]),
        ("it grew darker", ["dark"]),
        ("a red-brick house with blue-green shutters", ["red", "blue", "green"]),
        ("colourful balloons", ["vivid"]),
        ("a colorful, high-contrast poster", ["vivid", "contrast"]),
        ("in blues and oranges", ["blue", "orange"]),
        ("a bright, square picture", ["bright", "square"]),
        ("low contrast", ["soft"]),
    ],
)
def test_colours_and_looks_are_read_in_their_many_forms(text, expected):
    assert concepts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("black and white", ["monochrome: black and white"]),
        ("a Black & White photograph", ["monochrome: Black & White"]),
        ("b/w print", ["monochrome: b/w"]),
        ("a black-and-white film still", ["monochrome: black-and-white"]),
        ("pale blue flowers", ["blue: pale blue"]),
        ("a very dark, deep green wood", ["dark: dark", "green: deep green"]),
        ("bright red boots", ["red: bright red"]),
        ("navy blue", ["blue: navy blue"]),
        ("brightly lit", ["bright: brightly lit"]),
    ],
)
def test_phrases_come_before_their_words_and_evidence_is_what_stands_there(text, expected):
    assert said(text) == expected


def test_a_black_and_white_cat_is_not_a_black_and_white_picture():
    assert concepts("a black and white cat in green grass") == ["black", "white", "green"]
    assert concepts("a cat in black and white") == ["monochrome"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no red", ["no red: no red"]),
        ("without any red or blue", ["no red: without any red", "no blue: blue"]),
        ("no red, green or blue", ["no red: no red", "no green: green", "no blue: blue"]),
        ("no red, blue sky", ["no red: no red", "blue: blue"]),
        ("not very dark", ["no dark: not very dark"]),
        ("It isn’t bright", ["no bright: isn’t bright"]),
        ("free of green", ["no green: free of green"]),
        ("blue instead of green", ["blue: blue", "no green: instead of green"]),
        ("not only red but blue", ["red: red", "blue: blue"]),
        ("no people, red roofs", ["red: red"]),
        ("not black and white", ["no monochrome: not black and white"]),
        ("a colour photograph", ["no monochrome: colour photograph"]),
        ("not a colour photograph", ["monochrome: not a colour photograph"]),
    ],
)
def test_denied_words_are_denied_and_others_are_not(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Green Street in the rain",
        "we met on Green Street",
        "Betty White",
        "a talk by Mr Brown",
        "the Black Sea coast",
        "a glass of orange juice",
        "an orange on a plate",
        "oranges in a bowl",
        "playing the blues",
        "red wine and brown bread",
        "a golden retriever",
        "brown eyes, red hair",
        "a white woman",
        "Black people at a wedding",
        "a portrait of a woman",
        "a landscape with trees",
        "the town square",
        "warm bread, a warm smile, a cool drink",
        "a dark coat and bright eyes",
        "the bright side of life",
        "in contrast to this",
        "a rich man in a strong wind on a quiet street",
        "a fir tree in a sunlit winter forest",
        "pale desert cliffs",
        "bored, hundred, scattered, Alfred",
        "rot, blau und grün",
        "",
        "\n\t ,.;",
    ],
)
def test_words_that_only_look_like_colour_say_nothing(text):
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The red house on Green Street", ["red"]),
        ("an orange sunset", ["orange"]),
        ("warm light", ["warm"]),
        ("warm, golden light", ["warm", "yellow"]),
        ("Deep blue and grey, cool, in soft light", ["blue", "grey", "cool", "soft"]),
        ("cool", ["cool"]),
        ("a dark winter forest", ["dark"]),
        ("the room is dark", ["dark"]),
        ("Red Flowers", ["red"]),
        ("RED CAR", ["red"]),
        ("White snow on a black roof", ["white", "black"]),
        ("portrait format", ["portrait"]),
        ("a wide photograph", ["landscape"]),
    ],
)
def test_the_same_words_count_where_they_mean_what_pixels_show(text, expected):
    assert concepts(text) == expected


@given(st.text(max_size=60))
def test_no_text_is_too_odd_to_read(text):
    for mention in mentions(text):
        assert mention.concept in CONCEPTS
        assert 0 <= mention.start < mention.end <= len(text)


@given(
    st.lists(
        st.sampled_from(sorted(words.EVERY_WORD | words.NEGATORS | words.NEGATION_FILLERS | {",", ".", "and", "or", "a"})),
        max_size=12,
    )
)
def test_mentions_stand_in_order_and_never_overlap(parts):
    found = mentions(" ".join(parts))
    for first, second in pairwise(found):
        assert first.last <= second.first
        assert first.end <= second.start


def test_every_word_of_the_table_names_a_concept_and_none_names_two():
    tables = (words.COLOUR_WORDS, words.PLURALS, words.SCENE_WORDS, words.LOOK_WORDS)
    assert all(set(table.values()) <= set(CONCEPTS) for table in (*tables, words.LOOK_WORDS_IN_COMPANY))
    assert {concept.removeprefix("!") for concept in words.PHRASES.values()} <= set(CONCEPTS)
    listed = [word for table in tables for word in table]
    assert len(listed) == len(set(listed))
    assert not set(words.PHRASES) & words.IDIOMS
