"""How far analysis has come: what a desk says while many pictures arrive."""

from datetime import timedelta
from typing import Any

import pytest

from sightsync.errors import Unavailable
from sightsync.images import AnalysisState, Status, now
from sightsync.progress import progress
from sightsync.services import Services
from tests.conftest import Client
from tests.fakes import MemoryQueue
from tests.records import an_image


def keep(services: Services, count: int = 1, **fields: Any) -> None:
    for _ in range(count):
        services.catalog.put(an_image(**{"owner": "ada"} | fields), 0)


def test_images_are_counted_by_how_far_they_are(services: Services, ada: Client) -> None:
    keep(services, 3, status=Status.PROCESSING)
    keep(services, 2, status=Status.READY, analysis=AnalysisState.WAKING)
    keep(services, 4, status=Status.READY, analysis=AnalysisState.DONE)
    keep(services, 1, status=Status.READY, analysis=AnalysisState.FAILED)
    keep(services, 2, status=Status.FAILED)
    keep(services, 5, status=Status.REJECTED)
    keep(services, 1, status=Status.WAITING)  # its file may never come
    keep(services, 1, owner="bob")
    keep(services, 1, deleted_at=now())
    services.queue.send({"type": "analyse", "key": "incoming/a.jpg"})
    assert ada.get("/api/desk").json()["progress"] == {
        "waiting": 5,
        "done": 4,
        "rejected": 5,
        "failed": 3,
        "queued": 1,
        "per_minute": 6.0,
        "seconds_left": 50,
    }


def test_an_empty_desk_waits_for_nothing(ada: Client) -> None:
    found = ada.get("/api/desk").json()["progress"]
    assert (found["waiting"], found["queued"], found["per_minute"], found["seconds_left"]) == (0, 0, 0.0, 0)


def test_a_bulk_upload_that_no_record_knows_yet_is_on_the_queue(services: Services) -> None:
    for number in range(40):
        services.queue.send({"n": number})
    found = progress("ada", services.catalog, services.queue, now())
    assert (found.waiting, found.left, found.seconds_left) == (0, 40, None)


def test_the_pace_is_that_of_the_last_minutes(services: Services) -> None:
    keep(services, 8, analysis=AnalysisState.DONE)
    assert progress("ada", services.catalog, services.queue, now()).per_minute == 4.0
    assert progress("ada", services.catalog, services.queue, now() + timedelta(minutes=3)).per_minute == 0.0


@pytest.mark.parametrize("queue", [None, "away"])
def test_without_its_queue_a_desk_still_says_what_it_knows(services: Services, queue: str | None) -> None:
    class Away(MemoryQueue):
        def backlog(self) -> int:
            raise Unavailable("away")

    keep(services, 3, status=Status.PROCESSING)
    keep(services, 6, analysis=AnalysisState.DONE)
    found = progress("ada", services.catalog, Away() if queue else None, now())
    assert (found.queued, found.left, found.seconds_left) == (None, 3, 60)
