"""A bare FastAPI+Mangum hello, built by plain `sam build` in the same run, and a place to measure it and our functions in turn."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from local import building
from local.prepare import ROOT
from local.sam import surroundings, tool
from local.trouble import Trouble

HELLO = "hello"
TIMEOUT_S = 1200
APP = """\
from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()


@app.get("/")
def hello() -> dict[str, str]:
    return {"message": "hello"}


handler = Mangum(app, lifespan="off")
"""
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: python-uv }
    Properties: { Runtime: python3.13, Architectures: [x86_64], Handler: app.handler, CodeUri: hello/ }
"""


def ours() -> Path:
    """The package of our functions. Trouble when none is built, or another one than the code that is here."""
    for package in building.packages():
        if (package / "handlers").is_dir():
            here = ROOT / "functions"
            if all(_same(path, package / path.relative_to(here)) for path in here.rglob("*.py")):
                return package
            raise Trouble("What is built is not the code that is here.", "./sightsync build")
    raise Trouble("No function is built.", "./sightsync build")


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


@contextmanager
def hello() -> Iterator[Path]:
    """The package of a hello with the FastAPI and Mangum that we have."""
    pins = (ROOT / "functions" / "requirements.txt").read_text().split()
    wanted = [pin for pin in pins if pin.startswith(("fastapi==", "mangum=="))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hello").mkdir()
        (folder / "hello" / "app.py").write_text(APP)
        (folder / "hello" / "requirements.txt").write_text("\n".join(wanted) + "\n")
        (folder / "template.yaml").write_text(TEMPLATE)
        built = subprocess.run(
            [tool("sam"), "build", "--beta-features"], cwd=folder, env=surroundings(), capture_output=True, text=True, check=False
        )
        if built.returncode != 0:
            raise Trouble(f"`sam build` of the hello failed: {built.stderr.strip()[-300:]}", "./sightsync build --debug")
        yield folder / ".aws-sam" / "build" / "Hello"


class Place:
    """Where Python 3.13 runs with packages that it may only read: the container that `sam local` uses, else this machine's."""

    def __init__(self) -> None:
        self.in_container = _is_here(building.IMAGE)
        self._python = "" if self.in_container else _python()
        self.name = building.IMAGE if self.in_container else f"{self._python} (no container: Docker or Lambda's image is missing)"

    def run(self, driver: str, packages: Mapping[str, Path], settings: Mapping[str, Any]) -> Any:
        """What the program `driver` prints, which is JSON. It reads {packages: {name: folder}, **settings} as JSON."""
        folders = {name: f"/packages/{name}" if self.in_container else str(path) for name, path in packages.items()}
        asked = json.dumps({"packages": folders, **settings})
        mounts = [part for name, path in packages.items() for part in ("-v", f"{path}:/packages/{name}:ro")]
        command = [self._python, "-c", driver]
        if self.in_container:
            command = ["docker", "run", "--rm", "-i", "--network", "none", *mounts]
            command += ["--entrypoint", "python3", building.IMAGE, "-c", driver]
        ran = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        if ran.returncode != 0:
            raise Trouble(f"Measuring failed: {ran.stderr.strip()[-800:]}", "./sightsync build")
        return json.loads(ran.stdout)


def _is_here(image: str) -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0


def _python() -> str:
    find = [tool("uv"), "python", "find", "--no-project", building.PYTHON]
    found = subprocess.run(find, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise Trouble(f"Neither Lambda's image nor a Python {building.PYTHON} is here.", f"docker pull {building.IMAGE}")
    return found.stdout.strip()


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round: what else the machine does in a round, it does to both."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))
