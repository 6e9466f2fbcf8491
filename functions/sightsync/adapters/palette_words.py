"""The words that palette.py knows, read once from palette_words.toml beside this file."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

Words = tuple[str, ...]

_TABLE: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _by_word(section: str) -> dict[str, str]:
    return {word: concept for concept, words in _TABLE[section].items() for word in words.split()}


def _set(name: str) -> frozenset[str]:
    return frozenset(_TABLE["sets"][name].split())


def _phrases(text: str) -> frozenset[Words]:
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))


def _shapes() -> dict[Words, str]:
    """Shape is said of a picture ("portrait format", "a tall photo"); alone the words are genres or things."""
    pictures = ("picture", "image", "photo", "photograph", "print", "composition")
    formats = ("format", "orientation", "shape", "mode", "aspect", "layout", "crop")
    said_of: Mapping[str, tuple[str, Words]] = {
        "landscape": ("landscape", formats),
        "horizontal": ("landscape", formats + pictures),
        "panoramic": ("landscape", formats + pictures),
        "wide": ("landscape", (*pictures, "format", "crop")),
        "portrait": ("portrait", formats),
        "vertical": ("portrait", formats + pictures),
        "upright": ("portrait", formats + pictures),
        "tall": ("portrait", (*pictures, "format", "crop")),
        "square": ("square", formats + pictures),
    }
    return {(word, noun): concept for word, (concept, nouns) in said_of.items() for noun in nouns}


COLOUR_WORDS = _by_word("colours")
PLURALS = _by_word("plurals")
SCENE_WORDS = _by_word("scene")
LOOK_WORDS = _by_word("looks")
LOOK_WORDS_IN_COMPANY = _by_word("looks_in_company")
PHRASES: dict[Words, str] = _shapes() | {
    phrase: concept for concept, text in _TABLE["phrases"].items() for phrase in _phrases(text)
}

SHADES = _set("shades")
SCENES = _set("scenes")
LOOKS = _set("looks")
CONTRASTS = _set("contrasts")
PIEBALD = _set("piebald")
PEOPLE = _set("people")
PERSONS = _set("persons")
PLACES = _set("places")
HONORIFICS = _set("honorifics")
NEGATORS = _set("negators")
NEGATION_FILLERS = _set("negation_fillers")
PREDICATES = _set("predicates")
CONNECTIVES = _set("connectives")
AFTER_A_FRUIT = _set("after_a_fruit")
NEGATORS_OF_TWO = _phrases(_TABLE["sets"]["negators_of_two"])
IDIOMS = _phrases(_TABLE["sets"]["idioms"])
EVERY_WORD = frozenset({*COLOUR_WORDS, *SHADES, *SCENE_WORDS, *LOOK_WORDS, *LOOK_WORDS_IN_COMPANY})
