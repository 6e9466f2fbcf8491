"""Searches that look through little at a time: nothing is lost, repeated or put elsewhere, wherever a request has to stop."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sightsync.adapters.palette import PaletteVision
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.aims import Refusal, take_aim
from sightsync.images import Swatch
from sightsync.ports import Picture, WordTerms
from sightsync.query import parse
from sightsync.rankings import WINDOW, ColourRanking, MeaningRanking, word_rankings
from sightsync.search import search
from sightsync.search_cursor import Cursor, decode
from sightsync.search_scope import scope
from sightsync.search_walk import Hit, Search, Walk
from tests import pictures
from tests.records import NOON
from tests.test_search import find, found, looking, put

VISION = PaletteVision()
COUNT = WINDOW + 90
HASHES = ("0f1e2d3c4b5a6978", "f0e1d2c3b4a59687", "123456789abcdef0")
HEXES = {"red": "#d13b35", "blue": "#2f55c0", "brown": "#d2b48c"}
ASKED = (
    "lamp",
    "lamp boat^2 -dog",
    "red",
    "red lamp colour:blue",
    "lamp color:#2f55c0",
    "colour:red",
    "blue -red -boat",
    "lamp -colour:red",
    "colour:red color:#d2b48c",
    "similar:010",
    "similar:010 -similar:017",
    "lamp similar:010^2 similar:020 colour:blue",
)
A_PICTURE = Picture(pictures.jpeg(colour="#d13b35"), 64, 48)  # as one that is posted


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteCatalog]:
    """More images than are fused: each list goes on beyond them. Some are copies, some deleted, some have no vector."""
    catalog = SqliteCatalog(Path(tmp_path_factory.mktemp("gallery")) / "catalog.db")
    random = Random(3)  # the same gallery every time
    for n in range(COUNT):
        words = " ".join(word for word, share in (("lamp", 0.9), ("boat", 0.2), ("dog", 0.1)) if random.random() < share)
        name = "blue" if n > COUNT - 20 else random.choice(("red", "brown"))
        palette = (Swatch(hex=HEXES[name], name=name, share=0.6),)
        looks = looking(red=random.random(), blue=random.random(), dark=random.random()) if n % 9 else None
        deleted = NOON if n % 31 == 5 else None
        put(catalog, words, looks, id=f"{n:03}", palette=palette, dhash=HASHES[n % 5 % 3], deleted_at=deleted)
    yield catalog
    catalog.close()


def looked_for(text: str, catalog: SqliteCatalog, picture: Picture | None = None) -> Search:
    query = parse(text + " ")
    where = scope(query, None, None)
    aim, _ = take_aim(query, picture, Cursor(""), None, catalog, VISION, "awake")
    refusals = tuple(Refusal(direction, catalog, where) for direction in aim.unwanted)
    return Search(
        catalog,
        None,
        where,
        meaning=MeaningRanking(aim, catalog, where, refusals) if aim.wanted else None,
        words=word_rankings(query, catalog, where),
        colours=tuple(ColourRanking((text,), catalog, where) for text in query.values("colour")),
        refused_colours=tuple(ColourRanking((text,), catalog, where) for text in query.values("colour", negated=True)),
        refusals=refusals,
        unwanted=WordTerms(phrases=query.without) if query.without else None,
        space=aim.space,
    )


def walked(wanted: Search, size: int, most: int) -> tuple[list[Hit], Cursor]:
    """All hits, page by page as requests have them, and where that ended."""
    place, hits = Cursor(""), list[Hit]()
    while True:
        walk = Walk(wanted, place, size + 1, most)
        ahead = iter(walk)
        hits += islice(ahead, size)
        place = walk.cursor
        if next(ahead, None) is None and not walk.tired:
            return hits, place
        place = decode(place.encode(), "")


def told(hits: list[Hit]) -> list[tuple[str, bool, tuple[str, ...]]]:
    return [(hit.image.id, hit.likely, hit.like) for hit in hits]


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.sampled_from(ASKED), size=st.integers(20, 120), most=st.integers(9, 200), picture=st.booleans())
@example(text="lamp color:#2f55c0", size=100, most=9, picture=False)
@example(text="blue -red -boat", size=60, most=30, picture=False)
@example(text="lamp similar:010^2 similar:020 colour:blue", size=50, most=20, picture=False)
@example(text="lamp -similar:017", size=50, most=20, picture=True)
def test_wherever_a_request_stops_the_next_one_goes_on(
    gallery: SqliteCatalog, text: str, size: int, most: int, picture: bool
) -> None:
    wanted = looked_for(text, gallery, A_PICTURE if picture else None)
    assert wanted.meaning or not picture
    whole, end = walked(wanted, 10_000, 10_000)
    hits, ended = walked(wanted, size, most)
    assert told(hits) == told(whole)
    assert (ended.crossed, ended.fits) == (end.crossed, end.fits)
    every = [image_id for hit in whole for image_id in (hit.image.id, *hit.like)]
    assert len(every) == len(set(every))
    held = {place.image_id for ranking in wanted.rankings for place in ranking.first(COUNT)}
    assert set(every) == {image.id for image in wanted.read(sorted(held))}
    assert [hit.likely for hit in whole] == sorted((hit.likely for hit in whole), reverse=True)


@pytest.mark.parametrize("text", ["lamp color:#2f55c0", "red boat colour:blue", "lamp -dog color:#2f55c0 color:#2040d0"])
def test_among_the_few_that_show_a_colour_the_same_is_found_as_along_whole_lists(gallery: SqliteCatalog, text: str) -> None:
    wanted = looked_for(text, gallery)
    among, rare = wanted.narrowed(None)
    assert rare == "1" * len(wanted.demands)
    whole, few = walked(wanted, 10_000, 10_000)[0], walked(among, 10_000, 10_000)[0]
    assert few
    shown = {image_id for hit in few for image_id in (hit.image.id, *hit.like)}
    assert shown == {image_id for hit in whole for image_id in (hit.image.id, *hit.like)}
    likely = {hit.image.id: hit.likely for hit in whole}  # copies may stand behind another where all are in the window
    assert all(hit.likely == likely.get(hit.image.id, hit.likely) for hit in few)
    assert all(ranking.first(COUNT) == [p for p in ranking.first(COUNT) if p.image_id in shown] for ranking in among.rankings)


def test_a_colour_that_becomes_rare_between_two_pages_changes_no_list_of_the_second(gallery: SqliteCatalog) -> None:
    wanted = looked_for("lamp color:#2f55c0", gallery)
    assert wanted.narrowed("0") == (wanted, "0")
    assert wanted.narrowed("1") == wanted.narrowed(None)


def test_who_deletes_the_last_image_of_a_page_loses_none_of_the_next(tmp_path: Path) -> None:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    images = {f"{n:03}": put(catalog, "lamp", id=f"{n:03}") for n in range(WINDOW + 30)}
    first = find(catalog, "lamp ", limit=100)
    second = find(catalog, "lamp ", limit=100, cursor=first.next_cursor)
    third = find(catalog, "lamp ", limit=10, cursor=second.next_cursor)
    last = images[found(third)[-1]]
    catalog.put(last.but(deleted_at=NOON), last.version)
    fourth = find(catalog, "lamp ", limit=100, cursor=third.next_cursor)
    catalog.close()
    assert sorted(found(first) + found(second) + found(third) + found(fourth)) == sorted(images)


@pytest.mark.parametrize("limit", [1, 7])
def test_a_wall_that_begins_with_much_that_is_unwanted_is_not_passed_in_small_steps(tmp_path: Path, limit: int) -> None:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    wanted = [put(catalog, "a dog").id for _ in range(11)][::-1]
    for _ in range(60):
        put(catalog, "a cat")
    asked: list[int] = []

    class Counting:
        def __getattr__(self, name: str) -> object:
            if name == "page":
                asked.append(1)
            return getattr(catalog, name)

    shown, cursor = list[str](), None
    while cursor or not shown:
        page = search(parse("-cat "), None, None, cursor, limit, Counting(), VISION)  # type: ignore[arg-type]  # it has all of them
        assert len(page.hits) <= limit
        shown, cursor = shown + found(page), page.next_cursor
    catalog.close()
    assert shown == wanted
    assert len(asked) < 60 / limit + 11
