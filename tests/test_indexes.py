"""`./sightsync indexes`: on a real mongod, and against a stand-in that lists search indexes as Atlas does."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from local.indexes import _poll, _search, _vector_indexes
from sightsync.adapters.mongo import MongoCatalog
from sightsync.adapters.mongo_schema import INDEXES, index_drift
from sightsync.adapters.mongo_search import vector_index, vector_index_name, words_index
from tests.dev_server import environment
from tests.records import an_image, put

pytestmark = pytest.mark.slow  # waits for servers that do not answer

WANTED = [words_index(), vector_index("clip@1", 3)]
NAMES = [index["name"] for index in WANTED]


def run(uri: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local", "indexes", "--data", str(folder), *options]
    return subprocess.run(command, env=environment(SIGHTSYNC_CATALOG=uri), capture_output=True, text=True, check=False)


class FakeAtlas:
    """A collection's search indexes. Each can be asked once it was listed twice; Atlas adds words of its own to a definition."""

    def __init__(self, *found: dict[str, Any]) -> None:
        self.indexes = {index["name"]: index | {"listed": 0} for index in found}
        self.refuses: int | None = None

    def list_search_indexes(self) -> Iterable[Mapping[str, Any]]:
        if self.refuses:
            raise OperationFailure("not here", self.refuses)
        for index in list(self.indexes.values()):
            index["listed"] += 1
            definition = {"analyzer": "lucene.standard", **index["definition"]}
            told = {"name": index["name"], "type": index["type"], "latestDefinition": definition}
            yield told | {"status": index.get("status", "READY"), "queryable": index["listed"] > 1}

    def create_search_index(self, model: Any) -> object:
        self.indexes[model.document["name"]] = {**model.document, "listed": 0}
        return model.document["name"]

    def update_search_index(self, name: str, definition: Mapping[str, Any]) -> object:
        self.indexes[name] |= {"definition": definition, "listed": 0}
        return None

    def drop_search_index(self, name: str) -> object:
        return self.indexes.pop(name)


def at_once(seconds: float) -> None:
    """Time that nobody needs to wait for."""


# --- a server without search ---


