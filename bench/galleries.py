"""A gallery of any size, written in one go: pictures and texts in a space shaped as CLIP's, words as common as words are.

Rows go to the tables directly, indexes after them: an image put as the program does takes a millisecond, a million of them hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightsync.adapters.cursors import mark
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.colours import NAMES
from sightsync.images import AnalysisState, Image, Status, Swatch
from sightsync.ports import Calibration, Texts, VisionHealth
from sightsync.spaces import ACTIVE
from tests.geometry import Geometry

SPACE, DIMENSIONS = "bench@512", 512
AT_ONCE = 10_000
CATEGORIES = ("portraits", "illustrations", "comics", "uncategorised")
ASKED = 200  # questions of each kind

SUBJECTS, COMMON = (
    words.split()
    for words in (
        "boat harbour lighthouse cat dog fox horse forest mountain river bridge market street window door garden flower "
        "tree child sailor robot knight dragon castle train bicycle teapot lamp piano violin",
        "the a in of with at by on",
    )
)
SYLLABLES = ("ka", "lo", "mi", "ren", "sa", "tor", "vu", "bel", "dan", "fir", "gu", "hos", "jin", "pal", "qui", "zem")
VOCABULARY = (*SUBJECTS, *(a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES))  # 4,000 words


@dataclass(frozen=True)
class Questions:
    """What is asked: texts of two or three words with their vectors, and pictures of the gallery by id with theirs."""

    texts: Sequence[str]
    text_vectors: NDArray[np.float32]
    pictures: Sequence[str]
    picture_vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Towers:
    """A model that knows the texts of the questions and nothing else."""

    questions: Questions
    calibration: Calibration

    def health(self) -> VisionHealth:
        return VisionHealth("bench", "ready", ("match", "search"), space=SPACE)

    def embed(self, texts: Sequence[str], deadline: float | None = None) -> Texts:
        rows = {text: n for n, text in enumerate(self.questions.texts)}
        return Texts(SPACE, tuple(self.questions.text_vectors[rows[text]] if text in rows else None for text in texts))

    def shipped_calibration(self) -> Calibration:
        return self.calibration


@dataclass(frozen=True)
class Gallery:
    path: Path
    images: int
    vectors: NDArray[np.float32]  # (images, 512), mapped
    questions: Questions
    vision: Towers


def gallery(folder: Path, images: int) -> Gallery:
    """The one in this folder, made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    geometry = Geometry(seed=5, dim=DIMENSIONS)
    calibration = replace(geometry.calibration(), space=SPACE)
    if not (folder / "questions.npz").exists():
        _make(folder, geometry, calibration, images)
    kept = np.load(folder / "questions.npz")
    questions = Questions(kept["texts"].tolist(), kept["text_vectors"], kept["pictures"].tolist(), kept["picture_vectors"])
    vectors = np.asarray(np.load(folder / "vectors.npy", mmap_mode="r"))
    return Gallery(folder / "catalog.db", len(vectors), vectors, questions, Towers(questions, calibration))


