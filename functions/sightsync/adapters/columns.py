"""The texts of an image that words are looked for in, as any index can take them; shared by every catalog."""

import re

from sightsync.images import Image

# Scripts written without spaces. Tokenizers would take a whole sentence of them for one word, so their letters are set
# apart, in the index and in queries alike, where a word of several letters then is a phrase. Han, kana, Thai, Lao,
# Tibetan, Burmese, Khmer.
_UNSPACED = re.compile("([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
                       "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])")  # fmt: skip
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")  # NUL ends a query for FTS5; half a surrogate pair is no UTF-8

Columns = tuple[str, str, str, str, str]


def columns(image: Image) -> Columns | None:
    """Text of each column; None for an image in the bin, which is not found by words."""
    if image.deleted_at is not None:
        return None
    caption = image.caption.text if image.caption and image.caption.kind == "caption" else ""
    title, description, tags, seen, filename = map(
        spaced, (image.title, image.description, "\n".join(image.tags), caption, image.filename)
    )
    return title, description, tags, seen, filename


def spaced(text: str) -> str:
    """With a space on both sides of each letter of a script that is written without any."""
    return _UNSPACED.sub(r" \1 ", _NOT_TEXT.sub(" ", text))
