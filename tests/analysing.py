"""A gallery in a folder for the tests of analysis: real catalog, store and queue, a model that does as it is told."""

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import numpy as np

from sightsync.adapters.files import FileStore
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.analysis import analyse
from sightsync.events import parse
from sightsync.images import Image
from sightsync.ports import Calibration, Everything, Sort
from sightsync.settings import Settings
from tests.fakes import SPACE, FakeVision
from tests.records import a_draft

DIM = 32


class AtOnce:
    """The part of a decoder that needs no time here."""

    def start(self, deadline: float | None = None) -> None:
        pass


class InProcess(AtOnce):
    """The decoder without its process; `opened` counts whole pictures, `during` happens while one is open."""

    def __init__(self) -> None:
        self.opened = 0
        self.during: list[Any] = []

    def open(self, data: bytes, deadline: float | None = None, derive: bool = True) -> Any:
        from sightsync.pixels import open_picture

        found = open_picture(data, derive)
        if derive:
            self.opened += 1
            if self.during:
                self.during.pop(0)()
        return found


class Model(FakeVision):
    """Sees that there is a picture, and the letters of a text; `during` happens while a call is under way."""

    def __init__(self) -> None:
        super().__init__(say=lambda picture: f"{picture.width} by {picture.height}", vector=_seen, scale=SCALE)
        self.during: list[Callable[[], Any]] = []

    def read(self, pictures, texts, want, deadline=None):
        readings = super().read(pictures, texts, want, deadline)
        if self.during:
            self.during.pop(0)()
        return readings

    def embed(self, texts, deadline=None):
        found = super().embed(texts, deadline)
        if self.during:
            self.during.pop(0)()
        return found

    def count(self, what: str) -> int:
        return sum(1 for call, _ in self.calls if call == what)


def _seen(thing: str | bytes) -> Any:
    seen = np.zeros(DIM)
    if isinstance(thing, bytes):
        seen[:4] = 1  # the same for a picture and its display copy, which differ a little
    else:
        for letter in thing.encode():
            seen[letter % DIM] += 1
    return _unit(seen) if seen.any() else None


def _unit(vector: Any) -> Any:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


_NOWHERE = np.zeros(DIM, np.float32)
SCALE = Calibration(SPACE, "1", _NOWHERE, _NOWHERE, _unit(np.ones(DIM)), 0.1, 0.1, 0.1, 2.0, 1.2)


