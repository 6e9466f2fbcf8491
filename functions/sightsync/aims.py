"""What a search wants and what it does not, by meaning: one direction to go, and any number to keep away from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sightsync.directions import Asking, Asleep, Direction, Text, ask_picture, ask_stored, ask_texts, blend, of_texts
from sightsync.likely import Line, draw
from sightsync.pinned import unpin
from sightsync.ports import Catalog, Filter, Picture, Vision
from sightsync.query import Query
from sightsync.search_cursor import Cursor
from sightsync.spaces import calibration_of

if TYPE_CHECKING:
    from sightsync.ports import Vector

WINDOW = 200  # best of each list that are fused; after them one list goes on alone
MOST_UNWANTED = 8  # directions to keep away from; what is unwanted beyond them is left out by its words alone
SILENT = "no_vector"  # the reason where a model was asked, and had nothing to say
HARMLESS_ZQ = 1.0  # so far towards the unwanted is nothing but chance


@dataclass(frozen=True)
class Refusal:
    """One unwanted thing, and how near to it the images are that pass `where`."""

    direction: Direction
    catalog: Catalog
    where: Filter

    @cached_property
    def line(self) -> Line:
        return draw(self.catalog.survey(self.direction.space, self.direction.vector, self.where, WINDOW))

    def penalty(self, cosine: float) -> float:
        return self.direction.weight * max(0.0, self.line.zq(cosine) - HARMLESS_ZQ)

    def holds(self, cosine: float) -> bool:
        """Whether the image would be a likely hit for what is unwanted."""
        return self.direction.fits(cosine) and self.line.above(cosine)


@dataclass(frozen=True)
class Aim:
    """`wanted` is None where meaning has no part, or where a query only takes away."""

    wanted: Direction | None = None
    unwanted: tuple[Direction, ...] = ()

    @property
    def space(self) -> str | None:
        one = self.wanted or next(iter(self.unwanted), None)
        return one.space if one else None

    @property
    def fetch(self) -> Vector:
        """u+ without what it shares with the unwanted: u+ - (u+·û-)û-, for several what is square to all of them; unit."""
        import numpy as np

        assert self.wanted is not None
        if not self.unwanted:
            return self.wanted.vector
        away = np.stack([one.vector for one in self.unwanted]).T
        rest = self.wanted.vector - away @ np.linalg.lstsq(away, self.wanted.vector, rcond=None)[0]
        length = float(np.linalg.norm(rest))
        return np.asarray(rest / length, np.float32) if length > 1e-4 else self.wanted.vector  # "red -red": words decide


def take_aim(
    query: Query, picture: Picture | None, place: Cursor, viewer: str | None, catalog: Catalog, vision: Vision, asking: Asking
) -> tuple[Aim, str | None]:
    """Where meaning points, and why (part of) it does not. The next page asks for what the first had, and for no more."""
    if place.begun and place.space is None:
        return Aim(), place.reason
    if place.pinned and place.space is not None:
        return Aim(*unpin(place.pinned, place.space, calibration_of(place.space, catalog, vision))), place.reason
    wanted: list[Direction] = []
    unwanted: list[Direction] = []
    reason = place.reason
    if reason in (None, SILENT):
        try:
            wanted, unwanted = _of_model(query, picture, place.space, catalog, vision, asking)
            reason = SILENT if (query.texts or picture) and not wanted else None
        except Asleep as asleep:
            reason = asleep.reason
    wanted += _of_stored(query, False, place, viewer, catalog, vision)
    unwanted += _of_stored(query, True, place, viewer, catalog, vision)
    wanted, unwanted = _in_one_space(wanted), _in_one_space(unwanted, wanted)
    nothing = query.of("similar") and not wanted
    unwanted.sort(key=lambda direction: -direction.weight)
    return Aim(blend(wanted), tuple(unwanted[:MOST_UNWANTED])), reason or (SILENT if nothing else None)


def _of_model(
    query: Query, picture: Picture | None, pinned: str | None, catalog: Catalog, vision: Vision, asking: Asking
) -> tuple[list[Direction], list[Direction]]:
    """Of a picture and of texts: what is wanted, and one direction for each unwanted text. Asleep when either cannot be had."""
    wanted: list[Direction] = []
    asked = (*query.texts, *query.unwanted_texts)
    if picture is not None:
        try:
            wanted.append(ask_picture(picture, pinned, catalog, vision, asking))
        except Asleep as asleep:
            if asleep.reason != SILENT:
                raise
    if not asked:
        return wanted, []
    space, texts = ask_texts(asked, pinned, catalog, vision, asking)
    calibration, most = calibration_of(space, catalog, vision), vision.health().max_tokens

    def of(some: Sequence[Text | None]) -> list[Direction]:
        known = [text for text in some if text is not None]
        direction = of_texts(known, space, calibration, most) if known else None
        return [direction] if direction else []

    count = len(query.texts)
    return wanted + of(texts[:count]), [direction for text in texts[count:] for direction in of([text])]


def _of_stored(query: Query, negated: bool, place: Cursor, viewer: str | None, catalog: Catalog, vision: Vision) -> list[Direction]:
    """Of `similar:` and of `-similar:`, as far as the viewer may see the image and it has a vector."""
    parts = query.of("similar", negated)
    seen = {image.id for image in catalog.get_many([p.text for p in parts]) if image.visible_to(viewer)} if parts else set()
    found: list[Direction] = []
    for part in parts:
        if part.text in seen:
            try:
                found.append(ask_stored(part.text, place.space, catalog, vision, part.weight))
            except Asleep:
                continue
    return found


def _in_one_space(directions: list[Direction], beside: Sequence[Direction] = ()) -> list[Direction]:
    first = next(iter((*beside, *directions)), None)
    return [direction for direction in directions if first is not None and direction.space == first.space]
