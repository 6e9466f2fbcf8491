"""What the docs list is what there is."""

from pathlib import Path

import pytest

from sightsync.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_table_of_settings(name: str) -> None:
    row = f"| `SIGHTSYNC_{name.upper()}` |"
    said = Settings.model_fields[name].description
    assert row in (DOCS / "settings.md").read_text(), f"docs/settings.md lacks: {row}  | {said} |"


def test_the_table_of_settings_holds_no_other() -> None:
    rows = [line.split("`")[1] for line in (DOCS / "settings.md").read_text().splitlines() if line.startswith("| `SIGHTSYNC_")]
    assert {row.removeprefix("SIGHTSYNC_").lower() for row in rows} == set(Settings.model_fields)
    assert len(rows) == len(set(rows))
