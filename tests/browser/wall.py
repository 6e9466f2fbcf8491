"""Pictures on a server's wall, as tests of the page need them."""

from playwright.sync_api import Page, expect

from tests.dev_server import DevServer
from tests.pictures import encoded, halves, photo, plain

COLOURS = {"red": "#d13b35", "blue": "#2f55c0", "green": "#3f8f45", "yellow": "#e3bf2f"}


def hang(server: DevServer, more: int = 9) -> list[str]:
    """Six plain pictures with true and false words, and some scenes; all published. Their ids."""
    flags = {f"A {name} flag": encoded(plain(480, 360, hex_), "JPEG") for name, hex_ in COLOURS.items()}
    flags["A red flag above a blue one"] = encoded(halves(640, 400), "JPEG")
    flags["A yellow tower, very tall"] = encoded(plain(200, 900, COLOURS["yellow"]), "JPEG")
    flags |= {
        f"Scene {seed}, a red sea" if seed % 2 else f"Scene {seed}": photo(seed, 600, 400 + 20 * seed) for seed in range(more)
    }
    ids = [
        server.upload(body, f"{words.split(',')[0]}.jpg", description=words, category="illustrations")
        for words, body in flags.items()
    ]
    server.settled(ids, match=True)
    assert server.client.patch("/api/images", json={"ids": ids, "set": {"published": True}}).status_code == 200
    return ids


def all_hang(page: Page) -> None:
    """Waits until every picture of a list that is here whole has its card; none of them comes later."""
    page.wait_for_function(
        """() => {
          const cards = [...document.querySelectorAll(".card")];
          return cards.length > 0 && cards.every((card) => Number(card.ariaSetSize) === cards.length);
        }"""
    )


def awake(page: Page) -> None:
    """The page with all that is loaded at somebody's first sign; a hand goes on, for browsers drop what comes before they paint."""
    expect(page.locator(".card").first).to_be_visible()
    for step in range(600):
        page.mouse.move(5 + step % 5, 5)
        if page.locator(".check").count():
            break
        page.wait_for_timeout(50)
    expect(page.locator(".check").first).to_be_attached()


def counts_are_here(page: Page) -> None:
    """Waits for the categories: what they are called, offered and counted is known from then on."""
    expect(page.locator("#tabs a").first).to_be_attached()


def publish(server: DevServer, ids: list[str]) -> None:
    assert server.client.patch("/api/images", json={"ids": ids, "set": {"published": True}}).status_code == 200
