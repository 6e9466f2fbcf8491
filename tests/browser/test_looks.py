"""What holds for the whole page: nothing for axe to find, light weight, inert text, contrast, small windows, big type."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from sightsync.colours import oklab
from tests.browser.conftest import OpenPage
from tests.dev_server import DevServer
from tests.pictures import jpeg

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
HEAVIEST = 60_000  # bytes of all scripts and styles that there are, as they travel; no visit fetches them all
HEAVIEST_AT_FIRST = 34_000  # of those that the wall needs
HEAVIEST_FOR_VISITORS = 46_000

HOSTILE = [
    '<img src=x onerror="window.pwned=1">',
    "<script>window.pwned=1</script>",
    '"><svg onload=window.pwned=1>',
    "{{constructor.constructor('window.pwned=1')()}} ${window.pwned=1} \ue000",
    "שלום עולם — abc \u202e evil \u2067 mixed",
    "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301\u0301\u0301 ﷽",
]


def show_sheet(page: Page) -> None:
    """Drafts beside a file that is refused."""
    page.set_input_files("#files", {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""})
    expect(page.locator(".row[data-state=ready]")).to_have_count(3)


# What is replaced while it is looked at is found to stand nowhere: then it is looked at once more, a few times at most.
AUDIT = """async () => {
    let changed;
    new MutationObserver(() => (changed = true)).observe(document, { subtree: true, childList: true });
    for (let turn = 1; ; turn++) {
        changed = false;
        const found = await axe.run(document, { resultTypes: ['violations', 'incomplete'] });
        if (!changed || turn === 4) return found;
    }
}"""


def audit(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())  # CSP forbids a script tag of ours; evaluate does not go through the page's policy
    found = page.evaluate(AUDIT)
    problems = [*found["violations"], *(one for one in found["incomplete"] if one["id"] != "color-contrast")]
    return [f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']]}" for one in problems]


@pytest.fixture(scope="module")
def drafts(gallery: DevServer) -> Iterator[list[str]]:
    """Three drafts on the gallery's Desk, for as long as this module runs."""
    ids = [gallery.upload(jpeg(300 + n, 200), f"draft {n}.jpg", description="a red field") for n in range(3)]
    gallery.settled(ids, match=True)
    yield ids
    for image_id in ids:
        gallery.client.delete(f"/api/images/{image_id}")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
@pytest.mark.parametrize("place", ["wall", "search", "nothing", "picture", "sheet", "models"])
def test_axe_finds_nothing(open_page: OpenPage, gallery: DevServer, drafts: list[str], place: str, phone: bool, dark: bool) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci")
    query = {"search": "?q=colour:red flag", "nothing": "?q=zzzz"}.get(place, "")
    page = open_page(f"{gallery.url}/{query}", phone=phone, dark=dark)
    expect(page.locator("#state h2") if place == "nothing" else page.locator(".card").first).to_be_visible()
    if place == "picture":
        page.locator(".card .open").first.click()
        expect(page.locator("#picture .verdict")).to_be_visible()
        for summary in page.locator("#picture summary").all():
            summary.click()
    if place == "sheet":
        show_sheet(page)
    if place == "models":
        page.locator("#models-button").click()
        expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert audit(page) == []


def scripts_and_styles() -> list[str]:
    return [file.relative_to(FRONTEND).as_posix() for file in FRONTEND.rglob("*") if file.suffix in {".js", ".css"}]


def weight(server: DevServer, fetched: Iterable[str]) -> int:
    """Bytes of these scripts and styles as they travel, compressed."""
    paths = {path for url in fetched if (path := urlsplit(url).path).endswith((".js", ".css"))}
    return sum(server.weight(path) for path in paths)


def test_all_that_the_page_can_load_stays_light(gallery: DevServer) -> None:
    assert HEAVIEST / 2 < weight(gallery, (f"/{name}" for name in scripts_and_styles())) < HEAVIEST


def test_a_browser_reads_the_same_rules_in_the_stylesheet_that_is_served(open_page: OpenPage, gallery: DevServer) -> None:
    rules = """text => { const sheet = new CSSStyleSheet();
        sheet.replaceSync(text);
        return [...sheet.cssRules].map(rule => rule.cssText).join(""); }"""
    page = open_page("about:blank")
    sent = gallery.client.get("/style.css").text
    written = (FRONTEND / "style.css").read_text()
    assert len(sent) < len(written)
    # What follows from a variable is not parsed but kept with its blanks; one after a comma says nothing.
    served, own = (re.sub(r",\s+", ",", page.evaluate(rules, text)) for text in (sent, written))
    assert served == own


