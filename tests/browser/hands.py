"""Somebody at the keyboard: after every key the focus is somewhere, in sight, and under nothing."""

from io import BytesIO

from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page, expect

MOST_STOPS = 120  # presses of Tab until something counts as out of reach

# Notes, frame by frame, when the focus fell out of the page, and what had it before.
WATCH = """
  window.fallen = [];
  let last = "", begun = false;
  const name = at => `${at.localName} ${at.getAttribute("aria-label") || at.textContent.trim().slice(0, 40)}`;
  const look = () => {
    const at = document.activeElement;
    if (at && at !== document.body) { begun = true; last = name(at); }
    else if (begun && window.fallen.at(-1) !== last) window.fallen.push(last);
    requestAnimationFrame(look);
  };
  addEventListener("DOMContentLoaded", look);
"""

# What is wrong with where the focus is now: null when nothing is.
WRONG = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing has the focus";
  const box = (at.matches("label input") ? at.closest("label") : at).getBoundingClientRect();
  const name = at.getAttribute("aria-label") || at.textContent.trim().slice(0, 40);
  const said = `${at.localName} "${name}" at ${Math.round(box.top)}..${Math.round(box.bottom)}`;
  if (at.matches("dialog, main, ul, section")) return null;  // a place to go on from, larger than the window perhaps
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return `${said} is out of sight`;
  for (const bar of document.querySelectorAll("body > header, body > nav, #offline")) {
    if (bar.contains(at) || !["sticky", "fixed"].includes(getComputedStyle(bar).position)) continue;
    const over = bar.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, over.left), Math.min(box.right, over.right)];
    const [top, bottom] = [Math.max(box.top, over.top), Math.min(box.bottom, over.bottom)];
    if (right - left <= 1 || bottom - top <= 1) continue;
    if (bar.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2))) return `${said} is under a bar`;
  }
  const x = Math.min(innerWidth - 1, Math.max(0, (box.left + box.right) / 2));
  const y = Math.min(innerHeight - 1, Math.max(0, (box.top + box.bottom) / 2));
  const top = document.elementFromPoint(x, y);
  const own = top && (at.contains(top) || top.contains(at) || top.closest("li, label, form") === at.closest("li, label, form"));
  return own ? null : `${said} is under ${top?.localName}.${top?.className}`;
}"""


BAND = 5  # px to either side of an edge in which its ring lies
EDGE = """() => {
  const at = document.activeElement;
  const { x, y, width, height } = (at.closest("form, label") ?? at).getBoundingClientRect();
  return { x, y, width, height };
}"""


class Hands:
    """Presses keys on a page that was opened blank, and goes to `url` first."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.way: list[str] = []  # what had the focus after each key
        page.add_init_script(WATCH)
        page.on("filechooser", lambda _: None)  # heard from the start, so that the first one is not missed
        page.goto(url)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.check(key)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)
        self.check(words)

    def check(self, after: str = "") -> None:
        wrong, fallen, now = self.page.evaluate(f"[({WRONG})(), fallen, document.activeElement.outerHTML.slice(0, 80)]")
        self.way.append(f"{after} -> {now}")
        assert wrong is None, f"{wrong}: {self.way[-8:]}"
        assert fallen == [], f"the focus was lost from {fallen}: {self.way[-8:]}"

    def on(self, role: str, name: str) -> Locator:
        """What has this role and name, if it has the focus; found in one step, so that nothing can move in between."""
        return self.page.get_by_role(role, name=name).and_(self.page.locator(":focus"))  # type: ignore[arg-type]  # a role's name is a literal there

    def has(self, role: str, name: str) -> None:
        """The focus is, or soon will be, on what has this role and name."""
        expect(self.on(role, name)).to_have_count(1)

    def reach(self, role: str, name: str, key: str = "Tab") -> None:
        """Presses Tab, or what moves instead, until the focus is there; once there is something to reach."""
        self.page.get_by_role(role, name=name).first.wait_for(state="attached")  # type: ignore[arg-type]  # as above
        for _ in range(MOST_STOPS):
            if self.on(role, name).count():
                return
            self.press(key)
        raise AssertionError(f"{role} “{name}” is out of reach of {key}: {self.way[-8:]}")

    def name(self) -> str:
        return str(self.page.evaluate("() => document.activeElement.ariaLabel || document.activeElement.textContent.trim()"))

    def ring(self) -> float:
        """How much of the edge of what has the focus looks different without it, in px of ring for each px of edge."""
        at, edge = self.page.evaluate_handle("document.activeElement"), self.page.evaluate(EDGE)
        size = self.page.viewport_size or {"width": 0, "height": 0}
        left, top = max(0, edge["x"] - BAND), max(0, edge["y"] - BAND)
        right = min(size["width"], edge["x"] + edge["width"] + BAND)
        bottom = min(size["height"], edge["y"] + edge["height"] + BAND)
        clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        shots = []
        for act in ("at => at.blur()", "at => at.focus()"):
            at.evaluate(act)
            shots.append(Image.open(BytesIO(self.page.screenshot(clip=clip))).convert("L"))
        self.page.evaluate("() => { fallen.length = 0 }")  # it was we who took it away
        changed = ImageChops.difference(*shots).point(lambda value: 255 if value > 24 else 0)
        inside = (2 * BAND, 2 * BAND, changed.width - 2 * BAND, changed.height - 2 * BAND)
        if inside[2] > inside[0] and inside[3] > inside[1]:
            changed.paste(0, inside)
        return changed.histogram()[255] / (2 * (changed.width + changed.height))
