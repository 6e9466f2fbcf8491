"""What every test may ask for: a place of its own, services that stand on it, and clients that speak for people."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import BaseModel

from sightsync.api import Problem
from sightsync.services import Services
from sightsync.settings import Settings
from tests.fakes import MemoryQueue, MemoryStore, NamesAsTokens

hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("suite")

OUTSIDE = {
    "SIGHTSYNC_LAMBDA_STANDIN",
    "SIGHTSYNC_REAL_IMAGES",
    "SIGHTSYNC_SCREENSHOTS",
    "SIGHTSYNC_TEST_MONGODB",
}  # what tests may use


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees this machine's settings or touches anybody's pictures."""
    for name in os.environ:
        if (name.startswith("SIGHTSYNC_") and name not in OUTSIDE) or name == "AWS_LAMBDA_FUNCTION_NAME":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Any]:
    """An empty gallery whose pictures are analysed when a test says so. See tests/analysing.py."""
    from tests.analysing import Gallery

    gallery = Gallery(tmp_path)
    yield gallery
    gallery.close()


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """AWS on this machine, at the address given; the environment names it. See tests/cloud.py."""
    from tests.cloud import moto_server

    with moto_server() as address:
        yield address


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A MongoDB for all tests of this process: one that is named, else one of our own."""
    from tests.mongod import MISSING, Elsewhere, Mongod, given, program

    if address := given():
        yield Elsewhere(address)
    elif program() is None:
        pytest.skip(MISSING)
    else:
        with Mongod(tmp_path_factory.mktemp("mongod")) as server:
            yield server


@pytest.fixture
def mongodb(mongod: Any) -> Iterator[str]:
    """The address of a database that this test alone has."""
    from tests.mongod import drop

    uri = mongod.uri(f"test_{uuid4().hex}")
    yield uri
    drop(uri)


@pytest.fixture
def endpoint() -> Iterator[Any]:
    """A model endpoint on loopback that plays what it is told to: an Endpoint of tests/endpoint.py."""
    from tests.endpoint import serving

    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def clock() -> Any:
    """Time that passes only where somebody sleeps: a Clock of tests/endpoint.py."""
    from tests.endpoint import Clock

    return Clock()


@pytest.fixture
def real_images() -> Path:
    """The folder with real pictures."""
    folder = Path(os.environ.get("SIGHTSYNC_REAL_IMAGES", "../shared/images"))
    if not folder.is_dir():
        pytest.skip("no real pictures here: set SIGHTSYNC_REAL_IMAGES to their folder")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", issuer="https://issuer.example")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


@pytest.fixture
def services(settings: Settings, store: MemoryStore, queue: MemoryQueue, tmp_path: Path) -> Iterator[Services]:
    """Real catalog and vision, store and queue in memory; whoever has a token is the user it names."""
    from sightsync.adapters.palette import PaletteVision
    from sightsync.adapters.sqlite import SqliteCatalog

    catalog = SqliteCatalog(tmp_path / "catalog.db")
    yield Services(settings, store, catalog, PaletteVision(), queue, NamesAsTokens())
    catalog.close()


@pytest.fixture
def routers() -> list[APIRouter]:
    """The routes of all functions."""
    from handlers import captions, gallery, scores, search, uploads

    return [uploads.router, gallery.router, gallery.shared, captions.router, scores.router, search.router]


@pytest.fixture
def app(services: Services, routers: list[APIRouter]) -> FastAPI:
    """All functions' routes in one app, as the dev server serves them."""
    from sightsync.web import make_app, parts

    app = make_app(*routers)
    app.dependency_overrides[parts] = lambda: services
    return app


class Client(TestClient):
    """Holds every answer in every test against the shape that the OpenAPI document promises for it."""

    def __init__(self, app: FastAPI, routers: Sequence[APIRouter], user: str | None) -> None:
        headers = {"Authorization": f"Bearer {user}"} if user else {}
        super().__init__(app, headers=headers, follow_redirects=False, raise_server_exceptions=False)
        self._routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]

    def request(self, method: str, url: Any, **more: Any) -> Any:
        answer = super().request(method, url, **more)
        if answer.headers.get("content-type", "").startswith("application/json"):
            self._shape(method, answer.url.path, answer.status_code).model_validate_json(answer.content)
        return answer

    def _shape(self, method: str, path: str, status: int) -> type[BaseModel]:
        if status >= 400:
            return Problem
        route = next(r for r in self._routes if method in r.methods and r.path_regex.fullmatch(path))
        return route.responses[status]["model"] if status in route.responses else route.response_model


@pytest.fixture
def visitor(app: FastAPI, routers: list[APIRouter]) -> Client:
    """Somebody who is not signed in."""
    return Client(app, routers, None)


@pytest.fixture
def ada(app: FastAPI, routers: list[APIRouter]) -> Client:
    """Ada, who owns pictures."""
    return Client(app, routers, "ada")


@pytest.fixture
def bob(app: FastAPI, routers: list[APIRouter]) -> Client:
    """Bob, somebody else."""
    return Client(app, routers, "bob")
