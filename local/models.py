"""`./sightsync models`, and the model server that `dev --models` brings along."""

import contextlib
import os
import re
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from typing import IO

from local.models_environment import PYTHON, clean_environment, prepare
from local.prepare import ROOT, Failed
from local.trouble import Trouble

SERVE = ROOT / "inference" / "serve.py"
END_S = 15  # what it is given to end; a picture under way takes a few seconds
VISION = "SIGHTSYNC_VISION"


def run(port: int) -> int:
    """Serves until it is told to end; this process becomes the server. Installs what it needs on first use."""
    _prepare()
    os.execve(PYTHON, [str(PYTHON), str(SERVE), "--port", str(port)], clean_environment())  # noqa: S606  # our own program
    return 0


@contextlib.contextmanager
def model_server() -> Iterator[str]:
    """Its URL, once the models are loaded; it ends with the block, and also when this process is killed."""
    if os.environ.get(VISION, "").startswith("http"):
        raise Trouble(f"{VISION} names a model already.", f"./sightsync dev without --models, or unset {VISION}")
    _prepare()
    print("Loading the models; what is not on this machine yet is fetched, once …", flush=True)
    command = [str(PYTHON), str(SERVE), "--port", "0", "--with-parent"]
    # In a session of its own: Ctrl-C is for us, and we still have pictures under way when it comes.
    with subprocess.Popen(
        command, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        try:
            yield _when_ready(child)
        finally:
            _end(child)


def _prepare() -> None:
    try:
        prepare()
    except Failed as failure:
        raise Trouble(f"{failure} This needs the network.", "./sightsync models") from failure


def _when_ready(child: subprocess.Popen[str]) -> str:
    said = ""
    lines = _lines(child)
    for line in lines:
        said += line
        if line.startswith("Ready"):
            threading.Thread(target=deque, args=(lines, 0), daemon=True).start()  # or it would stop at a full pipe
            return str(re.findall(r"http://[\d.]+:\d+", said)[0])
        if "http://" not in line:  # dev says where the gallery is; a second address would only confuse
            print(line, end="", flush=True)
    raise Trouble("The model server did not start; the lines above say why.", "./sightsync models")


def _lines(child: subprocess.Popen[str]) -> IO[str]:
    if child.stdout is None:
        raise ValueError("made without a pipe")
    return child.stdout


def _end(child: subprocess.Popen[str]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(END_S)
    except subprocess.TimeoutExpired:
        child.kill()
