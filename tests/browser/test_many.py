"""Many pictures at once: how they are chosen on the wall, what is done with them in one step, and the one way back."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from sightsync.adapters.sqlite import SqliteCatalog
from tests.browser.conftest import OpenPage, until
from tests.browser.test_looks import AXE, audit
from tests.browser.wall import awake, counts_are_here, hang
from tests.dev_server import DevServer
from tests.records import an_image

CROWD = 5_000
PAGES = 300  # pictures: more than come at once

# Notes what the bar counts, however short it stands there.
HEAR_COUNTS = """() => {
  window.counts = [];
  const said = document.querySelector(".many-count");
  new MutationObserver(() => counts.push(said.textContent)).observe(said, { childList: true });
}"""


@pytest.fixture(scope="module")
def fifteen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DevServer, list[str]]]:
    with DevServer(tmp_path_factory.mktemp("own") / "data") as server:
        yield server, hang(server)


@pytest.fixture
def own(fifteen: tuple[DevServer, list[str]]) -> Iterator[DevServer]:
    """Fifteen published pictures of one's own, as they were hung whatever the test before did to them, even if it failed."""
    server, ids = fifteen
    yield server
    there = {image["id"]: image for image in server.client.get("/api/images", params={"ids": ",".join(ids)}).json()["images"]}
    for gone in {*ids} - {*there}:
        server.client.post(f"/api/images/{gone}/restore")
    as_hung = {"published": True, "category": "illustrations", "tags": []}
    changed = [one for one in ids if one not in there or any(there[one][name] != was for name, was in as_hung.items())]
    if changed:
        server.settled(ids, match=True)
        server.client.patch("/api/images", json={"ids": changed, "set": as_hung})


def fill(data: Path, count: int) -> None:
    """So many records of one's own and one of somebody else's, straight into the catalog."""
    data.mkdir()
    catalog = SqliteCatalog(data / "catalog.db")
    for i in range(count):
        catalog.put(an_image(owner="local", title=f"Number {i}", width=600 + 37 * (i % 40), height=400, tags=(), derivatives={}), 0)
    catalog.put(an_image(owner="bob", title="Somebody else's", width=600, height=400, derivatives={}), 0)
    catalog.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    data = tmp_path_factory.mktemp("pages") / "data"
    fill(data, PAGES)
    with DevServer(data) as server:
        yield server


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[DevServer]:
    fill(tmp_path / "data", CROWD)
    with DevServer(tmp_path / "data") as server:
        yield server


def card(page: Page, at: int) -> Locator:
    return page.locator(f'.card[aria-posinset="{at + 1}"]')


def ids_of(page: Page) -> list[str]:
    """Of the cards that hang just now, in their order."""
    return list(page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.id)"))


def hung(page: Page) -> list[str]:
    """Ids of all fifteen, in their order, once the last of them hangs."""
    expect(page.locator(".card")).to_have_count(15)
    return ids_of(page)


def selected(page: Page, *places: int) -> None:
    """These are, counted from 0, and no others; a card that is drawn anew has its place a frame later."""
    now = "cards => cards.map(card => Number(card.ariaPosInSet) - 1)"
    until(lambda: page.locator(".card.chosen").evaluate_all(now) == [*places], f"not {places} are selected")


def deed(page: Page, name: str) -> Locator:
    return page.locator(".many-deeds").get_by_role("button", name=name, exact=True)


def undone(page: Page) -> None:
    page.locator("#live").evaluate("live => live.replaceChildren()")  # what was taken back before is not heard again
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#live")).to_contain_text("Taken back: all is as it was.")


def images(server: DevServer) -> dict[str, dict[str, Any]]:
    return {image["id"]: image for image in server.client.get("/api/images?limit=100").json()["images"]}


