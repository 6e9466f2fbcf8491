"""SAM's command line in an environment of its own, .venv-sam: its many pins must not meet ours."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256

from local.prepare import ROOT, locked, say
from local.trouble import Trouble

REQUIREMENTS = ROOT / "local" / "requirements-sam.txt"
VENV = ROOT / ".venv-sam"
STAMP = VENV / "sightsync.stamp"


def sam(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[bytes]":
    """Runs SAM here, its output going where ours goes."""
    return subprocess.run([tool("sam"), *arguments], cwd=ROOT, env=surroundings(environment), check=False)


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What SAM is run in: our tools first on the path, and nothing told to anybody."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": _region(), **(more or {})}


def tool(name: str) -> str:
    """Path of `sam` or `uv`, installed on first use."""
    stamp = sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not STAMP.exists() or STAMP.read_text() != stamp:
        say("Installing SAM's command line in .venv-sam (a minute, only this time) …")
        with locked():
            _install()
        STAMP.write_text(stamp)
    return str(VENV / "bin" / name)


def _install() -> None:
    pip = [VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    for command in ([sys.executable, "-m", "venv", "--clear", VENV], [*pip, "-r", REQUIREMENTS]):
        if subprocess.run([str(part) for part in command], stdout=sys.stderr, check=False).returncode != 0:
            raise Trouble("Installing SAM's command line failed; the lines above say why.", "./sightsync build")


def _region() -> str:
    """SAM wants one even where nothing leaves this machine."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "eu-central-1"
