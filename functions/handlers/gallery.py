"""Reading and changing the gallery: images, categories, the desk, health, and the pages behind shared links."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from mangum import Mangum
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sightsync import gallery, previews
from sightsync.api import CategoryList, DeskAnswer, EditedImages, HealthAnswer, ImageAnswer, ImageList, OriginalLink, problems
from sightsync.desk import DeskCheck, desk
from sightsync.editing import Changes, Editor, Retag
from sightsync.errors import InvalidRequest
from sightsync.images import MAX_PAGE, Image, now
from sightsync.ports import Order, Sort
from sightsync.progress import progress
from sightsync.services import Services, observed
from sightsync.showing import show
from sightsync.texts import Tags
from sightsync.web import Parts, Route, User, Viewer, answer, make_app
from sightsync.web_inputs import CategoryFilter, ImageId, SeenVersion

MAX_SEED = 2**31 - 1

router = APIRouter(prefix="/api", tags=["gallery"], route_class=Route)
shared = APIRouter(tags=["shared links"], route_class=Route)


class ManyChanges(BaseModel):
    """The same changes to several of your images."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MAX_PAGE)] = Field(
        description="1 to 100 ids.", examples=[["9f1c2f0a4b7d4e0e8a53c1de6a2b7c11"]]
    )
    set: Changes = Field(description="What each of them gets.")
    add_tags: Tags = Field((), description="Added to the tags that each image has, after those in `set` if any.")
    remove_tags: Tags = Field((), description="Taken from the tags that each image has, whatever their case.")


def _editor(user: User, parts: Parts) -> Editor:
    return Editor(user, parts.catalog, parts.store, parts.queue)


def _one(image: Image, viewer: str | None, parts: Services) -> Response:
    """A single image; its version is its ETag, ready to be sent back as If-Match."""
    return answer(show(image, viewer, parts.store), viewer, headers={"etag": f'"{image.version}"'})


