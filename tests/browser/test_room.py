"""Windows of odd shapes and large type: what is wanted has room."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.wall import all_hang
from tests.dev_server import DevServer

TABLET = {"viewport": {"width": 768, "height": 1024}}
ON_ITS_SIDE = {"viewport": {"width": 844, "height": 390}}
LONG = "A title so long that its owner must have thought of the one line of a field that cannot show all of it"


def double(page: Page) -> None:
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")


def test_where_type_is_large_the_search_has_a_line_of_its_own(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f'{gallery.url}/?q=flag -green "a blue flag" colour:red', phone=True, **TABLET)
    all_hang(page)
    box, add = page.locator("#search"), page.locator(".top .add")
    assert box.evaluate("e => e.getBoundingClientRect().top") < add.evaluate("e => e.getBoundingClientRect().bottom")
    double(page)
    expect(box).to_have_css("width", "704px")
    assert box.evaluate("e => e.getBoundingClientRect().top") >= add.evaluate("e => e.getBoundingClientRect().bottom")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_that_lies_on_its_side_the_words_stand_beside_the_picture(open_page: OpenPage, gallery: DevServer) -> None:
    flag = next(image for image in gallery.client.get("/api/images").json()["images"] if image["description"] == "A green flag")
    page = open_page(f"{gallery.url}/?image={flag['id']}", phone=True, **ON_ITS_SIDE)
    expect(page.locator("#picture .verdict")).to_be_in_viewport()
    boxes = "all => all.map(one => one.getBoundingClientRect().toJSON())"
    large, words = page.locator("#picture .large, #picture textarea[aria-label=Description]").evaluate_all(boxes)
    assert large["height"] > 200
    assert words["left"] >= large["right"]


def test_a_long_title_is_seen_whole_where_its_owner_writes_it(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.get_by_alt_text("A green flag", exact=True).click()
    title = page.get_by_role("textbox", name="Title", exact=True)
    title.fill(LONG)
    assert title.evaluate("e => e.scrollHeight <= e.clientHeight && e.scrollWidth <= e.clientWidth")
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as saved:
        title.press("Enter")
    assert saved.value.json()["title"] == LONG
    expect(title).to_have_value(LONG)
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        title.fill("")
        title.press("Enter")
