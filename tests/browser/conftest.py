"""Chromium and real dev servers for the page's tests. A page that logs an error or breaks its own CSP fails its test."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.wall import hang
from tests.dev_server import DevServer

CHROMIUM = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome") or ""
# For every window Chromium loads two pages of its own, for an address bar that nobody sees, and starts a process to spare:
# more than half of what a window costs.
UNWANTED = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"]
OF_PLAYWRIGHT = [  # what it switches off itself; of two such lists Chromium takes the last
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join([*UNWANTED, *OF_PLAYWRIGHT])}",
]
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
EXPECTED = ("Failed to load resource",)  # answers of 4xx that a test asks for; what the page makes of them is what is tested

expect.set_options(timeout=PATIENCE_MS)  # what is promised is that it comes, not how fast a busy machine shows it

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.fspath).parts:
            item.add_marker("browser")


@pytest.fixture(scope="module")  # not longer: while Playwright is up, its event loop runs in this thread, and Mangum needs its own
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).is_file():
        pytest.skip("no Chromium here: install it, or set CHROME_PATH")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """A server with fifteen published pictures, for tests that only look."""
    with DevServer(tmp_path_factory.mktemp("gallery") / "data") as server:
        hang(server)
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DevServer]:
    """An empty server of the test's own."""
    with DevServer(tmp_path / "data") as own:
        yield own


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens addresses in windows of any size and colour scheme, and ends the test if the page made a mistake there."""
    contexts: list[BrowserContext] = []
    mistakes: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            mistakes.append(message.text)

    def open_(url: str, *, phone: bool = False, dark: bool = False, **options: object) -> Page:
        scheme = "dark" if dark else "light"
        size = PHONE if phone else WIDE
        touch = {"has_touch": phone, "is_mobile": phone}
        context = browser.new_context(**{"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce", **touch, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", note)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        for page in context.pages:  # a request still being answered here would end the test that comes next
            page.unroute_all(behavior="ignoreErrors")
        context.close()
    assert mistakes == []


def until(true: Callable[[], bool], what: str, patience_s: float = 60) -> None:
    """Waits for something outside the page."""
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)
