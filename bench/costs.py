"""What a gallery on AWS costs, with the arithmetic: at idle, and with a thousand, a hundred thousand and a million pictures.

    ./sightsync bench costs [--images N …] [--visits N] [--original-kb N] [--model palette|t4] [--no-free-tier] [--write]

Nothing is measured and nobody is asked: prices and habits stand in the tables below, and every line says how it was reckoned.
docs/costs.md holds what this prints; tests/test_costs.py holds the two together.
"""

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE, DOCS = ROOT / "template.yaml", ROOT / "docs" / "costs.md"
FENCE = "```text\n"
PRICES_ARE_OF = "us-east-1, in US dollars without tax, as its writers knew them in 2026: look them up before you rely on a sum"


@dataclass(frozen=True)
class Price:
    """`per` units cost `dollars`; `free` units a month are everybody's for good, new account or old."""

    dollars: float
    per: float = 1
    free: float = 0


# One home for every price: what AWS, MongoDB and Hugging Face publish on their pricing pages.
PRICES = {
    "S3 storage, GB-month": Price(0.023),
    "S3 Intelligent-Tiering, infrequent, GB-month": Price(0.0125),  # after 30 days without a read; 0.004 after 90
    "S3 Intelligent-Tiering, watched objects": Price(0.0025, per=1000),
    "S3 moves between classes": Price(0.01, per=1000),
    "S3 PUT, POST, LIST": Price(0.005, per=1000),
    "S3 GET, HEAD": Price(0.0004, per=1000),
    "SQS requests": Price(0.40, per=1e6, free=1e6),
    "Lambda GB-seconds": Price(0.0000166667, free=400_000),
    "Lambda requests": Price(0.20, per=1e6, free=1e6),
    "HTTP API requests": Price(1.00, per=1e6),
    "CloudFront GB out": Price(0.085, free=1000),  # North America and Europe
    "CloudFront requests": Price(0.01, per=10_000, free=10e6),
    "Data out to the internet, GB": Price(0.09, free=100),
    "CloudWatch alarms": Price(0.10, free=10),
    "CloudWatch custom metrics": Price(0.30, free=10),  # by the hour in which one has a value
    "CloudWatch Logs, GB": Price(0.50, free=5),
    "X-Ray traces": Price(5.00, per=1e6, free=100_000),
    "Atlas M0 (512 MB)": Price(0.0),
    "Atlas Flex (5 GB)": Price(8.00),  # up to 100 operations a second; 30.00 at most
    "Atlas M30 (8 GB of memory), hours": Price(0.54),
    "Endpoint with an Nvidia T4, hours": Price(0.50),
}


NOT_RECKONED = (
    "decrypting parameters (20,000 a month are free), Cognito (10,000 active people are free), reading and keeping logs,",
    "invalidations (1,000 paths a month are free; a deleted picture is three), builds in SAM's bucket;",
    "and what is off unless you switch it on: SnapStart, a web ACL, a domain name",
)

# What a picture and a visit are taken to be. Where a bench measures it on your machine, it is named.
RECORD_KB = 10  # of MongoDB: a record with its words, and three vectors of 512 dimensions
DERIVATIVES_KB = 260  # the three copies together: ./sightsync bench derivatives
S3_WRITES, S3_READS = 5, 6  # original, words, three copies; ./sightsync bench bulk prints their sum
SENT_KB = 160  # JPEG of at most 768 pixels in base64, to the model
SQS_REQUESTS = 3  # sent, received, deleted; receives come in tens, so this is too much
ANALYSIS_S, ANALYSIS_GB = 2.0, 3008 / 1024  # a picture's share of a batch
MODEL_RATE = 8  # pictures a second that a T4 reads: ./sightsync bench inference
MODEL_CALLS_H = 20  # hours a month that an endpoint is awake because its owner searches and adds
VISIT = {"api": 8, "files": 25, "thumbs": 80, "large": 3}  # requests
THUMB_KB, LARGE_KB, PAGE_KB, API_KB = 30, 200, 60, 10
API_S, API_GB = 0.2, 1.0
LOG_KB = 1.5  # of one request or picture, gateway and function together
HOURS = 730
UPKEEP_S = 5.0
IDLE_POLLS = 5 * 3600 / 20 * HOURS
METRICS = 25  # of those in sightsync/adapters/powertools.py with their dimensions, in an hour in which somebody comes
SIZES = (1_000, 100_000, 1_000_000)
VISITS = {0: 0, 1_000: 1_000, 100_000: 20_000, 1_000_000: 200_000}  # a month


