"""How good search is, as its owner judges it: the measures, the judgements, the command; and fusion held against its parts."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter

from local import judging_routes
from local.judging import RECALL_WITHIN, Judged, asking, load, measure, ndcg, recall, run, ways
from local.trouble import Trouble
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.decoder import decoder
from sightsync.ports import Picture, Reading
from sightsync.query import parse
from sightsync.search import search
from sightsync.services import Services
from sightsync.web import make_app, parts
from tests import pictures
from tests.conftest import Client
from tests.records import NOON, an_image
from tests.test_search import PALETTE, looking, put

# --- the measures


def test_the_best_order_gains_all_and_the_worst_nothing() -> None:
    grades = {"a": 3, "b": 1, "c": 0}
    assert ndcg(["a", "b", "c"], grades) == 1
    assert ndcg(["x", "y"], grades) == ndcg([], grades) == 0
    assert ndcg(["b", "a"], grades) == pytest.approx((1 + 7 / 1.5849625) / (7 + 1 / 1.5849625))
    assert ndcg(["x"] * 10 + ["a"], grades) == 0, "only the first ten count"


def test_recall_is_what_was_found_of_what_can_be() -> None:
    assert recall(["a", "x"], {"a": 1, "b": 2, "c": 0}) == 0.5
    many = dict.fromkeys(map(str, range(50)), 1)
    assert recall(list(map(str, range(24))), many) == 1


def test_queries_for_which_nothing_fits_are_not_counted() -> None:
    judged = {"boat": {"a": 2}, "lamp": {"a": 0}}
    assert measure(judged, lambda query: ["a"]).queries == 1
    with pytest.raises(Trouble):
        measure({"lamp": {"a": 0}}, lambda query: ["a"])


# --- judgements


def test_a_later_judgement_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    told = [("Red  boat", "a", 1), ('red "boat"', "b", 3), ("Red boat ", "a", 3), ("lamp", "a", 2), ("lamp", "a", None)]
    path.write_text("".join(json.dumps({"query": q, "image": i, "grade": g}) + "\n" for q, i, g in told))
    assert load(path) == {"Red boat": {"a": 3}, 'red "boat"': {"b": 3}}


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"query": "a"}', '{"query": "a", "image": "b", "grade": 4}'])
def test_a_line_that_is_no_judgement_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_text(f'{{"query": "a", "image": "b", "grade": 1}}\n{line}\n')
    with pytest.raises(Trouble, match=r"judged\.jsonl, line 2"):
        load(path)


@pytest.fixture
def thumbs(services: Services) -> Any:
    router: APIRouter = judging_routes.router
    app = make_app(router)
    app.dependency_overrides[parts] = lambda: services
    return lambda user: Client(app, [router], user)


def test_owners_judge_results_and_nobody_else_does(services: Services, thumbs: Any) -> None:
    image = put(services.catalog, "a boat", owner="ada")
    draft = put(services.catalog, "a boat", owner="ada", published=False)

    def judge(user: str | None, image_id: str, grade: int | None = 1) -> int:
        client = super(Client, thumbs(user))  # the shape of a route for one machine is in no document
        return int(client.request("PUT", "/api/judgements", json={"query": "boat", "image": image_id, "grade": grade}).status_code)

    assert [judge("ada", image.id), judge("ada", draft.id, 0)] == [200, 200]
    assert [judge("bob", image.id), judge(None, image.id), judge("bob", draft.id), judge("ada", "nobody")] == [403, 401, 404, 404]
    assert judge("ada", image.id, 9) == 422
    grades = super(Client, thumbs("ada")).request("GET", "/api/judgements", params={"q": "boat "}).json()
    assert grades == {"grades": {image.id: 1, draft.id: 0}}


# --- the command


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ada's gallery of two, and what she thinks of one search."""
    monkeypatch.setenv("SIGHTSYNC_DATA", str(tmp_path))
    monkeypatch.setenv("SIGHTSYNC_LOCAL_USER", "ada")
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    boat = put(catalog, "a boat", looking(red=0.9), owner="ada", published=False, filename="boat.jpg")
    put(catalog, "a lamp", looking(blue=0.9), owner="ada", filename="lamp.jpg")
    catalog.close()
    told = [("red boat", boat.id, 3), ("red boat", "lamp.jpg", 0), ("boat", "boat.jpg", 2), ("boat", "elsewhere.jpg", 3)]
    path = tmp_path / "judged.jsonl"
    path.write_text("".join(json.dumps({"query": q, "image": i, "grade": g}) + "\n" for q, i, g in told))
    return path


