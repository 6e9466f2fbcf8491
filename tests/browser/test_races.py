"""Answers that come in another order than asked for, and hands faster than they: what is seen in the end is true."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import OpenPage, until
from tests.browser.waiting import hang
from tests.browser.wall import counts_are_here
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


def first_late(page: Page, url: str | re.Pattern[str], method: str = "GET") -> Late:
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
