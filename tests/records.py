"""Records for tests: one believable image, and whatever a test wants different about it."""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from sightsync.images import AnalysisState, Caption, Image, Status, Swatch
from sightsync.ports import Catalog, Everything, Filter, Sort

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
_seconds = count()


def an_image(**changes: Any) -> Image:
    """A published, ready, analysed image that was never stored; each one is new and a second younger than the last."""
    image_id = changes.get("id") or uuid4().hex
    at = changes.get("created_at") or NOON + timedelta(seconds=next(_seconds))
    fields: dict[str, Any] = {
        "id": image_id,
        "owner": "local",
        "status": Status.READY,
        "analysis": AnalysisState.DONE,
        "published": True,
        "filename": "harbour.jpg",
        "title": "Harbour",
        "description": "Red boats in the harbour at dusk",
        "category": "illustrations",
        "tags": ("boats", "evening"),
        "content_type": "image/jpeg",
        "bytes": 120_000,
        "width": 1200,
        "height": 800,
        "sha256": uuid4().hex * 2,
        "caption": Caption(text="red and warm, dark", model="palette@1", kind="looks"),
        "palette": (Swatch(hex="#d13b35", name="red", share=0.6), Swatch(hex="#2f55c0", name="blue", share=0.4)),
        "derivatives": {name: f"media/{image_id}/0123456789abcdef/{name}.jpg" for name in ("thumb", "row", "display")},
        "key": f"uploads/{image_id}",
        "etag": "1d4c0-5e1f",
        "dhash": uuid4().hex[:16],  # of another picture than all others
        "created_at": at,
        "updated_at": at,
    }
    return Image(**(fields | changes))


def a_draft(**changes: Any) -> Image:
    """A record as `POST /uploads` makes it: words and promises, no file yet."""
    empty = {
        "status": Status.WAITING,
        "analysis": AnalysisState.PENDING,
        "published": False,
        "width": None,
        "height": None,
        "caption": None,
        "palette": (),
        "derivatives": {},
        "etag": None,
        "dhash": None,
    }
    return an_image(**(empty | changes))


def put(catalog: Catalog, **changes: Any) -> Image:
    """A new image as stored."""
    return catalog.put(an_image(**changes), 0)


def ids(images: Iterable[Image]) -> list[str]:
    return [image.id for image in images]


def listed(catalog: Catalog, where: Filter = Everything, sort: Sort = Sort(), size: int = 50) -> list[str]:  # noqa: B008  # frozen
    """All ids of a list, read page by page."""
    found: list[str] = []
    cursor = None
    while True:
        page = catalog.page(where, sort, cursor, size)
        assert len(page.images) <= size
        found += ids(page.images)
        cursor = page.next_cursor
        if cursor is None:
            return found


def damage(catalog: Path, table: str) -> None:
    """Overwrites one page of a SQLite catalog that is closed: all that is asked without it goes well still."""
    with sqlite3.connect(catalog) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    database.close()
    with catalog.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
