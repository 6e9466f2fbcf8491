"""The MongoDB catalog under what may happen to a server: silence, death in the middle of work, refusals, and no room left."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidDocument,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteError,
)

from sightsync.adapters.mongo import MongoCatalog
from sightsync.adapters.mongo_driver import OPERATION_MS, translated
from sightsync.errors import CatalogUnavailable, Misconfigured, SightSyncError, StorageFull
from sightsync.ports import Everything, Sort
from tests import pictures
from tests.dev_server import PATIENCE_S, DevServer, environment
from tests.mongod import MISSING, Mongod, program
from tests.records import put

SECRET = "hunter2"
ANSWERED_WITHIN_S = OPERATION_MS / 1000 + 2
BUSY_S = 14  # that a machine may take on top, which does much else; pymongo itself would wait for 30


# --- failures in our words ---


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (ServerSelectionTimeoutError(f"no answer from {SECRET}"), CatalogUnavailable),
        (AutoReconnect(SECRET), CatalogUnavailable),
        (NetworkTimeout(SECRET), CatalogUnavailable),
        (ExecutionTimeout(SECRET, 50), CatalogUnavailable),
        (ConfigurationError(f"The DNS query name does not exist: {SECRET}"), CatalogUnavailable),
        (OperationFailure(f"Authentication failed for {SECRET}", 18), CatalogUnavailable),
        (OperationFailure(f"bad auth : {SECRET}", 8000), CatalogUnavailable),
        (OperationFailure(f"not authorized on {SECRET}", 13), CatalogUnavailable),
        (OperationFailure("you are over your space quota, using 512 MB of 512 MB", 8000), StorageFull),
        (WriteError("No space left on device", 14031), StorageFull),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_each_failure_of_the_server_has_a_code_and_shows_no_address(theirs: PyMongoError, ours: type[SightSyncError]) -> None:
    @translated
    def call() -> None:
        raise theirs

    with pytest.raises(ours) as trouble:
        call()
    assert SECRET not in trouble.value.message
    assert trouble.value.__cause__ is theirs


@pytest.mark.parametrize(
    "ours", [OperationFailure("unknown operator: $nonsense", 2), InvalidDocument("no"), DuplicateKeyError("E11000", 11000)]
)
def test_what_is_our_own_mistake_is_not_called_an_outage(ours: PyMongoError) -> None:
    @translated
    def call() -> None:
        raise ours

    with pytest.raises(type(ours)):
        call()


def test_an_address_that_nobody_answers_is_unavailable_in_time() -> None:
    assert ANSWERED_WITHIN_S <= 6
    catalog = MongoCatalog(f"mongodb://user:{SECRET}@127.0.0.1:1/sightsync")
    began = time.monotonic()
    with pytest.raises(CatalogUnavailable) as trouble:
        catalog.health()
    assert time.monotonic() - began < ANSWERED_WITHIN_S + BUSY_S
    assert SECRET not in trouble.value.message
    assert "127.0.0.1" not in trouble.value.message
    catalog.close()
    with pytest.raises(CatalogUnavailable, match="closed"):
        catalog.health()


def test_a_name_that_cannot_be_looked_up_is_unavailable_in_time() -> None:
    catalog = MongoCatalog(f"mongodb+srv://user:{SECRET}@nowhere.invalid/sightsync")
    began = time.monotonic()
    with pytest.raises(CatalogUnavailable) as trouble:
        catalog.health()
    assert time.monotonic() - began < ANSWERED_WITHIN_S + BUSY_S
    assert "nowhere" not in trouble.value.message
    catalog.close()


@pytest.mark.parametrize("address", ["mongodb://", f"mongodb://user:{SECRET}%%@host/x", "mongodb://host:not-a-port/x"])
def test_what_is_no_address_is_misconfigured(address: str) -> None:
    catalog = MongoCatalog(address)
    with pytest.raises(Misconfigured) as trouble:
        catalog.health()
    assert SECRET not in trouble.value.message


# --- what is imported ---


def test_a_page_of_the_gallery_needs_no_numpy_and_other_catalogs_no_pymongo(mongodb: str, tmp_path: Path) -> None:
    catalog = MongoCatalog(mongodb)
    put(catalog)
    catalog.close()
    code = (
        "import sys; from sightsync.services import build; from sightsync.settings import Settings\n"
        "from sightsync.ports import Everything, Sort, WordTerms\n"
        "from pathlib import Path\n"
        "catalog = build(Settings(data=Path(sys.argv[1]), catalog=sys.argv[2])).catalog\n"
        "images = catalog.page(Everything, Sort(), None, 5).images\n"
        "print(len(images), sorted({'numpy', 'pymongo', 'bson', 'cryptography', 'PIL'} & set(sys.modules)))\n"
        "catalog.close()"
    )
    for address, expected in ((mongodb, "1 ['bson', 'pymongo']"), ("", "0 []")):
        command = [sys.executable, "-c", code, str(tmp_path), address]
        said = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout
        assert said.strip() == expected


# --- a server that goes away under load ---


class Crowd:
    """People who list, search and upload at once, for as long as they are let. What each was answered is kept."""

    def __init__(self, server: DevServer, size: int = 4) -> None:
        self._server, self._stop = server, Event()
        self.promised: list[str] = []  # ids of answered uploads
        self.statuses: Counter[int] = Counter()
        self.longest_s = 0.0
        self._threads = ThreadPoolExecutor(size)
        self._running = [self._threads.submit(self._act, n) for n in range(size)]

    def end(self) -> None:
        self._stop.set()
        for running in self._running:
            running.result(PATIENCE_S)
        self._threads.shutdown()

    def _act(self, number: int) -> None:
        turn = 0
        with httpx.Client(base_url=self._server.url, timeout=PATIENCE_S) as client:
            while not self._stop.is_set():
                turn += 1
                self._one(client, number, turn)
                time.sleep(0.02)

    def _one(self, client: httpx.Client, number: int, turn: int) -> None:
        began = time.monotonic()
        if turn % 3 == 0:
            answer = client.get("/api/images", params={"sort": "shuffle", "limit": 5})
        elif turn % 3 == 1:
            answer = client.get("/api/search", params={"q": f"red {turn}"})
        else:
            answer = self._upload(client, number, turn)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        self.statuses[answer.status_code] += 1
        assert answer.status_code in (200, 201, 503), answer.text
        if answer.status_code == 503:
            assert answer.json()["error"] == "catalog_unavailable"

    def _upload(self, client: httpx.Client, number: int, turn: int) -> httpx.Response:
        body = pictures.photo(1000 * number + turn, 80, 60)
        ask = {"filename": f"{number}-{turn}.jpg", "content_type": "image/jpeg", "bytes": len(body)}
        answer = client.post("/api/uploads", json=ask)
        if answer.status_code == 201:
            upload = answer.json()["upload"]
            sent = client.post(upload["url"], data=upload["fields"], files={"file": (ask["filename"], body, "image/jpeg")})
            assert sent.status_code == 204, sent.text
            self.promised.append(answer.json()["image"]["id"])
        return answer


def everything(uri: str) -> list[Any]:
    catalog, images, cursor = MongoCatalog(uri), [], None
    while True:
        page = catalog.page(Everything, Sort("oldest"), cursor, 100)
        images += page.images
        cursor = page.next_cursor
        if cursor is None:
            catalog.close()
            return images


def until(true: Callable[[], bool], crowd: Crowd) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, crowd.statuses
        time.sleep(0.1)


def away_for_a_while(mongod: Mongod, how: signal.Signals, crowd: Crowd) -> None:
    mongod.send(how) if how is signal.SIGSTOP else mongod.end(how)
    time.sleep(7)
    until(lambda: crowd.statuses[503] > 0, crowd)
    mongod.send(signal.SIGCONT) if how is signal.SIGSTOP else mongod.start()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "replica_set"),
    [(signal.SIGSTOP, False), (signal.SIGKILL, False), (signal.SIGKILL, True)],
    ids=["silent", "killed", "killed, of a set"],
)
def test_a_server_that_goes_away_under_load_costs_time_and_nothing_else(
    tmp_path: Path, how: signal.Signals, replica_set: bool
) -> None:
    if program() is None:
        pytest.skip(MISSING)
    with Mongod(tmp_path / "mongod", replica_set) as mongod:
        uri = mongod.uri("sightsync")
        with DevServer(tmp_path / "data", settings={"SIGHTSYNC_CATALOG": uri}) as server:
            crowd = Crowd(server)
            time.sleep(2)
            until(lambda: bool(crowd.promised), crowd)
            away_for_a_while(mongod, how, crowd)
            meanwhile = len(crowd.promised)
            until(lambda: len(crowd.promised) >= meanwhile + 5, crowd)
            crowd.end()
            settled = server.settled(crowd.promised)
        assert crowd.longest_s < ANSWERED_WITHIN_S + BUSY_S
        assert {image["status"] for image in settled.values()} == {"ready"}
        names = Counter(image.filename for image in everything(uri))
        assert max(names.values()) == 1
        assert len(set(crowd.promised)) == len(crowd.promised) <= len(names)
