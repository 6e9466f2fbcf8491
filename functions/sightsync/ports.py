"""What SightSync needs from outside, as Protocols named by role. Adapters are named by technology.

Adapters translate foreign failures at their edge: StoreUnavailable, StorageFull, CatalogUnavailable, VisionUnavailable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sightsync.images import Image

if TYPE_CHECKING:  # numpy is not needed to serve a gallery page
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]  # (dim,), L2 norm 1
else:
    Vector = Any  # so that signatures can be imported, and read by dataclasses, without numpy


# --- ImageStore -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ticket:
    """A presigned POST: the browser sends `fields`, then the picture as the last field, `file`, to `url`."""

    url: str
    fields: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class ObjectHead:
    key: str
    bytes: int
    etag: str
    modified_at: datetime
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredObject:
    head: ObjectHead
    body: bytes


class ImageStore(Protocol):
    """Originals (private) and derivatives (public: keys under `media/`)."""

    def ticket(self, key: str, content_type: str, max_bytes: int, expires_in: int = 3600) -> Ticket: ...

    def read(self, key: str, limit: int) -> StoredObject | None:
        """None when there is no such object; TooLarge when it is longer than `limit` bytes (nothing is read then)."""

    def head(self, key: str) -> ObjectHead | None: ...

    def write(self, key: str, body: bytes, content_type: str) -> ObjectHead:
        """Whole or not at all; an object of the same key is replaced."""

    def delete(self, key: str) -> None:
        """All versions; silent when there is none."""

    def public_url(self, key: str) -> str:
        """For keys under `media/`."""

    def private_url(self, key: str, filename: str, expires_in: int = 300) -> str:
        """A short-lived link to an original, downloaded under `filename`."""

    def list(self, prefix: str) -> Iterator[ObjectHead]: ...

    def health(self) -> None:
        """Raises Unavailable when the store cannot be used."""


# --- Catalog ----------------------------------------------------------------------------------------------------

FilterField = Literal[
    "id", "owner", "status", "analysis", "published", "category", "check", "sample", "deleted", "created_at", "updated_at"
]


@dataclass(frozen=True)
class Equal:
    """`deleted` is a boolean here; `check` is true when the image's checks contain the value."""

    field: FilterField
    value: str | bool | datetime


@dataclass(frozen=True)
class In:
    field: FilterField
    values: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """low <= field < high; None leaves that end open."""

    field: FilterField
    low: datetime | None = None
    high: datetime | None = None


@dataclass(frozen=True)
class And:
    parts: tuple[Filter, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Filter, ...]


@dataclass(frozen=True)
class Not:
    part: Filter


Filter = Equal | In | Range | And | Or | Not
Everything = And(())

Order = Literal["newest", "oldest", "disagreement", "shuffle"]


@dataclass(frozen=True)
class Sort:
    """`disagreement`: lowest match z first, images without one last. `shuffle` is stable for one `seed`."""

    order: Order = "newest"
    seed: int = 0


@dataclass(frozen=True)
class Page:
    images: Sequence[Image]
    next_cursor: str | None


@dataclass(frozen=True)
class Near:
    """A hit of `nearest`: cosine of stored and asked vector, in [-1, 1]."""

    image_id: str
    cosine: float


@dataclass(frozen=True)
class Survey:
    """What one question finds, and how everything else lies beside it.

    `near` is what `nearest` gives. `cosines` are those of every image that passes the filter and has a vector, or of a sample
    of them, (m,), in no order and to two decimals; `count` says how many there are.
    """

    near: Sequence[Near]
    cosines: NDArray[np.float32]
    count: int


@dataclass(frozen=True)
class WordTerms:
    """What to look for. Each word or phrase found adds to the rank (OR); `prefix` matches as the start of a word.

    Words come lowercased, diacritics and all; the adapter folds and stems as its index does.
    """

    words: tuple[str, ...] = ()
    prefix: str | None = None
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()  # words or phrases that no hit may hold


@dataclass(frozen=True)
class WordHit:
    """Best first; `score` is the adapter's own and only its order means anything."""

    image_id: str
    score: float


@dataclass(frozen=True)
class ColourHit:
    image_id: str
    share: float


@dataclass(frozen=True)
class ShadeHit:
    """Of swatches with a share s and a distance d in OKLab from what was asked for: `close` is the sum of
    s max(0, 1 - d / (2 within)), `share` the sum of s of those with d <= within."""

    image_id: str
    close: float
    share: float


