"""The contract of search once more, where the server searches by itself, as far as its manual tells: see tests/atlas.py."""

from collections.abc import Iterator

import pytest

from tests.atlas import CatalogOnAtlas
from tests.contracts.conftest import OpenCatalog
from tests.contracts.test_catalog_search import *  # noqa: F403  # every one of its tests

pytestmark = pytest.mark.slow  # the whole contract once more


@pytest.fixture
def open_catalog(mongodb: str) -> Iterator[OpenCatalog]:
    opened: list[CatalogOnAtlas] = []

    def catalog() -> CatalogOnAtlas:
        opened.append(CatalogOnAtlas(mongodb))
        return opened[-1]

    yield catalog
    for each in opened:
        each.close()
