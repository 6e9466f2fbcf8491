"""The image store in a folder: S3's promises (whole objects, presigned POSTs, events) on one machine's disk.

Layout below the root: objects under their keys; `.tmp` what is being written; `.unsent` keys whose event may still be owed;
`.secret` what tickets and links are signed with.
"""

import mimetypes
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote_plus, urlencode

from sightsync.adapters.folders import Folder, check_key, translated
from sightsync.downloads import is_plain, public_path
from sightsync.errors import TooLarge
from sightsync.policies import Allowance, Signer, presign, sign_link, verify, verify_link
from sightsync.ports import ObjectHead, Queue, StoredObject, Ticket

BUCKET = "local"
POST_URL = "/store"
PRIVATE_URL = "/store/private"
NOTIFIED = ("uploads/", "incoming/")  # the prefixes whose new objects are announced, as the cloud's bucket does
SECRET_BYTES = 32

_TYPES = mimetypes.MimeTypes()  # the interpreter's own table, not this machine's
for _suffix, _type in {".avif": "image/avif", ".heic": "image/heic", ".webp": "image/webp"}.items():
    _TYPES.add_type(_type, _suffix)


class FileStore:
    """Safe in threads and processes. The root is made once; when it goes away later, nothing is written until it is back."""

    def __init__(self, root: Path, queue: Queue, write: Callable[[int, memoryview], int] = os.write) -> None:
        """`write` is os.write, or something that fails as a full disk does."""
        self._folder = Folder(root, write)
        self._queue = queue
        self._signer: Signer | None = None

    # --- reading

    def read(self, key: str, limit: int) -> StoredObject | None:
        with translated(), self._folder.opened(key) as file:
            if file is None:
                return None
            head = _head(key, os.fstat(file.fileno()))
            if head.bytes > limit:
                raise TooLarge(f"This file is larger than {limit} bytes.")
            return StoredObject(head, file.read())

    def head(self, key: str) -> ObjectHead | None:
        with translated():
            status = self._folder.status(key)
        return None if status is None else _head(key, status)

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """In the order of keys; what comes or goes meanwhile may be missed."""
        with translated():
            for key, status in self._folder.walk(prefix):
                yield _head(key, status)

    # --- writing

    def write(self, key: str, body: bytes, content_type: str) -> ObjectHead:
        """The type is not kept: a folder has no place for it, readers guess it by suffix."""
        check_key(key)
        with Upload(self._folder, self._queue, key, "ObjectCreated:Put") as upload:
            upload.write(body)
            return upload.finish()

    def delete(self, key: str) -> None:
        with translated():
            self._folder.remove(key)

    # --- tickets and links

    def ticket(self, key: str, content_type: str, max_bytes: int, expires_in: int = 3600) -> Ticket:
        check_key(key)
        now = datetime.now(UTC)
        expires_at = (now + timedelta(seconds=expires_in)).replace(microsecond=0)
        return Ticket(POST_URL, presign(BUCKET, key, content_type, max_bytes, expires_at, self._sign(), now), expires_at)

    def begin_post(self, fields: Mapping[str, str], at_least: int = 0) -> "Upload":
        """Checks a form's fields against its policy before a byte of the file is taken. A context manager: leaving it without
        finish() leaves nothing behind. NotAllowed when the policy does not hold; TooLarge when the file, known to have
        `at_least` so many bytes, cannot fit."""
        allowance = verify(fields, BUCKET, self._sign(), datetime.now(UTC))
        allowance.check_size(at_least)
        check_key(allowance.key)
        return Upload(self._folder, self._queue, allowance.key, "ObjectCreated:Post", allowance)

    def public_url(self, key: str) -> str:
        if not is_plain(key):
            check_key(key)
        return public_path(key)

    def private_url(self, key: str, filename: str, expires_in: int = 300) -> str:
        check_key(key)
        expires = int(time.time()) + expires_in
        signature = sign_link(self._sign(), key, filename, expires)
        return f"{PRIVATE_URL}?" + urlencode({"key": key, "filename": filename, "expires": expires, "signature": signature})

    def verify_private(self, key: str, filename: str, expires: str, signature: str) -> None:
        """NotAllowed unless private_url() made this link and it still runs."""
        verify_link(self._sign(), key, filename, expires, signature, datetime.now(UTC))

    # --- keeping house

    def health(self) -> None:
        """Writes a byte, because a disk that is full or read-only still reads well."""
        with translated(), self._folder.temporary() as draft:
            draft.write(b"\0")

    def recover(self) -> int:
        """Sends the events that are still owed (their sender died, or the queue was away) and sweeps what dead processes
        left half-written; how many events. One may be sent twice: analysis knows what it has done."""
        with translated():
            sent = sum([self._announce_late(mark, key) for mark, key in self._folder.owed()])
            self._folder.sweep()
        return sent

    def _announce_late(self, mark: str, key: str) -> bool:
        head = self.head(key)
        if head is not None:
            self._queue.send(created_event(head, "ObjectCreated:Post"))
        self._folder.settle(mark)
        return head is not None

    def _sign(self) -> Signer:
        if self._signer is None:
            with translated():
                secret = self._folder.secret(lambda: secrets.token_hex(SECRET_BYTES))
            self._signer = Signer(BUCKET, secret, BUCKET)
        return self._signer


class Upload:
    """One object on its way in. Bytes go to a temporary file; finish() puts it in place and announces it."""

    def __init__(self, folder: Folder, queue: Queue, key: str, event: str, allowance: Allowance | None = None) -> None:
        self._folder, self._queue = folder, queue
        self.key, self._event, self._allowance = key, event, allowance
        self._size = 0

    def __enter__(self) -> Self:
        with translated():
            self._draft = self._folder.temporary().__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._draft.__exit__(kind, value, trace)

    def write(self, chunk: bytes) -> None:
        """TooLarge as soon as the ceiling is passed."""
        self._size += len(chunk)
        if self._allowance:
            self._allowance.check_size(self._size)
        with translated():
            self._draft.write(chunk)

    def finish(self) -> ObjectHead:
        if self._allowance:
            self._allowance.check_whole(self._size)
        with translated():
            if not self.key.startswith(NOTIFIED):
                return _head(self.key, self._draft.place(self.key))
            with self._folder.owing(self.key) as settle:
                head = _head(self.key, self._draft.place(self.key))
                self._queue.send(created_event(head, self._event))
                settle()
                return head


def created_event(head: ObjectHead, name: str) -> dict[str, Any]:
    """What S3 sends when an object has arrived, with the fields that S3 always gives and we may read."""
    stored = {
        "key": quote_plus(head.key, safe="/"),  # S3 encodes as forms do
        "size": head.bytes,
        "eTag": head.etag,
        "sequencer": f"{int(head.modified_at.timestamp() * 1e6):016X}",
    }
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": BUCKET,
                "eventTime": head.modified_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "eventName": name,
                "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": BUCKET, "arn": f"arn:aws:s3:::{BUCKET}"}, "object": stored},
            }
        ]
    }


def _head(key: str, status: os.stat_result) -> ObjectHead:
    modified = datetime.fromtimestamp(status.st_mtime_ns / 1e9, UTC)
    return ObjectHead(key, status.st_size, f"{status.st_size:x}-{status.st_mtime_ns:x}", modified, content_type_of(key))


def content_type_of(key: str) -> str:
    return _TYPES.guess_type(key, strict=False)[0] or "application/octet-stream"
