"""The Desk: what waits for its owner, settled one picture at a time, by keys or buttons, each step with its way back."""

import re

from playwright.sync_api import Page, Route, expect

from sightsync.desk import CHECKS
from tests.browser.conftest import OpenPage, until
from tests.browser.waiting import SEES, as_if, asked, disagreeing, hang, lay
from tests.dev_server import DevServer
from tests.pictures import photo


def left(page: Page, count: int) -> None:
    words = f"{count} picture{'' if count == 1 else 's'} wait{'s' if count == 1 else ''}" if count else ""
    expect(page.locator(".desk-left")).to_have_text(words)


def filing(page: Page) -> None:
    """Waits for the categories, which 1, 2 and 3 stand for."""
    expect(page.locator("#desk").get_by_role("radio")).not_to_have_count(0)


def counts(server: DevServer) -> dict[str, int]:
    return {reason: count for reason, count in server.client.get("/api/desk").json().items() if reason != "progress"}


def look(server: DevServer, image_id: str) -> dict:
    return dict(server.client.get(f"/api/images/{image_id}").json())


def press(page: Page, selector: str, **how: object) -> None:
    """A key as only a hand or an input method makes it: held down, or in the middle of a word."""
    send = "([selector, how]) => document.querySelector(selector).dispatchEvent(new KeyboardEvent('keydown', how))"
    page.evaluate(send, [selector, {"bubbles": True, **how}])


def test_twenty_pictures_of_every_kind_are_settled_with_twenty_keys_and_the_words(open_page: OpenPage, server: DevServer) -> None:
    waiting = lay(server, drafts=5, disagree=3, wordless=4, unfiled=4, near=2, failed=2)
    assert counts(server)["total"] == 20
    page = open_page(server.url)
    expect(page.locator(".top .desk-count")).to_have_text("20")
    page.locator(".top .desk").focus()
    page.keyboard.press("Enter")
    left(page, 20)
    filing(page)
    keys = {
        "drafts": ["p", "Enter", "P", "p", "p"],
        "words_disagree": ["a", "k", "Enter"],
        "no_words": ["Enter"] * 4,
        "uncategorised": ["1", "2", "3", "k"],
        "near_duplicate": ["k", "d"],
        "failed": ["r", "Enter"],
    }
    presses, rest = 0, 20
    for reason, pressed in keys.items():
        for key in pressed:
            asked(page, reason)
            if reason == "no_words":
                page.keyboard.type("words of mine, in red")
            page.keyboard.press(key)
            presses, rest = presses + 1, rest - 1
            left(page, rest)
    assert presses <= 20
    expect(page.get_by_text("Your desk is clear.")).to_be_visible()
    until(lambda: counts(server)["total"] == 0, "the Desk is not clear on the server")
    deleted = waiting["near_duplicate"][0]  # the newest come first
    assert server.client.get(f"/api/images/{deleted}").status_code == 404
    told = server.settled([one for ids in waiting.values() for one in ids if one != deleted])
    assert {told[one]["status"] for one in waiting["failed"]} == {"ready"}
    assert all(told[one]["published"] for one in waiting["drafts"])
    assert sorted(told[one]["description"] for one in waiting["words_disagree"]) == ["A green hill", "A green hill", SEES]
    assert {told[one]["description"] for one in waiting["no_words"]} == {"words of mine, in red"}
    filed = [told[one]["category"] for one in reversed(waiting["uncategorised"])]
    assert filed == ["portraits", "illustrations", "comics", "uncategorised"]


def test_the_counts_fall_with_every_picture_and_undo_raises_them_again_level_by_level(
    open_page: OpenPage, server: DevServer
) -> None:
    waiting = lay(server, drafts=1, disagree=1, wordless=1, unfiled=1, near=1)
    before = {one: look(server, one) for ids in waiting.values() for one in ids}
    page = open_page(f"{server.url}/?desk=1")
    steps = [("drafts", "p"), ("words_disagree", "k"), ("no_words", "Enter"), ("uncategorised", "2"), ("near_duplicate", "d")]
    filing(page)
    for n, (reason, key) in enumerate(steps):
        asked(page, reason)
        left(page, 5 - n)
        if reason == "no_words":
            page.keyboard.type("red")
        page.keyboard.press(key)
    expect(page.get_by_text("Your desk is clear.")).to_be_visible()
    for n, (reason, _) in enumerate(reversed(steps), 1):
        if n == 4:
            page.keyboard.press("Escape")  # out of the words of the picture that has none
        page.keyboard.press("z")
        left(page, n)
        asked(page, reason)
        expect(page.locator(".desk-said")).to_contain_text("Taken back")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    until(lambda: counts(server) == {**dict.fromkeys(CHECKS, 1), "failed": 0, "total": 5}, "not all is back")
    for image_id, was in before.items():
        now = look(server, image_id)
        fields = ("description", "category", "published", "reviewed", "deleted_at")
        assert {name: now[name] for name in fields} == {name: was[name] for name in fields}


