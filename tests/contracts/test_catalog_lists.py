"""What every catalog promises about lists: filters, the four orders, cursors, and counts."""

from datetime import timedelta
from itertools import pairwise

import pytest

from sightsync.errors import BadRequest
from sightsync.images import Match, Status, now
from sightsync.ports import And, Catalog, Equal, Everything, Filter, In, Not, Or, Order, Range, Sort
from tests.records import NOON, a_draft, ids, listed, put

ORDERS: tuple[Order, ...] = ("newest", "oldest", "disagreement", "shuffle")


# --- filters ---


def test_filters_choose_by_each_field(catalog: Catalog) -> None:
    ready = put(catalog, id="ready", category="comics", checks=("no_words",), sample=True)
    draft = catalog.put(a_draft(id="draft", owner="ada", created_at=NOON - timedelta(days=1)), 0)
    binned = put(catalog, id="binned", deleted_at=NOON, checks=("no_words", "uncategorised"))
    cases: list[tuple[Filter, set[str]]] = [
        (Everything, {"ready", "draft", "binned"}),
        (Equal("id", "draft"), {"draft"}),
        (Equal("owner", "ada"), {"draft"}),
        (Equal("status", "ready"), {"ready", "binned"}),
        (Equal("status", Status.WAITING), {"draft"}),
        (Equal("analysis", "pending"), {"draft"}),
        (Equal("published", False), {"draft"}),
        (Equal("category", "comics"), {"ready"}),
        (Equal("sample", True), {"ready"}),
        (Equal("deleted", True), {"binned"}),
        (Equal("check", "no_words"), {"ready", "binned"}),
        (Equal("check", "near_duplicate"), set()),
        (Equal("created_at", draft.created_at), {"draft"}),
        (In("check", ("uncategorised", "failed")), {"binned"}),
        (In("id", ("ready", "draft")), {"ready", "draft"}),
        (In("id", ()), set()),
        (Range("created_at", high=NOON), {"draft"}),
        (Range("created_at", ready.created_at, binned.created_at), {"ready"}),
        (Range("updated_at", low=now() + timedelta(hours=1)), set()),
        (Not(Equal("check", "no_words")), {"draft"}),
        (And((Equal("deleted", False), Not(Equal("owner", "ada")))), {"ready"}),
        (Or((Equal("owner", "ada"), Equal("deleted", True))), {"draft", "binned"}),
        (Or(()), set()),
        (Not(Or(())), {"ready", "draft", "binned"}),
    ]
    for where, expected in cases:
        assert set(listed(catalog, where)) == expected, where


@pytest.mark.parametrize(
    "where",
    [
        Equal("title", "x"),  # type: ignore[arg-type]  # what a careless caller may pass
        Equal("1=1 OR id", "x"),  # type: ignore[arg-type]  # the same
        In("json", ("x",)),  # type: ignore[arg-type]  # the same
        Range("owner"),
        Range("nothing"),  # type: ignore[arg-type]  # the same
        Equal("published", "yes"),
        Equal("owner", True),
        And((Or((Not(Equal("no", "x")),)),)),  # type: ignore[arg-type]  # the same
    ],
)
def test_an_unknown_field_or_a_wrong_type_is_refused(catalog: Catalog, where: Filter) -> None:
    with pytest.raises(ValueError):
        catalog.page(where, Sort(), None, 10)


def test_what_people_type_is_only_ever_data(catalog: Catalog) -> None:
    put(catalog, owner="x' OR '1'='1", category="%")
    assert listed(catalog, Equal("owner", "x' OR '1'='1")) != []
    for typed in ("' OR 1=1 --", "%", "_", "x", "x\0", "*", '"'):
        assert listed(catalog, Equal("owner", typed)) == []


# --- pages ---


def test_newest_and_oldest_come_in_order_of_time_then_id(catalog: Catalog) -> None:
    for name, second in (("b", 1), ("c", 1), ("a", 1), ("late", 2), ("early", 0)):
        put(catalog, id=name, created_at=NOON + timedelta(seconds=second))
    assert listed(catalog, sort=Sort("newest"), size=2) == ["late", "c", "b", "a", "early"]
    assert listed(catalog, sort=Sort("oldest"), size=2) == ["early", "a", "b", "c", "late"]


def test_microseconds_count_in_the_order(catalog: Catalog) -> None:
    for name, micro in (("b", 2), ("a", 3), ("c", 1)):
        put(catalog, id=name, created_at=NOON + timedelta(microseconds=micro))
    assert listed(catalog, sort=Sort("oldest"), size=1) == ["c", "b", "a"]


