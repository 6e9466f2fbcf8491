"""Scrolling along 20,000 pictures, traced: no task holds the page up, nothing jumps, and few cards are ever there."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sightsync.adapters.sqlite import SqliteCatalog
from tests.browser.conftest import OpenPage
from tests.browser.waiting import data_of
from tests.browser.wall import hang
from tests.dev_server import DevServer
from tests.records import an_image

MANY = 20_000
MOST_CARDS = 300
LONGEST_TASK_MS = 100
MOST_SHIFT = 0.02
SPEED = 4000  # px a second: a hand that means it
STRETCH = 12_000  # px in one go
TASKS = ("RunTask", "ThreadControllerImpl::RunTask")

WATCH = """
  window.shift = 0;
  window.most = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) window.shift += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  const look = () => {
    window.most = Math.max(window.most, document.querySelectorAll("main li").length);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """Twenty thousand records of many shapes, straight into the catalog, that share the files of fifteen pictures."""
    with DevServer(tmp_path_factory.mktemp("crowded") / "data") as server:
        hung = hang(server)
        catalog = SqliteCatalog(data_of(server) / "catalog.db")
        files = [image.derivatives for image in map(catalog.get, hung) if image]
        for i in range(MANY):
            shape = {"width": 600 + 37 * (i % 40), "height": 400 + 53 * (i % 23)}
            catalog.put(an_image(title=f"Number {i}", derivatives=files[i % len(files)], **shape), 0)
        catalog.close()
        yield server


def tasks_ms(trace: dict[str, Any]) -> list[float]:
    """The time that each task had the processor on a page's main thread, in ms: what other programs took is not in it."""
    events = trace["traceEvents"]
    main = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"}
    return [e["tdur"] / 1000 for e in events if e["name"] in TASKS and "tdur" in e and (e["pid"], e["tid"]) in main]


def scroll(page: Page, distance: int) -> None:
    """As a finger on a pad does, at a steady pace."""
    gesture = {"x": 700, "y": 500, "yDistance": -distance, "speed": SPEED, "gestureSourceType": "mouse", "preventFling": True}
    page.context.new_cdp_session(page).send("Input.synthesizeScrollGesture", gesture)


@pytest.mark.slow
def test_scrolling_along_twenty_thousand_pictures_never_holds_the_page_up(
    open_page: OpenPage, browser: Browser, crowded: DevServer
) -> None:
    page = open_page("about:blank")
    page.add_init_script(WATCH)
    page.goto(crowded.url)
    expect(page.get_by_role("link", name="Everything")).to_contain_text("20,015")
    page.wait_for_load_state("networkidle")
    browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline"])
    for _ in range(2):
        scroll(page, STRETCH)
    more = page.get_by_role("button", name="Load more")
    expect(more).to_be_visible()
    more.click()
    for _ in range(2):
        scroll(page, STRETCH)
    tasks = tasks_ms(json.loads(browser.stop_tracing()))
    # Further than the first pages, perhaps only now: what comes next may still be on its way.
    page.wait_for_function("() => [...document.querySelectorAll('[aria-posinset]')].some(at => at.ariaPosInSet > 360)")
    assert len(tasks) > 500
    assert max(tasks) < LONGEST_TASK_MS, sorted(tasks)[-5:]
    assert page.evaluate("shift") <= MOST_SHIFT
    assert 20 < page.evaluate("most") <= MOST_CARDS
