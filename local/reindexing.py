"""`./sightsync reindex`: the whole gallery into the space of another model, from the terminal, as long as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from local.logs import to_terminal
from local.progress import Progress
from local.trouble import Trouble
from sightsync.decoder import decoder
from sightsync.errors import VisionUnavailable
from sightsync.ports import Vision
from sightsync.reindexing import BATCH, Reindex, forget_spaces, other_spaces, roll_back
from sightsync.services import Services, services, vision_at
from sightsync.spaces import active_space

CALL_S = 300.0  # for one batch; a model on a small machine may need long for eight captions
WAKING_S = 1800.0  # a model that does not wake in half an hour will not
PAUSE_S = 15.0
ROUNDS = 3  # each has a few pictures only; what comes after the last is read by the gallery itself
AGAIN = "the same command again: it goes on where it stopped"

T = TypeVar("T")


def run(*, dry_run: bool, rollback: bool, forget_old: bool) -> int:
    """0 when done; 1 when some pictures could not be read. Trouble where there is nothing to change over to."""
    to_terminal()
    parts = services()
    if rollback:
        return _roll_back(parts)
    url = parts.settings.vision_next or parts.settings.vision
    vision = vision_at(url, parts.settings, parts.catalog)
    if forget_old:
        return _forget(parts, vision)
    change = Changeover(parts, vision, url)
    return change.tell() if dry_run else change.run()


@dataclass
class Changeover:
    """One run with one model; `sleep` and `clock` are the terminal's patience."""

    parts: Services
    vision: Vision
    url: str
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    work: Reindex = field(init=False)

    def __post_init__(self) -> None:
        parts, settings = self.parts, self.parts.settings
        self.work = Reindex(
            parts.catalog, parts.store, parts.queue, decoder(), self.vision, self.url, settings.vision, settings.reference_pictures
        )

    def run(self) -> int:
        space = self._patiently(self.work.space)
        todo = self.work.unread(space)
        if not todo and active_space(self.parts.catalog) in (space, None):
            print(f"Nothing to do: every picture was read in {space}, and searches go there.")
            return 0
        print(f"Reading {len(todo)} pictures in {space}. Searches go on as before until that is done; Ctrl-C stops it at any time.")
        self._patiently(lambda until: self.work.prepare(space, until))
        count = len(todo)
        with Progress(count, "Reading") as progress:
            self._read(space, todo, progress.show)
        count += self._catch_up(space)
        if self.work.is_unfit(count):
            raise Trouble(
                f"The model could not read {len(self.work.failed)} of {count} pictures, so nothing was switched.",
                "./sightsync doctor",
            )
        self.work.switch(space)
        count += self._catch_up(space)  # what came between the last look and the switch
        for _ in self.work.adopt(space):
            pass
        return self._summarise(space, count)

    def tell(self) -> int:
        """What a run would do: how many pictures, and how long by the time that a few of them take. Nothing is kept."""
        space = self._patiently(self.work.space)
        todo = self.work.unread(space)
        print(f"{len(todo)} pictures are to be read in {space}; searches go to {active_space(self.parts.catalog) or 'none yet'}.")
        if todo:
            sample = todo[:BATCH]
            began = self.clock()
            shown = self._patiently(lambda until: self.work.look(sample, until))
            if shown:
                rate = shown / max(self.clock() - began, 1e-6)
                print(f"At {rate:.1f} pictures a second, as for the first {shown}, that takes {_lasting(len(todo) / rate)}.")
        return 0

    def _catch_up(self, space: str) -> int:
        """What arrived, or was changed, while the rest was read, and then while that was read. How many that were."""
        count = 0
        for _ in range(ROUNDS):
            todo = self.work.unread(space)
            self._read(space, todo, lambda done: None)
            count += len(todo)
        return count

    def _read(self, space: str, todo: Sequence[str], show: Callable[[int], None]) -> None:
        for begin in range(0, len(todo), BATCH):
            batch = todo[begin : begin + BATCH]
            try:
                self._patiently(lambda until, batch=batch: self.work.read(space, batch, until))  # type: ignore[misc]  # mypy has no type for a bound default
            except VisionUnavailable as problem:
                raise Trouble(f"{problem.message} {begin} of {len(todo)} are read.", AGAIN) from problem
            show(min(begin + BATCH, len(todo)))

    def _patiently(self, do: Callable[[float], T]) -> T:
        """`do` is given a time.monotonic() deadline. A model that sleeps is waited for, and said to be."""
        until, told = self.clock() + WAKING_S, False
        while True:
            try:
                return do(time.monotonic() + CALL_S)
            except VisionUnavailable as problem:
                if problem.code != "vision_asleep" or self.clock() > until:
                    raise
                if not told:
                    print(f"{problem.message} Waiting for it.", flush=True)
                told = True
                self.sleep(min(problem.retry_after_s or PAUSE_S, 4 * PAUSE_S))

    def _summarise(self, space: str, count: int) -> int:
        print(f"Done: {count - len(self.work.failed)} pictures read, searches go to {space}.")
        for image_id, code in self.work.failed.items():
            print(f"  {image_id} could not be read ({code}); it is found by its words.")
        _tell_settings(self.parts, self.url)
        print("Back again: ./sightsync reindex --rollback. Once you are content: ./sightsync reindex --forget-old")
        return 1 if self.work.failed else 0


def _roll_back(parts: Services) -> int:
    before = roll_back(parts.catalog, parts.settings.vision)
    if before is None:
        raise Trouble("There is no space to go back to.", "./sightsync reindex --help")
    space, url = before
    work = Reindex(parts.catalog, parts.store, parts.queue, decoder(), parts.vision, url, url)
    for _ in work.adopt(space):
        pass
    print(f"Searches go to {space} again. Pictures that came since are read in it as soon as the gallery runs.")
    _tell_settings(parts, url)
    return 0


def _forget(parts: Services, vision: Vision) -> int:
    spare = vision.health().space
    spaces = other_spaces(parts.catalog, (spare,))
    active = active_space(parts.catalog)
    left = [] if active is None else Reindex(parts.catalog, parts.store, parts.queue, decoder(), vision, "", "").unread(active)
    if left:
        raise Trouble(
            f"{len(left)} pictures have not been read in {active} yet: what there is of them would be lost.", "./sightsync reindex"
        )
    forget_spaces(spaces, parts.catalog)
    print(f"Forgotten: {', '.join(sorted(spaces)) or 'nothing; there is no other space'}.")
    return 0


def _tell_settings(parts: Services, url: str) -> None:
    """The settings must agree with the switch; with both models set they do, with one it has to be the right one."""
    settings = parts.settings
    if url not in (settings.vision, settings.vision_next):
        print(f"Set SIGHTSYNC_VISION={url} now: until then search goes by words only.")
    elif url == settings.vision_next:
        print(f"When you like, set SIGHTSYNC_VISION={url} and unset SIGHTSYNC_VISION_NEXT; until then both models are told apart.")


def _lasting(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
