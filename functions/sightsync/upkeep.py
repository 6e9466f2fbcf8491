"""Once an hour: what got stuck goes back on the queue, what was abandoned is forgotten, and old bins are emptied."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sightsync.arrivals import INCOMING, sidecar_key
from sightsync.errors import CatalogUnavailable, SightSyncError, StoreUnavailable, VisionUnavailable
from sightsync.images import Image, Status
from sightsync.pixel_steps import MAX_ATTEMPTS, gave_up, log_failure, media_prefix, tidy
from sightsync.ports import And, Catalog, Equal, Filter, ImageStore, In, Queue, Range, Sort
from sightsync.records import revise
from sightsync.rescaling import sweep
from sightsync.spaces import active_space

logger = logging.getLogger(__name__)

OVERDUE = timedelta(minutes=15)  # well above the time that one batch may take
AGAIN = timedelta(hours=6)  # between two tries, of ten messages' visits each, to reach a model that was away all the time
UNREAD = timedelta(hours=1)  # a message that is still on the queue touches its record more often, see analysis.LONGEST_WAIT_S
ABANDONED = timedelta(days=1)
KEPT = timedelta(days=30)
FRESHLY_BINNED = timedelta(days=2)  # for so long an analysis that died beside the deletion may have left files
PASSING = frozenset(kind.code for kind in (VisionUnavailable, CatalogUnavailable, StoreUnavailable)) | {"vision_asleep"}
PAGE = 100
SPARE_S = 5.0  # with less time left, the rest is for the next hour


def upkeep(catalog: Catalog, store: ImageStore, queue: Queue, at: datetime, deadline: float) -> dict[str, int]:
    """How many were requeued, failed, forgotten, emptied, tidied, and how many met trouble and wait for the next run.

    `at` is the present; `deadline` a time.monotonic() value before which it ends, the rest of the work being there next time.
    """
    run = _Upkeep(catalog, store, queue, at, deadline)
    run.work()
    logger.info("upkeep_done", extra=dict(run.done))
    return dict(run.done)


@dataclass
class _Upkeep:
    catalog: Catalog
    store: ImageStore
    queue: Queue
    at: datetime
    deadline: float
    done: Counter[str] = field(default_factory=Counter)

    def work(self) -> None:
        live = Equal("deleted", False)
        rounds: tuple[tuple[Filter, Callable[[Image], None]], ...] = (
            (And((live, Equal("status", Status.PROCESSING), self._older(OVERDUE))), self._resume),
            (And((live, Equal("status", Status.WAITING), self._older(OVERDUE))), self._await),
            (And((live, Equal("status", Status.READY), In("analysis", ("pending", "waking")), self._older(UNREAD))), self._send),
            (And((live, Equal("status", Status.READY), Equal("analysis", "failed"), self._older(AGAIN))), self._ask_again),
            (And((Equal("deleted", True), self._older(KEPT))), self._empty),
            (And((live, Equal("status", Status.REJECTED), self._older(KEPT))), self._empty),
            (And((Equal("deleted", True), Range("updated_at", self.at - FRESHLY_BINNED))), self._tidy),
        )
        for where, act in rounds:
            for image in self._each(where):
                self._guarded(act, image)
        self._rescale()

    def _older(self, age: timedelta) -> Filter:
        return Range("updated_at", high=self.at - age)

    def _each(self, where: Filter) -> Iterator[Image]:
        """Page by page, oldest first, as long as there is time."""
        cursor: str | None = None
        while True:
            page = self.catalog.page(where, Sort("oldest"), cursor, PAGE)
            for image in page.images:
                if self.deadline - time.monotonic() < SPARE_S:
                    self.done["left"] += 1
                    return
                yield image
            cursor = page.next_cursor
            if cursor is None:
                return

    def _guarded(self, act: Callable[[Image], None], image: Image) -> None:
        try:
            act(image)
        except SightSyncError as problem:
            self.done["troubled"] += 1
            logger.warning("upkeep_interrupted", extra={"image_id": image.id, "reason": problem.code})

    def _resume(self, image: Image) -> None:
        """Its program died, or its message was lost."""
        if self.store.head(image.key) is None:
            self._fail(image, "original_missing")
        elif image.attempt and image.attempt.count >= MAX_ATTEMPTS:
            self._fail(image, "crashed")
        else:
            self._send(image)

    def _await(self, image: Image) -> None:
        """Its file came and its event did not, or nobody ever sent the file."""
        if self.store.head(image.key) is not None:
            self._send(image)
        elif image.updated_at < self.at - ABANDONED and self._unchanged(image):
            self.catalog.delete(image.id)
            self.done["forgotten"] += 1

    def _send(self, image: Image) -> None:
        self.queue.send({"type": "analyse", "key": image.key})
        self.done["requeued"] += 1

    def _ask_again(self, image: Image) -> None:
        """What nobody could answer then, somebody may answer now; what a model could not read it never will."""
        if any(step.outcome == "failed" and step.reason in PASSING for step in image.steps):
            self._send(image)

    def _fail(self, image: Image, reason: str) -> None:
        def change(now: Image) -> Image | None:
            stuck = now.status is Status.PROCESSING and now.version == image.version
            return gave_up(now, reason) if stuck else None

        if failed := revise(self.catalog, image.id, change):
            log_failure(failed)
            self.done["failed"] += 1

    def _empty(self, image: Image) -> None:
        """For good: original, what lies beside it, derivatives; the record last, so that a death on the way is made good."""
        if not self._unchanged(image):
            return  # somebody took it out of the bin at the last moment
        self.store.delete(image.key)
        if image.key.startswith(INCOMING):
            self.store.delete(sidecar_key(image.key))
        for head in list(self.store.list(media_prefix(image.id))):
            self.store.delete(head.key)
        self.catalog.delete(image.id)
        self.done["emptied"] += 1

    def _tidy(self, image: Image) -> None:
        tidy(image.id, self.catalog, self.store)
        self.done["tidied"] += 1

    def _rescale(self) -> None:
        """Matches on a scale that was measured after them, where an analysis ran out of time for it; no model is asked."""
        try:
            space = active_space(self.catalog)
            if space is not None and not sweep(space, self.catalog, self.deadline - SPARE_S):
                self.done["left"] += 1
        except SightSyncError as problem:
            self.done["troubled"] += 1
            logger.warning("upkeep_interrupted", extra={"reason": problem.code})

    def _unchanged(self, image: Image) -> bool:
        now = self.catalog.get(image.id)
        return now is not None and now.version == image.version
