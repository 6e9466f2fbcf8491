"""What every catalog promises about records: versions, duplicates, lists, counters, and what it must remember."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from sightsync.errors import BadRequest, DuplicateImage, ImageChanged
from sightsync.images import AnalysisState, Image, Match, Status, Step, now
from sightsync.ports import And, Calibration, Catalog, Equal, Everything, Filter, In, Not, Or, Order, Range, Sort
from sightsync.records import revise
from tests.contracts.conftest import OpenCatalog
from tests.records import NOON, a_draft, an_image

ORDERS: tuple[Order, ...] = ("newest", "oldest", "disagreement", "shuffle")


def put(catalog: Catalog, **changes: object) -> Image:
    return catalog.put(an_image(**changes), 0)


def ids(images: object) -> list[str]:
    return [image.id for image in images]  # type: ignore[attr-defined]  # images or anything that has them


def listed(catalog: Catalog, where: Filter = Everything, sort: Sort = Sort(), size: int = 50) -> list[str]:  # noqa: B008  # frozen
    """All ids of a list, read page by page."""
    found: list[str] = []
    cursor = None
    while True:
        page = catalog.page(where, sort, cursor, size)
        assert len(page.images) <= size
        found += ids(page.images)
        cursor = page.next_cursor
        if cursor is None:
            return found


# --- versions ---


def test_a_record_comes_back_as_it_was_put(catalog: Catalog) -> None:
    image = an_image(
        title="Ünïcode 東京 🎈 \u202eright to left",
        description="line\none <script>'\"; DROP TABLE images --",
        match=Match(verdict="partly", z=-0.25, score=61.5),
        steps=(Step(name="received", outcome="ok", ms=3, at=NOON),),
        checks=("uncategorised",),
    )
    stored = catalog.put(image, 0)
    assert stored == image.but(version=1, updated_at=stored.updated_at)
    assert stored.updated_at > image.updated_at
    assert catalog.get(image.id) == stored


def test_each_write_carries_the_version_it_replaces(catalog: Catalog) -> None:
    first = put(catalog)
    second = catalog.put(first.but(title="Evening"), 1)
    assert second.version == 2
    for stale in (0, 1, 3):
        with pytest.raises(ImageChanged):
            catalog.put(first.but(title="Morning"), stale)
    assert catalog.get(first.id) == second


def test_a_record_that_is_not_there_has_version_zero(catalog: Catalog) -> None:
    with pytest.raises(ImageChanged):
        catalog.put(an_image(), 1)
    gone = put(catalog)
    catalog.delete(gone.id)
    with pytest.raises(ImageChanged):
        catalog.put(gone, 1)
    assert catalog.get(gone.id) is None
    assert catalog.put(gone, 0).version == 1


def test_many_writers_lose_no_update(open_catalog: OpenCatalog) -> None:
    catalogs = [open_catalog() for _ in range(3)]
    image = put(catalogs[0], tags=())

    def tag(number: int) -> None:
        done = None
        while done is None:
            try:
                current = catalogs[number % 3].get(image.id)
                assert current is not None
                done = catalogs[number % 3].put(current.but(tags=(*current.tags, f"t{number}")), current.version)
            except ImageChanged:
                continue

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(tag, range(60)))
    stored = catalogs[0].get(image.id)
    assert stored is not None
    assert stored.version == 61
    assert sorted(stored.tags) == sorted(f"t{number}" for number in range(60))


def test_revise_writes_over_the_newest_record(catalog: Catalog) -> None:
    image = put(catalog)
    catalog.put(image.but(title="By its owner"), 1)
    stored = revise(catalog, image.id, lambda current: current.but(analysis=AnalysisState.FAILED))
    assert stored is not None
    assert (stored.title, stored.analysis, stored.version) == ("By its owner", AnalysisState.FAILED, 3)


# --- duplicates ---


def test_one_owner_has_one_live_ready_image_of_the_same_bytes(catalog: Catalog) -> None:
    first = put(catalog, sha256="a" * 64)
    with pytest.raises(DuplicateImage) as refused:
        put(catalog, sha256="a" * 64)
    assert refused.value.existing_id == first.id
    put(catalog, sha256="a" * 64, owner="ada")
    waiting = catalog.put(a_draft(sha256="a" * 64), 0)
    with pytest.raises(DuplicateImage):
        catalog.put(waiting.but(status=Status.READY), 1)
    assert catalog.get(waiting.id) == waiting


def test_an_image_is_no_duplicate_of_itself_nor_of_one_in_the_bin(catalog: Catalog) -> None:
    first = put(catalog, sha256="a" * 64)
    first = catalog.put(first.but(title="Again", deleted_at=NOON), 1)
    second = put(catalog, sha256="a" * 64)
    with pytest.raises(DuplicateImage) as refused:
        catalog.put(first.but(deleted_at=None), 2)
    assert refused.value.existing_id == second.id
    catalog.delete(second.id)
    assert catalog.put(first.but(deleted_at=None), 2).version == 3


def test_images_without_a_hash_are_never_duplicates(catalog: Catalog) -> None:
    put(catalog, sha256=None)
    put(catalog, sha256=None)
    assert len(listed(catalog)) == 2


def test_images_of_the_same_bytes_come_ready_first_then_oldest(catalog: Catalog) -> None:
    waiting = [catalog.put(a_draft(sha256="a" * 64, created_at=NOON + timedelta(hours=h)), 0) for h in (2, 1)]
    ready = put(catalog, sha256="a" * 64, created_at=NOON + timedelta(hours=3))
    put(catalog, sha256="a" * 64, owner="ada")
    put(catalog, sha256="a" * 64, deleted_at=NOON)
    put(catalog, sha256="b" * 64)
    assert ids(catalog.by_sha256("local", "a" * 64)) == [ready.id, waiting[1].id, waiting[0].id]


# --- reading ---


def test_images_come_in_the_order_asked(catalog: Catalog) -> None:
    images = [put(catalog) for _ in range(4)]
    asked = [images[2].id, "nobody", images[0].id, images[3].id]
    assert catalog.get_many(asked) == [images[2], images[0], images[3]]
    assert catalog.get_many([]) == []
    assert len(catalog.get_many([str(number) for number in range(2000)] + [images[1].id])) == 1


def test_a_deleted_record_leaves_nothing_behind(catalog: Catalog) -> None:
    image = catalog.put(an_image(), 0, {"palette@1": {"image": np.array([1, 0], np.float32)}})
    catalog.delete(image.id)
    catalog.delete("nobody")
    assert catalog.get(image.id) is None
    assert catalog.get_many([image.id]) == []
    assert listed(catalog) == []
    assert catalog.vectors([image.id], "palette@1") == {}
    assert catalog.counts(Everything, "category") == {}


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


# --- what must outlive a process ---


def test_a_calibration_outlives_the_process(open_catalog: OpenCatalog) -> None:
    means = {name: np.arange(3, dtype=np.float32) / n for n, name in enumerate(("mean_image", "mean_text", "generic_text"), 1)}
    written = Calibration("clip@1", "v1", **means, scale_image_text=0.1, scale_text_text=0.2, scale_image_image=0.3, a=2, b=1.2)
    open_catalog().put_calibration(written)
    read = open_catalog().calibration("clip@1")
    assert read is not None
    for name, mean in means.items():
        array = getattr(read, name)
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, mean)
    assert (read.space, read.version, read.a, read.b, read.scale_text_text, read.fitted) == ("clip@1", "v1", 2, 1.2, 0.2, False)
    assert open_catalog().calibration("other") is None


def test_a_newer_calibration_replaces_the_older(catalog: Catalog) -> None:
    mean = np.zeros(2, np.float32)
    for version in ("v1", "v2"):
        catalog.put_calibration(Calibration("clip@1", version, mean, mean, mean, 1, 1, 1, 2, 1.2))
    read = catalog.calibration("clip@1")
    assert read is not None
    assert read.version == "v2"


@pytest.mark.parametrize("value", ["clip@1", 3, 2.5, None, True, [1, {"a": ["é", "\0"]}], {}, ""])
def test_what_is_remembered_is_recalled_by_another_process(open_catalog: OpenCatalog, value: object) -> None:
    first = open_catalog()
    first.remember("active_space", "before")
    first.remember("active_space", value)
    assert open_catalog().recall("active_space") == value
    assert first.recall("nothing") is None


def test_a_counter_adds_up_and_starts_again_once_expired(catalog: Catalog) -> None:
    later = now() + timedelta(hours=1)
    assert catalog.add("quota:ada", 3, later) == 3
    assert catalog.add("quota:ada", 20 * 1024**3, later) == 3 + 20 * 1024**3
    assert catalog.add("quota:bob", 1, now() - timedelta(seconds=1)) == 1
    assert catalog.add("quota:bob", 1, later) == 1
    assert catalog.add("quota:bob", -1, later) == 0


def test_no_count_is_lost_among_many_threads(open_catalog: OpenCatalog) -> None:
    catalogs = [open_catalog(), open_catalog()]
    later = now() + timedelta(hours=1)
    with ThreadPoolExecutor(8) as threads:
        totals = list(threads.map(lambda n: catalogs[n % 2].add("budget", 1, later), range(200)))
    assert sorted(totals) == list(range(1, 201))


def test_a_healthy_catalog_says_nothing(catalog: Catalog) -> None:
    catalog.health()
