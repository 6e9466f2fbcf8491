"""Two people of one user pool (moto's Cognito, with the template's settings) at the functions as API Gateway calls them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from sightsync.adapters.tokens import IssuerTokens, KeySet
from sightsync.errors import SignInRequired
from sightsync.images import Image
from sightsync.services import Services
from tests.cognito import PASSWORD, TEMPORARY, People, Person, behind_functions, people
from tests.pictures import jpeg
from tests.records import an_image

SECRET = "what nobody else may read"


@pytest.fixture(scope="module")
def pool(aws: str) -> People:
    return people(aws)


Come = Callable[[str], Person]


@pytest.fixture(scope="module")
def come(pool: People) -> Come:
    """Makes an account and signs its owner in, for this module once each."""
    known: dict[str, Person] = {}

    def found(name: str) -> Person:
        if name not in known:
            email = f"{name}@example.org"
            known[name] = Person(pool.invite(email), pool.sign_in(email)["AccessToken"])
        return known[name]

    return found


@pytest.fixture
def tokens(pool: People) -> IssuerTokens:
    return pool.tokens


@pytest.fixture
def house(services: Services, tokens: IssuerTokens) -> Iterator[Services]:
    behind = replace(services, tokens=tokens)
    with behind_functions(behind):
        yield behind


def draft_of(person: Person, house: Services) -> Image:
    image = an_image(owner=person.sub, published=False, title=SECRET, description=SECRET, tags=("secret",))
    head = house.store.write(image.key, jpeg(), "image/jpeg")
    return house.catalog.put(image.but(etag=head.etag), 0)


# --- Tokens -------------------------------------------------------------------------------------------------------


def test_an_access_token_of_the_pool_names_its_user_through_the_keys_that_it_publishes(pool: People, tokens: IssuerTokens) -> None:
    sub = pool.invite("eve@example.org")
    assert tokens.user(pool.sign_in("eve@example.org")["AccessToken"]) == sub


def test_the_pools_other_tokens_open_nothing(pool: People, tokens: IssuerTokens) -> None:
    pool.invite("fay@example.org")
    found = pool.sign_in("fay@example.org")
    for kind in ("IdToken", "RefreshToken"):
        with pytest.raises(SignInRequired):
            tokens.user(found[kind])


def test_another_pools_people_are_strangers(pool: People, tokens: IssuerTokens, aws: str) -> None:
    other = people(aws)
    other.invite("ada@example.org")
    with pytest.raises(SignInRequired):
        tokens.user(other.sign_in("ada@example.org")["AccessToken"])


def test_another_client_of_the_same_pool_is_not_the_page(pool: People, tokens: IssuerTokens) -> None:
    pool.invite("gus@example.org")
    elsewhere = IssuerTokens(pool.issuer, "another-client", KeySet(pool.issuer, pool.fetch))
    with pytest.raises(SignInRequired):
        elsewhere.user(pool.sign_in("gus@example.org")["AccessToken"])


def test_an_invited_person_chooses_a_password_first_and_a_refreshed_token_is_the_same_persons(
    pool: People, tokens: IssuerTokens
) -> None:
    sub = pool.invite_only("hal@example.org")
    asked = {"USERNAME": "hal@example.org", "PASSWORD": TEMPORARY}
    answer = pool.ask("InitiateAuth", ClientId=pool.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=asked).json()
    assert (answer["ChallengeName"], "AuthenticationResult" in answer) == ("NEW_PASSWORD_REQUIRED", False)
    chosen = {"USERNAME": "hal@example.org", "NEW_PASSWORD": PASSWORD}
    challenge = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": answer["Session"], "ChallengeResponses": chosen}
    first = pool.ask("RespondToAuthChallenge", ClientId=pool.client_id, **challenge).json()["AuthenticationResult"]
    refresh = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": first["RefreshToken"]}}
    fresh = pool.ask("InitiateAuth", ClientId=pool.client_id, **refresh).json()["AuthenticationResult"]
    assert tokens.user(first["AccessToken"]) == tokens.user(fresh["AccessToken"]) == sub


# --- Two people ---------------------------------------------------------------------------------------------------


def test_a_draft_is_its_uploaders_alone(house: Services, come: Come) -> None:
    """Made through the API itself, so that its owner is who the token names."""
    ada, bob, nobody = come("ada"), come("bob"), Person("", None)
    ask = {"filename": "a.jpg", "content_type": "image/jpeg", "bytes": 9, "description": SECRET}
    assert nobody.call("uploads", "POST", "/api/uploads", ask)[0] == 401
    status, made = ada.call("uploads", "POST", "/api/uploads", ask)
    assert (status, made["image"]["owner"]) == (201, ada.sub)
    address = f"/api/images/{made['image']['id']}"
    assert [who.call("gallery", "GET", address)[0] for who in (ada, bob, nobody)] == [200, 404, 404]


@pytest.mark.parametrize(
    ("function", "method", "path", "query"),
    [
        ("gallery", "GET", "/api/images", ""),
        ("gallery", "GET", "/api/images", "ids={id}"),
        ("gallery", "GET", "/api/images", "owner={owner}"),
        ("gallery", "GET", "/api/images", "owner=me"),
        ("gallery", "GET", "/api/desk", ""),
        ("gallery", "GET", "/api/categories", ""),
        ("search", "GET", "/api/search", "q=nobody"),
        ("search", "GET", "/api/search", "q=similar:{id}"),
        ("search", "POST", "/api/search", ""),
    ],
)
def test_nothing_that_another_person_asks_for_tells_of_a_draft(
    house: Services, come: Come, function: str, method: str, path: str, query: str
) -> None:
    ada, bob = come("ada"), come("bob")
    draft = draft_of(ada, house)
    body = jpeg() if method == "POST" else None
    asked = query.format(id=draft.id, owner=ada.sub)
    status, seen = bob.call(function, method, path, body, asked)
    assert status == 200
    told = json.dumps(seen)
    assert SECRET not in told
    shown = [*seen.get("images", []), *(hit["image"] for hit in seen.get("hits", []))]
    assert draft.id not in [image["id"] for image in shown]
    if "{id}" in query:
        absent = bob.call(function, method, path, body, asked.replace(draft.id, "0" * 32))
        assert json.dumps(absent[1]) == told.replace(draft.id, "0" * 32), "no draft at all looks the same"
    if path == "/api/desk":
        assert seen["drafts"] == 0
        assert ada.call(function, method, path)[1]["drafts"] == 1


@pytest.mark.parametrize(
    ("function", "method", "path", "body"),
    [
        ("gallery", "GET", "", None),
        ("gallery", "PATCH", "", {"published": True}),
        ("gallery", "DELETE", "", None),
        ("gallery", "POST", "/restore", None),
        ("gallery", "POST", "/retry", None),
        ("gallery", "GET", "/original", None),
        ("captions", "POST", "/caption", None),
        ("scores", "POST", "/scores", {"texts": ["red"]}),
        ("search", "GET", "/similar", None),
    ],
)
def test_nobody_can_touch_another_persons_draft_or_learn_that_there_is_one(
    house: Services, come: Come, function: str, method: str, path: str, body: Any
) -> None:
    ada, bob = come("ada"), come("bob")
    draft = draft_of(ada, house)
    address = f"/api/images/{draft.id}{path}"
    status, said = bob.call(function, method, address, body)
    assert (status, said["error"]) == (404, "image_not_found")
    absent = bob.call(function, method, address.replace(draft.id, "0" * 32), body)
    assert absent == (404, {**said, "message": said["message"].replace(draft.id, "0" * 32)}), "no draft at all looks the same"
    assert house.catalog.get(draft.id) == draft


def test_many_changed_at_once_changes_only_ones_own(house: Services, come: Come) -> None:
    ada, bob = come("ada"), come("bob")
    hers, his = draft_of(ada, house), draft_of(bob, house)
    status, said = bob.call("gallery", "PATCH", "/api/images", {"ids": [hers.id, his.id], "set": {"published": True}})
    assert (status, [image["id"] for image in said["images"]], [error["id"] for error in said["errors"]]) == (
        200,
        [his.id],
        [hers.id],
    )
    assert house.catalog.get(hers.id) == hers
