"""The line "less likely": where in a list by meaning chance begins, judged by how all other images lie.

A query's cosines of a whole gallery are mostly chance, and their middle and lower half are nothing else. So they tell what
chance is for this query; what lies above is likely where few of as many would be there by chance. See docs/decisions/the-line.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sightsync.ports import Survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

BY_CHANCE = 0.2  # of the images above the line, at most so many
FEWEST = 64  # images; among fewer the match alone tells
LOW, HIGH = 16, 97.7  # per cent: one standard deviation below the middle, and two above it
WIDEST = 1.4  # times as wide as the lower half, the upper is at most by chance
SAME = 2e-6  # cosines that differ by less are the same, added in another order
SIGMAS, STEPS = 38.0, 3800  # of the table of the normal distribution; beyond, it is 0 in double precision


@dataclass(frozen=True)
class Line:
    """`zq` = (cosine - median) / spread tells how far above the others an image lies. `floor`: the least cosine above the line."""

    median: float = 0.0
    spread: float = 0.0
    floor: float = math.inf

    def zq(self, cosine: float) -> float:
        return (cosine - self.median) / self.spread if self.spread > 0 else 0.0

    def above(self, cosine: float) -> bool:
        return cosine >= self.floor - SAME


def draw(survey: Survey) -> Line:
    """rank <= max{r : N (1 - Φ(zq_r)) / r <= 0.2}, which is Benjamini and Hochberg 1995; N after filters."""
    import numpy as np

    if not len(survey.cosines):
        return Line()
    every = np.asarray(survey.cosines, np.float64)
    median, spread, widened = _chance(every)
    if survey.count < FEWEST:
        return Line(median, spread, -math.inf)
    if spread < SAME:
        return Line(median)
    cosines, ranks = _ranked(every, survey)
    return Line(median, spread, _floor((cosines - median) / widened, ranks, survey.count) * widened + median)


def _chance(every: Numbers) -> tuple[float, float, float]:
    """Median, spread, and how wide what lies above the median by chance is: Efron 2004, "the choice of a null hypothesis".

    Pictures come in topics, and some topic lies towards any nonsense: then the upper half is a little wider than the lower, by
    chance. Where it is much wider, it holds what was looked for, and the lower half tells alone; between them, part of each.
    """
    import numpy as np

    low, median, high = (float(value) for value in np.percentile(every, [LOW, 50, HIGH]))
    below = median - low
    if below < SAME:  # a third of them are the same, as where hardly a picture has any of a colour
        spread = float(every.std())
        return median, spread, spread
    wider = (high - median) / 2 / below
    return median, below, below * max(1.0, min(wider, 2 * WIDEST - wider))


def _ranked(every: Numbers, survey: Survey) -> tuple[Numbers, Numbers]:
    """Cosines, best first, and their ranks. Of a sample each stands for as many as were left out beside it, behind the best."""
    import numpy as np

    ranked = np.sort(every)[::-1]
    ranks = np.arange(1, len(ranked) + 1) * survey.count / len(ranked)
    if len(every) == survey.count:
        return ranked, ranks
    best = np.array([near.cosine for near in survey.near])
    behind = (ranks > len(best)) & (ranked < best.min(initial=math.inf))
    return np.concatenate([best, ranked[behind]]), np.concatenate([np.arange(1, len(best) + 1), ranks[behind]])


def _floor(zq: Numbers, ranks: Numbers, count: int) -> float:
    """The least zq above the line, infinite where nothing is."""
    import numpy as np

    able = zq > chance_above(BY_CHANCE)  # below it no rank will do, as none is above N
    holds = count * chance(zq[able]) <= BY_CHANCE * ranks[able]
    return float(zq[able][np.flatnonzero(holds)[-1]]) if holds.any() else math.inf


def chance(zq: Numbers | Sequence[float]) -> Numbers:
    """1 - Φ(zq), to four digits, for zq >= 0."""
    import numpy as np

    at, logarithms = _table()
    return np.exp(np.interp(zq, at, logarithms))


def chance_above(share: float) -> float:
    """The zq above which so large a share lies by chance."""
    import numpy as np

    at, logarithms = _table()
    return float(np.interp(-math.log(share), -logarithms, at))


@cache
def _table() -> tuple[Numbers, Numbers]:
    """zq, and the logarithm of 1 - Φ there: nearly straight between two neighbours."""
    import numpy as np

    at = np.linspace(0, SIGMAS, STEPS + 1)
    return at, np.array([math.log(max(math.erfc(z / math.sqrt(2)) / 2, 5e-324)) for z in at])
