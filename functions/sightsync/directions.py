"""What a search asks of meaning: a direction in a model's space, made of words or of a picture, and its scale."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING, Any, Literal

from sightsync import scoring
from sightsync.errors import SightSyncError
from sightsync.ports import Calibration, Catalog, Picture, Vision, VisionError, VisionHealth
from sightsync.query_vectors import Known, QueryVectors
from sightsync.spaces import active_space, calibration_of, serves

if TYPE_CHECKING:
    from sightsync.ports import Vector

LEAST_DIMENSIONS = 32  # of a space that two axes can be taken out of without loss
SEARCH_SECONDS = 2.7  # that a search waits for a model, so that its answer by words alone comes within 3

Wake = Literal["owners", "anyone"]
Asking = Literal["wake", "awake", "never"]  # whether a model may be asked: whatever it costs, only while it is awake, not at all


@dataclass(frozen=True)
class Direction:
    """Neighbours of `vector` (unit) are ranked as by z = (cosine * length - offset) / scale."""

    space: str
    vector: Vector
    against: Literal["text", "image"]
    length: float = 1.0
    offset: float = 0.0
    scale: float = 0.0  # 0: uncalibrated, then there is no z
    least: float = inf  # z of what is at least partly a match; infinite where no verdict can be given
    weight: float = 1.0
    calibration: Calibration | None = None

    def z(self, cosine: float) -> float | None:
        return (cosine * self.length - self.offset) / self.scale if self.scale > 0 else None

    def fits(self, cosine: float) -> bool:
        """At least partly a match. Without a scale nothing is: a raw cosine says too little."""
        z = self.z(cosine)
        return z is not None and z >= self.least


@dataclass(frozen=True)
class Text:
    """One text of a query as a model sees it."""

    text: str
    weight: float
    vector: Vector
    tokens: int | None = None

    def tells(self, calibration: Calibration, max_tokens: int | None) -> bool:
        """Whether a verdict on it could be given: not on what fits everything, is foreign to the model, or too long for it."""
        return scoring.unknown_reason(self.text, self.vector, self.tokens, calibration, max_tokens) is None


def of_texts(texts: Sequence[Text], space: str, calibration: Calibration | None, max_tokens: int | None = None) -> Direction | None:
    """u = sum of w (t - m_T), off both cones' axes; z is divided by the weights' norm too, so that chance is still of spread 1.

    None when the texts cancel out or say nothing beyond the mean.
    """
    weight = sqrt(sum(text.weight**2 for text in texts))
    if calibration is None:
        return _direction(sum(t.weight * t.vector for t in texts), space, "text", 0.0, inf, weight, None)
    u: Any = sum(t.weight * (t.vector - calibration.mean_text) for t in texts)
    least = calibration.b if any(t.tells(calibration, max_tokens) for t in texts) else inf
    return _direction(
        _off_the_cones(u, calibration), space, "text", calibration.scale_image_text * weight, least, weight, calibration
    )


def of_image(vector: Vector, space: str, calibration: Calibration | None, weight: float = 1.0) -> Direction | None:
    """u = x - m_I, for z between images."""
    if calibration is None:
        return _direction(vector, space, "image", 0.0, inf, weight, None)
    u = vector - calibration.mean_image
    return _direction(u, space, "image", calibration.scale_image_image, calibration.alike, weight, calibration)


def blend(directions: Sequence[Direction]) -> Direction | None:
    """The sum of w z over directions in one space; z is divided by the weights' norm, so that chance is still of spread 1."""
    if len(directions) < 2:
        return directions[0] if directions else None
    scaled = all(d.scale > 0 for d in directions)
    u = sum(d.vector * d.weight * (d.length / d.scale if scaled else 1.0) for d in directions)
    weight = sqrt(sum(d.weight**2 for d in directions))
    telling = [d for d in directions if d.least < inf]
    least = sum(d.weight * d.least for d in telling) / sum(d.weight for d in telling) if telling else inf
    first = directions[0]
    return _direction(u, first.space, first.against, weight if scaled else 0.0, least, weight, first.calibration)


def _off_the_cones(u: Vector, calibration: Calibration) -> Vector:
    """u without what it has of the mean text and of the mean picture.

    How far a text lies along them tells how much or little it says, and some pictures lie so that they attract all that say little:
    nonsense would find them, and seem to be certain. Mu and Viswanath 2018, "All-but-the-Top", take such axes out of word vectors.
    """
    import numpy as np

    means = [mean for mean in (calibration.mean_text, calibration.mean_image) if np.linalg.norm(mean) > 1e-6]
    if not means or u.size < LEAST_DIMENSIONS:
        return u
    axes = np.linalg.qr(np.stack(means).T)[0]
    return np.asarray(u - axes @ (axes.T @ u), np.float32)


