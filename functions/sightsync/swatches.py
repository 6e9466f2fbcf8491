"""The five colours of a picture, with the names that people would give them. Needs numpy; imported where pixels are read."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sightsync import colours
from sightsync.images import Swatch

MAX_SWATCHES = 5
_SEEDS = 24  # clusters before like ones are joined
_ROUNDS = 6
_SEEN = np.array([0.7, 1.8, 1.8])  # of L, a, b: a difference of hue is seen as more than one of light
_ALIKE = 0.05  # distance, so weighted, under which two colours are never told apart
_VIVID_COUNTS = 6  # joined colours keep the look of the more vivid one: its weight grows by so much per unit of chroma

# Below this chroma a colour is grey to the eye; near black and near white hue is harder to see still.
_GREY_CHROMA = 0.032
_LIGHTNESS_COUNTS, _CHROMA_COUNTS = 0.4, 0.6
_PALE = 0.08  # a paler colour's hue counts as if it had this chroma
_BLACK_LIGHTNESS, _WHITE_LIGHTNESS = 0.28, 0.90

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_STEPS_OUT = 4  # from a colour to the rim of what is near to it
_OUTSIDE = 0.02  # of linear light: so little beyond what a screen shows is rounding
_FROM_LAB, _FROM_LMS = np.linalg.inv(_TO_LAB), np.linalg.inv(_TO_LMS)
_STEPS = np.arange(256) / 255
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4)


def oklab(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """L, a, b of sRGB pixels, shape (…, 3) both. Ottosson 2020; the array form of colours.oklab."""
    lab: NDArray[np.float64] = np.cbrt(_LINEAR[rgb] @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def hex_of(lab: NDArray[np.float64]) -> str:
    """`#rrggbb` of one OKLab colour, moved into the range of sRGB."""
    linear = np.clip((_FROM_LAB @ lab) ** 3 @ _FROM_LMS.T, 0, 1)
    channels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in channels)


def palette(rgb: NDArray[np.uint8]) -> tuple[Swatch, ...]:
    """At most five colours of a small picture (height, width, 3), largest share first; the shares sum to 1.

    k-means in OKLab from seeds that are common and far apart, so the same picture always gives the same colours; then the
    two whose joining loses least (Ward 1963) are joined until five are left: two greys go before a few orange petals do.
    """
    pixels = oklab(rgb).reshape(-1, 3)
    seen = pixels * _SEEN
    labels = _nearest(seen, _clustered(seen, _seeds(seen)))
    shares = np.bincount(labels) / len(pixels)
    means, shares = _joined(_means(pixels, labels, len(shares))[shares > 0], shares[shares > 0])
    order = [int(i) for i in np.argsort(-shares, kind="stable")]
    return tuple(Swatch(hex=hex_of(means[i]), name=name_of(means[i]), share=round(float(shares[i]), 4)) for i in order)


def _seeds(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The commonest colour, then whichever is commonest for its distance from those already taken, shape (≤ _SEEDS, 3)."""
    bins, members = np.unique(np.round(pixels / _ALIKE).astype(np.int64), axis=0, return_inverse=True)
    counts = np.bincount(members.reshape(-1), minlength=len(bins))
    places = bins * _ALIKE
    taken = [int(np.argmax(counts))]
    away = np.linalg.norm(places - places[taken[0]], axis=1)
    while len(taken) < min(_SEEDS, len(bins)):
        taken.append(int(np.argmax(away * np.sqrt(counts))))
        away = np.minimum(away, np.linalg.norm(places - places[taken[-1]], axis=1))
    return np.asarray(places[taken])


