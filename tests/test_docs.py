"""What the docs list is what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli import _parser
from sightsync.settings import Settings
from tests.test_template import RESOURCES, TEMPLATE

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_table_of_settings(name: str) -> None:
    row = f"| `SIGHTSYNC_{name.upper()}` |"
    said = Settings.model_fields[name].description
    assert row in (DOCS / "settings.md").read_text(), f"docs/settings.md lacks: {row}  | {said} |"


def test_the_table_of_settings_holds_no_other() -> None:
    rows = [line.split("`")[1] for line in (DOCS / "settings.md").read_text().splitlines() if line.startswith("| `SIGHTSYNC_")]
    assert {row.removeprefix("SIGHTSYNC_").lower() for row in rows} == set(Settings.model_fields)
    assert len(rows) == len(set(rows))


# --- what the pages name is there ---

PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
COMMAND = re.compile(r"\./sightsync ([a-z-]+)((?: [^`\n|&;#)]*)?)")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def named_commands() -> Iterator[tuple[str, str, list[str]]]:
    for page in PAGES:
        for command, rest in COMMAND.findall(page.read_text()):
            yield page.name, command, re.findall(r"(?<!\S)--[a-z-]+", rest)


def test_every_command_and_option_that_the_docs_name_exists() -> None:
    (commands,) = [action.choices for action in _parser()._actions if hasattr(action, "choices") and action.choices]
    for page, command, options in named_commands():
        assert command in commands, f"{page}: ./sightsync {command}"
        known = set(commands[command]._option_string_actions)
        if command not in ("test", "bench", "build"):  # these pass options on
            assert set(options) <= known, f"{page}: ./sightsync {command} {' '.join(options)}"


def test_every_bench_that_the_docs_name_exists() -> None:
    benches = {path.stem for path in (ROOT / "bench").glob("*.py")}
    named = {name for page in PAGES for name in re.findall(r"\./sightsync bench ([a-z]+)", page.read_text())}
    assert named
    assert named <= benches


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in {_anchor(line) for line in target.read_text().splitlines() if line.startswith("#")}, link


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()).replace(" ", "-")


@pytest.mark.parametrize("part", ["Parameters", "Outputs"])
def test_the_walk_through_deployment_names_all_that_the_template_asks_and_says(part: str) -> None:
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", (DOCS / "deploy.md").read_text()))
    assert set(TEMPLATE[part]) <= named
    assert not named - set(TEMPLATE["Parameters"]) - set(TEMPLATE["Outputs"])


def test_every_parameter_and_output_that_a_command_in_the_docs_names_exists() -> None:
    for page in PAGES:
        text = page.read_text()
        assert set(re.findall(r"`([A-Z][a-z]\w+)=", text)) <= set(TEMPLATE["Parameters"]), page.name
        assert set(re.findall(r"OutputKey=='(\w+)'", text)) <= set(TEMPLATE["Outputs"]), page.name
        assert set(re.findall(r"sam local invoke ([A-Z]\w+)", text)) <= set(RESOURCES), page.name


def test_operations_explains_every_alarm_and_names_every_log() -> None:
    page = (DOCS / "operations.md").read_text()
    wanted = {name for name, r in RESOURCES.items() if r["Type"] in ("AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup")}
    assert wanted - {"Visits"} <= set(re.findall(r"`(\w+)`", page)) | set(re.findall(r"--logical-resource-id (\w+)", page))
    assert not [name for name in re.findall(r"`(\w+(?:Alarm|Logs))`", page) if name not in RESOURCES]


def test_events_that_operations_names_are_logged() -> None:
    code = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    page = (DOCS / "operations.md").read_text()
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", page)) - {"parameter_overrides", "correlation_id"}
    assert named
    assert not [event for event in named if f'"{event}"' not in code]


def test_operations_lists_every_metric_that_there_is_and_no_other() -> None:
    from sightsync.adapters.powertools import METRICS

    page = (DOCS / "operations.md").read_text()
    section = page[page.index("## Metrics") : page.index("## Dead letters")]
    named = set(re.findall(r"`([A-Z]\w+)`", section)) - {"SightSync"} - set(TEMPLATE["Parameters"])
    assert named == {metric.name for metrics in METRICS.values() for metric in metrics}
