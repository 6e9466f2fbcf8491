"""The embedded vision: no weights, no network. It reads what pixels say, colour, light and shape, and says only that.

Image vector: concat_c (u_c, sqrt(1 - u_c²)) / sqrt(K), then 0, for the degrees u_c of K concepts; its norm is always 1.
Text vector: weight / sum of weights in the first slot of every concept named; last dimension sqrt(1 - |rest|²).
So sqrt(K)·cos(text, image) is the mean degree of the words, however many there are.

A denied word ("no red") has its weight as 0.8 in the second slot and -0.6 in the first (a vector of the same length):
sqrt(1 - u²) alone is still 0.66 where 15 % of a picture is red, and "no red" would be said to agree with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sightsync.adapters.palette_degrees import CONCEPTS, Looks, look
from sightsync.adapters.palette_says import caption, says
from sightsync.errors import PictureRejected
from sightsync.ports import Calibration, Picture, Reading, Texts, VisionError, VisionHealth, Want, WordEvidence
from sightsync.scoring import AGREES_DEGREE, PARTLY_DEGREE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sightsync.adapters.palette_mentions import Mention
    from sightsync.ports import Vector

SPACE = "palette@1"
NAME = "Colour and light"
K = len(CONCEPTS)
DIM = 2 * K + 1
DENIED_FIRST, DENIED_SECOND = -0.6, 0.8
SAMPLE = 64

# RMS over unrelated pairs, measured on photographs, single words and captions; tests/test_palette.py measures them again on
# other pictures. They give z its unit only: verdicts come out the same for any RMS_DEGREE, see _calibration.
RMS_DEGREE = 0.45
RMS_TEXTS = 0.85
RMS_IMAGES = 0.88
ALIKE_COSINE = 0.97  # so near are copies of a picture, cropped or shrunk; of different photographs one pair in ten


class PaletteVision:
    """Implements ports.Vision. Always awake; the same picture and words always give the same reading."""

    def read(
        self, pictures: Sequence[Picture], texts: Sequence[Sequence[str]], want: Sequence[Want], deadline: float | None = None
    ) -> list[Reading | VisionError]:
        return [self._read(picture, of, want) for picture, of in zip(pictures, texts, strict=True)]

    def _read(self, picture: Picture, texts: Sequence[str], want: Sequence[Want]) -> Reading | VisionError:
        from sightsync.pixels import rgb_sample

        try:
            looks = look(rgb_sample(picture.jpeg, SAMPLE), picture.width, picture.height)
        except (PictureRejected, OSError, ValueError):
            return VisionError("corrupt", "This picture could not be read.")
        return _reading(looks, texts, want)

    def embed(self, texts: Sequence[str], deadline: float | None = None) -> Texts:
        return Texts(SPACE, tuple(text_vector(text) for text in texts))

    def explain(self, image_vector: Vector, text: str) -> tuple[WordEvidence, ...]:
        return tuple(_evidence(image_vector, text, mention) for mention in _mentions(text))

    def health(self) -> VisionHealth:
        return VisionHealth(NAME, "ready", ("caption", "match", "search"), space=SPACE)

    def shipped_calibration(self) -> Calibration:
        return _calibration()


def _reading(looks: Looks, texts: Sequence[str], want: Sequence[Want]) -> Reading:
    words = caption(looks)
    captioned = "caption" in want
    image = image_vector(looks.degrees)
    vectors = "vectors" in want
    return Reading(
        SPACE,
        caption=words if captioned else None,
        caption_model=SPACE if captioned else None,
        caption_kind="looks",
        image_vector=image if vectors else None,
        caption_vector=text_vector(words) if captioned and vectors else None,
        text_vectors=tuple(text_vector(t) for t in texts) if vectors else (),
        evidence=tuple(tuple(_evidence(image, t, m) for m in _mentions(t)) for t in texts) if vectors else (),
    )


# --- Vectors ----------------------------------------------------------------------------------------------------


def image_vector(degrees: NDArray[np.float64]) -> Vector:
    """(K,) degrees in [0, 1] to (2K + 1,)."""
    import numpy as np

    vector = np.zeros(DIM)
    vector[0 : 2 * K : 2] = degrees
    vector[1 : 2 * K : 2] = np.sqrt(np.clip(1 - degrees**2, 0, 1))
    return (vector / math.sqrt(K)).astype(np.float32)


def text_vector(text: str) -> Vector | None:
    """(2K + 1,), or None for a text without a word that is known here."""
    import numpy as np

    named = _mentions(text)
    if not named:
        return None
    vector = np.zeros(DIM)
    for mention in named:
        slot = 2 * CONCEPTS.index(mention.concept)
        vector[slot : slot + 2] += (DENIED_FIRST, DENIED_SECOND) if mention.denied else (1, 0)
    vector /= len(named)
    vector[-1] = math.sqrt(max(0.0, 1 - float(vector @ vector)))
    return vector.astype(np.float32)


def _mentions(text: str) -> tuple[Mention, ...]:
    from sightsync.adapters.palette_mentions import mentions  # its tables take milliseconds that a gallery page need not pay

    return mentions(text)


def _evidence(image: Vector, text: str, mention: Mention) -> WordEvidence:
    slot = 2 * CONCEPTS.index(mention.concept)
    shown, hidden = (float(value) * math.sqrt(K) for value in image[slot : slot + 2])
    degree = DENIED_FIRST * shown + DENIED_SECOND * hidden if mention.denied else shown
    return WordEvidence(text[mention.start : mention.end], min(max(degree, 0.0), 1.0), says(mention.concept, shown))


def _calibration() -> Calibration:
    """The scale that makes a text's verdict that of its words' mean degree.

    With both means 0, z = mean degree / RMS_DEGREE. b and a put a score of 50 at PARTLY_DEGREE and of 80 at AGREES_DEGREE:
    80 = 100 / (1 + exp(-a (z_agrees - b))), so a = ln 4 / (z_agrees - b).
    """
    import numpy as np

    zero = np.zeros(DIM, dtype=np.float32)
    b = PARTLY_DEGREE / RMS_DEGREE
    a = math.log(4) / (AGREES_DEGREE / RMS_DEGREE - b)
    return Calibration(
        SPACE,
        "1",
        zero,
        zero,
        zero,
        RMS_DEGREE / math.sqrt(K),
        RMS_TEXTS,
        RMS_IMAGES,
        a,
        b,
        fitted=True,
        alike=ALIKE_COSINE / RMS_IMAGES,
    )
