"""How long each function takes from import to ready, beside a bare FastAPI+Mangum hello from plain `sam build` in the same run.

    ./sightsync build && ./sightsync bench coldstart [--rounds 15]

Runs in the container that `sam local` uses, packages read-only as on Lambda, a fresh interpreter for every import, all of them in
turn. Compared is the processor's time, which other programs on the machine change least. A plain build has no bytecode; the line
"hello, with bytecode" says how much of the difference is that alone.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench._beside_hello import HELLO, Place, hello, ours, ratio
from local.building import compile_all

GOAL = 0.6
MOST_MB = 170
API = ("uploads", "gallery", "captions", "scores", "search")
OTHERS = ("analysis", "upkeep")
COMPILED = "hello, with bytecode"
TELLING = "logs and metrics alone"  # Powertools, which every function loads

# Runs inside: starts an interpreter for each import, one round after the other, and prints the seconds of each by name.
DRIVER = '''
import json, os, subprocess, sys
asked = json.load(sys.stdin)
IMPORT = """
import importlib, sys, time
try:
    import awslambdaric.bootstrap  # what Lambda has loaded by then
except ImportError:
    pass
started, worked = time.perf_counter(), time.process_time()
importlib.import_module(sys.argv[1])
print(time.perf_counter() - started, time.process_time() - worked)
"""
def once(folder, module):
    own = dict(os.environ, PYTHONPATH=folder + ":/var/runtime", PYTHONDONTWRITEBYTECODE="1", AWS_LAMBDA_FUNCTION_NAME="bench")
    ran = subprocess.run([sys.executable, "-c", IMPORT, module], env=own, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return [float(seconds) for seconds in ran.stdout.split()[-2:]]
times = {name: [] for name in asked["modules"]}
for turn in range(asked["rounds"] + 1):
    for name, (package, module) in asked["modules"].items():
        took = once(asked["packages"][package], module)
        if turn:  # the first round reads from the disk
            times[name].append(took)
print(json.dumps(times))
'''


Times = Mapping[str, Sequence[tuple[float, float]]]  # by name, of each round: seconds by the clock, and of the processor


def measure(place: Place, package: Path, plain: Path, rounds: int) -> Times:
    modules = {HELLO: ("plain", "app"), COMPILED: ("compiled", "app")}
    modules |= {name: ("ours", f"handlers.{name}") for name in (*API, *OTHERS)}
    modules[TELLING] = ("ours", "sightsync.adapters.powertools")
    with tempfile.TemporaryDirectory() as name:
        compiled = Path(name) / "hello"
        shutil.copytree(plain, compiled)
        compile_all(compiled)
        packages = {"ours": package, "plain": plain, "compiled": compiled}
        times: Times = place.run(DRIVER, packages, {"modules": modules, "rounds": rounds})
    return times


def report(times: Times) -> bool:
    """Whether every function of the API met the goal."""
    print(f"{'import to ready':<24}{'ms':>8}{'CPU ms':>8}{'x hello':>10}")
    hellos = [cpu for _, cpu in times[HELLO]]
    met = True
    for name, rounds in times.items():
        share = ratio([cpu for _, cpu in rounds], hellos)
        verdict = ""
        if name in API:
            met = met and share <= GOAL
            verdict = f"   target {GOAL:g}: {'met' if share <= GOAL else 'MISSED'}"
        clock, cpu = (median(times) * 1000 for times in zip(*rounds, strict=True))
        print(f"{name:<24}{clock:8.0f}{cpu:8.0f}{share:10.2f}{verdict}")
    return met


def megabytes(package: Path) -> float:
    return sum(path.stat().st_size for path in package.rglob("*") if path.is_file()) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="of which medians count (default %(default)s)")
    options = parser.parse_args()
    package, place = ours(), Place()
    print(f"in {place.name}, {options.rounds} rounds\n")
    with hello() as plain:
        met = report(measure(place, package, plain, options.rounds))
    size = megabytes(package)
    print(f"\npackage, unzipped: {size:.0f} MB   target {MOST_MB}: {'met' if size < MOST_MB else 'MISSED'}")
    return 0 if met and size < MOST_MB else 1


if __name__ == "__main__":
    sys.exit(main())
