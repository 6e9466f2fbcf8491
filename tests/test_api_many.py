"""Many images changed by one request."""

import pytest

from sightsync.services import Services
from tests.conftest import Client
from tests.fakes import MemoryQueue
from tests.owned import kept, stored


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
