"""The shapes that the HTTP API answers with, described for people: the OpenAPI document is made of them.

Answers are built by showing.py and the handlers; tests hold every one of them against these models.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sightsync.images import AnalysisState, Check, Outcome, Status, StepName, Verdict

IMAGE_EXAMPLE: dict[str, Any] = {
    "id": "9f1c2f0a4b7d4e0e8a53c1de6a2b7c11",
    "version": 7,
    "owner": "local",
    "mine": True,
    "status": "ready",
    "analysis": "done",
    "reason": None,
    "message": None,
    "duplicate_of": None,
    "near_duplicate_of": None,
    "published": True,
    "filename": "harbour.jpg",
    "title": "Harbour",
    "credit": "Ada, 2024",
    "description": "Red boats in the harbour at dusk",
    "category": "illustrations",
    "tags": ["boats", "evening"],
    "content_type": "image/jpeg",
    "bytes": 483210,
    "width": 1600,
    "height": 1200,
    "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "caption": {"text": "red and warm, dark", "model": "palette@1", "kind": "looks"},
    "match": {
        "verdict": "agrees",
        "score": 88.1,
        "z": 2.2,
        "caption_z": None,
        "reason": None,
        "evidence": [{"text": "Red", "verdict": "agrees", "says": "red: 31 % of this picture"}],
        "space": "palette@1",
    },
    "suggested": None,
    "palette": [{"hex": "#b4382f", "name": "red", "share": 0.31}],
    "placeholder": "HBkSHYSIeHiPiHh8eJd4eTN0EEQG",
    "derivatives": {
        "thumb": "/media/9f1c2f0a4b7d4e0e8a53c1de6a2b7c11/0b4e7a5d2f66c1a9/thumb.jpg",
        "row": "/media/9f1c2f0a4b7d4e0e8a53c1de6a2b7c11/0b4e7a5d2f66c1a9/row.jpg",
        "display": "/media/9f1c2f0a4b7d4e0e8a53c1de6a2b7c11/0b4e7a5d2f66c1a9/display.jpg",
    },
    "checks": [],
    "reviewed": True,
    "sample": False,
    "steps": [{"name": "received", "outcome": "ok", "ms": 3, "reason": None, "at": "2026-05-04T12:00:00Z"}],
    "created_at": "2026-05-04T12:00:00Z",
    "updated_at": "2026-05-04T12:00:03.25Z",
    "deleted_at": None,
}


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
    text: str
    model: str = Field(description="Which model wrote it.")
    kind: Literal["caption", "looks"] = Field(
        description="`looks` speaks of colour and light only and is no alternative text; `caption` says what is shown."
    )


class EvidenceAnswer(Answer):
    text: str = Field(description="An exact piece of the description.")
    verdict: Verdict
    says: str = Field(description="What the picture says of it.")


class MatchAnswer(Answer):
    """How well words and picture agree."""

    verdict: Verdict
    score: float | None = Field(description="0 to 100, for sorting. Not a percentage of anything: show the verdict.")
    z: float | None = Field(description="The description's place on the scale of its space.")
    caption_z: float | None = Field(description="The model's own caption on the same scale.")
    reason: str | None = Field(
        description="Why it is `unknown`: pending (being measured), no_vector, generic, language, truncated, uncalibrated."
    )
    evidence: list[EvidenceAnswer]
    space: str | None = Field(description="The vector space, that is the model, in which it was measured.")


class SuggestedAnswer(Answer):
    category: str | None
    tags: list[str]


class SwatchAnswer(Answer):
    hex: str = Field(description="`#rrggbb`.")
    name: str = Field(description="One of sixteen colour names.")
    share: float = Field(description="Of the picture, above 0, at most 1.")


class StepAnswer(Answer):
    """One entry of the flight recorder."""

    name: StepName
    outcome: Outcome
    ms: int = Field(description="Milliseconds spent.")
    reason: str | None = Field(description="A code, where the outcome is not ok.")
    at: datetime


class ImageAnswer(Answer):
    """One picture: its record, what the models made of it, and where its smaller copies are.

    People other than its owner get `checks`, `steps` empty, `filename` "", `reviewed` false, and null for `sha256`, `suggested`,
    `reason`, `message`, `duplicate_of`, `near_duplicate_of` and `deleted_at`.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [IMAGE_EXAMPLE]})

    id: str
    version: int = Field(description="Grows with every write; send it as If-Match to change only what you have seen.")
    owner: str
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
    filename: str
    title: str
    credit: str
    description: str = Field(description="Its owner's words.")
    category: str = Field(description="A category's id, or `uncategorised`.")
    tags: list[str]
    content_type: str = Field(description="As declared; once analysed, as found in the file itself.")
    bytes: int
    width: int | None = Field(description="Pixels, upright.")
    height: int | None
    sha256: str | None
    caption: CaptionAnswer | None = Field(description="The model's words.")
    match: MatchAnswer | None
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
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class ImageList(Answer):
    images: list[ImageAnswer]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last one.")


class UploadFields(Answer):
    """A presigned POST: send `fields` as multipart/form-data, then the picture as the last field, `file`, to `url`."""

    url: str
    fields: dict[str, str]


class UploadAnswer(Answer):
    image: ImageAnswer
    upload: UploadFields
    expires_at: datetime = Field(description="Until when the ticket is good. Ask again for a fresh one.")


class DuplicateAnswer(Answer):
    """You have this picture already; nothing needs to be sent."""

    image: ImageAnswer
    duplicate: Literal[True]


class EditProblem(Answer):
    id: str
    error: str
    message: str


class EditedImages(Answer):
    images: list[ImageAnswer] = Field(description="Those that now are as asked.")
    errors: list[EditProblem] = Field(description="Those that could not be changed, and why.")


class CategoryAnswer(Answer):
    id: str
    name: str
    count: int = Field(description="Published pictures in it.")
    covers: list[str] = Field(description="URLs of at most three thumbs, newest first.")


class CategoryList(Answer):
    categories: list[CategoryAnswer]
    total: int


class ProgressAnswer(Answer):
    """How far analysis has come with your images."""

    waiting: int = Field(description="Begun and not finished, a sleeping model included.")
    done: int
    rejected: int
    failed: int
    queued: int | None = Field(description="Messages on the analysis queue, about, everybody's; null when it can't be asked.")
    per_minute: float = Field(description="Images settled in a minute, of late.")
    seconds_left: int | None = Field(description="An estimate; 0 when nothing is left, null while the pace is not known.")


class OriginalLink(Answer):
    url: str = Field(description="Good for a few minutes, and then no more.")


class DeskAnswer(Answer):
    drafts: int = Field(description="Unpublished pictures that have arrived.")
    words_disagree: int
    no_words: int
    uncategorised: int
    near_duplicate: int
    failed: int
    total: int = Field(description="Images that wait for any of these reasons, each counted once.")
    progress: ProgressAnswer


class VisionAnswer(Answer):
    name: str
    state: Literal["ready", "waking", "down", "off"]
    can: list[Literal["caption", "match", "search", "categories"]]
    last_wake_s: float | None = Field(description="How long it took to wake the last time.")
    message: str | None = Field(
        description="What keeps it from searching: the pictures were read in another model's space. Else null.",
    )


class HealthAnswer(Answer):
    status: Literal["ok", "degraded"]
    version: str
    store: Literal["ok", "down"]
    catalog: Literal["ok", "down"]
    vision: VisionAnswer


class CaptionResult(Answer):
    caption: CaptionAnswer


class ScoresAnswer(Answer):
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
