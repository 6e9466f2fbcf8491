"""Which category a model would file a picture under; asked only of models that can tell."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sightsync import categories, scoring
from sightsync.errors import VisionUnavailable
from sightsync.images import Suggested
from sightsync.ports import Calibration, Catalog, Reading, Vision, VisionHealth

if TYPE_CHECKING:
    from sightsync.ports import Vector

logger = logging.getLogger(__name__)


def suggest(
    reading: Reading, calibration: Calibration | None, catalog: Catalog, vision: Vision, health: VisionHealth, deadline: float
) -> Suggested | None:
    """None where the model cannot tell (palette never can), the scale is not known, or nothing stands out."""
    if "categories" not in health.can or calibration is None or reading.image_vector is None:
        return None
    try:
        classes = _class_vectors(reading.space, catalog, vision, deadline)
    except VisionUnavailable as problem:  # not worth reading the picture again, which is what failing here would mean
        logger.warning("suggestion_skipped", extra={"reason": problem.code})
        return None
    found = scoring.suggest_category(reading.image_vector, classes, categories.distractors().keys(), calibration)
    return Suggested(category=found) if found else None


def _class_vectors(space: str, catalog: Catalog, vision: Vision, deadline: float) -> Mapping[str, Vector]:
    """One vector per category and distractor. Embedded once per space and table of prompts, then remembered."""
    import numpy as np

    prompts = {c.id: c.prompts for c in categories.categories()} | dict(categories.distractors())
    remembered = catalog.recall(f"classes:{space}")
    if not remembered or remembered["prompts"] != {name: list(texts) for name, texts in prompts.items()}:
        texts = vision.embed([text for several in prompts.values() for text in several], deadline)
        if texts.space != space:
            return {}  # the model was exchanged under us; its own pictures will have its own classes
        vectors = iter(texts.vectors)
        own = {name: [v for v in (next(vectors) for _ in several) if v is not None] for name, several in prompts.items()}
        means = {name: scoring.class_vector(several).tolist() for name, several in own.items() if several}
        remembered = {"prompts": {name: list(several) for name, several in prompts.items()}, "vectors": means}
        catalog.remember(f"classes:{space}", remembered)
    return {name: np.asarray(vector, dtype=np.float32) for name, vector in remembered["vectors"].items()}
