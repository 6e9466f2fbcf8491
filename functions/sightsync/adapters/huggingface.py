"""Vision by a model endpoint that runs inference/handler.py, on Hugging Face or one's own machine: BLIP captions, CLIP vectors.

Asleep is normal: an endpoint that scales to zero answers 503 for minutes. Every call may wake it and cost money. So its health is
what is remembered of earlier calls; while it sleeps it is asked now and then, however many want to; a day has only so many calls.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from sightsync.adapters import huggingface_wire as wire
from sightsync.adapters.huggingface_http import Trouble, Wire, check_token
from sightsync.adapters.huggingface_notes import ASK_AGAIN_S, LONGEST_PAUSE_S, Notebook, Notes
from sightsync.errors import Misconfigured
from sightsync.ports import Ability, Catalog, Picture, Reading, Texts, VisionError, VisionHealth, Want, WordEvidence

if TYPE_CHECKING:
    from sightsync.ports import Calibration, Vector

CAN: tuple[Ability, ...] = ("caption", "match", "search", "categories")
PROBE_S = 0.3  # what a server of one's own is given to say how it is
PROBED_FOR_S = 2.0  # how long that is good for

logger = logging.getLogger(__name__)

Found = TypeVar("Found")
Understand = Callable[[Mapping[str, Any], wire.Models], Found]


class HuggingFaceVision:
    """Implements ports.Vision. A server of one's own (http:) costs nothing: it may be asked how it is, and has no budget."""

    def __init__(
        self,
        url: str,
        token: str | Callable[[], str] | None,
        catalog: Catalog,
        daily_calls: int,
        *,
        connection: Wire | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Misconfigured for an address or a token that cannot be one. A function gives the token when it is first needed. Tests
        give `connection` and `wall`.
        """
        url = url.rstrip("/")
        check(url, token)
        self._wire = connection or Wire(url, token)
        self._is_own = url.startswith("http:")
        self._daily_calls = daily_calls
        self._wall = wall
        self._notebook = Notebook(url, catalog, wall)
        self._probed_at = float("-inf")
        self._is_well: bool | None = None

    # --- the port

    def read(
        self, pictures: Sequence[Picture], texts: Sequence[Sequence[str]], want: Sequence[Want], deadline: float | None = None
    ) -> list[Reading | VisionError]:
        found: list[Reading | VisionError] = []
        first: wire.Models | None = None
        for portion in wire.portions(wire.asks(pictures, texts, want)):
            understand = partial(wire.readings, asked=portion, want=want)
            first, some = self._ask(wire.read_document(portion, want), deadline, first, understand)
            found += some
            self._notebook.write(self._notebook.read().kept_awake(self._wall()))
        return found

    def embed(self, texts: Sequence[str], deadline: float | None = None) -> Texts:
        sent = wire.said(texts)
        vectors: list[Vector] = []
        tokens: list[int] = []
        first: wire.Models | None = None
        for begin in range(0, len(sent), wire.MAX_TEXTS):
            portion = sent[begin : begin + wire.MAX_TEXTS]
            understand = partial(wire.text_vectors, count=len(portion))
            first, (own, counts) = self._ask(wire.embed_document(portion), deadline, first, understand)
            vectors += own
            tokens += counts
        space = first.space if first else self._notebook.read().space or ""
        counted = wire.spread(texts, tokens, 0) if len(tokens) == len(sent) else ()
        return Texts(space, wire.spread(texts, vectors, None), counted)

    def explain(self, image_vector: Vector, text: str) -> tuple[WordEvidence, ...]:
        return ()

    def health(self) -> VisionHealth:
        notes = self._notebook.read()
        now = self._wall()
        state = notes.state(now)
        reason = "vision_budget" if state == "off" else "vision_asleep" if notes.asleep_at and now < notes.not_before else None
        if self._is_own and (well := self._probe()) is not False:
            state, reason = ("down" if well is None else "ready"), None
        return VisionHealth(
            name=_name(notes, self._is_own),
            state=state,
            can=CAN,
            last_wake_s=notes.last_wake_s,
            space=notes.space,
            max_tokens=notes.max_tokens,
            reason=reason,
            costly=True,
        )

    def shipped_calibration(self) -> Calibration | None:
        return None

    # --- one call

    def _ask(
        self, document: Mapping[str, Any], deadline: float | None, first: wire.Models | None, understand: Understand[Found]
    ) -> tuple[wire.Models, Found]:
        """What was understood of the answer, and by which models. `first` are those of the call's first portion."""
        notes, now = self._notebook.read(), self._wall()
        if now < notes.not_before and not (self._is_own and self._probe()):
            raise self._not_yet(notes)
        try:
            answer = self._wire.post(document, deadline, self._count, patient=not notes.is_waking(now))
            models = wire.models(answer)
            _same(models, first, notes)
            found = understand(answer, models)
        except Trouble as trouble:
            self._note(trouble, now)
            if trouble.kind == "asleep":
                raise self._not_yet(self._notebook.read()) from None  # the same, with what is remembered of its sleep
            raise
        notes = self._notebook.read().answered(self._wall(), models)
        took_ms = round((self._wall() - now) * 1000)
        logger.info("vision_answered", extra={"ms": took_ms, "space": models.space})
        if self._notebook.read().asleep_at:
            logger.info("vision_woke", extra={"seconds": notes.last_wake_s})
        self._notebook.write(notes)
        return models, found

    def _count(self) -> None:
        """Before every call, those that are made once more included."""
        if not self._is_own:
            self._notebook.count_call(self._daily_calls)
        logger.info("vision_called")

    def _note(self, trouble: Trouble, began: float) -> None:
        """What slowness says depends on the caller's patience, and a budget is noted where it is counted."""
        notes, now, wait_s = self._notebook.read(), self._wall(), trouble.retry_after_s
        if trouble.kind == "asleep":
            self._notebook.write(notes.slept(began, now, wait_s))
        elif trouble.kind == "busy":
            self._notebook.write(notes.paused(now, wait_s or 0.0))
        elif trouble.kind in ("unreachable", "refused", "unusable"):
            self._notebook.write(notes.failed())

    def _not_yet(self, notes: Notes) -> Trouble:
        now = self._wall()
        pause_s = notes.not_before - now
        if not notes.asleep_at:
            return Trouble("busy", "The model endpoint asked for a pause.", retry_after_s=max(1.0, pause_s))
        last = notes.last_wake_s
        left = last - (now - notes.asleep_since) if last else 0.0
        wait_s = min(max(pause_s, left, ASK_AGAIN_S), LONGEST_PAUSE_S)
        takes = f"Last time that took {_lasting(last)}." if last else "That takes some minutes."
        return Trouble("asleep", f"The model was asleep and is waking. {takes} Try again then.", retry_after_s=wait_s)

    def _probe(self) -> bool | None:
        """Whether a server of one's own says that it is well; None when nobody listens there."""
        now = self._wall()
        if not 0 <= now - self._probed_at < PROBED_FOR_S:
            self._is_well = self._wire.is_well("/health", PROBE_S)
            self._probed_at = now
        return self._is_well


def check(url: str, token: str | Callable[[], str] | None) -> None:
    """Misconfigured unless this is an address, and this a token that may be sent there."""
    where = urlsplit(url)
    if where.scheme not in ("https", "http") or not where.hostname or where.username or where.query or where.fragment:
        raise Misconfigured("SIGHTSYNC_VISION: an endpoint's address looks like https://name.endpoints.huggingface.cloud.")
    if not callable(token):
        check_token(token)
    if token and where.scheme == "http" and where.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise Misconfigured("SIGHTSYNC_VISION: a token is sent over https only, or to this machine itself.")


def _same(models: wire.Models, first: wire.Models | None, notes: Notes) -> None:
    """Trouble where another model has taken over between two portions, or a space has another dimension than it had."""
    if first is not None and (models.space, models.dim) != (first.space, first.dim):
        raise Trouble("unusable", "The model was exchanged while it was being asked.")
    if models.space == notes.space and notes.dim not in (None, models.dim):
        raise Trouble("unusable", f"The model endpoint answered in {models.dim} dimensions, and {notes.dim} before, in one space.")


def _name(notes: Notes, own: bool) -> str:
    """Both models as their makers call them, once they have answered."""
    known = [_short(model) for model in (notes.caption_model, notes.space) if model]
    return " and ".join(known) or ("Your model server" if own else "Hugging Face endpoint")


def _short(model: str) -> str:
    """Without its revision; of a folder the last part."""
    name = model.rpartition("@")[0] or model
    return PurePath(name).name if name.startswith("/") else name


def _lasting(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
