"""An upload begins: words and limits are checked, a record is made, and the browser gets a ticket for the store."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sightsync.errors import REJECTIONS, QuotaExceeded, TooLarge
from sightsync.images import MAX_BYTES, UNCATEGORISED, Image, Status, now
from sightsync.ports import Catalog, ImageStore, Ticket
from sightsync.records import revise
from sightsync.settings import Settings
from sightsync.showing import show_time
from sightsync.texts import CategoryId, Description, Filename, Tags, Title

ANY_TYPE = "application/octet-stream"
_PIXELS = re.compile(r"image/[a-z0-9.-]+")  # no svg+xml: originals are served as what they were announced, and it would run


class UploadRequest(BaseModel):
    """A file that is about to come, and what its owner says of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "filename": "harbour.jpg",
                    "content_type": "image/jpeg",
                    "bytes": 483210,
                    "description": "Red boats in the harbour at dusk",
                    "category": "illustrations",
                    "tags": ["boats", "evening"],
                }
            ]
        },
    )

    filename: Filename = Field(description="Its name; folders before it are dropped.")
    content_type: Annotated[str, StringConstraints(max_length=100, pattern=r"^([A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)?$")] = Field(
        description="What the browser takes it for. Advisory: the file itself decides."
    )
    bytes: int = Field(
        ge=1,
        strict=True,
        description="Its exact size, at most 26214400 (25 MB); the ticket takes no more.",
        json_schema_extra={"maximum": MAX_BYTES},  # told here, refused below: as too large, which says what to do
    )
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)] | None = Field(
        None, description="Of the file, hexadecimal: a picture that you have already is then not sent again."
    )
    title: Title = Field("", description="One line, at most 120 characters.")
    description: Description = Field("", description="What it shows; at most 1000 characters.")
    category: CategoryId = Field(UNCATEGORISED, description="A category's id, or `uncategorised`.")
    tags: Tags = Field((), description="At most 20 of 40 characters each.")


@dataclass(frozen=True)
class UploadTicket:
    """Where to send the file; `ticket` is None when its owner has this picture already, as `image`."""

    image: Image
    ticket: Ticket | None


def request_upload(ask: UploadRequest, owner: str, catalog: Catalog, store: ImageStore, settings: Settings) -> UploadTicket:
    """A new draft that waits for its file, or the image that these bytes already are or were announced as.

    TooLarge, QuotaExceeded. Nothing is written when the store cannot give a ticket.
    """
    if ask.bytes > MAX_BYTES:
        raise TooLarge(REJECTIONS["too_large"], details={"max_bytes": MAX_BYTES})
    twins = catalog.by_sha256(owner, ask.sha256) if ask.sha256 else []
    if here := [twin for twin in twins if twin.status in (Status.READY, Status.PROCESSING)]:
        return UploadTicket(here[0], None)
    announced = next((twin for twin in twins if twin.status is Status.WAITING), None)
    image = _again(announced, ask) if announced else _new(ask, owner)
    ticket = store.ticket(image.key, image.content_type, image.bytes)
    _charge(owner, 0 if announced else 1, ask.bytes - (announced.bytes if announced else 0), catalog, settings)
    return UploadTicket(_kept(image, ask, catalog), ticket)


def _new(ask: UploadRequest, owner: str) -> Image:
    image_id, at = uuid4().hex, now()
    image = Image(
        id=image_id,
        owner=owner,
        filename=ask.filename,
        content_type=ANY_TYPE,
        bytes=0,
        sha256=ask.sha256,
        key=f"uploads/{image_id}",
        created_at=at,
        updated_at=at,
    )
    return _again(image, ask)


def _again(image: Image, ask: UploadRequest) -> Image:
    """With what is said this time; fields that are not mentioned keep what was said before."""
    said = ask.model_fields_set & {"title", "description", "category", "tags"}
    declared = ask.content_type.lower()
    fields = {name: getattr(ask, name) for name in said}
    content_type = declared if _PIXELS.fullmatch(declared) else ANY_TYPE
    return image.but(filename=ask.filename, content_type=content_type, bytes=ask.bytes, **fields).with_checks()


def _kept(image: Image, ask: UploadRequest, catalog: Catalog) -> Image:
    """The stored record. Of two who announce the same file at once the later has the last word, and both have a ticket."""

    def change(here: Image) -> Image:
        return _again(here, ask) if here.status is Status.WAITING else here

    return (revise(catalog, image.id, change) if image.version else None) or catalog.put(image.but(version=0), 0)


def _charge(owner: str, files: int, size: int, catalog: Catalog, settings: Settings) -> None:
    """Counts against today's quotas (UTC), or QuotaExceeded and nothing counted."""
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    counted: list[tuple[str, int]] = []
    for name, amount, most in (("files", files, settings.daily_files), ("bytes", size, settings.daily_bytes)):
        if amount <= 0:
            continue
        counter = f"quota:{owner}:{today:%Y-%m-%d}:{name}"
        counted.append((counter, amount))
        if catalog.add(counter, amount, tomorrow) > most:
            for taken, again in counted:
                catalog.add(taken, -again, tomorrow)
            raise _spent(name, most, tomorrow)


def _spent(name: str, most: int, tomorrow: datetime) -> QuotaExceeded:
    what = f"{most} pictures" if name == "files" else f"{most // 1024**2} MB"
    return QuotaExceeded(
        f"More than {what} in a day is not possible here. Go on tomorrow.",
        details={"quota": name, "limit": most, "resets_at": show_time(tomorrow)},
    )
