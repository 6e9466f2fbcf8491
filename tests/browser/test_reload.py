"""What somebody has begun outlives the page: files on their way go on by themselves, words typed come back."""

import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Request, Route, expect

from tests.browser.conftest import CHROMIUM, FLAGS, OpenPage, until
from tests.browser.test_upload import ANALYSED_MS, READY, arrived, pick
from tests.dev_server import DevServer
from tests.pictures import encoded, plain

pytestmark = pytest.mark.slow  # servers that go away and come back, in each test

SENDING = ".row[data-state=sending]"
WEEK_S = 7 * 24 * 60 * 60
NOTES = "Object.keys(JSON.parse(localStorage.kept ?? '{}'))"
FILES = """async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "sightsync")) return 0;
  const base = await new Promise(done => { indexedDB.open("sightsync").onsuccess = opened => done(opened.target.result); });
  const asked = base.transaction("files").objectStore("files").count();
  await new Promise(done => { asked.onsuccess = done; });
  base.close();
  return asked.result;
}"""
# The file arrives, the store's answer does not: the page hears nothing, or that the connection is lost.
UNHEARD = """
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (form) {
    this.onload = HEARD;
    send.call(this, form);
  };
"""
LARGE = """async () => {
  const base = await new Promise(done => { indexedDB.open("sightsync").onsuccess = opened => done(opened.target.result); });
  const work = base.transaction("files", "readwrite");
  const file = new File([new Uint8Array(26 * 1024 * 1024)], "huge.png", { type: "image/png" });
  work.objectStore("files").put({ key: "huge", tab: "another", file });
  await new Promise(done => { work.oncomplete = done; });
  base.close();
  localStorage.kept = JSON.stringify({ ...JSON.parse(localStorage.kept), huge: ["new", Date.now() + 1e6] });
}"""
# All that was said aloud since the page came: the next message takes the place of the last.
HEAR = """addEventListener("DOMContentLoaded", () => {
  window.heard = [];
  const live = document.querySelector("#live");
  if (live) new MutationObserver(() => heard.push(live.textContent)).observe(live, { childList: true }); // none where no page came
});"""
ASKS = """() => {
  const leave = new Event("beforeunload", { cancelable: true });
  dispatchEvent(leave);
  return leave.defaultPrevented;
}"""


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """A red picture and a blue one."""
    files = [tmp_path / "red.png", tmp_path / "blue.png"]
    for file, colour in zip(files, ("#d13b35", "#2f55c0"), strict=True):
        file.write_bytes(encoded(plain(320, 240, colour), "PNG"))
    return files


class Store:
    """Holds the page's files, or takes them."""

    def __init__(self, page: Page) -> None:
        self.holds = True
        self.taken = 0
        page.context.route("**/store", self._take)

    def _take(self, route: Route) -> None:
        if not self.holds:
            self.taken += 1
            route.continue_()


def listening(page: Page) -> None:
    page.context.add_init_script(HEAR)


def stuck(page: Page, *files: Path) -> Store:
    """Files of which nothing arrives before the page is left; then the store takes what comes."""
    listening(page)
    store = Store(page)
    pick(page, *files)
    expect(page.locator(SENDING)).to_have_count(len(files))
    until(lambda: page.evaluate(FILES) == len(files), "not all is kept")
    until(lambda: not page.evaluate(ASKS), "it asks before it is left")
    store.holds = False
    return store


def ids(server: DevServer) -> list[str]:
    return [image["id"] for image in server.client.get("/api/images", params={"owner": "me"}).json()["images"]]


def asked(page: Page) -> list[Request]:
    """The tickets asked for from now on; the list grows."""
    seen: list[Request] = []
    page.on("request", lambda one: seen.append(one) if one.method == "POST" and one.url.endswith("/api/uploads") else None)
    return seen


def says(page: Page, words: str) -> None:
    """Shown, and said aloud, by a page that was opened or loaded after `listening`."""
    expect(page.locator("#toast .toast-words")).to_have_text(f"Here again: {words}.")
    page.wait_for_function("said => heard.join().includes(said)", arg=f"Here again: {words}.")


def show(page: Page) -> None:
    page.get_by_role("button", name="Show", exact=True).click()


def nothing_stays(page: Page) -> None:
    until(lambda: page.evaluate(FILES) == 0 and page.evaluate(NOTES) == [], "something is still kept")


# --- files


def test_files_half_sent_when_the_page_is_reloaded_start_over_by_themselves(
    open_page: OpenPage, server: DevServer, two: list[Path]
) -> None:
    page = open_page(server.url)
    stuck(page, *two)
    tickets = asked(page)
    page.reload()
    says(page, "2 files on the way")
    show(page)
    arrived(page, 2)
    assert (len(tickets), len(ids(server))) == (2, 2)
    nothing_stays(page)
    page.reload()
    expect(page.locator(".top .desk-count")).to_have_text("2")
    expect(page.locator("#toast")).to_be_hidden()


