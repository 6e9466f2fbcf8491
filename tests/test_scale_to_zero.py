"""Forty minutes beside an endpoint that sleeps: 500 pictures come meanwhile, none fails, and it is left alone as it should be.

Time is simulated; queue, catalog, analysis, client and HTTP are the real ones. Only the pictures are tiny (8 x 8) and are opened in
this process rather than in one of their own, and the endpoint's models are made up.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from operator import sub
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from local.worker import sqs_event
from sightsync.adapters.huggingface_http import TRIES
from sightsync.adapters.huggingface_notes import ASK_AGAIN_S
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.analysis import analyse
from sightsync.calibrating import version
from sightsync.events import parse
from sightsync.images import Image
from sightsync.ports import Calibration, Equal, Everything, Sort
from sightsync.settings import Settings
from tests import pictures
from tests.analysing import InProcess, s3_record
from tests.endpoint import DIM, SPACE, Clock, Endpoint, Handler, hosted, serving, well
from tests.fakes import MemoryStore
from tests.records import a_draft

PICTURES = 500
MINUTE = 60.0
ASLEEP_S = 40 * MINUTE
TOGETHER = 10  # files of one drop
LAMBDA_S = 120.0
WAITS = (60, 120, 240, 480, 600, 600, 600)  # seconds until a message comes back


class Deployment:
    """Uploads, the queue and its Lambda, by one clock."""

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        self.clock = Clock()
        self.began = self.clock.wall()
        self.endpoint = endpoint
        endpoint.otherwise = self._play
        self.calls: list[float] = []  # when, in seconds since the beginning
        self.shown: Counter[str] = Counter()  # how often each picture was sent to the endpoint
        self.received: dict[str, list[float]] = {}
        self.settings = Settings(data=folder)
        self.queue = SqliteQueue(folder / "queue.db", self.clock.wall)
        self.catalog = SqliteCatalog(folder / "catalog.db")
        self.store = MemoryStore()
        self.decoder: Any = InProcess()
        nowhere = np.zeros(DIM, np.float32)  # the scale of an earlier day, so that its pictures need not be drawn here
        self.catalog.put_calibration(Calibration(SPACE, version(), nowhere, nowhere, nowhere, 0.3, 0.3, 0.3, 2.0, 1.2))

    @property
    def now(self) -> float:
        return self.clock.wall() - self.began

    def close(self) -> None:
        self.queue.close()
        self.catalog.close()

    def _play(self, handler: Handler, asked: dict[str, Any]) -> None:
        self.calls.append(self.now)
        self.shown.update(item["image"] for item in asked["inputs"].get("items", ()))
        if self.now < ASLEEP_S:
            handler.say(503, {"error": "503 Service Unavailable"})
        else:
            well(handler, asked)

    def upload(self, number: int) -> None:
        draft = a_draft(id=uuid4().hex, owner="ada", description=f"Words {number}", sha256=None)
        self.catalog.put(draft.but(key=f"uploads/{draft.id}"), 0)
        self.store.write(f"uploads/{draft.id}", pictures.png(8, 8, f"#{number * 9973 % 2**24:06x}"), "image/png")
        self.queue.send({"Records": [s3_record(f"uploads/{draft.id}")]})

    def run_function(self) -> None:
        """One invocation, by a process of its own that has just started, as Lambda may always do."""
        messages = self.queue.receive(10, visibility_s=6 * LAMBDA_S)
        for message in messages:
            self.received.setdefault(message.id, []).append(self.now)
        kept = analyse(
            parse(sqs_event(messages)),
            catalog=self.catalog,
            store=self.store,
            vision=hosted(self.endpoint, self.clock, self.catalog, monotonic=time.monotonic),
            queue=self.queue,
            decoder=self.decoder,
            settings=self.settings,
            time_left=lambda: LAMBDA_S,
        )
        for message in messages:
            if message.id in kept:
                self.queue.give_back(message.receipt_handle, 0)
            else:
                self.queue.delete(message.receipt_handle)

    def work_until(self, moment: float) -> None:
        """Takes what is due, and lets time pass to the next thing, until then."""
        while (due := self.queue.due_in()) is not None and self.now + due <= moment:
            self.clock.now += due
            self.run_function()
        self.clock.now = max(self.clock.now, self.began + moment)

    def count(self, by: Any) -> dict[str, int]:
        return self.catalog.counts(Everything, by)

    def images(self) -> list[Image]:
        return list(self.catalog.page(Equal("owner", "ada"), Sort("oldest"), None, PICTURES).images)


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    """In memory where the system has such a folder: seven thousand transactions would otherwise wait for the disk one by one."""
    memory = Path("/dev/shm")
    with serving() as endpoint, TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        deployment = Deployment(Path(folder), endpoint)
        yield deployment
        deployment.close()


@pytest.mark.slow
def test_pictures_that_come_while_the_model_sleeps_are_shown_at_once_and_read_when_it_wakes(deployment: Deployment) -> None:
    drops = PICTURES // TOGETHER
    for drop in range(drops):
        deployment.work_until(drop * ASLEEP_S / drops)
        for number in range(drop * TOGETHER, (drop + 1) * TOGETHER):
            deployment.upload(number)
        deployment.work_until(deployment.now)
        assert deployment.count("status") == {"ready": (drop + 1) * TOGETHER}, "nobody waits for the model to see a picture"
    deployment.work_until(ASLEEP_S - 1)
    assert deployment.count("analysis") == {"waking": PICTURES}
    asleep_calls = len(deployment.calls)

    deployment.work_until(ASLEEP_S + 15 * MINUTE)
    assert deployment.count("status") == {"ready": PICTURES}
    assert deployment.count("analysis") == {"done": PICTURES}
    assert all(image.caption and image.caption.text.startswith("picture ") for image in deployment.images())
    assert deployment.queue.counts() == {"waiting": 0, "in_flight": 0, "dead": 0}
    assert deployment.decoder.opened == PICTURES, "no picture was opened in full twice"

    for times in deployment.received.values():
        assert all(wait >= asked for wait, asked in zip(map(sub, times[1:], times), WAITS, strict=False))
    assert max(deployment.shown.values()) <= 1 + len(WAITS), "no picture is sent more often than its message comes back"
    assert asleep_calls <= ASLEEP_S / ASK_AGAIN_S + TRIES, "and however many wait, the endpoint is not asked more often than that"
