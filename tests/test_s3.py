"""The image store in S3, beyond what every store promises: policies, versions, names, CloudFront, and S3 on its bad days."""

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from sightsync.adapters.aws import client
from sightsync.adapters.s3 import S3Store
from sightsync.errors import BadRequest, Misconfigured, StorageFull, StoreUnavailable, TooLarge, Unavailable
from sightsync.images import MAX_BYTES
from sightsync.policies import Allowance, Signer, verify
from sightsync.services import build
from sightsync.settings import Settings
from tests import cloud

KEY = "uploads/0123456789abcdef0123456789abcdef"
THUMB = "media/a/0/thumb.jpg"
SIGNER = Signer("AKIDEXAMPLE", cloud.SECRET, cloud.REGION)


@pytest.fixture
def stack(aws):
    return cloud.stack()


@pytest.fixture
def store(stack):
    return S3Store(stack.originals, stack.public, s3=stack.s3)


@pytest.fixture
def nowhere(monkeypatch):
    """The environment of a function in AWS, and no way there: for what is made without asking S3."""
    for name, value in cloud.environment("").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL")


# --- tickets


def test_a_ticket_is_the_golden_policy_and_our_verifier_takes_it(nowhere):
    ticket = S3Store("originals", "derivatives").ticket(KEY, "image/png", MAX_BYTES)
    policy = json.loads(base64.b64decode(ticket.fields["policy"]))
    signed_at = ticket.fields["x-amz-date"]
    ends = datetime.fromisoformat(policy["expiration"])
    assert policy == {
        "expiration": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
        "conditions": [
            {"Content-Type": "image/png"},
            ["content-length-range", 0, 26214400],
            {"bucket": "originals"},
            {"key": KEY},
            {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
            {"x-amz-credential": f"AKIDEXAMPLE/{signed_at[:8]}/eu-central-1/s3/aws4_request"},
            {"x-amz-date": signed_at},
            {"x-amz-security-token": "a session's token"},
        ],
    }
    assert verify(ticket.fields, "originals", SIGNER, datetime.now(UTC)) == Allowance(KEY, "image/png", 0, 26214400)
    assert timedelta(0) <= ends - ticket.expires_at < timedelta(minutes=1), "it lasts at least as long as is said"
    assert timedelta(minutes=59) < ends - datetime.now(UTC) <= timedelta(hours=1)


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_a_ticket_is_for_the_buckets_own_regional_address(nowhere, monkeypatch, region):
    monkeypatch.setenv("AWS_REGION", region)
    assert S3Store("originals", "p").ticket(KEY, "image/png", 7).url == f"https://originals.s3.{region}.amazonaws.com/"
    link = urlsplit(S3Store("originals", "p").private_url(KEY, "a.jpg"))
    assert (link.netloc, link.path) == (f"originals.s3.{region}.amazonaws.com", f"/{KEY}")
    assert parse_qs(link.query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


# --- reading and writing


def test_derivatives_lie_in_the_public_bucket_to_be_kept_for_ever_and_originals_do_not(store, stack):
    store.write(THUMB, b"1", "image/jpeg")
    store.write(KEY, b"2", "image/png")
    public = stack.s3.head_object(Bucket=stack.public, Key=THUMB)
    assert (public["CacheControl"], public["ContentType"]) == ("public, max-age=31536000, immutable", "image/jpeg")
    assert "CacheControl" not in stack.s3.head_object(Bucket=stack.originals, Key=KEY)
    assert [head.key for head in store.list("media/")] == [THUMB]
    assert [head.key for head in store.list("")] == [THUMB, KEY]


def test_an_etag_is_that_of_the_events_and_the_same_for_the_same_bytes(store, stack):
    cloud.connect(stack)
    first = store.write(KEY, b"one", "image/png")
    event = json.loads(stack.messages()[-1])["Records"][0]["s3"]["object"]
    assert first.etag == event["eTag"] == store.head(KEY).etag == store.read(KEY, 9).head.etag
    assert store.write(KEY, b"one", "image/png").etag == first.etag
    assert store.write(KEY, b"two", "image/png").etag != first.etag


def test_what_a_tool_says_of_an_object_in_any_alphabet_is_read(store, stack):
    said = {"description": "=?UTF-8?B?5rSX44KI?=", "plain": "Boats", "broken": "=?nonsense?B?x?="}
    stack.s3.put_object(Bucket=stack.originals, Key="incoming/a.jpg", Body=b"1", Metadata=said)
    assert store.head("incoming/a.jpg").metadata == {"description": "洗よ", "plain": "Boats", "broken": "=?nonsense?B?x?="}


def test_a_listing_goes_on_beyond_one_page(store, stack):
    for number in range(7):
        store.write(f"incoming/{number}.jpg", b"1", "image/jpeg")
    paged = stack.s3.get_paginator("list_objects_v2")
    pages = list(paged.paginate(Bucket=stack.originals, PaginationConfig={"PageSize": 3}))
    assert [len(page["Contents"]) for page in pages] == [3, 3, 1]

    class SmallPages:
        """A client whose pages hold three."""

        def get_paginator(self, name):
            return self

        def paginate(self, **asked):
            return paged.paginate(**asked, PaginationConfig={"PageSize": 3})

    listed = S3Store(stack.originals, stack.public, s3=SmallPages()).list("incoming/")
    assert [head.key for head in listed] == [f"incoming/{number}.jpg" for number in range(7)]


# --- deleting


def test_deleting_takes_every_version_and_marker_and_no_neighbour(store, stack):
    for body in (b"1", b"2"):
        store.write(KEY, body, "image/png")
    stack.s3.delete_object(Bucket=stack.originals, Key=KEY)  # somebody else's tool: leaves a marker
    store.write(KEY, b"3", "image/png")
    store.write(KEY + ".json", b"{}", "application/json")
    store.delete(KEY)
    left = stack.s3.list_object_versions(Bucket=stack.originals)
    assert [version["Key"] for version in left["Versions"]] == [KEY + ".json"]
    assert "DeleteMarkers" not in left
    assert store.head(KEY) is None


def test_cloudfront_is_told_of_each_deleted_derivative_and_of_nothing_else(stack):
    invalidated = []

    class CloudFront:
        def create_invalidation(self, DistributionId, InvalidationBatch):
            invalidated.append((DistributionId, InvalidationBatch["Paths"]["Items"]))

    store = S3Store(stack.originals, stack.public, "E123", s3=stack.s3, cloudfront=CloudFront())
    store.write("media/a b/0/thumb.jpg", b"1", "image/jpeg")
    store.write(KEY, b"1", "image/jpeg")
    for key in ("media/a b/0/thumb.jpg", "media/a b/0/thumb.jpg", KEY):  # the second time as after a telling that failed
        store.delete(key)
    assert invalidated == [("E123", ["/media/a%20b/0/thumb.jpg"])] * 2


def test_what_stands_behind_a_parameter_is_read_when_it_is_first_needed(stack, tmp_path):
    systems_manager = client("ssm")
    for name, value in (("distribution", "E123"), ("site", "https://pictures.example")):
        systems_manager.put_parameter(Name=f"/stack/{name}", Value=value, Type="String", Overwrite=True)
    named = {"distribution": "ssm:///stack/distribution", "site": "ssm:///stack/site"}
    parts = build(Settings(store=f"s3://{stack.originals}?public={stack.public}", data=tmp_path, **named))
    assert parts.site == "https://pictures.example"
    parts.store.write(THUMB, b"1", "image/jpeg")
    with pytest.raises(StoreUnavailable) as refused:  # moto has no distribution E123: it was asked about that one
        parts.store.delete(THUMB)
    assert refused.value.__cause__.response["Error"]["Code"] == "NoSuchDistribution"
    parts.catalog.close()


def test_without_a_distribution_nobody_is_told(store):
    store.write(THUMB, b"1", "image/jpeg")
    store.delete(THUMB)
    assert store.head(THUMB) is None


# --- links


@pytest.mark.parametrize("filename", ["Meer & Möwe.jpg", 'a"; filename="evil.exe', "x\r\nSet-Cookie: a=1", "猫.png", "", "\udcff"])
def test_a_private_link_saves_under_any_name_and_no_name_breaks_out(store, filename):
    store.write(KEY, b"picture", "image/png")
    answer = httpx.get(store.private_url(KEY, filename))
    assert answer.content == b"picture"
    said = answer.headers["content-disposition"]
    assert said.startswith('attachment; filename="')
    assert (said.count('"'), said.isascii(), "set-cookie" in answer.headers) == (2, True, False)
    assert answer.headers["cache-control"] == "private, no-store"


# --- bad days


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("NoSuchKey", 404, None),
        ("404", 404, None),
        ("NoSuchBucket", 404, StoreUnavailable),
        ("AccessDenied", 403, StoreUnavailable),
        ("403", 403, StoreUnavailable),
        ("InternalError", 500, StoreUnavailable),
        ("SlowDown", 503, StoreUnavailable),
        ("RequestTimeTooSkewed", 403, StoreUnavailable),
        ("ExpiredToken", 400, StoreUnavailable),
        ("XMinioStorageFull", 507, StorageFull),
        ("KeyTooLongError", 400, BadRequest),
        ("EntityTooLarge", 400, TooLarge),
    ],
)
def test_what_s3_answers_is_said_in_our_words_and_only_absence_is_absence(nowhere, code, status, expected):
    s3 = client("s3")
    store = S3Store("originals", "derivatives", s3=s3)
    calls = [("get_object", lambda: store.read(KEY, 10)), ("head_object", lambda: store.head(KEY))]
    writes = [("put_object", lambda: store.write(KEY, b"1", "image/png")), ("list_objects_v2", lambda: list(store.list("a")))]
    for operation, call in calls + ([] if expected is None else writes):
        with Stubber(s3) as stub:
            stub.add_client_error(operation, code, http_status_code=status)
            if expected is None:
                stub.add_response("head_bucket", {})
                assert call() is None
                continue
            with pytest.raises(expected):
                call()


