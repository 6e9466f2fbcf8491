"""How well words and picture agree: the scale of one space, verdicts in words, and the audit of descriptions.

Raw CLIP cosines cannot be compared between models, pictures or texts: all texts lie in one narrow cone and all pictures in
another (Liang et al. 2022, "Mind the Gap"), so "a picture" fits everything and some pictures attract every text. Both sides
are centred on their own mean and divided by the spread of unrelated pairs; then 0 is chance and 1 is one such spread.
Vectors are (dim,) float32 of norm 1 throughout; numpy is imported only where vectors are touched.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from sightsync.images import Evidence, Match, Verdict
from sightsync.ports import Calibration, Reading, WordEvidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sightsync.ports import Vector

    Matrix = NDArray[np.floating]  # (n, dim)

Pair = Literal["it", "tt", "ii"]  # image and text, text and text, image and image
UnknownReason = Literal["no_vector", "generic", "language", "truncated", "uncalibrated"]

AGREES_SCORE = 80.0
PARTLY_SCORE = 50.0
AGREES_DEGREE = 0.6  # of a single word's evidence; palette's calibration is derived from these two
PARTLY_DEGREE = 0.2

UNRELATED = 0.01  # of the pairs of unrelated pictures, so many may be called alike

UNFITTED_A = 2.0  # CLIP's logistic until bench/calibrate fits it on labelled pairs
UNFITTED_B = 1.2
FOREIGN_LETTERS = 0.25  # share of letters of a script the models were hardly trained on
FOREIGN_TOKENS = 2.5  # tokens a word: names and other languages are cut to pieces by an English vocabulary
SPECIAL_TOKENS = 2  # start and end, counted in text_tokens

DISAGREES_Z = 1.0
CAPTION_LEAD_Z = 1.5
SAME_MEANING_Z = 1.5
SUGGEST_Z = 1.0
SUGGEST_GAP_Z = 0.75

_WORD = re.compile(r"\w+")


# --- The scale --------------------------------------------------------------------------------------------------


def z(x: Vector, y: Vector, kind: Pair, calibration: Calibration) -> float:
    """(x - m_x)·(y - m_y) / s_xy: how many spreads of unrelated pairs above chance; 0 where the scale is empty.

    For "it", x is the image's vector and y the text's; the other two kinds are symmetric.
    """
    mean_x = calibration.mean_text if kind == "tt" else calibration.mean_image
    mean_y = calibration.mean_image if kind == "ii" else calibration.mean_text
    scale = _scale(kind, calibration)
    return float((x - mean_x) @ (y - mean_y)) / scale if scale > 0 else 0.0


def _scale(kind: Pair, calibration: Calibration) -> float:
    if kind == "it":
        return calibration.scale_image_text
    return calibration.scale_text_text if kind == "tt" else calibration.scale_image_image


def score(z_value: float, calibration: Calibration) -> float:
    """100 / (1 + exp(-a (z - b))), in [0, 100], rising with z."""
    exponent = -calibration.a * (z_value - calibration.b)
    return 100.0 / (1.0 + math.exp(min(exponent, 700.0)))  # exp overflows just above 709


def verdict(score_value: float) -> Verdict:
    if score_value >= AGREES_SCORE:
        return "agrees"
    return "partly" if score_value >= PARTLY_SCORE else "disagrees"


def degree_verdict(degree: float) -> Verdict:
    """The verdict on one word of which the picture shows `degree` in [0, 1]."""
    if degree >= AGREES_DEGREE:
        return "agrees"
    return "partly" if degree >= PARTLY_DEGREE else "disagrees"


# --- Texts that no verdict can be given on ----------------------------------------------------------------------


def is_generic(text_vector: Vector, calibration: Calibration) -> bool:
    """Whether the text says no more than "a picture": cos(t - m_T, g - m_T) > c, ports.GENERIC_COSINE until it is fitted."""
    import numpy as np

    text = text_vector - calibration.mean_text
    empty = calibration.generic_text - calibration.mean_text
    norms = float(np.linalg.norm(text) * np.linalg.norm(empty))
    return norms > 0 and float(text @ empty) / norms > calibration.generic_cosine


def foreign(text: str, tokens: int | None) -> bool:
    """Whether the words are of a script or kind (names, other languages) that the model's English vocabulary cannot judge."""
    letters = [c for c in text if c.isalpha()]
    if letters and sum(not _latin(c) for c in letters) > FOREIGN_LETTERS * len(letters):
        return True
    words = len(_WORD.findall(text))
    return tokens is not None and words > 0 and (tokens - SPECIAL_TOKENS) / words > FOREIGN_TOKENS


