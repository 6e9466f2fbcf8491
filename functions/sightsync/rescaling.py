"""Matches and suggestions on a scale that came after them: worked out again from the vectors that are stored, without any model."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sightsync import scoring
from sightsync.calibrating import stamp
from sightsync.images import MAX_PAGE, Image, Match, Status
from sightsync.ports import And, Calibration, Catalog, Equal, Sort
from sightsync.records import revise
from sightsync.sights import with_check
from sightsync.suggestions import Classes, file_if_bulk, known_classes, suggest

if TYPE_CHECKING:
    from sightsync.ports import Vector

logger = logging.getLogger(__name__)

LIVE = And((Equal("deleted", False), Equal("status", Status.READY)))

_OF_THE_WORDS = ("no_vector", "truncated", "language")  # unknown for a reason that no scale mends


def ready_images(catalog: Catalog) -> Iterator[Image]:
    """All of the gallery, oldest first: what arrives meanwhile comes last."""
    cursor: str | None = None
    while True:
        page = catalog.page(LIVE, Sort("oldest"), cursor, MAX_PAGE)
        yield from page.images
        cursor = page.next_cursor
        if cursor is None:
            return


def sweep(space: str, catalog: Catalog, deadline: float) -> bool:
    """Whether every image that shows this space is on its present scale now. What a deadline cuts off goes on the next time."""
    calibration = catalog.calibration(space)
    if calibration is None or is_swept(space, calibration, catalog):
        return True
    classes, wanted, count = known_classes(space, catalog), stamp(calibration), 0
    for image in ready_images(catalog):
        if image.read_space != space or image.read_scale == wanted:
            continue
        if time.monotonic() > deadline:
            return False
        count += rescale(image, calibration, classes, catalog) is not None
    catalog.remember(_name(space), wanted)
    logger.info("rescaled", extra={"space": space, "images": count})
    return True


def rescale(image: Image, calibration: Calibration, classes: Classes | None, catalog: Catalog) -> Image | None:
    """The stored record on this scale; None where nothing is to be done, or the picture was read again meanwhile."""
    space = calibration.space
    own = catalog.vectors([image.id], space).get(image.id, {})

    def change(now: Image) -> Image | None:
        same = (now.read_etag, now.read_words, now.caption) == (image.read_etag, image.read_words, image.caption)
        return rescaled(now, own, calibration, classes) if same else None

    return revise(catalog, image.id, change)


def is_swept(space: str, calibration: Calibration, catalog: Catalog) -> bool:
    return bool(catalog.recall(_name(space)) == stamp(calibration))


def _name(space: str) -> str:
    return f"rescaled:{space}"


def rescaled(image: Image, own: Mapping[str, Vector], calibration: Calibration, classes: Classes | None) -> Image | None:
    """None where there is nothing to do: another space, other bytes than the vectors are of, or on this scale already."""
    stale = image.read_scale != stamp(calibration) and image.deleted_at is None
    if not stale or image.read_space != calibration.space or image.read_etag != image.etag:
        return None
    found = with_suggestions(image, own.get("image"), calibration, classes)
    if image.read_words is None or image.match is None or image.match.reason == "pending":
        return found.with_checks()  # the match is owed, and will be on this scale
    match = _match(image, image.match, own, calibration)
    kind = image.caption.kind if image.caption else "caption"
    disagrees = scoring.words_disagree(match, own.get("description"), own.get("caption"), kind, calibration)
    return with_check(found.but(match=match), "words_disagree", disagrees).with_checks()


def with_suggestions(image: Image, picture: Vector | None, calibration: Calibration | None, classes: Classes | None) -> Image:
    """Marked as of this scale, with what it suggests where the model can tell; filed, if it came in bulk and nobody has."""
    if classes is None or calibration is None or picture is None:
        return image.but(read_scale=stamp(calibration))
    found = image.but(read_scale=stamp(calibration), suggested=suggest(picture, classes, calibration))
    return found if image.suggested is not None else file_if_bulk(found)


def _match(image: Image, before: Match, own: Mapping[str, Vector], calibration: Calibration) -> Match:
    """Evidence, and reasons that are the words' own, stay as they were found."""
    words = own.get("description") if before.reason != "no_vector" else None  # else it is that of earlier words
    found = scoring.match_vectors(
        own.get("image"), words, own.get("caption"), image.description, None, calibration, space=calibration.space
    )
    if before.reason in _OF_THE_WORDS:
        return before.but(caption_z=found.caption_z)
    return found.but(evidence=before.evidence)
