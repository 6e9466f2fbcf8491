"""The adapters under contract: each suite runs once for every adapter of its port."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sightsync.ports import Catalog

OpenCatalog = Callable[[], Catalog]


@pytest.fixture(params=["sqlite", "mongo"])
def open_catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenCatalog]:
    """Opens a further catalog on the same data at each call, as another process would."""
    opened: list[Catalog] = []

    def sqlite() -> Catalog:
        from sightsync.adapters.sqlite import SqliteCatalog

        opened.append(SqliteCatalog(tmp_path / "data" / "catalog.db"))
        return opened[-1]

    def mongo() -> Catalog:
        from sightsync.adapters.mongo import MongoCatalog

        opened.append(MongoCatalog(address))
        return opened[-1]

    address = request.getfixturevalue("mongodb") if request.param == "mongo" else ""
    yield {"sqlite": sqlite, "mongo": mongo}[request.param]
    for catalog in opened:
        catalog.close()


@pytest.fixture
def catalog(open_catalog: OpenCatalog) -> Catalog:
    return open_catalog()
