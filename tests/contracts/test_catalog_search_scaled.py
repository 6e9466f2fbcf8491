"""The contract of search once more, as a catalog keeps it for very many images: see sightsync.adapters.scale."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sightsync.adapters.mongo import MongoCatalog
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.ports import Catalog, Equal
from tests.contracts.conftest import OpenCatalog
from tests.contracts.test_catalog_search import *  # noqa: F403  # every one of its tests
from tests.contracts.test_catalog_search import found, written
from tests.small_scale import SMALL

pytestmark = pytest.mark.slow  # the whole contract once more


@pytest.fixture(params=["sqlite", "mongo"])
def open_catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenCatalog]:
    opened: list[Catalog] = []
    address = request.getfixturevalue("mongodb") if request.param == "mongo" else None

    def catalog() -> Catalog:
        opened.append(MongoCatalog(address, SMALL) if address else SqliteCatalog(tmp_path / "catalog.db", scale=SMALL))
        return opened[-1]

    yield catalog
    for each in opened:
        each.close()


# --- instead of two of them: equals come by id there, and by number here, for it would take long to look up the ids of all


def newest_first(catalog: Catalog, *names: str) -> list[str]:
    return sorted(names, key=names.index, reverse=isinstance(catalog, SqliteCatalog))


def test_equally_good_images_come_by_id(catalog: Catalog) -> None:
    for name in ("c", "a", "b"):
        written(catalog, name, description="a red fox")
    assert found(catalog, "fox", limit=2) == (["b", "a"] if isinstance(catalog, SqliteCatalog) else ["a", "b"])


def test_words_keep_within_the_filter_and_the_filter_comes_before_the_limit(catalog: Catalog) -> None:
    for n in range(30):
        written(catalog, f"{n:02}", title="fox" if n < 25 else "", description="fox", category="comics" if n > 25 else "portraits")
    comics = ["26", "27", "28", "29"]
    assert found(catalog, "fox", where=Equal("category", "comics"), limit=4) == newest_first(catalog, *comics)
    assert len(found(catalog, "fox", where=Equal("category", "comics"), limit=2)) == 2
    assert found(catalog, "fox", where=Equal("owner", "ada")) == []
