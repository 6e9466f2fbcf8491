"""SAM's command line, and checkov, each in an environment of its own: their many pins must meet neither ours nor each other's."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from local.models_environment import clean_environment, create
from local.prepare import ROOT, Failed, locked, say

SYSTEM = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # where Debian keeps dockerd, and what apt calls; not on everybody's path
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Tools:
    """What a requirements file brings, in its environment."""

    what: str
    requirements: Path
    venv: Path

    def path(self, name: str) -> str:
        """Where the command lies; all is installed on first use, and again when the requirements change."""
        if not self._complete():
            with locked():
                if not self._complete():
                    self._install()
        return str(self.venv / "bin" / name)

    def _complete(self) -> bool:
        return self._stamp.exists() and self._stamp.read_text() == self._wanted

    @property
    def _stamp(self) -> Path:
        return self.venv / "sightsync.stamp"

    @property
    def _wanted(self) -> str:
        return sha256(self.requirements.read_bytes()).hexdigest()

    def _install(self) -> None:
        say(f"Installing {self.what} in {self.venv.name} (a minute, only this time) …")
        create(self.venv)
        python, uv = str(self.venv / "bin" / "python"), shutil.which("uv", path=surroundings()["PATH"])
        by_pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        command = [uv, "pip", "install", "--quiet", "--python", python] if uv else by_pip
        command += ["-r", str(self.requirements)]
        if subprocess.run(command, stdout=sys.stderr, env=surroundings(), check=False).returncode != 0:
            raise Failed(f"Installing {self.what} failed; the lines above say why.")
        self._stamp.write_text(self._wanted)


SAM = Tools("SAM's command line", ROOT / "local" / "requirements-sam.txt", ROOT / ".venv-sam")
CHECKOV = Tools("checkov", ROOT / "local" / "requirements-checkov.txt", ROOT / ".venv-checkov")


def sam(arguments: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
    """Runs SAM here, its output going where ours goes."""
    return subprocess.run([tool("sam"), *arguments], cwd=ROOT, env=surroundings(), check=False)


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What SAM is run in: our tools first on the path, the system's last, and nothing told to anybody."""
    path = os.pathsep.join([str(SAM.venv / "bin"), os.environ.get("PATH", os.defpath), *SYSTEM])
    ours = {"PATH": path, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": _region()}
    if CERTIFICATES.exists():
        ours["UV_SYSTEM_CERTS"] = "1"  # a company's proxy has its own; uv would look at none but those it brings
    return {**clean_environment(), **ours, **(more or {})}


def tool(name: str) -> str:
    """Path of `sam`, `cfn-lint` or `uv`, installed on first use."""
    return SAM.path(name)


def _region() -> str:
    """SAM wants one even where nothing leaves this machine."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "eu-central-1"
