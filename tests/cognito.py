"""Amazon Cognito on this machine: a user pool on moto's server, with what template.yaml says of pool and client.

What moto's Cognito lacks: RevokeToken, ResendConfirmationCode, failures that come of counting (too many attempts), codes that
expire; a password that a challenge sets is not held against the pool's own one again. It needs the region us-east-1, because it
looks there for GlobalSignOut, whatever the pool's.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from sightsync.adapters.aws import client
from sightsync.adapters.tokens import Fetch, fetch_json
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
