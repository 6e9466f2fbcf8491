"""`./sightsync import FOLDER`: a folder's pictures and words into the gallery, whether its server runs or not.

Pictures go through the store and its queue as bulk uploads do, a few at a time. With a server running, that one analyses them;
without, this process does, and it changes over whenever a server comes or goes. Everything is found again by content, so an
import that was interrupted goes on when it is started again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import TypeVar

from local import import_files, lookout
from local.import_files import Folder, Found
from local.lock import is_served
from local.logs import to_terminal
from local.progress import Progress, beside
from local.trouble import Trouble
from local.worker import Worker
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.arrivals import bulk_id, sidecar_key
from sightsync.categories import NAMES, named
from sightsync.errors import StorageFull, Unavailable
from sightsync.images import Image, Status
from sightsync.services import Services, services
from sightsync.settings import Settings

AHEAD = 24  # pictures in the store that are not analysed yet: what an interruption leaves under way
POLL_S = 0.25
QUIET_S = 3.0  # without a message on the queue or a change, what is still waited for is asked for again
PATIENCE_S = 60.0  # for a catalog or store that is away, as while a server is being killed
ASK_AGAIN = 5

T = TypeVar("T")


def run(folder: str, target: str | None, *, category: str | None, drafts: bool, dry_run: bool, watch: bool = False) -> int:
    """0 when all that could be imported is, 1 when something of ours failed. Trouble for what makes no sense."""
    root = Path(folder).expanduser().resolve()
    if not root.is_dir():
        raise Trouble(f"There is no folder {folder}.", "./sightsync import --help")
    filed = _category(category)
    to_terminal()
    found = import_files.look_through(root, filed, Settings().data.resolve())
    if target is not None:
        return _to_bucket(found, target, drafts, dry_run, watch)
    if watch:
        raise Trouble("Without a bucket `import` waits for each picture anyway.", "./sightsync import FOLDER")
    return _here(found, drafts, dry_run)


def _here(found: Folder, drafts: bool, dry_run: bool) -> int:
    parts = services()
    if dry_run:
        return _tell(found, _known(parts))
    if not isinstance(parts.queue, SqliteQueue):
        raise Trouble(
            "SIGHTSYNC_QUEUE names a queue of SQS: whoever works on that waits for no import, and S3 tells it what has come.",
            "./sightsync import FOLDER s3://BUCKET/incoming/",
        )
    parts.store.health()  # what is away from the start is told at once; what goes away later is waited for
    parts.catalog.health()
    work = Import(parts, drafts)
    try:
        work.run(found)
    except KeyboardInterrupt:
        print(f"\nStopped with {len(work.imported)} imported. Run the same command again to go on.")
        raise
    except StorageFull as exc:
        with suppress(Unavailable):
            work.settle()  # what was ready by then counts
        raise Trouble(f"{exc} {len(work.imported)} are imported.", "the same command again: it goes on where it stopped") from exc
    _summarise(found, work)
    return 1 if work.failed else 0


def _to_bucket(found: Folder, target: str, drafts: bool, dry_run: bool, watch: bool) -> int:
    from local import bulk, watching

    place = bulk.Target.of(target)
    if watch:
        watching.check(Settings())
    store = bulk.connect(place)
    there = bulk.listed(store, place)
    if dry_run:
        missing = bulk.tell(found, place, there)
        print(f"Would send {missing}, already there {found.count - missing}, rejected {len(found.rejected)}.")
        return _end(found, {}, {})
    watched = watching.Watch(services()) if watch else None
    work = bulk.Sending(store, place, there, drafts)
    try:
        work.run(found)
    finally:  # also when it was stopped, or the bucket went away
        rejected = found.rejected | work.rejected
        print(f"Sent {len(work.sent)}, already there {len(found.copies) + len(work.present)}, rejected {len(rejected)}.")
    _end(found, work.present, work.rejected)
    if watched:
        last = watched.until_settled(len(work.sent))
        print(f"In the gallery: {last.done} done, {last.rejected} rejected, {last.failed} failed, {last.left} still to do.")
    return 0


def _category(text: str | None) -> str | None:
    if text is None or (known := named(text)):
        return known if text else None
    raise Trouble(f"There is no category {text[:40]!r}.", "--category with one of " + ", ".join(NAMES))


@dataclass
class Import:
    """One run. Names of files, by what became of them; for those that did not come in, with the reason."""

    parts: Services
    drafts: bool
    imported: list[str] = field(default_factory=list)
    present: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    _pending: dict[str, tuple[str, str]] = field(default_factory=dict)  # image id -> name, key
    _asked: dict[str, int] = field(default_factory=dict)  # image id -> how often it was asked for again
    _changed_at: float = field(default_factory=time.monotonic)

    def run(self, found: Folder) -> None:
        self._worker = Worker(self.parts)
        with Progress(len(found.pictures), "Importing") as progress:
            for picture in found.pictures:
                patiently(lambda p=picture: self._take(p))  # type: ignore[misc]  # mypy has no type for a bound default
                while len(self._pending) >= AHEAD:
                    self._work(progress)
                progress.show(self._done)
            while self._pending:
                self._work(progress)
        if not is_served(self.parts.settings.data):
            patiently(self._worker.drain)

    @property
    def _done(self) -> int:
        return len(self.imported) + len(self.present) + len(self.rejected) + len(self.failed)

    def _take(self, picture: Found) -> None:
        """Puts one picture on its way, unless it is known; what an earlier run had begun is taken up."""
        try:
            body = picture.path.read_bytes()
        except OSError as exc:
            self.rejected[picture.name] = f"It cannot be read: {exc.strerror}."
            return
        sha256 = import_files.digest(body)
        key = import_files.key_of(picture, sha256)
        image_id = bulk_id(self.parts.settings.bucket, key)
        if is_known(self.parts, sha256):
            self.present[picture.name] = "already there"
        elif not self._settles(image_id, picture.name, self.parts.catalog.get(image_id)):
            self._send(picture, key, body)
            self._pending[image_id] = picture.name, key

    def _send(self, picture: Found, key: str, body: bytes) -> None:
        head = self.parts.store.head(key)
        if head is not None and head.bytes == len(body):
            self._ask(key)
            return
        words = json.dumps(picture.sidecar(self.drafts), ensure_ascii=False)
        self.parts.store.write(sidecar_key(key), words.encode("utf-8", "replace"), "application/json")  # first: see arrivals
        self.parts.store.write(key, body, "application/octet-stream")
        if lookout.needed(self.parts):
            self._ask(key)

    def _ask(self, key: str) -> None:
        self.parts.queue.send({"type": "analyse", "key": key})

    def _work(self, progress: Progress) -> None:
        """One round: a batch of our own, or a while of waiting for the server's."""
        counts: list[int] = []
        if not is_served(self.parts.settings.data):
            patiently(lambda: self._worker.drain(until_idle=False, after_batch=counts.append))
        if not any(counts):
            time.sleep(POLL_S)
        patiently(self.settle)
        progress.show(self._done)

    def settle(self) -> None:
        """Notes what has become of those on their way."""
        before = len(self._pending)
        for image in self.parts.catalog.get_many(list(self._pending)):
            name, key = self._pending[image.id]
            if image.status is Status.FAILED and self._asks_again(image.id, key):
                continue
            if self._settles(image.id, name, image):
                del self._pending[image.id]
            elif image.status is Status.FAILED:
                self.failed[name] = image.message or ""
                del self._pending[image.id]
        if len(self._pending) < before:
            self._changed_at = time.monotonic()
        elif self._pending and time.monotonic() - self._changed_at > QUIET_S:
            self._ask_for_lost()

    def _settles(self, image_id: str, name: str, image: Image | None) -> bool:
        """Whether the record says what became of the file; notes it."""
        if image is None:
            return False
        if image.deleted_at is not None:
            self.present[name] = "in the bin; restore it there"
        elif image.status is Status.READY:
            if image_id in self._pending:
                self.imported.append(name)
            else:
                self.present[name] = "already there"
        elif image.status is Status.REJECTED and image.reason == "duplicate":
            self.present[name] = "already there"
        elif image.status is Status.REJECTED:
            self.rejected[name] = image.message or ""
        else:
            return False
        return True

    def _ask_for_lost(self) -> None:
        """Nothing is on the queue and yet something is missing: its messages died with servers that were killed too often."""
        assert isinstance(self.parts.queue, SqliteQueue), "run() takes no other"
        counts = self.parts.queue.counts()
        self._changed_at = time.monotonic()
        if counts["waiting"] or counts["in_flight"]:
            return
        for image_id, (name, key) in list(self._pending.items()):
            if not self._asks_again(image_id, key):
                self.failed[name] = "It was taken up several times and never finished."
                del self._pending[image_id]

    def _asks_again(self, image_id: str, key: str) -> bool:
        """False when that was done often enough."""
        asked = self._asked.get(image_id, 0)
        if asked >= ASK_AGAIN:
            return False
        self._asked[image_id] = asked + 1
        self._ask(key)
        return True


