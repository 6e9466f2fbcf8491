"""One plain sentence why a picture is among what a search found. People read it; programs have the numbers beside it."""

from __future__ import annotations

from sightsync.query import Query
from sightsync.search_walk import ColourWhy, MeaningWhy, Why

SAID = 3  # words that one sentence quotes
MOST = 2  # reasons that one sentence gives
NOTHING_Z = 0.5  # up to here a picture has nothing of what was asked for
LOOKS = "palette@"  # spaces whose model knows colour and light only


def sentence(why: Why, query: Query, space: str | None) -> str:
    """ "Its words say “boat”, and it shows something close." Empty where the search is only a filter."""
    reasons: list[str] = []
    if why.words:
        said = ", ".join(f"“{word}”" for word in why.words.highlights[:SAID])
        reasons.append(f"its words say {said}" if said else "its words match")
    if why.colour:
        reasons.append(_share(why.colour, query))
    if why.meaning and (not reasons or not _nothing(why.meaning)):
        reasons.append(_meaning(why.meaning, bool(query.texts) and not why.words, space))
    told = ", and ".join(reasons[:MOST])
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def _meaning(meaning: MeaningWhy, by_words: bool, space: str | None) -> str:
    if _nothing(meaning):
        return "of all that is left it comes nearest"
    if meaning.against == "image":
        return "it looks alike and fits the words" if by_words else "it looks alike"
    return "its colours and light fit" if (space or "").startswith(LOOKS) else "it shows something close"


def _nothing(meaning: MeaningWhy) -> bool:
    return meaning.z is not None and meaning.z <= NOTHING_Z


def _share(colour: ColourWhy, query: Query) -> str:
    if not colour.share:
        return "its colours only come near"
    percent = round(colour.share * 100)
    much = "a trace" if percent < 1 else "all" if percent > 98 else f"{percent} %"
    names = query.values("colour")
    name = names[0] if len(names) == 1 and not names[0].startswith("#") else "this colour" if len(names) == 1 else "these colours"
    return f"{much} of it is {name}"
