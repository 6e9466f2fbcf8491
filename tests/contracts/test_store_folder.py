"""What a folder promises as an image store, beyond what every store does: no key leaves it, no death leaves half a file."""

import errno
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
from sightsync.errors import BadRequest, NotAllowed, SightSyncError, StorageFull, StoreUnavailable
from tests.contracts.stores import KEY, Sent, announced, post, take_in


@pytest.fixture
def queue():
    return Sent()


@pytest.fixture
def store(tmp_path, queue):
    return FileStore(tmp_path / "store", queue)


def files_below(root):
    """Everything that lies in the store but its own secret, marks and folders."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name != ".secret")


def test_a_new_bulk_object_is_announced_and_a_derivative_is_not(store, queue):
    store.write("incoming/comics/0/a b+é.jpg", b"1", "image/jpeg")
    store.write("media/a/0/thumb.jpg", b"1", "image/jpeg")
    assert announced(queue) == [("ObjectCreated:Put", "incoming/comics/0/a b+é.jpg")]
    assert queue.bodies[0]["Records"][0]["s3"]["object"]["key"] == "incoming/comics/0/a+b%2B%C3%A9.jpg"


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
    def send(self, body):
        if where == "before the event": end()
def write(fd, chunk):
    if where == "while bytes arrive" and bytes(chunk) == b"ture":
        end()
    return os.write(fd, chunk)
store = FileStore(Path({str(root)!r}), Queue(), write)
ticket = store.ticket({KEY!r}, "image/png", 7)
with store.begin_post(ticket.fields) as upload:
    upload.write(b"pic")
    upload.write(b"ture")
    upload.finish()
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
        take_in(store, store.ticket(KEY, "image/png", 7).fields, chunks())
    assert files_below(tmp_path / "store") == []