def _latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith(("LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL"))


def truncated(tokens: int | None, max_tokens: int | None) -> bool:
    """Whether the model read only the beginning. `tokens` counts the whole text, before it is cut."""
    return tokens is not None and max_tokens is not None and tokens > max_tokens


def unknown_reason(
    text: str, text_vector: Vector, tokens: int | None, calibration: Calibration | None, max_tokens: int | None
) -> UnknownReason | None:
    """What a scale cannot mend comes first: it is still true when the scale is there."""
    if truncated(tokens, max_tokens):
        return "truncated"
    if foreign(text, tokens):
        return "language"
    if calibration is None:
        return "uncalibrated"
    return "generic" if is_generic(text_vector, calibration) else None


# --- Match ------------------------------------------------------------------------------------------------------


def match(reading: Reading, index: int, text: str, calibration: Calibration | None, max_tokens: int | None = None) -> Match:
    """Match of texts[index] of a reading with its picture, its evidence included."""
    return match_vectors(
        reading.image_vector,
        reading.text_vectors[index] if index < len(reading.text_vectors) else None,
        reading.caption_vector,
        text,
        reading.text_tokens[index] if index < len(reading.text_tokens) else None,
        calibration,
        space=reading.space,
        max_tokens=max_tokens,
        evidence=reading.evidence[index] if index < len(reading.evidence) else (),
    )


def match_vectors(
    image_vector: Vector | None,
    text_vector: Vector | None,
    caption_vector: Vector | None,
    text: str,
    tokens: int | None,
    calibration: Calibration | None,
    *,
    space: str,
    max_tokens: int | None = None,
    evidence: Sequence[WordEvidence] = (),
) -> Match:
    """The same from stored vectors. `z` and `score` are None where the verdict is unknown; `caption_z` whenever it can be had."""
    scale = calibration if calibration is not None and calibration.space == space else None
    caption_z = _caption_z(image_vector, caption_vector, scale)
    base = Match(verdict="unknown", evidence=evidence_of(evidence), space=space, caption_z=caption_z)
    if image_vector is None or text_vector is None or not text.strip():
        return base.but(reason="no_vector")
    reason = unknown_reason(text, text_vector, tokens, scale, max_tokens)
    if reason is not None or scale is None:
        return base.but(reason=reason)
    agreement = z(image_vector, text_vector, "it", scale)
    points = score(agreement, scale)
    return base.but(verdict=verdict(points), score=points, z=agreement)


def _caption_z(image_vector: Vector | None, caption_vector: Vector | None, calibration: Calibration | None) -> float | None:
    if image_vector is None or caption_vector is None or calibration is None:
        return None
    return z(image_vector, caption_vector, "it", calibration)


def evidence_of(words: Sequence[WordEvidence]) -> tuple[Evidence, ...]:
    """What is kept of a model's evidence: the verdict in place of the degree."""
    return tuple(Evidence(text=w.text, verdict=degree_verdict(w.degree), says=w.says) for w in words)


def words_disagree(
    found: Match,
    text_vector: Vector | None,
    caption_vector: Vector | None,
    caption_kind: Literal["caption", "looks"],
    calibration: Calibration | None,
) -> bool:
    """The audit: the picture fits the model's caption far better than its owner's words, and the two mean different things.

    A generic, foreign or truncated description has no z and is never flagged; neither is a caption that only says how
    the picture looks, for colours alone contradict nobody's description of what is shown.
    """
    if caption_kind != "caption" or found.z is None or found.caption_z is None:
        return False
    if text_vector is None or caption_vector is None or calibration is None:
        return False
    poor = found.z < DISAGREES_Z and found.caption_z - found.z >= CAPTION_LEAD_Z
    return poor and z(text_vector, caption_vector, "tt", calibration) < SAME_MEANING_Z


