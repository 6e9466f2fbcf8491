"""What each function really asks of AWS is allowed by its policies in template.yaml; and they allow nothing that it never asks.
And what it tells on the way: metrics, and lines that name their request; never words, tokens or signed links.

What Lambda itself needs is granted by SAM and not looked at here: writing logs and traces, and receiving from the analysis queue.
X-Ray's two actions take no resource but `*`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pytest

from sightsync.adapters.powertools import METRICS, NAMESPACE
from tests import cloud, dev_server
from tests.dev_server import ROOT
from tests.test_template import FUNCTIONS, NAMES, RESOURCES
from tests.walking import ACCOUNT, QUEUE, STACK, TOKEN, WORDS, Call

Need = tuple[str, str]  # action, resource

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Walked:
    """What came of one walk: calls to AWS, answers, and all that the functions printed."""

    calls: list[Call]
    answers: list[dict[str, Any]]
    distribution: str
    token: str
    printed: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.printed.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    on_lambda = {"AWS_LAMBDA_FUNCTION_NAME": "walk", "POWERTOOLS_SERVICE_NAME": STACK}
    command = [sys.executable, "-m", "tests.walking", str(folder)]
    environment = dev_server.environment(**on_lambda)
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads((folder / "walk.json").read_text())
    calls = [Call(**call) for call in found.pop("calls")]
    return Walked(calls, printed=ran.stdout + ran.stderr, **found)


def needs(call: Call) -> Iterator[Need]:
    """What IAM wants to have been granted for a call, as the service's own reference says."""
    given = call.parameters
    bucket = f"arn:aws:s3:::{given.get('Bucket')}"
    an_object = f"{bucket}/{given.get('Key')}"
    match call.operation:
        case "GetObject" | "HeadObject":
            yield "s3:GetObject", an_object
            if call.status == 404:  # without this, what is not there is answered with 403
                yield "s3:ListBucket", bucket
        case "PutObject":
            yield "s3:PutObject", an_object
        case "HeadBucket" | "ListObjectsV2":
            yield "s3:ListBucket", bucket
        case "ListObjectVersions":
            yield "s3:ListBucketVersions", bucket
        case "DeleteObjects":
            for found in given["Delete"]["Objects"]:
                yield "s3:DeleteObject", f"{bucket}/{found['Key']}"
                yield "s3:DeleteObjectVersion", f"{bucket}/{found['Key']}"
        case "GetParameter":
            yield "ssm:GetParameter", f"arn:aws:ssm:{cloud.REGION}:{ACCOUNT}:parameter{given['Name']}"
        case "CreateInvalidation":
            yield "cloudfront:CreateInvalidation", f"arn:aws:cloudfront::{ACCOUNT}:distribution/{given['DistributionId']}"
        case "CreateBucket" if call.status == 0:
            return  # how botocore finds the address that a ticket is for; nothing is sent
        case operation if call.service == "sqs":
            yield f"sqs:{operation}", f"arn:aws:sqs:{cloud.REGION}:{ACCOUNT}:{given['QueueUrl'].rpartition('/')[2]}"
        case operation:
            raise AssertionError(f"what does {call.service}:{operation} need?")


