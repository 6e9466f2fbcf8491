"""From an uploaded file to a ready picture, whatever the queue says, however often and in whatever order."""

import hashlib
import logging
from datetime import timedelta

import pytest

from sightsync.errors import DuplicateImage, StoreUnavailable, Unavailable
from sightsync.images import MAX_BYTES, Attempt, now
from sightsync.pixel_steps import MAX_ATTEMPTS
from tests import pictures
from tests.analysing import Gallery
from tests.fakes import MemoryStore


@pytest.fixture
def gallery(tmp_path):
    gallery = Gallery(tmp_path)
    yield gallery
    gallery.close()


def test_an_uploaded_picture_becomes_ready_with_caption_match_and_every_step(gallery):
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    assert gallery.analyse(image) == []
    ready = gallery.look(image.id)
    assert (ready.status, ready.analysis, ready.reason, ready.attempt) == ("ready", "done", None, None)
    assert (ready.width, ready.height, ready.caption.text) == (320, 240, "320 by 240")
    assert ready.match.verdict != "unknown"
    assert ready.palette
    assert ready.placeholder
    names = ["received", "validated", "derived", "captioned", "embedded", "matched", "catalogued"]
    assert [(step.name, step.outcome) for step in ready.steps] == [(name, "ok") for name in names]
    assert gallery.catalog.vectors([image.id], ready.read_space)[image.id].keys() == {"image", "caption", "description"}
    gallery.assert_sound()


