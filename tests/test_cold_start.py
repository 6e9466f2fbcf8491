"""What a Lambda loads: nothing that its request does not need. Asked of a fresh interpreter that plays a Lambda function."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import cloud, dev_server
from tests.endpoint import serving

pytestmark = pytest.mark.slow  # starts a Python for each function

ROOT = Path(__file__).parent.parent
EVENTS = ROOT / "events"
WEB = {"fastapi", "starlette", "mangum"}
SIGNED_IN = {"jwt", "cryptography"}
WATCHED = WEB | SIGNED_IN | {
    "PIL", "pillow_heif", "numpy", "botocore.session", "boto3", "pymongo", "requests", "sqlite3",
    "pydantic.v1", "aws_xray_sdk",
}  # fmt: skip
IN_AWS = {
    "SIGHTSYNC_STORE": "s3://originals?public=derivatives",
    "SIGHTSYNC_QUEUE": "https://sqs.eu-central-1.amazonaws.com/123456789012/analysis",
} | {name: value for name, value in cloud.environment("").items() if name != "AWS_ENDPOINT_URL"}

PROGRAM = """
import gc, json, sys
from importlib import import_module
watched = sys.argv[2].split()
handler = import_module(f"handlers.{sys.argv[1]}").handler
assert gc.isenabled() and gc.get_freeze_count(), "collects garbage again, but not among what was loaded"
print(*[name for name in watched if sys.modules.get(name)])
class Context:
    aws_request_id = function_name = invoked_function_arn = "alone"
    memory_limit_in_mb = 1024
    def get_remaining_time_in_millis(self): return 29_000
answer = handler(json.load(sys.stdin), Context())
assert answer.get("statusCode", 200) < 400, answer
print(*[name for name in watched if sys.modules.get(name)])
"""


def loaded(function: str, event: str, data: Path, **settings: str) -> tuple[set[str], set[str]]:
    """Those of WATCHED that the import has brought in, and those that are there after one good answer."""
    own: dict[str, str] = json.loads((EVENTS / "env.json").read_text())["Parameters"]
    places = dict.fromkeys(("SIGHTSYNC_STORE", "SIGHTSYNC_CATALOG", "SIGHTSYNC_QUEUE", "SIGHTSYNC_SAMPLES_FOR"), "")
    own |= places | {"SIGHTSYNC_DATA": str(data), "AWS_LAMBDA_FUNCTION_NAME": "alone"} | settings
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, function, " ".join(sorted(WATCHED))],
        input=(EVENTS / f"{event}.json").read_text(),
        capture_output=True,
        text=True,
        env=dev_server.environment(**own),
        cwd=ROOT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    ready, answered = (set(line.split()) for line in ran.stdout.splitlines() if not line.startswith("{"))  # its log is JSON
    return ready, answered


@pytest.mark.parametrize(
    ("function", "event", "needed"),
    [
        ("gallery", "gallery", {"sqlite3"}),
        ("gallery", "gallery-desk", {"sqlite3"} | SIGNED_IN),
        ("uploads", "uploads", {"sqlite3"} | SIGNED_IN),
        ("search", "search", {"sqlite3", "numpy"}),
    ],
)
def test_a_function_of_the_api_loads_what_its_request_needs(function: str, event: str, needed: set[str], tmp_path: Path) -> None:
    ready, answered = loaded(function, event, tmp_path)
    assert ready == WEB
    assert answered == WEB | needed


@pytest.mark.parametrize(
    ("function", "event", "counting"),
    [("search", "search-picture", {"numpy"}), ("captions", "captions", set()), ("scores", "scores", {"numpy"})],
)
def test_a_picture_is_opened_by_a_process_of_its_own_and_never_here(
    function: str, event: str, counting: set[str], tmp_path: Path
) -> None:
    with serving() as endpoint:
        _, answered = loaded(function, event, tmp_path, SIGHTSYNC_VISION=endpoint.url)
    assert answered == WEB | SIGNED_IN | counting | {"sqlite3", "requests"}


def test_the_model_that_is_built_in_is_what_looks_at_pixels_here(tmp_path: Path) -> None:
    assert "PIL" in loaded("captions", "captions", tmp_path, SIGHTSYNC_VISION="palette:")[1]


@pytest.mark.parametrize(
    ("function", "event", "needed"), [("analysis", "analysis-test-event", {"sqlite3"}), ("upkeep", "upkeep", {"sqlite3"})]
)
def test_a_function_without_routes_loads_nothing_of_the_web(function: str, event: str, needed: set[str], tmp_path: Path) -> None:
    ready, answered = loaded(function, event, tmp_path)
    assert not ready
    assert answered == needed


def test_in_the_cloud_a_wall_asks_nothing_of_aws_and_loads_nothing_of_it(tmp_path: Path) -> None:
    assert loaded("gallery", "gallery", tmp_path, **IN_AWS)[1] == WEB | {"sqlite3"}


def test_in_the_cloud_a_ticket_is_signed_by_botocore_alone(tmp_path: Path) -> None:
    """Signing asks nobody, so no server is needed. boto3, which would load as much again, never comes in."""
    assert loaded("uploads", "uploads", tmp_path, **IN_AWS)[1] == WEB | SIGNED_IN | {"sqlite3", "botocore.session"}
