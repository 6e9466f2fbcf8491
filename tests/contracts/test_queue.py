"""What every analysis queue promises: nothing lost, nothing handled by two at once, nothing tried for ever."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from sightsync.adapters.sqlite_queue import MAX_DEATHS, MAX_RECEIVES, SCHEMA, SqliteQueue
from sightsync.adapters.sqs import SqsQueue
from sightsync.errors import StorageFull, Unavailable
from tests import cloud


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def queue(tmp_path, clock):
    queue = SqliteQueue(tmp_path / "data" / "queue.db", clock)
    yield queue
    queue.close()


@pytest.fixture(params=["sqlite", "sqs"])
def any_queue(request, tmp_path):
    """With the clock on the wall; moto's clock cannot be moved, so that no test waits."""
    if request.param == "sqs":
        request.getfixturevalue("aws")
        stack = cloud.stack()
        yield SqsQueue(stack.queue_url, stack.sqs)
        return
    queue = SqliteQueue(tmp_path / "queue.db")
    yield queue
    queue.close()


@pytest.fixture
def shared(tmp_path):
    """With the clock on the wall, which other processes see too."""
    queue = SqliteQueue(tmp_path / "queue.db")
    yield queue
    queue.close()


def bodies(messages):
    return [json.loads(message.body) for message in messages]


def in_another_process(path, code):
    """Runs `code` with `queue` at hand; what it printed."""
    imports = "from pathlib import Path\nfrom sightsync.adapters.sqlite_queue import SqliteQueue\n"
    program = f"{imports}queue = SqliteQueue(Path({str(path)!r}))\n{code}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment).stdout


# --- every queue


def test_any_text_of_people_comes_back_as_it_was_sent(any_queue):
    body = {"key": "incoming/_/0/Łódź \u202e 🙂 \u0000 '; DROP TABLE messages"}
    any_queue.send(body)
    assert bodies(any_queue.receive()) == [body]


def test_what_is_received_is_hidden_and_what_is_deleted_never_comes_back(any_queue):
    for number in range(3):
        any_queue.send({"n": number})
    messages = any_queue.receive()
    assert sorted(body["n"] for body in bodies(messages)) == [0, 1, 2]
    assert [message.receive_count for message in messages] == [1, 1, 1]
    assert any_queue.receive() == []
    assert any_queue.counts() == {"waiting": 0, "in_flight": 3, "dead": 0}
    assert any_queue.backlog() == 3
    any_queue.delete(messages[0].receipt_handle)
    for message in messages:
        any_queue.change_visibility(message.receipt_handle, 0)
    assert {message.id for message in any_queue.receive()} == {message.id for message in messages[1:]}


def test_hiding_a_message_that_is_gone_or_was_never_there_is_silent(any_queue):
    any_queue.send({"n": 1})
    gone = any_queue.receive()[0].receipt_handle
    any_queue.delete(gone)
    for receipt in (gone, "nobody's"):
        any_queue.change_visibility(receipt, 60)
    assert any_queue.counts() == {"waiting": 0, "in_flight": 0, "dead": 0}


def test_a_message_that_is_to_wait_is_counted_and_not_yet_given(any_queue):
    any_queue.send({"n": 1})
    any_queue.give_back(any_queue.receive()[0].receipt_handle, 60)
    assert any_queue.receive() == []
    counts = any_queue.counts()  # to SQS it is in flight still
    assert (counts["waiting"] + counts["in_flight"], counts["dead"]) == (1, 0)
    assert any_queue.backlog() == 1


def test_the_eleventh_receive_makes_a_dead_letter_which_can_be_sent_once_more(any_queue):
    any_queue.send({"n": 1})
    for count in range(1, 11):
        (message,) = any_queue.receive()
        assert message.receive_count == count
        any_queue.change_visibility(message.receipt_handle, 0)
    assert any_queue.receive() == []
    assert any_queue.counts() == {"waiting": 0, "in_flight": 0, "dead": 1}
    assert any_queue.redrive() == 1
    assert any_queue.counts() == {"waiting": 1, "in_flight": 0, "dead": 0}
    (again,) = any_queue.receive()
    assert (json.loads(again.body), again.receive_count) == ({"n": 1}, 1)
    assert any_queue.redrive() == 0


def test_what_is_given_back_comes_when_that_was_said_unless_the_handler_has_chosen_a_time(any_queue):
    for number in range(2):
        any_queue.send({"n": number})
    chosen, plain = any_queue.receive(visibility_s=30)
    any_queue.change_visibility(chosen.receipt_handle, 60)
    for message in (chosen, plain):
        any_queue.give_back(message.receipt_handle, 0)
    assert [(message.id, message.receive_count) for message in any_queue.receive()] == [(plain.id, 2)]


