"""People's words: how each text field is cleaned, and what is refused. Everything else is stored whole, in any alphabet.

Refused are NUL and the other C0 control characters, and lone surrogates, which no UTF-8 can hold. Lines end with \\n; fields of
one line fold line ends and tabs to a space. Text is NFC-normalised and stripped; its length is counted in characters after that.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from sightsync.categories import NAMES, known
from sightsync.images import MAX_CREDIT, MAX_DESCRIPTION, MAX_FILENAME, MAX_TAG, MAX_TAGS, MAX_TITLE

MAX_QUERY = 400
SHRINKS = 4  # normalising makes at most one character of this many, so a longer text cannot become short enough

_LINE_END = re.compile(r"\r\n?")
_FOLD = re.compile(r"[\n\t]+")
_REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_PRINTABLE = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f]*$"


def clean(text: str, limit: int, lines: bool = False, cut: bool = False) -> str:
    """`text` as it is stored, at most `limit` characters. ValueError says what is wrong without quoting it.

    lines: line ends and tabs are kept rather than folded. cut: drop and shorten instead of refusing, for sidecars.
    """
    if cut:
        text = _REFUSED.sub("", text[: limit * SHRINKS])
    elif len(text) > limit * SHRINKS:  # before normalising, whose time grows with the square of a run of combining marks
        raise ValueError(f"At most {limit} characters.")
    elif _REFUSED.search(text):
        raise ValueError("Control characters and broken Unicode can't be stored.")
    text = _LINE_END.sub("\n", text)
    text = unicodedata.normalize("NFC", text if lines else _FOLD.sub(" ", text)).strip()
    if len(text) <= limit:
        return text
    if cut:
        return text[:limit].rstrip()
    raise ValueError(f"At most {limit} characters.")


def clean_tags(tags: Iterable[str], cut: bool = False) -> tuple[str, ...]:
    """Without empty ones and, whatever their case, repeated ones; the first spelling stays."""
    kept: dict[str, str] = {}
    for tag in tags:
        text = clean(tag, MAX_TAG, cut=cut)
        if text:
            kept.setdefault(text.casefold(), text)
    if len(kept) > MAX_TAGS and not cut:
        raise ValueError(f"At most {MAX_TAGS} tags.")
    return tuple(kept.values())[:MAX_TAGS]


def clean_filename(text: str, cut: bool = False) -> str:
    """The name without the folders that some browsers and tools put before it."""
    name = clean(re.split(r"[/\\]", text)[-1] if len(text) <= 8 * MAX_FILENAME else text, MAX_FILENAME, cut=cut)
    if not name and not cut:
        raise ValueError("A file needs a name.")
    return name


def _title(text: str) -> str:
    return clean(text, MAX_TITLE)


def _description(text: str) -> str:
    return clean(text, MAX_DESCRIPTION, lines=True)


def _credit(text: str) -> str:
    return clean(text, MAX_CREDIT)


def _query(text: str) -> str:
    return clean(text, MAX_QUERY)


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    return clean_tags(tags)


def _category(value: str) -> str:
    if not known(value):
        raise ValueError("Not one of the categories.")
    return value


def _schema(limit: int, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "maxLength": limit, "pattern": _PRINTABLE, **more})


_TAG_LIST = {"type": "array", "items": {"type": "string", "maxLength": MAX_TAG, "pattern": _PRINTABLE}, "maxItems": MAX_TAGS}

Title = Annotated[str, AfterValidator(_title), _schema(MAX_TITLE)]
Description = Annotated[str, AfterValidator(_description), _schema(MAX_DESCRIPTION)]
Credit = Annotated[str, AfterValidator(_credit), _schema(MAX_CREDIT)]
Filename = Annotated[str, AfterValidator(clean_filename), _schema(MAX_FILENAME, minLength=1)]
QueryText = Annotated[str, AfterValidator(_query), _schema(MAX_QUERY)]
Tags = Annotated[tuple[str, ...], AfterValidator(_tags), WithJsonSchema(_TAG_LIST)]
CategoryId = Annotated[str, AfterValidator(_category), WithJsonSchema({"type": "string", "enum": list(NAMES)})]
