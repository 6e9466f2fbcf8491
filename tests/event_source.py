"""What Lambda's event source does with a queue: receives batches, hands them to handlers.analysis, deletes what was done.

Run as `python -m tests.event_source` with the environment of the function; it goes on until it is killed.
"""

import os
import time
from dataclasses import dataclass, field
from typing import Any

from handlers.analysis import handler
from local.logs import to_terminal
from sightsync.adapters.aws import client

BATCH_S = 120.0
WAIT_S = 1
BATCH = 5
RECORD = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:analysis", "awsRegion": "eu-central-1"}


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context that handlers use."""

    ends_at: float = field(default_factory=lambda: time.monotonic() + BATCH_S)
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return int((self.ends_at - time.monotonic()) * 1000)


def run_batch(sqs: Any, queue_url: str, wait_s: int = 0) -> int:
    """How many messages there were. A message that the handler keeps comes back after the queue's own time."""
    asked = {"MaxNumberOfMessages": BATCH, "AttributeNames": ["All"], "WaitTimeSeconds": wait_s}
    messages = sqs.receive_message(QueueUrl=queue_url, **asked).get("Messages", [])
    if not messages:
        return 0
    records = [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            **RECORD,
        }
        for message in messages
    ]
    kept = {failure["itemIdentifier"] for failure in handler({"Records": records}, Context())["batchItemFailures"]}
    done = [message for message in messages if message["MessageId"] not in kept]
    entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(done)]
    if entries:
        sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)
    return len(messages)


if __name__ == "__main__":
    to_terminal()
    connected = client("sqs")
    while True:
        run_batch(connected, os.environ["SIGHTSYNC_QUEUE"], WAIT_S)
