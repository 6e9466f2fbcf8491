"""What owners do to their images over HTTP: edit, publish, many at once, delete, restore, retry; and what others may not."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sightsync.desk import CHECKS
from sightsync.images import AnalysisState, Image, Match, Status, now
from sightsync.ports import Catalog
from sightsync.services import Services
from tests.conftest import Client
from tests.fakes import MemoryQueue, MemoryStore
from tests.records import an_image

AGREES = Match(verdict="agrees", score=90.0, z=2.3, space="palette@1")


def kept(services: Services, **changes: object) -> Image:
    return services.catalog.put(an_image(**{"owner": "ada", "match": AGREES, **changes}), 0)


def stored(services: Services, image: Image) -> Image:
    found = services.catalog.get(image.id)
    assert found is not None
    return found


# --- Words --------------------------------------------------------------------------------------------------------


def test_a_new_description_is_saved_at_once_and_matched_later(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, reviewed=True, checks=("words_disagree",), read_words="of the old words")
    told = ada.patch(f"/api/images/{image.id}", json={"description": "A green hill"}).json()
    assert told["description"] == "A green hill"
    assert told["match"] == {
        "verdict": "unknown",
        "reason": "pending",
        "score": None,
        "z": None,
        "caption_z": None,
        "evidence": [],
        "space": None,
    }
    assert told["version"] == image.version + 1
    assert (told["reviewed"], told["checks"]) == (False, [])
    assert stored(services, image).read_words is None
    assert queue.sent == [{"type": "rescore", "image": image.id}]


def test_the_same_description_again_changes_nothing(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services)
    told = ada.patch(f"/api/images/{image.id}", json={"description": f"  {image.description} "}).json()
    assert (told["version"], told["match"]["verdict"]) == (image.version, "agrees")
    assert queue.sent == []


def test_a_lost_rescore_is_sent_again_with_the_words(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, match=Match(verdict="unknown", reason="pending"))
    ada.patch(f"/api/images/{image.id}", json={"description": image.description})
    assert queue.sent == [{"type": "rescore", "image": image.id}]


def test_an_emptied_description_has_no_match_and_waits_on_the_desk(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services)
    told = ada.patch(f"/api/images/{image.id}", json={"description": " \n "}).json()
    assert (told["description"], told["match"], told["checks"]) == ("", None, ["no_words"])
    assert queue.sent == [{"type": "rescore", "image": image.id}]  # its vector has to go as well


def test_words_written_while_the_picture_is_analysed_are_kept(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services, status=Status.PROCESSING, match=None)
    told = ada.patch(f"/api/images/{image.id}", json={"description": "A green hill"}).json()
    assert (told["description"], told["match"], told["status"]) == ("A green hill", None, "processing")
    assert queue.sent == [{"type": "rescore", "image": image.id}]


def test_other_fields_leave_the_match_alone(services: Services, queue: MemoryQueue, ada: Client) -> None:
    image = kept(services)
    changes = {
        "title": " Hill ",
        "category": "comics",
        "tags": ["a", "A", " b "],
        "credit": "me",
        "published": False,
        "reviewed": True,
    }
    told = ada.patch(f"/api/images/{image.id}", json=changes).json()
    assert {name: told[name] for name in changes} == {**changes, "title": "Hill", "tags": ["a", "b"]}
    assert told["match"]["verdict"] == "agrees"
    assert queue.sent == []


def test_keeping_the_words_closes_the_check(services: Services, ada: Client) -> None:
    image = kept(services, checks=("words_disagree",))
    assert ada.patch(f"/api/images/{image.id}", json={"reviewed": True}).json()["checks"] == []


def test_accepting_the_models_words_reviews_them_in_one_step(services: Services, ada: Client) -> None:
    image = kept(services, checks=("words_disagree",))
    told = ada.patch(f"/api/images/{image.id}", json={"description": "a boat", "reviewed": True}).json()
    assert (told["reviewed"], told["checks"]) == (True, [])


def open_checks(services: Services, ada: Client, image: Image, **changes: object) -> list[str]:
    """Of the only image there is, as told by the edit; the Desk counts the same."""
    checks = ada.patch(f"/api/images/{image.id}", json=changes).json()["checks"]
    counts = ada.get("/api/desk").json()
    assert [check for check in sorted(CHECKS) if counts[check]] == checks
    assert counts["total"] == bool(checks)
    return list(checks)


def waiting_for_everything(services: Services) -> Image:
    checks = ("near_duplicate", "no_words", "uncategorised", "words_disagree")
    return kept(services, description="", category="uncategorised", checks=checks, near_duplicate_of="f" * 32)


def test_keeping_a_picture_as_it_is_closes_all_that_waits_and_opens_it_again(services: Services, ada: Client) -> None:
    image = waiting_for_everything(services)
    assert open_checks(services, ada, image, reviewed=True) == []
    assert open_checks(services, ada, image, title="A title") == []
    assert open_checks(services, ada, image, reviewed=False) == list(image.checks)


def test_new_words_end_only_what_was_kept_of_the_old_ones(services: Services, ada: Client) -> None:
    image = waiting_for_everything(services)
    open_checks(services, ada, image, reviewed=True)
    assert open_checks(services, ada, image, description="A hill") == []
    assert stored(services, image).kept == ("near_duplicate", "uncategorised")
    assert stored(services, image).reviewed is False
    assert open_checks(services, ada, image, description="") == ["no_words"]


def test_a_category_that_was_left_out_is_asked_for_again_once_it_was_there(services: Services, ada: Client) -> None:
    image = kept(services, category="uncategorised", checks=("uncategorised",))
    assert open_checks(services, ada, image, reviewed=True) == []
    assert open_checks(services, ada, image, category="comics", description="A hill") == []
    assert open_checks(services, ada, image, category="uncategorised") == ["uncategorised"]


def test_a_failure_is_nothing_to_keep(services: Services, ada: Client) -> None:
    image = kept(services, status=Status.FAILED, checks=("failed",))
    assert open_checks(services, ada, image, reviewed=True) == ["failed"]


def test_filing_a_picture_clears_its_place_on_the_desk(services: Services, ada: Client) -> None:
    image = kept(services, category="uncategorised", checks=("uncategorised",))
    assert ada.patch(f"/api/images/{image.id}", json={"category": "comics"}).json()["checks"] == []


def test_a_refused_file_cannot_be_published(services: Services, ada: Client) -> None:
    image = kept(services, status=Status.REJECTED, reason="corrupt", published=False)
    answer = ada.patch(f"/api/images/{image.id}", json={"published": True})
    assert (answer.status_code, answer.json()["error"]) == (409, "rejected")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x" * 121}, "title"),
        ({"description": "x" * 1001}, "description"),
        ({"credit": "x" * 201}, "credit"),
        ({"tags": [str(i) for i in range(21)]}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": "boats"}, "tags"),
        ({"category": "animals"}, "category"),
        ({"published": "maybe"}, "published"),
        ({"title": None}, "title"),
        ({"status": "ready"}, "status"),
        ({"owner": "bob"}, "owner"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_by_field_and_not_quoted(
    services: Services, ada: Client, changes: dict[str, object], field: str
) -> None:
    image = kept(services)
    answer = ada.patch(f"/api/images/{image.id}", json=changes)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert answer.json()["details"][0]["field"] == field
    assert "xxx" not in answer.text
    assert stored(services, image) == image


# --- Versions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", '"{}"', 'W/"{}"', " {} "])
def test_an_edit_of_what_one_has_seen_goes_through(services: Services, ada: Client, form: str) -> None:
    image = kept(services)
    answer = ada.patch(f"/api/images/{image.id}", json={"title": "New"}, headers={"If-Match": form.format(image.version)})
    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{image.version + 1}"'


def test_a_stale_edit_is_refused_with_the_image_as_it_is_now(services: Services, ada: Client) -> None:
    image = kept(services)
    services.catalog.put(image.but(title="By another window"), image.version)
    answer = ada.patch(f"/api/images/{image.id}", json={"title": "Mine"}, headers={"If-Match": f'"{image.version}"'})
    assert (answer.status_code, answer.json()["error"]) == (409, "image_changed")
    current = answer.json()["details"]["image"]
    assert (current["title"], current["version"], current["mine"]) == ("By another window", image.version + 1, True)
    assert stored(services, image).title == "By another window"


@pytest.mark.parametrize("method", ["patch", "delete", "restore", "retry"])
def test_every_write_heeds_the_version(services: Services, ada: Client, method: str) -> None:
    image = kept(services, status=Status.FAILED)
    headers = {"If-Match": '"99"'}
    answer = {
        "patch": lambda: ada.patch(f"/api/images/{image.id}", json={"title": "x"}, headers=headers),
        "delete": lambda: ada.delete(f"/api/images/{image.id}", headers=headers),
        "restore": lambda: ada.post(f"/api/images/{image.id}/restore", headers=headers),
        "retry": lambda: ada.post(f"/api/images/{image.id}/retry", headers=headers),
    }[method]()
    assert (answer.status_code, answer.json()["error"]) == (409, "image_changed")
    assert stored(services, image) == image


@pytest.mark.parametrize("version", ["latest", '"1', "-1", "1.0", "", "1" * 16])
def test_a_version_that_is_none_is_refused(services: Services, ada: Client, version: str) -> None:
    answer = ada.patch(f"/api/images/{kept(services).id}", json={"title": "x"}, headers={"If-Match": version})
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_version")


class Busy:
    """A catalog in which analysis writes a step between every read and the first two writes."""

    def __init__(self, catalog: Catalog, interruptions: int) -> None:
        self._catalog, self._left = catalog, interruptions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)

    def put(self, image: Image, expected_version: int, vectors: Mapping[str, Any] | None = None) -> Image:
        if self._left:
            self._left -= 1
            current = self._catalog.get(image.id)
            assert current is not None
            self._catalog.put(current.with_step("captioned", "ok"), current.version)
        return self._catalog.put(image, expected_version, vectors)


def busy(services: Services, interruptions: int) -> Any:
    from handlers.gallery import router
    from sightsync.web import make_app, parts

    crowded = Services(
        services.settings,
        services.store,
        Busy(services.catalog, interruptions),  # type: ignore[arg-type]  # the rest is the catalog's own, by __getattr__
        services.vision,
        services.queue,
        services.tokens,
    )
    app = make_app(router)
    app.dependency_overrides[parts] = lambda: crowded
    return Client(app, [router], "ada")


def test_an_edit_during_analysis_loses_neither(services: Services) -> None:
    image = kept(services)
    told = busy(services, 2).patch(f"/api/images/{image.id}", json={"title": "New"}).json()
    assert told["title"] == "New"
    assert [step["name"] for step in told["steps"]] == ["captioned"]


def test_an_edit_with_a_version_loses_to_analysis_that_was_faster(services: Services) -> None:
    image = kept(services)
    answer = busy(services, 1).patch(f"/api/images/{image.id}", json={"title": "New"}, headers={"If-Match": str(image.version)})
    assert (answer.status_code, answer.json()["error"]) == (409, "image_changed")
    assert answer.json()["details"]["image"]["version"] == image.version + 1


# --- Who ----------------------------------------------------------------------------------------------------------

WRITES: Sequence[tuple[str, str]] = [("PATCH", ""), ("DELETE", ""), ("POST", "/restore"), ("POST", "/retry")]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_only_the_owner_changes_an_image(services: Services, visitor: Client, bob: Client, method: str, path: str) -> None:
    shown, draft = kept(services), kept(services, published=False)
    body = {"json": {"title": "x"}} if method == "PATCH" else {}
    assert visitor.request(method, f"/api/images/{shown.id}{path}", **body).status_code == 401
    refused = bob.request(method, f"/api/images/{shown.id}{path}", **body)
    assert (refused.status_code, refused.json()["error"]) == (403, "not_yours")
    assert bob.request(method, f"/api/images/{draft.id}{path}", **body).json()["error"] == "image_not_found"
    assert bob.request(method, f"/api/images/{'0' * 32}{path}", **body).status_code == 404
    assert bob.request(method, f"/api/images/nonsense{path}", **body).status_code == 404
    assert (stored(services, shown), stored(services, draft)) == (shown, draft)


def test_what_is_in_the_bin_cannot_be_edited_or_retried(services: Services, ada: Client) -> None:
    image = kept(services, deleted_at=now(), status=Status.FAILED)
    assert ada.patch(f"/api/images/{image.id}", json={"title": "x"}).status_code == 404
    assert ada.post(f"/api/images/{image.id}/retry").status_code == 404


# --- Many ---------------------------------------------------------------------------------------------------------


def test_many_are_changed_at_once_and_those_that_cannot_be_are_named(services: Services, queue: MemoryQueue, ada: Client) -> None:
    mine, also_mine = kept(services), kept(services, published=False)
    hers = kept(services, owner="bob")
    asked = [mine.id, hers.id, also_mine.id, "nonsense", mine.id]
    answer = ada.patch("/api/images", json={"ids": asked, "set": {"description": "A green hill", "published": True}})
    assert answer.status_code == 200
    assert [(image["id"], image["description"], image["published"]) for image in answer.json()["images"]] == [
        (mine.id, "A green hill", True),
        (also_mine.id, "A green hill", True),
    ]
    assert [(error["id"], error["error"]) for error in answer.json()["errors"]] == [
        (hers.id, "not_yours"),
        ("nonsense", "image_not_found"),
    ]
    assert queue.sent == [{"type": "rescore", "image": mine.id}, {"type": "rescore", "image": also_mine.id}]


def test_a_tag_is_added_to_what_each_has_and_taken_from_it_whatever_its_case(services: Services, ada: Client) -> None:
    bare, tagged = kept(services, tags=()), kept(services, tags=("Sea", "dusk"))
    ids = [bare.id, tagged.id]
    for _ in range(2):  # again changes nothing
        answer = ada.patch("/api/images", json={"ids": ids, "set": {}, "add_tags": ["sea", "boat"]})
        assert [image["tags"] for image in answer.json()["images"]] == [["sea", "boat"], ["Sea", "dusk", "boat"]]
    assert stored(services, tagged).version == tagged.version + 1
    answer = ada.patch("/api/images", json={"ids": ids, "set": {"category": "comics"}, "remove_tags": ["SEA"]})
    assert [(image["tags"], image["category"]) for image in answer.json()["images"]] == [
        (["boat"], "comics"),
        (["dusk", "boat"], "comics"),
    ]
    answer = ada.patch("/api/images", json={"ids": ids, "set": {"tags": ["a"]}, "add_tags": ["B", "boat"], "remove_tags": ["b"]})
    assert answer.json()["images"][0]["tags"] == ["a", "B", "boat"]


def test_a_picture_full_of_tags_takes_no_more_and_does_not_stop_the_others(services: Services, ada: Client) -> None:
    full, free = kept(services, tags=tuple(f"t{n}" for n in range(20))), kept(services, tags=())
    answer = ada.patch("/api/images", json={"ids": [full.id, free.id], "set": {}, "add_tags": ["boat"]})
    assert answer.json()["errors"] == [{"id": full.id, "error": "too_many_tags", "message": "A picture can have 20 tags."}]
    assert [image["id"] for image in answer.json()["images"]] == [free.id]
    assert stored(services, full) == full


def test_changing_many_writes_over_nothing_that_changed_meanwhile(services: Services, ada: Client) -> None:
    image = kept(services, title="Old", tags=("sea",))
    ada.patch(f"/api/images/{image.id}", json={"title": "New", "tags": ["sea", "dusk"]})
    ada.patch("/api/images", json={"ids": [image.id], "set": {"category": "comics"}, "add_tags": ["boat"]})
    now_stored = stored(services, image)
    assert (now_stored.title, now_stored.tags, now_stored.category) == ("New", ("sea", "dusk", "boat"), "comics")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ids": ["0" * 32], "set": {}, "add_tags": ["x" * 41]}, "add_tags"),
        ({"ids": [], "set": {}}, "ids"),
        ({"ids": ["0" * 32] * 101, "set": {}}, "ids"),
        ({"ids": ["0" * 32]}, "set"),
        ({"ids": ["0" * 32], "set": {"title": "x" * 121}}, "set.title"),
        ({"ids": ["x" * 65], "set": {}}, "ids.0"),
        ({"ids": ["0" * 32], "set": {}, "all": True}, "all"),
    ],
)
def test_changing_many_is_checked_like_changing_one(ada: Client, body: dict[str, object], field: str) -> None:
    answer = ada.patch("/api/images", json=body)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, field)


def test_strangers_change_nothing(visitor: Client) -> None:
    assert visitor.patch("/api/images", json={"ids": ["0" * 32], "set": {}}).status_code == 401


# --- The bin ------------------------------------------------------------------------------------------------------


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
