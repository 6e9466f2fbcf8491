"""A record's own words that a search found, for the sentence "why is this here". Words, not markup: the page shows them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sightsync.images import Image
from sightsync.ports import WordTerms
from sightsync.stems import stem as porter

MOST = 8  # highlights that one hit shows

_TOKEN = re.compile(r"[^\W_]+")


def highlights(image: Image, terms: WordTerms, viewer: str | None) -> list[str]:
    """In the order of the record, each once, as its owner wrote them. The index decides what matches; this only points at it."""
    stems = {stem(word) for word in terms.words}
    runs = tuple(fold(word) for word in terms.words if not word.isascii())  # scripts without spaces: a word is part of a run
    phrases = [tuple(map(stem, phrase)) for phrase in terms.phrases]
    prefix = fold(terms.prefix) if terms.prefix else None
    found: dict[str, str] = {}
    for text in _texts(image, viewer):
        tokens = [(token.start(), token.end(), fold(token[0])) for token in _TOKEN.finditer(text)]
        for start, end, folded in tokens:
            if stem(folded) in stems or (prefix and folded.startswith(prefix)):
                found.setdefault(folded, text[start:end])
            for run in runs:
                if run in folded:
                    found.setdefault(run, run)
        for phrase in phrases:
            for start, end in _places(phrase, tokens):
                found.setdefault(fold(text[start:end]), text[start:end])
    return list(found.values())[:MOST]


def _texts(image: Image, viewer: str | None) -> Iterator[str]:
    yield from (image.title, image.description, *image.tags)
    if image.caption and image.caption.kind == "caption":
        yield image.caption.text
    if viewer is not None and viewer == image.owner:
        yield image.filename  # nobody else is shown it


def _places(phrase: tuple[str, ...], tokens: list[tuple[int, int, str]]) -> Iterator[tuple[int, int]]:
    for i in range(len(tokens) - len(phrase) + 1):
        if all(stem(tokens[i + k][2]) == word for k, word in enumerate(phrase)):
            yield tokens[i][0], tokens[i + len(phrase) - 1][1]


def fold(word: str) -> str:
    """Lower case, without accents, as the index has it."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFD", word.lower())
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def stem(word: str) -> str:
    """What its forms have in common, as the index has it."""
    return porter(fold(word))
