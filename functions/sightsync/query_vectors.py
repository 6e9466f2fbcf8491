"""Vectors of what people searched for, kept: in this process, and of models that cost something in the catalog as well.

The catalog has a fixed number of places. A text's place, and the proof that it is there, are made of its hash: no words are kept.
"""

from __future__ import annotations

import base64
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any

from sightsync.errors import SightSyncError
from sightsync.ports import Catalog, Vision

if TYPE_CHECKING:
    from sightsync.ports import Vector

KEPT_HERE = 2048  # of texts, 4 MB at 512 dimensions
PLACES = 1024  # in the catalog, 3 MB at 512 dimensions
KEPT_FOR_S = 30 * 86400.0


@dataclass(frozen=True)
class Known:
    """What a model says of a text: no vector where it says nothing in its space, and its tokens, if it counts them."""

    vector: Vector | None
    tokens: int | None = None


class QueryVectors:
    """By (space, text). One model's at a time: a process has one."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._known: OrderedDict[tuple[str, str], Known] = OrderedDict()
        self._of: Callable[[], Vision | None] = lambda: None
        self._lock = Lock()
        self._wall = wall

    def get(self, texts: Sequence[str], space: str, vision: Vision, catalog: Catalog | None) -> list[Known] | None:
        """All of them or None. `catalog` is None for models that cost nothing."""
        found: list[Known] = []
        for text in texts:
            known = self._here(text, space, vision) or self._there(text, space, vision, catalog)
            if known is None:
                return None
            found.append(known)
        return found

    def put(self, texts: Sequence[str], space: str, known: Sequence[Known], vision: Vision, catalog: Catalog | None) -> None:
        self._keep(dict(zip(texts, known, strict=True)), space, vision)
        if catalog is not None:
            for text, of in zip(texts, known, strict=True):
                place, proof = _place(text, space)
                value = {"of": proof, "at": round(self._wall()), "space": space, "vector": _packed(of.vector), "tokens": of.tokens}
                with suppress(SightSyncError):  # it will be asked for again, no more
                    catalog.remember(place, value)

    def _here(self, text: str, space: str, vision: Vision) -> Known | None:
        with self._lock:
            if self._of() is not vision or (space, text) not in self._known:
                return None
            self._known.move_to_end((space, text))
            return self._known[space, text]

    def _there(self, text: str, space: str, vision: Vision, catalog: Catalog | None) -> Known | None:
        if catalog is None:
            return None
        place, proof = _place(text, space)
        try:
            kept = catalog.recall(place)
        except SightSyncError:
            return None
        if not isinstance(kept, dict) or kept.get("of") != proof or self._wall() - kept["at"] > KEPT_FOR_S:
            return None
        known = Known(_unpacked(kept["vector"]), kept.get("tokens"))
        self._keep({text: known}, space, vision)
        return known

    def _keep(self, known: dict[str, Known], space: str, vision: Vision) -> None:
        with self._lock:
            if self._of() is not vision:
                self._known.clear()
                self._of = weakref.ref(vision)
            self._known.update(((space, text), of) for text, of in known.items())
            while len(self._known) > KEPT_HERE:
                self._known.popitem(last=False)


def _place(text: str, space: str) -> tuple[str, str]:
    """Name of the place, and what must stand there."""
    digest = blake2b(f"{space}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16)
    return f"query_vector:{int.from_bytes(digest.digest()[:2]) % PLACES}", digest.hexdigest()


def _packed(vector: Vector | None) -> str | None:
    return None if vector is None else base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def _unpacked(packed: Any) -> Vector | None:
    import numpy as np

    return None if packed is None else np.frombuffer(base64.b64decode(packed), "<f4").astype(np.float32)