def test_judge_prints_measures_beside_each_other_and_has_a_floor(gallery: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(None, floor=0.99, others=["SIGHTSYNC_VISION=palette:"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "1 judged images are not in this gallery, such as elsewhere.jpg; they are left out."
    names = [line[:44].strip() for line in said[1:]]
    assert names == ["", "search", "words alone", "meaning alone", "search with SIGHTSYNC_VISION=palette:"]
    assert said[2].split()[1:] == ["1.000", "1.000", "2"]
    gallery.write_text('{"query": "boat", "image": "lamp.jpg", "grade": 3}\n')
    assert run(gallery, floor=0.5, others=[]) == 1
    assert "below the floor of 0.5" in capsys.readouterr().out


def test_a_page_that_is_short_is_not_taken_for_the_last(tmp_path: Path) -> None:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    dogs = [catalog.put(an_image(description="a dog", created_at=NOON + timedelta(seconds=n)), 0).id for n in range(20)]
    for n in range(20, 60):
        catalog.put(an_image(description="a cat", created_at=NOON + timedelta(seconds=n)), 0)
    first = search(parse("-cat "), None, None, None, 2 * RECALL_WITHIN, catalog, PALETTE)
    assert 0 < len(first.hits) < 20
    assert asking(catalog, PALETTE, None)("-cat") == dogs[::-1]
    catalog.close()


def test_judge_says_what_is_missing(gallery: Path) -> None:
    with pytest.raises(Trouble, match="no judgements"):
        run(gallery.with_name("none.jsonl"), floor=None, others=[])
    with pytest.raises(Trouble, match="is no setting"):
        run(gallery, floor=None, others=["SIGHTSYNC_COLOUR=red"])


# --- fusion against its parts, over real pictures and drawn ones

JUDGED: Judged = {  # seen with one's own eyes; drawn pictures by what they were drawn with
    "yellow flowers": {"notocactus_minimus.jpg": 3, "cyclamen_persicum.jpg": 1, "polemonium_reptans.jpg": 1},
    "pink flower": {"cyclamen_persicum.jpg": 3, "polemonium_reptans.jpg": 1, "notocactus_minimus.jpg": 1},
    "blue sky": {"el_torcal_rocks.jpg": 3, "gps-thompson-springs.jpg": 3, "blue.jpg": 1, "denali.webp": 1},
    "black and white photograph": {"portrait.jpg": 3, "density_plot.png": 2, "portrait-orientation-6.jpg": 2},
    "green forest": {"silver_fir.jpg": 3, "wood_anemones.jpg": 3, "denali.webp": 2, "green.jpg": 1},
    "dark flower": {"cyclamen_persicum.jpg": 3, "notocactus_minimus.jpg": 3},
    "woman": {"craft-beer-24mp.jpg": 3, "portrait.jpg": 3},
    "orange": {"book-beside-flowers.jpg": 3, "orange.jpg": 3},
    "red lamp": {"red.jpg": 3},
    "brown trees": {"photo-8bit.avif": 3, "silver_fir.jpg": 1},
}
DRAWN = {"red": "#d13b35", "blue": "#2f55c0", "green": "#3f8f45", "orange": "#e07b28", "purple": "#7a4cc2", "white": "#f5f5f5"}


@pytest.fixture(scope="module")
def judged_gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteCatalog]:
    catalog = SqliteCatalog(tmp_path_factory.mktemp("judged") / "catalog.db")
    yield catalog
    catalog.close()


def hang(catalog: SqliteCatalog, name: str, data: bytes, words: str) -> None:
    pixels = decoder().open(data, derive=False)
    (reading,) = PALETTE.read([Picture(pixels.model_input, pixels.width, pixels.height)], [()], ("vectors",))
    assert isinstance(reading, Reading)
    blank: dict[str, Any] = {"title": "", "tags": (), "filename": "x.jpg"}
    image = an_image(id=name, description=words, palette=pixels.palette, dhash=pixels.dhash, **blank)
    catalog.put(image, 0, {reading.space: {"image": reading.image_vector}})


@pytest.mark.real_images
def test_fusion_is_not_below_either_list_alone(judged_gallery: SqliteCatalog, services: Services, real_images: Path) -> None:
    from csv import DictReader
    from dataclasses import replace

    with (real_images / "descriptions.csv").open(encoding="utf-8") as file:
        for row in DictReader(file):
            hang(judged_gallery, row["file"], (real_images / row["file"]).read_bytes(), row["description"])
    for name, colour in DRAWN.items():
        hang(judged_gallery, f"{name}.jpg", pictures.jpeg(320, 240, colour), "a lamp before a wall")
    asked = ways(replace(services, catalog=judged_gallery), None)
    found = {name: measure(JUDGED, ask) for name, ask in asked.items()}
    assert found["search"].gain >= max(found["words alone"].gain, found["meaning alone"].gain), found
    assert found["search"].recall >= max(found["words alone"].recall, found["meaning alone"].recall), found
    assert found["search"].gain > 0.8, found