def test_visitors_fetch_few_scripts_and_styles_and_for_the_wall_but_a_part_of_them(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    fetched: list[str] = []
    page.on("response", lambda answer: fetched.append(answer.url))
    page.route(
        "**/api/desk", lambda route: route.fulfill(status=401, json={"error": "sign_in_required", "message": "", "details": None})
    )
    page.goto(gallery.url)
    expect(page.locator(".card")).to_have_count(15)
    page.wait_for_load_state("networkidle")
    assert 20_000 < weight(gallery, fetched) < HEAVIEST_AT_FIRST
    page.locator(".card .open").first.click()
    expect(page.locator("#picture .verdict")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert f"{gallery.url}/owners.js" not in fetched
    assert weight(gallery, fetched) < HEAVIEST_FOR_VISITORS


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_written_in_line() -> None:
    page = (FRONTEND / "index.html").read_text()
    assert not re.search(r"https?://", re.sub(r'xmlns="[^"]+"', "", page))
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", page)
    for script in FRONTEND.rglob("*.js"):
        assert not re.search(
            r"\.innerHTML\s*=(?!\s*strings\.join)|insertAdjacentHTML|outerHTML\s*=|document\.write", script.read_text()
        ), script.name


def test_every_module_of_the_first_sight_is_announced_so_that_none_waits_for_another() -> None:
    announced = re.findall(r'rel="modulepreload" href="([^"]+)"', (FRONTEND / "index.html").read_text())
    needed, found = set(), {FRONTEND / "main.js"}
    while found:
        module = found.pop()
        needed.add(module)
        imported = re.findall(r'^import [^;]*"(\.[^"]+)";', module.read_text(), re.MULTILINE)
        found |= {(module.parent / name).resolve() for name in imported} - needed
    assert {FRONTEND / name for name in announced} | {FRONTEND / "main.js"} == needed


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    with DevServer(tmp_path_factory.mktemp("walls") / "data") as server:
        yield server


@pytest.fixture
def empty(walls: DevServer) -> Iterator[DevServer]:
    """A server without pictures, and without them again afterwards."""
    yield walls
    for image in walls.client.get("/api/images", params={"owner": "me"}).json()["images"]:
        walls.client.delete(f"/api/images/{image['id']}")


@pytest.mark.parametrize("text", HOSTILE, ids=["img", "script", "attribute", "template", "rtl", "emoji"])
def test_markup_in_peoples_words_is_inert_and_shown_as_written(open_page: OpenPage, empty: DevServer, text: str) -> None:
    server, another = empty, HOSTILE.index(text)  # a file that was there before would be a duplicate
    stored = server.upload(
        jpeg(300 + another, 200), f"{text[:30].replace(chr(10), ' ')}.jpg", description=text, title=text[:120], tags=[text[:40]]
    )
    server.settled([stored], match=True)
    assert server.client.patch(f"/api/images/{stored}", json={"published": True, "credit": text}).status_code == 200
    said = server.client.get(f"/api/images/{stored}").json()
    page = open_page(f"{server.url}/?q={text.split()[0]}")
    page.goto(server.url)
    expect(page.locator(".card .label > [dir]")).to_have_text(said["title"])
    assert page.locator(".card img").get_attribute("alt") == said["description"]
    page.locator(".card .open").click()
    expect(page.get_by_role("textbox", name="Description", exact=True)).to_have_value(said["description"])
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_have_value(said["title"])
    expect(page.locator(".tags a").first).to_have_text(said["tags"][0])
    page.locator("#picture .more-facts summary").click()
    page.locator("#picture").get_by_role("button", name="Delete").click()
    expect(page.locator("#toast")).to_contain_text("Deleted")
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.querySelectorAll('main script, main svg[onload], dialog script, [onerror]').length") == 0


def test_words_of_people_carry_their_own_direction(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    expect(page.locator(".card .label > :last-child").first).to_have_attribute("dir", "auto")
    page.locator(".card .open").first.click()
    expect(page.get_by_label("Description")).to_have_attribute("dir", "auto")


def test_a_narrow_window_and_twice_the_type_need_no_sideways_scrolling(
    open_page: OpenPage, gallery: DevServer, drafts: list[str]
) -> None:
    page = open_page(gallery.url, viewport={"width": 320, "height": 640})
    for double in (False, True):
        page.evaluate("double => { document.documentElement.style.fontSize = double ? '200%' : ''; }", double)
        expect(page.locator(".card").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator(".card .open").first.click()
        expect(page.locator("#picture .verdict")).to_be_visible()
        assert page.evaluate(
            "(() => { const d = document.querySelector('#picture'); return d.scrollWidth <= d.clientWidth + 1; })()"
        )
        page.keyboard.press("Escape")
        expect(page.locator("#picture")).to_be_hidden()
        show_sheet(page)
        assert page.evaluate("(() => { const d = document.querySelector('.rows'); return d.scrollWidth <= d.clientWidth + 1; })()")
        page.keyboard.press("Escape")


def test_targets_on_a_phone_are_large_enough_for_thumbs(open_page: OpenPage, gallery: DevServer, drafts: list[str]) -> None:
    page = open_page(gallery.url, phone=True)
    small = """selector => [...document.querySelectorAll(selector)].filter(e => e.checkVisibility())
      .map(e => [`${e.className} ${e.textContent}`, e.getBoundingClientRect()])
      .filter(([, at]) => at.height && (at.height < 43.5 || at.width < 43.5))
      .map(([name, at]) => `${name} ${at.width}x${at.height}`)"""
    expect(page.locator(".card").first).to_be_visible()
    page.locator("#to-search").click()
    assert page.evaluate(small, ".top button, .tab, .bottom button, .foot-page button") == []
    page.locator("#to-wall").click()
    page.locator(".card .open").first.click()
    expect(page.locator("#picture .verdict")).to_be_visible()
    assert page.evaluate(small, "#picture button, #picture a, #picture label.pick, #picture summary") == []
    page.locator("#picture .close").click()
    show_sheet(page)
    assert page.evaluate(small, "#sheet button, #sheet label.pick") == []


# --- the colours themselves

TOKEN = re.compile(r"--([\w-]+): light-dark\(oklch\(([\d. ]+)\), oklch\(([\d. ]+)\)\)")
TEXT = ("ink", "ink-2", "accent", "agree", "partly", "disagree")
SURFACES = ("paper", "raised", "sunk")


def tokens() -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    found = TOKEN.findall((FRONTEND / "style.css").read_text())
    return {name: (tuple(map(float, light.split())), tuple(map(float, dark.split()))) for name, light, dark in found}


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Relative luminance of an OKLCH colour, clipped to sRGB. WCAG 2.2; Ottosson 2020 for the way to linear RGB."""
    from math import cos, radians, sin

    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return sum(weight * min(1.0, max(0.0, part)) for weight, part in ((0.2126, red), (0.7152, green), (0.0722, blue)))


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    low, high = sorted((luminance(*one), luminance(*other)))
    return (high + 0.05) / (low + 0.05)


def test_luminance_is_that_of_known_colours() -> None:
    assert luminance(1, 0, 0) == pytest.approx(1, abs=1e-3)
    assert luminance(oklab("#828282")[0], 0, 0) == pytest.approx(0.2232, abs=2e-3)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
def test_text_and_edges_stand_out_on_every_surface(surface: str, scheme: int) -> None:
    colours = tokens()
    for name in TEXT:
        assert contrast(colours[name][scheme], colours[surface][scheme]) >= 5, name
    assert contrast(colours["edge"][scheme], colours[surface][scheme]) >= 3
    assert contrast(colours["paper"][scheme], colours["ink"][scheme]) >= 5


def test_a_colour_is_written_once() -> None:
    for sheet in FRONTEND.rglob("*.css"):
        text = sheet.read_text()
        rest = TOKEN.sub("", text) if sheet.name == "style.css" else text
        strange = [
            colour
            for colour in re.findall(r"#[0-9a-f]{3,8}\b|oklch\([^)]*\)|rgba?\([^)]*\)", rest)
            if not colour.startswith(("oklch(0 0 0", "oklch(1 0 0"))
        ]
        assert [c for c in strange if not re.fullmatch(r"#(q|files|live|\w*[g-z]\w*)", c)] == [], sheet.name


def test_the_page_says_who_it_is(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    assert page.title() == "SightSync"
    assert len(page.locator('meta[name="description"]').get_attribute("content") or "") > 50
    assert gallery.client.get("/robots.txt").status_code == 200
    assert gallery.client.get("/favicon.svg").headers["content-type"].startswith("image/svg")
    assert json.loads(gallery.client.get("/config.json").text)["api"] == "/api"
