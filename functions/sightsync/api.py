"""The shapes that the HTTP API answers with, described for people: the OpenAPI document is made of them.

Answers are built by showing.py and the handlers; tests hold every one of them against these models.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sightsync.images import AnalysisState, Check, Outcome, Status, StepName, Verdict


class Answer(BaseModel):
    """Strict on purpose: a field that is sent but not described here is a mistake, and a test finds it.

    Built when something is first held against it, which on Lambda is never: answers are made by hand.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Problem(Answer):
    """Every error of this API looks like this."""

    error: str = Field(description="A code for programs; it never changes.", examples=["image_not_found"])
    message: str = Field(description="A sentence for people.", examples=["No image abc."])
    details: Any = Field(
        description="More, by error: refused fields as `[{field, message}]`, the current image of a conflict; else null."
    )


class CaptionAnswer(Answer):
    """A model's words for a picture."""

    text: str = Field(description="The words.")
    model: str = Field(description="Which model wrote it.")
    kind: Literal["caption", "looks"] = Field(
        description="`looks` speaks of colour and light only and is no alternative text; `caption` says what is shown."
    )


class EvidenceAnswer(Answer):
    """One piece of a description."""

    text: str = Field(description="An exact piece of the description.")
    verdict: Verdict = Field(description="Of this piece alone.")
    says: str = Field(description="What the picture says of it.")


class MatchAnswer(Answer):
    """How well words and picture agree."""

    verdict: Verdict = Field(description="What people are shown: how well the words fit, or `unknown`.")
    score: float | None = Field(description="0 to 100, for sorting. Not a percentage of anything: show the verdict.")
    z: float | None = Field(description="The description's place on the scale of its space.")
    caption_z: float | None = Field(description="The model's own caption on the same scale.")
    reason: str | None = Field(
        description="Why it is `unknown`: pending (being measured), no_vector, generic, language, truncated, uncalibrated."
    )
    evidence: list[EvidenceAnswer] = Field(description="Piece by piece, where pixels can tell; a model of meaning gives none.")
    space: str | None = Field(description="The vector space, that is the model, in which it was measured.")


class SuggestedAnswer(Answer):
    """What the model would write about a picture; null and empty where it suggests nothing."""

    category: str | None = Field(description="A category's id.")
    tags: list[str] = Field(description="Words of a fixed vocabulary.")


class SwatchAnswer(Answer):
    """One of a picture's main colours."""

    hex: str = Field(description="`#rrggbb`.")
    name: str = Field(description="One of sixteen colour names.")
    share: float = Field(description="Of the picture, above 0, at most 1.")


class StepAnswer(Answer):
    """One entry of the flight recorder."""

    name: StepName = Field(description="In the order in which a picture meets them.")
    outcome: Outcome = Field(description="`waiting`: it is tried again, for instance when the model is awake.")
    ms: int = Field(description="Milliseconds spent.")
    reason: str | None = Field(description="A code, where the outcome is not ok.")
    at: datetime = Field(description="When it ended.")


