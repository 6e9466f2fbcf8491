"""The wall: what hangs, in which order, how few cards that takes, and how one moves along it."""

import re

import pytest
from playwright.sync_api import Page, expect

from sightsync.adapters.sqlite import SqliteCatalog
from tests.browser.conftest import OpenPage
from tests.dev_server import DevServer
from tests.records import an_image

MANY = 20_000
MOST_CARDS = 300

# Whether cards hang where the window is now, from its top to its bottom.
FILLED = """() => {
  const places = [...document.querySelectorAll(".card")].map(card => card.getBoundingClientRect());
  return [100, innerHeight / 2, innerHeight - 100].every(y => places.some(({ top, bottom }) => top - 60 < y && bottom + 60 > y));
}"""


def in_visual_order(page: Page) -> bool:
    """Whether the cards stand in the document as they hang: row by row, left to right."""
    return page.evaluate(
        """() => {
          const places = [...document.querySelectorAll(".card")].map(card => card.getBoundingClientRect());
          return places.slice(1).every((at, i) => at.top > places[i].top || (at.top === places[i].top && at.left > places[i].left));
        }"""
    )


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> DevServer:
    """Twenty thousand records, straight into the catalog; their files are not needed for this."""
    data = tmp_path_factory.mktemp("crowded") / "data"
    data.mkdir()
    catalog = SqliteCatalog(data / "catalog.db")
    for i in range(MANY):
        catalog.put(an_image(title=f"Number {i}", width=600 + 37 * (i % 40), height=400 + 53 * (i % 23), derivatives={}), 0)
    catalog.close()
    with DevServer(data) as server:
        yield server


