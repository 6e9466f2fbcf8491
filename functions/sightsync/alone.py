"""A gallery of six samples for a function that runs alone, as under `sam local invoke`, with nobody to fill one."""

from sightsync.analysis import analyse
from sightsync.decoder import decoder
from sightsync.events import Analyse, Message
from sightsync.images import MAX_PAGE
from sightsync.ports import Catalog, Equal, Everything, ImageStore, Queue, Sort, Vision
from sightsync.samples import PLANS, add_samples
from sightsync.settings import Settings

SIX = PLANS[:6]  # two of each category; twelve would take half of a function's timeout on a slow machine
SECONDS = 60.0  # far more than it takes; the function's own timeout comes first


def hang_samples(owner: str, catalog: Catalog, store: ImageStore, vision: Vision, queue: Queue, settings: Settings) -> None:
    """Draws and analyses them here and now. A gallery that has anything in it is left as it is."""
    if catalog.page(Everything, Sort(), None, 1).images:
        return
    add_samples(catalog, store, owner, SIX)
    hung = catalog.page(Equal("sample", True), Sort(), None, MAX_PAGE).images
    arrived = [Message(image.id, "", asks=(Analyse(image.key),)) for image in hung]
    analyse(
        arrived,
        catalog=catalog,
        store=store,
        vision=vision,
        queue=queue,
        decoder=decoder(),
        settings=settings,
        time_left=lambda: SECONDS,
    )
