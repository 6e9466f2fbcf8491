"""Beginning an upload over HTTP: tickets, duplicates, limits, quotas."""

from datetime import timedelta
from typing import Any

import pytest

from sightsync.images import MAX_BYTES, Image, Status, now
from sightsync.ports import Ticket
from sightsync.services import Services
from sightsync.settings import Settings
from sightsync.uploads import UploadRequest, request_upload
from tests.conftest import Client
from tests.fakes import MemoryStore
from tests.records import an_image

SHA = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"


def ask(**changes: object) -> dict[str, object]:
    return {"filename": "harbour.jpg", "content_type": "image/jpeg", "bytes": 1000, **changes}


def stored(services: Services, image_id: str) -> Image:
    found = services.catalog.get(image_id)
    assert found is not None
    return found


def test_an_upload_begins_with_a_draft_and_a_ticket(services: Services, ada: Client, visitor: Client) -> None:
    words = {"title": "Harbour", "description": "Red boats", "category": "comics", "tags": ["boats"]}
    answer = ada.post("/api/uploads", json=ask(**words, sha256=SHA.upper()))
    assert answer.status_code == 201
    told = answer.json()
    image = told["image"]
    assert {name: image[name] for name in words} == words
    assert (image["status"], image["analysis"], image["published"], image["version"]) == ("waiting", "pending", False, 1)
    assert (image["owner"], image["mine"], image["sha256"], image["bytes"]) == ("ada", True, SHA, 1000)
    assert told["upload"]["fields"]["key"] == f"uploads/{image['id']}" == stored(services, image["id"]).key
    assert told["upload"]["fields"]["Content-Type"] == "image/jpeg"
    assert told["expires_at"].endswith("Z")
    assert visitor.get(f"/api/images/{image['id']}").status_code == 404


def test_strangers_upload_nothing(visitor: Client) -> None:
    assert visitor.post("/api/uploads", json=ask()).json()["error"] == "sign_in_required"


def test_the_ticket_takes_no_more_than_was_announced(ada: Client) -> None:
    assert ada.post("/api/uploads", json=ask(bytes=1234)).json()["upload"]["fields"]["policy"] == "at most 1234"


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ("image/HEIC", "image/heic"),
        ("", "application/octet-stream"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/pdf", "application/octet-stream"),
    ],
)
def test_a_declared_type_is_only_advice_and_never_one_that_a_browser_would_run(ada: Client, declared: str, kept: str) -> None:
    told = ada.post("/api/uploads", json=ask(content_type=declared)).json()
    assert told["image"]["content_type"] == told["upload"]["fields"]["Content-Type"] == kept


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("C:\\fakepath\\a b.jpg", "a b.jpg"),
        ("../../etc/passwd", "passwd"),
        ("日本語.png", "日本語.png"),
        (" x\ny.jpg ", "x y.jpg"),
        ("photo", "photo"),
    ],
)
def test_a_filename_is_kept_without_its_folders(ada: Client, filename: str, kept: str) -> None:
    assert ada.post("/api/uploads", json=ask(filename=filename)).json()["image"]["filename"] == kept


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"filename": ""}, "filename"),
        ({"filename": "folder/"}, "filename"),
        ({"filename": "x" * 256}, "filename"),
        ({"filename": 7}, "filename"),
        ({"content_type": "image"}, "content_type"),
        ({"content_type": "image/jpeg\r\nX-Evil: 1"}, "content_type"),
        ({"bytes": 0}, "bytes"),
        ({"bytes": -1}, "bytes"),
        ({"bytes": "many"}, "bytes"),
        ({"bytes": 1.5}, "bytes"),
        ({"sha256": "abc"}, "sha256"),
        ({"sha256": "g" * 64}, "sha256"),
        ({"category": "animals"}, "category"),
        ({"tags": ["x"] * 20 + ["y" * 41]}, "tags"),
        ({"published": True}, "published"),
    ],
)
def test_what_cannot_be_announced_is_refused_by_field(ada: Client, changes: dict[str, object], field: str) -> None:
    answer = ada.post("/api/uploads", json=ask(**changes))
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert answer.json()["details"][0]["field"] == field


@pytest.mark.parametrize("field", ["filename", "content_type", "bytes"])
def test_what_is_needed_is_named_when_it_is_missing(ada: Client, field: str) -> None:
    body = ask()
    del body[field]
    assert [found["field"] for found in ada.post("/api/uploads", json=body).json()["details"]] == [field]


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 10**30])
def test_a_file_that_is_too_large_is_refused_before_it_is_sent(ada: Client, size: int) -> None:
    answer = ada.post("/api/uploads", json=ask(bytes=size))
    assert (answer.status_code, answer.json()["error"], answer.json()["details"]) == (413, "too_large", {"max_bytes": MAX_BYTES})
    assert "25 MB" in answer.json()["message"]
    assert ada.post("/api/uploads", json=ask(bytes=MAX_BYTES)).status_code == 201


