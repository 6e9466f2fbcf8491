"""Filters as SQL conditions over the table `images`, every value a bound parameter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sightsync.adapters.fields import CHECK, checked, ends, known
from sightsync.ports import And, Equal, Filter, In, Not, Or, Range

Condition = tuple[str, list[Any]]  # SQL and its parameters


def condition(where: Filter) -> Condition:
    """ValueError for a field that images cannot be filtered by, or a value of another type than the field's."""
    match where:
        case Equal("check", value):
            return _has_check((value,))
        case In("check", values):
            return _has_check(values)
        case Equal(field, value):
            return f"images.{known(field)} = ?", [checked(field, value)]
        case In(field, values):
            return f"images.{known(field)} IN ({marks(values)})", [checked(field, value) for value in values]
        case Range(field, low, high):
            return _range(field, low, high)
        case Not(part):
            sql, parameters = condition(part)
            return f"NOT ({sql})", parameters
        case And(parts):
            return _joined(parts, " AND ", "1")
        case Or(parts):
            return _joined(parts, " OR ", "0")
    raise ValueError(f"{where!r} is no filter")


def marks(values: Sequence[object]) -> str:
    """A parameter mark for each, to stand between the parentheses of IN."""
    return ", ".join("?" * len(values))


def _has_check(names: tuple[Any, ...]) -> Condition:
    having = f"SELECT n FROM checks WHERE name IN ({marks(names)})"  # noqa: S608  # marks only
    return f"images.n IN ({having})", [checked(CHECK, name) for name in names]


def _range(field: str, low: datetime | None, high: datetime | None) -> Condition:
    found = [(sign, end) for sign, end in zip((">=", "<"), ends(field, low, high), strict=True) if end is not None]
    return " AND ".join(f"images.{field} {sign} ?" for sign, _ in found) or "1", [end for _, end in found]


def _joined(parts: tuple[Filter, ...], word: str, empty: str) -> Condition:
    compiled = [condition(part) for part in parts]
    sql = word.join(f"({sql})" for sql, _ in compiled)
    return sql or empty, [parameter for _, parameters in compiled for parameter in parameters]
