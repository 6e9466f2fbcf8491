"""What is remembered of a model endpoint, here and in the catalog, so that its health is known without asking it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sightsync.adapters.huggingface_http import Trouble
from sightsync.adapters.huggingface_wire import Models
from sightsync.errors import SightSyncError
from sightsync.ports import Catalog

AWAKE_S = 600.0  # after an answer it counts as awake; endpoints that scale to zero do so after 15 minutes at the earliest
ASK_AGAIN_S = 10.0  # what sleeps is not asked more often, whoever wants to
LONGEST_PAUSE_S = 600.0  # however long it asks us to wait
STRETCH_S = 900.0  # two answers of a sleeping endpoint further apart belong to different sleeps
KNOWN_FOR_S = 5.0  # how old this process's knowledge may be before it looks into the catalog again
REFRESH_S = 60.0  # that it still answers is written down so often


@dataclass(frozen=True)
class Notes:
    """Times are seconds since the epoch; 0 is never."""

    space: str | None = None
    dim: int | None = None
    max_tokens: int | None = None
    caption_model: str | None = None
    awake_at: float = 0.0  # last answer to somebody who may wake it
    asleep_at: float = 0.0  # last time that it said it sleeps; 0 once it answered
    asleep_since: float = 0.0  # first time in that stretch
    not_before: float = 0.0  # no call until then
    down: bool = False  # the last call failed otherwise
    last_wake_s: float | None = None
    spent_on: str | None = None  # the day (UTC) whose calls are used up

    def state(self, now: float) -> Literal["ready", "waking", "down", "off"]:
        if self.spent_on == day(now):
            return "off"
        if self.down:
            return "down"
        return "ready" if not self.asleep_at and 0 <= now - self.awake_at < AWAKE_S else "waking"

    def is_waking(self, now: float) -> bool:
        """Whether it said lately that it sleeps."""
        return bool(self.asleep_at) and now - self.asleep_at <= STRETCH_S

    def answered(self, now: float, models: Models) -> Notes:
        """An answer came. While it counts as awake only `kept_awake` puts off that this ends."""
        woke = round(now - self.asleep_since, 1) if self.is_waking(now) else self.last_wake_s
        awake_at = self.awake_at if self.state(now) == "ready" else now
        known = models.max_tokens or (self.max_tokens if self.space == models.space else None)
        return replace(
            self,
            space=models.space,
            dim=models.dim,
            max_tokens=known,
            caption_model=models.caption_model or self.caption_model,
            awake_at=awake_at,
            asleep_at=0.0,
            asleep_since=0.0,
            not_before=0.0,
            down=False,
            last_wake_s=woke,
        )

    def kept_awake(self, now: float) -> Notes:
        return replace(self, awake_at=now)

    def slept(self, began: float, now: float, wait_s: float | None) -> Notes:
        """A call from `began` to `now` found it asleep."""
        since = self.asleep_since if self.is_waking(began) else began
        return replace(self, asleep_at=now, asleep_since=since, down=False).paused(now, max(ASK_AGAIN_S, wait_s or 0.0))

    def failed(self) -> Notes:
        return replace(self, down=True, asleep_at=0.0)

    def paused(self, now: float, wait_s: float) -> Notes:
        return replace(self, not_before=now + min(wait_s, LONGEST_PAUSE_S))


def day(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()


class Notebook:
    """The notes of one endpoint. Its catalog may be away: then this process goes on with what it knows."""

    def __init__(self, url: str, catalog: Catalog, wall: Callable[[], float]) -> None:
        digest = hashlib.sha256(url.encode()).hexdigest()[:16]
        self._name, self._calls = f"vision:{digest}", f"vision_calls:{digest}"
        self._catalog = catalog
        self._wall = wall
        self._notes = self._written = Notes()
        self._known_at = float("-inf")

    def read(self) -> Notes:
        now = self._wall()
        if now - self._known_at >= KNOWN_FOR_S:
            try:
                self._notes = self._written = _notes(self._catalog.recall(self._name))
            except SightSyncError:
                return self._notes
            self._known_at = now
        return self._notes

    def write(self, notes: Notes) -> None:
        now = self._wall()
        self._notes, self._known_at = notes, now
        if replace(notes, awake_at=self._written.awake_at) == self._written and notes.awake_at - self._written.awake_at < REFRESH_S:
            return
        try:
            self._catalog.remember(self._name, asdict(notes))
        except SightSyncError:
            return  # an answer is worth more than the note of it
        self._written = notes

    def count_call(self, most: int) -> None:
        """Trouble "budget" when this day's calls are used up. CatalogUnavailable: what can't be counted is not asked."""
        now = self._wall()
        today = day(now)
        notes = self.read()
        if notes.spent_on != today:
            ends = datetime.fromtimestamp(now, UTC) + timedelta(days=2)
            if self._catalog.add(f"{self._calls}:{today}", 1, ends) <= most:
                return
            self.write(replace(notes, spent_on=today))
        used_up = f"Today's {most} calls to the model are used up (SIGHTSYNC_VISION_DAILY_CALLS). It goes on at midnight, UTC."
        raise Trouble("budget", used_up, retry_after_s=86400 - now % 86400)


def _notes(remembered: Any) -> Notes:
    """What another version of this program wrote is taken as far as it goes."""
    known = {field.name for field in fields(Notes)}
    return (
        Notes(**{name: value for name, value in remembered.items() if name in known}) if isinstance(remembered, dict) else Notes()
    )
