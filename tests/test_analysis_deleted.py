"""A picture deleted, restored or edited while it is analysed: the owner has the last word, and no file is left over."""

from sightsync.images import now
from tests import pictures


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
