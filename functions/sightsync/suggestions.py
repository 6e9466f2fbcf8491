"""What a model would file a picture under and tag it with: zero-shot over categories.toml, asked only of models that can tell."""

from __future__ import annotations

import hashlib
import json
import logging
import weakref
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sightsync import categories, scoring
from sightsync.images import MAX_TAGS, UNCATEGORISED, Image, Suggested
from sightsync.ports import Calibration, Catalog, Vision

if TYPE_CHECKING:
    from sightsync.ports import Vector

logger = logging.getLogger(__name__)

MOST_SUBJECTS = 4
TEXTS_AT_ONCE = 64  # texts in one call


@dataclass(frozen=True)
class Classes:
    """The table of prompts in one space: a vector for each category and distractor, and for each tag by its kind."""

    kinds: Mapping[str, Vector]
    tags: Mapping[str, Mapping[str, Vector]]


def suggest(image_vector: Vector, classes: Classes, calibration: Calibration) -> Suggested | None:
    """None where nothing stands out. A picture has many subjects, but one medium and one mood."""
    category = scoring.suggest_one(image_vector, classes.kinds, categories.distractors().keys(), calibration)
    tags: list[str] = []
    for kind, vectors in classes.tags.items():
        if kind in categories.SEVERAL:
            tags += scoring.suggest_several(image_vector, vectors, MOST_SUBJECTS, calibration)
        elif (one := scoring.suggest_one(image_vector, vectors, (), calibration)) is not None:
            tags.append(one)
    return Suggested(category=category, tags=tuple(tags)) if category or tags else None


def file_if_bulk(image: Image) -> Image:
    """A picture that came in bulk, and that nobody has filed, goes where it clearly belongs; an upload waits for its owner.

    Once, with its first suggestion: what people make of it afterwards is theirs.
    """
    if not image.key.startswith("incoming/") or image.suggested is None or image.category != UNCATEGORISED:
        return image
    return image.but(category=image.suggested.category or UNCATEGORISED, tags=image.tags or image.suggested.tags[:MAX_TAGS])


# --- the table in one space ---

_held: tuple[Callable[[], Catalog | None], str, Classes] | None = None  # read once a process: some 200 KB


def known_classes(space: str, catalog: Catalog) -> Classes | None:
    """As remembered; None where the table of prompts was never read in this space, or has changed since."""
    global _held
    if _held is not None and _held[0]() is catalog and _held[1] == space:
        return _held[2]
    remembered = catalog.recall(_name(space))
    if not remembered or remembered["prompts"] != _digest():
        return None
    classes = _classes(remembered["vectors"])
    _held = weakref.ref(catalog), space, classes
    return classes


def learn_classes(space: str, catalog: Catalog, vision: Vision, deadline: float) -> Classes | None:
    """Embedded once per space and table, then remembered. VisionUnavailable; None when another model answers meanwhile."""
    known = known_classes(space, catalog)
    if known is not None:
        return known
    prompts = dict(_prompts())
    texts = [text for several in prompts.values() for text in several]
    found: list[Vector | None] = []
    for begin in range(0, len(texts), TEXTS_AT_ONCE):
        answer = vision.embed(texts[begin : begin + TEXTS_AT_ONCE], deadline)
        if answer.space != space:
            return None
        found += answer.vectors
    vectors = iter(found)
    own = {name: [v for v in (next(vectors) for _ in several) if v is not None] for name, several in prompts.items()}
    means = {name: _packed(scoring.class_vector(several)) for name, several in own.items() if several}
    catalog.remember(_name(space), {"prompts": _digest(), "vectors": means})
    logger.info("classes_learned", extra={"space": space, "classes": len(means)})
    return _classes(means)


def _prompts() -> Iterator[tuple[str, Sequence[str]]]:
    """(name, texts); a tag's name is led by its kind, as in "medium:comic"."""
    yield from ((category.id, category.prompts) for category in categories.categories())
    yield from categories.distractors().items()
    for kind, prompts in categories.tag_prompts().items():
        yield from ((f"{kind}:{tag}", texts) for tag, texts in prompts.items())


def _name(space: str) -> str:
    return f"classes:{space}"


@cache
def _digest() -> str:
    return hashlib.sha256(json.dumps(list(_prompts())).encode()).hexdigest()[:16]


def _classes(packed: Mapping[str, Any]) -> Classes:
    import numpy as np

    kinds: dict[str, Vector] = {}
    tags: dict[str, dict[str, Vector]] = {}
    for name, text in packed.items():
        vector = np.frombuffer(b64decode(text), "<f4").astype(np.float32)
        kind, colon, tag = name.partition(":")
        if colon:
            tags.setdefault(kind, {})[tag] = vector
        else:
            kinds[name] = vector
    return Classes(kinds, tags)


def _packed(vector: Vector) -> str:
    """A few KB each instead of a few dozen as numbers."""
    return b64encode(vector.astype("<f4").tobytes()).decode()
