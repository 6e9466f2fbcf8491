"""How fast the gallery answers at 20,000 images on one core, beside faiss's flat index in the same run.

    PYTHONPATH=functions:. python bench/search.py [--images 20000] [--rounds 40] [--catalog mongodb://127.0.0.1]

Needs faiss-cpu for the comparison (pip install faiss-cpu); without it the rest is measured. On a server, a database of its own
is filled, measured and dropped.
"""

from __future__ import annotations

import argparse
import os
import tempfile

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # one thread each; numpy and faiss read it when imported

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, pairwise
from pathlib import Path
from time import perf_counter
from types import ModuleType
from urllib.parse import urlsplit
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from sightsync.adapters.palette import K, PaletteVision, image_vector
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.colours import NAMES
from sightsync.images import AnalysisState, Image, Status, Swatch
from sightsync.ports import And, Catalog, Equal, Sort, WordTerms
from sightsync.query import parse
from sightsync.search import search

PAGE_TARGET_MS, SEARCH_TARGET_MS = 5.0, 30.0
CLIP = "bench@512"  # a space as large as CLIP's, clustered as pictures of the same things are
CLUSTERS = 200
LIMIT = 200  # candidates that a fused search asks for
WALL = And((Equal("deleted", False), Equal("published", True), Equal("status", "ready")))

SUBJECTS, MOODS, COMMON = (
    words.split()
    for words in (
        "boat harbour lighthouse cat dog fox horse forest mountain river bridge market street window door garden flower "
        "tree child sailor robot knight dragon castle train bicycle teapot lamp piano violin",
        "quiet stormy sunny foggy busy empty old broken painted sleeping dancing flying golden wooden paper winter summer night",
        "the a in of with at by and on over",
    )
)
QUERIES = (
    "red boat",
    "quiet harbour at night",
    "bright yellow flower ",
    "dark",
    "wooden bri",
    '"old castle" blue',
    "a vivid green dragon ",
)


@dataclass
class Timing:
    name: str
    target: float | None = None
    milliseconds: list[float] = field(default_factory=list)

    def time(self, call: Callable[[], object]) -> None:
        begin = perf_counter()
        call()
        self.milliseconds.append((perf_counter() - begin) * 1000)

    @property
    def median(self) -> float:
        return float(np.percentile(self.milliseconds, 50))

    def __str__(self) -> str:
        verdict = "" if self.target is None else f"   target {self.target:g}: {'met' if self.median < self.target else 'MISSED'}"
        return f"{self.name:<44}{self.median:8.2f}{np.percentile(self.milliseconds, 95):8.2f}{verdict}"


Call = tuple[Timing, Callable[[], object]]


@dataclass(frozen=True)
class Gallery:
    catalog: Catalog
    palette: NDArray[np.float32]  # (images, 2K + 1)
    clip: NDArray[np.float32]  # (images, 512)


def fill(catalog: Catalog, images: int) -> Gallery:
    random = np.random.default_rng(20)
    centres = random.standard_normal((CLUSTERS, 512))
    palette = np.stack([image_vector(degrees) for degrees in random.beta(0.4, 1.2, (images, K))])
    clip = centres[random.integers(CLUSTERS, size=images)] + 0.7 * random.standard_normal((images, 512))
    clip = (clip / np.linalg.norm(clip, axis=1, keepdims=True)).astype(np.float32)
    for n in range(images):
        catalog.put(_image(n, random), 0, {PaletteVision().health().space or "": {"image": palette[n]}, CLIP: {"image": clip[n]}})
    return Gallery(catalog, palette, clip)


def _image(n: int, random: np.random.Generator) -> Image:
    subjects, moods, common = (random.choice(words, 3) for words in (SUBJECTS, MOODS, COMMON))
    rare = f"{random.choice(SUBJECTS)}{random.integers(2000)}"
    names, shares = random.choice(list(NAMES), 5, replace=False), random.dirichlet((4, 2, 1, 1, 1))
    return Image(
        id=random.bytes(16).hex(),
        owner="local",
        status=Status.READY,
        analysis=AnalysisState.DONE,
        published=True,
        filename=f"IMG_{n:05}.jpg",
        title=f"{moods[0]} {subjects[0]}",
        description=f"{common[0]} {names[0]} {subjects[0]} {common[1]} {common[2]} {moods[1]} {subjects[1]} near {rare}",
        category=str(random.choice(("portraits", "illustrations", "comics", "uncategorised"))),
        tags=(str(subjects[2]), str(moods[2])),
        content_type="image/jpeg",
        bytes=100_000 + n,
        width=1200,
        height=800,
        sha256=random.bytes(32).hex(),
        palette=tuple(Swatch(hex=NAMES[str(c)], name=str(c), share=float(s)) for c, s in zip(names, shares, strict=True)),
        placeholder=random.bytes(20).hex(),
        derivatives={name: f"media/{n}/{random.bytes(8).hex()}/{name}.jpg" for name in ("thumb", "row", "display")},
        key=f"uploads/{n}",
        created_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n),
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def gallery_calls(gallery: Gallery) -> Iterator[Call]:
    catalog, vision = gallery.catalog, PaletteVision()
    queries, rare = cycle(map(parse, QUERIES)), cycle(f"{subject}{n}" for n in range(50) for subject in SUBJECTS)
    colours = cycle(NAMES)
    comics = And((WALL, Equal("category", "comics")))
    yield Timing("first gallery page, 50 images", PAGE_TARGET_MS), lambda: catalog.page(WALL, Sort(), None, 50)
    yield Timing("first page of a category", PAGE_TARGET_MS), lambda: catalog.page(comics, Sort(), None, 50)
    yield Timing("fused search, 50 hits", SEARCH_TARGET_MS), lambda: search(next(queries), None, None, None, 50, catalog, vision)
    yield Timing("words: one of a tenth of the images"), lambda: catalog.words(WordTerms(("harbour",)), WALL, LIMIT)
    yield Timing("words: a rare one"), lambda: catalog.words(WordTerms((next(rare),)), WALL, LIMIT)
    yield Timing("words: the start of one"), lambda: catalog.words(WordTerms(prefix="bri"), WALL, LIMIT)
    yield Timing("colour: one name"), lambda: catalog.coloured([next(colours)], WALL, LIMIT)


