"""Makes .venv what the requirements ask for. ./sightsync runs it before anything is installed: standard library only."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME = (ROOT / "functions" / "requirements.txt", ROOT / "local" / "requirements.txt")
STAMP = VENV / "sightsync.stamp"
UNFINISHED = VENV / "sightsync.unfinished"  # there while an installation runs; one that stays was interrupted


class Failed(Exception):
    """Its message says what to do."""


def say(line: str) -> None:
    """To stderr: stdout belongs to what the command prints."""
    print(line, file=sys.stderr, flush=True)


def prepare(stamp: str) -> None:
    """Leaves .venv complete and stamped, or raises Failed; starting again is always right."""
    with locked():
        if PYTHON.exists() and _read(STAMP) == stamp:
            return  # another start was faster
        say("SightSync is preparing its Python environment in .venv (about a minute, only this time) …")
        if UNFINISHED.exists() or not _works():
            _create()
        install(RUNTIME)
        STAMP.write_text(stamp)
        say("Ready.")


def install(requirements: tuple[Path, ...]) -> None:
    """Whole, or nothing changed and Failed; if it is killed, the next start begins anew."""
    uv = shutil.which("uv")
    tool = [uv, "pip", "install", "--compile-bytecode", "--python"] if uv else [PYTHON, "-m", "pip", "install", "--no-input"]
    target = [PYTHON] if uv else ["--disable-pip-version-check"]
    stamp = _read(STAMP)
    UNFINISHED.touch()
    STAMP.unlink(missing_ok=True)
    try:
        _run(
            [*tool, *target, *(part for path in requirements for part in ("-r", path))],
            "Installing failed; the lines above say why.",
        )
    finally:
        # Also after a failure: nothing is installed before everything is downloaded. Being killed skips this.
        UNFINISHED.unlink()
        if stamp is not None:
            STAMP.write_text(stamp)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One installation at a time. The kernel lets go when a process dies, so no lock is ever stale."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another ./sightsync is preparing .venv; waiting for it …")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _create() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    uv = shutil.which("uv")
    tool = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    _run([*tool, VENV], "Making .venv failed; the lines above say why. On Debian or Ubuntu: sudo apt install python3-venv")


def _works() -> bool:
    """Whether .venv has a Python that runs and is new enough (the system's may have moved on without it)."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=False).returncode == 0


def _run(command: Sequence[str | Path], failure: str) -> None:
    if subprocess.run([str(part) for part in command], stdout=sys.stderr, check=False).returncode != 0:
        raise Failed(failure)


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    try:
        prepare(sys.argv[1])
    except Failed as failure:
        say(f"{failure}\nThis needs the network. Then run it again: ./sightsync")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
