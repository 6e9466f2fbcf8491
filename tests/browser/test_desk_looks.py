"""How the Desk looks to everybody: nothing for axe to find, narrow windows, big type, thumbs."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.test_looks import AXE, audit
from tests.browser.waiting import REASON, asked, lay
from tests.dev_server import DevServer

pytestmark = pytest.mark.slow  # each reason in each setting


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """A Desk with one picture for each reason, for tests that only look."""
    with DevServer(tmp_path_factory.mktemp("desk") / "data") as server:
        lay(server, drafts=1, disagree=1, wordless=1, unfiled=1, near=1, failed=1)
        yield server


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_axe_finds_nothing_on_the_desk_whatever_waits(open_page: OpenPage, full: DevServer, phone: bool, dark: bool) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci")
    page = open_page(f"{full.url}/?desk=1", phone=phone, dark=dark)
    for n, reason in enumerate(REASON):
        if n:
            page.locator("#desk .next").click()
        asked(page, reason)
        page.wait_for_load_state("networkidle")
        assert audit(page) == [], reason


def test_the_desk_fits_narrow_windows_big_type_and_thumbs(open_page: OpenPage, full: DevServer) -> None:
    page = open_page(f"{full.url}/?desk=1", phone=True, viewport={"width": 320, "height": 640})
    small = """() => [...document.querySelectorAll('#desk button, #desk label.pick')].filter(e => e.checkVisibility())
      .map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, at]) => at.height < 43.5 || at.width < 43.5).map(String)"""
    for double in (False, True):
        page.evaluate("double => { document.documentElement.style.fontSize = double ? '200%' : ''; }", double)
        for reason in REASON:
            asked(page, reason)
            assert page.locator("#desk").evaluate("desk => desk.scrollWidth <= desk.clientWidth"), reason
            assert page.evaluate(small) == [], reason
            if reason != "failed":
                page.locator("#desk .next").click()
        page.reload()
