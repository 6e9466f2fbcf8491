"""Sixteen colour names and where they lie in OKLab: one vocabulary for swatches, the colour strip and `colour:` queries."""

import re

# Twelve hues of the strip, in order, then what has no place on it. Hex is the colour's best example.
HUES: dict[str, str] = {
    "red": "#d13b35",
    "orange": "#e07b28",
    "yellow": "#e3bf2f",
    "lime": "#9ab52f",
    "green": "#3f8f45",
    "teal": "#1f8f84",
    "cyan": "#35b3cf",
    "sky": "#6fa8dc",
    "blue": "#2f55c0",
    "purple": "#7a4cc2",
    "magenta": "#b93fae",
    "pink": "#e58fb0",
}
NEUTRALS: dict[str, str] = {"brown": "#7a4f2c", "black": "#141414", "grey": "#828282", "white": "#f5f5f5"}
NAMES: dict[str, str] = HUES | NEUTRALS

_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)


def parse_hex(text: str) -> str | None:
    """`#rrggbb` in lower case of anything like it, else None."""
    found = _HEX.fullmatch(text.strip())
    if not found:
        return None
    digits = found.group(1).lower()
    return "#" + (digits if len(digits) == 6 else "".join(d * 2 for d in digits))


def oklab(hex_colour: str) -> tuple[float, float, float]:
    """L, a, b of `#rrggbb`. Ottosson 2020, "A perceptual color space for image processing"."""
    r, g, b = (_linear(int(hex_colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
