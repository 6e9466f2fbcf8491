"""`./sightsync dev` as people run it: its own process, its own data folder, a free port."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 180  # a busy machine is no failure


def environment(**settings: str) -> dict[str, str]:
    """This machine's, with the program's own places on the path and no settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGHTSYNC_")}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT / "functions"), str(ROOT)]), "PYTHONUNBUFFERED": "1", **settings}


class DevServer:
    """Starts on entering, ends on leaving. `said` is what it printed until it was ready."""

    def __init__(self, data: Path, options: Sequence[str] = ("--port", "0"), settings: Mapping[str, str] | None = None) -> None:
        self._command = [sys.executable, "-m", "local", "dev", "--data", str(data), "--no-open", *options]
        self._environment = environment(**(settings or {}))
        self._errors = data.parent / f"{data.name}.stderr"

    def __enter__(self) -> "DevServer":
        with self._errors.open("ab") as errors:
            self.process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=errors, env=self._environment, text=True, cwd=ROOT
            )
        assert self.process.stdout is not None
        self.said = ""
        while "Ctrl-C" not in self.said:
            line = self.process.stdout.readline()
            if not line:
                self.end(signal.SIGKILL)
                raise AssertionError(f"the server did not start: {self.said}{self.errors()}")
            self.said += line
        found = re.search(r"http://\S+", self.said)
        assert found is not None
        self.url = found[0].rstrip("/")
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE_S)
        return self

    def __exit__(self, *problem: object) -> None:
        self.end(signal.SIGTERM)

    def end(self, how: signal.Signals) -> int:
        """The exit code, negative for a signal that it died of."""
        if hasattr(self, "client"):
            self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()

    def errors(self) -> str:
        return self._errors.read_text()

    def weight(self, path: str) -> int:
        """Bytes of the body as it travels to a browser, compressed."""
        with self.client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status_code == 200, path
            return sum(map(len, answer.iter_raw()))

    # --- what the page does

    def upload(self, body: bytes, filename: str = "picture.jpg", content_type: str = "image/jpeg", **words: object) -> str:
        """Ticket, then the file to the store; the image's id."""
        ask = {"filename": filename, "content_type": content_type, "bytes": len(body) or 1, **words}
        answer = self.client.post("/api/uploads", json=ask)
        assert answer.status_code == 201, answer.text
        upload = answer.json()["upload"]
        sent = self.client.post(upload["url"], data=upload["fields"], files={"file": (filename, body, content_type)})
        assert sent.status_code == 204, sent.text
        return str(answer.json()["image"]["id"])

    def settled(self, ids: Sequence[str], *, match: bool = False) -> dict[str, dict]:
        """The images once none is on its way any more; with `match`, once the models are done with them too."""
        until = time.monotonic() + PATIENCE_S
        while True:
            found = {}
            for start in range(0, len(ids), 50):
                answer = self.client.get("/api/images", params={"ids": ",".join(ids[start : start + 50])})
                found.update({image["id"]: image for image in answer.json()["images"]})
            moving = [i for i in found.values() if i["status"] in ("waiting", "processing") or (match and _unread(i))]
            if len(found) == len(set(ids)) and not moving:
                return found
            assert time.monotonic() < until, f"still moving: {moving[:3]}; {self.errors()[-3000:]}"
            time.sleep(0.1)


def _unread(image: Mapping[str, object]) -> bool:
    return image["status"] == "ready" and image["analysis"] in ("pending", "waking")
