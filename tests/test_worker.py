"""The worker in place of Lambda: nothing that a batch does stops the next one, and nothing is lost on the way."""

import json
import threading
import time

import pytest

from local.worker import Worker
from sightsync.adapters.files import FileStore
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.errors import CatalogUnavailable
from sightsync.services import Services
from sightsync.settings import Settings
from tests.contracts.stores import KEY, take_in

PATIENCE_S = 90


class Health:
    """The part of a catalog that the worker asks."""

    def __init__(self):
        self.away = False
        self.asked = threading.Event()

    def health(self):
        self.asked.set()
        if self.away:
            raise CatalogUnavailable("away")


class Handler:
    """Remembers what it was given; `fails` says which bodies stay on the queue, `raises` breaks whole batches."""

    def __init__(self, fails=lambda body: False, raises=0):
        self.fails, self.raises = fails, raises
        self.events, self.bodies, self.contexts = [], [], []
        self.arrived = threading.Condition()

    def __call__(self, event, context):
        with self.arrived:
            self.events.append(event)
            self.contexts.append(context)
            bodies = {record["messageId"]: json.loads(record["body"]) for record in event["Records"]}
            self.bodies += bodies.values()
            self.arrived.notify_all()
        if self.raises:
            self.raises -= 1
            raise RuntimeError("whatever")
        return {"batchItemFailures": [{"itemIdentifier": name} for name, body in bodies.items() if self.fails(body)]}

    def wait_for(self, count):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.bodies) >= count, PATIENCE_S), self.bodies


@pytest.fixture
def queue(tmp_path):
    queue = SqliteQueue(tmp_path / "queue.db")
    yield queue
    queue.close()


@pytest.fixture
def catalog():
    return Health()


@pytest.fixture
def parts(tmp_path, queue, catalog):
    return Services(Settings(data=tmp_path), FileStore(tmp_path / "store", queue), catalog, None, queue)


@pytest.fixture
def running(parts):
    """Starts workers and ends them."""
    started = []

    def run(handler, upkeep=lambda event, context: None):
        worker = Worker(parts, handler, upkeep)
        started.append(worker)
        worker.start()
        return worker

    yield run
    for worker in started:
        worker.stop()


def test_a_batch_looks_as_lambda_gives_it(parts, queue):
    handler = Handler()
    queue.send({"type": "analyse", "key": "uploads/a"})
    Worker(parts, handler).drain()
    (record,) = handler.events[0]["Records"]
    assert record["eventSource"] == "aws:sqs"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdigit()
    assert json.loads(record["body"]) == {"type": "analyse", "key": "uploads/a"}
    assert 15_000 < handler.contexts[0].get_remaining_time_in_millis() <= 120_000


def test_draining_works_off_everything_and_says_so(parts, queue):
    for number in range(23):
        queue.send({"n": number})
    handler, counts = Handler(), []
    Worker(parts, handler).drain(after_batch=counts.append)
    assert [body["n"] for body in handler.bodies] == list(range(23))
    assert counts == [10, 10, 3, 0]
    assert queue.counts() == {"waiting": 0, "in_flight": 0, "dead": 0}


def test_draining_leaves_what_waits_for_long(parts, queue):
    queue.send({"n": 1})
    queue.give_back(queue.receive()[0].receipt_handle, 3600)
    handler = Handler()
    Worker(parts, handler).drain()
    assert (queue.counts()["waiting"], handler.bodies) == (1, [])


def test_only_what_failed_comes_again(parts, queue):
    failing = [{"n": 2}]
    handler = Handler(fails=lambda body: body in failing and handler.bodies.count(body) < 2)
    for number in range(4):
        queue.send({"n": number})
    Worker(parts, handler).drain()
    assert sorted(body["n"] for body in handler.bodies) == [0, 1, 2, 2, 3]
    assert handler.events[1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    assert queue.counts() == {"waiting": 0, "in_flight": 0, "dead": 0}


def test_a_wait_that_the_handler_chose_is_kept(parts, queue):
    def handler(event, context):
        (record,) = event["Records"]
        queue.change_visibility(record["receiptHandle"], 600)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}

    queue.send({"n": 1})
    Worker(parts, handler).drain()
    assert 590 < queue.due_in() <= 600