def test_words_taken_back_while_they_are_being_saved_do_not_come_back(open_page: OpenPage, server: DevServer) -> None:
    [one] = lay(server, wordless=1)["no_words"]
    page = open_page(f"{server.url}/?desk=1")
    asked(page, "no_words")
    held: list[Route] = []
    page.route(f"**/api/images/{one}", lambda route: held.append(route))
    page.keyboard.type("a red field")
    page.keyboard.press("Enter")
    left(page, 0)
    page.keyboard.press("z")
    left(page, 1)
    expect(page.get_by_label("Description")).to_have_value("")
    page.unroute(f"**/api/images/{one}")  # which lets go what was held
    until(lambda: page.evaluate("!localStorage.kept"), "a note of them stays")
    until(lambda: look(server, one)["version"] > 1 and not look(server, one)["description"], "the words stayed")
    expect(page.get_by_label("Description")).to_have_value("")


def test_the_models_words_can_be_taken_and_given_back(open_page: OpenPage, server: DevServer) -> None:
    [one] = lay(server, disagree=1)["words_disagree"]
    page = open_page(f"{server.url}/?desk=1")
    page.get_by_role("button", name="Use these words").click()
    until(lambda: look(server, one)["description"] == SEES, "the words were not taken")
    page.keyboard.press("z")
    asked(page, "words_disagree")  # although the server, which has no such model, compares the words anew
    expect(page.get_by_label("Description")).to_have_value("A green hill")
    until(lambda: look(server, one)["description"] == "A green hill", "the words are not back")
    page.keyboard.press("k")
    until(lambda: look(server, one)["reviewed"], "not kept")


def test_the_older_of_two_can_go_instead_and_come_back(open_page: OpenPage, server: DevServer) -> None:
    [newer] = lay(server, near=1)["near_duplicate"]
    older = look(server, newer)["near_duplicate_of"]
    page = open_page(f"{server.url}/?desk=1")
    expect(page.locator(".desk-stage figcaption b")).to_have_text(["Older", "Newer"])
    expect(page.locator(".desk-stage img")).to_have_count(2)
    page.keyboard.press("o")
    expect(page.get_by_text("Your desk is clear.")).to_be_visible()
    until(lambda: server.client.get(f"/api/images/{older}").status_code == 404, "the older one stays")
    until(lambda: look(server, newer)["checks"] == [], "the newer one still waits")
    page.get_by_role("button", name="Undo").click()
    asked(page, "near_duplicate")
    until(lambda: look(server, newer)["checks"] == ["near_duplicate"], "the check is not open again")
    assert server.settled([older])[older]["status"] == "ready"


def test_a_twin_that_is_gone_is_no_longer_asked_about_as_one(open_page: OpenPage, server: DevServer) -> None:
    [newer] = lay(server, near=1)["near_duplicate"]
    server.client.delete(f"/api/images/{look(server, newer)['near_duplicate_of']}")
    page = open_page(f"{server.url}/?desk=1")
    left(page, 1)
    expect(page.locator(".desk-stage img")).to_have_count(1)
    expect(page.locator(".desk-why")).to_have_text("The picture it was like is gone")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Your desk is clear.")).to_be_visible()


def test_a_draft_that_lacks_everything_is_settled_in_one_go(open_page: OpenPage, server: DevServer) -> None:
    [one] = hang(server, [photo(7)], published=False, category="uncategorised")
    [two] = hang(server, [photo(8)], published=False, category="uncategorised")
    page = open_page(f"{server.url}/?desk=1")
    expect(page.get_by_label("Description")).to_be_focused()
    page.keyboard.type("red rocks")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("by the sea")
    page.keyboard.press("Enter")
    left(page, 1)
    page.keyboard.type("a red boat")
    page.keyboard.press("Escape")  # takes the words back
    expect(page.get_by_label("Description")).to_have_value("")
    page.keyboard.type("a blue boat")
    filing(page)
    page.keyboard.press("Tab")
    page.keyboard.press("3")  # files it: still a draft, and the words stay as typed
    expect(page.get_by_label("Comics")).to_be_checked()
    expect(page.get_by_label("Description")).to_have_value("a blue boat")
    left(page, 1)
    page.keyboard.press("p")
    expect(page.get_by_text("Your desk is clear.")).to_be_visible()
    until(lambda: counts(server)["total"] == 0, "something waits")
    first, second = look(server, two), look(server, one)
    assert (first["description"], first["category"], first["published"]) == ("red rocks\nby the sea", "uncategorised", True)
    assert (second["description"], second["category"], second["published"]) == ("a blue boat", "comics", True)


