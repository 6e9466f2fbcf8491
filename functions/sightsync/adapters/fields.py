"""What images can be filtered by, with the types of its values; shared by every catalog."""

from datetime import UTC, datetime, timedelta

TEXTS = frozenset({"id", "owner", "status", "analysis", "category"})
FLAGS = frozenset({"published", "sample", "deleted"})
TIMES = frozenset({"created_at", "updated_at"})
CHECK = "check"  # holds a text and belongs to an image several times or never

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def known(field: str) -> str:
    """The field itself. ValueError for one that images cannot be filtered by."""
    if field not in TEXTS | FLAGS | TIMES | {CHECK}:
        raise ValueError(f"Images cannot be filtered by {field!r}")
    return field


def checked(field: str, value: object) -> str | bool | int:
    """The value as databases keep it: text, boolean, or microseconds. ValueError when it is of another type than the field."""
    known(field)
    if field in FLAGS and isinstance(value, bool):
        return value
    if field in TIMES and isinstance(value, datetime):
        return microseconds(value)
    if field in TEXTS | {CHECK} and isinstance(value, str):
        return text(value)
    raise ValueError(f"{field!r} cannot be {value!r}")


def ends(field: str, low: datetime | None, high: datetime | None) -> tuple[int | None, int | None]:
    """Both ends of a range in microseconds. ValueError for a field without order."""
    if field not in TIMES:
        raise ValueError(f"{field!r} has no range")
    return (None if low is None else microseconds(low)), (None if high is None else microseconds(high))


def microseconds(at: datetime) -> int:
    """Since 1970, exactly; a time without a zone counts as UTC."""
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH) // timedelta(microseconds=1)


def text(value: str) -> str:
    """As databases can take it: half a surrogate pair has no UTF-8, and is nobody's name."""
    return value.encode("utf-8", "replace").decode()
