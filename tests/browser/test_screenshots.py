"""The views that people meet first, as pictures: kept where `./sightsync test --screenshots DIR` says, and never blank."""

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.dev_server import DevServer

pytestmark = [pytest.mark.slow, pytest.mark.screenshots]

SAMPLES = 12
FEWEST_COLOURS = 12  # of a page that shows anything at all


@pytest.fixture(scope="module")
def hung(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """The twelve samples on the wall, and two drafts on the Desk."""
    with DevServer(tmp_path_factory.mktemp("hung") / "data") as server:
        assert server.client.post("/api/samples").status_code == 200
        ids = [image["id"] for image in server.client.get("/api/images?owner=me&limit=100").json()["images"]]
        server.settled(ids, match=True)
        for image in server.client.get("/api/images").json()["images"]:
            if image["filename"] in ("birches.jpg", "lemons.jpg"):
                server.client.patch(f"/api/images/{image['id']}", json={"published": False})
        yield server


def wall(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator(".card").nth(5)).to_be_visible()


def dialog(page: Page, url: str) -> None:
    wall(page, url)
    page.locator(".card .open").nth(1).click()
    expect(page.locator("#picture .verdict")).to_be_visible()


def search(page: Page, url: str) -> None:
    page.goto(f"{url}/?q=red")
    expect(page.locator(".card").first).to_be_visible()


def desk(page: Page, url: str) -> None:
    page.goto(f"{url}/?desk=1")
    expect(page.locator(".desk-why")).to_be_visible()


def sheet(page: Page, url: str) -> None:
    wall(page, url)
    page.set_input_files("#files", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words, no picture"})
    expect(page.locator(".row").first).to_be_visible()


VIEWS: dict[str, Callable[[Page, str], None]] = {"wall": wall, "dialog": dialog, "search": search, "desk": desk, "sheet": sheet}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_something(
    open_page: OpenPage, hung: DevServer, view: str, phone: bool, dark: bool, tmp_path: Path
) -> None:
    page = open_page("about:blank", phone=phone, dark=dark)
    VIEWS[view](page, hung.url)
    keep(page, tmp_path, f"{view}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_an_empty_gallery_shows_how_to_begin(open_page: OpenPage, server: DevServer, dark: bool, tmp_path: Path) -> None:
    page = open_page(server.url, dark=dark)
    expect(page.get_by_role("heading", name="Hang your first picture.")).to_be_visible()
    keep(page, tmp_path, f"empty-wide-{'dark' if dark else 'light'}")


def keep(page: Page, folder: Path, name: str) -> None:
    page.wait_for_load_state("networkidle")
    body = page.screenshot()
    shown = Image.open(BytesIO(body)).convert("RGB")
    colours = shown.resize((200, 200)).getcolors(200 * 200) or []
    assert len(colours) > FEWEST_COLOURS, f"{name} is blank"
    folder = Path(os.environ.get("SIGHTSYNC_SCREENSHOTS") or folder)
    (folder / f"{name}.png").write_bytes(body)
