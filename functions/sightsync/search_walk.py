"""Through a search, hit by hit: the fused window first, then each list alone; negatives, colours and states checked on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sightsync.aims import WINDOW, Refusal
from sightsync.filters import passes
from sightsync.folding import folded
from sightsync.highlights import highlights
from sightsync.images import Image
from sightsync.ports import And, Catalog, Filter, In, WordTerms
from sightsync.rankings import ColourRanking, MeaningRanking, Place, Ranking, WordRanking, cosines, fuse
from sightsync.search_cursor import Cursor, mark, marks

MOST_FUSED = 400  # images of the window: a cursor has to name all that were shown
MOST_RARE = 2048  # images that show a colour, up to which it is rare
MOST_LOOKED_AT = 4096  # places of the lists that one request goes through: a demand that hardly anything meets takes several


@dataclass(frozen=True)
class MeaningWhy:
    """`z` is None in a space without a scale."""

    rank: int
    z: float | None
    against: str  # "text" or "image"


@dataclass(frozen=True)
class WordsWhy:
    rank: int
    highlights: Sequence[str]


@dataclass(frozen=True)
class ColourWhy:
    share: float


@dataclass(frozen=True)
class Why:
    """All three are None where a search is only a filter."""

    meaning: MeaningWhy | None = None
    words: WordsWhy | None = None
    colour: ColourWhy | None = None


@dataclass(frozen=True)
class Hit:
    """`like`: near-duplicates of the image that the search found as well, best first."""

    image: Image
    likely: bool
    why: Why
    like: tuple[str, ...] = ()


Ranks = Mapping[str, tuple[int, Place]]  # by name of the list


@dataclass(frozen=True)
class Search:
    """What is looked for. An image must pass `where`, also when it is read once more, for lists may lag behind records; hold
    none of `unwanted`; show every colour of `colours`, and none of `refused_colours`. `space`: of stored vectors."""

    catalog: Catalog
    viewer: str | None
    where: Filter
    meaning: MeaningRanking | None = None
    words: tuple[WordRanking, ...] = ()
    colours: tuple[ColourRanking, ...] = ()
    refused_colours: tuple[ColourRanking, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unwanted: WordTerms | None = None
    space: str | None = None

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """In the order in which they go on after the window."""
        return (*([self.meaning] if self.meaning else []), *self.words, *self.colours)

    @cached_property
    def _telling(self) -> frozenset[str]:
        """Names of the lists that say whether a hit is likely: a colour does only where there is nothing else."""
        return frozenset(ranking.name for ranking in self.rankings if ranking.kind != "colour")

    @cached_property
    def terms(self) -> WordTerms:
        """Of all lists by words together, for what is highlighted."""
        every = [words.terms for words in self.words]
        words, phrases = (tuple(w for t in every for w in t.words), tuple(p for t in every for p in t.phrases))
        return WordTerms(words, next((t.prefix for t in every if t.prefix), None), phrases)

    @property
    def demands(self) -> tuple[ColourRanking, ...]:
        """A colour alone is an order, beside anything else a demand."""
        return self.colours if len(self.rankings) > 1 else ()

    def narrowed(self, rare: str | None) -> tuple[Search, str]:
        """With lists that hold only what shows the colours demanded, where so few do that a walk along the lists would be long,
        and which colours these are, "1" for each. `rare` says it on later pages: lists must not change between two of them."""
        shown = [self._shown(colour, None if rare is None else rare[n : n + 1]) for n, colour in enumerate(self.demands)]
        found = [In("id", tuple(ids)) for ids in shown if ids is not None]
        flags = "".join("0" if ids is None else "1" for ids in shown)
        if not found:
            return self, flags
        among = And((self.where, *found))
        return replace(
            self,
            meaning=replace(self.meaning, among=And(tuple(found))) if self.meaning else None,
            words=tuple(replace(words, where=among) for words in self.words),
            colours=tuple(replace(colour, where=among) for colour in self.colours),
        ), flags

    @staticmethod
    def _shown(colour: ColourRanking, rare: str | None) -> list[str] | None:
        if rare is None:
            return colour.shown(MOST_RARE)
        return colour.shown(4 * MOST_RARE) if rare == "1" else None  # more may have come since

    def read(self, image_ids: Sequence[str]) -> list[Image]:
        """Those that are to be shown, as they are now, in the order given."""
        return [image for image in self.catalog.get_many(self._accepted(image_ids)) if passes(image, self.where)]

    def _accepted(self, image_ids: Sequence[str]) -> Sequence[str]:
        accepted = list(image_ids)
        if self.unwanted and accepted:
            among = And((self.where, In("id", tuple(accepted))))
            holding = {hit.image_id for hit in self.catalog.words(self.unwanted, among, len(accepted))}
            accepted = [i for i in accepted if i not in holding]
        for colour in self.demands:
            showing = colour.of(accepted) if accepted else {}
            accepted = [i for i in accepted if i in showing]
        for colour in self.refused_colours:
            showing = colour.of(accepted) if accepted else {}
            accepted = [i for i in accepted if i not in showing]
        return accepted

    def refused(self, image_ids: Sequence[str]) -> set[str]:
        """Those that look like what is unwanted, whatever their words say."""
        if not self.refusals or not image_ids:
            return set()
        seen = cosines(image_ids, [refusal.direction for refusal in self.refusals], self.catalog)
        return {
            image_id
            for image_id, values in seen.items()
            if any(refusal.holds(cosine) for refusal, cosine in zip(self.refusals, values, strict=True))
        }

    def likely(self, ranks: Ranks) -> bool:
        if self._telling:
            return any(place.likely and name in self._telling for name, (_, place) in ranks.items())
        return all(colour.name in ranks and ranks[colour.name][1].likely for colour in self.colours)

    def hit(self, image: Image, ranks: Ranks, likely: bool, like: tuple[str, ...] = ()) -> Hit:
        meaning, words = ranks.get("meaning"), [ranks[w.name][0] for w in self.words if w.name in ranks]
        shares = [share for c in self.colours if (share := c.share(image)) or c.name in ranks]
        why = Why(
            MeaningWhy(meaning[0], self.meaning.direction.z(meaning[1].value), self.meaning.direction.against)
            if meaning and self.meaning
            else None,
            WordsWhy(min(words), highlights(image, self.terms, self.viewer)) if words else None,
            ColourWhy(min(1.0, sum(shares))) if shares else None,
        )
        return Hit(image, likely, why, like)


class Walk:
    """Hits one after another; `cursor` is always the place after the one given last, or, once it is `tired`, after all that it
    looked at: there may be more."""

    def __init__(self, search: Search, cursor: Cursor, chunk: int, most: int = MOST_LOOKED_AT) -> None:
        self._search = search
        self._chunk = chunk
        self._left = most
        self.cursor = cursor

    @property
    def tired(self) -> bool:
        return self._left <= 0

    def __iter__(self) -> Iterator[Hit]:
        if self.cursor.stage is None:
            yield from self._window()
        names = [ranking.name for ranking in self._search.rankings]
        begin = names.index(self.cursor.stage) if self.cursor.stage in names else 0
        for index in range(begin, len(names)):
            if self.tired:
                return
            if self.cursor.stage != names[index]:
                self.cursor = replace(self.cursor, stage=names[index], offset=0, last="")
            yield from self._alone(index)

    def _window(self) -> Iterator[Hit]:
        """By (likely, fused, id). Groups are made of the whole window, so that no page's size changes them."""
        search = self._search
        lists = [(ranking, ranking.first(WINDOW)) for ranking in search.rankings]
        fused = fuse([(ranking.weight, places) for ranking, places in lists])
        ranks: dict[str, dict[str, tuple[int, Place]]] = {image_id: {} for image_id in fused}
        for ranking, places in lists:
            for rank, place in enumerate(places, 1):
                ranks[place.image_id][ranking.name] = rank, place
        refused = search.refused(list(fused))
        likely = {image_id: image_id not in refused and search.likely(found) for image_id, found in ranks.items()}
        order = sorted(fused, key=lambda i: (not likely[i], -fused[i], i))[:MOST_FUSED]
        seen = marks(self.cursor.seen)
        ahead = folded(order, search.space, search.catalog)
        if seen:
            ahead = [rest for group in ahead if (rest := [i for i in group if mark(i) not in seen])]
        for begin in range(0, len(ahead), self._chunk):
            some = ahead[begin : begin + self._chunk]
            images = {image.id: image for image in search.read([image_id for group in some for image_id in group])}
            for group in some:
                self.cursor = replace(self.cursor, seen=self.cursor.seen + b"".join(map(mark, group)))
                if shown := [image_id for image_id in group if image_id in images]:
                    first, *like = shown
                    yield search.hit(images[first], ranks[first], self._on_side(likely[first]), tuple(like))

    def _alone(self, index: int) -> Iterator[Hit]:
        """One list from its beginning, without what was in the window or in the lists before."""
        search, ranking, seen = self._search, self._search.rankings[index], marks(self.cursor.seen)
        chunk = self._chunk
        while not self.tired and (places := self._next_places(ranking, chunk)):
            self._left -= len(places)
            fresh = [place.image_id for _, place in places if mark(place.image_id) not in seen]
            for earlier in search.rankings[:index]:
                shown = earlier.of(fresh) if fresh else {}
                fresh = [image_id for image_id in fresh if image_id not in shown]
            images = {image.id: image for image in search.read(fresh)} if fresh else {}
            chunk = self._chunk if images else max(self._left, 1)  # what few show is not looked for in a thousand small steps
            refused = search.refused(list(images))
            for rank, place in places:
                self.cursor = replace(self.cursor, offset=rank, last=place.image_id)
                if place.image_id in images:
                    found = {ranking.name: (rank, place)}
                    side = self._on_side(place.image_id not in refused and search.likely(found))
                    yield search.hit(images[place.image_id], found, side)

    def _next_places(self, ranking: Ranking, chunk: int) -> list[tuple[int, Place]]:
        """With their ranks. Found again by the last image, for others may have come or gone before it; so may itself."""
        places = ranking.first(self.cursor.offset + chunk)
        begin = 0
        if self.cursor.offset:
            begin = next((i + 1 for i, p in enumerate(places) if p.image_id == self.cursor.last), self.cursor.offset - 1)
        return [(rank, place) for rank, place in enumerate(places, 1) if rank > begin][:chunk]

    def _on_side(self, likely: bool) -> bool:
        """The line "less likely" is crossed once: what comes after it is not likely, whatever its own list thinks."""
        crossed = self.cursor.crossed or not likely
        fits = self.cursor.fits or not crossed
        if (crossed, fits) != (self.cursor.crossed, self.cursor.fits):
            self.cursor = replace(self.cursor, crossed=crossed, fits=fits)
        return not crossed
