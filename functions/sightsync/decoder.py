"""Opens untrusted pictures in a subprocess that may crash, hang or run out of memory in our place."""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sightsync.decoding import LIFELINE, PREFIX, packed, rejection, unpacked
from sightsync.errors import PictureRejected, SightSyncError, Unavailable
from sightsync.images import MAX_BYTES
from sightsync.pixels import Pixels

logger = logging.getLogger(__name__)

SECONDS = 20.0  # for one picture; the slowest of 64 megapixels takes about five
MEMORY = 700 * 1024 * 1024  # that a picture may need; with the idle child and a server around it less than 900 MB
_START_SECONDS = 30.0
_MAX_ANSWER = 64 * 1024 * 1024
_CHUNK = 1 << 20
_ASKED_TO_STOP = (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)


class _Died(Exception):
    """The child ended, or spoke nonsense, before it had answered; `code` is its exit status."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class _TimeUp(Exception):
    pass


class Decoder:
    """One subprocess, started when first needed and kept from picture to picture. Thread-safe: pictures take turns.

    `seconds` and `memory` (bytes) are the ceilings for one picture; `command` starts another program that speaks the same.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY, command: Sequence[str] | None = None) -> None:
        self._seconds = seconds
        # -P: the folder we happen to run in is no place to import from.
        self._command = command or (sys.executable, "-P", "-m", "sightsync.decoding", str(seconds), str(memory))
        self._turn = threading.Lock()
        self._child: _Child | None = None

    @property
    def pid(self) -> int | None:
        """The running child, for looking at its memory; None while there is none."""
        return self._child.process.pid if self._child else None

    def open(self, data: bytes, deadline: float | None = None, derive: bool = True) -> Pixels:
        """What pixels.open_picture gives. `deadline` is a time.monotonic() value.

        Raises PictureRejected: what open_picture raises, took_too_long after `seconds`, corrupt when the child crashes twice
        over it. Raises Unavailable when no child can be started, or when the deadline passes first, which is no fault of
        the file's; SightSyncError when our own code failed.
        """
        if len(data) > MAX_BYTES:
            raise PictureRejected("too_large")
        with self._my_turn(deadline):
            header, body = self._answer(data, deadline, derive)
            return self._pixels(header, body)

    def start(self, deadline: float | None = None) -> None:
        """Has the child running, so that what happens during open() happens over a picture. Unavailable as from open()."""
        with self._my_turn(deadline):
            self._running(deadline)

    def close(self) -> None:
        """Ends the child, also in the middle of a picture; another open() starts a new one."""
        child, self._child = self._child, None
        if child:
            child.end()

    @contextlib.contextmanager
    def _my_turn(self, deadline: float | None) -> Iterator[None]:
        if not self._turn.acquire(timeout=-1 if deadline is None else max(0.0, deadline - time.monotonic())):
            raise _out_of_time()
        try:
            yield
        finally:
            self._turn.release()

    def _answer(self, data: bytes, deadline: float | None, derive: bool) -> tuple[dict[str, Any], bytes]:
        """The child's answer. A refusal is final for a file, so a crash must happen twice, the second time in a fresh child."""
        status: int | None = None
        for _ in range(2):
            try:
                header, body, fresh = self._asked(data, deadline, derive)
            except _Died as exc:
                status = exc.code
                logger.warning("decoder_crashed", extra={"exit": status})
                continue
            if "exhausted" not in header or fresh:
                return header, body
        if status in _ASKED_TO_STOP:
            raise Unavailable("Pictures cannot be opened just now. Try again in a moment.", code="decoder_stopped")
        return {"rejected": "corrupt", "cause": f"decoder ended with {status}"}, b""

    def _asked(self, data: bytes, deadline: float | None, derive: bool) -> tuple[dict[str, Any], bytes, bool]:
        """One exchange: header, body, and whether this was the child's first picture."""
        child = self._running(deadline)
        fresh, child.used = not child.used, True
        ceiling = time.monotonic() + self._seconds
        try:
            header, body = child.ask({"derive": derive}, data, min(ceiling, deadline or ceiling))
        except _TimeUp:
            self.close()
            if deadline is not None and deadline < ceiling:
                raise _out_of_time() from None
            logger.warning("decoder_hung", extra={"seconds": self._seconds})
            return {"rejected": "took_too_long", "cause": "time ceiling"}, b"", True
        except _Died:
            self.close()
            raise
        if header.get("leaving"):
            self.close()
        return header, body, fresh

    def _running(self, deadline: float | None) -> _Child:
        if deadline is not None and deadline <= time.monotonic():
            raise _out_of_time()
        if self._child and not self._child.alive:
            self.close()
        child = self._child = self._child or _started(self._command, deadline)
        return child

    def _pixels(self, header: Mapping[str, Any], body: bytes) -> Pixels:
        code = rejection(header)
        if code is not None:
            logger.info("picture_rejected", extra={"reason": code, "cause": header.get("cause")})
            raise PictureRejected(code)
        if "failed" in header:
            logger.error("decoder_failed", extra={"traceback": header["failed"]})
            raise SightSyncError("The picture could not be prepared.")
        try:
            return unpacked(header, body)
        except (ValueError, TypeError, LookupError, AttributeError) as exc:
            self.close()
            raise PictureRejected("corrupt") from exc


