"""The web side that every function shares: app factory, one error shape, request frame, current user."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from math import ceil
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic_core import PydanticSerializationError, to_json
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sightsync.correlation import about
from sightsync.errors import SightSyncError, SignInRequired
from sightsync.services import Services, services
from sightsync.settings import on_lambda

if on_lambda():
    # The framework looks whether a model is one of pydantic 1's, and imports all of that to find out. Saying beforehand that it
    # is not there spares each start a twentieth; only on Lambda, for elsewhere other programs may share the process.
    sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]  # None is how Python notes "not there"

logger = logging.getLogger(__name__)

MAX_PICTURE = 4 * 1024 * 1024  # bytes of a picture in a request: gateways carry no more
MAX_BODY = MAX_PICTURE + 256 * 1024  # a picture and the texts beside it
MAX_JSON = 512 * 1024  # the largest legal one, a hundred images changed at once in escaped characters, has 40 KB
RETRY_AFTER_S = 5

_REQUEST_ID = re.compile(r"[A-Za-z0-9._=-]{1,64}")  # the gateway's end with an equals sign
_FIELD = re.compile(r"[A-Za-z0-9_.-]{1,80}")

_OF_STATUS = {  # what the framework itself refuses
    400: ("bad_request", "The request could not be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer to that method."),
    413: ("too_large", "The request is too large."),
}


class Json(JSONResponse):
    """UTF-8 as it is. A lone surrogate, which no JSON text can hold, becomes a question mark rather than an error."""

    def render(self, content: Any) -> bytes:
        try:
            return to_json(content, inf_nan_mode="null")  # half the time of the standard library's
        except PydanticSerializationError:
            return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


# --- Answers ------------------------------------------------------------------------------------------------------


def answer(content: Any, viewer: str | None, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that only anonymous people's caches may keep, and only for a moment."""
    caching = "no-store" if viewer is not None else "public, max-age=5"
    return Json(content, status, {"cache-control": caching, "vary": "Authorization", **(headers or {})})


def problem(status: int, code: str, message: str, details: Any = None, headers: Mapping[str, str] | None = None) -> Response:
    """The one error shape. Never cached."""
    extra = {"cache-control": "no-store", **(headers or {})}
    if status == 401:
        extra["www-authenticate"] = "Bearer" if code == "sign_in_required" else 'Bearer error="invalid_token"'
    if status == 503:
        extra.setdefault("retry-after", str(RETRY_AFTER_S))
    return Json({"error": code, "message": message, "details": details}, status, extra)


def _known_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, SightSyncError)
    _log_refusal(request.scope, error.status, error.code)
    later = getattr(error, "retry_after_s", None)
    return problem(error.status, error.code, error.message, error.details, {"retry-after": str(ceil(later))} if later else None)


def _framework_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, message = _OF_STATUS.get(error.status_code, ("error", "The request could not be answered."))
    _log_refusal(request.scope, error.status_code, code)
    headers = dict(error.headers or {})
    if error.status_code == 405 and (methods := _methods(request)):
        headers["Allow"] = ", ".join(methods)  # the framework names only those of one route
    return problem(error.status_code, code, message, headers=headers)


def _methods(request: Request) -> list[str]:
    """All that this address answers to, whichever routes they are spread over."""
    routes: Sequence[APIRoute] = request.app.state.routes
    return sorted({method for route in routes if route.path_regex.match(request.url.path) for method in route.methods or ()})


def _invalid_request(request: Request, error: Exception) -> Response:
    """What is wrong and where; never what was written there."""
    assert isinstance(error, RequestValidationError)
    _log_refusal(request.scope, 422, "invalid_request")
    details = [{"field": _field(found["loc"]), "message": _sentence(found)} for found in error.errors()[:20]]
    return problem(422, "invalid_request", "Some of what was sent can't be used. See details.", details)


def _field(location: tuple[int | str, ...]) -> str:
    if len(location) > 1 and location[0] == "body" and isinstance(location[1], int):
        return "body"  # a position in text that is not JSON
    name = ".".join(str(part) for part in (location[1:] if len(location) > 1 else location))
    return name if _FIELD.fullmatch(name) else "(unnamed)"


def _sentence(found: Mapping[str, Any]) -> str:
    if found["type"] == "model_attributes_type":  # mostly a body that was not announced as JSON, as curl's -d is
        return "An object in JSON is expected, with Content-Type: application/json."
    return str(found["msg"]).removeprefix("Value error, ")


# --- The frame around each request --------------------------------------------------------------------------------


