"""How fast a search is, and what it finds, beside faiss' flat index in the same run, one thread each.

    ./sightsync bench search [--images 10000] [--questions 60] [--keep FOLDER] [--catalog mongodb://127.0.0.1]

Several sizes may be named: --images 10000 100000 1000000. What is measured is made first (a million takes minutes and 7 GB of
disk); --keep FOLDER makes it once. Each question is asked once, so nothing that was worked out for it before is there. Pictures lie
in clusters, texts beside them in a cone of their own (bench/galleries.py). On a server, a database of its own is filled
and dropped.
"""

from __future__ import annotations

import argparse
import os
import tempfile

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # one thread each; numpy and faiss read it when imported

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, thread_time
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from bench.galleries import SPACE, Gallery, gallery
from sightsync.adapters.questions import unit
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.colours import NAMES
from sightsync.gallery import Listing, list_images
from sightsync.ports import And, Catalog, Equal, WordTerms
from sightsync.query import parse
from sightsync.rankings import WINDOW
from sightsync.search import search
from sightsync.warming import warm

WALL = And((Equal("deleted", False), Equal("status", "ready"), Equal("published", True)))
FUSED, FLAT, SQ8 = "fused, 24 hits", "faiss flat alone", "faiss SQ8 alone"
PAGE = 24
FIRST_PAGE = 60  # as the page asks for it
RECALL_TARGET = 0.99
FUSED_TARGETS = {100_000: 2.0, 1_000_000: 0.6}  # times faiss flat's time


@dataclass(eq=False)
class Timing:
    """Of one thread. Ratios are of the time for which it had a core, so that a busy machine does not decide them."""

    name: str
    milliseconds: list[float] = field(default_factory=list)
    of_core: list[float] = field(default_factory=list)

    def time(self, call: Callable[[], object]) -> None:
        begin, core = perf_counter(), thread_time()
        call()
        self.of_core.append((thread_time() - core) * 1000)
        self.milliseconds.append((perf_counter() - begin) * 1000)

    @property
    def median(self) -> float:
        return float(np.median(self.of_core))

    def __str__(self) -> str:
        p50, p95 = np.percentile(self.milliseconds, (50, 95))
        return f"  {self.name:<40}{p50:9.1f}{p95:9.1f}{self.median:9.1f}"


Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Asked:
    """The questions as the program asks them: words, and directions in the space, (n, 512) of each kind."""

    texts: Sequence[str]
    of_texts: Vectors
    of_pictures: Vectors

    @classmethod
    def of(cls, made: Gallery, count: int) -> Asked:
        """Each beside the mean of its kind, as in section 5 of the design."""
        questions, scale = made.questions, made.vision.calibration
        texts, pictures = questions.text_vectors[:count], questions.picture_vectors[:count]
        return cls(questions.texts[:count], unit(texts - scale.mean_text), unit(pictures - scale.mean_image))


def start(catalog: Catalog, asked: Asked, made: Gallery) -> str:
    """What a server that has just begun does before and with its first search."""
    before, begin = memory_mb(), perf_counter()
    warm(catalog, made.vision)  # type: ignore[arg-type]  # all that a search asks
    seconds, held = perf_counter() - begin, memory_mb() - before
    first, second = Timing("first"), Timing("second")
    for timing, text in zip((first, second), asked.texts[-2:], strict=True):
        timing.time(lambda text=text: fused(catalog, made, text))  # type: ignore[misc]  # mypy does not see the default
    return (
        f"  start {seconds:.2f} s, {held:.0f} MB of memory (files mapped apart); first search {first.milliseconds[0]:.1f} ms, "
        f"second {second.milliseconds[0]:.1f} ms"
    )


def fused(catalog: Catalog, made: Gallery, text: str, category: str | None = None) -> object:
    found = search(parse(text), category, None, None, PAGE, catalog, made.vision)  # type: ignore[arg-type]  # all that a search asks
    if found.mode != "meaning+words":
        raise RuntimeError(f"meaning had no part in it: {found.reason}")
    return found


def first_page(catalog: Catalog) -> object:
    return list_images(Listing(limit=FIRST_PAGE), None, catalog)


def colour(catalog: Catalog, made: Gallery, value: str) -> object:
    return search(parse(f"colour:{value}"), None, None, None, PAGE, catalog, made.vision)  # type: ignore[arg-type]  # as above


def measure(catalog: Catalog, made: Gallery, asked: Asked, others: dict[str, Any]) -> list[Timing]:
    """Takes turns, so that what else the machine does falls on all alike. `others`: indexes of faiss by name.

    What fused takes beside meaning and words is the model's direction, the line, fusing, copies, and the records of the hits.
    """
    wall, meaning, words, both, comics = map(Timing, ("the wall's first page", "meaning", "words", FUSED, "fused, in a category"))
    named, hexed = map(Timing, ("a colour by name, 24 hits", "a colour by hex, 24 hits"))
    theirs, names = {Timing(name): index for name, index in others.items()}, list(NAMES)
    for text, direction in zip(asked.texts, asked.of_texts, strict=True):
        wall.time(lambda: first_page(catalog))
        meaning.time(lambda direction=direction: catalog.nearest(SPACE, direction, WALL, WINDOW))  # type: ignore[misc]  # as above
        both.time(lambda text=text: fused(catalog, made, text))  # type: ignore[misc]  # as above
        comics.time(lambda text=text: fused(catalog, made, text, "comics"))  # type: ignore[misc]  # as above
        name, shade = names[len(named.of_core) % len(names)], f"#{len(hexed.of_core) * 4099 % 2**24:06x}"
        named.time(lambda name=name: colour(catalog, made, name))  # type: ignore[misc]  # as above
        hexed.time(lambda shade=shade: colour(catalog, made, shade))  # type: ignore[misc]  # as above
        for timing, index in theirs.items():
            timing.time(lambda direction=direction, index=index: index.search(direction[None], WINDOW))  # type: ignore[misc]  # as above
    for other in made.questions.texts[-len(asked.texts) :]:  # of other words: those above are remembered by now
        words.time(lambda other=other: catalog.words(WordTerms(tuple(other.split())), WALL, WINDOW))  # type: ignore[misc]  # as above
    return [wall, meaning, words, both, comics, named, hexed, *theirs]


