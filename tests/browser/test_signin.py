"""Signing in on the page: against moto's Cognito, with answers played where that has none (tests/cognito.py says where)."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_everybody import CIRCUMSTANCES, DOUBLE, SIDEWAYS, SMALL
from tests.browser.test_looks import AXE, audit
from tests.cognito import PASSWORD, TEMPORARY, People, people
from tests.dev_server import DevServer
from tests.pictures import photo

pytestmark = pytest.mark.slow  # a cloud's sign-in service, in minutes

ADA, BOB = "ada@example.org", "bob@example.org"
NEW = "a password of my own"
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


# --- What people do -----------------------------------------------------------------------------------------------


def press(within: Page | Locator, name: str) -> None:
    within.get_by_role("button", name=name, exact=True).click()


def write(dialog: Locator, **words: str) -> None:
    """Fields by the beginning of their labels: email, password, code, new."""
    labels = {"email": "E-mail", "password": "Password", "code": "Code from", "new": "New password"}
    for name, said in words.items():
        dialog.get_by_label(re.compile(f"^{labels[name]}")).fill(said)


def sign_in(page: Page, email: str = ADA, password: str = PASSWORD) -> Locator:
    press(page, "Sign in")
    dialog = page.get_by_role("dialog")
    write(dialog, email=email, password=password)
    press(dialog, "Sign in")
    return dialog


def signed_in(page: Page) -> None:
    expect(page.get_by_role("button", name="Account", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Desk"))).to_be_visible()


def signed_out(page: Page) -> None:
    expect(page.get_by_role("banner").get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Desk"))).to_have_count(0)


def whose(page: Page) -> str:
    """The address that the account's dialog names; leaves it open."""
    press(page, "Account")
    return page.get_by_role("dialog", name="You are signed in").locator(".whose").inner_text()


# --- What Cognito is asked and answers ----------------------------------------------------------------------------


def action(request: Request) -> str:
    return request.headers.get("x-amz-target", "").partition(".")[2]


def on(page: Page, pool: People, name: str, answer: Callable[[Route], None]) -> None:
    """Has this action of Cognito's answered otherwise in this window, from now on."""
    page.context.route(f"{pool.endpoint}/", lambda route: answer(route) if action(route.request) == name else route.fallback())


def played(status: int, **body: Any) -> Callable[[Route], None]:
    headers = {"access-control-allow-origin": "*"}
    return lambda route: route.fulfill(status=status, headers=headers, json=body)


def refused(kind: str, message: str = "") -> Callable[[Route], None]:
    return played(400, __type=kind, message=message)


def asked(page: Page, pool: People) -> list[str]:
    """Actions that are asked of Cognito from now on, as they are; the flow where there are several."""
    seen: list[str] = []

    def note(request: Request) -> None:
        if request.url == f"{pool.endpoint}/" and request.method == "POST":
            seen.append(json.loads(request.post_data or "{}").get("AuthFlow") or action(request))

    page.on("request", note)
    return seen


# --- In, and still in ---------------------------------------------------------------------------------------------


def test_somebody_signs_in_and_still_is_when_the_page_is_opened_again(open_page: OpenPage, house: DevServer) -> None:
    page = open_page(house.url)
    signed_out(page)
    sign_in(page)
    signed_in(page)
    page.reload()
    signed_in(page)
    assert whose(page) == ADA


def test_visitors_fetch_nothing_of_sign_in_and_ask_for_nothing_that_is_refused(open_page: OpenPage, house: DevServer) -> None:
    page = open_page("about:blank")
    seen: list[tuple[int, str]] = []
    page.on("response", lambda response: seen.append((response.status, response.url)))
    page.goto(house.url)
    signed_out(page)
    page.wait_for_load_state("networkidle")
    assert [found for found in seen if found[0] >= 400 or "signin.js" in found[1] or "desk" in found[1]] == []


def test_only_what_renews_a_sign_in_is_kept_and_no_token_of_the_api(open_page: OpenPage, house: DevServer) -> None:
    page = open_page(house.url)
    sign_in(page)
    signed_in(page)
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "eyJ" not in kept  # as every JWT begins
    assert re.search(r'"signIn":"[0-9a-f-]{36} [0-9a-f-]{36}"', kept)


