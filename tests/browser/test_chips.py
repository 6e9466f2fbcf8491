"""A query of chips, by pointer, keys and thumb; a picture as the query; recent searches; and how far reading has come."""

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_looks import AXE, audit
from tests.browser.wall import all_hang, counts_are_here, hang, publish
from tests.dev_server import DevServer
from tests.pictures import encoded, halves, scene

GIVE = """([way, base64]) => {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "mine.png", { type: "image/png" }));
  const how = { dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true };
  const kinds = { drop: [DragEvent, "dragenter", "dragover", "drop"], paste: [ClipboardEvent, "paste"] };
  const [Kind, ...types] = kinds[way];
  for (const type of types) document.querySelector("#q").dispatchEvent(new Kind(type, how));
}"""


def words(page: Page) -> list[str]:
    """Of all that was found, once all of it hangs."""
    all_hang(page)
    return list(page.locator(".card img").evaluate_all("all => all.map(picture => picture.alt)"))


def face(page: Page, said: str) -> Locator:
    return page.locator("#chips").get_by_role("button", name=said, exact=True)


def choose(page: Page, chip: str, what: str) -> None:
    face(page, chip).click()
    page.get_by_role("dialog", name=chip.removeprefix("not ")).get_by_role("button", name=what, exact=True).click()


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """A picture in three sizes, and some that are others."""
    with DevServer(tmp_path_factory.mktemp("alike") / "data") as server:
        sizes = [(640, 440), (480, 330), (320, 220)]
        bodies = [encoded(scene(7, 640, 440).resize(size), "JPEG") for size in sizes]
        ids = [server.upload(body, f"{n}.jpg", description="A field of corn") for n, body in enumerate(bodies)]
        server.settled(ids, match=True)
        publish(server, ids)
        hang(server, more=3)
        yield server


