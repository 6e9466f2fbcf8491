"""`./sightsync dev --models`: the gallery with real transformers behind it, tiny ones here."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pictures
from tests.dev_server import DevServer
from tests.model_server import tiny_models

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DevServer]:
    models = tiny_models()
    settings = {"SIGHTSYNC_CLIP_MODEL": models["clip"], "SIGHTSYNC_CAPTION_MODEL": models["blip"]}
    with DevServer(tmp_path / "data", ("--port", "0", "--models"), settings) as server:
        yield server


def test_a_picture_is_captioned_by_the_models_it_brought_and_they_end_with_it(server):
    assert "tiny-clip@" in server.said
    image = server.upload(pictures.jpeg(), description="a red boat in the harbour")
    settled = server.settled([image], match=True)[image]
    assert settled["analysis"] == "done"
    assert settled["caption"]["kind"] == "caption"
    assert settled["caption"]["model"].startswith("tiny-blip@")
    assert settled["match"]["space"].startswith("tiny-clip@")
    brought = [pid for pid in _children(server.process.pid) if b"serve.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(brought) == 1
    server.end(signal.SIGTERM)
    assert not Path(f"/proc/{brought[0]}").exists()


def _children(pid: int) -> list[str]:
    """The fourth word of a process's stat, two after the name in brackets, is its parent's."""
    children = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            if path.read_text().rpartition(") ")[2].split()[1] == str(pid):
                children.append(path.parent.name)
    return children
