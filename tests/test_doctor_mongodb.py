"""`./sightsync doctor` and a MongoDB catalog: what each kind of failure is called, and what to do about it."""

import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from local.doctor import Problem
from local.doctor_mongodb import check, diagnosis
from sightsync.adapters.mongo import MongoCatalog
from sightsync.ports import Everything, Sort
from tests.atlas import CatalogOnAtlas
from tests.dev_server import environment
from tests.records import an_image, ids

pytestmark = pytest.mark.slow  # waits for servers that do not answer

SECRET = "hunter2"


def checked(uri: str) -> str:
    catalog = MongoCatalog(uri)
    try:
        return check(catalog)
    finally:
        catalog.close()


def test_a_working_catalog_is_said_to_be_one_and_nothing_of_the_check_stays(mongodb: str) -> None:
    catalog = MongoCatalog(mongodb)
    image = catalog.put(an_image(), 0)
    says = check(catalog)
    assert "no Atlas Search (meaning is searched exactly, in memory; words by ordinary indexes)" in says
    assert "a vector written, found and deleted" in says
    assert ids(catalog.page(Everything, Sort(), None, 9).images) == [image.id]
    assert catalog.server.database["spaces"].count_documents({}) == 0
    catalog.close()


def test_the_round_trip_goes_through_the_space_that_is_searched(mongodb: str) -> None:
    catalog = MongoCatalog(mongodb)
    catalog.put(an_image(), 0, {"clip@1": {"image": np.array([0, 0, 1], np.float32)}})
    catalog.remember("active_space", "clip@1")
    check(catalog)
    assert [space["_id"] for space in catalog.server.database["spaces"].find()] == ["clip@1"]
    catalog.close()


def test_missing_ordinary_indexes_are_told_with_what_makes_them(mongodb: str) -> None:
    catalog = MongoCatalog(mongodb)
    catalog.prepare()
    catalog.server.database["images"].drop_index("wall")
    with pytest.raises(Problem) as found:
        check(catalog)
    assert found.value == Problem("1 ordinary indexes are missing or differ", "./sightsync indexes --update")
    catalog.close()


def test_missing_search_indexes_are_told_with_what_makes_them(mongodb: str) -> None:
    catalog = CatalogOnAtlas(mongodb)
    catalog.collection.list_search_indexes = lambda: iter([])  # type: ignore[method-assign]  # our own stand-in, still empty
    with pytest.raises(Problem) as found:
        check(catalog)
    assert found.value == Problem("the search index words is missing", "./sightsync indexes")
    catalog.close()


def test_nobody_listening_is_told() -> None:
    with pytest.raises(Problem) as found:
        checked(f"mongodb://user:{SECRET}@127.0.0.1:1/x")
    assert found.value.what == "nothing listens at its address"
    assert SECRET not in f"{found.value.what} {found.value.remedy}"


def test_a_name_that_is_not_in_the_dns_is_told() -> None:
    with pytest.raises(Problem) as found:
        checked(f"mongodb+srv://user:{SECRET}@nowhere.invalid/x")
    assert found.value.what == "the host in its address cannot be found (DNS)"


def test_what_is_no_address_is_told() -> None:
    with pytest.raises(Problem) as found:
        checked(f"mongodb://user:{SECRET}%%@host/x")
    assert "no MongoDB address" in found.value.what
    assert SECRET not in found.value.what


def test_a_server_that_is_silent_is_told_with_the_access_list() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Problem) as found:
            checked(f"mongodb://127.0.0.1:{silent.getsockname()[1]}/x")
    assert found.value.what == "it does not answer"
    assert "Network Access" in found.value.remedy


def test_a_server_without_tls_that_is_asked_for_it_is_told() -> None:
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        plain.listen()
        Thread(target=_answer_in_plain, args=(plain,), daemon=True).start()
        with pytest.raises(Problem) as found:
            checked(f"mongodb://127.0.0.1:{plain.getsockname()[1]}/x?tls=true")
        plain.shutdown(socket.SHUT_RDWR)
    assert found.value.what == "no TLS connection can be made with it"


def _answer_in_plain(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        except OSError:
            return


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("The DNS query name does not exist: _mongodb._tcp.cluster0.abcde.mongodb.net.", "cannot be found (DNS)"),
        ("host:27017: [Errno -2] Name or service not known", "cannot be found (DNS)"),
        ("bad auth : Authentication failed., full error: {'ok': 0, 'code': 8000, 'codeName': 'AtlasError'}", "refuses the user"),
        ("Authentication failed., full error: {'code': 18, 'codeName': 'AuthenticationFailed'}", "refuses the user"),
        ("not authorized on sightsync to execute command { createIndexes: \"images\" }", "may not write here"),
        ("user is not allowed to do action [insert] on [x.images]", "may not write here"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate", "cannot be trusted"),
        ("SSL handshake failed: a.mongodb.net:27017: [SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error", "access list"),
        ("SSL handshake failed: a:27017: EOF occurred in violation of protocol", "no TLS connection"),
        ("a:27017: [Errno 111] Connection refused", "nothing listens"),
        ("a:27017: timed out (configured timeouts: socketTimeoutMS: 20000.0ms)", "does not answer"),
        ("something that nobody has seen yet", "cannot be used"),
    ],
)  # fmt: skip
def test_each_failure_of_a_connection_is_told_apart(said: str, what: str) -> None:
    assert what in " ".join(diagnosis(said))


def test_doctor_shows_one_line_for_it(mongodb: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local", "doctor", "--data", str(tmp_path)]
    ran = subprocess.run(command, env=environment(SIGHTSYNC_CATALOG=mongodb), capture_output=True, text=True, check=False)
    assert "ok       catalog    MongoDB " in ran.stdout, ran.stdout + ran.stderr
