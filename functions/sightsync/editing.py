"""What an owner does to an image: edit, delete, restore, retry. Each write loses to a newer one that its author has not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from sightsync.errors import Conflict, DuplicateImage, ImageChanged, ImageNotFound, SightSyncError, Unavailable
from sightsync.gallery import is_id, must_own
from sightsync.images import MAX_TAGS, UNCATEGORISED, AnalysisState, Image, Status, now
from sightsync.ports import Catalog, ImageStore, Queue
from sightsync.records import revise
from sightsync.showing import show
from sightsync.sights import PENDING
from sightsync.texts import CategoryId, Credit, Description, Tags, Title


class Changes(BaseModel):
    """The fields to change; those left out stay as they are."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"description": "Red boats in the harbour at dusk", "published": True}]}
    )

    title: Title = Field("", description="One line, at most 120 characters.")
    description: Description = Field("", description="At most 1000 characters. A new one is matched with the picture again.")
    category: CategoryId = Field(UNCATEGORISED, description="A category's id, or `uncategorised`.")
    tags: Tags = Field((), description="At most 20 of 40 characters each; repeated ones are dropped.")
    credit: Credit = Field("", description="One line, at most 200 characters.")
    published: StrictBool = Field(False, description="Whether everybody may see it.")
    reviewed: StrictBool = Field(
        False,
        description="True keeps the picture as it is: every open check but `failed` is closed. What is kept of the words is asked "
        "again when they change, and this falls back to false; a category left out and a near duplicate stay kept. False opens "
        "what was kept.",
    )


@dataclass(frozen=True)
class Retag:
    """Tags to add to those that an image has, and to take from them; whatever their case. Doing it again changes nothing."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def of(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Conflict when more than MAX_TAGS would be on one image."""
        kept = _without(tags, self.remove)
        found = (*kept, *_without(self.add, kept))
        if len(found) > MAX_TAGS:
            raise Conflict(f"A picture can have {MAX_TAGS} tags.", code="too_many_tags")
        return found


def _without(tags: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    gone = {tag.casefold() for tag in others}
    return tuple(tag for tag in tags if tag.casefold() not in gone)


NO_TAGS = Retag()


@dataclass(frozen=True)
class Editor:
    """Who edits, with what. `version` is the one that they have seen; None edits whatever is there."""

    user: str
    catalog: Catalog
    store: ImageStore
    queue: Queue

    def edit(self, image_id: str, changes: Changes, version: int | None = None, tags: Retag = NO_TAGS) -> Image:
        """The image with its new words, stored; they are matched later. ImageChanged with the current image when stale."""
        image = self._revise(image_id, version, lambda image: _edited(image, changes, tags))
        # Also when nothing changed while a match is still awaited: then an earlier message may have been lost.
        if "description" in changes.model_fields_set and _awaits_match(image):
            self.queue.send({"type": "rescore", "image": image.id})
        return image

    def edit_many(
        self, image_ids: Sequence[str], changes: Changes, tags: Retag = NO_TAGS
    ) -> tuple[list[Image], list[tuple[str, SightSyncError]]]:
        """The same changes to each; one that fails does not stop the others. Unavailable stops all: it would fail them too."""
        edited: list[Image] = []
        failed: list[tuple[str, SightSyncError]] = []
        for image_id in dict.fromkeys(image_ids):
            try:
                edited.append(self.edit(image_id, changes, tags=tags))
            except Unavailable:
                raise
            except SightSyncError as error:
                failed.append((image_id, error))
        return edited, failed

    def delete(self, image_id: str, version: int | None = None) -> None:
        """Into the bin: gone for everybody at once, smaller copies included; the original stays until the bin is emptied."""
        image = self._revise(image_id, version, lambda image: image.but(deleted_at=image.deleted_at or now()), binned=True)
        for key in image.derivatives.values():
            self.store.delete(key)  # when this fails the caller is told and deletes again: what is binned stays binned

    def restore(self, image_id: str, version: int | None = None) -> Image:
        """Out of the bin. Its smaller copies are made again; DuplicateImage when the same picture was added meanwhile."""
        image = self._revise(image_id, version, self._restored, binned=True)
        if image.status is Status.PROCESSING:
            self.queue.send({"type": "analyse", "key": image.key})
        return image

    def retry(self, image_id: str, version: int | None = None) -> Image:
        """Once more what failed on our side. Conflict for a rejected file, which would be rejected again."""
        image = self._revise(image_id, version, _retried)
        if image.status is not Status.WAITING and image.analysis is AnalysisState.PENDING:
            self.queue.send({"type": "analyse", "key": image.key})
        return image

    def _revise(self, image_id: str, version: int | None, change: Callable[[Image], Image], binned: bool = False) -> Image:
        def checked(image: Image) -> Image:
            must_own(image, self.user)
            if image.deleted_at is not None and not binned:
                raise ImageNotFound(image_id)
            if version is not None and version != image.version:
                raise ImageChanged(image_id, {"image": show(image, self.user, self.store)})
            return change(image)

        image = revise(self.catalog, image_id, checked) if is_id(image_id) else None
        if image is None:
            raise ImageNotFound(image_id)
        return image

    def _restored(self, image: Image) -> Image:
        if image.deleted_at is None:
            return image
        twin = next(iter(self.catalog.by_sha256(image.owner, image.sha256)), None) if image.sha256 else None
        if twin is not None and twin.status is Status.READY:
            raise DuplicateImage(twin.id)
        arrived = image.status is not Status.WAITING or self.store.head(image.key) is not None
        if image.status is Status.REJECTED or not arrived:
            return image.but(deleted_at=None)
        return image.but(deleted_at=None, derivatives={}, **_AGAIN).with_checks()


_AGAIN = {"status": Status.PROCESSING, "analysis": AnalysisState.PENDING, "reason": None, "attempt": None}


def _edited(image: Image, changes: Changes, tags: Retag) -> Image:
    fields = {name: getattr(changes, name) for name in changes.model_fields_set}
    if tags != NO_TAGS:
        fields["tags"] = tags.of(fields.get("tags", image.tags))
    if image.status is Status.REJECTED and fields.get("published"):
        raise Conflict("A file that was refused can't be published.", code="rejected")
    words = fields.get("description", image.description)
    if words != image.description:
        fields["match"] = PENDING if words and image.status is Status.READY else None
        fields["read_words"] = None
        fields.setdefault("reviewed", False)
        image = image.without_check("words_disagree")
    if image.reviewed and "reviewed" in changes.model_fields_set and not changes.reviewed:
        image = image.but(checks=(*image.checks, *image.kept), kept=())
    return image.but(**fields).with_checks()


def _awaits_match(image: Image) -> bool:
    here = image.status in (Status.READY, Status.PROCESSING)
    return here and (image.match is None or image.match.reason == PENDING.reason)


def _retried(image: Image) -> Image:
    if image.status is Status.REJECTED:
        raise Conflict(image.message or "This file was refused for good.", code="rejected")
    if image.status is Status.FAILED:
        return image.but(**_AGAIN).with_checks()
    if image.analysis is AnalysisState.FAILED:
        return image.but(analysis=AnalysisState.PENDING, reason=None).with_checks()
    return image
