"""POST /api/captions and /api/images/{id}/caption: the model's words for a picture."""

from fastapi import APIRouter
from mangum import Mangum
from starlette.responses import Response

from sightsync.api import CaptionResult, ImageAnswer, problems
from sightsync.captioning import caption_image, caption_picture
from sightsync.decoder import decoder
from sightsync.services import observed
from sightsync.showing import show, show_caption
from sightsync.web import Parts, Route, User, answer, make_app
from sightsync.web_inputs import PICTURE_IN_BODY, ImageId, PictureBody

router = APIRouter(prefix="/api", tags=["captions"], route_class=Route)


@router.post(
    "/captions",
    summary="Caption any picture",
    response_model=CaptionResult,
    responses=problems(401, 413),
    openapi_extra=PICTURE_IN_BODY,
)
def caption_any(picture: PictureBody, user: User, parts: Parts) -> Response:
    """Send the file's bytes as the body, at most 4 MB, of whatever content type. Nothing is kept."""
    return answer({"caption": show_caption(caption_picture(picture, parts.vision, decoder()))}, user)


@router.post(
    "/images/{id}/caption",
    summary="Caption one of your images anew",
    response_model=ImageAnswer,
    responses=problems(401, 403, 404, 409),
)
def caption_again(image_id: ImageId, user: User, parts: Parts) -> Response:
    """The image with the caption that the model gives it now."""
    image = caption_image(image_id, user, parts.catalog, parts.store, parts.vision, parts.queue, decoder())
    return answer(show(image, user, parts.store), user, headers={"etag": f'"{image.version}"'})


app = make_app(router)
handler = observed(Mangum(app, lifespan="off"))
