"""Where the tests of inference/ run: environments that hold torch, which .venv does not."""

from pathlib import Path

from local.models_environment import PYTHON, add, beside, prepare
from local.prepare import ROOT

TESTS = ("pytest==9.2.0",)
OLDEST = "transformers==4.51.3"  # what the toolkit that hosts handlers brings


def environments() -> dict[str, Path]:
    """{what it is: its Python}, installed; Failed when that cannot be done."""
    prepare()
    add(TESTS)
    return {"inference": PYTHON, f"inference, {OLDEST}": beside(ROOT / ".venv-models-4.51", [OLDEST])}
