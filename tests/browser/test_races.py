"""Answers that come in another order than asked for, and hands faster than they: what is seen in the end is true."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import OpenPage, until
from tests.browser.waiting import hang
from tests.browser.wall import awake, counts_are_here
from tests.dev_server import DevServer
from tests.pictures import photo

COUNT = 4
AS_HUNG = {"published": True, "category": "illustrations", "tags": [], "title": "", "description": "A red field"}

Late = list[tuple[Route, APIResponse]]


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DevServer, list[str]]]:
    with DevServer(tmp_path_factory.mktemp("four") / "data") as server:
        yield server, hang(server, [photo(seed, 600, 400) for seed in range(COUNT)], description="A red field")


@pytest.fixture
def own(four: tuple[DevServer, list[str]]) -> DevServer:
    """Four published pictures of one's own, as they were hung whatever the test before did to them."""
    server, ids = four
    for image_id in ids:
        server.client.post(f"/api/images/{image_id}/restore")
    server.settled(ids, match=True)
    for image_id in ids:
        server.client.patch(f"/api/images/{image_id}", json=AS_HUNG)
    server.settled(ids, match=True)
    return server


def first_late(page: Page, url: str, method: str = "GET") -> Late:
    """Keeps back the answer to the first such request, given as early as can be; later ones pass."""
    late: Late = []

    def hold(route: Route) -> None:
        if late or route.request.method != method:
            route.fallback()
        else:
            late.append((route, route.fetch()))

    page.route(url, hold)
    return late


def asked(page: Page, late: Late) -> None:
    until(lambda: page.evaluate("true") and len(late) == 1, "it was not asked for")


def arrive(late: Late) -> None:
    [(route, answer)] = late
    route.fulfill(response=answer)


def hung(page: Page, count: int = COUNT) -> list[str]:
    expect(page.locator(".card")).to_have_count(count)
    return list(page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.id)"))


def test_what_is_brought_back_hangs_on_a_wall_that_came_meanwhile_and_only_once_it_is_ready(
    open_page: OpenPage, own: DevServer
) -> None:
    page = open_page(own.url)
    [first, *_] = hung(page)
    counts_are_here(page)
    page.locator(".card .open").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    hung(page, COUNT - 1)
    page.get_by_role("link", name="Illustrations").click()
    hung(page, COUNT - 1)
    early = 0

    def still_being_read(route: Route) -> None:
        nonlocal early
        early += 1
        answer = route.fetch()
        images = [image for image in answer.json()["images"] if early > 1 or image["id"] != first]
        route.fulfill(response=answer, json={"images": images, "next_cursor": None})

    page.route("**/api/images?*limit=*", still_being_read)
    page.locator("#toast").get_by_role("button", name="Undo").click()
    assert hung(page)[0] == first


def test_a_match_is_awaited_though_an_answer_from_before_says_that_all_is_done(open_page: OpenPage, own: DevServer) -> None:
    page = open_page("about:blank")
    page.clock.install()
    page.goto(own.url)
    [image_id, *_] = hung(page)
    page.locator(".card .open").first.click()
    expect(page.locator("#picture .verdict")).to_be_visible()
    page.wait_for_load_state("networkidle")
    late = first_late(page, "**/api/images?ids=*")
    page.evaluate("id => void import('/core.js').then(({ poll }) => poll([id]))", image_id)  # as while it is being read
    asked(page, late)
    page.clock.pause_at(page.evaluate("Date.now() + 5000"))  # it is not asked for again before the answer is here
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as saved:
        page.get_by_label("Description").fill("A field with a blue sky")
        page.get_by_label("Description").press("Control+Enter")
    assert saved.value.json()["match"]["reason"] == "pending"
    expect(page.locator("#picture .match")).to_have_text("Being compared with the picture…")
    with page.expect_response("**/api/images?ids=*"):
        arrive(late)
    page.clock.resume()
    expect(page.locator("#picture .verdict")).to_be_visible()


def kept_back(page: Page, url: str, method: str) -> list[Route]:
    """Requests that have not left the browser yet."""
    routes: list[Route] = []
    page.route(url, lambda route: routes.append(route) if route.request.method == method else route.fallback())
    return routes


def let_go(page: Page, routes: list[Route]) -> None:
    until(lambda: page.evaluate("true") and len(routes) > 0, "nothing was asked")
    routes.pop(0).continue_()


def over(page: Page) -> None:
    """Waits until nothing is being done to pictures any more."""
    page.wait_for_function("() => document.querySelector('.many .progress').hidden")


