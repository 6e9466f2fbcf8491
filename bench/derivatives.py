"""Pictures per second of our derivative set beside sharp's: equal sizes and JPEG settings, the same core, taking turns.

    PYTHONPATH=functions:. python -m bench.derivatives [FOLDER] [--rounds N]

Ours is what production calls, decoder().open(): a subprocess and its pipes, four JPEGs (display, row, thumb, model input), and
besides palette, placeholder, perceptual hash and embedded words. sharp makes the same four JPEGs and nothing else, in process,
in three ways: `separate` and `cloned` pipelines as its documentation shows, and the `cascade` that we use. Both: baseline JPEG,
quality 82, 4:2:0, optimised Huffman tables, Lanczos3, no metadata, embedded profiles converted to sRGB. Measured: the best of
N rounds for each picture and way, in wall time, files already in memory. HEIC is left out: sharp's packages cannot read it.
"""

import argparse
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from sightsync.decoder import Decoder
from sightsync.pixels import Pixels

HERE = Path(__file__).resolve().parent
VARIANTS = ("separate", "cloned", "cascade")
OURS = "sightsync"
GOAL = 1.2


@dataclass
class Sharp:
    """A node process that answers one request per line."""

    process: subprocess.Popen[str]
    version: str = ""

    def ask(self, variant: str, file: Path, sizes: Mapping[str, Sequence[int]], keep: str | None = None) -> float:
        """Seconds."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"variant": variant, "file": str(file), "sizes": sizes, "keep": keep}) + "\n")
        self.process.stdin.flush()
        reply = self.hear()
        if "error" in reply:
            raise SystemExit(f"sharp: {file.name}: {reply['error']}")
        return float(reply["ms"]) / 1000

    def hear(self) -> dict:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@contextmanager
def sharp() -> Iterator[Sharp]:
    if not (HERE / "node_modules" / "sharp").is_dir():
        subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    environment = {**os.environ, "VIPS_CONCURRENCY": "1", "UV_THREADPOOL_SIZE": "1"}
    command = ["node", str(HERE / "derivatives.mjs")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        running = Sharp(process)
        versions = running.hear()["versions"]
        running.version = f"sharp {versions['sharp']}, libvips {versions['vips']}"
        yield running
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Times:
    """The best seconds of each way, by picture."""

    best: dict[str, dict[str, float]] = field(default_factory=dict)

    def took(self, way: str, name: str, seconds: float) -> None:
        of_way = self.best.setdefault(way, {})
        of_way[name] = min(seconds, of_way.get(name, math.inf))

    def rate(self, way: str) -> float:
        return len(self.best[way]) / sum(self.best[way].values())

    def typical(self, way: str, beside: str) -> float:
        """Geometric mean of the ratios, in which a small picture weighs as much as a large one."""
        ratios = [math.log(self.best[beside][name] / seconds) for name, seconds in self.best[way].items()]
        return math.exp(sum(ratios) / len(ratios))


def files_of(pixels: Pixels) -> dict[str, bytes]:
    return {**pixels.derivatives, "model_input": pixels.model_input}


def sizes_of(pixels: Pixels) -> dict[str, tuple[int, int]]:
    return {name: Image.open(io.BytesIO(file)).size for name, file in files_of(pixels).items()}


def fidelity(file: Path, derivative: bytes) -> float:
    """PSNR in dB of a derivative to the whole picture resized by Lanczos at full precision of its own pixels."""
    with Image.open(file) as original:
        whole = ImageOps.exif_transpose(original).convert("RGB")
    found = Image.open(io.BytesIO(derivative)).convert("RGB")
    wanted = whole.resize(found.size, Image.Resampling.LANCZOS)
    error = np.mean((np.asarray(found, float) - np.asarray(wanted, float)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def compared(folder: Path, rounds: int) -> tuple[Times, dict[str, list[float]], dict[str, int], str]:
    """Times, fidelities (dB) and bytes of all ways, and what they were beside."""
    files = [f for f in sorted(folder.iterdir()) if f.suffix in (".jpg", ".png", ".webp", ".avif")]
    times, quality, weight = Times(), {OURS: [], "sharp": []}, {OURS: 0, "sharp": 0}
    decoder = Decoder()
    with sharp() as other, tempfile.TemporaryDirectory() as kept:
        for file in files:
            data = file.read_bytes()
            pixels = decoder.open(data)
            sizes = sizes_of(pixels)
            for way in VARIANTS:  # once without the clock, to warm up, and to see that the outputs are equal
                other.ask(way, file, sizes, kept)
                theirs = {name: Path(kept, f"{name}.jpg").read_bytes() for name in sizes}
                assert {n: Image.open(io.BytesIO(f)).size for n, f in theirs.items()} == sizes, (file.name, way)
            for way, made in ((OURS, files_of(pixels)), ("sharp", theirs)):
                quality[way] += [fidelity(file, jpeg) for jpeg in made.values()]
                weight[way] += sum(map(len, made.values()))
            for _ in range(rounds):
                started = time.perf_counter()
                decoder.open(data)
                times.took(OURS, file.name, time.perf_counter() - started)
                for way in VARIANTS:
                    times.took(way, file.name, other.ask(way, file, sizes))
        decoder.close()
        return times, quality, weight, other.version


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SIGHTSYNC_REAL_IMAGES", "../shared/images")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(default), help="real pictures (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the best counts (default %(default)s)")
    asked = parser.parse_args()
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})  # inherited by node and by the decoder
    times, quality, weight, beside = compared(asked.folder, asked.rounds)
    print(f"{len(times.best[OURS])} pictures, one core, best of {asked.rounds}; beside {beside}\n")
    print(f"{'milliseconds':28}" + "".join(f"{way:>11}" for way in (OURS, *VARIANTS)))
    for name in times.best[OURS]:
        print(f"{name:28}" + "".join(f"{times.best[way][name] * 1000:11.1f}" for way in (OURS, *VARIANTS)))
    print(f"{'pictures/s':28}" + "".join(f"{times.rate(way):11.2f}" for way in (OURS, *VARIANTS)))
    for way, made in quality.items():
        print(f"{way}: mean {np.mean(made):.1f} dB, least {min(made):.1f} dB of a full-size Lanczos; {weight[way] / 1000:.0f} kB")
    times.best["fastest"] = {name: min(times.best[way][name] for way in VARIANTS) for name in times.best[OURS]}
    ratio, typical = times.rate(OURS) / times.rate("fastest"), times.typical(OURS, "fastest")
    print(f"\n{ratio:.2f} times sharp at the fastest of its ways for each picture (geometric mean {typical:.2f}); goal {GOAL}")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
