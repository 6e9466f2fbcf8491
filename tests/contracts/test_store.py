"""What every image store promises: a folder, and S3 on moto's server, which checks no condition of a POST: our verifier does."""

import json
from urllib.parse import urlsplit

import pytest

from sightsync.adapters.files import FileStore
from sightsync.adapters.s3 import S3Store
from sightsync.errors import NotAllowed, TooLarge
from tests import cloud
from tests.contracts.stores import KEY, Sent, announced, post


class Bucket(S3Store):
    """With the form's end that S3 itself would hold: conditions and signature by our verifier, then moto takes the file."""

    def __init__(self, stack):
        super().__init__(stack.originals, stack.public, s3=stack.s3)
        self._stack = stack

    def accept_post(self, fields, chunks):
        return cloud.accept_post(self._stack, fields, b"".join(chunks), self)


class Notified:
    """What S3 told the queue; taken once and kept."""

    def __init__(self, stack):
        self._stack, self._bodies = stack, []

    @property
    def bodies(self):
        self._bodies += [body for body in map(json.loads, self._stack.messages()) if "Records" in body]
        return self._bodies


@pytest.fixture(params=["files", "s3"])
def store_and_queue(request, tmp_path):
    if request.param == "files":
        queue = Sent()
        return FileStore(tmp_path / "store", queue), queue
    request.getfixturevalue("aws")
    stack = cloud.stack()
    cloud.connect(stack)
    return Bucket(stack), Notified(stack)


@pytest.fixture
def store(store_and_queue):
    return store_and_queue[0]


@pytest.fixture
def queue(store_and_queue):
    return store_and_queue[1]


def test_what_was_written_is_read_whole(store):
    head = store.write("media/a/0/thumb.jpg", b"\xff\xd8\x00", "image/jpeg")
    stored = store.read("media/a/0/thumb.jpg", 3)
    assert stored.body == b"\xff\xd8\x00"
    assert stored.head == store.head("media/a/0/thumb.jpg")
    assert (head.bytes, head.etag, head.content_type) == (3, stored.head.etag, "image/jpeg")


def test_an_object_longer_than_asked_is_not_read(store):
    store.write("media/a/0/thumb.jpg", b"four", "image/jpeg")
    with pytest.raises(TooLarge):
        store.read("media/a/0/thumb.jpg", 3)


def test_writing_again_replaces_the_object_and_its_etag(store):
    first = store.write("media/a/0/thumb.jpg", b"one", "image/jpeg")
    second = store.write("media/a/0/thumb.jpg", b"two", "image/jpeg")
    assert store.read("media/a/0/thumb.jpg", 10).body == b"two"
    assert first.etag != second.etag


def test_an_empty_object_is_an_object(store):
    assert store.write("media/a/0/thumb.jpg", b"", "image/jpeg").bytes == 0
    assert store.read("media/a/0/thumb.jpg", 0).body == b""


def test_what_is_not_there_is_none_and_deleting_it_is_silent(store):
    store.write("media/a/0/thumb.jpg", b"1", "image/jpeg")
    for key in ("media/b/0/thumb.jpg", "media/a", "media/a/0", "media/a/0/thumb.jpg/more", "nothing"):
        assert store.read(key, 10) is None
        assert store.head(key) is None
        store.delete(key)
    assert store.head("media/a/0/thumb.jpg")


def test_a_deleted_object_is_gone_and_can_be_written_again(store):
    store.write("media/a/0/thumb.jpg", b"1", "image/jpeg")
    store.delete("media/a/0/thumb.jpg")
    assert store.read("media/a/0/thumb.jpg", 10) is None
    store.write("media/a/0/thumb.jpg", b"2", "image/jpeg")
    assert store.read("media/a/0/thumb.jpg", 10).body == b"2"


def test_listing_gives_the_keys_that_start_with_a_prefix_in_order(store):
    keys = ["a-b", "a/b", "a/c/d", "ab", "b", "é/🙂 x.jpg"]
    for key in reversed(keys):
        store.write(key, b"1", "image/jpeg")
    assert [head.key for head in store.list("")] == sorted(keys, key=str.encode) == keys
    assert [head.key for head in store.list("a/")] == ["a/b", "a/c/d"]
    assert [head.key for head in store.list("a")] == ["a-b", "a/b", "a/c/d", "ab"]
    assert [head.key for head in store.list("a/c")] == ["a/c/d"]
    assert list(store.list("../")) == list(store.list("zz")) == []


def test_a_key_of_any_alphabet_keeps_its_name(store):
    for key in ("incoming/comics/0123/Żółć – ünï 🙂 %2e%2e ?#&+.jpg", "incoming/_/0/" + "x" * 255, "incoming/_/1/.hidden.jpg"):
        store.write(key, b"1", "image/jpeg")
        assert store.head(key).key == key


def test_a_ticket_takes_exactly_the_file_it_was_made_for(store, queue):
    ticket = store.ticket(KEY, "image/png", 7)
    head = post(store, ticket)
    assert store.read(KEY, 100).body == b"picture"
    assert announced(queue) == [("ObjectCreated:Post", KEY)]
    stored = queue.bodies[0]["Records"][0]["s3"]["object"]
    assert (stored["size"], stored["eTag"]) == (7, head.etag)


@pytest.mark.parametrize(
    ("changes", "body", "refusal", "code"),
    [
        ({}, b"eight by", TooLarge, "too_large"),
        ({"key": "uploads/another"}, b"ok", NotAllowed, "policy_refused"),
        ({"Content-Type": "text/html"}, b"ok", NotAllowed, "policy_refused"),
        ({"x-amz-signature": "0" * 64}, b"ok", NotAllowed, "policy_refused"),
        ({"acl": "public-read"}, b"ok", NotAllowed, "policy_refused"),
    ],
)
def test_a_ticket_takes_nothing_else_and_nothing_stays(store, queue, changes, body, refusal, code):
    ticket = store.ticket(KEY, "image/png", 7)
    with pytest.raises(refusal) as refused:
        post(store, ticket, body, **changes)
    assert refused.value.code == code
    assert list(store.list("")) == []
    assert queue.bodies == []


def test_an_expired_ticket_is_refused_by_its_own_code(store):
    with pytest.raises(NotAllowed) as refused:
        post(store, store.ticket(KEY, "image/png", 7, expires_in=-1))
    assert refused.value.code == "policy_expired"


def test_only_derivatives_have_a_public_address(store):
    assert urlsplit(store.public_url("media/a/0/thumb.jpg")).path == "/media/a/0/thumb.jpg"
    with pytest.raises(ValueError):
        store.public_url(KEY)