def is_known(parts: Services, sha256: str) -> bool:
    """Whether a live, ready image of the owner's has this content."""
    return any(image.status is Status.READY for image in parts.catalog.by_sha256(parts.settings.bulk_owner, sha256))


def patiently(do: Callable[[], T]) -> T:
    """Again until it goes through, for what is locked or away is mostly back in a moment; says once what it waits for.
    A full disk, or what no wait mends, is not waited for."""
    until, told = time.monotonic() + PATIENCE_S, False
    while True:
        try:
            return do()
        except StorageFull:
            raise
        except Unavailable as problem:
            if problem.lasting or time.monotonic() > until:
                raise
            if not told:
                beside(f"{problem.message} Waiting for it, for {PATIENCE_S:.0f} seconds at most.")
            told = True
            time.sleep(POLL_S)


def _known(parts: Services) -> Callable[[str], bool]:
    """For a dry run, which must not even make the folder."""
    if not parts.settings.catalog and not (parts.settings.data / "catalog.db").exists():
        return lambda sha256: False
    return lambda sha256: is_known(parts, sha256)


def _tell(found: Folder, known: Callable[[str], bool]) -> int:
    present = 0
    for picture in found.pictures:
        there = known(import_files.digest(picture.path.read_bytes()))
        present += there
        words = picture.words.title or picture.words.description
        fate = "already there" if there else f"{picture.category}  {shorten(words, 60, placeholder=' …')}".rstrip()
        print(f"{picture.name}  {fate}")
    missing = len(found.pictures) - present
    print(f"Would import {missing}, already there {found.count - missing}, rejected {len(found.rejected)}.")
    return _end(found, {}, {})


def _summarise(found: Folder, work: Import) -> None:
    rejected = found.rejected | work.rejected
    failed = f", failed {len(work.failed)}" if work.failed else ""
    print(
        f"Imported {len(work.imported)}, already there {len(found.copies) + len(work.present)}, rejected {len(rejected)}{failed}."
    )
    _list("Failed (run the same command again to try once more)", work.failed)
    _end(found, work.present, work.rejected)


def _end(found: Folder, present: dict[str, str], rejected: dict[str, str]) -> int:
    """What is to be said of single files; 0."""
    _list("Not imported again", {name: why for name, why in (found.copies | present).items() if why != "already there"})
    _list("Rejected", found.rejected | rejected)
    _notes(found)
    return 0


def _list(heading: str, reasons: dict[str, str]) -> None:
    if reasons:
        print(f"{heading}:")
        print("\n".join(f"  {name}: {why}" for name, why in reasons.items()))


def _notes(found: Folder) -> None:
    if found.skipped:
        print(f"Skipped: {', '.join(import_files.kinds(found.skipped))}.")
    if found.problems:
        print("Notes:")
        print("\n".join(f"  {problem}" for problem in found.problems))
