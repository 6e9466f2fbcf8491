"""The cloud's template held against the code: routes and who may call them, handlers, events, settings, names."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from sightsync.adapters.aws import client
from sightsync.settings import Settings
from sightsync.upkeep import KEPT
from sightsync.web import require_user
from tests.shown import SHOWN

ROOT = Path(__file__).parent.parent
EVENTS = ROOT / "events"


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` is {"!Ref": "X"}."""


def _short_form(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {f"!{suffix}": loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {f"!{suffix}": loader.construct_sequence(node, deep=True)}
    return {f"!{suffix}": loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _short_form)

TEXT = (ROOT / "template.yaml").read_text()
TEMPLATE = yaml.load(TEXT, Loader)  # a SafeLoader with tags that make plain dictionaries
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
FUNCTIONS = {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::Function"}
NAMES = {name: properties["Handler"].split(".")[1] for name, properties in FUNCTIONS.items()}
API = {name: short for name, short in NAMES.items() if short not in ("analysis", "upkeep")}


def routes_of(function: str) -> Iterator[APIRoute]:
    yield from import_module(f"handlers.{API[function]}").app.state.routes


def needs_a_user(dependant: Dependant) -> bool:
    return dependant.call is require_user or any(needs_a_user(inner) for inner in dependant.dependencies)


def declared(function: str) -> dict[tuple[str, str], bool]:
    """(method, path) -> whether the gateway wants a token."""
    events = [event["Properties"] for event in FUNCTIONS[function]["Events"].values() if event["Type"] == "HttpApi"]
    return {(event["Method"], event["Path"]): event.get("Auth") == {"Authorizer": "People"} for event in events}


@pytest.mark.parametrize("function", API)
def test_the_gateway_knows_each_route_and_shields_those_that_need_a_user(function: str) -> None:
    answered = {(method, r.path): needs_a_user(r.dependant) for r in routes_of(function) for method in r.methods or ()}
    assert declared(function) == answered


def test_there_is_a_function_for_every_handler() -> None:
    handlers = {path.stem for path in (ROOT / "functions" / "handlers").glob("*.py")} - {"__init__"}
    assert sorted(NAMES.values()) == sorted(handlers)
    for short in NAMES.values():
        assert callable(import_module(f"handlers.{short}").handler)


def test_every_setting_is_declared_or_sam_would_not_let_it_be_set() -> None:
    variables = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    ours = {name for name in variables if name.startswith("SIGHTSYNC_")}
    assert ours == {f"SIGHTSYNC_{name.upper()}" for name in Settings.model_fields}
    for name in ("env", "env-api"):
        assert set(json.loads((EVENTS / f"{name}.json").read_text())["Parameters"]) <= variables


def test_no_endpoint_is_aws_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
    given["AWS_ENDPOINT_URL"] = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"]
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert client("sqs").meta.endpoint_url == "https://sqs.eu-central-1.amazonaws.com"


def test_no_function_implies_a_user_or_holds_a_secret() -> None:
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["SIGHTSYNC_LOCAL_USER"] == ""
    assert variables["SIGHTSYNC_SAMPLES_FOR"] == ""
    for secret in ("SIGHTSYNC_CATALOG", "SIGHTSYNC_VISION_TOKEN"):
        assert variables[secret]["!Sub"].startswith("ssm:///${AWS::StackName}/")


def test_the_analysis_queue_waits_six_times_as_long_as_its_function_may_take() -> None:
    assert RESOURCES["AnalysisQueue"]["Properties"]["VisibilityTimeout"] >= 6 * FUNCTIONS["AnalysisFunction"]["Timeout"]
    (source,) = FUNCTIONS["AnalysisFunction"]["Events"].values()
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_names_that_are_fixed_begin_with_the_stacks_so_that_two_stacks_live_side_by_side() -> None:
    fixed = {"BucketName", "QueueName", "FunctionName", "TableName", "Name"}
    for logical_id, resource in RESOURCES.items():
        for key, value in (resource.get("Properties") or {}).items():
            if key in fixed:
                assert "AWS::StackName" in json.dumps(value), f"{logical_id}.{key}"


def test_schedules_are_named_by_the_stack_where_sam_would_name_them_by_the_function() -> None:
    events = [event for f in FUNCTIONS.values() for event in f["Events"].values() if event["Type"] == "ScheduleV2"]
    assert [event["Properties"]["Name"] for event in events] == [{"!Sub": "${AWS::StackName}-upkeep"}]


def test_each_parameter_says_what_it_is_for_what_it_may_be_and_where_it_belongs() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    parameters = TEMPLATE["Parameters"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(parameters)
    for name, parameter in parameters.items():
        assert parameter["Description"].endswith("."), name
        assert "Default" in parameter, name
        assert parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}, name
        if pattern := parameter.get("AllowedPattern"):
            assert re.fullmatch(pattern, parameter["Default"]), name


def watched(metric: str) -> set[str]:
    """The functions, or queues, whose metric has an alarm that reaches people."""
    alarms = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    found = [alarm for alarm in alarms if alarm["MetricName"] == metric]
    assert all(alarm["AlarmActions"] == [{"!Ref": "Alarms"}] for alarm in found)
    return {next(iter(alarm["Dimensions"][0]["Value"].values())) for alarm in found}


def test_there_are_alarms_for_dead_letters_errors_throttles_and_for_what_waits_too_long() -> None:
    assert watched("Errors") == set(FUNCTIONS)
    assert watched("Throttles") == set(FUNCTIONS) - {"UpkeepFunction"}  # it comes again in an hour
    assert watched("ApproximateNumberOfMessagesVisible") == {"DeadLetters.QueueName"}
    assert watched("ApproximateAgeOfOldestMessage") == {"AnalysisQueue.QueueName"}
    assert watched("5xx") == {"Api"}


def test_alarms_are_not_encrypted_with_a_key_that_cloudwatch_may_not_use() -> None:
    assert "KmsMasterKeyId" not in RESOURCES["Alarms"]["Properties"]


def test_all_logs_are_kept_for_as_long_as_the_parameter_says() -> None:
    kept = {name: r["Properties"]["RetentionInDays"] for name, r in RESOURCES.items() if r["Type"] == "AWS::Logs::LogGroup"}
    assert all(value == {"!Ref": "LogDays"} for value in kept.values())
    own = {properties["LoggingConfig"]["LogGroup"]["!Ref"] for properties in FUNCTIONS.values()}
    assert len(own) == len(FUNCTIONS)
    assert own <= set(kept)


def test_access_logs_hold_no_queries_and_no_addresses() -> None:
    said = RESOURCES["Api"]["Properties"]["AccessLogSettings"]["Format"]
    recorded = RESOURCES["VisitsDelivery"]["Properties"]["RecordFields"]
    assert json.loads(re.sub(r"\$context\.\w+(?=[,}])", "0", said))  # JSON also where a value is a number
    for private in ("querystring", "sourceIp", "path", "identity", "authorizer"):
        assert private not in said
    assert not {"cs-uri-query", "c-ip", "cs(Cookie)", "cs(Referer)", "x-forwarded-for"} & set(recorded)


@pytest.mark.parametrize("name", [name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::S3::Bucket"])
def test_buckets_are_private_encrypted_and_speak_tls_alone(name: str) -> None:
    bucket = RESOURCES[name]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    statements = RESOURCES[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    (tls,) = [statement for statement in statements if statement["Sid"] == "TlsOnly"]
    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_originals_outlive_a_mistake_and_what_is_replaced_goes_after_the_bin_does() -> None:
    originals = RESOURCES["OriginalsBucket"]
    assert originals["DeletionPolicy"] == "Retain"
    assert originals["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = originals["Properties"]["LifecycleConfiguration"]["Rules"]
    (old,) = [rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules if "NoncurrentVersionExpiration" in rule]
    assert old >= KEPT.days
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_cloudformation_reads_no_aliases() -> None:
    assert not [event.start_mark.line for event in yaml.parse(TEXT, Loader) if isinstance(event, yaml.AliasEvent)]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_policy_names_everything(function: str) -> None:
    statements = [statement for policy in FUNCTIONS[function]["Policies"] for statement in policy["Statement"]]
    for statement in statements:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action]
        assert statement["Resource"] != "*"


@pytest.mark.parametrize("event", sorted(path.stem for path in EVENTS.glob("*.json") if not path.stem.startswith("env")))
def test_every_event_is_for_a_function_that_has_its_route(event: str) -> None:
    function = next(name for name, short in NAMES.items() if short == event.partition("-")[0])
    held = json.loads((EVENTS / f"{event}.json").read_text())
    if function in API:
        method, _, path = held["routeKey"].partition(" ")
        assert (method, path) in declared(function)
    else:
        assert "Records" in held or held["detail-type"] == "Scheduled Event"


def test_each_event_is_told_of_and_held_to_what_it_is_to_show() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", (EVENTS / "README.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(SHOWN) == sorted(path.stem for path in EVENTS.glob("*.json") if not path.stem.startswith("env"))


def test_every_function_has_an_event_of_its_own() -> None:
    assert {short for short in NAMES.values() if (EVENTS / f"{short}.json").exists()} == set(NAMES.values())
