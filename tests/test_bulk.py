"""`import FOLDER s3://…`: a folder goes into a bucket whole, once, words first; what AWS refuses is said with what to do."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from local import bulk
from local.bulk import Sending, Target
from local.cli import main
from local.import_files import look_through
from local.trouble import Trouble
from local.watching import QUIET, Watch
from sightsync.adapters.s3 import S3Store
from sightsync.arrivals import bulk_id
from sightsync.errors import StoreUnavailable
from sightsync.images import AnalysisState
from sightsync.services import build
from sightsync.services import services as own_services
from sightsync.settings import Settings
from tests import cloud, pictures
from tests.dev_server import ROOT, environment
from tests.fakes import MemoryQueue, MemoryStore
from tests.records import an_image


@pytest.fixture
def stack(aws):
    stack = cloud.stack()
    cloud.connect(stack)
    return stack


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    put(folder, "Comic/a b+é 漫画.jpg", pictures.photo(1))
    put(folder, "plain.jpg", pictures.photo(2))
    put(folder, "again/plain.jpg", pictures.photo(2))
    put(folder, "text.jpg", b"not a picture")
    put(folder, "descriptions.csv", "file,description\nplain.jpg,洗よ hills\n".encode())
    return folder


def put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def keys(stack):
    return [found["Key"] for found in stack.s3.list_objects_v2(Bucket=stack.originals).get("Contents", ())]


def test_a_folder_goes_into_the_bucket_with_its_words(stack, folder, capsys):
    assert main(["import", str(folder), f"s3://{stack.originals}/incoming/"]) == 0
    assert "Sent 2, already there 1, rejected 1." in capsys.readouterr().out
    found = [key for key in keys(stack) if not key.endswith(".json")]
    assert [(key.split("/")[:2], key.split("/")[3]) for key in found] == [
        (["incoming", "_"], "plain.jpg"),
        (["incoming", "comics"], "a b+é 漫画.jpg"),
    ]
    words = stack.s3.get_object(Bucket=stack.originals, Key=f"{found[0]}.json")["Body"].read()
    assert json.loads(words) == {"description": "洗よ hills", "category": "uncategorised", "published": True}


def test_words_arrive_before_their_picture(stack, folder):
    main(["import", str(folder), f"s3://{stack.originals}/incoming/"])
    bodies = [json.loads(body) for body in stack.messages()]
    arrived = [record["s3"]["object"]["key"] for body in bodies for record in body.get("Records", ())]
    for key in arrived:
        if not key.endswith(".json"):
            assert arrived.index(f"{key}.json") < arrived.index(key)


def test_an_import_that_was_interrupted_sends_only_the_rest(stack, folder, capsys):
    target = f"s3://{stack.originals}/incoming/summer"
    assert main(["import", str(folder), target]) == 0
    before = {key: stack.s3.head_object(Bucket=stack.originals, Key=key)["LastModified"] for key in keys(stack)}
    assert all(key.startswith("incoming/summer/") for key in before)
    put(folder, "new.jpg", pictures.photo(3))
    lost = next(key for key in before if key.endswith("plain.jpg"))
    stack.s3.put_object(Bucket=stack.originals, Key=lost, Body=b"half of it")
    capsys.readouterr()
    assert main(["import", str(folder), target]) == 0
    assert "Sent 2, already there 2" in capsys.readouterr().out
    assert stack.s3.get_object(Bucket=stack.originals, Key=lost)["Body"].read() == pictures.photo(2)
    assert main(["import", str(folder), target]) == 0
    assert "Sent 0, already there 4" in capsys.readouterr().out


def test_a_dry_run_tells_and_sends_nothing(stack, folder, capsys):
    assert main(["import", str(folder), f"s3://{stack.originals}", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "Would send 2, already there 1, rejected 1." in out
    assert "plain.jpg  incoming/_/" in out
    assert keys(stack) == []


def test_many_go_at_once(tmp_path):
    for number in range(40):
        put(tmp_path, f"{number}.jpg", pictures.photo(number, 64, 48))

    class Slow(MemoryStore):
        """Takes a picture only when another one is on its way too."""

        def __init__(self):
            super().__init__()
            self.meeting = threading.Barrier(2)

        def write(self, key, body, content_type="application/octet-stream", metadata=None):
            if not key.endswith(".json"):
                self.meeting.wait(120)
            return super().write(key, body, content_type)

    work = Sending(Slow(), Target("b", "incoming/"), {}, drafts=False)
    work.run(look_through(tmp_path, None, tmp_path / "none"))
    assert len(work.sent) == 40


def test_a_bucket_that_goes_away_ends_the_import_and_what_was_sent_stays(tmp_path):
    for number in range(30):
        put(tmp_path, f"{number}.jpg", pictures.photo(number, 64, 48))

    class Failing(MemoryStore):
        def write(self, key, body, content_type="application/octet-stream", metadata=None):
            if len(self.objects) >= 10:
                raise StoreUnavailable("away")
            return super().write(key, body, content_type)

    work = Sending(Failing(), Target("b", "incoming/"), {}, drafts=True)
    with pytest.raises(Trouble, match="can't be used"):
        work.run(look_through(tmp_path, None, tmp_path / "none"))
    assert 0 < len(work.sent) <= 5
    assert all(json.loads(o.body)["published"] is False for k, o in work.store.objects.items() if k.endswith(".json"))


@pytest.mark.parametrize(
    "target", ["s3://", "s3:///incoming/", "s3://b/elsewhere/", "https://b/incoming/", "b", "s3://b/incoming/?x=1"]
)
def test_a_target_where_nobody_looks_is_refused_before_anything_else(folder, target, capsys):
    assert main(["import", str(folder), target]) == 1
    assert "Try: ./sightsync import FOLDER s3://BUCKET/incoming/" in capsys.readouterr().err


def test_no_credentials_are_said_with_what_to_do(aws, folder, monkeypatch, capsys):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert main(["import", str(folder), "s3://somebodys/incoming/"]) == 1
    shown = capsys.readouterr()
    assert "There are no AWS credentials here.\nTry: aws configure" in shown.err
    assert "Sent" not in shown.out


def test_a_bucket_that_is_not_there_is_named(aws, folder, capsys):
    assert main(["import", str(folder), "s3://nobodys-bucket/incoming/"]) == 1
    assert "There is no bucket nobodys-bucket." in capsys.readouterr().err


def test_a_region_that_is_missing_is_named(aws, folder, monkeypatch, capsys):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert main(["import", str(folder), "s3://somebodys/incoming/"]) == 1
    assert "AWS_REGION=" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDenied", "may not use"),
        ("ExpiredToken", "have expired"),
        ("InvalidAccessKeyId", "does not know"),
        ("PermanentRedirect", "another region"),
        ("SlowDown", "can't be used: SlowDown"),
    ],
)
def test_every_refusal_of_aws_comes_with_what_to_do(aws, stack, code, says):
    from botocore.stub import Stubber

    from sightsync.adapters.aws import client

    s3 = client("s3")
    with Stubber(s3) as stub:
        stub.add_client_error("list_objects_v2", code)
        with pytest.raises(Trouble, match=says) as trouble:
            bulk.listed(S3Store("somebodys", "", s3=s3), Target("somebodys", "incoming/"))
    assert trouble.value.then


def test_an_import_that_names_no_bucket_leaves_the_clouds_queue_alone(stack, folder, tmp_path):
    settings = {**stack.settings, "SIGHTSYNC_CATALOG": f"sqlite://{tmp_path}/catalog.db"}
    asked = [sys.executable, "-m", "local", "import", str(folder), "--data", str(tmp_path / "data")]
    ran = subprocess.run(asked, env=environment(**settings), cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    assert "SIGHTSYNC_QUEUE names a queue of SQS" in ran.stderr


# --- watching


@pytest.fixture
def gallery(tmp_path):
    parts = build(Settings(data=tmp_path / "data", catalog=f"sqlite://{tmp_path}/catalog.db", bulk_owner="ada"))
    yield parts
    parts.catalog.close()


def settle(parts, **fields):
    parts.catalog.put(an_image(**{"owner": "ada", "analysis": AnalysisState.DONE} | fields), 0)


def test_watching_ends_when_what_was_sent_is_settled(gallery):
    settle(gallery)
    pauses = []

    def pause():
        pauses.append(1)
        settle(gallery)

    last = Watch(gallery, pause).until_settled(3)
    assert (len(pauses), last.done, last.left) == (3, 4, 0)


def test_messages_that_are_counted_late_are_no_work_once_all_is_settled(gallery):
    late = MemoryQueue()
    late.send({"key": "incoming/boat.jpg"})
    parts = replace(gallery, queue=late, settings=gallery.settings.model_copy(update={"queue": "https://sqs"}))
    assert Watch(parts, lambda: settle(gallery)).until_settled(1).left == 0
    assert Watch(parts, lambda: None).until_settled(1).left == 1


def test_watching_ends_when_nothing_moves_any_more(gallery):
    pauses = []
    last = Watch(gallery, lambda: pauses.append(1)).until_settled(3)
    assert (len(pauses), last.done) == (QUIET, 0)


def test_watching_needs_the_catalog_of_the_cloud(aws, stack, folder, capsys):
    assert main(["import", str(folder), f"s3://{stack.originals}", "--watch"]) == 1
    assert "SIGHTSYNC_CATALOG=" in capsys.readouterr().err
    assert keys(stack) == []


def test_what_was_sent_is_analysed_by_the_real_handler_and_watched(stack, folder, tmp_path, monkeypatch, capsys):
    """The whole road: folder, bucket, notification, queue, handler, catalog, and the watcher's last line."""
    for name, value in {**stack.settings, "SIGHTSYNC_CATALOG": f"sqlite://{tmp_path}/catalog.db"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SIGHTSYNC_BULK_OWNER", "ada")
    own_services.cache_clear()
    from tests.event_source import run_batch

    over = threading.Event()

    def work():
        while not over.is_set():
            run_batch(stack.sqs, stack.queue_url)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert main(["import", str(folder), f"s3://{stack.originals}/incoming/", "--watch"]) == 0
    finally:
        over.set()
        worker.join()
    assert "In the gallery: 2 done, 0 rejected, 0 failed, 0 still to do." in capsys.readouterr().out
    parts = own_services()
    found = {key: parts.catalog.get(bulk_id(stack.originals, key)) for key in keys(stack) if not key.endswith(".json")}
    assert {(image.status.value, image.category, image.description) for image in found.values()} == {
        ("ready", "comics", ""),
        ("ready", "uncategorised", "洗よ hills"),
    }
    parts.catalog.close()
    own_services.cache_clear()
