"""`./sightsync build`: every function's package by SAM for Lambda's Python, and its bytecode, which Lambda cannot write."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from local.engine import IMAGE, PYTHON, has_image
from local.prepare import ROOT, Failed, say
from local.sam import sam, surroundings, tool
from local.trouble import Trouble

BUILT = ROOT / ".aws-sam" / "build"
STAMP = "built.txt"
BUILDERS = (".pyi", ".pyx", ".pxd", ".c", ".h", ".a")  # kinds of files that no running program reads
TASK = "/var/task"  # where Lambda mounts a package; what tracebacks name


def run(rest: Sequence[str] = ()) -> int:
    """0 when the packages stand; `rest` goes to `sam build`."""
    try:
        built = sam(["build", *rest])
    except Failed as failure:
        raise Trouble(str(failure), "./sightsync build") from failure
    if built.returncode != 0:
        raise Trouble("`sam build` failed; the lines above say why.", "./sightsync build --debug")
    for package in packages():
        prune(package)
        compile_all(package)
        stamp(package)
        say(f"{package.relative_to(ROOT)}: {_megabytes(package)} MB unzipped, with bytecode")
    return 0


def packages() -> list[Path]:
    """The folders that SAM built; functions of one code share one."""
    return sorted(path for path in BUILT.iterdir() if path.is_dir()) if BUILT.is_dir() else []


def prune(package: Path) -> None:
    """Without what libraries bring along for those who build and check: their tests, a tenth of what Lambda would have to unpack,
    numpy's way to Fortran, types, and sources in C."""
    tests = [path for path in package.rglob("tests") if path.is_dir() and (path / "__init__.py").exists()]
    for folder in [*tests, package / "numpy" / "f2py"]:
        shutil.rmtree(folder, ignore_errors=True)
    for path in package.rglob("*"):
        if path.suffix in BUILDERS and path.is_file():
            path.unlink()


def stamp(package: Path) -> None:
    """Makes each build a version of its own. SAM publishes one only when the code is another, and the alias that API and queue call
    goes on with the parameters and secrets of the last one published: a changed parameter alone would change nothing."""
    (package / STAMP).write_text(f"{datetime.now(UTC).isoformat()}\n")


def compile_all(package: Path) -> None:
    """Writes .pyc files that are never compared with their sources: /var/task is read-only, and nobody edits there.

    They must come from the very Python that loads them: one of this machine, else that of Lambda's image, else one of uv's.
    """
    options = ["-m", "compileall", "-q", "-f", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    here = [*options, "-s", str(package), "-p", TASK, str(package)]
    user = f"{os.getuid()}:{os.getgid()}"
    mounted = ["docker", "run", "--rm", "--user", user, "-v", f"{package}:{TASK}", "--entrypoint", "python3", IMAGE]
    if (python := _found()) and _succeeds([python, *here]):
        return
    if has_image() and _succeeds([*mounted, *options, TASK]):
        return
    if (python := _downloaded()) and _succeeds([python, *here]):
        return
    raise Trouble(
        f"No Python {PYTHON} compiles the packages: none is here, Docker has no image of Lambda's, and uv could not fetch one.",
        f"install Python {PYTHON}, or start Docker, then: ./sightsync build",
    )


def _found() -> str | None:
    found = shutil.which(f"python{PYTHON}")
    if found is None:
        found = _said([tool("uv"), "python", "find", "--no-project", PYTHON])
    return found


def _downloaded() -> str | None:
    if not _succeeds([tool("uv"), "python", "install", "--quiet", PYTHON]):
        return None
    return _said([tool("uv"), "python", "find", "--no-project", PYTHON])


def _said(command: Sequence[str]) -> str | None:
    """The first line that a command prints, if it succeeds."""
    done = subprocess.run(list(command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip().partition("\n")[0] or None if done.returncode == 0 else None


def _succeeds(command: Sequence[str]) -> bool:
    quiet, env = subprocess.DEVNULL, surroundings()
    return subprocess.run(list(command), stdout=quiet, stderr=quiet, env=env, check=False).returncode == 0


def _megabytes(folder: Path) -> int:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6)
