"""`--stack NAME`: a command works on the stack's gallery with what its functions have."""

import os
import subprocess
import sys

import pytest

from local.stack import described, settings
from tests import cloud
from tests.cloud import REGION
from tests.deployed import Deployed, aws_client, deploy
from tests.dev_server import ROOT, environment
from tests.test_template import TEMPLATE


@pytest.fixture
def stack(aws: str) -> Deployed:
    return deploy()


def test_each_setting_is_what_the_template_gives_the_functions(stack: Deployed) -> None:
    found = described(stack.name, REGION)
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    for name, value in settings(found).items():
        given = variables[name]
        if given.get("!Ref") in found.parameters:
            assert value == found.parameters[given["!Ref"]]
        elif name in ("SIGHTSYNC_CATALOG", "SIGHTSYNC_VISION_TOKEN"):
            assert value == given["!Sub"].replace("${AWS::StackName}", stack.name)
    assert settings(found)["SIGHTSYNC_QUEUE"].endswith("-analysis")
    assert settings(found)["SIGHTSYNC_DISTRIBUTION"] == stack.distribution
    assert settings(found)["SIGHTSYNC_STORE"] == f"s3://{stack.name}-originals?public={stack.name}-public"
    assert settings(found)["SIGHTSYNC_BULK_OWNER"] == variables["SIGHTSYNC_BULK_OWNER"]["!If"][2]


def test_a_command_finds_the_stacks_catalog_by_its_secret(stack: Deployed, tmp_path: os.PathLike[str]) -> None:
    aws_client("ssm").put_parameter(Name=f"/{stack.name}/catalog", Value=f"sqlite://{tmp_path}/cloud.db", Type="SecureString")
    command = [sys.executable, "-m", "local", "retry", "--stack", stack.name]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "No picture has failed.\n"), done.stderr
    assert os.path.exists(f"{tmp_path}/cloud.db")


def test_a_stack_that_is_not_there_is_no_reason_to_work_on_this_machine(aws: str) -> None:
    command = [sys.executable, "-m", "local", "retry", "--stack", "nobodys"]
    done = subprocess.run(command, env=environment(**cloud.environment(aws)), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There is no stack called nobodys" in done.stderr
