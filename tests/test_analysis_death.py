"""Programs die, workers race: whatever happens at whatever line, the end is the one of an undisturbed run."""

import threading

import pytest

from sightsync.images import now
from tests import pictures
from tests.analysing import AtOnce, Fuse, Gallery, SimulatedDeath, dies
from tests.fakes import MemoryStore

pytestmark = pytest.mark.slow  # dies at every line there is

MOST_CALLS = 200


@pytest.fixture
def gallery_at(tmp_path):
    galleries = []

    def make(name, on_disk=False):
        """Stores in memory save half of the time; what they share with folders is the contract suite's business."""
        gallery = Gallery(tmp_path / name)
        gallery.store = gallery.store if on_disk else MemoryStore()
        galleries.append(gallery)
        return gallery

    yield make
    for gallery in galleries:
        gallery.close()


def uploads(gallery):
    return [gallery.upload(pictures.photo(1, 64, 48), description="Some shapes", id="a" * 32)]


def a_batch(gallery):
    """Two good pictures around a broken one."""
    bodies = (pictures.photo(1, 64, 48), b"junk", pictures.photo(2, 64, 48))
    return [gallery.upload(body, description="Words", id=letter * 32) for letter, body in zip("abc", bodies, strict=True)]


def twins(gallery):
    return [gallery.upload(pictures.photo(1, 64, 48), description="Words", id=letter * 32) for letter in "ab"]


def a_replaced_file(gallery):
    images = uploads(gallery)
    gallery.analyse(*images)
    gallery.store.write(images[0].key, pictures.photo(2, 100, 80), "image/jpeg")
    return images


def a_file_replaced_by_a_broken_one(gallery):
    images = uploads(gallery)
    gallery.analyse(*images)
    gallery.store.write(images[0].key, b"junk", "image/jpeg")
    return images


def a_restored_image(gallery):
    images = uploads(gallery)
    gallery.analyse(*images)
    for key in gallery.look(images[0].id).derivatives.values():
        gallery.store.delete(key)
    gallery.edit(images[0].id, derivatives={}, status="processing", analysis="pending")
    return images


def a_binned_image_with_files_left(gallery):
    images = uploads(gallery)
    gallery.analyse(*images)
    gallery.edit(images[0].id, deleted_at=now())
    return images


def bulk(gallery):
    key = "incoming/comics/0123456789abcdef/page.jpg"
    gallery.store.write(key + ".json", b'{"description": "A page", "tags": ["ink"]}', "application/json")
    gallery.store.write(key, pictures.photo(3, 64, 48), "image/jpeg")
    return [key]


SITUATIONS = [
    uploads,
    a_batch,
    a_replaced_file,
    a_file_replaced_by_a_broken_one,
    a_restored_image,
    a_binned_image_with_files_left,
    bulk,
]


def outcome(gallery):
    """What people would notice, with nothing that must differ between two runs."""
    fields = {
        "status",
        "analysis",
        "reason",
        "caption",
        "match",
        "checks",
        "width",
        "description",
        "duplicate_of",
        "attempt",
        "category",
    }
    images = sorted(gallery.everything(), key=lambda image: image.id)
    return [(image.id, image.model_dump(include=fields), len(image.derivatives), image.deleted_at is None) for image in images]


def message(gallery, images, receives):
    return gallery.created(*[image if isinstance(image, str) else image.key for image in images], receives=receives)


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_death_at_any_line_changes_nothing_about_the_end(gallery_at, situation, after):
    on_disk = situation in (uploads, bulk)
    undisturbed = gallery_at("undisturbed", on_disk)
    undisturbed.deliver(message(undisturbed, situation(undisturbed), 1))
    expected = outcome(undisturbed)
    for at in range(1, MOST_CALLS):
        gallery = gallery_at(f"{at}", on_disk)
        images = situation(gallery)
        died = dies(gallery, Fuse(at, after), message(gallery, images, 1))
        assert gallery.deliver(message(gallery, images, 2)) == []
        assert outcome(gallery) == expected, f"death at call {at}"
        gallery.assert_sound()
        if not died:
            return
    raise AssertionError("analysis makes more calls than this test can follow")


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_death_among_two_uploads_of_one_file_leaves_one_of_them(gallery_at, after):
    """Whichever: a file that a program died of runs last, so the other one may win."""
    for at in range(1, MOST_CALLS):
        gallery = gallery_at(f"{at}")
        images = twins(gallery)
        died = dies(gallery, Fuse(at, after), message(gallery, images, 1))
        assert gallery.deliver(message(gallery, images, 2)) == []
        one, other = sorted((gallery.look(image.id) for image in images), key=lambda image: image.status)
        assert (one.status, other.status, other.duplicate_of) == ("ready", "rejected", one.id)
        gallery.assert_sound()
        if not died:
            return