# c until bench/calibrate fits it. Chosen without weights, in the synthetic spaces of tests/geometry.py: there the c that separates
# best lies between 0.65 and 0.80, and at 0.75 fewer than 2 % of the texts that say something are taken for empty ones, and more
# than 90 % of the empty ones are found (tests/test_match_geometry.py). It leans to the side where the error is smaller: a verdict
# on "my photo" does less harm than none on "a red door".
GENERIC_COSINE = 0.75

ALIKE_Z = 2.5  # until it is measured: one pair of unrelated pictures in a hundred, as scoring.calibrate finds it in most spaces


@dataclass(frozen=True)
class Calibration:
    """The scale of one space (section 4 of the design): means (dim,), RMS per kind of pair, logistic a and b, generic threshold.

    `fitted`: a, b and generic_cosine come from labelled pairs (bench/calibrate) or with the model, and are no starting values.
    """

    space: str
    version: str
    mean_image: Vector
    mean_text: Vector
    generic_text: Vector  # mean of the eight empty texts, (dim,)
    scale_image_text: float
    scale_text_text: float
    scale_image_image: float
    a: float
    b: float
    fitted: bool = False
    generic_cosine: float = GENERIC_COSINE  # c: a text nearer than this to the empty texts says nothing
    alike: float = ALIKE_Z  # z of two pictures from which on they are said to be alike


class Catalog(Protocol):
    """Records, their vectors, and the few settings that must outlive a process.

    `nearest`, `words` and `coloured` never give images in the bin, whatever the filter; `page` and `counts` do as it says.
    """

    def put(self, image: Image, expected_version: int, vectors: Mapping[str, Mapping[str, Vector]] | None = None) -> Image:
        """Writes record and vectors in one transaction and returns the record as stored (version + 1, updated_at).

        expected_version 0 creates. ImageChanged when the stored version (0 if absent) differs; DuplicateImage when a live
        (not deleted), ready image of the same owner has the same sha256 and this one would become a second.
        vectors: {space: {"image" | "caption" | "description": Vector}}; given kinds are replaced, others are kept.
        """

    def get(self, image_id: str) -> Image | None: ...

    def get_many(self, image_ids: Sequence[str]) -> list[Image]:
        """In the order asked; absent ones are left out."""

    def delete(self, image_id: str) -> None:
        """For good: record, words, vectors, colours. (The bin is the `deleted_at` field.)"""

    def page(self, where: Filter, sort: Sort, cursor: str | None, limit: int) -> Page:
        """BadRequest("bad_cursor") for a cursor of another sort or none of ours. Stable under inserts: keyset, never offset."""

    def counts(self, where: Filter, by: Literal["category", "check", "status", "analysis"]) -> dict[str, int]: ...

    def by_sha256(self, owner: str, sha256: str) -> list[Image]:
        """Not deleted ones, ready first, then oldest first."""

    def nearest(self, space: str, vector: Vector, where: Filter, limit: int) -> list[Near]:
        """Exact or approximate neighbours among "image" vectors, best first, ties by id."""

    def survey(self, space: str, vector: Vector, where: Filter, limit: int) -> Survey:
        """`nearest`, and all cosines or a sample of them, at hardly more cost."""

    def warm(self, space: str) -> int:
        """Reads into memory what the first search in this space would have to wait for; how many bytes that is."""

    def vectors(self, image_ids: Sequence[str], space: str) -> dict[str, dict[str, Vector]]:
        """{image_id: {kind: Vector}} of those that have any in this space."""

    def hashes(self, image_ids: Sequence[str]) -> dict[str, str]:
        """{image_id: dHash, 16 hex digits} of those that have one; far cheaper than their records."""

    def words(self, terms: WordTerms, where: Filter, limit: int) -> list[WordHit]:
        """Over title, description, tags, caption (kind caption only) and filename."""

    def word_counts(self, words: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many documents each word stands, and how many documents there are."""

    def coloured(self, names: Sequence[str], where: Filter, limit: int) -> list[ColourHit]:
        """Images by the summed share of swatches with these names, largest first, ties by id."""

    def shades(self, hex_colour: str, within: float, least: float, where: Filter, limit: int) -> list[ShadeHit] | None:
        """Images that come near to the colour at all and show at least so much of it, closest first, ties by id. None where
        each record would have to be read for it: `coloured` and `get_many` do no worse then."""

    def calibration(self, space: str) -> Calibration | None: ...

    def put_calibration(self, calibration: Calibration) -> None: ...

    def recall(self, name: str) -> Any:
        """A remembered JSON value or None. `active_space` is one of them."""

    def remember(self, name: str, value: Any) -> None: ...

    def add(self, counter: str, amount: int, expires_at: datetime) -> int:
        """Adds atomically and returns the new total; quotas and budgets. Expired counters start again at 0."""

    def forget_space(self, space: str) -> None:
        """All vectors of a space, for good; silent when there are none. Its calibration stays."""

    def health(self) -> None:
        """Raises Unavailable when the catalog cannot be used."""

    def close(self) -> None: ...


# --- Vision -----------------------------------------------------------------------------------------------------

Want = Literal["caption", "vectors"]
Ability = Literal["caption", "match", "search", "categories"]


@dataclass(frozen=True)
class Picture:
    """What a model is given: an upright JPEG of at most 768 px without metadata, made by us, and the original's size."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True)
class WordEvidence:
    text: str  # exact substring of the text that was read
    degree: float  # 0 to 1: how much of it the picture shows
    says: str


@dataclass(frozen=True)
class Reading:
    """What a model says of one picture and its texts. Vectors are L2-normalised, (dim,) float32, or None."""

    space: str
    caption: str | None = None
    caption_model: str | None = None
    caption_kind: Literal["caption", "looks"] = "caption"
    image_vector: Vector | None = None
    caption_vector: Vector | None = None
    text_vectors: tuple[Vector | None, ...] = ()
    text_tokens: tuple[int, ...] = ()
    evidence: tuple[tuple[WordEvidence, ...], ...] = ()  # per text; models without evidence leave it empty


@dataclass(frozen=True)
class VisionError:
    """One picture's failure inside a batch that otherwise went well."""

    code: str
    message: str


@dataclass(frozen=True)
class Texts:
    """Vectors of texts; None where a text says nothing in this space."""

    space: str
    vectors: tuple[Vector | None, ...]
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True)
class VisionHealth:
    """`waking` is also what has not answered for a while: whether it sleeps would cost a call to know."""

    name: str
    state: Literal["ready", "waking", "down", "off"]
    can: tuple[Ability, ...] = ()
    last_wake_s: float | None = None
    space: str | None = None
    max_tokens: int | None = None
    reason: str | None = None  # why asking now is in vain: vision_budget (today's calls are used up) or vision_asleep
    costly: bool = False  # each call goes to a server: answers are worth keeping


