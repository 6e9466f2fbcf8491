"""Word search in FTS5: queries in which nothing that people type is syntax."""

from collections.abc import Sequence
from sqlite3 import Connection
from threading import Lock

from sightsync.adapters.columns import spaced
from sightsync.ports import WordTerms

# How much a hit in each column says: title, description, tags, caption, filename.
WEIGHTS = (8.0, 4.0, 3.0, 2.0, 1.0)
KEPT_COUNTS = 10_000


def match_expression(terms: WordTerms) -> str | None:
    """The FTS5 query of these terms; None when there is nothing to look for."""
    wanted, without = parts(terms), excluded(terms)
    if not wanted:
        return None
    return f"({' OR '.join(wanted)})" + (f" NOT ({' OR '.join(without)})" if without else "")


def parts(terms: WordTerms) -> list[str]:
    """An FTS5 query for each thing to look for."""
    wanted = [quoted((word,)) for word in terms.words]
    wanted += [quoted(phrase) for phrase in terms.phrases if phrase]
    if terms.prefix:
        wanted.append(quoted((terms.prefix,)) + "*")
    return list(dict.fromkeys(wanted))


def excluded(terms: WordTerms) -> list[str]:
    """The same for what no hit may hold."""
    return [quoted(phrase) for phrase in terms.without if phrase]


class WordCounts:
    """In how many documents something is found, counted once for as long as nothing changes: a common word is a long list."""

    def __init__(self) -> None:
        self._counts: dict[str | int, int] = {}
        self._change = -1
        self._lock = Lock()

    def of(self, connection: Connection, change: int, expression: str) -> int:
        """`change` is the number of changes of the snapshot that `connection` is in."""
        return self._counted(connection, change, "SELECT count(*) FROM words WHERE words MATCH ?", expression)

    def documents(self, connection: Connection, change: int) -> int:
        return self._counted(connection, change, "SELECT count(*) FROM images WHERE deleted = ?", 0)

    def _counted(self, connection: Connection, change: int, sql: str, value: str | int) -> int:
        with self._lock:
            if self._change != change or len(self._counts) > KEPT_COUNTS:
                self._counts, self._change = {}, change
            if value not in self._counts:
                (self._counts[value],) = connection.execute(sql, (value,)).fetchone()
            return self._counts[value]


def read_whole(connection: Connection) -> int:
    """Has the disk give the whole index, whose bytes it counts, to the machine's memory: what a first search looks up is spread
    over all of it. The words themselves are not read."""
    queries = ("SELECT total(length(block)) FROM words_data", "SELECT total(length(sz)) FROM words_docsize")
    return sum(int(connection.execute(query).fetchone()[0]) for query in queries)


def quoted(phrase: Sequence[str]) -> str:
    """An FTS5 string: its tokens in this order, whatever characters they hold."""
    return '"' + spaced(" ".join(phrase)).replace('"', '""') + '"'
