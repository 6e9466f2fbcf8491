"""The shapes that a search answers with; the rest of the API's are in api.py."""

from typing import Literal

from pydantic import Field

from sightsync.api import Answer, ImageAnswer
from sightsync.query import Kind


class MeaningWhy(Answer):
    rank: int
    z: float | None = Field(description="On the scale of the space; null where it has none.")
    against: Literal["text", "image"]


class WordsWhy(Answer):
    rank: int
    highlights: list[str] = Field(description="The words that were found.")


class ColourWhy(Answer):
    share: float


class Why(Answer):
    """Why a hit is one. All three are null, and the sentence is empty, where the search is only a filter."""

    sentence: str = Field(
        description="For people, in plain words.", examples=["Its words say “boat”, and it shows something close."]
    )

    meaning: MeaningWhy | None
    words: WordsWhy | None
    colour: ColourWhy | None


class LikeAnswer(Answer):
    """Near-duplicates that stand behind a hit."""

    count: int
    ids: list[str] = Field(description="At most a hundred of them; read them with `GET /images?ids=`.")


class PartAnswer(Answer):
    """One part of a query as it was understood: what the page shows as a chip."""

    kind: Kind
    text: str = Field(description="Words as typed; a colour's name or `#rrggbb`; an image's id; a category, check or status.")
    weight: float
    negated: bool
    typed: str = Field(description="The part as text: a query without it, or with it negated, is made by joining such texts.")


class QueryAnswer(Answer):
    text: str = Field(description="The whole query in its plainest form; it means the same as what was sent.")
    parts: list[PartAnswer]


class HitAnswer(Answer):
    image: ImageAnswer
    likely: bool = Field(description="False: below the line of what probably fits.")
    why: Why
    like: LikeAnswer | None = Field(
        description="The same picture in other sizes or qualities, found as well and shown by this one."
    )


class SearchAnswer(Answer):
    mode: str = Field(description="How it was searched, such as `meaning+words` or `words`.")
    reason: str | None = Field(description="Why not by meaning as well, where it was not.")
    query: QueryAnswer = Field(description="What was asked, as it was understood.")
    fits: bool = Field(description="False: nothing was found that is likely to be what was looked for; the hits only come nearest.")
    hits: list[HitAnswer]
    next_cursor: str | None
