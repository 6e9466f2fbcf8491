"""Pictures that are put into the bucket in bulk: whose they are, where they are filed, and where their words come from."""

import json
from uuid import NAMESPACE_URL, uuid5

import pytest

from sightsync.images import now
from sightsync.ports import StoredObject
from tests import pictures
from tests.analysing import Gallery

KEY = "incoming/comics/0123456789abcdef/page one.jpg"


@pytest.fixture
def gallery(tmp_path):
    gallery = Gallery(tmp_path, bulk_owner="ada")
    yield gallery
    gallery.close()


def put(gallery, key=KEY, body=None, sidecar=None):
    """Sidecar first, as the design has it; the image's id."""
    if sidecar is not None:
        text = sidecar if isinstance(sidecar, bytes) else json.dumps(sidecar).encode()
        gallery.store.write(key + ".json", text, "application/json")
    gallery.store.write(key, body or pictures.photo(1), "image/jpeg")
    return uuid5(NAMESPACE_URL, f"local/{key}").hex


def analysed(gallery, key=KEY, body=None, sidecar=None):
    image_id = put(gallery, key, body, sidecar)
    assert gallery.deliver(gallery.created(key + ".json"), gallery.created(key)) == []
    return gallery.look(image_id)


def test_a_bulk_picture_belongs_to_the_bulk_owner_and_is_published(gallery):
    image = analysed(gallery)
    assert (image.owner, image.published, image.status, image.analysis) == ("ada", True, "ready", "done")
    assert (image.filename, image.category, image.key) == ("page one.jpg", "comics", KEY)
    gallery.assert_sound()


def test_the_queue_of_the_folder_itself_brings_it_in(gallery):
    put(gallery, sidecar={"title": "One"})
    bodies = gallery.waiting()
    assert len(bodies) == 2
    assert gallery.deliver(*[gallery.message(body) for body in bodies]) == []
    assert [image.title for image in gallery.everything()] == ["One"]


def test_its_words_come_from_the_sidecar(gallery):
    words = {
        "title": "Seite eins",
        "description": "Ein Hund\nund eine Katze 漫画",
        "tags": ["ink", "Ink", "dog"],
        "credit": "A. Artist",
        "category": "illustrations",
        "published": False,
        "sample": True,
        "owner": "mallory",
        "status": "failed",
        "id": "f" * 32,
    }
    image = analysed(gallery, sidecar=words)
    assert (image.title, image.description, image.credit) == ("Seite eins", "Ein Hund\nund eine Katze 漫画", "A. Artist")
    assert (image.tags, image.category, image.published, image.sample) == (("ink", "dog"), "illustrations", False, True)
    assert (image.owner, image.status) == ("ada", "ready"), "a sidecar has words for words only"
    assert image.match is not None


def test_a_sidecar_that_says_too_much_is_shortened(gallery):
    words = {
        "title": "t" * 500,
        "description": "d" * 5000,
        "tags": [f"tag {n} " + "x" * 100 for n in range(50)],
        "credit": "c" * 999,
    }
    image = analysed(gallery, sidecar=words)
    assert (len(image.title), len(image.description), len(image.tags), len(image.credit)) == (120, 1000, 20, 200)
    assert all(len(tag) <= 40 for tag in image.tags)


@pytest.mark.parametrize(
    "sidecar",
    [
        {"title": 7, "description": None, "tags": {"a": 1}, "credit": ["x"], "category": ["comics"], "published": "no"},
        {"title": "\x00\ud800", "description": "\x07", "tags": [1, None, ["x"], "\x00"]},
        {},
    ],
)
def test_values_that_make_no_sense_are_left_out(gallery, sidecar):
    image = analysed(gallery, sidecar=sidecar)
    assert (image.title, image.description, image.tags, image.credit) == ("", "", (), "")
    assert (image.category, image.published, image.status) == ("comics", True, "ready")


@pytest.mark.parametrize("sidecar", [b"{", b"\xff\xfe\x00", b'["a"]', b"[" * 60_000, b'"' + b"x" * 70_000 + b'"'])
def test_a_broken_sidecar_never_loses_the_picture(gallery, sidecar):
    image = analysed(gallery, sidecar=sidecar)
    assert (image.status, image.description) == ("ready", "")
    assert [(s.outcome, s.reason) for s in image.steps if s.name == "received"] == [("ok", "sidecar_unreadable")]


def test_tags_on_one_line_are_taken_apart(gallery):
    assert analysed(gallery, sidecar={"tags": "ink, dog ,, cat"}).tags == ("ink", "dog", "cat")


