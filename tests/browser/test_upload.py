"""From dropped files to published pictures, found, opened, deleted and brought back."""

import base64
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, until
from tests.dev_server import DevServer
from tests.pictures import encoded, halves, jpeg, plain

READY = ".row[data-state=ready]"
ANALYSED_MS = 60_000


def drop(page: Page, files: Mapping[str, tuple[str, bytes]]) -> None:
    """Lets go of files over the page, as a hand would: {name: (declared type, bytes)}."""
    given = [{"name": name, "type": kind, "body": base64.b64encode(body).decode()} for name, (kind, body) in files.items()]
    page.evaluate(
        """given => {
          const carried = new DataTransfer();
          for (const { name, type, body } of given) {
            carried.items.add(new File([Uint8Array.from(atob(body), c => c.charCodeAt(0))], name, { type }));
          }
          for (const kind of ["dragenter", "dragover", "drop"]) {
            document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
          }
        }""",
        given,
    )


def pick(page: Page, *files: Path) -> None:
    page.set_input_files("#files", list(files))


def arrived(page: Page, count: int) -> None:
    """As many drafts as that: a busy machine may take its time over them."""
    expect(page.locator(READY)).to_have_count(count, timeout=ANALYSED_MS)


def steps_shown(page: Page) -> Callable[[], set[str]]:
    """Tells the names of the steps that the sheet has shown from now on."""
    page.evaluate(
        """() => {
          window.steps = new Set();
          new MutationObserver(() => {
            for (const line of document.querySelectorAll(".steps-line span")) steps.add(line.textContent);
          }).observe(document.querySelector(".rows"), { childList: true, subtree: true });
        }"""
    )
    return lambda: set(page.evaluate("[...steps]"))


def test_dropped_pictures_become_drafts_then_hang_and_can_be_found_deleted_and_brought_back(
    open_page: OpenPage, server: DevServer, real_images: Path
) -> None:
    page = open_page(server.url)
    expect(page.get_by_role("heading", name="Hang your first picture.")).to_be_visible()
    steps = steps_shown(page)
    names = ["cyclamen_persicum.jpg", "el_torcal_rocks.jpg", "photo-8bit.avif"]
    drop(
        page, {name: ("image/avif" if name.endswith("avif") else "image/jpeg", (real_images / name).read_bytes()) for name in names}
    )
    arrived(page, 3)
    expect(page.locator(".row .thumb img")).to_have_count(3)
    until(
        lambda: steps() >= {"Arrived", "Checked", "Copies made", "Looked at", "Compared", "Filed"}, "the steps were not shown", 60
    )

    row = page.locator(READY).filter(has_text="el_torcal_rocks")
    words = row.get_by_role("textbox")
    words.fill("a pink house")
    expect(row.locator(".verdict")).to_have_text("Doesn't agree")
    words.fill("grey rocks under a blue sky")
    expect(row.locator(".verdict")).to_have_text("Agrees")
    expect(row.locator(".mirror .mark.agrees")).to_have_count(2)
    row.get_by_label("General Illustrations").check()
    page.get_by_role("button", name="Publish all 3").click()
    expect(page.locator("#sheet")).not_to_be_visible()
    expect(page.locator(".card")).to_have_count(3)

    page.get_by_label("Search the pictures").fill("blue sky")
    expect(page.locator(".card").first.locator("img")).to_have_attribute("alt", "grey rocks under a blue sky")
    page.locator(".card .open").first.click()
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator("#picture .verdict")).to_have_text("Agrees")
    page.locator("#picture").get_by_role("button", name="Delete").click()
    expect(page.locator("#picture")).not_to_be_visible()
    expect(page.get_by_alt_text("grey rocks under a blue sky")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_alt_text("grey rocks under a blue sky")).to_have_count(1)


def test_a_corrected_description_is_kept_and_its_match_changes(open_page: OpenPage, server: DevServer) -> None:
    image_id = server.upload(jpeg(400, 300), description="a blue flag")
    server.settled([image_id], match=True)
    page = open_page(f"{server.url}/?image={image_id}")
    expect(page.locator("#picture .verdict")).to_have_text("Doesn't agree")
    page.get_by_text("How this is measured").click()
    page.get_by_label("Description").fill("a red flag")
    expect(page.locator("#picture .verdict")).to_have_text("Agrees")
    expect(page.locator("#picture .scale")).to_be_visible()
    page.get_by_label("Title").fill("Flag")
    page.keyboard.press("Enter")
    page.get_by_label("Add a tag").fill("cloth")
    page.keyboard.press("Enter")
    page.locator("#picture").get_by_label("Comics").check()

    def saved() -> bool:
        now = server.client.get(f"/api/images/{image_id}").json()
        return (now["description"], now["title"], now["tags"], now["category"]) == ("a red flag", "Flag", ["cloth"], "comics")

    until(saved, "the words were not saved")
    page.reload()
    expect(page.get_by_label("Description")).to_have_value("a red flag")
    expect(page.locator("#picture .verdict")).to_have_text("Agrees")


