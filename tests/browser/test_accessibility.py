"""What the page is to those who hear it: roles, names, landmarks and headings in their order, and one calm voice.

The trees are as `aria_snapshot` writes them: names are strict, counts and addresses are not.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.hands import Hands
from tests.browser.waiting import asked, lay
from tests.browser.wall import hang, publish
from tests.dev_server import DevServer
from tests.pictures import encoded, halves, jpeg, plain

LANDMARKS = "banner|search|navigation|main|contentinfo|region|complementary|form|dialog|heading"

HEADER = r"""
- link "Skip to the pictures"
- banner:
  - /children: equal
  - link "SightSync"
  - search:
    - combobox "Search the pictures"
  - button /^Desk( \d+)?$/
  - button "Add"
- navigation "Categories and colours":
  - /children: equal
  - list:
    - listitem:
      - link /Everything \d+/
    - listitem:
      - link /Portraits \d+/
    - listitem:
      - link /General Illustrations \d+/
    - listitem:
      - link /Comics \d+/
    - listitem:
      - link /Uncategorised \d+/
  - combobox "Order"
  - group "Search by colour":
    - button "red"
    - button "orange"
    - button "yellow"
    - button "lime"
    - button "green"
    - button "teal"
    - button "cyan"
    - button "sky"
    - button "blue"
    - button "purple"
    - button "magenta"
    - button "pink"
"""
FOOTER = """
- contentinfo:
  - button "Reading colour and light only"
"""
EMPTY = """
- main:
  - /children: equal
  - heading "Pictures" [level=1]
  - heading "Hang your first picture." [level=2]
  - paragraph: Drop pictures anywhere on this page. They stay yours, as drafts, until you publish them.
  - button "Add pictures"
  - button "Look around with 12 samples"
  - list "Pictures"
"""
WALL = """
- main:
  - /children: equal
  - heading "Pictures" [level=1]
  - list "Pictures":
    - listitem:
      - /children: equal
      - link "Scene 0":
        - img "Scene 0"
      - button "More like this"
      - button "Less like this"
      - paragraph
    - listitem:
      - link "A yellow tower, very tall":
        - img "A yellow tower, very tall"
    - listitem:
      - link "A red flag above a blue one":
        - img "A red flag above a blue one"
"""
SEARCH = """
- main:
  - /children: equal
  - heading "Pictures" [level=1]
  - list "Pictures":
    - listitem:
      - /children: equal
      - link "A red flag":
        - img "A red flag"
      - paragraph: Its words say “red”, and its colours and light fit.
      - button "More like this"
      - button "Less like this"
      - paragraph
    - listitem: Less likely
    - listitem:
      - link
"""
PICTURE = r"""
- dialog "A red flag above a blue one":
  - /children: equal
  - group "The picture":
    - img "A red flag above a blue one"
  - button "Back to the wall"
  - button "Previous picture"
  - button "Next picture"
  - button "Show over the whole screen (F)"
  - textbox "Title"
  - textbox "Description": A red flag above a blue one
  - paragraph: "red: seen. blue: seen."
  - paragraph: Agrees
  - paragraph: /Red/
  - group: How this is measured
  - heading "Looks" [level=3]
  - paragraph
  - heading "Tags" [level=3]
  - list:
    - listitem:
      - textbox "Add a tag"
  - heading "Colours" [level=3]
  - list:
    - listitem:
      - link /red, \d+ %/
    - listitem:
      - link /blue, \d+ %/
  - group "Category":
    - text: Category
    - radio "Portraits"
    - text: Portraits
    - radio "General Illustrations" [checked]
    - text: General Illustrations
    - radio "Comics"
    - text: Comics
    - radio "Uncategorised"
    - text: Uncategorised
  - text: Credit
  - textbox "Credit"
  - heading "Looks alike" [level=3]
  - list
  - button "More like this"
  - button "Less like this"
  - group: Steps, file, measurement
  - button "Unpublish"
  - button "Share"
  - button "Delete"
  - paragraph
"""
SHEET = """
- dialog "Drafts":
  - /children: equal
  - heading "Drafts" [level=2]
  - button "Add more"
  - button "Close; drafts are kept"
  - list:
    - listitem:
      - /children: equal
      - paragraph: empty.jpg
      - paragraph: This file is empty. Try exporting or downloading it again.
      - button "Choose another"
      - button "Dismiss"
    - listitem:
      - /children: equal
      - paragraph: 0.jpg
      - paragraph: Draft
      - textbox "What 0.jpg shows": A red field
      - paragraph
      - paragraph
      - paragraph
      - group "Category":
        - radio "General Illustrations" [checked]
      - button "Publish"
      - button "Apply category to all"
      - button "Delete"
  - text: 1 draft kept on your Desk
  - paragraph
