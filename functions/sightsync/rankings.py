"""The lists that a search fuses: by meaning, by words, by colour. Each knows its best images and its opinion of given ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import dist
from typing import TYPE_CHECKING, Literal, Protocol

from sightsync.aims import WINDOW, Aim, Refusal
from sightsync.colours import oklab
from sightsync.images import Image
from sightsync.likely import Line, draw
from sightsync.ports import And, Catalog, Everything, Filter, In, Near, Survey, WordTerms
from sightsync.query import Query

if TYPE_CHECKING:
    from sightsync.directions import Direction

RANK_OFFSET = 60  # Cormack, Clarke, Büttcher 2009, "Reciprocal rank fusion"
LIKELY_SHARE = 0.15  # of a picture that a colour must fill for it to be what was looked for
LEAST_SHARE = 0.02  # less of it is no colour of the picture at all
SAME_COLOUR = 0.14  # OKLab distance within which a swatch still shows the colour; the nearest names are about that far apart
COMMON_SHARE = 0.1  # of the documents; a word in more of them tells nothing
COMMON_LEAST = 4  # documents: in a gallery of a dozen pictures, two that share a word do not make it common

Kind = Literal["meaning", "words", "colour"]


@dataclass(frozen=True)
class Place:
    """`value`: cosine, score or, for colours, closeness; `likely` as this list alone sees it."""

    image_id: str
    value: float
    likely: bool
    share: float = 0.0  # of the picture that shows the colour


class Ranking(Protocol):
    @property
    def name(self) -> str:
        """Another for each list of a search."""

    @property
    def kind(self) -> Kind: ...

    @property
    def weight(self) -> float:
        """w of the fusion."""

    def first(self, limit: int) -> list[Place]:
        """Best first; a longer answer begins with the shorter one."""

    def of(self, image_ids: Sequence[str]) -> dict[str, Place]:
        """Those of the given images that the list holds at all."""


@dataclass(frozen=True)
class MeaningRanking:
    """By cosine with what is wanted; where something is unwanted as well, the best are ranked by zq+ - sum of w max(0, zq- - 1).

    The line is drawn over all that pass `where`, whatever else the images must be `among`."""

    aim: Aim
    catalog: Catalog
    where: Filter
    refusals: tuple[Refusal, ...] = ()
    among: Filter = Everything
    name: str = "meaning"
    kind: Literal["meaning"] = "meaning"
    weight: float = 1.0

    @property
    def direction(self) -> Direction:
        assert self.aim.wanted is not None
        return self.aim.wanted

    def first(self, limit: int) -> list[Place]:
        if self.refusals:
            return self._steered(limit)
        near: Sequence[Near] = self._survey.near
        if limit > WINDOW or self.among != Everything:
            near = self.catalog.nearest(self.direction.space, self.direction.vector, self._listed, limit)
        return [self._place(n.image_id, n.cosine) for n in near[:limit]]

    def of(self, image_ids: Sequence[str]) -> dict[str, Place]:
        among = _among(self._listed, image_ids)
        near = self.catalog.nearest(self.direction.space, self.direction.vector, among, len(image_ids))
        return {n.image_id: self._place(n.image_id, n.cosine) for n in near}

    @property
    def _listed(self) -> Filter:
        return self.where if self.among == Everything else And((self.where, self.among))

    @cached_property
    def _survey(self) -> Survey:
        return self.catalog.survey(self.direction.space, self.direction.vector, self.where, WINDOW)

    @cached_property
    def _line(self) -> Line:
        return draw(self._survey)

    def _place(self, image_id: str, cosine: float) -> Place:
        return Place(image_id, cosine, self.direction.fits(cosine) and self._line.above(cosine))

    def _steered(self, limit: int) -> list[Place]:
        """Found a little aside of what is unwanted, then ranked by both; beyond the window in the order in which they are found."""
        found = self.catalog.nearest(self.direction.space, self.aim.fetch, self._listed, max(limit, WINDOW))
        directions = (self.direction, *(refusal.direction for refusal in self.refusals))
        seen = cosines([n.image_id for n in found], directions, self.catalog)
        order = [n.image_id for n in found if n.image_id in seen]

        def value(image_id: str) -> float:
            wanted, *unwanted = seen[image_id]
            penalties = (refusal.penalty(cosine) for refusal, cosine in zip(self.refusals, unwanted, strict=True))
            return self._line.zq(wanted) - sum(penalties)

        best = sorted(order[:WINDOW], key=lambda image_id: (-value(image_id), image_id))
        return [self._place(image_id, seen[image_id][0]) for image_id in (best + order[WINDOW:])[:limit]]


@dataclass(frozen=True)
class WordRanking:
    """Whoever shares a content word is likely: words that stand everywhere were dropped from `terms`, or are no `content`."""

    terms: WordTerms
    catalog: Catalog
    where: Filter
    weight: float = 1.0
    content: bool = True
    kind: Literal["words"] = "words"

    @property
    def name(self) -> str:
        return "words" if self.weight == 1.0 else f"words:{self.weight:g}"

    def first(self, limit: int) -> list[Place]:
        return [Place(h.image_id, h.score, self.content) for h in self.catalog.words(self.terms, self.where, limit)]

    def of(self, image_ids: Sequence[str]) -> dict[str, Place]:
        hits = self.catalog.words(self.terms, _among(self.where, image_ids), len(image_ids))
        return {h.image_id: Place(h.image_id, h.score, self.content) for h in hits}


@dataclass(frozen=True)
class ColourRanking:
    """By share of one name or several, or by how near and how large the swatches are that are near to `#rrggbb`.

    Where the catalog cannot tell, pictures are looked through for the latter: a swatch so near may bear any of several names."""

    colours: tuple[str, ...]
    catalog: Catalog
    where: Filter
    weight: float = 1.0
    kind: Literal["colour"] = "colour"

    @property
    def name(self) -> str:
        return f"colour:{','.join(self.colours)}"

    def first(self, limit: int) -> list[Place]:
        """Any trace of the colour counts; what is likely stands before what is not."""
        if not self._hex:
            return self._by_name(self.colours, self.where, limit)
        places = self._by_shade(self.where, LIKELY_SHARE, limit)
        if places is None:
            return self._looked_through(limit)
        if len(places) < limit:
            likely = {place.image_id for place in places}
            places += [place for place in self._by_shade(self.where, 0.0, limit) or () if place.image_id not in likely]
        return places[:limit]

    def of(self, image_ids: Sequence[str]) -> dict[str, Place]:
        """Those that show the colour: a trace of it is not enough."""
        among = _among(self.where, image_ids)
        places = self._by_shade(among, LEAST_SHARE, len(image_ids)) if self._hex else None
        if places is None:
            places = self._by_name(self._names, among, len(image_ids))
            if self._hex:
                places = self._by_swatch([place.image_id for place in places])
        return {place.image_id: place for place in places if place.share >= LEAST_SHARE}

    def shown(self, most: int) -> list[str] | None:
        """All that show the colour, in no order; None where more than `most` do, or the catalog cannot tell."""
        if self._hex:
            places = self._by_shade(self.where, LEAST_SHARE, most + 1)
        else:
            places = [p for p in self._by_name(self.colours, self.where, most + 1) if p.share >= LEAST_SHARE]
        return None if places is None or len(places) > most else [place.image_id for place in places]

    def share(self, image: Image) -> float:
        """Of the picture, that shows the colour."""
        if self._hex:
            return closeness(image, self._hex)[1]
        return sum(swatch.share for swatch in image.palette if swatch.name in self.colours)

    @property
    def _hex(self) -> str | None:
        return next((c for c in self.colours if c.startswith("#")), None)

    @property
    def _names(self) -> tuple[str, ...]:
        if not self._hex:
            return self.colours
        from sightsync.swatches import names_within

        return names_within(self._hex, SAME_COLOUR)

    def _by_name(self, names: Sequence[str], where: Filter, limit: int) -> list[Place]:
        return [Place(h.image_id, h.share, h.share >= LIKELY_SHARE, h.share) for h in self.catalog.coloured(names, where, limit)]

    def _by_shade(self, where: Filter, least: float, limit: int) -> list[Place] | None:
        assert self._hex
        hits = self.catalog.shades(self._hex, SAME_COLOUR, least, where, limit)
        return None if hits is None else [Place(h.image_id, h.close, h.share >= LIKELY_SHARE, h.share) for h in hits]

    def _looked_through(self, limit: int) -> list[Place]:
        """The first of them sorted by their swatches, those of the colour's own name before the others; then on by name."""
        places = self._by_name(self._names[:1], self.where, WINDOW)
        if limit > WINDOW or len(places) < WINDOW:
            places += self._by_name(self._names, self.where, max(limit, WINDOW))
        order = list(dict.fromkeys(place.image_id for place in places))
        behind = [Place(image_id, 0.0, False) for image_id in order[WINDOW:]]  # their swatches were not looked at
        return (self._by_swatch(order[:WINDOW]) + behind)[:limit]

    def _by_swatch(self, image_ids: Sequence[str]) -> list[Place]:
        assert self._hex
        found = [(closeness(image, self._hex), image.id) for image in self.catalog.get_many(image_ids)]
        found.sort(key=lambda f: (-f[0][0], f[1]))
        return [Place(image_id, close, share >= LIKELY_SHARE, share) for (close, share), image_id in found]


