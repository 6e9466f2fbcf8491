"""The analysis queue on one machine: what SQS promises, in one SQLite file that many processes share.

A message received is hidden for a while and comes back unless it is deleted; after ten receives it is a dead letter.
"""

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sightsync.adapters import processes
from sightsync.adapters.messages import Message
from sightsync.errors import StorageFull, Unavailable

MAX_RECEIVES = 10  # maxReceiveCount of the cloud's queue
MAX_DEATHS = 50  # of processes that held a message; from then on each of them counts as a receive
MAX_BATCH = 10
POLL_S = 0.1  # how soon a message of another process is seen; one of this process is seen at once
BUSY_S = 5.0  # how long a call waits for another process's transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    sent_at REAL NOT NULL,
    visible_at REAL NOT NULL,
    hidden_until REAL,          -- visible_at as receive() set it: differs once somebody chose another
    receives INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    receipt TEXT UNIQUE,
    holder TEXT,                -- of processes.holder(); null when nobody works on it
    dead INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS messages_due ON messages (dead, visible_at, number);
"""

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class QueueUnavailable(Unavailable):
    code = "queue_unavailable"


class SqliteQueue:
    """One connection under one lock: every call is a single short transaction. Safe in threads and processes."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time, busy_s: float = BUSY_S) -> None:
        self._path = path
        self._busy_s = busy_s
        self._clock = clock
        self._lock = threading.Lock()
        self._arrival = threading.Condition()
        self._connection: sqlite3.Connection | None = None

    def send(self, body: Mapping[str, Any]) -> None:
        now = self._clock()
        row = (uuid.uuid4().hex, json.dumps(body), now, now)
        with self._transaction() as db:
            db.execute("INSERT INTO messages (id, body, sent_at, visible_at) VALUES (?, ?, ?, ?)", row)
        self._wake()

    def receive(self, max_messages: int = MAX_BATCH, visibility_s: float = 60, wait_s: float = 0) -> list[Message]:
        """At most ten messages in order of sending, hidden from others for `visibility_s`; waits up to `wait_s` for the first."""
        until = time.monotonic() + wait_s
        while True:
            messages = self._claim(min(max_messages, MAX_BATCH), visibility_s)
            left = until - time.monotonic()
            if messages or left <= 0:
                return messages
            with self._arrival:
                self._arrival.wait(min(left, POLL_S))

    def delete(self, receipt_handle: str) -> None:
        """The message is done; silent when it is gone or was received again since."""
        with self._transaction() as db:
            db.execute("DELETE FROM messages WHERE receipt = ? AND NOT dead", (receipt_handle,))

    def change_visibility(self, receipt_handle: str, seconds: int) -> None:
        with self._transaction() as db:
            changed = "UPDATE messages SET visible_at = ? WHERE receipt = ? AND NOT dead"
            db.execute(changed, (self._clock() + seconds, receipt_handle))
        self._wake()

    def give_back(self, receipt_handle: str, seconds: float) -> None:
        """Ends this receive without success: due again after `seconds`, or when change_visibility said so meanwhile."""
        with self._transaction() as db:
            db.execute(
                "UPDATE messages SET holder = NULL, visible_at = CASE WHEN visible_at = hidden_until THEN ? ELSE visible_at END"
                " WHERE receipt = ? AND NOT dead",
                (self._clock() + seconds, receipt_handle),
            )
        self._wake()

    def release_orphans(self) -> int:
        """Makes visible at once what processes that are no more were working on; how many that were.

        Their receives do not count: nobody knows which of its messages a process was at when it was killed, and a file that
        kills has a count of its own.
        """
        with self._transaction() as db:
            holders = [row[0] for row in db.execute("SELECT DISTINCT holder FROM messages WHERE holder IS NOT NULL AND NOT dead")]
            gone = [(self._clock(), MAX_DEATHS, name) for name in holders if not processes.alive(name)]
            freed = (
                "UPDATE messages SET visible_at = ?, receives = receives - (deaths < ?), deaths = deaths + 1,"
                " holder = NULL, receipt = NULL WHERE holder = ? AND NOT dead"
            )
            count = db.executemany(freed, gone).rowcount if gone else 0
        self._wake()
        return count

    def counts(self) -> dict[str, int]:
        """{waiting, in_flight, dead}; messages given back with a delay are waiting."""
        held = "holder IS NOT NULL AND visible_at > ?"
        query = f"SELECT COALESCE(SUM(NOT dead AND NOT ({held})), 0), COALESCE(SUM(NOT dead AND {held}), 0), COALESCE(SUM(dead), 0) FROM messages"  # noqa: S608,E501 - no outside text in it
        with self._transaction("BEGIN") as db:
            waiting, in_flight, dead = db.execute(query, (self._clock(),) * 2).fetchone()
        return {"waiting": waiting, "in_flight": in_flight, "dead": dead}

    def backlog(self) -> int:
        counts = self.counts()
        return counts["waiting"] + counts["in_flight"]

    def redrive(self) -> int:
        again = "UPDATE messages SET dead = 0, receives = 0, deaths = 0, receipt = NULL, visible_at = ? WHERE dead"
        with self._transaction() as db:
            count = db.execute(again, (self._clock(),)).rowcount
        self._wake()
        return count

    def due_in(self) -> float | None:
        """Seconds until the next message can be received, 0 when one can be now; None when there is none at all."""
        with self._transaction("BEGIN") as db:
            (soonest,) = db.execute("SELECT MIN(visible_at) FROM messages WHERE NOT dead").fetchone()
        return None if soonest is None else max(0.0, float(soonest) - self._clock())

    def health(self) -> None:
        self.counts()

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _claim(self, limit: int, visibility_s: float) -> list[Message]:
        now = self._clock()
        if self.due_in() != 0:  # asked without a lock: waiting costs writers nothing
            return []
        with self._transaction() as db:
            spent = "UPDATE messages SET dead = 1, holder = NULL WHERE NOT dead AND visible_at <= ? AND receives >= ?"
            db.execute(spent, (now, MAX_RECEIVES))
            due = "SELECT number FROM messages WHERE NOT dead AND visible_at <= ? ORDER BY number LIMIT ?"
            numbers = [row[0] for row in db.execute(due, (now, limit))]
            return [_hold(db, number, now + visibility_s) for number in numbers]

    def _wake(self) -> None:
        with self._arrival:
            self._arrival.notify_all()

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """All of it or nothing; a connection that failed is opened anew by the next call."""
        with self._lock:
            try:
                db = self._open()
                db.execute(begin)
                with db:
                    yield db
            except sqlite3.Error as exc:
                if "locked" not in str(exc):
                    self._drop()
                raise _translated(exc) from exc
            except OSError as exc:
                raise QueueUnavailable("The queue's folder cannot be used.") from exc

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=self._busy_s, isolation_level=None, check_same_thread=False)
            try:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")  # a message promised is kept through a power cut
                db.executescript(SCHEMA)
                _count_deaths(db)
            except sqlite3.Error:
                db.close()
                raise
            self._connection = db
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _count_deaths(db: sqlite3.Connection) -> None:
    """For a file that was made before deaths were counted."""
    known = "SELECT 1 FROM pragma_table_info('messages') WHERE name = 'deaths'"
    if db.execute(known).fetchone():
        return
    db.execute("BEGIN IMMEDIATE")
    with db:
        if not db.execute(known).fetchone():  # another process may have been first
            db.execute("ALTER TABLE messages ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0")


def _translated(exc: sqlite3.Error) -> Unavailable:
    if "full" in str(exc):
        return StorageFull("The disk is full: free some space and try again.")
    if getattr(exc, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
        return QueueUnavailable(
            "queue.db is damaged. Stop SightSync, move the file and its -wal and -shm aside, and start it again: what was "
            "waiting is found by the hourly upkeep.",
            lasting=True,
        )
    return QueueUnavailable("The queue is busy or cannot be used just now.")


def _hold(db: sqlite3.Connection, number: int, until: float) -> Message:
    held = "receives = receives + 1, receipt = ?, holder = ?, visible_at = ?, hidden_until = ?"
    message_id, receipt, body, receives, sent_at = db.execute(
        f"UPDATE messages SET {held} WHERE number = ? RETURNING id, receipt, body, receives, sent_at",  # noqa: S608 - no outside text in it
        (uuid.uuid4().hex, processes.holder(), until, until, number),
    ).fetchone()
    return Message(message_id, receipt, body, receives, datetime.fromtimestamp(sent_at, UTC))