class Frame:
    """Gives each request an id, holds API bodies to a ceiling, and turns what nobody expected into a bare 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = _request_id(scope)
        started = False

        async def framed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                headers.setdefault("x-content-type-options", "nosniff")
            await send(message)

        ceiling = _ceiling(scope)
        if ceiling is not None and _declared_length(scope) > ceiling:
            _log_refusal(scope, 413, "too_large")
            await _too_large(ceiling)(scope, receive, framed)
            return
        try:
            with about(request_id):
                await self.app(scope, receive if ceiling is None else _limited(receive, ceiling), framed)
        except Exception as error:  # the outermost guard: whatever it is, people get the one error shape
            _log_crash(error, request_id)
            if started:
                raise  # half an answer is out: only the server can cut the line
            await problem(500, "internal", "Something went wrong on our side.", {"request_id": request_id})(scope, receive, framed)


def _request_id(scope: Scope) -> str:
    """The gateway's own, which its access log has too; else what the caller calls it, if that is a name; else a new one."""
    gateway = scope.get("aws.event", {}).get("requestContext", {}).get("requestId")
    given = gateway or Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _log_refusal(scope: Scope, status: int, code: str) -> None:
    """By its route, never its address, which may hold words. From 500 on it is for us to do something about."""
    route = getattr(scope.get("route"), "path", None)
    extra = {"code": code, "status": status, "method": scope["method"], "route": route, "request_id": scope.get("request_id")}
    if status >= 500:
        logger.warning("request_unavailable", extra=extra)
    else:
        logger.info("request_refused", extra=extra)


def _log_crash(error: Exception, request_id: str) -> None:
    """Where it broke and as what; not the exception's own text, which may quote people's words."""
    stack = "".join(traceback.format_tb(error.__traceback__))
    extra = {"code": "internal", "request_id": request_id, "exception": type(error).__name__, "stack": stack}
    logger.error("request_crashed", extra=extra)


def _ceiling(scope: Scope) -> int | None:
    if not scope["path"].startswith("/api/"):
        return None  # the local store's own endpoint takes whole pictures and has its own limit
    return MAX_JSON if Headers(scope=scope).get("content-type", "").startswith("application/json") else MAX_BODY


def _declared_length(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdecimal() else 0


def _limited(receive: Receive, ceiling: int) -> Receive:
    total = 0

    async def limited() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > ceiling:
            raise HTTPException(413)  # the framework hides any other exception that comes while it reads a body
        return message

    return limited


def _too_large(ceiling: int) -> Response:
    return problem(413, "too_large", f"The request is larger than {ceiling // 1024} KB.", {"max_bytes": ceiling})


# --- Dependencies -------------------------------------------------------------------------------------------------
# These are coroutines because the framework would otherwise spend a thread on each of them in every request.


async def parts() -> Services:
    """The composition root's services; tests put their own in its place."""
    return services()


Parts = Annotated[Services, Depends(parts)]


async def user(request: Request, parts: Parts) -> str | None:
    """Who asks, or None. A bad token is an error even where none is needed: its bearer believes to be signed in."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    implied = parts.settings.implied_user
    if implied is not None or scheme.lower() != "bearer":
        return implied
    if parts.tokens is None:
        raise SignInRequired("Nobody can sign in here: no issuer is set.", code="token_invalid")
    check = partial(parts.tokens.user, token.strip())
    return check() if on_lambda() else await run_in_threadpool(check)  # see Route


async def require_user(found: Annotated[str | None, Depends(user)]) -> str:
    if found is None:
        raise SignInRequired("Sign in to do this.")
    return found


Viewer = Annotated[str | None, Depends(user)]
User = Annotated[str, Depends(require_user)]


# --- Routes -------------------------------------------------------------------------------------------------------


class Route(APIRoute):
    """A route whose function, on Lambda, runs where it is called: one process has one request there at a time, and a thread for
    each would cost more than what many requests do."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, _at_once(endpoint) if on_lambda() else endpoint, **more)


def _at_once(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    async def called(*args: Any, **kwargs: Any) -> Any:
        return endpoint(*args, **kwargs)

    return called


# --- The app ------------------------------------------------------------------------------------------------------


def make_app(*routers: APIRouter) -> FastAPI:
    """An app of these routes with the one error shape and nothing else: no docs pages, no redirects between slashes."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    app.add_exception_handler(SightSyncError, _known_problem)
    app.add_exception_handler(HTTPException, _framework_problem)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_middleware(Frame)
    return app
