"""Whether the model that is set, the space of the gallery and the scale of its matches agree; and what to do where they do not."""

from sightsync.calibrating import Calibrator
from sightsync.decoder import decoder
from sightsync.services import Services
from sightsync.spaces import mismatch, serving


def advice(parts: Services) -> tuple[str, str] | None:
    """What is wrong between the settings and the space of the gallery, and the command that mends it; None where all is well."""
    wrong = mismatch(parts.vision.health(), parts.catalog)
    if wrong is None:
        return None
    told = serving(parts.catalog)
    remedy = "./sightsync reindex" + (f", or SIGHTSYNC_VISION={told} as before" if told and told != parts.settings.vision else "")
    return wrong, remedy


def scale(parts: Services, deadline: float) -> tuple[str, bool]:
    """What matches are measured with in the space of the model at work, measuring it first if need be; whether it is fitted."""
    space = parts.vision.health().space
    if space is None:
        return "not measured yet: the model has not answered so far", True
    calibrator = Calibrator(parts.catalog, parts.vision, decoder(), parts.settings.reference_pictures)
    found = calibrator.ensure(space, deadline)
    return f"{space}, version {found.version}, {'fitted' if found.fitted else 'unfitted'}", found.fitted
