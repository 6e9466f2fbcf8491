"""What Lambda does in the cloud: hands batches of the queue to handlers.analysis, and once an hour runs handlers.upkeep."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from local import lookout
from sightsync.adapters.files import FileStore
from sightsync.adapters.messages import Message
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.adapters.sqs import SqsQueue
from sightsync.errors import SightSyncError
from sightsync.services import Services

logger = logging.getLogger(__name__)

BATCH_S = 120.0  # what one batch may take, as the timeout of the cloud's function
VISIBILITY_S = 2 * BATCH_S
LISTEN_S = 1.0  # how long one long-poll lasts, and so how long stopping an idle worker takes at most
LISTEN_AFAR_S = 3.0  # the same for SQS, where each one costs money
RECOVER_S = 10.0  # two small queries and two empty folders
UPKEEP_S = 3600.0
LONGEST_BACKOFF_S = 300
SOON_S = 15.0  # draining waits for what comes back within so long and leaves the rest to the next start

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context that handlers may use. Once stopping, no time is left: what has not begun goes back."""

    function_name: str
    aws_request_id: str
    ends_at: float
    stopping: threading.Event

    def get_remaining_time_in_millis(self) -> int:
        return 0 if self.stopping.is_set() else max(0, int((self.ends_at - time.monotonic()) * 1000))


class Worker:
    """One thread. Whatever a batch does, the next one is taken."""

    def __init__(self, parts: Services, analyse: Handler | None = None, upkeep: Handler | None = None) -> None:
        """The handlers are Lambda's own unless given."""
        assert isinstance(parts.queue, SqliteQueue | SqsQueue), "there are no others"
        self._parts = parts
        self._queue: SqliteQueue | SqsQueue = parts.queue
        self._listen_s = LISTEN_AFAR_S if isinstance(parts.queue, SqsQueue) else LISTEN_S
        self._lookout = lookout.Lookout(parts) if lookout.needed(parts) else None
        self._analyse = analyse or _analysis
        self._upkeep = upkeep or _upkeep
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._recover_at = self._upkeep_at = 0.0
        self._away: str | None = None  # code of what the worker is waiting for
        self._troubled = False  # whether the last batch left something undone

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """What is in hand by then is taken up by the next start."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def drain(self, until_idle: bool = True, after_batch: Callable[[int], None] = lambda count: None) -> None:
        """Works here and now, in the caller's thread; `until_idle` False does one batch at most.

        Ends when nothing is left that could be done soon: what waits for a sleeping model stays on the queue.
        SightSyncError as soon as queue, store or catalog is away: it is the caller's to wait and to ask again.
        `after_batch` hears after each batch how many messages it had.
        """
        while not self._stopping.is_set():
            self._recover()
            count = self._batch(wait_s=0)
            after_batch(count)
            due = self._queue.due_in()
            if not until_idle or (count == 0 and (due is None or due > SOON_S)):
                return
            if count == 0:
                self._stopping.wait(min(due or 0.0, LISTEN_S))

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except SightSyncError as problem:  # something is away; it may be for long
                self._say_away(problem.code)
                self._stopping.wait(LISTEN_S)
            except Exception as problem:  # noqa: BLE001 - whatever it was, the thread must outlive it
                _log("worker_interrupted", problem)
                self._stopping.wait(LISTEN_S)
            else:
                self._away = None

    def _turn(self) -> None:
        now = time.monotonic()
        self._recover()
        if self._lookout:
            self._lookout.look()
        if self._batch(self._listen_s) == 0 and now >= self._upkeep_at:
            self._upkeep_at = now + UPKEEP_S
            self._upkeep({"source": "aws.events", "detail-type": "Scheduled Event"}, self._context("upkeep"))

    def _recover(self) -> None:
        """Takes up, now and then, what processes that are no more had in hand, and sends the events that they owed."""
        now = time.monotonic()
        if now < self._recover_at:
            return
        self._recover_at = now + RECOVER_S
        if isinstance(self._queue, SqliteQueue):  # of SQS they come back by themselves
            self._queue.release_orphans()
        if isinstance(self._parts.store, FileStore):
            self._parts.store.recover()

    def _batch(self, wait_s: float) -> int:
        """How many messages there were. SightSyncError, and none was taken, while what they need is away."""
        if self._troubled:
            self._check()
        messages = self._queue.receive(visibility_s=VISIBILITY_S, wait_s=wait_s)
        if not messages:
            return 0
        failed = self._handle(messages)
        for message in messages:
            if message.id in failed:
                self._queue.give_back(message.receipt_handle, min(2**message.receive_count, LONGEST_BACKOFF_S))
            else:
                self._queue.delete(message.receipt_handle)
        self._troubled = bool(failed)
        return len(messages)

    def _handle(self, messages: Sequence[Message]) -> set[str]:
        """Ids of the messages that were not done with."""
        try:
            answer = self._analyse(sqs_event(messages), self._context("analysis"))
            return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        except Exception as problem:  # noqa: BLE001 - as Lambda does: a batch that raises has failed as a whole
            _log("batch_failed", problem)
            return {message.id for message in messages}

    def _check(self) -> None:
        """A store or catalog that is away must not use up the receives of message after message."""
        self._parts.store.health()
        self._parts.catalog.health()

    def _say_away(self, code: str) -> None:
        """Once, not every second."""
        if code != self._away:
            logger.warning("worker_waits", extra={"code": code})
        self._away = code

    def _context(self, name: str) -> Context:
        return Context(name, uuid4().hex, time.monotonic() + BATCH_S, self._stopping)


def sqs_event(messages: Sequence[Message]) -> dict[str, Any]:
    """What Lambda is given for a batch of SQS messages."""
    return {"Records": [_record(message) for message in messages]}


def _record(message: Message) -> Mapping[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receive_count),
            "SentTimestamp": str(int(message.sent_at.timestamp() * 1000)),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:local:000000000000:analysis",
        "awsRegion": "local",
    }


def _analysis(event: dict[str, Any], context: Any) -> Any:
    from handlers.analysis import handler

    return handler(event, context)


def _upkeep(event: dict[str, Any], context: Any) -> Any:
    from handlers.upkeep import handler

    return handler(event, context)


def _log(event: str, problem: Exception) -> None:
    """Where it broke and as what; not the exception's own text, which may quote people's words."""
    extra = {"error": type(problem).__name__, "frames": traceback.format_tb(problem.__traceback__)}
    logger.error(event, extra=extra)
