"""The twelve samples: drawn by the program, the same every time, added and removed like any pictures."""

import hashlib
from collections import Counter

import pytest
from fastapi.testclient import TestClient

from local.samples_routes import router
from sightsync import categories, scoring
from sightsync.adapters.palette import PaletteVision
from sightsync.analysis import analyse
from sightsync.events import Analyse, Message
from sightsync.images import MAX_DESCRIPTION, MAX_TAG, MAX_TAGS, MAX_TITLE, AnalysisState, Status
from sightsync.pixels import open_picture
from sightsync.ports import Everything, Picture, Sort
from sightsync.samples import PLANS, add_samples, remove_samples, samples
from sightsync.web import make_app, parts
from tests.analysing import InProcess

DISAGREES = "birches.jpg"
THREE = PLANS[:3]  # where it matters how they come and go, and not which


@pytest.fixture(scope="module")
def drawn():
    return list(samples())


def everything(services):
    return services.catalog.page(Everything, Sort(), None, 100).images


def analyse_all(services):
    messages = [Message(image.id, "", asks=(Analyse(image.key),)) for image in everything(services)]
    return analyse(
        messages,
        catalog=services.catalog,
        store=services.store,
        vision=services.vision,
        queue=services.queue,
        decoder=InProcess(),
        settings=services.settings,
        time_left=lambda: 600.0,
    )


def test_there_are_four_samples_in_each_category(drawn):
    assert Counter(sample.category for sample in drawn) == {"portraits": 4, "illustrations": 4, "comics": 4}
    assert all(categories.known(sample.category) for sample in drawn)
    assert len({sample.filename for sample in drawn}) == 12


def test_each_sample_has_words_within_the_limits(drawn):
    for sample in drawn:
        assert 0 < len(sample.title) <= MAX_TITLE
        assert 0 < len(sample.description) <= MAX_DESCRIPTION
        assert 0 < len(sample.tags) <= MAX_TAGS
        assert all(0 < len(tag) <= MAX_TAG for tag in sample.tags)


@pytest.mark.slow
def test_samples_are_drawn_the_same_every_time(drawn):
    again = [hashlib.sha256(sample.data).hexdigest() for sample in samples()]
    assert again == [hashlib.sha256(sample.data).hexdigest() for sample in drawn]


def test_samples_are_large_enough_to_enjoy_small_enough_to_keep_and_of_many_shapes(drawn):
    shapes = []
    for sample in drawn:
        pixels = open_picture(sample.data)
        assert 1400 <= max(pixels.width, pixels.height) <= 1800
        assert len(sample.data) < 400 * 1024, sample.filename
        assert set(pixels.derivatives) == {"thumb", "row", "display"}
        shapes.append(pixels.width / pixels.height)
    assert sum(shape < 0.85 for shape in shapes) >= 3
    assert sum(shape > 1.2 for shape in shapes) >= 3
    assert max(shapes) > 2


def test_no_two_samples_look_like_copies_of_each_other(drawn):
    hashes = [int(open_picture(sample.data).dhash, 16) for sample in drawn]
    assert all((a ^ b).bit_count() > 6 for n, a in enumerate(hashes) for b in hashes[:n])


def test_the_words_of_all_samples_agree_but_for_the_one_that_is_wrong_on_purpose(drawn):
    vision = PaletteVision()
    for sample in drawn:
        pixels = open_picture(sample.data)
        picture = Picture(pixels.model_input, pixels.width, pixels.height)
        found = scoring.match(
            vision.read([picture], [[sample.description]], ("vectors",))[0], 0, sample.description, vision.shipped_calibration()
        )
        expected = ("disagrees",) if sample.filename == DISAGREES else ("agrees", "partly")
        assert found.verdict in expected, (sample.filename, found)


def test_added_samples_hang_published_on_the_wall_like_any_pictures(services):
    assert add_samples(services.catalog, services.store, "ada") == 12
    assert analyse_all(services) == []
    images = everything(services)
    assert len(images) == 12
    for image in images:
        assert (image.status, image.analysis) == (Status.READY, AnalysisState.DONE)
        assert image.public
        assert image.sample
        assert image.owner == "ada"
        assert image.caption.kind == "looks"
        assert "words_disagree" not in image.checks
    assert images[0].filename == "hills.jpg"


def test_adding_them_twice_adds_nothing(services):
    add_samples(services.catalog, services.store, "ada", THREE)
    assert add_samples(services.catalog, services.store, "ada", THREE) == 0
    assert len(everything(services)) == 3


def test_a_sample_whose_file_never_came_gets_it_on_the_next_try(services):
    add_samples(services.catalog, services.store, "ada", THREE)
    lost = everything(services)[1]
    services.store.delete(lost.key)
    assert add_samples(services.catalog, services.store, "ada", THREE) == 1
    assert services.store.head(lost.key) is not None


def test_removed_samples_leave_nothing_behind_and_touch_nobody_elses(services):
    add_samples(services.catalog, services.store, "ada", THREE)
    add_samples(services.catalog, services.store, "bob", THREE)
    analyse_all(services)
    assert remove_samples(services.catalog, services.store, "ada") == 3
    left = everything(services)
    assert {image.owner for image in left} == {"bob"}
    kept = {image.key for image in left} | {key for image in left for key in image.derivatives.values()}
    assert {head.key for head in services.store.list("")} == kept
    assert remove_samples(services.catalog, services.store, "ada") == 0


def test_removed_samples_and_one_in_the_bin_can_be_added_again(services):
    from sightsync.editing import Editor

    add_samples(services.catalog, services.store, "ada", THREE)
    Editor("ada", services.catalog, services.store, services.queue).delete(everything(services)[0].id)
    assert add_samples(services.catalog, services.store, "ada", THREE) == 1
    remove_samples(services.catalog, services.store, "ada")
    assert add_samples(services.catalog, services.store, "ada", THREE) == 3


def test_the_page_adds_and_removes_them_with_one_press_each(services):
    app = make_app(router)
    app.dependency_overrides[parts] = lambda: services
    client = TestClient(app, headers={"Authorization": "Bearer ada"})
    assert client.post("/api/samples").json() == {"added": 12}
    assert client.delete("/api/samples").json() == {"removed": 12}


def test_strangers_can_neither_add_nor_remove_samples(services):
    app = make_app(router)
    app.dependency_overrides[parts] = lambda: services
    client = TestClient(app)
    assert client.post("/api/samples").status_code == 401
    assert client.delete("/api/samples").status_code == 401
    assert "/api/samples" not in app.openapi()["paths"]