def test_an_invited_person_chooses_a_password_first(open_page: OpenPage, house: DevServer, pool: People) -> None:
    pool.invite_only("cy@example.org")
    page = open_page(house.url)
    dialog = sign_in(page, "cy@example.org", TEMPORARY)
    expect(dialog.get_by_role("heading", name="Choose a password of your own")).to_be_visible()
    expect(dialog.locator("input[name=fresh]")).to_be_focused()
    write(dialog, new="short")
    press(dialog, "Save and sign in")  # the browser itself says that it is too short
    assert page.evaluate("document.activeElement.validity.tooShort")
    write(dialog, new=NEW)
    press(dialog, "Save and sign in")
    signed_in(page)
    assert pool.sign_in("cy@example.org", NEW)


def test_the_fields_are_for_password_managers_and_take_what_is_pasted(open_page: OpenPage, house: DevServer) -> None:
    page = open_page(house.url, permissions=["clipboard-read", "clipboard-write"])
    press(page, "Sign in")
    fields = page.get_by_role("dialog").locator("input:visible")
    expect(fields).to_have_count(2)
    said = fields.evaluate_all("all => all.map(({ type, autocomplete }) => [type, autocomplete])")
    assert said == [["email", "username"], ["password", "current-password"]]
    page.evaluate("words => navigator.clipboard.writeText(words)", PASSWORD)
    fields.nth(1).focus()
    page.keyboard.press("Control+v")
    assert fields.nth(1).input_value() == PASSWORD


def test_escape_closes_the_dialog_and_forgets_what_was_typed(open_page: OpenPage, house: DevServer) -> None:
    page = open_page(house.url)
    press(page, "Sign in")
    write(page.get_by_role("dialog"), email=ADA, password="half a passw")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_focused()
    press(page, "Sign in")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value(ADA)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")


# --- What goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [ADA, "nobody@example.org"], ids=["with an account", "without one"])
def test_a_wrong_password_and_a_wrong_address_are_told_alike(open_page: OpenPage, house: DevServer, email: str) -> None:
    page = open_page(house.url)
    dialog = sign_in(page, email, "not the password")
    expect(dialog.get_by_role("alert")).to_have_text(WRONG)
    expect(dialog.get_by_label("Password", exact=True)).to_be_focused()
    write(dialog, email=ADA, password=PASSWORD)
    page.keyboard.press("Enter")
    signed_in(page)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refused("TooManyRequestsException"), "Too many attempts. Wait some minutes"),
        (refused("NotAuthorizedException", "Password attempts exceeded"), "Too many attempts. Wait some minutes"),
        (refused("com.amazonaws.cognito#LimitExceededException"), "Too many attempts. Wait some minutes"),
        (refused("ResourceNotFoundException"), "Sign-in did not work, and it is not your fault."),
        (played(200, ChallengeName="SMS_MFA", Session="x"), "Sign-in did not work, and it is not your fault."),
        (played(503), "No answer from the sign-in service."),
        (lambda route: route.abort(), "No answer from the sign-in service."),
    ],
    ids=["throttled", "locked for a while", "limit", "no such client", "second factor", "down", "offline"],
)
def test_what_fails_is_said_with_its_remedy(
    open_page: OpenPage, house: DevServer, pool: People, answer: Callable[[Route], None], said: str
) -> None:
    page = open_page(house.url)
    on(page, pool, "InitiateAuth", answer)
    expect(sign_in(page).get_by_role("alert")).to_contain_text(said)


def test_a_first_password_that_comes_too_late_sends_one_back_to_the_start(
    open_page: OpenPage, house: DevServer, pool: People
) -> None:
    pool.invite_only("dee@example.org")
    page = open_page(house.url)
    on(page, pool, "RespondToAuthChallenge", refused("NotAuthorizedException", "Invalid session for the user, session is expired."))
    dialog = sign_in(page, "dee@example.org", TEMPORARY)
    write(dialog, new=NEW)
    press(dialog, "Save and sign in")
    expect(dialog.get_by_role("alert")).to_have_text("That took too long. Go back and sign in once more.")
    press(dialog, "Back to sign-in")
    expect(dialog.get_by_role("heading", name="Sign in")).to_be_visible()


# --- A new password, a new account --------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_with_a_code(open_page: OpenPage, house: DevServer, pool: People) -> None:
    pool.invite("eli@example.org")
    page = open_page(house.url)
    press(page, "Sign in")
    dialog = page.get_by_role("dialog")
    press(dialog, "Forgot your password?")
    write(dialog, email="eli@example.org")
    press(dialog, "Send a code")
    expect(dialog.get_by_role("status")).to_have_text("If there is such an account, a code is on its way to this address.")
    write(dialog, code="moto-confirmation-code:0", new=NEW)
    press(dialog, "Save and sign in")
    expect(dialog.get_by_role("alert")).to_have_text("This code is too old. Have another one sent.")
    press(dialog, "Send another code")
    expect(dialog.get_by_role("alert")).to_have_text("")
    write(dialog, code=" 123456 ", new=NEW)
    press(dialog, "Save and sign in")
    signed_in(page)


