"""From the bytes in the store to a ready picture: marker, decoding, derivatives, and the fields that follow from pixels."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sightsync import texts
from sightsync.errors import DuplicateImage, ImageChanged, PictureRejected, SightSyncError, TooLarge
from sightsync.images import MAX_BYTES, MAX_DESCRIPTION, AnalysisState, Attempt, Image, Status, StepName, now
from sightsync.ports import Catalog, ImageStore, ObjectHead, StoredObject
from sightsync.records import revise

if TYPE_CHECKING:
    from sightsync.decoder import Decoder
    from sightsync.pixels import Pixels

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5  # so many programs died while this file was open; below the queue's ten receives, above bad luck


@dataclass(frozen=True)
class Ready:
    """A ready picture and what a model is shown of it (an upright JPEG of at most 768 px)."""

    image: Image
    model_input: bytes


def media_prefix(image_id: str) -> str:
    return f"media/{image_id}/"


def derivative_keys(image_id: str, etag: str, names: Mapping[str, bytes]) -> dict[str, str]:
    """A folder for each content, so that a derivative's address may be cached for ever."""
    content = hashlib.sha256(etag.encode()).hexdigest()[:16]
    return {name: f"{media_prefix(image_id)}{content}/{name}.jpg" for name in names}


def is_ready(image: Image, etag: str) -> bool:
    """Whether the pixel steps were done for these bytes. What became of the files is for `tidy` to say."""
    return image.status is Status.READY and image.etag == etag


def make_ready(image: Image, catalog: Catalog, store: ImageStore, decoder: Decoder, deadline: float) -> Ready | None:
    """The stored, ready record; None when nothing further is to be done: file gone or rejected, image deleted.

    ImageChanged when another worker or another file came between: look again. Other errors of the family: try again.
    """
    work = _PixelSteps(image, catalog, store, decoder, deadline)
    try:
        ready = work.run()
    except Exception:  # whatever it was, this program is alive: the marker is for those that are not
        work.close_marker()
        raise
    head = store.head(image.key) if work.etag else None
    if not tidy(image.id, catalog, store)[1] or (head and head.etag != work.etag):
        raise ImageChanged(image.id)
    return ready


def tidy(image_id: str, catalog: Catalog, store: ImageStore) -> tuple[Image | None, bool]:
    """Removes derivatives that no live record names. The record as it is, and whether all files are there that it names.

    The files are listed before the record is read: whoever wrote one of them had left a marker before, so with no marker
    open a file outside the record is nobody's. While one is open, its owner tidies up.
    """
    present = {head.key for head in store.list(media_prefix(image_id))}
    image = catalog.get(image_id)
    live = image is not None and image.deleted_at is None
    if image and live and image.attempt:
        return image, True
    wanted = set(image.derivatives.values()) if image and live else set()
    for key in present - wanted:
        store.delete(key)
    return image, wanted <= present and (live or not _restored(image, catalog))