@dataclass(frozen=True)
class Line:
    """So much of something that has a price."""

    price: str
    units: float
    how: str


@dataclass(frozen=True)
class Habits:
    original_kb: float = 3000
    visits: float | None = None  # None: VISITS
    model: bool = True


def alarms() -> int:
    return len(re.findall(r"^    Type: AWS::CloudWatch::Alarm$", TEMPLATE.read_text(), re.MULTILINE))


def taking_in(images: int, habits: Habits) -> Iterator[Line]:
    """Once, for all pictures together, in one month."""
    yield Line("S3 PUT, POST, LIST", images * S3_WRITES, f"{S3_WRITES} a picture")
    yield Line("S3 GET, HEAD", images * S3_READS, f"{S3_READS} a picture")
    yield Line("S3 moves between classes", images, "each original, after a day")
    yield Line("SQS requests", images * SQS_REQUESTS, f"{SQS_REQUESTS} a picture")
    yield Line("Lambda GB-seconds", images * ANALYSIS_S * ANALYSIS_GB, f"{ANALYSIS_S:g} s of {ANALYSIS_GB:.2f} GB a picture")
    yield Line("CloudWatch Logs, GB", images * LOG_KB / 1e6, f"{LOG_KB:g} KB a picture")
    yield Line("X-Ray traces", images / 10 * 0.05, "one batch of ten in twenty")
    if habits.model:
        hours = images / MODEL_RATE / 3600
        yield Line("Data out to the internet, GB", images * SENT_KB / 1e6, f"{SENT_KB} KB a picture to the model")
        yield Line("Endpoint with an Nvidia T4, hours", hours, f"{MODEL_RATE} pictures a second")


def keeping(images: int, habits: Habits) -> Iterator[Line]:
    """Each month, whether anybody comes or not."""
    yield Line("CloudWatch alarms", alarms(), "as many as the template has")
    yield Line("Lambda GB-seconds", HOURS * UPKEEP_S, f"upkeep each hour, {UPKEEP_S:g} s of 1 GB")
    yield Line("SQS requests", IDLE_POLLS, "Lambda asks the empty queue: five long polls of 20 s")
    if images:
        yield Line(
            "S3 Intelligent-Tiering, infrequent, GB-month",
            images * habits.original_kb / 1e6,
            f"originals of {habits.original_kb:g} KB",
        )
        yield Line("S3 Intelligent-Tiering, watched objects", images, "originals")
        yield Line("S3 storage, GB-month", images * DERIVATIVES_KB / 1e6, f"copies, {DERIVATIVES_KB} KB a picture")
    yield _atlas(images)


def _atlas(images: int) -> Line:
    """The smallest cluster that holds the records, and for a million the vectors' index in memory."""
    megabytes = images * RECORD_KB / 1000
    says = f"{megabytes:,.0f} MB of records"
    if megabytes < 400:  # of 512: indexes need the rest
        return Line("Atlas M0 (512 MB)", 1, says)
    if megabytes < 4000:
        return Line("Atlas Flex (5 GB)", 1, says)
    return Line("Atlas M30 (8 GB of memory), hours", HOURS, f"{says}, {images * 512 * 4 / 1e9:.1f} GB of vectors to be searched")


def visiting(images: int, habits: Habits) -> Iterator[Line]:
    """Each month, for those who come."""
    visits = VISITS.get(images, images / 5) if habits.visits is None else habits.visits
    if not visits:
        return
    api = visits * VISIT["api"]
    kilobytes = VISIT["thumbs"] * THUMB_KB + VISIT["large"] * LARGE_KB + PAGE_KB + VISIT["api"] * API_KB
    yield Line("CloudFront GB out", visits * kilobytes / 1e6, f"{visits:,.0f} visits of {kilobytes / 1000:.1f} MB")
    yield Line("CloudFront requests", visits * sum(VISIT.values()), f"{sum(VISIT.values())} a visit")
    yield Line("HTTP API requests", api, f"{VISIT['api']} a visit")
    yield Line("Lambda requests", api, "one for each of these")
    yield Line("Lambda GB-seconds", api * API_S * API_GB, f"{API_S:g} s of {API_GB:g} GB each")
    yield Line("CloudWatch Logs, GB", api * LOG_KB / 1e6, f"{LOG_KB:g} KB each")
    share = 1 - exp(-visits / HOURS)
    yield Line("CloudWatch custom metrics", METRICS * share, f"{METRICS} in each hour with a visit: {share:.0%} of them")
    yield Line("X-Ray traces", api * 0.05, "one in twenty")
    if habits.model:
        yield Line("Endpoint with an Nvidia T4, hours", MODEL_CALLS_H, "awake for its owner's searches and additions")


