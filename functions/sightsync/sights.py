"""What models of several spaces made of one picture: the record shows one of them, and keeps the others beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sightsync.images import AnalysisState, Check, Image, Match, Sight

PENDING = Match(verdict="unknown", reason="pending")


def fingerprint(description: str) -> str:
    """Which words a match is for."""
    return hashlib.sha256(description.encode()).hexdigest()[:16]


def sight_of(image: Image, space: str) -> Sight | None:
    """What is known in this space of the bytes that are shown now, whether the record shows it or keeps it beside."""
    if image.read_space == space:
        return _shown(image)
    return next((sight for sight in image.sights if sight.space == space and sight.etag == image.etag), None)


def is_seen(image: Image, space: str) -> bool:
    """Whether nothing is left to read there. New words of a picture that the record shows in this space are rescoring's."""
    if image.read_space == space:
        return image.read_etag == image.etag
    sight = sight_of(image, space)
    return sight is not None and sight.words == fingerprint(image.description)


def keep_beside(image: Image, sight: Sight) -> Image:
    return image.but(sights=(*(other for other in image.sights if other.space != sight.space), sight))


def leave_space(image: Image, space: str) -> Image:
    """With what the record shows put beside, where it is of another space than the one it is about to show."""
    shown = _shown(image)
    kept = keep_beside(image, shown) if shown is not None and shown.space != space else image
    return kept.but(sights=tuple(sight for sight in kept.sights if sight.space != space))


def adopt(image: Image, space: str) -> Image | None:
    """The record that shows what was seen in this space; None where it does already, or nothing is known there.

    Words that were changed since have no match there yet: it is promised, analysis is pending, and a `rescore` is owed.
    """
    sight = sight_of(image, space)
    if sight is None or image.read_space == space:
        return None
    known = sight.words == fingerprint(image.description)
    promised = PENDING if image.description else None
    adopted = leave_space(image, space).but(
        read_etag=sight.etag,
        read_space=space,
        read_words=sight.words if known else None,
        read_scale=sight.scale,
        caption=sight.caption,
        match=sight.match if known else promised,
        suggested=sight.suggested,
        analysis=AnalysisState.DONE if known else AnalysisState.PENDING,
    )
    return with_check(adopted, "words_disagree", known and sight.disagrees).with_checks()


def forget(image: Image, spaces: Collection[str]) -> Image:
    return image.but(sights=tuple(sight for sight in image.sights if sight.space not in spaces))


def with_check(image: Image, check: Check, holds: bool) -> Image:
    """Opened or kept as before where it holds; forgotten where it does not."""
    if not holds:
        return image.without_check(check)
    return image.but(checks=tuple(dict.fromkeys((*image.checks, check))))


def _shown(image: Image) -> Sight | None:
    if image.read_space is None or image.read_etag is None or image.read_etag != image.etag:
        return None
    return Sight(
        space=image.read_space,
        etag=image.read_etag,
        words=image.read_words,
        scale=image.read_scale,
        caption=image.caption,
        match=image.match if image.read_words else None,
        suggested=image.suggested,
        disagrees="words_disagree" in (*image.checks, *image.kept),
    )
