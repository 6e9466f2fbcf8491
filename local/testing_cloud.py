"""What checks the cloud's stack without a cloud: SAM, cfn-lint and checkov on the template, and an engine for functions."""

from collections.abc import Mapping, Sequence

from local import engine
from local.sam import CHECKOV, SAM


def lack() -> str | None:
    """Why functions can't run in containers here; None when they can. Failed when a tool can't be installed."""
    SAM.path("sam")
    return engine.lack()


def commands() -> Mapping[str, Sequence[str]]:
    """{what it is: its command}, installed; they are run in the surroundings of local.sam. Failed when that can't be done."""
    return {
        "sam validate --lint": [SAM.path("sam"), "validate", "--lint"],
        "cfn-lint": [SAM.path("cfn-lint"), "template.yaml"],
        "checkov": [CHECKOV.path("checkov"), "--config-file", ".checkov.yaml"],
    }