@pytest.mark.parametrize(
    "answer",
    [
        played(200, CodeDeliveryDetails={}),
        refused("UserNotFoundException"),
        refused("InvalidParameterException", "Cannot reset password for the user as there is no registered/verified email"),
        refused("NotAuthorizedException", "User password cannot be reset in the current state."),
    ],
    ids=["is there", "is not", "never confirmed", "never signed in"],
)
def test_who_forgot_a_password_does_not_learn_who_has_an_account(
    open_page: OpenPage, house: DevServer, pool: People, answer: Callable[[Route], None]
) -> None:
    page = open_page(house.url)
    on(page, pool, "ForgotPassword", answer)
    on(page, pool, "ConfirmForgotPassword", refused("CodeMismatchException"))
    press(page, "Sign in")
    dialog = page.get_by_role("dialog")
    press(dialog, "Forgot your password?")
    write(dialog, email="someone@example.org")
    press(dialog, "Send a code")
    expect(dialog.get_by_role("status")).to_have_text("If there is such an account, a code is on its way to this address.")
    write(dialog, code="1", new=NEW)
    press(dialog, "Save and sign in")
    expect(dialog.get_by_role("alert")).to_have_text("This is not the code. Take it from the newest e-mail.")


def open_to_all(page: Page) -> None:
    """As ./sightsync publish-site says it of a stack with sign-up."""

    def opened(route: Route) -> None:
        told = route.fetch().json()
        route.fulfill(json={**told, "auth": {**told["auth"], "sign_up": True}})

    page.route("**/config.json", opened)


def test_an_account_can_be_made_where_the_gallery_allows_it_and_nowhere_else(
    open_page: OpenPage, house: DevServer, pool: People
) -> None:
    page = open_page(house.url)
    press(page, "Sign in")
    expect(page.get_by_role("button", name="Make an account")).to_have_count(0)
    open_to_all(page)
    page.reload()
    press(page, "Sign in")
    dialog = page.get_by_role("dialog")
    press(dialog, "Make an account")
    write(dialog, email="flo@example.org", new=NEW)
    press(dialog, "Make an account")
    write(dialog, code="123456")
    press(dialog, "Confirm")
    signed_in(page)
    assert whose(page) == "flo@example.org"


def test_making_an_account_that_there_is_looks_like_making_one(open_page: OpenPage, house: DevServer) -> None:
    page = open_page("about:blank")
    open_to_all(page)
    page.goto(house.url)
    press(page, "Sign in")
    dialog = page.get_by_role("dialog")
    press(dialog, "Make an account")
    write(dialog, email=ADA, new=NEW)
    press(dialog, "Make an account")
    expect(dialog.get_by_role("heading", name="Confirm your address")).to_be_visible()


def test_who_left_before_confirming_is_sent_another_code(open_page: OpenPage, house: DevServer, pool: People) -> None:
    email = [{"Name": "email", "Value": "gil@example.org"}]
    assert pool.ask("SignUp", ClientId=pool.client_id, Username="gil@example.org", Password=NEW, UserAttributes=email).is_success
    page = open_page(house.url)
    on(page, pool, "ResendConfirmationCode", played(200))
    seen = asked(page, pool)
    dialog = sign_in(page, "gil@example.org", NEW)
    expect(dialog.get_by_role("heading", name="Confirm your address")).to_be_visible()
    assert seen == ["USER_PASSWORD_AUTH", "ResendConfirmationCode"]
    write(dialog, code="123456")
    press(dialog, "Confirm")
    signed_in(page)


# --- Renewing -----------------------------------------------------------------------------------------------------


def test_a_token_is_renewed_before_it_ends(open_page: OpenPage, house: DevServer, pool: People) -> None:
    page = open_page(house.url)

    def short(route: Route) -> None:
        answer = route.fetch()
        result = {**answer.json()["AuthenticationResult"], "ExpiresIn": 60}  # the page takes it for ended a minute early
        route.fulfill(response=answer, json={"AuthenticationResult": result})

    on(page, pool, "InitiateAuth", short)
    sign_in(page)
    signed_in(page)
    page.wait_for_load_state("networkidle")
    seen = asked(page, pool)
    with page.expect_response("**/api/search?*") as answered:
        page.get_by_label("Search the pictures").fill("red")
    assert answered.value.status == 200
    assert seen[:1] == ["REFRESH_TOKEN_AUTH"]


