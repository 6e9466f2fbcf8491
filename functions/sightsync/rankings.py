"""The lists that a search fuses: by meaning, by words, by colour. Each knows its best images and its opinion of given ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import dist
from typing import Protocol

from sightsync.colours import NAMES, oklab
from sightsync.directions import Direction
from sightsync.images import Image
from sightsync.ports import And, Catalog, Everything, Filter, In, WordTerms

WINDOW = 200  # best of each list that are fused; after them one list goes on alone
RANK_OFFSET = 60  # Cormack, Clarke, Büttcher 2009, "Reciprocal rank fusion"
LIKELY_SHARE = 0.15  # of a picture that a colour must fill for it to be what was looked for
LEAST_SHARE = 0.02  # less of it is no colour of the picture at all
SAME_COLOUR = 0.14  # OKLab distance within which a swatch still shows the colour; the nearest names are about that far apart
NAMES_ASKED = 4  # names near a hex colour whose pictures are looked at
COMMON_SHARE = 0.1  # of the documents; a word in more of them tells nothing
COMMON_LEAST = 4  # documents: in a gallery of a dozen pictures, two that share a word do not make it common


@dataclass(frozen=True)
class Place:
    """`value`: cosine, score or, for colours, closeness; `likely` as this list alone sees it."""

    image_id: str
    value: float
    likely: bool
    share: float = 0.0  # of the picture that shows the colour


class Ranking(Protocol):
    @property
    def name(self) -> str: ...

    def first(self, limit: int) -> list[Place]:
        """Best first; a longer answer begins with the shorter one."""

    def of(self, image_ids: Sequence[str]) -> dict[str, Place]:
        """Those of the given images that the list holds at all."""


@dataclass(frozen=True)
class MeaningRanking:
    direction: Direction
    catalog: Catalog
    where: Filter
    name: str = "meaning"

    def first(self, limit: int) -> list[Place]:
        return self._nearest(self.where, limit)

    def of(self, image_ids: Sequence[str]) -> dict[str, Place]:
        return {p.image_id: p for p in self._nearest(_among(self.where, image_ids), len(image_ids))}

    def _nearest(self, where: Filter, limit: int) -> list[Place]:
        near = self.catalog.nearest(self.direction.space, self.direction.vector, where, limit)
        return [Place(n.image_id, n.cosine, self.direction.likely(n.cosine)) for n in near]


@dataclass(frozen=True)
class WordRanking:
    """Whoever shares a content word is likely: words that stand everywhere were dropped from `terms`."""

    terms: WordTerms
    catalog: Catalog
    where: Filter
    name: str = "words"

    def first(self, limit: int) -> list[Place]:
        return [Place(h.image_id, h.score, True) for h in self.catalog.words(self.terms, self.where, limit)]

    def of(self, image_ids: Sequence[str]) -> dict[str, Place]:
        hits = self.catalog.words(self.terms, _among(self.where, image_ids), len(image_ids))
        return {h.image_id: Place(h.image_id, h.score, True) for h in hits}


@dataclass(frozen=True)
class ColourRanking:
    """By share of one name or several, or of all that is close to `#rrggbb`."""

    colours: tuple[str, ...]
    catalog: Catalog
    where: Filter

    @property
    def name(self) -> str:
        return f"colour:{','.join(self.colours)}"

    def first(self, limit: int) -> list[Place]:
        """A hex colour re-ranks the best by what their swatches are, then goes on by name."""
        places = self._by_name(self.where, max(limit, WINDOW))
        if self._hex:
            best = self._by_swatch([p.image_id for p in places[:WINDOW]])
            places = best + [Place(p.image_id, 0.0, False) for p in places[WINDOW:]]  # their swatches were not looked at
        return places[:limit]

    def of(self, image_ids: Sequence[str]) -> dict[str, Place]:
        places = self._by_swatch(image_ids) if self._hex else self._by_name(_among(self.where, image_ids), len(image_ids))
        return {place.image_id: place for place in places if place.share >= LEAST_SHARE}

    @property
    def _hex(self) -> str | None:
        return next((c for c in self.colours if c.startswith("#")), None)

    def _by_name(self, where: Filter, limit: int) -> list[Place]:
        names = near_names(self._hex) if self._hex else self.colours
        return [Place(h.image_id, h.share, h.share >= LIKELY_SHARE, h.share) for h in self.catalog.coloured(names, where, limit)]

    def _by_swatch(self, image_ids: Sequence[str]) -> list[Place]:
        assert self._hex
        found = [(closeness(image, self._hex), image.id) for image in self.catalog.get_many(image_ids)]
        found.sort(key=lambda f: (-f[0][0], f[1]))
        return [Place(image_id, close, share >= LIKELY_SHARE, share) for (close, share), image_id in found]


def near_names(hex_colour: str) -> list[str]:
    """Names whose best example is nearest: a swatch close to the colour bears one of them."""
    target = oklab(hex_colour)
    return sorted(NAMES, key=lambda name: dist(target, oklab(NAMES[name])))[:NAMES_ASKED]


def closeness(image: Image, hex_colour: str) -> tuple[float, float]:
    """How much of the picture is how close to the colour, in [0, 1], and the share that shows it."""
    target = oklab(hex_colour)
    distances = [(dist(target, oklab(s.hex)), s.share) for s in image.palette]
    weighed = sum(share * max(0.0, 1 - distance / (2 * SAME_COLOUR)) for distance, share in distances)
    return weighed, sum(share for distance, share in distances if distance <= SAME_COLOUR)


def content_terms(terms: WordTerms, catalog: Catalog) -> WordTerms:
    """Without the words that stand in more than a tenth of the documents, unless they are all that can be found."""
    counts, documents = catalog.word_counts(terms.words)
    most = max(documents * COMMON_SHARE, COMMON_LEAST)
    telling = tuple(word for word in terms.words if counts.get(word, 0) <= most)
    prefix = terms.prefix if terms.prefix in telling else None
    found = terms.phrases or any(counts.get(word, 0) for word in telling)
    if not found and not (prefix and catalog.words(WordTerms(prefix=prefix), Everything, 1)):
        return terms
    return WordTerms(telling, prefix, terms.phrases, terms.without)


def fuse(lists: Sequence[Sequence[Place]]) -> dict[str, float]:
    """Sum of w / (60 + rank) over the lists that hold an image, w = 1 for every list; ranks begin with 1."""
    fused: dict[str, float] = defaultdict(float)
    for places in lists:
        for rank, place in enumerate(places, 1):
            fused[place.image_id] += 1 / (RANK_OFFSET + rank)
    return fused


def _among(where: Filter, image_ids: Sequence[str]) -> Filter:
    return And((where, In("id", tuple(image_ids))))
