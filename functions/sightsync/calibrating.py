"""Measuring the scale of a model's space, once per space and version of what it is measured on; then putting matches on that scale.

Run by the first analysis of a space, by `reindex` and by `doctor`; never when a Lambda starts and never in a search. Two that run
at once measure the same and store the same.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sightsync import reference_pictures, scoring
from sightsync.errors import VisionUnavailable
from sightsync.ports import Calibration, Catalog, Picture, Vision, VisionError

if TYPE_CHECKING:
    from sightsync.decoder import Decoder
    from sightsync.ports import Vector

logger = logging.getLogger(__name__)

BACKGROUND = Path(__file__).with_name("background.txt")
EMPTY_TEXTS = (
    "a picture",
    "an image",
    "a photo",
    "a picture of something",
    "this is an image",
    "my photo",
    "untitled",
    "an image file",
)
TEXTS_AT_ONCE = 64
PICTURES_AT_ONCE = 8
UNCALIBRATABLE = "uncalibratable"  # code of a model that answers, and whose answers no scale can be made of
ENOUGH = 0.75  # of the texts and of the pictures must have a vector, else it is another set that is measured


@cache
def background() -> tuple[str, ...]:
    return tuple(line for line in BACKGROUND.read_text(encoding="utf-8").splitlines() if line)


def version(folder: str = "") -> str:
    """Of all that a scale is measured on: texts and pictures. Misconfigured for a folder of pictures that does not do."""
    texts = "\n".join((*background(), "", *EMPTY_TEXTS))
    return hashlib.sha256(f"{texts}\n{reference_pictures.version(folder)}".encode()).hexdigest()[:12]


def stamp(calibration: Calibration | None) -> str | None:
    """What a match measured with it is marked with: another stamp, and it must be measured again."""
    if calibration is None:
        return None
    return f"{calibration.version} {calibration.a:.4g} {calibration.b:.4g} {calibration.generic_cosine:.4g}"


@dataclass(frozen=True)
class Calibrator:
    """All that measuring needs. `folder`: photographs instead of the drawings, see the setting reference_pictures."""

    catalog: Catalog
    vision: Vision
    decoder: Decoder
    folder: str = ""

    def current(self, space: str) -> Calibration | None:
        """The stored scale if it is of the present version, or the one that comes with the model."""
        known, shipped = self.catalog.calibration(space), self._shipped(space)
        wanted = shipped.version if shipped else version(self.folder)
        return known if known is not None and known.version == wanted else None

    def ensure(self, space: str, deadline: float) -> Calibration:
        """The present scale, measured now where it is not there; the old one serves until then.

        VisionUnavailable, also for a model that speaks another space by now or sees no difference between pictures; then
        nothing is stored. Misconfigured.
        """
        known = self.current(space)
        if known is not None:
            return known
        shipped = self._shipped(space)
        try:
            calibration = shipped if shipped is not None else self._measure(space, deadline)
        except VisionUnavailable as problem:
            if problem.code == UNCALIBRATABLE:
                self.catalog.remember(f"uncalibratable:{space}", version(self.folder))
            raise
        self.catalog.put_calibration(calibration)
        logger.info("calibrated", extra={"space": space, "version": calibration.version})
        return calibration

    def is_hopeless(self, space: str) -> bool:
        """Whether measuring was tried, and what the model answered will not do; asking it again each time would only cost."""
        return bool(self.catalog.recall(f"uncalibratable:{space}") == version(self.folder))

    def _shipped(self, space: str) -> Calibration | None:
        shipped = self.vision.shipped_calibration()
        return shipped if shipped is not None and shipped.space == space else None

    def _measure(self, space: str, deadline: float) -> Calibration:
        import numpy as np

        texts = self._texts(background(), space, deadline)
        empty = self._texts(EMPTY_TEXTS, space, deadline)
        images = self._images(reference_pictures.pictures(self.folder, self.decoder, deadline), space, deadline)
        try:
            found = scoring.calibrate(space, version(self.folder), np.stack(texts), np.stack(images), np.stack(empty))
        except ValueError as exc:
            raise VisionUnavailable(f"The model in use cannot be measured. {exc}", code=UNCALIBRATABLE) from exc
        return self._as_fitted_before(found)

    def _as_fitted_before(self, found: Calibration) -> Calibration:
        """What was fitted on the scale before is nearer than the starting values, and yet not fitted on this one."""
        before = self.catalog.calibration(found.space)
        return replace(found, a=before.a, b=before.b, generic_cosine=before.generic_cosine) if before is not None else found

    def _texts(self, texts: Sequence[str], space: str, deadline: float) -> list[Vector]:
        found: list[Vector | None] = []
        for begin in range(0, len(texts), TEXTS_AT_ONCE):
            answer = self.vision.embed(texts[begin : begin + TEXTS_AT_ONCE], deadline)
            _same(answer.space, space)
            found += answer.vectors
        return _enough(found, len(texts))

    def _images(self, pictures: Sequence[Picture], space: str, deadline: float) -> list[Vector]:
        found: list[Vector | None] = []
        for begin in range(0, len(pictures), PICTURES_AT_ONCE):
            some = pictures[begin : begin + PICTURES_AT_ONCE]
            for reading in self.vision.read(some, [() for _ in some], ("vectors",), deadline):
                if not isinstance(reading, VisionError):
                    _same(reading.space, space)
                    found.append(reading.image_vector)
        return _enough(found, len(pictures))


def _same(answered: str, space: str) -> None:
    if answered != space:
        raise VisionUnavailable("The model was exchanged while its scale was measured.", code="space_changed")


def _enough(found: Sequence[Vector | None], asked: int) -> list[Vector]:
    vectors = [vector for vector in found if vector is not None]
    if len(vectors) < ENOUGH * asked:
        raise VisionUnavailable(f"The model answered for {len(vectors)} of {asked} only.", code=UNCALIBRATABLE)
    return vectors