# --- Categories -------------------------------------------------------------------------------------------------


def class_vector(vectors: Sequence[Vector]) -> Vector:
    """One vector for a class of several prompts: their mean, normalised again. Radford et al. 2021, prompt ensembling."""
    import numpy as np

    mean = np.mean(np.stack(vectors), axis=0)
    norm = float(np.linalg.norm(mean))
    return np.asarray(mean / norm if norm > 0 else mean, dtype=np.float32)


def suggest_one(
    image_vector: Vector, classes: Mapping[str, Vector], distractors: Collection[str], calibration: Calibration
) -> str | None:
    """The class the picture clearly belongs to, or None: top z >= 1, at least 0.75 ahead of the next, and no distractor.

    `classes` holds the distractors too: they are there to win. Between two distractors nothing is to be decided.
    """
    ranked = _ranked(image_vector, classes, calibration)
    if not ranked or ranked[0][0] < SUGGEST_Z or ranked[0][1] in distractors:
        return None
    clear = len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= SUGGEST_GAP_Z
    return ranked[0][1] if clear else None


def suggest_several(image_vector: Vector, classes: Mapping[str, Vector], most: int, calibration: Calibration) -> tuple[str, ...]:
    """The classes that the picture shows, best first, at most so many: those whose z would be said to agree."""
    ranked = _ranked(image_vector, classes, calibration)
    return tuple(name for agreement, name in ranked[:most] if score(agreement, calibration) >= AGREES_SCORE)


def _ranked(image_vector: Vector, classes: Mapping[str, Vector], calibration: Calibration) -> list[tuple[float, str]]:
    """(z, name), best first."""
    return sorted(((z(image_vector, v, "it", calibration), name) for name, v in classes.items()), reverse=True)


# --- Calibration ------------------------------------------------------------------------------------------------


def calibrate(
    space: str,
    version: str,
    texts: Matrix,
    images: Matrix,
    generic: Matrix,
    a: float = UNFITTED_A,
    b: float = UNFITTED_B,
) -> Calibration:
    """The scale of a space, from background texts (n, dim), reference pictures (m, dim) and empty texts (g, dim).

    s is the RMS of centred products over unrelated pairs: every text with every picture, and every two different texts or
    pictures; `alike` is the z that one pair of different pictures in a hundred exceeds. ValueError when there are fewer than
    two of a kind, or all are alike, for then there is no spread to measure.
    """
    import numpy as np

    if len(texts) < 2 or len(images) < 2 or len(generic) < 1:
        raise ValueError("A calibration needs at least two background texts, two reference pictures and one empty text.")
    mean_text, mean_image = texts.mean(axis=0), images.mean(axis=0)
    centred_texts, centred_images = texts - mean_text, images - mean_image
    scales = (
        _rms(centred_images @ centred_texts.T),
        _rms(_off_diagonal(centred_texts @ centred_texts.T)),
        _rms(_off_diagonal(centred_images @ centred_images.T)),
    )
    if not all(s > 1e-9 for s in scales):
        raise ValueError("All background texts or all reference pictures are alike: there is no spread to measure.")
    image, text, empty = (np.asarray(m, dtype=np.float32) for m in (mean_image, mean_text, generic.mean(axis=0)))
    alike = float(np.quantile(_off_diagonal(centred_images @ centred_images.T), 1 - UNRELATED)) / scales[2]
    return Calibration(space, version, image, text, empty, *scales, a=a, b=b, alike=alike)


def _rms(products: Matrix) -> float:
    import numpy as np

    return float(np.sqrt(np.mean(np.square(products, dtype=np.float64))))


def _off_diagonal(square: Matrix) -> Matrix:
    import numpy as np

    return square[~np.eye(len(square), dtype=bool)]
