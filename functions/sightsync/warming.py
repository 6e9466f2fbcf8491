"""What a server does as it starts, so that nobody's search is the first: a program that has just begun has read nothing yet."""

from __future__ import annotations

import logging

from sightsync.errors import SightSyncError
from sightsync.images import Status
from sightsync.ports import And, Catalog, Equal, Sort, Vision
from sightsync.search import similar
from sightsync.spaces import active_space

logger = logging.getLogger(__name__)

PUBLIC = And((Equal("deleted", False), Equal("status", Status.READY.value), Equal("published", True)))
HITS = 24


def warm(catalog: Catalog, vision: Vision) -> None:
    """Has the catalog read what it searches in, and looks once for what is like the newest picture: that asks no model.

    Never raises for a catalog in trouble: whoever searches will be told.
    """
    try:
        space = active_space(catalog) or vision.health().space
        if space is not None:
            catalog.warm(space)
        for newest in catalog.page(PUBLIC, Sort("newest"), None, 1).images:
            similar(newest.id, None, None, HITS, catalog, vision)
    except SightSyncError as error:
        logger.warning("not_warmed_up", extra={"reason": error.code})
