"""A head and its vectors as one file beside the catalog: what a search reads at start, and what it maps into memory.

A page of JSON, then numbers (rows,) int64, mean, rotation, steps, front, back and full as in head.Head, each on a page of its own.
Little-endian. A file is written whole under another name and then renamed; nobody ever changes one that is there, so
processes may go on with one that was replaced. It is nothing but a copy: whatever is wrong with it, it is made again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4
from zlib import crc32

import numpy as np

from sightsync.adapters.head import FRONT, Head

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sightsync.adapters.exact import Floats

FORMAT = 3
PAGE = 4096
STALE_S = 3600


@dataclass(frozen=True)
class Contents:
    """`change` is the catalog's number up to which all is in it; `token` is what the catalog remembers of it."""

    space: str
    change: int
    token: str
    rows: int
    dimensions: int
    kept: int
    front: int = FRONT
    rescored: int = 0
    check: int = 0  # of all but `full`, which would have to be read for it
    format: int = FORMAT

    def places(self) -> dict[str, tuple[int, tuple[int, ...], Any]]:
        """Offset, shape and type of each part; `end` is how long the file is."""
        parts: dict[str, tuple[tuple[int, ...], Any]] = {
            "numbers": ((self.rows,), np.dtype("<i8")),
            "mean": ((self.dimensions,), np.dtype("<f4")),
            "rotation": ((self.kept, self.dimensions), np.dtype("<f4")),
            "steps": ((self.kept,), np.dtype("<f4")),
            "front": ((self.rows, min(self.kept, self.front)), np.dtype("i1")),
            "back": ((self.rows, max(self.kept - self.front, 0)), np.dtype("i1")),
            "full": ((self.rows, self.dimensions), np.dtype("<f4")),
        }
        found, offset = {}, PAGE
        for name, (shape, kind) in parts.items():
            found[name] = (offset, shape, kind)
            offset += -(-int(np.prod(shape)) * kind.itemsize // PAGE) * PAGE
        return found | {"end": (offset, (), None)}


SMALL = ("numbers", "mean", "rotation", "steps", "front", "back")  # what is read into memory


class Draft:
    """A file that is being written: first the vectors as they come, then the head that was made of them."""

    def __init__(self, file: IO[bytes], contents: Contents) -> None:
        self._file = file
        self._contents = contents

    def fill(self, vectors: Iterable[bytes]) -> Floats:
        """Writes `full` and gives it back, mapped. OSError when the disk is full."""
        offset, shape, kind = self._contents.places()["full"]
        self._file.seek(offset)
        for some in vectors:
            self._file.write(some)
        self._file.truncate(self._contents.places()["end"][0])
        self._file.flush()
        return np.asarray(np.memmap(self._file, kind, "r", offset, shape))

    def finish(self, numbers: NDArray[np.int64], head: Head) -> Head:
        """Writes all else, and makes sure that it is on the disk."""
        check = 0
        places = self._contents.places()
        for name in SMALL:
            part = np.ascontiguousarray(numbers if name == "numbers" else getattr(head, name), places[name][2])
            raw = part.reshape(-1).view(np.uint8)
            check = crc32(raw.data, check)
            self._file.seek(places[name][0])
            self._file.write(raw.data)
        header = asdict(self._contents) | {"rescored": head.rescored, "check": check}
        self._file.seek(0)
        self._file.write(json.dumps(header).encode().ljust(PAGE))
        self._file.flush()
        os.fsync(self._file.fileno())
        return head


@contextmanager
def draft(path: Path, contents: Contents) -> Iterator[Draft]:
    """A file beside `path` to write; whoever is content renames it with `publish`. None is left over on failure."""
    temporary = beside(path, contents)
    sweep(path)
    try:
        with temporary.open("xb+") as file:
            os.chmod(temporary, 0o600)
            yield Draft(file, contents)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def beside(path: Path, contents: Contents) -> Path:
    return path.with_name(f"{path.name}.{contents.token}.new")


def publish(path: Path, contents: Contents) -> None:
    beside(path, contents).replace(path)


def fresh_token() -> str:
    return uuid4().hex


def load(path: Path, space: str, token: object) -> tuple[Contents, NDArray[np.int64], Head] | None:
    """What the file holds; None unless it is there, whole, and the one with this token."""
    try:
        with path.open("rb") as file:
            contents = _header(file)
            if contents is None or contents.space != space or contents.token != token:
                return None
            return contents, *_read(file, contents)
    except (OSError, ValueError):
        return None


def _header(file: IO[bytes]) -> Contents | None:
    try:
        contents = Contents(**json.loads(file.read(PAGE)))
        whole = os.fstat(file.fileno()).st_size == contents.places()["end"][0]
    except (TypeError, ValueError):  # another format, or none of ours
        return None
    return contents if whole and contents.format == FORMAT else None


def _read(file: IO[bytes], contents: Contents) -> tuple[NDArray[np.int64], Head]:
    """ValueError when what is read is not what was written."""
    found: dict[str, Any] = {}
    check = 0
    for name in SMALL:
        offset, shape, kind = contents.places()[name]
        file.seek(offset)
        found[name] = np.fromfile(file, kind, int(np.prod(shape))).reshape(shape)
        check = crc32(found[name].reshape(-1).view(np.uint8).data, check)
    if check != contents.check:
        raise ValueError("damaged")
    offset, shape, kind = contents.places()["full"]
    found["full"] = np.asarray(np.memmap(file, kind, "r", offset, shape))
    return found.pop("numbers"), Head(**found, rescored=contents.rescored)


def sweep(path: Path) -> None:
    """Drafts that a killed process left: nobody writes one for so long."""
    for old in path.parent.glob(f"{path.name}.*.new"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > STALE_S:
                old.unlink()
