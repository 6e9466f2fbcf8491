"""`./sightsync test`: every check there is, one after another. What this machine lacks is installed, or named as NOT RUN.

With SIGHTSYNC_REQUIRE_ALL=1 (as .ci/run sets it) a check that cannot run has failed.
A few tests in a browser that failed while much else ran are tried once more, and named where they pass only alone.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from local import testing_cloud
from local.models_environment import clean_environment
from local.prepare import ROOT, VENV, Failed, install, locked, say
from local.sam import surroundings
from local.testing_again import outcomes, worth_another
from local.testing_models import environments

DEV_REQUIREMENTS = ROOT / "requirements-dev.txt"
DEV_STAMP = VENV / "sightsync-dev.stamp"
NODE_MODULES = ROOT / "node_modules"
REAL_IMAGES = "../shared/images"
SLOW = "the slow tests, those of inference/ (which need torch), functions in containers, the checks of template.yaml"
PROCESSES = {"all": "3", "quick": "3"}


@dataclass
class Tally:
    """Counts over all checks; each check that is no test counts as one. `not_run`: what, and why."""

    passed: int = 0
    failed: int = 0
    broken: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    only_alone: list[str] = field(default_factory=list)

    def count(self, name: str, code: int) -> None:
        self.passed += code == 0
        self.failed += code != 0
        if code != 0:
            self.broken.append(name)


def run(rest: Sequence[str], *, everything: bool, screenshots: Path | None) -> int:
    """0 when all passed. `rest` is for pytest, which then runs alone."""
    tally = Tally()
    _prepare(tally)
    if not rest:
        models = _prepare_models(tally) if everything else {}
        _static_checks(tally)
        if everything:
            _template_checks(tally)
            _inference(models, tally)
    _pytest(rest, everything, screenshots, tally)
    if os.environ.get("SIGHTSYNC_REQUIRE_ALL") == "1":
        tally.failed += len(tally.not_run)
    print()
    for reason in tally.not_run:
        print(f"NOT RUN: {reason}")
    for test in tally.only_alone:
        print(f"PASSED ONLY ALONE: {test}")
    for name in tally.broken:
        print(f"FAILED: {name}")
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed else 0


# --- what the checks need ---


def _prepare(tally: Tally) -> None:
    stamp = sha256(DEV_REQUIREMENTS.read_bytes()).hexdigest()
    if not DEV_STAMP.exists() or DEV_STAMP.read_text() != stamp:
        say("Installing what the checks need …")
        try:
            with locked():
                install((DEV_REQUIREMENTS,))
            DEV_STAMP.write_text(stamp)
        except Failed as failure:
            tally.not_run.append(f"whatever requirements-dev.txt brings and is not here yet: {failure}")
    _prepare_node(tally)
    if not chromium() and not (_apt("chromium") and chromium()):
        tally.not_run.append("tests in a browser: no Chromium here. sudo apt install chromium, or set CHROME_PATH")
    if not _mongodb() and not (_apt("libcurl4", "libssl3") and _mongodb()):
        tally.not_run.append("tests of the MongoDB catalog: no mongod runs here. sudo apt install libcurl4 libssl3")
    if not real_images().is_dir():
        tally.not_run.append(f"tests with real pictures: no folder {real_images()}. Set SIGHTSYNC_REAL_IMAGES")


def _prepare_models(tally: Tally) -> Mapping[str, Path]:
    try:
        return environments()
    except Failed as failure:
        tally.not_run.append(f"the tests of inference/ and of the model server: {failure}")
        return {}


def _prepare_node(tally: Tally) -> None:
    """node_modules as package-lock.json says."""
    lock = ROOT / "package-lock.json"
    stamp, held = sha256(lock.read_bytes()).hexdigest(), NODE_MODULES / ".sightsync.stamp"
    if held.exists() and held.read_text() == stamp:
        return
    if not shutil.which("npm") and not _apt("nodejs", "npm"):
        tally.not_run.append("tsc, axe and acorn: no npm here. sudo apt install nodejs npm")
        return
    say("Installing what checks the page …")
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode == 0:
        held.write_text(stamp)
    else:
        tally.not_run.append("tsc, axe and acorn: npm could not install them; the lines above say why")


def _apt(*packages: str) -> bool:
    """Whether they are installed now; only where that needs no password."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing {' and '.join(packages)} …")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ("apt-get", "-qq")
    commands = ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *packages])
    return all(subprocess.run(c, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode == 0 for c in commands)


def chromium() -> str | None:
    """Where tests/browser looks."""
    return os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome")


def _mongodb() -> bool:
    """Whether tests/mongod.py will find one."""
    from tests.mongod import given, program

    return bool(given() or program())


def real_images() -> Path:
    return ROOT / os.environ.get("SIGHTSYNC_REAL_IMAGES", REAL_IMAGES)


# --- the checks ---


def _static_checks(tally: Tally) -> None:
    for name, command in {
        "ruff check": ["ruff", "check"],
        "ruff format": ["ruff", "format", "--check"],
        "mypy --strict": ["mypy"],
    }.items():
        tally.count(name, _run(name, [sys.executable, "-m", *command]))
    tsc = NODE_MODULES / ".bin" / "tsc"
    if tsc.exists():
        tally.count("tsc --checkJs --strict", _run("tsc --checkJs --strict", [str(tsc), "-p", "tsconfig.json"]))


def _template_checks(tally: Tally) -> None:
    try:
        for name, command in testing_cloud.commands().items():
            tally.count(name, _run(name, command, surroundings()))
        if lack := testing_cloud.lack():  # started here, so that its lines come before the tests'
            tally.not_run.append(f"functions in containers: {lack}")
    except Failed as failure:
        tally.not_run.append(f"the checks of template.yaml, and functions in containers: {failure}")


def _pytest(rest: Sequence[str], everything: bool, screenshots: Path | None, tally: Tally) -> None:
    marks = [] if everything or rest else ["-m", "not slow or screenshots" if screenshots else "not slow"]
    if marks:
        tally.not_run.append(f"{SLOW}: ./sightsync test --all")
    environment = {"SIGHTSYNC_REAL_IMAGES": str(real_images())}
    if screenshots:
        screenshots.mkdir(parents=True, exist_ok=True)
        environment["SIGHTSYNC_SCREENSHOTS"] = str(screenshots.resolve())
    processes = PROCESSES["all" if everything else "quick"]
    parallel = ["-n", processes, "--dist", "loadfile"]  # servers and browsers are made once for each file
    pytest, surroundings = [sys.executable, "-m", "pytest"], {**os.environ, **environment}
    failed = worth_another(_counted("pytest", [*pytest, *parallel, *marks, *rest], surroundings, tally))
    if failed and tally.broken == ["pytest"] and not rest:
        again = _counted("pytest, once more: what failed in a browser, alone", [*pytest, *failed], surroundings, Tally())
        _settle(failed, again, tally)


def _settle(failed: Sequence[str], again: Mapping[str, str], tally: Tally) -> None:
    """Counts a second try of all that had failed."""
    tally.only_alone = [test for test in failed if again.get(test) == "passed"]
    tally.broken = [f"{test}, and once more alone" for test in failed if test not in tally.only_alone]
    tally.passed += len(tally.only_alone)
    tally.failed = len(tally.broken)


def _inference(models: Mapping[str, Path], tally: Tally) -> None:
    """In environments of their own, whose conftest is that of the folder."""
    folder = "tests/inference"
    for name, python in models.items():
        environment = {**clean_environment(), "SIGHTSYNC_REAL_IMAGES": str(real_images())}
        _counted(name, [str(python), "-m", "pytest", "--confcutdir", folder, folder], environment, tally)


def _counted(name: str, command: Sequence[str], environment: Mapping[str, str], tally: Tally) -> dict[str, str]:
    """How each test ended; nothing where pytest itself did not come to its end."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        print(f"\n== {name}", flush=True)
        code = subprocess.run([*command, f"--junitxml={report}"], cwd=ROOT, env=environment, check=False).returncode
        if not report.exists():
            tally.count(name, code or 1)
            return {}
        _count_tests(report, code, tally, name)
        return outcomes(report) if code in (0, 1) else {}


def _count_tests(report: Path, code: int, tally: Tally, name: str = "pytest") -> None:
    suite = next(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314  # our own report
    total, failures, errors, skipped = (int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped"))
    tally.passed += total - failures - errors - skipped
    tally.failed += failures + errors
    if code and not failures + errors:  # a usage error, or nothing collected
        tally.failed += 1
    if code:
        tally.broken.append(name)
    reasons = {skip.get("message") or "" for skip in suite.iter("skipped")}
    if skipped:
        tally.not_run.append(f"{skipped} tests: {'; '.join(sorted(reasons))}")


def _run(name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    print(f"\n== {name}", flush=True)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