def test_a_query_built_by_clicking_only_shows_the_same_in_a_second_window(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.locator(".under").get_by_role("button", name="red", exact=True).click()
    expect(face(page, "red")).to_be_visible()
    choose(page, "red", "×2, counts double")
    expect(face(page, "red ×2")).to_be_focused()
    card = page.locator(".card").filter(has=page.get_by_alt_text("A red flag above a blue one", exact=True))
    card.hover()
    card.get_by_role("button", name="Less like this").click()
    expect(face(page, "not More like this")).to_be_visible()
    page.wait_for_url("**/?q=colour%3Ared%5E2+-similar%3A*")
    expect(page.locator(".card").first).to_be_visible()
    expect(page.get_by_alt_text("A red flag above a blue one", exact=True)).to_have_count(0)

    other = open_page(page.url)
    expect(face(other, "red ×2")).to_be_visible()
    expect(face(other, "not More like this")).to_be_visible()
    expect(other.locator(".chip img")).to_have_count(1)
    expect(other.locator(".card").first).to_be_visible()
    assert words(other) == words(page)


def test_a_chip_is_negated_weighed_and_removed_by_keys_alone(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.get_by_label("Search the pictures").focus()
    page.keyboard.type('"red flag" -blue scene^2 tower')
    expect(page.locator(".chip")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(".chip-face")).to_have_text(["“red flag”", "not blue", "scene ×2"])
    expect(page.get_by_label("Search the pictures")).to_have_value("tower")

    page.get_by_label("Search the pictures").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(face(page, "scene ×2")).to_be_focused()
    page.keyboard.press("Delete")
    expect(face(page, "not blue")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Not this")).to_be_focused()
    expect(page.get_by_role("button", name="Not this")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(face(page, "“blue”")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(face(page, "“blue”")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Search the pictures")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Backspace")
    expect(page.locator(".chip-face")).to_have_text(["“red flag”"])
    page.wait_for_url("**/?q=%22red+flag%22+tower")


@pytest.mark.parametrize("button", ["Clear the search", "Search by a picture", "Remove red"])
def test_arrows_on_the_buttons_of_the_search_lead_nowhere(open_page: OpenPage, gallery: DevServer, button: str) -> None:
    page = open_page(f"{gallery.url}/?q=colour:red+-blue+flag")
    at = page.get_by_role("button", name=button)
    at.focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(at).to_be_focused()


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_axe_finds_nothing_in_suggestions_and_the_menu_of_a_chip(open_page: OpenPage, gallery: DevServer, phone: bool) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci")
    page = open_page(f"{gallery.url}/?q=colour:red+-blue", phone=phone)
    expect(page.locator(".card").first).to_be_visible()
    counts_are_here(page)
    box = page.get_by_label("Search the pictures")
    box.click()
    page.keyboard.type("ill")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_be_visible()
    assert audit(page) == []
    page.keyboard.press("Escape")
    face(page, "red").click()
    expect(page.get_by_role("dialog", name="red")).to_be_visible()
    assert audit(page) == []


def test_chips_that_do_not_fit_beside_each_other_stay_whole(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f'{gallery.url}/?q=colour:red+-blue+category:illustrations+"a+flag"+"red+flag"+"blue+one"+tower')
    expect(page.locator(".chip")).to_have_count(6)
    expect(page.locator(".chip").filter(has_text="General Illustrations")).to_have_count(1)  # the last that changes their widths
    box, *boxes = page.locator(".search, .chip").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    assert len(boxes) == 6
    for mine in boxes:
        assert mine["x"] >= box["x"]
        assert mine["x"] + mine["width"] <= box["x"] + box["width"]
        assert mine["y"] + mine["height"] <= box["y"] + box["height"]


def test_what_the_gallery_takes_for_plain_words_is_no_chip(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f"{gallery.url}/?q=colour:nocolour+color:red")
    expect(page.locator(".chip-face")).to_have_text(["red"])
    expect(page.get_by_label("Search the pictures")).to_have_value("colour:nocolour")


def test_chips_have_room_for_thumbs_and_the_page_stays_as_wide_as_the_phone(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f'{gallery.url}/?q=colour:red+-"blue+flag"+scene', phone=True)
    expect(page.locator(".chip")).to_have_count(2)
    page.locator("#to-search").tap()
    expect(page.get_by_role("button", name="Search by a picture")).to_be_visible()
    least = "all => all.map(one => one.getBoundingClientRect()).map(({ width, height }) => Math.min(width, height))"
    sizes = page.locator(".chip button, #by-picture").evaluate_all(least)
    assert len(sizes) == 5
    assert min(sizes) >= 44
    face(page, "red").tap()
    page.get_by_role("dialog", name="red").get_by_role("button", name="Not this").tap()
    expect(face(page, "not red")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_given_to_the_search_box_is_searched_by_and_is_no_part_of_the_link(
    open_page: OpenPage, gallery: DevServer, way: str
) -> None:
    page = open_page(gallery.url)
    expect(page.locator(".card")).to_have_count(15)
    with page.expect_request(lambda asked: asked.method == "POST" and "/api/search" in asked.url):
        page.evaluate(GIVE, [way, base64.b64encode(encoded(halves(640, 400), "PNG")).decode()])
    expect(page.locator(".chip")).to_have_text("Like your picture (not in the link)")
    expect(page.locator(".card img").first).to_have_attribute("alt", "A red flag above a blue one")
    assert page.url == f"{gallery.url}/"
    expect(page.locator("#sheet")).to_be_hidden()
    page.locator(".card .open").first.click()
    expect(page.locator("#picture .here")).to_contain_text("looks alike")
    page.go_back()
    expect(page.locator(".chip")).to_have_count(1)
    page.get_by_role("button", name="Remove your picture").click()
    expect(page.locator(".card")).to_have_count(15)


def test_a_file_that_is_no_picture_is_refused_where_pictures_would_hang(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    expect(page.locator(".card")).to_have_count(15)
    page.set_input_files("#sought", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"})
    expect(page.locator("#state")).to_contain_text("The pictures didn't come.")
    page.get_by_role("button", name="Remove your picture").click()
    expect(page.locator(".card")).to_have_count(15)


def test_recent_searches_are_offered_in_this_browser_and_cleared_for_good(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    box = page.get_by_label("Search the pictures")
    box.fill("yellow tower")
    box.press("Enter")
    page.get_by_role("button", name="Clear the search").click()
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("option", name="yellow tower recent", selected=True)).to_have_id(
        str(box.get_attribute("aria-activedescendant"))
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=yellow+tower")
    page.get_by_role("button", name="Clear the search").click()
    box.click()
    page.get_by_role("option", name="Clear recent searches").click()
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    expect(box).to_have_attribute("aria-expanded", "false")
    assert page.evaluate("localStorage.recent") is None


def test_colours_and_categories_that_are_there_are_suggested_and_become_chips(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    expect(page.locator(".card")).to_have_count(15)
    counts_are_here(page)
    box = page.get_by_label("Search the pictures")
    box.press_sequentially("flag ill")
    page.get_by_role("option", name="General Illustrations category").click()
    expect(page.locator(".chip-face")).to_have_text("General Illustrations")
    expect(box).to_have_value(re.compile("flag ?"))
    page.wait_for_url("**/?q=category%3Aillustrations+flag")


def test_copies_of_a_picture_stand_behind_it_until_they_are_asked_for(open_page: OpenPage, alike: DevServer) -> None:
    page = open_page(f"{alike.url}/?q=corn")
    copies = page.get_by_alt_text("A field of corn", exact=True)
    expect(copies).to_have_count(1)
    page.get_by_role("button", name="and 2 like it").click()
    expect(copies).to_have_count(3)
    expect(page.get_by_role("button", name="like it")).to_have_count(0)


def test_an_owner_says_whether_a_result_fits_and_takes_it_back(open_page: OpenPage, alike: DevServer) -> None:
    page = open_page(f"{alike.url}/?q=corn")
    page.locator(".card .open").first.click()
    fits = page.locator("#picture").get_by_role("button", name="Fits", exact=True)
    fits.click()
    expect(fits).to_have_attribute("aria-pressed", "true")
    grades = alike.client.get("/api/judgements?q=corn").json()["grades"]
    assert list(grades.values()) == [3]
    fits.click()
    expect(fits).to_have_attribute("aria-pressed", "false")
    assert alike.client.get("/api/judgements?q=corn").json()["grades"] == {}


def test_words_that_were_found_are_lit_on_the_wall_and_beside_the_picture(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f"{gallery.url}/?q=tower")
    expect(page.locator(".card").first).to_be_visible()
    lit = "() => [...CSS.highlights.get('found')].map(one => one.startContainer.data.slice(one.startOffset, one.endOffset))"
    assert "tower" in page.evaluate(lit)
    page.locator(".card .open").first.click()
    expect(page.locator("#picture .here")).to_contain_text("Its words say “tower”")
    assert len(page.evaluate(lit)) > 1


def test_where_nothing_fits_it_says_so_and_shows_what_comes_nearest(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")

    def unlikely(route: Route) -> None:
        answer = route.fetch()
        found = answer.json()
        hits = [hit | {"likely": False} for hit in found["hits"]]
        route.fulfill(response=answer, json=found | {"fits": False, "hits": hits})

    page.route("**/api/search?*", unlikely)
    page.goto(f"{gallery.url}/?q=flag")
    expect(page.locator("#note")).to_have_text("Nothing here fits. These come nearest.")
    expect(page.locator("#live")).to_contain_text("Nothing here fits.")


def test_the_desk_tells_how_far_reading_has_come_until_all_is_read(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    page.clock.install()  # it is asked every four seconds
    now: dict[str, float | None] = {"waiting": 12, "done": 30, "failed": 1, "seconds_left": None}

    def reading(route: Route) -> None:
        answer = route.fetch()
        desk = answer.json()
        route.fulfill(response=answer, json=desk | {"progress": desk["progress"] | now})

    page.route("**/api/desk", reading)
    page.goto(f"{gallery.url}/?desk=1")
    line = page.locator(".desk-progress")
    expect(line).to_have_text("12 pictures being read, 30 done, 1 failed; no pace yet.")
    now |= {"waiting": 2, "done": 40, "seconds_left": 20}
    page.clock.fast_forward(4000)
    expect(line).to_have_text("2 pictures being read, 40 done, 1 failed; about 20 s left.")
    now |= {"waiting": 0, "done": 42, "seconds_left": 0}
    page.clock.fast_forward(4000)
    expect(line).to_be_hidden()
