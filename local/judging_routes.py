"""Thumbs on results: PUT and GET /api/judgements, on one machine only, so not in the API's document. `judge` reads them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from local.judging import KEPT, keep, load, plainest
from sightsync.errors import ImageNotFound, NotAllowed
from sightsync.texts import QueryText
from sightsync.web import Parts, User, answer

router = APIRouter(prefix="/api", tags=["judgements"], include_in_schema=False)


class Judgement(BaseModel):
    """Grade 0 does not fit, 1 a little, 2 well, 3 exactly; null takes a judgement back."""

    query: QueryText
    image: str
    grade: Literal[0, 1, 2, 3] | None


@router.put("/judgements")
def judge(told: Judgement, user: User, parts: Parts) -> Response:
    """The judgement as kept. Only owners judge, and only their own images."""
    image = parts.catalog.get(told.image)
    if image is None or not image.visible_to(user):
        raise ImageNotFound(told.image)
    if image.owner != user:
        raise NotAllowed("Only its owner judges an image.")
    keep(parts.settings.data / KEPT, told.query, image.id, told.grade)
    return answer({"query": plainest(told.query), "image": image.id, "grade": told.grade}, user)


@router.get("/judgements")
def judgements(user: User, parts: Parts, q: Annotated[QueryText, Query()] = "") -> Response:
    """{"grades": {image: grade}} of one query."""
    path = parts.settings.data / KEPT
    return answer({"grades": load(path).get(plainest(q), {}) if path.is_file() else {}}, user)
