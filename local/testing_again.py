"""A second try for tests in a browser: a few that failed while much else ran may only have raced it."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

IN_A_BROWSER = "tests/browser/"
FEW = 3  # where more fail, something is broken


def outcomes(report: Path) -> dict[str, str]:
    """{test, named as pytest takes it: "passed", "failed" or "skipped"} of a JUnit report; a failure while tidying up is one."""
    found: dict[str, str] = {}
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314  # our own report
        test = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        said = {child.tag for child in case}
        outcome = "failed" if said & {"failure", "error"} else "skipped" if "skipped" in said else "passed"
        if found.get(test) != "failed":
            found[test] = outcome
    return found


def worth_another(found: Mapping[str, str]) -> list[str]:
    """What failed, where that is a few tests in a browser and nothing else; otherwise nothing."""
    failed = [test for test, outcome in found.items() if outcome == "failed"]
    return failed if len(failed) <= FEW and all(test.startswith(IN_A_BROWSER) for test in failed) else []
