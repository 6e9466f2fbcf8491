"""What the models say of one picture at once, while somebody waits: a caption for it, and how well texts fit it."""

import time
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sightsync import scoring
from sightsync.decoder import Decoder
from sightsync.errors import Conflict, VisionUnavailable
from sightsync.gallery import look_at, look_at_own
from sightsync.images import MAX_BYTES, Caption, Image, Match, Status
from sightsync.ports import Catalog, ImageStore, Picture, Queue, Reading, Vision, VisionError, Want
from sightsync.records import revise
from sightsync.spaces import calibration_of
from sightsync.texts import Description

MAX_TEXTS = 20
PATIENCE_S = 24.0  # gateways give up at 29 s, and the picture has to be opened and answered about as well

ScoredTexts = Annotated[list[Description], Field(min_length=1, max_length=MAX_TEXTS)]


class TextsToScore(BaseModel):
    """Texts to hold beside a picture."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"texts": ["Red boats at dusk", "A green hill"]}]})

    texts: ScoredTexts = Field(description="1 to 20 texts of at most 1000 characters each.")


def caption_picture(data: bytes, vision: Vision, decoder: Decoder) -> Caption:
    """The model's words for any picture; nothing is kept. PictureRejected, VisionUnavailable."""
    deadline = time.monotonic() + PATIENCE_S
    return _caption(_read(_open(data, decoder, deadline), (), ("caption",), vision, deadline))


def caption_image(
    image_id: str, user: str, catalog: Catalog, store: ImageStore, vision: Vision, queue: Queue, decoder: Decoder
) -> Image:
    """One's own image with a fresh caption, stored with its vector; new words are weighed against the owner's later.

    Conflict until it is ready.
    """
    deadline = time.monotonic() + PATIENCE_S
    image = _must_be_ready(look_at_own(image_id, user, catalog))
    picture, etag = _original(image, store, decoder, deadline)
    reading = _read(picture, (), ("caption", "vectors"), vision, deadline)
    caption = _caption(reading)
    vectors = {reading.space: {"caption": reading.caption_vector}} if reading.caption_vector is not None else None

    def change(now: Image) -> Image | None:
        same_picture = now.deleted_at is None and now.etag == etag
        if not same_picture:
            return None
        return now if now.caption == caption else now.but(caption=caption, read_words=None)

    stored = revise(catalog, image.id, change, vectors)
    if stored is None:
        raise Conflict("The picture was deleted or replaced meanwhile.", code="picture_changed")
    if stored.read_words is None and stored.description:
        queue.send({"type": "rescore", "image": stored.id})
    return stored


def score_picture(data: bytes, texts: Sequence[str], catalog: Catalog, vision: Vision, decoder: Decoder) -> list[Match]:
    """How well each text fits any picture, in order; nothing is kept."""
    deadline = time.monotonic() + PATIENCE_S
    reading = _read(_open(data, decoder, deadline), texts, ("vectors",), vision, deadline)
    return _matches(reading, texts, catalog, vision)


def score_image(
    image_id: str, texts: Sequence[str], user: str, catalog: Catalog, store: ImageStore, vision: Vision, decoder: Decoder
) -> list[Match]:
    """How well each text fits an image that the user may see; from its stored vector where there is one."""
    deadline = time.monotonic() + PATIENCE_S
    image = _must_be_ready(look_at(image_id, user, catalog))
    read = vision.embed(texts, deadline)
    own = catalog.vectors([image.id], read.space).get(image.id, {}) if image.read_etag == image.etag else {}
    if "image" not in own:
        reading = _read(_original(image, store, decoder, deadline)[0], texts, ("vectors",), vision, deadline)
        return _matches(reading, texts, catalog, vision)
    picture = own["image"]
    calibration, most = calibration_of(read.space, catalog, vision), vision.health().max_tokens
    return [
        scoring.match_vectors(
            picture,
            vector,
            own.get("caption"),
            text,
            read.tokens[index] if index < len(read.tokens) else None,
            calibration,
            space=read.space,
            max_tokens=most,
            evidence=vision.explain(picture, text) if vector is not None else (),
        )
        for index, (text, vector) in enumerate(zip(texts, read.vectors, strict=True))
    ]


def _matches(reading: Reading, texts: Sequence[str], catalog: Catalog, vision: Vision) -> list[Match]:
    calibration, most = calibration_of(reading.space, catalog, vision), vision.health().max_tokens
    return [scoring.match(reading, index, text, calibration, most) for index, text in enumerate(texts)]


def _must_be_ready(image: Image) -> Image:
    if image.status is not Status.READY:
        raise Conflict("This picture is not ready yet, or could not be opened.", code="not_ready")
    return image


def _open(data: bytes, decoder: Decoder, deadline: float) -> Picture:
    pixels = decoder.open(data, deadline, derive=False)
    return Picture(pixels.model_input, pixels.width, pixels.height)


def _original(image: Image, store: ImageStore, decoder: Decoder, deadline: float) -> tuple[Picture, str]:
    """The picture as models see it, and the etag of the file that it was opened from."""
    stored = store.read(image.key, MAX_BYTES)
    if stored is None:
        raise Conflict("The file of this image is gone.", code="not_ready")
    return _open(stored.body, decoder, deadline), stored.head.etag


def _read(picture: Picture, texts: Sequence[str], want: Sequence[Want], vision: Vision, deadline: float) -> Reading:
    found = vision.read([picture], [texts], want, deadline)[0]
    if isinstance(found, VisionError):
        raise VisionUnavailable("The model could not read this picture.", code="vision_unavailable", details={"reason": found.code})
    return found


def _caption(reading: Reading) -> Caption:
    if not reading.caption:
        raise VisionUnavailable("The model has no words for this picture.", code="vision_unavailable")
    return Caption(text=reading.caption, model=reading.caption_model or reading.space, kind=reading.caption_kind)