class Gallery:
    """Everything that analysis is given, in `folder`, and the hands of its owner, its browser and its queue."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.settings = Settings(data=folder, **settings)
        self.queue = SqliteQueue(folder / "queue.db")
        self.store: Any = FileStore(folder / "store", self.queue)
        self.catalog: Any = SqliteCatalog(folder / "catalog.db")
        self.vision: Any = Model()
        self.decoder: Any = InProcess()
        self.hidden: dict[str, int] = {}  # receipt -> seconds
        self._messages = count(1)

    def close(self) -> None:
        self.catalog.close()
        self.queue.close()

    # --- the owner and the browser

    def expect(self, **fields: Any) -> Image:
        """A record as an upload begins with."""
        draft = a_draft(**{"description": "", "category": "uncategorised", "tags": (), "sha256": None} | fields)
        return self.catalog.put(draft.but(key=f"uploads/{draft.id}"), 0)

    def upload(self, body: bytes, **fields: Any) -> Image:
        image = self.expect(**fields)
        self.store.write(image.key, body, "image/jpeg")
        return image

    def edit(self, image_id: str, **fields: Any) -> Image:
        image = self.catalog.get(image_id)
        return self.catalog.put(Image.model_validate(image.model_dump() | fields), image.version)

    def look(self, image_id: str) -> Image:
        image = self.catalog.get(image_id)
        assert image is not None
        return image

    # --- the queue

    def message(self, body: Any, receives: int = 1) -> dict[str, Any]:
        """One SQS record."""
        number = next(self._messages)
        return {
            "messageId": f"m{number}",
            "receiptHandle": f"r{number}",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"ApproximateReceiveCount": str(receives), "SentTimestamp": "1779537600000"},
            "eventSource": "aws:sqs",
        }

    def created(self, *keys: str, receives: int = 1) -> dict[str, Any]:
        """One message with an event per key."""
        return self.message({"Records": [s3_record(key) for key in keys]}, receives)

    def deliver(self, *messages: dict[str, Any], seconds: float = 600, **parts: Any) -> list[str]:
        """Ids of the messages that stay on the queue, after one run of the handler's use case with so much time."""
        own = {name: getattr(self, name) for name in ("catalog", "store", "vision", "decoder", "settings")}
        own |= {"queue": Hands(self), "time_left": lambda: seconds}
        return analyse(parse({"Records": list(messages)}), **(own | parts))

    def analyse(self, *images: Image, receives: int = 1, **how: Any) -> list[str]:
        return self.deliver(*[self.created(image.key, receives=receives) for image in images], **how)

    def waiting(self) -> list[dict[str, Any]]:
        """Bodies on the real queue, taken off it."""
        taken = []
        while messages := self.queue.receive(10):
            for message in messages:
                taken.append(json.loads(message.body))
                self.queue.delete(message.receipt_handle)
        return taken

    # --- what lies there

    def media(self, image_id: str = "") -> set[str]:
        return {head.key for head in self.store.list(f"media/{image_id}")}

    def assert_sound(self) -> None:
        """Every derivative belongs to a live record and every ready record has all of its own."""
        images = [image for image in self.everything() if image.deleted_at is None]
        named = {key for image in images for key in image.derivatives.values()}
        assert self.media() == named
        assert all(image.derivatives.keys() == {"thumb", "row", "display"} for image in images if image.status == "ready")

    def everything(self) -> list[Image]:
        return list(self.catalog.page(Everything, Sort("oldest"), None, 100).images)


def s3_record(key: str, name: str = "ObjectCreated:Post") -> dict[str, Any]:
    stored = {"key": quote_plus(key, safe="/"), "size": 1, "eTag": "what-the-event-says", "sequencer": "1"}
    return {"eventSource": "aws:s3", "eventName": name, "s3": {"bucket": {"name": "local"}, "object": stored}}


class Hands:
    """A queue as analysis knows it: sends for real, and notes how long messages are hidden."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    def send(self, body):
        self._gallery.queue.send(body)

    def change_visibility(self, receipt_handle, seconds):
        self._gallery.hidden[receipt_handle] = seconds


class SimulatedDeath(BaseException):
    """SIGKILL as far as Python can play it: nothing catches it."""


class Fuse:
    """Counts calls of everything it is tied to; at the n-th the program dies, before the call or right after it."""

    def __init__(self, at: int, after: bool = False) -> None:
        self.at, self.after, self.calls, self.dead = at, after, 0, False

    def tie(self, target: Any) -> Any:
        return _Mortal(target, self)

    def burn(self, call: Any) -> Any:
        if self.dead:
            raise SimulatedDeath
        self.calls += 1
        self.dead = self.calls == self.at
        if self.dead and not self.after:
            raise SimulatedDeath
        result = call()
        if self.dead:
            raise SimulatedDeath
        return result


class _Mortal:
    def __init__(self, target: Any, fuse: Fuse) -> None:
        self._target, self._fuse = target, fuse

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            # A listing is a generator: it dies while it is walked, not before.
            return self._fuse.burn(lambda: list(value(*args, **kwargs)) if name == "list" else value(*args, **kwargs))

        return call


def dies(gallery: Gallery, fuse: Fuse, *messages: dict[str, Any]) -> bool:
    """Delivers with every port tied to the fuse; whether the program died of it."""
    mortal = {name: fuse.tie(getattr(gallery, name)) for name in ("catalog", "store", "vision", "decoder")}
    with suppress(SimulatedDeath):
        gallery.deliver(*messages, **mortal)
    return fuse.dead
