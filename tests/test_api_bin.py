"""The bin over HTTP: delete, restore; and retry what failed."""

import pytest

from sightsync.images import AnalysisState, Image, Status, now
from sightsync.services import Services
from tests.conftest import Client
from tests.fakes import MemoryQueue, MemoryStore
from tests.owned import kept, stored


def put_files(store: MemoryStore, image: Image) -> None:
    for key in (image.key, *image.derivatives.values()):
        store.write(key, b"bytes")


def test_deleting_hides_an_image_and_takes_its_copies_off_the_public_store(
    services: Services, store: MemoryStore, ada: Client, visitor: Client
) -> None:
    image = kept(services)
    put_files(store, image)
    answer = ada.delete(f"/api/images/{image.id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert visitor.get(f"/api/images/{image.id}").status_code == 404
    assert list(store.objects) == [image.key]
    deleted = stored(services, image)
    assert deleted.deleted_at is not None
    assert ada.delete(f"/api/images/{image.id}").status_code == 204
    assert stored(services, image) == deleted


def test_deleting_while_the_store_is_away_hides_at_once_and_finishes_when_asked_again(
    services: Services, store: MemoryStore, ada: Client, visitor: Client
) -> None:
    image = kept(services)
    put_files(store, image)
    store.away = True
    answer = ada.delete(f"/api/images/{image.id}")
    assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert visitor.get(f"/api/images/{image.id}").status_code == 404
    store.away = False
    assert ada.delete(f"/api/images/{image.id}").status_code == 204
    assert list(store.objects) == [image.key]


def test_restoring_makes_the_copies_again(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, deleted_at=now())
    told = ada.post(f"/api/images/{image.id}/restore").json()
    assert (told["status"], told["analysis"], told["derivatives"], told["deleted_at"]) == ("processing", "pending", {}, None)
    assert (told["description"], told["match"]["verdict"], told["published"]) == (image.description, "agrees", True)
    assert queue.sent == [{"type": "analyse", "key": image.key}]
    again = ada.post(f"/api/images/{image.id}/restore")
    assert (again.status_code, again.json()["version"]) == (200, told["version"])


def test_restoring_what_was_never_deleted_changes_nothing(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services)
    assert ada.post(f"/api/images/{image.id}/restore").json()["version"] == image.version
    assert queue.sent == []


def test_restoring_a_picture_that_was_added_again_is_refused_with_the_other(services: Services, ada: Client) -> None:
    image = kept(services, deleted_at=now())
    twin = kept(services, sha256=image.sha256)
    answer = ada.post(f"/api/images/{image.id}/restore")
    assert (answer.status_code, answer.json()["error"], answer.json()["details"]) == (409, "duplicate", {"image": twin.id})
    assert stored(services, image).deleted_at is not None


def test_a_refused_file_comes_back_refused(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, deleted_at=now(), status=Status.REJECTED, reason="corrupt")
    told = ada.post(f"/api/images/{image.id}/restore").json()
    assert (told["status"], told["reason"]) == ("rejected", "corrupt")
    assert queue.sent == []


@pytest.mark.parametrize(("arrived", "status"), [(False, "waiting"), (True, "processing")])
def test_a_restored_upload_goes_on_where_its_file_is(
    services: Services, store: MemoryStore, queue: MemoryQueue, ada: Client, arrived: bool, status: str
) -> None:
    image = kept(services, deleted_at=now(), status=Status.WAITING, derivatives={})
    if arrived:
        store.write(image.key, b"bytes")
    assert ada.post(f"/api/images/{image.id}/restore").json()["status"] == status
    assert len(queue.sent) == arrived


# --- Again --------------------------------------------------------------------------------------------------------


def test_a_failed_image_can_be_tried_again(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, status=Status.FAILED, reason="store_unavailable", checks=("failed",))
    told = ada.post(f"/api/images/{image.id}/retry").json()
    assert (told["status"], told["analysis"], told["reason"], told["message"], told["checks"]) == (
        "processing",
        "pending",
        None,
        None,
        [],
    )
    assert queue.sent == [{"type": "analyse", "key": image.key}]


def test_a_failed_analysis_is_tried_again_with_the_picture_in_view(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, analysis=AnalysisState.FAILED, checks=("failed",))
    told = ada.post(f"/api/images/{image.id}/retry").json()
    assert (told["status"], told["analysis"], told["checks"]) == ("ready", "pending", [])
    assert queue.sent == [{"type": "analyse", "key": image.key}]


def test_a_refused_file_is_final(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, status=Status.REJECTED, reason="corrupt")
    answer = ada.post(f"/api/images/{image.id}/retry")
    assert (answer.status_code, answer.json()["error"]) == (409, "rejected")
    assert "damaged" in answer.json()["message"]
    assert queue.sent == []


def test_where_nothing_failed_there_is_nothing_to_try_again(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services)
    assert ada.post(f"/api/images/{image.id}/retry").json()["version"] == image.version
    assert queue.sent == []


def test_an_upload_whose_file_never_came_has_nothing_to_try_again(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, status=Status.WAITING, analysis=AnalysisState.PENDING)
    assert ada.post(f"/api/images/{image.id}/retry").json()["status"] == "waiting"
    assert queue.sent == []


def test_a_retry_whose_message_was_lost_is_sent_again(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, status=Status.PROCESSING, analysis=AnalysisState.PENDING)
    ada.post(f"/api/images/{image.id}/retry")
    assert queue.sent == [{"type": "analyse", "key": image.key}]
