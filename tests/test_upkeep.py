"""What the hourly round puts right, forgets and empties, and what it leaves alone."""

import time
from datetime import timedelta

import pytest

from sightsync.errors import StoreUnavailable
from sightsync.images import Attempt, now
from sightsync.pixel_steps import MAX_ATTEMPTS
from sightsync.upkeep import upkeep
from tests import pictures
from tests.analysing import Gallery
from tests.fakes import asleep

MINUTES, HOURS, DAYS = (timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))


@pytest.fixture
def gallery(tmp_path):
    gallery = Gallery(tmp_path)
    yield gallery
    gallery.close()


def round_after(gallery, age, seconds=60, store=None, catalog=None):
    """One round, as if so much time had passed since now; what it did and which messages it sent."""
    gallery.waiting()
    deadline = time.monotonic() + seconds
    done = upkeep(catalog or gallery.catalog, store or gallery.store, gallery.queue, now() + age, deadline)
    return done, gallery.waiting()


def analyse_message(image):
    return {"type": "analyse", "key": image.key}


# --- stuck


def test_an_overdue_picture_goes_back_on_the_queue_and_becomes_ready(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.edit(image.id, status="processing")
    done, sent = round_after(gallery, 16 * MINUTES)
    assert (done, sent) == ({"requeued": 1}, [analyse_message(image)])
    gallery.deliver(*[gallery.message(body) for body in sent])
    assert gallery.look(image.id).status == "ready"


def test_a_picture_that_is_being_processed_is_left_to_its_worker(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.edit(image.id, status="processing")
    assert round_after(gallery, 14 * MINUTES) == ({}, [])


def test_an_overdue_picture_whose_attempts_are_used_up_is_failed(gallery):
    image = gallery.upload(pictures.photo(1))
    etag = gallery.store.head(image.key).etag
    gallery.edit(image.id, status="processing", attempt=Attempt(etag=etag, started_at=now(), count=MAX_ATTEMPTS))
    done, sent = round_after(gallery, 16 * MINUTES)
    assert (done, sent) == ({"failed": 1}, [])
    failed = gallery.look(image.id)
    assert (failed.status, failed.reason, failed.checks) == ("failed", "crashed", ("failed",))


def test_an_overdue_picture_whose_file_is_gone_is_failed(gallery):
    image = gallery.expect()
    gallery.edit(image.id, status="processing")
    done, sent = round_after(gallery, 16 * MINUTES)
    assert (done, sent) == ({"failed": 1}, [])
    assert (gallery.look(image.id).status, gallery.look(image.id).reason) == ("failed", "original_missing")


def test_a_file_whose_event_was_lost_is_found(gallery):
    image = gallery.upload(pictures.photo(1))
    assert round_after(gallery, 16 * MINUTES) == ({"requeued": 1}, [analyse_message(image)])


def test_a_bulk_picture_is_found_again_by_its_key(gallery):
    gallery.store.write("incoming/comics/a b+c.jpg", pictures.photo(1), "image/jpeg")
    gallery.deliver(gallery.created("incoming/comics/a b+c.jpg"))
    (image,) = gallery.everything()
    gallery.edit(image.id, status="processing")
    _, sent = round_after(gallery, 16 * MINUTES)
    gallery.deliver(*[gallery.message(body) for body in sent])
    assert [(found.id, found.status) for found in gallery.everything()] == [(image.id, "ready")]


@pytest.mark.parametrize("state", ["pending", "waking"])
def test_an_analysis_that_nobody_goes_on_with_is_sent_again_after_an_hour(gallery, state):
    image = gallery.upload(pictures.photo(1), description="Words")
    gallery.vision.fail = asleep()
    gallery.analyse(image)
    gallery.edit(image.id, analysis=state)
    assert round_after(gallery, 59 * MINUTES) == ({}, [])
    done, sent = round_after(gallery, 61 * MINUTES)
    assert (done, sent) == ({"requeued": 1}, [analyse_message(image)])
    gallery.vision.fail = None
    gallery.deliver(*[gallery.message(body) for body in sent])
    assert (gallery.look(image.id).analysis, gallery.decoder.opened) == ("done", 1)


def test_new_words_whose_message_was_lost_get_their_match(gallery):
    image = gallery.upload(pictures.photo(1), description="Words")
    gallery.analyse(image)
    gallery.edit(image.id, description="Other words", match=None, read_words=None, analysis="pending")
    _, sent = round_after(gallery, 61 * MINUTES)
    gallery.deliver(*[gallery.message(body) for body in sent])
    assert gallery.look(image.id).match is not None
    assert gallery.vision.calls == [("read", 1), ("embed", 1)]


# --- abandoned


def test_an_upload_that_never_came_is_forgotten_after_a_day(gallery):
    gallery.expect()
    assert round_after(gallery, 23 * HOURS) == ({}, [])
    assert round_after(gallery, 25 * HOURS) == ({"forgotten": 1}, [])
    assert gallery.everything() == []


def test_a_file_that_came_is_not_forgotten_however_late(gallery):
    image = gallery.upload(pictures.photo(1))
    assert round_after(gallery, 3 * DAYS) == ({"requeued": 1}, [analyse_message(image)])


# --- bins


def binned(gallery, **fields):
    image = gallery.upload(pictures.photo(1), **fields)
    gallery.analyse(image)
    return gallery.edit(image.id, deleted_at=now())


def test_the_bin_is_emptied_after_thirty_days_file_derivatives_record_and_all(gallery):
    image = binned(gallery)
    done, _ = round_after(gallery, 29 * DAYS)
    assert gallery.look(image.id).deleted_at is not None
    assert gallery.store.head(image.key) is not None
    done, _ = round_after(gallery, 31 * DAYS)
    assert done == {"emptied": 1}
    assert gallery.everything() == []
    assert list(gallery.store.list("")) == []


def test_the_sidecar_of_a_bulk_picture_goes_with_it(gallery):
    key = "incoming/comics/a.jpg"
    gallery.store.write(key + ".json", b"{}", "application/json")
    gallery.store.write(key, pictures.photo(1), "image/jpeg")
    gallery.deliver(gallery.created(key))
    (image,) = gallery.everything()
    gallery.edit(image.id, deleted_at=now())
    round_after(gallery, 31 * DAYS)
    assert list(gallery.store.list("")) == []


def test_a_rejected_file_is_kept_for_thirty_days(gallery):
    image = gallery.upload(b"junk")
    gallery.analyse(image)
    assert round_after(gallery, 29 * DAYS) == ({}, [])
    assert round_after(gallery, 31 * DAYS) == ({"emptied": 1}, [])
    assert gallery.everything() == []
    assert gallery.store.head(image.key) is None


def test_what_is_in_the_gallery_stays_for_ever(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.analyse(image)
    before = gallery.look(image.id)
    assert round_after(gallery, 4000 * DAYS) == ({}, [])
    assert gallery.look(image.id) == before
    gallery.assert_sound()


def test_a_failed_picture_is_kept_for_its_owner_to_try_again(gallery):
    image = gallery.upload(pictures.photo(1))
    gallery.edit(image.id, status="failed", reason="crashed")
    assert round_after(gallery, 400 * DAYS) == ({}, [])
    assert gallery.store.head(image.key) is not None


def test_an_image_restored_at_the_last_moment_is_not_emptied(gallery):
    image = binned(gallery)

    class Restoring:
        """The owner is faster than the round that found the image in the bin."""

        def __getattr__(self, name):
            return getattr(gallery.catalog, name)

        def page(self, *args):
            page = gallery.catalog.page(*args)
            if any(found.deleted_at for found in page.images):
                gallery.edit(image.id, deleted_at=None)
            return page

    done, _ = round_after(gallery, 31 * DAYS, catalog=Restoring())
    assert "emptied" not in done
    assert gallery.look(image.id).status == "ready"
    gallery.assert_sound()


def test_derivatives_that_a_deleted_image_left_behind_are_removed(gallery):
    image = binned(gallery)
    assert gallery.media(image.id)
    done, _ = round_after(gallery, 1 * HOURS)
    assert done == {"tidied": 1}
    assert gallery.media() == set()
    assert gallery.store.head(image.key) is not None


# --- the round itself


def test_many_records_are_worked_through_page_by_page(gallery):
    images = [gallery.expect() for _ in range(250)]
    assert round_after(gallery, 25 * HOURS)[0] == {"forgotten": len(images)}
    assert gallery.everything() == []


def test_a_round_ends_in_time_and_the_next_one_goes_on(gallery):
    gallery.expect()
    assert round_after(gallery, 25 * HOURS, seconds=1)[0] == {"left": 1}
    assert round_after(gallery, 25 * HOURS)[0] == {"forgotten": 1}


def test_one_picture_in_trouble_does_not_stop_the_round(gallery):
    bad, good = gallery.upload(pictures.photo(1)), gallery.upload(pictures.photo(2))

    class Away:
        def __getattr__(self, name):
            return getattr(gallery.store, name)

        def head(self, key):
            if key == bad.key:
                raise StoreUnavailable("gone")
            return gallery.store.head(key)

    done, sent = round_after(gallery, 16 * MINUTES, store=Away())
    assert (done, sent) == ({"troubled": 1, "requeued": 1}, [analyse_message(good)])


def test_a_round_that_dies_is_finished_by_the_next_one(gallery):
    from tests.analysing import Fuse, SimulatedDeath

    image = binned(gallery)
    for at in range(1, 40):
        fuse = Fuse(at)
        try:
            round_after(gallery, 31 * DAYS, store=fuse.tie(gallery.store), catalog=fuse.tie(gallery.catalog))
        except SimulatedDeath:
            left = gallery.everything()
            assert left == [] or left[0].id == image.id, "the record goes last"
        if not gallery.everything():
            break
    assert list(gallery.store.list("")) == []
