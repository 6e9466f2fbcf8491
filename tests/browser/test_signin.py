"""Signing in on the page: against moto's Cognito with answers played where that has none (tests/cognito.py says where)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.cognito import PASSWORD, People, people
from tests.dev_server import DevServer

ADA, BOB = "ada@example.org", "bob@example.org"
WRONG = "E-mail or password is wrong. Try again, or have a new password."


@pytest.fixture(scope="module")
def pool(aws: str) -> People:
    found = people(aws, sign_up=True)
    for email in (ADA, BOB):
        found.invite(email)
    return found


@pytest.fixture(scope="module")
def house(pool: People, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """A gallery whose people are the pool's. It has the issuer's keys, because moto's issuer has an address of AWS."""
    data = tmp_path_factory.mktemp("house") / "data"
    options = ("--port", "0", "--issuer", pool.issuer, "--client-id", pool.client_id, "--sign-in-at", pool.endpoint)
    with DevServer(data, options, {"SIGHTSYNC_ISSUER_KEYS": pool.keys}) as server:
        yield server


def sign_in(page: Page, email: str = ADA, password: str = PASSWORD) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    fill(page, email, password)


def fill(page: Page, email: str, password: str) -> None:
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_label("E-mail", exact=True).fill(email)
    dialog.get_by_label("Password", exact=True).fill(password)
    dialog.get_by_role("button", name="Sign in", exact=True).click()


def signed_in(page: Page) -> None:
    expect(page.get_by_role("button", name="Account", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Desk"))).to_be_visible()


def signed_out(page: Page) -> None:
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Desk"))).to_have_count(0)


def test_somebody_signs_in_and_is_still_when_the_page_is_opened_again(open_page: OpenPage, house: DevServer) -> None:
    page = open_page(house.url)
    signed_out(page)
    sign_in(page)
    signed_in(page)
    page.reload()
    signed_in(page)
    page.get_by_role("button", name="Account", exact=True).click()
    expect(page.get_by_role("dialog", name="You are signed in").get_by_text(ADA)).to_be_visible()
