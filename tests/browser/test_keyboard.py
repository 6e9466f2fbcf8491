"""By keyboard alone: upload, words, publish, search, picture, Desk. The focus is never lost and never out of sight."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.hands import Hands
from tests.browser.waiting import hang, lay
from tests.dev_server import DevServer
from tests.pictures import encoded, photo, plain


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """Two plain pictures, a red one and a blue one."""
    files = [tmp_path / "red.png", tmp_path / "blue.png"]
    for file, colour in zip(files, ("#d13b35", "#2f55c0"), strict=True):
        file.write_bytes(encoded(plain(480, 360, colour), "PNG"))
    return files


def test_from_the_first_file_to_a_clear_desk_without_a_pointer(open_page: OpenPage, server: DevServer, two: list[Path]) -> None:
    page = open_page("about:blank")
    hands = Hands(page, server.url)
    hands.press("Tab")
    hands.has("link", "Skip to the pictures")
    hands.reach("button", "Add")
    with page.expect_file_chooser() as chosen:
        hands.press("Enter")
    chosen.value.set_files(two)
    for words, file in (("a red flag", "red.png"), ("a blue flag", "blue.png")):
        expect(page.get_by_role("textbox", name=f"What {file} shows")).to_be_visible()
        hands.reach("textbox", f"What {file} shows")
        hands.type(words)
    expect(page.get_by_text("Agrees")).to_have_count(2)
    hands.reach("button", "Publish all 2")
    hands.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    hands.has("button", "Add")

    expect(page.get_by_role("link", name="a red flag")).to_be_visible()
    hands.reach("combobox", "Search the pictures", key="Shift+Tab")
    hands.type("red")
    hands.press("Enter")
    expect(page.get_by_text("Less likely")).to_be_visible()
    hands.reach("link", "a red flag")
    hands.press("Enter")
    expect(page.get_by_role("dialog", name="a red flag")).to_be_visible()
    hands.press("ArrowRight")
    expect(page.get_by_role("dialog", name="a blue flag")).to_be_visible()
    hands.press("ArrowLeft")
    expect(page.get_by_role("dialog", name="a red flag")).to_be_visible()
    hands.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    hands.has("link", "a red flag")

    hands.reach("button", "Desk", key="Shift+Tab")
    hands.press("Enter")
    desk = page.get_by_role("dialog", name="Desk")
    expect(desk).to_contain_text("2 pictures wait")
    waiting = desk.get_by_role("region", name=re.compile("No category: a (red|blue) flag"))  # files race each other in
    expect(waiting).to_be_focused()
    expect(desk.get_by_role("radio")).not_to_have_count(0)  # the categories have come
    hands.press("1")
    expect(desk).to_contain_text("1 picture waits")
    expect(waiting).to_be_focused()
    hands.press("2")
    expect(page.get_by_text("Your desk is clear.")).to_be_visible()
    hands.has("button", "Back to the wall")
    hands.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    hands.has("button", "Desk")
    hands.check()


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_through_the_whole_wall_and_back_nothing_that_has_the_focus_is_hidden(
    open_page: OpenPage, gallery: DevServer, phone: bool
) -> None:
    page = open_page("about:blank", phone=phone)
    hands = Hands(page, gallery.url)
    expect(page.get_by_role("main").get_by_role("link")).to_have_count(15)
    hands.press("Tab")
    hands.reach("button", "Reading colour and light only")
    hands.reach("link", "Skip to the pictures", key="Shift+Tab")


def test_the_way_past_the_header_leads_to_the_pictures(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    hands = Hands(page, gallery.url)
    expect(page.get_by_role("main").get_by_role("link")).to_have_count(15)
    hands.press("Tab", "Enter")
    hands.has("list", "Pictures")
    hands.press("Tab")
    assert page.evaluate("document.activeElement.closest('li')?.getAttribute('aria-posinset')") == "1"


# --- what is pressed and goes away, is drawn anew, or can't be pressed any more


def test_what_goes_away_when_it_is_pressed_leaves_the_focus_beside_it(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    hands = Hands(page, f"{gallery.url}/?q=colour:red+flag")
    hands.reach("button", "Remove red")
    hands.press("Enter")
    hands.has("combobox", "Search the pictures")
    hands.reach("button", "Clear the search")
    hands.press("Enter")
    hands.has("combobox", "Search the pictures")
    hands.type("zzzzqq")
    expect(page.get_by_role("heading", name="Nothing here looks like that.")).to_be_visible()
    hands.reach("link", "Show everything")
    hands.press("Enter")
    expect(page.get_by_role("main").get_by_role("link")).to_have_count(15)
    hands.check()


def test_the_first_picture_leaves_the_focus_in_the_dialog_so_that_keys_go_on(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    hands = Hands(page, gallery.url)
    first = page.get_by_role("main").get_by_role("link").first
    words = first.get_by_role("img").get_attribute("alt") or ""
    hands.reach("link", words)
    hands.press("Enter")
    dialog = page.get_by_role("dialog")
    hands.reach("button", "Next picture")
    hands.press("Enter")
    hands.reach("button", "Previous picture", key="Shift+Tab")
    hands.press("Enter")
    expect(dialog).to_have_accessible_name(words)
    expect(dialog.get_by_role("button", name="Previous picture")).to_be_disabled()
    hands.check()
    hands.press("ArrowRight")
    expect(dialog).not_to_have_accessible_name(words)


def test_owners_press_every_button_of_a_picture_and_stay_where_they_are(open_page: OpenPage, server: DevServer) -> None:
    [stored] = hang(server, [photo(3)], description="a red boat")
    page = open_page("about:blank")
    hands = Hands(page, f"{server.url}/?image={stored}")
    dialog = page.get_by_role("dialog", name="a red boat")
    expect(dialog).to_be_visible()
    hands.reach("textbox", "Add a tag")
    hands.type("sea")
    hands.press("Enter")
    expect(dialog.get_by_role("button", name="Remove the tag sea")).to_be_visible()
    hands.has("textbox", "Add a tag")
    hands.reach("button", "Remove the tag sea", key="Shift+Tab")
    hands.press("Enter")
    expect(dialog.get_by_role("button", name="Remove the tag sea")).to_have_count(0)
    hands.reach("button", "Unpublish")
    hands.press("Enter")
    expect(dialog.get_by_role("button", name="Publish", exact=True)).to_be_visible()
    hands.reach("button", "Publish", key="Shift+Tab")
    hands.press("Enter")
    expect(dialog.get_by_role("button", name="Unpublish")).to_be_visible()
    hands.reach("button", "Delete")
    hands.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    hands.reach("button", "Undo")
    hands.press("Enter")
    expect(page.get_by_role("link", name="a red boat")).to_be_visible()
    hands.check()


def test_rows_that_leave_the_sheet_pass_the_focus_on(open_page: OpenPage, server: DevServer, two: list[Path]) -> None:
    page = open_page("about:blank")
    hands = Hands(page, server.url)
    hands.reach("button", "Add pictures")
    with page.expect_file_chooser() as chosen:
        hands.press("Enter")
    (two[0].parent / "empty.jpg").touch()
    chosen.value.set_files([*two, two[0].parent / "empty.jpg"])
    expect(page.get_by_role("textbox")).to_have_count(2)
    hands.reach("button", "Dismiss")
    hands.press("Enter")
    hands.reach("button", "Publish")
    hands.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_count(1)
    hands.reach("button", "Delete")
    hands.press("Enter")
    expect(page.get_by_text("No drafts wait here.")).to_be_visible()
    hands.check()
    hands.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    hands.check()


def test_a_page_that_failed_is_asked_for_again_by_key(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    failure = {"error": "internal", "message": "Out of ink.", "details": None}
    page.route("**/api/images?*", lambda route: route.fulfill(status=500, json=failure))
    hands = Hands(page, gallery.url)
    expect(page.get_by_text("Out of ink.")).to_be_visible()
    page.unroute("**/api/images?*")
    hands.reach("button", "Try again")
    hands.press("Enter")
    expect(page.get_by_role("main").get_by_role("link")).to_have_count(15)
    hands.check()


def test_the_desk_keeps_the_focus_whatever_is_pressed(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=2)
    page = open_page("about:blank")
    hands = Hands(page, f"{server.url}/?desk=1")
    desk = page.get_by_role("dialog", name="Desk")
    expect(desk.get_by_role("region")).to_be_focused()
    hands.reach("button", "Next", key="Shift+Tab")
    hands.press("Enter")
    expect(desk.get_by_role("button", name="Next", exact=True)).to_be_disabled()
    hands.reach("button", "Publish")
    hands.press("Enter")
    expect(desk).to_contain_text("1 picture waits")
    hands.reach("button", "Undo", key="Shift+Tab")
    hands.press("Enter")
    expect(desk).to_contain_text("2 pictures wait")
    expect(desk.get_by_role("button", name="Undo")).to_be_disabled()
    hands.check()
    hands.press("ArrowLeft")
    hands.check()


# --- the ring


def test_what_has_the_focus_wears_a_ring(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    hands = Hands(page, gallery.url)
    expect(page.get_by_role("main").get_by_role("link")).to_have_count(15)
    rings: dict[str, float] = {}
    for _ in range(26):
        hands.press("Tab")
        rings[hands.name()] = hands.ring()
    page.get_by_role("main").get_by_role("link").first.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("textbox", name="Credit")).to_be_visible()
    for _ in range(18):
        if hands.on("button", "Delete").count():
            break  # the last one: what is beyond is the browser's
        hands.press("Tab")
        rings[hands.name()] = hands.ring()
    assert len(rings) > 30
    assert {name: ring for name, ring in rings.items() if ring < 0.6} == {}
