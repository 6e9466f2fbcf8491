"""The cloud's template held against the code: routes and who may call them, handlers, events, settings, names."""

import json
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
from sightsync.web import require_user

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


def test_every_function_has_an_event_of_its_own() -> None:
    assert {short for short in NAMES.values() if (EVENTS / f"{short}.json").exists()} == set(NAMES.values())
