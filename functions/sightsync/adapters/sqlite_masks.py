"""Which images pass a filter, as one bit each in memory: worked out once, then kept up with what changes, whoever changes it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from sqlite3 import Connection
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from sightsync.adapters.sqlite_filters import condition
from sightsync.ports import And, Equal, Filter, In, Not, Or

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sightsync.adapters.exact import Mask

KEPT = 64  # conditions, 1 MB each in a gallery of a million
KEPT_WHOLE = 16  # filters made of them, 1 MB each as well


def numbers(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> NDArray[np.intp]:
    """The column `n` of a query, all whole numbers. As one text: a third of the time that a million rows would take."""
    (text,) = connection.execute(f"SELECT group_concat(n) FROM ({sql})", parameters).fetchone()  # noqa: S608  # values are bound
    return np.fromstring(text, np.intp, sep=",") if text else np.empty(0, np.intp)


@dataclass
class _Leaf:
    mask: Mask
    change: int


class Masks:
    """By row number of the table `images`."""

    def __init__(self) -> None:
        self._leaves: OrderedDict[Filter, _Leaf] = OrderedDict()
        self._whole: OrderedDict[Filter, _Leaf] = OrderedDict()
        self._lock = Lock()

    def chosen(self, connection: Connection, where: Filter, change: int) -> Mask:
        """True for images that pass; numbers beyond its end are of none. Numbers of no image are right only in an And with
        something that is no Not. `change` is the snapshot's number of changes."""
        with self._lock:
            kept = self._whole.pop(where, None)
            if kept is None or kept.change != change:
                (last,) = connection.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = 'images'").fetchone()
                size = max([int(last or 0) + 1, *(len(leaf.mask) for leaf in self._leaves.values())])
                kept = _Leaf(self._mask(connection, where, change, size), change)
            if not _of_some(where):
                self._whole[where] = kept
                if len(self._whole) > KEPT_WHOLE:
                    self._whole.popitem(last=False)
            return kept.mask

    def _mask(self, connection: Connection, where: Filter, change: int, size: int) -> Mask:
        match where:
            case And(parts) | Or(parts):
                masks = [self._mask(connection, part, change, size) for part in parts]
                every = isinstance(where, And)
                return reduce(and_ if every else or_, masks, np.full(size, every))
            case Not(part):
                return ~self._mask(connection, part, change, size)
            case Equal("id") | In("id"):
                return _evaluated(connection, where, size)
        return self._leaf(connection, where, change, size)

    def _leaf(self, connection: Connection, where: Filter, change: int, size: int) -> Mask:
        leaf = self._leaves.pop(where, None)
        if leaf is None:
            leaf = _Leaf(_evaluated(connection, where, size), change)
        elif leaf.change < change or len(leaf.mask) < size:
            leaf = _Leaf(_updated(connection, where, leaf, size), max(change, leaf.change))
        self._leaves[where] = leaf
        if len(self._leaves) > KEPT:
            self._leaves.popitem(last=False)
        return leaf.mask


def _of_some(where: Filter) -> bool:
    """Whether it names images: then nobody will ask for it again."""
    match where:
        case And(parts) | Or(parts):
            return any(map(_of_some, parts))
        case Not(part):
            return _of_some(part)
        case Equal("id") | In("id"):
            return True
    return False


def _evaluated(connection: Connection, where: Filter, size: int) -> Mask:
    sql, parameters = condition(where)
    mask = np.zeros(size, np.bool_)
    mask[numbers(connection, f"SELECT n FROM images WHERE {sql}", parameters)] = True  # noqa: S608  # values are bound
    return mask


def _updated(connection: Connection, where: Filter, leaf: _Leaf, size: int) -> Mask:
    """A copy, for others may be reading the one there is, with what changed since looked at again."""
    sql, parameters = condition(where)
    mask = np.zeros(size, np.bool_)
    mask[: len(leaf.mask)] = leaf.mask
    since = "SELECT n FROM images INDEXED BY changed WHERE changed > ?"
    mask[numbers(connection, since, (leaf.change,))] = False
    mask[numbers(connection, "SELECT n FROM gone WHERE changed > ?", (leaf.change,))] = False
    mask[numbers(connection, f"{since} AND ({sql})", (leaf.change, *parameters))] = True
    return mask
