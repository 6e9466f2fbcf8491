"""What comes from the queue is read without being believed."""

import json
import logging

import pytest

from sightsync.events import Analyse, Rescore, parse
from tests.analysing import s3_record

IMAGE = "0123456789abcdef0123456789abcdef"


def sqs(*bodies, receives="1"):
    """A batch as Lambda gets it; bodies that are not text are sent as JSON."""
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "receiptHandle": f"r{n}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": receives, "SentTimestamp": "1779537600000"},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:analysis",
                "awsRegion": "eu-central-1",
            }
            for n, body in enumerate(bodies)
        ]
    }


def asks(*bodies):
    return [message.asks for message in parse(sqs(*bodies))]


def test_one_message_may_carry_several_objects():
    assert asks({"Records": [s3_record("uploads/a"), s3_record("uploads/b")]}) == [(Analyse("uploads/a"), Analyse("uploads/b"))]


def test_an_object_named_twice_in_a_message_is_one_piece_of_work():
    assert asks({"Records": [s3_record("uploads/a"), s3_record("uploads/a")]}) == [(Analyse("uploads/a"),)]


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("incoming/comics/a+b.jpg", "incoming/comics/a b.jpg"),
        ("incoming/comics/a%2Bb.jpg", "incoming/comics/a+b.jpg"),
        ("incoming/_/%E6%BC%AB%E7%94%BB.png", "incoming/_/漫画.png"),
        ("incoming/_/100%25.png", "incoming/_/100%.png"),
        ("incoming%2Fcomics%2Fx.jpg", "incoming/comics/x.jpg"),
    ],
)
def test_keys_arrive_encoded_as_forms_do_it(encoded, key):
    record = s3_record("x")
    record["s3"]["object"]["key"] = encoded
    assert asks({"Records": [record]}) == [(Analyse(key),)]


def test_keys_of_our_own_messages_are_taken_as_they_are():
    assert asks({"type": "analyse", "key": "incoming/_/a+b%20c.jpg"}) == [(Analyse("incoming/_/a+b%20c.jpg"),)]


def test_the_test_event_of_a_new_bucket_asks_for_nothing_and_is_no_error():
    body = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-05-04T12:00:00.000Z", "Bucket": "originals"}
    (message,) = parse(sqs(body))
    assert (message.asks, message.malformed) == ((), False)


@pytest.mark.parametrize("name", ["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "ObjectTagging:Put"])
def test_only_what_was_created_is_analysed(name):
    (message,) = parse(sqs({"Records": [s3_record("uploads/a", name)]}))
    assert (message.asks, message.malformed) == ((), False)


@pytest.mark.parametrize("name", ["ObjectCreated:Post", "ObjectCreated:CompleteMultipartUpload", "s3:ObjectCreated:Copy"])
def test_every_way_of_creating_an_object_counts(name):
    assert asks({"Records": [s3_record("uploads/a", name)]}) == [(Analyse("uploads/a"),)]


def test_changed_words_ask_for_a_new_match():
    assert asks({"type": "rescore", "image": IMAGE}) == [(Rescore(IMAGE),)]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "null",
        '"text"',
        "{}",
        "[" * 100_000,
        {"type": "rescore"},
        {"type": "rescore", "image": "../../etc/passwd"},
        {"type": "analyse", "key": ""},
        {"type": "analyse", "key": 7},
        {"type": "analyse", "key": "k" * 2000},
        {"type": "analyse", "key": "\ud800"},
        {"type": "delete everything"},
        {"Records": "none"},
        {"Records": [{}]},
        {"Records": [{"eventName": "ObjectCreated:Put", "s3": None}]},
        {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "%ff%fe"}}}]},
    ],
)
def test_a_body_that_makes_no_sense_spoils_only_its_own_message(body):
    bad, good = parse(sqs(body, {"type": "analyse", "key": "uploads/a"}))
    assert (bad.malformed, bad.asks) == (True, ())
    assert (good.malformed, good.asks) == (False, (Analyse("uploads/a"),))


def test_what_a_spoilt_message_says_is_not_written_down(caplog):
    with caplog.at_level(logging.DEBUG):
        parse(sqs("a letter to my aunt"))
    assert [record.getMessage() for record in caplog.records] == ["message_malformed"]
    assert "aunt" not in caplog.text
    assert not any("aunt" in str(value) for record in caplog.records for value in vars(record).values())


def test_the_tenth_receive_is_the_last_one():
    assert [parse(sqs("{}", receives=str(n)))[0].last for n in (1, 9, 10, 11)] == [False, False, True, True]


def test_a_batch_without_records_is_no_work():
    assert parse({}) == []
    assert parse({"Records": []}) == []
