"""Trouble of ours on the way to a ready picture: a store away, programs that die, no time: tried again, then given up."""

from datetime import timedelta

import pytest

from sightsync.errors import DuplicateImage, StoreUnavailable, Unavailable
from sightsync.images import Attempt, now
from sightsync.pixel_steps import MAX_ATTEMPTS
from tests import pictures
from tests.analysing import AtOnce, SimulatedDeath


class Away:
    """A store that fails as long as `away` says so."""

    def __init__(self, store, method):
        self._store, self._method, self.away = store, method, True

    def __getattr__(self, name):
        if name == self._method and self.away:
            raise StoreUnavailable("gone")
        return getattr(self._store, name)


@pytest.mark.parametrize("method", ["head", "read", "write", "list"])
def test_a_picture_waits_for_a_store_that_is_away(gallery, method):
    image = gallery.upload(pictures.photo(1))
    store = Away(gallery.store, method)
    for receive in range(1, 10):
        assert gallery.analyse(image, receives=receive, store=store) == [f"m{receive}"]
        assert gallery.look(image.id).status in ("waiting", "processing")
        assert gallery.look(image.id).attempt is None, "a marker is for programs that died"
    store.away = False
    assert gallery.analyse(image, receives=9, store=store) == []
    assert gallery.look(image.id).analysis == "done"
    gallery.assert_sound()


def test_the_wait_for_a_store_that_is_away_grows(gallery):
    image = gallery.upload(pictures.photo(1))
    for receive in range(1, 11):
        gallery.analyse(image, receives=receive, store=Away(gallery.store, "read"))
    waits = list(gallery.hidden.values())
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (5, 600)


def test_the_last_receive_marks_it_failed_and_keeps_the_file(gallery):
    image = gallery.upload(pictures.photo(1))
    assert gallery.analyse(image, receives=10, store=Away(gallery.store, "read")) == ["m1"]
    failed = gallery.look(image.id)
    assert (failed.status, failed.reason, failed.checks) == ("failed", "store_unavailable", ("failed",))
    assert failed.message
    assert gallery.store.head(image.key) is not None


def test_a_failed_picture_may_be_tried_again(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.analyse(image, receives=10, store=Away(gallery.store, "read"))
    gallery.edit(image.id, status="processing", reason=None)
    assert gallery.deliver(gallery.message({"type": "analyse", "key": image.key})) == []
    assert (gallery.look(image.id).status, gallery.look(image.id).checks) == ("ready", ("no_words", "uncategorised"))


def test_a_file_that_a_program_died_of_runs_last_in_its_batch(gallery):
    suspect, good = gallery.upload(pictures.photo(1, 50, 40)), gallery.upload(pictures.photo(2))
    etag = gallery.store.head(suspect.key).etag
    gallery.edit(suspect.id, status="processing", attempt=Attempt(etag=etag, started_at=now(), count=1))
    order = []

    class Watched(AtOnce):
        def open(self, data, deadline=None, derive=True):
            order.append(len(data))
            return gallery.decoder.open(data, deadline, derive)

    gallery.analyse(suspect, good, decoder=Watched())
    assert order == [gallery.store.head(image.key).bytes for image in (good, suspect)]
    assert gallery.look(suspect.id).status == "ready"


def test_a_file_that_keeps_killing_programs_is_given_up_and_can_be_tried_again(gallery):
    image = gallery.upload(pictures.photo(1))
    etag = gallery.store.head(image.key).etag
    dead = Attempt(etag=etag, started_at=now() - timedelta(hours=1), count=MAX_ATTEMPTS)
    gallery.edit(image.id, status="processing", attempt=dead)
    assert gallery.analyse(image) == []
    assert gallery.decoder.opened == 0
    assert (gallery.look(image.id).status, gallery.look(image.id).reason) == ("failed", "crashed")
    gallery.edit(image.id, status="processing", reason=None)
    gallery.analyse(image)
    assert gallery.look(image.id).status == "ready"


def test_a_program_killed_while_its_decoder_starts_did_not_die_of_the_file(gallery):
    class Starting:
        def start(self, deadline=None):
            raise SimulatedDeath

    image = gallery.upload(pictures.photo(1))
    for receive in range(1, MAX_ATTEMPTS + 2):
        with pytest.raises(SimulatedDeath):
            gallery.analyse(image, receives=receive, decoder=Starting())
    assert gallery.look(image.id).attempt is None
    gallery.analyse(image)
    assert gallery.look(image.id).status == "ready"


def test_markers_of_another_file_do_not_count(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.edit(image.id, attempt=Attempt(etag="older", started_at=now(), count=MAX_ATTEMPTS))
    gallery.analyse(image)
    assert gallery.look(image.id).status == "ready"


def test_with_little_time_left_pictures_go_back_unopened(gallery):
    images = [gallery.upload(pictures.photo(n)) for n in range(3)]
    assert gallery.analyse(*images, seconds=5) == ["m1", "m2", "m3"]
    assert gallery.decoder.opened == 0
    assert [gallery.look(image.id) for image in images] == images
    assert set(gallery.hidden.values()) == {0}, "another run may have them at once"


def test_what_is_ready_already_is_no_reason_to_go_back(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.analyse(image)
    assert gallery.analyse(image, seconds=5) == []


def test_a_twin_that_the_catalog_alone_can_see_is_still_refused(gallery):
    """The check before decoding is only there to save work."""
    first, second = gallery.upload(pictures.photo(1)), gallery.upload(pictures.photo(1))
    gallery.analyse(first)

    class Blind:
        def __getattr__(self, name):
            return (lambda owner, sha256: []) if name == "by_sha256" else getattr(gallery.catalog, name)

    gallery.analyse(second, catalog=Blind())
    assert gallery.look(second.id).reason == DuplicateImage.code
    gallery.assert_sound()


def test_a_server_that_is_stopped_gives_back_what_it_has_not_begun(gallery):
    images = [gallery.upload(pictures.photo(n)) for n in range(3)]
    left = [600.0]
    gallery.decoder.during = [lambda: left.clear()]
    messages = [gallery.created(image.key) for image in images]
    assert gallery.deliver(*messages, time_left=lambda: left[0] if left else 0.0) == ["m2", "m3"]
    assert [gallery.look(image.id).status for image in images] == ["ready", "waiting", "waiting"]


def test_a_picture_that_there_was_no_time_to_open_is_not_blamed_for_it(gallery):
    class Slow(AtOnce):
        def open(self, data, deadline=None, derive=True):
            raise Unavailable("no time", code="out_of_time")

    image = gallery.upload(pictures.photo(1))
    assert gallery.analyse(image, decoder=Slow()) == ["m1"]
    assert (gallery.look(image.id).status, gallery.look(image.id).attempt) == ("processing", None)
