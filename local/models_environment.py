"""Makes .venv-models what the model server needs: an environment of its own, because torch outweighs all the rest many times."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from local.prepare import ROOT, Failed, locked, say

VENV = ROOT / ".venv-models"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "inference" / "requirements.txt"
VERSIONS = ROOT / "local" / "models-versions.txt"
STAMP = "sightsync.stamp"


def prepare() -> None:
    """Leaves .venv-models complete, or raises Failed; starting again is always right."""
    wanted = _stamp(REQUIREMENTS.read_text(), VERSIONS.read_text())
    with locked():
        if _is(VENV, wanted):
            return
        say("Installing torch and transformers in .venv-models (large; only this time) …")
        create(VENV)
        if not shutil.which("uv") and sys.platform == "linux":
            say("(pip may bring torch's CUDA build, of several GB, also where there is no such card; uv, if installed, chooses.)")
        _install(VENV, ["-r", str(REQUIREMENTS), "-c", str(VERSIONS)])
        _complete(VENV, wanted)
        say("Ready.")


def add(packages: Sequence[str]) -> None:
    """Into .venv-models, which is there: what its tests need."""
    mark, wanted = VENV / "sightsync-tests.stamp", _stamp(*packages)
    with locked():
        if not mark.exists() or mark.read_text() != wanted:
            _install(VENV, packages)
            mark.write_text(wanted)


def beside(folder: Path, packages: Sequence[str]) -> Path:
    """The Python of an environment with other versions of these packages; everything else it takes from .venv-models."""
    wanted = _stamp(*packages)
    python = folder / "bin" / "python"
    with locked():
        if not _is(folder, wanted):
            say(f"Installing {' and '.join(packages)} in {folder.name} …")
            create(folder)
            _install(folder, packages)
            (_libraries(folder) / "sightsync.pth").write_text(f"{_libraries(VENV)}\n")
            _complete(folder, wanted)
    return python


def clean_environment() -> dict[str, str]:
    """Ours, without what points Python to the packages of .venv: those environments stand alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def create(folder: Path) -> None:
    """An environment with pip, anew: what is there was interrupted, or is of other versions."""
    shutil.rmtree(folder, ignore_errors=True)
    uv = shutil.which("uv")
    tool = [uv, "venv", "--quiet", "--seed", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    if not _run([*tool, str(folder)]):
        raise Failed(f"Making {folder.name} failed; the lines above say why.")


def _install(folder: Path, what: Sequence[str]) -> None:
    """By uv where there is one, since it knows which build of torch fits this machine; else, or if it cannot, by pip."""
    python, uv = str(folder / "bin" / "python"), shutil.which("uv")
    by_uv = [uv, "pip", "install", "--torch-backend=auto", "--python", python, *what] if uv else None
    by_pip = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *what]
    if by_uv and _run(by_uv):
        return
    if by_uv:
        say("uv could not; trying pip …")
    if not _run(by_pip):
        raise Failed("Installing failed; the lines above say why.")


def _run(command: Sequence[str]) -> bool:
    return subprocess.run(command, stdout=sys.stderr, env=clean_environment(), check=False).returncode == 0


def _libraries(folder: Path) -> Path:
    return next(folder.glob("lib/python3*/site-packages"))


def _stamp(*what: str) -> str:
    return sha256("\0".join([sys.version, *what]).encode()).hexdigest()


def _is(folder: Path, wanted: str) -> bool:
    return (folder / STAMP).exists() and (folder / STAMP).read_text() == wanted


def _complete(folder: Path, wanted: str) -> None:
    (folder / STAMP).write_text(wanted)
