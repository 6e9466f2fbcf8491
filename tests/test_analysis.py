"""From an uploaded file to a ready picture, whatever the queue says, however often and in whatever order."""

import hashlib
import logging

import pytest

from sightsync.images import MAX_BYTES, now
from tests import pictures
from tests.analysing import AtOnce
from tests.fakes import MemoryStore


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
    class Spoilt(AtOnce):
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