def test_who_waits_for_a_message_has_it_as_soon_as_it_is_sent(any_queue):
    began = datetime.now(UTC)
    threading.Timer(0.2, any_queue.send, [{"n": 1}]).start()
    (message,) = any_queue.receive(wait_s=4)
    assert began <= message.sent_at <= datetime.now(UTC)


# --- a file


def test_messages_come_in_the_order_sent_at_most_ten_at_once(queue):
    for number in range(12):
        queue.send({"n": number})
    assert bodies(queue.receive(100)) == [{"n": number} for number in range(10)]
    assert bodies(queue.receive(1)) == [{"n": 10}]
    assert queue.counts() == {"waiting": 1, "in_flight": 11, "dead": 0}


def test_a_message_is_hidden_while_handled_and_comes_back_when_it_was_not_deleted(queue, clock):
    queue.send({"n": 1})
    first = queue.receive(visibility_s=30)
    assert queue.receive() == []
    clock.now += 30
    again = queue.receive(visibility_s=30)
    assert [message.id for message in again] == [message.id for message in first]
    assert again[0].receive_count == 2
    assert again[0].sent_at == first[0].sent_at


def test_a_deleted_message_never_comes_back(queue, clock):
    queue.send({"n": 1})
    queue.delete(queue.receive()[0].receipt_handle)
    clock.now += 1000
    assert queue.receive() == []
    assert queue.counts() == {"waiting": 0, "in_flight": 0, "dead": 0}


def test_who_lost_a_message_to_another_can_no_longer_touch_it(queue, clock):
    queue.send({"n": 1})
    old = queue.receive(visibility_s=30)[0].receipt_handle
    clock.now += 30
    queue.receive(visibility_s=30)
    queue.delete(old)
    queue.change_visibility(old, 0)
    queue.give_back(old, 0)
    assert queue.receive() == []
    assert queue.counts()["in_flight"] == 1


def test_a_message_given_back_for_later_waits(queue, clock):
    queue.send({"n": 1})
    queue.give_back(queue.receive()[0].receipt_handle, 60)
    assert queue.receive() == []
    assert queue.counts()["waiting"] == 1
    assert queue.due_in() == 60
    clock.now += 60
    assert bodies(queue.receive()) == [{"n": 1}]


def test_visibility_can_be_chosen_while_handling_and_unknown_receipts_are_silent(queue, clock):
    queue.send({"n": 1})
    queue.change_visibility(queue.receive()[0].receipt_handle, 600)
    queue.change_visibility("nobody's", 5)
    queue.delete("nobody's")
    clock.now += 599
    assert queue.receive() == []
    clock.now += 1
    assert len(queue.receive()) == 1


def test_giving_back_keeps_the_time_that_the_handler_chose(queue, clock):
    queue.send({"n": 1})
    queue.send({"n": 2})
    chosen, plain = queue.receive(visibility_s=30)
    queue.change_visibility(chosen.receipt_handle, 60)
    for message in (chosen, plain):
        queue.give_back(message.receipt_handle, 2)
    assert queue.counts() == {"waiting": 2, "in_flight": 0, "dead": 0}
    clock.now += 2
    assert bodies(queue.receive()) == [{"n": 2}]
    clock.now += 58
    assert {"n": 1} in bodies(queue.receive())


def test_after_ten_receives_a_message_is_a_dead_letter(queue, clock):
    queue.send({"n": 1})
    for count in range(1, 11):
        assert [message.receive_count for message in queue.receive(visibility_s=30)] == [count]
        clock.now += 30
    assert queue.receive() == []
    assert queue.counts() == {"waiting": 0, "in_flight": 0, "dead": 1}
    assert queue.due_in() is None


def test_no_message_goes_to_two_of_many_threads_and_processes(shared, tmp_path):
    for number in range(60):
        shared.send({"n": number})
    code = "import json\nwhile got := queue.receive(3, 600): print(*(json.loads(m.body)['n'] for m in got))"
    with ThreadPoolExecutor(6) as pool:
        others = [pool.submit(in_another_process, tmp_path / "queue.db", code) for _ in range(2)]
        own = [pool.submit(lambda: [message for _ in range(5) for message in shared.receive(2, 600)]) for _ in range(4)]
        got = [int(word) for other in others for word in other.result().split()]
        got += [body["n"] for mine in own for body in bodies(mine.result())]
    got += [body["n"] for _ in range(6) for body in bodies(shared.receive(10, 600))]
    assert sorted(got) == list(range(60))


