"""How well the match tells right words from wrong ones on labelled pairs, and the scale of the model at work fitted to them.

    ./sightsync bench calibrate pairs.csv [--write]

The CSV has a heading `picture,text,matches`: a path (from the CSV's own folder), words, and 1 or 0. A hundred pairs that match are
a start. Beside the wrong pairs that it names, each picture is given the wrong text that is hardest: of the texts of other
pictures, the nearest in meaning that does not mean the same. a and b are those of a logistic regression of "matches" on z, both
sides weighing the same; c separates the empty texts ("a picture"), each measured against the other seven, from the CSV's own.
`--write` keeps them for this gallery and puts every match on them. The model is that of SIGHTSYNC_VISION.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sightsync import scoring
from sightsync.calibrating import EMPTY_TEXTS, PICTURES_AT_ONCE, TEXTS_AT_ONCE, Calibrator
from sightsync.decoder import decoder
from sightsync.ports import Calibration, Picture, Vision, VisionError
from sightsync.rescaling import sweep
from sightsync.services import services

FEWEST = 20  # pairs of either kind; with fewer the fit follows single pictures
CALL_S = 300.0
RIDGE = 1e-3  # keeps a finite where nothing overlaps
STEEPEST = 6.0  # of a: steeper than that no number of labels justifies

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    picture: str
    text: str
    matches: bool


@dataclass(frozen=True)
class Measured:
    """Values of pairs that match and of pairs that do not, the larger the better."""

    right: Floats
    wrong: Floats

    @property
    def auc(self) -> float:
        """Share of (right, wrong) in which the right one is larger; ties count half. Hanley and McNeil 1982."""
        greater = np.searchsorted(np.sort(self.wrong), self.right, "left").sum()
        not_less = np.searchsorted(np.sort(self.wrong), self.right, "right").sum()
        return float(greater + not_less) / (2 * len(self.right) * len(self.wrong))

    def balanced(self, threshold: float) -> float:
        """Mean of the shares of right pairs at or above, and of wrong pairs below."""
        return float((self.right >= threshold).mean() + (self.wrong < threshold).mean()) / 2

    def best_threshold(self) -> float:
        """Half way between the two values between which the balanced accuracy is greatest."""
        values = np.unique(np.concatenate([self.right, self.wrong]))
        middles = (values[1:] + values[:-1]) / 2 if len(values) > 1 else values
        return float(middles[np.argmax([self.balanced(m) for m in middles])])


def fit(measured: Measured) -> tuple[float, float]:
    """(a, b) of score = 100 / (1 + exp(-a (z - b))) by iteratively reweighted least squares, each side weighing one half."""
    z = np.concatenate([measured.right, measured.wrong])
    label = np.concatenate([np.ones(len(measured.right)), np.zeros(len(measured.wrong))])
    weight = np.where(label == 1, 0.5 / len(measured.right), 0.5 / len(measured.wrong))
    design = np.stack([z, np.ones_like(z)], axis=1)
    found = np.array([1.0, -1.0])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (weight * (label - chance)) - RIDGE * found
        curve = (design * (weight * chance * (1 - chance))[:, None]).T @ design + RIDGE * np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:
            break
    a = float(found[0])
    if a <= 0:
        raise SystemExit("These labels and this model contradict each other: the larger z, the fewer pairs match.")
    return min(a, STEEPEST), -float(found[1]) / a


# --- pairs


def load(path: Path) -> list[Pair]:
    """SystemExit with the line that makes no sense."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"picture", "text", "matches"} <= set(rows.fieldnames or ()):
            raise SystemExit(f"{path}: the first line must be picture,text,matches")
        pairs = []
        for number, row in enumerate(rows, 2):
            label = (row["matches"] or "").strip().lower()
            if label not in ("0", "1", "no", "yes") or not row["picture"] or not (row["text"] or "").strip():
                raise SystemExit(f"{path}, line {number}: a picture, its text, and 1 or 0")
            pairs.append(Pair(str(path.parent / row["picture"]), row["text"].strip(), label in ("1", "yes")))
    return pairs


def hard_negatives(pairs: Sequence[Pair], texts: Mapping[str, Floats], calibration: Calibration) -> list[Pair]:
    """One for each picture that has a text: of the texts of other pictures the nearest in meaning that does not mean the same."""
    own: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.matches:
            own.setdefault(pair.picture, []).append(pair.text)
    found = []
    for picture, said in own.items():
        near: dict[str, float] = {}
        for text in {text for other, more in own.items() if other != picture for text in more} - set(said):
            near[text] = max(scoring.z(texts[text], texts[mine], "tt", calibration) for mine in said)
        others = {text: z for text, z in near.items() if z < scoring.SAME_MEANING_Z}
        if others:
            found.append(Pair(picture, max(others, key=lambda text: (others[text], text)), False))
    return found


def measured(pairs: Sequence[Pair], value: Mapping[tuple[str, str], float]) -> Measured:
    right = [value[p.picture, p.text] for p in pairs if p.matches]
    wrong = [value[p.picture, p.text] for p in pairs if not p.matches]
    return Measured(np.array(right), np.array(wrong))


def generic_threshold(empty: Sequence[Floats], texts: Sequence[Floats], calibration: Calibration) -> tuple[float, float]:
    """c, and how well it separates: the empty texts, each against the mean of the others, from texts that say something."""
    centred = np.stack(empty) - calibration.mean_text
    alone = [_cosine(one, np.delete(centred, n, axis=0).mean(axis=0)) for n, one in enumerate(centred)]
    mean = calibration.generic_text - calibration.mean_text
    both = Measured(np.array(alone), np.array([_cosine(text - calibration.mean_text, mean) for text in texts]))
    c = both.best_threshold()
    return c, both.balanced(c)


