"""POST and DELETE /api/samples: twelve pictures to look around with, on one machine only, so not in the API's document."""

from fastapi import APIRouter
from starlette.responses import Response

from sightsync.samples import add_samples, remove_samples
from sightsync.web import Parts, User, answer

router = APIRouter(prefix="/api", tags=["samples"], include_in_schema=False)


@router.post("/samples")
def add(user: User, parts: Parts) -> Response:
    """{"added": how many}; they appear as they are analysed. Nothing changes for those that are there already."""
    return answer({"added": add_samples(parts.catalog, parts.store, user)}, user)


@router.delete("/samples")
def remove(user: User, parts: Parts) -> Response:
    """{"removed": how many}; at once and for good, they can be drawn again."""
    return answer({"removed": remove_samples(parts.catalog, parts.store, user)}, user)