def test_a_token_that_the_gallery_refuses_is_renewed_once_and_the_same_is_asked_again(
    open_page: OpenPage, house: DevServer, pool: People
) -> None:
    page = open_page(house.url)
    sign_in(page)
    signed_in(page)
    page.wait_for_load_state("networkidle")
    seen = asked(page, pool)
    bearers: list[str] = []

    def once(route: Route) -> None:
        bearers.append(route.request.headers["authorization"])
        if len(bearers) == 1:
            route.fulfill(status=401, json={"error": "token_expired", "message": "", "details": None})
        else:
            route.continue_()

    page.route("**/api/search?*", once)
    with page.expect_response(lambda answer: "/api/search?" in answer.url and answer.ok):
        page.get_by_label("Search the pictures").fill("red")
    assert len(set(bearers)) == len(bearers) == 2
    assert seen == ["REFRESH_TOKEN_AUTH"]
    signed_in(page)


def test_a_sign_in_that_was_ended_elsewhere_says_so_and_goes_on_where_it_was(
    open_page: OpenPage, house: DevServer, pool: People
) -> None:
    page = open_page(house.url)
    sign_in(page)
    signed_in(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.stayed = true")
    pool.cognito.admin_user_global_sign_out(UserPoolId=pool.pool, Username=ADA)
    page.route(
        "**/api/search?*", lambda route: route.fulfill(status=401, json={"error": "token_expired", "message": "", "details": None})
    )
    page.get_by_label("Search the pictures").fill("red")
    expect(page.get_by_text("Your sign-in has ended.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Desk"))).to_have_count(0)
    page.unroute("**/api/search?*")
    page.locator("#toast").get_by_role("button", name="Sign in").click()
    dialog = page.get_by_role("dialog", name="Sign in")
    write(dialog, email=ADA, password=PASSWORD)
    press(dialog, "Sign in")
    signed_in(page)
    assert page.evaluate("window.stayed")


def test_while_sign_in_is_away_nobody_is_signed_out(open_page: OpenPage, house: DevServer, pool: People) -> None:
    page = open_page(house.url)
    sign_in(page)
    signed_in(page)
    on(page, pool, "InitiateAuth", lambda route: route.abort())
    page.clock.install()
    page.reload()
    expect(page.locator("#offline")).to_be_visible()
    with page.expect_event("requestfailed"):  # the last that is tried by itself
        page.clock.pause_at(time.time() + 60)
    page.context.unroute(f"{pool.endpoint}/")
    press(page, "Try now")
    page.clock.resume()
    signed_in(page)


# --- Out ----------------------------------------------------------------------------------------------------------


def test_signing_out_ends_it_at_cognito_here_and_in_every_other_tab(open_page: OpenPage, house: DevServer, pool: People) -> None:
    page = open_page(house.url)
    on(page, pool, "RevokeToken", played(200))
    sign_in(page)
    signed_in(page)
    other = page.context.new_page()
    other.goto(f"{house.url}/?q=red")
    signed_in(other)
    refresh = page.evaluate("localStorage.signIn.split(' ')[1]")
    page.evaluate("localStorage.recent = JSON.stringify(['what nobody else is to know'])")
    press(page, "Account")
    with page.expect_request(lambda request: action(request) == "RevokeToken") as revoked:
        press(page.get_by_role("dialog"), "Sign out")
    assert revoked.value.post_data_json == {"ClientId": pool.client_id, "Token": refresh}
    for tab in (page, other):
        expect(tab).to_have_url(f"{house.url}/")
        signed_out(tab)
    assert page.evaluate("localStorage.length") == 0


def test_signing_out_works_while_cognito_is_away(open_page: OpenPage, house: DevServer, pool: People) -> None:
    page = open_page(house.url)
    sign_in(page)
    signed_in(page)
    on(page, pool, "RevokeToken", lambda route: route.abort())
    press(page, "Account")
    press(page.get_by_role("dialog"), "Sign out")
    signed_out(page)


