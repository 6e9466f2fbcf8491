"""The shapes that a search answers with; the rest of the API's are in api.py."""

from typing import Literal

from pydantic import Field

from sightsync.api import Answer, ImageAnswer
from sightsync.query import Kind


class MeaningWhy(Answer):
    """Its place in the list of what lies nearest in meaning."""

    rank: int = Field(description="From 1.")
    z: float | None = Field(description="On the scale of the space; null where it has none.")
    against: Literal["text", "image"] = Field(description="What it was compared with: words, or a picture.")


class WordsWhy(Answer):
    """Its place in the list of what says these words."""

    rank: int = Field(description="From 1.")
    highlights: list[str] = Field(description="The words that were found.")


class ColourWhy(Answer):
    """How much of it shows the colour asked for."""

    share: float = Field(description="Of the picture, above 0, at most 1.")


class Why(Answer):
    """Why a hit is one. All three are null, and the sentence is empty, where the search is only a filter."""

    sentence: str = Field(
        description="For people, in plain words.", examples=["Its words say “boat”, and it shows something close."]
    )

    meaning: MeaningWhy | None = Field(description="Null where meaning did not find it.")
    words: WordsWhy | None = Field(description="Null where words did not find it.")
    colour: ColourWhy | None = Field(description="Null where no colour was asked for.")


class LikeAnswer(Answer):
    """Near-duplicates that stand behind a hit."""

    count: int = Field(description="How many there are.")
    ids: list[str] = Field(description="At most a hundred of them; read them with `GET /images?ids=`.")


class PartAnswer(Answer):
    """One part of a query as it was understood: what the page shows as a chip."""

    kind: Kind = Field(description="What sort of part it is.")
    text: str = Field(description="Words as typed; a colour's name or `#rrggbb`; an image's id; a category, check or status.")
    weight: float = Field(description="1 unless `^` said otherwise.")
    negated: bool = Field(description="True after a `-`.")
    typed: str = Field(description="The part as text: a query without it, or with it negated, is made by joining such texts.")


class QueryAnswer(Answer):
    """A query as it was understood."""

    text: str = Field(description="The whole query in its plainest form; it means the same as what was sent.")
    parts: list[PartAnswer] = Field(description="In the order typed.")


class HitAnswer(Answer):
    """One picture that was found."""

    image: ImageAnswer = Field(description="Without its steps.")
    likely: bool = Field(description="False: below the line of what probably fits.")
    why: Why = Field(description="Why it is here.")
    like: LikeAnswer | None = Field(
        description="The same picture in other sizes or qualities, found as well and shown by this one."
    )


class SearchAnswer(Answer):
    """One page of what was found."""

    mode: str = Field(description="How it was searched, such as `meaning+words` or `words`.")
    reason: str | None = Field(description="Why not by meaning as well, where it was not.")
    query: QueryAnswer = Field(description="What was asked, as it was understood.")
    fits: bool = Field(description="False: nothing was found that is likely to be what was looked for; the hits only come nearest.")
    hits: list[HitAnswer] = Field(description="Best first; those that are not `likely` last.")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last one.")
