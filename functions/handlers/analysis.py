"""Lambda behind the analysis queue: SQS batches in, the messages that must stay on the queue out."""

from typing import Any

from sightsync.analysis import analyse
from sightsync.decoder import decoder
from sightsync.events import parse
from sightsync.services import observed, services


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    parts = services()
    kept = analyse(
        parse(event),
        catalog=parts.catalog,
        store=parts.store,
        vision=parts.vision,
        queue=parts.queue,
        decoder=decoder(),
        settings=parts.settings,
        time_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in kept]}