def test_a_second_tab_sends_nothing_of_the_first_until_that_is_closed(
    open_page: OpenPage, server: DevServer, two: list[Path]
) -> None:
    page = open_page(server.url)
    store = stuck(page, *two)
    other = page.context.new_page()
    tickets = asked(other)
    other.goto(server.url)
    waiting = "async () => (await navigator.locks.query()).pending.length"
    until(lambda: other.evaluate(waiting) == 1, "the second tab does not wait for the first")
    expect(other.locator("#toast")).to_be_hidden()
    assert (tickets, store.taken) == ([], 0)
    page.close()
    says(other, "2 files on the way")
    show(other)
    arrived(other, 2)
    assert (len(tickets), len(ids(server))) == (2, 2)


def test_a_file_that_had_arrived_when_its_tab_was_closed_is_not_sent_again(
    open_page: OpenPage, server: DevServer, two: list[Path]
) -> None:
    page = open_page("about:blank")
    page.add_init_script(UNHEARD.replace("HEARD", "null"))
    page.goto(server.url)
    pick(page, two[0])
    until(lambda: page.evaluate(FILES) == 1 and len(ids(server)) == 1, "it did not arrive")
    server.settled(ids(server))
    page.close()
    later = page.context.new_page()
    tickets = asked(later)
    later.goto(server.url)
    nothing_stays(later)
    assert tickets == []
    expect(later.locator("#toast")).to_be_hidden()
    expect(later.locator(".top .desk-count")).to_have_text("1")


def test_a_file_whose_answer_was_lost_is_not_taken_for_a_second_one(
    open_page: OpenPage, server: DevServer, two: list[Path]
) -> None:
    page = open_page("about:blank")
    page.add_init_script(UNHEARD.replace("HEARD", "this.onerror"))
    page.goto(server.url)
    store = Store(page)
    store.holds = False

    def once_it_is_there(route: Route) -> None:
        server.settled(ids(server))
        route.continue_()

    page.route("**/api/uploads", once_it_is_there)
    pick(page, two[0])
    arrived(page, 1)
    assert (store.taken, len(ids(server))) == (1, 1)
    nothing_stays(page)


def test_files_go_on_when_the_server_was_down_at_the_reload(open_page: OpenPage, two: list[Path], tmp_path: Path) -> None:
    with DevServer(tmp_path / "data") as first:
        port = first.url.rpartition(":")[2]
        page = open_page(first.url)
        stuck(page, *two)
        first.end(signal.SIGKILL)
        with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
            page.reload()
    with DevServer(tmp_path / "data", ("--port", port)) as second:
        page.route("**/api/**", lambda route: route.abort("connectionrefused"))  # the page is there again before the API is
        page.goto(second.url)
        says(page, "2 files on the way")
        expect(page.locator("#offline")).to_be_visible()
        page.unroute("**/api/**")
        expect(page.locator(".top .desk-count")).to_have_text("2", timeout=ANALYSED_MS)  # tried again ever more seldom
        nothing_stays(page)
        assert len(ids(second)) == 2


def test_files_wait_for_their_owner_to_be_signed_in(open_page: OpenPage, server: DevServer, two: list[Path]) -> None:
    away = {"error": "sign_in_required", "message": "Sign in first.", "details": None}
    page = open_page(server.url)
    page.route("**/api/uploads", lambda route: route.fulfill(status=401, json=away))
    pick(page, two[0])
    expect(page.locator(".row[data-state=lost]")).to_contain_text("Sign in again")
    page.route("**/api/desk", lambda route: route.fulfill(status=401, json=away))
    page.route("**/api/images?owner=me*", lambda route: route.fulfill(status=401, json=away))
    page.reload()
    expect(page.locator(".top .add")).to_be_hidden()
    assert page.evaluate(FILES) == 1
    page.unroute_all()
    page.reload()
    expect(page.locator(".top .desk-count")).to_have_text("1", timeout=ANALYSED_MS)
    nothing_stays(page)


def test_on_a_slow_line_one_sees_how_far_a_file_is_and_it_goes_on_after_a_reload(
    open_page: OpenPage, server: DevServer, tmp_path: Path
) -> None:
    (tmp_path / "big.png").write_bytes(encoded(plain(640, 480).effect_spread(60), "PNG", compress_level=0))  # about 900 kB
    page = open_page(server.url)
    listening(page)
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 100, "downloadThroughput": -1, "uploadThroughput": 100_000}
    line.send("Network.emulateNetworkConditions", slow)
    pick(page, tmp_path / "big.png")
    bar = page.locator(f"{SENDING} .progress i")
    far = "bar => new DOMMatrix(getComputedStyle(bar).transform).a"
    until(lambda: 0.05 < bar.evaluate(far) < 0.6, "nobody sees how far it is", 60)
    expect(page.locator("#offline")).to_be_hidden()
    page.reload()
    says(page, "1 file on the way")
    line.send("Network.emulateNetworkConditions", {**slow, "latency": 0, "uploadThroughput": -1})
    show(page)
    arrived(page, 1)
    assert len(ids(server)) == 1


