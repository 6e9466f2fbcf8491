"""What every test may ask for: a place of its own, services that stand on it, and clients that speak for people."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes import MemoryQueue, MemoryStore, NamesAsTokens
from fastapi import FastAPI
from fastapi.testclient import TestClient

from sightsync.services import Services
from sightsync.settings import Settings

OUTSIDE = {"SIGHTSYNC_REAL_IMAGES", "SIGHTSYNC_TEST_MONGODB"}  # these say what tests may use, not how the program is set


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees this machine's settings or touches anybody's pictures."""
    for name in os.environ:
        if (name.startswith("SIGHTSYNC_") and name not in OUTSIDE) or name == "AWS_LAMBDA_FUNCTION_NAME":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))


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
def app(services: Services) -> FastAPI:
    """All functions' routes in one app, as the dev server serves them."""
    from handlers import captions, gallery, scores, search, uploads

    from sightsync.web import make_app, parts

    routers = (uploads.router, gallery.router, gallery.shared, captions.router, scores.router, search.router)
    app = make_app(*routers)
    app.dependency_overrides[parts] = lambda: services
    return app


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    """Somebody who is not signed in."""
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def ada(app: FastAPI) -> TestClient:
    """Ada, who owns pictures."""
    return TestClient(app, headers={"Authorization": "Bearer ada"}, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def bob(app: FastAPI) -> TestClient:
    """Bob, somebody else."""
    return TestClient(app, headers={"Authorization": "Bearer bob"}, follow_redirects=False, raise_server_exceptions=False)
