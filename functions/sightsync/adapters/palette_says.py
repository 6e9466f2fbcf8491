"""What palette.py says to people: one short sentence per word, and a caption of how a picture looks."""

from sightsync.adapters.palette_degrees import COLOURS, CONCEPTS, Looks, share_of
from sightsync.scoring import AGREES_DEGREE, PARTLY_DEGREE

NAMED_SHARE = 0.08  # a colour of the caption covers at least this much
NAMED_COLOURS = 3
DEEP, PALE, PALE_YELLOW = 0.42, 0.78, 0.94  # OKLab lightness

# Where the picture shows it, shows some of it, and does not.
TONES = {
    "bright": ("a light picture overall", "fairly light overall", "not a light picture"),
    "dark": ("a dark picture overall", "fairly dark overall", "not a dark picture"),
    "vivid": ("strong colours", "some strong colour", "no strong colours"),
    "muted": ("quiet colours throughout", "fairly quiet colours", "its colours are strong"),
    "warm": ("warm colours lead", "slightly warm", "no warm cast"),
    "cool": ("cool colours lead", "slightly cool", "no cool cast"),
    "contrast": ("wide range from dark to light", "some range from dark to light", "dark and light lie close together"),
    "soft": ("dark and light lie close together", "fairly even light", "dark and light lie far apart"),
    "monochrome": ("black, white and greys only", "hardly any colour", "this picture has colour"),
    "landscape": ("wider than tall", "a little wider than tall", "not wider than tall"),
    "portrait": ("taller than wide", "a little taller than wide", "not taller than wide"),
    "square": ("as wide as tall", "nearly as wide as tall", "not square"),
}


def says(concept: str, degree: float) -> str:
    """Of one word, from the degree of its concept alone: "red: 16 % of this picture", "no red to speak of"."""
    if concept in COLOURS:
        return _share(concept, degree)
    shown, some, none = TONES[concept]
    if degree >= AGREES_DEGREE:
        return f"{concept}: {shown}"
    return f"{concept}: {some if degree >= PARTLY_DEGREE else none}"


def _share(colour: str, degree: float) -> str:
    share = share_of(degree)
    if share < 0.005:
        return f"no {colour} to speak of"
    if share >= 0.795:
        return f"{colour}: nearly all of this picture"
    return f"{colour}: {max(1, round(100 * share))} % of this picture"


def caption(looks: Looks) -> str:
    """ "Deep blue and grey, cool, in soft light". Every word of it is one that palette itself agrees with."""
    degree = dict(zip(CONCEPTS, looks.degrees, strict=True))
    parts = [_colours(looks, degree["monochrome"]), _mood(degree), _light(degree)]
    text = ", ".join(part for part in parts if part)
    return text[0].upper() + text[1:]


def _colours(looks: Looks, monochrome: float) -> str:
    if monochrome >= AGREES_DEGREE:
        return "black and white"
    order = sorted(range(len(COLOURS)), key=lambda n: -looks.shares[n])
    named = [n for n in order if looks.shares[n] >= NAMED_SHARE][:NAMED_COLOURS] or order[:1]
    return _listed([_shade(COLOURS[n], looks.lightness[n]) for n in named])


def _shade(colour: str, lightness: float) -> str:
    if colour in ("black", "white", "brown"):
        return colour
    if colour in ("yellow", "orange"):
        return f"pale {colour}" if lightness > PALE_YELLOW else colour
    if lightness > PALE:
        return f"pale {colour}"
    if lightness < DEEP:
        return f"dark {colour}" if colour == "grey" else f"deep {colour}"
    return colour


def _mood(degree: dict[str, float]) -> str:
    """At most two words, the plainest first."""
    if degree["monochrome"] >= AGREES_DEGREE:
        return _listed([word for word in ("bright", "dark") if degree[word] >= AGREES_DEGREE])
    order = sorted(("warm", "cool", "vivid", "muted", "bright", "dark"), key=lambda word: -degree[word])
    return _listed([word for word in order if degree[word] >= AGREES_DEGREE][:2])


def _light(degree: dict[str, float]) -> str:
    if degree["soft"] >= AGREES_DEGREE:
        return "in soft light"
    return "with strong contrast" if degree["contrast"] >= AGREES_DEGREE else ""


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
