"""The stack that a command works on: its name and region, and what CloudFormation says of it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import cloud
from local.prepare import ROOT
from local.trouble import Trouble

SAMCONFIG = ROOT / "samconfig.toml"
NAME = "sightsync"
MISSING = {"ValidationError"}  # CloudFormation's answer about a stack that is not there


@dataclass(frozen=True)
class Stack:
    """Outputs and parameters by their names in the template."""

    name: str
    region: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    def output(self, name: str) -> str:
        """Trouble when the stack has none of that name."""
        if name in self.outputs:
            return self.outputs[name]
        raise Trouble(f"The stack {self.name} ({self.status}) has no output {name}.", "sam deploy, and look how it ends")


def default_name(samconfig: Path = SAMCONFIG) -> str:
    """What `sam deploy` would take."""
    return str(_answers(samconfig).get("stack_name") or NAME)


def region_of(asked: str | None, samconfig: Path = SAMCONFIG) -> str | None:
    """None: whatever the AWS profile says."""
    named = asked or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _answers(samconfig).get("region")
    return str(named) if named else None


def described(name: str, region: str | None) -> Stack:
    """Trouble when there is no such stack, or nobody to ask."""
    found = _found(name, region)
    if found is None:
        where = region or "the region of this AWS profile"
        raise Trouble(
            f"There is no stack called {name} in {where}.",
            "sam deploy --guided, or name yours: --stack NAME --region REGION (aws cloudformation list-stacks)",
        )
    return found


def use(name: str, region: str | None) -> None:
    """Leaves this process with the stack's gallery instead of this machine's, as its functions have it."""
    found = described(name, region)
    os.environ.update(settings(found), AWS_REGION=found.region)


def settings(stack: Stack) -> dict[str, str]:
    """What a command needs to do the functions' work; secrets by the names of their parameters."""
    of = stack.parameters.get
    return {
        "SIGHTSYNC_STORE": f"s3://{stack.output('OriginalsBucketName')}?public={stack.output('PublicBucketName')}",
        "SIGHTSYNC_CATALOG": f"ssm:///{stack.name}/catalog",
        "SIGHTSYNC_QUEUE": stack.output("AnalysisQueueUrl"),
        "SIGHTSYNC_VISION": of("VisionUrl", "palette:"),
        "SIGHTSYNC_VISION_NEXT": of("VisionNextUrl", ""),
        "SIGHTSYNC_VISION_TOKEN": f"ssm:///{stack.name}/vision-token",
        "SIGHTSYNC_VISION_DAILY_CALLS": of("DailyVisionCalls", "5000"),
        "SIGHTSYNC_BULK_OWNER": of("BulkOwner") or "bulk",
        "SIGHTSYNC_DISTRIBUTION": stack.output("DistributionId"),
    }


def _found(name: str, region: str | None) -> Stack | None:
    cloud.prepare()
    from sightsync.adapters.aws import client, unless

    with cloud.asking(f"look at the stack {name}", "cloudformation:DescribeStacks"):
        cloudformation = client("cloudformation", region, patient=True)
        answer = unless(MISSING, lambda: cloudformation.describe_stacks(StackName=name))
    if answer is None:
        return None
    return _read(answer["Stacks"][0], cloudformation.meta.region_name)


def _read(found: Mapping[str, Any], region: str) -> Stack:
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", ())}
    return Stack(found["StackName"], region, found["StackStatus"], outputs, parameters)


def _answers(samconfig: Path) -> dict[str, Any]:
    """What samconfig.toml knows of the deployment; `sam deploy --guided` writes it there."""
    if not samconfig.exists():
        return {}
    try:
        held = tomllib.loads(samconfig.read_text()).get("default", {})
    except tomllib.TOMLDecodeError as error:
        raise Trouble(f"samconfig.toml cannot be read: {error}.", "git diff samconfig.toml") from error
    return {**held.get("global", {}).get("parameters", {}), **held.get("deploy", {}).get("parameters", {})}