def _cosine(x: Floats, y: Floats) -> float:
    return float(x @ y / max(np.linalg.norm(x) * np.linalg.norm(y), 1e-12))


# --- the model


def read_texts(texts: Sequence[str], vision: Vision) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for begin in range(0, len(texts), TEXTS_AT_ONCE):
        some = texts[begin : begin + TEXTS_AT_ONCE]
        vectors = vision.embed(some, time.monotonic() + CALL_S).vectors
        found |= {text: np.asarray(v, float) for text, v in zip(some, vectors, strict=True) if v is not None}
    return found


def read_pictures(paths: Sequence[str], vision: Vision) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for begin in range(0, len(paths), PICTURES_AT_ONCE):
        some = paths[begin : begin + PICTURES_AT_ONCE]
        opened = [decoder().open(Path(path).read_bytes(), time.monotonic() + CALL_S, derive=False) for path in some]
        shown = [Picture(pixels.model_input, pixels.width, pixels.height) for pixels in opened]
        readings = vision.read(shown, [() for _ in shown], ("vectors",), time.monotonic() + CALL_S)
        for path, reading in zip(some, readings, strict=True):
            if not isinstance(reading, VisionError) and reading.image_vector is not None:
                found[path] = np.asarray(reading.image_vector, float)
    return found


@dataclass(frozen=True)
class Result:
    calibration: Calibration
    z: Measured
    raw: Measured
    generic_accuracy: float | None


def fitted(pairs: Sequence[Pair], calibration: Calibration, vision: Vision) -> Result:
    """The calibration with a, b and c fitted. SystemExit where there are too few pairs."""
    pictures = read_pictures(sorted({pair.picture for pair in pairs}), vision)
    texts = read_texts(sorted({pair.text for pair in pairs}), vision)
    known = [pair for pair in pairs if pair.picture in pictures and pair.text in texts]
    known += hard_negatives(known, texts, calibration)
    keys = {(pair.picture, pair.text) for pair in known}
    z = measured(known, {(p, t): scoring.z(pictures[p], texts[t], "it", calibration) for p, t in keys})
    raw = measured(known, {(p, t): float(pictures[p] @ texts[t]) for p, t in keys})
    if min(len(z.right), len(z.wrong)) < FEWEST:
        raise SystemExit(f"{len(z.right)} pairs that match and {len(z.wrong)} that do not: {FEWEST} of either kind are needed.")
    a, b = fit(z)
    empty = list(read_texts(EMPTY_TEXTS, vision).values())
    c, accuracy = calibration.generic_cosine, None
    if len(empty) > 1:  # a model to which they say nothing calls nothing generic
        c, accuracy = generic_threshold(empty, [texts[t] for t in {p.text for p in known}], calibration)
    return Result(replace(calibration, a=a, b=b, generic_cosine=c, fitted=True), z, raw, accuracy)


def report(result: Result, before: Calibration) -> None:
    z, raw, after = result.z, result.raw, result.calibration
    print(f"{len(z.right)} pairs that match, {len(z.wrong)} that do not (hard ones among them), in {after.space}\n")
    print(f"{'':22}{'AUC':>8}{'balanced accuracy':>20}   at")
    print(f"{'z, fitted':22}{z.auc:8.3f}{z.balanced(after.b):20.3f}   z >= {after.b:.2f}")
    print(f"{'z, as it was':22}{z.auc:8.3f}{z.balanced(before.b):20.3f}   z >= {before.b:.2f}")
    threshold = raw.best_threshold()
    print(f"{'raw cosine, its best':22}{raw.auc:8.3f}{raw.balanced(threshold):20.3f}   cosine >= {threshold:.3f}")
    print(f"\nROC of z: shares of the pairs that match, and of the others, at or above it\n{'z':>8}{'match':>10}{'others':>10}")
    for threshold in np.arange(-1, 4.01, 0.5):
        print(f"{threshold:8.1f}{(z.right >= threshold).mean():10.3f}{(z.wrong >= threshold).mean():10.3f}")
    changes = {"a": (before.a, after.a), "b": (before.b, after.b), "c": (before.generic_cosine, after.generic_cosine)}
    print("\n" + "    ".join(f"{name} {old:.3f} -> {new:.3f}" for name, (old, new) in changes.items()))
    if result.generic_accuracy is not None:
        print(f"(c tells empty texts from those of the CSV with a balanced accuracy of {result.generic_accuracy:.3f})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--write", action="store_true", help="keep the fitted values for this gallery")
    asked = parser.parse_args()
    parts = services()
    space = parts.vision.embed(["a picture"], time.monotonic() + CALL_S).space
    calibrator = Calibrator(parts.catalog, parts.vision, decoder(), parts.settings.reference_pictures)
    before = calibrator.ensure(space, time.monotonic() + CALL_S)
    result = fitted(load(asked.pairs), before, parts.vision)
    report(result, before)
    if asked.write:
        parts.catalog.put_calibration(result.calibration)
        sweep(space, parts.catalog, time.monotonic() + 86400)
        print("\nWritten: every match of this gallery is on it now.")
    else:
        print("\nNothing was written: --write keeps these values.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