def test_dying_twice_on_the_same_picture_changes_nothing_either(gallery_at):
    undisturbed = gallery_at("undisturbed")
    undisturbed.analyse(*uploads(undisturbed))
    for at in range(1, MOST_CALLS):
        gallery = gallery_at(f"{at}")
        images = uploads(gallery)
        died = dies(gallery, Fuse(at), message(gallery, images, 1))
        dies(gallery, Fuse(at, after=True), message(gallery, images, 2))
        assert gallery.analyse(*images, receives=3) == []
        assert outcome(gallery) == outcome(undisturbed), f"death at call {at}"
        gallery.assert_sound()
        if not died:
            return


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_death_beside_a_deletion_leaves_no_file(gallery_at, after):
    for at in range(1, MOST_CALLS):
        gallery = gallery_at(f"{at}")
        (image,) = uploads(gallery)
        died = dies(gallery, Fuse(at, after), message(gallery, [image], 1))
        before = gallery.look(image.id)
        gallery.edit(image.id, deleted_at=now())
        for key in before.derivatives.values():
            gallery.store.delete(key)
        assert gallery.analyse(image, receives=2) == []
        assert gallery.look(image.id).deleted_at is not None
        assert gallery.media() == set()
        if not died:
            return


def test_a_death_leaves_a_marker_and_a_finished_run_none(gallery_at):
    gallery = gallery_at("one")
    (image,) = uploads(gallery)

    class Killer(AtOnce):
        def open(self, data, deadline=None, derive=True):
            raise SimulatedDeath

    with pytest.raises(SimulatedDeath):
        gallery.analyse(image, decoder=Killer())
    assert (gallery.look(image.id).status, gallery.look(image.id).attempt.count) == ("processing", 1)
    with pytest.raises(SimulatedDeath):
        gallery.analyse(image, decoder=Killer())
    assert gallery.look(image.id).attempt.count == 2
    gallery.analyse(image)
    assert (gallery.look(image.id).status, gallery.look(image.id).attempt) == ("ready", None)


# --- two workers


@pytest.mark.parametrize("moment", ["decoder", "vision"])
def test_a_message_that_two_workers_hold_is_done_once(gallery_at, moment):
    """The second begins and ends while the first is in the middle of it."""
    gallery = gallery_at("one")
    (image,) = uploads(gallery)
    getattr(gallery, moment).during = [lambda: gallery.analyse(image)]
    gallery.analyse(image)
    gallery.analyse(image)
    ready = gallery.look(image.id)
    assert (ready.status, ready.analysis, ready.match.space) == ("ready", "done", ready.read_space)
    gallery.assert_sound()


def test_many_workers_on_the_same_messages_agree(gallery_at):
    gallery = gallery_at("one")
    images = [*twins(gallery), gallery.upload(b"junk"), gallery.upload(pictures.photo(2, 64, 48))]
    barrier = threading.Barrier(4)
    trouble = []

    def work():
        barrier.wait()
        try:
            for receive in range(1, 9):
                messages = [gallery.created(image.key, receives=receive) for image in images]
                if not gallery.deliver(*messages):
                    return
            trouble.append("never done")
        except Exception as problem:
            trouble.append(problem)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert trouble == []
    statuses = [gallery.look(image.id).status.value for image in images]
    assert sorted(statuses[:2]) == ["ready", "rejected"]
    assert statuses[2:] == ["rejected", "ready"]
    gallery.assert_sound()