@dataclass
class _PixelSteps:
    """One run over one picture; `etag` is of the bytes it holds."""

    image: Image
    catalog: Catalog
    store: ImageStore
    decoder: Decoder
    deadline: float  # for opening the picture
    etag: str | None = None

    def run(self) -> Ready | None:
        started = perf_counter()
        try:
            original = self.store.read(self.image.key, MAX_BYTES)
        except TooLarge:
            self._refuse_too_large()
            return None
        if original is None:
            logger.info("object_gone", extra={"image_id": self.image.id})
            return None
        read_ms = _ms(started)
        self.decoder.start(self.deadline)  # first: a program killed while it started did not die of this file
        marked = self._mark(original.head, read_ms)
        if marked is None:
            return None
        if marked.status is Status.FAILED:
            log_failure(marked)
            return None
        sha256 = hashlib.sha256(original.body).hexdigest()
        facts = {"bytes": len(original.body), "sha256": sha256}
        try:
            self._refuse_duplicate(sha256)
            return self._derive(original, facts)
        except PictureRejected as refusal:
            self._reject(refusal.code, facts)
        except DuplicateImage as twin:
            self._reject("duplicate", {**facts, "duplicate_of": twin.existing_id})
        return None

    def _refuse_too_large(self) -> None:
        head = self.store.head(self.image.key)
        if head is not None and self._mark(head, 0) is not None:
            self._reject("too_large", {"bytes": head.bytes, "sha256": None})

    def _mark(self, head: ObjectHead, ms: int) -> Image | None:
        """Leaves the marker, or gives up on a file under which too many programs died. None when there is no live record."""
        self.etag = head.etag
        noted = next((step.reason for step in self.image.steps if step.name == "received"), None)

        def change(image: Image) -> Image | None:
            if image.deleted_at is not None:
                return None
            before = image.attempt.count if image.attempt and image.attempt.etag == head.etag else 0
            if before >= MAX_ATTEMPTS:
                return gave_up(image, "crashed")
            attempt = Attempt(etag=head.etag, started_at=now(), count=before + 1)
            return image.but(status=Status.PROCESSING, reason=None, attempt=attempt).with_step("received", "ok", ms, noted)

        return revise(self.catalog, self.image.id, change)

    def _refuse_duplicate(self, sha256: str) -> None:
        """Before decoding, which is dear; the catalog's own check decides when two arrive together."""
        for twin in self.catalog.by_sha256(self.image.owner, sha256):
            if twin.id != self.image.id and twin.status is Status.READY:
                raise DuplicateImage(twin.id)

    def _derive(self, original: StoredObject, facts: Mapping[str, Any]) -> Ready | None:
        started = perf_counter()
        pixels = self.decoder.open(original.body, self.deadline)
        validated_ms, started = _ms(started), perf_counter()
        keys = derivative_keys(self.image.id, original.head.etag, pixels.derivatives)
        for name, key in keys.items():
            self.store.write(key, pixels.derivatives[name], "image/jpeg")
        derived_ms = _ms(started)

        def change(image: Image) -> Image | None:
            if image.deleted_at is not None:
                return None
            if image.status is Status.READY and image.etag == original.head.etag and image.derivatives == keys:
                return image  # another worker on the same message was faster
            self._own(image)
            ready = _with_pixels(image, pixels, original.head.etag).but(**facts, derivatives=keys)
            return ready.with_step("validated", "ok", validated_ms).with_step("derived", "ok", derived_ms).with_checks()

        ready = revise(self.catalog, self.image.id, change)
        if ready is None:
            return None
        logger.info("image_ready", extra={"image_id": ready.id, **spent(ready, "received", "validated", "derived")})
        return Ready(ready, pixels.model_input)

    def _reject(self, code: str, facts: Mapping[str, Any]) -> None:
        def change(image: Image) -> Image | None:
            if image.deleted_at is not None:
                return None
            self._own(image)
            bare = _without_reading(image).but(width=None, height=None, palette=(), placeholder=None, dhash=None, derivatives={})
            final = {"status": Status.REJECTED, "analysis": AnalysisState.DONE, "reason": code, "attempt": None}
            rejected = bare.but(**facts, **final, etag=self.etag)
            return rejected.with_step("validated", "failed", reason=code).with_checks()

        if revise(self.catalog, self.image.id, change):
            logger.info("image_rejected", extra={"image_id": self.image.id, "reason": code})

    def _own(self, image: Image) -> None:
        """Only the worker whose marker stands may write: a later one saw a later file."""
        if image.attempt is None or image.attempt.etag != self.etag:
            raise ImageChanged(image.id)

    def close_marker(self) -> None:
        def change(image: Image) -> Image | None:
            ours = image.attempt is not None and image.attempt.etag == self.etag and image.deleted_at is None
            return image.but(attempt=None) if ours else None

        with suppress(SightSyncError):  # what went wrong first is what the caller must hear of
            revise(self.catalog, self.image.id, change)


def log_failure(image: Image) -> None:
    logger.error("image_failed", extra={"image_id": image.id, "reason": image.reason})


def gave_up(image: Image, reason: str) -> Image:
    """`failed`: ours, kept, retryable; the next try starts counting anew."""
    failed = image.but(status=Status.FAILED, reason=reason, attempt=None)
    return failed.with_step("validated", "failed", reason=reason).with_checks()


def spent(image: Image, *names: StepName) -> dict[str, int]:
    """Milliseconds of these steps, as {"derived_ms": 120, …}, for the log."""
    return {f"{step.name}_ms": step.ms for step in image.steps if step.name in names}


def _with_pixels(image: Image, pixels: Pixels, etag: str) -> Image:
    """The fields that are the pixels' own. What a model said stays only where it was said of these bytes."""
    kept = image if image.read_etag == etag else _without_reading(image)
    first_words = image.etag is None and image.key.startswith("incoming/") and not image.description
    return kept.but(
        status=Status.READY,
        reason=None,
        duplicate_of=None,
        content_type=pixels.content_type,
        width=pixels.width,
        height=pixels.height,
        palette=pixels.palette,
        placeholder=pixels.placeholder,
        dhash=pixels.dhash,
        etag=etag,
        attempt=None,
        description=_embedded(pixels) if first_words else image.description,
    )


def _embedded(pixels: Pixels) -> str:
    return texts.clean(pixels.embedded_description or "", MAX_DESCRIPTION, lines=True, cut=True)


def _without_reading(image: Image) -> Image:
    unread = image.but(analysis=AnalysisState.PENDING, read_etag=None, read_space=None, read_words=None, near_duplicate_of=None)
    return unread.but(caption=None, match=None, suggested=None).without_check("words_disagree").without_check("near_duplicate")


def _restored(image: Image | None, catalog: Catalog) -> bool:
    """Whether somebody took it out of the bin while its files were being removed."""
    now_there = catalog.get(image.id) if image else None
    return now_there is not None and now_there.deleted_at is None


def _ms(started: float) -> int:
    return round((perf_counter() - started) * 1000)
