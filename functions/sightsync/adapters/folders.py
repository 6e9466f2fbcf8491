"""Files below one root that no key can leave: every step goes through a folder's descriptor and follows no link.

What is written appears whole or not at all: a temporary file in the same file system, fsync, rename, fsync of the folder.
"""

import errno
import fcntl
import os
import stat
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from sightsync.adapters import processes
from sightsync.errors import BadRequest, StorageFull, StoreUnavailable

MAX_KEY = 1024  # bytes of UTF-8, as in S3
MAX_SEGMENT = 255  # bytes of one file name, on every file system in use
DRAFTS, UNSENT, SECRET = ".tmp", ".unsent", ".secret"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_SUCH = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}  # ELOOP, ENOTDIR: a link or a file where the key has a folder
_BAD_KEY = {errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TRIES = 5  # a folder may be removed as empty while something is being put into it


def check_key(key: str) -> list[str]:
    """The key's segments; BadRequest("bad_key") for one that is not the plain name of a file below the root."""
    segments = key.split("/")
    try:
        sizes = [len(segment.encode()) for segment in segments]
    except UnicodeEncodeError:
        sizes = [0]
    odd = "\0" in key or "\\" in key or key.startswith(".") or any(segment in (".", "..") for segment in segments)
    if odd or min(sizes) == 0 or max(sizes) > MAX_SEGMENT or sum(sizes) + len(sizes) - 1 > MAX_KEY:
        raise BadRequest("This is not a name that the store can hold.", code="bad_key")
    return segments


@contextmanager
def translated() -> Iterator[None]:
    """Foreign failures in the words of the family."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFull("The disk is full: free some space and try again.") from exc
        if exc.errno in _BAD_KEY:
            raise BadRequest("This is not a name that the store can hold.", code="bad_key") from exc
        raise StoreUnavailable("The folder of the pictures cannot be used just now.") from exc


class Folder:
    """Methods raise OSError; callers wrap them in translated()."""

    def __init__(self, root: Path, write: Callable[[int, memoryview], int] = os.write) -> None:
        """`write` is os.write, or something that fails as a full disk does."""
        self.root = root
        self._write = write
        self._made = False
        self._owing: set[str] = set()  # markers of uploads that are under way in this process

    # --- objects

    @contextmanager
    def opened(self, key: str) -> Iterator[BinaryIO | None]:
        with self._file(check_key(key)) as fd:
            if fd is None:
                yield None
            else:
                with os.fdopen(os.dup(fd), "rb") as file:
                    yield file

    def status(self, key: str) -> os.stat_result | None:
        with self._file(check_key(key)) as fd:
            return None if fd is None else os.fstat(fd)

    def remove(self, key: str) -> None:
        """With the folders that it leaves empty, but for the topmost; silent when there is no such file."""
        segments = check_key(key)
        try:
            with self._descend(segments[:-1]) as parent:
                os.unlink(segments[-1], dir_fd=parent)
                os.fsync(parent)
        except OSError as exc:
            if exc.errno in _NO_SUCH | {errno.EISDIR, errno.EPERM}:
                return
            raise
        for depth in range(len(segments) - 1, 1, -1):
            with suppress(OSError), self._descend(segments[: depth - 1]) as parent:
                os.rmdir(segments[depth - 1], dir_fd=parent)

    def walk(self, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
        """(key, status) of every file whose key starts with `prefix`, in the order of keys' bytes."""
        with self._descend([]) as root:
            yield from _walk(root, "", prefix)

    # --- writing

    def temporary(self) -> "Draft":
        return Draft(self)

    def secret(self, make: Callable[[], str]) -> str:
        """The root's secret; the first to ask writes what `make` gives, under a lock, whole or not at all."""
        with self._descend([]) as root:
            fcntl.flock(root, fcntl.LOCK_EX)  # held until the descriptor is closed
            known = _text(root, SECRET)
            if known:
                return known
            secret = make()
            with self.temporary() as draft:
                draft.write(secret.encode("ascii"))
                draft.place_in(root, SECRET)
            return secret

    # --- events owed

    @contextmanager
    def owing(self, key: str) -> Iterator[Callable[[], None]]:
        """Leaves a mark that `key` is to be announced, until the function given is called."""
        name = _own_name()
        self._owing.add(name)
        try:
            with self._descend([UNSENT], make=True) as marks, self.temporary() as draft:
                draft.write(key.encode())
                draft.place_in(marks, name)
            yield lambda: self.settle(name)
        finally:
            self._owing.discard(name)

    def owed(self) -> list[tuple[str, str]]:
        """(mark, key) of what nobody living is about to announce."""
        with self._descend([UNSENT], make=True) as marks:
            names = [name for name in os.listdir(marks) if name not in self._owing and not self._of_another(name)]
            return [(name, key) for name in names if (key := _text(marks, name))]

    def settle(self, mark: str) -> None:
        with self._descend([UNSENT], make=True) as marks, suppress(FileNotFoundError):
            os.unlink(mark, dir_fd=marks)

    def sweep(self) -> None:
        """Removes what dead processes left half-written."""
        with self._descend([DRAFTS], make=True) as drafts:
            for name in os.listdir(drafts):
                if not processes.alive(_owner(name)):
                    with suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=drafts)

    def _of_another(self, name: str) -> bool:
        return _owner(name) != processes.holder() and processes.alive(_owner(name))

    # --- descriptors

    @contextmanager
    def _file(self, segments: list[str]) -> Iterator[int | None]:
        """Of a regular file, or None."""
        fd = None
        try:
            with self._descend(segments[:-1]) as parent:
                # O_NONBLOCK: opening a pipe that somebody put there must not wait for its writer
                fd = os.open(segments[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
        except OSError as exc:
            if exc.errno not in _NO_SUCH:
                raise
        try:
            yield fd if fd is not None and stat.S_ISREG(os.fstat(fd).st_mode) else None
        finally:
            if fd is not None:
                os.close(fd)

    @contextmanager
    def _descend(self, segments: list[str], make: bool = False) -> Iterator[int]:
        """A descriptor of the folder; with `make` it is made as needed, but never a root that was there before."""
        fd = self._open_root()
        try:
            for name in segments:
                below = _enter(fd, name, make)
                os.close(fd)
                fd = below
            yield fd
        finally:
            os.close(fd)

    def _open_root(self) -> int:
        if not self._made:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._made = True
        try:
            return os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise StoreUnavailable("The folder of the pictures is gone. It goes on when it is back.") from exc


class Draft(AbstractContextManager["Draft"]):
    """A file being written. Left without place() it is removed."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._name = _own_name()
        self._placed = False

    def __enter__(self) -> Self:
        with self._folder._descend([DRAFTS], make=True) as drafts:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._fd = os.open(self._name, flags, 0o600, dir_fd=drafts)
        return self

    def write(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        while rest:
            rest = rest[self._folder._write(self._fd, rest) :]

    def place(self, key: str) -> os.stat_result:
        """Under its key, durably, in place of what was there; the status it has there."""
        *folders, name = check_key(key)
        for attempt in range(_TRIES):
            try:
                with self._folder._descend(folders, make=True) as parent:
                    return self.place_in(parent, name)
            except FileNotFoundError:
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def place_in(self, parent: int, name: str) -> os.stat_result:
        moment = time.time_ns()  # the kernel's own stamp is so coarse that two versions could share an etag
        os.utime(self._fd, ns=(moment, moment))
        os.fsync(self._fd)
        with self._folder._descend([DRAFTS]) as drafts:
            os.rename(self._name, name, src_dir_fd=drafts, dst_dir_fd=parent)
        self._placed = True
        os.fsync(parent)
        return os.fstat(self._fd)

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._fd)
        if not self._placed:
            with suppress(OSError, StoreUnavailable), self._folder._descend([DRAFTS]) as drafts:
                os.unlink(self._name, dir_fd=drafts)


def _enter(parent: int, name: str, make: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)
    os.fsync(parent)
    return os.open(name, _FOLDER, dir_fd=parent)


def _walk(parent: int, base: str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(parent) as entries:
        named = {entry.name + "/" * entry.is_dir(follow_symlinks=False): entry for entry in entries}
    for name, entry in sorted(named.items(), key=lambda item: os.fsencode(item[0])):
        key = base + name
        if not _listed(key, prefix):
            continue
        with suppress(FileNotFoundError):  # gone meanwhile
            if name.endswith("/"):
                below = os.open(entry.name, _FOLDER, dir_fd=parent)
                try:
                    yield from _walk(below, key, prefix)
                finally:
                    os.close(below)
            elif entry.is_file(follow_symlinks=False):
                yield key, entry.stat(follow_symlinks=False)


def _listed(key: str, prefix: str) -> bool:
    """Whether this file, or something in this folder, starts with the prefix; never what is ours or no key at all."""
    try:
        key.encode()
    except UnicodeEncodeError:  # a name in another encoding, put there by hand
        return False
    return not key.startswith(".") and (key.startswith(prefix) or (key.endswith("/") and prefix.startswith(key)))


def _text(parent: int, name: str) -> str:
    """A small file's text; empty when it is absent or no text."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    except FileNotFoundError:
        return ""
    with os.fdopen(fd, "rb") as file:
        return file.read(MAX_KEY + 1).decode("utf-8", "replace")


def _own_name() -> str:
    return f"{processes.holder()}-{uuid.uuid4().hex}"


def _owner(name: str) -> str:
    return name.partition("-")[0]
