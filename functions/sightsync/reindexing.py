"""Reading a whole gallery into the space of another model, while the one that it is in serves; then the switch, and the way back.

What the new model says is kept beside each record (sightsync.sights) with its vectors, so an interruption loses a batch at most,
and after the switch a record only changes what it shows. The old vectors stay until they are forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sightsync.calibrating import Calibrator, stamp
from sightsync.errors import StoreUnavailable, VisionUnavailable
from sightsync.images import AnalysisState, Image, Status
from sightsync.pixel_steps import Ready
from sightsync.ports import Calibration, Catalog, ImageStore, Queue, Reading, Vision, VisionError
from sightsync.records import revise
from sightsync.rescaling import ready_images, rescale
from sightsync.sights import adopt, forget, is_seen, keep_beside
from sightsync.spaces import active_space, forget_previous, previous, serving, switch
from sightsync.suggestions import Classes, file_if_bulk, known_classes, learn_classes
from sightsync.vision_steps import model_input, read, sight, vectors_of

if TYPE_CHECKING:
    from sightsync.decoder import Decoder

logger = logging.getLogger(__name__)

BATCH = 8  # pictures that a model is shown at once
MOST_FAILED = 0.1  # of the gallery; a model that cannot read more of it is no model to switch to


@dataclass
class Reindex:
    """One run. `vision` is the model to read with, `url` the setting that names it, `url_before` that of the model before.

    `failed`: ids of the pictures that it could not read, with a code; they go on as they are.
    """

    catalog: Catalog
    store: ImageStore
    queue: Queue
    decoder: Decoder
    vision: Vision
    url: str
    url_before: str
    folder: str = ""
    failed: dict[str, str] = field(default_factory=dict)

    def space(self, deadline: float) -> str:
        """Of the model, which this wakes. VisionUnavailable."""
        return self.vision.embed(["a picture"], deadline).space

    def prepare(self, space: str, deadline: float) -> None:
        """The scale of the space, and its table of categories where the model can tell. VisionUnavailable."""
        Calibrator(self.catalog, self.vision, self.decoder, self.folder).ensure(space, deadline)
        if "categories" in self.vision.health().can:
            learn_classes(space, self.catalog, self.vision, deadline)

    def unread(self, space: str) -> list[str]:
        """Ids of what is still to be read, oldest first: new, replaced or reworded pictures among them."""
        return [image.id for image in ready_images(self.catalog) if not is_seen(image, space) and image.id not in self.failed]

    def read(self, space: str, image_ids: Sequence[str], deadline: float) -> None:
        """One batch. VisionUnavailable, and code space_changed when another model answers; then nothing of it is kept."""
        shown = [ready for image in self.catalog.get_many(image_ids) if (ready := self._open(image, deadline))]
        if not shown:
            return
        readings = read(shown, self.vision, deadline)
        if any(isinstance(reading, Reading) and reading.space != space for reading in readings):
            raise VisionUnavailable("Another model answers than the one that was begun with.", code="space_changed")
        calibration, classes = self.catalog.calibration(space), known_classes(space, self.catalog)
        for ready, reading in zip(shown, readings, strict=True):
            if isinstance(reading, VisionError):
                self.failed[ready.image.id] = reading.code
            else:
                self._keep(ready.image, reading, calibration, classes)

    def look(self, image_ids: Sequence[str], deadline: float) -> int:
        """How many of a batch the model was shown; nothing is kept. VisionUnavailable."""
        shown = [ready for image in self.catalog.get_many(image_ids) if (ready := self._open(image, deadline))]
        return len(read(shown, self.vision, deadline)) if shown else 0

    def _open(self, image: Image, deadline: float) -> Ready | None:
        if not _is_live(image):
            return None
        try:
            return model_input(image, self.store, self.decoder, deadline)
        except (StoreUnavailable, KeyError):
            self.store.health()  # the whole store is no picture's fault
            self.failed[image.id] = "derivative_missing"
            return None

    def _keep(self, image: Image, reading: Reading, calibration: Calibration | None, classes: Classes | None) -> None:
        found = sight(image, reading, calibration, classes, self.vision.health().max_tokens)

        def change(now: Image) -> Image | None:
            same = _is_live(now) and now.etag == image.etag and now.read_space != reading.space
            return keep_beside(now, found) if same else None

        revise(self.catalog, image.id, change, vectors_of(reading))

    def is_unfit(self, count: int) -> bool:
        """Whether the model failed on too many of so many pictures to switch to it."""
        return len(self.failed) > max(1.0, MOST_FAILED * count)

    def switch(self, space: str) -> bool:
        """Searches go to the new space from now on; False when they did already."""
        switched = switch(space, self.url, serving(self.catalog) or self.url_before, self.catalog)
        if switched:
            logger.info("space_switched", extra={"space": space})
        return switched

    def adopt(self, space: str) -> Iterator[Image]:
        """Every record that showed another space shows this one; those that have to be read or matched first are sent for."""
        calibration, classes = self.catalog.calibration(space), known_classes(space, self.catalog)
        for image in ready_images(self.catalog):
            if image.read_space != space:
                self._adopt(image, space, calibration, classes)
            yield image

    def _adopt(self, image: Image, space: str, calibration: Calibration | None, classes: Classes | None) -> None:
        def change(now: Image) -> Image | None:
            adopted = adopt(now, space) if _is_live(now) else None
            if adopted is None or now.suggested is not None:
                return adopted
            return file_if_bulk(adopted).with_checks()

        adopted = revise(self.catalog, image.id, change)
        if adopted is None:
            if image.id not in self.failed:
                self.queue.send({"type": "analyse", "key": image.key})
        elif adopted.analysis is AnalysisState.PENDING:
            self.queue.send({"type": "rescore", "image": adopted.id})
        elif calibration is not None and adopted.read_scale != stamp(calibration):
            rescale(adopted, calibration, classes, self.catalog)


def roll_back(catalog: Catalog, url: str) -> tuple[str, str] | None:
    """Searches go to the space before again; its name and its model's URL, None where there is none. Its records come next.

    `url`: the setting whose model serves now, unless the catalog knows better.
    """
    before = previous(catalog)
    if before is not None:
        switch(*before, serving(catalog) or url, catalog)
    return before


def other_spaces(catalog: Catalog, spare: Collection[str | None]) -> set[str]:
    """Spaces whose vectors nothing needs: neither the gallery's, nor one of those to spare."""
    found = {sight.space for image in ready_images(catalog) for sight in image.sights}
    before = previous(catalog)
    return (found | ({before[0]} if before else set())) - {active_space(catalog), *spare}


def forget_spaces(spaces: Collection[str], catalog: Catalog) -> None:
    """For good: vectors first, then what the records keep beside, last the way back."""
    for space in spaces:
        catalog.forget_space(space)
    for image in ready_images(catalog):
        if any(sight.space in spaces for sight in image.sights):
            revise(catalog, image.id, lambda now: forget(now, spaces))
    forget_previous(catalog)


def _is_live(image: Image) -> bool:
    return image.deleted_at is None and image.status is Status.READY
