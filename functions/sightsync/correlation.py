"""For which request or message the work at hand is done: what ties together the lines that a log has of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current = ContextVar("correlation_id", default="")


def correlation_id() -> str:
    """The gateway's id of a request, the queue's id of a message, the schedule's of an event; empty outside of all."""
    return _current.get()


@contextmanager
def about(an_id: str) -> Iterator[None]:
    """What is done inside, in threads that it starts too, is done for this one."""
    token = _current.set(an_id)
    try:
        yield
    finally:
        _current.reset(token)
