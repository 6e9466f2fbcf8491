"""Filters as SQL conditions over the table `images`, every value a bound parameter."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sightsync.ports import And, Equal, Filter, In, Not, Or, Range

TEXTS = frozenset({"id", "owner", "status", "analysis", "category"})
FLAGS = frozenset({"published", "sample", "deleted"})
TIMES = frozenset({"created_at", "updated_at"})

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Condition = tuple[str, list[Any]]  # SQL and its parameters


def condition(where: Filter) -> Condition:
    """ValueError for a field that images cannot be filtered by, or a value of another type than the field's."""
    match where:
        case Equal("check", value):
            return _has_check((value,))
        case In("check", values):
            return _has_check(values)
        case Equal(field, value):
            return f"images.{_name(field)} = ?", [_value(field, value)]
        case In(field, values):
            return f"images.{_name(field)} IN ({marks(values)})", [_value(field, value) for value in values]
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


def microseconds(at: datetime) -> int:
    """Since 1970, exactly; a time without a zone counts as UTC."""
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH) // timedelta(microseconds=1)


def text(value: str) -> str:
    """As SQLite can take it: half a surrogate pair has no UTF-8, and is nobody's name."""
    return value.encode("utf-8", "replace").decode()


def marks(values: Sequence[object]) -> str:
    """A parameter mark for each, to stand between the parentheses of IN."""
    return ", ".join("?" * len(values))


def _name(field: str) -> str:
    if field not in TEXTS | FLAGS | TIMES:
        raise ValueError(f"Images cannot be filtered by {field!r}")
    return field


def _value(field: str, value: object) -> str | int:
    if field in FLAGS and isinstance(value, bool):
        return int(value)
    if field in TIMES and isinstance(value, datetime):
        return microseconds(value)
    if field in TEXTS and isinstance(value, str):
        return text(value)
    raise ValueError(f"{field!r} cannot be {value!r}")


def _has_check(names: tuple[Any, ...]) -> Condition:
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"'check' cannot be {names!r}")
    having = f"SELECT n FROM checks WHERE name IN ({marks(names)})"  # noqa: S608  # marks only
    return f"images.n IN ({having})", [text(name) for name in names]


def _range(field: str, low: datetime | None, high: datetime | None) -> Condition:
    if field not in TIMES:
        raise ValueError(f"{field!r} has no range")
    ends = [(sign, microseconds(end)) for sign, end in ((">=", low), ("<", high)) if end is not None]
    return " AND ".join(f"images.{field} {sign} ?" for sign, _ in ends) or "1", [end for _, end in ends]


def _joined(parts: tuple[Filter, ...], word: str, empty: str) -> Condition:
    compiled = [condition(part) for part in parts]
    sql = word.join(f"({sql})" for sql, _ in compiled)
    return sql or empty, [parameter for _, parameters in compiled for parameter in parameters]