def test_words_typed_while_somebody_else_changes_them_are_not_lost(open_page: OpenPage, server: DevServer) -> None:
    image_id = server.upload(jpeg(400, 300), description="a blue flag")
    server.settled([image_id], match=True)
    page = open_page(f"{server.url}/?image={image_id}")
    box = page.get_by_label("Description")
    box.fill("mine")
    server.client.patch(f"/api/images/{image_id}", json={"description": "theirs"})
    box.blur()
    expect(page.locator("#toast")).to_contain_text("Somebody changed this meanwhile")
    expect(box).to_have_value("mine")
    page.get_by_role("button", name="Save mine").click()
    until(lambda: server.client.get(f"/api/images/{image_id}").json()["description"] == "mine", "mine was not saved")


def test_closing_the_sheet_keeps_drafts_and_the_next_file_finds_them_there(
    open_page: OpenPage, server: DevServer, tmp_path: Path
) -> None:
    (tmp_path / "one.png").write_bytes(encoded(halves(300, 200), "PNG"))
    (tmp_path / "two.png").write_bytes(encoded(halves(200, 300), "PNG"))
    page = open_page(server.url)
    pick(page, tmp_path / "one.png")
    arrived(page, 1)
    page.locator(READY).get_by_role("textbox").fill("red above blue")
    page.keyboard.press("Escape")  # takes the words back
    page.locator(READY).get_by_role("textbox").fill("red above blue")
    page.get_by_role("button", name="Close; drafts are kept").click()
    expect(page.locator(".top .desk-count")).to_have_text("1")
    page.reload()
    pick(page, tmp_path / "two.png")
    arrived(page, 2)
    expect(page.locator(READY).filter(has_text="one.png").get_by_role("textbox")).to_have_value("red above blue")


def test_what_goes_wrong_is_said_first_with_what_to_do(open_page: OpenPage, server: DevServer, tmp_path: Path) -> None:
    (tmp_path / "good.jpg").write_bytes(jpeg(300, 200))
    (tmp_path / "notes.jpg").write_text("not a picture at all")
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    with (tmp_path / "huge.jpg").open("wb") as huge:
        huge.truncate(26 * 1024 * 1024)
    (tmp_path / "empty.jpg").touch()
    page = open_page(server.url)
    pick(page, *(tmp_path / name for name in ("good.jpg", "notes.jpg", "drawing.svg", "huge.jpg", "empty.jpg")))
    expect(page.locator(".row[data-state=refused]")).to_have_count(4)
    arrived(page, 1)
    assert page.locator(".row").last.get_attribute("data-state") == "ready"
    said = {row.locator(".name").inner_text(): row.locator(".status").inner_text() for row in page.locator(".row").all()}
    assert said["notes.jpg"] == "This file is not a picture."
    assert "25 MB" in said["huge.jpg"]
    assert "empty" in said["empty.jpg"]
    assert "SVG" in said["drawing.svg"]
    expect(page.get_by_role("button", name="Choose another")).to_have_count(4)


def test_a_picture_that_is_here_already_is_shown_not_uploaded(open_page: OpenPage, server: DevServer, tmp_path: Path) -> None:
    body = jpeg(300, 200)
    image_id = server.upload(body, description="the first")
    server.settled([image_id])
    (tmp_path / "again.jpg").write_bytes(body)
    page = open_page(server.url)
    pick(page, tmp_path / "again.jpg")
    row = page.locator(".row[data-state=duplicate]")
    expect(row).to_contain_text("You have this already.")
    expect(row.locator(".thumb img")).to_have_attribute("src", re.compile(f"/media/{image_id}/"))
    row.get_by_role("button", name="Show it").click()
    expect(page.get_by_label("Description")).to_have_value("the first")


def test_an_upload_goes_on_when_the_server_has_been_stopped_and_started_again(open_page: OpenPage, tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    big.write_bytes(encoded(plain(2400, 1800).effect_spread(40), "PNG", compress_level=0))
    with DevServer(tmp_path / "data") as first:
        port = first.url.rpartition(":")[2]
        page = open_page(first.url)
        page.context.route("**/store", lambda route: (first.end(signal.SIGKILL), route.abort("connectionreset")))
        pick(page, big)
        expect(page.locator(".row[data-state=lost]")).to_have_count(1)
        expect(page.locator("#offline")).to_be_visible()
        page.context.unroute("**/store")
    with DevServer(tmp_path / "data", ("--port", port)):
        arrived(page, 1)
        expect(page.locator("#offline")).to_be_hidden()


@pytest.mark.parametrize("label", ["Publish", "Delete"])
def test_a_single_draft_can_be_published_or_deleted_from_its_row(
    open_page: OpenPage, server: DevServer, tmp_path: Path, label: str
) -> None:
    (tmp_path / "one.jpg").write_bytes(jpeg(300, 200))
    page = open_page(server.url)
    pick(page, tmp_path / "one.jpg")
    arrived(page, 1)
    page.locator(READY).get_by_role("button", name=label, exact=True).click()
    expect(page.locator(READY)).to_have_count(0)
    if label == "Delete":
        page.get_by_role("button", name="Undo").click()
        arrived(page, 1)  # in the sheet, where it was
        page.locator(READY).get_by_role("button", name=label, exact=True).click()
        expect(page.locator(READY)).to_have_count(0)
    page.get_by_role("button", name="Close; drafts are kept").click()
    expect(page.locator(".card")).to_have_count(1 if label == "Publish" else 0)