def test_a_bucket_that_is_gone_does_not_make_its_objects_absent(stack):
    """A HEAD answers 404 for both, without a body."""
    with pytest.raises(StoreUnavailable):
        S3Store("nobodys-bucket", stack.public, s3=stack.s3).head(KEY)


def test_an_object_that_cannot_be_deleted_is_not_called_deleted(nowhere):
    s3 = client("s3")
    with Stubber(s3) as stub:
        version = {"Key": KEY, "VersionId": "1"}
        stub.add_response("list_object_versions", {"Versions": [version]})
        stub.add_response("delete_objects", {"Errors": [{"Key": KEY, "Code": "AccessDenied"}]})
        with pytest.raises(StoreUnavailable):
            S3Store("originals", "derivatives", s3=s3).delete(KEY)


class Answers(BaseHTTPRequestHandler):
    """Gives the server's `answers` one after another: (status, body, promised length or None); the last one again and again."""

    def do_GET(self):
        answers = self.server.answers
        status, body, length = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("content-length", str(len(body) if length is None else length))
        self.send_header("etag", '"e"')
        self.send_header("last-modified", "Mon, 04 May 2026 12:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    do_HEAD = do_PUT = do_POST = do_GET

    def log_message(self, *_):
        pass


@contextmanager
def faulty(*answers) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.answers = list(answers)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


SLOW_DOWN = (503, b"<Error><Code>SlowDown</Code></Error>", None)


def test_a_busy_s3_is_asked_again(nowhere, monkeypatch):
    with faulty(SLOW_DOWN, (500, b"", None), (200, b"picture", None)) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        assert S3Store("originals", "derivatives").read(KEY, 100).body == b"picture"


def test_an_s3_that_stays_busy_is_unavailable_and_so_is_the_health_of_the_store(nowhere, monkeypatch):
    with faulty(SLOW_DOWN) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(Unavailable) as refused:
            S3Store("originals", "derivatives").health()
    assert (refused.value.status, refused.value.code) == (503, "store_unavailable")


def test_half_an_object_is_no_object(nowhere, monkeypatch):
    with faulty((200, b"half", 1000)) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(StoreUnavailable):
            S3Store("originals", "derivatives").read(KEY, 10_000)


def test_an_object_that_is_too_long_is_given_up_before_its_body_comes(nowhere, monkeypatch):
    with faulty((200, b"the body never comes", 26_214_401)) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(TooLarge):
            S3Store("originals", "derivatives").read(KEY, MAX_BYTES)


def test_an_s3_that_is_not_there_is_unavailable(nowhere, monkeypatch):
    with socketserver.TCPServer(("127.0.0.1", 0), None, bind_and_activate=True) as closed:
        address = f"http://127.0.0.1:{closed.server_address[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    with pytest.raises(StoreUnavailable):
        S3Store("originals", "derivatives").head(KEY)


def test_what_can_be_no_key_is_refused_without_asking(nowhere):
    store = S3Store("originals", "derivatives")
    for key in ("", "x" * 1025, "é" * 513, "uploads/\udcff"):
        for attempt in (store.head, store.delete, lambda key: store.ticket(key, "image/png", 1)):
            with pytest.raises(BadRequest) as refused:
                attempt(key)
            assert refused.value.code == "bad_key"


# --- settings


def test_three_urls_choose_the_cloud(nowhere, tmp_path):
    queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/analysis"
    catalog = f"sqlite://{tmp_path}/catalog.db"
    parts = build(Settings(store="s3://originals?public=derivatives", queue=queue_url, catalog=catalog))
    assert parts.settings.bucket == "originals"
    assert parts.store.public_url(THUMB) == f"/{THUMB}"
    parts.catalog.close()
    with pytest.raises(Misconfigured, match="public="):
        build(Settings(store="s3://originals", catalog=catalog, data=tmp_path))


def test_aws_without_a_region_is_a_setting_that_is_named(nowhere, monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(Misconfigured, match="AWS_REGION"):
        S3Store("originals", "derivatives").ticket(KEY, "image/png", 1)


def test_without_credentials_the_store_is_unavailable_and_the_cause_is_kept(nowhere, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreUnavailable) as refused:
        S3Store("originals", "derivatives").ticket(KEY, "image/png", 1)
    assert isinstance(refused.value.__cause__, NoCredentialsError)
