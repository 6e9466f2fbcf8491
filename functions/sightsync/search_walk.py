"""Through a search, hit by hit: the fused window first, then each list alone; negatives, colours and states checked on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sightsync.highlights import highlights
from sightsync.images import Image
from sightsync.ports import And, Catalog, Filter, In, WordTerms
from sightsync.rankings import WINDOW, ColourRanking, MeaningRanking, Place, Ranking, WordRanking, fuse
from sightsync.search_cursor import Cursor, mark, marks


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
    image: Image
    likely: bool
    why: Why


Ranks = Mapping[str, tuple[int, Place]]  # by name of the list


@dataclass(frozen=True)
class Search:
    """What is looked for. An image must pass `where`, hold none of `unwanted`, show every colour of `colours`, and pass `keeps`
    when it is read once more: the lists may lag behind the records."""

    catalog: Catalog
    viewer: str | None
    where: Filter
    keeps: Callable[[Image], bool]
    meaning: MeaningRanking | None = None
    words: WordRanking | None = None
    colours: tuple[ColourRanking, ...] = ()
    unwanted: WordTerms | None = None

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        """In the order in which they go on after the window."""
        return tuple(r for r in (self.meaning, self.words, *self.colours) if r is not None)

    def read(self, image_ids: Sequence[str]) -> list[Image]:
        """Those that are to be shown, as they are now, in the order given."""
        return [image for image in self.catalog.get_many(self._accepted(image_ids)) if self.keeps(image)]

    def _accepted(self, image_ids: Sequence[str]) -> Sequence[str]:
        accepted = list(image_ids)
        if self.unwanted and accepted:
            among = And((self.where, In("id", tuple(accepted))))
            refused = {hit.image_id for hit in self.catalog.words(self.unwanted, among, len(accepted))}
            accepted = [i for i in accepted if i not in refused]
        if len(self.rankings) > 1:  # a colour alone is an order, beside anything else a demand
            for colour in self.colours:
                showing = colour.of(accepted) if accepted else {}
                accepted = [i for i in accepted if i in showing]
        return accepted

    def likely(self, ranks: Ranks) -> bool:
        places = [place for name, (_, place) in ranks.items() if name in ("meaning", "words")]
        if self.meaning or self.words:
            return any(place.likely for place in places)
        return all(colour.name in ranks and ranks[colour.name][1].likely for colour in self.colours)

    def hit(self, image: Image, ranks: Ranks, likely: bool) -> Hit:
        meaning, words = ranks.get("meaning"), ranks.get("words")
        shares = [ranks[c.name][1].share for c in self.colours if c.name in ranks]
        why = Why(
            MeaningWhy(meaning[0], self.meaning.direction.z(meaning[1].value), self.meaning.direction.against)
            if meaning and self.meaning
            else None,
            WordsWhy(words[0], highlights(image, self.words.terms, self.viewer)) if words and self.words else None,
            ColourWhy(min(1.0, sum(shares))) if shares else None,
        )
        return Hit(image, likely, why)


class Walk:
    """Hits one after another; `cursor` is always the place after the one given last."""

    def __init__(self, search: Search, cursor: Cursor, chunk: int) -> None:
        self._search = search
        self._chunk = chunk
        self.cursor = cursor

    def __iter__(self) -> Iterator[Hit]:
        if self.cursor.stage is None:
            yield from self._window()
        names = [ranking.name for ranking in self._search.rankings]
        begin = names.index(self.cursor.stage) if self.cursor.stage in names else 0
        for index in range(begin, len(names)):
            if self.cursor.stage != names[index]:
                self.cursor = replace(self.cursor, stage=names[index], offset=0, last="")
            yield from self._alone(index)

    def _window(self) -> Iterator[Hit]:
        search = self._search
        lists = [(ranking.name, ranking.first(WINDOW)) for ranking in search.rankings]
        fused = fuse([places for _, places in lists])
        ranks: dict[str, dict[str, tuple[int, Place]]] = {image_id: {} for image_id in fused}
        for name, places in lists:
            for rank, place in enumerate(places, 1):
                ranks[place.image_id][name] = rank, place
        likely = {image_id: search.likely(found) for image_id, found in ranks.items()}
        order = sorted(fused, key=lambda i: (not likely[i], -fused[i], i))
        seen = marks(self.cursor.seen)
        ahead = [image_id for image_id in order if mark(image_id) not in seen]
        for begin in range(0, len(ahead), self._chunk):
            some = ahead[begin : begin + self._chunk]
            images = {image.id: image for image in search.read(some)}
            for image_id in some:
                self.cursor = replace(self.cursor, seen=self.cursor.seen + mark(image_id))
                if image_id in images:
                    yield search.hit(images[image_id], ranks[image_id], self._on_side(likely[image_id]))

    def _alone(self, index: int) -> Iterator[Hit]:
        """One list from its beginning, without what was in the window or in the lists before."""
        search, ranking, seen = self._search, self._search.rankings[index], marks(self.cursor.seen)
        while places := self._next_places(ranking):
            fresh = [place.image_id for _, place in places if mark(place.image_id) not in seen]
            for earlier in search.rankings[:index]:
                shown = earlier.of(fresh) if fresh else {}
                fresh = [image_id for image_id in fresh if image_id not in shown]
            images = {image.id: image for image in search.read(fresh)} if fresh else {}
            for rank, place in places:
                self.cursor = replace(self.cursor, offset=rank, last=place.image_id)
                if place.image_id in images:
                    found = {ranking.name: (rank, place)}
                    yield search.hit(images[place.image_id], found, self._on_side(search.likely(found)))

    def _next_places(self, ranking: Ranking) -> list[tuple[int, Place]]:
        """With their ranks. Found again by the last image, for others may have come or gone before it."""
        places = ranking.first(self.cursor.offset + self._chunk)
        if not self.cursor.offset:
            begin = 0
        else:
            begin = next((i + 1 for i, p in enumerate(places) if p.image_id == self.cursor.last), self.cursor.offset)
        return [(rank, place) for rank, place in enumerate(places, 1) if rank > begin][: self._chunk]

    def _on_side(self, likely: bool) -> bool:
        """The line "less likely" is crossed once: what comes after it is not likely, whatever its own list thinks."""
        self.cursor = replace(self.cursor, crossed=self.cursor.crossed or not likely)
        return not self.cursor.crossed
