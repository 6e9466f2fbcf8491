"""Every function called as Lambda calls it: handler(event, context) with the events of an HTTP API, payload format 2.0."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sightsync.api import ImageAnswer, ImageList, UploadAnswer
from sightsync.api_search import SearchAnswer
from sightsync.images import Image
from sightsync.services import Services
from sightsync.web import parts
from tests.fakes import MemoryQueue
from tests.records import an_image

EVENTS = Path(__file__).parent / "events"
ID = "9f1c2f0a4b7d4e0e8a53c1de6a2b7c11"

Call = Callable[..., dict[str, Any]]


@dataclass
class Context:
    """What Lambda hands over beside the event, as far as anything here looks at it."""

    aws_request_id: str = "8f5ea0c1-3d7a-4a55-9c0d-5c6c2f8a1b2e"
    function_name: str = "sightsync"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


@pytest.fixture
def call(services: Services) -> Iterator[Call]:
    """call(function, event's name, **changes of its top level) -> what the gateway gets."""
    used = []

    def called(function: str, event: str, **changes: Any) -> dict[str, Any]:
        module = import_module(f"handlers.{function}")
        module.app.dependency_overrides[parts] = lambda: services
        used.append(module.app)
        answer = module.handler({**json.loads((EVENTS / f"{event}.json").read_text()), **changes}, Context())
        assert isinstance(answer, dict)
        return answer

    yield called
    for app in used:
        app.dependency_overrides.clear()


@pytest.fixture
def image(services: Services) -> Image:
    return services.catalog.put(an_image(id=ID, owner="ada", category="comics", description="Red boats at dusk"), 0)


def test_the_wall_comes_through_the_gateway(call: Call, image: Image) -> None:
    answer = call("gallery", "list-images")
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert answer["headers"]["content-type"] == "application/json"
    assert answer["headers"]["x-request-id"] == "JKJaXmPLvHcESHA=", "the gateway's own, as its access log has it"
    assert [found.id for found in ImageList.model_validate_json(answer["body"]).images] == [ID]


def test_one_image_comes_through_the_gateway(call: Call, image: Image) -> None:
    found = ImageAnswer.model_validate_json(call("gallery", "get-image")["body"])
    assert (found.id, found.mine, found.filename) == (ID, False, "")


def test_an_upload_begins_with_words_in_any_alphabet(call: Call) -> None:
    answer = call("uploads", "begin-upload")
    assert answer["statusCode"] == 201
    found = UploadAnswer.model_validate_json(answer["body"])
    assert (found.image.owner, found.image.filename, found.image.description) == ("ada", "höhe.jpg", "Rote Boote 🚣")


def test_the_authorizers_word_alone_lets_nobody_in(call: Call) -> None:
    """The gateway shields the routes besides; the function reads the token itself."""
    event = json.loads((EVENTS / "begin-upload.json").read_text())
    del event["headers"]["authorization"]
    answer = call("uploads", "begin-upload", headers=event["headers"])
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (401, "sign_in_required")


def test_an_edit_carries_its_version_through_the_gateway(call: Call, image: Image) -> None:
    first = call("gallery", "change-image")
    assert (first["statusCode"], json.loads(first["body"])["title"]) == (200, "Harbour at dusk")
    event = json.loads((EVENTS / "change-image.json").read_text())
    again = call("gallery", "change-image", body=json.dumps({"title": "x"}), headers=event["headers"])
    assert (again["statusCode"], json.loads(again["body"])["error"]) == (409, "image_changed")


def test_a_deletion_answers_with_nothing(call: Call, image: Image, services: Services) -> None:
    answer = call("gallery", "delete-image")
    assert (answer["statusCode"], answer["body"]) == (204, "")
    deleted = services.catalog.get(ID)
    assert deleted is not None
    assert deleted.deleted_at is not None


def test_a_picture_arrives_in_base64(call: Call) -> None:
    answer = call("captions", "caption-picture")
    assert answer["statusCode"] == 200
    assert "red" in json.loads(answer["body"])["caption"]["text"].lower()


def test_json_may_arrive_in_base64_as_well(call: Call, image: Image) -> None:
    answer = call("scores", "score-image")
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (409, "not_ready")  # read, and its file is not there


def test_a_form_arrives_in_base64(call: Call) -> None:
    from tests import pictures

    lines = [b"--x", b'Content-Disposition: form-data; name="texts"', b"", b"a red thing", b"--x"]
    lines += [
        b'Content-Disposition: form-data; name="file"; filename="a.png"',
        b"Content-Type: image/png",
        b"",
        pictures.png(),
        b"--x--",
        b"",
    ]
    event = json.loads((EVENTS / "caption-picture.json").read_text())
    headers = event["headers"] | {"content-type": "multipart/form-data; boundary=x"}
    context = event["requestContext"]
    context["http"]["path"] = "/api/scores"
    body = base64.b64encode(b"\r\n".join(lines)).decode()
    answer = call("scores", "caption-picture", rawPath="/api/scores", requestContext=context, headers=headers, body=body)
    assert (answer["statusCode"], len(json.loads(answer["body"])["scores"])) == (200, 1)


def test_a_search_comes_through_the_gateway_with_its_quotes(call: Call, image: Image, queue: MemoryQueue) -> None:
    found = SearchAnswer.model_validate_json(call("search", "search")["body"])
    assert [hit.image.id for hit in found.hits] == [ID]
    assert found.hits[0].why.words is not None
    assert queue.sent == []


def test_a_shared_link_is_a_page(call: Call, image: Image) -> None:
    answer = call("gallery", "shared-link")
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert answer["headers"]["content-type"].startswith("text/html")
    assert f'content="https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/p/{ID}"' in answer["body"]


@pytest.mark.parametrize("function", ["uploads", "gallery", "captions", "scores", "search"])
def test_a_function_answers_for_its_own_routes_and_no_others(call: Call, function: str) -> None:
    event = json.loads((EVENTS / "list-images.json").read_text())
    event["requestContext"]["http"]["path"] = "/api/nothing"
    answer = call(function, "list-images", rawPath="/api/nothing", requestContext=event["requestContext"])
    assert (answer["statusCode"], json.loads(answer["body"])) == (
        404,
        {"error": "not_found", "message": "There is nothing at this address.", "details": None},
    )
