"""What every image store promises. Adapters to come join the parameters of `store`; what only a folder can do stands below."""

import errno
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightsync.adapters.files import FileStore
from sightsync.errors import BadRequest, NotAllowed, SightSyncError, StorageFull, StoreUnavailable, TooLarge, Unavailable

KEY = "uploads/0123456789abcdef0123456789abcdef"


class Sent:
    """A queue that remembers; `away` makes it refuse."""

    def __init__(self):
        self.bodies, self.away = [], False

    def send(self, body, delay_s=0):
        if self.away:
            raise Unavailable("away")
        self.bodies.append(json.loads(json.dumps(body)))

    def change_visibility(self, receipt_handle, seconds):
        raise AssertionError("a store receives nothing")


@pytest.fixture
def queue():
    return Sent()


@pytest.fixture(params=["files"])
def store(request, tmp_path, queue):
    return FileStore(tmp_path / "store", queue)


def post(store, ticket, body=b"picture", **changes):
    """As a browser would, to whichever store signed the ticket."""
    return store.accept_post({**ticket.fields, **changes}, [body[:3], body[3:]])


def announced(queue):
    return [(record["eventName"], record["s3"]["object"]["key"]) for body in queue.bodies for record in body["Records"]]


def files_below(root):
    """Everything that lies in the store but its own secret, marks and folders."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name != ".secret")


# --- every store


def test_what_was_written_is_read_whole(store):
    head = store.write("media/a/0/thumb.jpg", b"\xff\xd8\x00", "image/jpeg")
    stored = store.read("media/a/0/thumb.jpg", 3)
    assert stored.body == b"\xff\xd8\x00"
    assert stored.head == store.head("media/a/0/thumb.jpg") == head
    assert (head.bytes, head.content_type) == (3, "image/jpeg")


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


# --- a folder


def test_a_new_bulk_object_is_announced_and_a_derivative_is_not(store, queue):
    store.write("incoming/comics/0/a b+é.jpg", b"1", "image/jpeg")
    store.write("media/a/0/thumb.jpg", b"1", "image/jpeg")
    assert announced(queue) == [("ObjectCreated:Put", "incoming/comics/0/a+b%2B%C3%A9.jpg")]


def test_a_private_link_opens_its_file_under_its_name_only(store):
    link = parse_qs(urlsplit(store.private_url(KEY, "Meer & Möwe.jpg")).query)
    parts = {name: values[0] for name, values in link.items()}
    store.verify_private(**parts)
    for name in parts:
        with pytest.raises(NotAllowed):
            store.verify_private(**{**parts, name: parts[name] + "1"})


def test_two_processes_sign_with_one_secret_that_only_the_owner_reads(tmp_path, queue):
    one, other = FileStore(tmp_path / "store", queue), FileStore(tmp_path / "store", queue)
    post(other, one.ticket(KEY, "image/png", 7))
    assert stat.S_IMODE((tmp_path / "store" / ".secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700


BAD_KEYS = [
    "", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "a/./b", "a//b", "a/", "./a", "a\0b", "a\\..\\b", "\udcff",
    "x" * 256, "é" * 128, "/".join(["x" * 200] * 6), ".secret", ".tmp/x", ".unsent/x",
]  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_no_plain_name_is_refused_everywhere(store, key):
    for attempt in (
        lambda: store.write(key, b"1", "image/jpeg"),
        lambda: store.read(key, 10),
        lambda: store.head(key),
        lambda: store.delete(key),
        lambda: store.ticket(key, "image/jpeg", 10),
        lambda: store.private_url(key, "x.jpg"),
    ):
        with pytest.raises(BadRequest) as refused:
            attempt()
        assert refused.value.code == "bad_key"


segments = st.sampled_from(["..", ".", "", "a", "b", "link", "out", "\0", "\\", "%2e%2e", "~", "x" * 256]) | st.text(max_size=8)


@settings(deadline=None)
@given(st.lists(segments, max_size=6).map("/".join))
def test_no_key_can_leave_the_root(key):
    with tempfile.TemporaryDirectory() as folder:
        outside, root = Path(folder, "outside"), Path(folder, "store")
        outside.mkdir()
        (outside / "precious").write_text("precious")
        store = FileStore(root, Sent())
        store.health()
        (root / "link").symlink_to(outside)
        for attempt in (
            store.head,
            lambda key: store.read(key, 100),
            lambda key: store.write(key, b"1", "image/jpeg"),
            store.delete,
        ):
            with suppress(BadRequest):
                attempt(key)
        assert sorted(os.listdir(folder)) == ["outside", "store"]
        assert os.listdir(outside) == ["precious"]
        assert (outside / "precious").read_text() == "precious"


def test_links_are_neither_followed_nor_listed(store, tmp_path):
    store.write("media/a/0/thumb.jpg", b"1", "image/jpeg")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"secret")
    root = tmp_path / "store"
    (root / "media" / "folder").symlink_to(outside)
    (root / "media" / "file.jpg").symlink_to(outside / "secret.jpg")
    assert store.read("media/folder/secret.jpg", 100) is None
    assert store.read("media/file.jpg", 100) is None
    assert [head.key for head in store.list("")] == ["media/a/0/thumb.jpg"]
    with pytest.raises(BadRequest):
        store.write("media/folder/secret.jpg", b"mine", "image/jpeg")
    store.write("media/file.jpg", b"mine", "image/jpeg")  # takes the link's place
    store.delete("media/folder")
    assert (outside / "secret.jpg").read_bytes() == b"secret"


def test_a_pipe_in_the_store_keeps_nobody_waiting(store, tmp_path):
    store.write("media/a/0/thumb.jpg", b"1", "image/jpeg")
    os.mkfifo(tmp_path / "store" / "media" / "pipe")
    assert store.read("media/pipe", 10) is None


def test_deleting_leaves_no_empty_folders_behind(store, tmp_path):
    store.write("media/a/0/thumb.jpg", b"1", "image/jpeg")
    store.write("media/b/0/thumb.jpg", b"1", "image/jpeg")
    store.delete("media/a/0/thumb.jpg")
    assert [path.name for path in (tmp_path / "store" / "media").iterdir()] == ["b"]


class Disk:
    """os.write that fails as this disk does, after so many bytes."""

    def __init__(self):
        self.room, self.fails = None, None

    def __call__(self, fd, chunk):
        if self.room is not None:
            if self.room == 0:
                raise OSError(self.fails, os.strerror(self.fails))
            chunk = chunk[: self.room]
            self.room -= len(chunk)
        return os.write(fd, chunk)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, StoreUnavailable),
        (errno.EACCES, StoreUnavailable),
        (errno.EROFS, StoreUnavailable),
    ],
)
def test_a_disk_that_fails_half_way_leaves_nothing_and_work_goes_on_when_there_is_room(tmp_path, queue, number, expected):
    disk = Disk()
    store = FileStore(tmp_path / "store", queue, disk)
    store.write(KEY, b"old", "image/jpeg")
    ticket = store.ticket(KEY, "image/png", 7)
    before, queue.bodies = files_below(tmp_path / "store"), []
    disk.room, disk.fails = 4, number
    for attempt in (lambda: post(store, ticket), lambda: store.write("media/a/0/thumb.jpg", b"12345", "image/jpeg"), store.health):
        with pytest.raises(expected) as refused:
            attempt()
        assert refused.value.status == 503
    assert files_below(tmp_path / "store") == before
    assert store.read(KEY, 10).body == b"old"
    assert queue.bodies == []
    disk.room = None
    post(store, ticket)
    store.health()
    assert store.read(KEY, 10).body == b"picture"


def test_the_kernels_own_limit_is_a_full_disk_too(tmp_path):
    """A process that may write no file above 64 KB, which fails as a quota does."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    code = (
        "import sys; from pathlib import Path; from sightsync.errors import StorageFull\n"
        "from sightsync.adapters.files import FileStore\n"
        "store = FileStore(Path(sys.argv[1]), None)\n"
        "try: store.write('media/a/0/display.jpg', bytes(100_000), 'image/jpeg')\n"
        "except StorageFull: store.write('media/a/0/thumb.jpg', bytes(1000), 'image/jpeg'); print('full, then went on')"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(tmp_path / "store")]
    shown = subprocess.run(command, preexec_fn=limit, env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout == "full, then went on\n"
    assert files_below(tmp_path / "store") == ["media/a/0/thumb.jpg"]


def test_a_store_that_is_gone_is_said_not_made_anew_and_goes_on_when_it_is_back(store, tmp_path):
    store.write("media/a/0/thumb.jpg", b"1", "image/jpeg")
    ticket = store.ticket(KEY, "image/png", 7)
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    for attempt in (
        lambda: store.read("media/a/0/thumb.jpg", 10),
        lambda: store.head("media/a/0/thumb.jpg"),
        lambda: store.write("media/b/0/thumb.jpg", b"1", "image/jpeg"),
        lambda: store.delete("media/a/0/thumb.jpg"),
        lambda: list(store.list("")),
        lambda: post(store, ticket),
        store.health,
        store.recover,
    ):
        with pytest.raises(StoreUnavailable) as refused:
            attempt()
        assert (refused.value.status, refused.value.code) == (503, "store_unavailable")
    assert not (tmp_path / "store").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "store")
    assert store.read("media/a/0/thumb.jpg", 10).body == b"1"
    post(store, ticket)