@pytest.mark.parametrize(
    ("key", "category"),
    [
        ("incoming/portraits/a.jpg", "portraits"),
        ("incoming/_/x/a.jpg", "uncategorised"),
        ("incoming/holidays/a.jpg", "uncategorised"),
        ("incoming/a.jpg", "uncategorised"),
        ("incoming/uncategorised/a.jpg", "uncategorised"),
    ],
)
def test_the_folder_says_the_category_if_it_is_one(gallery, key, category):
    assert analysed(gallery, key).category == category


def test_an_unknown_category_of_a_sidecar_gives_way_to_the_folder(gallery):
    assert analysed(gallery, sidecar={"category": "holidays"}).category == "comics"


def test_without_a_sidecar_the_words_come_from_the_objects_metadata(gallery):
    image_id = put(gallery, body=pictures.with_exif(description="From EXIF"))

    class WithMetadata:
        """A store that keeps x-amz-meta-description, as a bucket does and a folder cannot."""

        def __getattr__(self, name):
            return getattr(gallery.store, name)

        def head(self, key):
            return self._said(gallery.store.head(key))

        def read(self, key, limit):
            found = gallery.store.read(key, limit)
            return found and StoredObject(self._said(found.head), found.body)

        def _said(self, head):
            return head and type(head)(**{**vars(head), "metadata": {"description": "From metadata"}})

    gallery.deliver(gallery.created(KEY), store=WithMetadata())
    assert gallery.look(image_id).description == "From metadata"


def test_without_any_other_words_those_inside_the_file_are_taken(gallery):
    image = analysed(gallery, body=pictures.with_exif(description="  From EXIF\x00"))
    assert image.description == "From EXIF"
    assert "no_words" not in image.checks


def test_words_inside_an_uploaded_file_are_its_owners_business(gallery):
    image = gallery.upload(pictures.with_exif(description="From EXIF"))
    gallery.analyse(image)
    assert gallery.look(image.id).description == ""


def test_words_that_the_owner_took_away_do_not_come_back_from_the_file(gallery):
    image = analysed(gallery, body=pictures.with_exif(description="From EXIF"))
    gallery.edit(image.id, description="")
    gallery.store.write(KEY, pictures.with_exif(pictures.scene(4), description="From EXIF"), "image/jpeg")
    gallery.deliver(gallery.created(KEY))
    assert (gallery.look(image.id).description, gallery.look(image.id).status) == ("", "ready")


def test_the_same_key_with_other_bytes_is_analysed_again_and_keeps_its_owners_edits(gallery):
    image = analysed(gallery, sidecar={"title": "One", "description": "First"})
    gallery.edit(image.id, title="Edited", published=False)
    again = analysed(gallery, body=pictures.photo(2, 100, 80), sidecar={"title": "Two", "description": "Second"})
    assert again.id == image.id
    assert (again.width, again.title, again.description, again.published) == (100, "Edited", "First", False)
    assert again.caption.text == "100 by 80"
    gallery.assert_sound()


def test_a_deleted_bulk_picture_does_not_come_back_with_its_file(gallery):
    image = analysed(gallery)
    gallery.edit(image.id, deleted_at=now())
    assert analysed(gallery, body=pictures.photo(2)).deleted_at is not None
    assert gallery.media() == set()


@pytest.mark.parametrize(
    "key", [KEY + ".json", "incoming/comics/", "incoming/LIST.JSON", "other/picture.jpg", "media/x/y/thumb.jpg"]
)
def test_sidecars_folders_and_foreign_keys_are_no_pictures(gallery, key):
    assert gallery.deliver(gallery.created(key)) == []
    assert gallery.everything() == []


def test_a_bulk_file_that_is_no_picture_is_kept_as_rejected(gallery):
    image = analysed(gallery, "incoming/_/notes.txt", b"hello")
    assert (image.status, image.reason, image.filename) == ("rejected", "not_an_image", "notes.txt")


def test_an_event_of_a_bulk_file_that_is_gone_makes_no_record(gallery):
    assert gallery.deliver(gallery.created(KEY)) == []
    assert gallery.everything() == []


@pytest.mark.parametrize("key", ["incoming/comics/漫画 & co+1.jpg", "incoming/_/100% ünï.png", "incoming/_/a\u202eb.jpg"])
def test_file_names_of_every_alphabet_arrive(gallery, key):
    image = analysed(gallery, key)
    assert (image.status, image.filename) == ("ready", key.rsplit("/", 1)[1])


def test_two_workers_that_meet_the_same_new_object_make_one_record(gallery):
    image_id = put(gallery)
    read, met = gallery.store.read, []

    def meanwhile(key, limit):
        if key.endswith(".json") and not met:
            met.append(None)
            met[0] = gallery.deliver(gallery.created(KEY))
        return read(key, limit)

    gallery.store.read = meanwhile
    assert gallery.deliver(gallery.created(KEY)) == []
    assert met == [[]]
    assert [(image.id, image.status) for image in gallery.everything()] == [(image_id, "ready")]