class ImageAnswer(Answer):
    """One picture: its record, what the models made of it, and where its smaller copies are.

    People other than its owner get `checks`, `steps` empty, `filename` "", `reviewed` false, and null for `sha256`, `suggested`,
    `reason`, `message`, `duplicate_of`, `near_duplicate_of` and `deleted_at`.
    """

    id: str = Field(description="32 hexadecimal digits.")
    version: int = Field(description="Grows with every write; send it as If-Match to change only what you have seen.")
    owner: str = Field(description="Whose it is: the `sub` of their token, `local` on one machine.")
    mine: bool = Field(description="True when you are the owner.")
    status: Status = Field(
        description="`waiting` for its file, `processing`, `ready`, `rejected` (the file is at fault), `failed` (we are)."
    )
    analysis: AnalysisState = Field(description="Where the models are with it; a sleeping model never hides a picture.")
    reason: str | None = Field(description="Why it was rejected or failed, as a code.")
    message: str | None = Field(description="The same as a sentence for people.")
    duplicate_of: str | None = Field(description="The image that has the same bytes, when that is why this one was rejected.")
    near_duplicate_of: str | None = Field(description="Your own image that this one is nearly the same as; it may be gone by now.")
    published: bool = Field(description="False: a draft, which only its owner sees.")
    filename: str = Field(description="As it was uploaded, without folders.")
    title: str = Field(description="One line, or empty.")
    credit: str = Field(description="Who made it, or empty.")
    description: str = Field(description="Its owner's words.")
    category: str = Field(description="A category's id, or `uncategorised`.")
    tags: list[str] = Field(description="In the order in which its owner wrote them.")
    content_type: str = Field(description="As declared; once analysed, as found in the file itself.")
    bytes: int = Field(description="Of the original.")
    width: int | None = Field(description="Pixels, upright.")
    height: int | None = Field(description="Pixels, upright.")
    sha256: str | None = Field(description="Of the original, hexadecimal.")
    caption: CaptionAnswer | None = Field(description="The model's words.")
    match: MatchAnswer | None = Field(description="How well its owner's words fit; null without words.")
    suggested: SuggestedAnswer | None = Field(description="What the model would file it under.")
    palette: list[SwatchAnswer] = Field(description="At most five colours, largest first.")
    placeholder: str | None = Field(description="A ThumbHash, base64.")
    derivatives: dict[str, str] = Field(
        description="URLs of the smaller copies: `thumb`, `row`, `display`. Empty until they are made."
    )
    checks: list[Check] = Field(description="What waits for its owner.")
    reviewed: bool = Field(description="The owner has kept this picture as it is although a check was open.")
    sample: bool = Field(description="One of the pictures that come with the program.")
    steps: list[StepAnswer] = Field(description="How its analysis went. In lists empty, but for `ids=`.")
    created_at: datetime = Field(description="When it was announced, or arrived.")
    updated_at: datetime = Field(description="When it was last written.")
    deleted_at: datetime | None = Field(description="When it was put into the bin; else null.")


class ImageList(Answer):
    """One page."""

    images: list[ImageAnswer] = Field(description="In the order asked for.")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last one.")


class UploadFields(Answer):
    """A presigned POST: send `fields` as multipart/form-data, then the picture as the last field, `file`, to `url`."""

    url: str = Field(description="Where to send the form.")
    fields: dict[str, str] = Field(description="Every one of them, as they are.")


class UploadAnswer(Answer):
    """A record that waits for its file, and the ticket to send that with."""

    image: ImageAnswer = Field(description="A draft, `waiting`.")
    upload: UploadFields = Field(description="The ticket.")
    expires_at: datetime = Field(description="Until when the ticket is good. Ask again for a fresh one.")


class DuplicateAnswer(Answer):
    """You have this picture already; nothing needs to be sent."""

    image: ImageAnswer = Field(description="The picture that you have.")
    duplicate: Literal[True] = Field(description="Always true.")


class EditProblem(Answer):
    """One image that could not be changed."""

    id: str = Field(description="As it was asked for.")
    error: str = Field(description="A code, as of a single change.")
    message: str = Field(description="The same for people.")


class EditedImages(Answer):
    """What became of a change to several."""

    images: list[ImageAnswer] = Field(description="Those that now are as asked.")
    errors: list[EditProblem] = Field(description="Those that could not be changed, and why.")


class CategoryAnswer(Answer):
    """One tab of the gallery."""

    id: str = Field(description="As in `category=`.")
    name: str = Field(description="For people.")
    count: int = Field(description="Published pictures in it.")
    covers: list[str] = Field(description="URLs of at most three thumbs, newest first.")


class CategoryList(Answer):
    """All categories, empty ones too."""

    categories: list[CategoryAnswer] = Field(description="In their order, `uncategorised` last.")
    total: int = Field(description="Published pictures in all of them.")