# --- words


def test_words_typed_and_not_saved_come_back_in_their_field(open_page: OpenPage, server: DevServer, two: list[Path]) -> None:
    page = open_page(server.url)
    listening(page)
    pick(page, two[0])
    arrived(page, 1)
    page.locator(READY).get_by_role("textbox").fill("a red flag")
    page.reload()
    says(page, "unsaved words for 1 draft")
    show(page)
    expect(page.locator(READY).get_by_role("textbox")).to_have_value("a red flag")
    expect(page.locator(f"{READY} .verdict")).to_have_text("Agrees")
    page.get_by_role("button", name="Close; drafts are kept").click()
    [image_id] = ids(server)
    until(lambda: server.client.get(f"/api/images/{image_id}").json()["description"] == "a red flag", "the words were not saved")
    nothing_stays(page)

    page.goto(f"{server.url}/?image={image_id}")
    field = page.get_by_label("Description")
    field.fill("a red wall")
    page.reload()
    expect(field).to_have_value("a red wall")
    field.press("Escape")
    expect(field).to_have_value("a red flag")
    nothing_stays(page)


# --- what cannot be kept, or not any more


def test_words_taken_away_and_not_saved_do_not_come_back(open_page: OpenPage, server: DevServer) -> None:
    image_id = server.upload(encoded(plain(320, 240, "#d13b35"), "PNG"), "red.png", "image/png", description="a blue flag")
    server.settled([image_id], match=True)
    page = open_page(f"{server.url}/?image={image_id}")
    box = page.get_by_label("Description")
    expect(box).to_have_value("a blue flag")
    box.fill("")
    page.reload()
    expect(page.locator("#picture .verdict-place")).to_be_empty()
    expect(box).to_have_value("")
    page.get_by_role("button", name="Back to the wall").click()
    until(lambda: server.client.get(f"/api/images/{image_id}").json()["description"] == "", "the words are still there")
    nothing_stays(page)


@pytest.mark.parametrize(
    "missing",
    [
        "Object.defineProperty(window, 'indexedDB', { value: undefined })",
        "delete Navigator.prototype.locks",
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })",
        "IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError'); }",
    ],
    ids=["no-database", "no-locks", "forbidden", "full"],
)
def test_where_nothing_can_be_kept_uploads_work_and_the_page_asks_before_it_is_left(
    open_page: OpenPage, server: DevServer, two: list[Path], missing: str
) -> None:
    page = open_page("about:blank")
    page.add_init_script(missing)
    page.goto(server.url)
    store = Store(page)
    pick(page, two[0])
    expect(page.locator(SENDING)).to_have_count(1)
    assert page.evaluate(ASKS)
    page.reload()
    store.holds = False
    pick(page, *two)
    arrived(page, 2)
    expect(page.locator("#toast")).to_be_hidden()
    assert not page.evaluate(ASKS)


def test_a_file_that_is_gone_or_too_large_by_now_is_told_in_its_row(
    browser: Browser, server: DevServer, tmp_path: Path, two: list[Path]
) -> None:
    profile = tmp_path / "profile"  # on disk, so that something can get lost there
    context = browser.browser_type.launch_persistent_context(profile, executable_path=CHROMIUM, args=FLAGS)
    page = context.new_page()
    page.goto(server.url)
    stuck(page, two[0])
    [blob] = [file for file in profile.glob("**/IndexedDB/*.blob/**/*") if file.is_file()]
    blob.unlink()
    page.evaluate(LARGE)
    page.reload()
    says(page, "2 files on the way")
    show(page)
    refused = page.locator(".row[data-state=refused]")
    expect(refused.filter(has_text="red.png")).to_contain_text("This file can't be read any more. Choose it again.")
    expect(refused.filter(has_text="huge.png")).to_contain_text("larger than 25 MB")
    nothing_stays(page)
    context.close()


def test_nothing_older_than_a_week_stays(open_page: OpenPage, server: DevServer, two: list[Path]) -> None:
    page = open_page(server.url)
    stuck(page, two[0])
    tickets = asked(page)
    page.clock.set_fixed_time(time.time() + WEEK_S + 60)
    page.reload()
    until(lambda: page.evaluate(FILES) == 0, "an old file stays")
    expect(page.locator("#toast")).to_be_hidden()
    assert tickets == []


def test_signing_out_forgets_files_and_words(open_page: OpenPage, server: DevServer, two: list[Path]) -> None:
    page = open_page(server.url)
    stuck(page, two[0])
    with page.expect_navigation():
        page.evaluate("import('/facts.js').then(({ forgetAll }) => { forgetAll(); location.replace('./'); })")
    nothing_stays(page)
    expect(page.locator("#toast")).to_be_hidden()
