"""Categories and the words a model may suggest: read from categories.toml beside this file, once."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sightsync.errors import Misconfigured
from sightsync.images import UNCATEGORISED

TABLE = Path(__file__).with_name("categories.toml")
_ID = re.compile(r"[a-z0-9_-]{1,40}")
SEVERAL = ("subjects",)  # kinds of tags of which a picture may show more than one


@dataclass(frozen=True)
class Category:
    """One place on the wall; `prompts` are the texts a model compares pictures with."""

    id: str
    name: str
    prompts: tuple[str, ...]


@cache
def _table() -> Mapping[str, Any]:
    return read(TABLE.read_text(encoding="utf-8"))


def read(text: str) -> Mapping[str, Any]:
    """The table, its categories checked: people edit them. Misconfigured says what is wrong with which."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise Misconfigured(f"{TABLE.name} cannot be read: {exc}.") from exc
    taken = {UNCATEGORISED}
    for number, row in enumerate(table.get("category", []), 1):
        match row:
            case {"id": str(id), "name": str(), "prompts": [str(), *_]} if _ID.fullmatch(id) and id not in taken:
                taken.add(id)
            case _:
                raise Misconfigured(
                    f"{TABLE.name}: category {number} needs an id that no other has, of small letters, digits, - and _; "
                    "a name; and prompts, a list of at least one text."
                )
    return table


def _prompts(section: str) -> dict[str, tuple[str, ...]]:
    table = _table()[section]
    assert isinstance(table, dict), f"[{section}] in {TABLE.name} is not a table"
    return {name: tuple(prompts) for name, prompts in table.items()}


@cache
def categories() -> tuple[Category, ...]:
    """In the order of the tabs; `uncategorised`, a value and a tab of its own, is not one of them."""
    return tuple(Category(c["id"], c["name"], tuple(c["prompts"])) for c in _table().get("category", ()))


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