def neighbour_calls(gallery: Gallery, space: str, vectors: NDArray[np.float32], faiss: ModuleType | None) -> Iterator[Call]:
    """Pairs (timing, call) of the same question to us and to faiss, for images picked at random."""
    picks = cycle(np.random.default_rng(3).permutation(len(vectors)))
    size = f"{vectors.shape[1]} dimensions"
    catalog = gallery.catalog
    yield Timing(f"nearest, {size}"), lambda: catalog.nearest(space, vectors[next(picks)], WALL, LIMIT)
    if faiss is not None:
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(vectors)
        yield Timing(f"  faiss flat, {size}"), lambda: flat.search(vectors[next(picks)][None], LIMIT)


def agree(gallery: Gallery, vectors: NDArray[np.float32], faiss: ModuleType) -> None:
    """Raises unless faiss finds the same cosines: a comparison of two answers to different questions says nothing."""
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    for query in vectors[:: max(1, len(vectors) // 20)]:
        ours = [hit.cosine for hit in gallery.catalog.nearest(CLIP, query, WALL, LIMIT)]
        np.testing.assert_allclose(ours, flat.search(query[None], LIMIT)[0][0], atol=2e-5)


def at_rest(gallery: Gallery, faiss: ModuleType | None) -> list[Call]:
    space = PaletteVision().health().space or ""
    return [
        *gallery_calls(gallery),
        *neighbour_calls(gallery, space, gallery.palette, faiss),
        *neighbour_calls(gallery, CLIP, gallery.clip, faiss),
    ]


def after_a_write(gallery: Gallery) -> list[Call]:
    """What an import makes of each search: nothing that was worked out before holds any more."""
    catalog, vision, queries = gallery.catalog, PaletteVision(), cycle(map(parse, QUERIES))
    return [
        (
            Timing("fused search just after a write", SEARCH_TARGET_MS),
            lambda: search(next(queries), None, None, None, 50, catalog, vision),
        ),
        (Timing("nearest just after a write, 512 dimensions"), lambda: catalog.nearest(CLIP, gallery.clip[0], WALL, LIMIT)),
    ]


def measure(calls: list[Call], rounds: int, before_each: Callable[[], object] = lambda: None) -> list[Timing]:
    """Takes turns, so that what else the machine does falls on all alike."""
    for _, call in calls:
        call()
    for _ in range(rounds):
        for timing, call in calls:
            before_each()
            timing.time(call)
    return [timing for timing, _ in calls]


def touch(catalog: Catalog) -> None:
    newest = catalog.page(WALL, Sort(), None, 1).images[0]
    catalog.put(newest, newest.version)


def report(timings: list[Timing]) -> None:
    print(f"\n{'milliseconds':<44}{'p50':>8}{'p95':>8}")
    for timing in timings:
        print(timing)
    print()
    for ours, theirs in pairwise(timings):
        if "faiss" in theirs.name:
            print(f"{ours.name}: {ours.median / theirs.median:.2f} times faiss flat's time (filter, ids and ties included)")


def load_faiss() -> ModuleType | None:
    try:
        import faiss
    except ImportError:
        print("faiss is not installed, so nothing is compared with it: pip install faiss-cpu")
        return None
    faiss.omp_set_num_threads(1)
    return faiss


@contextmanager
def opened(address: str | None) -> Iterator[Catalog]:
    """An empty catalog: a file of its own, or a database of its own on the server at this address."""
    with tempfile.TemporaryDirectory() as folder:
        if address is None:
            catalog: Catalog = SqliteCatalog(Path(folder) / "catalog.db")
            yield catalog
        else:
            from sightsync.adapters.mongo import MongoCatalog

            name = f"sightsync_bench_{uuid4().hex}"
            catalog = MongoCatalog(urlsplit(address)._replace(path=f"/{name}").geturl())
            yield catalog
            catalog.server.database.client.drop_database(name)
        catalog.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--catalog", metavar="mongodb://…", help="a server to measure instead of a SQLite file")
    options = parser.parse_args()
    faiss = load_faiss()
    with opened(options.catalog) as catalog:
        begin = perf_counter()
        gallery = fill(catalog, options.images)
        print(f"{options.images} images stored one by one in {perf_counter() - begin:.1f} s")
        begin = perf_counter()
        catalog.nearest(CLIP, gallery.clip[0], WALL, 1)
        print(f"first search in 512 dimensions, which reads all vectors: {(perf_counter() - begin) * 1000:.0f} ms")
        if faiss is not None:
            agree(gallery, gallery.clip, faiss)
        timings = measure(at_rest(gallery, faiss), options.rounds)
        timings += measure(after_a_write(gallery), options.rounds, lambda: touch(catalog))
        for timing in timings if options.catalog else ():
            timing.target = None  # the targets are those of a file on this machine
        report(timings)


if __name__ == "__main__":
    main()
