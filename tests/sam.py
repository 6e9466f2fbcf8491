"""`sam local` for tests: functions in containers of Lambda's image, one invocation at a time or the whole API over HTTP."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from local.sam import surroundings, tool

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "events"
PATIENCE_S = 240
TIMED_OUT = "timed out after"


def function_of(event: str) -> str:
    """search-similar is for SearchFunction."""
    return f"{event.partition('-')[0].capitalize()}Function"


def invoke(function: str, event: Path, settings: Path, more: Mapping[str, str] | None = None) -> Any:
    """What the function returns; AssertionError with all that SAM said when it returns nothing, or an error."""
    command = [tool("sam"), "local", "invoke", function, "--event", str(event), "--env-vars", str(settings)]
    done = _run(command, _environment(more))
    if TIMED_OUT in done.stderr:  # drawing six samples on a machine that is busy otherwise: once more
        done = _run(command, _environment(more))
    said = f"{function} on {event.name}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    assert done.returncode == 0, said
    lines = done.stdout.strip().splitlines()
    assert lines, said
    returned = json.loads(lines[-1])
    assert "errorMessage" not in returned, said
    return returned


def _run(command: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S
    )


class StartApi:
    """`sam local start-api` on a free port; a function's container is started by its first request and kept."""

    def __init__(self, settings: Path, log: Path, more: Mapping[str, str] | None = None) -> None:
        self._settings, self._log, self._more = settings, log, more
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> "StartApi":
        options = ["--port", str(self._port), "--env-vars", str(self._settings), "--warm-containers", "LAZY"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [tool("sam"), "local", "start-api", *options],
                cwd=ROOT, env=_environment(self._more), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + PATIENCE_S
        while not self._listens():
            going = self._process.poll() is None and time.monotonic() < until
            assert going, f"sam local start-api did not start: {self.said()}"
            time.sleep(0.2)
        return self

    def __exit__(self, *problem: object) -> None:
        self._process.send_signal(signal.SIGINT)  # it takes its containers along, one after the other
        try:
            self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()

    def said(self) -> str:
        return self._log.read_text()[-5000:]

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": token} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """No setting of this shell: SAM would hand on those that the file of settings does not name."""
    kept = {name: value for name, value in surroundings(more).items() if not name.startswith("SIGHTSYNC_")}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
