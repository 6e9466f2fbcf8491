"""`./sightsync import FOLDER s3://bucket/incoming/`: a folder's pictures and words into a bucket, many at once.

Each picture's key holds its content's hash, and S3 takes objects whole or not at all: so what has the same key and size is there,
and an import that was interrupted goes on when it is started again. Words go before their picture, whose arrival is what counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from textwrap import shorten
from urllib.parse import urlsplit

from local import cloud, import_files
from local.import_files import Folder, Found
from local.progress import Progress
from local.trouble import Trouble
from sightsync.arrivals import INCOMING, sidecar_key
from sightsync.errors import BadRequest, Misconfigured, Unavailable
from sightsync.ports import ImageStore

CONNECTIONS = 16
_EXAMPLE = "./sightsync import FOLDER s3://BUCKET/incoming/"


@dataclass(frozen=True)
class Target:
    bucket: str
    prefix: str  # starts with incoming/ and ends with a slash

    @staticmethod
    def of(url: str) -> Target:
        """Trouble for what is no place that analysis looks at."""
        parts = urlsplit(url)
        prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else INCOMING
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            raise Trouble(f"{url} names no bucket.", _EXAMPLE)
        if not prefix.startswith(INCOMING):
            raise Trouble(f"Pictures are expected under {INCOMING} of {parts.netloc}: elsewhere nobody looks for them.", _EXAMPLE)
        return Target(parts.netloc, prefix)

    def key(self, picture: Found, sha256: str) -> str:
        return self.prefix + import_files.key_of(picture, sha256).removeprefix(INCOMING)


def connect(target: Target) -> ImageStore:
    cloud.prepare()
    from sightsync.adapters.s3 import S3Store

    return S3Store(target.bucket, "", connections=CONNECTIONS, patient=True)


def listed(store: ImageStore, target: Target) -> dict[str, int]:
    """What is there: bytes by key. Also the first to hear that credentials are missing; Trouble says what to do."""
    try:
        return {head.key: head.bytes for head in store.list(target.prefix)}
    except (Unavailable, Misconfigured) as problem:
        raise cloud.explained(problem, target.bucket) from problem


@dataclass
class Sending:
    """One run. Names of files, by what became of them; with the reason where they were not sent."""

    store: ImageStore
    target: Target
    there: Mapping[str, int]
    drafts: bool
    sent: list[str] = field(default_factory=list)
    present: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)

    def run(self, found: Folder) -> None:
        """Trouble when the bucket can no longer be used; what was sent by then stays sent."""
        with ThreadPoolExecutor(CONNECTIONS) as pool, Progress(len(found.pictures), "Sending") as progress:
            waiting = [pool.submit(self._take, picture) for picture in found.pictures]
            try:
                for future in as_completed(waiting):
                    future.result()
                    progress.show(len(self.sent) + len(self.present) + len(self.rejected))
            except Unavailable as problem:
                raise cloud.explained(problem, self.target.bucket) from problem
            finally:
                _cancel(waiting)

    def _take(self, picture: Found) -> None:
        try:
            body = picture.path.read_bytes()
        except OSError as exc:
            self.rejected[picture.name] = f"It cannot be read: {exc.strerror}."
            return
        key = self.target.key(picture, import_files.digest(body))
        if self.there.get(key) == len(body):
            self.present[picture.name] = "already there"
        else:
            self._send(picture, key, body)

    def _send(self, picture: Found, key: str, body: bytes) -> None:
        words = json.dumps(picture.sidecar(self.drafts), ensure_ascii=False)
        try:
            self.store.write(sidecar_key(key), words.encode("utf-8", "replace"), "application/json")
            self.store.write(key, body, "application/octet-stream")
        except BadRequest as exc:
            self.rejected[picture.name] = str(exc)
        else:
            self.sent.append(picture.name)


def _cancel(futures: list[Future[None]]) -> None:
    for future in futures:
        future.cancel()


def tell(found: Folder, target: Target, there: Mapping[str, int]) -> int:
    """For a dry run: one line for each picture; how many would be sent."""
    missing = 0
    for picture in found.pictures:
        body = picture.path.read_bytes()
        key = target.key(picture, import_files.digest(body))
        present = there.get(key) == len(body)
        missing += not present
        words = shorten(picture.words.title or picture.words.description, 60, placeholder=" …")
        print(f"{picture.name}  {'already there' if present else f'{key}  {words}'.rstrip()}")
    return missing