class Vision(Protocol):
    """VisionUnavailable(code="vision_asleep") when it is waking; any other code when it is down."""

    def read(
        self, pictures: Sequence[Picture], texts: Sequence[Sequence[str]], want: Sequence[Want], deadline: float | None = None
    ) -> list[Reading | VisionError]:
        """One call for a whole batch: one answer per picture, in order. `deadline` is a time.monotonic() value."""

    def embed(self, texts: Sequence[str], deadline: float | None = None) -> Texts: ...

    def explain(self, image_vector: Vector, text: str) -> tuple[WordEvidence, ...]:
        """What a stored image's vector says of single words of `text`, no picture needed; () from models without evidence."""

    def health(self) -> VisionHealth:
        """Never wakes anything and never raises."""

    def shipped_calibration(self) -> Calibration | None:
        """Constants that come with the model; None where `calibrate` must measure them."""


# --- Queue ------------------------------------------------------------------------------------------------------


class Queue(Protocol):
    """The analysis queue: SQS in the cloud, a SQLite file on one machine."""

    def send(self, body: Mapping[str, Any]) -> None: ...

    def change_visibility(self, receipt_handle: str, seconds: int) -> None:
        """Hides a message that is being handled for so long from now; silent when it is gone."""

    def backlog(self) -> int:
        """How many messages wait or are being handled; SQS counts roughly and a minute late."""

    def redrive(self) -> int:
        """Sends the dead letters once more, as if they were new; about how many they are."""


# --- Tokens -----------------------------------------------------------------------------------------------------


class Tokens(Protocol):
    """Who a bearer token speaks for."""

    def user(self, token: str) -> str:
        """The subject. SignInRequired (token_invalid, token_expired), or Unavailable when the issuer cannot be asked."""
