"""The contract of search once more, as a catalog keeps it for very many images: see sightsync.adapters.scale."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sightsync.adapters.mongo import MongoCatalog
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.ports import Catalog
from tests.contracts.conftest import OpenCatalog
from tests.contracts.test_catalog_search import *  # noqa: F403  # every one of its tests
from tests.small_scale import SMALL


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
