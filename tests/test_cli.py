"""The command line: what it offers, how it ends, and that it prepares itself."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from local import testing
from local.cli import HELP, main
from sightsync import VERSION
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.errors import Misconfigured
from sightsync.services import build
from sightsync.settings import Settings
from tests.dev_server import ROOT, environment
from tests.records import an_image, damage

COMMANDS = (
    "dev",
    "import",
    "export",
    "doctor",
    "reindex",
    "test",
    "openapi",
    "bench",
    "retry",
    "secrets",
    "indexes",
    "publish-site",
    "judge",
    "models",
    "build",
)


def sightsync(*arguments: str, cwd: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.run(command, env=environment(**settings), cwd=cwd or ROOT, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"]])
def test_help_groups_what_there_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert out == HELP
    assert out.index("Everyday") < out.index("  dev ") < out.index("Develop") < out.index("  test ")
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert max(map(len, out.splitlines())) <= 80


def test_help_needs_nothing_that_is_installed() -> None:
    heavy = ("pydantic", "numpy", "PIL", "fastapi")
    code = f"import sys; from local.cli import main; main([]); print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], env=environment(), cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.endswith("[]\n")


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"SightSync {VERSION}\n"


def test_only_what_measures_is_listed_as_a_bench(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench"]) == 0
    listed = capsys.readouterr().out
    assert "./sightsync bench search\n" in listed
    assert "galleries" not in listed, "several benches measure in one; it measures nothing"
    assert main(["bench", "galleries"]) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"./sightsync {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["import"], ["import", "a", "b", "c"], ["dev", "--port", "x"], ["doctor", "--hel"]]
)
def test_what_makes_no_sense_ends_with_a_command_to_try(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("Try: ./sightsync")


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "no/such/folder"],
        ["import", ".", "s3://bucket/incoming/"],
        ["import", ".", "--category", "landscapes"],
        ["export", "-", "--pictures"],
        ["dev", "--host", "0.0.0.0", "--no-open"],
        ["bench", "nothing"],
    ],
)
def test_expected_failures_are_a_sentence_and_a_command_to_try(arguments: list[str], tmp_path: Path) -> None:
    ended = sightsync(*arguments, SIGHTSYNC_DATA=str(tmp_path / "data"))
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("Try: ")
    assert not (tmp_path / "data").exists()


def test_words_are_printed_whatever_the_machines_language(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "Übung – 東京.jpg")
    told = sightsync("import", str(tmp_path), "--dry-run", SIGHTSYNC_DATA=str(tmp_path / "data"), PYTHONIOENCODING="ascii")
    assert (told.returncode, "Übung – 東京.jpg  uncategorised" in told.stdout) == (0, True)


def test_models_of_ones_own_and_an_endpoint_are_a_contradiction(tmp_path: Path) -> None:
    endpoint = "https://mine.endpoints.example"
    ended = sightsync("dev", "--models", "--port", "0", "--data", str(tmp_path / "data"), SIGHTSYNC_VISION=endpoint)
    assert ended.returncode == 1
    assert "names a model already" in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("Try: ")


def test_settings_that_make_no_sense_are_named() -> None:
    ended = sightsync("doctor", SIGHTSYNC_DAILY_FILES="many")
    assert ended.returncode == 1
    assert "SIGHTSYNC_DAILY_FILES" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["STORE", "CATALOG", "QUEUE", "VISION"])
def test_a_kind_of_url_that_is_not_built_yet_is_named(name: str, tmp_path: Path) -> None:
    done = sightsync("doctor", "--data", str(tmp_path), **{f"SIGHTSYNC_{name}": "carrier-pigeon://coop"})
    assert done.returncode == 1
    assert f"SIGHTSYNC_{name}: this version has no" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STORE", "file://pictures/store"),
        ("STORE", "file:pictures"),
        ("STORE", "file:///srv/C#/pictures"),
        ("CATALOG", "sqlite://catalog.db"),
        ("QUEUE", "sqlite:queue.db"),
        ("ISSUER", "accounts.example.com"),
    ],
)
def test_an_address_that_would_quietly_lead_elsewhere_is_refused(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=f"SIGHTSYNC_{name} .*wants"):
        build(Settings(data=tmp_path, **{name.lower(): value}))


def test_a_setting_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"SIGHTSYNC_{name.upper()}", "")
    fields = Settings.model_fields.items()
    assert Settings().model_dump() == {name: field.get_default(call_default_factory=True) for name, field in fields}


def test_openapi_prints_the_document_and_survives_a_closed_pipe() -> None:
    assert json.loads(sightsync("openapi").stdout)["openapi"].startswith("3.1")
    command = f'"{sys.executable}" -m local openapi | head -1'
    ended = subprocess.run(["sh", "-c", command], env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stdout == "{\n"
    assert ended.stderr == ""


def test_a_doctor_finds_a_healthy_machine_well_and_a_broken_one_not(tmp_path: Path) -> None:
    well = sightsync("doctor", "--data", str(tmp_path / "data"))
    assert (well.returncode, well.stdout.count("PROBLEM")) == (0, 0), well.stdout
    (tmp_path / "file").touch()
    ill = sightsync("doctor", "--data", str(tmp_path / "file"))
    assert ill.returncode == 1
    assert "PROBLEM  folder" in ill.stdout
    assert "Traceback" not in ill.stderr


def test_a_doctor_looks_through_the_whole_catalog(tmp_path: Path) -> None:
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    catalog.put(an_image(), 0)
    catalog.close()
    damage(tmp_path / "catalog.db", "colours")
    ill = sightsync("doctor", "--data", str(tmp_path))
    assert ill.returncode == 1
    assert "PROBLEM  catalog    catalog.db is damaged" in ill.stdout


def test_a_module_in_the_folder_one_is_in_is_never_imported(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported a stranger')")
    (tmp_path / "local").mkdir()
    shown = sightsync("openapi", cwd=tmp_path, PYTHONSAFEPATH="1")
    assert shown.returncode == 0, shown.stderr


# --- ./sightsync itself, in a copy that has a stand-in for what it installs ---


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with a space in its name, holding the script and a CLI that says how it was called; nothing to install."""
    clone = tmp_path / "my clone"
    for name in ("sightsync", "local/prepare.py"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clone / name)
    (clone / "functions").mkdir()
    for name in ("functions/requirements.txt", "local/requirements.txt", "local/__init__.py"):
        (clone / name).write_text("")
    (clone / "local" / "__main__.py").write_text("import os, sys\nprint(sys.prefix, os.getcwd(), sys.argv[1:], sep='|')\n")
    return clone


