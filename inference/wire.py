"""What goes over the wire: requests read strictly, and errors that always begin with a code.

The toolkit that hosts handlers turns every exception into 400 {"error": str(exception)}. So a refusal of a whole request is an
exception whose text is "code: message", and a client splits at the first colon. A refusal of one item is {"error": code,
"message": …} in its place. No text of either kind ever quotes what was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

VERSION: Final = 1
MAX_ITEMS: Final = 128  # pictures in one request; a client's batch is a tenth of it
MAX_TEXTS: Final = 1024  # texts in one request, those of all items together
MAX_CHARACTERS: Final = 4000  # of one text; a description may have 1000, and 77 tokens are read
WANTS: Final = ("caption", "vectors")


class Refused(Exception):
    """A whole request is refused; the text begins with the code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True)
class Fault:
    """One item is refused."""

    code: str
    message: str

    def answer(self) -> dict[str, Any]:
        return {"error": self.code, "message": self.message}


@dataclass(frozen=True)
class Item:
    """A picture as base64 and its texts."""

    image: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """`want` without doubles, in the order of WANTS."""

    items: tuple[Item | Fault, ...]
    want: tuple[str, ...]


@dataclass(frozen=True)
class Embed:
    texts: tuple[str, ...]


def parse(data: Any) -> Read | Embed:
    """What is asked, or Refused."""
    if not isinstance(data, dict) or "inputs" not in data:
        raise Refused("bad_request", 'the body must be an object with the key "inputs"')
    inputs = data["inputs"]
    if not isinstance(inputs, dict):
        raise Refused("bad_request", '"inputs" must be an object with the key "op"')
    op = inputs.get("op")
    if op == "read":
        return _read(inputs)
    if op == "embed":
        return _embed(inputs)
    raise Refused("unknown_op", '"op" must be "read" or "embed"')


def _read(inputs: dict[str, Any]) -> Read:
    want = inputs.get("want", list(WANTS))
    if not isinstance(want, list) or not want or not all(isinstance(one, str) for one in want):
        raise Refused("bad_request", f'"want" must be a list of one or more of {", ".join(WANTS)}')
    if not set(want) <= set(WANTS):
        raise Refused("unknown_want", f'"want" may hold {" and ".join(WANTS)} only')
    items = inputs.get("items")
    if not isinstance(items, list):
        raise Refused("bad_request", '"items" must be a list')
    if not items:
        raise Refused("no_items", '"items" is empty')
    if len(items) > MAX_ITEMS:
        raise Refused("too_many_items", f"{len(items)} items; one request may have {MAX_ITEMS}")
    read = tuple(_item(item) for item in items)
    _count(sum(len(item.texts) for item in read if isinstance(item, Item)))
    return Read(read, tuple(one for one in WANTS if one in want))


def _item(item: Any) -> Item | Fault:
    if not isinstance(item, dict):
        return Fault("bad_item", 'an item must be an object with the keys "image" and "texts"')
    image, texts = item.get("image"), item.get("texts", [])
    if not isinstance(image, str) or not image:
        return Fault("bad_item", '"image" must be a picture as base64')
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return Fault("bad_item", '"texts" must be a list of texts')
    if any(len(text) > MAX_CHARACTERS for text in texts):
        return Fault("text_too_long", f"a text may have {MAX_CHARACTERS} characters")
    return Item(image, tuple(texts))


def _embed(inputs: dict[str, Any]) -> Embed:
    texts = inputs.get("texts")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refused("bad_request", '"texts" must be a list of texts')
    if not texts:
        raise Refused("no_texts", '"texts" is empty')
    if any(len(text) > MAX_CHARACTERS for text in texts):
        raise Refused("text_too_long", f"a text may have {MAX_CHARACTERS} characters")
    _count(len(texts))
    return Embed(tuple(texts))


def _count(texts: int) -> None:
    if texts > MAX_TEXTS:
        raise Refused("too_many_texts", f"{texts} texts; one request may have {MAX_TEXTS}")
