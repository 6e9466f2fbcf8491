"""What people who use galleries like this one complain of, each answered by a test that bears its name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.ports import Calibration
from sightsync.query import parse
from sightsync.search import search
from tests.conftest import Client
from tests.fakes import SPACE, FakeVision
from tests.records import an_image
from tests.test_search import find, found, looking, put, walk


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


def test_no_score_is_shown_so_nobody_knows_why(services: Any, visitor: Client) -> None:
    """Every hit says why in words, and beside them the ranks, the place on the scale and the words that were found."""
    put(services.catalog, "a scarlet door", looking(red=0.9))
    (hit,) = visitor.get("/api/search", params={"q": "scarlet "}).json()["hits"]
    assert hit["why"]["sentence"] == "Its words say “scarlet”, and its colours and light fit."
    assert hit["why"]["words"] == {"rank": 1, "highlights": ["scarlet"]}
    assert hit["why"]["meaning"]["rank"] == 1
    assert hit["why"]["meaning"]["z"] > 1


def test_there_is_no_cutoff_and_everything_matches_everything(catalog: SqliteCatalog) -> None:
    """A line parts what is likely from what only comes nearest; where nothing is likely, the answer says so."""
    red = put(catalog, "", looking(red=0.9))
    others = [put(catalog, "", looking(blue=0.5 + n / 20)).id for n in range(8)]
    results = find(catalog, "scarlet ")
    assert [hit.image.id for hit in results.hits if hit.likely] == [red.id]
    assert set(found(results)[1:]) == set(others)
    assert not find(catalog, "yellow ").fits


def test_descriptions_are_not_searched(catalog: SqliteCatalog) -> None:
    lighthouse = put(catalog, "We waited for hours until the keeper of the lighthouse came down")
    put(catalog, "a harbour")
    (hit,) = find(catalog, "lighthouse keeper ").hits
    assert hit.image.id == lighthouse.id
    assert hit.why.words
    assert list(hit.why.words.highlights) == ["keeper", "lighthouse"]


def test_nothing_can_be_negated(catalog: SqliteCatalog) -> None:
    put(catalog, "a red boat", looking(red=0.9))
    lamp = put(catalog, "a red lamp", looking(red=0.9))
    less = put(catalog, "a lamp", looking(red=0.9, dark=0.9))
    assert set(found(find(catalog, "lamp red -boat "))) == {lamp.id, less.id}
    assert found(find(catalog, "lamp -dark ")) == [lamp.id, less.id]
    assert not find(catalog, "lamp -dark ").hits[1].likely


def test_results_are_capped(catalog: SqliteCatalog) -> None:
    """Past the lists that are fused, and past any page, the order goes on to the last picture."""
    for n in range(450):
        put(catalog, "lamp" if n % 3 else "", looking(red=n / 450))
    assert len({image_id for image_id, _ in walk(catalog, "red lamp", 100)}) == 450


def test_the_first_query_is_slow(tmp_path: Path) -> None:
    """A gallery that was just opened answers its first search whole, by meaning too, and asks the model for the words alone.

    How long both take is measured by `./sightsync bench search`.
    """
    random = np.random.default_rng(1)
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    for n in range(120):
        vector = random.standard_normal(64).astype(np.float32)
        catalog.put(an_image(id=f"{n:03}"), 0, {SPACE: {"image": vector / np.linalg.norm(vector)}})
    catalog.close()
    nowhere, east = np.zeros(64, np.float32), np.eye(64, dtype=np.float32)[0]
    scale = Calibration(SPACE, "1", nowhere, nowhere, nowhere, 0.1, 0.1, 0.1, 2.0, 1.2)
    vision = FakeVision(vector=lambda _: east, scale=scale)
    fresh = SqliteCatalog(tmp_path / "catalog.db")
    first, second = (search(parse("boat "), None, None, None, 24, fresh, vision) for _ in range(2))
    fresh.close()
    assert (first.mode, len(first.hits)) == ("meaning+words", 24)
    assert found(first) == found(second)
    assert vision.calls == [("embed", 1)]
