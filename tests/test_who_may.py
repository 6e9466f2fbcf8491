"""Who may do what: every route tried by its picture's owner, somebody else and nobody, and with every token that is none.

The table is the expectation. A route that an app has and the table has not fails, and the other way round.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from sightsync.adapters.tokens import IssuerTokens, KeySet, published
from sightsync.images import Image, Status, now
from sightsync.services import Services
from sightsync.web import parts
from tests.pictures import jpeg
from tests.records import an_image
from tests.test_template import needs_a_user

# A dash: no picture is named. `token` is the answer to each of BAD_TOKENS, even to a route that is public.
TABLE = """
route                              | a published picture    | a draft                | token
                                   | owner  other   nobody  | owner  other   nobody  | bad
-----------------------------------+------------------------+------------------------+------
POST   /api/uploads                | 201    201     401     | -      -       -       | 401
GET    /api/images                 | 200    200     200     | 200    200     200     | 401
GET    /api/images?ids={id}        | 200    200     200     | 200    200     200     | 401
GET    /api/images?owner=me        | 200    200     401     | 200    200     401     | 401
GET    /api/images?owner=owner     | 200    200     200     | 200    200     200     | 401
GET    /api/images?owner=owner&check=drafts | 200 403  401  | 200    403     401     | 401
GET    /api/images/{id}            | 200    200     200     | 200    404     404     | 401
PATCH  /api/images/{id}            | 200    403     401     | 200    404     401     | 401
PATCH  /api/images                 | 200    200     401     | 200    200     401     | 401
DELETE /api/images/{id}            | 204    403     401     | 204    404     401     | 401
POST   /api/images/{id}/restore    | 200    404     401     | 200    404     401     | 401
POST   /api/images/{id}/retry      | 200    404     401     | 200    404     401     | 401
GET    /api/images/{id}/original   | 307    403     401     | 307    404     401     | 401
GET    /api/categories             | 200    200     200     | 200    200     200     | 401
GET    /api/desk                   | 200    200     401     | 200    200     401     | 401
GET    /api/health                 | 200    200     200     | -      -       -       | 200
GET    /p/{id}                     | 200    200     200     | 404    404     404     | 200
POST   /api/captions               | 200    200     401     | -      -       -       | 401
POST   /api/images/{id}/caption    | 200    403     401     | 200    404     401     | 401
POST   /api/scores                 | 200    200     401     | -      -       -       | 401
POST   /api/images/{id}/scores     | 200    200     401     | 200    404     401     | 401
GET    /api/search?q=lighthouse    | 200    200     200     | 200    200     200     | 401
POST   /api/search                 | 200    200     401     | 200    200     401     | 401
GET    /api/images/{id}/similar    | 200    200     200     | 200    404     404     | 401
"""

ISSUER, CLIENT = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_pool", "the-page"
SECRET = "lighthouse nobody has seen"
PICTURE = jpeg()
FUNCTIONS = ("uploads", "gallery", "captions", "scores", "search")
PEOPLE = ("owner", "other", "nobody")
KEY, STRANGERS_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
JWKS = {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())), "kid": "k", "use": "sig", "alg": "RS256"}]}

BODIES: dict[str, Callable[[str], dict[str, Any]]] = {
    "POST /api/uploads": lambda _: {"json": {"filename": "a.jpg", "content_type": "image/jpeg", "bytes": len(PICTURE)}},
    "PATCH /api/images/{id}": lambda _: {"json": {"title": "Mine now"}},
    "PATCH /api/images": lambda image_id: {"json": {"ids": [image_id], "set": {"title": "Mine now"}}},
    "POST /api/captions": lambda _: {"content": PICTURE},
    "POST /api/scores": lambda _: {"data": {"texts": ["red"]}, "files": {"file": ("a.jpg", PICTURE)}},
    "POST /api/images/{id}/scores": lambda _: {"json": {"texts": ["red"]}},
    "POST /api/search": lambda _: {"content": PICTURE},
}
BEFOREHAND: dict[str, dict[str, Any]] = {
    "POST /api/images/{id}/restore": {"deleted_at": now()},
    "POST /api/images/{id}/retry": {"status": Status.FAILED},
}


# --- Tokens -------------------------------------------------------------------------------------------------------


def claims(**other: Any) -> dict[str, Any]:
    """An access token's, as Cognito makes them."""
    at = int(time.time())
    return {"iss": ISSUER, "sub": "owner", "client_id": CLIENT, "token_use": "access", "iat": at, "exp": at + 600, **other}


def signed(key: rsa.RSAPrivateKey = KEY, algorithm: str = "RS256", **other: Any) -> str:
    return jwt.encode(claims(**other), key, algorithm, headers={"kid": "k"})


def by_hand(algorithm: str, sign: Callable[[bytes], bytes]) -> str:
    """A token that no honest library would make."""
    head, body = ({"alg": algorithm, "typ": "JWT", "kid": "k"}, claims())
    text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, body))
    return (text + b"." + base64.urlsafe_b64encode(sign(text)).rstrip(b"=")).decode()


def with_the_public_key(text: bytes) -> bytes:
    secret = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hmac.digest(secret, text, hashlib.sha256)


