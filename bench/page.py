"""What the page weighs, and what Lighthouse says of it with fifteen pictures on the wall.

    PYTHONPATH=functions:. python bench/page.py [--runs 3] [--desktop]

Needs `npm ci` and a Chromium (CHROME_PATH). The pictures are those of SIGHTSYNC_REAL_IMAGES where that folder is, else drawn ones.
Prints the median of the runs in each category; exits with 1 when one is under 95 or the weight over 60 KB.
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.wall import hang, publish
from tests.dev_server import DevServer

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST, HEAVIEST = 95, 60_000
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


def weigh(names: Iterable[str]) -> int:
    """Bytes of these files of the page, each gzipped by itself as it travels."""
    return sum(len(gzip.compress((FRONTEND / name).read_bytes(), 6)) for name in names)


def fetched(report: dict[str, Any]) -> list[str]:
    """The scripts and styles that a load of the page fetched."""
    paths = {urlsplit(item["url"]).path.strip("/") for item in report["audits"]["network-requests"]["details"]["items"]}
    return sorted(path for path in paths if path.endswith((".js", ".css")))


def fill(server: DevServer) -> int:
    """How many pictures hang now."""
    folder = Path(os.environ.get("SIGHTSYNC_REAL_IMAGES", "../shared/images"))
    files = [file for file in sorted(folder.glob("*")) if file.suffix in {".jpg", ".png", ".webp", ".avif", ".heic"}]
    if not files:
        return len(hang(server))
    ids = [server.upload(file.read_bytes(), file.name, description=file.stem.replace("_", " ")) for file in files]
    server.settled(ids, match=True)
    publish(server, ids)
    return len(ids)


def lighthouse(url: str, folder: Path, desktop: bool) -> dict[str, Any]:
    report = folder / "report.json"
    command = [
        shutil.which("npx") or "npx",
        "lighthouse",
        url,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--chrome-flags={FLAGS}",
    ]
    command += [f"--only-categories={','.join(CATEGORIES)}", *(["--preset=desktop"] if desktop else [])]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    return dict(json.loads(report.read_text()))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--desktop", action="store_true", help="Lighthouse's desktop settings; its default is a slow phone")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, DevServer(Path(folder) / "data") as server:
        count = fill(server)
        reports = [lighthouse(server.url, Path(folder), asked.desktop) for _ in range(asked.runs)]
    kind = "desktop" if asked.desktop else "phone"
    print(f"Lighthouse {reports[0]['lighthouseVersion']}, {kind}, {count} pictures, median of {asked.runs}:")
    loaded = fetched(reports[0])
    print(f"  scripts and styles fetched: {weigh(loaded):,} bytes gzipped in {len(loaded)} files (at most {HEAVIEST:,})")
    everything = [str(file.relative_to(FRONTEND)) for kind in ("*.js", "*.css") for file in FRONTEND.rglob(kind)]
    print(f"  all there are, with what is fetched only when wanted: {weigh(everything):,} in {len(everything)} files")
    scores = {name: statistics.median(100 * report["categories"][name]["score"] for report in reports) for name in CATEGORIES}
    for name, score in scores.items():
        print(f"  {name:16} {score:.0f}")
    for audit in (
        "first-contentful-paint",
        "largest-contentful-paint",
        "total-blocking-time",
        "cumulative-layout-shift",
        "speed-index",
    ):
        print(f"  {audit:26} {statistics.median(report['audits'][audit]['numericValue'] for report in reports):.3g}")
    lacking = {
        a["id"]
        for report in reports
        for a in report["audits"].values()
        if a["score"] not in (None, 1) and a["scoreDisplayMode"] != "informative"
    }
    print("  below full score: " + (", ".join(sorted(lacking)) or "nothing"))
    return 0 if min(scores.values()) >= LEAST and weigh(loaded) <= HEAVIEST else 1


if __name__ == "__main__":
    sys.exit(main())