UV = """#!/bin/sh
# Like uv, quicker: makes an empty environment, and installs whatever is asked for unless it is none-such.
for last; do :; done
case $1 in
venv) exec "$REAL_PYTHON" -m venv --without-pip "$last" ;;
pip) ! grep -q none-such "$last" ;;
esac
"""


@pytest.fixture
def uv(tmp_path: Path) -> str:
    """A PATH on which a stand-in for uv comes first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "uv").write_text(UV.replace("$REAL_PYTHON", sys.executable))
    (folder / "uv").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def start(script: Path, *arguments: str, cwd: Path | None = None, path: str | None = None) -> subprocess.Popen[str]:
    env = {"PATH": path or os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.Popen([script, *arguments], env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_prepares_itself_once_through_a_link_from_anywhere(clone: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("my clone/sightsync")
    out, errors = start(link, "a b", "c", cwd=tmp_path).communicate()
    assert out == f"{clone / '.venv'}|{tmp_path}|['a b', 'c']\n", errors
    assert "preparing" in errors
    out, errors = start(link, cwd=tmp_path).communicate()
    assert (out, errors) == (f"{clone / '.venv'}|{tmp_path}|[]\n", "")


def test_changed_requirements_are_installed_and_an_interrupted_installation_is_redone(clone: Path, uv: str) -> None:
    start(clone / "sightsync", path=uv).communicate()
    (clone / ".venv" / "mark").touch()
    (clone / "local" / "requirements.txt").write_text("# changed\n")
    assert "preparing" in start(clone / "sightsync", path=uv).communicate()[1]
    assert (clone / ".venv" / "mark").exists()
    (clone / ".venv" / "sightsync.unfinished").touch()
    (clone / ".venv" / "sightsync.stamp").unlink()
    assert "preparing" in start(clone / "sightsync", path=uv).communicate()[1]
    assert not (clone / ".venv" / "mark").exists()
    assert start(clone / "sightsync", path=uv).communicate()[1] == ""


def test_two_first_starts_at_once_prepare_it_once(clone: Path, uv: str) -> None:
    both = [start(clone / "sightsync", path=uv) for _ in range(2)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Ready." in errors for _, errors in said) == 1


def test_an_installation_that_fails_says_so_and_the_next_start_tries_again(clone: Path, uv: str) -> None:
    (clone / "local" / "requirements.txt").write_text("none-such\n")
    process = start(clone / "sightsync", path=uv)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "./sightsync" in errors.splitlines()[-1]
    assert "Traceback" not in errors
    (clone / "local" / "requirements.txt").write_text("")
    assert start(clone / "sightsync", path=uv).communicate()[0]


def test_without_a_python_that_is_new_enough_it_says_what_to_install(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "readlink", "cat", "cksum", "sh"):
        (tools / name).symlink_to(shutil.which(name) or "")
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    process = start(clone / "sightsync", path=str(tools))
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "Python 3.11" in errors
    assert "apt install" in errors


# --- test ---


def test_a_report_of_pytest_is_counted_and_what_was_skipped_is_named(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="5" failures="1" errors="1" skipped="1"><testcase><skipped message="no Chromium here"/>'
        "</testcase></testsuite></testsuites>"
    )
    tally = testing.Tally()
    testing._count_tests(report, 1, tally)
    assert (tally.passed, tally.failed, tally.not_run) == (2, 2, ["1 tests: no Chromium here"])
