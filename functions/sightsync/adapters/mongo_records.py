"""One image as one document: the record's own fields, and beside them what filters, orders, words and colours need.

Because all of it is one document, a write is whole or not at all on any server, a single mongod without transactions included.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import inf, isfinite
from typing import Any

from sightsync.adapters.cursors import mark
from sightsync.adapters.fields import EPOCH, microseconds
from sightsync.adapters.mongo_words import words_of
from sightsync.images import Image

Document = dict[str, Any]

# Beside the record's own fields. `changed` is the server's own time of the last write, `vectors` is written apart.
DERIVED = ("deleted", "disagreement", "mark", "colours", "words", "stems", "forms", "vectors", "changed")
TIMES = ("created_at", "updated_at")  # kept as microseconds: BSON's own dates know milliseconds only

RECORD = dict.fromkeys(("vectors", "words", "stems", "forms", "colours"), 0)  # projection: what a record is read without


def document(image: Image) -> Document:
    """All that a write sets, but the vectors."""
    z = image.match.z if image.match else None
    return {
        **image.model_dump(mode="json", exclude={"id"}),
        **{name: microseconds(getattr(image, name)) for name in TIMES},
        "deleted": image.deleted_at is not None,
        "disagreement": z if z is not None and isfinite(z) else inf,
        "mark": mark(image.id),
        "colours": [{"name": name, "share": share} for name, share in _shares(image).items()],
        **words_of(image),
    }


def image(document: Mapping[str, Any]) -> Image:
    """The record in a document that was read with the projection RECORD."""
    times = {name: EPOCH + timedelta(microseconds=document[name]) for name in TIMES}
    return Image.model_validate({**document, **times, "id": document["_id"]})


def _shares(image: Image) -> dict[str, float]:
    """Share of each named colour; none for an image in the bin, which is not found by colour."""
    shares: dict[str, float] = {}
    for swatch in image.palette if image.deleted_at is None else ():
        shares[swatch.name] = shares.get(swatch.name, 0.0) + swatch.share
    return shares
