"""A Desk to clear: pictures that wait for their owner, for each of the reasons there are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Page, expect

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.images import AnalysisState, Caption, Status
from tests.dev_server import DevServer
from tests.pictures import encoded, photo, scene

SEES = "a red boat in a dark harbour"
FILED = {"category": "illustrations"}
REASON = {
    "drafts": "Draft",
    "words_disagree": "The model sees something else",
    "no_words": "No words yet",
    "uncategorised": "No category",
    "near_duplicate": "Nearly the same as another",
    "failed": "Something went wrong",
}


def data_of(server: DevServer) -> Path:
    """The folder in which this server keeps everything."""
    command = list(server._command)
    return Path(command[command.index("--data") + 1])


def hang(server: DevServer, bodies: Sequence[bytes], published: bool = True, **words: object) -> list[str]:
    """Analysed pictures with these words; the n-th is called n.jpg."""
    ids = [server.upload(body, f"{n}.jpg", **{**FILED, **words}) for n, body in enumerate(bodies)]
    server.settled(ids, match=True)
    if ids and published:
        assert server.client.patch("/api/images", json={"ids": ids, "set": {"published": True}}).status_code == 200
    return ids


def as_if(server: DevServer, image_id: str, **fields: object) -> None:
    """Writes into the record what no server without a model, and none in good health, would."""
    catalog = SqliteCatalog(data_of(server) / "catalog.db")
    try:
        image = catalog.get(image_id)
        assert image is not None
        catalog.put(image.but(**fields).with_checks(), image.version)
    finally:
        catalog.close()


def disagreeing(server: DevServer, image_id: str) -> None:
    as_if(server, image_id, caption=Caption(text=SEES, model="teller@1", kind="caption"), checks=("words_disagree",))


def failing(server: DevServer, image_id: str) -> None:
    as_if(server, image_id, status=Status.FAILED, analysis=AnalysisState.PENDING, derivatives={})


def asked(page: Page, reason: str) -> None:
    expect(page.locator(".desk-why")).to_have_text(REASON[reason])


def lay(
    server: DevServer, *, drafts: int = 0, disagree: int = 0, wordless: int = 0, unfiled: int = 0, near: int = 0, failed: int = 0
) -> Mapping[str, list[str]]:
    """So many that wait for each reason, by reason; of near duplicates the newer ones (the older wait for nothing)."""
    seeds = iter(range(100, 200))

    def some(count: int) -> list[bytes]:
        return [photo(next(seeds), 640, 440) for _ in range(count)]

    found = {"failed": hang(server, some(failed), description="A red field")}
    for image_id in found["failed"]:
        failing(server, image_id)
    twins = [next(seeds) for _ in range(near)]
    hang(server, [photo(seed, 640, 440) for seed in twins], description="A red field")
    small = [encoded(scene(seed, 640, 440).resize((480, 330)), "JPEG") for seed in twins]
    found["near_duplicate"] = hang(server, small, description="A red field, smaller")
    found["uncategorised"] = hang(server, some(unfiled), description="A red field", category="uncategorised")
    found["no_words"] = hang(server, some(wordless))
    found["words_disagree"] = hang(server, some(disagree), description="A green hill")
    for image_id in found["words_disagree"]:
        disagreeing(server, image_id)
    found["drafts"] = hang(server, some(drafts), published=False, description="A red field")
    return found
