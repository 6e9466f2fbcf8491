"""Images of Ada's in a catalog, put there as analysis leaves them."""

from sightsync.images import Image, Match
from sightsync.services import Services
from tests.records import an_image

AGREES = Match(verdict="agrees", score=90.0, z=2.3, space="palette@1")


def kept(services: Services, **changes: object) -> Image:
    return services.catalog.put(an_image(**{"owner": "ada", "match": AGREES, **changes}), 0)


def stored(services: Services, image: Image) -> Image:
    found = services.catalog.get(image.id)
    assert found is not None
    return found