def _nearest(pixels: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    nearest: NDArray[np.intp] = np.argmin((centres**2).sum(axis=1) - 2 * pixels @ centres.T, axis=1)
    return nearest


def _clustered(pixels: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    for _ in range(_ROUNDS):
        centres = _means(pixels, _nearest(pixels, centres), len(centres))
        centres = centres[~np.isnan(centres[:, 0])]
    return centres


def _means(pixels: NDArray[np.float64], labels: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """Mean colour of each cluster, shape (count, 3); NaN for an empty one."""
    sums = [np.bincount(labels, pixels[:, c], minlength=count) for c in range(3)]
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = np.stack(sums, axis=1) / np.bincount(labels, minlength=count)[:, None]
    return means


def _joined(means: NDArray[np.float64], shares: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most five means, none like another, and their shares."""
    while len(means) > 1:
        away = np.linalg.norm((means[:, None] - means[None]) * _SEEN, axis=2)
        loss = away**2 * np.outer(shares, shares) / np.add.outer(shares, shares) + 9 * np.eye(len(means))
        one, other = np.unravel_index(int(np.argmin(loss)), loss.shape)
        if len(means) <= MAX_SWATCHES and away[one, other] > _ALIKE:
            break
        pair = [one, other]
        weights = shares[pair] * (1 + _VIVID_COUNTS * np.hypot(means[pair, 1], means[pair, 2]))
        means[one] = weights @ means[pair] / weights.sum()
        shares[one] += shares[other]
        means, shares = np.delete(means, other, axis=0), np.delete(shares, other)
    return means, shares


def name_of(lab: NDArray[np.float64]) -> str:
    """The name of colours.NAMES that a person would say: grey where there is hardly any hue, brown for dark orange.

    Nearest in OKLab with hue counting in full and lightness and chroma less: a pale red is still nearer red than grey.
    """
    lightness, chroma, hue = _cylinder(lab)
    if chroma < _grey_below(lightness):
        return "black" if lightness < _BLACK_LIGHTNESS else "white" if lightness > _WHITE_LIGHTNESS else "grey"
    across = 2 * np.sqrt(max(chroma, _PALE) * _REFERENCES[:, 1]) * np.sin((hue - _REFERENCES[:, 2]) / 2)
    away = (_LIGHTNESS_COUNTS * (lightness - _REFERENCES[:, 0])) ** 2 + (_CHROMA_COUNTS * (chroma - _REFERENCES[:, 1])) ** 2
    return _REFERENCE_NAMES[int(np.argmin(away + across**2))]


@lru_cache(maxsize=256)
def names_within(hex_colour: str, distance: float) -> tuple[str, ...]:
    """The colour's own name, then those of all others in OKLab so near: a swatch that is so near to it bears one of them."""
    steps = np.linspace(-distance, distance, 2 * _STEPS_OUT + 1)
    ball = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    near = np.array(colours.oklab(hex_colour)) + ball[np.linalg.norm(ball, axis=1) <= distance * 1.001]
    linear = (near @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T
    shown = near[((linear > -_OUTSIDE) & (linear < 1 + _OUTSIDE)).all(axis=1)]
    return tuple(dict.fromkeys(map(name_of, [np.array(colours.oklab(hex_colour)), *shown])))


def _grey_below(lightness: float) -> float:
    """Chroma under which no hue is seen at this lightness: more is needed in the dark."""
    return _GREY_CHROMA + max(0.0, 0.30 - lightness) * 0.2


def _cylinder(lab: NDArray[np.float64]) -> tuple[float, float, float]:
    """Lightness, chroma, hue in radians."""
    return float(lab[0]), float(np.hypot(lab[1], lab[2])), float(np.arctan2(lab[2], lab[1]))


# What else people call by each name, beside the best example in colours.NAMES: light, dark and dull ones.
_ALSO: dict[str, str] = {
    "red": "#8b1a1a #a52a2a #ff3020 #d06060",
    "orange": "#ff8c00 #f4a460 #ff6a35 #ffa07a",
    "yellow": "#ffff00 #f0e68c #c9a227 #fff3b0",
    "lime": "#b5e61d #9acd32 #adff2f",
    "green": "#6b8e23 #90ee90 #8fbc8f #556b2f #00a000 #24481f #2e8b57 #808020 #00ff00 #a9ba9d #6b6e50 #959675",
    "teal": "#5f9ea0 #2f4f4f #66cdaa #40e0d0",
    "cyan": "#00ffff #b0e0e6 #48d1cc",
    "sky": "#b0c4de #4682b4 #87ceeb #1e90ff #778ba5",
    "blue": "#0000ff #191970 #4169e1 #2b4a7f",
    "purple": "#4b0082 #6a5acd #9370db #b9a5e0 #483d6b",
    "magenta": "#ff00ff #8b008b #c71585 #da70d6",
    "pink": "#ffc0cb #ff69b4 #db7093 #e8a09a #d8bfd8 #c49a9a",
    "brown": "#d2b48c #a0522d #8b5a2b #cd853f #4a2c17 #9c8565 #b8860b #c4a07a #6b5b45 #c08a6a",
}


def _references() -> tuple[list[str], NDArray[np.float64]]:
    """Names, and lightness, chroma and hue of the example that each is for, shape (n, 3)."""
    examples = [(name, colours.NAMES[name]) for name in _ALSO]
    examples += [(name, example) for name, also in _ALSO.items() for example in also.split()]
    return [name for name, _ in examples], np.array([_cylinder(np.array(colours.oklab(e))) for _, e in examples])


_REFERENCE_NAMES, _REFERENCES = _references()