def grants(function: str, distribution: str) -> set[Need]:
    """(action, pattern of resources) of all that the template grants a function."""
    found = [statement for policy in FUNCTIONS[function]["Policies"] for statement in policy["Statement"]]
    for resource in RESOURCES.values():
        if resource["Type"] == "AWS::IAM::Policy" and {"!Ref": f"{function}Role"} in resource["Properties"]["Roles"]:
            found += resource["Properties"]["PolicyDocument"]["Statement"]
    assert all(statement["Effect"] == "Allow" for statement in found)
    return {
        (action, resolved(resource, distribution))
        for statement in found
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def listed(value):
    return value if isinstance(value, list) else [value]


def resolved(resource, distribution: str) -> str:
    if "!GetAtt" in resource:
        assert resource["!GetAtt"] == "AnalysisQueue.Arn"
        return f"arn:aws:sqs:{cloud.REGION}:{ACCOUNT}:{QUEUE}"
    values = {"AWS::Partition": "aws", "AWS::Region": cloud.REGION, "AWS::AccountId": ACCOUNT, "AWS::StackName": STACK}
    return re.sub(r"\$\{([^}]+)\}", lambda found: (values | {"Site": distribution})[found[1]], resource["!Sub"])


def test_the_walk_has_gone_everywhere(walk):
    """Each function has asked AWS for something, every answer is one that was meant, and what the policies are about happened."""
    assert {call.function for call in walk.calls} == set(NAMES.values())
    failed = [(answer["asked"], json.loads(answer["body"])["error"]) for answer in walk.answers if answer["statusCode"] >= 500]
    assert failed == [("POST /api/captions", "vision_asleep")]
    done = {(call.function, call.operation) for call in walk.calls}
    assert done >= {
        ("analysis", "ChangeMessageVisibility"),
        ("analysis", "CreateInvalidation"),
        ("upkeep", "DeleteObjects"),
        ("gallery", "SendMessage"),
    }
    assert [call for call in walk.calls if call.function == "analysis" and call.status == 404]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_that_a_function_asks_of_aws_is_granted(walk, function):
    granted = grants(function, walk.distribution)
    wanted = {need for call in walk.calls if call.function == NAMES[function] for need in needs(call)}
    refused = {need for need in wanted if not any(covers(grant, need) for grant in granted)}
    assert not refused, "\n".join(map(str, sorted(refused)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_is_granted_that_a_function_never_asks_for(walk, function):
    wanted = {need for call in walk.calls if call.function == NAMES[function] for need in needs(call)}
    idle = {grant for grant in grants(function, walk.distribution) if not any(covers(grant, need) for need in wanted)}
    assert not idle, "\n".join(map(str, sorted(idle)))


def covers(grant: Need, need: Need) -> bool:
    return grant[0] == need[0] and fnmatchcase(need[1], grant[1])


# --- what it told on the way ---------------------------------------------------------------------------------------


def test_nothing_that_people_wrote_and_no_secret_is_ever_printed(walk):
    """Words in titles, descriptions, names, tags, queries, addresses, files, and in what a model answered; tokens; signed links."""
    links = "".join(json.dumps(answer["headers"]) + answer["body"] for answer in walk.answers)
    signatures = set(re.findall(r"X-Amz-Signature=([0-9a-f]{64})", links, re.IGNORECASE))
    signatures |= set(re.findall(r'"x-amz-signature":"([0-9a-f]{64})"', links, re.IGNORECASE))
    assert len(signatures) > 3, "tickets and links were given out"
    secrets = {WORDS, TOKEN, cloud.SECRET, "a session's token", *walk.token.split("."), *signatures}
    assert not [secret for secret in secrets if secret.lower() in walk.printed.lower()]


def test_every_line_names_what_it_is_about(walk):
    told = [line for line in walk.lines if "message" in line]
    assert {line["correlation_id"].partition("-")[0] for line in told} >= {"JKJaXmPLvHcESHA=", "message", "an event's id"}
    assert not [line for line in told if not line["correlation_id"]]
    (rejected, *_) = [line for line in told if line["message"] == "image_rejected"]
    assert rejected["correlation_id"].startswith("message-")
    assert rejected["level"] == "INFO"
    assert {answer["headers"]["x-request-id"] for answer in walk.answers} == {"JKJaXmPLvHcESHA="}, "as the gateway's log has it"


def test_every_metric_is_told_in_the_embedded_format(walk):
    """But those of a crash, which nothing on the walk brings about."""
    sets = [line["_aws"]["CloudWatchMetrics"][0] for line in walk.lines if "_aws" in line]
    assert {found["Namespace"] for found in sets} == {NAMESPACE}
    assert all("service" in found["Dimensions"][0] for found in sets)
    told = {metric["Name"] for found in sets for metric in found["Metrics"]}
    assert told == {metric.name for metrics in METRICS.values() for metric in metrics}
    begun = [line for line in walk.lines if "ColdStarts" in line]
    assert len(begun) == len(FUNCTIONS)
    assert {line["code"] for line in walk.lines if "Errors" in line} >= {
        "vision_asleep",
        "token_invalid",
        "too_large",
        "invalid_request",
    }


def test_every_metric_is_made_of_an_event_that_the_program_logs():
    sources = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    assert not [event for event in METRICS if not re.search(rf'logger\.\w+\([^"\n]*"{event}"', sources)]
