"""For everybody: 320 px, text at 200 %, forced colours, reduced motion, thumbs. Nothing for axe to find, nothing out of reach."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_looks import AXE, audit
from tests.browser.waiting import lay
from tests.browser.wall import hang
from tests.dev_server import DevServer

pytestmark = pytest.mark.slow  # each place in each setting; axe runs elsewhere as well

PLACES = ("wall", "search", "nothing", "dialog", "sheet", "desk")
NARROW = {"viewport": {"width": 320, "height": 640}}
CIRCUMSTANCES: Mapping[str, Mapping[str, object]] = {
    "320 px": NARROW,
    "200 % text": {},
    "320 px, 200 % text": NARROW,
    "forced colours": {"forced_colors": "active"},
    "reduced motion": {"reduced_motion": "reduce"},
}
DOUBLE = "document.documentElement.style.fontSize = '200%'"

# What reaches over the sides of the window and cannot be scrolled to where it is meant to be.
SIDEWAYS = """() => {
  const home = document.querySelector("dialog:modal") ?? document.documentElement;
  const scrolls = [home, ...home.querySelectorAll("*")].filter(at => at.scrollWidth > at.clientWidth + 1 && at.clientWidth
    && ["auto", "scroll"].includes(getComputedStyle(at).overflowX) && !["tabs-scroller", "query-chips"].includes(at.className));
  const page = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
  const over = [...home.querySelectorAll("a, button, input, textarea, summary, h2, p, img")].filter(at => at.checkVisibility()
    && !at.closest(".tabs-scroller, .query-chips, .unseen, .skip") && !at.matches(".unseen, .skip")
    && (at.getBoundingClientRect().right > innerWidth + 1 || at.getBoundingClientRect().left < -1));
  return [...page, ...[...scrolls, ...over].map(at => `${at.localName}.${at.className} ${at.textContent.slice(0, 30)}`)];
}"""

# What a thumb may miss: pressed things under 44 px either way. Links in the middle of a sentence are as high as their line.
SMALL = """() => [...(document.querySelector("dialog:modal") ?? document.body)
    .querySelectorAll("a[href], button, summary, label:has(input), input, textarea")]
  .filter(at => at.checkVisibility({ opacityProperty: true }) && !at.matches("p a, .try a, label > input, .skip"))
  .map(at => [at, at.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < 43.5 || box.height < 43.5))
  .map(([at, box]) => `${at.localName}.${at.className} ${at.textContent.trim().slice(0, 30)} ${box.width}x${box.height}`)"""

MOVING = "document.getAnimations().filter(one => one.effect.getComputedTiming().activeDuration > 0).length"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """Pictures on the wall, and one that waits for each reason on the Desk."""
    with DevServer(tmp_path_factory.mktemp("everybody") / "data") as server:
        hang(server, more=3)
        lay(server, drafts=1, disagree=1, wordless=1, unfiled=1, near=1, failed=1)
        yield server


def striped(server: DevServer) -> str:
    """The picture whose words agree with it."""
    images = server.client.get("/api/images", params={"limit": 100}).json()["images"]
    return next(image["id"] for image in images if image["description"] == "A red flag above a blue one")


def show(page: Page, server: DevServer, place: str) -> None:
    address = {"search": "/?q=colour:red+flag", "nothing": "/?q=zzzz", "desk": "/?desk=1", "dialog": f"/?image={striped(server)}"}
    page.goto(server.url + address.get(place, "/"))
    main = page.get_by_role("main")
    if place == "nothing":
        expect(main.get_by_role("heading", name="Nothing here looks like that.")).to_be_visible()
    elif place == "desk":
        expect(page.get_by_role("dialog", name="Desk").get_by_role("region")).to_be_visible()
    else:
        expect(main.get_by_role("img").first).to_be_visible()
    if place == "dialog":
        expect(page.get_by_role("dialog").get_by_text("Agrees", exact=True)).to_be_visible()
        for summary in page.get_by_role("dialog").locator("summary").all():
            summary.click()
    if place == "sheet":
        page.set_input_files("input[type=file]", {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""})
        expect(page.get_by_role("dialog", name="Drafts").get_by_role("textbox").first).to_be_visible()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("circumstance", CIRCUMSTANCES)
def test_every_place_is_whole_and_axe_finds_nothing(open_page: OpenPage, shown: DevServer, circumstance: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci")
    page = open_page("about:blank", **CIRCUMSTANCES[circumstance])
    if "200" in circumstance:
        page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {DOUBLE} }})")
    for place in PLACES:
        show(page, shown, place)
        assert page.evaluate(SIDEWAYS) == [], place
        # Colours that are forced are the reader's own; axe takes them for ours, from -webkit-text-fill-color.
        found = [problem for problem in audit(page) if not ("forced" in circumstance and problem.startswith("color-contrast"))]
        assert found == [], place
        assert circumstance != "reduced motion" or page.evaluate(MOVING) == 0, place


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_too_small_for_a_thumb(open_page: OpenPage, shown: DevServer, place: str) -> None:
    page = open_page("about:blank", phone=True)
    show(page, shown, place)
    assert page.evaluate(SMALL) == []
