"""S3 can tell no queue on this machine what has arrived: so what waits for its file is looked for, ever more seldom."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sightsync.adapters.files import FileStore
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.images import Image, Status
from sightsync.ports import And, Equal, Sort
from sightsync.services import Services

LOOK_S = 1.0
PART = 0.1  # of the time a file has been waited for passes until it is looked for again: a forgotten one costs next to nothing
WAITING = And((Equal("deleted", False), Equal("status", Status.WAITING)))
AT_ONCE = 100  # newest first; upkeep finds the others


def needed(parts: Services) -> bool:
    """A folder tells whatever queue there is, and S3 tells SQS."""
    return isinstance(parts.queue, SqliteQueue) and not isinstance(parts.store, FileStore)


@dataclass
class Lookout:
    """Of uploads begun here. What is put under incoming/ nobody announces, but for `./sightsync import` what it puts there."""

    parts: Services
    clock: Callable[[], float] = time.time
    _next: dict[str, float] = field(default_factory=dict)  # image id -> when to look again; never, once it was found
    _next_round: float = 0.0

    def look(self) -> None:
        """Puts on the queue what has come. Asked too early it does nothing."""
        now = self.clock()
        if now < self._next_round:
            return
        self._next_round = now + LOOK_S
        waiting = self.parts.catalog.page(WAITING, Sort("newest"), None, AT_ONCE).images
        self._next = {image.id: self._next.get(image.id, 0.0) for image in waiting}
        for image in waiting:
            if self._next[image.id] <= now:
                self._next[image.id] = self._look_for(image, now)

    def _look_for(self, image: Image, now: float) -> float:
        if self.parts.store.head(image.key) is None:
            return now + PART * max(0.0, now - image.updated_at.timestamp())
        self.parts.queue.send({"type": "analyse", "key": image.key})
        return math.inf
