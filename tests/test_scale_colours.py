"""Colours in a gallery of very many images: summed and ranked in memory, and never behind what is written."""

from pathlib import Path
from random import Random

import pytest

from sightsync.adapters.palette import PaletteVision
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.images import Swatch
from sightsync.ports import Equal, Everything
from sightsync.query import parse
from sightsync.rankings import closeness
from sightsync.search import search
from tests.records import NOON, an_image
from tests.small_scale import SMALL

NAMES = {"red": "#d13b35", "orange": "#e07b28", "yellow": "#e3bf2f", "blue": "#2f55c0"}


def shows(random: Random) -> tuple[Swatch, ...]:
    some = random.sample(sorted(NAMES), 2)
    return tuple(Swatch(hex=NAMES[name], name=name, share=random.randrange(1, 5000) / 10_000) for name in some)


def test_colours_in_memory_are_those_of_the_database_through_every_change(tmp_path: Path) -> None:
    random, images = Random(3), {}
    many, few = SqliteCatalog(tmp_path / "catalog.db", scale=SMALL), SqliteCatalog(tmp_path / "catalog.db")
    for step in range(60):
        name = f"{random.randrange(20):02}"
        known = images.pop(name, None)
        if known and random.random() < 0.3:
            many.delete(name)
        else:
            fields = {"palette": shows(random), "category": random.choice(("comics", "portraits"))}
            fields |= {"deleted_at": NOON if random.random() < 0.2 else None}
            image = known.but(**fields) if known else an_image(id=name, **fields)
            images[name] = many.put(image, image.version)
        for asked in (["red"], ["red", "blue", "yellow"], ["nothing"]):
            for where in (Everything, Equal("category", "comics")):
                told, truth = (
                    sorted((hit.image_id, round(hit.share, 6)) for hit in catalog.coloured(asked, where, 99))
                    for catalog in (many, few)
                )
                assert told == truth, (step, asked, where)
        by_shade = [(hit.image_id, hit.close, hit.share) for hit in many.shades("#e02020", 0.14, 0.0, Everything, 99)]
        kept = [image for image in images.values() if image.deleted_at is None]
        truth = {image.id: closeness(image, "#e02020") for image in kept}
        assert {image_id for image_id, _, _ in by_shade} == {image_id for image_id, (close, _) in truth.items() if close > 1e-6}
        assert all((close, share) == pytest.approx(truth[image_id], abs=1e-5) for image_id, close, share in by_shade)
        shares = [hit.share for hit in many.coloured(["red", "orange"], Everything, 5)]
        assert shares == sorted(shares, reverse=True)
    many.close()
    few.close()


def test_of_equals_the_first_by_id_come_first_however_many_are_asked_for(tmp_path: Path) -> None:
    catalog = SqliteCatalog(tmp_path / "catalog.db", scale=SMALL)
    for name in "cab":
        catalog.put(an_image(id=name, palette=(Swatch(hex=NAMES["red"], name="red", share=0.5),)), 0)
    for limit in (1, 2, 3):
        assert [hit.image_id for hit in catalog.coloured(["red"], Everything, limit)] == list("abc")[:limit]
    assert catalog.coloured(["red"], Everything, 0) == []
    catalog.close()


@pytest.mark.parametrize("chip", ["colour:red", "color:#d13b35"])
def test_a_colour_that_hardly_any_image_shows_is_found_beside_words_without_looking_at_all_others(
    tmp_path: Path, chip: str
) -> None:
    asked: list[int] = []

    class Counting(SqliteCatalog):
        def words(self, terms, where, limit):  # type: ignore[no-untyped-def]  # as the port has it
            found = super().words(terms, where, limit)
            asked.append(len(found))
            return found

    catalog = Counting(tmp_path / "catalog.db")
    for n in range(600):
        palette = (Swatch(hex=NAMES["red"], name="red", share=0.5),) if n == 0 else ()
        catalog.put(an_image(id=f"{n:03}", description="boat " + "and " * (n == 0), palette=palette, tags=(), title=""), 0)
    found = search(parse(f"boat {chip}"), None, None, None, 2, catalog, PaletteVision())
    assert [hit.image.id for hit in found.hits] == ["000"]
    assert found.next_cursor is None
    assert len(asked) < 20
    assert sum(asked) < 20
    catalog.close()
