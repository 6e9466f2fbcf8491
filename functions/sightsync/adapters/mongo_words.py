"""Words in MongoDB without Atlas Search: stems beside each record, an ordinary index over them, ranked by the server.

`stems` holds each stem with its weight in this image, `forms` the folded words that are not their own stem (for beginnings of
words), `words` each column as stems between spaces (for phrases, and for $search, which cuts at spaces and nothing else).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import log
from typing import Any

from sightsync.adapters.columns import columns, spaced
from sightsync.highlights import fold
from sightsync.images import Image
from sightsync.ports import WordTerms
from sightsync.stems import stem

# How much a hit in each column says.
COLUMNS = {"title": 8.0, "description": 4.0, "tags": 3.0, "caption": 2.0, "filename": 1.0}

# Okapi BM25: how fast a word said again stops counting, and how much long texts are held back.
SATURATION, LENGTH_MATTERS, USUAL_LENGTH = 1.2, 0.75, 30
BEGUN = 1.0  # weight of a word of which only the beginning was typed and that is not its own stem

COUNTED_AT_ONCE = 16  # words in one pipeline: free clusters allow 50 stages
WEIGHED = 48  # words of a query that are weighed by how rare they are; a longer one gains nothing by it

LONGEST = 64  # letters of a token that count; what is longer is no word
_TOKEN = re.compile(r"[^\W_]+")

Document = dict[str, Any]
Run = tuple[str, ...]  # stems that stand one after another


def words_of(image: Image) -> Document:
    """Fields `words`, `stems`, `forms`; empty ones for an image in the bin."""
    texts = columns(image) or ("",) * len(COLUMNS)
    said = {column: tokens(text) for column, text in zip(COLUMNS, texts, strict=True)}
    stems = {column: list(map(stem, words)) for column, words in said.items()}
    forms = {word for words in said.values() for word in words if stem(word) != word}
    weights = _weights(stems)
    return {
        "words": {column: f" {' '.join(run)} " for column, run in stems.items() if run},
        "stems": [{"t": word, "w": weights[word]} for word in sorted(weights)],
        "forms": sorted(forms),
    }


def tokens(text: str) -> list[str]:
    """The words of a text in order, folded: lower case, no accents, at most 64 letters each."""
    return [token[:LONGEST] for token in _TOKEN.findall(fold(spaced(text)))]


def _weights(stems: dict[str, list[str]]) -> dict[str, float]:
    """What each stem counts in this image, a word's rarity apart."""
    said: defaultdict[str, float] = defaultdict(float)
    for column, run in stems.items():
        for word in run:
            said[word] += COLUMNS[column]
    length = sum(map(len, stems.values()))
    held_back = SATURATION * (1 - LENGTH_MATTERS + LENGTH_MATTERS * length / USUAL_LENGTH)
    return {word: count * (SATURATION + 1) / (count + held_back) for word, count in said.items()}


# --- what is asked ---


@dataclass(frozen=True)
class Wanted:
    """WordTerms as stems: single ones, runs of several, and the folded beginning of one."""

    single: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    begins: str | None = None
    without: tuple[Run, ...] = ()

    @property
    def anything(self) -> bool:
        return bool(self.single or self.runs or self.begins)

    @property
    def stems(self) -> list[str]:
        return list(dict.fromkeys((*self.single, *(word for run in self.runs for word in run))))


def wanted(terms: WordTerms) -> Wanted:
    """Nothing typed is syntax: only letters and digits are left of it."""
    runs = [run_of(word) for word in terms.words] + [run_of(" ".join(phrase)) for phrase in terms.phrases]
    begun = tokens(terms.prefix or "")
    if len(begun) > 1:  # of a script without spaces, where each letter is a word
        runs.append(tuple(map(stem, begun)))
    return Wanted(
        tuple(dict.fromkeys(run[0] for run in runs if len(run) == 1)),
        tuple(dict.fromkeys(run for run in runs if len(run) > 1)),
        begun[0] if len(begun) == 1 else None,
        tuple(run for run in (run_of(" ".join(phrase)) for phrase in terms.without) if run),
    )


def run_of(text: str) -> Run:
    return tuple(map(stem, tokens(text)))


