"""Searching on the page: as one types, by colour, by likeness, and what it says about what it found."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.wall import publish
from tests.dev_server import DevServer
from tests.pictures import jpeg


def test_the_wall_follows_what_is_typed_and_the_address_follows_too(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    box = page.get_by_label("Search the pictures")
    box.press_sequentially("tow", delay=20)
    expect(page.locator(".card img").first).to_have_attribute("alt", "A yellow tower, very tall")
    page.wait_for_url("**/?q=tow")
    box.press_sequentially("er red", delay=20)
    page.wait_for_url("**/?q=tower+red")
    page.go_back()
    page.wait_for_url(f"{gallery.url}/")
    expect(page.locator(".card")).to_have_count(15)
    expect(box).to_have_value("")


def test_a_link_to_a_search_shows_it(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f"{gallery.url}/?q=blue+flag&category=illustrations")
    expect(page.get_by_label("Search the pictures")).to_have_value("blue flag")
    expect(page.locator(".card img").first).to_have_attribute("alt", "A blue flag")


def test_a_hue_searches_its_colour_and_lets_go_of_it(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    green = page.locator(".under").get_by_role("button", name="green", exact=True)
    green.click()
    page.wait_for_url("**/?q=colour%3Agreen")
    expect(green).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".chip")).to_have_text("green")
    expect(page.locator(".card img").first).to_have_attribute("alt", "A green flag")
    expect(page.locator(".card .why").first).to_have_text("All of it is green.")
    page.get_by_label("Search the pictures").fill("flag")
    page.wait_for_url("**/?q=colour%3Agreen+flag")
    page.get_by_role("button", name="Remove green").click()
    page.wait_for_url("**/?q=flag")
    expect(green).to_have_attribute("aria-pressed", "false")


def test_a_page_without_a_hit_is_not_the_end_while_more_can_be_looked_through(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    asked: list[str] = []

    def rare(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) < 4:
            answer = route.fetch(url=re.sub(r"&cursor=\w+", "", route.request.url)).json()
            route.fulfill(json=answer | {"hits": [], "fits": False, "next_cursor": f"step{len(asked)}"})
        else:
            route.continue_(url=re.sub(r"&cursor=\w+", "", route.request.url))

    page.route("**/api/search?*", rare)
    page.get_by_role("button", name="green", exact=True).first.click()
    expect(page.locator(".card img").first).to_have_attribute("alt", "A green flag")
    assert [re.findall(r"cursor=(\w+)", url) for url in asked] == [[], ["step1"], ["step2"], ["step3"]]


def test_every_hit_says_why_and_what_is_less_likely_stands_below_a_line(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f"{gallery.url}/?q=red+flag")
    card = page.locator(".card").first
    card.hover()
    expect(card.locator(".why")).to_contain_text("its words say “red”, “flag”", ignore_case=True)
    expect(page.locator(".divider")).to_have_text("Less likely")
    orders = page.evaluate("[...document.querySelectorAll('#wall > li')].map(e => e.className)")
    assert 0 < orders.index("divider") < len(orders) - 1
    assert page.locator(".divider").bounding_box()["y"] > card.bounding_box()["y"]


def test_more_like_this_is_a_search_by_the_picture(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    card = page.locator(".card").filter(has=page.get_by_alt_text("A red flag", exact=True))
    card.hover()
    card.get_by_role("button", name="More like this").click()
    page.wait_for_url("**/?q=similar%3A*")
    expect(page.locator(".chip")).to_contain_text("More like this")
    expect(page.locator(".card").first).to_be_visible()
    page.get_by_role("button", name="Remove look-alikes").click()
    expect(page.locator(".card")).to_have_count(15)


def test_nothing_found_is_an_answer_with_a_way_on(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f"{gallery.url}/?q=zzzzqq")
    expect(page.get_by_role("heading", name="Nothing here looks like that.")).to_be_visible()
    page.get_by_role("link", name="Show everything").click()
    expect(page.locator(".card")).to_have_count(15)


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_clearing_brings_the_whole_wall_back(open_page: OpenPage, gallery: DevServer, phone: bool) -> None:
    page = open_page(f"{gallery.url}/?q=colour:red+flag", phone=phone)
    expect(page.locator(".chip")).to_have_count(1)
    page.get_by_role("button", name="Clear the search").click()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.get_by_label("Search the pictures")).to_be_focused()
    expect(page.locator(".card").first).to_be_visible()


def test_on_a_phone_the_colours_are_inside_the_search(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url, phone=True)
    hue = page.locator(".top .hue").first
    expect(hue).to_be_hidden()
    page.locator("#to-search").tap()
    expect(hue).to_be_visible()
    hue.tap()
    page.wait_for_url("**/?q=colour%3Ared")
    expect(page.locator(".card .label").first).to_be_hidden()


def test_a_search_without_meaning_says_so_quietly(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")

    def asleep(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "mode": "words", "reason": "vision_asleep"})

    page.route("**/api/search?*", asleep)
    page.goto(f"{gallery.url}/?q=flag")
    expect(page.locator("#note")).to_have_text("Searching words only: the model is asleep.")


def test_how_many_were_found_is_said_once_to_those_who_listen(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.get_by_label("Search the pictures").press_sequentially("yellow", delay=30)
    expect(page.locator("#live")).to_contain_text("found.")
    assert page.locator("[aria-live]").count() == 1


def test_suggested_searches_are_whole_and_answered_by_a_picture_that_hangs(open_page: OpenPage, server: DevServer) -> None:
    words = {"The red scarf": ["woman"], "Hills at first light, seen from far away": ["morning mist"]}
    ids = [
        server.upload(jpeg(300 + n, 200), f"{n}.jpg", title=title, tags=tags, category="portraits")
        for n, (title, tags) in enumerate(words.items())
    ]
    server.settled(ids, match=True)
    publish(server, ids)
    page = open_page(server.url)
    expect(page.locator(".card")).to_have_count(2)
    for at, whole in enumerate(["The red scarf", "morning mist", "red"]):
        page.get_by_label("Search the pictures").fill("zzzzqq")
        if at:
            page.locator("#chips").get_by_role("button", name="Remove").or_(page.locator("#nothing")).first.click()
        suggested = page.locator("#state .try a")
        expect(suggested).to_have_count(3)
        expect(suggested.nth(at)).to_have_text(whole)
        suggested.nth(at).click()
        expect(page.locator(".card").first).to_be_visible()


def test_a_page_that_knows_no_picture_yet_suggests_the_categories_that_have_some(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f"{gallery.url}/?q=zzzzqq")
    page.locator("#state .try").get_by_role("link", name="General Illustrations").click()
    expect(page.locator(".card")).to_have_count(15)


def test_a_model_that_costs_something_is_asked_once_the_words_are_all_there(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    asked: list[bool] = []

    def costly(route: Route) -> None:
        asked.append("typing=true" in route.request.url)
        answer = route.fetch()
        changed = {"mode": "words", "reason": "typing"} if asked[-1] else {}
        route.fulfill(response=answer, json=answer.json() | changed)

    page.route("**/api/search?*", costly)
    page.goto(gallery.url)
    with page.expect_response(lambda answer: "/api/search?" in answer.url and "typing" not in answer.url):
        page.get_by_label("Search the pictures").fill("tower")  # in one go: a busy machine may take key after key for the last
    expect(page.locator(".card img").first).to_have_attribute("alt", "A yellow tower, very tall")
    assert asked == [True, False]
    expect(page.get_by_text("Searching words only")).to_have_count(0)


def test_words_alone_are_searched_again_even_if_they_are_answered_after_typing_has_ended(
    open_page: OpenPage, gallery: DevServer
) -> None:
    page = open_page(gallery.url)
    late: list[Route] = []
    page.route("**/api/search?*typing=true*", lambda route: late.append(route))
    with page.expect_request("**/api/search?*typing=true*"):
        page.get_by_label("Search the pictures").fill("tower")
    with page.expect_response(lambda answer: "/api/search?" in answer.url and "typing" not in answer.url):
        page.get_by_label("Search the pictures").blur()
        for route in late:
            route.fulfill(json=route.fetch().json() | {"mode": "words", "reason": "typing"})
    expect(page.locator(".card img").first).to_have_attribute("alt", "A yellow tower, very tall")


def test_a_search_that_goes_on_through_empty_pages_ends_when_it_is_left(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    asked: list[str] = []

    def endless(route: Route) -> None:
        asked.append(route.request.url)
        answer = route.fetch(url=re.sub(r"&cursor=\w+", "", route.request.url)).json()
        route.fulfill(json=answer | {"hits": [], "fits": False, "next_cursor": f"step{len(asked)}"})

    page.route("**/api/search?*", endless)
    with page.expect_request("**/api/search?*cursor=step2*"):
        page.get_by_role("button", name="green", exact=True).first.click()
    with page.expect_response("**/api/categories"):
        page.evaluate("import('./core.js').then(({ recount }) => recount())")  # what draws anew meanwhile
    assert page.get_by_text("Nothing here looks like that.").is_hidden()
    page.go_back()
    expect(page.locator(".card")).to_have_count(15)
    page.wait_for_load_state("networkidle")
    assert "Nothing" not in page.locator("#live").inner_text()
    assert not {url for url in asked if asked.count(url) > 1}
