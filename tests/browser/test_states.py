"""Every state that the page can be in: how it looks, what it says, and the way on."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.waiting import failing
from tests.browser.wall import hang
from tests.dev_server import DevServer
from tests.pictures import encoded, jpeg, plain

WAKING = "Saved. The model is waking; last time it took 3 min. You can leave."
FULL = {"error": "storage_full", "message": "There is no room left.", "details": None}


def file(name: str = "red.png", size: int = 60) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/png", "buffer": encoded(plain(size, 40, "#d13b35"), "PNG")}


def told(change: Callable[[dict[str, Any]], object]) -> Callable[[Route], None]:
    """Answers as the server does, but for what `change` makes of it."""

    def answer(route: Route) -> None:
        given = route.fetch()
        body = given.json()
        change(body)
        route.fulfill(response=given, json=body)

    return answer


# --- loading, empty, samples


def test_while_the_pictures_are_on_their_way_their_place_is_kept_and_nothing_shimmers(
    open_page: OpenPage, gallery: DevServer
) -> None:
    page = open_page("about:blank")
    held: list[Route] = []
    page.route("**/api/images?*", lambda route: held.append(route))
    with page.expect_request("**/api/images?*"):
        page.goto(gallery.url, wait_until="domcontentloaded")
    main = page.get_by_role("main")
    expect(main.get_by_role("heading", level=2)).to_have_count(0)
    expect(main.get_by_role("img")).to_have_count(0)
    expect(page.get_by_role("contentinfo")).to_be_hidden()  # it would jump away in a moment
    box = main.bounding_box()
    assert box is not None
    assert box["height"] > 500
    assert page.evaluate("document.getAnimations().length") == 0
    page.unroute("**/api/images?*")  # which lets go what was held
    expect(main.get_by_role("link")).to_have_count(15)
    expect(page.get_by_role("contentinfo")).to_be_visible()


def test_samples_are_not_offered_where_the_api_draws_none(open_page: OpenPage, server: DevServer) -> None:
    page = open_page(server.url)
    offer = page.get_by_role("button", name="Look around with 12 samples")
    expect(offer).to_be_visible()
    page.route("**/config.json", lambda route: route.fulfill(json={"api": "/api", "auth": None}))
    page.reload()
    expect(page.get_by_role("button", name="Add pictures")).to_be_visible()
    expect(offer).to_be_hidden()


def test_samples_hang_at_a_press_answer_what_is_tried_and_go_at_another(open_page: OpenPage, server: DevServer) -> None:
    page = open_page(server.url)
    main = page.get_by_role("main")
    main.get_by_role("button", name="Look around with 12 samples").click()
    expect(main.get_by_role("link").filter(has=page.get_by_role("img"))).to_have_count(12, timeout=60_000)
    expect(main.get_by_text("Some of these pictures are samples.")).to_be_visible()
    tries = main.get_by_text(re.compile("^Try ")).get_by_role("link")
    expect(tries).to_have_count(3)
    for query in tries.all_inner_texts():
        hits = server.client.get("/api/search", params={"q": query}).json()["hits"]
        assert any(hit["likely"] for hit in hits), query
    main.get_by_role("button", name="Remove the samples").click()
    expect(main.get_by_role("heading", name="Hang your first picture.")).to_be_visible()


# --- away and back


def test_what_was_hung_meanwhile_is_there_when_the_gallery_is_back(open_page: OpenPage, server: DevServer) -> None:
    hang(server, more=0)
    page = open_page(server.url)
    pictures = page.get_by_role("main").get_by_role("img")
    expect(pictures).to_have_count(6)
    away = page.get_by_text("The gallery can't be reached. What you see stays; it is tried again by itself.")
    page.clock.install()
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_label("Search the pictures").fill("flag")
    expect(away).to_be_visible()
    with page.expect_event("requestfailed"):  # the last that is tried by itself
        page.clock.pause_at(time.time() + 60)
    one = server.upload(jpeg(300, 200), description="hung meanwhile, a flag")
    server.settled([one], match=True)
    server.client.patch("/api/images", json={"ids": [one], "set": {"published": True}})
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try now").click()
    expect(away).to_be_hidden()
    page.clock.resume()
    expect(page.get_by_role("main").get_by_role("img", name="hung meanwhile, a flag")).to_be_visible()


# --- the model asleep


@pytest.fixture
def waking(open_page: OpenPage) -> Page:
    """A page that is told of a model on its way up, and of pictures that wait for it."""
    page = open_page("about:blank")

    def health(body: dict[str, Any]) -> None:
        body["vision"] |= {"name": "SigLIP and BLIP", "state": "waking", "last_wake_s": 180}

    def pictures(body: dict[str, Any]) -> None:
        for image in body.get("images", [body]):
            if "analysis" in image:
                image |= {"analysis": "waking", "caption": None, "match": None}

    page.route("**/api/health", told(health))
    page.route(re.compile(r"/api/images[?/]"), told(pictures))
    return page


def test_a_file_that_arrives_while_the_model_wakes_is_saved_and_one_may_leave(waking: Page, server: DevServer) -> None:
    waking.goto(server.url)
    waking.set_input_files("input[type=file]", file())
    sheet = waking.get_by_role("dialog", name="Drafts")
    expect(sheet.get_by_text(WAKING)).to_be_visible()
    expect(sheet.get_by_role("textbox", name="What red.png shows")).to_be_editable()
    expect(sheet.get_by_role("button", name="Publish", exact=True)).to_be_enabled()


def test_a_waking_model_is_told_beside_the_picture_on_the_desk_and_in_the_footer(waking: Page, server: DevServer) -> None:
    one = server.upload(jpeg(300, 200), description="a red field")
    server.settled([one], match=True)
    waking.goto(f"{server.url}/?image={one}")
    expect(waking.get_by_role("dialog").get_by_text(WAKING)).to_be_visible()
    waking.goto(f"{server.url}/?desk=1")
    expect(waking.get_by_role("dialog", name="Desk").get_by_text(WAKING)).to_be_visible()
    waking.goto(server.url)
    waking.get_by_role("button", name="SigLIP and BLIP: waking").click()
    expect(waking.get_by_role("dialog")).to_contain_text("It is waking now; waking took 3 min last time.")


# --- failed, full


@pytest.fixture
def broken(server: DevServer) -> tuple[DevServer, str]:
    """A server, and the id of a draft of its own that failed for reasons of ours."""
    [one] = [server.upload(jpeg(300, 200), "harbour.jpg", description="a red field")]
    server.settled([one], match=True)
    failing(server, one)
    return server, one


def test_a_picture_that_failed_is_tried_again_where_it_is_seen(open_page: OpenPage, broken: tuple[DevServer, str]) -> None:
    server, one = broken
    page = open_page(f"{server.url}/?image={one}")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.get_by_role("img", name="a red field")).to_be_visible()
    expect(dialog.get_by_role("button", name="Try again")).to_have_count(0)
    assert server.settled([one])[one]["status"] == "ready"


def test_a_draft_that_failed_stands_first_in_the_sheet_and_is_tried_again(
    open_page: OpenPage, broken: tuple[DevServer, str]
) -> None:
    server, _ = broken
    page = open_page(server.url)
    page.set_input_files("input[type=file]", file())
    rows = page.get_by_role("dialog", name="Drafts").get_by_role("listitem")
    expect(rows.filter(has_text="harbour.jpg")).to_contain_text("Something went wrong on our side.")
    expect(rows.first).to_contain_text("harbour.jpg")
    rows.first.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("textbox", name="What harbour.jpg shows")).to_have_value("a red field")


def test_a_store_without_room_is_named_and_the_file_waits_until_there_is_some(open_page: OpenPage, server: DevServer) -> None:
    page = open_page(server.url)
    page.route("**/store", lambda route: route.fulfill(status=503, json=FULL))
    page.set_input_files("input[type=file]", file())
    sheet = page.get_by_role("dialog", name="Drafts")
    expect(sheet.get_by_role("listitem").get_by_text("The gallery has no room left.")).to_be_visible()  # it is also said aloud
    expect(sheet.get_by_text("The connection was lost")).to_have_count(0)
    page.unroute("**/store")
    sheet.get_by_role("button", name="Try now").click()
    expect(sheet.get_by_role("textbox", name="What red.png shows")).to_be_visible()


# --- signed out


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """Six pictures that somebody else hung, on a server where people sign in."""
    data = tmp_path_factory.mktemp("foreign") / "data"
    with DevServer(data) as own:
        hang(own, more=0)
    with DevServer(data, ("--port", "0", "--issuer", "https://issuer.example")) as server:
        yield server


def test_visitors_see_search_and_open_and_are_offered_nothing_that_owners_do(open_page: OpenPage, foreign: DevServer) -> None:
    page = open_page(foreign.url)
    main = page.get_by_role("main")
    expect(main.get_by_role("img")).to_have_count(6)
    for name in ("Add", "Desk", "Select"):
        expect(page.get_by_role("button", name=re.compile(f"^{name}"))).to_have_count(0)
    page.get_by_label("Search the pictures").fill("red flag")
    expect(main.get_by_text("Less likely")).to_be_visible()
    main.get_by_role("link", name="A red flag above a blue one").click()
    dialog = page.get_by_role("dialog", name="A red flag above a blue one")
    expect(dialog.get_by_text("Agrees", exact=True)).to_be_visible()
    expect(dialog.get_by_role("textbox")).to_have_count(0)
    for name in ("Publish", "Unpublish", "Delete", "Use these words", "Download the original"):
        expect(dialog.get_by_role("button", name=name)).to_have_count(0)


def test_what_visitors_drop_or_paste_stays_with_them(open_page: OpenPage, foreign: DevServer) -> None:
    page = open_page(foreign.url)
    expect(page.get_by_role("main").get_by_role("img")).to_have_count(6)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(9)], "mine.png", { type: "image/png" }));
          const how = { dataTransfer: carried, bubbles: true, cancelable: true };
          for (const kind of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind, how));
          document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
        }"""
    )
    page.get_by_label("Search the pictures").fill("flag")
    page.wait_for_url("**/?q=flag")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert not [url for url in asked if "/uploads" in url or "/store" in url]


