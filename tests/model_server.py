"""The local model server with tiny models, as a process of the models' own environment on a free port."""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = Path(os.environ.get("SIGHTSYNC_MODELS_PYTHON", ROOT / ".venv-models" / "bin" / "python"))
PATIENCE_S = 120


def tiny_models(python: Path = PYTHON) -> dict[str, str]:
    """Folders of the tiny "clip", "siglip" and "blip"; built once per machine. Skips where their environment is not installed."""
    if not python.exists():
        pytest.skip("the models' environment is not installed: ./sightsync test --all does it")
    command = [python, ROOT / "tests" / "tiny_models.py"]
    made = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=PATIENCE_S)
    assert made.returncode == 0, made.stderr
    return dict(json.loads(made.stdout.splitlines()[-1]))


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """No settings of this machine, no hub, and no import from elsewhere: the models' environment stands alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SIGHTSYNC_", "PYTHON", "HF_"))}
    return {**kept, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONUNBUFFERED": "1", **(settings or {})}


class ModelServer:
    """Starts on entering, ends on leaving; `url` answers once the models are loaded.

    with ModelServer() as server: requests.post(server.url, json={"inputs": {"op": "embed", "texts": ["a boat"]}})
    """

    def __init__(
        self, towers: Literal["clip", "siglip"] = "clip", port: int = 0, settings: Mapping[str, str] | None = None
    ) -> None:
        self._towers, self._port, self._settings = towers, port, settings or {}

    def __enter__(self) -> "ModelServer":
        models = tiny_models()
        chosen = {"SIGHTSYNC_CLIP_MODEL": models[self._towers], "SIGHTSYNC_CAPTION_MODEL": models["blip"], **self._settings}
        command = [PYTHON, ROOT / "inference" / "serve.py", "--port", str(self._port), "--with-parent"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(chosen)
        )
        self.said = ""
        assert self.process.stdout is not None
        while "Ready" not in self.said:
            line = self.process.stdout.readline()
            self.said += line
            if not line:
                self.end()
                raise AssertionError(f"the model server did not start: {self.said}")
        found = re.search(r"http://127\.0\.0\.1:\d+", self.said)
        assert found is not None
        self.url = found[0]
        return self

    def __exit__(self, *problem: object) -> None:
        self.end()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        with contextlib.suppress(ValueError):  # it was ended before
            self.said += self.process.communicate(timeout=PATIENCE_S)[0] or ""
        return self.process.wait(PATIENCE_S)
