"""Amazon Cognito on this machine: a user pool on moto's server, with what template.yaml says of pool and client, and its people.

What moto's Cognito lacks: RevokeToken, ResendConfirmationCode, failures that come of counting (too many attempts), codes that
expire; a password that a challenge sets is not held against the pool's own one again. It needs the region us-east-1, because it
looks there for GlobalSignOut, whatever the pool's.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import httpx

from sightsync.adapters.aws import client
from sightsync.adapters.tokens import Fetch, IssuerTokens, KeySet, fetch_json
from sightsync.services import Services
from sightsync.web import parts
from tests.test_template import RESOURCES

REGION = "us-east-1"
PASSWORD = "correct horse, battery"
TEMPORARY = "only for the first time"


@dataclass(frozen=True)
class People:
    """A pool and the page's client of it; `endpoint` is moto's server."""

    endpoint: str
    pool: str
    client_id: str
    cognito: Any

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool}"

    @property
    def keys(self) -> str:
        """The JWKS document, as SIGHTSYNC_ISSUER_KEYS takes it."""
        return httpx.get(f"{self.endpoint}/{self.pool}/.well-known/jwks.json").text

    @property
    def fetch(self) -> Fetch:
        """As the program asks the issuer, only that moto answers."""
        return lambda url: fetch_json(url.replace(f"https://cognito-idp.{REGION}.amazonaws.com", self.endpoint))

    @property
    def tokens(self) -> IssuerTokens:
        """What checks this pool's tokens, by the keys that it publishes."""
        return IssuerTokens(self.issuer, self.client_id, KeySet(self.issuer, self.fetch))

    def invite(self, email: str, password: str = PASSWORD) -> str:
        """Makes an account as the administrator does, with a password of its own; its id (sub)."""
        sub = self.invite_only(email)
        self.cognito.admin_set_user_password(UserPoolId=self.pool, Username=email, Password=password, Permanent=True)
        return sub

    def invite_only(self, email: str) -> str:
        """An account whose first password has to be changed."""
        named = {"UserPoolId": self.pool, "Username": email, "TemporaryPassword": TEMPORARY, "MessageAction": "SUPPRESS"}
        return str(self.cognito.admin_create_user(**named)["User"]["Username"])

    def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """What InitiateAuth answers: {AccessToken, IdToken, RefreshToken, ExpiresIn}."""
        asked = {"USERNAME": email, "PASSWORD": password}
        answer = self.ask("InitiateAuth", ClientId=self.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=asked)
        return dict(answer.json()["AuthenticationResult"])

    def ask(self, action: str, **body: Any) -> httpx.Response:
        """One call of the public API, unsigned, as a page makes it."""
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"AWSCognitoIdentityProviderService.{action}"}
        return httpx.post(f"{self.endpoint}/", content=json.dumps(body), headers=headers)


def people(endpoint: str, sign_up: bool = False) -> People:
    """A pool of its own on the server there, which the environment names too."""
    pool, page = (dict(RESOURCES[name]["Properties"]) for name in ("People", "PageClient"))
    pool["AdminCreateUserConfig"] = {"AllowAdminCreateUserOnly": not sign_up}  # a parameter of the stack
    cognito = client("cognito-idp", REGION)
    made = cognito.create_user_pool(PoolName="people", **pool)["UserPool"]
    named = cognito.create_user_pool_client(ClientName="page", **{**page, "UserPoolId": made["Id"]})["UserPoolClient"]
    return People(endpoint, made["Id"], named["ClientId"], cognito)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, or nobody, with the hands to call functions."""

    sub: str
    token: str | None

    def call(self, function: str, method: str, path: str, body: Any = None, query: str = "") -> tuple[int, Any]:
        """Status and JSON (None for no content) of what the function answers to the gateway's event."""
        answer = import_module(f"handlers.{function}").handler(self._event(method, path, body, query), Context())
        return answer["statusCode"], json.loads(answer["body"] or "null")

    def _event(self, method: str, path: str, body: Any, query: str) -> dict[str, Any]:
        raw = isinstance(body, bytes)
        headers = {"host": "gallery.example", "content-type": "image/jpeg" if raw else "application/json"}
        return {
            "version": "2.0",
            "routeKey": f"{method} {path}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers | ({"authorization": f"Bearer {self.token}"} if self.token else {}),
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "203.0.113.7", "protocol": "HTTP/1.1"},
                "stage": "$default",
            },
            "body": base64.b64encode(body).decode() if raw else body and json.dumps(body),
            "isBase64Encoded": raw,
        }


@dataclass(frozen=True)
class Context:
    aws_request_id: str = "8f5ea0c1-3d7a-4a55-9c0d-5c6c2f8a1b2e"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


@contextmanager
def behind_functions(services: Services) -> Iterator[None]:
    """All functions of the API stand on these services meanwhile."""
    apps = [import_module(f"handlers.{name}").app for name in ("uploads", "gallery", "captions", "scores", "search")]
    for app in apps:
        app.dependency_overrides[parts] = lambda: services
    try:
        yield
    finally:
        for app in apps:
            app.dependency_overrides.clear()
