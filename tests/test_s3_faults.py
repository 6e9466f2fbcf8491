"""A batch on a bucket that refuses now and then: nothing is lost, nothing is doubled, and work goes on when it answers again."""

import json
import random
from collections import Counter

import pytest
from botocore.awsrequest import AWSResponse
from fastapi.testclient import TestClient

from handlers import captions, gallery
from sightsync.adapters.s3 import S3Store
from sightsync.analysis import analyse
from sightsync.events import parse
from sightsync.images import Status
from sightsync.ports import Everything, Sort
from sightsync.services import Services, build
from sightsync.settings import Settings
from sightsync.web import make_app
from sightsync.web import parts as services
from tests import cloud, pictures
from tests.analysing import InProcess, s3_record
from tests.event_source import RECORD
from tests.fakes import MemoryQueue, NamesAsTokens
from tests.records import an_image

PICTURES = 8
REFUSED = 8
ANSWERS = {403: "AccessDenied", 404: "NoSuchBucket", 500: "InternalError", 503: "SlowDown"}


class Faults:
    """Answers every so many requests of a client in the place of S3, from a seeded die; never more than `left` of them."""

    def __init__(self, s3, statuses, seed):
        self._chance, self._statuses = random.Random(seed), statuses
        self.left = REFUSED
        self._bucket_away = False
        s3.meta.events.register("before-send.s3", self.answer)

    def answer(self, request, **_):
        if not self._bucket_away and (self.left == 0 or self._chance.random() > 0.15):
            return None
        status = 404 if self._bucket_away else self._chance.choice(self._statuses)
        self.left -= not self._bucket_away
        self._bucket_away = status == 404 and not self._bucket_away and request.method == "HEAD"  # asked again, it is still away
        body = b"" if request.method == "HEAD" else f"<Error><Code>{ANSWERS[status]}</Code></Error>".encode()
        return AWSResponse(request.url, status, {}, Body(body))


class Body:
    """What botocore reads of an answer."""

    def __init__(self, body):
        self._body = body

    def stream(self, **_):
        yield self._body


@pytest.fixture
def parts(aws, tmp_path):
    stack = cloud.stack()
    settings = Settings(data=tmp_path, store=f"s3://{stack.originals}?public={stack.public}")
    parts = build(settings)
    yield parts
    parts.catalog.close()


@pytest.mark.parametrize("statuses", [(403,), (500, 503), (403, 404, 500, 503)], ids=str)
def test_a_bucket_that_refuses_now_and_then_costs_time_and_nothing_else(parts, statuses):
    keys = [f"incoming/comics/{number}.jpg" for number in range(PICTURES)]
    for number, key in enumerate(keys):
        parts.store.write(key, pictures.photo(number, 96, 64), "image/jpeg")
    s3 = cloud.client("s3")
    store, faults = S3Store(parts.settings.bucket, parts.store._public, s3=s3), Faults(s3, statuses, seed=7)
    waiting, receives = {f"m{number}": key for number, key in enumerate(keys)}, 0
    while waiting:
        receives += 1
        assert receives < 10, "the last receive would give a picture up"
        kept = analyse(
            parse({"Records": [message(name, key, receives) for name, key in waiting.items()]}),
            catalog=parts.catalog,
            store=store,
            vision=parts.vision,
            queue=MemoryQueue(),
            decoder=InProcess(),
            settings=parts.settings,
            time_left=lambda: 600,
        )
        waiting = {name: waiting[name] for name in kept}
    images = parts.catalog.page(Everything, Sort("oldest"), None, 100).images
    assert faults.left < REFUSED, "something was refused"
    assert Counter((image.key, image.status) for image in images) == {(key, Status.READY): 1 for key in keys}
    assert {head.key for head in store.list("media/")} == {key for image in images for key in image.derivatives.values()}


def message(name, key, receives):
    body = {"Records": [s3_record(key, "ObjectCreated:Put")]}
    attributes = {"ApproximateReceiveCount": str(receives)}
    return {"messageId": name, "receiptHandle": name, "body": json.dumps(body), "attributes": attributes, **RECORD}


@pytest.mark.parametrize("status", ANSWERS, ids=str)
def test_people_are_told_that_the_bucket_refuses_and_a_moment_later_all_is_well(parts, status):
    stored = parts.store.write("uploads/one", pictures.photo(1, 96, 64), "image/jpeg")
    image = parts.catalog.put(an_image(owner="ada", key=stored.key, etag=stored.etag), 0)
    s3 = cloud.client("s3")
    faults = Always(s3, status)
    store = S3Store(parts.settings.bucket, parts.store._public, s3=s3)
    refusing = Services(parts.settings, store, parts.catalog, parts.vision, MemoryQueue(), NamesAsTokens())
    app = make_app(gallery.router, captions.router)
    app.dependency_overrides[services] = lambda: refusing
    ada = TestClient(app, headers={"Authorization": "Bearer ada"}, follow_redirects=False)

    asked = (("GET", f"/api/images/{image.id}/original"), ("POST", f"/api/images/{image.id}/caption"))
    answers = [ada.request(*one) for one in asked]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(503, "store_unavailable")] * 2
    assert "retry-after" in answers[0].headers
    assert ada.get("/api/health").json()["store"] == "down"
    assert ada.get(f"/api/images/{image.id}").status_code == 200, "what needs no bucket goes on"

    faults.over = True
    assert [ada.request(*one).status_code for one in asked] == [307, 200]
    assert ada.get("/api/health").json()["store"] == "ok"


class Always:
    """Answers every request in the place of S3, until it is over."""

    def __init__(self, s3, status):
        self.over, self._status = False, status
        s3.meta.events.register("before-send.s3", self.answer)

    def answer(self, request, **_):
        body = b"" if request.method == "HEAD" else f"<Error><Code>{ANSWERS[self._status]}</Code></Error>".encode()
        return None if self.over else AWSResponse(request.url, self._status, {}, Body(body))
