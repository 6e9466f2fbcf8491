"""What pixels show of each concept: one table, a row per concept, of a measure and its knots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sightsync import colours

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

COLOURS = ("black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
TONES = ("bright", "dark", "vivid", "muted", "warm", "cool", "contrast", "soft", "monochrome")
SHAPES = ("landscape", "portrait", "square")
CONCEPTS = COLOURS + TONES + SHAPES

Knots = tuple[tuple[float, ...], tuple[float, ...]]  # rising values of the measure, and the degrees there

# Examples of each colour, from light to dark and from pure to greyed: a pixel has the colour of the example nearest in
# OKLab. Where names are disputed we follow what most people say: cyan, turquoise and teal are blue, olive is green, beige
# is white, magenta is pink.
EXAMPLES = {
    "black": "#000000 #101010 #1e1e1e #2a2a2a #1c1c26 #221c17 #1b221b",
    "white": "#ffffff #f0f0f0 #e2e2e2 #d6d6d6 #f5ede2 #e4ebf3 #ddd8cf #f4e4c8",
    "grey": "#c8c8c8 #b4b4b4 #a0a0a0 #8c8c8c #787878 #646464 #505050 #3e3e3e #989087 #b4aca2 #7a838c #6c665f #a9b1ba #4c4843 "
    "#41464b",
    "red": "#ff0000 #d62828 #a51d1d #7a1518 #e63946 #d1443c #b53030 #5e1014",
    "orange": "#ff7f00 #e8742a #f39c3d #d8621a #ffa64d #f0883a #c2581c #e08a4a #a8480f #b85a24 #f6c89a #f3ab7c",
    "yellow": "#ffff00 #ffe135 #f2d544 #e6c229 #fff3a0 #cdb436 #e9e08a #bcb044 #c3b968 #cfa640 #efd9a0",
    "green": "#00e000 #2e8b57 #3f8f45 #1f5c2b #7cb342 #a5d66f #556b2f #75803f #2b3a20 #b4dcae #4f5a2a #8fbf9a #96a05a #3d4a22 "
    "#625b32 #4c4a30 #a9c9a2 #86ab84 #cfe3c4",
    "blue": "#0000ff #1f4fa0 #2f55c0 #3a86d6 #6fa8dc #a9c9ee #16325c #35b3cf #1f8f9c #b6bfee #33506e #7f9fc4 #6f86a8 #9aa8e0 "
    "#40d0d8 #1a2438",
    "purple": "#800080 #6a3fb0 #9b6fd0 #c3a6e8 #4a1f6b #9c3fa0 #5b3a7a #8a6aa8 #2e1a3e",
    "pink": "#ffc0cb #f48fb1 #e75480 #ff69b4 #d94f8f #f7b6d2 #ff00ff #f3d3da #c9708f #e9a0b0 #d87ac0 #b0487c #eaa4d8",
    "brown": "#7a4f2c #5c3a21 #8b5a2b #a9784e #3d2817 #b08d6a #6b4f3a #c8a070 #8f6f52 #4e3a28 #5a3020 #75602a #8a6d3a #9c5630 "
    "#d0b088",
}

SHARE_KNOTS: Knots = ((0, 0.01, 0.05, 0.15, 0.40, 0.80), (0, 0.15, 0.5, 0.75, 0.92, 1))

# Lightness and chroma are OKLab's: a middle grey has L 0.6, pure red a chroma of 0.26. Fitted by eye on thirty photographs
# and on flat colours, so that 0.6 is where one would say the word and below 0.2 where one would deny it.
TONE_KNOTS: dict[str, tuple[str, Knots]] = {
    "bright": ("mean_light", ((0.50, 0.60, 0.70, 0.80, 0.90), (0, 0.3, 0.6, 0.9, 1))),
    "dark": ("mean_light", ((0.20, 0.30, 0.40, 0.48, 0.56), (1, 0.9, 0.6, 0.3, 0))),
    "vivid": ("strong_chroma", ((0.075, 0.11, 0.14, 0.20, 0.26), (0, 0.35, 0.6, 0.9, 1))),
    "muted": ("strong_chroma", ((0.05, 0.07, 0.09, 0.12, 0.14), (1, 0.75, 0.4, 0.1, 0))),
    "warm": ("warmth", ((0.003, 0.015, 0.03, 0.06, 0.10), (0, 0.3, 0.6, 0.9, 1))),
    "cool": ("warmth", ((-0.10, -0.06, -0.03, -0.015, -0.003), (1, 0.9, 0.6, 0.3, 0))),
    "contrast": ("light_range", ((0.35, 0.50, 0.60, 0.75, 0.85), (0, 0.3, 0.6, 0.9, 1))),
    "soft": ("light_range", ((0.15, 0.25, 0.36, 0.45, 0.55), (1, 0.9, 0.6, 0.3, 0))),
    "monochrome": ("strong_chroma", ((0.012, 0.02, 0.035, 0.05), (1, 0.8, 0.3, 0))),
    "landscape": ("log_aspect", ((0.0, 0.05, 0.14, 0.26), (0, 0.2, 0.7, 1))),
    "portrait": ("log_aspect", ((-0.26, -0.14, -0.05, 0.0), (1, 0.7, 0.2, 0))),
    "square": ("log_aspect", ((-0.22, -0.10, -0.03, 0.0, 0.03, 0.10, 0.22), (0, 0.5, 0.9, 1, 0.9, 0.5, 0))),
}

WARM_HUE = math.radians(50)  # between red and yellow; green lies at a right angle, blue opposite


@dataclass(frozen=True)
class Looks:
    """Degrees in the order of CONCEPTS, (23,) in [0, 1], and of each colour its share and mean lightness, (11,)."""

    degrees: Array
    shares: Array
    lightness: Array


def look(rgb: NDArray[np.uint8], width: int, height: int) -> Looks:
    """rgb: (n, n, 3), the whole picture made small; width and height of the original, upright."""
    import numpy as np

    lab = oklab(rgb.reshape(-1, 3))
    labels = _labels(lab)
    counts = np.bincount(labels, minlength=len(COLOURS))
    light = np.bincount(labels, weights=lab[:, 0], minlength=len(COLOURS)) / np.maximum(counts, 1)
    shares = counts / len(lab)
    degrees = np.concatenate([np.interp(shares, *SHARE_KNOTS), _tones(lab, width, height)])
    return Looks(degrees, shares, light)


def _tones(lab: Array, width: int, height: int) -> Array:
    """Degrees of tones and shapes, (12,)."""
    import numpy as np

    chroma = np.hypot(lab[:, 1], lab[:, 2])
    low, high = np.percentile(lab[:, 0], [5, 95])
    measures = {
        "mean_light": lab[:, 0].mean(),
        "light_range": high - low,
        "strong_chroma": _strong_chroma(chroma),
        "warmth": (lab[:, 1] * math.cos(WARM_HUE) + lab[:, 2] * math.sin(WARM_HUE)).mean(),
        "log_aspect": math.log(width / height),
    }
    rows = (TONE_KNOTS[concept] for concept in CONCEPTS[len(COLOURS) :])
    return np.array([np.interp(measures[measure], *knots) for measure, knots in rows])


def _strong_chroma(chroma: Array) -> float:
    """The 95th percentile, which a small vivid thing reaches, raised where the whole picture is coloured."""
    import numpy as np

    return max(float(np.percentile(chroma, 95)), 1.6 * float(chroma.mean()))


def share_of(degree: float) -> float:
    """The share of pixels behind a colour's degree; exact up to 0.8, where the degree ends."""
    import numpy as np

    return float(np.interp(degree, SHARE_KNOTS[1], SHARE_KNOTS[0]))


def oklab(rgb: NDArray[np.uint8]) -> Array:
    """(n, 3) bytes to L, a, b. Ottosson 2020, "A perceptual color space for image processing"."""
    import numpy as np

    channel = rgb.astype(np.float64) / 255
    linear = np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    result: Array = np.cbrt(linear @ cones.T) @ lab.T
    return result


def _labels(lab: Array) -> NDArray[np.intp]:
    """Index into COLOURS of each pixel's nearest example, (n,)."""
    import numpy as np

    points, owners = _examples()
    # |x - p|² without the |x|² that all examples share
    distance = np.square(points).sum(axis=1) - 2 * lab @ points.T
    labels: NDArray[np.intp] = owners[distance.argmin(axis=1)]
    return labels


@cache
def _examples() -> tuple[Array, NDArray[np.intp]]:
    """Examples in OKLab, (examples, 3), and the index into COLOURS of each."""
    import numpy as np

    rows = [(index, colours.oklab(h)) for index, name in enumerate(COLOURS) for h in EXAMPLES[name].split()]
    return np.array([lab for _, lab in rows]), np.array([index for index, _ in rows], dtype=np.intp)
