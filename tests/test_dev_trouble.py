"""Disk full, store gone, database locked: a 503 with a code, nothing half-done, and work goes on by itself."""

import os
import resource
import sqlite3
import time
from contextlib import contextmanager

import pytest

from tests import pictures
from tests.dev_server import PATIENCE_S, DevServer

pytestmark = pytest.mark.slow  # waits until servers give up

MB = 1024 * 1024


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("trouble") / "data"


@pytest.fixture(scope="module")
def server(data):
    with DevServer(data) as server:
        yield server


def ticket(server, size=100_000):
    ask = {"filename": "a.jpg", "content_type": "image/jpeg", "bytes": size}
    answer = server.client.post("/api/uploads", json=ask)
    assert answer.status_code == 201, answer.text
    return answer.json()


def send(server, given, body):
    upload = given["upload"]
    return server.client.post(upload["url"], data=upload["fields"], files={"file": ("a.jpg", body, "image/jpeg")})


def assert_away(answer, code):
    assert (answer.status_code, answer.json()["error"]) == (503, code), answer.text
    assert answer.headers["retry-after"].isdigit()


@contextmanager
def gone(folder):
    away = folder.with_name("elsewhere")
    folder.rename(away)
    try:
        yield
    finally:
        away.rename(folder)


@contextmanager
def locked(path):
    """As when a backup holds it."""
    with sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
    other.close()


def test_while_the_store_is_gone_uploads_and_pictures_are_503_and_then_go_on(server, data):
    ready = server.settled([shown := server.upload(pictures.photo(1))])[shown]
    given = ticket(server)
    with gone(data / "store"):
        assert_away(send(server, given, pictures.photo(2)), "store_unavailable")
        assert_away(server.client.get(ready["derivatives"]["thumb"]), "store_unavailable")
        assert server.client.get("/api/images").status_code == 200
        assert server.client.get("/api/health").json()["store"] != "ok"
        assert not (data / "store").exists()
    assert send(server, given, pictures.photo(2)).status_code == 204
    assert server.settled([given["image"]["id"]])[given["image"]["id"]]["status"] == "ready"
    assert server.client.get(ready["derivatives"]["thumb"]).status_code == 200


def test_pictures_whose_store_went_away_before_they_were_read_become_ready_when_it_is_back(server, data):
    ids = [server.upload(pictures.photo(seed, 900, 700)) for seed in range(40, 52)]
    with gone(data / "store"):
        time.sleep(3)
    images = server.settled(ids)
    assert {image["status"] for image in images.values()} == {"ready"}


def test_while_the_catalog_is_locked_writes_are_503_and_then_go_on(server, data):
    with locked(data / "catalog.db"):
        answer = server.client.post("/api/uploads", json={"filename": "a.jpg", "content_type": "image/jpeg", "bytes": 10})
        assert_away(answer, "catalog_unavailable")
    given = ticket(server)
    with locked(data / "catalog.db"):
        assert send(server, given, pictures.photo(3)).status_code == 204
    assert server.settled([given["image"]["id"]])[given["image"]["id"]]["status"] == "ready"


def test_a_picture_that_arrived_while_the_queue_was_locked_is_analysed_when_it_is_not(server, data):
    given = ticket(server)
    with locked(data / "queue.db"):
        assert_away(send(server, given, pictures.photo(4)), "queue_unavailable")
    assert server.settled([given["image"]["id"]])[given["image"]["id"]]["status"] == "ready"


def test_when_the_disk_is_full_nothing_half_written_stays_and_smaller_files_still_fit(tmp_path):
    """A server that may write no file above 12 MB, which fails as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12 * MB, before[1]))
    try:
        server = DevServer(tmp_path / "data").__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    try:
        given = ticket(server, 15 * MB)
        assert_away(send(server, given, os.urandom(15 * MB)), "storage_full")
        assert not [path for path in (tmp_path / "data" / "store").rglob("*") if path.is_file() and path.name != ".secret"]
        assert send(server, given, pictures.photo(5)).status_code == 204
        assert server.settled([given["image"]["id"]])[given["image"]["id"]]["status"] == "ready"
    finally:
        server.__exit__()


def test_the_server_outlives_all_of_it(server):
    until = time.monotonic() + PATIENCE_S
    while server.client.get("/api/health").json()["status"] != "ok":
        assert time.monotonic() < until
    assert server.process.poll() is None
