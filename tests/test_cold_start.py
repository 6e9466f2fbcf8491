"""What a Lambda loads at its first request: nothing that this request does not need. Asked of a fresh interpreter, as Lambda is."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests import cloud

ROOT = Path(__file__).parent.parent
EVENTS = ROOT / "tests" / "events"
HEAVY = ("PIL", "pillow_heif", "numpy", "botocore", "boto3", "pymongo", "requests", "jwt", "sqlite3")


def loaded(function: str, event: str, tmp_path: Path, settings: Mapping[str, str] | None = None, **changes: object) -> set[str]:
    """Those of HEAVY that one request has brought in; the answer was a good one."""
    asked = {**json.loads((EVENTS / f"{event}.json").read_text()), **changes}
    asked["headers"] = {name: value for name, value in asked["headers"].items() if name.lower() != "authorization"}
    program = (
        "import json, sys\n"
        f"from handlers.{function} import handler\n"
        "class Context:\n"
        "    aws_request_id = 'a'\n"
        "    def get_remaining_time_in_millis(self): return 29_000\n"
        "answer = handler(json.load(sys.stdin), Context())\n"
        "assert answer['statusCode'] < 400, answer\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    own = {"PYTHONPATH": str(ROOT / "functions"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    own |= {"SIGHTSYNC_DATA": str(tmp_path / "data"), "SIGHTSYNC_LOCAL_USER": "ada"}
    command, text = [sys.executable, "-c", program], json.dumps(asked)
    ran = subprocess.run(command, input=text, capture_output=True, text=True, env=own | dict(settings or {}), check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.split())


def test_the_gallery_answers_without_pictures_numbers_or_aws(tmp_path: Path) -> None:
    assert loaded("gallery", "list-images", tmp_path) == {"sqlite3"}


def test_an_upload_begins_without_pictures_numbers_or_aws(tmp_path: Path) -> None:
    assert loaded("uploads", "begin-upload", tmp_path) == {"sqlite3"}


def test_a_search_counts_and_opens_no_picture(tmp_path: Path) -> None:
    assert loaded("search", "search", tmp_path) == {"sqlite3", "numpy"}


IN_AWS = {
    "SIGHTSYNC_STORE": "s3://originals?public=derivatives",
    "SIGHTSYNC_QUEUE": "https://sqs.eu-central-1.amazonaws.com/123456789012/analysis",
} | {name: value for name, value in cloud.environment("").items() if name != "AWS_ENDPOINT_URL"}


def test_in_the_cloud_a_wall_asks_nothing_of_aws_and_loads_nothing_of_it(tmp_path: Path) -> None:
    assert loaded("gallery", "list-images", tmp_path, IN_AWS) == {"sqlite3"}


def test_in_the_cloud_a_ticket_is_signed_by_botocore_alone(tmp_path: Path) -> None:
    """Signing asks nobody, so no server is needed. boto3, which would load as much again, never comes in."""
    assert loaded("uploads", "begin-upload", tmp_path, IN_AWS) == {"sqlite3", "botocore"}