def cosines(image_ids: Sequence[str], directions: Sequence[Direction], catalog: Catalog) -> dict[str, list[float]]:
    """Of each image that has a vector, the cosine with each direction; the directions are of one space."""
    import numpy as np

    stored = catalog.vectors(image_ids, directions[0].space) if image_ids else {}
    held = {image_id: kinds["image"] for image_id, kinds in stored.items() if "image" in kinds}
    if not held:
        return {}
    products = np.stack(list(held.values())) @ np.stack([direction.vector for direction in directions]).T
    return dict(zip(held, products.astype(float).round(6).tolist(), strict=True))


def closeness(image: Image, hex_colour: str) -> tuple[float, float]:
    """How much of the picture is how close to the colour, in [0, 1], and the share that shows it."""
    target = oklab(hex_colour)
    distances = [(dist(target, oklab(s.hex)), s.share) for s in image.palette]
    weighed = sum(share * max(0.0, 1 - distance / (2 * SAME_COLOUR)) for distance, share in distances)
    return weighed, sum(share for distance, share in distances if distance <= SAME_COLOUR)


def word_rankings(query: Query, catalog: Catalog, where: Filter) -> tuple[WordRanking, ...]:
    """A list for each weight that words of the query have, plain words first."""
    terms, content = content_terms(WordTerms(query.words, query.prefix, query.phrases), catalog)
    found: list[WordRanking] = []
    for weight in query.weights:
        parts = [part for part in query.parts if not part.negated and part.weight == weight]
        words = {word for part in parts if part.kind == "word" for word in part.words}
        phrases = {part.words for part in parts if part.kind == "phrase"}
        own = replace(
            terms,
            words=tuple(word for word in terms.words if word in words),
            prefix=terms.prefix if terms.prefix in words else None,
            phrases=tuple(run for run in terms.phrases if run in phrases),
        )
        if own.words or own.prefix or own.phrases:
            found.append(WordRanking(own, catalog, where, weight, content))
    return tuple(found)


