"""The API's own description: one OpenAPI document over the routes of all functions, and where it is served on one machine."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from handlers import captions, gallery, scores, search, uploads
from local.examples import EXAMPLES
from local.reference import page
from sightsync import VERSION
from sightsync.api import Problem
from sightsync.services import Services
from sightsync.web import Json, Parts, make_app, require_user, user

ROUTERS = (uploads.router, gallery.router, captions.router, scores.router, search.router, gallery.shared)
STYLE = Path(__file__).with_name("reference.css")
TAGS = {
    "uploads": "A picture never passes through the API: ask for a ticket, post the file to the store, watch it being analysed.",
    "gallery": "Reading is public for published pictures. Owners see their own in any state, and only they change them.",
    "captions": "The model's words for a picture.",
    "scores": "How well words fit a picture.",
    "search": "By words and by meaning together, by picture, by likeness. Every hit says why it is one.",
    "shared links": "What chats and networks read when a picture's link is shared.",
}
DESCRIPTION = """SightSync is an image gallery that understands its pictures.

Every answer is JSON in UTF-8. Times are RFC 3339 in UTC. URLs in answers work as given, absolute or root-relative. Every error has
the shape `{error, message, details}`: `error` is a code for programs and never changes, `message` a sentence for people. Every
answer carries `X-Request-Id`.

Who you are is said by a bearer token (a JWT signed with RS256 by the issuer that this gallery trusts). On one machine without an
issuer everybody who reaches it is the one user. Every write, and every route that spends on models, needs a user."""

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "RS256, from the issuer that this gallery trusts.",
}
NEEDED: list[dict[str, list[str]]] = [{"bearer": []}]
OPTIONAL: list[dict[str, list[str]]] = [{}, {"bearer": []}]


def document(open_to_all: bool = False) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the whole API; open_to_all: as on one machine without an issuer, where nobody has to sign in."""
    app = make_app(*ROUTERS)
    app.title, app.version, app.summary, app.description = (
        "SightSync",
        VERSION,
        "A gallery that understands its pictures",
        DESCRIPTION,
    )
    app.openapi_tags = [{"name": name, "description": text} for name, text in TAGS.items()]
    app.servers = [{"url": "/"}]
    found = _renamed(app.openapi())
    schemas = found["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for name, example in EXAMPLES.items():  # here, as the framework leaves nulls out of examples
        schemas[name]["examples"] = [example]
    schemas["Body_score_any"]["description"] = "A form: the texts, then the picture as the last field."
    found["components"]["securitySchemes"] = {"bearer": BEARER}
    for route in _routes():
        for method in route.methods or ():
            operation = found["paths"][route.path_format][method.lower()]
            _complete(operation)
            operation["security"] = [] if open_to_all else _security(route)
    return found


def _renamed(found: dict[str, Any]) -> dict[str, Any]:
    """Shapes by the names that people use: `Image`, not `ImageAnswer`."""
    text = re.sub(r'("#/components/schemas/\w+?)Answer"', r'\1"', json.dumps(found))
    renamed: dict[str, Any] = json.loads(text)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {name.removesuffix("Answer"): schema for name, schema in schemas.items()}
    return renamed


def _complete(operation: dict[str, Any]) -> None:
    operation["parameters"] = [_parameter(parameter) for parameter in operation.get("parameters", [])]
    for status, response in operation["responses"].items():
        if int(status) < 400 and response["description"] == "Successful Response":
            response["description"] = "As asked."
        for medium in response.get("content", {}).values():
            if "error" in medium.get("example", {}):
                medium["example"].setdefault("details", None)


def _routes() -> Iterator[APIRoute]:
    yield from (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))


def _security(route: APIRoute) -> list[dict[str, list[str]]]:
    """Read from what the route really depends on, so that the document cannot promise otherwise."""
    asked = set(_dependencies(route.dependant))
    return NEEDED if require_user in asked else OPTIONAL if user in asked else []


def _dependencies(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _dependencies(inner)


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    """Without the `null` that Python's None left in its schema: in an address there is no null, only absence."""
    schema = dict(parameter["schema"])
    schema.pop("title", None)
    schema.pop("description", None)  # said beside it already
    choices = [choice for choice in schema.pop("anyOf", []) if choice != {"type": "null"}]
    return {**parameter, "schema": schema | choices[0] if len(choices) == 1 else schema}


router = APIRouter(prefix="/api", include_in_schema=False)


@cache
def _written(open_to_all: bool) -> tuple[dict[str, Any], str]:
    found = document(open_to_all)
    return found, page(found)


def _here(parts: Services) -> tuple[dict[str, Any], str]:
    return _written(parts.settings.implied_user is not None)


@router.get("/openapi.json")
def openapi_json(parts: Parts) -> Response:
    return Json(_here(parts)[0], headers={"cache-control": "no-cache"})


@router.get("/docs")
def openapi_page(parts: Parts) -> Response:
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return HTMLResponse(_here(parts)[1], headers={"cache-control": "no-cache", "content-security-policy": policy})


@router.get("/docs.css")
def openapi_style() -> Response:
    return Response(STYLE.read_bytes(), media_type="text/css", headers={"cache-control": "no-cache"})
