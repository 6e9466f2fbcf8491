"""What models add to a ready picture: asleep, broken or absent, and words that change before, while and after they look."""

from dataclasses import replace

import pytest

from sightsync.errors import CatalogUnavailable, VisionUnavailable
from sightsync.images import Caption, Match, now
from sightsync.ports import VisionError, VisionHealth
from tests import pictures
from tests.fakes import SPACE, asleep

PENDING = Match(verdict="unknown", reason="pending")


def rescore(gallery, image, receives=1, **how):
    return gallery.deliver(gallery.message({"type": "rescore", "image": image.id}, receives), **how)


def ready(gallery, seed=1, **fields):
    image = gallery.upload(pictures.photo(seed), **{"description": "Some shapes", **fields})
    gallery.analyse(image)
    return gallery.look(image.id)


def reworded(gallery, image, words):
    """As a PATCH leaves it."""
    return gallery.edit(image.id, description=words, match=PENDING if words else None, read_words=None)


# --- asleep


def test_a_sleeping_model_never_hides_a_picture(gallery):
    gallery.vision.fail = asleep()
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    assert gallery.analyse(image) == ["m1"], "the message waits for the model"
    seen = gallery.look(image.id)
    assert (seen.status, seen.analysis, seen.reason) == ("ready", "waking", None)
    assert [(s.outcome, s.reason) for s in seen.steps if s.name == "captioned"] == [("waiting", "vision_asleep")]
    gallery.assert_sound()


def test_the_wait_for_a_sleeping_model_doubles_from_one_minute_to_ten(gallery):
    gallery.vision.fail = asleep()
    image = gallery.upload(pictures.photo(1))
    for receive in range(1, 8):
        gallery.analyse(image, receives=receive)
    assert list(gallery.hidden.values()) == [60, 120, 240, 480, 600, 600, 600]


def test_pixel_steps_are_not_repeated_for_a_sleeping_model(gallery):
    gallery.vision.fail = asleep()
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    for receive in range(1, 6):
        gallery.analyse(image, receives=receive)
    gallery.vision.fail = None
    assert gallery.analyse(image, receives=6) == []
    assert gallery.decoder.opened == 1
    awake = gallery.look(image.id)
    assert (awake.analysis, awake.caption.text, awake.match.space) == ("done", "320 by 240", SPACE)


def test_a_model_that_sleeps_through_all_receives_leaves_a_ready_picture_that_can_be_read_later(gallery):
    gallery.vision.fail = asleep()
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    for receive in range(1, 21):
        assert gallery.analyse(image, receives=receive) != []
        assert gallery.look(image.id).analysis == ("waking" if receive < 10 else "failed")
    assert gallery.look(image.id).status == "ready"
    assert gallery.look(image.id).checks == ("failed", "uncategorised")
    gallery.vision.fail = None
    assert gallery.analyse(image) == []
    assert (gallery.look(image.id).analysis, gallery.look(image.id).checks) == ("done", ("uncategorised",))


def test_a_sleeping_model_keeps_only_those_waiting_that_it_has_not_read(gallery):
    done = ready(gallery)
    gallery.vision.fail = asleep()
    new, broken = gallery.upload(pictures.photo(2)), gallery.upload(b"junk")
    assert gallery.analyse(done, new, broken) == ["m3"]
    assert gallery.look(done.id) == done


# --- down, wrong, absent


def test_a_model_that_is_down_is_asked_again_by_the_queue_until_the_last_receive(gallery):
    gallery.vision.fail = VisionUnavailable("gone")
    image = gallery.upload(pictures.photo(1))
    assert gallery.analyse(image, receives=9) == ["m1"]
    assert (gallery.look(image.id).status, gallery.look(image.id).analysis) == ("ready", "pending")
    assert gallery.analyse(image, receives=10) == ["m2"]
    assert (gallery.look(image.id).status, gallery.look(image.id).analysis) == ("ready", "failed")


