"""Search as people meet it: what is found, in which order, why, and what is never shown."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightsync.adapters.palette import PaletteVision, image_vector
from sightsync.adapters.palette_degrees import CONCEPTS
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.decoder import decoder
from sightsync.errors import BadRequest, ImageNotFound, InvalidRequest, PictureRejected, VisionUnavailable
from sightsync.images import Image, Status, Swatch
from sightsync.ports import Everything, Sort, Vector, WordTerms
from sightsync.query import parse
from sightsync.rankings import WINDOW, ColourRanking, WordRanking
from sightsync.search import Results, search, search_by_picture, similar
from sightsync.search_cursor import Cursor
from sightsync.search_walk import Search, Walk
from tests import pictures
from tests.fakes import AWAKE, SPACE, FakeVision, asleep
from tests.records import NOON, an_image

PALETTE = PaletteVision()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


def looking(**degrees: float) -> dict[str, dict[str, Vector]]:
    """What palette keeps of a picture with these degrees."""
    row = np.zeros(len(CONCEPTS))
    for concept, degree in degrees.items():
        row[CONCEPTS.index(concept)] = degree
    return {"palette@1": {"image": image_vector(row)}}


def put(catalog: SqliteCatalog, words: str = "", looks: dict[str, Any] | None = None, **changes: Any) -> Image:
    plain: dict[str, Any] = {
        "title": "",
        "description": words,
        "tags": (),
        "filename": "x.jpg",
        "palette": (),
        "category": "comics",
    }
    return catalog.put(an_image(**(plain | changes)), 0, looks)


def find(
    catalog: SqliteCatalog, text: str, viewer: str | None = None, limit: int = 50, cursor: str | None = None, **more: Any
) -> Results:
    vision = more.pop("vision", PALETTE)
    return search(parse(text), more.pop("category", None), viewer, cursor, limit, catalog, vision, **more)


def found(results: Results) -> list[str]:
    return [hit.image.id for hit in results.hits]


# --- what is found, and why ---


def test_words_find_what_bears_them_and_say_which(catalog: SqliteCatalog) -> None:
    boat = put(catalog, "Two Boats in a storm", title="At sea")
    put(catalog, "a meadow")
    hit = find(catalog, "boat ").hits[0]
    assert hit.image.id == boat.id
    assert hit.likely
    assert hit.why.words
    assert (hit.why.words.rank, list(hit.why.words.highlights)) == (1, ["Boats"])


def test_a_word_that_is_being_typed_finds_what_begins_with_it(catalog: SqliteCatalog) -> None:
    lighthouse = put(catalog, "the lighthouse at noon")
    assert found(find(catalog, "lightho")) == [lighthouse.id]
    assert found(find(catalog, "lightho ")) == []


def test_a_phrase_finds_its_words_in_their_order_only(catalog: SqliteCatalog) -> None:
    dog = put(catalog, "a dog bites a man")
    put(catalog, "a man bites a dog")
    hits = find(catalog, '"dog bites"').hits
    assert [h.image.id for h in hits] == [dog.id]
    assert hits[0].why.words
    assert list(hits[0].why.words.highlights) == ["dog bites"]


def test_meaning_finds_what_no_word_says(catalog: SqliteCatalog) -> None:
    red = put(catalog, "sunset", looking(red=0.9))
    blue = put(catalog, "sea", looking(blue=0.9))
    results = find(catalog, "scarlet")
    assert (results.mode, results.reason) == ("meaning+words", None)
    assert [(h.image.id, h.likely) for h in results.hits] == [(red.id, True), (blue.id, False)]
    why = results.hits[0].why.meaning
    assert why
    assert (why.rank, why.against) == (1, "text")
    assert why.z is not None
    assert why.z > 1


def test_an_image_found_both_ways_comes_first(catalog: SqliteCatalog) -> None:
    said = put(catalog, "a red door", looking(green=0.9))
    shown = put(catalog, "a door", looking(red=0.95))
    both = put(catalog, "the red gate", looking(red=0.9))
    fairly = [put(catalog, "", looking(red=0.5 + n / 20)).id for n in range(5)]
    hits = found(find(catalog, "red"))
    assert hits[0] == both.id
    assert set(hits) == {said.id, shown.id, both.id, *fairly}


def test_words_that_stand_everywhere_are_dropped_unless_alone(catalog: SqliteCatalog) -> None:
    for number in range(30):
        put(catalog, f"photograph {number}")
    tower = put(catalog, "photograph of a tower")
    assert found(find(catalog, "photograph tower ")) == [tower.id]
    assert len(found(find(catalog, "photograph "))) == 31


def test_a_word_that_stands_everywhere_makes_nothing_likely_beside_words_that_nobody_wrote(catalog: SqliteCatalog) -> None:
    for number in range(30):
        put(catalog, f"the photograph {number}")
    nonsense = find(catalog, "the zorble of quib ")
    assert len(found(nonsense)) == 30
    assert not any(hit.likely for hit in nonsense.hits)
    assert not nonsense.fits
    assert all(hit.likely for hit in find(catalog, "the ").hits)
    assert [hit.likely for hit in find(catalog, "zorble 7 ").hits] == [True]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("colour", "Colourful"),
        ("illustration", "illustrated"),
        ("sunniness", "sunniness"),
        ("decorative", "decoration"),
        ("pony", "ponies"),
        ("Cafés", "cafe"),
    ],
)
def test_whatever_form_of_a_word_the_index_finds_is_highlighted(catalog: SqliteCatalog, asked: str, said: str) -> None:
    put(catalog, f"a {said} thing")
    (hit,) = find(catalog, f"{asked} ").hits
    assert hit.why.words
    assert list(hit.why.words.highlights) == [said]


def test_other_alphabets_are_found_and_shown(catalog: SqliteCatalog) -> None:
    cat = put(catalog, "黒い猫がいる")
    hit = find(catalog, "猫").hits[0]
    assert hit.image.id == cat.id
    assert hit.why.words
    assert list(hit.why.words.highlights) == ["猫"]


def test_a_file_name_finds_but_only_its_owner_is_shown_it(catalog: SqliteCatalog) -> None:
    put(catalog, "", filename="harbour.jpg", owner="ada")
    for viewer, shown in (("ada", ["harbour"]), (None, [])):
        why = find(catalog, "harbour", viewer).hits[0].why.words
        assert why
        assert list(why.highlights) == shown


def test_without_words_a_search_is_the_wall_newest_first(catalog: SqliteCatalog) -> None:
    older, newer = put(catalog, "one"), put(catalog, "two")
    assert found(find(catalog, "")) == [newer.id, older.id]
    assert found(find(catalog, "-two")) == [older.id]


# --- what is never shown ---


def test_visitors_find_what_is_published_and_owners_their_drafts_too(catalog: SqliteCatalog) -> None:
    public = put(catalog, "tower")
    draft = put(catalog, "tower", owner="ada", published=False)
    put(catalog, "tower", owner="ada", status=Status.FAILED)
    assert set(found(find(catalog, "tower"))) == set(found(find(catalog, "tower", "bob"))) == {public.id}
    assert set(found(find(catalog, "tower", "ada"))) == {public.id, draft.id}


def test_what_is_deleted_is_gone_at_once_and_what_is_new_is_there_at_once(catalog: SqliteCatalog) -> None:
    image = put(catalog, "red tower", looking(red=0.9))
    assert found(find(catalog, "red tower")) == [image.id]
    catalog.put(image.but(deleted_at=NOON), image.version)
    assert found(find(catalog, "red tower")) == []
    fresh = put(catalog, "red tower", looking(red=0.8))
    assert found(find(catalog, "red tower")) == [fresh.id]


def test_unwanted_words_never_appear_in_any_form_found_either_way(catalog: SqliteCatalog) -> None:
    put(catalog, "red flowers", looking(red=0.9))
    kept = put(catalog, "red door", looking(red=0.5))
    assert found(find(catalog, "red -flower")) == [kept.id]
    assert found(find(catalog, 'crimson -"red flowers"')) == [kept.id]


def test_a_category_is_exact_however_it_is_named(catalog: SqliteCatalog) -> None:
    comic = put(catalog, "red", looking(red=0.9), category="comics")
    portrait = put(catalog, "red", looking(red=0.9), category="portraits")
    assert found(find(catalog, "red category:Comic")) == [comic.id]
    assert found(find(catalog, "red", category="portraits")) == [portrait.id]
    assert found(find(catalog, "red -category:comics")) == [portrait.id]
    assert found(find(catalog, "red category:comics", category="portraits")) == []
    assert found(find(catalog, "category:portraits")) == [portrait.id]


# --- colours and likeness ---


def swatches(**shares: float) -> tuple[Swatch, ...]:
    hexes = {"red": "#d13b35", "pink": "#e58fb0", "blue": "#2f55c0", "crimson": "#a01822"}
    return tuple(Swatch(hex=hexes[name], name="red" if name == "crimson" else name, share=share) for name, share in shares.items())


def test_a_colour_by_name_orders_by_its_share(catalog: SqliteCatalog) -> None:
    little, much = put(catalog, palette=swatches(red=0.1, blue=0.9)), put(catalog, palette=swatches(red=0.7, blue=0.3))
    put(catalog, palette=swatches(blue=1.0))
    results = find(catalog, "colour:red")
    assert [(h.image.id, h.likely) for h in results.hits] == [(much.id, True), (little.id, False)]
    assert results.hits[0].why.colour
    assert results.hits[0].why.colour.share == pytest.approx(0.7)
    assert results.reason is None


def test_a_colour_by_hex_prefers_the_nearer_shade(catalog: SqliteCatalog) -> None:
    bright = put(catalog, palette=swatches(red=0.5, blue=0.5))
    dark = put(catalog, palette=swatches(crimson=0.5, blue=0.5))
    assert found(find(catalog, "color:#a01822"))[0] == dark.id
    assert found(find(catalog, "color:#d13b35"))[0] == bright.id


def test_beside_words_a_colour_is_a_demand(catalog: SqliteCatalog) -> None:
    red = put(catalog, "a door", palette=swatches(red=0.8))
    put(catalog, "a door", palette=swatches(blue=0.8))
    for text in ("door colour:red", "door colour:#d13b35"):
        assert found(find(catalog, text)) == [red.id]


def test_more_like_this_leaves_itself_out(catalog: SqliteCatalog) -> None:
    red = put(catalog, "", looking(red=0.9, dark=0.5))
    same = put(catalog, "", looking(red=0.85, dark=0.4))
    other = put(catalog, "", looking(blue=0.9, bright=0.8))
    results = similar(red.id, None, None, 10, catalog, PALETTE)
    assert found(results) == [same.id, other.id]
    assert results.hits[0].why.meaning
    assert results.hits[0].why.meaning.against == "image"
    assert found(find(catalog, f"similar:{red.id}")) == [same.id, other.id]


def test_more_like_one_without_a_vector_goes_by_its_colours(catalog: SqliteCatalog) -> None:
    red = put(catalog, palette=swatches(red=0.9))
    same = put(catalog, palette=swatches(red=0.5, blue=0.5))
    put(catalog, palette=swatches(blue=1.0))
    results = similar(red.id, None, None, 10, catalog, PALETTE)
    assert (found(results), results.mode, results.reason) == ([same.id], "words", "no_vector")


def test_more_like_what_one_may_not_see_is_not_found(catalog: SqliteCatalog) -> None:
    draft = put(catalog, "tower", looking(red=0.9), owner="ada", published=False)
    put(catalog, "red", looking(red=0.9))
    with pytest.raises(ImageNotFound):
        similar(draft.id, None, None, 10, catalog, PALETTE)
    assert found(find(catalog, f"similar:{draft.id}")) == []


# --- when the model is away ---


@pytest.mark.parametrize(
    ("vision", "reason"),
    [
        (FakeVision(fail=asleep()), "vision_asleep"),
        (FakeVision(fail=VisionUnavailable("Down.")), "vision_unavailable"),
        (FakeVision(state=replace(AWAKE, state="off")), "vision_off"),
        (FakeVision(), "no_vector"),
    ],
)
def test_trouble_with_the_model_leaves_words_and_says_so(catalog: SqliteCatalog, vision: FakeVision, reason: str) -> None:
    tower = put(catalog, "tower")
    results = find(catalog, "tower", "ada", vision=vision)
    assert (found(results), results.mode, results.reason) == ([tower.id], "words", reason)


def test_visitors_wake_nothing_unless_they_may(catalog: SqliteCatalog) -> None:
    vision = FakeVision(state=replace(AWAKE, state="waking"))
    assert find(catalog, "tower", None, vision=vision).reason == "vision_asleep"
    assert vision.calls == []
    find(catalog, "tower", None, vision=vision, wake="anyone")
    find(catalog, "tower again", "ada", vision=vision)
    assert vision.calls == [("embed", 1), ("embed", 1)]


def test_the_same_words_are_asked_once(catalog: SqliteCatalog) -> None:
    vision = FakeVision(vector=lambda _: np.array([1, 0], np.float32))
    for _ in range(3):
        find(catalog, "tower", vision=vision)
    assert vision.calls == [("embed", 1)]


def test_a_model_that_wakes_between_two_pages_changes_nothing(catalog: SqliteCatalog) -> None:
    east = np.array([1, 0], np.float32)
    towers = [put(catalog, "tower", {SPACE: {"image": east}}).id for _ in range(6)]
    put(catalog, "meadow", {SPACE: {"image": east}})
    vision = FakeVision(vector=lambda _: east, fail=asleep())
    first = find(catalog, "tower", "ada", 4, vision=vision)
    vision.fail = None
    second = find(catalog, "tower", "ada", 4, first.next_cursor, vision=vision)
    assert (second.mode, second.reason) == ("words", "vision_asleep")
    assert sorted(found(first) + found(second)) == sorted(towers)
    assert second.next_cursor is None
    assert find(catalog, "tower", "ada", vision=vision).mode == "meaning+words"


# --- paging ---


def walk(catalog: SqliteCatalog, text: str, size: int) -> list[tuple[str, bool]]:
    hits: list[tuple[str, bool]] = []
    cursor = None
    while True:
        page = find(catalog, text, limit=size, cursor=cursor)
        assert len(page.hits) <= size
        hits += [(h.image.id, h.likely) for h in page.hits]
        cursor = page.next_cursor
        if cursor is None:
            return hits


def test_past_the_window_the_meaning_order_goes_on_and_nothing_repeats_or_is_lost(catalog: SqliteCatalog) -> None:
    count = 2 * WINDOW + 60
    for number in range(count):
        put(catalog, "lamp" if number % 7 == 0 else "", looking(red=number / count) if number % 5 else None)
    hits = walk(catalog, "red lamp", 90)
    expected = {
        i.id for i in catalog.page(Everything, Sort(), None, 1000).images if i.description or catalog.vectors([i.id], "palette@1")
    }
    assert len(hits) == len({image_id for image_id, _ in hits})
    assert {image_id for image_id, _ in hits} == expected
    likely = [is_likely for _, is_likely in hits]
    assert likely == sorted(likely, reverse=True)


def test_a_demand_that_hardly_anything_meets_is_looked_for_in_steps_and_nothing_is_lost(catalog: SqliteCatalog) -> None:
    count = WINDOW + 60
    blue = [put(catalog, palette=swatches(blue=1.0)).id for _ in range(WINDOW)]
    for n in range(count):
        put(catalog, "lamp", id=f"{n:03}", palette=swatches(red=1.0))
    blue.append(put(catalog, "lamp", id="last", palette=swatches(red=0.9, blue=0.1)).id)
    words = WordRanking(WordTerms(("lamp",)), catalog, Everything)
    wanted = Search(catalog, None, Everything, words=(words,), colours=(ColourRanking(("#2f55c0",), catalog, Everything),))
    place, shown, steps = Cursor("lamps"), list[str](), 0
    while True:
        walk = Walk(wanted, place, chunk=5, most=20)
        shown += [hit.image.id for hit in walk]
        steps, place = steps + 1, walk.cursor
        if not walk.tired:
            break
    assert sorted(shown) == sorted(blue)
    assert steps > 2 * WINDOW / 40


def test_images_that_come_and_go_between_pages_make_none_appear_twice_or_never(catalog: SqliteCatalog) -> None:
    images = [put(catalog, "red lamp", looking(red=0.3 + n / 50)) for n in range(20)]
    first = find(catalog, "red lamp", limit=7)
    put(catalog, "red lamp", looking(red=1.0))
    gone = next(i for i in images if i.id not in found(first))
    catalog.put(gone.but(deleted_at=NOON), gone.version)
    hits, cursor = found(first), first.next_cursor
    while cursor:
        page = find(catalog, "red lamp", limit=7, cursor=cursor)
        hits += found(page)
        cursor = page.next_cursor
    assert len(hits) == len(set(hits))
    assert {i.id for i in images} - {gone.id} <= set(hits)


def test_a_cursor_of_another_search_is_refused(catalog: SqliteCatalog) -> None:
    for _ in range(3):
        put(catalog, "tower")
    cursor = find(catalog, "tower", limit=1).next_cursor
    assert cursor
    for text, more in (("towers", {}), ("tower", {"category": "comics"})):
        with pytest.raises(BadRequest) as refused:
            find(catalog, text, cursor=cursor, **more)
        assert refused.value.code == "bad_cursor"


@pytest.mark.parametrize(("text", "limit"), [("x" * 401, 10), ("x", 0), ("x", 101)])
def test_too_much_is_refused(catalog: SqliteCatalog, text: str, limit: int) -> None:
    with pytest.raises(InvalidRequest):
        find(catalog, text, limit=limit)


# --- a picture as the query ---


def by_picture(catalog: SqliteCatalog, data: bytes, limit: int = 10, cursor: str | None = None, **more: Any) -> Results:
    return search_by_picture(data, "ada", cursor, limit, catalog, more.pop("vision", PALETTE), decoder(), **more)


def test_a_picture_finds_those_that_look_like_it(catalog: SqliteCatalog) -> None:
    red = put(catalog, "", looking(red=0.95, vivid=0.9))
    blue = put(catalog, "", looking(blue=0.95, vivid=0.9))
    results = by_picture(catalog, pictures.jpeg(colour="#d13b35"))
    assert (found(results), results.mode) == ([red.id, blue.id], "meaning+words")
    assert results.hits[0].why.meaning
    assert results.hits[0].why.meaning.against == "image"


def test_without_the_model_a_picture_finds_its_colours_page_by_page(catalog: SqliteCatalog) -> None:
    red = [put(catalog, palette=swatches(red=0.5 + n / 10)).id for n in range(4)]
    put(catalog, palette=swatches(blue=1.0))
    data = pictures.jpeg(colour="#d13b35")
    vision = FakeVision(fail=asleep())
    first = by_picture(catalog, data, 3, vision=vision)
    assert (first.mode, first.reason) == ("words", "vision_asleep")
    vision.fail = None
    second = by_picture(catalog, data, 3, first.next_cursor, vision=vision)
    assert found(first) + found(second) == red[::-1]
    with pytest.raises(BadRequest):
        by_picture(catalog, pictures.jpeg(colour="#2f55c0"), 3, first.next_cursor)


def test_what_is_no_picture_is_refused(catalog: SqliteCatalog) -> None:
    with pytest.raises(PictureRejected):
        by_picture(catalog, b"not a picture")


# --- copies ---


def test_copies_stand_behind_the_first_within_the_window_and_alone_but_once_beyond_it(catalog: SqliteCatalog) -> None:
    """Turning away from what is asked step by step, all near enough to be copies by vector; some are by hash."""
    same, east = (0, 5, WINDOW + 50, WINDOW + 51), np.array([1, 0], np.float32)
    ids = [
        put(
            catalog,
            looks={SPACE: {"image": np.array([np.cos(turn), np.sin(turn)], np.float32)}},
            dhash="0f1e2d3c4b5a6978" if n in same else f"{(n + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}",
        ).id
        for n, turn in enumerate(np.linspace(0.01, 0.3, WINDOW + 60))
    ]
    vision = FakeVision(vector=lambda _: east)
    pages = [find(catalog, "tower", limit=90, vision=vision)]
    while cursor := pages[-1].next_cursor:
        pages.append(find(catalog, "tower", limit=90, cursor=cursor, vision=vision))
    hits = {hit.image.id: hit.like for page in pages for hit in page.hits}
    assert hits[ids[0]] == (ids[5],)
    assert hits[ids[same[2]]] == hits[ids[same[3]]] == ()
    shown = [image_id for page in pages for hit in page.hits for image_id in (hit.image.id, *hit.like)]
    assert sorted(shown) == sorted(ids)
    assert [len(page.hits) for page in pages[:-1]] == [90] * (len(pages) - 1)
