"""The analysis queue in SQS: messages are sent, hidden for longer, counted and sent once more.

Lambda receives from it by itself; receive() and what belongs to it are for a machine that works on it in Lambda's place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from sightsync.adapters.aws import client, code_of, translated, unless
from sightsync.adapters.messages import Message
from sightsync.errors import Unavailable

MAX_HIDDEN_S = 43_200
_BATCH = 10
_GONE = {"MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"}
_UNDER_WAY = "UnsupportedOperation"
_NO_MOVING = {"InvalidAction", "UnknownOperationException", "NotImplemented", "501", "500"}  # of servers that stand in for SQS


class QueueUnavailable(Unavailable):
    code = "queue_unavailable"


class SqsQueue:
    """Of one URL; its redrive policy names the dead letters. Safe in threads, and not connected before the first call."""

    def __init__(self, url: str, sqs: Any = None) -> None:
        """`sqs` stands in for the client."""
        self._url, self._given = url, sqs
        self._postponed: dict[str, bool] = {}  # of what was received here: whether change_visibility has chosen a time for it

    @cached_property
    def _sqs(self) -> Any:
        return self._given or client("sqs", _region(self._url))

    def send(self, body: Mapping[str, Any]) -> None:
        with _translated():
            self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))

    def change_visibility(self, receipt_handle: str, seconds: int) -> None:
        hidden = {"QueueUrl": self._url, "ReceiptHandle": receipt_handle, "VisibilityTimeout": min(seconds, MAX_HIDDEN_S)}
        with _translated():
            unless(_GONE, lambda: self._sqs.change_message_visibility(**hidden))
        if receipt_handle in self._postponed:
            self._postponed[receipt_handle] = True

    def receive(self, max_messages: int = _BATCH, visibility_s: float = 60, wait_s: float = 0) -> list[Message]:
        """At most ten messages, hidden from others for `visibility_s`; waits up to `wait_s` (whole seconds) for the first."""
        asked = {"MaxNumberOfMessages": min(max_messages, _BATCH), "AttributeNames": ["All"]}
        times = {"VisibilityTimeout": ceil(visibility_s), "WaitTimeSeconds": ceil(wait_s)}
        with _translated():
            got = self._sqs.receive_message(QueueUrl=self._url, **asked, **times).get("Messages", [])
        messages = [_message(found) for found in got]
        self._postponed |= dict.fromkeys((message.receipt_handle for message in messages), False)
        return messages

    def delete(self, receipt_handle: str) -> None:
        """The message is done; silent when it is gone."""
        self._postponed.pop(receipt_handle, None)
        with _translated():
            unless(_GONE, lambda: self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=receipt_handle))

    def give_back(self, receipt_handle: str, seconds: float) -> None:
        """Ends this receive without success: due again after `seconds`, or when change_visibility said so meanwhile."""
        if not self._postponed.pop(receipt_handle, False):
            self.change_visibility(receipt_handle, ceil(seconds))

    def due_in(self) -> None:
        """SQS tells no times: who receives nothing takes it that nothing is there."""

    def backlog(self) -> int:
        with _translated():
            here = self._attributes(self._url)
            return _waiting(here) + _number(here, "NotVisible")

    def counts(self) -> dict[str, int]:
        """{waiting, in_flight, dead}, about."""
        with _translated():
            here, dead_url = self._attributes(self._url), self._dead_url()
            return {
                "waiting": _waiting(here),
                "in_flight": _number(here, "NotVisible"),
                "dead": self._dead(dead_url) if dead_url else 0,
            }

    def redrive(self) -> int:
        """AWS moves them by itself, in the background; where that is not known, they are moved here, one by one."""
        with _translated():
            dead_url = self._dead_url()
            count = self._dead(dead_url) if dead_url else 0
            if not dead_url or not count:
                return 0
            moving = unless(_NO_MOVING, lambda: self._sqs.start_message_move_task(SourceArn=self._dead_arn))
            return count if moving else self._resend(dead_url)

    def _resend(self, dead_url: str) -> int:
        """Sent before it is deleted: what is interrupted in between comes twice, which analysis expects."""
        count = 0
        while messages := self._sqs.receive_message(QueueUrl=dead_url, MaxNumberOfMessages=_BATCH).get("Messages"):
            for message in messages:
                self._sqs.send_message(QueueUrl=self._url, MessageBody=message["Body"])
                self._sqs.delete_message(QueueUrl=dead_url, ReceiptHandle=message["ReceiptHandle"])
                count += 1
        return count

    def _dead(self, dead_url: str) -> int:
        there = self._attributes(dead_url)
        return _number(there, "") + _number(there, "NotVisible")

    def _dead_url(self) -> str | None:
        arn = self._dead_arn
        if arn is None:
            return None
        account, name = arn.split(":")[-2:]
        url: str = self._sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        return url

    @cached_property
    def _dead_arn(self) -> str | None:
        policy = json.loads(self._attributes(self._url).get("RedrivePolicy", "{}"))
        arn: str | None = policy.get("deadLetterTargetArn")
        return arn

    def _attributes(self, url: str) -> dict[str, str]:
        found: dict[str, str] = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get("Attributes", {})
        return found


def _message(found: Mapping[str, Any]) -> Message:
    told = found["Attributes"]
    sent_at = datetime.fromtimestamp(int(told["SentTimestamp"]) / 1000, UTC)
    return Message(found["MessageId"], found["ReceiptHandle"], found["Body"], int(told["ApproximateReceiveCount"]), sent_at)


def _region(url: str) -> str | None:
    """sqs.eu-central-1.amazonaws.com names it; other addresses leave it to the environment."""
    parts = (urlsplit(url).hostname or "").split(".")
    return parts[1] if parts[0] == "sqs" and len(parts) > 3 else None


def _waiting(attributes: Mapping[str, str]) -> int:
    return _number(attributes, "") + _number(attributes, "Delayed")


def _number(attributes: Mapping[str, str], which: str) -> int:
    return int(attributes.get(f"ApproximateNumberOfMessages{which}", 0))


@contextmanager
def _translated() -> Iterator[None]:
    """The failures of a store are those of the queue here."""
    try:
        with translated():
            yield
    except QueueUnavailable:
        raise
    except Unavailable as exc:
        if code_of(exc.__cause__) == _UNDER_WAY:
            raise QueueUnavailable("The dead letters are being sent once more already: that is under way.") from exc
        raise QueueUnavailable("The queue can't be reached just now.") from exc
