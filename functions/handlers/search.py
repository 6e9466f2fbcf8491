"""Search by words, by picture, and by likeness."""

import logging
from typing import Annotated

from fastapi import APIRouter, Query
from mangum import Mangum
from starlette.responses import Response

from sightsync import search
from sightsync.api import problems
from sightsync.api_search import SearchAnswer
from sightsync.decoder import decoder
from sightsync.images import MAX_PAGE
from sightsync.query import parse
from sightsync.services import Services, observed
from sightsync.showing import show_results
from sightsync.texts import MAX_QUERY, QueryText
from sightsync.web import Parts, Route, User, Viewer, answer, make_app
from sightsync.web_inputs import PICTURE_IN_BODY, CategoryFilter, ImageId, PictureBody

logger = logging.getLogger("sightsync.search")

router = APIRouter(prefix="/api", tags=["search"], route_class=Route)

Cursor = Annotated[str | None, Query(max_length=8192, description="`next_cursor` of the page before.")]
Typed = Annotated[
    QueryText,
    Query(
        description=f"At most {MAX_QUERY} characters: words, phrases and chips, each with `-` before it and `^weight` (above 0, "
        "at most 10) after it if you like. Whatever is no part of the language is plain text. docs/search.md has the grammar.",
        examples=[
            "red boats",
            "colour:teal -people",
            '"at dusk"^2 category:comics',
            "similar:9f1c2f0a4b7d4e0e8a53c1de6a2b7c11 night",
        ],
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Hits on a page.")]


def _answer(found: search.Results, viewer: str | None, parts: Services) -> Response:
    logger.info("searched", extra={"mode": found.mode, "reason": found.reason, "hits": len(found.hits)})
    return answer(show_results(found, viewer, parts.store), viewer)


@router.get("/search", summary="Search by words", response_model=SearchAnswer, responses=problems(401))
def search_words(
    viewer: Viewer,
    parts: Parts,
    q: Typed = "",
    category: CategoryFilter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    typing: Annotated[
        bool, Query(description="While it is still being typed: a model whose every call costs something is not asked.")
    ] = False,
) -> Response:
    """Words, `"a phrase"`, `-without`, `word^2`, `category:comics`, `colour:red` or `colour:#c0392b`, `similar:<id>`, and for your
    own images `check:words_disagree` and `status:failed`. The last word may be a beginning.

    By meaning and by words together: `mode` says what had a part, `reason` why meaning had none. Hits that are not `likely` come
    last; where `fits` is false there are no others. Near-duplicates of a hit stand behind it, in its `like`. A page may be short,
    even empty, though there is a `next_cursor`: so many pictures were looked at by then.
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
def search_picture(
    picture: PictureBody,
    user: User,
    parts: Parts,
    q: Typed = "",
    category: CategoryFilter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Send the file's bytes as the body, at most 4 MB; for the next page send it again with the cursor. Nothing is kept.

    A query may go with it: "like this, but at night". Signed-in people only, for a model has to look at it.
    """
    catalog, vision, wake = parts.catalog, parts.vision, parts.settings.wake
    found = search.search_by_picture(picture, user, cursor, limit, catalog, vision, decoder(), wake, parse(q), category)
    return _answer(found, user, parts)


@router.get("/images/{id}/similar", summary="More like this", response_model=SearchAnswer, responses=problems(401, 404))
def similar_images(image_id: ImageId, viewer: Viewer, parts: Parts, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """By what the model saw in it, else by its colours; without the image itself and its near-duplicates."""
    return _answer(search.similar(image_id, viewer, cursor, limit, parts.catalog, parts.vision), viewer, parts)


app = make_app(router)
handler = observed(Mangum(app, lifespan="off"))
