"""What a person types into the search box, understood: words, "a phrase", -without, word^2, category:, colour:, similar:.

Parsing never fails: whatever is no part of the language is plain text. `str(query)` gives text that parses to the same query.
`check:`, `status:` and chips of their own come with the deeper search; until then they are plain text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from sightsync.colours import NAMES, parse_hex

MAX_WEIGHT = 10.0

Kind = Literal["word", "phrase", "category", "colour", "similar"]

_KEYS: dict[str, Kind] = {"category": "category", "colour": "colour", "color": "colour", "similar": "similar"}
_SPELLINGS = {"gray": "grey"}
_PART = re.compile(
    r"""(?P<minus>-(?=[^\s-]))?
        (?:(?P<key>[^\W\d_]+):(?=\S))?
        (?:"(?P<quoted>[^"]*)(?:"|$)|(?P<bare>[^\s"]+))
        (?:(?<=")\^(?P<weight>[0-9.]+)(?=\s|$))?""",
    re.VERBOSE,
)
_BARE_WEIGHT = re.compile(r"(?P<text>.+)\^(?P<weight>[0-9.]+)", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]+")
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True)
class Part:
    """One thing that was typed. `text` is as typed, for colours the name or `#rrggbb`."""

    kind: Kind
    text: str
    weight: float = 1.0
    negated: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return words_of(self.text)

    def __str__(self) -> str:
        minus = "-" if self.negated else ""
        weight = "" if self.weight == 1.0 else f"^{self.weight:g}"
        if self.kind == "word":
            return f"{minus}{self.text}{weight}"
        if self.kind == "phrase":
            return f'{minus}"{self.text}"{weight}'
        return f"{minus}{self.kind}:" + (f'"{self.text}"' if " " in self.text else self.text)


@dataclass(frozen=True)
class Query:
    """Parts in the order typed. `typing` is true while the last word may still be growing: no space follows it."""

    parts: tuple[Part, ...] = ()
    typing: bool = False

    def __str__(self) -> str:
        ended = bool(self.parts) and self.parts[-1].kind == "word" and not self.typing
        return " ".join(map(str, self.parts)) + (" " if ended else "")

    @property
    def words(self) -> tuple[str, ...]:
        """Wanted words, in lower case, each once. The one being typed is among them."""
        return tuple(dict.fromkeys(w for p in self._text() for w in p.words if p.kind == "word"))

    @property
    def prefix(self) -> str | None:
        """The last word while it is being typed. One ASCII letter begins too many words to mean any of them."""
        last = self.parts[-1].words if self.typing and self.parts and not self.parts[-1].negated else ()
        return last[-1] if last and (len(last[-1]) > 1 or not last[-1].isascii()) else None

    @property
    def phrases(self) -> tuple[tuple[str, ...], ...]:
        return tuple(dict.fromkeys(p.words for p in self._text() if p.kind == "phrase" and p.words))

    @property
    def without(self) -> tuple[tuple[str, ...], ...]:
        """Words and phrases that no hit may hold, each as its words."""
        unwanted = (p.words for p in self.parts if p.negated and p.kind in ("word", "phrase"))
        return tuple(dict.fromkeys(words for words in unwanted if words))

    @property
    def category(self) -> str | None:
        """As typed; the last one counts."""
        return self._last("category")

    @property
    def refused_categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.text for p in self.parts if p.kind == "category" and p.negated))

    @property
    def colours(self) -> tuple[str, ...]:
        """Names of sightsync.colours.NAMES and `#rrggbb`, each once."""
        return tuple(dict.fromkeys(p.text for p in self.parts if p.kind == "colour"))

    @property
    def similar(self) -> str | None:
        return self._last("similar")

    @property
    def plain(self) -> str:
        """Wanted words and phrases as one text, as typed."""
        return " ".join(p.text for p in self._text())

    @property
    def texts(self) -> tuple[tuple[str, float], ...]:
        """What a model is asked, with weights: all that is unweighted as one text, each weighted part as another."""
        together = " ".join(p.text for p in self._text() if p.weight == 1.0)
        alone = tuple((p.text, p.weight) for p in self._text() if p.weight != 1.0)
        return (((together, 1.0),) if together else ()) + alone

    def _text(self) -> tuple[Part, ...]:
        return tuple(p for p in self.parts if not p.negated and p.kind in ("word", "phrase"))

    def _last(self, kind: Kind) -> str | None:
        return next((p.text for p in reversed(self.parts) if p.kind == kind and not p.negated), None)


def words_of(text: str) -> tuple[str, ...]:
    """The words in a text, in lower case, accents kept."""
    return tuple(_WORD.findall(text.lower()))


def parse(text: str) -> Query:
    """Never raises. Control characters and lone surrogates count as spaces."""
    clean = _UNSEEN.sub(" ", unicodedata.normalize("NFC", text)).lstrip(" ")
    parts = tuple(_part(found) for found in _PART.finditer(clean))
    parts = tuple(p for p in parts if p.text)
    typing = bool(parts) and parts[-1].kind == "word" and not clean.endswith((" ", '"'))
    return Query(parts, typing)


def _part(found: re.Match[str]) -> Part:
    negated = bool(found["minus"])
    quoted = found["quoted"]
    if found["key"] is not None:
        value = quoted.strip() if quoted is not None else found["bare"]
        part = _keyed(_KEYS.get(found["key"].lower()), value, negated)
        if part:
            return part
        value = f"{found['key']}:{value}"
        return Part("word" if quoted is None else "phrase", value, negated=negated)
    if quoted is not None:
        return _weighted("phrase", quoted.strip(), found["weight"], negated)
    weighed = _BARE_WEIGHT.fullmatch(found["bare"])
    if weighed and _weight(weighed["weight"]):
        return _weighted("word", weighed["text"], weighed["weight"], negated)
    return Part("word", found["bare"], negated=negated)


def _keyed(kind: Kind | None, value: str, negated: bool) -> Part | None:
    """None where key or value is none of ours: plain text then. Only `category:` can be refused with a minus."""
    if kind == "category" and value:
        return Part(kind, value, negated=negated)
    if kind == "colour" and not negated:
        name = _SPELLINGS.get(value.lower(), value.lower())
        colour = name if name in NAMES else parse_hex(value)
        return Part(kind, colour) if colour else None
    if kind == "similar" and not negated and _ID.fullmatch(value):
        return Part(kind, value)
    return None


def _weighted(kind: Kind, text: str, weight: str | None, negated: bool) -> Part:
    return Part(kind, text, _weight(weight or "") or 1.0, negated)


def _weight(text: str) -> float | None:
    """A weight in (0, 10] with two decimals, or None."""
    try:
        weight = round(float(text), 2)
    except ValueError:
        return None
    return weight if 0 < weight <= MAX_WEIGHT else None