def _make(folder: Path, geometry: Geometry, calibration: Calibration, images: int) -> None:
    random = np.random.default_rng(20)
    vectors = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.float32, (images, DIMENSIONS))
    catalog = SqliteCatalog(folder / "catalog.db")
    catalog.remember(ACTIVE, SPACE)
    catalog.put_calibration(calibration)
    asked: list[tuple[str, Any, str, Any]] = []
    with catalog.connections.writing() as connection, without_indexes(connection):
        connection.execute("INSERT INTO spaces VALUES (?, ?)", (SPACE, DIMENSIONS))
        connection.execute("UPDATE changes SET number = 1")
        for begin in range(0, images, AT_ONCE):
            count = min(AT_ONCE, images - begin)
            topics, own = geometry.scenes(count)
            vectors[begin : begin + count] = geometry.pictures(topics, own)
            words = _words(random, count)
            ids = [random.bytes(16).hex() for _ in range(count)]
            _store(connection, begin, ids, words, vectors[begin : begin + count])
            some = random.choice(count, min(count, -(-ASKED * AT_ONCE // images)), replace=False)
            texts = geometry.texts(topics[some], own[some])
            asked += [(" ".join(words[n][:2]), texts[k], ids[n], vectors[begin + n]) for k, n in enumerate(some)]
    catalog.close()
    text, text_vectors, pictures, picture_vectors = zip(*({each[0]: each for each in asked}.values()), strict=True)
    columns = {"texts": text, "text_vectors": text_vectors, "pictures": pictures, "picture_vectors": picture_vectors}
    np.savez(folder / "questions.npz", **{name: np.array(column) for name, column in columns.items()})


def _words(random: np.random.Generator, count: int) -> list[list[str]]:
    """Eight different content words of each image, the commonest of them in a tenth of all images."""
    rank = np.arange(len(VOCABULARY)) + 10.0
    drawn = random.choice(len(VOCABULARY), (count, 8), p=1 / rank / (1 / rank).sum())
    return [list(dict.fromkeys(VOCABULARY[k] for k in row)) for row in drawn]


@contextmanager
def without_indexes(connection: Connection) -> Iterator[None]:
    """Makes them again at the end, which for many rows takes far less time."""
    kept = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in kept:
        connection.execute(f"DROP INDEX {name}")
    statistics = connection.execute("SELECT tbl, idx, stat FROM sqlite_stat1").fetchall()
    yield
    for _, sql in kept:
        connection.execute(sql)
    connection.execute("DELETE FROM sqlite_stat1")
    connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", statistics)


def _store(connection: Connection, begin: int, ids: list[str], words: list[list[str]], vectors: NDArray[np.float32]) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _INSERTS}
    for n, (image_id, said) in enumerate(zip(ids, words, strict=True), begin + 1):
        at, category = 1_700_000_000_000_000 + n * 60_000_000, CATEGORIES[n % len(CATEGORIES)]
        title, description = " ".join(said[:2]), f"the {said[-1]} with {' '.join(said[:-1])} in a {COMMON[n % len(COMMON)]}"
        tags, filename = " ".join(said[2:4]), f"IMG_{n:07}.jpg"
        shown = [(str(_NAMES[(n + k) % len(_NAMES)]), share) for k, share in enumerate((0.6, 0.3))]
        swatches = "".join(f"{NAMES[name][1:]}{round(share * 10_000):04x}" for name, share in shown)
        rows["images"].append((n, image_id, category, at, at, mark(image_id), image_id[:16], swatches))
        own = {"@ID": image_id, "@HASH": image_id[:16], "@TITLE": title, "@WORDS": description, "@FILE": filename}
        own["@CATEGORY"] = category
        rows["documents"].append((n, reduce(lambda record, change: record.replace(*change), own.items(), _RECORD)))
        rows["words"].append((n, title, description, tags, filename))
        rows["colours"] += [(name, n, share) for name, share in shown]
        rows["vectors"].append((n, SPACE, vectors[n - begin - 1].tobytes()))
    for name, sql in _INSERTS.items():
        connection.executemany(sql, rows[name])


_NAMES = list(NAMES)
_INSERTS = {
    "images": (
        "INSERT INTO images (n, id, version, owner, status, analysis, published, category, sample, deleted, created_at, "
        "updated_at, disagreement, mark, dhash, swatches, changed) "
        "VALUES (?, ?, 1, 'local', 'ready', 'done', 1, ?, 0, 0, ?, ?, 9e999, ?, ?, ?, 1)"
    ),
    "documents": "INSERT INTO documents VALUES (?, ?)",
    "words": "INSERT INTO words (rowid, title, description, tags, caption, filename) VALUES (?, ?, ?, ?, '', ?)",
    "colours": "INSERT INTO colours VALUES (?, ?, ?)",
    "vectors": "INSERT INTO vectors (n, space, kind, written, vector) VALUES (?, ?, 'image', 1, ?)",
}
_RECORD = Image(
    id="@ID",
    version=1,
    owner="local",
    status=Status.READY,
    analysis=AnalysisState.DONE,
    published=True,
    filename="@FILE",
    title="@TITLE",
    description="@WORDS",
    category="@CATEGORY",
    content_type="image/jpeg",
    bytes=100_000,
    width=1200,
    height=800,
    sha256="0" * 64,
    dhash="@HASH",
    palette=tuple(Swatch(hex=NAMES[name], name=name, share=share) for name, share in zip(_NAMES, (0.6, 0.3), strict=False)),
    placeholder="placeholder placeholder ",
    derivatives={name: f"media/@ID/{name}.jpg" for name in ("thumb", "row", "display")},
    key="uploads/@ID",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    updated_at=datetime(2026, 1, 1, tzinfo=UTC),
).model_dump_json()