def test_an_upload_stays_a_draft_until_its_owner_publishes_it(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.analyse(image)
    assert not gallery.look(image.id).published


def test_the_file_itself_says_what_it_is_not_its_owner(gallery):
    body = pictures.png()
    image = gallery.upload(body, content_type="image/jpeg", bytes=5, sha256="0" * 64)
    gallery.analyse(image)
    ready = gallery.look(image.id)
    assert (ready.content_type, ready.bytes) == ("image/png", len(body))
    assert ready.sha256 == hashlib.sha256(body).hexdigest()


def test_what_is_in_the_store_now_counts_and_not_what_the_event_says(gallery):
    image = gallery.upload(pictures.photo(1))
    late = gallery.created(image.key)
    gallery.store.write(image.key, pictures.photo(2, 100, 80), "image/jpeg")
    gallery.deliver(late)
    assert (gallery.look(image.id).width, gallery.look(image.id).height) == (100, 80)


@pytest.mark.parametrize("body", [b"", b"hello", pictures.SVG, pictures.truncated(), pictures.bomb_header()])
def test_a_file_at_fault_is_rejected_with_a_reason_and_leaves_nothing_public(gallery, body):
    image = gallery.upload(body)
    assert gallery.analyse(image) == []
    refused = gallery.look(image.id)
    assert refused.status == "rejected"
    assert refused.message
    assert [(s.outcome, s.reason) for s in refused.steps if s.name == "validated"] == [("failed", refused.reason)]
    assert (refused.derivatives, refused.attempt) == ({}, None)
    assert refused.analysis == "done", "nobody should wait for a model"
    assert gallery.media() == set()
    assert gallery.store.head(image.key) is not None


def test_a_file_longer_than_allowed_is_rejected_without_being_read(gallery):
    image = gallery.upload(b"\xff\xd8" + bytes(MAX_BYTES))
    assert gallery.analyse(image) == []
    refused = gallery.look(image.id)
    assert (refused.status, refused.reason, refused.bytes) == ("rejected", "too_large", MAX_BYTES + 2)


def test_a_bad_file_never_stops_its_batch(gallery):
    images = [
        gallery.upload(body) for body in (pictures.photo(1), b"junk", pictures.photo(2), pictures.truncated(), pictures.photo(3))
    ]
    assert gallery.analyse(*images) == []
    assert [gallery.look(image.id).status for image in images] == ["ready", "rejected", "ready", "rejected", "ready"]
    assert gallery.vision.calls == [("read", 3)], "one call to the model for the whole batch"


def test_a_record_that_the_program_cannot_handle_never_stops_its_batch(gallery, caplog):
    class Spoilt:
        def __init__(self, decoder, image):
            self.decoder, self.size = decoder, gallery.store.head(image.key).bytes

        def open(self, data, deadline=None, derive=True):
            if len(data) == self.size:
                raise ZeroDivisionError("a letter to my aunt")
            return self.decoder.open(data, deadline, derive)

    bad, good = gallery.upload(pictures.photo(1)), gallery.upload(pictures.photo(2))
    messages = [gallery.created(image.key) for image in (bad, good)]
    with caplog.at_level(logging.DEBUG):
        assert gallery.deliver(*messages, decoder=Spoilt(gallery.decoder, bad)) == ["m1"]
    assert gallery.look(good.id).analysis == "done"
    assert (gallery.look(bad.id).status, gallery.look(bad.id).attempt) == ("processing", None)
    assert not any("aunt" in str(vars(record)) for record in caplog.records)
    assert gallery.analyse(bad) == []
    assert gallery.look(bad.id).status == "ready"


def test_a_malformed_message_goes_back_alone(gallery):
    image = gallery.upload(pictures.photo(1))
    assert gallery.deliver(gallery.message("junk"), gallery.created(image.key)) == ["m1"]
    assert gallery.look(image.id).status == "ready"


def test_a_message_with_several_objects_does_them_all(gallery):
    images = [gallery.upload(pictures.photo(n)) for n in range(3)]
    assert gallery.deliver(gallery.created(*[image.key for image in images])) == []
    assert {gallery.look(image.id).status for image in images} == {"ready"}


# --- again, and out of order


def test_a_repeated_event_changes_nothing(gallery):
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    gallery.analyse(image)
    before, calls = gallery.look(image.id), list(gallery.vision.calls)
    for _ in range(3):
        assert gallery.analyse(image, image) == []
    assert gallery.look(image.id) == before
    assert gallery.vision.calls == calls
    assert gallery.decoder.opened == 1


def test_a_repeated_event_of_a_rejected_file_changes_nothing(gallery):
    image = gallery.upload(b"junk")
    gallery.analyse(image)
    before = gallery.look(image.id)
    gallery.analyse(image)
    assert gallery.look(image.id) == before


def test_the_same_picture_twice_in_one_batch_is_opened_once(gallery):
    image = gallery.upload(pictures.photo(1))
    assert gallery.analyse(image, image, image) == []
    assert gallery.decoder.opened == 1
    assert gallery.vision.calls == [("read", 1)]


def test_an_event_of_an_older_file_that_comes_late_does_not_bring_it_back(gallery):
    image = gallery.upload(pictures.photo(1))
    first = gallery.created(image.key)
    gallery.store.write(image.key, pictures.photo(2, 100, 80), "image/jpeg")
    second = gallery.created(image.key)
    gallery.deliver(second)
    before = gallery.look(image.id)
    gallery.deliver(first)
    assert gallery.look(image.id) == before
    assert before.width == 100
    gallery.assert_sound()


def test_an_event_before_its_record_is_ignored(gallery):
    gallery.store.write("uploads/0123456789abcdef0123456789abcdef", pictures.photo(1), "image/jpeg")
    assert gallery.deliver(gallery.created("uploads/0123456789abcdef0123456789abcdef")) == []
    assert gallery.everything() == []
    assert gallery.media() == set()


def test_an_event_of_a_file_that_is_gone_leaves_the_record_waiting(gallery):
    image = gallery.expect()
    assert gallery.analyse(image) == []
    assert gallery.look(image.id) == image


def test_a_file_replaced_under_the_same_key_replaces_what_was_made_of_it(gallery):
    image = gallery.upload(pictures.jpeg(colour="#d13b35"), description="Red")
    gallery.analyse(image)
    before = gallery.look(image.id)
    gallery.edit(image.id, description="A wall", title="Wall", published=True)
    gallery.store.write(image.key, pictures.jpeg(90, 60, colour="#2f55c0"), "image/jpeg")
    gallery.analyse(image)
    after = gallery.look(image.id)
    assert (after.width, after.height, after.caption.text) == (90, 60, "90 by 60")
    assert (after.description, after.title, after.published) == ("A wall", "Wall", True)
    assert not set(before.derivatives.values()) & gallery.media()
    gallery.assert_sound()


def test_a_good_file_replaced_by_a_broken_one_shows_neither(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.analyse(image)
    gallery.store.write(image.key, b"junk", "image/jpeg")
    gallery.analyse(image)
    assert gallery.look(image.id).status == "rejected"
    assert gallery.media() == set()


def test_a_picture_that_comes_back_after_a_broken_one_is_read_again(gallery):
    """In a bucket the same bytes have the same etag again."""
    gallery.store = MemoryStore()
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    gallery.analyse(image)
    before = gallery.look(image.id)
    for body in (b"junk", pictures.photo(1)):
        gallery.store.write(image.key, body, "image/jpeg")
        assert gallery.analyse(image) == []
    after = gallery.look(image.id)
    assert (after.etag, after.caption, after.match, after.analysis) == (before.etag, before.caption, before.match, "done")
    gallery.assert_sound()


def test_a_file_replaced_while_it_was_open_is_opened_again(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.decoder.during = [lambda: gallery.store.write(image.key, pictures.photo(2, 100, 80), "image/jpeg")]
    assert gallery.analyse(image) == ["m1"], "what was written is of a file that is no more"
    assert gallery.analyse(image) == []
    assert gallery.look(image.id).width == 100
    gallery.assert_sound()


def test_derivatives_that_went_missing_are_made_again(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.analyse(image)
    calls = list(gallery.vision.calls)
    gallery.store.delete(gallery.look(image.id).derivatives["row"])
    gallery.analyse(image)
    gallery.assert_sound()
    assert gallery.look(image.id).analysis == "done"
    assert gallery.vision.calls == calls


# --- the same picture twice


def test_a_picture_that_its_owner_has_already_is_rejected_as_a_duplicate(gallery):
    first, second = gallery.upload(pictures.photo(1)), gallery.upload(pictures.photo(1))
    gallery.analyse(first)
    gallery.analyse(second)
    refused = gallery.look(second.id)
    assert (refused.status, refused.reason, refused.duplicate_of) == ("rejected", "duplicate", first.id)
    assert gallery.decoder.opened == 1, "a duplicate is known by its bytes"
    gallery.assert_sound()


def test_two_uploads_of_the_same_file_in_one_batch_leave_one(gallery):
    images = [gallery.upload(pictures.photo(1)) for _ in range(2)]
    assert gallery.analyse(*images) == []
    assert [gallery.look(image.id).status for image in images] == ["ready", "rejected"]
    gallery.assert_sound()


def test_two_uploads_of_the_same_file_at_the_same_moment_leave_one(gallery):
    first, second = gallery.upload(pictures.photo(1)), gallery.upload(pictures.photo(1))
    gallery.decoder.during = [lambda: gallery.analyse(second)]  # it overtakes while the first is open
    assert gallery.analyse(first) == []
    assert (gallery.look(second.id).status, gallery.look(first.id).status) == ("ready", "rejected")
    assert gallery.look(first.id).duplicate_of == second.id
    gallery.assert_sound()


def test_the_same_picture_of_two_owners_is_two_pictures(gallery):
    images = [gallery.upload(pictures.photo(1), owner=owner) for owner in ("ada", "bob")]
    gallery.analyse(*images)
    assert [gallery.look(image.id).status for image in images] == ["ready", "ready"]


def test_a_deleted_picture_may_be_uploaded_again(gallery):
    first = gallery.upload(pictures.photo(1))
    gallery.analyse(first)
    gallery.edit(first.id, deleted_at=now())
    second = gallery.upload(pictures.photo(1))
    gallery.analyse(second)
    assert gallery.look(second.id).status == "ready"


def test_a_copy_at_another_size_is_pointed_out(gallery):
    first, second = gallery.upload(pictures.photo(1)), gallery.upload(pictures.photo(1, 160, 120))
    other = gallery.upload(pictures.photo(2))
    small = pictures.encoded(pictures.scene(1).resize((160, 120)), "JPEG")
    gallery.store.write(second.key, small, "image/jpeg")
    gallery.analyse(first)
    gallery.analyse(second, other)
    found = ["near_duplicate" in gallery.look(image.id).checks for image in (first, second, other)]
    assert found == [False, True, False]
    assert [gallery.look(image.id).near_duplicate_of for image in (first, second, other)] == [None, first.id, None]


def test_a_copy_that_its_owner_keeps_is_not_pointed_out_again(gallery):
    first, second = gallery.upload(pictures.photo(1)), gallery.upload(pictures.photo(1, 160, 120))
    gallery.store.write(second.key, pictures.encoded(pictures.scene(1).resize((160, 120)), "JPEG"), "image/jpeg")
    gallery.analyse(first)
    gallery.analyse(second)
    gallery.edit(second.id, checks=(), kept=("near_duplicate",), read_etag=None)
    gallery.analyse(second)
    seen = gallery.look(second.id)
    assert ("near_duplicate" in seen.checks, seen.kept) == (False, ("near_duplicate",))
    gallery.edit(first.id, deleted_at=now())
    gallery.edit(second.id, read_etag=None)
    gallery.analyse(second)
    assert (gallery.look(second.id).kept, gallery.look(second.id).near_duplicate_of) == ((), None)


# --- deletion


def test_a_deleted_image_is_not_analysed(gallery):
    image = gallery.upload(pictures.photo(1))
    binned = gallery.edit(image.id, deleted_at=now())
    assert gallery.analyse(image) == []
    assert gallery.look(image.id) == binned
    assert gallery.media() == set()


def test_an_image_deleted_while_its_file_is_open_stays_deleted_and_leaves_no_file(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.decoder.during = [lambda: gallery.edit(image.id, deleted_at=now())]
    assert gallery.analyse(image) == []
    assert gallery.look(image.id).deleted_at is not None
    assert gallery.look(image.id).derivatives == {}
    assert gallery.media() == set()
    assert gallery.vision.calls == []


def test_an_image_deleted_while_the_model_looks_at_it_stays_deleted(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.vision.during = [lambda: gallery.edit(image.id, deleted_at=now())]
    assert gallery.analyse(image) == []
    binned = gallery.look(image.id)
    assert binned.deleted_at is not None
    assert (binned.caption, binned.analysis) == (None, "pending")


def test_an_image_removed_for_good_while_its_file_is_open_leaves_no_file(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.decoder.during = [lambda: gallery.catalog.delete(image.id)]
    assert gallery.analyse(image) == []
    assert gallery.everything() == []
    assert gallery.media() == set()


def test_a_restored_image_gets_its_derivatives_back_and_is_not_read_again(gallery):
    image = gallery.upload(pictures.photo(1), description="Some shapes")
    gallery.analyse(image)
    before, calls = gallery.look(image.id), list(gallery.vision.calls)
    gallery.edit(image.id, deleted_at=now())
    for key in before.derivatives.values():
        gallery.store.delete(key)
    gallery.edit(image.id, deleted_at=None, derivatives={}, status="processing", analysis="pending")
    assert gallery.deliver(gallery.message({"type": "analyse", "key": image.key})) == []
    after = gallery.look(image.id)
    assert (after.status, after.analysis, after.match, after.caption) == ("ready", "done", before.match, before.caption)
    assert gallery.vision.calls == calls
    gallery.assert_sound()


def test_an_image_restored_while_a_worker_removed_its_files_gets_them_back(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.analyse(image)
    gallery.edit(image.id, deleted_at=now())
    delete, restored = gallery.store.delete, []

    def restore_meanwhile(key):
        if not restored:
            restored.append(gallery.edit(image.id, deleted_at=None))
        delete(key)

    gallery.store.delete = restore_meanwhile
    kept = gallery.analyse(image)
    gallery.store.delete = delete
    assert kept == ["m2"]
    assert gallery.analyse(image) == []
    assert gallery.look(image.id).status == "ready"
    gallery.assert_sound()


# --- edits beside analysis


def test_what_the_owner_writes_while_the_file_is_open_stays(gallery):
    image = gallery.upload(pictures.photo(1), description="Old words")
    gallery.decoder.during = [lambda: gallery.edit(image.id, description="New words", title="T", tags=("a",), category="comics")]
    assert gallery.analyse(image) == []
    ready = gallery.look(image.id)
    assert (ready.description, ready.title, ready.tags, ready.category) == ("New words", "T", ("a",), "comics")
    assert (ready.status, ready.analysis) == ("ready", "done")


# --- trouble of ours


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

    class Watched:
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
    class Slow:
        def open(self, data, deadline=None, derive=True):
            raise Unavailable("no time", code="out_of_time")

    image = gallery.upload(pictures.photo(1))
    assert gallery.analyse(image, decoder=Slow()) == ["m1"]
    assert (gallery.look(image.id).status, gallery.look(image.id).attempt) == ("processing", None)
