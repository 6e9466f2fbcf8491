"""Read, change, write, again when somebody else was faster: how a use case writes only its own fields."""

from collections.abc import Callable, Mapping

from sightsync.errors import CatalogUnavailable, ImageChanged
from sightsync.images import Image
from sightsync.ports import Catalog, Vector

TRIES = 8


def revise(
    catalog: Catalog,
    image_id: str,
    change: Callable[[Image], Image | None],
    vectors: Mapping[str, Mapping[str, Vector]] | None = None,
) -> Image | None:
    """The stored result of `change` applied to the newest record; None when there is none or `change` gave None.

    `change` sees the record as it is now and may be called several times; it must keep fields that it does not own.
    """
    for _ in range(TRIES):
        image = catalog.get(image_id)
        changed = change(image) if image is not None else None
        if image is None or changed is None:
            return None
        if changed == image and not vectors:
            return image
        try:
            return catalog.put(changed, image.version, vectors)
        except ImageChanged:
            continue
    raise CatalogUnavailable(f"Image {image_id} is being changed too fast.")
