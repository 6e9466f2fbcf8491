"""Bearer tokens of one OIDC issuer: RS256 alone, checked against the keys that the issuer publishes."""

import json
import logging
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from sightsync.errors import SignInRequired, Unavailable

logger = logging.getLogger(__name__)

MAX_TOKEN = 8192  # characters
MAX_DOCUMENT = 512 * 1024  # bytes of what an issuer publishes
TIMEOUT_S = 4.0
LEEWAY_S = 10  # between our clock and the issuer's
KEYS_GOOD_FOR_S = 3600.0
STALE_KEYS_GOOD_FOR_S = 24 * 3600.0  # while the issuer cannot be asked
ASK_AGAIN_AFTER_S = 30.0  # tokens with made-up key ids must not make us hammer the issuer
TOKEN_USES = (None, "access")  # an id token says who somebody is to the page; it is no key to the API

_SUBJECT = re.compile(r"[^\x00-\x20\x7f]{1,128}")

Fetch = Callable[[str], Any]


def fetch_json(url: str) -> Any:
    """The JSON at an http(s) address. OSError or ValueError when there is none."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("not a web address")
    request = urllib.request.Request(url, headers={"accept": "application/json", "user-agent": "SightSync"})  # noqa: S310 checked above
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 checked above
        return json.loads(answer.read(MAX_DOCUMENT))


def published(issuer: str, keys: str) -> Fetch:
    """An issuer who is not asked: answers with these keys, a JWKS document. ValueError, as from the network, if they are none."""
    return lambda url: json.loads(keys) if url.endswith("/keys") else {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}


@dataclass
class KeySet:
    """The issuer's public keys by id, asked for when first needed and again when they are old or one is unknown."""

    issuer: str
    fetch: Fetch = fetch_json
    clock: Callable[[], float] = time.monotonic
    _keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    _read_at: float | None = None  # when the keys that we hold were published
    _asked_at: float | None = None  # when the issuer was last asked, with whatever success
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def key(self, key_id: str | None) -> jwt.PyJWK | None:
        """The key of that id, or the only one for tokens without; None when there is none. Unavailable without any keys."""
        with self._lock:
            if self._age() > KEYS_GOOD_FOR_S or self._find(key_id) is None:
                self._refresh()
            if self._age() > STALE_KEYS_GOOD_FOR_S:
                raise Unavailable("Sign-in can't be checked now: the issuer doesn't answer.", code="issuer_unavailable")
            return self._find(key_id)

    def _find(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self.clock() - self._read_at

    def _refresh(self) -> None:
        if self._asked_at is not None and self.clock() - self._asked_at < self._pause():
            return
        self._asked_at = self.clock()
        try:
            self._keys = issuer_keys(self.issuer, self.fetch)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            logger.warning("issuer_unreachable", extra={"problem": type(problem).__name__})
        else:
            self._read_at = self.clock()

    def _pause(self) -> float:
        return ASK_AGAIN_AFTER_S if self._keys else ASK_AGAIN_AFTER_S / 10  # without keys nobody can sign in


def issuer_keys(issuer: str, fetch: Fetch) -> dict[str, jwt.PyJWK]:
    """What its discovery document leads to, by id. OSError, ValueError, KeyError, TypeError or AttributeError where that fails."""
    about = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if about["issuer"].rstrip("/") != issuer.rstrip("/"):
        raise ValueError("the document is another issuer's")
    usable = (key for key in fetch(about["jwks_uri"])["keys"] if key.get("kty") == "RSA" and key.get("use", "sig") == "sig")
    return {str(key.get("kid", "")): found for key in usable if (found := _key(key)) is not None}


def _key(published: Mapping[str, Any]) -> jwt.PyJWK | None:
    if published.get("alg", "RS256") != "RS256":
        return None
    try:
        return jwt.PyJWK(dict(published), algorithm="RS256")
    except (PyJWTError, ValueError):
        return None  # one that we cannot read must not hide its neighbours


class IssuerTokens:
    """Tokens of one issuer, for one audience (`aud`, or `client_id` as Cognito's access tokens have it) where one is set."""

    def __init__(self, issuer: str, audience: str = "", keys: KeySet | None = None) -> None:
        self._issuers = [issuer.rstrip("/"), issuer.rstrip("/") + "/"]  # a slash at the end makes no other issuer
        self._audience = audience
        self._keys = keys or KeySet(issuer)

    def user(self, token: str) -> str:
        if len(token) > MAX_TOKEN:
            raise _invalid()
        try:
            claims = self._claims(token)
        except ExpiredSignatureError as exc:
            raise SignInRequired("Your sign-in has expired. Sign in again.", code="token_expired") from exc
        except (PyJWTError, ValueError, TypeError) as exc:
            raise _invalid() from exc
        if not self._for_us(claims):
            raise _invalid()
        return str(claims["sub"])

    def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "RS256":  # before any key is looked for: no token of another kind may cost a request
            raise _invalid()
        key = self._keys.key(header.get("kid"))
        if key is None:
            raise _invalid()
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=self._issuers,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "sub"], "verify_aud": False},
        )

    def _for_us(self, claims: Mapping[str, Any]) -> bool:
        given = claims.get("aud", [])
        audiences = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        named = not self._audience or self._audience in [*audiences, claims.get("client_id")]
        return named and claims.get("token_use") in TOKEN_USES and _SUBJECT.fullmatch(str(claims["sub"])) is not None


def _invalid() -> SignInRequired:
    """One sentence for every fault: which one it is would only help somebody who is forging."""
    return SignInRequired("This sign-in is not valid here. Sign in again.", code="token_invalid")
