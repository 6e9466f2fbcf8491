"""Word search in FTS5: what of an image is indexed, and queries in which nothing that people type is syntax."""

import re
from collections.abc import Sequence

from sightsync.images import Image
from sightsync.ports import WordTerms

# How much a hit in each column says: title, description, tags, caption, filename.
WEIGHTS = "8.0, 4.0, 3.0, 2.0, 1.0"

# Scripts written without spaces. unicode61 would take a whole sentence of them for one word, so their letters are set
# apart, in the index and in queries alike, where a word of several letters then is a phrase. Han, kana, Thai, Lao,
# Tibetan, Burmese, Khmer.
_UNSPACED = re.compile("([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
                       "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])")  # fmt: skip
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")  # NUL would end the query for FTS5; half a surrogate pair is no UTF-8

Columns = tuple[str, str, str, str, str]


def columns(image: Image) -> Columns | None:
    """Text of each column; None for an image in the bin, which is not found by words."""
    if image.deleted_at is not None:
        return None
    caption = image.caption.text if image.caption and image.caption.kind == "caption" else ""
    title, description, tags, seen, filename = map(
        _spaced, (image.title, image.description, "\n".join(image.tags), caption, image.filename)
    )
    return title, description, tags, seen, filename


def match_expression(terms: WordTerms) -> str | None:
    """The FTS5 query of these terms; None when there is nothing to look for."""
    wanted = [_quoted((word,)) for word in terms.words]
    wanted += [_quoted(phrase) for phrase in terms.phrases if phrase]
    if terms.prefix:
        wanted.append(_quoted((terms.prefix,)) + "*")
    if not wanted:
        return None
    without = [_quoted(phrase) for phrase in terms.without if phrase]
    return f"({' OR '.join(wanted)})" + (f" NOT ({' OR '.join(without)})" if without else "")


def _quoted(phrase: Sequence[str]) -> str:
    """An FTS5 string: its tokens in this order, whatever characters they hold."""
    return '"' + _spaced(" ".join(phrase)).replace('"', '""') + '"'


def _spaced(text: str) -> str:
    return _UNSPACED.sub(r" \1 ", _NOT_TEXT.sub(" ", text))