def rarity(count: int, documents: int) -> float:
    """BM25's inverse document frequency, above 0."""
    return log(1 + max(documents - count, 0.0) / (count + 0.5) + 0.5 / (count + 0.5))


# --- pipelines ---


def ranking(ask: Wanted, where: Document, rare: dict[str, float], limit: int) -> list[Document]:
    """Stages that give {_id, score} of the images that hold any of it and pass the filter, best first, ties by id."""
    return [
        {"$match": {"$and": [where, _candidates(ask, rare), *({"$nor": [holds(run)]} for run in ask.without)]}},
        {"$project": {"score": _score(ask, rare)}},
        {"$match": {"score": {"$gt": 0}}},
        {"$sort": {"score": -1, "_id": 1}},
        {"$limit": limit},
    ]


def counting(stems: Sequence[str], collection: str) -> Iterator[list[Document]]:
    """Pipelines that give {word, count} of each stem that any document holds, counted in the index alone."""
    rest = iter(dict.fromkeys(stems))
    while some := list(islice(rest, COUNTED_AT_ONCE)):
        first, *others = map(_count, some)
        yield [*first, *({"$unionWith": {"coll": collection, "pipeline": other}} for other in others)]


def _count(word: str) -> list[Document]:
    return [{"$match": {"stems.t": word}}, {"$count": "count"}, {"$set": {"word": word}}]


def holds(run: Run) -> Document:
    """Images in one of whose columns these stems stand one after another."""
    if len(run) == 1:
        return {"stems.t": run[0]}
    said = re.escape(_between_spaces(run))
    return {"stems.t": {"$all": list(dict.fromkeys(run))}, "$or": [{f"words.{column}": {"$regex": said}} for column in COLUMNS]}


def _candidates(ask: Wanted, rare: dict[str, float]) -> Document:
    """What an index can find: images with a wanted word, the rarest word of a wanted run, or a word that begins so."""
    stems = {*ask.single, *(max(run, key=lambda word: (rare.get(word, 0.0), word)) for run in ask.runs)}
    found: list[Document] = [{"stems.t": {"$in": sorted(stems)}}] if stems else []
    if ask.begins:
        begins = {"$regex": f"^{re.escape(ask.begins)}"}
        found += [{"stems.t": begins}, {"forms": begins}]
    return {"$or": found} if len(found) > 1 else found[0]


def _score(ask: Wanted, rare: dict[str, float]) -> Document:
    parts = [_sum_of(ask.single, rare)] if ask.single else []
    parts += [{"$cond": [_said(run), _sum_of(run, rare), 0]} for run in ask.runs]
    if ask.begins:
        parts.append(_begun(ask.begins))
    return {"$add": parts}


def _sum_of(stems: Iterable[str], rare: dict[str, float]) -> Document:
    """Weight times rarity of those of these stems that the image holds."""
    names = list(dict.fromkeys(stems))
    rarities = [rare.get(name, 1.0) for name in names]
    held = {"$filter": {"input": "$stems", "cond": {"$in": ["$$this.t", names]}}}
    weighed = {"$multiply": ["$$this.w", {"$arrayElemAt": [rarities, {"$indexOfArray": [names, "$$this.t"]}]}]}
    return {"$sum": {"$map": {"input": held, "in": weighed}}}


def _said(run: Run) -> Document:
    said = _between_spaces(run)
    return {"$or": [{"$gte": [{"$indexOfBytes": [f"$words.{column}", said]}, 0]} for column in COLUMNS]}


def _begun(begins: str) -> Document:
    """The weight of the weightiest word that begins so."""
    stems = {"$filter": {"input": "$stems", "cond": {"$eq": [{"$indexOfBytes": ["$$this.t", begins]}, 0]}}}
    forms = {"$filter": {"input": "$forms", "cond": {"$eq": [{"$indexOfBytes": ["$$this", begins]}, 0]}}}
    weight = {"$max": {"$map": {"input": stems, "in": "$$this.w"}}}
    return {"$max": [weight, {"$cond": [{"$gt": [{"$size": forms}, 0]}, BEGUN, 0]}]}


def _between_spaces(run: Run) -> str:
    return f" {' '.join(run)} "
