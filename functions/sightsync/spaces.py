"""Which vector space the gallery is searched in. There is one at a time, the catalog holds its name, and nothing mixes two."""

from __future__ import annotations

from sightsync.images import Status
from sightsync.ports import And, Calibration, Catalog, Equal, Vision, VisionHealth

ACTIVE = "active_space"
PREVIOUS = "previous_space"  # where a roll-back goes
SERVING = "serving_vision"  # the setting whose model reads the active space; matters while SIGHTSYNC_VISION_NEXT is set


def active_space(catalog: Catalog) -> str | None:
    """None before the first picture was read."""
    found = catalog.recall(ACTIVE)
    return found if isinstance(found, str) else None


def serving(catalog: Catalog) -> str | None:
    """The URL of the model that reads the active space, as the last switch left it."""
    found = catalog.recall(SERVING)
    return found if isinstance(found, str) else None


def calibration_of(space: str, catalog: Catalog, vision: Vision) -> Calibration | None:
    """The scale of a space; constants that come with the model are put into the catalog the first time."""
    known = catalog.calibration(space)
    if known is not None:
        return known
    shipped = vision.shipped_calibration()
    if shipped is None or shipped.space != space:
        return None
    catalog.put_calibration(shipped)
    return shipped


def claim(space: str, catalog: Catalog) -> None:
    """The first picture of a gallery says which space it is in; samples and what was never read claim nothing."""
    active = active_space(catalog)
    if active is None or (active != space and _is_alone(catalog)):
        catalog.remember(ACTIVE, space)


def _is_alone(catalog: Catalog) -> bool:
    """Whether there is at most the one picture that is being read."""
    own = And((Equal("deleted", False), Equal("sample", False), Equal("status", Status.READY)))
    return sum(catalog.counts(own, "status").values()) <= 1


def serves(space: str | None, catalog: Catalog) -> bool:
    """Whether vectors of this space may be searched with. Also where nothing is known yet, for then there is nothing to mix."""
    active = active_space(catalog)
    return space is None or active is None or space == active


def mismatch(health: VisionHealth, catalog: Catalog) -> str | None:
    """A sentence for people where the model at work does not speak the space that the gallery is searched in."""
    if health.state == "off" or serves(health.space, catalog):
        return None
    return (
        f"The pictures of this gallery were read in the space {active_space(catalog)}, and {health.name} speaks {health.space}: "
        "until they are read again, search goes by words only."
    )


def switch(space: str, vision: str, vision_before: str, catalog: Catalog) -> bool:
    """From now on the gallery is searched in this space; False when it was already. `vision`: the URL whose model speaks it.

    The last write is the switch, so dying before it changes nothing.
    """
    active = active_space(catalog)
    if active == space:
        return False
    catalog.remember(PREVIOUS, {"space": active, "vision": vision_before} if active else None)
    catalog.remember(SERVING, vision)
    catalog.remember(ACTIVE, space)
    return True


def previous(catalog: Catalog) -> tuple[str, str] | None:
    """Space and URL of the model before the last switch, as long as its vectors are kept."""
    found = catalog.recall(PREVIOUS)
    return (found["space"], found["vision"]) if found else None


def forget_previous(catalog: Catalog) -> None:
    catalog.remember(PREVIOUS, None)