Reckoned = list[tuple[Line, float]]
ONCE, IDLE, COMING = "taken in, once", "kept, each month", "visited, each month"


def reckoned(lines: Iterable[Line], left: dict[str, float]) -> Reckoned:
    """Each line with its dollars. `left` is what is still free this month, by price; it is used up."""
    found: Reckoned = []
    for line in lines:
        price, free = PRICES[line.price], min(left.get(line.price, 0.0), line.units)
        left[line.price] = left.get(line.price, 0.0) - free
        found.append((line, (line.units - free) / price.per * price.dollars))
    return found


def bill(images: int, habits: Habits, free_tier: bool) -> dict[str, Reckoned]:
    """Taking in has a month of its own; keeping and visits share what is free in each."""
    free = {name: price.free for name, price in PRICES.items()} if free_tier else {}
    month = dict(free)
    return {
        ONCE: reckoned(taking_in(images, habits) if images else (), dict(free)),
        IDLE: reckoned(keeping(images, habits), month),
        COMING: reckoned(visiting(images, habits), month),
    }


def report(sizes: Sequence[int], habits: Habits, free_tier: bool) -> Iterator[str]:
    """All sums first, then every line that they are made of."""
    yield f"Prices of {PRICES_ARE_OF}; {'less what is free for everybody each month' if free_tier else 'nothing taken as free'}."
    bills = {images: bill(images, habits, free_tier) for images in sizes}
    yield ""
    yield f"{'pictures':<14}" + "".join(f"{part:>22}" for part in (ONCE, IDLE, COMING))
    for images, parts in bills.items():
        yield f"{images:<14,}" + "".join(f"{_sum(lines):>22,.2f}" for lines in parts.values())
    for images, parts in bills.items():
        yield from ("", f"{images:,} pictures" if images else "Nothing in it, and nobody comes")
        for part, lines in parts.items():
            yield from (f"  {line.price:<46}{_number(line.units):>12}{dollars:>10.2f}   {line.how}" for line, dollars in lines)
            if lines:
                yield f"  {part:<58}{_sum(lines):>10.2f}"
    yield from ("", f"{'Prices':<48}{'dollars':>12}{'for':>12}{'free a month':>16}")
    yield from (f"  {name:<46}{p.dollars:>12.8g}{_number(p.per):>12}{_number(p.free):>16}" for name, p in PRICES.items())
    yield from ("", "Not reckoned:", *NOT_RECKONED)


def _sum(lines: Reckoned) -> float:
    return sum(dollars for _, dollars in lines)


def _number(units: float) -> str:
    return f"{units:,.0f}" if units >= 100 or units == int(units) else f"{units:,.1f}"


def documented(page: str) -> str:
    """The page of the docs with what is printed by default in its one block."""
    before, _, rest = page.partition(FENCE)
    return f"{before}{FENCE}" + "\n".join(report((0, *SIZES), Habits(), free_tier=True)) + "\n```" + rest.partition("\n```")[2]


def main() -> None:
    options = argparse.ArgumentParser(prog="./sightsync bench costs", description="What a gallery on AWS costs, line by line.")
    options.add_argument("--images", type=int, nargs="+", default=[0, *SIZES], help="sizes to reckon (default: 0 and three more)")
    options.add_argument("--visits", type=float, help="visits a month (default: one for every five pictures, about)")
    options.add_argument("--original-kb", type=float, default=Habits.original_kb, help="size of an original (default: 3000)")
    options.add_argument("--model", choices=("palette", "t4"), default="t4", help="what reads pictures (default: t4)")
    options.add_argument("--no-free-tier", action="store_true", help="as if something else had used it up")
    options.add_argument("--write", action="store_true", help="put what is printed by default into docs/costs.md")
    asked = options.parse_args()
    if asked.write:
        DOCS.write_text(documented(DOCS.read_text()))
    habits = Habits(asked.original_kb, asked.visits, asked.model == "t4")
    print("\n".join(report(asked.images, habits, not asked.no_free_tier)))


if __name__ == "__main__":
    main()