def test_an_address_of_the_desk_shows_visitors_the_wall(open_page: OpenPage, foreign: DevServer) -> None:
    page = open_page(f"{foreign.url}/?desk=1")
    expect(page.get_by_role("main").get_by_role("img")).to_have_count(6)
    expect(page).to_have_url(f"{foreign.url}/")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_an_empty_gallery_offers_visitors_nothing_to_add(open_page: OpenPage, tmp_path: Path) -> None:
    with DevServer(tmp_path / "data", ("--port", "0", "--issuer", "https://issuer.example")) as server:
        page = open_page(server.url)
        expect(page.get_by_role("heading", name="Nothing hangs here yet.")).to_be_visible()
        expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)


# --- a picture out of the clipboard


def test_a_picture_that_is_pasted_becomes_a_draft(open_page: OpenPage, server: DevServer) -> None:
    page = open_page(server.url, permissions=["clipboard-read", "clipboard-write"])
    expect(page.get_by_role("heading", name="Hang your first picture.")).to_be_visible()
    page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 80, height: 60 });
          canvas.getContext("2d").fillRect(0, 0, 80, 60);
          const made = await new Promise(done => canvas.toBlob(done, "image/png"));
          await navigator.clipboard.write([new ClipboardItem({ "image/png": made })]);
        }"""
    )
    page.keyboard.press("Control+v")
    sheet = page.get_by_role("dialog", name="Drafts")
    expect(sheet.get_by_role("textbox")).to_have_count(1)
    [draft] = server.client.get("/api/images", params={"owner": "me", "check": "drafts"}).json()["images"]
    assert (draft["width"], draft["height"]) == (80, 60)


def test_words_that_are_pasted_into_a_field_are_words(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url, permissions=["clipboard-read", "clipboard-write"])
    expect(page.get_by_role("main").get_by_role("img")).to_have_count(15)
    page.evaluate("navigator.clipboard.writeText('yellow tower')")
    page.get_by_label("Search the pictures").focus()
    page.keyboard.press("Control+v")
    page.wait_for_url("**/?q=yellow+tower")
    expect(page.get_by_role("dialog")).to_be_hidden()
