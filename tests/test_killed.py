"""The server is killed at any moment, again and again, while pictures come in: each is ready exactly once and nothing strays."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.images import Status
from sightsync.ports import Everything, Sort
from tests import pictures
from tests.dev_server import ROOT, DevServer, environment

PICTURES = 300
BAD = 12
KILLS = 20
PATIENCE_S = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """300 files, all different; twelve of them are damaged."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(PICTURES - BAD):
        (folder / f"good-{number:03}.jpg").write_bytes(pictures.photo(number, 400, 300))
    for number in range(BAD):
        (folder / f"bad-{number:03}.jpg").write_bytes(pictures.truncated(pictures.photo(1000 + number)))
    return folder


@pytest.mark.slow
def test_twenty_kills_during_an_import_lose_nothing_and_leave_nothing(folder, tmp_path):
    data, chance = tmp_path / "data", random.Random(seed := random.randrange(10**6))
    server = DevServer(data).__enter__()
    importing, meanwhile = start_import(folder, data), 0
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 1.2))
            meanwhile += importing.poll() is None
            assert server.end(signal.SIGKILL) == -signal.SIGKILL
            server = DevServer(data).__enter__()
        said, _ = importing.communicate(timeout=PATIENCE_S)
        images = everything(data)
        settled = server.settled([image.id for image in images])
        wait_until_quiet(data)
    finally:
        importing.kill()
        importing.wait()
        server.end(signal.SIGTERM)
    where = f"seed {seed}: {said}\n{server.errors()[-3000:]}"
    assert importing.returncode == 0, where
    assert meanwhile > KILLS / 2, where
    assert Counter(image["status"] for image in settled.values()) == {"ready": PICTURES - BAD, "rejected": BAD}, where
    ready = Counter(image["filename"] for image in settled.values() if image["status"] == "ready")
    assert ready == Counter({f"good-{number:03}.jpg": 1 for number in range(PICTURES - BAD)}), where
    assert files_of(data / "store") == owned(everything(data)), where
    assert SqliteQueue(data / "queue.db").counts() == {"waiting": 0, "in_flight": 0, "dead": 0}, where


def start_import(folder: Path, data: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "local", "import", str(folder), "--data", str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(), cwd=ROOT)


def everything(data):
    catalog, images, cursor = SqliteCatalog(data / "catalog.db"), [], None
    while True:
        page = catalog.page(Everything, Sort("oldest"), cursor, 100)
        images += page.images
        cursor = page.next_cursor
        if cursor is None:
            catalog.close()
            return images


def wait_until_quiet(data):
    queue, until = SqliteQueue(data / "queue.db"), time.monotonic() + PATIENCE_S
    while (counts := queue.counts())["waiting"] or counts["in_flight"]:
        assert time.monotonic() < until, counts
        time.sleep(0.2)
    queue.close()


def files_of(store):
    return {str(path.relative_to(store)) for path in store.rglob("*") if path.is_file()} - {".secret"}


def owned(images):
    """Every file that a record names: the original, the words beside it, and what we made of it."""
    keys = set()
    for image in images:
        assert image.status is Status.READY or not image.derivatives
        keys |= {image.key, f"{image.key}.json", *image.derivatives.values()}
    return keys
