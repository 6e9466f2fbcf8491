"""Who sees what of a search, and what its chips demand: as a filter for the lists, and for records that are read once more."""

from __future__ import annotations

from sightsync.categories import named
from sightsync.desk import CHECKS, own, waiting
from sightsync.images import Status
from sightsync.ports import And, Catalog, Equal, Filter, In, Not, Or
from sightsync.query import Query


def scope(query: Query, category: str | None, viewer: str | None) -> Filter:
    """Public images and the viewer's own ready ones; with `check:` or `status:` the viewer's own in any state, and no others.

    So nobody learns from a search how somebody else's images are doing; whoever is not signed in finds nothing with them.
    """
    parts: list[Filter] = [Equal("deleted", False)]
    if _of_owner(query):
        parts += [own(viewer)] if viewer is not None else [Or(())]
        parts += [waiting(check) for check in CHECKS if check in query.values("check")]
        parts += [Not(waiting(check)) for check in CHECKS if check in query.values("check", negated=True)]
        parts += [In("status", query.values("status"))] if query.of("status") else []
        parts += [Not(In("status", query.values("status", negated=True)))] if query.of("status", negated=True) else []
    else:
        seen = Equal("published", True) if viewer is None else Or((Equal("published", True), Equal("owner", viewer)))
        parts += [Equal("status", Status.READY.value), seen]
    if category is not None:
        parts.append(_in_category(category))
    if wanted := query.values("category"):
        parts.append(Or(tuple(map(_in_category, wanted))))
    parts += [Not(_in_category(refused)) for refused in query.values("category", negated=True)]
    examples = (*query.values("similar"), *query.values("similar", negated=True))
    parts += [Not(In("id", examples))] if examples else []
    return And(tuple(parts))


def without(image_ids: list[str], where: Filter) -> Filter:
    return And((where, Not(In("id", tuple(image_ids))))) if image_ids else where


def example(image_id: str, viewer: str | None, catalog: Catalog) -> bool:
    """Whether an image may stand for what is looked for."""
    image = catalog.get(image_id)
    return image is not None and image.visible_to(viewer)


def _of_owner(query: Query) -> bool:
    return any(part.kind in ("check", "status") for part in query.parts)


def _in_category(text: str) -> Filter:
    """By id or name; what is none matches nothing."""
    return Equal("category", named(text) or text)
