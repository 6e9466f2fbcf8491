"""Every function as Lambda runs it: built by SAM, in a container of Lambda's image, on each event that lies under events/."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local import engine
from local.building import packages
from tests import pictures
from tests.cloud import environment
from tests.host_cloud import host_cloud
from tests.mongod import MISSING, program
from tests.sam import EVENTS, ROOT, StartApi, function_of, invoke
from tests.shown import SHOWN, Answer

pytestmark = pytest.mark.slow
AT_ONCE = 2
MAGIC_OF_3_13 = (3571).to_bytes(2, "little") + b"\r\n"
TOKEN = json.loads((EVENTS / "uploads.json").read_text())["headers"]["authorization"]


@pytest.fixture(scope="module")
def built():
    """The packages, and an engine to run them in."""
    if lack := engine.lack():
        pytest.skip(f"functions in containers: {lack}")
    done = subprocess.run([ROOT / "sightsync", "build"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def returned(built, request):
    """{event: what its function returned, or the failure}, of the events that are asked for."""
    asked = [item.callspec.params["event"] for item in request.session.items if "returned" in item.fixturenames]

    def run(event):
        try:
            return invoke(function_of(event), EVENTS / f"{event}.json", EVENTS / "env.json")
        except AssertionError as failure:
            return failure

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(asked, pool.map(run, asked), strict=True))


@pytest.mark.parametrize("event", SHOWN)
def test_a_function_that_runs_alone_answers_its_event(event, returned):
    found = returned[event]
    if isinstance(found, AssertionError):
        raise found
    answer = Answer.of(found) if "statusCode" in found else found
    assert SHOWN[event](answer), json.dumps(found)[:3000]


def test_packages_carry_the_bytecode_of_lambdas_python_and_fit(built):
    """Flags 1: never compared with the source, whose date a package does not keep."""
    (package,) = packages()  # all functions share one
    sources = [path for path in package.rglob("*.py") if "sightsync" in path.parts or "fastapi" in path.parts]
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        assert compiled.read_bytes()[:8] == MAGIC_OF_3_13 + b"\1\0\0\0", source
    assert sum(path.stat().st_size for path in package.rglob("*") if path.is_file()) < 170e6


# --- the whole API


@pytest.fixture(scope="module")
def host(built, tmp_path_factory):
    """(the buckets and the queue, the file of settings, credentials): on this machine, for containers too."""
    if program() is None:
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("host")
    with host_cloud(folder / "mongod") as (stack, settings):
        file = folder / "env-api.json"
        file.write_text(json.dumps({"Parameters": settings}))
        yield stack, file, environment(settings["AWS_ENDPOINT_URL"])


@pytest.fixture(scope="module")
def api(host, tmp_path_factory):
    _, settings, credentials = host
    with StartApi(settings, tmp_path_factory.mktemp("api") / "log", credentials) as api:
        yield api


@pytest.fixture(scope="module")
def visitor(api):
    with api.client() as client:
        yield client


@pytest.fixture(scope="module")
def owner(api):
    """Who has the token of the signed-in events, which the key in env-api.json tells from a forged one."""
    with api.client(TOKEN) as client:
        yield client


def ok(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def uploaded(owner, body, **words):
    """Ticket, then the form to S3, as the page does it; the id."""
    ask = {"filename": "boats.jpg", "content_type": "image/jpeg", "bytes": len(body), **words}
    begun = ok(owner.post("/api/uploads", json=ask), 201)
    upload = begun["upload"]
    sent = httpx.post(upload["url"], data=upload["fields"], files={"file": ("boats.jpg", body, "image/jpeg")})
    assert sent.status_code == 204, sent.text
    return begun["image"]["id"]


def analysed(host, tmp_path):
    """What S3 has told the queue goes to AnalysisFunction in one batch, as SQS would hand it over."""
    stack, settings, credentials = host
    event = tmp_path / "batch.json"
    records = [record(n, body) for n, body in enumerate(stack.messages())]
    event.write_text(json.dumps({"Records": records}))
    assert invoke("AnalysisFunction", event, settings, credentials) == {"batchItemFailures": []}
    return [json.loads(each["body"]) for each in records]


def record(number, body):
    return {
        "messageId": str(number),
        "receiptHandle": str(number),
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1777896003000"},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:analysis-local",
        "awsRegion": "eu-central-1",
    }


def titles(answer):
    return [hit["image"]["title"] for hit in ok(answer)["hits"] if hit["likely"]]


def test_a_picture_goes_from_upload_to_search_through_functions_in_containers(host, visitor, owner, tmp_path):
    stack, _, _ = host
    assert ok(visitor.get("/api/health"))["catalog"] == "ok"
    body = pictures.photo(3, 640, 420)
    image_id = uploaded(owner, body, title="Boats", description="Boats at dusk", category="illustrations", tags=["boat"])
    told = analysed(host, tmp_path)
    assert [each.get("Event", "s3:ObjectCreated") for each in told].count("s3:TestEvent") == 1
    address = f"/api/images/{image_id}"

    draft = owner.get(address)
    assert (ok(draft)["status"], draft.json()["published"]) == ("ready", False)
    assert ok(visitor.get("/api/images"))["images"] == []
    ok(owner.patch(address, json={"published": True, "title": "Three boats"}, headers={"If-Match": draft.headers["etag"]}))
    ok(owner.patch(address, json={"title": "late"}, headers={"If-Match": draft.headers["etag"]}), 409)

    (shown,) = ok(visitor.get("/api/images", params={"category": "illustrations"}))["images"]
    assert (shown["title"], shown["caption"]["kind"]) == ("Three boats", "looks")
    copy = stack.s3.get_object(Bucket=stack.public, Key=shown["derivatives"]["thumb"].lstrip("/"))
    assert copy["ContentType"] == "image/jpeg"
    assert titles(visitor.get("/api/search", params={"q": "boats"})) == ["Three boats"]
    assert ok(visitor.get(f"{address}/similar"))["hits"] == []
    assert ok(owner.post(f"{address}/caption"))["caption"]["kind"] == "looks"
    assert len(ok(owner.post(f"{address}/scores", json={"texts": ["red", "a green wood"]}))["scores"]) == 2
    assert "Three boats" in visitor.get(f"/p/{image_id}").text

    ok(owner.delete(address), 204)
    assert ok(visitor.get("/api/images"))["images"] == []
    assert titles(visitor.get("/api/search", params={"q": "boats"})) == []


def test_functions_in_containers_refuse_whoever_has_no_token_of_the_issuer(api, visitor):
    ask = {"filename": "a.jpg", "content_type": "image/jpeg", "bytes": 1000}
    assert ok(visitor.post("/api/uploads", json=ask), 401)["error"] == "sign_in_required"
    forged = f"{TOKEN[:-8]}AAAAAAAA"
    with api.client(forged) as stranger:
        assert ok(stranger.post("/api/uploads", json=ask), 401)["error"] == "token_invalid"
