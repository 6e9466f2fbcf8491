"""The API's description: complete, true to the routes, readable by people, and held against a running app by generated requests."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import checks

from handlers.gallery import ManyChanges
from local.examples import EXAMPLES, IMAGE
from local.openapi import ROUTERS, document, router
from local.reference import page
from sightsync import api, api_search
from sightsync.services import Services
from sightsync.settings import Settings
from sightsync.web import make_app, parts
from tests.conftest import Client
from tests.records import an_image

METHODS_OF_SECTION_6 = {
    "/api/uploads": {"post"},
    "/api/images": {"get", "patch"},
    "/api/images/{id}": {"get", "patch", "delete"},
    "/api/images/{id}/restore": {"post"},
    "/api/images/{id}/retry": {"post"},
    "/api/images/{id}/original": {"get"},
    "/api/categories": {"get"},
    "/api/desk": {"get"},
    "/api/health": {"get"},
    "/p/{id}": {"get"},
    "/api/captions": {"post"},
    "/api/images/{id}/caption": {"post"},
    "/api/scores": {"post"},
    "/api/images/{id}/scores": {"post"},
    "/api/search": {"get", "post"},
    "/api/images/{id}/similar": {"get"},
}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, told) for path, methods in described["paths"].items() for method, told in methods.items()]


def test_every_route_of_the_design_is_described_and_no_other(described: dict[str, Any]) -> None:
    assert {path: set(methods) for path, methods in described["paths"].items()} == METHODS_OF_SECTION_6


def test_every_route_and_field_is_explained(described: dict[str, Any]) -> None:
    for path, method, told in operations(described):
        assert told["summary"], (method, path)
        assert told["description"], (method, path)
        assert all(parameter.get("description") for parameter in told["parameters"]), (method, path)
        assert all(answer["description"] for answer in told["responses"].values()), (method, path)
    for name, shape in described["components"]["schemas"].items():
        assert shape["description"], name
        assert [field for field, told in shape.get("properties", {}).items() if not told.get("description")] == [], name
    assert {tag for _, _, told in operations(described) for tag in told["tags"]} == {tag["name"] for tag in described["tags"]}


def test_every_error_of_every_route_has_the_one_shape(described: dict[str, Any]) -> None:
    for path, method, told in operations(described):
        errors = {status: answer for status, answer in told["responses"].items() if int(status) >= 400}
        assert {"400", "422", "500", "503"} <= set(errors), (method, path)
        for status, answer in errors.items():
            if (path, status) == ("/p/{id}", "404"):
                continue  # a page, for people
            assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert set(answer["content"]["application/json"]["example"]) == {"error", "message", "details"}


def test_who_may_is_told_as_it_is(described: dict[str, Any]) -> None:
    for path, method, told in operations(described):
        needed = told["security"] == [{"bearer": []}]
        reads = {
            "/api/images",
            "/api/images/{id}",
            "/api/categories",
            "/api/search",
            "/api/images/{id}/similar",
            "/api/health",
            "/p/{id}",
        }
        assert needed == (not (method == "get" and path in reads)), (method, path)
        assert ("401" in told["responses"]) or not needed


def test_on_a_machine_that_is_open_to_all_nobody_is_told_to_sign_in() -> None:
    assert all(told["security"] == [] for _, _, told in operations(document(open_to_all=True)))


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert named <= set(described["components"]["schemas"])


def test_every_body_and_answer_in_json_has_an_example(described: dict[str, Any]) -> None:
    for path, method, told in operations(described):
        for part in (told.get("requestBody", {}), *told["responses"].values()):
            medium = part.get("content", {}).get("application/json")
            assert medium is None or "example" in medium or _shape(medium, described)["examples"], (method, path)


def _shape(medium: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = described["components"]["schemas"][medium["schema"]["$ref"].rpartition("/")[2]]
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_true(name: str, described: dict[str, Any]) -> None:
    shapes = {**vars(api_search), **vars(api), "ManyChanges": ManyChanges}
    model = shapes.get(f"{name}Answer") or shapes[name]
    assert model.model_validate(EXAMPLES[name]).model_dump(exclude_unset=True).keys() == EXAMPLES[name].keys()
    assert described["components"]["schemas"][name]["examples"] == [EXAMPLES[name]]


# --- For people ---------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Notes tags that are never closed, ids, and what the page would load."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        assert tag != "script"
        assert not {name for name in found if name.startswith("on") or name == "style"}
        if tag not in self.VOID:
            self.open.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if tag == "a" else []
        self.loads += [found[name] or "" for name in ("src", "href") if name in found and tag != "a"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing_from_elsewhere(described: dict[str, Any]) -> None:
    reader = Reader()
    reader.feed(page(described))
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    assert set(reader.loads) == {"/api/docs.css", "/favicon.svg"}
    for path in METHODS_OF_SECTION_6:
        assert path.replace("{id}", "<i>{id}</i>") in page(described)


def test_whatever_a_description_holds_is_escaped(described: dict[str, Any]) -> None:
    spoiled = json.loads(json.dumps(described).replace("Begin an upload", "<script>alert(1)</script>"))
    assert "<script>" not in page(spoiled)


def test_document_page_and_style_are_served(services: Services) -> None:
    app = make_app(router)
    app.dependency_overrides[parts] = lambda: services
    client = Client(app, [], None)
    assert client.get("/api/docs").headers["content-type"].startswith("text/html")
    assert "script-src" not in client.get("/api/docs").headers["content-security-policy"]
    assert client.get("/api/docs.css").headers["content-type"].startswith("text/css")


# --- Held against what is described ---------------------------------------------------------------------------------


OPEN = Settings(local_user="local")  # as on one machine: nobody signs in, everybody is the one user
APP = make_app(*ROUTERS, router)
APP.dependency_overrides[parts] = lambda: SimpleNamespace(settings=OPEN)  # enough to be described
SCHEMA = schemathesis.openapi.from_asgi("/api/openapi.json", APP)
PROMISES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@SCHEMA.parametrize()
@hypothesis.settings(max_examples=25, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
def test_whatever_is_sent_the_answer_is_as_described(case: schemathesis.Case, services: Services) -> None:
    """Generated requests, legal and not, against a gallery with one picture in it."""
    here = replace(services, settings=OPEN, tokens=None)
    APP.dependency_overrides[parts] = lambda: here
    if not services.catalog.get(IMAGE["id"]):
        services.catalog.put(an_image(id=IMAGE["id"], owner="local"), 0)
    case.call_and_validate(checks=PROMISES)
