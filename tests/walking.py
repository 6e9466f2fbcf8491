"""All seven functions on AWS as moto plays it, under the template's own names: every route and event, each call to AWS recorded.

Run as `python -m tests.walking FOLDER` in the environment of a Lambda function: what it prints is what a function would, and
FOLDER/walk.json holds the calls and the answers.
"""

import base64
import json
import logging
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import botocore
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.images import Image, Status, now
from sightsync.services import services
from tests import cloud, pictures
from tests.endpoint import Endpoint, says, serving
from tests.records import an_image

STACK, ACCOUNT, OWNER = "gallery", "123456789012", "ada"
ORIGINALS, PUBLIC, QUEUE = f"{STACK}-originals-{ACCOUNT}", f"{STACK}-public-{ACCOUNT}", f"{STACK}-analysis"
WORDS, TOKEN = "Zwetschgenmus", "hf_marked_token"
ISSUER = "https://issuer.example"
LONG_AGO = now() - timedelta(days=40)


@dataclass
class Call:
    """One request to AWS, or one that a signed link allows somebody else."""

    function: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    status: int = 0  # of the answer; 0 where nothing was sent


class Recorder:
    """Notes the calls of every botocore client of this process while a function is named."""

    def __init__(self) -> None:
        self.function = ""
        self.calls: list[Call] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        botocore.register_initializer(self._listen)
        try:
            yield
        finally:
            botocore.unregister_initializer(self._listen)

    def _listen(self, session: Any) -> None:
        session.register("before-parameter-build", self._begins)
        session.register("after-call", self._ends)

    def _begins(self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if self.function:
            context["recorded"] = Call(self.function, model.service_model.service_name, model.name, dict(params))
            self.calls.append(context["recorded"])

    def _ends(self, http_response: Any, context: dict[str, Any], **_: Any) -> None:
        if "recorded" in context:
            context["recorded"].status = http_response.status_code


class Context:
    """What Lambda hands to a handler beside the event."""

    aws_request_id = "00000000-0000-0000-0000-000000000000"
    function_name, memory_limit_in_mb = "walk", 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:walk"

    def get_remaining_time_in_millis(self) -> int:
        return 200_000


@dataclass
class Walk:
    """The stack, its catalog on this machine, and hands that call the functions."""

    folder: Path
    endpoint: Endpoint
    words: str  # stands in everything that people write
    token: str = ""
    site: str = "https://gallery.example"
    distribution: str = ""
    recorder: Recorder = field(default_factory=Recorder)
    answers: list[dict[str, Any]] = field(default_factory=list)
    _s3: Any = None
    _messages: int = 0

    @property
    def catalog_path(self) -> Path:
        return self.folder / "catalog.db"

    def build(self) -> dict[str, str]:
        """Makes the stack's buckets, queue, distribution and parameters; gives the functions' environment."""
        sqs, ssm, self._s3 = (cloud.client(name) for name in ("sqs", "ssm", "s3"))
        for bucket in (ORIGINALS, PUBLIC):
            self._s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": cloud.REGION})
        self._s3.put_bucket_versioning(Bucket=ORIGINALS, VersioningConfiguration={"Status": "Enabled"})
        origin = {"Id": "public", "DomainName": f"{PUBLIC}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
        behaviour = {"TargetOriginId": "public", "ViewerProtocolPolicy": "https-only", "MinTTL": 0}
        behaviour["ForwardedValues"] = {"QueryString": False, "Cookies": {"Forward": "none"}}
        config = {"CallerReference": "walk", "Comment": "", "Enabled": True, "DefaultCacheBehavior": behaviour}
        config["Origins"] = {"Quantity": 1, "Items": [origin]}
        found = cloud.client("cloudfront", "us-east-1").create_distribution(DistributionConfig=config)
        self.distribution = found["Distribution"]["Id"]
        values = {"catalog": f"sqlite://{self.catalog_path}", "vision-token": TOKEN, "site": self.site}
        for name, value in {**values, "distribution": self.distribution}.items():
            ssm.put_parameter(Name=f"/{STACK}/{name}", Value=value, Type="SecureString", Overwrite=True)
        return self._environment(sqs.create_queue(QueueName=QUEUE)["QueueUrl"])

    def _environment(self, queue_url: str) -> dict[str, str]:
        key = rsa.generate_private_key(65537, 2048)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": "walk", "use": "sig", "alg": "RS256"}
        claims = {"iss": ISSUER, "sub": OWNER, "exp": time.time() + 3600, "client_id": "page", "token_use": "access"}
        self.token = jwt.encode(claims, key, "RS256", headers={"kid": "walk"})
        return {
            "SIGHTSYNC_STORE": f"s3://{ORIGINALS}?public={PUBLIC}",
            "SIGHTSYNC_CATALOG": f"ssm:///{STACK}/catalog",
            "SIGHTSYNC_QUEUE": queue_url,
            "SIGHTSYNC_VISION": self.endpoint.url,
            "SIGHTSYNC_VISION_TOKEN": f"ssm:///{STACK}/vision-token",
            "SIGHTSYNC_DISTRIBUTION": f"ssm:///{STACK}/distribution",
            "SIGHTSYNC_SITE": f"ssm:///{STACK}/site",
            "SIGHTSYNC_ISSUER": ISSUER,
            "SIGHTSYNC_ISSUER_KEYS": json.dumps({"keys": [public]}),
            "SIGHTSYNC_AUDIENCE": "page",
            "SIGHTSYNC_BULK_OWNER": OWNER,
        }

    # --- the functions

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """As Lambda would; another function is another process, with services of its own."""
        if self.recorder.function != function:
            services.cache_clear()
        self.recorder.function = function
        return import_module(f"handlers.{function}").handler(event, Context())

    def ask(self, function: str, method: str, path: str, body: Any = None, *, query: str = "", token: str | None = None) -> Any:
        """The answer's body, parsed where it is JSON; whatever the status."""
        text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        headers = {
            "host": "gallery.example",
            "content-type": kind,
            "authorization": f"Bearer {self.token if token is None else token}",
        }
        event = {
            "version": "2.0",
            "routeKey": f"{method} {path}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {"requestId": "JKJaXmPLvHcESHA=", "stage": "$default", "http": _http(method, path)},
            "body": base64.b64encode(text).decode(),
            "isBase64Encoded": True,
        }
        answer = self.invoke(function, event)
        self.answers.append({"asked": f"{method} {path}", **answer})
        is_json = "json" in answer["headers"].get("content-type", "") and answer["body"]
        return json.loads(answer["body"]) if is_json else answer

    def post_form(self, path: str, texts: list[str], picture: bytes) -> Any:
        parts = [f'--b\r\ncontent-disposition: form-data; name="texts"\r\n\r\n{text}\r\n'.encode() for text in texts]
        parts.append(b'--b\r\ncontent-disposition: form-data; name="file"; filename="x.jpg"\r\ncontent-type: image/jpeg\r\n\r\n')
        body = b"".join([*parts, picture, b"\r\n--b--\r\n"])
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "multipart/form-data; boundary=b", "authorization": f"Bearer {self.token}"},
            "requestContext": {"requestId": "JKJaXmPLvHcESHA=", "stage": "$default", "http": _http("POST", path)},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        answer = self.invoke("scores", event)
        self.answers.append({"asked": f"POST {path}", **answer})
        return json.loads(answer["body"])

    def analyse(self, *bodies: Any) -> None:
        """A batch of the analysis queue, in the form of S3's notifications or of our own messages."""
        self._messages += len(bodies)
        records = [
            {
                "messageId": f"message-{self._messages - n}",
                "receiptHandle": f"receipt-{n}",
                "body": json.dumps(body if isinstance(body, dict) else created(body)),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{cloud.REGION}:{ACCOUNT}:{QUEUE}",
                "awsRegion": cloud.REGION,
            }
            for n, body in enumerate(bodies)
        ]
        self.invoke("analysis", {"Records": records})

    # --- people, and time that passes

    def put(self, key: str, body: bytes, bucket: str = ORIGINALS) -> None:
        function, self.recorder.function = self.recorder.function, ""
        self._s3.put_object(Bucket=bucket, Key=key, Body=body)
        self.recorder.function = function

    def upload(self, seed: int) -> str:
        """Id of a picture that was announced and sent with the ticket."""
        picture = pictures.photo(seed, 96, 64)
        ask = {"filename": f"{self.words}.jpg", "content_type": "image/jpeg", "bytes": len(picture)}
        found = self.ask("uploads", "POST", "/api/uploads", ask | {"title": self.words, "description": f"Red {self.words}"})
        key = found["upload"]["fields"]["key"]
        self.recorder.calls.append(Call("uploads", "s3", "PutObject", {"Bucket": ORIGINALS, "Key": key}))  # what the ticket allows
        self.put(key, picture)
        self.analyse(key)
        return str(found["image"]["id"])

    def change(self, image_id: str, **changes: Any) -> None:
        catalog = SqliteCatalog(self.catalog_path)
        image = catalog.get(image_id)
        assert image is not None, image_id
        catalog.put(Image.model_validate(image.model_dump() | changes), image.version)
        catalog.close()

    def age(self, image_id: str) -> None:
        """As if nobody had touched it for forty days; the catalog would say that somebody just did."""
        with sqlite3.connect(self.catalog_path) as connection:
            at = (int(LONG_AGO.timestamp() * 1e6), image_id)
            (row,) = connection.execute("UPDATE images SET updated_at = ? WHERE id = ? RETURNING n", at).fetchone()
            moment = (LONG_AGO.isoformat(), row)
            connection.execute("UPDATE documents SET json = json_set(json, '$.updated_at', ?) WHERE n = ?", moment)
        connection.close()

    def add(self, **fields: Any) -> str:
        catalog = SqliteCatalog(self.catalog_path)
        image = catalog.put(an_image(owner=OWNER, created_at=LONG_AGO, **fields), 0)
        catalog.close()
        self.age(image.id)
        return image.id


def created(key: str) -> dict[str, Any]:
    """S3's notification of a new object."""
    name = {"bucket": {"name": ORIGINALS}, "object": {"key": quote(key, safe="/").replace("%20", "+")}}
    return {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": name}]}


def _http(method: str, path: str) -> dict[str, str]:
    return {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "walk"}


def everything(walk: Walk) -> None:
    """Every route, and every event that analysis and upkeep may meet."""
    first, second, third = (walk.upload(seed) for seed in range(3))
    _arrivals(walk)
    bulk = _in_bulk(walk)
    _gallery(walk, first, second, bulk)
    _models(walk, first, bulk)
    _trouble(walk, third)
    _upkeep(walk, second, bulk)


def _arrivals(walk: Walk) -> None:
    """In bulk, with words beside one of them; broken; gone before anybody looked; the bucket's own greeting; words alone."""
    walk.put("incoming/comics/a b.jpg.json", json.dumps({"title": walk.words, "description": walk.words}).encode())
    walk.put("incoming/comics/a b.jpg", pictures.photo(10, 96, 64))
    walk.put("incoming/comics/broken.jpg", pictures.truncated())
    walk.put("incoming/comics/too-many.gif", f"no picture, but {walk.words}".encode())
    keys = ["a b.jpg", "a b.jpg.json", "broken.jpg", "too-many.gif", "gone.jpg"]
    greeting = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": ORIGINALS}
    walk.analyse(greeting, {"type": "nothing", "of": walk.words}, *(f"incoming/comics/{key}" for key in keys))


def _in_bulk(walk: Walk) -> str:
    found = walk.ask("gallery", "GET", "/api/images", query="owner=me&limit=100")["images"]
    return str(next(image["id"] for image in found if image["status"] == "ready" and image["category"] == "comics"))


def _gallery(walk: Walk, first: str, second: str, bulk: str) -> None:
    def ask(method: str, path: str, body: Any = None, query: str = "") -> Any:
        return walk.ask("gallery", method, path, body, query=query)

    ask("GET", "/api/images", query=f"owner=me&check=no_words&limit=5&category={walk.words}")
    ask("GET", "/api/images", query=f"ids={first},{second}")
    ask("GET", f"/api/images/{first}")
    ask("PATCH", f"/api/images/{first}", {"description": f"A blue {walk.words}", "published": True})
    ask("PATCH", "/api/images", {"ids": [first, second], "set": {"credit": walk.words}, "add_tags": [walk.words]})
    for image_id in (first, bulk):
        ask("GET", f"/api/images/{image_id}/original")
    for path in ("/api/categories", "/api/desk", "/api/health", f"/p/{first}", f"/p/{walk.words}", f"/api/{walk.words}"):
        ask("GET", path)
    ask("DELETE", f"/api/images/{second}")
    ask("POST", f"/api/images/{second}/restore")
    failed = walk.add(status=Status.FAILED, reason="internal", derivatives={}, checks=("failed",))
    ask("POST", f"/api/images/{failed}/retry")
    walk.analyse({"type": "rescore", "image": first}, {"type": "analyse", "key": f"uploads/{second}"})
    walk.ask("gallery", "GET", "/api/images", token=f"x.{walk.words}.y")


def _models(walk: Walk, image_id: str, bulk: str) -> None:
    """Any picture, one of one's own that came either way, and one whose file is gone."""
    picture = pictures.photo(20, 96, 64)
    gone = walk.add(key="uploads/gone")
    walk.change(image_id, read_words=None)
    walk.ask("captions", "POST", "/api/captions", picture)
    for one in (image_id, bulk, gone):
        walk.ask("captions", "POST", f"/api/images/{one}/caption")
    walk.post_form("/api/scores", [walk.words], picture)
    walk.ask("scores", "POST", f"/api/images/{image_id}/scores", {"texts": [f"two {walk.words}"]})
    for one in (image_id, bulk, gone):
        walk.change(one, read_etag=None)  # no stored vector of this very file
        walk.ask("scores", "POST", f"/api/images/{one}/scores", {"texts": [walk.words]})
    walk.ask("search", "GET", "/api/search", query=f"q=red+{walk.words}+-blue")
    walk.ask("search", "POST", "/api/search", picture)
    walk.ask("search", "GET", f"/api/images/{image_id}/similar")
    sha256 = walk.ask("gallery", "GET", f"/api/images/{image_id}")["sha256"]
    again = {"filename": walk.words, "content_type": "image/jpeg", "bytes": 10, "sha256": sha256}
    walk.ask("uploads", "POST", "/api/uploads", again)
    walk.ask("uploads", "POST", "/api/uploads", {"filename": [walk.words], "bytes": -1})
    walk.ask("uploads", "POST", "/api/uploads", {"filename": "x" * 600_000})


def _trouble(walk: Walk, image_id: str) -> None:
    """A model that sleeps, one that quotes people's words back, and a picture whose derivatives are read again."""
    walk.put("incoming/comics/while-asleep.jpg", pictures.photo(30, 96, 64))
    walk.endpoint.health = (200, b"{}")  # whoever asks a server of one's own again that slept asks it first how it is
    walk.endpoint.plays += [says(503, Retry_After="300")]
    walk.ask("captions", "POST", "/api/captions", pictures.photo(31, 96, 64))
    walk.ask("captions", "POST", "/api/captions", pictures.photo(31, 96, 64))
    walk.endpoint.plays += [says(400, {"error": f"bad_input: {walk.words} {TOKEN}"})]
    walk.change(image_id, analysis="pending", read_etag=None)
    walk.analyse("incoming/comics/while-asleep.jpg", {"type": "analyse", "key": f"uploads/{image_id}"})
    walk.analyse("incoming/comics/while-asleep.jpg", {"type": "analyse", "key": f"uploads/{image_id}"})
    walk.put("media/" + image_id + "/0000000000000000/thumb.jpg", b"left over", PUBLIC)
    walk.analyse(f"uploads/{image_id}")


def _upkeep(walk: Walk, image_id: str, bulk: str) -> None:
    """What was left behind at every stage, one that nobody sent, the bin, and leftovers of what went into it just now."""
    for binned in (image_id, bulk):
        walk.change(binned, deleted_at=LONG_AGO)
        walk.age(binned)
    unread = {"derivatives": {}, "analysis": "pending"}
    walk.add(status=Status.WAITING, **unread)
    walk.add(status=Status.PROCESSING, **unread)
    walk.add(status=Status.PROCESSING, key="incoming/comics/broken.jpg", **unread)
    fresh = walk.upload(40)
    walk.ask("gallery", "DELETE", f"/api/images/{fresh}")
    walk.put(f"media/{fresh}/0000000000000000/thumb.jpg", b"left over", PUBLIC)
    walk.invoke("upkeep", {"id": "an event's id", "detail-type": "Scheduled Event"})


KEPT = ("Bucket", "Key", "Delete", "Name", "DistributionId", "QueueUrl")


def main(folder: Path) -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)  # as Lambda's own handler, for what is not of our program
    with cloud.moto_server(), serving() as endpoint:
        walk = Walk(folder, endpoint, WORDS)
        with cloud.environ(walk.build()), walk.recorder.listening():
            everything(walk)
    for call in walk.recorder.calls:
        call.parameters = {name: call.parameters[name] for name in KEPT if name in call.parameters}
    calls = [asdict(call) for call in walk.recorder.calls]
    found = {"calls": calls, "answers": walk.answers, "distribution": walk.distribution, "token": walk.token}
    (folder / "walk.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
