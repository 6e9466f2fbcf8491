"""What somebody has begun outlives the page: files on their way go on by themselves, words typed come back."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import OpenPage, until
from tests.browser.test_upload import READY, pick
from tests.dev_server import DevServer
from tests.pictures import encoded, plain

SENDING = ".row[data-state=sending]"
AGAIN = "Here again: {} on the way."


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """A red picture and a blue one."""
    files = [tmp_path / "red.png", tmp_path / "blue.png"]
    for file, colour in zip(files, ("#d13b35", "#2f55c0"), strict=True):
        file.write_bytes(encoded(plain(320, 240, colour), "PNG"))
    return files


KEPT = """async () => {
  const notes = Object.keys(JSON.parse(localStorage.kept ?? "{}"));
  if (!(await indexedDB.databases()).some(({ name }) => name === "sightsync")) return [notes, 0];
  const base = await new Promise(done => { indexedDB.open("sightsync").onsuccess = opened => done(opened.target.result); });
  const asked = base.transaction("files").objectStore("files").count();
  await new Promise(done => { asked.onsuccess = done; });
  base.close();
  return [notes, asked.result];
}"""


def kept(page: Page) -> tuple[list[str], int]:
    """The names of the notes, and how many files there are."""
    notes, files = page.evaluate(KEPT)
    return notes, files


def nothing_is_kept(page: Page) -> bool:
    notes, files = kept(page)
    return not notes and not files


class Store:
    """Lets the page's files through, or holds them on their way until the page is left."""

    def __init__(self, page: Page) -> None:
        self.holds = True
        self.taken = 0
        page.route("**/store", self._take)

    def _take(self, route: Route) -> None:
        if not self.holds:
            self.taken += 1
            route.continue_()


def stuck(page: Page, *files: Path) -> Store:
    """Files of which nothing arrives."""
    store = Store(page)
    pick(page, *files)
    expect(page.locator(SENDING)).to_have_count(len(files))
    until(lambda: kept(page)[1] == len(files), "not all is kept")
    store.holds = False
    return store


def ids(server: DevServer) -> list[str]:
    return sorted(image["id"] for image in server.client.get("/api/images", params={"owner": "me"}).json()["images"])


def said(page: Page) -> str:
    return page.locator("#toast .toast-words").inner_text()


def posts(page: Page, end: str) -> list[Request]:
    """The posts from now on to what ends so; the list grows."""
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request) if request.method == "POST" and request.url.endswith(end) else None)
    return seen


def show(page: Page) -> None:
    page.get_by_role("button", name="Show", exact=True).click()


def test_files_half_sent_when_the_page_is_reloaded_start_over_by_themselves(
    open_page: OpenPage, server: DevServer, two: list[Path]
) -> None:
    page = open_page(server.url)
    stuck(page, *two)
    asked = posts(page, "/api/uploads")
    page.reload()
    expect(page.locator("#toast .toast-words")).to_have_text(AGAIN.format("2 files"))
    expect(page.locator("#live")).to_contain_text(AGAIN.format("2 files"))
    show(page)
    expect(page.locator(READY)).to_have_count(2)
    assert len(asked) == 2
    assert len(ids(server)) == 2
    until(lambda: nothing_is_kept(page), "what has arrived is still kept")
    page.reload()
    expect(page.locator(".top .desk-count")).to_have_text("2")
    expect(page.locator("#toast")).to_be_hidden()
