"""Search by words, by picture, and by likeness."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from mangum import Mangum
from starlette.responses import Response

from sightsync import search
from sightsync.api import SearchAnswer, problems
from sightsync.decoder import decoder
from sightsync.images import MAX_PAGE
from sightsync.query import parse
from sightsync.services import Services
from sightsync.showing import show, show_why
from sightsync.texts import QueryText
from sightsync.web import Parts, User, Viewer, answer, make_app
from sightsync.web_inputs import PICTURE_IN_BODY, CategoryFilter, ImageId, PictureBody

router = APIRouter(prefix="/api", tags=["search"])

Cursor = Annotated[str | None, Query(max_length=8192, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Hits on a page.")]


def _answer(found: search.Results, viewer: str | None, parts: Services) -> Response:
    hits: list[dict[str, Any]] = [
        {"image": show(hit.image, viewer, parts.store, steps=False), "likely": hit.likely, "why": show_why(hit.why)}
        for hit in found.hits
    ]
    return answer({"mode": found.mode, "reason": found.reason, "hits": hits, "next_cursor": found.next_cursor}, viewer)


@router.get("/search", summary="Search by words", response_model=SearchAnswer, responses=problems(401))
def search_words(
    viewer: Viewer,
    parts: Parts,
    q: Annotated[QueryText, Query(description="At most 400 characters.", examples=["red boats", "colour:teal", '"at dusk"'])] = "",
    category: CategoryFilter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    typing: Annotated[
        bool, Query(description="While it is still being typed: a model whose every call costs something is not asked.")
    ] = False,
) -> Response:
    """Words, `"a phrase"`, `-without`, `category:comics`, `colour:red` or `colour:#c0392b`, `similar:<id>`.

    The last word may be a beginning. By meaning and by words together: `mode` says what had a part, `reason` why meaning had none.
    """
    found = search.search(parse(q), category, viewer, cursor, limit, parts.catalog, parts.vision, parts.settings.wake, typing)
    return _answer(found, viewer, parts)


@router.post(
    "/search",
    summary="Search by picture",
    response_model=SearchAnswer,
    responses=problems(401, 413),
    openapi_extra=PICTURE_IN_BODY,
)
def search_picture(picture: PictureBody, user: User, parts: Parts, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Send the file's bytes as the body, at most 4 MB; for the next page send it again with the cursor. Nothing is kept."""
    found = search.search_by_picture(picture, user, cursor, limit, parts.catalog, parts.vision, decoder(), parts.settings.wake)
    return _answer(found, user, parts)


@router.get("/images/{id}/similar", summary="More like this", response_model=SearchAnswer, responses=problems(401, 404))
def similar_images(image_id: ImageId, viewer: Viewer, parts: Parts, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """By what the model saw in it, else by its colours; without the image itself."""
    return _answer(search.similar(image_id, viewer, cursor, limit, parts.catalog, parts.vision), viewer, parts)


app = make_app(router)
handler = Mangum(app, lifespan="off")