@router.get("/images", summary="List images", response_model=ImageList, responses=problems(401, 403))
def list_images(
    viewer: Viewer,
    parts: Parts,
    category: CategoryFilter = None,
    owner: Annotated[str | None, Query(max_length=128, description="`me` for your own in any state, or an owner's id.")] = None,
    check: Annotated[DeskCheck | None, Query(description="Your own images that wait for you for this reason.")] = None,
    sort: Annotated[Order, Query(description="`disagreement`: lowest match first. `shuffle`: the same for one `seed`.")] = "newest",
    seed: Annotated[int, Query(ge=0, le=MAX_SEED, description="For `shuffle`.")] = 0,
    cursor: Annotated[str | None, Query(max_length=1024, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Images on a page.")] = 50,
    ids: Annotated[list[str] | None, Query(description="Only these, at most 100, by comma or repeated; with their steps.")] = None,
) -> Response:
    """Published pictures, newest first; or with `owner=me` all of your own that are not in the bin.

    With `ids` everything else is ignored, and ids that are not for you to see are left out.
    """
    if ids is not None:
        found = gallery.find_images(_split(ids), viewer, parts.catalog)
        return answer({"images": [show(image, viewer, parts.store) for image in found], "next_cursor": None}, viewer)
    ask = gallery.Listing(category, owner, check, Sort(sort, seed), cursor, limit)
    page = gallery.list_images(ask, viewer, parts.catalog)
    images = [show(image, viewer, parts.store, steps=False) for image in page.images]
    return answer({"images": images, "next_cursor": page.next_cursor}, viewer)


def _split(ids: list[str]) -> list[str]:
    asked = [image_id for part in ids for image_id in part.split(",") if image_id]
    if len(asked) > MAX_PAGE:
        raise InvalidRequest(f"At most {MAX_PAGE} ids.", details=[{"field": "ids", "message": f"At most {MAX_PAGE}."}])
    return asked


@router.get("/images/{id}", summary="One image", response_model=ImageAnswer, responses=problems(401, 404))
def get_image(image_id: ImageId, viewer: Viewer, parts: Parts) -> Response:
    """With its steps, for its owner."""
    return _one(gallery.look_at(image_id, viewer, parts.catalog), viewer, parts)


@router.patch(
    "/images/{id}", summary="Change an image's words", response_model=ImageAnswer, responses=problems(401, 403, 404, 409, 413)
)
def change_image(image_id: ImageId, changes: Changes, user: User, parts: Parts, version: SeenVersion) -> Response:
    """Saves at once. A new description is matched with the picture afterwards: until then `match.reason` is `pending`."""
    return _one(_editor(user, parts).edit(image_id, changes, version), user, parts)


@router.patch("/images", summary="Change several images", response_model=EditedImages, responses=problems(401, 413))
def change_images(ask: ManyChanges, user: User, parts: Parts) -> Response:
    """Each on its own: those that can't be changed are listed in `errors` and do not stop the others."""
    edited, failed = _editor(user, parts).edit_many(ask.ids, ask.set, Retag(ask.add_tags, ask.remove_tags))
    errors = [{"id": image_id, "error": error.code, "message": error.message} for image_id, error in failed]
    return answer({"images": [show(image, user, parts.store) for image in edited], "errors": errors}, user)


@router.delete(
    "/images/{id}",
    summary="Put an image into the bin",
    status_code=204,
    response_class=Response,
    responses=problems(401, 403, 404, 409),
)
def delete_image(image_id: ImageId, user: User, parts: Parts, version: SeenVersion) -> Response:
    """Gone for everybody at once; it can be restored for 30 days. Deleting it again changes nothing."""
    _editor(user, parts).delete(image_id, version)
    return Response(status_code=204, headers={"cache-control": "no-store"})


@router.post(
    "/images/{id}/restore",
    summary="Take an image out of the bin",
    response_model=ImageAnswer,
    responses=problems(401, 403, 404, 409),
)
def restore_image(image_id: ImageId, user: User, parts: Parts, version: SeenVersion) -> Response:
    """Its smaller copies are made again, so it is `processing` for a moment. 409 `duplicate` if you added it again since."""
    return _one(_editor(user, parts).restore(image_id, version), user, parts)


@router.post(
    "/images/{id}/retry",
    summary="Try a failed image again",
    response_model=ImageAnswer,
    responses=problems(401, 403, 404, 409),
)
def retry_image(image_id: ImageId, user: User, parts: Parts, version: SeenVersion) -> Response:
    """For what failed on our side. A rejected file is final (409 `rejected`); with nothing to retry nothing changes."""
    return _one(_editor(user, parts).retry(image_id, version), user, parts)


@router.get(
    "/images/{id}/original",
    summary="The file as it was uploaded",
    status_code=307,
    response_class=RedirectResponse,
    responses={
        200: {"model": OriginalLink, "description": "That link, where `Accept` asks for JSON."},
        307: {"description": "To a link that is good for a few minutes."},
        **problems(401, 403, 404),
    },
)
def get_original(image_id: ImageId, request: Request, user: User, parts: Parts) -> Response:
    """For its owner alone. With `Accept: application/json` the link itself: pages can send no token with a download."""
    url = gallery.original_url(image_id, user, parts.catalog, parts.store)
    if request.headers.get("accept", "").startswith("application/json"):
        return answer({"url": url}, user)
    return RedirectResponse(url, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})


@router.get("/categories", summary="Categories with counts and covers", response_model=CategoryList, responses=problems())
def list_categories(viewer: Viewer, parts: Parts) -> Response:
    """Of published pictures. `uncategorised` is the last."""
    return answer(gallery.list_categories(parts.catalog, parts.store), viewer)


@router.get("/desk", summary="What waits for you", response_model=DeskAnswer, responses=problems(401))
def get_desk(user: User, parts: Parts) -> Response:
    """How many of your images wait for you, by reason; list them with `GET /api/images?check=`. And how analysis gets on."""
    how_far = progress(user, parts.catalog, parts.queue, now())
    return answer({**desk(parts.catalog, user), "progress": asdict(how_far)}, user)


@router.get("/health", summary="How everything is", response_model=HealthAnswer, responses=problems())
def get_health(parts: Parts) -> Response:
    """Always 200 while this function answers; what is down is named. Asking never wakes a model."""
    return answer(gallery.health(parts.store, parts.catalog, parts.vision), "nobody's cache")


@shared.get(
    "/p/{id}",
    summary="A shared picture's page",
    response_class=HTMLResponse,
    responses={404: {"description": "No such published picture, as a page.", "content": {"text/html": {}}}, **problems()},
)
def open_shared_link(image_id: ImageId, request: Request, parts: Parts) -> Response:
    """HTML with the tags from which previews of links are made; it leads people on to the gallery. Published pictures only."""
    base = (parts.site or str(request.base_url)).rstrip("/")
    status, page = previews.shared_page(image_id, base, parts.catalog, parts.store)
    return HTMLResponse(page, status, {"cache-control": "public, max-age=60"})


app = make_app(router, shared)
handler = observed(Mangum(app, lifespan="off"))
