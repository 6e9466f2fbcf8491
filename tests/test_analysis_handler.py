"""The Lambdas behind queue and schedule, with everything real: real-shaped SQS events in, ready pictures out."""

from dataclasses import dataclass

import pytest

from sightsync import services as composition
from sightsync.settings import Settings
from tests import pictures
from tests.analysing import Gallery


@dataclass
class Context:
    """The part of Lambda's context that is used."""

    seconds: float = 120.0
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@pytest.fixture
def gallery(tmp_path, monkeypatch):
    """On the very files that the handlers use, which know them from the environment alone."""
    from sightsync.decoder import decoder

    monkeypatch.setenv("SIGHTSYNC_DATA", str(tmp_path))
    composition.services.cache_clear()
    gallery = Gallery(tmp_path)
    yield gallery
    composition.services().catalog.close()
    composition.services.cache_clear()
    decoder().close()
    gallery.close()


def test_a_batch_of_sqs_records_becomes_ready_pictures(gallery):
    from handlers.analysis import handler

    good = [gallery.upload(pictures.jpeg(colour=colour), description="A red wall") for colour in ("#d13b35", "#2f55c0")]
    broken = gallery.upload(pictures.truncated())
    records = [gallery.created(image.key) for image in (*good, broken)]
    assert handler({"Records": [*records, gallery.message("junk")]}, Context()) == {"batchItemFailures": [{"itemIdentifier": "m4"}]}
    red, blue = (gallery.look(image.id) for image in good)
    assert (red.status, red.analysis, red.caption.kind) == ("ready", "done", "looks")
    assert (red.match.verdict, blue.match.verdict) == ("agrees", "disagrees")
    assert red.match.evidence[0].text == "red"
    assert (red.suggested, "words_disagree" in blue.checks) == (None, False), "colours alone accuse nobody"
    assert (gallery.look(broken.id).status, gallery.look(broken.id).reason) == ("rejected", "corrupt")
    gallery.assert_sound()


def test_changed_words_are_matched_by_the_same_lambda(gallery):
    from handlers.analysis import handler

    image = gallery.upload(pictures.jpeg(colour="#2f55c0"), description="A red wall")
    handler({"Records": [gallery.created(image.key)]}, Context())
    gallery.edit(image.id, description="A blue wall", match=None, read_words=None)
    assert handler({"Records": [gallery.message({"type": "rescore", "image": image.id})]}, Context()) == {"batchItemFailures": []}
    found = gallery.look(image.id)
    assert found.match.verdict == "agrees"
    assert [(piece.text, piece.verdict) for piece in found.match.evidence] == [("blue", "agrees")]


def test_a_lambda_without_time_returns_its_whole_batch(gallery):
    from handlers.analysis import handler

    image = gallery.upload(pictures.photo(1))
    answer = handler({"Records": [gallery.created(image.key)]}, Context(seconds=2))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert gallery.look(image.id).status == "waiting"


def test_the_schedule_runs_upkeep(gallery):
    from handlers.upkeep import handler

    gallery.expect()
    event = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "time": "2026-05-04T12:00:00Z"}
    assert handler(event, Context()) == {}
    assert len(gallery.everything()) == 1


@pytest.mark.real_images
def test_every_real_picture_becomes_ready_and_upright(gallery, real_images):
    from handlers.analysis import handler

    files = sorted(
        path
        for path in real_images.iterdir()
        if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic", ".tif", ".tiff", ".bmp"}
    )
    images = {path.name: gallery.upload(path.read_bytes(), filename=path.name) for path in files}
    records = [gallery.created(image.key) for image in images.values()]
    for start in range(0, len(records), 10):
        assert handler({"Records": records[start : start + 10]}, Context(600)) == {"batchItemFailures": []}
    found = {name: gallery.look(image.id) for name, image in images.items()}
    assert {name: image.status.value for name, image in found.items()} == dict.fromkeys(found, "ready")
    assert {image.analysis.value for image in found.values()} == {"done"}
    assert (found["portrait-orientation-6.jpg"].width, found["portrait-orientation-6.jpg"].height) == (840, 700)
    gallery.assert_sound()


def test_settings_name_the_bucket_that_ids_are_made_of():
    assert Settings(store="s3://originals?public=derivatives").bucket == "originals"
    assert Settings(store="file:///somewhere/store").bucket == "local"
    assert Settings().bucket == "local"