# --- Twice --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.READY, Status.PROCESSING])
def test_a_picture_that_one_has_is_not_sent_again(services: Services, ada: Client, status: Status) -> None:
    image = services.catalog.put(an_image(owner="ada", sha256=SHA, status=status), 0)
    answer = ada.post("/api/uploads", json=ask(sha256=SHA))
    assert answer.status_code == 200
    assert (answer.json()["duplicate"], answer.json()["image"]["id"]) == (True, image.id)
    assert "upload" not in answer.json()


@pytest.mark.parametrize(
    "other", [{"owner": "bob"}, {"deleted_at": now()}, {"status": Status.REJECTED}, {"status": Status.FAILED}, {"sha256": "0" * 64}]
)
def test_what_others_have_or_was_lost_is_no_duplicate(services: Services, ada: Client, other: dict[str, Any]) -> None:
    services.catalog.put(an_image(**{"owner": "ada", "sha256": SHA, **other}), 0)
    assert ada.post("/api/uploads", json=ask(sha256=SHA)).status_code == 201


def test_an_upload_announced_twice_gets_a_fresh_ticket_for_the_same_image(services: Services, ada: Client) -> None:
    first = ada.post("/api/uploads", json=ask(sha256=SHA, title="Kept", description="First words")).json()
    again = ada.post("/api/uploads", json=ask(sha256=SHA, description="Better words", filename="new.jpg"))
    assert again.status_code == 201
    told = again.json()
    assert told["image"]["id"] == first["image"]["id"]
    assert told["upload"]["fields"]["key"] == first["upload"]["fields"]["key"]
    assert (told["image"]["title"], told["image"]["description"], told["image"]["filename"]) == ("Kept", "Better words", "new.jpg")
    assert told["image"]["version"] == 2


def test_two_who_announce_one_file_at_once_both_get_a_ticket(services: Services) -> None:
    catalog, asked = services.catalog, UploadRequest.model_validate(ask(sha256=SHA, description="Mine"))
    first = request_upload(asked, "ada", catalog, services.store, services.settings).image

    class Meanwhile(MemoryStore):
        def ticket(self, key: str, content_type: str, max_bytes: int, expires_in: int = 3600) -> Ticket:
            catalog.put(first.but(title="Another's", description="Another's"), first.version)
            return super().ticket(key, content_type, max_bytes, expires_in)

    image = request_upload(asked, "ada", catalog, Meanwhile(), services.settings).image
    assert (image.id, image.version, image.title, image.description) == (first.id, 3, "Another's", "Mine")


def test_files_without_a_hash_are_each_new(ada: Client) -> None:
    assert ada.post("/api/uploads", json=ask()).json()["image"]["id"] != ada.post("/api/uploads", json=ask()).json()["image"]["id"]


# --- Quotas -------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Any) -> Settings:
    return Settings(data=tmp_path, issuer="https://issuer.example", **getattr(request, "param", {}))


@pytest.mark.parametrize("settings", [{"daily_files": 2}], indirect=True)
def test_a_days_files_are_counted_per_owner(ada: Client, bob: Client) -> None:
    assert [ada.post("/api/uploads", json=ask()).status_code for _ in range(3)] == [201, 201, 429]
    refused = ada.post("/api/uploads", json=ask()).json()
    assert (refused["error"], refused["details"]["quota"], refused["details"]["limit"]) == ("quota_exceeded", "files", 2)
    assert refused["details"]["resets_at"].endswith("T00:00:00Z")
    assert bob.post("/api/uploads", json=ask()).status_code == 201


@pytest.mark.parametrize("settings", [{"daily_bytes": 2500}], indirect=True)
def test_a_days_bytes_are_counted_and_what_was_refused_is_not(ada: Client) -> None:
    assert ada.post("/api/uploads", json=ask(bytes=2000)).status_code == 201
    assert ada.post("/api/uploads", json=ask(bytes=501)).json()["details"]["quota"] == "bytes"
    assert ada.post("/api/uploads", json=ask(bytes=500)).status_code == 201
    assert ada.post("/api/uploads", json=ask(bytes=1)).status_code == 429


@pytest.mark.parametrize("settings", [{"daily_files": 1, "daily_bytes": 1500}], indirect=True)
def test_a_fresh_ticket_is_no_further_file_but_its_further_bytes_count(ada: Client) -> None:
    assert ada.post("/api/uploads", json=ask(sha256=SHA)).status_code == 201
    assert ada.post("/api/uploads", json=ask(sha256=SHA)).status_code == 201
    assert ada.post("/api/uploads", json=ask(sha256=SHA, bytes=1501)).status_code == 429
    assert ada.post("/api/uploads", json=ask(sha256=SHA, bytes=1500)).status_code == 201


@pytest.mark.parametrize("settings", [{"daily_files": 1}], indirect=True)
def test_yesterdays_files_do_not_count_today(services: Services, ada: Client) -> None:
    services.catalog.add(f"quota:ada:{now() - timedelta(days=1):%Y-%m-%d}:files", 1, now() + timedelta(hours=1))
    assert ada.post("/api/uploads", json=ask()).status_code == 201


def test_without_a_store_nothing_is_written(services: Services, store: MemoryStore, ada: Client) -> None:
    store.away = True
    answer = ada.post("/api/uploads", json=ask())
    assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
    store.away = False
    assert ada.get("/api/images?owner=me").json()["images"] == []