def test_a_model_that_breaks_in_a_way_nobody_foresaw_is_no_different(gallery):
    gallery.vision.fail = KeyError("items")
    image = gallery.upload(pictures.photo(1))
    assert gallery.analyse(image) == ["m1"]
    gallery.vision.fail = None
    assert gallery.analyse(image) == []
    assert gallery.look(image.id).analysis == "done"


def test_a_model_that_answers_for_too_few_pictures_is_not_believed(gallery):
    class Short:
        def __getattr__(self, name):
            return getattr(gallery.vision, name)

        def read(self, *args):
            return gallery.vision.read(*args)[1:]

    images = [gallery.upload(pictures.photo(n)) for n in range(2)]
    assert gallery.analyse(*images, vision=Short()) == ["m1", "m2"]
    assert {gallery.look(image.id).caption for image in images} == {None}


def test_one_picture_that_the_model_cannot_read_fails_alone(gallery):
    images = [gallery.upload(pictures.photo(n)) for n in range(3)]
    gallery.vision.errors = {1: VisionError("too_strange", "No.")}
    assert gallery.analyse(*images) == [], "asking again would give the same answer"
    assert [gallery.look(image.id).analysis for image in images] == ["done", "failed", "done"]
    odd = gallery.look(images[1].id)
    assert odd.status == "ready"
    assert "failed" in odd.checks
    assert [(s.outcome, s.reason) for s in odd.steps if s.name == "captioned"] == [("failed", "too_strange")]


