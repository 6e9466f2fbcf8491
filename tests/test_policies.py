"""Presigned POSTs: what was signed is taken, anything else is refused."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightsync import policies
from sightsync.errors import BadRequest, NotAllowed, TooLarge

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIGNER = policies.Signer("AKIDEXAMPLE", "a secret of nobody", "eu-central-1")


def presigned(key="uploads/abc", content_type="image/jpeg", max_bytes=100):
    return policies.presign("pictures", key, content_type, max_bytes, NOW + HOUR, SIGNER, NOW)


def signed(policy: object, **fields: str) -> dict[str, str]:
    """A form around any policy document, signed as boto3 would sign it."""
    own = {name: value for name, value in presigned().items() if name.startswith("x-amz-") and name != "x-amz-signature"}
    text = base64.b64encode(json.dumps(policy).encode()).decode()
    return {"key": "uploads/abc", **own, **fields, "policy": text, "x-amz-signature": SIGNER.signature(text, "20260301")}


def conditions(*more: object) -> dict[str, object]:
    own = {name: value for name, value in presigned().items() if name.startswith("x-amz-") and name != "x-amz-signature"}
    base = [{"bucket": "pictures"}, {"key": "uploads/abc"}, ["content-length-range", 1, 9], *({k: v} for k, v in own.items())]
    return {"expiration": "2026-03-01T13:00:00.000Z", "conditions": [*base, *more]}


def verify(fields, at=NOW, bucket="pictures", signer=SIGNER):
    return policies.verify(fields, bucket, signer, at)


def test_what_was_signed_is_taken():
    assert verify(presigned()) == policies.Allowance("uploads/abc", "image/jpeg", 0, 100)


def test_the_signature_is_the_one_of_signature_version_4():
    """Known answer of the Amazon S3 API Reference, "Example: Browser-Based Upload using HTTP POST"."""
    day_key = policies.Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
    policy = (
        "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVi"
        "dWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3Vj"
        "Y2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwN"
        "CiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwN"
        "CiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0s"
        "DQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAg"
        "IHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9"
    )
    assert day_key.signature(policy, "20151229") == "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"


@pytest.mark.parametrize("name", sorted(presigned()))
def test_no_field_can_be_changed_or_left_out(name):
    fields = presigned()
    with pytest.raises(NotAllowed) as changed:
        verify({**fields, name: fields[name] + "x"})
    with pytest.raises(NotAllowed) as absent:
        verify({key: value for key, value in fields.items() if key != name})
    assert changed.value.code == absent.value.code == "policy_refused"


@given(st.sampled_from(sorted(presigned())), st.text())
def test_no_text_in_any_field_is_more_than_refused(name, text):
    fields = presigned()
    if text != fields[name]:
        with pytest.raises(NotAllowed):
            verify({**fields, name: text})


def test_a_field_beyond_the_policy_is_refused():
    with pytest.raises(NotAllowed, match="acl"):
        verify({**presigned(), "acl": "public-read"})


def test_a_field_that_asks_to_be_ignored_is_ignored():
    assert verify({**presigned(), "x-ignore-me": "1"}).key == "uploads/abc"


def test_field_names_are_compared_without_case_and_come_once():
    fields = presigned()
    assert verify({name.upper(): value for name, value in fields.items()}).content_type == "image/jpeg"
    with pytest.raises(NotAllowed, match="twice"):
        verify({**fields, "KEY": "uploads/other"})


def test_an_expired_permission_is_refused_by_its_own_code():
    with pytest.raises(NotAllowed) as refused:
        verify(presigned(), at=NOW + HOUR)
    assert refused.value.code == "policy_expired"


def test_another_bucket_another_key_and_another_secret_are_refused():
    for other in (
        {"bucket": "others"},
        {"signer": policies.Signer("AKIDEXAMPLE", "another secret", "eu-central-1")},
        {"signer": policies.Signer("ANOTHER", SIGNER.secret, "eu-central-1")},
        {"signer": policies.Signer("AKIDEXAMPLE", SIGNER.secret, "eu-west-1")},
    ):
        with pytest.raises(NotAllowed):
            verify(presigned(), **other)


def test_size_is_held_while_bytes_arrive_and_at_the_end():
    allowance = verify(signed(conditions()))
    allowance.check_whole(9)
    with pytest.raises(TooLarge):
        allowance.check_size(10)
    with pytest.raises(BadRequest) as short:
        allowance.check_whole(0)
    assert short.value.code == "too_small"


def test_every_kind_of_condition_is_understood():
    form = {"x-amz-meta-title": "sea", "Content-Type": "image/png"}
    more = [["starts-with", "$Content-Type", "image/"], ["eq", "$x-amz-meta-title", "sea"]]
    assert verify(signed(conditions(*more), **form)).content_type == "image/png"
    for wrong in ({"x-amz-meta-title": "lake"}, {"Content-Type": "text/html"}):
        with pytest.raises(NotAllowed):
            verify(signed(conditions(*more), **{**form, **wrong}))


@pytest.mark.parametrize(
    "policy",
    [
        [],
        "text",
        {},
        {"expiration": "2026-03-01T13:00:00Z"},
        {"expiration": "never", "conditions": []},
        {"expiration": 7, "conditions": []},
        conditions(["more-than", "$key", "a"]),
        conditions(["content-length-range", -1, 5]),
        conditions(["content-length-range", "a", "b"]),
        conditions(7),
        {"expiration": "2026-03-01T13:00:00Z", "conditions": [{"bucket": "pictures"}, {"key": "uploads/abc"}]},
        {"expiration": "2026-03-01T13:00:00Z", "conditions": [{"bucket": "pictures"}, ["content-length-range", 0, 9]]},
    ],
)
def test_a_policy_that_leaves_something_open_is_refused_though_signed(policy):
    with pytest.raises(NotAllowed):
        verify(signed(policy))


def test_a_link_opens_one_file_under_one_name_for_a_while():
    until = int(NOW.timestamp()) + 300
    signature = policies.sign_link(SIGNER, "uploads/abc", "sea.jpg", until)
    policies.verify_link(SIGNER, "uploads/abc", "sea.jpg", str(until), signature, NOW)
    for key, filename, expires in (
        ("uploads/abd", "sea.jpg", until),
        ("uploads/abc", "sea.html", until),
        ("uploads/abc", "sea.jpg", until + 1),
    ):
        with pytest.raises(NotAllowed) as refused:
            policies.verify_link(SIGNER, key, filename, str(expires), signature, NOW)
        assert refused.value.code == "link_refused"
    with pytest.raises(NotAllowed) as expired:
        policies.verify_link(SIGNER, "uploads/abc", "sea.jpg", str(until), signature, NOW + HOUR)
    assert expired.value.code == "link_expired"


@given(st.text(), st.text())
def test_no_text_opens_a_link(expires, signature):
    with pytest.raises(NotAllowed):
        policies.verify_link(SIGNER, "uploads/abc", "sea.jpg", expires, signature, NOW)
