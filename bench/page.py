"""What the page weighs, and what Lighthouse says of wall and dialog, on a slow phone and on a desktop, with sixty pictures hung.

    ./sightsync bench page [--runs 3] [--only wall|dialog] [--profile phone|desktop]

Needs `npm ci` and a Chromium (CHROME_PATH). The pictures are those of SIGHTSYNC_REAL_IMAGES where that folder is, and drawn ones.
Prints the median of the runs in each category; exits with 1 when one is under 97, the layout shifts by more than 0.02,
or all scripts and styles weigh more than 60 KB.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.wall import publish
from tests.dev_server import DevServer
from tests.pictures import photo

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
PICTURES = 60
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PROFILES = {"phone": (), "desktop": ("--preset=desktop",)}  # Lighthouse's own default is a slow phone
LEAST, HEAVIEST, MOST_SHIFT = 97, 60_000, 0.02
SHIFT = "cumulative-layout-shift"
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "speed-index")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


@dataclass
class Seen:
    """One place in one profile: medians over the runs, the scripts and styles that one load fetched, audits under full score."""

    scores: dict[str, float]
    shift: float
    times: dict[str, float]
    fetched: list[str]
    lacking: list[str]

    @property
    def good(self) -> bool:
        return min(self.scores.values()) >= LEAST and self.shift <= MOST_SHIFT


def bodies() -> Iterator[tuple[str, bytes, str]]:
    """Name, bytes and words of each picture: real ones first."""
    folder = Path(os.environ.get("SIGHTSYNC_REAL_IMAGES", "../shared/images"))
    files = [file for file in sorted(folder.glob("*")) if file.suffix in {".jpg", ".png", ".webp", ".avif", ".heic"}]
    for file in files[:PICTURES]:
        yield file.name, file.read_bytes(), file.stem.replace("_", " ")
    for seed in range(PICTURES - len(files)):
        yield f"scene-{seed}.jpg", photo(seed, 1200 + 40 * (seed % 7), 800 + 60 * (seed % 5)), f"Scene {seed} beside the red sea"


def fill(server: DevServer) -> str:
    """Hangs the pictures; the id of one in the middle of the wall."""
    ids = [server.upload(body, name, description=words, category="illustrations") for name, body, words in bodies()]
    server.settled(ids, match=True)
    publish(server, ids)
    return ids[len(ids) // 2]


def lighthouse(url: str, folder: Path, profile: str) -> dict[str, Any]:
    report = folder / "report.json"
    command = [shutil.which("npx") or "npx", "lighthouse", url, "--quiet", "--output=json", f"--output-path={report}"]
    command += [f"--chrome-flags={FLAGS}", f"--only-categories={','.join(CATEGORIES)}", *PROFILES[profile]]
    if subprocess.run(command, cwd=ROOT, check=False, timeout=300).returncode:  # a busy machine makes Chromium miss its cue
        subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    return dict(json.loads(report.read_text()))


def seen(reports: list[dict[str, Any]]) -> Seen:
    def median(audit: str) -> float:
        return statistics.median(report["audits"][audit]["numericValue"] for report in reports)

    lacking = {
        audit["id"]
        for report in reports
        for audit in report["audits"].values()
        if audit["score"] not in (None, 1) and audit["scoreDisplayMode"] != "informative"
    }
    requests = reports[0]["audits"]["network-requests"]["details"]["items"]
    paths = {urlsplit(item["url"]).path for item in requests}
    return Seen(
        scores={name: statistics.median(100 * report["categories"][name]["score"] for report in reports) for name in CATEGORIES},
        shift=median(SHIFT),
        times={name: median(name) for name in TIMES},
        fetched=sorted(path for path in paths if path.endswith((".js", ".css"))),
        lacking=sorted(lacking),
    )


def tell(place: str, profile: str, what: Seen) -> None:
    print(f"{place}, {profile}:")
    print("  " + ", ".join(f"{name} {score:.0f}" for name, score in what.scores.items()))
    print(f"  layout shift {what.shift:.3f}, " + ", ".join(f"{name} {time:.0f} ms" for name, time in what.times.items()))
    print(f"  below full score: {', '.join(what.lacking) or 'nothing'}", flush=True)


def tell_weights(server: DevServer, places: dict[str, Seen]) -> bool:
    """Prints each file as it travels, their sum beside the limit, and what each place fetched; whether the limit is kept."""
    files = sorted(file for kind in ("*.js", "*.css") for file in FRONTEND.rglob(kind))
    weights = {f"/{file.relative_to(FRONTEND).as_posix()}": 0 for file in files}
    print("scripts and styles, bytes as they travel, stripped and gzipped:")
    for path in weights:
        weights[path] = server.weight(path)
        print(f"  {weights[path]:>6,} {path}")
    print(f"  {sum(weights.values()):>6,} together, of at most {HEAVIEST:,}")
    for place, what in places.items():
        print(f"  {sum(map(server.weight, what.fetched)):>6,} fetched for {place}, in {len(what.fetched)} files")
    return sum(weights.values()) <= HEAVIEST


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("wall", "dialog"))
    parser.add_argument("--profile", choices=tuple(PROFILES))
    return parser.parse_args()


def main() -> int:
    asked = options()
    results: dict[tuple[str, str], Seen] = {}
    with tempfile.TemporaryDirectory() as folder, DevServer(Path(folder) / "data") as server:
        addresses = {"wall": "/", "dialog": f"/?image={fill(server)}"}
        print(f"{PICTURES} pictures, median of {asked.runs}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for place in [asked.only] if asked.only else addresses:
            for profile in [asked.profile] if asked.profile else PROFILES:
                reports = [lighthouse(server.url + addresses[place], Path(folder), profile) for _ in range(asked.runs)]
                results[place, profile] = seen(reports)
                tell(place, profile, results[place, profile])
        light = tell_weights(server, {place: what for (place, _), what in results.items()})
    return 0 if light and all(what.good for what in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