def test_what_was_sent_is_there_for_the_next_process(shared, tmp_path):
    in_another_process(tmp_path / "queue.db", "queue.send({'n': 7}); import os; os._exit(0)")
    assert bodies(shared.receive()) == [{"n": 7}]


def test_what_a_dead_process_held_is_released_and_what_a_living_one_holds_is_not(shared, tmp_path):
    path = tmp_path / "queue.db"
    shared.send({"n": "dead"})
    in_another_process(path, "queue.receive(1, 3600); import os; os._exit(0)")
    shared.send({"n": "mine"})
    assert bodies(shared.receive(10, 3600)) == [{"n": "mine"}]
    assert shared.release_orphans() == 1
    released = shared.receive(10, 3600)
    assert bodies(released) == [{"n": "dead"}]


def test_kills_use_up_no_message_until_they_are_too_many_for_chance(shared, tmp_path):
    shared.send({"n": 1})
    counts = []
    while messages := shared.receive(1, 3600):
        counts += [message.receive_count for message in messages]
        with sqlite3.connect(tmp_path / "queue.db") as other:
            other.execute("UPDATE messages SET holder = '0.a process that was killed'")
        other.close()
        shared.release_orphans()
    assert counts == [1] * (MAX_DEATHS + 1) + list(range(2, MAX_RECEIVES + 1))
    assert shared.counts()["dead"] == 1
    assert shared.redrive() == 1
    assert [message.receive_count for message in shared.receive(1, 3600)] == [1]


def test_a_queue_that_was_made_before_deaths_were_counted_goes_on(tmp_path):
    with sqlite3.connect(tmp_path / "queue.db") as old:
        old.executescript(SCHEMA.replace("    deaths INTEGER NOT NULL DEFAULT 0,\n", ""))
        old.execute("INSERT INTO messages (id, body, sent_at, visible_at, holder) VALUES ('a', '{}', 1, 9e9, '0.gone')")
    old.close()
    queue = SqliteQueue(tmp_path / "queue.db")
    assert queue.release_orphans() == 1
    assert bodies(queue.receive()) == [{}]
    queue.close()


def test_a_waiting_receiver_is_woken_by_a_message_of_this_process_and_of_another(shared, tmp_path):
    for send in (lambda: shared.send({"n": 1}), lambda: in_another_process(tmp_path / "queue.db", "queue.send({'n': 1})")):
        got = []
        waiting = threading.Thread(target=lambda got=got: got.extend(shared.receive(wait_s=30)))
        waiting.start()
        send()
        waiting.join(30)
        assert bodies(got) == [{"n": 1}]


def test_waiting_ends_empty_when_nothing_comes(queue):
    before = time.monotonic()
    assert queue.receive(wait_s=0.3) == []
    assert time.monotonic() - before >= 0.3


def test_a_locked_file_is_said_and_the_queue_goes_on_by_itself(tmp_path):
    queue = SqliteQueue(tmp_path / "queue.db", busy_s=0.05)
    queue.send({"n": 1})
    other = sqlite3.connect(tmp_path / "queue.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable) as refused:
        queue.send({"n": 2})
    assert (refused.value.status, refused.value.code) == (503, "queue_unavailable")
    other.execute("ROLLBACK")
    other.close()
    queue.send({"n": 3})
    assert bodies(queue.receive()) == [{"n": 1}, {"n": 3}]
    queue.close()


def test_a_full_disk_is_said_and_the_queue_goes_on_by_itself(tmp_path):
    queue = SqliteQueue(tmp_path / "queue.db")
    queue.send({"n": 1})
    queue._open().execute("PRAGMA max_page_count = 6")  # SQLite's own way of being full
    with pytest.raises(StorageFull):
        queue.send({"text": "x" * 100_000})
    queue._open().execute("PRAGMA max_page_count = 100000")
    queue.send({"n": 2})
    assert {"n": 1} in bodies(queue.receive())
    queue.close()


def test_a_folder_that_is_gone_is_said_and_made_no_new_messages_of(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    queue = SqliteQueue(tmp_path / "file" / "queue.db")
    with pytest.raises(Unavailable):
        queue.send({"n": 1})
    (tmp_path / "file").unlink()
    queue.send({"n": 2})
    assert bodies(queue.receive()) == [{"n": 2}]
    queue.close()


def test_a_damaged_file_says_what_to_do_and_goes_on_once_it_is_moved_aside(tmp_path):
    path = tmp_path / "queue.db"
    path.write_bytes(b"no database " * 100)
    queue = SqliteQueue(path)
    with pytest.raises(Unavailable, match=r"queue\.db is damaged.*aside"):
        queue.send({"n": 1})
    path.unlink()
    queue.send({"n": 2})
    assert queue.counts()["waiting"] == 1
    queue.close()
