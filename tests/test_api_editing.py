"""What owners do to their images over HTTP: words, versions, and what others may not."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sightsync.desk import CHECKS
from sightsync.images import Image, Match, Status, now
from sightsync.ports import Catalog
from sightsync.services import Services
from tests.conftest import Client
from tests.fakes import MemoryQueue
from tests.owned import kept, stored

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
