"""How far analysis has come with an owner's pictures: for a desk while many arrive, and for `import --watch`."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sightsync.desk import own
from sightsync.errors import Unavailable
from sightsync.images import AnalysisState, Status
from sightsync.ports import And, Catalog, Equal, Filter, In, Or, Queue, Range

RECENT = timedelta(minutes=2)  # long enough for a batch with a slow model, short enough to follow a change of pace

_UNREAD = (AnalysisState.PENDING.value, AnalysisState.WAKING.value)
_SETTLED = Or(
    (
        In("status", (Status.REJECTED.value, Status.FAILED.value)),
        And((Equal("status", Status.READY.value), In("analysis", (AnalysisState.DONE.value, AnalysisState.FAILED.value)))),
    )
)


@dataclass(frozen=True)
class Progress:
    """Of one owner's live images, but for `queued`, which is everybody's.

    waiting: begun and not finished, a sleeping model included. queued: messages, about; a picture that came in bulk is only that
    until its turn; None when the queue cannot be asked. per_minute: settled of late; an edit counts too. seconds_left: None while
    nothing is known of the pace, 0 when nothing is left.
    """

    waiting: int
    done: int
    rejected: int
    failed: int
    queued: int | None
    per_minute: float
    seconds_left: int | None

    @property
    def settled(self) -> int:
        return self.done + self.rejected + self.failed

    @property
    def left(self) -> int:
        """A picture in hand is a message too: the larger is nearer the truth than the sum."""
        return max(self.waiting, self.queued or 0)


def progress(owner: str, catalog: Catalog, queue: Queue | None, at: datetime) -> Progress:
    """`queue` None: nobody to ask. `at` is the present."""
    mine = own(owner)
    by_status = catalog.counts(mine, "status")
    by_analysis = catalog.counts(And((mine, Equal("status", Status.READY.value))), "analysis")
    found = Progress(
        waiting=by_status.get(Status.PROCESSING, 0) + sum(by_analysis.get(state, 0) for state in _UNREAD),
        done=by_analysis.get(AnalysisState.DONE, 0),
        rejected=by_status.get(Status.REJECTED, 0),
        failed=by_status.get(Status.FAILED, 0) + by_analysis.get(AnalysisState.FAILED, 0),
        queued=_queued(queue),
        per_minute=_recently(mine, catalog, at) / (RECENT.total_seconds() / 60),
        seconds_left=None,
    )
    return _estimated(found)


def _recently(mine: Filter, catalog: Catalog, at: datetime) -> int:
    lately = And((mine, _SETTLED, Range("updated_at", low=at - RECENT)))
    return sum(catalog.counts(lately, "status").values())


def _queued(queue: Queue | None) -> int | None:
    """A desk without this number is better than none."""
    try:
        return queue.backlog() if queue else None
    except Unavailable:
        return None


def _estimated(found: Progress) -> Progress:
    if found.left == 0:
        return replace(found, seconds_left=0)
    if not found.per_minute:
        return found
    return replace(found, seconds_left=round(found.left / found.per_minute * 60))
