"""How long a warm function takes for `GET /api/images` with 24 items, beside a bare FastAPI+Mangum hello in the same run.

    ./sightsync build && ./sightsync bench overhead [--rounds 9]

Runs where bench/coldstart.py does; the catalog is SQLite, so that only the program is measured and no way to a server. The hello's
function is a plain one, as all of ours are and as FastAPI's own guide begins; that of an `async def` is printed beside it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median

from bench._beside_hello import APP, HELLO, Place, hello, ours, ratio

GOAL = 3.0
ITEMS = 24
COROUTINE = "hello, as async def"

# Runs inside: one fresh process for each round of each, which fills its gallery, warms up and prints the median of its calls.
DRIVER = """
import json, os, subprocess, sys
asked = json.load(sys.stdin)
def once(folder, module, items):
    own = dict(os.environ, PYTHONPATH=folder + ":/var/runtime", PYTHONDONTWRITEBYTECODE="1", AWS_LAMBDA_FUNCTION_NAME="bench")
    ran = subprocess.run([sys.executable, "-c", asked["calls"], module, str(items)], env=own, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return float(ran.stdout.split()[-1])
times = {name: [] for name in asked["modules"]}
for _ in range(asked["rounds"]):
    for name, (package, module, items) in asked["modules"].items():
        times[name].append(once(asked["packages"][package], module, items))
print(json.dumps(times))
"""
CALLS = Path(__file__).with_name("_warm_calls.py").read_text()


def measure(place: Place, package: Path, plain: Path, rounds: int) -> dict[str, list[float]]:
    """Median seconds of a call in each round, by name."""
    modules = {
        HELLO: ("plain", "app", 0),
        COROUTINE: ("plain", "coroutine", 0),
        "GET /api/images": ("ours", "handlers.gallery", ITEMS),
    }
    (plain / "coroutine.py").write_text(APP.replace("\ndef hello", "\nasync def hello"))
    settings = {"modules": modules, "rounds": rounds, "calls": CALLS}
    times: dict[str, list[float]] = place.run(DRIVER, {"ours": package, "plain": plain}, settings)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="of which medians count (default %(default)s)")
    options = parser.parse_args()
    package, place = ours(), Place()
    print(f"in {place.name}, {options.rounds} rounds of 300 calls\n")
    with hello() as plain:
        times = measure(place, package, plain, options.rounds)
    print(f"{'warm, one call':<24}{'ms':>8}{'x hello':>10}")
    for name, seconds in times.items():
        print(f"{name:<24}{median(seconds) * 1000:8.2f}{ratio(seconds, times[HELLO]):10.2f}")
    share = ratio(times["GET /api/images"], times[HELLO])
    print(f"\ntarget {GOAL:g} times the hello: {'met' if share < GOAL else 'MISSED'}")
    return 0 if share < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
