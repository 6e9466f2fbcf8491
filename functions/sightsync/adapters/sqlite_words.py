"""Word search in FTS5: queries in which nothing that people type is syntax."""

from collections.abc import Sequence

from sightsync.adapters.columns import spaced
from sightsync.ports import WordTerms

# How much a hit in each column says: title, description, tags, caption, filename.
WEIGHTS = "8.0, 4.0, 3.0, 2.0, 1.0"


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
    return '"' + spaced(" ".join(phrase)).replace('"', '""') + '"'
