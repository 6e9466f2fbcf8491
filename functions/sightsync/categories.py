"""Categories and the words a model may suggest: read from categories.toml beside this file, once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sightsync.images import UNCATEGORISED

TABLE = Path(__file__).with_name("categories.toml")
SEVERAL = ("subjects",)  # kinds of tags of which a picture may show more than one


@dataclass(frozen=True)
class Category:
    """One place on the wall; `prompts` are the texts a model compares pictures with."""

    id: str
    name: str
    prompts: tuple[str, ...]


@cache
def _table() -> Mapping[str, object]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def _prompts(section: str) -> dict[str, tuple[str, ...]]:
    table = _table()[section]
    assert isinstance(table, dict), f"[{section}] in {TABLE.name} is not a table"
    return {name: tuple(prompts) for name, prompts in table.items()}


@cache
def categories() -> tuple[Category, ...]:
    """In the order of the tabs; `uncategorised`, a value and a tab of its own, is not one of them."""
    table = _table()["category"]
    assert isinstance(table, list), f"[[category]] in {TABLE.name} is not a list of tables"
    return tuple(Category(c["id"], c["name"], tuple(c["prompts"])) for c in table)


def known(category_id: str) -> bool:
    """Whether an image may carry this category; `uncategorised` always."""
    return category_id in NAMES


@cache
def distractors() -> Mapping[str, tuple[str, ...]]:
    """Kinds of pictures that belong to no category; in a comparison they are there to win."""
    return _prompts("distractors")


@cache
def tags() -> Mapping[str, tuple[str, ...]]:
    """The vocabulary of suggested tags by kind: subjects, medium, mood."""
    return _prompts("tags")


@cache
def tag_prompts() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """{kind: {tag: texts}}: each word of the vocabulary within the sentences about its kind."""
    sentences = _prompts("sentences")
    return {
        kind: {word: tuple(s.format(word) for s in sentences.get(kind, ("{}",))) for word in words}
        for kind, words in tags().items()
    }


NAMES: Mapping[str, str] = {c.id: c.name for c in categories()} | {UNCATEGORISED: "Uncategorised"}


def named(text: str) -> str | None:
    """The category that people mean by its id or name, in any case, singular or plural: "Comic", "general illustration"."""
    meant = _plain(text)
    return next((i for i, name in NAMES.items() if meant and meant in (_plain(i), _plain(name))), None)


def _plain(text: str) -> str:
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return " ".join(word.removesuffix("s") for word in words)