"""
DESK = """
- dialog "Desk":
  - /children: equal
  - heading "Desk" [level=2]
  - paragraph: 1 picture waits
  - paragraph
  - button "Keys on" [pressed]
  - button "Undo Z" [disabled]
  - button "Previous" [disabled]
  - button "Next" [disabled]
  - button "Back to the wall"
  - img "A red field"
  - 'region "Draft: A red field"':
    - /children: equal
    - list:
      - listitem: Draft
    - textbox "Description": A red field
    - paragraph
    - paragraph: Enter saves and publishes Shift Enter new line
    - paragraph
    - paragraph
    - heading "Looks" [level=3]
    - paragraph
    - group "Category":
      - radio "General Illustrations" [checked]
    - paragraph: /0.jpg/
    - button "Publish P"
    - button "Edit E"
    - button "Delete D"
  - paragraph
"""
CLEAR = """
- dialog "Desk":
  - heading "Desk" [level=2]
  - button "Back to the wall"
  - paragraph: Your desk is clear.
  - paragraph: Nothing waits for you. Go and look at your pictures.
  - button "Back to the wall"
"""
MODELS = """
- dialog "Reading colour and light only":
  - button "Close"
  - heading "Reading colour and light only" [level=2]
  - heading "It can" [level=3]
  - list
  - heading "It cannot" [level=3]
  - list