def test_a_batch_that_breaks_never_stops_the_worker(running, queue):
    handler = Handler(raises=1)
    running(handler)
    queue.send({"n": 1})
    handler.wait_for(1)
    queue.send({"n": 2})
    handler.wait_for(3)
    assert handler.bodies.count({"n": 1}) == 2


def test_an_upload_is_picked_up_at_once(running, queue, parts):
    handler = Handler()
    running(handler)
    handler_idle = time.monotonic() + 0.5
    while time.monotonic() < handler_idle:
        time.sleep(0.05)
    ticket = parts.store.ticket("uploads/a", "image/jpeg", 10)
    take_in(parts.store, ticket.fields, [b"1"])
    handler.wait_for(1)
    assert handler.bodies[0]["Records"][0]["s3"]["object"]["key"] == "uploads/a"


def test_while_storage_is_away_no_message_is_used_up(running, queue, catalog):
    handler = Handler(fails=lambda body: catalog.away)
    catalog.away = True
    running(handler)
    queue.send({"n": 1})
    handler.wait_for(1)
    assert catalog.asked.wait(PATIENCE_S)
    queue.send({"n": 2})
    catalog.asked.clear()
    assert catalog.asked.wait(PATIENCE_S), "it asks again"
    assert handler.bodies == [{"n": 1}]
    catalog.away = False
    handler.wait_for(3)
    assert {"n": 2} in handler.bodies


def test_stopping_tells_the_batch_in_hand_that_no_time_is_left(running, queue):
    begun, seen = threading.Event(), []

    def handler(event, context):
        begun.set()
        until = time.monotonic() + PATIENCE_S
        while context.get_remaining_time_in_millis() > 0 and time.monotonic() < until:
            time.sleep(0.01)
        seen.append(context.get_remaining_time_in_millis())
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}

    worker = running(handler)
    queue.send({"n": 1})
    assert begun.wait(PATIENCE_S)
    worker.stop(PATIENCE_S)
    assert seen == [0]
    assert queue.counts()["waiting"] == 1


def test_upkeep_runs_once_there_is_time_for_it(running, queue):
    seen, done = [], threading.Event()

    def upkeep(event, context):
        seen.append(event)
        done.set()

    running(Handler(), upkeep)
    assert done.wait(PATIENCE_S)
    assert seen[0]["detail-type"] == "Scheduled Event"


def test_an_upkeep_that_breaks_never_stops_the_worker(running, queue):
    broke = threading.Event()

    def upkeep(event, context):
        broke.set()
        raise RuntimeError("whatever")

    handler = Handler()
    running(handler, upkeep)
    assert broke.wait(PATIENCE_S)
    queue.send({"n": 1})
    handler.wait_for(1)


def test_a_queue_that_is_away_is_asked_again(tmp_path, catalog):
    blocker = tmp_path / "data"
    blocker.write_text("not a folder")
    queue = SqliteQueue(blocker / "queue.db")
    handler = Handler()
    worker = Worker(Services(Settings(data=tmp_path), FileStore(tmp_path / "store", queue), catalog, None, queue), handler, handler)
    worker.start()
    time.sleep(0.3)
    blocker.unlink()
    queue.send({"n": 1})
    handler.wait_for(1)
    worker.stop()
    queue.close()


def test_what_a_dead_process_left_is_taken_up_at_the_start(parts, queue, tmp_path):
    from tests.contracts.test_store_folder import die

    die(tmp_path / "store", "before the event")
    handler = Handler()
    Worker(parts, handler).drain()
    assert handler.bodies[0]["Records"][0]["s3"]["object"]["key"] == KEY
