"""Two models while a gallery changes over from one to the other: the one that speaks the gallery's space is asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from sightsync.errors import SightSyncError
from sightsync.ports import Catalog, Picture, Reading, Texts, Vision, VisionError, VisionHealth, Want, WordEvidence
from sightsync.spaces import serving

if TYPE_CHECKING:
    from sightsync.ports import Calibration, Vector


class ChangingVision:
    """Implements ports.Vision. The catalog says at every call which of the two serves, so that all processes change at once."""

    def __init__(self, present: Vision, coming: Vision, coming_url: str, catalog: Catalog) -> None:
        """`coming_url` is what the catalog calls the model that is changed over to, see spaces.switch."""
        self._present, self.coming = present, coming
        self._coming_url, self._catalog = coming_url, catalog
        self._known = present

    @property
    def serving(self) -> Vision:
        """As last known while the catalog is away."""
        with suppress(SightSyncError):
            self._known = self.coming if serving(self._catalog) == self._coming_url else self._present
        return self._known

    def read(
        self, pictures: Sequence[Picture], texts: Sequence[Sequence[str]], want: Sequence[Want], deadline: float | None = None
    ) -> list[Reading | VisionError]:
        return self.serving.read(pictures, texts, want, deadline)

    def embed(self, texts: Sequence[str], deadline: float | None = None) -> Texts:
        return self.serving.embed(texts, deadline)

    def explain(self, image_vector: Vector, text: str) -> tuple[WordEvidence, ...]:
        return self.serving.explain(image_vector, text)

    def health(self) -> VisionHealth:
        return self.serving.health()

    def shipped_calibration(self) -> Calibration | None:
        return self.serving.shipped_calibration()
