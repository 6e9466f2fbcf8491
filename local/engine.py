"""A Docker engine that has Lambda's image, as `sam local` needs it: the one of this machine, else the stand-in beside the clone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.prepare import ROOT, say
from local.sam import surroundings, tool

PYTHON = "3.13"
IMAGE = f"public.ecr.aws/lambda/python:{PYTHON}-x86_64"
STANDIN = "../shared/tools/lambda-standin.sh"


def lack() -> str | None:
    """Why no function can run in a container here; None when it can. Fetches the image, or starts the stand-in."""
    if has_image() or (_answers() and _silent(["docker", "pull", "--quiet", IMAGE])):
        return None
    script = standin()
    if not script.is_file():
        return f"no Docker engine has Lambda's image: start Docker, or set SIGHTSYNC_LAMBDA_STANDIN (there is no {script})"
    if os.geteuid() != 0:
        return f"no Docker engine has Lambda's image, and the stand-in for it needs root: start Docker, or sudo {script}"
    say("Starting the stand-in for Lambda (a minute or two the first time) …")
    quiet = surroundings({"DEBIAN_FRONTEND": "noninteractive"})
    if not shutil.which("uv", path=quiet["PATH"]):
        tool("uv")  # the stand-in wants it, and the system's pip may refuse to install it
    started = subprocess.run([str(script)], stdin=subprocess.DEVNULL, stdout=sys.stderr, env=quiet, check=False)
    return None if started.returncode == 0 and has_image() else f"{script} failed; the lines above say why"


def standin() -> Path:
    return (ROOT / os.environ.get("SIGHTSYNC_LAMBDA_STANDIN", STANDIN)).resolve()


def gateway() -> str:
    """Address of this machine as containers see it, and as it sees itself: what listens there serves both."""
    asked = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]
    return subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def _answers() -> bool:
    return shutil.which("docker") is not None and _silent(["docker", "info"])


def has_image() -> bool:
    """Whether an engine runs and has it: nothing is fetched."""
    return _answers() and _silent(["docker", "image", "inspect", IMAGE])


def _silent(command: Sequence[str]) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
