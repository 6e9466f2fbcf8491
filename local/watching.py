"""`import … --watch`: how far the cloud has come with what was sent, until it is done or nothing moves any more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from local.importing import patiently
from local.progress import Progress
from local.trouble import Trouble
from sightsync import progress as how_far
from sightsync.images import now
from sightsync.services import Services
from sightsync.settings import Settings

LOOK_S = 2.0
QUIET = 90  # looks without any change, three minutes: a sleeping model wakes in that time, and Lambda tries again


class Watch:
    """Begun before anything is sent: what is settled by then does not count."""

    def __init__(self, parts: Services, pause: Callable[[], None] = lambda: time.sleep(LOOK_S)) -> None:
        self._parts, self._pause = parts, pause
        self._queue = parts.queue if parts.settings.queue else None  # the default one is this machine's and knows nothing
        self._before = self._look().settled

    def until_settled(self, sent: int) -> how_far.Progress:
        """What is true at the end, which is also reached when nothing has changed for long."""
        last, quiet = self._look(), 0
        with Progress(sent, "Analysing") as bar:
            while last.settled - self._before < sent and quiet < QUIET:
                bar.show(last.settled - self._before, pace(last))
                self._pause()
                found = self._look()
                quiet = quiet + 1 if found.settled == last.settled else 0
                last = found
            bar.show(min(sent, last.settled - self._before))
        if last.settled - self._before >= sent:
            return replace(last, queued=None)  # SQS counts a minute late: what it still has are messages of what is done
        return last

    def _look(self) -> how_far.Progress:
        parts = self._parts
        return patiently(lambda: how_far.progress(parts.settings.bulk_owner, parts.catalog, self._queue, now()))


def check(settings: Settings) -> None:
    """Before anything is sent: Trouble where there is nothing to watch."""
    if not settings.catalog:
        raise Trouble(
            "`--watch` reads the catalog that the cloud writes to.", "SIGHTSYNC_CATALOG=… (and BULK_OWNER as the stack has it)"
        )


def pace(found: how_far.Progress) -> str:
    if not found.per_minute:
        return ""
    left = "" if found.seconds_left is None else f", about {_span(found.seconds_left)} left"
    return f"{found.per_minute:.0f} a minute{left}"


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
