"""How far something has come: a bar on a terminal, a line now and then elsewhere. On stderr; stdout belongs to results."""

import shutil
import sys
import time
from typing import TextIO

WIDTH = 32
REDRAW_S = 0.1
LINES = 10  # of a whole run, where there is no terminal


def beside(text: str) -> None:
    """A line of its own, also while a bar is drawn; the bar's next look comes below it."""
    print(("\r\033[K" if sys.stderr.isatty() else "") + text, file=sys.stderr, flush=True)


class Progress:
    """A context manager; leaving it puts the cursor back on a line of its own."""

    def __init__(self, total: int, what: str, stream: TextIO | None = None) -> None:
        self._total, self._what = total, what
        self._stream = stream or sys.stderr
        self._bar = self._stream.isatty()
        self._done = 0
        self._drawn_at = 0.0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar and self._drawn_at:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def show(self, done: int, note: str = "") -> None:
        """Draws only when something is new, and not too often. `note` stands behind the bar."""
        if self._bar:
            if done == self._total or time.monotonic() - self._drawn_at >= REDRAW_S:
                self._draw(done, note)
        elif self._total and done * LINES // self._total > self._done * LINES // self._total:
            print(f"{self._what}: {done} of {self._total}", file=self._stream, flush=True)
        self._done = done

    def _draw(self, done: int, note: str) -> None:
        filled = WIDTH * done // self._total if self._total else WIDTH
        line = f"{self._what} [{'#' * filled}{'.' * (WIDTH - filled)}] {done} of {self._total}" + (f"  {note}" if note else "")
        self._stream.write("\r\033[K" + line[: shutil.get_terminal_size().columns - 1])
        self._stream.flush()
        self._drawn_at = time.monotonic()
