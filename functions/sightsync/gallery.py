"""Reading the gallery: lists, single images, originals, categories, health. What may be seen by whom is decided here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sightsync import VERSION
from sightsync.categories import NAMES
from sightsync.desk import DeskCheck, own, waiting
from sightsync.errors import ImageNotFound, NotAllowed, NotFound, SignInRequired, Unavailable
from sightsync.images import Image
from sightsync.ports import And, Catalog, Equal, Filter, ImageStore, Page, Sort, Vision
from sightsync.spaces import mismatch

COVERS = 3
ME = "me"
NEWEST = Sort("newest")

WALL: Filter = And((Equal("published", True), Equal("status", "ready"), Equal("deleted", False)))

_ID = re.compile(r"[0-9a-f]{32}")


def is_id(text: str) -> bool:
    """Anything else is not even looked up."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True)
class Listing:
    """What a list was asked for. `owner` "me" is whoever asks; a check asks for one's own images."""

    category: str | None = None
    owner: str | None = None
    check: DeskCheck | None = None
    sort: Sort = NEWEST
    cursor: str | None = None
    limit: int = 50


def list_images(ask: Listing, viewer: str | None, catalog: Catalog) -> Page:
    """SignInRequired for one's own, and for any checks, without being anybody; NotAllowed for other people's checks."""
    return catalog.page(And(tuple(_conditions(ask, viewer))), ask.sort, ask.cursor, ask.limit)


def _conditions(ask: Listing, viewer: str | None) -> list[Filter]:
    owner = ask.owner or (ME if ask.check else None)
    if viewer is None and (ask.check or owner == ME):
        raise SignInRequired("Sign in to see your own pictures.")
    if owner == ME:
        owner = viewer
    if ask.check and owner != viewer:
        raise NotAllowed("What waits on a desk is for its owner alone.", code="not_yours")
    where = [own(owner)] if owner and owner == viewer else [WALL, *([Equal("owner", owner)] if owner else [])]
    if ask.category:
        where.append(Equal("category", ask.category))
    if ask.check:
        where.append(waiting(ask.check))
    return where


def find_images(image_ids: Sequence[str], viewer: str | None, catalog: Catalog) -> list[Image]:
    """Those that the viewer may see, in the order asked; the others are left out."""
    known = [image_id for image_id in dict.fromkeys(image_ids) if is_id(image_id)]
    return [image for image in catalog.get_many(known) if image.visible_to(viewer)] if known else []


def look_at(image_id: str, viewer: str | None, catalog: Catalog) -> Image:
    """ImageNotFound also for drafts of others and for what is in a bin: that it exists is nobody's business."""
    image = catalog.get(image_id) if is_id(image_id) else None
    if image is None or not image.visible_to(viewer):
        raise ImageNotFound(image_id)
    return image


def must_own(image: Image, user: str) -> None:
    """NotAllowed for what everybody sees, ImageNotFound for what only its owner does."""
    if image.owner == user:
        return
    if image.public:
        raise NotAllowed("Only its owner can do this.", code="not_yours")
    raise ImageNotFound(image.id)


def look_at_own(image_id: str, user: str, catalog: Catalog) -> Image:
    image = look_at(image_id, user, catalog)
    must_own(image, user)
    return image


def original_url(image_id: str, user: str, catalog: Catalog, store: ImageStore) -> str:
    """A short-lived link to the file as it was uploaded."""
    image = look_at_own(image_id, user, catalog)
    if store.head(image.key) is None:
        raise NotFound("The file of this image has not arrived or is gone.", code="original_not_found")
    return store.private_url(image.key, image.filename or image.id)


def list_categories(catalog: Catalog, store: ImageStore) -> dict[str, Any]:
    """{categories: [{id, name, count, covers}], total} of the wall; uncategorised comes last."""
    counts = catalog.counts(WALL, "category")
    found = [
        {"id": id, "name": name, "count": counts.get(id, 0), "covers": _covers(id, catalog, store) if counts.get(id) else []}
        for id, name in NAMES.items()
    ]
    return {"categories": found, "total": sum(counts.values())}


def _covers(category: str, catalog: Catalog, store: ImageStore) -> list[str]:
    newest = catalog.page(And((WALL, Equal("category", category))), Sort("newest"), None, COVERS).images
    return [store.public_url(image.derivatives["thumb"]) for image in newest if "thumb" in image.derivatives]


def health(store: ImageStore, catalog: Catalog, vision: Vision) -> dict[str, Any]:
    """How every part is; a part that is down is said to be and makes the whole `degraded`."""
    states = _state(store), _state(catalog)
    return {
        "status": "ok" if states == ("ok", "ok") else "degraded",
        "version": VERSION,
        "store": states[0],
        "catalog": states[1],
        "vision": _vision_state(vision, catalog),
    }


def _state(part: ImageStore | Catalog) -> str:
    try:
        part.health()
    except Unavailable:
        return "down"
    return "ok"


def _vision_state(vision: Vision, catalog: Catalog) -> dict[str, Any]:
    """`message` is for owners: a model of another space than the gallery's cannot search it."""
    found = vision.health()
    try:
        message = mismatch(found, catalog)
    except Unavailable:
        message = None
    can = [ability for ability in found.can if message is None or ability != "search"]
    return {"name": found.name, "state": found.state, "can": can, "last_wake_s": found.last_wake_s, "message": message}
