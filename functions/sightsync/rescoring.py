"""New words for a picture that a model has seen: only the words are embedded, and matched with the vectors that are stored."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING

from sightsync import scoring
from sightsync.calibrating import stamp
from sightsync.errors import CatalogUnavailable
from sightsync.images import AnalysisState, Image, Match, Status
from sightsync.ports import Calibration, Catalog, Vision
from sightsync.records import TRIES, revise
from sightsync.rescaling import rescale, with_suggestions
from sightsync.sights import fingerprint
from sightsync.spaces import calibration_of
from sightsync.suggestions import known_classes
from sightsync.vision_steps import with_match, without_promise

if TYPE_CHECKING:
    from sightsync.ports import Vector

    _Scored = tuple[Match | None, bool, dict[str, dict[str, Vector]]]  # match, whether the words disagree, vectors to store


def is_read(image: Image) -> bool:
    """Whether the stored vectors are of the bytes that are shown; until then its words wait for the reading."""
    return image.deleted_at is None and image.status is Status.READY and image.etag is not None and image.read_etag == image.etag


def rescore(image_id: str, catalog: Catalog, vision: Vision, deadline: float) -> Image | None:
    """Matches the description as it is now, on the scale as it is now; nothing is written where both are known. None when there
    is nothing to match.

    VisionUnavailable when the model does not answer: the old match is gone already, the new one is owed.
    """
    for _ in range(TRIES):
        image = catalog.get(image_id)
        if image is None or not is_read(image) or image.read_space is None:
            _forget_promise(image, catalog)
            return None
        calibration = calibration_of(image.read_space, catalog, vision)
        if not _is_current(image):
            stored = _rescore_once(image, image.read_space, calibration, catalog, vision, deadline)
        elif calibration is not None and image.read_scale != stamp(calibration):  # it was read before there was a scale
            stored = rescale(image, calibration, known_classes(image.read_space, catalog), catalog)
        elif image.analysis is AnalysisState.DONE:
            return image
        else:  # restored or retried: the match that it has is the one it needs
            stored = revise(
                catalog, image_id, lambda now: now.but(analysis=AnalysisState.DONE).with_checks() if _is_current(now) else None
            )
        if stored is not None:
            return stored
    raise CatalogUnavailable(f"The words of image {image_id} are being changed too fast.")


def _forget_promise(image: Image | None, catalog: Catalog) -> None:
    """An edit promised a match, and the picture was never read and will not be: there is no model, or it failed."""

    def change(now: Image) -> Image | None:
        over = now.analysis in (AnalysisState.DONE, AnalysisState.FAILED) and not is_read(now) and now.deleted_at is None
        return without_promise(now) if over else None

    if image is not None and image.match is not None:
        revise(catalog, image.id, change)


def _is_current(image: Image) -> bool:
    has_match = image.match is not None or not image.description
    return is_read(image) and has_match and image.read_words == fingerprint(image.description)


def _rescore_once(
    image: Image, space: str, calibration: Calibration | None, catalog: Catalog, vision: Vision, deadline: float
) -> Image | None:
    """None when words or picture were changed meanwhile."""
    started = perf_counter()
    own = catalog.vectors([image.id], space).get(image.id, {})
    nothing: _Scored = None, False, {}
    match, disagrees, vectors = _match(image, space, own, calibration, vision, deadline) if image.description else nothing
    classes = known_classes(space, catalog) if image.read_scale != stamp(calibration) else None
    ms = round((perf_counter() - started) * 1000)

    def change(now: Image) -> Image | None:
        same = is_read(now) and now.read_etag == image.read_etag and now.read_space == space
        if not same or now.description != image.description:
            return None
        return with_match(with_suggestions(now, own.get("image"), calibration, classes), match, disagrees, ms)

    return revise(catalog, image.id, change, vectors)


def _match(
    image: Image, space: str, own: Mapping[str, Vector], calibration: Calibration | None, vision: Vision, deadline: float
) -> _Scored:
    texts = vision.embed([image.description], deadline)
    words = texts.vectors[0] if texts.space == space else None  # another model's vector says nothing in this space
    picture, caption = own.get("image"), own.get("caption")
    match = scoring.match_vectors(
        picture,
        words,
        caption,
        image.description,
        texts.tokens[0] if texts.tokens else None,
        calibration,
        space=space,
        max_tokens=vision.health().max_tokens,
        evidence=vision.explain(picture, image.description) if picture is not None and words is not None else (),
    )
    kind = image.caption.kind if image.caption else "caption"
    disagrees = scoring.words_disagree(match, words, caption, kind, calibration)
    return match, disagrees, {space: {"description": words}} if words is not None else {}