BAD_TOKENS: dict[str, Callable[[], str]] = {
    "forged with another key": lambda: signed(STRANGERS_KEY),
    "expired": lambda: signed(exp=int(time.time()) - 60),
    "for another client": lambda: signed(client_id="another-page"),
    "for another audience": lambda: signed(client_id=None, aud="another-page"),
    "of another issuer": lambda: signed(iss=ISSUER.replace("pool", "loop")),
    "an id token instead of an access token": lambda: signed(client_id=None, aud=CLIENT, token_use="id"),
    "alg none": lambda: by_hand("none", lambda _: b""),
    "alg None, signed as if": lambda: by_hand("None", lambda _: b"x"),
    "HS256 with the public key as its secret": lambda: by_hand("HS256", with_the_public_key),
    "well signed by RS512": lambda: signed(algorithm="RS512"),
    "without an end": lambda: signed(exp=None),
    "no token at all": lambda: "owner",
}


# --- The table, and what stands behind it -------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    method: str
    address: str  # with its query
    published: tuple[str, ...]  # status for each of PEOPLE
    draft: tuple[str, ...]
    bad_token: int

    @property
    def route(self) -> str:
        return f"{self.method} {self.address.partition('?')[0]}"


def rows() -> Iterator[Row]:
    for line in TABLE.strip().splitlines()[3:]:
        route, published_, draft, bad = line.split("|")
        method, address = route.split()
        yield Row(method, address, tuple(published_.split()), tuple(draft.split()), int(bad))


ROWS = tuple(rows())
CELLS = [
    pytest.param(row, published_, person, int(status), id=f"{row.method} {row.address} {kind} {person}")
    for row in ROWS
    for kind, published_, statuses in (("published", True, row.published), ("draft", False, row.draft))
    for person, status in zip(PEOPLE, statuses, strict=True)
    if status != "-"
]


@cache
def routes() -> dict[str, tuple[FastAPI, APIRoute]]:
    """Each route by method and path, and the app that has it: the functions as they run on Lambda."""
    apps = [import_module(f"handlers.{name}").app for name in FUNCTIONS]
    found = [(app, route) for app in apps for route in app.state.routes]
    return {f"{method} {route.path}": (app, route) for app, route in found for method in route.methods}


@cache
def client(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


@dataclass(frozen=True)
class House:
    """A gallery behind the real check of tokens."""

    services: Services

    def hang(self, row: Row, published_: bool) -> Image:
        """One picture of its owner's, with the words of which nobody may hear while it is a draft."""
        words = "A picture of the lighthouse" if published_ else SECRET
        changes = {"owner": "owner", "published": published_, "title": words, "description": words, **BEFOREHAND.get(row.route, {})}
        image = an_image(**changes)
        head = self.services.store.write(image.key, PICTURE, "image/jpeg")
        return self.services.catalog.put(image.but(etag=head.etag), 0)

    def ask(self, row: Row, image: Image, token: str | None) -> Any:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        more = BODIES.get(row.route, lambda _: {})(image.id)
        return client(routes()[row.route][0]).request(row.method, row.address.replace("{id}", image.id), headers=headers, **more)

    def record(self, image: Image) -> Image | None:
        return self.services.catalog.get(image.id)


@pytest.fixture
def house(services: Services) -> Iterator[House]:
    keys = KeySet(ISSUER, published(ISSUER, json.dumps(JWKS)))
    behind = replace(services, tokens=IssuerTokens(ISSUER, CLIENT, keys))
    used = {app for app, _ in routes().values()}
    for app in used:
        app.dependency_overrides[parts] = lambda: behind
    yield House(behind)
    for app in used:
        app.dependency_overrides.clear()


def token_of(person: str) -> str | None:
    return None if person == "nobody" else signed(sub=person)


# --- The tests ----------------------------------------------------------------------------------------------------


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    assert {row.route for row in ROWS} == set(routes())


@pytest.mark.parametrize(("row", "published_", "person", "status"), CELLS)
def test_people_may_what_the_table_says(house: House, row: Row, published_: bool, person: str, status: int) -> None:
    image = house.hang(row, published_)
    answer = house.ask(row, image, token_of(person))
    assert answer.status_code == status, answer.text
    if person != "owner":
        assert house.record(image) == image, "somebody else's picture is as it was"
        assert published_ or SECRET not in answer.text, "nobody hears of a draft"
        assert published_ or "?ids=" not in row.address or answer.json()["images"] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.address}")
def test_a_token_that_is_none_opens_nothing(house: House, row: Row) -> None:
    image = house.hang(row, published_=True)
    for name, token in BAD_TOKENS.items():
        answer = house.ask(row, image, token())
        assert answer.status_code == row.bad_token, name
        assert house.record(image) == image, name
        if row.bad_token == 401:
            code = "token_expired" if name == "expired" else "token_invalid"
            assert (answer.json()["error"], answer.headers["www-authenticate"]) == (code, 'Bearer error="invalid_token"'), name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.address}")
def test_what_needs_a_user_says_so_to_the_gateway(row: Row) -> None:
    """So that API Gateway's own authorizer (tests/test_template.py) shuts what the table shuts to nobody, and nothing else."""
    nobodys = {row.published[2], row.draft[2]} - {"-"}
    shut = needs_a_user(routes()[row.route][1].dependant)
    assert shut == (nobodys == {"401"}) or "owner=" in row.address