def test_signing_out_everywhere_reaches_other_browsers(open_page: OpenPage, house: DevServer) -> None:
    here, there = open_page(house.url), open_page(house.url)
    for page in (here, there):
        sign_in(page, BOB)
        signed_in(page)
        assert whose(page) == BOB  # and so has a token: one still asked for would be refused, and that said, before the reload
    press(here.get_by_role("dialog"), "Sign out everywhere")
    signed_out(here)
    there.reload()
    expect(there.get_by_text("Your sign-in has ended.", exact=True)).to_be_visible()
    signed_out(there)


# --- Two people ---------------------------------------------------------------------------------------------------


def test_a_draft_is_seen_by_who_hung_it_and_by_nobody_else(open_page: OpenPage, house: DevServer, tmp_path: Path) -> None:
    picture = tmp_path / "hers.jpg"
    picture.write_bytes(photo(3, 320, 240))
    hers, his = open_page(house.url), open_page(house.url)
    sign_in(hers, ADA)
    signed_in(hers)
    hers.locator("#files").set_input_files(picture)
    sheet = hers.get_by_role("dialog", name="Drafts")
    expect(sheet.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    hers.keyboard.press("Escape")
    expect(hers.locator(".top .desk-count")).to_have_text("1")
    sign_in(his, BOB)
    signed_in(his)
    his.wait_for_load_state("networkidle")
    expect(his.locator(".top .desk-count")).to_have_text("")
    expect(his.get_by_role("main").get_by_role("img")).to_have_count(0)


def test_an_original_is_downloaded_by_its_owner_though_downloads_carry_no_token(
    open_page: OpenPage, house: DevServer, tmp_path: Path
) -> None:
    body = photo(4, 320, 240)
    (tmp_path / "mine.jpg").write_bytes(body)
    page = open_page(house.url)
    sign_in(page, BOB)
    signed_in(page)
    page.locator("#files").set_input_files(tmp_path / "mine.jpg")
    press(page.get_by_role("dialog", name="Drafts"), "Publish")
    page.keyboard.press("Escape")
    page.get_by_role("main").get_by_role("link").first.click()
    page.get_by_text("Steps, file, measurement").click()
    with page.expect_download() as downloaded:
        press(page.get_by_role("dialog"), "Download the original")
    assert downloaded.value.path().read_bytes() == body


# --- Everywhere ---------------------------------------------------------------------------------------------------


def test_on_a_phone_the_way_in_and_out_is_in_the_bar_below(open_page: OpenPage, house: DevServer) -> None:
    page = open_page(house.url, phone=True)
    bar = page.get_by_role("navigation", name="Main")
    bar.get_by_role("button", name="Sign in").click()
    dialog = page.get_by_role("dialog")
    assert dialog.bounding_box()["width"] <= 390
    write(dialog, email=ADA, password=PASSWORD)
    press(dialog, "Sign in")
    bar.get_by_role("button", name="Account").click()
    expect(page.get_by_role("dialog", name="You are signed in")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("circumstance", [*CIRCUMSTANCES, "dark"])
def test_every_step_is_whole_and_axe_finds_nothing(open_page: OpenPage, house: DevServer, circumstance: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci")
    page = open_page("about:blank", **({"dark": True} if circumstance == "dark" else CIRCUMSTANCES[circumstance]))
    if "200" in circumstance:
        page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {DOUBLE} }})")
    page.goto(house.url)
    page.get_by_role("button", name="Sign in", exact=True).click()
    dialog = page.get_by_role("dialog")
    write(dialog, email=ADA, password="wrong")
    press(dialog, "Sign in")
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    for way in ("", "Forgot your password?", "Send a code"):
        if way:
            press(dialog, way)
        assert page.evaluate(SIDEWAYS) == [], way
        assert [one for one in audit(page) if not ("forced" in circumstance and one.startswith("color-contrast"))] == [], way
    expect(dialog.get_by_role("status")).to_be_visible()


def test_no_step_is_too_small_for_a_thumb(open_page: OpenPage, house: DevServer) -> None:
    page = open_page(house.url, phone=True)
    press(page, "Sign in")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(SMALL) == []


def test_an_issuer_that_is_not_cognito_is_named_and_nothing_is_asked_for(open_page: OpenPage, tmp_path: Path) -> None:
    with DevServer(tmp_path / "data", ("--port", "0", "--issuer", "https://issuer.example", "--client-id", "page")) as server:
        page = open_page(server.url)
        press(page, "Sign in")
        dialog = page.get_by_role("dialog", name="Sign in")
        expect(dialog.get_by_text("https://issuer.example")).to_be_visible()
        expect(dialog.locator("input:visible")).to_have_count(0)
        press(dialog, "Close")
        expect(dialog).to_be_hidden()
