"""Sign-in: real RS256 tokens against a real issuer that answers over HTTP on this machine."""

import base64
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from local.doctor import Problem
from local.doctor_issuer import check
from sightsync.adapters.tokens import ASK_AGAIN_AFTER_S, KEYS_GOOD_FOR_S, STALE_KEYS_GOOD_FOR_S, IssuerTokens, KeySet
from sightsync.errors import SignInRequired, Unavailable
from sightsync.services import build
from sightsync.settings import Settings

KEYS = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("first", "second", "stranger")}


def published(name: str, **more: Any) -> dict[str, Any]:
    return {
        **json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEYS[name].public_key())),
        "kid": name,
        "use": "sig",
        "alg": "RS256",
        **more,
    }


class Issuer:
    """An OIDC issuer on 127.0.0.1. `keys` are what it publishes; `asked` counts requests; `away` makes it fail."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [published("first")]
        self.asked = 0
        self.away = False
        self.calls_itself: str | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/pool"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                documents = {
                    "/pool/.well-known/openid-configuration": {
                        "issuer": issuer.calls_itself or issuer.url,
                        "jwks_uri": f"{issuer.url}/keys",
                    },
                    "/pool/keys": {"keys": issuer.keys},
                }
                found = documents.get(self.path)
                self.send_response(503 if issuer.away else 200 if found else 404)
                self.end_headers()
                self.wfile.write(json.dumps(found).encode())

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def token(issuer: Issuer, key: str = "first", headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """Signed by `key`; numbers for exp and nbf are seconds from now, and a claim of None is left out."""
    everything = {"iss": issuer.url, "sub": "ada", "exp": 600, "aud": "sightsync", "token_use": "access", **claims}
    kept = {name: value for name, value in everything.items() if value is not None}
    kept |= {name: time.time() + kept[name] for name in ("exp", "nbf") if isinstance(kept.get(name), int)}
    return jwt.encode(kept, KEYS[key], "RS256", headers={"kid": key, **(headers or {})})


def refused(tokens: IssuerTokens, text: str) -> str:
    with pytest.raises(SignInRequired) as caught:
        tokens.user(text)
    return caught.value.code


def test_a_good_token_names_its_user(issuer: Issuer) -> None:
    assert IssuerTokens(issuer.url, "sightsync").user(token(issuer)) == "ada"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["other", "sightsync"]},
        {"aud": None, "client_id": "sightsync"},
        {"token_use": None},
        {"exp": -5},
        {"nbf": 5},
    ],
    ids=["one audience of several", "client id", "no token_use", "our clock is ahead", "our clock is behind"],
)
def test_tokens_come_in_several_good_shapes(issuer: Issuer, claims: dict[str, Any]) -> None:
    assert IssuerTokens(issuer.url, "sightsync").user(token(issuer, **claims)) == "ada"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_makes_no_other_issuer(issuer: Issuer, slash: str) -> None:
    issuer.calls_itself = issuer.url + "/"
    assert IssuerTokens(issuer.url + slash).user(token(issuer, iss=issuer.url + "/")) == "ada"


def test_without_an_audience_set_any_will_do(issuer: Issuer) -> None:
    assert IssuerTokens(issuer.url).user(token(issuer, aud="somebody else's")) == "ada"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "somebody else's"},
        {"aud": None},
        {"aud": None, "client_id": "somebody else's"},
        {"aud": {"sightsync": True}},
        {"token_use": "id"},
        {"token_use": "refresh"},
        {"nbf": 300},
        {"exp": None},
        {"exp": "tomorrow"},
        {"sub": None},
        {"sub": ""},
        {"sub": "a b"},
        {"sub": "a\x00b"},
        {"sub": "x" * 129},
        {"sub": 7},
    ],
    ids=lambda claims: ",".join(f"{name}={str(value)[:20]!r}" for name, value in claims.items()),
)
def test_a_token_for_somebody_or_something_else_is_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    assert refused(IssuerTokens(issuer.url, "sightsync"), token(issuer, **claims)) == "token_invalid"


def test_an_expired_token_is_told_apart_so_that_the_page_can_ask_to_sign_in_again(issuer: Issuer) -> None:
    assert refused(IssuerTokens(issuer.url), token(issuer, exp=-60)) == "token_expired"


def test_a_token_without_a_signature_is_refused(issuer: Issuer) -> None:
    unsigned = jwt.encode({"iss": issuer.url, "sub": "ada", "exp": time.time() + 600}, "", "none", headers={"kid": "first"})
    assert refused(IssuerTokens(issuer.url), unsigned) == "token_invalid"
    assert issuer.asked == 0


def test_the_public_key_is_no_password(issuer: Issuer) -> None:
    """The classic confusion: HS256 with the published key as its secret."""
    secret = KEYS["first"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"first"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps({"iss": issuer.url, "sub": "ada", "exp": time.time() + 600}).encode()).rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.digest(secret, head + b"." + body, hashlib.sha256)).rstrip(b"=")
    assert refused(IssuerTokens(issuer.url), b".".join((head, body, signature)).decode()) == "token_invalid"


def test_other_algorithms_are_refused_even_when_well_signed(issuer: Issuer) -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    claims = {"iss": issuer.url, "sub": "ada", "exp": time.time() + 600}
    for text in (
        jwt.encode(claims, curve, "ES256", headers={"kid": "first"}),
        jwt.encode(claims, KEYS["first"], "RS512", headers={"kid": "first"}),
        jwt.encode(claims, KEYS["first"], "PS256", headers={"kid": "first"}),
    ):
        assert refused(IssuerTokens(issuer.url), text) == "token_invalid"


def test_a_strangers_signature_under_a_known_key_id_is_refused(issuer: Issuer) -> None:
    assert refused(IssuerTokens(issuer.url), token(issuer, "stranger", {"kid": "first"})) == "token_invalid"


def test_a_token_changed_on_its_way_is_refused(issuer: Issuer) -> None:
    head, _, signature = token(issuer).split(".")
    claims = json.dumps({"iss": issuer.url, "sub": "root", "exp": time.time() + 600}).encode()
    forged = base64.urlsafe_b64encode(claims).rstrip(b"=").decode()
    assert refused(IssuerTokens(issuer.url), f"{head}.{forged}.{signature}") == "token_invalid"


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "...", "é.é.é", "x" * 9000, "eyJhbGciOiJSUzI1NiIsImtpZCI6e319.e30.AA", "\ud800"]
)
def test_what_is_no_token_is_refused_without_asking_anybody(issuer: Issuer, text: str) -> None:
    assert refused(IssuerTokens(issuer.url), text) == "token_invalid"
    assert issuer.asked == 0


def test_a_token_without_a_key_id_is_good_while_there_is_one_key(issuer: Issuer) -> None:
    text = jwt.encode({"iss": issuer.url, "sub": "ada", "exp": time.time() + 600}, KEYS["first"], "RS256")
    assert IssuerTokens(issuer.url).user(text) == "ada"
    issuer.keys.append(published("second"))
    assert refused(IssuerTokens(issuer.url), text) == "token_invalid"


# --- Keys ---------------------------------------------------------------------------------------------------------


def test_keys_are_read_once_and_kept(issuer: Issuer) -> None:
    tokens = IssuerTokens(issuer.url)
    for _ in range(5):
        tokens.user(token(issuer))
    assert issuer.asked == 2  # what it says of itself, and its keys


def test_a_rotated_key_is_found_at_once(issuer: Issuer) -> None:
    clock = Clock()
    tokens = IssuerTokens(issuer.url, keys=KeySet(issuer.url, clock=clock))
    tokens.user(token(issuer))
    issuer.keys = [published("second")]
    clock.now += ASK_AGAIN_AFTER_S
    assert tokens.user(token(issuer, "second")) == "ada"
    assert refused(tokens, token(issuer, "first")) == "token_invalid"


def test_made_up_key_ids_do_not_make_us_hammer_the_issuer(issuer: Issuer) -> None:
    clock = Clock()
    tokens = IssuerTokens(issuer.url, keys=KeySet(issuer.url, clock=clock))
    for _ in range(20):
        assert refused(tokens, token(issuer, headers={"kid": "made up"})) == "token_invalid"
    assert issuer.asked == 2
    clock.now += ASK_AGAIN_AFTER_S
    refused(tokens, token(issuer, headers={"kid": "made up"}))
    assert issuer.asked == 4


def test_old_keys_serve_while_the_issuer_is_away_and_not_for_ever(issuer: Issuer) -> None:
    clock = Clock()
    tokens = IssuerTokens(issuer.url, keys=KeySet(issuer.url, clock=clock))
    tokens.user(token(issuer))
    issuer.away = True
    clock.now += KEYS_GOOD_FOR_S + 1
    assert tokens.user(token(issuer)) == "ada"
    clock.now += STALE_KEYS_GOOD_FOR_S
    with pytest.raises(Unavailable):
        tokens.user(token(issuer))


def test_an_issuer_that_does_not_answer_is_our_trouble_not_the_tokens(issuer: Issuer) -> None:
    issuer.away = True
    clock = Clock()
    tokens = IssuerTokens(issuer.url, keys=KeySet(issuer.url, clock=clock))
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            tokens.user(token(issuer))
        assert (caught.value.status, caught.value.code) == (503, "issuer_unavailable")
    assert issuer.asked == 1
    issuer.away = False
    clock.now += ASK_AGAIN_AFTER_S
    assert tokens.user(token(issuer)) == "ada"


def test_a_document_of_another_issuer_is_not_believed(issuer: Issuer) -> None:
    issuer.calls_itself = "https://elsewhere.example"
    with pytest.raises(Unavailable):
        IssuerTokens(issuer.url).user(token(issuer))


def test_keys_that_cannot_be_used_do_not_hide_their_neighbours(issuer: Issuer) -> None:
    issuer.keys = [
        {"kty": "EC", "kid": "curve"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        published("second", use="enc"),
        published("stranger", alg="RS512"),
        published("first"),
    ]
    tokens = IssuerTokens(issuer.url)
    assert tokens.user(token(issuer)) == "ada"
    assert refused(tokens, token(issuer, "second")) == "token_invalid"
    assert refused(tokens, token(issuer, "stranger")) == "token_invalid"


@pytest.mark.parametrize("address", ["file:///etc", "ftp://127.0.0.1", "nonsense"])
def test_an_issuer_is_only_ever_asked_over_the_web(issuer: Issuer, address: str) -> None:
    with pytest.raises(Unavailable):
        IssuerTokens(address).user(token(issuer))


def test_tokens_are_never_written_to_the_log(issuer: Issuer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    issuer.keys = []
    text = token(issuer)
    refused(IssuerTokens(issuer.url), text)
    issuer.away = True
    with pytest.raises(Unavailable):
        IssuerTokens(issuer.url).user(text)
    assert all(part not in caplog.text for part in text.split("."))
    assert "issuer_unreachable" in caplog.text


# --- Through the API ----------------------------------------------------------------------------------------------


def test_a_token_opens_the_api_and_a_bad_one_closes_even_what_is_public(issuer: Issuer, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from handlers.gallery import router
    from sightsync.web import make_app, parts

    signed = build(Settings(data=tmp_path, issuer=issuer.url, audience="sightsync"))
    app = make_app(router)
    app.dependency_overrides[parts] = lambda: signed
    client = TestClient(app)

    def desk(header: str) -> tuple[int, str | None, str | None]:
        answer = client.get("/api/desk", headers={"Authorization": header} if header else {})
        return answer.status_code, answer.json().get("error"), answer.headers.get("www-authenticate")

    assert desk(f"Bearer {token(issuer)}")[0] == 200
    assert desk(f"bearer {token(issuer)}")[0] == 200
    assert desk("") == (401, "sign_in_required", "Bearer")
    assert desk("Basic YTpi") == (401, "sign_in_required", "Bearer")
    assert desk(f"Bearer {token(issuer, exp=-1000)}") == (401, "token_expired", 'Bearer error="invalid_token"')
    assert desk("Bearer nonsense") == (401, "token_invalid", 'Bearer error="invalid_token"')
    assert client.get("/api/images").status_code == 200
    assert client.get("/api/images", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    issuer.away = True
    fresh = build(Settings(data=tmp_path, issuer=issuer.url))
    app.dependency_overrides[parts] = lambda: fresh
    assert desk(f"Bearer {token(issuer)}")[:2] == (503, "issuer_unavailable")
    signed.catalog.close()
    fresh.catalog.close()


def test_nobody_is_implied_on_lambda_or_beside_an_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(local_user="local").implied_user == "local"
    assert Settings(local_user="local", issuer="https://issuer.example").implied_user is None
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "gallery")
    assert Settings(local_user="local").implied_user is None


# --- what `./sightsync doctor` says of it


def test_a_doctor_finds_an_issuer_well(issuer: Issuer) -> None:
    issuer.keys.append(published("second", alg="RS512"))
    assert check(Settings(issuer=issuer.url)) == f"{issuer.url}, 1 key"
    assert check(Settings(issuer="")).startswith("none")
    asked = issuer.asked
    given = json.dumps({"keys": [published("first"), published("second")]})
    assert check(Settings(issuer=issuer.url, issuer_keys=given)) == f"{issuer.url}, 2 keys, from SIGHTSYNC_ISSUER_KEYS"
    assert issuer.asked == asked, "who brings the keys is not for the issuer to know"


def test_a_doctor_says_what_ails_an_issuer(issuer: Issuer) -> None:
    def ill(url: str = issuer.url, **settings: str) -> str:
        with pytest.raises(Problem) as found:
            check(Settings(issuer=url, **settings))
        return found.value.what

    assert ill(f"{issuer.url}/nowhere").endswith("/nowhere/.well-known/openid-configuration answers 404")
    issuer.calls_itself = "https://somebody.else"
    assert "the document is another issuer's" in ill()
    issuer.calls_itself, issuer.keys = None, [published("first", alg="RS512")]
    assert "publishes no RS256 key" in ill()
    assert "is not what an OIDC issuer of this address does" in ill(issuer_keys="{}")
    issuer.close()
    assert "cannot be reached: [Errno" in ill()
