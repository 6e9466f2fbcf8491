"""Page after page of one search, each answered by another process: where meaning points travels in the cursor."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.decoder import decoder
from sightsync.directions import Direction
from sightsync.errors import BadRequest
from sightsync.pinned import ROOM, pin, unpin
from sightsync.query import parse
from sightsync.search import Results, search, search_by_picture
from sightsync.search_cursor import MARK_BYTES, MAX_CURSOR, Cursor
from sightsync.search_walk import MOST_FUSED
from tests import pictures
from tests.fakes import SPACE, FakeVision, asleep
from tests.geometry import Geometry
from tests.records import an_image

IMAGES = 420  # twice the window
GEOMETRY = Geometry(seed=2, dim=512)
SCALE = replace(GEOMETRY.calibration(), space=SPACE)
TEXTS = dict(zip(("a boat", "cat", "old dog"), GEOMETRY.texts(*GEOMETRY.scenes(3)).astype(np.float32), strict=True))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(Path(tmp_path_factory.mktemp("pinned")) / "catalog.db")
    catalog.put_calibration(SCALE)
    for n, vector in enumerate(GEOMETRY.pictures(*GEOMETRY.scenes(IMAGES)).astype(np.float32)):
        catalog.put(
            an_image(id=f"{n:03}", title="", description="boat" if n % 9 == 0 else "", tags=()), 0, {SPACE: {"image": vector}}
        )
    yield catalog
    catalog.close()


def process(awake: bool) -> FakeVision:
    """A model that only this process knows: what another was told is not remembered here, nor in the catalog."""
    return FakeVision(
        vector=lambda thing: TEXTS["a boat"] if isinstance(thing, bytes) else TEXTS.get(thing),
        fail=None if awake else asleep(),
        scale=SCALE,
    )


def told(pages: list[Results]) -> list[Any]:
    return [(hit.image.id, hit.likely, hit.why.meaning) for page in pages for hit in page.hits]


@pytest.mark.parametrize("text", ["a boat ", "a boat -cat ", 'a boat -cat^2 -"old dog" '])
def test_a_model_that_sleeps_from_the_second_page_on_changes_nothing_in_a_process_that_never_asked_it(
    catalog: SqliteCatalog, text: str
) -> None:
    whole = walk(catalog, text, lambda number: process(awake=True))
    paged = walk(catalog, text, lambda number: process(awake=number == 0))
    assert [page.mode for page in paged] == ["meaning+words"] * len(paged)
    assert [page.reason for page in paged] == [None] * len(paged)
    assert told(paged) == told(whole)
    assert sorted(image_id for image_id, _, _ in told(paged)) == [f"{n:03}" for n in range(IMAGES)]


def walk(catalog: SqliteCatalog, text: str, vision: Any) -> list[Results]:
    found = [search(parse(text), None, "ada", None, 60, catalog, vision(0))]
    while cursor := found[-1].next_cursor:
        assert len(cursor) <= MAX_CURSOR
        found.append(search(parse(text), None, "ada", cursor, 60, catalog, vision(len(found))))
    return found


def test_a_search_by_picture_goes_on_while_the_model_sleeps_and_shows_it_nothing_twice(catalog: SqliteCatalog) -> None:
    data, first, later = pictures.jpeg(), process(awake=True), process(awake=False)
    found = [search_by_picture(data, "ada", None, 100, catalog, first, decoder())]
    while cursor := found[-1].next_cursor:
        found.append(search_by_picture(data, "ada", cursor, 100, catalog, later, decoder()))
    assert {page.mode for page in found} == {"meaning+words"}
    assert sorted(image_id for image_id, _, _ in told(found)) == [f"{n:03}" for n in range(IMAGES)]
    assert later.calls == []


def a_direction(seed: int, dimensions: int = 512) -> Direction:
    vector = np.random.default_rng(seed).normal(size=dimensions)
    return Direction(SPACE, (vector / np.linalg.norm(vector)).astype(np.float32), "image", 0.7, 0.1, 0.03, 1.2, 2.0, SCALE)


def test_a_cursor_with_all_that_it_can_hold_fits_into_an_address() -> None:
    pinned = pin(a_direction(0), [a_direction(1), a_direction(2)])
    assert 0 < len(pinned) <= ROOM
    full = Cursor(
        "f" * 18, "s" * 80, "vision_asleep", b"m" * MARK_BYTES * MOST_FUSED, "words:10", 10**6, "i" * 36, pinned=b"p" * ROOM
    )
    assert len(full.encode()) <= MAX_CURSOR
    assert pin(a_direction(0), [a_direction(n) for n in range(1, 8)]) == b"", "more are asked for again"


def test_a_pinned_direction_is_the_same_however_often_it_is_carried() -> None:
    wanted, (unwanted,) = unpin(pin(a_direction(0), [a_direction(1)]), SPACE, SCALE)
    assert wanted is not None
    assert abs(wanted.vector - a_direction(0).vector).max() < 1e-4
    assert (wanted.length, wanted.least, wanted.weight, wanted.against) == (0.7, 1.2, 2.0, "image")
    assert pin(wanted, [unwanted]) == pin(a_direction(0), [a_direction(1)])


@pytest.mark.parametrize(
    "pinned",
    [
        pin(a_direction(0), [])[:-2],
        pin(a_direction(0), []) + b"xx",
        b"\x02" + pin(a_direction(0), [])[1:],
        b"\x01" + b"\xff" * (len(pin(a_direction(0), [])) - 1),
        b"\x01",
    ],
)
def test_what_is_no_direction_of_the_space_is_a_bad_cursor(catalog: SqliteCatalog, pinned: bytes) -> None:
    first = search(parse("a boat "), None, "ada", None, 5, catalog, process(awake=True))
    assert first.next_cursor
    from sightsync.search_cursor import decode, fingerprint

    place = decode(first.next_cursor, fingerprint("query", str(parse("a boat ")), None))
    with pytest.raises(BadRequest) as refused:
        search(parse("a boat "), None, "ada", replace(place, pinned=pinned).encode(), 5, catalog, process(awake=True))
    assert refused.value.code == "bad_cursor"