@pytest.mark.slow
def test_twenty_thousand_pictures_hang_in_fewer_than_three_hundred_cards(open_page: OpenPage, crowded: DevServer) -> None:
    page = open_page(crowded.url)
    expect(page.locator("#tabs")).to_contain_text("20,000")
    walked = page.evaluate(
        """async () => {
          const pause = ms => new Promise(done => setTimeout(done, ms));
          const all = () => Number(document.querySelector(".card:last-of-type")?.getAttribute("aria-posinset") ?? 0);
          const { state } = await import("/core.js");
          let most = 0, buttons = 0, still = 0, last = 0;
          while (still < (state.list.cursor ? 1200 : 40)) { // half a minute for a page that is on its way
            scrollTo(0, document.documentElement.scrollHeight);
            await pause(25);
            most = Math.max(most, document.querySelectorAll(".card").length);
            const button = [...document.querySelectorAll("#more button")].at(-1);
            if (button && !button.closest("[hidden]")) { buttons += 1; button.click(); }
            still = all() === last ? still + 1 : 0;
            last = all();
          }
          return { most, buttons, last };
        }"""
    )
    assert walked["last"] == MANY
    assert walked["most"] < MOST_CARDS
    assert walked["buttons"] >= MANY / 100 / 3 - 2
    assert in_visual_order(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    page.wait_for_function(FILLED)
    assert in_visual_order(page)
    assert 0 < page.locator(".card").count() < MOST_CARDS


@pytest.mark.slow
def test_after_three_pages_a_button_leads_on(open_page: OpenPage, crowded: DevServer) -> None:
    page = open_page(crowded.url)
    button = page.get_by_role("button", name="Load more")
    end = "scrollTo(0, document.documentElement.scrollHeight)"
    seen = "[...document.querySelectorAll('#more button')].some(at => at.checkVisibility())"
    page.wait_for_function(f"() => {{ {end}; return {seen}; }}")
    expect(button).to_be_visible()
    before = page.evaluate("document.documentElement.scrollHeight")
    button.click()
    page.wait_for_function("before => document.documentElement.scrollHeight > before", arg=before)


@pytest.mark.slow
def test_a_focused_card_stays_in_the_document_however_far_one_scrolls(open_page: OpenPage, crowded: DevServer) -> None:
    page = open_page(crowded.url)
    page.locator(".card .open").nth(1).focus()
    name = page.evaluate("document.activeElement.closest('.card').dataset.id")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function(FILLED)
    assert page.evaluate("scrollY") > 2000
    assert page.evaluate("document.activeElement.closest('.card')?.dataset.id") == name
    assert in_visual_order(page)


@pytest.mark.slow
def test_back_finds_the_place_and_the_card_that_one_came_from(open_page: OpenPage, crowded: DevServer) -> None:
    page = open_page(crowded.url)
    page.wait_for_function("scrollTo(0, 4000) || scrollY > 3600")
    page.wait_for_function(FILLED)
    whole = "cards => cards.map(c => c.getBoundingClientRect()).findIndex(c => c.top > 100 && c.bottom < innerHeight - 50)"
    card = page.locator(".card").nth(page.locator(".card").evaluate_all(whole))  # the focus leads to it without scrolling
    name, place = card.get_attribute("data-id"), page.evaluate("scrollY")
    card.locator(".open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#picture")).to_be_visible()
    page.go_back()
    expect(page.locator("#picture")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('.card')?.dataset.id") == name
    page.get_by_role("link", name="Comics").evaluate("tab => tab.click()")  # a hand would scroll up to it, and leave from there
    page.wait_for_url("**/?category=comics")
    page.go_back()
    page.wait_for_function("place => Math.abs(scrollY - place) < 400", arg=place)
    page.reload()
    page.wait_for_function("place => Math.abs(scrollY - place) < 400", arg=place)


def test_arrow_keys_walk_along_the_wall_and_never_under_the_header(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.locator(".card .open").first.focus()
    seen = set()
    for key in ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"]:
        page.keyboard.press(key)
        at = page.evaluate("(() => { const r = document.activeElement.getBoundingClientRect(); return [r.top, r.bottom] })()")
        seen.add(page.evaluate("document.activeElement.closest('.card').dataset.id"))
        assert at[0] >= page.locator(".top").bounding_box()["height"] - 1
        assert at[1] <= page.viewport_size["height"]
    assert len(seen) >= 3


def test_tabs_filter_and_are_links(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    tab = page.get_by_role("link", name="General Illustrations")
    expect(tab).to_contain_text("15")
    tab.click()
    expect(tab).to_have_attribute("aria-current", "page")
    expect(page.locator(".card")).to_have_count(15)
    page.get_by_role("link", name="Comics").click()
    expect(page.get_by_role("heading", name="Nothing is filed here yet.")).to_be_visible()
    page.get_by_role("link", name="Show everything").click()
    expect(page.locator(".card")).to_have_count(15)


def test_pictures_keep_their_place_while_they_load(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shift += entry.value; })
          .observe({ type: "layout-shift", buffered: true });"""
    )
    page.goto(gallery.url)
    expect(page.locator(".card")).to_have_count(15)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("shift") < 0.02


def test_the_gallery_away_is_said_and_it_is_found_again(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    expect(page.locator(".card")).to_have_count(15)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator(".card")).to_have_count(15)
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


def test_a_first_page_that_fails_is_said_and_asked_for_again(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    page.route(
        "**/api/images?*",
        lambda route: route.fulfill(status=500, json={"error": "internal", "message": "Out of ink.", "details": None}),
    )
    page.goto(gallery.url)
    expect(page.get_by_role("heading", name="The pictures didn't come.")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("Out of ink.")
    page.unroute("**/api/images?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".card")).to_have_count(15)


def test_the_hues_of_the_strip_are_those_of_the_catalog(open_page: OpenPage, gallery: DevServer) -> None:
    from sightsync.colours import HUES

    page = open_page(gallery.url)
    assert page.evaluate("import('/core.js').then(module => module.HUES)") == HUES
    strip = page.locator(".under .hue")
    assert [hue.get_attribute("aria-label") for hue in strip.all()] == list(HUES)


def alternatives(page: Page) -> list[str]:
    return list(page.locator(".card img").evaluate_all("all => all.map(img => img.alt)"))


def test_the_order_is_chosen_from_a_list_by_hand_or_key_and_stands_in_the_address(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    expect(page.locator(".card")).to_have_count(15)
    newest = alternatives(page)
    order = page.get_by_role("combobox", name="Order")
    order.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**/?sort=oldest")
    expect(page.locator(".card img").first).to_have_attribute("alt", newest[-1])
    page.get_by_role("link", name="General Illustrations").click()
    page.wait_for_url("**/?category=illustrations&sort=oldest")
    order.select_option("Words that disagree first")
    page.wait_for_url("**/?category=illustrations&sort=disagreement")
    page.locator(".wordmark").click()
    expect(order).to_have_value("")
    expect(page.locator(".card img").first).to_have_attribute("alt", newest[0])


def test_a_link_to_a_shuffled_wall_shows_the_same_order(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.get_by_role("combobox", name="Order").select_option("Shuffled")
    page.wait_for_url(re.compile(r"sort=shuffle&seed=\d+$"))
    expect(page.locator(".card")).to_have_count(15)
    again = open_page(page.url)
    expect(again.locator(".card")).to_have_count(15)
    assert alternatives(again) == alternatives(page)
    expect(again.get_by_role("combobox", name="Order")).to_have_value("shuffle")


def test_an_order_is_offered_where_it_means_something(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f"{gallery.url}/?sort=upside-down&seed=x")
    expect(page.locator(".card")).to_have_count(15)
    order = page.locator("#order")
    expect(order).to_have_value("")
    page.get_by_label("Search the pictures").fill("flag")
    expect(order).to_be_hidden()  # what was found has an order of its own
    signed_out = open_page("about:blank")
    refusal = {"error": "sign_in_required", "message": "", "details": None}
    signed_out.route("**/api/desk", lambda route: route.fulfill(status=401, json=refusal))
    signed_out.goto(gallery.url)
    expect(signed_out.locator("#order option:not([hidden])")).to_have_count(3)
