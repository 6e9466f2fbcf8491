"""SQLite files as this program uses them: WAL, one connection to a thread at a time, migrations, errors translated."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection
from threading import Lock
from time import monotonic, sleep

from sightsync.errors import CatalogUnavailable, StorageFull, Unavailable

PAGE_BYTES = 16_384  # a 2 KB vector wastes half of a 4 KB page
CACHE_KIB = 8_192  # per connection; the default of 2 MiB would be 125 such pages
BUSY_TIMEOUT_S = 5.0

# In WAL mode NORMAL loses nothing when a process dies at any moment, and never tears the file. Only a power cut can
# take the writes of the last moments with it. FULL would wait for the disk at each write: 5.3 ms against 0.05 ms
# measured on a small server, and a picture on its way to `ready` is written about five times.
SYNCHRONOUS = "NORMAL"

BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
AWAY = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL)


class Connections:
    """Lends connections to one file. No two threads ever share one; idle ones wait for the next borrower, so that
    threads may come and go without leaving any behind."""

    def __init__(self, path: Path, migrations: Sequence[Sequence[str]], busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        """`migrations[n]` are the statements that lead from schema version n to n + 1. Nothing is opened yet."""
        self.path = path
        self._migrations = migrations
        self._busy_timeout_s = busy_timeout_s
        self._idle: list[Connection] = []
        self._lock = Lock()
        self._closed = False
        self._damaged: tuple[int, ...] | None = None  # the file that was found damaged, see _identity

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection inside one snapshot: all that is read through it belongs together."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that alone may write, from the first statement on; all of it is kept, or nothing."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def check(self) -> None:
        """Refuses the file that was found damaged, until it is another one: of a damaged one many parts read well still."""
        if self._damaged is not None and self._damaged == _identity(self.path):
            raise _damaged(self.path.name)

    def inspect(self) -> None:
        """Reads the whole file, seconds for each GB of it. CatalogUnavailable when it is damaged anywhere."""
        with self.reading() as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise _damaged(self.path.name)

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._drop_idle()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with translated(self.path):
            connection = self._take()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                if _cause(error) in DAMAGED + AWAY:  # the next call starts afresh, in case the file is back by then
                    self._drop_idle()
                if _cause(error) in DAMAGED:
                    self._damaged = _identity(self.path)
                raise
            finally:
                self._give_back(connection)

    def _take(self) -> Connection:
        with self._lock:
            if self._closed:
                raise CatalogUnavailable(f"{self.path.name} was closed.")
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, connection: Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            return
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            with suppress(sqlite3.Error):
                connection.close()

    def _open(self) -> Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.touch(mode=0o600)  # before SQLite does, which would let everybody read; -wal and -shm take the same mode
        connection = sqlite3.connect(
            self.path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: Connection) -> None:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")  # has an effect on an empty file only
        self._switch_to_wal(connection)
        connection.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA foreign_keys=ON")
        if _version(connection) != len(self._migrations):
            self._migrate(connection)

    def _switch_to_wal(self, connection: Connection) -> None:
        """The busy timeout does not cover this switch, which two processes may make at the same moment."""
        give_up = monotonic() + self._busy_timeout_s
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if _cause(error) not in BUSY or monotonic() > give_up:
                    raise
                sleep(0.01)
            else:
                return  # some network file systems know no WAL and stay with a journal: slower, no less right

    def _migrate(self, connection: Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection)  # again: another process may have been first
        if version > len(self._migrations):
            raise CatalogUnavailable(
                f"{self.path.name} was written by a newer SightSync. Update this one, then start it again.", lasting=True
            )
        for step in self._migrations[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(self._migrations)}")
        connection.execute("COMMIT")


def _version(connection: Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _identity(path: Path) -> tuple[int, ...]:
    """Of the file that lies there now; () when there is none. Another one, or this one once it was written to, has another."""
    with suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return ()


def _cause(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when Python raised the error by itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's and the file system's failures as ours. What is our own mistake (bad SQL, a broken constraint) passes."""
    try:
        yield
    except sqlite3.Error as error:
        problem = _problem(_cause(error), path.name)
        if problem is None:
            raise
        raise problem from error
    except OSError as error:
        raise CatalogUnavailable(f"{path.name} cannot be opened: {error.strerror}. Check its folder and disk.") from error


def _problem(cause: int, name: str) -> Unavailable | None:
    if cause == sqlite3.SQLITE_FULL:
        return StorageFull("The disk is full. Free some space; nothing was half-written and work goes on by itself.")
    if cause in BUSY:
        return CatalogUnavailable(f"{name} is busy. Try again in a moment.")
    if cause in DAMAGED:
        return _damaged(name)
    if cause in AWAY:
        return CatalogUnavailable(f"{name} cannot be read or written. Check its disk and permissions, then try again.")
    return None


def _damaged(name: str) -> CatalogUnavailable:
    return CatalogUnavailable(
        f"{name} is damaged. Stop SightSync, move the file and its -wal and -shm aside, put back a backup or "
        "start without one, and import the pictures again; the store still has them.",
        lasting=True,
    )
