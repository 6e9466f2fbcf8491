"""A model's scale is measured once, at its first picture, and what was matched before it is put on it."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from sightsync import calibrating, reference_pictures, scoring
from sightsync.calibrating import EMPTY_TEXTS, Calibrator, background, stamp
from sightsync.errors import Misconfigured, VisionUnavailable
from sightsync.ports import VisionError
from sightsync.rescaling import sweep
from sightsync.upkeep import upkeep
from tests.analysing import Gallery, InProcess
from tests.fakes import asleep
from tests.scaled import Towers, main_colour, plain

BLUE, GREEN = plain(20, 40, 200), plain(20, 200, 40)


@pytest.fixture
def gallery(tmp_path):
    gallery = Gallery(tmp_path)
    gallery.vision = Towers()
    gallery.vision.shows = {main_colour(BLUE): ("boat",), main_colour(GREEN): ("tree",)}
    yield gallery
    gallery.close()


def calibrator(gallery, folder=""):
    return Calibrator(gallery.catalog, gallery.vision, InProcess(), folder)


def analysed(gallery, body, description="", **how):
    image = gallery.upload(body, description=description)
    assert gallery.analyse(image, **how) == []
    return gallery.look(image.id)


# --- what it is measured on


def test_the_background_is_128_varied_lines_and_half_of_them_are_short():
    lines = background()
    assert len(lines) == len({line.casefold() for line in lines}) == 128
    assert 60 <= sum(len(line.split()) <= 4 for line in lines) <= 68
    words = {word.strip(",.").casefold() for line in lines for word in line.split()}
    assert len(words) > 400, "varied"
    assert not {text.casefold() for text in EMPTY_TEXTS} & {line.casefold() for line in lines}
    assert len(EMPTY_TEXTS) == 8


def test_every_line_can_be_judged_by_an_english_model():
    assert not any(scoring.foreign(line, None) for line in (*background(), *EMPTY_TEXTS))


def test_the_version_is_that_of_texts_and_pictures(tmp_path):
    assert calibrating.version() == calibrating.version()
    folder = photographs(tmp_path, 16)
    assert calibrating.version(str(folder)) != calibrating.version()


# --- when it is measured


def test_the_first_picture_of_a_space_has_its_scale_measured_and_a_match_on_it(gallery):
    image = analysed(gallery, BLUE, "a boat")
    scale = gallery.catalog.calibration("towers@1")
    assert (image.match.verdict, image.match.reason) == ("agrees", None)
    assert (scale.version, scale.fitted, scale.a, scale.b) == (calibrating.version(), False, 2.0, 1.2)
    assert image.read_scale == stamp(scale)
    asked = len(gallery.vision.calls)
    assert analysed(gallery, GREEN, "a boat").match.verdict == "disagrees"
    assert gallery.vision.calls[asked:] == [("read", 1)], "once"


def test_two_that_measure_at_once_store_the_same(gallery):
    first, second = calibrator(gallery).ensure("towers@1", 1e9), None
    gallery.catalog.put_calibration(replace(first, version="older"))
    second = calibrator(gallery).ensure("towers@1", 1e9)
    assert stamp(first) == stamp(second)
    np.testing.assert_array_equal(first.mean_text, second.mean_text)


def test_a_search_and_a_score_never_measure(services, ada):
    vision = Towers()
    ada.app.dependency_overrides[next(iter(ada.app.dependency_overrides))] = lambda: replace(services, vision=vision)
    assert ada.get("/api/search", params={"q": "boat"}).status_code == 200
    answer = ada.post("/api/scores", files={"file": ("x.jpg", BLUE)}, data={"texts": ["a boat"]})
    assert answer.json()["scores"][0]["reason"] == "uncalibrated"
    assert vision.count("embed") + vision.count("read") <= 3
    assert services.catalog.calibration("towers@1") is None


def test_a_model_that_falls_asleep_while_it_is_measured_leaves_a_complete_picture_and_is_measured_later(gallery):
    read, asked = gallery.vision.read, []

    def sleepy(pictures, *more):
        asked.append(len(pictures))
        if len(asked) > 2:
            raise asleep()
        return read(pictures, *more)

    gallery.vision.read = sleepy
    image = gallery.upload(GREEN, description="a tree")
    assert gallery.analyse(image) == ["m1"], "so that somebody measures, also when no other picture ever comes"
    seen = gallery.look(image.id)
    assert (seen.status, seen.analysis, seen.match.reason) == ("ready", "done", "uncalibrated")
    assert gallery.catalog.calibration("towers@1") is None, "nothing half-measured is used"
    gallery.vision.read = read
    assert gallery.analyse(image, receives=2) == []
    again = gallery.look(image.id)
    assert (again.match.verdict, again.suggested.tags[:1]) == ("agrees", ("tree",))
    assert again.caption == seen.caption


def test_what_was_matched_before_the_scale_is_put_on_it_without_asking_the_model_again(gallery):
    calibrated = calibrator(gallery).ensure
    gallery.vision.fail = None
    earlier = uncalibrated(gallery, BLUE, "a boat")
    calibrated("towers@1", 1e9)
    gallery.vision.calls.clear()
    assert sweep("towers@1", gallery.catalog, 1e9)
    after = gallery.look(earlier.id)
    assert (after.match.verdict, after.match.caption_z is not None) == ("agrees", True)
    assert gallery.vision.calls == []
    version = after.version
    assert sweep("towers@1", gallery.catalog, 1e9)
    assert gallery.look(earlier.id).version == version


def uncalibrated(gallery, body, description):
    """A picture that was read while its space had no scale."""
    gallery.catalog.remember("uncalibratable:towers@1", calibrating.version())
    image = analysed(gallery, body, description)
    gallery.catalog.remember("uncalibratable:towers@1", None)
    assert image.match.reason == "uncalibrated"
    return image


def test_the_hourly_upkeep_goes_on_where_time_ran_out(gallery):
    import time

    from sightsync.images import now

    earlier = uncalibrated(gallery, BLUE, "a boat")
    calibrator(gallery).ensure("towers@1", 1e9)
    assert not sweep("towers@1", gallery.catalog, time.monotonic() - 1)
    assert gallery.look(earlier.id).match.reason == "uncalibrated"
    upkeep(gallery.catalog, gallery.store, gallery.queue, now(), time.monotonic() + 60)
    assert gallery.look(earlier.id).match.verdict == "agrees"


@pytest.mark.parametrize(("words", "reason"), [("лодка", "language"), ("boat " * 80, "truncated")])
def test_words_that_no_scale_can_judge_say_so_before_and_after_it(gallery, words, reason):
    earlier = uncalibrated_or(gallery, words)
    assert earlier.match.reason == reason
    calibrator(gallery).ensure("towers@1", 1e9)
    sweep("towers@1", gallery.catalog, 1e9)
    assert gallery.look(earlier.id).match.reason == reason


def uncalibrated_or(gallery, description):
    gallery.catalog.remember("uncalibratable:towers@1", calibrating.version())
    image = analysed(gallery, BLUE, description)
    gallery.catalog.remember("uncalibratable:towers@1", None)
    return image


# --- a new version


def test_a_new_background_is_measured_at_the_next_picture_and_the_old_scale_serves_until_then(gallery, tmp_path):
    first = analysed(gallery, BLUE, "a boat")
    old = gallery.catalog.calibration("towers@1")
    gallery.catalog.put_calibration(replace(old, version="of-last-year", a=3.0, fitted=True))
    gallery.vision.fail = asleep()
    waiting = gallery.upload(GREEN, description="a tree")
    gallery.analyse(waiting)
    assert gallery.catalog.calibration("towers@1").version == "of-last-year"
    gallery.vision.fail = None
    gallery.analyse(waiting, receives=2)
    new = gallery.catalog.calibration("towers@1")
    assert (new.version, new.a, new.fitted) == (calibrating.version(), 3.0, False), "kept as a start, to be fitted again"
    assert {gallery.look(image.id).read_scale for image in (first, waiting)} == {stamp(new)}


# --- models that cannot be measured


def test_a_model_that_sees_no_difference_is_not_measured_again_for_every_picture(gallery):
    gallery.vision.vector = lambda thing: np.eye(64, dtype=np.float32)[0]
    analysed(gallery, BLUE, "a boat")
    asked = gallery.vision.count("read")
    image = analysed(gallery, GREEN, "a tree")
    assert gallery.vision.count("read") == asked + 1
    assert (image.analysis, image.match.reason) == ("done", "uncalibrated")


def test_a_model_that_is_exchanged_while_it_is_measured_leaves_nothing(gallery):
    embed = gallery.vision.embed
    gallery.vision.embed = lambda *args: replace(embed(*args), space="towers@2")
    with pytest.raises(VisionUnavailable) as problem:
        calibrator(gallery).ensure("towers@1", 1e9)
    assert problem.value.code == "space_changed"
    assert gallery.catalog.calibration("towers@1") is None


def test_a_few_pictures_that_a_model_cannot_read_do_no_harm_and_many_do(gallery):
    gallery.vision.errors = {0: VisionError("odd", "No.")}
    assert calibrator(gallery).ensure("towers@1", 1e9)
    gallery.catalog.put_calibration(replace(gallery.catalog.calibration("towers@1"), version="old"))
    gallery.vision.errors = dict.fromkeys(range(4), VisionError("odd", "No."))
    with pytest.raises(VisionUnavailable):
        calibrator(gallery).ensure("towers@1", 1e9)
    assert gallery.catalog.calibration("towers@1").version == "old"


# --- reference pictures


def test_the_drawings_are_what_their_version_says():
    """When this fails, a drawing has changed: every scale is measured anew. If that is meant, put the new digest into DRAWN."""
    import hashlib

    from sightsync.reference_drawings import draw

    whole = hashlib.sha256()
    for image in draw():
        whole.update(image.tobytes())
    assert whole.hexdigest()[:8] == reference_pictures.DRAWN


def test_there_are_32_drawings_of_several_shapes_and_all_differ():
    drawn = reference_pictures.pictures("", InProcess(), 1e9)
    assert len(drawn) == len({picture.jpeg for picture in drawn}) == 32
    assert len({(p.width, p.height) for p in drawn}) >= 3
    assert all(max(Pillow.open(io.BytesIO(p.jpeg)).size) <= 768 for p in drawn)


def photographs(folder: Path, count: int) -> Path:
    folder = folder / "photographs"
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(3)
    for n in range(count):
        Pillow.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)).save(folder / f"{n:02}.jpg")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_a_folder_of_photographs_stands_in_for_the_drawings(gallery, tmp_path):
    folder = photographs(tmp_path, 20)
    (folder / "07.jpg").write_bytes(b"damaged")
    shown = reference_pictures.pictures(str(folder), InProcess(), 1e9)
    assert len(shown) == 19
    gallery.vision.shows = {}
    assert calibrator(gallery, str(folder)).ensure("towers@1", 1e9).version == calibrating.version(str(folder))


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_with_too_few_photographs_is_named_and_costs_only_the_match(gallery, tmp_path, there):
    folder = photographs(tmp_path, 3) if there else tmp_path / "nowhere"
    with pytest.raises(Misconfigured, match="SIGHTSYNC_REFERENCE_PICTURES"):
        calibrator(gallery, str(folder)).ensure("towers@1", 1e9)
    gallery.settings = gallery.settings.model_copy(update={"reference_pictures": str(folder)})
    image = analysed(gallery, BLUE, "a boat")
    assert (image.status, image.analysis, image.match.reason) == ("ready", "done", "uncalibrated")
