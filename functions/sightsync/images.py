"""The image: one record per picture, its states, and the limits of what people may write on it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from sightsync.errors import REJECTIONS

MAX_TITLE = 120
MAX_DESCRIPTION = 1000
MAX_CREDIT = 200
MAX_FILENAME = 255
MAX_TAGS = 20
MAX_TAG = 40
MAX_PAGE = 100
MAX_BYTES = 25 * 1024 * 1024

UNCATEGORISED = "uncategorised"


class Status(StrEnum):
    """Where the file is on its way; `rejected` is the file's fault and final, `failed` is ours and retryable."""

    WAITING = "waiting"
    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"
    FAILED = "failed"


class AnalysisState(StrEnum):
    """Where the models are with it, independent of Status: a sleeping model never hides a picture."""

    PENDING = "pending"
    WAKING = "waking"
    DONE = "done"
    FAILED = "failed"


StepName = Literal["received", "validated", "derived", "captioned", "embedded", "matched", "catalogued"]
Outcome = Literal["ok", "skipped", "failed", "waiting"]
Verdict = Literal["agrees", "partly", "disagrees", "unknown"]
Check = Literal["words_disagree", "no_words", "uncategorised", "near_duplicate", "failed"]


class Record(BaseModel):
    """A frozen value; unknown fields of a newer program are dropped rather than refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def but(self, **changes: Any) -> Self:
        """A copy with some fields changed; the one thing behind every `with_…`."""
        return self.model_copy(update=changes)


class Step(Record):
    """One entry of the flight recorder. `ms` is the time spent, `reason` a code where the outcome is not ok."""

    name: StepName
    outcome: Outcome
    ms: int = 0
    reason: str | None = None
    at: datetime


class Caption(Record):
    """The model's words. `looks` is what palette says: colours and light, never offered as alternative text."""

    text: str
    model: str
    kind: Literal["caption", "looks"]


class Evidence(Record):
    """One piece of the description (exact substring), what pixels say of it, and a short sentence."""

    text: str
    verdict: Verdict
    says: str


class Match(Record):
    """How well description and picture agree. `z` and `caption_z` are the two marks on one scale; `score` is 0 to 100."""

    verdict: Verdict
    score: float | None = None
    z: float | None = None
    caption_z: float | None = None
    reason: str | None = None
    evidence: tuple[Evidence, ...] = ()
    space: str | None = None


class Suggested(Record):
    category: str | None = None
    tags: tuple[str, ...] = ()


class Sight(Record):
    """What a model of one space made of a picture and its words, and of which bytes and which words: see sightsync.sights."""

    space: str
    etag: str
    words: str | None = None  # fingerprint of the description that `match` is for
    scale: str | None = None  # what `match` and `suggested` were measured with
    caption: Caption | None = None
    match: Match | None = None
    suggested: Suggested | None = None
    disagrees: bool = False


class Swatch(Record):
    """One of at most five colours: `share` of the picture in (0, 1], `name` of sightsync.colours.NAMES."""

    hex: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
    name: str
    share: float


class Attempt(Record):
    """Marker written before decoding and removed after; one that stays shows that the program died on this file."""

    etag: str
    started_at: datetime
    count: int = 1


class Image(Record):
    """One picture's record. Everything but the last block is what the API shows (section 6 of the design)."""

    id: str
    version: int = 0  # 0: never stored; each write adds one
    owner: str
    status: Status = Status.WAITING
    analysis: AnalysisState = AnalysisState.PENDING
    reason: str | None = None
    published: bool = False
    filename: str
    title: str = ""
    credit: str = ""
    description: str = ""
    category: str = UNCATEGORISED
    tags: tuple[str, ...] = ()
    content_type: str
    bytes: int
    width: int | None = None
    height: int | None = None
    sha256: str | None = None
    caption: Caption | None = None
    match: Match | None = None
    suggested: Suggested | None = None
    palette: tuple[Swatch, ...] = ()
    placeholder: str | None = None  # ThumbHash, base64
    derivatives: Mapping[str, str] = {}  # name -> store key here, -> URL in the API
    checks: tuple[Check, ...] = ()  # what waits for the owner
    kept: tuple[Check, ...] = ()  # what holds as well, and was answered with "keep it so"
    reviewed: bool = False
    sample: bool = False
    duplicate_of: str | None = None
    near_duplicate_of: str | None = None  # the image that `near_duplicate` is about
    steps: tuple[Step, ...] = ()
    created_at: datetime
    updated_at: datetime

    key: str  # of the original in the store
    etag: str | None = None  # of the original whose pixels these derivatives show
    dhash: str | None = None  # 16 hex digits
    attempt: Attempt | None = None
    read_etag: str | None = None  # of the original that the stored vectors, caption and match are of
    read_space: str | None = None  # the space they are in
    read_words: str | None = None  # fingerprint of the description that `match` is for, see sightsync.rescoring
    read_scale: str | None = None  # stamp of the calibration that match and suggestions are on, see sightsync.calibrating
    sights: tuple[Sight, ...] = ()  # of other spaces than read_space: of the model before, and of one that is to come
    deleted_at: datetime | None = None

    @property
    def message(self) -> str | None:
        """The sentence for people behind `reason`."""
        if self.status is Status.FAILED:
            return "Something went wrong on our side. The picture is kept; try again."
        return REJECTIONS.get(self.reason or "")

    @property
    def public(self) -> bool:
        return self.published and self.status is Status.READY and self.deleted_at is None

    def visible_to(self, user: str | None) -> bool:
        return self.deleted_at is None and (self.public or self.owner == user)

    def with_step(self, name: StepName, outcome: Outcome, ms: int = 0, reason: str | None = None) -> Self:
        """The newest word of each step is kept, in the order in which the steps last happened."""
        step = Step(name=name, outcome=outcome, ms=ms, reason=reason, at=now())
        return self.but(steps=(*(s for s in self.steps if s.name != name), step))

    def without_check(self, check: Check) -> Self:
        """Neither open nor kept, until it is found to hold again."""
        return self.but(checks=tuple(c for c in self.checks if c != check), kept=tuple(c for c in self.kept if c != check))

    def with_checks(self) -> Self:
        """Recomputes what follows from the fields alone; the checks that need vectors are kept as they are.

        What the owner has kept stays quiet for as long as it holds; while `reviewed`, also what comes to hold later. A failure
        is nothing to keep.
        """
        live = self.status is Status.READY
        held: set[Check] = {c for c in (*self.checks, *self.kept) if c in ("words_disagree", "near_duplicate")}
        if live and not self.description.strip():
            held.add("no_words")
        if live and self.category == UNCATEGORISED:
            held.add("uncategorised")
        kept = held if self.reviewed else held & set(self.kept)
        failed: set[Check] = {"failed"} if self.status is Status.FAILED or self.analysis is AnalysisState.FAILED else set()
        return self.but(checks=tuple(sorted((held - kept) | failed)), kept=tuple(sorted(kept)))


def now() -> datetime:
    return datetime.now(UTC)
