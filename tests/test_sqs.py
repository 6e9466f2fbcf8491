"""The analysis queue in SQS, beyond what every queue promises: where it is, what it refuses, and how dead letters come back."""

import pytest
from botocore.stub import ANY, Stubber

from sightsync.adapters.aws import client
from sightsync.adapters.sqs import SqsQueue
from sightsync.errors import Unavailable
from tests import cloud

URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/analysis"
DEAD_URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/dead"
DEAD_ARN = "arn:aws:sqs:eu-central-1:123456789012:dead"


@pytest.fixture
def stubbed(monkeypatch):
    """(queue, stub): nothing here goes over a wire."""
    for name, value in cloud.environment("").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    sqs = client("sqs")
    with Stubber(sqs) as stub:
        yield SqsQueue(URL, sqs), stub


def has_dead_letters(stub, count):
    """The answers to what redrive asks before it moves anything."""
    policy = {"RedrivePolicy": f'{{"deadLetterTargetArn": "{DEAD_ARN}", "maxReceiveCount": 10}}'}
    named = {"QueueName": "dead", "QueueOwnerAWSAccountId": "123456789012"}
    stub.add_response("get_queue_attributes", {"Attributes": policy}, {"QueueUrl": URL, "AttributeNames": ANY})
    stub.add_response("get_queue_url", {"QueueUrl": DEAD_URL}, named)
    about = {"ApproximateNumberOfMessages": str(count), "ApproximateNumberOfMessagesNotVisible": "0"}
    stub.add_response("get_queue_attributes", {"Attributes": about}, {"QueueUrl": DEAD_URL, "AttributeNames": ANY})


def test_aws_moves_dead_letters_back_by_itself(stubbed):
    queue, stub = stubbed
    has_dead_letters(stub, 7)
    stub.add_response("start_message_move_task", {"TaskHandle": "t"}, {"SourceArn": DEAD_ARN})
    assert queue.redrive() == 7
    stub.assert_no_pending_responses()


def test_a_move_that_is_under_way_already_is_said(stubbed):
    queue, stub = stubbed
    has_dead_letters(stub, 7)
    stub.add_client_error(
        "start_message_move_task", "AWS.SimpleQueueService.UnsupportedOperation", "There is already a task running"
    )
    with pytest.raises(Unavailable, match="under way"):
        queue.redrive()


def test_where_nothing_moves_by_itself_each_letter_is_sent_before_it_is_deleted(stubbed):
    queue, stub = stubbed
    has_dead_letters(stub, 1)
    stub.add_client_error("start_message_move_task", "InvalidAction", http_status_code=400)
    letter = {"Body": '{"n": 1}', "ReceiptHandle": "r", "MessageId": "m"}
    stub.add_response("receive_message", {"Messages": [letter]}, {"QueueUrl": DEAD_URL, "MaxNumberOfMessages": 10})
    stub.add_response("send_message", {"MessageId": "m2"}, {"QueueUrl": URL, "MessageBody": '{"n": 1}'})
    stub.add_response("delete_message", {}, {"QueueUrl": DEAD_URL, "ReceiptHandle": "r"})
    stub.add_response("receive_message", {}, {"QueueUrl": DEAD_URL, "MaxNumberOfMessages": 10})
    assert queue.redrive() == 1
    stub.assert_no_pending_responses()


def test_a_queue_without_dead_letters_has_none(stubbed):
    queue, stub = stubbed
    stub.add_response("get_queue_attributes", {"Attributes": {}})
    assert queue.redrive() == 0


@pytest.mark.parametrize("code", ["AccessDenied", "RequestThrottled", "InternalError", "AWS.SimpleQueueService.NonExistentQueue"])
def test_a_queue_that_refuses_is_unavailable_by_its_own_code(stubbed, code):
    queue, stub = stubbed
    for operation, call in (
        ("send_message", lambda: queue.send({"n": 1})),
        ("change_message_visibility", lambda: queue.change_visibility("r", 60)),
        ("get_queue_attributes", queue.counts),
        ("get_queue_attributes", queue.backlog),
    ):
        stub.add_client_error(operation, code)
        with pytest.raises(Unavailable) as refused:
            call()
        assert (refused.value.status, refused.value.code) == (503, "queue_unavailable")


@pytest.mark.parametrize(
    "code", ["ReceiptHandleIsInvalid", "InvalidParameterValue", "AWS.SimpleQueueService.MessageNotInflight", "MessageNotInflight"]
)
def test_a_message_that_is_gone_is_not_worth_a_word(stubbed, code):
    queue, stub = stubbed
    stub.add_client_error("change_message_visibility", code)
    queue.change_visibility("r", 60)
    stub.assert_no_pending_responses()


def test_waits_beyond_what_sqs_knows_are_cut(stubbed):
    queue, stub = stubbed
    stub.add_response("change_message_visibility", {}, {"QueueUrl": URL, "ReceiptHandle": "r", "VisibilityTimeout": 43_200})
    queue.change_visibility("r", 100_000)
    stub.assert_no_pending_responses()
