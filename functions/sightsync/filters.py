"""A catalog's filter asked of one record: lists lag behind records, so what a search shows is read and asked once more."""

from __future__ import annotations

from typing import Any

from sightsync.images import Image
from sightsync.ports import And, Equal, Filter, In, Not, Or, Range


def passes(image: Image, where: Filter) -> bool:
    """Whether a catalog would give this image for this filter."""
    match where:
        case And(parts):
            return all(passes(image, part) for part in parts)
        case Or(parts):
            return any(passes(image, part) for part in parts)
        case Not(part):
            return not passes(image, part)
        case Equal(field, value):
            return value in _values(image, field)
        case In(field, values):
            return any(value in values for value in _values(image, field))
        case Range(field, low, high):
            return all((low is None or low <= at) and (high is None or at < high) for at in _values(image, field))


def _values(image: Image, field: str) -> tuple[Any, ...]:
    """What the image has in this field: an image has several checks, or none."""
    if field == "check":
        return image.checks
    return (image.deleted_at is not None if field == "deleted" else getattr(image, field),)
