"""POST /api/uploads: a ticket to send one picture straight to the store."""

from typing import Any

from fastapi import APIRouter
from mangum import Mangum
from starlette.responses import Response

from sightsync.api import DuplicateAnswer, UploadAnswer, problems
from sightsync.services import observed
from sightsync.showing import show, show_time
from sightsync.uploads import UploadRequest, request_upload
from sightsync.web import Parts, Route, User, answer, make_app

router = APIRouter(prefix="/api", tags=["uploads"], route_class=Route)


@router.post(
    "/uploads",
    summary="Begin an upload",
    status_code=201,
    response_model=UploadAnswer,
    response_description="A ticket: post the file to `upload.url`, then watch `GET /api/images?ids=`.",
    responses={200: {"model": DuplicateAnswer, "description": "You have this picture already."}, **problems(401, 413, 429)},
)
def begin_upload(ask: UploadRequest, user: User, parts: Parts) -> Response:
    """Checks words and limits and makes a draft that waits for its file. Announced twice, it gets a fresh ticket.

    Send every one of `upload.fields` as multipart/form-data and the picture as the last field, `file`.
    """
    found = request_upload(ask, user, parts.catalog, parts.store, parts.settings)
    image = show(found.image, user, parts.store)
    if found.ticket is None:
        return answer({"image": image, "duplicate": True}, user)
    ticket: dict[str, Any] = {"url": found.ticket.url, "fields": dict(found.ticket.fields)}
    return answer({"image": image, "upload": ticket, "expires_at": show_time(found.ticket.expires_at)}, user, 201)


app = make_app(router)
handler = observed(Mangum(app, lifespan="off"))
