"""Colours by hex: what shows one, whatever it is called, and what a hit says of it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.colours import oklab
from sightsync.images import Swatch
from sightsync.ports import Everything
from sightsync.rankings import LEAST_SHARE, LIKELY_SHARE, WINDOW, ColourRanking, closeness
from sightsync.search_says import sentence
from sightsync.swatches import name_of
from tests.test_search import find, found, put, swatches, walk


class ByRecords(SqliteCatalog):
    """Tells no shades at once, as a server that knows no OKLab: records are looked through then."""

    def shades(self, *_: object) -> None:  # type: ignore[override]  # as the port has it
        return None


@pytest.fixture(params=[SqliteCatalog, ByRecords])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteCatalog]:
    catalog: SqliteCatalog = request.param(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


TAN = "#d2b48c"  # called brown, though the best examples of most other names are nearer to it than that of brown


def test_a_colour_by_hex_finds_that_very_colour_whatever_it_is_called(catalog: SqliteCatalog) -> None:
    assert name_of(np.array(oklab(TAN))) == "brown"
    tan = put(catalog, "a door", palette=(Swatch(hex=TAN, name="brown", share=0.5),))
    reds = [put(catalog, "a door", palette=swatches(red=1.0)).id for _ in range(2)]
    assert found(find(catalog, f"door color:{TAN}")) == [tan.id]
    assert [hit.image.id for hit in find(catalog, f"color:{TAN}").hits if hit.likely] == [tan.id]
    assert set(found(find(catalog, f"door -color:{TAN}"))) == set(reds)


def test_what_shows_a_colour_by_hex_is_the_same_as_an_order_as_a_demand_and_refused(catalog: SqliteCatalog) -> None:
    """Swatches of every kind, more than are looked at one by one: those of the colour's own name are looked at first."""
    random = np.random.default_rng(2)
    for n, share in enumerate(random.uniform(0.01, 1, WINDOW + 60)):
        rgb = random.integers(0, 256, 3) if n % 2 else np.clip(random.normal((210, 180, 140), 20), 0, 255)
        colour = "#{:02x}{:02x}{:02x}".format(*map(int, rgb))
        palette = (Swatch(hex=colour, name=name_of(np.array(oklab(colour))), share=round(float(share), 4)),)
        put(catalog, "", id=f"{n:03}", palette=palette)
    ids = [f"{n:03}" for n in range(WINDOW + 60)]
    shown = {image.id for image in catalog.get_many(ids) if closeness(image, TAN)[1] >= LEAST_SHARE}
    ranking = ColourRanking((TAN,), catalog, Everything)
    order = [place.image_id for place in ranking.first(1000)]
    assert shown == set(ranking.of(ids))
    assert shown <= set(order)
    assert all(ranking.first(limit) == ranking.first(1000)[:limit] for limit in (1, 7, WINDOW, WINDOW + 1))
    refused = {image_id for image_id, _ in walk(catalog, f"-color:{TAN}", 50)}
    assert refused == set(ids) - shown
    told = {hit.image.id: hit for hit in find(catalog, f"color:{TAN}", limit=100).hits}
    assert {i for i, hit in told.items() if hit.likely} == {i for i in told if closeness(told[i].image, TAN)[1] >= LIKELY_SHARE}


def test_a_hit_says_how_much_of_it_is_the_colour_however_far_down_it_stands(catalog: SqliteCatalog) -> None:
    """Of those beyond the window no swatch was looked at for the order: the sentence is of the picture all the same."""
    for n in range(WINDOW + 3):
        put(catalog, id=f"{n:03}", palette=swatches(red=1.0))
    last = put(catalog, id="last", palette=swatches(crimson=0.4, blue=0.6))
    none = put(catalog, id="none", palette=swatches(pink=0.3, blue=0.7))
    told, cursor = {}, None
    while cursor or not told:
        page = find(catalog, "color:#d13b35", limit=100, cursor=cursor)
        told |= {hit.image.id: hit.why for hit in page.hits}
        cursor = page.next_cursor
    assert sentence(told[last.id], page.query, None) == "40 % of it is this colour."
    assert sentence(told[none.id], page.query, None) == "Its colours only come near."
