"""By keyboard alone: upload, words, publish, search, picture, Desk. The focus is never lost and never out of sight."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.hands import Hands
from tests.dev_server import DevServer
from tests.pictures import encoded, plain


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
    assert hands.has("link", "Skip to the pictures")
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
    assert hands.has("button", "Add")

    expect(page.get_by_role("link", name="a red flag")).to_be_visible()
    hands.reach("searchbox", "Search the pictures", key="Shift+Tab")
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
    assert hands.has("link", "a red flag")

    hands.reach("button", "Desk", key="Shift+Tab")
    hands.press("Enter")
    desk = page.get_by_role("dialog", name="Desk")
    expect(desk).to_contain_text("2 pictures wait")
    expect(desk.get_by_role("region", name="No category: a blue flag")).to_be_focused()
    hands.press("1")
    expect(desk).to_contain_text("1 picture waits")
    expect(desk.get_by_role("region", name="No category: a red flag")).to_be_focused()
    hands.press("2")
    expect(page.get_by_text("Your desk is clear.")).to_be_visible()
    assert hands.has("button", "Back to the wall")
    hands.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert hands.has("button", "Desk")
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
    assert hands.has("list", "Pictures")
    hands.press("Tab")
    assert page.evaluate("document.activeElement.closest('li')?.getAttribute('aria-posinset')") == "1"
