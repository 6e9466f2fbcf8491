"""Lambda behind the hourly schedule; the event says nothing that matters."""

import time
from typing import Any

from sightsync.images import now
from sightsync.services import observed, services
from sightsync.upkeep import upkeep


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    parts = services()
    return upkeep(parts.catalog, parts.store, parts.queue, now(), deadline)
