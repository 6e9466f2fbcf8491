"""A synthetic stand-in for the space of a CLIP-like model, for what can be said of the match without any weights.

How a space is made, everything from one seed:

- **Meanings** lie in a tree: DOMAINS directions (street, sea, comics …), TOPICS in each, and for every scene something of its own.
  A scene's meaning is domain + topic + own part. The directions are drawn from a Gaussian whose spectrum falls off as a power of
  the rank, so that a few dimensions carry most, as in real embeddings; they are not orthogonal.
- **Cones and gap** (Liang et al. 2022): pictures sit round one mean direction and texts round another; a vector is its side's mean,
  `gap` times as long as the meaning, plus the meaning as that side saw it, plus noise; then it is normalised to 1.
- **Hub pictures** (Radovanović et al. 2010): a tenth of the pictures lean towards the mean of all texts by a random, large amount,
  so that their cosine with any text is high; all others by a small one.
- **Texts that fit everything**: each text leans towards the mean of the pictures by its own random amount; short ones say less
  of the meaning. **Empty texts** ("a picture") have no meaning at all, lean far, and have a direction in common.
- **What is seen**: both sides see domain and topic with errors of their own, and the text may leave the scene's own part out.
- **Reference pictures are drawn**: all of them share a direction (their look) that no picture of the gallery has, and there are
  32 of them; background texts are 128, of which half are short. Neither shares scenes with the pairs that are tested.

Pairs: a picture with the text of its own scene, and *hard* wrong ones: the text of another scene of the same domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sightsync import scoring
from sightsync.ports import Calibration

DOMAINS, TOPICS = 12, 14

Rows = Any  # (n, dim) float array


@dataclass(frozen=True)
class Geometry:
    """One model. `gap`: length of a cone's mean beside a meaning's; `lean`: of hubs and of texts that fit everything."""

    seed: int
    dim: int = 256
    gap: float = 2.0
    lean: float = 0.5
    noise: float = 0.6
    decay: float = 0.5  # of the spectrum
    look: float = 0.5  # that the reference pictures share

    @cached_property
    def rng(self) -> Any:
        return np.random.default_rng(self.seed)

    def __post_init__(self) -> None:
        spectrum = np.arange(1, self.dim + 1) ** -self.decay
        turn = np.linalg.qr(self.rng.normal(size=(self.dim, self.dim)))[0]
        object.__setattr__(self, "_shape", (spectrum / np.linalg.norm(spectrum))[:, None] * turn)
        names = {"domain": DOMAINS, "topic": DOMAINS * TOPICS, "mean": 2, "empty": 1, "drawn": 1}
        object.__setattr__(self, "_fixed", {name: self._meanings(count) for name, count in names.items()})

    def _meanings(self, count: int) -> Rows:
        """Directions of this space's spectrum, of length 1."""
        return _unit(self.rng.normal(size=(count, self.dim)) @ self._shape)  # type: ignore[attr-defined]  # set above

    def _of(self, name: str) -> Rows:
        return self._fixed[name]  # type: ignore[attr-defined]  # set above

    def scenes(self, count: int) -> tuple[Rows, Rows]:
        """Topics (count,) and what is each scene's own (count, dim)."""
        return self.rng.integers(0, DOMAINS * TOPICS, count), self._meanings(count)

    def pictures(self, topics: Rows, own: Rows, drawn: bool = False) -> Rows:
        hubs = np.where(self.rng.random(len(topics)) < 0.1, 1.0, 0.2) * np.abs(self.rng.normal(size=len(topics)))
        meaning = 0.7 * self._of("domain")[topics // TOPICS] + self._of("topic")[topics] + 0.6 * own
        leaning = self.lean * hubs[:, None] * self._of("mean")[1] + (self.look if drawn else 0.0) * self._of("drawn")[0]
        return self._seen(self._of("mean")[0], meaning + leaning)

    def texts(self, topics: Rows, own: Rows, short: bool = False) -> Rows:
        share = np.where(self.rng.random(len(topics)) < 0.5, 0.6, 0.0)[:, None]  # half of them tell what is the scene's own
        said = (0.55 if short else 1.0) * (0.7 * self._of("domain")[topics // TOPICS] + self._of("topic")[topics] + share * own)
        leaning = self.lean * self.rng.normal(size=len(topics))[:, None] * self._of("mean")[0]
        return self._seen(self._of("mean")[1], said + leaning)

    def empty_texts(self, count: int = 8) -> Rows:
        fits_all = 1.5 * self.lean * self._of("mean")[0] + 0.8 * self._of("empty")[0]
        return self._seen(self._of("mean")[1], np.repeat(fits_all[None], count, axis=0))

    def _seen(self, mean: Rows, content: Rows) -> Rows:
        return _unit(self.gap * mean + content + self.noise * self._meanings(len(content))).astype(np.float32)

    # --- what is measured

    def calibration(self) -> Calibration:
        texts = np.concatenate([self.texts(*self.scenes(64), short=True), self.texts(*self.scenes(64))])
        return scoring.calibrate(
            f"synthetic@{self.seed}", "1", texts, self.pictures(*self.scenes(32), drawn=True), self.empty_texts()
        )

    def pairs(self, count: int) -> tuple[Rows, Rows, Rows]:
        """Pictures, the texts of their scenes, and hard wrong texts: another scene of the same domain, never the same topic."""
        topics, own = self.scenes(count)
        pictures, texts = self.pictures(topics, own), self.texts(topics, own)
        wrong = [self.rng.permutation(np.flatnonzero((topics // TOPICS == t // TOPICS) & (topics != t)))[:1] for t in topics]
        return pictures, texts, texts[np.concatenate(wrong)]


def values(pictures: Rows, texts: Rows, calibration: Calibration) -> tuple[Rows, Rows]:
    """z and raw cosine of each picture with the text in its row."""
    z = [scoring.z(x, y, "it", calibration) for x, y in zip(pictures, texts, strict=True)]
    return np.array(z), np.einsum("ij,ij->i", pictures, texts)


def _unit(rows: Rows) -> Rows:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)