def test_nothing_is_settled_by_accident(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=2, wordless=1)
    page = open_page(f"{server.url}/?desk=1")
    asked(page, "drafts")
    press(page, ".desk-panel", key="p", repeat=True)
    page.keyboard.press("Control+p")
    page.keyboard.press("e")
    expect(page.get_by_label("Description")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" kpaz1")
    expect(page.get_by_label("Description")).to_have_value("A red field kpaz1")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("j")
    asked(page, "no_words")
    expect(page.get_by_label("Description")).to_be_focused()
    page.keyboard.press("Enter")  # with nothing typed
    press(page, ".desk-panel textarea", key="Enter", isComposing=True)
    left(page, 3)
    assert counts(server)["total"] == 3


def test_words_on_a_picture_that_is_passed_by_are_kept(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=2)
    page = open_page(f"{server.url}/?desk=1")
    asked(page, "drafts")
    page.keyboard.press("e")
    page.get_by_label("Description").fill("another red field")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_label("Description")).to_have_value("A red field")
    page.get_by_role("button", name="Previous", exact=True).click()
    expect(page.get_by_label("Description")).to_have_value("another red field")
    left(page, 2)


def test_keys_can_be_switched_off_for_good_while_buttons_work(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=2)
    page = open_page(f"{server.url}/?desk=1")
    asked(page, "drafts")
    page.get_by_role("button", name=re.compile("^Keys")).click()
    page.reload()
    asked(page, "drafts")
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(page.locator(".desk-deeds kbd").first).to_be_hidden()
    left(page, 2)
    page.get_by_role("button", name="Publish").click()
    left(page, 1)
    page.get_by_role("button", name="Undo").click()
    left(page, 2)
    page.get_by_role("button", name=re.compile("^Keys")).click()
    page.locator(".desk-panel").focus()
    page.keyboard.press("p")
    left(page, 1)


def test_what_fails_comes_back_into_the_line_with_the_reason(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=2)
    page = open_page(f"{server.url}/?desk=1")
    asked(page, "drafts")
    full = {"error": "storage_full", "message": "The disk is full.", "details": None}
    page.route("**/api/images/*", lambda route: route.fulfill(status=507, json=full))
    page.keyboard.press("p")
    expect(page.locator("#toast")).to_contain_text("The disk is full.")
    left(page, 2)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.unroute("**/api/images/*")
    page.keyboard.press("p")
    page.keyboard.press("p")
    until(lambda: counts(server)["total"] == 0, "something waits")


def test_offline_and_failed_are_said_and_mended(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=1)
    page = open_page(server.url)
    expect(page.locator(".top .desk-count")).to_have_text("1")
    page.route("**/api/**", lambda route: route.abort())
    page.locator(".top .desk").click()
    expect(page.get_by_text("What waits here didn't come.")).to_be_visible()
    expect(page.locator(".desk-away")).to_be_visible()
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try again").click()
    asked(page, "drafts")
    expect(page.locator(".desk-away")).to_be_hidden()


def test_all_drafts_can_be_published_at_once_from_the_desk(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=3, unfiled=1)
    page = open_page(f"{server.url}/?desk=1")
    left(page, 4)
    page.get_by_role("button", name="All drafts").click()
    page.get_by_role("button", name="Publish all 3").click()
    expect(page.locator("#sheet")).to_be_hidden()
    left(page, 1)
    asked(page, "uncategorised")


def test_the_desk_has_an_address_and_back_leads_to_the_wall(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=2)
    page = open_page(server.url)
    page.locator(".top .desk").click()
    expect(page).to_have_url(re.compile(r"\?desk=1$"))
    left(page, 2)
    page.go_back()
    expect(page.locator("#desk")).to_be_hidden()
    expect(page.locator(".top .desk")).to_be_focused()
    page.go_forward()
    left(page, 2)
    page.keyboard.press("Escape")
    expect(page.locator("#desk")).to_be_hidden()
    assert "desk" not in page.url


def test_every_step_is_announced_once_with_what_comes_next(open_page: OpenPage, server: DevServer) -> None:
    lay(server, drafts=1, unfiled=1)
    page = open_page(f"{server.url}/?desk=1")
    asked(page, "drafts")
    page.keyboard.press("p")
    expect(page.locator("#live")).to_have_text("Published. 1 picture waits. Now: No category. A red field.")
    assert page.evaluate("document.querySelector('#live').closest('dialog')?.id") == "desk"
    expect(page.get_by_role("region", name="No category: A red field")).to_be_focused()


def test_looks_are_never_offered_as_words(open_page: OpenPage, server: DevServer) -> None:
    ids = hang(server, [photo(5)])
    page = open_page(f"{server.url}/?desk=1")
    asked(page, "no_words")
    expect(page.locator(".sees")).to_contain_text("Looks")
    expect(page.locator(".desk-stage img")).to_have_attribute("alt", "No description yet")
    expect(page.get_by_role("button", name="Use these words")).to_have_count(0)
    disagreeing(server, ids[0])
    as_if(server, ids[0], description="")
    page.reload()
    expect(page.locator(".desk-stage img")).to_have_attribute("alt", SEES)
    expect(page.get_by_role("button", name="Use these words")).to_be_visible()
