"""docs/operations.md, "What is backed up": what an export brings back into an empty gallery, and what the bucket alone does."""

import json
import subprocess
import sys
from pathlib import Path

from local.cli import main
from sightsync.analysis import analyse
from sightsync.decoder import decoder
from sightsync.events import parse
from sightsync.images import Image
from sightsync.ports import Everything, Sort
from sightsync.services import Services, build
from sightsync.settings import Settings
from tests import cloud, pictures
from tests.cloud import Stack
from tests.dev_server import ROOT, environment
from tests.event_source import RECORD

WORDS = {
    "title": "Harbour",
    "description": "Red boats 漫画",
    "category": "comics",
    "tags": ["boats"],
    "credit": "Ada",
    "published": False,
}


def gallery(folder: Path, stack: Stack) -> tuple[Services, dict[str, str]]:
    """One on this stack with a catalog of its own, and the environment that a command needs for it."""
    named = {**stack.settings, "SIGHTSYNC_CATALOG": f"sqlite://{folder}.db", "SIGHTSYNC_BULK_OWNER": "bulk"}
    return build(Settings(**{name.removeprefix("SIGHTSYNC_").lower(): value for name, value in named.items()})), named


def analysed(parts: Services, stack: Stack) -> list[Image]:
    """All that is on the queue is worked on; then, the pictures that there are."""
    while messages := stack.sqs.receive_message(QueueUrl=stack.queue_url, AttributeNames=["All"]).get("Messages"):
        (m,) = messages
        record = {
            "messageId": m["MessageId"],
            "receiptHandle": m["ReceiptHandle"],
            "body": m["Body"],
            "attributes": m["Attributes"],
        }
        ports = {"catalog": parts.catalog, "store": parts.store, "vision": parts.vision, "queue": parts.queue, "decoder": decoder()}
        assert not analyse(parse({"Records": [record | RECORD]}), **ports, settings=parts.settings, time_left=lambda: 60)
        stack.sqs.delete_message(QueueUrl=stack.queue_url, ReceiptHandle=m["ReceiptHandle"])
    return list(parts.catalog.page(Everything, Sort("oldest"), None, 10).images)


def words_of(image: Image) -> dict[str, object]:
    return {name: value for name, value in image.model_dump(mode="json").items() if name in WORDS}


def test_an_export_brings_words_and_pictures_into_an_empty_gallery(aws: str, tmp_path: Path) -> None:
    old, new = cloud.stack(), cloud.stack()
    cloud.connect(old)
    cloud.connect(new)
    parts, named = gallery(tmp_path / "old", old)
    parts.store.write("incoming/comics/a b.jpg.json", json.dumps(WORDS).encode(), "application/json")
    parts.store.write("incoming/comics/a b.jpg", pictures.photo(1), "application/octet-stream")
    (before,) = analysed(parts, old)
    command = [sys.executable, "-m", "local", "export", str(tmp_path / "out"), "--pictures", "--drafts"]
    done = subprocess.run(command, env=environment(**named), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert main(["import", str(tmp_path / "out"), f"s3://{new.originals}/incoming/"]) == 0
    (after,) = analysed(gallery(tmp_path / "new", new)[0], new)
    assert words_of(after) == words_of(before) == WORDS
    assert (after.status, after.sha256, after.owner) == ("ready", before.sha256, "bulk")
    assert after.id != before.id


def test_pictures_of_a_lost_catalog_come_back_with_their_ids_when_they_are_put_there_once_more(aws: str, tmp_path: Path) -> None:
    stack = cloud.stack()
    cloud.connect(stack)
    parts, _ = gallery(tmp_path / "lost", stack)
    parts.store.write("incoming/a.jpg.json", json.dumps(WORDS).encode(), "application/json")
    parts.store.write("incoming/a.jpg", pictures.photo(2), "application/octet-stream")
    (before,) = analysed(parts, stack)
    for key in ("incoming/a.jpg.json", "incoming/a.jpg"):  # as `aws s3 cp` onto itself does
        place = {"Bucket": stack.originals, "Key": key}
        stack.s3.copy_object(**place, CopySource=place, MetadataDirective="REPLACE")
    (after,) = analysed(gallery(tmp_path / "empty", stack)[0], stack)
    assert (after.id, words_of(after)) == (before.id, WORDS)
