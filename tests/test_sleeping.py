"""What an endpoint's sleep, faults and budget do to pictures: nothing wrong is stored, nothing is lost, no picture waits for it."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightsync.adapters.huggingface import HuggingFaceVision
from sightsync.calibrating import version
from sightsync.images import Image, now
from sightsync.ports import Calibration
from sightsync.upkeep import upkeep
from tests import pictures
from tests.analysing import Gallery
from tests.endpoint import (
    CAPTIONER,
    DIM,
    SPACE,
    Clock,
    Endpoint,
    Handler,
    Play,
    alters,
    answer,
    cuts_short,
    hosted,
    resets,
    says,
    stalls,
    well,
)

HOUR = timedelta(hours=1)
_NOWHERE = np.zeros(DIM, np.float32)


@pytest.fixture
def gallery(tmp_path: Path, endpoint: Endpoint, clock: Clock) -> Iterator[Gallery]:
    gallery = Gallery(tmp_path)
    gallery.vision = reader(gallery, endpoint, clock)
    gallery.catalog.put_calibration(Calibration(SPACE, version(), _NOWHERE, _NOWHERE, _NOWHERE, 0.3, 0.3, 0.3, 2.0, 1.2))
    yield gallery
    gallery.close()


def reader(gallery: Gallery, endpoint: Endpoint, clock: Clock, daily_calls: int = 1000) -> HuggingFaceVision:
    """Analysis makes its deadlines by the real clock."""
    return hosted(endpoint, clock, gallery.catalog, daily_calls=daily_calls, monotonic=time.monotonic)


def upload(gallery: Gallery, count: int = 1) -> list[Image]:
    return [gallery.upload(pictures.photo(seed), description="Some shapes") for seed in range(count)]


def stored(gallery: Gallery, image: Image, space: str = SPACE) -> dict[str, Any]:
    return gallery.catalog.vectors([image.id], space).get(image.id, {})


def requeued(gallery: Gallery, after: timedelta) -> list[dict[str, Any]]:
    gallery.waiting()
    upkeep(gallery.catalog, gallery.store, gallery.queue, now() + after, time.monotonic() + 60)
    return gallery.waiting()


# --- faults


def item(index: int, **values: Any) -> Play:
    return alters(lambda whole: whole["items"][index].update(values))


FAULTS: dict[str, Play] = {
    "a reset in the middle of the answer": resets,
    "an answer cut short": cuts_short,
    "HTML": says(200, b"<!doctype html>", content_type="text/html"),
    "another dimension": item(0, image_vector=[1.0]),
    "another number of pictures": alters(lambda whole: whole["items"].pop()),
    "no credit": says(402, {"error": "Payment required"}),
    "not found, as text": says(404, b"Not Found", content_type="text/plain"),
    "too large": says(413, b""),
    "a server error": says(500, {"error": "internal"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_pictures_ready_and_stores_nothing_until_the_endpoint_is_well(
    gallery: Gallery, endpoint: Endpoint, fault: str
) -> None:
    endpoint.otherwise = FAULTS[fault]
    images = upload(gallery, 2)
    assert gallery.analyse(*images) == ["m1", "m2"]
    for image in images:
        seen = gallery.look(image.id)
        assert (seen.status, seen.analysis, seen.caption, seen.match) == ("ready", "pending", None, None)
        assert stored(gallery, image) == {}
        assert [step.reason for step in seen.steps if step.name == "captioned"] == ["vision_unavailable"]
    endpoint.otherwise = well
    assert gallery.analyse(*images, receives=2) == []
    for image in images:
        assert gallery.look(image.id).analysis == "done"
        assert set(stored(gallery, image)) == {"image", "caption", "description"}


@pytest.mark.parametrize(
    "values", [{"image_vector": [float("nan")] * DIM}, {"caption_vector": [0.0] * DIM}, {"text_vectors": [None]}]
)
def test_numbers_that_are_no_vector_are_not_stored_and_the_neighbour_is(
    gallery: Gallery, endpoint: Endpoint, values: dict[str, Any]
) -> None:
    endpoint.plays = [item(0, **values)]
    bad, good = upload(gallery, 2)
    assert gallery.analyse(bad, good) == []
    assert (gallery.look(bad.id).status, gallery.look(bad.id).analysis, gallery.look(bad.id).caption) == ("ready", "failed", None)
    assert stored(gallery, bad) == {}
    assert gallery.look(good.id).analysis == "done"


def test_a_stall_ends_in_time_to_write_down_that_it_did(gallery: Gallery, endpoint: Endpoint) -> None:
    endpoint.otherwise = stalls(60)
    (image,) = upload(gallery)
    gallery.analyse(image, vision=_Impatient(gallery.vision, 0.4))
    assert (gallery.look(image.id).status, gallery.look(image.id).analysis) == ("ready", "pending")


class _Impatient:
    """A vision whose every call has so many seconds left."""

    def __init__(self, vision: Any, seconds: float) -> None:
        self._vision, self._seconds = vision, seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vision, name)

    def read(self, pictures: Any, texts: Any, want: Any, deadline: float) -> Any:
        return self._vision.read(pictures, texts, want, min(deadline, time.monotonic() + self._seconds))


def test_words_are_never_matched_across_two_spaces(gallery: Gallery, endpoint: Endpoint) -> None:
    """The model is exchanged between the reading and the new words: they wait for the picture to be read by the new one."""
    (image,) = upload(gallery)
    gallery.analyse(image)
    before = stored(gallery, image)

    def other(handler: Handler, asked: dict[str, Any]) -> None:
        handler.say(200, answer(asked["inputs"], "other/clip@9"))

    endpoint.otherwise = other
    gallery.edit(image.id, description="Other words", match=None, read_words=None)
    gallery.deliver(gallery.message({"type": "rescore", "image": image.id}))
    match = gallery.look(image.id).match
    assert match is not None
    assert match.verdict == "unknown"
    after = stored(gallery, image)
    assert {kind: vector.tobytes() for kind, vector in after.items()} == {k: v.tobytes() for k, v in before.items()}
    assert stored(gallery, image, "other/clip@9") == {}


# --- asleep


def test_a_sleeping_endpoint_is_asked_once_for_a_batch_and_the_next_batch_knows(
    gallery: Gallery, endpoint: Endpoint, clock: Clock
) -> None:
    endpoint.otherwise = says(503, Retry_After="600")
    first, second = upload(gallery, 2)
    assert gallery.analyse(first) == ["m1"]
    assert gallery.analyse(second) == ["m2"]
    assert len(endpoint.asked) == 1
    assert [gallery.look(image.id).analysis for image in (first, second)] == ["waking", "waking"]
    assert list(gallery.hidden.values()) == [60, 60]
    clock.now += 600
    endpoint.otherwise = well
    assert gallery.analyse(first, second, receives=2) == []
    caption = gallery.look(first.id).caption
    assert caption is not None
    assert (caption.model, caption.kind) == (CAPTIONER, "caption")
    assert gallery.vision.health().last_wake_s == 600


def test_what_slept_through_all_receives_is_taken_up_again_by_upkeep_and_by_its_owner(
    gallery: Gallery, endpoint: Endpoint, clock: Clock
) -> None:
    endpoint.otherwise = says(503, Retry_After="600")
    (image,) = upload(gallery)
    for receive in range(1, 11):
        gallery.analyse(image, receives=receive)
        clock.now += 600
    assert gallery.look(image.id).analysis == "failed"
    assert requeued(gallery, 5 * HOUR) == [], "not every hour: each round is ten more tries"
    (sent,) = requeued(gallery, 7 * HOUR)
    endpoint.otherwise = well
    assert gallery.deliver(gallery.message(sent)) == []
    assert (gallery.look(image.id).analysis, gallery.look(image.id).checks) == ("done", ("uncategorised",))


def test_what_the_model_cannot_read_is_not_shown_to_it_again_and_again(gallery: Gallery, endpoint: Endpoint) -> None:
    endpoint.plays = [alters(lambda whole: whole.update(items=[{"error": "bad_image", "message": "…"}]))]
    (image,) = upload(gallery)
    assert gallery.analyse(image) == []
    assert gallery.look(image.id).analysis == "failed"
    assert requeued(gallery, 48 * HOUR) == []


# --- budget


def test_pictures_beyond_the_days_budget_are_read_the_next_day(gallery: Gallery, endpoint: Endpoint, clock: Clock) -> None:
    gallery.vision = reader(gallery, endpoint, clock, daily_calls=1)
    first, second, third = upload(gallery, 3)
    assert gallery.analyse(first) == []
    for image in (second, third):
        assert gallery.analyse(image) == [], "its message is done: more tries today would all end alike"
        clock.now += 10
        seen = gallery.look(image.id)
        assert (seen.status, seen.analysis, seen.checks) == ("ready", "pending", ("uncategorised",))
        assert [s.reason for s in seen.steps if s.name == "captioned"] == ["vision_budget"]
    assert gallery.vision.health().state == "off"
    hourly = requeued(gallery, HOUR * 1.1)
    assert len(hourly) == 2
    assert gallery.deliver(*map(gallery.message, hourly)) == []
    assert len(endpoint.asked) == 1
    clock.now += 86400
    assert gallery.deliver(*map(gallery.message, hourly)) == []
    assert {gallery.look(image.id).analysis for image in (first, second, third)} == {"done"}
