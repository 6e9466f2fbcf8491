"""Stand-ins for what is outside: a store and a queue in memory, a vision that says what it was told to, tokens that are names."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sightsync.errors import SightSyncError, SignInRequired, StoreUnavailable, TooLarge, VisionUnavailable
from sightsync.images import now
from sightsync.ports import (
    Calibration,
    ObjectHead,
    Picture,
    Reading,
    StoredObject,
    Texts,
    Ticket,
    Vector,
    VisionError,
    VisionHealth,
    Want,
    WordEvidence,
)


class MemoryStore:
    """An ImageStore. `away` makes every call that would touch the disk fail, as when a bucket cannot be reached."""

    def __init__(self) -> None:
        self.objects: dict[str, StoredObject] = {}
        self.away = False

    def ticket(self, key: str, content_type: str, max_bytes: int, expires_in: int = 3600) -> Ticket:
        self._here()
        fields = {"key": key, "Content-Type": content_type, "policy": f"at most {max_bytes}"}
        return Ticket("/store", fields, now() + timedelta(seconds=expires_in))

    def read(self, key: str, limit: int) -> StoredObject | None:
        self._here()
        stored = self.objects.get(key)
        if stored is not None and stored.head.bytes > limit:
            raise TooLarge("Too long.")
        return stored

    def head(self, key: str) -> ObjectHead | None:
        self._here()
        stored = self.objects.get(key)
        return stored.head if stored else None

    def write(
        self, key: str, body: bytes, content_type: str = "application/octet-stream", metadata: Mapping[str, str] | None = None
    ) -> ObjectHead:
        self._here()
        etag = hashlib.sha256(body).hexdigest()[:32]
        head = ObjectHead(key, len(body), etag, now(), content_type, dict(metadata or {}))
        self.objects[key] = StoredObject(head, body)
        return head

    def delete(self, key: str) -> None:
        self._here()
        self.objects.pop(key, None)

    def public_url(self, key: str) -> str:
        assert key.startswith("media/"), "only derivatives are public"
        return f"/{key}"

    def private_url(self, key: str, filename: str, expires_in: int = 300) -> str:
        return f"/store/private/{key}?signed"

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        self._here()
        yield from [self.objects[key].head for key in sorted(key for key in self.objects if key.startswith(prefix))]

    def health(self) -> None:
        self._here()

    def _here(self) -> None:
        if self.away:
            raise StoreUnavailable("The store can't be reached.")


class MemoryQueue:
    """A Queue that keeps what was sent, in order, and what was hidden for how long."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.hidden: list[tuple[str, int]] = []

    def send(self, body: Mapping[str, Any]) -> None:
        self.sent.append(dict(body))

    def change_visibility(self, receipt_handle: str, seconds: int) -> None:
        self.hidden.append((receipt_handle, seconds))

    def backlog(self) -> int:
        return len(self.sent)

    def redrive(self) -> int:
        return 0


SPACE = "fake@1"
AWAKE = VisionHealth("fake", "ready", ("caption", "match", "search"), None, SPACE, 77)


@dataclass
class FakeVision:
    """A Vision that says what it was told to, and notes what it was asked.

    say: caption of a picture; vector: of a text or, given bytes, of a picture; fail: raised by every call while set.
    """

    say: Callable[[Picture], str | None] = lambda picture: "a picture"
    vector: Callable[[str | bytes], Vector | None] = lambda thing: None
    fail: SightSyncError | None = None
    errors: dict[int, VisionError] = field(default_factory=dict)  # place in a batch -> what is wrong with that picture
    scale: Calibration | None = None
    state: VisionHealth = AWAKE
    calls: list[tuple[str, int]] = field(default_factory=list)  # ("read" | "embed", how many)

    def read(
        self, pictures: Sequence[Picture], texts: Sequence[Sequence[str]], want: Sequence[Want], deadline: float | None = None
    ) -> list[Reading | VisionError]:
        self._called("read", len(pictures))
        return [
            self.errors.get(place) or self._reading(picture, own, want)
            for place, (picture, own) in enumerate(zip(pictures, texts, strict=True))
        ]

    def _reading(self, picture: Picture, texts: Sequence[str], want: Sequence[Want]) -> Reading:
        caption = self.say(picture) if "caption" in want else None
        vectors = "vectors" in want
        return Reading(
            space=SPACE,
            caption=caption,
            caption_model="fake-captions" if caption else None,
            image_vector=self.vector(picture.jpeg) if vectors else None,
            caption_vector=self.vector(caption) if vectors and caption else None,
            text_vectors=tuple(self.vector(text) for text in texts) if vectors else (),
            text_tokens=tuple(len(text.split()) + 2 for text in texts) if vectors else (),
        )

    def embed(self, texts: Sequence[str], deadline: float | None = None) -> Texts:
        self._called("embed", len(texts))
        return Texts(SPACE, tuple(self.vector(text) for text in texts), tuple(len(text.split()) + 2 for text in texts))

    def explain(self, image_vector: Vector, text: str) -> tuple[WordEvidence, ...]:
        return ()

    def health(self) -> VisionHealth:
        return self.state

    def shipped_calibration(self) -> Calibration | None:
        return self.scale

    def _called(self, what: str, count: int) -> None:
        self.calls.append((what, count))
        if self.fail is not None:
            raise self.fail


def asleep() -> VisionUnavailable:
    return VisionUnavailable("The model is waking.", code="vision_asleep")


class NamesAsTokens:
    """Tokens that are the user's own name; `expired` and anything with a space in it are refused."""

    def user(self, token: str) -> str:
        if token == "expired":
            raise SignInRequired("Your sign-in has expired.", code="token_expired")
        if not token or " " in token:
            raise SignInRequired("This token is not valid.", code="token_invalid")
        return token
