"""Ids of rows, and the hashes that stand beside them: whoever finds images by a search asks for their hashes next."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection
from threading import Lock

from sightsync.adapters.fields import text
from sightsync.adapters.sqlite_filters import marks
from sightsync.adapters.sqlite_records import chunks

KEPT = 4096  # hashes, of the searches that are going on


class Names:
    """Keeps the hashes of what was found for as long as nothing changes: to look an id up again takes as long as to find it."""

    def __init__(self) -> None:
        self._hashes: dict[str, str | None] = {}
        self._change = -1
        self._lock = Lock()

    def of(self, connection: Connection, change: int, rows: Sequence[int]) -> dict[int, str]:
        """Ids by row number, of the images that this snapshot has. `change` is its number of changes."""
        names: dict[int, str] = {}
        hashes: dict[str, str | None] = {}
        for some in chunks(rows):
            asked = f"SELECT n, id, dhash FROM images WHERE n IN ({marks(some)})"  # noqa: S608  # marks only
            for n, image_id, dhash in connection.execute(asked, some):
                names[n], hashes[image_id] = image_id, dhash
        self.keep(change, hashes)
        return names

    def hashes(self, connection: Connection, change: int, image_ids: Sequence[str]) -> dict[str, str]:
        """Of those that have one."""
        with self._lock:
            known = self._hashes if self._change == change else {}
            found = {image_id: known[image_id] for image_id in image_ids if image_id in known}
        for some in chunks(text(image_id) for image_id in image_ids if image_id not in found):
            asked = f"SELECT id, dhash FROM images WHERE id IN ({marks(some)})"  # noqa: S608  # marks only
            found |= dict(connection.execute(asked, some))
        return {image_id: dhash for image_id, dhash in found.items() if dhash}

    def keep(self, change: int, hashes: dict[str, str | None]) -> None:
        with self._lock:
            if self._change != change or len(self._hashes) > KEPT:
                self._hashes, self._change = {}, change
            self._hashes |= hashes
