"""`./sightsync retry`: once more what failed on our side. Rejected files stay rejected: they would be again."""

from __future__ import annotations

from collections.abc import Iterator

from local.lock import is_served
from sightsync.editing import Editor
from sightsync.errors import Conflict, NotFound
from sightsync.images import Image, Status
from sightsync.ports import And, Equal, Filter, Sort
from sightsync.services import Services, services

LIVE = Equal("deleted", False)
PAGE = 100


def run(dead_letters: bool) -> int:
    """0; what could not be asked for again is for the errors of the family to say."""
    parts = services()
    if not _is_there(parts):
        print("There is no gallery yet, so nothing has failed.")
        return 0
    if dead_letters:
        _redrive(parts)
    else:
        _retry(parts)
    return 0


def _is_there(parts: Services) -> bool:
    """Asking must not make a gallery where there is none."""
    return bool(parts.settings.catalog) or (parts.settings.data / "catalog.db").exists()


def _redrive(parts: Services) -> None:
    """Messages that were received ten times, whatever they ask for; those that nobody understands will be back."""
    count = parts.queue.redrive()
    print(f"{_of(count, 'dead letter')} sent once more." if count else "There are no dead letters.")
    _then(parts, count)


def _retry(parts: Services) -> None:
    asked = sum(_again(parts, image) for image in _each(parts, And((LIVE, Equal("check", "failed")))))
    rejected = sum(parts.catalog.counts(And((LIVE, Equal("status", Status.REJECTED.value))), "status").values())
    print(f"{_of(asked, 'failed picture')} asked for once more." if asked else "No picture has failed.")
    if rejected:
        print(f"{_of(rejected, 'rejected file')} left as it is: the file itself is at fault, and its reason is with it.")
    _then(parts, asked)


def _each(parts: Services, where: Filter) -> Iterator[Image]:
    cursor: str | None = None
    while True:
        page = parts.catalog.page(where, Sort("oldest"), cursor, PAGE)
        yield from page.images
        cursor = page.next_cursor
        if cursor is None:
            return


def _again(parts: Services, image: Image) -> bool:
    """As its owner would."""
    try:
        Editor(image.owner, parts.catalog, parts.store, parts.queue).retry(image.id)
    except (Conflict, NotFound):  # changed or deleted meanwhile
        return False
    return True


def _then(parts: Services, count: int) -> None:
    if count and not parts.settings.queue and not is_served(parts.settings.data):
        print("Nothing works on them yet: ./sightsync dev")


def _of(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
