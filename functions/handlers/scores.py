"""POST /api/scores and /api/images/{id}/scores: how well words fit a picture."""

from typing import Annotated

from fastapi import APIRouter, Form
from mangum import Mangum
from starlette.responses import Response

from sightsync.api import ScoresAnswer, problems
from sightsync.captioning import ScoredTexts, TextsToScore, score_image, score_picture
from sightsync.decoder import decoder
from sightsync.services import observed
from sightsync.showing import show_match
from sightsync.web import Parts, Route, User, answer, make_app
from sightsync.web_inputs import ImageId, PictureFile

router = APIRouter(prefix="/api", tags=["scores"], route_class=Route)


@router.post("/scores", summary="Match texts with any picture", response_model=ScoresAnswer, responses=problems(401, 413))
def score_any(
    texts: Annotated[ScoredTexts, Form(description="1 to 20 texts, a field for each.", examples=[["Red boats at dusk"]])],
    picture: PictureFile,
    user: User,
    parts: Parts,
) -> Response:
    """multipart/form-data: one `texts` field for each text, then the picture as `file`, at most 4 MB. Nothing is kept."""
    matches = score_picture(picture, texts, parts.catalog, parts.vision, decoder())
    return answer({"scores": [show_match(match) for match in matches]}, user)


@router.post(
    "/images/{id}/scores",
    summary="Match texts with an image",
    response_model=ScoresAnswer,
    responses=problems(401, 404, 409, 413),
)
def score_stored(image_id: ImageId, ask: TextsToScore, user: User, parts: Parts) -> Response:
    """Nothing is kept: this is for words that are still being written."""
    matches = score_image(image_id, ask.texts, user, parts.catalog, parts.store, parts.vision, decoder())
    return answer({"scores": [show_match(match) for match in matches]}, user)


app = make_app(router)
handler = observed(Mangum(app, lifespan="off"))