def recall(catalog: Catalog, directions: Vectors, flat: Any) -> float:
    """Of the PAGE that are really nearest, the share that we find too. What is as near as the last of them counts."""
    found = 0
    for direction in directions:
        floor = flat.search(direction[None], PAGE)[0][0][-1]
        near = catalog.nearest(SPACE, direction, WALL, WINDOW)[:PAGE]
        found += sum(hit.cosine >= floor - 2e-6 for hit in near)
    return found / (PAGE * len(directions))


def report(made: Gallery, timings: list[Timing], recalls: Sequence[float]) -> None:
    print(f"  {'milliseconds':<40}{'p50':>9}{'p95':>9}{'core':>9}")
    for timing in timings:
        print(timing)
    taken = {timing.name: timing.median for timing in timings}
    if FLAT in taken:
        ratio = taken[FUSED] / taken[FLAT]
        print(f"  fused takes {ratio:.2f} times what faiss flat takes alone{verdict(ratio, made.images)}")
        kinds = ", ".join(f"{kind} {share:.4f}" for kind, share in zip(("texts", "pictures"), recalls, strict=True))
        print(f"  recall@{PAGE} of questions like {kinds}   target {RECALL_TARGET}: {met(min(recalls) >= RECALL_TARGET)}")


def verdict(ratio: float, images: int) -> str:
    target = FUSED_TARGETS.get(images)
    return f"   target {target}: {met(ratio < target)}" if target else ""


def met(really: bool) -> str:
    return "met" if really else "MISSED"


def memory_mb() -> float:
    """What this process alone holds; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024


def indexes(faiss: ModuleType | None, vectors: Vectors) -> dict[str, Any]:
    """By name; none without faiss."""
    if faiss is None:
        return {}
    flat = faiss.IndexFlatIP(vectors.shape[1])
    coded = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    coded.train(vectors[:: max(1, len(vectors) // 20_000)].copy())
    for index in (flat, coded):
        index.add(vectors)
    return {FLAT: flat, SQ8: coded}


def load_faiss() -> ModuleType | None:
    try:
        import faiss
    except ImportError:
        print("faiss is not installed, so nothing is compared with it: pip install faiss-cpu")
        return None
    faiss.omp_set_num_threads(1)
    return faiss


@contextmanager
def on_server(address: str, made: Gallery) -> Iterator[Catalog]:
    """The same images in a database of its own."""
    from sightsync.adapters.mongo import MongoCatalog

    catalog = MongoCatalog(urlsplit(address)._replace(path=f"/sightsync_bench_{uuid4().hex}").geturl())
    source = SqliteCatalog(made.path)
    with source.connections.reading() as connection:
        ids = [image_id for (image_id,) in connection.execute("SELECT id FROM images ORDER BY n")]
    catalog.put_calibration(made.vision.calibration)
    for image, vector in zip(source.get_many(ids), made.vectors, strict=True):
        catalog.put(image.but(version=0, sha256=None), 0, {SPACE: {"image": vector}})
    source.close()
    yield catalog
    catalog.server.database.client.drop_database(catalog.server.database.name)
    catalog.close()


def run(images: int, folder: Path, options: argparse.Namespace, faiss: ModuleType | None) -> None:
    begin = perf_counter()
    made = gallery(folder / str(images), images)
    print(f"\n{images} images   (made in {perf_counter() - begin:.0f} s)")
    asked = Asked.of(made, options.questions + 2)
    with ExitStack() as opened:
        if options.catalog:
            catalog = opened.enter_context(on_server(options.catalog, made))
        else:
            make_ready(made)
            catalog = SqliteCatalog(made.path)
            opened.callback(catalog.close)
        print(start(catalog, asked, made))
        others = indexes(faiss, made.vectors)
        asked = Asked(asked.texts[:-2], asked.of_texts[:-2], asked.of_pictures[:-2])
        timings = measure(catalog, made, asked, others)
        kinds = (asked.of_texts, asked.of_pictures)
        report(made, timings, [recall(catalog, kind, others[FLAT]) for kind in kinds] if others else ())


def make_ready(made: Gallery) -> None:
    """What happens once in the life of a gallery: above a certain size, its vectors' head is made."""
    catalog, begin = SqliteCatalog(made.path), perf_counter()
    catalog.warm(SPACE)
    catalog.close()
    print(f"  opened for the first time in {perf_counter() - begin:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--images", type=int, nargs="+", default=[10_000])
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where galleries are made, and found the next time")
    parser.add_argument("--catalog", metavar="mongodb://…", help="a server to measure instead of a SQLite file")
    options = parser.parse_args()
    faiss = load_faiss()
    with tempfile.TemporaryDirectory() as temporary:
        for images in options.images:
            run(images, options.keep or Path(temporary), options, faiss)


if __name__ == "__main__":
    main()
