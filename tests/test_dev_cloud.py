"""`./sightsync dev` on what is elsewhere: pictures in S3, records in MongoDB, SQS for a queue, in any mixture."""

import time

import httpx
import pytest

from local.lookout import Lookout
from sightsync.adapters.s3 import S3Store
from sightsync.images import Status
from sightsync.services import Services
from tests import cloud, pictures
from tests.dev_server import PATIENCE_S, DevServer
from tests.mongod import given, program
from tests.records import an_image

PICTURE = pictures.photo(1, 320, 240)


@pytest.fixture
def stack(aws):
    return cloud.stack()


def policy_of(server):
    return server.client.get("/").headers["content-security-policy"]


@pytest.mark.slow
def test_a_server_works_on_s3_and_sqs_and_mongodb_as_the_functions_do(stack, request, tmp_path, aws):
    catalog = request.getfixturevalue("mongodb") if given() or program() else f"sqlite://{tmp_path}/catalog.db"
    cloud.connect(stack)
    with DevServer(tmp_path / "data", settings={**stack.settings, "SIGHTSYNC_CATALOG": catalog}) as server:
        assert f"Queue     {stack.queue_url}" in server.said
        assert f"connect-src 'self' {aws}" in policy_of(server), "or no browser would send a file there"
        sent = server.upload(PICTURE, description="Boats")
        stack.s3.put_object(Bucket=stack.originals, Key="incoming/comics/1.jpg", Body=pictures.photo(2, 320, 240))
        image = server.settled([sent])[sent]
        assert image["status"] == "ready", image
        for address in image["derivatives"].values():
            shown = server.client.get(address)
            assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
            assert stack.s3.get_object(Bucket=stack.public, Key=address.removeprefix("/"))["Body"].read() == shown.content
        original = server.client.get(f"/api/images/{sent}/original").headers["location"]
        assert httpx.get(original).content == PICTURE, "from the bucket itself"
        wait_for(
            lambda: [found["category"] for found in server.client.get("/api/images?category=comics").json()["images"]] == ["comics"]
        )
        assert server.client.get("/media/nothing/here.jpg").status_code == 404
    assert stack.messages() == stack.letters() == []
    assert not (tmp_path / "data" / "store").exists()


def test_pictures_in_a_bucket_that_no_queue_hears_of_are_found_all_the_same(stack, tmp_path):
    settings = {"SIGHTSYNC_STORE": stack.settings["SIGHTSYNC_STORE"]}
    with DevServer(tmp_path / "data", settings=settings) as server:
        sent = server.upload(PICTURE)
        assert server.settled([sent])[sent]["status"] == "ready"


def test_what_nobody_sends_is_looked_for_ever_more_seldom_and_what_came_is_told_once(services: Services, aws, stack):
    at = [time.time()]
    counting = Counting(S3Store(stack.originals, stack.public))
    parts = Services(services.settings, counting, services.catalog, services.vision, services.queue)
    lookout = Lookout(parts, lambda: at[0])
    image = services.catalog.put(an_image(status=Status.WAITING), 0)
    for _ in range(3600):
        at[0] += 1
        lookout.look()
    assert 20 < counting.heads < 120, "of 3600 seconds"
    counting.write(image.key, PICTURE, "image/jpeg")
    for _ in range(900):
        at[0] += 1
        lookout.look()
    assert services.queue.sent == [{"type": "analyse", "key": image.key}]


class Counting:
    """A store that counts how often it was asked whether something is there."""

    def __init__(self, store):
        self.heads, self.head_of, self.write = 0, store.head, store.write

    def head(self, key):
        self.heads += 1
        return self.head_of(key)


def wait_for(happened):
    until = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.2)