def content_terms(terms: WordTerms, catalog: Catalog) -> tuple[WordTerms, bool]:
    """Without the words that stand in more than a tenth of the documents, unless they are all that can be found; and whether
    what is left tells something: "the" does alone, but not beside a word that nobody wrote."""
    counts, documents = catalog.word_counts(terms.words)
    most = max(documents * COMMON_SHARE, COMMON_LEAST)
    telling = tuple(word for word in terms.words if counts.get(word, 0) <= most)
    prefix = terms.prefix if terms.prefix in telling else None
    found = terms.phrases or any(counts.get(word, 0) for word in telling)
    if not found and not (prefix and catalog.words(WordTerms(prefix=prefix), Everything, 1)):
        return terms, not telling
    return WordTerms(telling, prefix, terms.phrases), True


def fuse(lists: Sequence[tuple[float, Sequence[Place]]]) -> dict[str, float]:
    """Sum of w / (60 + rank) over the weighted lists that hold an image; ranks begin with 1."""
    fused: dict[str, float] = defaultdict(float)
    for weight, places in lists:
        for rank, place in enumerate(places, 1):
            fused[place.image_id] += weight / (RANK_OFFSET + rank)
    return fused


def _among(where: Filter, image_ids: Sequence[str]) -> Filter:
    return And((where, In("id", tuple(image_ids))))
