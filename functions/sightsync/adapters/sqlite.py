"""The catalog in one SQLite file, which any number of threads and processes may use at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, Literal

from sightsync.adapters.cursors import Place, write_cursor
from sightsync.adapters.fields import microseconds, text
from sightsync.adapters.scale import USUAL, Scale
from sightsync.adapters.sqlite_connections import BUSY_TIMEOUT_S, Connections
from sightsync.adapters.sqlite_filters import condition, marks
from sightsync.adapters.sqlite_names import Names
from sightsync.adapters.sqlite_pages import page_query
from sightsync.adapters.sqlite_records import changes, chunks, find, read, refuse_second, remove, write
from sightsync.adapters.sqlite_schema import MIGRATIONS
from sightsync.adapters.sqlite_words import WEIGHTS, WordCounts, match_expression, parts, quoted, read_whole
from sightsync.errors import ImageChanged
from sightsync.images import Image, now
from sightsync.ports import And, Calibration, ColourHit, Equal, Filter, Near, Page, ShadeHit, Sort, Survey, WordHit, WordTerms

if TYPE_CHECKING:
    from sightsync.adapters.sqlite_colours import Colours
    from sightsync.adapters.sqlite_masks import Masks
    from sightsync.adapters.sqlite_postings import WordLists
    from sightsync.adapters.sqlite_swatches import Swatches
    from sightsync.adapters.sqlite_vectors import Neighbours
    from sightsync.ports import Vector

LIVE = Equal("deleted", False)  # the bin is never searched


class SqliteCatalog:
    """Implements ports.Catalog. Nothing is opened, and numpy is not imported, before it is needed."""

    def __init__(self, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S, scale: Scale = USUAL) -> None:
        self.connections = Connections(path, MIGRATIONS, busy_timeout_s)
        self._scale = scale
        self._counts = WordCounts()
        self._names = Names()

    # --- records ---

    def put(self, image: Image, expected_version: int, vectors: Mapping[str, Mapping[str, Vector]] | None = None) -> Image:
        with self.connections.writing() as connection:
            n, before = find(connection, image.id) or (None, None)
            if expected_version != (before.version if before else 0):
                raise ImageChanged(image.id)
            refuse_second(connection, image)
            image = image.but(version=expected_version + 1, updated_at=now())
            n = write(connection, n, before, image)
            change = _count_change(connection)
            connection.execute("UPDATE images SET changed = ? WHERE n = ?", (change, n))
            if vectors:
                from sightsync.adapters.sqlite_vectors import write_vectors

                write_vectors(connection, n, vectors, change)
        return image

    def get(self, image_id: str) -> Image | None:
        with self.connections.reading() as connection:
            found = find(connection, image_id)
        return found[1] if found else None

    def get_many(self, image_ids: Sequence[str]) -> list[Image]:
        found: dict[str, Image] = {}
        with self.connections.reading() as connection:
            for some in chunks(dict.fromkeys(map(text, image_ids))):
                found |= {image.id: image for image in _images(connection, f"id IN ({marks(some)})", some)}
        return [found[image_id] for image_id in image_ids if image_id in found]

    def delete(self, image_id: str) -> None:
        with self.connections.writing() as connection:
            found = find(connection, image_id)
            if found:
                remove(connection, found[0])
                connection.execute("INSERT INTO gone VALUES (?, ?)", (_count_change(connection), found[0]))

    def by_sha256(self, owner: str, sha256: str) -> list[Image]:
        with self.connections.reading() as connection:
            where = "owner = ? AND sha256 = ? AND deleted = 0 ORDER BY status = 'ready' DESC, created_at, id"
            return _images(connection, where, (text(owner), text(sha256)))

    # --- lists ---

    def page(self, where: Filter, sort: Sort, cursor: str | None, limit: int) -> Page:
        limit = max(limit, 0)
        with self.connections.reading() as connection:
            rows = connection.execute(*page_query(where, sort, cursor, limit)).fetchall()
            found = read(connection, [n for _, _, n in rows[:limit]])
        more = 0 < limit < len(rows)
        return Page([found[n] for _, _, n in rows[:limit]], write_cursor(sort, Place(*rows[limit - 1][:2])) if more else None)

    def counts(self, where: Filter, by: Literal["category", "check", "status", "analysis"]) -> dict[str, int]:
        if by not in ("category", "check", "status", "analysis"):
            raise ValueError(f"Images cannot be counted by {by!r}")
        column, checks = ("checks.name", "JOIN checks USING (n)") if by == "check" else (f"images.{by}", "")
        sql, parameters = condition(where)
        with self.connections.reading() as connection:
            rows = connection.execute(
                f"SELECT {column}, count(*) FROM images {checks} WHERE {sql} GROUP BY 1",  # noqa: S608  # values are bound
                parameters,
            ).fetchall()
        return dict(rows)

    # --- search ---

    def nearest(self, space: str, vector: Vector, where: Filter, limit: int) -> list[Near]:
        return list(self.survey(space, vector, where, limit).near)

    def survey(self, space: str, vector: Vector, where: Filter, limit: int) -> Survey:
        with self.connections.reading() as connection:
            return self._neighbours.survey(connection, space, vector, where, limit)

    def warm(self, space: str) -> int:
        with self.connections.reading() as connection:
            change = changes(connection)
            held = self._neighbours.warm(connection, space)
            read_whole(connection)
            if self._counts.documents(connection, change) > self._scale.few:
                held += self._colours.warm(connection, change) + self._swatches.warm(connection, change)
        return held

    @cached_property
    def _neighbours(self) -> Neighbours:
        from sightsync.adapters.sqlite_vectors import Neighbours

        return Neighbours(self.connections, self._masks, self._names, self._scale)

    @cached_property
    def _masks(self) -> Masks:
        from sightsync.adapters.sqlite_masks import Masks

        return Masks()

    def vectors(self, image_ids: Sequence[str], space: str) -> dict[str, dict[str, Vector]]:
        from sightsync.adapters.calibrations import read_vector

        found: dict[str, dict[str, Vector]] = {}
        with self.connections.reading() as connection:
            for some in chunks(dict.fromkeys(map(text, image_ids))):
                rows = connection.execute(
                    f"SELECT id, kind, vector FROM images CROSS JOIN vectors USING (n) WHERE id IN ({marks(some)}) AND space = ?",  # noqa: S608  # values are bound
                    (*some, text(space)),
                )
                for image_id, kind, vector in rows:
                    found.setdefault(image_id, {})[kind] = read_vector(vector)
        return found

    def hashes(self, image_ids: Sequence[str]) -> dict[str, str]:
        with self.connections.reading() as connection:
            return self._names.hashes(connection, changes(connection), image_ids)

    def words(self, terms: WordTerms, where: Filter, limit: int) -> list[WordHit]:
        expression = match_expression(terms)
        if expression is None:
            return []
        with self.connections.reading() as connection:
            change = changes(connection)
            if sum(self._counts.of(connection, change, part) for part in parts(terms)) > self._scale.common:
                return self._common_words(connection, change, terms, And((LIVE, where)), limit)
            sql, parameters = condition(And((LIVE, where)))
            rows = connection.execute(
                # CROSS JOIN: the words first. The other way round SQLite would ask the index once for every image.
                f"SELECT images.id, -bm25(words, {', '.join(map(str, WEIGHTS))}) AS score, dhash "  # noqa: S608  # values are bound
                f"FROM words CROSS JOIN images ON images.n = words.rowid WHERE words MATCH ? AND {sql} "
                "ORDER BY score DESC, images.id LIMIT ?",
                (expression, *parameters, max(limit, 0)),
            ).fetchall()
        self._names.keep(change, {image_id: dhash for image_id, _, dhash in rows})
        return [WordHit(image_id, score) for image_id, score, _ in rows]

    def _common_words(self, connection: Connection, change: int, terms: WordTerms, where: Filter, limit: int) -> list[WordHit]:
        mask = self._masks.chosen(connection, where, change)
        documents = self._counts.documents(connection, change)
        best = self._word_lists.ranked(connection, change, terms, mask, documents, limit)
        ids = self._names.of(connection, change, [n for n, _ in best])
        return [WordHit(ids[n], score) for n, score in best if n in ids]

    @cached_property
    def _word_lists(self) -> WordLists:
        from sightsync.adapters.sqlite_postings import WordLists

        return WordLists()

    def word_counts(self, words: Sequence[str]) -> tuple[dict[str, int], int]:
        with self.connections.reading() as connection:
            change = changes(connection)
            counts = {word: self._counts.of(connection, change, quoted((word,))) for word in dict.fromkeys(words)}
            return counts, self._counts.documents(connection, change)

    def coloured(self, names: Sequence[str], where: Filter, limit: int) -> list[ColourHit]:
        wanted = list(dict.fromkeys(map(text, names)))
        sql, parameters = condition(And((LIVE, where)))
        with self.connections.reading() as connection:
            change = changes(connection)
            if self._counts.documents(connection, change) > self._scale.few:
                return self._common_colours(connection, change, wanted, And((LIVE, where)), limit)
            rows = connection.execute(
                "SELECT images.id, sum(colours.share) AS total FROM colours CROSS JOIN images USING (n) "  # noqa: S608  # values are bound
                f"WHERE colours.name IN ({marks(wanted)}) AND {sql} GROUP BY n ORDER BY total DESC, images.id LIMIT ?",
                (*wanted, *parameters, max(limit, 0)),
            ).fetchall()
        return [ColourHit(image_id, share) for image_id, share in rows]

    def _common_colours(
        self, connection: Connection, change: int, names: Sequence[str], where: Filter, limit: int
    ) -> list[ColourHit]:
        mask = self._masks.chosen(connection, where, change)
        shares = self._colours.largest(connection, change, names, mask, limit)
        hits = [ColourHit(image_id, shares[n]) for n, image_id in self._names.of(connection, change, list(shares)).items()]
        return sorted(hits, key=lambda hit: (-hit.share, hit.image_id))[: max(limit, 0)]

    def shades(self, hex_colour: str, within: float, least: float, where: Filter, limit: int) -> list[ShadeHit]:
        with self.connections.reading() as connection:
            change = changes(connection)
            mask = self._masks.chosen(connection, And((LIVE, where)), change)
            best = self._swatches.near(connection, change, hex_colour, within, least, mask, limit)
            names = self._names.of(connection, change, list(best))
        hits = [ShadeHit(image_id, *best[n]) for n, image_id in names.items()]
        return sorted(hits, key=lambda hit: (-hit.close, hit.image_id))[: max(limit, 0)]

    @cached_property
    def _swatches(self) -> Swatches:
        from sightsync.adapters.sqlite_swatches import Swatches

        return Swatches()

    @cached_property
    def _colours(self) -> Colours:
        from sightsync.adapters.sqlite_colours import Colours

        return Colours()

    # --- what must outlive a process ---

    def calibration(self, space: str) -> Calibration | None:
        from sightsync.adapters.calibrations import calibration_from_json

        with self.connections.reading() as connection:
            row = connection.execute("SELECT json FROM calibrations WHERE space = ?", (space,)).fetchone()
        return calibration_from_json(row[0]) if row else None

    def put_calibration(self, calibration: Calibration) -> None:
        from sightsync.adapters.calibrations import calibration_to_json

        with self.connections.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO calibrations VALUES (?, ?)", (calibration.space, calibration_to_json(calibration))
            )

    def forget_space(self, space: str) -> None:
        from sightsync.adapters.sqlite_head import forget_head

        with self.connections.writing() as connection:
            connection.execute("DELETE FROM vectors WHERE space = ?", (text(space),))
            connection.execute("DELETE FROM spaces WHERE space = ?", (text(space),))
            forget_head(connection, self.connections.path, text(space))
            _count_change(connection)

    def recall(self, name: str) -> Any:
        with self.connections.reading() as connection:
            row = connection.execute("SELECT json FROM remembered WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def remember(self, name: str, value: Any) -> None:
        document = json.dumps(value)
        with self.connections.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO remembered VALUES (?, ?)", (name, document))

    def add(self, counter: str, amount: int, expires_at: datetime) -> int:
        """A live counter keeps the expiry that it began with, so that steady use cannot put it off for ever."""
        with self.connections.writing() as connection:
            connection.execute("DELETE FROM counters WHERE expires_at <= ?", (microseconds(now()),))
            (total,) = connection.execute(
                "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET total = total + excluded.total "
                "RETURNING total",
                (counter, amount, microseconds(expires_at)),
            ).fetchone()
        return int(total)

    def health(self) -> None:
        self.connections.check()
        with self.connections.reading() as connection:
            connection.execute("SELECT number FROM changes").fetchone()

    def close(self) -> None:
        self.connections.close()


def _count_change(connection: Connection) -> int:
    """The new number of changes; see the table's comment."""
    (number,) = connection.execute("UPDATE changes SET number = number + 1 RETURNING number").fetchone()
    return int(number)


def _images(connection: Connection, where: str, parameters: Sequence[Any]) -> list[Image]:
    """`where` goes on after WHERE and is made of our own words and marks only."""
    rows = connection.execute(f"SELECT json FROM images CROSS JOIN documents USING (n) WHERE {where}", parameters)  # noqa: S608  # as said
    return [Image.model_validate_json(document) for (document,) in rows]
