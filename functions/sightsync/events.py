"""What the queue brings: batches of SQS records, read into what analysis is asked to do. Nothing in them is believed but names."""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

logger = logging.getLogger(__name__)

LAST_RECEIVE = 10  # maxReceiveCount of the queue: after it a message goes to the dead letters
MAX_KEY = 1024  # bytes, as in S3

_IMAGE_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Analyse:
    """Look at the object of this key, whatever it is by now."""

    key: str


@dataclass(frozen=True)
class Rescore:
    """The description of this image was changed: match it again."""

    image_id: str


@dataclass(frozen=True)
class Message:
    """One message and what it asks for; `malformed` ones ask for nothing and belong with the dead letters."""

    id: str
    receipt_handle: str
    receive_count: int = 1
    asks: tuple[Analyse | Rescore, ...] = ()
    malformed: bool = False

    @property
    def last(self) -> bool:
        """No further chance comes after this one."""
        return self.receive_count >= LAST_RECEIVE


class _Malformed(Exception):
    """The body is nothing that we send or S3 sends."""


def parse(event: Mapping[str, Any]) -> list[Message]:
    """The messages of one batch, in order; a body that cannot be read spoils only its own message."""
    return [_message(record) for record in event.get("Records") or ()]


def _message(record: Mapping[str, Any]) -> Message:
    count = str((record.get("attributes") or {}).get("ApproximateReceiveCount", "1"))
    message = Message(
        id=str(record.get("messageId", "")),
        receipt_handle=str(record.get("receiptHandle", "")),
        receive_count=int(count) if count.isdecimal() else 1,
    )
    try:
        asks = tuple(dict.fromkeys(_asks(json.loads(record["body"]))))
    except (_Malformed, KeyError, TypeError, ValueError, RecursionError) as problem:
        # The body may hold people's words: only what kind of wrong it is goes to the log.
        logger.error("message_malformed", extra={"message_id": message.id, "problem": type(problem).__name__})  # noqa: TRY400 a traceback would quote it
        return Message(message.id, message.receipt_handle, message.receive_count, malformed=True)
    return Message(message.id, message.receipt_handle, message.receive_count, asks)


def _asks(body: Any) -> Iterable[Analyse | Rescore]:
    if not isinstance(body, dict):
        raise _Malformed
    if body.get("Event") == "s3:TestEvent":  # sent once when a bucket is connected
        return
    if "Records" in body:
        yield from _of_store(body["Records"])
    elif body.get("type") == "rescore":
        yield Rescore(_image_id(body["image"]))
    elif body.get("type") == "analyse":
        yield Analyse(_key(body["key"]))
    else:
        raise _Malformed


def _of_store(records: Any) -> Iterable[Analyse]:
    if not isinstance(records, list):
        raise _Malformed
    for record in records:
        if str(record["eventName"]).removeprefix("s3:").startswith("ObjectCreated:"):
            yield Analyse(_key(unquote_plus(record["s3"]["object"]["key"], errors="strict")))


def _key(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value.encode()) > MAX_KEY:
        raise _Malformed
    return value


def _image_id(value: Any) -> str:
    if not isinstance(value, str) or not _IMAGE_ID.fullmatch(value):
        raise _Malformed
    return value
