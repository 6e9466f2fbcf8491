"""Showing: a link that others can open, and the wall as a show over the whole screen."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, until
from tests.browser.test_looks import AXE, audit
from tests.browser.test_many import awake, card
from tests.browser.wall import hang
from tests.dev_server import DevServer
from tests.pictures import encoded, jpeg, plain

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """Fifteen pictures, the first with a title and a credit, the second a tall strip."""
    with DevServer(tmp_path_factory.mktemp("shown") / "data") as server:
        hang(server, more=7)
        strip = server.upload(encoded(plain(700, 5000), "PNG"), "strip.png", description="A long way down")
        server.settled([strip], match=True)
        first = server.upload(jpeg(900, 600), "harbour.jpg", title="Harbour", description="Red boats at dusk")
        server.settled([first], match=True)
        for id in (strip, first):
            server.client.patch(f"/api/images/{id}", json={"published": True, "credit": "Ada Painter"})
        yield server


def begun(page: Page, key: str = "f") -> None:
    awake(page)
    page.keyboard.press(key)
    expect(page.locator("#show")).to_be_visible()


def at(page: Page) -> str:
    return page.locator(".show-place").inner_text()


def dispatch(page: Page, *points: tuple[str, int]) -> None:
    for kind, x in points:
        page.locator(".show-stage").dispatch_event(kind, {"clientX": x, "clientY": 300, "pointerType": "touch", "bubbles": True})


@pytest.mark.parametrize("key", ["f", "s"])
def test_a_key_begins_the_show_with_the_first_picture_in_sight(open_page: OpenPage, shown: DevServer, key: str) -> None:
    page = open_page(shown.url)
    begun(page, key)
    assert at(page) == "1 of 15"
    expect(page.locator(".show-title")).to_have_text("Harbour")
    expect(page.locator(".show-description")).to_have_text("Red boats at dusk")
    expect(page.locator(".show-credit")).to_have_text("Ada Painter")
    expect(page.get_by_role("dialog").get_by_alt_text("Red boats at dusk")).to_be_visible()
    page.wait_for_function("() => document.fullscreenElement?.className === 'show-room'")


def test_the_very_first_key_on_the_page_begins_the_show_and_selects_too(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url)
    expect(page.locator(".card").first).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator("#show")).to_be_visible()
    page = open_page(shown.url)
    card(page, 2).locator(".open").focus()
    page.keyboard.press("x")
    expect(card(page, 2).get_by_role("checkbox")).to_be_checked()


def test_letters_that_are_typed_begin_nothing(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url)
    awake(page)
    page.get_by_label("Search the pictures").press_sequentially("fs")
    expect(page.locator("#show")).to_be_hidden()


def test_arrow_keys_leaf_and_the_card_shown_last_has_the_focus_afterwards(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url)
    begun(page)
    page.keyboard.press("ArrowLeft")
    assert at(page) == "1 of 15", "there is nothing before the first"
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert at(page) == "9 of 15"
    expect(page.locator("#live")).to_have_text(re.compile("^9 of 15: "))
    page.keyboard.press("Escape")
    expect(page.locator("#show")).to_be_hidden()
    expect(card(page, 8).locator(".open")).to_be_focused()  # once the window has its size again
    assert page.evaluate("document.fullscreenElement") is None
    top = "card => card.getBoundingClientRect().top"
    until(lambda: 72 <= card(page, 8).evaluate(top) < 900, "it is out of sight")


def test_from_a_picture_the_show_leads_back_to_the_picture_shown_last(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url)
    awake(page)
    ids = [card(page, n).get_attribute("data-id") for n in (2, 4)]
    card(page, 2).locator(".open").click()
    page.get_by_role("button", name="Show over the whole screen").click()
    expect(page.locator("#show")).to_be_visible()
    assert at(page) == "3 of 15"
    page.get_by_role("button", name="Next picture").last.click()
    page.get_by_role("button", name="Next picture").last.click()
    page.get_by_role("button", name="End the show").click()
    expect(page.locator("#show")).to_be_hidden()
    expect(page.locator("#picture")).to_be_visible()
    page.wait_for_url(f"**/?image={ids[1]}")
    page.keyboard.press("Escape")
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator(f'.card[data-id="{ids[1]}"] .open')).to_be_focused()


def test_space_lets_it_go_on_by_itself_and_stops_it(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url)
    awake(page)
    page.clock.install()
    page.keyboard.press("f")
    expect(page.locator("#show")).to_be_visible()
    page.clock.run_for(30_000)
    assert at(page) == "1 of 15", "it waits to be asked"
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.clock.run_for(6_100)
    expect(page.locator(".show-place")).to_have_text("2 of 15")
    page.clock.run_for(6_100)
    expect(page.locator(".show-place")).to_have_text("3 of 15")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Go on by itself")).to_be_visible()
    page.clock.run_for(30_000)
    expect(page.locator(".show-place")).to_have_text("3 of 15")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".show-place")).to_have_text("15 of 15")
    page.keyboard.press("Space")
    page.clock.run_for(6_100)
    expect(page.locator(".show-place")).to_have_text("1 of 15")


def test_buttons_hide_while_the_pointer_rests_and_never_from_the_keyboard(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url)
    awake(page)
    page.clock.install()
    page.keyboard.press("f")
    tools = page.locator(".show-tools")
    page.mouse.move(400, 400)
    expect(tools).to_have_css("opacity", "1")
    page.clock.run_for(3_000)
    expect(tools).to_have_css("opacity", "0")
    expect(page.locator(".show-title")).to_be_visible()
    page.mouse.move(500, 400)
    expect(tools).to_have_css("opacity", "1")
    page.keyboard.press("Tab")
    page.clock.run_for(3_000)
    expect(tools).to_have_css("opacity", "1")
    expect(page.get_by_role("button", name="End the show")).to_be_focused()


def test_the_show_goes_on_where_the_page_of_the_list_ends(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page("about:blank")
    page.route("**/api/images?limit=60", lambda route: route.continue_(url=route.request.url.replace("limit=60", "limit=8")))
    page.route("**/api/images?cursor=*", lambda route: route.continue_(url=route.request.url.replace("limit=100", "limit=3")))
    page.goto(shown.url)
    begun(page)
    for n in range(2, 16):
        page.keyboard.press("ArrowRight")
        expect(page.locator(".show-place")).to_have_text(re.compile(f"^{n}( of 15)?$"))
    expect(page.get_by_role("button", name="Next picture").last).to_be_disabled()


def test_the_neighbours_are_fetched_before_they_are_shown(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url)
    awake(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    id = card(page, 5).get_attribute("data-id")
    card(page, 4).locator(".open").focus()
    with page.expect_response(lambda answer: f"{id}" in answer.url and "/display" in answer.url):
        page.keyboard.press("f")
    assert at(page) == "5 of 15"


def test_a_tall_strip_keeps_its_width_and_is_scrolled_by_keys(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url)
    begun(page)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_alt_text("A long way down").last).to_be_visible()
    stage = page.locator(".show-stage.strip")
    assert stage.evaluate("e => e.scrollHeight > 4 * e.clientHeight && e.scrollWidth <= e.clientWidth")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.querySelector('.show-stage').scrollTop > 0")


def test_on_a_phone_one_swipes_and_every_swipe_has_a_button(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url, phone=True)
    card(page, 2).locator(".open").tap()
    page.get_by_role("button", name="Show over the whole screen").tap()
    expect(page.locator("#show")).to_be_visible()
    dispatch(page, ("pointerdown", 300), ("pointerup", 120))
    expect(page.locator(".show-place")).to_have_text("4 of 15")
    dispatch(page, ("pointerdown", 100), ("pointerup", 280))
    expect(page.locator(".show-place")).to_have_text("3 of 15")
    dispatch(page, ("pointerdown", 100), ("pointerup", 110))
    expect(page.locator(".show-place")).to_have_text("3 of 15")
    page.locator("#show").get_by_role("button", name="Next picture").tap()
    expect(page.locator(".show-place")).to_have_text("4 of 15")
    for button in page.locator("#show button").all():
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 43.5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_picture_is_shared_by_a_link_that_previews_it(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page(shown.url, permissions=["clipboard-read", "clipboard-write"])
    awake(page)
    id = card(page, 0).get_attribute("data-id")
    card(page, 0).locator(".open").click()
    page.locator("#picture").get_by_role("button", name="Share").click()
    expect(page.locator("#picture #toast")).to_contain_text("The link is copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{shown.url}/p/{id}"
    assert '<meta property="og:title" content="Harbour">' in shown.client.get(link).text
    page.goto(link)
    page.wait_for_url(f"**/?image={id}")
    expect(page.locator("#picture .large")).to_be_visible()


def test_where_the_machine_has_a_sheet_for_sharing_that_is_used(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page("about:blank")
    page.add_init_script(
        "navigator.share = data => { window.shared = data; return Promise.reject(new DOMException('', 'AbortError')); }"
    )
    page.goto(shown.url)
    awake(page)
    card(page, 0).locator(".open").click()
    page.locator("#picture").get_by_role("button", name="Share").click()
    page.wait_for_function("() => window.shared?.title === 'Harbour' && window.shared.url.includes('/p/')")
    expect(page.locator("#toast")).to_be_hidden()


def test_where_nothing_can_be_copied_the_link_is_shown(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page("about:blank")
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(shown.url)
    awake(page)
    card(page, 0).locator(".open").click()
    page.locator("#picture").get_by_role("button", name="Share").click()
    expect(page.locator("#toast")).to_contain_text(f"{shown.url}/p/")


def test_a_draft_has_nothing_to_share(open_page: OpenPage, server: DevServer) -> None:
    draft = server.upload(jpeg(300, 200))
    server.settled([draft], match=True)
    page = open_page(f"{server.url}/?image={draft}")
    expect(page.locator("#picture").get_by_role("button", name="Publish")).to_be_visible()
    expect(page.get_by_role("button", name="Share")).to_have_count(0)
    assert server.client.get(f"/p/{draft}").status_code == 404


def test_visitors_see_title_and_credit_and_can_share_but_not_change(open_page: OpenPage, shown: DevServer) -> None:
    page = open_page("about:blank")

    def as_a_visitor(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]  # playwright's Route
        text = answer.text().replace('"mine":true', '"mine":false')
        route.fulfill(response=answer, body=text)  # type: ignore[attr-defined]

    page.route("**/api/images*", as_a_visitor)
    page.route("**/api/images/*", as_a_visitor)
    page.goto(shown.url)
    page.locator(".card .open").first.click()
    side = page.locator("#picture .side")
    expect(side.get_by_role("heading", name="Harbour")).to_be_visible()
    expect(side).to_contain_text("Ada Painter")
    expect(side.get_by_role("button", name="Share")).to_be_visible()
    expect(side.get_by_role("button", name="Delete")).to_have_count(0)
    expect(side.get_by_role("textbox")).to_have_count(0)


def morphed(page: Page, expected: list[bool]) -> None:
    """As often as that until now, and none is under way."""
    page.wait_for_function("count => window.morphs.length >= count && !document.getAnimations().length", arg=len(expected))
    assert page.evaluate("window.morphs") == expected


@pytest.mark.parametrize("calm", [False, True], ids=["motion", "reduced"])
def test_a_card_grows_into_the_picture_where_people_want_motion(open_page: OpenPage, shown: DevServer, calm: bool) -> None:
    page = open_page("about:blank", reduced_motion="reduce" if calm else "no-preference")
    page.add_init_script(
        """const start = document.startViewTransition; window.morphs = [];
        document.startViewTransition = function (change) {
          const transition = start.call(document, change);
          const grows = animation => animation.effect.pseudoElement === "::view-transition-group(picture)";
          transition.ready.then(() => window.morphs.push(document.getAnimations().some(grows)));
          return transition;
        };"""
    )
    page.goto(shown.url)
    awake(page)
    card(page, 0).get_by_role("checkbox").click()
    page.keyboard.press("Escape")
    card(page, 0).locator(".open").click()
    expect(page.locator("#picture")).to_be_visible()
    morphed(page, [] if calm else [True])
    page.keyboard.press("f")
    expect(page.locator("#show")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.locator("#show")).to_be_hidden()
    page.wait_for_function("() => innerWidth === 1440 && !document.fullscreenElement")
    page.wait_for_timeout(600)  # until all has its place in it again: browsers give a morph up whose window changes
    page.keyboard.press("Escape")
    expect(page.locator("#picture")).to_be_hidden()
    morphed(page, [] if calm else [True, True])


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_axe_finds_nothing_in_the_show(open_page: OpenPage, shown: DevServer, phone: bool) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci")
    page = open_page(shown.url, phone=phone)
    begun(page)
    page.wait_for_load_state("networkidle")
    assert audit(page) == []
    page.keyboard.press("ArrowRight")
    page.wait_for_load_state("networkidle")
    assert audit(page) == []