def test_a_plain_server_gets_its_ordinary_indexes_and_is_told_what_works(mongodb: str, tmp_path: Path) -> None:
    first = run(mongodb, tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "made      images.one_of_a_kind" in first.stdout
    assert "this server has no Atlas Search. Meaning is searched exactly, in memory; words by ordinary indexes." in first.stdout
    again = run(mongodb, tmp_path)
    assert "made" not in again.stdout
    assert f"{sum(map(len, INDEXES.values()))} ordinary indexes are as they should be" in again.stdout


def test_an_ordinary_index_that_drifted_is_named_and_mended_on_request(mongodb: str, tmp_path: Path) -> None:
    catalog = MongoCatalog(mongodb)
    catalog.prepare()
    database: Any = catalog.server.database
    database["images"].drop_index("wall")
    database["images"].create_index([("published", 1)], name="wall")
    database["counters"].drop_index("expiry")
    database["counters"].create_index([("expires_at", 1)], name="expiry", expireAfterSeconds=60)
    told = run(mongodb, tmp_path)
    assert told.returncode == 1
    assert "DIFFERS   images.wall" in told.stdout
    assert "is over published instead of deleted, published, status, created_at, _id" in told.stdout
    assert "DIFFERS   counters.expiry" in told.stdout
    assert "has another expireAfterSeconds" in told.stdout
    assert run(mongodb, tmp_path, "--update").returncode == 0
    assert index_drift(database) == {}
    catalog.close()


def test_a_catalog_whose_indexes_drifted_goes_on_working(mongodb: str) -> None:
    with MongoClient[dict[str, Any]](mongodb) as client:
        client.get_default_database()["images"].create_index([("published", 1)], name="wall")
    catalog = MongoCatalog(mongodb)
    image = put(catalog)
    assert catalog.get(image.id) == image
    catalog.close()


def test_a_sqlite_catalog_needs_no_indexes_made(tmp_path: Path) -> None:
    told = run("", tmp_path)
    assert told.returncode == 1
    assert "looks after its indexes by itself" in told.stderr


def test_the_definitions_can_be_printed_for_those_who_make_them_by_hand(mongodb: str, tmp_path: Path) -> None:
    told = run(mongodb, tmp_path, "--print")
    assert told.returncode == 0
    assert '"analyzer": "lucene.whitespace"' in told.stdout


def test_nobody_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    told = run("mongodb://somebody:hunter2@127.0.0.1:1/x", tmp_path)
    assert told.returncode == 1
    assert "The database does not answer" in told.stderr
    assert "hunter2" not in told.stderr + told.stdout
    assert "Try: ./sightsync doctor" in told.stderr


# --- a server with search ---


def test_missing_search_indexes_are_made_and_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    atlas = FakeAtlas()
    assert _search(atlas, WANTED, update=False, wait_s=60, pause=at_once)
    assert set(atlas.indexes) == set(NAMES)
    said = capsys.readouterr().out
    assert all(f"made      {name}" in said for name in NAMES)
    assert all(f"ok        {name:<24} can be asked" in said for name in NAMES)


def test_a_search_index_that_drifted_is_told_and_changed_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    older = vector_index("clip@1", 2)
    older["definition"]["fields"].pop()
    atlas = FakeAtlas(WANTED[0], older)
    assert not _search(atlas, WANTED, update=False, wait_s=60, pause=at_once)
    said = capsys.readouterr().out
    assert "numDimensions is 2 instead of 3" in said
    assert "updated_at is missing" in said
    assert "./sightsync indexes --update" in said
    assert _search(atlas, WANTED, update=True, wait_s=60, pause=at_once)
    assert atlas.indexes[NAMES[1]]["definition"] == WANTED[1]["definition"]


def test_what_the_server_adds_and_the_order_of_fields_are_no_drift(capsys: pytest.CaptureFixture[str]) -> None:
    turned = vector_index("clip@1", 3)
    turned["definition"]["fields"].reverse()
    turned["definition"]["fields"][-1]["quantization"] = "none"
    assert _search(FakeAtlas(WANTED[0], turned), WANTED, update=False, wait_s=60, pause=at_once)
    assert "instead of" not in capsys.readouterr().out


def test_an_index_of_a_space_no_longer_searched_is_dropped_on_request_and_nobody_elses(capsys: pytest.CaptureFixture[str]) -> None:
    stale, theirs = vector_index("old@1", 3), {**words_index(), "name": "somebody_elses"}
    atlas = FakeAtlas(*WANTED, stale, theirs)
    assert _search(atlas, WANTED, update=False, wait_s=60, pause=at_once)
    assert f"stale     {stale['name']}" in capsys.readouterr().out
    assert _search(atlas, WANTED, update=True, wait_s=60, pause=at_once)
    assert set(atlas.indexes) == {*NAMES, "somebody_elses"}


def test_an_index_that_takes_long_or_fails_is_not_called_well(capsys: pytest.CaptureFixture[str]) -> None:
    atlas = FakeAtlas(*WANTED)
    assert not _poll(atlas, NAMES, 0, at_once)
    assert "cannot be asked yet" in capsys.readouterr().out
    atlas = FakeAtlas(WANTED[0], WANTED[1] | {"status": "FAILED"})
    assert not _poll(atlas, NAMES, 0, at_once)
    assert "could not build it" in capsys.readouterr().out


def test_a_cluster_that_lists_no_search_indexes_gets_directions(capsys: pytest.CaptureFixture[str]) -> None:
    atlas = FakeAtlas()
    atlas.refuses = 8000
    assert not _search(atlas, WANTED, update=False, wait_s=60, pause=at_once)
    assert "./sightsync indexes --print" in capsys.readouterr().out


# --- which spaces ---


def spaces_of(catalog: MongoCatalog) -> list[str]:
    return [index["name"] for index in _vector_indexes(catalog)]


def test_the_space_that_is_searched_has_an_index_and_the_one_that_is_being_filled(mongodb: str) -> None:
    catalog = MongoCatalog(mongodb)
    assert spaces_of(catalog) == []
    for space in ("palette@1", "clip@1", "clip@2"):
        catalog.put(an_image(), 0, {space: {"image": np.array([1, 0], np.float32)}})
    catalog.remember("active_space", "clip@1")
    assert spaces_of(catalog) == [vector_index_name("clip@1"), vector_index_name("clip@2")]
    catalog.remember("active_space", "clip@2")
    catalog.remember("previous_space", {"space": "clip@1", "vision": "palette:"})
    assert spaces_of(catalog) == [vector_index_name("clip@2")]
    catalog.close()