@dataclass
class _Child:
    """A running subprocess and whether it has been given a picture."""

    process: subprocess.Popen[bytes]
    lifeline: int  # our end: closed when we end, however that happens
    used: bool = False

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, header: Mapping[str, Any], data: bytes, ends: float) -> tuple[dict[str, Any], bytes]:
        """Sends a frame, reads a frame. Raises _TimeUp at `ends` (monotonic), _Died when the child ends or babbles."""
        for part in (packed(header, data), data):
            self._write(memoryview(part), ends)
        return self.hear(ends)

    def hear(self, ends: float) -> tuple[dict[str, Any], bytes]:
        header_length, body_length = PREFIX.unpack(self._read(PREFIX.size, ends))
        if header_length + body_length > _MAX_ANSWER:
            raise _Died(None)
        try:
            header = json.loads(self._read(header_length, ends))
        except ValueError as exc:
            raise _Died(None) from exc
        if not isinstance(header, dict):
            raise _Died(None)
        return header, self._read(body_length, ends)

    def end(self) -> None:
        """Kills and reaps; a child that is stuck in a codec hears nothing gentler."""
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self.lifeline)
        self.lifeline = -1
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _write(self, rest: memoryview, ends: float) -> None:
        assert self.process.stdin is not None
        target = self.process.stdin.fileno()
        while rest:
            self._wait(target, select.POLLOUT, ends)
            try:
                rest = rest[os.write(target, rest[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as exc:
                raise _Died(self.process.wait()) from exc

    def _read(self, length: int, ends: float) -> bytes:
        assert self.process.stdout is not None
        source, parts = self.process.stdout.fileno(), []
        while length:
            self._wait(source, select.POLLIN, ends)
            part = os.read(source, min(length, _CHUNK))
            if not part:
                raise _Died(self.process.wait())
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    @staticmethod
    def _wait(pipe: int, event: int, ends: float) -> None:
        ready = select.poll()
        ready.register(pipe, event)
        left = ends - time.monotonic()
        if left <= 0 or not ready.poll(left * 1000):
            raise _TimeUp


def _started(command: Sequence[str], deadline: float | None) -> _Child:
    """A child that has said it is ready, so that failing to start is never blamed on a file."""
    ends = min(time.monotonic() + _START_SECONDS, deadline or float("inf"))
    theirs, ours = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # codecs' warnings would fill a pipe that nobody reads
            env=_environment() | {LIFELINE: str(theirs)},
            pass_fds=(theirs,),
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the server: a child killed by it would look like a bad file
        )
    except OSError as exc:
        os.close(ours)
        raise Unavailable("Pictures cannot be opened just now. Try again in a moment.", code="decoder_unavailable") from exc
    finally:
        os.close(theirs)
    child = _Child(process, ours)
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)
    try:
        child.hear(ends)
    except (_Died, _TimeUp) as exc:
        child.end()
        if deadline is not None and deadline <= time.monotonic():
            raise _out_of_time() from exc
        logger.exception("decoder_not_started", extra={"exit": process.returncode})
        raise Unavailable("Pictures cannot be opened just now. Try again in a moment.", code="decoder_unavailable") from exc
    return child


def _environment() -> dict[str, str]:
    """Nothing of ours but where modules and libraries are: secrets stay here."""
    here = str(Path(__file__).resolve().parent.parent)
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG") if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([here, *(path for path in sys.path if path)])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",  # codecs' threads would each keep freed memory of their own
    }


def _out_of_time() -> Unavailable:
    return Unavailable("There was no time left to open this picture. Try again.", code="out_of_time")


def decoder() -> Decoder:
    """This process's own; a fork gets another."""
    return _decoder_of(os.getpid())


@cache
def _decoder_of(pid: int) -> Decoder:
    made = Decoder()
    atexit.register(made.close)
    return made