class ProgressAnswer(Answer):
    """How far analysis has come with your images."""

    waiting: int = Field(description="Begun and not finished, a sleeping model included.")
    done: int = Field(description="Ready, and read as far as a model could.")
    rejected: int = Field(description="Files at fault.")
    failed: int = Field(description="What may be retried.")
    queued: int | None = Field(description="Messages on the analysis queue, about, everybody's; null when it can't be asked.")
    per_minute: float = Field(description="Images settled in a minute, of late.")
    seconds_left: int | None = Field(description="An estimate; 0 when nothing is left, null while the pace is not known.")


class OriginalLink(Answer):
    """Where the original can be fetched."""

    url: str = Field(description="Good for a few minutes, and then no more.")


class DeskAnswer(Answer):
    """What waits for you, by reason."""

    drafts: int = Field(description="Unpublished pictures that have arrived.")
    words_disagree: int = Field(description="Whose words the model does not find in them.")
    no_words: int = Field(description="Without a description.")
    uncategorised: int = Field(description="Filed nowhere.")
    near_duplicate: int = Field(description="Nearly the same as another of yours.")
    failed: int = Field(description="Where something of ours went wrong.")
    total: int = Field(description="Images that wait for any of these reasons, each counted once.")
    progress: ProgressAnswer = Field(description="How analysis gets on with your images.")


class VisionAnswer(Answer):
    """The model that reads pictures."""

    name: str = Field(description="For people.")
    state: Literal["ready", "waking", "down", "off"] = Field(
        description="`waking`: asleep until somebody asks; `off`: not asked, as its budget is spent."
    )
    can: list[Literal["caption", "match", "search", "categories"]] = Field(description="What it is good for.")
    last_wake_s: float | None = Field(description="How long it took to wake the last time.")
    message: str | None = Field(
        description="What keeps it from searching: the pictures were read in another model's space. Else null.",
    )


class HealthAnswer(Answer):
    """Every part of the gallery."""

    status: Literal["ok", "degraded"] = Field(description="`degraded`: store or catalog is down.")
    version: str = Field(description="Of this program.")
    store: Literal["ok", "down"] = Field(description="Where pictures are.")
    catalog: Literal["ok", "down"] = Field(description="Where records are.")
    vision: VisionAnswer = Field(description="What reads pictures.")


class CaptionResult(Answer):
    """The words for a picture that was sent."""

    caption: CaptionAnswer = Field(description="Nothing is kept of it.")


class ScoresAnswer(Answer):
    """How well each text fits."""

    scores: list[MatchAnswer] = Field(description="One for each text, in order.")


_SAID: dict[int, tuple[str, str, str]] = {  # status -> what it means here, and an example
    400: (
        "The request could not be read, or a cursor or version in it is not one of ours.",
        "bad_request",
        "The request could not be read.",
    ),
    401: ("Nobody is signed in, or the token is no longer good.", "sign_in_required", "Sign in to do this."),
    403: ("Not yours.", "not_yours", "Only its owner can do this."),
    404: ("There is no such image, or it is not for you to see.", "image_not_found", "No image abc."),
    409: (
        "It has changed meanwhile (`image_changed`, with the current image in details), or is in no state for this.",
        "image_changed",
        "…",
    ),
    413: ("Too large.", "too_large", "The picture is larger than 4 MB. Send a smaller copy."),
    422: (
        "Something sent can't be used; details say what.",
        "invalid_request",
        "Some of what was sent can't be used. See details.",
    ),
    429: ("Today's quota is used up.", "quota_exceeded", "You have added 2000 pictures today. Go on tomorrow."),
    500: ("Our mistake.", "internal", "Something went wrong on our side."),
    503: ("Store, catalog, model or issuer is away for now; try again.", "catalog_unavailable", "The catalog can't be reached."),
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may fail in these ways, and in those in which every route may."""
    return {status: _described(status) for status in sorted({*statuses, 400, 422, 500, 503})}


def _described(status: int) -> dict[str, Any]:
    """By reference rather than by model, as routes that answer with a page or a redirect still fail in JSON."""
    meaning, code, message = _SAID[status]
    example = {"error": code, "message": message, "details": None}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": meaning, "content": {"application/json": content}}
