"""`./sightsync test` gives a few tests that failed in a browser a second try, alone, and says what came of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from local import testing
from local.testing_again import outcomes, worth_another

RACING = """
import pytest
from pathlib import Path

def test_that_passes():
    pass

def test_that_is_skipped():
    pytest.skip("no need")

@pytest.mark.parametrize("how", ["200 % text, 320 px", "a::b/c.d"])
def test_that_fails_at_first(how):
    seen = Path(f"seen-{len(how)}")
    assert seen.exists() or seen.write_text("") is None and False

@pytest.fixture
def tidied():
    yield
    assert False

def test_whose_end_fails(tidied):
    pass
"""
AT_FIRST = [f"tests/browser/test_racing.py::test_that_fails_at_first[{how}]" for how in ("200 % text, 320 px", "a::b/c.d")]
ITS_END = "tests/browser/test_racing.py::test_whose_end_fails"


def run(folder: Path, *tests: str) -> dict[str, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=report.xml", *tests]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return outcomes(folder / "report.xml")


def failing(*tests: str) -> dict[str, str]:
    return {"tests/test_query.py::test_it": "passed", **dict.fromkeys(tests, "failed")}


def in_a_browser(count: int) -> list[str]:
    return [f"tests/browser/test_wall.py::test_{number}" for number in range(count)]


def test_what_failed_in_a_browser_is_asked_again_by_its_own_name_and_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "tests/browser").mkdir(parents=True)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "tests/browser/test_racing.py").write_text(RACING)
    failed = worth_another(run(tmp_path))
    assert failed == [*AT_FIRST, ITS_END]
    assert run(tmp_path, *failed) == {**dict.fromkeys(AT_FIRST, "passed"), ITS_END: "failed"}


@pytest.mark.parametrize(
    "failed",
    [[], in_a_browser(4), [*in_a_browser(1), "tests/test_query.py::test_other"], ["tests/browser_of_files/test_x.py::test_1"]],
    ids=["nothing", "many", "another beside it", "another alone"],
)
def test_there_is_no_second_try_for_many_nor_for_what_needs_no_browser(failed: list[str]) -> None:
    assert worth_another(failing(*failed)) == []


def test_what_passes_alone_has_passed_and_is_named() -> None:
    tests = in_a_browser(3)
    tally = testing.Tally(passed=7, failed=4, broken=["pytest"])
    testing._settle(tests, {tests[0]: "passed", tests[1]: "passed", tests[2]: "passed"}, tally)
    assert (tally.passed, tally.failed, tally.broken, tally.only_alone) == (10, 0, [], tests)


@pytest.mark.parametrize("again", [{}, {"other": "passed"}, {in_a_browser(1)[0]: "failed"}, {in_a_browser(1)[0]: "skipped"}])
def test_what_does_not_pass_alone_either_has_failed(again: dict[str, str]) -> None:
    tally = testing.Tally(passed=7, failed=1, broken=["pytest"])
    testing._settle(in_a_browser(1), again, tally)
    assert (tally.passed, tally.failed, tally.only_alone) == (7, 1, [])
    assert tally.broken == [f"{in_a_browser(1)[0]}, and once more alone"]
