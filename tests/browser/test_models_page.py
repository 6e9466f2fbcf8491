"""The page with models: real transformers, tiny and with random weights, from the first upload to the model's words on the Desk.

What such models say means nothing, so no caption or verdict is expected here: words are searched for that the audit flags.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, until
from tests.browser.test_upload import READY, arrived, pick, steps_shown
from tests.dev_server import DevServer
from tests.model_server import ModelServer
from tests.tiny_models import WORDS

pytestmark = pytest.mark.slow  # a server that loads transformers

PICTURES = ("cyclamen_persicum.jpg", "el_torcal_rocks.jpg")
SAID = re.compile("^(Agrees|Partly agrees|Doesn't agree|Can't tell)$")
FOREIGN = "рыба под водой"  # no letters of the model's language


@pytest.fixture(scope="module")
def models() -> Iterator[ModelServer]:
    with ModelServer() as models:
        yield models


@pytest.fixture
def server(tmp_path: Path, models: ModelServer) -> Iterator[DevServer]:
    with DevServer(tmp_path / "data", settings={"SIGHTSYNC_VISION": models.url}) as own:
        yield own


def look(server: DevServer, image_id: str) -> dict[str, Any]:
    return dict(server.client.get(f"/api/images/{image_id}").json())


def yours(page: Page) -> float:
    """Where the owner's words lie on the scale, in percent."""
    return float(page.locator("#picture .scale .yours").evaluate("mark => parseFloat(mark.style.insetInlineStart)"))


def reword(page: Page, field: Locator, words: str) -> None:
    """Typed, and compared by the model."""
    with page.expect_response(lambda answer: answer.url.endswith("/scores")) as compared:
        field.fill(words)
    assert compared.value.ok


def phrases() -> Iterator[str]:
    """Words that the model knows, in no order that means anything; always the same."""
    chance = Random(7)
    while True:
        yield " ".join(chance.sample(WORDS, 4))


def flagged(server: DevServer, ids: list[str]) -> str:
    """A picture whose words disagree, once such words have been found for one: far from it, where its caption is near."""
    words = phrases()
    for image_id in ids * 20:
        texts = [next(words) for _ in range(20)]
        scores = server.client.post(f"/api/images/{image_id}/scores", json={"texts": texts}).json()["scores"]
        judged = [(score["z"], text) for score, text in zip(scores, texts, strict=True) if score["z"] is not None]
        z, text = min(judged, default=(9, ""))
        caption_z = max((score["caption_z"] for score in scores if score["caption_z"] is not None), default=-9)
        if z >= 1 or caption_z - z < 1.5:
            continue
        server.client.patch(f"/api/images/{image_id}", json={"description": text, "published": True, "category": "illustrations"})
        until(lambda at=image_id: look(server, at)["match"]["reason"] != "pending", "the words were not compared")
        if "words_disagree" in look(server, image_id)["checks"]:
            return image_id
    raise AssertionError("no words disagree with any picture")


def test_from_the_upload_to_the_models_words_taken_on_the_desk(open_page: OpenPage, server: DevServer, real_images: Path) -> None:
    page = open_page(server.url)
    steps = steps_shown(page)
    pick(page, *(real_images / name for name in PICTURES))
    arrived(page, len(PICTURES))
    until(
        lambda: steps() >= {"Arrived", "Checked", "Copies made", "Looked at", "Understood", "Compared", "Filed"},
        "no such steps",
        40,
    )
    ids = [image["id"] for image in server.client.get("/api/images", params={"owner": "me"}).json()["images"]]
    before = {image_id: image["caption"]["text"] for image_id, image in server.settled(ids, match=True).items()}
    field = page.locator(READY).first.get_by_role("textbox")
    reword(page, field, "a red boat in the harbour")
    expect(page.locator(f"{READY} .verdict").first).to_have_text(SAID)
    reword(page, field, FOREIGN)
    expect(page.locator(f"{READY} .verdict").first).to_have_text("Can't tell")
    page.get_by_role("button", name="Close; drafts are kept").click()

    page.goto(f"{server.url}/?image={ids[0]}")
    picture = page.locator("#picture")
    expect(picture.get_by_role("heading", name="What the model sees")).to_be_visible()
    expect(picture.locator(".sees .machine")).to_have_text(before[ids[0]])
    places: list[float] = []
    for words in ("a red boat in the harbour", "an old man with a yellow hat"):
        reword(page, picture.get_by_label("Description"), words)
        expect(picture.locator(".verdict")).to_have_text(SAID)
        until(lambda: yours(page) not in places, "the mark did not move")
        places.append(yours(page))
    picture.get_by_label("Description").press("Control+Enter")
    until(lambda: look(server, ids[0])["description"] == words, "the words were not saved")

    image_id = flagged(server, ids)
    for other in {*ids} - {image_id}:
        server.client.delete(f"/api/images/{other}")
    page.goto(f"{server.url}/?desk=1")
    desk = page.get_by_role("dialog", name="Desk")
    expect(desk.get_by_role("region", name=re.compile("The model sees something else"))).to_be_visible()
    expect(desk.locator(".sees .machine")).to_have_text(before[image_id])
    page.keyboard.press("a")
    until(lambda: look(server, image_id)["description"] == before[image_id], "the model's words were not taken")
    until(lambda: "words_disagree" not in look(server, image_id)["checks"], "the check is still open")
    expect(desk.get_by_role("region", name=re.compile("The model sees something else"))).to_have_count(0)
