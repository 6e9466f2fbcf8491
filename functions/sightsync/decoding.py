"""The decoding subprocess: reads files from its input, answers with Pixels or a reason. Run as `python -m sightsync.decoding`.

Frames, both ways: two big-endian lengths, a JSON header, then the bytes it speaks of. Nothing is unpickled, so that a child
taken over by a file can say nothing but what `unpacked` lets through.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from sightsync.errors import REJECTIONS, PictureRejected
from sightsync.images import Swatch
from sightsync.pixels import Pixels, open_picture
from sightsync.sniffing import CONTENT_TYPES

PREFIX = struct.Struct(">II")  # length of the header, length of the body

# Freed memory is given back above the first, since asking the system for every buffer anew costs a quarter of the time;
# a child that is still above the second, or has opened this many pictures, makes room for a fresh one.
_TRIM_RESIDENT = 96 * 1024 * 1024
_RETIRE_RESIDENT = 160 * 1024 * 1024
_RETIRE_PICTURES = 500
LIFELINE = "DECODER_LIFELINE"  # names the descriptor that ends with the client
_GRACE = 5.0  # seconds beyond the client's own ceiling after which the kernel ends a child whose client is gone


def packed(header: Mapping[str, Any], body: bytes = b"") -> bytes:
    """Prefix and header of a frame; the body follows by itself, uncopied."""
    text = json.dumps(header).encode()
    return PREFIX.pack(len(text), len(body)) + text


def unpacked(header: Mapping[str, Any], body: bytes) -> Pixels:
    """The Pixels that a child speaks of. Raises ValueError, TypeError, KeyError or LookupError where they are not sound."""
    said = header["pixels"]
    files: dict[str, bytes] = {}
    for name, length in header["files"]:
        files[name], body = body[:length], body[length:]
    if said["format"] not in CONTENT_TYPES or not all(file.startswith(b"\xff\xd8") for file in files.values()):
        raise ValueError("not what the decoder would say")
    model_input = files.pop("model_input")
    swatches = tuple(Swatch.model_validate(swatch) for swatch in said.pop("palette"))
    return Pixels(**said, palette=swatches, model_input=model_input, derivatives=files)


def main(seconds: float, memory: int) -> None:
    """Answers until its input ends. `seconds` is the client's ceiling for a picture, `memory` the bytes it may need."""
    if LIFELINE in os.environ:
        tied_to(int(os.environ[LIFELINE]))
    source, target = _pipes()
    _warm_up()
    _limit(memory)
    _send(target, {"ready": True})
    for count, (header, data) in enumerate(_requests(source), start=1):
        with _alarm(seconds + _GRACE):
            answer, body = _answer(data, bool(header["derive"]))
        del data
        _trim()
        answer["leaving"] = count >= _RETIRE_PICTURES or "exhausted" in answer or _resident() > _RETIRE_RESIDENT
        _send(target, answer, body)
        if answer["leaving"]:
            return


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our ends of the two pipes. What libraries print to standard output goes nowhere instead of between the frames."""
    target = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return os.fdopen(0, "rb", closefd=False), target


def _warm_up() -> None:
    """Imports before the limits are set and before a picture's time is counted."""
    from sightsync import fingerprints, rasters, swatches  # noqa: F401 - imported to be in memory


def _limit(memory: int) -> None:
    """`memory` beyond what is held now, private, mapped or from the heap: RLIMIT_AS would count libraries too."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ceiling = _held() + memory
    with contextlib.suppress(ValueError, OSError):  # a lower hard limit is already there
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, ceiling))


def _requests(source: BinaryIO) -> Iterator[tuple[dict[str, Any], bytes]]:
    while len(prefix := source.read(PREFIX.size)) == PREFIX.size:
        header_length, body_length = PREFIX.unpack(prefix)
        header = json.loads(source.read(header_length))
        yield header, source.read(body_length)


def tied_to(lifeline: int) -> None:
    """Ends this process (SIGIO) when its client goes away, even in the middle of a codec that lets no Python run.

    `lifeline` is the reading end of a pipe that nobody ever writes to: its only event is that the client's end closes. The
    pipe of requests would not do, since the client's own writing raises SIGIO there too. Not PR_SET_PDEATHSIG: that fires
    when the thread that started us ends, and threads of a server come and go.
    """
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import fcntl

        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Ends this process by the kernel (SIGALRM) when a picture takes far too long and no client is left to kill it."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(data: bytes, derive: bool) -> tuple[dict[str, Any], bytes]:
    """Header and body of the answer: pixels, a rejection with its technical cause, or a failure of ours."""
    try:
        pixels = open_picture(data, derive)
    except PictureRejected as exc:
        cause = exc.__cause__
        exhausted = {"exhausted": True} if isinstance(cause, MemoryError) else {}
        return {"rejected": exc.code, "cause": f"{type(cause).__name__}: {cause}"[:300] if cause else None, **exhausted}, b""
    except MemoryError:
        return {"rejected": "too_many_pixels", "cause": "MemoryError after decoding", "exhausted": True}, b""
    except Exception:  # noqa: BLE001 - a fault of ours must reach the log of the process that can write one
        return {"failed": traceback.format_exc()[-4000:]}, b""
    files = {**pixels.derivatives, "model_input": pixels.model_input}
    said = {k: v for k, v in asdict(pixels).items() if k not in ("derivatives", "model_input")}
    said["palette"] = [swatch.model_dump() for swatch in pixels.palette]
    return {"pixels": said, "files": [(name, len(file)) for name, file in files.items()]}, b"".join(files.values())


def rejection(header: Mapping[str, Any]) -> str | None:
    """The code of a refusal, None when the answer is another; an unknown one counts as corrupt."""
    code = header.get("rejected")
    return None if code is None else code if code in REJECTIONS else "corrupt"


def _send(target: BinaryIO, header: Mapping[str, Any], body: bytes = b"") -> None:
    target.write(packed(header, body))
    target.write(body)
    target.flush()


def _held() -> int:
    """Bytes that count against RLIMIT_DATA now; 0 where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/self/status") as status:
        return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:")), 0)
    return 0


def _trim() -> None:
    """Gives freed memory back to the system where it is much, and where the C library is glibc."""
    if _resident() > _TRIM_RESIDENT:
        import ctypes  # only here: whoever speaks with this process loads its module too

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def _resident() -> int:
    """Bytes of this process in memory now; 0 where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
    return 0


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the client has gone; nobody is left to tell
        main(float(sys.argv[1]), int(sys.argv[2]))