def image(server: DevServer, image_id: str) -> dict[str, Any]:
    return dict(server.client.get(f"/api/images/{image_id}").json())


def test_a_tag_typed_while_another_is_being_saved_is_kept_beside_it(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    [first, *_] = hung(page)
    page.locator(".card .open").first.click()
    late = first_late(page, f"**/api/images/{first}", "PATCH")
    field = page.get_by_role("textbox", name="Add a tag")
    field.fill("sea")
    field.press("Enter")
    asked(page, late)
    field.fill("boat")
    with page.expect_response(f"**/api/images/{first}"):
        arrive(late)
    field.press("Enter")
    expect(page.locator("#picture .tag")).to_have_text(["sea", "boat"])
    assert image(own, first)["tags"] == ["sea", "boat"]


def test_a_title_that_is_still_being_saved_is_not_undone_by_the_field_that_showed_the_old_one(
    open_page: OpenPage, own: DevServer
) -> None:
    page = open_page(own.url)
    [first, *_] = hung(page)
    page.locator(".card .open").first.click()
    routes = kept_back(page, f"**/api/images/{first}", "PATCH")
    title = page.get_by_role("textbox", name="Title", exact=True)
    title.fill("A new title")
    page.keyboard.press("Escape")
    expect(page.locator("#picture")).to_be_hidden()
    page.locator(".card .open").first.click()
    title.focus()
    let_go(page, routes)
    expect(title).to_have_value("A new title")


def test_what_was_filed_elsewhere_is_seen_there_and_no_longer_here(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    [first, second, _, last] = hung(page)
    own.client.patch(f"/api/images/{last}", json={"category": "comics"})
    page.reload()
    page.get_by_role("link", name="Comics").click()
    hung(page, 1)
    page.get_by_role("link", name="Everything").click()
    hung(page)
    page.locator(".card .open").first.click()
    page.locator("#picture").get_by_role("radio", name="Comics").click()
    expect(page.locator("#tabs")).to_contain_text("Comics2")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Comics").click()
    assert hung(page, 2) == [first, last]
    page.get_by_role("link", name="Illustrations").click()
    hung(page, 2)
    page.locator(".card .open").first.click()
    page.locator("#picture").get_by_role("radio", name="Comics").click()
    page.keyboard.press("Escape")
    assert second not in hung(page, 1)


def test_a_step_on_the_desk_is_seen_on_the_wall_though_the_desk_was_closed_before_it_was_done(
    open_page: OpenPage, own: DevServer
) -> None:
    page = open_page(own.url)
    [first, *_] = hung(page)
    own.client.patch(f"/api/images/{first}", json={"published": False})
    page.reload()
    hung(page, COUNT - 1)
    page.get_by_role("button", name="Desk").click()
    expect(page.locator(".desk-why")).to_have_text("Draft")
    routes = kept_back(page, f"**/api/images/{first}", "PATCH")
    page.locator(".desk-deeds").get_by_role("button", name="Publish").click()
    page.keyboard.press("Escape")
    expect(page.locator("#desk")).to_be_hidden()
    let_go(page, routes)
    hung(page)


def test_a_picture_opened_while_the_one_before_it_is_deleted_stays_open(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    [first, second, *_] = hung(page)
    page.locator(".card .open").first.click()
    routes = kept_back(page, f"**/api/images/{first}", "DELETE")
    page.locator("#picture").get_by_role("button", name="Delete").click()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/?image={second}")
    let_go(page, routes)
    expect(page.locator("#toast")).to_contain_text("Deleted 1 picture.")
    over(page)
    assert page.url == f"{own.url}/?image={second}"


def test_what_was_pressed_twice_is_closed_at_once_and_no_further(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    hung(page)
    page.locator(".card .open").first.evaluate("open => { open.click(); open.click(); }")
    expect(page.locator("#picture")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#picture")).to_be_hidden()
    page.locator(".top button.desk").evaluate("button => { button.click(); button.click(); }")
    expect(page.locator("#desk")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#desk")).to_be_hidden()


def test_closing_twice_leaves_the_wall_where_it_is(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(f"{own.url}/?q=red")
    page.get_by_role("button", name="Clear the search").click()
    page.wait_for_url(f"{own.url}/")
    page.locator(".card .open").first.click()
    expect(page.locator("#picture")).to_be_visible()
    page.locator("#picture .close").evaluate("button => { button.click(); button.click(); }")
    expect(page.locator("#picture")).to_be_hidden()
    page.go_forward()  # which waits for all that is under way in the history
    page.go_back()
    assert page.url == f"{own.url}/"


def test_the_samples_are_asked_for_once(open_page: OpenPage, server: DevServer) -> None:
    page = open_page(server.url)
    routes = kept_back(page, "**/api/samples", "POST")
    page.get_by_role("button", name="Look around with 12 samples").click()
    page.evaluate("import('/core.js').then(({ refresh }) => refresh())")
    expect(page.get_by_role("button", name="Drawing the samples…")).to_be_disabled()
    let_go(page, routes)
    expect(page.locator(".card").first).to_be_visible()


def test_who_types_meanwhile_keeps_the_focus_when_many_are_done(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    hung(page)
    awake(page)
    page.locator(".card .check").first.click()
    routes = kept_back(page, "**/api/images", "PATCH")
    page.locator(".many-deeds").get_by_role("button", name="Unpublish").click()
    box = page.get_by_label("Search the pictures")
    box.click()
    page.keyboard.type("red")
    page.wait_for_url("**/?q=red")
    let_go(page, routes)
    over(page)
    expect(box).to_be_focused()
    expect(page.locator("#toast")).to_contain_text("Took 1 picture off the wall")


def test_a_key_pressed_while_the_scripts_are_on_their_way_is_not_lost(open_page: OpenPage, own: DevServer) -> None:
    page = open_page("about:blank")
    routes = kept_back(page, "**/owners.js", "GET")
    page.goto(own.url)
    hung(page)
    page.mouse.move(5, 5)
    page.mouse.move(9, 9)
    page.locator(".card .open").nth(1).focus()
    page.keyboard.press("x")
    let_go(page, routes)
    expect(page.locator(".many-count")).to_have_text("1 selected")


def test_a_picture_is_deleted_after_its_words_are_saved(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    [first, *_] = hung(page)
    page.locator(".card .open").first.click()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.method) if request.method == "DELETE" else None)
    page.on("response", lambda answer: seen.append("PATCH") if answer.request.method == "PATCH" else None)
    routes = kept_back(page, f"**/api/images/{first}", "PATCH")
    page.get_by_label("Description").fill("A red field, and words")
    page.locator("#picture").get_by_role("button", name="Delete").click()
    page.evaluate("true")
    let_go(page, routes)
    expect(page.locator("#toast")).to_contain_text("Deleted 1 picture.")
    assert seen == ["PATCH", "DELETE"]


def test_a_draft_that_was_published_does_not_come_back_with_an_older_list_of_drafts(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    ids = hung(page)[:3]
    own.client.patch("/api/images", json={"ids": ids[:2], "set": {"published": False}})
    page.reload()
    page.get_by_role("button", name="Desk").click()
    page.get_by_role("button", name="All drafts").click()
    expect(page.locator(".row")).to_have_count(2)
    page.get_by_role("button", name="Close; drafts are kept").click()
    own.client.patch("/api/images", json={"ids": ids[2:], "set": {"published": False}})
    late = first_late(page, "**/api/images?owner=me&check=drafts&limit=100")
    page.get_by_role("button", name="All drafts").click()
    asked(page, late)
    page.locator(".row").first.get_by_role("button", name="Publish").click()
    expect(page.locator(".row")).to_have_count(1)
    arrive(late)
    expect(page.locator(".row")).to_have_count(2)  # one that was here, and the new one


def test_a_picture_that_could_not_be_fetched_is_shown_once_the_gallery_is_back(open_page: OpenPage, own: DevServer) -> None:
    first = own.client.get("/api/images").json()["images"][0]["id"]
    own.client.patch(f"/api/images/{first}", json={"published": False})
    page = open_page("about:blank")
    page.route("**/api/**", lambda route: route.abort())
    page.goto(f"{own.url}/?image={first}")
    expect(page.locator("#picture")).to_contain_text("This picture isn't here.")
    page.unroute("**/api/**")
    expect(page.locator("#picture .large")).to_be_visible()


def test_from_a_picture_that_was_taken_down_one_goes_on_to_the_one_after_it(open_page: OpenPage, own: DevServer) -> None:
    page = open_page(own.url)
    [first, _, third, _] = hung(page)
    page.locator(".card .open").nth(1).click()
    page.locator("#picture").get_by_role("button", name="Unpublish").click()
    hung(page, COUNT - 1)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/?image={third}")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/?image={first}")
