"""Steering a search: taking away, weighing, adding a picture, one's own checks; and how near-duplicates are kept together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.filters import passes
from sightsync.images import Caption, Image, Status
from sightsync.ports import And, Equal, Filter, In, Not, Or, Range, Sort
from sightsync.query import parse
from sightsync.search import similar
from sightsync.search_says import sentence
from sightsync.search_walk import ColourWhy, MeaningWhy, Why, WordsWhy
from tests import pictures
from tests.conftest import Client
from tests.fakes import SPACE, FakeVision, asleep
from tests.records import NOON, ids
from tests.test_search import PALETTE, by_picture, find, found, looking, put, swatches, walk

HASH = "0f1e2d3c4b5a6978"
NEARLY = "0f1e2d3c4b5a697b"  # two bits off


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


# --- taking away ---


def test_what_looks_like_the_unwanted_comes_below_the_line_whatever_its_words_say(catalog: SqliteCatalog) -> None:
    red = put(catalog, "a door", looking(red=0.9, bright=0.8))
    blue = put(catalog, "a door", looking(blue=0.9, bright=0.8))
    hits = find(catalog, "door bright -red").hits
    assert [(hit.image.id, hit.likely) for hit in hits] == [(blue.id, True), (red.id, False)]
    assert found(find(catalog, "door bright"))[:2] in ([red.id, blue.id], [blue.id, red.id])


def test_less_like_this_on_the_bare_wall_takes_what_is_alike_away(catalog: SqliteCatalog) -> None:
    red = put(catalog, "", looking(red=0.9, vivid=0.8))
    put(catalog, "", looking(red=0.88, vivid=0.8))
    blue = put(catalog, "", looking(blue=0.9, soft=0.8, dark=0.9))
    results = find(catalog, f"-similar:{red.id}")
    assert (found(results), results.mode) == ([blue.id], "meaning+words")


def test_less_like_one_that_nobody_may_see_changes_nothing(catalog: SqliteCatalog) -> None:
    draft = put(catalog, "", looking(red=0.9), owner="ada", published=False)
    red = put(catalog, "", looking(red=0.9))
    assert found(find(catalog, f"-similar:{draft.id} -similar:nobody")) == [red.id]


def test_a_refused_colour_never_shows(catalog: SqliteCatalog) -> None:
    put(catalog, "door", palette=swatches(red=0.1, blue=0.9))
    blue = put(catalog, "door", palette=swatches(blue=1.0))
    assert found(find(catalog, "door -colour:red")) == found(find(catalog, "-colour:#d13b35")) == [blue.id]
    assert found(find(catalog, "colour:blue -color:red")) == [blue.id]


def test_the_same_thing_wanted_and_unwanted_is_no_error(catalog: SqliteCatalog) -> None:
    put(catalog, "red", looking(red=0.9))
    other = put(catalog, "", looking(red=0.5))
    assert found(find(catalog, "red -red")) == [other.id]


# --- weights ---


def test_a_weight_moves_what_has_that_word_up(catalog: SqliteCatalog) -> None:
    for n in range(12):
        put(catalog, f"something else {n}")
    boat, lamp = put(catalog, "a boat"), put(catalog, "a lamp")
    assert found(find(catalog, "boat^3 lamp ")) == [boat.id, lamp.id]
    assert found(find(catalog, "boat lamp^3 ")) == [lamp.id, boat.id]
    assert found(find(catalog, '"a boat"^0.5 "a lamp" ')) == [lamp.id, boat.id]


def test_a_weight_moves_meaning_too(catalog: SqliteCatalog) -> None:
    red, dark = put(catalog, "", looking(red=0.9, dark=0.1)), put(catalog, "", looking(red=0.1, dark=0.9))
    assert found(find(catalog, "red^4 dark")) == [red.id, dark.id]
    assert found(find(catalog, "red dark^4")) == [dark.id, red.id]


# --- one's own ---


def test_checks_and_states_find_one_s_own_images_in_any_state(catalog: SqliteCatalog) -> None:
    doubtful = put(catalog, "tower", owner="ada", published=False, checks=("words_disagree",))
    failed = put(catalog, "tower", owner="ada", status=Status.FAILED, checks=("failed",))
    fine = put(catalog, "tower", owner="ada")
    assert found(find(catalog, "check:words_disagree", "ada")) == [doubtful.id]
    assert found(find(catalog, "tower status:failed", "ada")) == found(find(catalog, "check:failed", "ada")) == [failed.id]
    assert set(found(find(catalog, "status:failed status:ready", "ada"))) == {doubtful.id, failed.id, fine.id}
    assert found(find(catalog, "-status:failed -check:words_disagree", "ada")) == [fine.id]
    assert found(find(catalog, "check:drafts", "ada")) == [doubtful.id]


@pytest.mark.parametrize("viewer", [None, "bob"])
@pytest.mark.parametrize(
    "chip", ["check:words_disagree", "-check:words_disagree", "status:ready", "-status:failed", "check:drafts"]
)
def test_nobody_learns_of_other_people_s_checks_and_states(catalog: SqliteCatalog, viewer: str | None, chip: str) -> None:
    put(catalog, "tower", owner="ada", checks=("words_disagree",))
    put(catalog, "tower", owner="ada", status=Status.FAILED)
    put(catalog, "tower", owner="ada")
    assert found(find(catalog, chip, viewer)) == found(find(catalog, f"tower {chip}", viewer)) == []


EVERY_FILTER: tuple[Filter, ...] = (
    Equal("owner", "ada"),
    Equal("deleted", True),
    Equal("published", False),
    Equal("status", "failed"),
    Equal("check", "no_words"),
    In("check", ("failed", "no_words")),
    In("status", ("ready", "failed")),
    Not(In("category", ("comics",))),
    Or((Equal("category", "portraits"), Equal("owner", "bob"))),
    And((Equal("owner", "ada"), Not(Equal("check", "no_words")))),
    Or(()),
    And(()),
    Range("created_at", low=NOON),
    Range("created_at", high=NOON),
)


@pytest.mark.parametrize("where", EVERY_FILTER, ids=repr)
def test_a_record_passes_a_filter_where_the_catalog_gives_it(catalog: SqliteCatalog, where: Filter) -> None:
    put(catalog, owner="ada", checks=("no_words",), created_at=NOON)
    put(catalog, owner="ada", status=Status.FAILED, checks=("failed",))
    put(catalog, owner="bob", published=False, category="portraits", deleted_at=NOON)
    every = catalog.page(And(()), Sort("oldest"), None, 10).images
    assert [i.id for i in every if passes(i, where)] == ids(catalog.page(where, Sort("oldest"), None, 10).images)


# --- likeness and pictures ---


def test_more_than_one_example_is_their_common_ground(catalog: SqliteCatalog) -> None:
    red, dark = put(catalog, "", looking(red=0.9)), put(catalog, "", looking(dark=0.9))
    both = put(catalog, "", looking(red=0.8, dark=0.8))
    put(catalog, "", looking(red=0.9, bright=0.9))
    assert found(find(catalog, f"similar:{red.id} similar:{dark.id}"))[0] == both.id


def test_an_example_and_words_together(catalog: SqliteCatalog) -> None:
    red = put(catalog, "", looking(red=0.9, square=0.9))
    dark, bright = (put(catalog, "", looking(red=0.8, square=0.7, **{tone: 0.9})) for tone in ("dark", "bright"))
    assert found(find(catalog, f"similar:{red.id} dark"))[0] == dark.id
    assert found(find(catalog, f"similar:{red.id} bright"))[0] == bright.id
    assert found(find(catalog, f"similar:{red.id} -dark"))[0] == bright.id


def test_a_picture_and_words_together(catalog: SqliteCatalog) -> None:
    door = put(catalog, "a door", looking(red=0.9))
    lamp = put(catalog, "a lamp", looking(red=0.9), category="portraits")
    data = pictures.jpeg(colour="#d13b35")
    for text, first in (("door", door), ("lamp", lamp)):
        results = by_picture(catalog, data, query=parse(text))
        assert found(results)[0] == first.id
        assert results.mode == "meaning+words"
    assert found(by_picture(catalog, data, query=parse("-door"))) == [lamp.id]
    assert found(by_picture(catalog, data, category="comics")) == [door.id]


def test_only_pictures_that_are_nearly_the_same_are_likely_for_a_picture(catalog: SqliteCatalog) -> None:
    red = put(catalog, "", looking(red=0.95, vivid=0.9, warm=0.9, landscape=0.9, bright=0.1, dark=0.1))
    put(catalog, "", looking(blue=0.95, soft=0.9, cool=0.9, portrait=0.9, dark=0.9))
    hits = find(catalog, f"similar:{red.id}").hits
    assert [hit.likely for hit in hits] == [False]


# --- near-duplicates ---


def same(catalog: SqliteCatalog, count: int, words: str = "a red boat", dhash: str = HASH, **more: Any) -> list[Image]:
    return [put(catalog, words, looking(red=0.9), dhash=dhash if n % 2 else NEARLY, **more) for n in range(count)]


def test_near_duplicates_stand_behind_the_first_of_them(catalog: SqliteCatalog) -> None:
    copies = same(catalog, 4)
    other = put(catalog, "a red boat", looking(red=0.9))
    hits = find(catalog, "red boat ").hits
    grouped = next(hit for hit in hits if hit.image.id != other.id)
    assert len(hits) == 2
    assert len(grouped.like) == 3
    assert {grouped.image.id, *grouped.like} == set(ids(copies))


def test_alike_by_hash_alone_or_by_the_model_alone_is_not_the_same_picture(catalog: SqliteCatalog) -> None:
    put(catalog, "boat", looking(red=0.9), dhash=HASH)
    put(catalog, "boat", looking(blue=0.9, dark=0.9, cool=0.9), dhash=HASH)
    put(catalog, "boat", looking(red=0.9))
    put(catalog, "boat", None, dhash=HASH)
    for _ in range(2):
        put(catalog, "boat", looking(green=0.9), dhash="0" * 16)  # plain pictures: their hash says nothing
    assert [hit.like for hit in find(catalog, "boat ").hits] == [()] * 6


def test_paging_is_exact_beside_near_duplicates(catalog: SqliteCatalog) -> None:
    copies = {image.id for image in same(catalog, 5)}
    others = [put(catalog, "a red boat", looking(red=0.5 + n / 40)).id for n in range(12)]
    whole = walk(catalog, "red boat ", 100)
    assert len(whole) == 13
    assert [walk(catalog, "red boat ", size) for size in (1, 2, 5)] == [whole] * 3
    shown = {image_id for image_id, _ in whole}
    assert shown >= set(others)
    assert len(shown & copies) == 1


def test_of_a_deleted_first_the_next_takes_its_place(catalog: SqliteCatalog) -> None:
    copies = same(catalog, 3)
    first = find(catalog, "boat ").hits[0]
    gone = next(image for image in copies if image.id == first.image.id)
    catalog.put(gone.but(deleted_at=NOON), gone.version)
    (hit,) = find(catalog, "boat ").hits
    assert {hit.image.id, *hit.like} == set(ids(copies)) - {gone.id}


def test_a_draft_of_somebody_else_is_not_counted(catalog: SqliteCatalog) -> None:
    same(catalog, 2)
    same(catalog, 1, owner="ada", published=False)
    assert [len(find(catalog, "boat ", viewer).hits[0].like) for viewer in (None, "bob", "ada")] == [1, 1, 2]


def test_look_alikes_leave_the_same_picture_out(catalog: SqliteCatalog) -> None:
    copies = same(catalog, 3)
    other = put(catalog, "", looking(red=0.85))
    assert found(similar(copies[0].id, None, None, 10, catalog, PALETTE)) == [other.id]
    assert found(find(catalog, f"similar:{copies[0].id}")) == [other.id]


def test_copies_are_grouped_while_the_model_sleeps(catalog: SqliteCatalog) -> None:
    catalog.remember("active_space", SPACE)
    east = np.array([1, 0], np.float32)
    for _ in range(3):
        put(catalog, "boat", {SPACE: {"image": east}}, dhash=HASH)
    (hit,) = find(catalog, "boat", "ada", vision=FakeVision(fail=asleep())).hits
    assert len(hit.like) == 2


# --- what is said ---


def said(client: Client, q: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/api/search", params={"q": q}).json()
    return answer


def test_the_answer_says_how_the_query_was_understood(ada: Client) -> None:
    query = said(ada, 'Red boat^2 -"old man" color:#C0392B check:oops')["query"]
    assert query["text"] == 'Red boat^2 -"old man" colour:#c0392b check:oops'
    assert query["parts"][2] == {"kind": "phrase", "text": "old man", "weight": 1.0, "negated": True, "typed": '-"old man"'}
    assert [part["kind"] for part in query["parts"]] == ["word", "word", "phrase", "colour", "word"]
    assert " ".join(part["typed"] for part in query["parts"]) == query["text"]


def test_every_hit_says_why_in_one_sentence(services: Any, visitor: Client) -> None:
    catalog = services.catalog
    put(catalog, "Boats at sea", looking(red=0.9), palette=swatches(red=0.62))
    put(catalog, "a door", looking(red=0.1))
    for q, told in {
        "boat ": "Its words say “Boats”.",
        "boat red ": "Its words say “Boats”, and its colours and light fit.",
        "colour:red": "62 % of it is red.",
        "boat color:#d13b35": "Its words say “Boats”, and 62 % of it is this colour.",
        "": "",
    }.items():
        hits = said(visitor, q)["hits"]
        assert told in {hit["why"]["sentence"] for hit in hits}, q


@pytest.mark.parametrize(
    ("words", "share", "query", "told"),
    [
        ((), 0.0, "", "It looks alike."),
        ((), 0.0, "door", "It looks alike and fits the words."),
        (("door",), 0.0, "door", "Its words say “door”, and it looks alike."),
        ((), 0.3, "door color:#d13b35", "30 % of it is this colour, and it looks alike and fits the words."),
        ((), 0.3, "color:#d13b35", "30 % of it is this colour, and it looks alike."),
    ],
)
def test_of_what_looks_like_a_picture_nothing_is_said_twice(words: tuple[str, ...], share: float, query: str, told: str) -> None:
    said_by_words, shown = (WordsWhy(1, words) if words else None), (ColourWhy(share) if share else None)
    assert sentence(Why(MeaningWhy(1, 2.0, "image"), said_by_words, shown), parse(query), None) == told


def test_where_nothing_fits_the_answer_says_so(services: Any, visitor: Client) -> None:
    put(services.catalog, "sea", looking(blue=0.9))
    nothing = said(visitor, "scarlet ")
    assert (nothing["fits"], [hit["likely"] for hit in nothing["hits"]]) == (False, [False])
    assert nothing["hits"][0]["why"]["sentence"] == "Of all that is left it comes nearest."
    by_words = said(visitor, "sea scarlet ")["hits"][0]
    assert by_words["why"]["meaning"]["z"] < 0.5
    assert by_words["why"]["sentence"] == "Its words say “sea”.", "and nothing of what it only comes near to"
    assert said(visitor, "sea ")["fits"]
    assert said(visitor, "")["fits"]
    assert not said(visitor, "zzz ")["fits"]


def test_pages_after_the_first_still_know_that_something_fitted(services: Any, visitor: Client) -> None:
    for _ in range(3):
        put(services.catalog, "sea", looking(blue=0.9))
    put(services.catalog, "", looking(red=0.1))
    pages, cursor = [], None
    while cursor or not pages:
        params = {"q": "sea scarlet ", "limit": 2} | ({"cursor": cursor} if cursor else {})
        pages.append(visitor.get("/api/search", params=params).json())
        cursor = pages[-1]["next_cursor"]
    assert len(pages) == 2
    assert [page["fits"] for page in pages] == [True, True]
    assert not pages[1]["hits"][-1]["likely"]


def test_copies_are_counted_in_the_answer(services: Any, visitor: Client) -> None:
    copies = ids(same(services.catalog, 3))
    (hit,) = said(visitor, "boat ")["hits"]
    assert hit["like"]["count"] == 2
    assert {hit["image"]["id"], *hit["like"]["ids"]} == set(copies)


def test_a_picture_needs_somebody_who_is_signed_in(ada: Client, visitor: Client) -> None:
    refused = visitor.post("/api/search", content=pictures.jpeg())
    assert (refused.status_code, refused.json()["error"]) == (401, "sign_in_required")
    assert ada.post("/api/search?q=door&limit=3", content=pictures.jpeg()).status_code == 200
    assert ada.post("/api/search", content=b"no picture").status_code == 422
    assert ada.post("/api/search").json()["error"] == "no_picture"


def test_captions_are_highlighted_as_descriptions_are(catalog: SqliteCatalog) -> None:
    put(catalog, "", caption=Caption(text="a lighthouse at night", model="blip", kind="caption"))
    (hit,) = find(catalog, "lighthouse ").hits
    assert hit.why.words
    assert list(hit.why.words.highlights) == ["lighthouse"]
