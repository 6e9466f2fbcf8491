"""`./sightsync retry`: what failed on our side is asked for again, what was given up too, and refused files are left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli import main
from local.lock import serving
from sightsync.adapters.sqlite_queue import SqliteQueue
from sightsync.images import AnalysisState, Status, now
from sightsync.services import Services, build
from sightsync.services import services as own_services
from sightsync.settings import Settings
from tests import cloud
from tests.records import an_image


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("SIGHTSYNC_DATA", str(tmp_path / "data"))
    own_services.cache_clear()
    parts = build(Settings())
    yield parts
    parts.catalog.close()
    own_services().catalog.close()
    own_services.cache_clear()


def keep(gallery: Services, **fields: object) -> str:
    return gallery.catalog.put(an_image(**fields).with_checks(), 0).id


def asked(gallery: Services) -> list[str]:
    assert isinstance(gallery.queue, SqliteQueue)
    return [message.body for message in gallery.queue.receive()]


def test_what_failed_is_asked_for_again_whoevers_it_is(gallery: Services, capsys: pytest.CaptureFixture[str]) -> None:
    failed = [keep(gallery, owner=owner, status=Status.FAILED, reason="crashed") for owner in ("ada", "bob")]
    unread = keep(gallery, analysis=AnalysisState.FAILED)
    keep(gallery, status=Status.REJECTED, reason="corrupt")
    keep(gallery, status=Status.FAILED, deleted_at=now())
    keep(gallery)
    assert main(["retry"]) == 0
    out = capsys.readouterr().out
    assert "3 failed pictures asked for once more." in out
    assert "1 rejected file left as it is" in out
    assert "./sightsync dev" in out
    assert {gallery.catalog.get(image_id).status for image_id in failed} == {Status.PROCESSING}  # type: ignore[union-attr]  # they are there
    assert gallery.catalog.get(unread).analysis is AnalysisState.PENDING  # type: ignore[union-attr]  # it is there
    assert len(asked(gallery)) == 3
    assert main(["retry"]) == 0
    assert "No picture has failed." in capsys.readouterr().out


def test_dead_letters_are_sent_once_more(gallery: Services, capsys: pytest.CaptureFixture[str]) -> None:
    keep(gallery)
    assert isinstance(gallery.queue, SqliteQueue)
    gallery.queue.send({"type": "analyse", "key": "incoming/a.jpg"})
    for _ in range(11):
        for message in gallery.queue.receive():
            gallery.queue.give_back(message.receipt_handle, 0)
    assert gallery.queue.counts()["dead"] == 1
    with serving(gallery.settings.data):
        assert main(["retry", "--dead-letters"]) == 0
    assert capsys.readouterr().out == "1 dead letter sent once more.\n"
    assert asked(gallery) == ['{"type": "analyse", "key": "incoming/a.jpg"}']
    assert main(["retry", "--dead-letters"]) == 0
    assert "There are no dead letters." in capsys.readouterr().out


def test_dead_letters_of_the_cloud_too(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = cloud.stack()
    for name, value in {**stack.settings, "SIGHTSYNC_CATALOG": f"sqlite://{tmp_path}/catalog.db"}.items():
        monkeypatch.setenv(name, value)
    own_services.cache_clear()
    stack.sqs.send_message(QueueUrl=stack.dead_url, MessageBody="one")
    stack.sqs.send_message(QueueUrl=stack.dead_url, MessageBody="two")
    assert main(["retry", "--dead-letters"]) == 0
    assert capsys.readouterr().out == "2 dead letters sent once more.\n"
    assert sorted(stack.messages()) == ["one", "two"]
    own_services.cache_clear()


def test_asking_makes_no_gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    own_services.cache_clear()
    assert main(["retry", "--data", str(tmp_path / "none")]) == 0
    assert "There is no gallery yet" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()
    own_services.cache_clear()
