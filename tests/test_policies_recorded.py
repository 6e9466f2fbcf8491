"""What each function really asks of AWS is allowed by its policies in template.yaml; and they allow nothing that it never asks.

What Lambda itself needs is granted by SAM and not looked at here: writing logs and traces, and receiving from the analysis queue.
X-Ray's two actions take no resource but `*`.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest

from tests import cloud
from tests.endpoint import serving
from tests.test_template import FUNCTIONS, NAMES, RESOURCES
from tests.walking import ACCOUNT, QUEUE, STACK, Call, Walk, everything

Need = tuple[str, str]  # action, resource

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    with cloud.moto_server(), serving() as endpoint:
        walk = Walk(tmp_path_factory.mktemp("walk"), endpoint, "words")
        with cloud.environ(walk.build()), walk.recorder.listening():
            everything(walk)
        yield walk


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
    assert {call.function for call in walk.recorder.calls} == set(NAMES.values())
    assert not [(answer["asked"], answer["body"]) for answer in walk.answers if answer["statusCode"] >= 500]
    done = {(call.function, call.operation) for call in walk.recorder.calls}
    assert done >= {
        ("analysis", "ChangeMessageVisibility"),
        ("analysis", "CreateInvalidation"),
        ("upkeep", "DeleteObjects"),
        ("gallery", "SendMessage"),
    }
    assert [call for call in walk.recorder.calls if call.function == "analysis" and call.status == 404]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_that_a_function_asks_of_aws_is_granted(walk, function):
    granted = grants(function, walk.distribution)
    wanted = {need for call in walk.recorder.calls if call.function == NAMES[function] for need in needs(call)}
    refused = {need for need in wanted if not any(covers(grant, need) for grant in granted)}
    assert not refused, "\n".join(map(str, sorted(refused)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_is_granted_that_a_function_never_asks_for(walk, function):
    wanted = {need for call in walk.recorder.calls if call.function == NAMES[function] for need in needs(call)}
    idle = {grant for grant in grants(function, walk.distribution) if not any(covers(grant, need) for need in wanted)}
    assert not idle, "\n".join(map(str, sorted(idle)))


def covers(grant: Need, need: Need) -> bool:
    return grant[0] == need[0] and fnmatchcase(need[1], grant[1])
