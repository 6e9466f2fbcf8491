"""All that is done once a file has arrived: a batch of messages, each picture to `ready` first, then one look by the model at all.

Correct under duplicates, disorder and death at any line: what is left to do is read from the record and the store, never from
the message, and a message is acknowledged only when nothing is left. One bad record never fails its neighbours.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sightsync.arrivals import image_id_of, record_of
from sightsync.calibrating import Calibrator
from sightsync.correlation import about
from sightsync.errors import Conflict, ImageChanged, SightSyncError, VisionUnavailable
from sightsync.events import Analyse, Message, Rescore
from sightsync.images import AnalysisState, Image, Status, StepName
from sightsync.pixel_steps import Ready, gave_up, is_ready, log_failure, make_ready, tidy
from sightsync.ports import Catalog, ImageStore, Queue, Reading, Vision, VisionError, VisionHealth
from sightsync.records import revise
from sightsync.rescaling import sweep
from sightsync.rescoring import is_read, rescore
from sightsync.settings import Settings
from sightsync.vision_steps import keep_reading, model_input, needs_reading, put_off, read, without_vision

if TYPE_CHECKING:
    from sightsync.decoder import Decoder

logger = logging.getLogger(__name__)

START_NEEDS_S = 15.0  # with less time left, a picture is better opened by the next run
WRITING_S = 3.0  # kept back for writing what was found
ASLEEP_S = 60  # first wait for a model that is waking
TROUBLE_S = 5  # first wait for a store, catalog or model that is away
LONGEST_WAIT_S = 600
PASSING = ("vision_asleep", "vision_unavailable", "catalog_unavailable")  # worth asking again for, when all else is done


@dataclass(eq=False)
class _Work:
    """One picture, and every message of the batch that asked for it."""

    image_id: str
    key: str | None = None  # None when only its words are new
    messages: list[Message] = field(default_factory=list)
    etag: str = ""
    image: Image | None = None
    model_input: bytes | None = None  # from the pixel steps of this very run
    troubled: bool = False

    @property
    def last(self) -> bool:
        return any(message.last for message in self.messages)


def analyse(
    messages: Sequence[Message],
    *,
    catalog: Catalog,
    store: ImageStore,
    vision: Vision,
    queue: Queue,
    decoder: Decoder,
    settings: Settings,
    time_left: Callable[[], float],
) -> list[str]:
    """Ids of the messages that must stay on the queue, in order.

    `time_left` gives seconds and is asked again for every picture: a server that is stopped has none left all at once.
    """
    batch = _Batch(catalog, store, vision, queue, decoder, settings, time_left)
    batch.run(messages)
    return [message.id for message in messages if message.id in batch.kept]


@dataclass
class _Batch:
    catalog: Catalog
    store: ImageStore
    vision: Vision
    queue: Queue
    decoder: Decoder
    settings: Settings
    time_left: Callable[[], float]
    kept: set[str] = field(default_factory=set)
    measured: set[str] = field(default_factory=set)  # spaces that have a new scale

    @property
    def deadline(self) -> float:
        """The end of the work on one picture or batch of pictures, a time.monotonic() value; what was found is still written."""
        return time.monotonic() + self.time_left() - WRITING_S

    def run(self, messages: Sequence[Message]) -> None:
        self.kept.update(message.id for message in messages if message.malformed)
        found = [work for work in self._group(messages) if self._find(work)]
        found.sort(key=_deaths)  # files that killed a program come last
        ready = [work for work in found if self._make_ready(work)]
        if ready:
            self._look(ready)

    def _group(self, messages: Sequence[Message]) -> list[_Work]:
        """In order of first mention; a picture that several messages ask for is worked on once."""
        works: dict[str, _Work] = {}
        for message in messages:
            for ask in message.asks:
                image_id = ask.image_id if isinstance(ask, Rescore) else image_id_of(ask.key, self.settings)
                if image_id is None:
                    continue  # a sidecar, or nothing of ours
                work = works.setdefault(image_id, _Work(image_id))
                work.messages.append(message)
                work.key = ask.key if isinstance(ask, Analyse) else work.key
        return list(works.values())

    # --- pixels

    def _find(self, work: _Work) -> bool:
        """Whether there is a live record, and for files a file, to work on."""
        with self._guard(work):
            if work.key is None:
                work.image = self.catalog.get(work.image_id)
            elif (head := self.store.head(work.key)) is not None:
                work.etag = head.etag
                work.image = record_of(work.key, head, self.catalog, self.store, self.settings)
            if work.image is None or work.image.deleted_at is not None:
                logger.info("nothing_to_analyse", extra={"image_id": work.image_id, "object": bool(work.etag)})
                if not tidy(work.image_id, self.catalog, self.store)[1]:
                    raise ImageChanged(work.image_id)  # taken out of the bin just now
                return False
            return True
        return False

    def _make_ready(self, work: _Work) -> bool:
        """Whether the picture is ready now and models may look at it."""
        if work.key is None:
            return True
        with self._guard(work):
            image, whole = tidy(work.image_id, self.catalog, self.store)
            if image is None or image.deleted_at is not None:
                return False
            if image.status is Status.REJECTED and image.etag == work.etag:
                return False  # final
            if not (whole and is_ready(image, work.etag)):
                return self._open(work, image)
            work.image = image
            return True
        return False

    def _open(self, work: _Work, image: Image) -> bool:
        if self.time_left() < START_NEEDS_S:
            self._keep(work, 0)
            return False
        ready = make_ready(image, self.catalog, self.store, self.decoder, self.deadline)
        if ready is None:
            return False
        work.image, work.model_input = ready.image, ready.model_input
        return True

    # --- models

    def _look(self, works: Sequence[_Work]) -> None:
        health = self.vision.health()
        unread = [work for work in works if work.image and self._is_unread(work, work.image, health)]
        shown = [(work, ready) for work in unread if (ready := self._shown(work, health))]
        if shown:
            self._read(shown, health)
        elif health.space is not None and health.state in ("ready", "waking"):
            self._measure({health.space}, works)
        for work in works:
            if not work.troubled:
                self._match(work)
        for space in self.measured:
            self._sweep(space)

    def _is_unread(self, work: _Work, image: Image, health: VisionHealth) -> bool:
        if work.key is None and not is_read(image):
            return False  # its analysis is still to come and will see these words
        return needs_reading(image, health)

    def _shown(self, work: _Work, health: VisionHealth) -> Ready | None:
        with self._guard(work, "captioned"):
            assert work.image is not None, "only pictures that were found are looked at"
            if health.reason:  # for now; so the picture is not even opened again
                raise VisionUnavailable("The model can't be asked just now.", code=health.reason)
            if health.state == "off":
                without_vision(work.image, self.catalog)
            elif work.model_input is not None:
                return Ready(work.image, work.model_input)
            else:
                return model_input(work.image, self.store, self.decoder, self.deadline)
        return None

    def _read(self, shown: Sequence[tuple[_Work, Ready]], health: VisionHealth) -> None:
        started = time.perf_counter()
        try:
            readings = read([ready for _, ready in shown], self.vision, self.deadline)
        except Exception as problem:  # noqa: BLE001 - whatever ails the model, the pictures stay and the queue asks again
            for work, _ in shown:
                self._trouble(work, problem, "captioned")
            return
        ms = round((time.perf_counter() - started) * 1000 / len(shown))
        self._measure({reading.space for reading in readings if isinstance(reading, Reading)}, [work for work, _ in shown])
        for (work, ready), reading in zip(shown, readings, strict=True):
            with self._guard(work, "captioned"):
                self._keep_reading(ready.image, reading, ms, health)

    def _keep_reading(self, image: Image, reading: Reading | VisionError, ms: int, health: VisionHealth) -> None:
        if isinstance(reading, VisionError):  # this picture's own; asking again would give the same answer
            put_off(image, "captioned", reading.code, AnalysisState.FAILED, self.catalog)
        else:
            keep_reading(image, reading, ms, self.catalog, self.vision, health, self.deadline)

    def _match(self, work: _Work) -> None:
        """What the reading left open: words changed while it ran, or long after, or a match known from before a restore."""
        with self._guard(work, "matched"):
            rescore(work.image_id, self.catalog, self.vision, self.deadline)

    # --- scales

    def _measure(self, spaces: Collection[str], works: Sequence[_Work]) -> None:
        """The scale of a space, before its first picture is matched. Without it pictures are complete but for their match."""
        calibrator = Calibrator(self.catalog, self.vision, self.decoder, self.settings.reference_pictures)
        for space in spaces:
            try:
                if calibrator.current(space) is None and not calibrator.is_hopeless(space):
                    calibrator.ensure(space, self.deadline)
                    self.measured.add(space)
            except SightSyncError as problem:
                logger.warning("calibration_interrupted", extra={"space": space, "reason": problem.code})
                if problem.code in PASSING:
                    self._ask_again(works)

    def _ask_again(self, works: Sequence[_Work]) -> None:
        """One message comes back although its picture is done, to measure the scale that this run could not."""
        for work in works:
            if not work.last:
                self._keep(work, ASLEEP_S)
                return

    def _sweep(self, space: str) -> None:
        """What was matched without the new scale, or with the one before; upkeep goes on where time runs out."""
        try:
            sweep(space, self.catalog, self.deadline)
        except SightSyncError as problem:
            logger.warning("sweep_interrupted", extra={"space": space, "reason": problem.code})

    # --- trouble

    @contextmanager
    def _guard(self, work: _Work, step: StepName | None = None) -> Iterator[None]:
        """Keeps one picture's trouble from its neighbours; `step` is None while its pixels are at stake."""
        with about(work.messages[0].id):
            try:
                yield
            except Exception as problem:  # noqa: BLE001 - one bad record never fails its batch, whatever is bad about it
                self._trouble(work, problem, step)

    def _trouble(self, work: _Work, problem: Exception, step: StepName | None) -> None:
        code = problem.code if isinstance(problem, SightSyncError) else "internal"
        work.troubled = True
        _log(work, problem, code)
        with suppress(SightSyncError):  # the queue brings it back, with or without a note
            if code == "vision_off" and work.image:
                without_vision(work.image, self.catalog)
                return
            if code == "vision_budget" and work.image:  # more tries today would all end alike: upkeep asks again every hour
                put_off(work.image, step or "captioned", code, AnalysisState.PENDING, self.catalog)
                return
            self._note(work, code, step, final=work.last and not isinstance(problem, Conflict))
        self._keep(work, ASLEEP_S if code == "vision_asleep" else TROUBLE_S)

    def _note(self, work: _Work, code: str, step: StepName | None, final: bool) -> None:
        if step is None and final:
            failed = revise(self.catalog, work.image_id, lambda image: None if _is_settled(image) else gave_up(image, code))
            if failed:
                log_failure(failed)
        if step is not None and work.image:
            waiting = AnalysisState.WAKING if code == "vision_asleep" else AnalysisState.PENDING
            put_off(work.image, step, code, AnalysisState.FAILED if final else waiting, self.catalog)

    def _keep(self, work: _Work, first_wait_s: int) -> None:
        """Leaves its messages on the queue, each to come back after its own wait: doubled with every receive."""
        for message in work.messages:
            self.kept.add(message.id)
            wait_s = min(LONGEST_WAIT_S, first_wait_s * 2 ** (message.receive_count - 1))
            with suppress(SightSyncError):  # then it comes back after the queue's own time
                self.queue.change_visibility(message.receipt_handle, wait_s)


def _deaths(work: _Work) -> int:
    """How many programs died while this file was open."""
    return work.image.attempt.count if work.image and work.image.attempt else 0


def _is_settled(image: Image) -> bool:
    return image.deleted_at is not None or image.status in (Status.READY, Status.REJECTED)


def _log(work: _Work, problem: Exception, code: str) -> None:
    """Where it happened and what kind of thing; messages of foreign errors may quote people's words."""
    unknown = not isinstance(problem, SightSyncError)
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(problem.__traceback__)] if unknown else []
    extra = {"image_id": work.image_id, "reason": code, "error": type(problem).__name__, "frames": frames}
    logger.log(logging.ERROR if unknown else logging.WARNING, "analysis_interrupted", extra=extra)