def _direction(
    u: Any,
    space: str,
    against: Literal["text", "image"],
    scale: float,
    least: float,
    weight: float,
    calibration: Calibration | None,
) -> Direction | None:
    import numpy as np

    length = float(np.linalg.norm(u))
    if length < 1e-6:
        return None
    offset = float(calibration.mean_image @ u) if calibration else 0.0
    return Direction(space, np.asarray(u / length, np.float32), against, length, offset, scale, least, weight, calibration)


class Asleep(Exception):
    """There is no meaning to search by, for the reason given: the answer's `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def ask_texts(
    texts: Sequence[tuple[str, float]], pinned: str | None, catalog: Catalog, vision: Vision, asking: Asking
) -> tuple[str, list[Text | None]]:
    """The space, and weighted texts as the model of the gallery's space sees them; None for one that says nothing there.

    Asleep when there is no such model; nothing else is raised. pinned: the space of the first page; another one does not do
    for the next.
    """
    space, known = _embed([text for text, _ in texts], catalog, vision, asking)
    _must_fit(space, pinned, catalog)
    seen = zip(texts, known, strict=True)
    return space, [Text(text, weight, of.vector, of.tokens) if of.vector is not None else None for (text, weight), of in seen]


def ask_stored(image_id: str, pinned: str | None, catalog: Catalog, vision: Vision, weight: float = 1.0) -> Direction:
    """The direction of an image in the catalog. Asleep when it has no vector, or none in the space that is searched."""
    space = space_of_search(pinned, catalog, vision)
    vector = catalog.vectors([image_id], space).get(image_id, {}).get("image") if space else None
    return _of_picture(vector, space, catalog, vision, weight)


def space_of_search(pinned: str | None, catalog: Catalog, vision: Vision) -> str | None:
    """The space that stored vectors are compared in."""
    return pinned or active_space(catalog) or vision.health().space


def ask_picture(picture: Picture, pinned: str | None, catalog: Catalog, vision: Vision, asking: Asking) -> Direction:
    """The direction of a picture that the model has still to see. Asleep when it cannot; nothing else is raised."""
    health = vision.health()
    check_awake(health, asking)
    _must_fit(health.space, None, catalog)
    try:
        (reading,) = vision.read([picture], [()], ("vectors",), time.monotonic() + SEARCH_SECONDS)
    except SightSyncError as exc:
        raise Asleep(exc.code) from exc
    if isinstance(reading, VisionError):
        raise Asleep("no_vector")
    _must_fit(reading.space, pinned, catalog)
    return _of_picture(reading.image_vector, reading.space, catalog, vision)


def _of_picture(vector: Vector | None, space: str | None, catalog: Catalog, vision: Vision, weight: float = 1.0) -> Direction:
    if vector is None or space is None:
        raise Asleep("no_vector")
    direction = of_image(vector, space, calibration_of(space, catalog, vision), weight)
    if direction is None:
        raise Asleep("no_vector")
    return direction


def _must_fit(space: str | None, pinned: str | None, catalog: Catalog) -> None:
    """Asleep where vectors of this space would be compared with those of another."""
    if not serves(space, catalog):
        raise Asleep("other_space")
    if pinned is not None and space != pinned:
        raise Asleep("space_changed")


def check_awake(health: VisionHealth, asking: Asking) -> None:
    """Asleep unless a model may be asked now. Who may not wake it finds it asleep until it is ready."""
    if health.state == "off" or health.reason or "search" not in health.can:
        raise Asleep(health.reason or "vision_off")
    if asking == "never" and health.costly:
        raise Asleep("typing")
    if health.state != "ready" and asking != "wake":
        raise Asleep("vision_down" if health.state == "down" else "vision_asleep")


_kept = QueryVectors()


def _embed(texts: Sequence[str], catalog: Catalog, vision: Vision, asking: Asking) -> tuple[str, Sequence[Known]]:
    """Space and what is known, remembered or asked for: a model that fell asleep costs no search that was made before."""
    health = vision.health()
    keeper = catalog if health.costly else None
    known = _kept.get(texts, health.space, vision, keeper) if health.space is not None else None
    if health.space is not None and known is not None:
        return health.space, known
    check_awake(health, asking)
    _must_fit(health.space, None, catalog)  # before a call that may cost something
    try:
        answer = vision.embed(texts, time.monotonic() + SEARCH_SECONDS)
    except SightSyncError as exc:  # its trouble is never the search's
        raise Asleep(exc.code) from exc
    tokens = answer.tokens or (None,) * len(answer.vectors)
    told = [Known(vector, count) for vector, count in zip(answer.vectors, tokens, strict=True)]
    _kept.put(texts, answer.space, told, vision, keeper)
    return answer.space, told