def test_a_failed_analysis_can_be_retried(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.vision.errors = {0: VisionError("too_strange", "No.")}
    gallery.analyse(image)
    gallery.vision.errors = {}
    gallery.edit(image.id, analysis="pending")
    gallery.deliver(gallery.message({"type": "analyse", "key": image.key}))
    assert (gallery.look(image.id).analysis, gallery.decoder.opened) == ("done", 1)


def test_without_a_model_a_picture_is_complete_as_it_is(gallery):
    gallery.vision.state = VisionHealth("off", "off")
    gallery.vision.fail = VisionUnavailable("none", code="vision_off")
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    assert gallery.analyse(image) == []
    done = gallery.look(image.id)
    assert (done.status, done.analysis, done.caption, done.match) == ("ready", "done", None, None)
    assert [(s.outcome, s.reason) for s in done.steps if s.name == "captioned"] == [("skipped", "vision_off")]
    assert gallery.vision.calls == []
    gallery.analyse(image)
    assert gallery.look(image.id) == done


def test_a_model_that_says_only_when_asked_that_it_is_off_ends_the_analysis_too(gallery):
    gallery.vision.fail = VisionUnavailable("none", code="vision_off")
    image = gallery.upload(pictures.photo(1))
    assert gallery.analyse(image) == []
    assert gallery.look(image.id).analysis == "done"


def test_a_match_promised_by_an_edit_is_not_promised_for_ever_without_a_model(gallery):
    gallery.vision.state = VisionHealth("off", "off")
    image = ready(gallery)
    reworded(gallery, image, "Other words")
    assert rescore(gallery, image) == []
    assert gallery.look(image.id).match is None


def test_pictures_are_read_once_a_model_is_there(gallery):
    health, gallery.vision.state = gallery.vision.state, VisionHealth("off", "off")
    image = ready(gallery)
    gallery.vision.state = health
    gallery.analyse(image)
    assert gallery.look(image.id).caption is not None


def test_another_models_space_is_another_reading(gallery):
    image = ready(gallery)
    gallery.vision.state = replace(gallery.vision.state, space="other@1")
    read = gallery.vision.read
    gallery.vision.read = lambda *args: [replace(reading, space="other@1") for reading in read(*args)]
    gallery.analyse(image)
    again = gallery.look(image.id)
    assert (again.read_space, again.match.space, again.match.reason) == ("other@1", "other@1", "uncalibrated")
    assert gallery.decoder.opened == 1
    before = again.version
    gallery.analyse(image)
    assert gallery.look(image.id).version == before


def test_the_scale_that_comes_with_a_model_and_its_space_are_remembered(gallery):
    assert gallery.catalog.recall("active_space") is None
    ready(gallery)
    assert gallery.catalog.recall("active_space") == SPACE
    assert gallery.catalog.calibration(SPACE).version == "1"


def test_a_picture_without_words_has_no_match(gallery):
    image = ready(gallery, description="")
    assert (image.match, image.analysis) == (None, "done")
    assert [(s.outcome, s.reason) for s in image.steps if s.name == "matched"] == [("skipped", "no_words")]
    assert "no_words" in image.checks


def test_words_that_the_picture_contradicts_are_pointed_out(gallery):
    """The model's own caption fits far better than the description, and means something else."""
    vectors = {"a cat": (1.0, 0.1), "red boats": (0.0, 1.0)}

    def seen(thing):
        import numpy as np

        x, y = vectors.get(thing, (1.0, 0.0)) if isinstance(thing, str) else (1.0, 0.0)
        vector = np.zeros(32, np.float32)
        vector[:2] = x, y
        return vector / np.linalg.norm(vector)

    gallery.vision.say, gallery.vision.vector = (lambda picture: "a cat"), seen
    image = ready(gallery, description="red boats")
    assert (image.match.verdict, image.checks) == ("disagrees", ("uncategorised", "words_disagree"))
    assert image.match.caption_z > image.match.z
    reworded(gallery, image, "a cat")
    rescore(gallery, image)
    assert (gallery.look(image.id).match.verdict, gallery.look(image.id).checks) == ("agrees", ("uncategorised",))


# --- new words


def test_changed_words_are_matched_without_looking_at_the_picture_again(gallery):
    image = ready(gallery)
    reworded(gallery, image, "Quite different words")
    assert rescore(gallery, image) == []
    after = gallery.look(image.id)
    assert after.match.space == SPACE
    assert after.match.z != image.match.z
    assert after.caption == image.caption
    assert gallery.vision.calls == [("read", 1), ("embed", 1)]
    stored = gallery.catalog.vectors([image.id], SPACE)[image.id]["description"]
    assert stored.tolist() == gallery.vision.vector("Quite different words").tolist()


def test_a_repeated_rescore_changes_nothing(gallery):
    image = ready(gallery)
    reworded(gallery, image, "Other words")
    rescore(gallery, image)
    before = gallery.look(image.id)
    assert rescore(gallery, image) == []
    assert gallery.look(image.id) == before
    assert gallery.vision.count("embed") == 1


def test_words_taken_away_take_the_match_with_them(gallery):
    image = ready(gallery)
    reworded(gallery, image, "")
    rescore(gallery, image)
    after = gallery.look(image.id)
    assert (after.match, after.analysis) == (None, "done")
    assert "no_words" in after.checks
    assert gallery.vision.count("embed") == 0


def test_words_changed_and_changed_back_get_their_match_again(gallery):
    image = ready(gallery)
    reworded(gallery, image, "Other words")
    reworded(gallery, image, image.description)
    rescore(gallery, image)
    assert gallery.look(image.id).match == image.match


@pytest.mark.parametrize("new", ["New words", ""])
def test_words_changed_while_the_model_looks_are_the_words_that_are_matched(gallery, new):
    image = gallery.upload(pictures.photo(1), description="Old words")
    gallery.vision.during = [lambda: gallery.edit(image.id, description=new)]
    assert gallery.analyse(image) == []
    after = gallery.look(image.id)
    other = ready(gallery, 2, description=new)
    assert (after.description, after.analysis, after.caption.text) == (new, "done", "320 by 240")
    assert after.read_words == other.read_words
    assert (after.match is None) == (new == "")
    assert gallery.vision.count("embed") == (1 if new else 0)


def test_words_changed_while_their_match_is_sought_are_matched_in_turn(gallery):
    image = ready(gallery)
    reworded(gallery, image, "Second")
    gallery.vision.during = [lambda: reworded(gallery, image, "Third")]
    assert rescore(gallery, image) == []
    after, third = gallery.look(image.id), ready(gallery, 2, description="Third")
    assert after.read_words == third.read_words
    assert (after.description, after.match.reason) == ("Third", None)


def test_a_rescore_before_the_picture_was_read_leaves_the_words_to_its_analysis(gallery):
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    assert rescore(gallery, image) == []
    assert gallery.look(image.id) == image
    gallery.analyse(image)
    assert gallery.look(image.id).match is not None


@pytest.mark.parametrize("image_id", ["f" * 32, None])
def test_a_rescore_of_an_image_that_is_gone_is_no_work(gallery, image_id):
    image = ready(gallery)
    gallery.edit(image.id, deleted_at=now())
    before = gallery.look(image.id)
    assert gallery.deliver(gallery.message({"type": "rescore", "image": image_id or image.id})) == []
    assert gallery.look(image.id) == before


def test_new_words_wait_for_a_sleeping_model(gallery):
    image = ready(gallery)
    reworded(gallery, image, "Other words")
    gallery.vision.fail = asleep()
    assert rescore(gallery, image, receives=2) == ["m2"]
    waiting = gallery.look(image.id)
    assert (waiting.status, waiting.analysis, waiting.match) == ("ready", "waking", PENDING)
    assert waiting.caption == image.caption
    assert list(gallery.hidden.values()) == [120]
    gallery.vision.fail = None
    assert rescore(gallery, image, receives=3) == []
    assert gallery.look(image.id).analysis == "done"


def test_new_words_that_no_model_ever_answered_for_promise_no_match(gallery):
    image = ready(gallery)
    reworded(gallery, image, "Other words")
    gallery.vision.fail = asleep()
    rescore(gallery, image, receives=10)
    assert (gallery.look(image.id).analysis, gallery.look(image.id).match) == ("failed", None)


def test_new_words_and_a_new_file_in_one_batch_are_one_piece_of_work(gallery):
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    messages = [gallery.message({"type": "rescore", "image": image.id}), gallery.created(image.key)]
    assert gallery.deliver(*messages) == []
    assert gallery.look(image.id).analysis == "done"
    assert gallery.vision.calls == [("read", 1)]


def test_words_of_a_picture_whose_model_was_exchanged_are_matched_in_the_new_space(gallery):
    image = ready(gallery)
    reworded(gallery, image, "Other words")
    gallery.vision.state = replace(gallery.vision.state, space="other@1")
    read = gallery.vision.read
    gallery.vision.read = lambda *args: [replace(reading, space="other@1") for reading in read(*args)]
    assert rescore(gallery, image) == []
    assert gallery.look(image.id).match.space == "other@1"


def test_an_owner_who_keeps_the_words_is_not_told_again(gallery):
    image = ready(gallery)
    gallery.edit(image.id, reviewed=True)
    reworded(gallery, image, "Other words")
    rescore(gallery, image)
    assert "words_disagree" not in gallery.look(image.id).checks


def test_a_caption_set_by_hand_of_the_api_survives_new_words(gallery):
    image = ready(gallery)
    fresh = Caption(text="fresh", model="teller", kind="caption")
    gallery.edit(image.id, caption=fresh)
    reworded(gallery, image, "Other words")
    rescore(gallery, image)
    assert gallery.look(image.id).caption == fresh


# --- the catalog is away


@pytest.mark.parametrize("method", ["get", "put", "by_sha256", "nearest", "vectors", "calibration", "recall", "remember"])
def test_a_catalog_that_is_away_fails_nothing_for_good(gallery, method):
    class Away:
        away = True

        def __getattr__(self, name):
            if name == method and self.away:
                raise CatalogUnavailable("locked")
            return getattr(gallery.catalog, name)

    catalog = Away()
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    for receive in range(1, 4):
        gallery.analyse(image, receives=receive, catalog=catalog)
    catalog.away = False
    assert gallery.analyse(image, receives=4, catalog=catalog) == []
    after = gallery.look(image.id)
    assert (after.status, after.analysis, after.attempt) == ("ready", "done", None)
    assert after.match is not None
    gallery.assert_sound()