def test_the_worst_match_comes_first_and_images_without_one_last(catalog: Catalog) -> None:
    for name, z in (("b", None), ("low", -2.5), ("a", None), ("high", 3.0), ("also low", -2.5)):
        put(catalog, id=name, match=None if z is None else Match(verdict="partly", z=z))
    put(catalog, id="c", match=Match(verdict="unknown", reason="no_vector"))
    assert listed(catalog, sort=Sort("disagreement"), size=2) == ["also low", "low", "high", "a", "b", "c"]


def test_a_shuffle_is_stable_for_its_seed_and_another_for_the_next(catalog: Catalog) -> None:
    images = {put(catalog).id for _ in range(60)}
    one = listed(catalog, sort=Sort("shuffle", 1), size=7)
    assert set(one) == images
    assert len(one) == 60
    assert listed(catalog, sort=Sort("shuffle", 1), size=50) == one
    two = listed(catalog, sort=Sort("shuffle", 2))
    assert set(two) == images
    neighbours = [set(pairwise(order)) for order in (one, two)]
    assert len(neighbours[0] & neighbours[1]) < 10  # no mere rotation of the other


@pytest.mark.parametrize("order", ORDERS)
def test_images_that_come_between_two_pages_move_no_other(catalog: Catalog, order: Order) -> None:
    before = [put(catalog, match=Match(verdict="partly", z=n / 7)).id for n in range(20)]
    sort = Sort(order, 5)
    whole = listed(catalog, sort=sort)
    first = catalog.page(Everything, sort, None, 8)
    for n in range(10):
        put(catalog, match=Match(verdict="partly", z=n / 3), created_at=NOON + timedelta(days=n - 5))
    catalog.delete(first.images[-1].id)  # the very image that the cursor names
    rest: list[str] = []
    cursor = first.next_cursor
    while cursor:
        page = catalog.page(Everything, sort, cursor, 8)
        rest += ids(page.images)
        cursor = page.next_cursor
    assert [image for image in rest if image in before] == whole[8:]
    assert len(rest) == len(set(rest))


@pytest.mark.parametrize("order", ORDERS)
def test_the_last_page_has_no_cursor(catalog: Catalog, order: Order) -> None:
    assert catalog.page(Everything, Sort(order), None, 3).next_cursor is None
    for _ in range(3):
        put(catalog)
    page = catalog.page(Everything, Sort(order), None, 3)
    assert len(page.images) == 3
    assert page.next_cursor is None


GARBAGE = ("", " ", "x", "é", "\0", "W10", "bnVsbA", "e30", "=" * 8, "W" * 100_000, "WyJuZXdlc3QiLG51bGwsImEiXQ", "\ud800")


@pytest.mark.parametrize("order", ORDERS)
def test_a_cursor_that_is_garbage_is_a_bad_cursor(catalog: Catalog, order: Order) -> None:
    put(catalog)
    put(catalog)
    own = catalog.page(Everything, Sort(order), None, 1).next_cursor
    assert own is not None
    for garbage in (*GARBAGE, own[:-1], own + "A", own + "=", own.swapcase()):
        with pytest.raises(BadRequest) as refused:
            catalog.page(Everything, Sort(order), garbage, 1)
        assert refused.value.code == "bad_cursor"


def test_a_cursor_of_another_sort_is_a_bad_cursor(catalog: Catalog) -> None:
    put(catalog)
    put(catalog)
    sorts = [Sort("newest"), Sort("oldest"), Sort("disagreement"), Sort("shuffle", 1), Sort("shuffle", 2)]
    for one in sorts:
        cursor = catalog.page(Everything, one, None, 1).next_cursor
        for other in sorts:
            if other != one:
                with pytest.raises(BadRequest) as refused:
                    catalog.page(Everything, other, cursor, 1)
                assert refused.value.code == "bad_cursor"


# --- counts ---


def test_counts_are_by_category_check_status_and_analysis(catalog: Catalog) -> None:
    put(catalog, category="comics", checks=("no_words", "uncategorised"))
    put(catalog, category="comics", checks=("no_words",))
    catalog.put(a_draft(category="portraits"), 0)
    put(catalog, deleted_at=NOON)
    live = Equal("deleted", False)
    assert catalog.counts(live, "category") == {"comics": 2, "portraits": 1}
    assert catalog.counts(live, "check") == {"no_words": 2, "uncategorised": 1}
    assert catalog.counts(live, "status") == {"ready": 2, "waiting": 1}
    assert catalog.counts(Everything, "analysis") == {"done": 3, "pending": 1}


def test_checks_follow_the_record(catalog: Catalog) -> None:
    image = put(catalog, checks=("no_words", "near_duplicate"))
    catalog.put(image.but(checks=("near_duplicate",)), 1)
    assert catalog.counts(Everything, "check") == {"near_duplicate": 1}
    assert listed(catalog, Equal("check", "no_words")) == []
