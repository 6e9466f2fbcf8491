"""AWS on this machine: moto's server with the buckets and queues of the template, for tests.

moto checks no condition of a presigned POST and no signature: our own verifier (sightsync.policies) does that in the tests.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import httpx

from sightsync.adapters.aws import client
from sightsync.policies import Signer, verify
from sightsync.ports import ImageStore, ObjectHead

REGION = "eu-central-1"
SECRET = "nobody's secret"
NAMES = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION")


def environment(endpoint: str) -> dict[str, str]:
    """What a function or command needs to find the server, and nobody's account."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": "a session's token",  # as on Lambda: signed requests must carry it
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@contextmanager
def environ(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def moto_server(host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Its address; the environment of this process names it meanwhile. Port 0 is a free one; a thread of this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address=host, port=port, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for every request otherwise
    address = "http://{}:{}".format(*server.get_host_and_port())
    try:
        with environ(environment(address)):
            yield address
    finally:
        server.stop()


@dataclass(frozen=True)
class Stack:
    """Two buckets, the queue that the first one notifies, and its dead letters. Names are its own."""

    originals: str
    public: str
    queue_url: str
    dead_url: str
    s3: Any
    sqs: Any

    @property
    def settings(self) -> dict[str, str]:
        return {"SIGHTSYNC_STORE": f"s3://{self.originals}?public={self.public}", "SIGHTSYNC_QUEUE": self.queue_url}

    def letters(self) -> list[str]:
        """Bodies of the dead letters, taken off."""
        return _taken(self.sqs, self.dead_url)

    def messages(self) -> list[str]:
        """Bodies of the messages that can be received now, taken off."""
        return _taken(self.sqs, self.queue_url)


def stack(visibility_s: int = 60, name: str = "") -> Stack:
    """On the server that the environment names. Notifications by prefix, ten receives, versioned originals: as the template."""
    name = name or uuid4().hex[:12]
    s3, sqs = (_client(service, os.environ["AWS_ENDPOINT_URL"]) for service in ("s3", "sqs"))
    for bucket in (f"originals-{name}", f"public-{name}"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=f"originals-{name}", VersioningConfiguration={"Status": "Enabled"})
    dead_url = sqs.create_queue(QueueName=f"dead-{name}")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": _arn(sqs, dead_url), "maxReceiveCount": 10})
    attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": str(visibility_s)}
    queue_url = sqs.create_queue(QueueName=f"analysis-{name}", Attributes=attributes)["QueueUrl"]
    return Stack(f"originals-{name}", f"public-{name}", queue_url, dead_url, s3, sqs)


@cache
def _client(service: str, endpoint: str) -> Any:
    """One for all tests of a server: making one takes longer than most tests."""
    return client(service)


def connect(stack: Stack) -> None:
    """S3 tells the queue of new objects under the two prefixes; it sends its s3:TestEvent at once."""
    arn = _arn(stack.sqs, stack.queue_url)
    told = [
        {
            "QueueArn": arn,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
        }
        for prefix in ("incoming/", "uploads/")
    ]
    stack.s3.put_bucket_notification_configuration(Bucket=stack.originals, NotificationConfiguration={"QueueConfigurations": told})


def accept_post(stack: Stack, fields: Mapping[str, str], body: bytes, store: ImageStore) -> ObjectHead:
    """What S3 does with a form of one of our tickets: held by our verifier, then taken by moto, which would take any."""
    signer = Signer("AKIDEXAMPLE", SECRET, REGION)
    allowance = verify(fields, stack.originals, signer, datetime.now(UTC))
    allowance.check_whole(len(body))
    url = f"{os.environ['AWS_ENDPOINT_URL']}/{stack.originals}"
    answer = httpx.post(url, data=dict(fields), files={"file": ("picture", body)})
    answer.raise_for_status()
    head = store.head(allowance.key)
    assert head is not None, "moto has taken it"
    return head


def encoded(key: str) -> str:
    """As events have it; moto encodes the slashes too, S3 leaves them."""
    return quote_plus(key, safe="/")


def _arn(sqs: Any, url: str) -> str:
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


def _taken(sqs: Any, url: str) -> list[str]:
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies
