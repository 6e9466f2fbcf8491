"""What a person types into the search box, understood.

    query    = [ part { SPACE part } ]
    part     = { "-" } ( chip | phrase | word ) [ "^" weight ]
    chip     = key ":" ( phrase | word )
    key      = "category" | "colour" | "color" | "check" | "status" | "similar"     in any case
    phrase   = '"' { anything but '"' } ( '"' | END )
    word     = anything but SPACE and '"'
    weight   = a number above 0, at most 10, with at most two decimals that count

Parsing never fails: a key that is none of these, a value that its key does not know, a weight out of range and a sign that stands
alone are plain text. No word begins with a minus, so each can be refused: `--red` is `-red`. `str(query)` gives text that parses
to the same query. Curly quotes and the dashes that phones put in place of a minus are taken for what was meant.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from sightsync.colours import NAMES, parse_hex
from sightsync.desk import CHECKS
from sightsync.images import Status

MAX_WEIGHT = 10.0

Kind = Literal["word", "phrase", "category", "colour", "check", "status", "similar"]
Run = tuple[str, ...]  # words that stand one after another

_KEYS: dict[str, Kind] = {
    "category": "category",
    "colour": "colour",
    "color": "colour",
    "check": "check",
    "status": "status",
    "similar": "similar",
}
_SPELLINGS = {"gray": "grey"}
_MINUS = "\\-\u2212\u2013"  # the sign, and what a keyboard makes of it
_PART = re.compile(
    rf"""(?P<minus>[{_MINUS}]+(?=[^\s{_MINUS}]))?
        (?:(?P<key>[^\W\d_]+):(?=\S))?
        (?:"(?P<quoted>[^"]*)(?:"|$)|(?P<bare>[^\s"]+))
        (?:(?<=")\^(?P<weight>[0-9.]+)(?=\s|$))?""",
    re.VERBOSE,
)
_BARE_WEIGHT = re.compile(r"(?P<text>.+)\^(?P<weight>[0-9.]+)", re.DOTALL)
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f", '"'))
_WORD = re.compile(r"[^\W_]+")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]+")
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True)
class Part:
    """One thing that was typed: what the page shows as a chip. `text` is as typed, for colours the name or `#rrggbb`."""

    kind: Kind
    text: str
    weight: float = 1.0
    negated: bool = False

    @property
    def words(self) -> Run:
        return words_of(self.text)

    @property
    def alone(self) -> bool:
        """Whether it is a text of its own: plain words are one together."""
        return self.kind != "word" or self.weight != 1.0 or self.negated

    def __str__(self) -> str:
        minus = "-" if self.negated else ""
        weight = "" if self.weight == 1.0 else f"^{self.weight:g}"
        if self.kind == "phrase":
            return f'{minus}"{self.text}"{weight}'
        if self.kind == "word" or " " not in self.text:  # the text may look as if it had a weight
            key = "" if self.kind == "word" else f"{self.kind}:"
            return f"{minus}{key}{self.text}{weight or ('^1' if _weighed(key + self.text) else '')}"
        return f'{minus}{self.kind}:"{self.text}"{weight}'


