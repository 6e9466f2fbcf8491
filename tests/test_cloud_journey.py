"""Ten thousand files dropped into a bucket, in small: S3 tells SQS, the real handler works, and is killed again and again. Then
their owner signs in, finds the drafts among them, which nobody else does, and publishes some.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest

from sightsync.images import Status
from sightsync.ports import Everything, Sort
from sightsync.services import build
from sightsync.settings import Settings
from tests import cloud, pictures
from tests.cognito import Person, behind_functions, people
from tests.dev_server import ROOT, environment
from tests.mongod import given, program

GOOD, BROKEN, NO_PICTURES, TWINS = 270, 12, 8, 10
KILLS = 5
WORKERS = 2
VISIBILITY_S = 20  # well above what a batch takes, as in the template; what a killed worker held comes back after it
PATIENCE_S = 240
ODD_NAMES = ("a b.jpg", "a+b.jpg", "100%.jpg", "ünï 漫画 🙂.jpg", "?&#=.jpg", "%2e%2e.jpg")
JUNK = "no JSON"


@dataclass(frozen=True)
class File:
    key: str
    body: bytes
    kind: str  # good, broken or no_picture

    @property
    def words(self) -> str:
        """A third comes with words beside it, and as a draft."""
        return f"{self.word}, words of {self.key}" if int(self.digest, 16) % 3 == 0 else ""

    @property
    def word(self) -> str:
        """One that nobody else writes."""
        return f"w{self.digest[:12]}"

    @property
    def digest(self) -> str:
        return sha256(self.body).hexdigest()


def files(chance: random.Random) -> list[File]:
    """Good ones all different but for the twins, in folders that are categories and ones that are not; in any order."""
    good = [
        File(f"incoming/{chance.choice(('comics', 'portraits', 'elsewhere'))}/{n}/{name}", pictures.photo(n, 120, 90), "good")
        for n, name in enumerate([*ODD_NAMES, *(f"{n}.jpg" for n in range(GOOD - len(ODD_NAMES)))])
    ]
    twins = [File(f"incoming/again/{file.key.split('/')[2]}.jpg", file.body, "good") for file in chance.sample(good, TWINS)]
    broken = [File(f"incoming/bad/{n}.jpg", pictures.truncated(pictures.photo(1000 + n, 120, 90)), "broken") for n in range(BROKEN)]
    others = [File(f"incoming/bad/text-{n}.jpg", f"no picture {n}".encode(), "no_picture") for n in range(NO_PICTURES)]
    found = [*good, *twins, *broken, *others]
    chance.shuffle(found)
    return found


@pytest.fixture
def catalog_url(request, tmp_path):
    """Where the records are: a real mongod as in the cloud, or a file where there is none (test_killed.py has that one too)."""
    return request.getfixturevalue("mongodb") if given() or program() else f"sqlite://{tmp_path}/catalog.db"


@pytest.fixture
def stack(aws):
    stack = cloud.stack(VISIBILITY_S)
    cloud.connect(stack)
    return stack


@pytest.fixture
def pool(aws):
    return people(aws)


@pytest.fixture
def ada(pool):
    """The owner of all that is dropped, signed in."""
    return Person(pool.invite("ada@example.org"), pool.sign_in("ada@example.org")["AccessToken"])


@pytest.fixture
def bob(pool):
    return Person(pool.invite("bob@example.org"), pool.sign_in("bob@example.org")["AccessToken"])


@pytest.fixture
def settings(stack, catalog_url, ada):
    return {**stack.settings, "SIGHTSYNC_CATALOG": catalog_url, "SIGHTSYNC_BULK_OWNER": ada.sub}


@pytest.fixture
def parts(settings, pool):
    """What this process, and the functions of the API in it, stand on."""
    named = {name.removeprefix("SIGHTSYNC_").lower(): value for name, value in settings.items()}
    parts = replace(build(Settings(**named)), tokens=pool.tokens)
    with behind_functions(parts):
        yield parts
    parts.catalog.close()


class Workers:
    """So many processes that do what Lambda does; one that is killed is followed by another."""

    def __init__(self, settings, errors):
        self._environment, self._errors = environment(**settings), errors
        self._running = []

    def __enter__(self):
        self._running = [self._start() for _ in range(WORKERS)]
        return self

    def __exit__(self, *_):
        for process in self._running:
            process.kill()
            process.wait()

    def kill_one(self):
        process = self._running.pop(0)
        assert process.poll() is None, self._errors.read_text()[-3000:]
        process.kill()
        process.wait()
        self._running.append(self._start())

    def _start(self):
        with self._errors.open("ab") as errors:
            command = [sys.executable, "-m", "tests.event_source"]
            return subprocess.Popen(command, env=self._environment, cwd=ROOT, stderr=errors)


def put(stack, key, body):
    stack.s3.put_object(Bucket=stack.originals, Key=key, Body=body)


def everything(catalog):
    images, cursor = [], None
    while True:
        page = catalog.page(Everything, Sort("oldest"), cursor, 100)
        images += page.images
        cursor = page.next_cursor
        if cursor is None:
            return images


def spoil(stack, some, chance):
    """What a queue may bring besides: events twice, long after and out of order, of what is gone, and no events at all."""
    sent = [(file.key, "ObjectCreated:Put") for file in some] + [(file.key, "ObjectRemoved:Delete") for file in some]
    sent += [("incoming/comics/deleted.jpg", "ObjectCreated:Put"), ("elsewhere/x.jpg", "ObjectCreated:Put")]
    chance.shuffle(sent)
    for key, name in sent:
        body = {"Records": [{"eventName": name, "s3": {"object": {"key": cloud.encoded(key)}}}]}
        stack.sqs.send_message(QueueUrl=stack.queue_url, MessageBody=json.dumps(body))


def send_junk(stack):
    """A message that no receive will ever make sense of, and that has been received nine times."""
    stack.sqs.send_message(QueueUrl=stack.queue_url, MessageBody=JUNK)
    for _ in range(9):
        messages = stack.sqs.receive_message(QueueUrl=stack.queue_url, MaxNumberOfMessages=10)["Messages"]
        for message in messages:
            receipt = {"QueueUrl": stack.queue_url, "ReceiptHandle": message["ReceiptHandle"]}
            if message["Body"] == JUNK:
                stack.sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
            else:
                assert json.loads(message["Body"])["Event"] == "s3:TestEvent"
                stack.sqs.change_message_visibility(**receipt, VisibilityTimeout=VISIBILITY_S)


def wait_until_done(parts, expected):
    until = time.monotonic() + PATIENCE_S
    while True:
        counts = parts.queue.counts()
        found = parts.catalog.counts(Everything, "status")
        settled = found.get("ready", 0) + found.get("rejected", 0)
        if settled == expected and counts["waiting"] == counts["in_flight"] == 0:
            return
        assert time.monotonic() < until, (counts, found)
        time.sleep(1)


@pytest.mark.slow
def test_a_bucketful_arrives_once_though_workers_die_and_drafts_are_their_owners(stack, parts, settings, ada, bob, tmp_path):
    chance = random.Random(seed := random.randrange(10**6))
    dropped = files(chance)
    send_junk(stack)
    put(stack, "incoming/comics/deleted.jpg", pictures.photo(5000, 120, 90))
    stack.s3.delete_object(Bucket=stack.originals, Key="incoming/comics/deleted.jpg")
    with Workers(settings, tmp_path / "stderr") as workers:
        drop(stack, dropped, workers, chance)
        spoil(stack, chance.sample(dropped, 30), chance)
        wait_until_done(parts, len(dropped))
        where = f"seed {seed}: {(tmp_path / 'stderr').read_text()[-3000:]}"
        check(dropped, everything(parts.catalog), ada.sub, where)
        mine = send_by_the_page(stack, parts, ada)
        wait_until_done(parts, len(dropped) + 1)
    named = {key for image in everything(parts.catalog) for key in image.derivatives.values()}
    assert {head.key for head in parts.store.list("media/")} == named, where
    assert stack.letters() == [JUNK], where
    drafts = {file.digest: file.word for file in dropped if file.kind == "good" and file.words}
    for_their_owner_alone(drafts, mine, ada, bob)


def drop(stack, dropped, workers, chance):
    """One after the other into the bucket, and now and then one of the workers dies."""
    for number, file in enumerate(dropped):
        if number % (len(dropped) // KILLS) == len(dropped) // KILLS - 1:
            time.sleep(chance.uniform(1, 3))
            workers.kill_one()
        if file.words:
            put(stack, f"{file.key}.json", json.dumps({"description": file.words, "published": False}).encode())
        put(stack, file.key, file.body)


def send_by_the_page(stack, parts, person):
    """A ticket of the API's, for whoever the token names, then the file with it to S3; the image's id."""
    picture = pictures.photo(7000, 120, 90)
    ask = {"filename": "mine.jpg", "content_type": "image/jpeg", "bytes": len(picture)}
    status, made = person.call("uploads", "POST", "/api/uploads", ask)
    assert (status, made["image"]["owner"]) == (201, person.sub)
    cloud.accept_post(stack, made["upload"]["fields"], picture, parts.store)
    return made["image"]["id"]


def for_their_owner_alone(words, mine, ada, bob):
    """The drafts, by digest the word of each, and one from the page; then some of them for everybody, once their owner says so."""
    nobody = Person("", None)
    found = on_desk(ada)
    assert {image["sha256"] for image in found.values() if image["id"] != mine} == words.keys()
    assert found[mine]["status"] == "ready"
    asks = f"owner={ada.sub}&check=drafts"
    assert [who.call("gallery", "GET", "/api/images", query=asks)[0] for who in (bob, nobody)] == [403, 401]
    chosen = [image_id for image_id in found if image_id != mine][:3]
    change = {"ids": [*chosen, mine], "set": {"published": True}}
    assert [seen_by(who, chosen, words, found) for who in (ada, bob, nobody)] == [(True, True)] + 2 * [(False, False)]
    assert nobody.call("gallery", "PATCH", "/api/images", change)[0] == 401
    status, said = bob.call("gallery", "PATCH", "/api/images", change)
    assert (status, said["images"], {error["error"] for error in said["errors"]}) == (200, [], {"image_not_found"})
    status, said = ada.call("gallery", "PATCH", "/api/images", change)
    assert (status, {image["id"] for image in said["images"]}, said["errors"]) == (200, {*chosen, mine}, [])
    assert [seen_by(who, chosen, words, found) for who in (ada, bob, nobody)] == 3 * [(True, True)]
    assert on_desk(ada).keys() == found.keys() - {*chosen, mine}
    left = next(image_id for image_id in found if image_id not in change["ids"])
    assert [who.call("gallery", "GET", f"/api/images/{left}")[0] for who in (ada, bob, nobody)] == [200, 404, 404]


def on_desk(person):
    """All drafts of theirs, by id."""
    images, cursor = {}, ""
    while cursor is not None:
        query = "check=drafts&limit=50" + (f"&cursor={cursor}" if cursor else "")
        status, page = person.call("gallery", "GET", "/api/images", query=query)
        assert status == 200, page
        images |= {image["id"]: image for image in page["images"]}
        cursor = page["next_cursor"]
    return images


def seen_by(person, ids, words, images):
    """Whether they see all of these by their addresses, and find all by their words; none counts as False, some fails."""
    looked = {person.call("gallery", "GET", f"/api/images/{image_id}")[0] for image_id in ids}
    asked = {image_id: f"q={words[images[image_id]['sha256']]}" for image_id in ids}
    hits = {image_id: person.call("search", "GET", "/api/search", query=query)[1]["hits"] for image_id, query in asked.items()}
    found = {image_id in [hit["image"]["id"] for hit in told if hit["why"]["words"]] for image_id, told in hits.items()}
    assert looked in ({200}, {404}), looked
    assert len(found) == 1, hits
    return looked == {200}, found.pop()


def check(dropped, images, owner, where):
    """Each file has one record; each good picture, by content, is ready exactly once; the rest is rejected with its reason."""
    by_key = {image.key: image for image in images}
    assert by_key.keys() == {file.key for file in dropped}, where
    assert len(images) == len(dropped), where
    ready = Counter(image.sha256 for image in images if image.status is Status.READY)
    assert ready == Counter({file.digest: 1 for file in dropped if file.kind == "good"}), where
    reasons = Counter(image.reason for image in images if image.status is Status.REJECTED)
    assert reasons == {"corrupt": BROKEN, "not_an_image": NO_PICTURES, "duplicate": TWINS}, where
    for file in dropped:
        image = by_key[file.key]
        assert (image.owner, image.attempt, image.analysis) == (owner, None, "done"), where
        assert image.description == file.words, where
        folder = file.key.split("/")[1]
        assert image.category == (folder if folder in ("comics", "portraits") else "uncategorised"), where
        assert image.status is Status.REJECTED or len(image.derivatives) == 3, where