def test_the_control_comes_with_the_pointer_and_stays_while_something_is_selected(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    check = card(page, 1).get_by_role("checkbox")
    expect(check).to_have_css("opacity", "0")
    card(page, 1).hover()
    expect(check).to_have_css("opacity", "1")
    check.click()
    expect(check).to_be_checked()
    expect(page.locator(".many-count")).to_have_text("1 selected")
    page.locator(".wordmark").hover()
    expect(card(page, 4).get_by_role("checkbox")).to_have_css("opacity", "1")
    page.keyboard.press("Escape")
    expect(page.locator(".many")).to_be_hidden()
    selected(page)


def test_shift_selects_a_range_and_a_new_one_takes_its_place(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    card(page, 2).get_by_role("checkbox").click()
    card(page, 6).get_by_role("checkbox").click(modifiers=["Shift"])
    selected(page, 2, 3, 4, 5, 6)
    card(page, 0).locator(".open").click(modifiers=["Shift"])
    selected(page, 0, 1, 2)
    card(page, 1).locator(".open").click()
    selected(page, 0, 2)
    assert page.url == f"{own.url}/"


def test_by_keys_alone_one_selects_acts_and_comes_back_to_the_picture(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    card(page, 1).locator(".open").focus()
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    selected(page, 1, 2)
    assert page.evaluate("scrollY") == 0
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    selected(page, 1, 2, 3)
    expect(page.locator("#live")).to_contain_text("Press A for what to do with them.")
    page.keyboard.press("a")
    expect(deed(page, "Category")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Tag to add")).to_be_focused()
    page.keyboard.press("Escape")
    expect(deed(page, "Tags")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".many")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('.card')?.getAttribute('aria-posinset')") is not None
    page.keyboard.press("Enter")
    expect(page.locator("#picture")).to_be_visible()


def test_everything_that_is_loaded_is_selected_by_one_key_and_not_from_a_field(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    page.get_by_label("Search the pictures").focus()
    page.keyboard.press("ControlOrMeta+a")
    expect(page.locator(".many")).to_be_hidden()
    page.locator("#wall").focus()
    page.keyboard.press("ControlOrMeta+a")
    expect(page.locator(".many-count")).to_have_text("15 selected")
    expect(page.get_by_role("button", name="Select all")).to_be_hidden()


def test_a_rectangle_from_empty_wall_selects_what_it_touches_and_scrolls_at_the_edge(open_page: OpenPage, pages: DevServer) -> None:
    page = open_page(pages.url)
    awake(page)
    counts_are_here(page)
    first, second = card(page, 1).locator(".hang").bounding_box(), card(page, 2).locator(".hang").bounding_box()
    assert first is not None
    assert second is not None
    page.mouse.move(first["x"] + first["width"] + 5, first["y"] + 30)  # the gap between two cards
    page.mouse.down()
    page.mouse.move(second["x"] + 20, second["y"] + 60, steps=4)
    expect(page.locator(".lasso")).to_be_visible()
    expect(page.locator(".card.chosen")).to_have_count(1)
    page.mouse.move(700, 895, steps=4)
    page.wait_for_function("() => scrollY > 1500")
    page.mouse.up()
    expect(page.locator(".lasso")).to_have_count(0)
    count = page.locator(".many-count").inner_text()
    assert int(count.split()[0]) > page.locator(".card.chosen").count() >= 1, "those that left the document stay selected"
    assert page.evaluate("getSelection().isCollapsed")


def test_a_press_on_empty_wall_is_no_rectangle(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    card(page, 0).get_by_role("checkbox").click()
    page.mouse.click(10, 400)
    selected(page, 0)


def test_another_wall_starts_with_nothing_selected(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    card(page, 0).get_by_role("checkbox").click()
    page.get_by_label("Search the pictures").fill("flag")
    page.wait_for_url("**/?q=flag")
    expect(page.locator(".many")).to_be_hidden()


def test_filing_many_moves_them_and_undo_gives_each_its_own_category_back(open_page: OpenPage, own: DevServer) -> None:
    before = images(own)
    ids = list(before)[:3]
    own.client.patch("/api/images", json={"ids": ids[:1], "set": {"category": "portraits"}})
    page = open_page(own.url)
    awake(page)
    card(page, 0).get_by_role("checkbox").click()
    card(page, 2).get_by_role("checkbox").click(modifiers=["Shift"])
    deed(page, "Category").click()
    page.locator(".many-panel").get_by_role("button", name="Comics").click()
    expect(page.locator("#toast")).to_contain_text("Filed 3 pictures under Comics.")
    assert {images(own)[id]["category"] for id in ids} == {"comics"}
    expect(page.locator("#tabs")).to_contain_text("Comics3")
    selected(page, 0, 1, 2)  # they stay selected for the next step
    expect(page.get_by_role("checkbox", name="Select")).to_have_count(15)  # also on the cards that were drawn anew
    undone(page)
    assert [images(own)[id]["category"] for id in ids] == ["portraits", "illustrations", "illustrations"]


def test_in_a_category_what_is_filed_elsewhere_leaves_the_wall(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(f"{own.url}/?category=illustrations")
    awake(page)
    gone = card(page, 0).get_attribute("data-id")
    card(page, 0).get_by_role("checkbox").click()
    deed(page, "Category").click()
    page.locator(".many-panel").get_by_role("button", name="Comics").click()
    expect(page.locator(".card")).to_have_count(14)
    expect(page.locator(".many")).to_be_hidden()
    undone(page)
    expect(page.locator(".card")).to_have_count(15)
    assert card(page, 0).get_attribute("data-id") == gone


def test_undo_leaves_alone_what_was_changed_since(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    ids = [str(card(page, at).get_attribute("data-id")) for at in (0, 1)]
    for at in (0, 1):
        card(page, at).get_by_role("checkbox").click()
    deed(page, "Category").click()
    page.locator(".many-panel").get_by_role("button", name="Comics").click()
    expect(page.locator("#toast")).to_contain_text("Filed 2 pictures")
    expect(page.locator(".many-panel")).to_be_hidden()
    page.keyboard.press("Escape")
    card(page, 0).locator(".open").click()
    page.locator("#picture").get_by_role("radio", name="Portraits").click()
    until(lambda: images(own)[ids[0]]["category"] == "portraits", "saved")
    page.keyboard.press("Escape")
    undone(page)
    assert [images(own)[id]["category"] for id in ids] == ["portraits", "illustrations"]


def test_tags_are_added_to_all_and_taken_off_all_and_brought_back(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    ids = [str(card(page, at).get_attribute("data-id")) for at in (0, 1, 2)]
    own.client.patch(f"/api/images/{ids[0]}", json={"tags": ["Sea", "dusk"]})
    page.reload()
    awake(page)
    card(page, 0).get_by_role("checkbox").click()
    card(page, 2).get_by_role("checkbox").click(modifiers=["Shift"])
    deed(page, "Tags").click()
    field = page.get_by_role("textbox", name="Tag to add")
    field.fill("sea")
    field.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Tagged 3 pictures “sea”.")
    assert [images(own)[id]["tags"] for id in ids] == [["Sea", "dusk"], ["sea"], ["sea"]]
    undone(page)
    assert [images(own)[id]["tags"] for id in ids] == [["Sea", "dusk"], [], []]
    page.get_by_role("button", name="Remove the tag dusk from 1 picture").click()
    expect(page.locator("#toast")).to_contain_text("Took “dusk” off")
    assert images(own)[ids[0]]["tags"] == ["Sea"]
    undone(page)
    assert images(own)[ids[0]]["tags"] == ["Sea", "dusk"]


def test_many_come_off_the_wall_at_once_and_undo_hangs_them_where_they_were(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    order = hung(page)
    for at in (1, 3, 4):
        card(page, at).get_by_role("checkbox").click()
    deed(page, "Unpublish").click()
    expect(page.locator("#toast")).to_contain_text("Took 3 pictures off the wall, back to your Desk.")
    expect(page.locator(".card")).to_have_count(12)
    expect(page.locator(".many")).to_be_hidden()
    undone(page)
    expect(page.locator(".card")).to_have_count(15)
    assert ids_of(page) == order


def test_drafts_that_a_search_finds_are_published_together(open_page: OpenPage, own: DevServer) -> None:
    ids = [id for id, image in images(own).items() if "flag" in image["description"]][:2]
    own.client.patch("/api/images", json={"ids": ids, "set": {"published": False}})
    page = open_page(f"{own.url}/?q=flag")
    awake(page)
    for id in ids:
        page.locator(f'.card[data-id="{id}"]').get_by_role("checkbox").click()
    deed(page, "Publish").click()
    expect(page.locator("#toast")).to_contain_text("Published 2 pictures.")
    assert all(images(own)[id]["published"] for id in ids)


def test_many_are_deleted_and_restored_in_one_step(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    order = hung(page)
    card(page, 0).locator(".open").focus()
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Delete")
    expect(page.locator("#toast")).to_contain_text("Deleted 3 pictures.")
    expect(page.locator(".card")).to_have_count(12)
    expect(page.locator("#live")).to_contain_text("Deleted 3 pictures. Undo is at hand.")  # beside what was said just before
    undone(page)
    expect(page.locator(".card")).to_have_count(15)
    own.settled(order, match=True)
    assert ids_of(page) == order
    expect(page.locator(".card.chosen")).to_have_count(0)


def test_what_could_not_be_changed_is_told_and_the_rest_is_done(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    full = str(card(page, 1).get_attribute("data-id"))
    own.client.patch(f"/api/images/{full}", json={"tags": [f"t{n}" for n in range(20)]})
    card(page, 0).get_by_role("checkbox").click()
    card(page, 2).get_by_role("checkbox").click(modifiers=["Shift"])
    deed(page, "Tags").click()
    page.get_by_role("textbox", name="Tag to add").fill("boat")
    page.locator(".many-tags").get_by_role("button", name="Add").click()
    expect(page.locator("#toast")).to_contain_text(
        "Tagged 2 pictures “boat”. One could not be changed: A picture can have 20 tags."
    )
    undone(page)
    assert sum("boat" in image["tags"] for image in images(own).values()) == 0


def test_when_the_gallery_is_away_nothing_is_lost_and_it_can_be_tried_again(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    card(page, 0).get_by_role("checkbox").click()
    page.route("**/api/images", lambda route: route.abort())
    deed(page, "Unpublish").click()
    expect(page.locator("#toast")).to_contain_text("One could not be changed: No answer from the gallery.")
    selected(page, 0)
    page.unroute("**/api/images")
    page.locator("#toast").get_by_role("button", name="Try again").click()
    expect(page.locator(".card")).to_have_count(14)
    undone(page)


def test_what_was_taken_down_does_not_come_back_with_an_answer_from_before(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    hung(page)
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/api/images?limit=*", lambda route: route.continue_() if late else late.append((route, route.fetch())))
    page.evaluate("import('/core.js').then(({ refresh }) => void refresh())")  # as when the gallery is back
    until(lambda: page.evaluate("true") and len(late) == 1, "it was not asked for")
    card(page, 0).get_by_role("checkbox").click()
    deed(page, "Unpublish").click()
    expect(page.locator(".card")).to_have_count(14)
    [(route, answer)] = late
    with page.expect_response("**/api/images?limit=*"), page.expect_request("**/api/images?limit=*"):  # asked once more
        route.fulfill(response=answer)
    expect(page.locator(".card")).to_have_count(14)


def test_what_was_published_and_deleted_before_it_hung_comes_back(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    [first, *_] = hung(page)
    card(page, 0).get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Unpublish").click()
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/api/images?limit=*", lambda route: route.continue_() if late else late.append((route, route.fetch())))
    dialog.get_by_role("button", name="Publish", exact=True).click()
    until(lambda: page.evaluate("true") and len(late) == 1, "it was not asked for")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".card")).to_have_count(14)
    [(route, answer)] = late
    with page.expect_response("**/api/images?limit=*"), page.expect_request("**/api/images?limit=*"):  # asked once more
        route.fulfill(response=answer)
    undone(page)
    assert hung(page)[0] == first


def test_a_few_originals_come_one_after_the_other(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    awake(page)
    files: list[str] = []
    page.on("download", lambda download: files.append(download.suggested_filename))
    page.evaluate(HEAR_COUNTS)
    names = [images(own)[str(card(page, at).get_attribute("data-id"))]["filename"] for at in (0, 1, 2)]
    for at in (0, 1, 2):
        card(page, at).get_by_role("checkbox").click()
    with page.expect_event("download", lambda _: len(files) == 3):
        deed(page, "Download").click()
    expect(page.locator(".many-count")).to_have_text("3 selected")
    assert sorted(files) == sorted(names)
    assert any("of 3" in said for said in page.evaluate("counts")), "nobody saw how far it was"


@pytest.mark.slow
def test_five_thousand_are_changed_in_parts_with_a_line_that_shows_how_far(open_page: OpenPage, crowd: DevServer) -> None:
    page = open_page(crowd.url)
    awake(page)
    page.evaluate(
        """async () => {
          const { more, state } = await import("/core.js");
          while (state.list.cursor) await more(state.list);
        }"""
    )
    asked: list[int] = []
    shares: list[str] = []

    def note(route: Route) -> None:
        asked.append(len(json.loads(route.request.post_data or "")["ids"]))
        shares.append(page.locator(".many-count").inner_text() if len(asked) in (2, 40) else "")
        route.continue_()

    page.locator("#wall").focus()
    page.keyboard.press("ControlOrMeta+a")
    expect(page.locator(".many-count")).to_have_text("5,000 selected")
    assert page.locator(".card").count() < 300
    deed(page, "Category").click()
    page.route("**/api/images", note)
    page.locator(".many-panel").get_by_role("button", name="Portraits").click()
    expect(page.locator(".many .progress")).to_be_visible()
    expect(deed(page, "Delete")).to_be_disabled()
    expect(page.locator("#toast")).to_contain_text("Filed 5,000 pictures under Portraits.", timeout=90_000)
    assert (max(asked), sum(asked)) == (100, CROWD)
    assert "100 of 5,000" in shares
    expect(page.locator(".many .progress")).to_be_hidden()
    expect(page.locator("#tabs")).to_contain_text("Portraits5,000")
    deed(page, "Download").click()
    expect(page.locator("#toast")).to_contain_text("choose fewer")


def test_when_all_that_had_come_is_taken_down_the_next_pictures_come(open_page: OpenPage, own: DevServer) -> None:
    page = open_page("about:blank")
    page.route("**/api/images?*limit=*", lambda route: route.continue_(url=re.sub(r"limit=\d+", "limit=3", route.request.url)))
    page.goto(own.url)
    awake(page)
    expect(page.get_by_role("button", name="Load more")).to_be_visible()
    before = ids_of(page)
    page.locator("#wall").focus()
    page.keyboard.press("ControlOrMeta+a")
    deed(page, "Unpublish").click()
    expect(page.locator("#toast")).to_contain_text("pictures off the wall")
    expect(page.locator(".card")).to_have_count(3)
    undone(page)
    until(lambda: ids_of(page)[: len(before)] == before, "not all is back where it was")


def test_the_place_on_a_long_wall_is_kept_when_it_is_asked_for_again(open_page: OpenPage, pages: DevServer) -> None:
    page = open_page(pages.url)
    far = card(page, 200)

    def reached() -> bool:
        page.evaluate("scrollBy(0, 1000)")
        page.wait_for_timeout(50)
        return far.count() == 1

    until(reached, "the wall ends before")
    far.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    with page.expect_response("**/api/images?*cursor=*"):
        page.evaluate("import('/core.js').then(({ refresh }) => refresh())")  # as when something was published
    expect(far).to_be_in_viewport()
    assert abs(page.evaluate("scrollY") - before) < 2


def test_other_peoples_pictures_are_not_selected(open_page: OpenPage, pages: DevServer) -> None:
    page = open_page(f"{pages.url}/?q=somebody else")
    strange = page.locator(".card").filter(has_text="Somebody else's")
    expect(strange).to_be_visible()
    page.mouse.move(5, 5)
    page.mouse.move(9, 9)
    page.evaluate("import('/owners.js').then(() => null)")  # it is here, and would have given it one
    expect(strange.get_by_role("checkbox")).to_have_count(0)
    strange.locator(".open").focus()
    page.keyboard.press("x")
    page.keyboard.press("ControlOrMeta+a")
    expect(page.locator(".many")).to_be_hidden()


def test_on_a_phone_select_makes_taps_choose(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url, phone=True)
    expect(page.locator(".card").first).to_be_visible()
    button = page.get_by_role("button", name="Select", exact=True)
    size = button.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 43.5
    button.tap()
    expect(page.locator(".many-count")).to_have_text("Tap pictures")
    expect(deed(page, "Delete")).to_be_disabled()
    for at in (0, 2):
        card(page, at).locator(".open").tap()
    expect(page.locator(".many-count")).to_have_text("2 selected")
    assert page.url == f"{own.url}/"
    small = """[...document.querySelectorAll('.many button')].filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect())
      .filter(at => at.height < 43.5 || at.width < 43.5).length"""
    assert page.evaluate(small) == 0
    page.get_by_role("button", name="Select all").tap()
    expect(page.locator(".many-count")).to_have_text("15 selected")
    page.get_by_role("button", name="Clear the selection").tap()
    expect(page.locator(".many")).to_be_hidden()
    card(page, 0).locator(".open").tap()
    expect(page.locator("#picture")).to_be_visible()


def test_the_bar_fits_a_narrow_window_and_twice_the_type(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url, phone=True, viewport={"width": 320, "height": 640})
    page.get_by_role("button", name="Select", exact=True).tap()
    expect(page.locator(".many")).to_be_visible()
    card(page, 0).locator(".open").tap()
    for double in (False, True):
        page.evaluate("double => { document.documentElement.style.fontSize = double ? '200%' : ''; }", double)
        deed(page, "Category").tap()
        expect(page.locator(".many-panel")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".many").evaluate("e => e.scrollWidth <= e.clientWidth + 1 && e.getBoundingClientRect().top >= 0")
        deed(page, "Category").tap()


def test_selected_is_never_told_by_colour_alone(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url, forced_colors="active")
    awake(page)
    card(page, 0).get_by_role("checkbox").click()
    stroke = "e => getComputedStyle(e.querySelector('.glyph')).stroke"
    assert card(page, 0).get_by_role("checkbox").evaluate(stroke) != card(page, 1).get_by_role("checkbox").evaluate(stroke)
    assert card(page, 0).locator(".hang").evaluate("e => getComputedStyle(e, '::after').borderTopWidth") == "4px"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_axe_finds_nothing_while_many_are_selected(open_page: OpenPage, own: DevServer, phone: bool, dark: bool) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci")
    page = open_page(own.url, phone=phone, dark=dark)
    awake(page)
    if phone:
        page.get_by_role("button", name="Select", exact=True).tap()
        expect(page.locator(".many")).to_be_visible()
        card(page, 0).locator(".open").tap()
    else:
        card(page, 0).get_by_role("checkbox").click()
    for name in ("Category", "Tags"):
        deed(page, name).click()
        expect(page.locator(".many-panel")).to_be_visible()
        assert audit(page) == []