@dataclass(frozen=True)
class Query:
    """Parts in the order typed. `typing` is true while the last word may still be growing: no space follows it."""

    parts: tuple[Part, ...] = ()
    typing: bool = False

    def __str__(self) -> str:
        ended = bool(self.parts) and self.parts[-1].kind == "word" and not self.typing
        return " ".join(map(str, self.parts)) + (" " if ended else "")

    def of(self, kind: Kind, negated: bool = False) -> tuple[Part, ...]:
        return tuple(p for p in self.parts if p.kind == kind and p.negated == negated)

    def values(self, kind: Kind, negated: bool = False) -> tuple[str, ...]:
        """Texts of these parts, each once."""
        return tuple(dict.fromkeys(p.text for p in self.of(kind, negated)))

    @property
    def words(self) -> Run:
        """Wanted words, in lower case, each once. The one being typed is among them."""
        return tuple(dict.fromkeys(w for p in self.of("word") for w in p.words))

    @property
    def prefix(self) -> str | None:
        """The last word while it is being typed. One letter of A to Z, its accents apart, begins too many words to mean any."""
        last = self.parts[-1].words if self.typing and self.parts and not self.parts[-1].negated else ()
        return last[-1] if last and (len(last[-1]) > 1 or not unicodedata.normalize("NFD", last[-1])[0].isascii()) else None

    @property
    def phrases(self) -> tuple[Run, ...]:
        return tuple(dict.fromkeys(p.words for p in self.of("phrase") if p.words))

    @property
    def without(self) -> tuple[Run, ...]:
        """Words and phrases that no hit may hold, each as its words."""
        unwanted = (p.words for p in self.parts if p.negated and p.kind in ("word", "phrase"))
        return tuple(dict.fromkeys(words for words in unwanted if words))

    @property
    def weights(self) -> tuple[float, ...]:
        """Of wanted words and phrases, each once, those of plain words first."""
        found = {p.weight for p in self.parts if not p.negated and p.kind in ("word", "phrase") and p.words}
        return tuple(sorted(found, key=lambda weight: (weight != 1.0, -weight)))

    @property
    def plain(self) -> str:
        """Wanted words that are no chip, as one text."""
        return " ".join(p.text for p in self.of("word") if not p.alone)

    @property
    def texts(self) -> tuple[tuple[str, float], ...]:
        """What a model is asked, with weights: plain words as one text, each chip of words as another."""
        alone = tuple((p.text, p.weight) for p in self.parts if not p.negated and p.kind in ("word", "phrase") and p.alone)
        return (((self.plain, 1.0),) if self.plain else ()) + alone

    @property
    def unwanted_texts(self) -> tuple[tuple[str, float], ...]:
        """What a hit should not look like, with weights: each part is a text of its own."""
        return tuple((p.text, p.weight) for p in self.parts if p.negated and p.kind in ("word", "phrase"))


def words_of(text: str) -> Run:
    """The words in a text, in lower case, accents kept."""
    return tuple(_WORD.findall(text.lower()))


def parse(text: str) -> Query:
    """Never raises. Control characters and lone surrogates count as spaces."""
    clean = _UNSEEN.sub(" ", unicodedata.normalize("NFC", text)).lstrip(" ").translate(_QUOTES)
    parts = tuple(_part(found) for found in _PART.finditer(clean))
    parts = tuple(p for p in parts if p.text)
    typing = bool(parts) and parts[-1].kind == "word" and not clean.endswith((" ", '"'))
    return Query(parts, typing)


def _part(found: re.Match[str]) -> Part:
    negated, key = bool(found["minus"]), (found["key"] or "").lower()
    if found["quoted"] is not None:
        kind: Kind = "phrase"
        text, weight = found["quoted"].strip(), _weight(found["weight"] or "")
    else:
        kind = "word"
        before = f"{key}:" if key else ""  # "category:^2" is a word that counts twice
        typed, weight = _weighed(before + found["bare"]) or (before + found["bare"], None)
        text = typed[len(before) :]
    if key:
        value = _value(_KEYS.get(key), text)
        kind, text = (_KEYS[key], value) if value is not None else (kind, f"{found['key']}:{text}")
    return Part(kind, text, weight or 1.0, negated)


def _value(kind: Kind | None, text: str) -> str | None:
    """What a chip of this kind holds when `text` is typed; None where key or value is none of ours: plain text then."""
    if kind == "category":
        return text or None
    if kind == "colour":
        name = _SPELLINGS.get(text.lower(), text.lower())
        return name if name in NAMES else parse_hex(text)
    if kind == "check" or kind == "status":
        name = re.sub(r"[\s-]+", "_", text.lower())
        return name if name in (CHECKS if kind == "check" else tuple(Status)) else None
    return text if kind == "similar" and _ID.fullmatch(text) else None


def _weighed(text: str) -> tuple[str, float] | None:
    """Text and weight of what ends in one."""
    found = _BARE_WEIGHT.fullmatch(text)
    weight = _weight(found["weight"]) if found else None
    return (found["text"], weight) if found and weight else None


def _weight(text: str) -> float | None:
    """A weight in (0, 10] with two decimals, or None."""
    try:
        weight = round(float(text), 2)
    except ValueError:
        return None
    return weight if 0 < weight <= MAX_WEIGHT else None
