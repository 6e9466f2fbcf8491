"""When things go wrong: one shape for every error, nothing of people's words or of our insides in it, and an id to find it by."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from fastapi import APIRouter

from sightsync.errors import CatalogUnavailable, SightSyncError, StorageFull
from sightsync.services import Services
from sightsync.web import MAX_BODY, MAX_JSON, make_app, parts
from tests.conftest import Client

ONE_SHAPE = {"error", "message", "details"}
JSON = {"content-type": "application/json"}


class Failing:
    """A catalog whose every call raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def call(*_: Any, **__: Any) -> Any:
            raise self._error

        return call


def with_catalog(services: Services, routers: list[APIRouter], error: Exception, user: str = "ada") -> Client:
    app = make_app(*routers)
    app.dependency_overrides[parts] = lambda: replace(services, catalog=Failing(error))
    return Client(app, routers, user)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api/images/", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("PUT", "/api/images", 405, "method_not_allowed"),
        ("DELETE", "/api/health", 405, "method_not_allowed"),
    ],
)
def test_what_the_framework_refuses_has_the_same_shape(ada: Client, method: str, path: str, status: int, code: str) -> None:
    answer = ada.request(method, path)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert set(answer.json()) == ONE_SHAPE
    assert answer.json()["details"] is None
    assert answer.headers["cache-control"] == "no-store"


def test_a_wrong_method_is_told_the_right_ones(ada: Client) -> None:
    assert ada.put("/api/uploads").headers["allow"] == "POST"
    assert ada.put(f"/api/images/{'0' * 32}").headers["allow"] == "DELETE, GET, PATCH"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b'{"filename": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"filename": NaN}', 422),
        (b'{"bytes": 1e400, "filename": "a", "content_type": ""}', 422),
        (b'{"bytes": ' + b"9" * 5000 + b"}", 400),
    ],
)
def test_a_body_that_is_not_what_it_should_be_is_refused_and_not_quoted(ada: Client, body: bytes, status: int) -> None:
    answer = ada.post("/api/uploads", content=body, headers=JSON)
    assert answer.status_code == status
    assert set(answer.json()) == ONE_SHAPE
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("headers", [{"content-type": "text/plain"}, {"content-type": "application/xml"}, {}])
def test_json_that_does_not_say_so_is_refused(ada: Client, headers: dict[str, str]) -> None:
    """Forms of other sites can send text without asking first; JSON they cannot."""
    answer = ada.post("/api/uploads", content=b'{"filename":"a","content_type":"","bytes":1}', headers=headers)
    assert answer.status_code == 422
    assert "Content-Type: application/json" in answer.json()["details"][0]["message"]


def test_people_are_not_told_back_what_they_wrote(ada: Client) -> None:
    answer = ada.post(
        "/api/uploads", json={"filename": "a", "content_type": "SECRET WORDS", "bytes": "SECRET WORDS", "category": "SECRET WORDS"}
    )
    assert answer.status_code == 422
    assert "SECRET" not in answer.text
    assert {found["field"] for found in answer.json()["details"]} == {"content_type", "bytes", "category"}


def test_a_body_beyond_its_ceiling_is_refused_before_and_while_it_is_read(ada: Client) -> None:
    body = b'{"filename": "' + b"x" * MAX_JSON + b'"}'
    for content in (body, iter([body[i : i + 65536] for i in range(0, len(body), 65536)])):
        answer = ada.post("/api/uploads", content=content, headers=JSON)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    answer = ada.post("/api/captions", content=b"x" * (MAX_BODY + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


@pytest.mark.parametrize("length", ["-1", "x", "1e9", "٣", " "])
def test_a_length_that_is_none_is_not_believed(ada: Client, length: str) -> None:
    answer = ada.post("/api/uploads", content=b"{}", headers={**JSON, "content-length": length.encode()})
    assert answer.status_code in (400, 422)


# --- What is away, and what nobody expected ------------------------------------------------------------------------

READS = ["/api/images", f"/api/images/{'0' * 32}", "/api/images?owner=me", "/api/categories", "/api/desk", "/api/search?q=a"]


@pytest.mark.parametrize("path", READS)
def test_a_catalog_that_is_away_is_503_with_a_code(services: Services, routers: list[APIRouter], path: str) -> None:
    answer = with_catalog(services, routers, CatalogUnavailable("The catalog is busy.")).get(path)
    assert (answer.status_code, answer.json()) == (
        503,
        {"error": "catalog_unavailable", "message": "The catalog is busy.", "details": None},
    )
    assert answer.headers["retry-after"] == "5"


def test_a_full_disk_is_said_to_be_one(services: Services, routers: list[APIRouter]) -> None:
    ada = with_catalog(services, routers, StorageFull("The disk is full."))
    answer = ada.post("/api/uploads", json={"filename": "a.jpg", "content_type": "image/jpeg", "bytes": 1})
    assert (answer.status_code, answer.json()["error"]) == (503, "storage_full")


@pytest.mark.parametrize("error", [RuntimeError("SECRET WORDS"), SightSyncError("Something of ours."), ValueError("SECRET WORDS")])
def test_what_nobody_expected_is_a_bare_500(
    services: Services, routers: list[APIRouter], caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = with_catalog(services, routers, error).get("/api/images")
    assert (answer.status_code, answer.json()["error"]) == (500, "internal")
    assert "SECRET" not in answer.text + caplog.text
    assert "Traceback" not in answer.text


def test_a_crash_is_logged_where_it_happened_under_the_answers_id(
    services: Services, routers: list[APIRouter], caplog: pytest.LogCaptureFixture
) -> None:
    answer = with_catalog(services, routers, RuntimeError("SECRET WORDS")).get(
        "/api/images", headers={"x-request-id": "from-the-page.1"}
    )
    assert answer.headers["x-request-id"] == "from-the-page.1"
    assert answer.json()["details"] == {"request_id": "from-the-page.1"}
    record = next(record for record in caplog.records if record.message == "request_crashed")
    assert (record.__dict__["request_id"], record.__dict__["exception"]) == ("from-the-page.1", "RuntimeError")
    assert "gallery.py" in record.__dict__["stack"]
    assert "SECRET" not in record.__dict__["stack"].replace('RuntimeError("SECRET', "")


@pytest.mark.parametrize("given", ["a b", "x" * 65, "é", "<script>", ""])
def test_a_request_id_that_could_spoil_a_log_is_replaced(visitor: Client, given: str) -> None:
    answer = visitor.get("/api/health", headers={"x-request-id": given.encode()})
    assert len(answer.headers["x-request-id"]) == 32


def test_answers_are_what_they_say_they_are(visitor: Client) -> None:
    assert visitor.get("/api/health").headers["x-content-type-options"] == "nosniff"
