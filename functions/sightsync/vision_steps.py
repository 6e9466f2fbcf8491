"""What a model adds to a ready picture: caption, vectors, match, suggestions, checks. None of it ever hides the picture."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from sightsync import scoring
from sightsync.calibrating import stamp
from sightsync.errors import PictureRejected, StoreUnavailable, VisionUnavailable
from sightsync.images import MAX_BYTES, AnalysisState, Caption, Image, Match, Outcome, Sight, Status, StepName
from sightsync.pixel_steps import Ready
from sightsync.ports import (
    And,
    Calibration,
    Catalog,
    Equal,
    ImageStore,
    Picture,
    Reading,
    Vision,
    VisionError,
    VisionHealth,
)
from sightsync.records import revise
from sightsync.rescaling import with_suggestions
from sightsync.sights import fingerprint, leave_space, with_check
from sightsync.spaces import calibration_of, claim, serves
from sightsync.suggestions import Classes, learn_classes, suggest

if TYPE_CHECKING:
    from sightsync.decoder import Decoder
    from sightsync.ports import Vector

logger = logging.getLogger(__name__)

NEAR_COSINE = 0.95  # neighbours worth comparing by their hashes
NEAR_BITS = 6  # of 64: a copy at another size or quality; another picture differs in about 32
NEIGHBOURS = 8

_STEPS: tuple[StepName, ...] = ("captioned", "embedded", "matched")


def needs_reading(image: Image, health: VisionHealth) -> bool:
    """Whether the model has still to see these bytes: analysis is done once per (key, etag, space)."""
    if health.state == "off":
        return image.analysis is not AnalysisState.DONE and image.read_etag != image.etag
    return image.read_etag != image.etag or (health.space is not None and image.read_space != health.space)


def model_input(image: Image, store: ImageStore, decoder: Decoder, deadline: float) -> Ready:
    """A picture whose pixel steps were done earlier, as a model sees it: made of its display copy, not decoded once more."""
    display = store.read(image.derivatives["display"], MAX_BYTES)
    if display is None:
        raise StoreUnavailable("A derivative went missing.")
    try:
        return Ready(image, decoder.open(display.body, deadline, derive=False).model_input)
    except PictureRejected as exc:  # we made this file, so it is not the owner's fault
        raise StoreUnavailable("A derivative cannot be read.") from exc


def read(pictures: Sequence[Ready], vision: Vision, deadline: float) -> list[Reading | VisionError]:
    """ONE call for all of them: caption and vectors of each, and of its description if it has one."""
    shown = [Picture(p.model_input, p.image.width or 1, p.image.height or 1) for p in pictures]
    texts = [[p.image.description] if p.image.description else [] for p in pictures]
    readings = vision.read(shown, texts, ("caption", "vectors"), deadline)
    if len(readings) != len(pictures):
        raise VisionUnavailable("The model answered for another number of pictures.", code="vision_unavailable")
    return readings


def keep_reading(
    image: Image, reading: Reading, ms: int, catalog: Catalog, vision: Vision, health: VisionHealth, deadline: float
) -> None:
    """Writes what was read of `image` (as it was shown to the model) to its record, unless it was deleted or replaced.

    If the words were changed meanwhile the match is left out and analysis stays pending: see rescoring.
    """
    started = perf_counter()
    calibration = calibration_of(reading.space, catalog, vision)
    claim(reading.space, catalog)
    twin = _twin(image, reading, catalog)
    match = _match(image.description, reading, calibration, health.max_tokens)
    disagrees = _disagrees(match, reading, calibration)
    classes = _classes(reading, health, catalog, vision, deadline)
    matched_ms = _ms(started)

    def with_reading(now: Image) -> Image | None:
        if not _same_picture(now, image):
            return None
        seen = leave_space(now, reading.space).but(read_etag=image.etag, read_space=reading.space, caption=_caption(reading))
        silent = seen.but(suggested=None) if classes is None or calibration is None else seen
        seen = with_suggestions(silent, reading.image_vector, calibration, classes)
        seen = with_check(seen, "near_duplicate", twin is not None).but(near_duplicate_of=twin)
        seen = _noted(seen, "captioned", bool(reading.caption), "no_caption", ms)
        seen = _noted(seen, "embedded", reading.image_vector is not None, "no_vector")
        return seen.but(analysis=AnalysisState.PENDING, match=None, read_words=None).with_checks()

    def whole(now: Image) -> Image | None:
        seen = with_reading(now) if now.description == image.description else None
        return with_match(seen, match, disagrees, matched_ms) if seen else None

    kept = revise(catalog, image.id, whole, vectors_of(reading))
    kept = kept or revise(catalog, image.id, with_reading, vectors_of(reading))
    if kept:
        logger.info("image_read", extra={"image_id": kept.id, "captioned_ms": ms, "matched_ms": matched_ms})


def sight(
    image: Image, reading: Reading, calibration: Calibration | None, classes: Classes | None, max_tokens: int | None
) -> Sight:
    """What was read of `image` (as it was shown to the model), to be kept beside what its record shows."""
    match = _match(image.description, reading, calibration, max_tokens)
    can_tell = classes is not None and calibration is not None and reading.image_vector is not None
    return Sight(
        space=reading.space,
        etag=image.etag or "",
        words=fingerprint(image.description),
        scale=stamp(calibration),
        caption=_caption(reading),
        match=match,
        suggested=suggest(reading.image_vector, classes, calibration) if can_tell else None,  # type: ignore[arg-type]  # can_tell says so
        disagrees=_disagrees(match, reading, calibration),
    )


def with_match(image: Image, match: Match | None, disagrees: bool, ms: int) -> Image:
    """The record with the match of its present description; that ends its analysis."""
    checked = with_check(image, "words_disagree", disagrees)
    done = checked.but(match=match, read_words=fingerprint(image.description), analysis=AnalysisState.DONE)
    known = match is not None and match.verdict != "unknown"
    noted = _noted(done, "matched", known, match.reason if match else "no_words", ms)
    return noted.with_step("catalogued", "ok").with_checks()


def without_vision(image: Image, catalog: Catalog) -> None:
    """Ends the analysis of a gallery that has no model: the picture is complete as it is."""

    def change(now: Image) -> Image | None:
        if not _same_picture(now, image) or now.analysis is AnalysisState.DONE:
            return None
        done = without_promise(now).but(analysis=AnalysisState.DONE)
        for name in _STEPS if now.read_etag != now.etag else _STEPS[-1:]:
            done = done.with_step(name, "skipped", reason="vision_off")
        return done.with_step("catalogued", "ok").with_checks()

    revise(catalog, image.id, change)


def put_off(image: Image, step: StepName, code: str, state: AnalysisState, catalog: Catalog) -> None:
    """Notes that a model did not answer: `state` says whether it will be asked again."""
    outcome: Outcome = "failed" if state is AnalysisState.FAILED else "waiting"

    def change(now: Image) -> Image | None:
        if not _same_picture(now, image):
            return None
        noted = without_promise(now) if state is AnalysisState.FAILED else now
        return noted.but(analysis=state).with_step(step, outcome, reason=code).with_checks()

    if revise(catalog, image.id, change):
        logger.info("analysis_put_off", extra={"image_id": image.id, "reason": code, "analysis": state.value})


def without_promise(image: Image) -> Image:
    """Without the match that an edit announced, where none will come. `read_words` says that there is a real one."""
    return image if image.read_words else image.but(match=None)


def _same_picture(now: Image, image: Image) -> bool:
    return now.deleted_at is None and now.status is Status.READY and now.etag == image.etag


def _match(description: str, reading: Reading, calibration: Calibration | None, max_tokens: int | None) -> Match | None:
    return scoring.match(reading, 0, description, calibration, max_tokens) if description else None


def _disagrees(match: Match | None, reading: Reading, calibration: Calibration | None) -> bool:
    words = reading.text_vectors[0] if reading.text_vectors else None
    return match is not None and scoring.words_disagree(match, words, reading.caption_vector, reading.caption_kind, calibration)


def _classes(reading: Reading, health: VisionHealth, catalog: Catalog, vision: Vision, deadline: float) -> Classes | None:
    """The table of categories and tags in this space; None where the model cannot tell, or did not answer."""
    if "categories" not in health.can:
        return None
    try:
        return learn_classes(reading.space, catalog, vision, deadline)
    except VisionUnavailable as problem:  # not worth reading the picture again, which is what failing here would mean
        logger.warning("suggestion_skipped", extra={"reason": problem.code})
        return None


def _twin(image: Image, reading: Reading, catalog: Catalog) -> str | None:
    """The id of the owner's same picture in another file: near in the space, and nearly the same hash. The nearest of them.

    Only in the space that the gallery is in; until it is there, a picture that another model read has no neighbours.
    """
    if reading.image_vector is None or image.dhash is None or not serves(reading.space, catalog):
        return None
    own = And((Equal("owner", image.owner), Equal("status", Status.READY), Equal("deleted", False)))
    near = catalog.nearest(reading.space, reading.image_vector, own, NEIGHBOURS + 1)
    others = catalog.get_many([n.image_id for n in near if n.cosine >= NEAR_COSINE and n.image_id != image.id])
    alike = (other.id for other in others if other.dhash and _bits_apart(other.dhash, image.dhash) <= NEAR_BITS)
    return next(alike, None)


def _bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _caption(reading: Reading) -> Caption | None:
    if not reading.caption:
        return None
    return Caption(text=reading.caption, model=reading.caption_model or reading.space, kind=reading.caption_kind)


def vectors_of(reading: Reading) -> dict[str, dict[str, Vector]]:
    """As the catalog takes them."""
    words = reading.text_vectors[0] if reading.text_vectors else None
    kinds = {"image": reading.image_vector, "caption": reading.caption_vector, "description": words}
    return {reading.space: {kind: vector for kind, vector in kinds.items() if vector is not None}}


def _noted(image: Image, step: StepName, ok: bool, reason: str | None, ms: int = 0) -> Image:
    return image.with_step(step, "ok", ms) if ok else image.with_step(step, "skipped", ms, reason)


def _ms(started: float) -> int:
    return round((perf_counter() - started) * 1000)
