"""New words for a picture that a model has seen: only the words are embedded, and matched with the vectors that are stored."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from sightsync import scoring
from sightsync.errors import CatalogUnavailable
from sightsync.images import AnalysisState, Image, Match, Status
from sightsync.ports import Catalog, Vision
from sightsync.records import TRIES, revise
from sightsync.vision_steps import calibration_of, fingerprint, with_match, without_promise

if TYPE_CHECKING:
    from sightsync.ports import Vector


def is_read(image: Image) -> bool:
    """Whether the stored vectors are of the bytes that are shown; until then its words wait for the reading."""
    return image.deleted_at is None and image.status is Status.READY and image.etag is not None and image.read_etag == image.etag


def rescore(image_id: str, catalog: Catalog, vision: Vision, deadline: float) -> Image | None:
    """Matches the description as it is now; nothing is written where its match is known. None when there is nothing to match.

    VisionUnavailable when the model does not answer: the old match is gone already, the new one is owed.
    """
    for _ in range(TRIES):
        image = catalog.get(image_id)
        if image is None or not is_read(image) or image.read_space is None:
            _forget_promise(image, catalog)
            return None
        if not _is_current(image):
            stored = _rescore_once(image, image.read_space, catalog, vision, deadline)
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


def _rescore_once(image: Image, space: str, catalog: Catalog, vision: Vision, deadline: float) -> Image | None:
    """None when words or picture were changed meanwhile."""
    started = perf_counter()
    scored = _match(image, space, catalog, vision, deadline) if image.description else (None, False, {})
    match, disagrees, vectors = scored
    ms = round((perf_counter() - started) * 1000)

    def change(now: Image) -> Image | None:
        same = is_read(now) and now.read_etag == image.read_etag and now.read_space == space
        return with_match(now, match, disagrees, ms) if same and now.description == image.description else None

    return revise(catalog, image.id, change, vectors)


def _match(
    image: Image, space: str, catalog: Catalog, vision: Vision, deadline: float
) -> tuple[Match, bool, dict[str, dict[str, Vector]]]:
    own = catalog.vectors([image.id], space).get(image.id, {})
    texts = vision.embed([image.description], deadline)
    words = texts.vectors[0] if texts.space == space else None  # another model's vector says nothing in this space
    calibration = calibration_of(space, catalog, vision)
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