"""


@pytest.fixture(scope="module")
def hung(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """Seven pictures on the wall, one draft on the Desk."""
    with DevServer(tmp_path_factory.mktemp("hung") / "data") as server:
        hang(server, more=1)
        lay(server, drafts=1)
        yield server


def outline(page: Page | Locator) -> list[str]:
    """Landmarks and headings in their order, as they are told."""
    tree = page.locator("body").aria_snapshot() if isinstance(page, Page) else page.aria_snapshot()
    return [line.rstrip(":'") for line in re.findall(rf"^ *- '?((?:{LANDMARKS})\b.*)$", tree, re.MULTILINE)]


HEAD = ["banner", "search", 'navigation "Categories and colours"', "main", 'heading "Pictures" [level=1]']


def test_an_empty_gallery_tells_how_to_begin(open_page: OpenPage, server: DevServer) -> None:
    page = open_page(server.url)
    expect(page.locator("body")).to_match_aria_snapshot(HEADER + EMPTY + FOOTER)
    assert outline(page) == [*HEAD, 'heading "Hang your first picture." [level=2]', "contentinfo"]


def test_the_wall_is_a_list_of_named_pictures(open_page: OpenPage, hung: DevServer) -> None:
    page = open_page(hung.url)
    expect(page.locator("body")).to_match_aria_snapshot(HEADER + WALL + FOOTER)
    assert outline(page) == [*HEAD, "contentinfo"]


def test_a_phone_has_its_own_way_around(open_page: OpenPage, hung: DevServer) -> None:
    page = open_page(hung.url, phone=True)
    bar = page.get_by_role("navigation", name="Main")
    expect(bar).to_match_aria_snapshot("""
      - navigation "Main":
        - /children: equal
        - button "Wall"
        - button "Search"
        - button "Add"
        - button /^Desk \\d+$/
    """)
    expect(page.get_by_role("contentinfo")).to_be_visible()  # once there are pictures above it
    assert outline(page) == [*HEAD, "contentinfo", 'navigation "Main"']


def test_a_search_tells_why_each_is_here_and_where_less_likely_ones_begin(open_page: OpenPage, hung: DevServer) -> None:
    page = open_page(f"{hung.url}/?q=red+flag")
    expect(page.get_by_role("main")).to_match_aria_snapshot(SEARCH)


def test_a_picture_is_a_dialog_of_its_own_name(open_page: OpenPage, server: DevServer) -> None:
    hang(server, more=1)
    upside_down = server.upload(encoded(halves(640, 400).rotate(180), "JPEG"), "down.jpg", description="A blue flag over red")
    server.settled([upside_down])
    publish(server, [upside_down])
    page = open_page(server.url)
    page.get_by_role("link", name="A red flag above a blue one").click()
    expect(page.get_by_role("dialog")).to_match_aria_snapshot(PICTURE)
    told = [f'heading "{name}" [level=3]' for name in ("Looks", "Tags", "Colours", "Looks alike")]
    assert outline(page.get_by_role("dialog")) == ['dialog "A red flag above a blue one"', *told]


def test_drafts_are_a_list_with_failures_first(open_page: OpenPage, hung: DevServer) -> None:
    page = open_page(hung.url)
    page.set_input_files("input[type=file]", {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""})
    expect(page.get_by_role("dialog")).to_match_aria_snapshot(SHEET)
    assert outline(page.get_by_role("dialog")) == ['dialog "Drafts"', 'heading "Drafts" [level=2]']


def test_the_desk_names_what_waits_and_its_keys(open_page: OpenPage, hung: DevServer) -> None:
    page = open_page(f"{hung.url}/?desk=1")
    asked(page, "drafts")
    desk = page.get_by_role("dialog", name="Desk")
    expect(desk).to_match_aria_snapshot(DESK)
    told = ['heading "Desk" [level=2]', 'region "Draft: A red field"', 'heading "Looks" [level=3]']
    assert outline(desk) == ['dialog "Desk"', *told]


def test_a_clear_desk_says_so(open_page: OpenPage, server: DevServer) -> None:
    page = open_page(f"{server.url}/?desk=1")
    expect(page.get_by_role("dialog", name="Desk")).to_match_aria_snapshot(CLEAR)


def test_the_reader_says_what_it_can_and_cannot(open_page: OpenPage, hung: DevServer) -> None:
    page = open_page(hung.url)
    page.get_by_role("button", name="Reading colour and light only").click()
    expect(page.get_by_role("dialog")).to_match_aria_snapshot(MODELS)


# --- the voice

VOICES = "[...document.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log], output')].map(at => at.id)"
LISTEN = """() => {
  window.heard = [];
  const live = document.querySelector("[aria-live]");
  new MutationObserver(() => live.textContent && heard.push(live.textContent)).observe(live, { childList: true });
}"""


def test_there_is_one_voice_and_it_is_polite_wherever_one_is(open_page: OpenPage, hung: DevServer) -> None:
    page = open_page("about:blank")
    for address in ("", "?q=red+flag", "?desk=1", f"?image={hung.client.get('/api/images').json()['images'][0]['id']}"):
        page.goto(f"{hung.url}/{address}")
        expect(page.get_by_role("dialog") if "=1" in address or "image" in address else page.get_by_role("main")).to_be_visible()
        page.wait_for_load_state("networkidle")
        [voice] = page.evaluate(VOICES)
        home = page.locator(f"#{voice}")
        expect(home).to_have_attribute("aria-live", "polite")
        assert home.evaluate("at => !document.querySelector('dialog:modal') || Boolean(at.closest('dialog:modal'))"), address


def test_a_batch_of_files_is_one_message_when_it_comes_and_one_when_it_is_here(open_page: OpenPage, server: DevServer) -> None:
    page = open_page("about:blank")
    Hands(page, server.url)
    expect(page.get_by_role("heading", name="Hang your first picture.")).to_be_visible()
    page.evaluate(LISTEN)
    bodies = [encoded(plain(60 + n, 40, "#d13b35"), "PNG") for n in range(6)]
    files = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": body} for n, body in enumerate(bodies)]
    page.set_input_files("input[type=file]", [*files, {"name": "words.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}])
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_count(6)
    expect(page.get_by_role("button", name="Choose another")).to_have_count(1)
    page.wait_for_function("() => heard.join().includes('words.jpg')")
    heard = page.evaluate("heard")
    assert heard[0].startswith("7 files added."), heard
    assert " ".join(heard).endswith("6 files are drafts now. words.jpg: This file is not a picture."), heard
    assert len(heard) <= 2, heard


def test_a_picture_is_named_by_its_words_else_the_models_else_says_it_has_none(open_page: OpenPage, server: DevServer) -> None:
    from tests.browser.waiting import SEES, disagreeing

    told, seen, bare = (server.upload(jpeg(200 + n, 150), f"{n}.jpg") for n in range(3))
    server.settled([told, seen, bare], match=True)
    server.client.patch("/api/images", json={"ids": [told, seen, bare], "set": {"published": True}})
    server.client.patch(f"/api/images/{told}", json={"description": "words of mine"})
    disagreeing(server, seen)
    page = open_page(server.url)
    pictures = page.get_by_role("main").get_by_role("img")
    expect(pictures).to_have_count(3)
    assert sorted(at.get_attribute("alt") or "" for at in pictures.all()) == ["No description yet", SEES, "words of mine"]
