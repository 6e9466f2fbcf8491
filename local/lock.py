"""Whether a server runs for a data folder. The kernel lets go when a process dies, so no lock is ever stale."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "server.lock"


@contextmanager
def serving(data: Path) -> Iterator[None]:
    """Held while a server runs; several may serve one folder."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(data) as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_served(data: Path) -> bool:
    """Whether some server of this folder is running and will take what is put on its queue."""
    if not (data / NAME).exists():
        return False
    with _opened(data) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextmanager
def _opened(data: Path) -> Iterator[int]:
    file = os.open(data / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)