# --- death at any line


def die(root, where):
    """Posts KEY in a process that is killed at that moment: a queue or a disk that ends it."""
    code = f"""
import os, signal, sys
from pathlib import Path
from sightsync.adapters.files import FileStore
where = {where!r}
def end(): os.kill(os.getpid(), signal.SIGKILL)
class Queue:
    def send(self, body, delay_s=0):
        if where == "before the event": end()
def write(fd, chunk):
    if where == "while bytes arrive" and bytes(chunk) == b"ture":
        end()
    return os.write(fd, chunk)
store = FileStore(Path({str(root)!r}), Queue(), write)
ticket = store.ticket({KEY!r}, "image/png", 7)
store.accept_post(ticket.fields, [b"pic", b"ture"])
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == -signal.SIGKILL


def test_a_picture_whose_event_was_lost_is_announced_at_the_next_start(tmp_path, queue):
    die(tmp_path / "store", "before the event")
    store = FileStore(tmp_path / "store", queue)
    assert store.read(KEY, 10).body == b"picture"
    assert store.recover() == 1
    assert announced(queue) == [("ObjectCreated:Post", KEY)]
    assert store.recover() == 0
    assert files_below(tmp_path / "store") == [KEY]


def test_half_a_picture_is_swept_at_the_next_start(tmp_path, queue):
    die(tmp_path / "store", "while bytes arrive")
    assert len(files_below(tmp_path / "store")) == 1
    store = FileStore(tmp_path / "store", queue)
    assert store.recover() == 0
    assert files_below(tmp_path / "store") == []
    assert queue.bodies == []


def test_what_is_still_being_written_is_not_swept(store, tmp_path, queue):
    with store.begin_post(store.ticket(KEY, "image/png", 7).fields) as upload:
        upload.write(b"pic")
        assert FileStore(tmp_path / "store", queue).recover() == 0
        upload.write(b"ture")
        upload.finish()
    assert store.read(KEY, 10).body == b"picture"


def test_a_picture_that_a_queue_could_not_take_is_announced_once_it_can(store, queue):
    ticket = store.ticket(KEY, "image/png", 7)
    queue.away = True
    with pytest.raises(SightSyncError):
        post(store, ticket)
    queue.away = False
    assert store.recover() == 1
    assert announced(queue) == [("ObjectCreated:Post", KEY)]


def test_an_upload_that_is_broken_off_leaves_nothing(store, tmp_path):
    def chunks():
        yield b"pic"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.accept_post(store.ticket(KEY, "image/png", 7).fields, chunks())
    assert files_below(tmp_path / "store") == []
