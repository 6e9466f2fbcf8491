"""Reading the gallery over HTTP: who sees what, lists, single images, originals, categories, the desk, health, shared links."""

import json

import pytest

from sightsync.images import Image, Status, Suggested, now
from sightsync.services import Services
from tests.conftest import Client
from tests.fakes import MemoryStore
from tests.records import an_image


def kept(services: Services, **changes: object) -> Image:
    return services.catalog.put(an_image(**{"owner": "ada", **changes}), 0)


def ids(answer: object) -> list[str]:
    return [image["id"] for image in answer.json()["images"]]


# --- The wall -----------------------------------------------------------------------------------------------------


def test_the_wall_holds_published_ready_pictures_newest_first(services: Services, visitor: Client) -> None:
    old, new = kept(services), kept(services)
    kept(services, published=False)
    kept(services, status=Status.PROCESSING)
    kept(services, deleted_at=now())
    answer = visitor.get("/api/images")
    assert answer.status_code == 200
    assert ids(answer) == [new.id, old.id]
    assert answer.json()["next_cursor"] is None


def test_the_wall_is_the_same_for_owners_and_their_drafts_are_apart(services: Services, ada: Client, bob: Client) -> None:
    shown, draft = kept(services), kept(services, published=False)
    assert ids(ada.get("/api/images")) == [shown.id]
    assert set(ids(ada.get("/api/images?owner=me"))) == {shown.id, draft.id}
    assert set(ids(ada.get("/api/images?owner=ada"))) == {shown.id, draft.id}
    assert ids(bob.get("/api/images?owner=ada")) == [shown.id]
    assert ids(bob.get("/api/images?owner=me")) == []


def test_owners_see_their_own_in_any_state_but_not_in_the_bin(services: Services, ada: Client) -> None:
    states = [kept(services, status=status).id for status in Status]
    kept(services, deleted_at=now())
    assert set(ids(ada.get("/api/images?owner=me"))) == set(states)


@pytest.mark.parametrize("query", ["owner=me", "check=drafts", "owner=me&check=failed"])
def test_nobody_in_particular_has_no_own_pictures(visitor: Client, query: str) -> None:
    answer = visitor.get(f"/api/images?{query}")
    assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_required")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_what_waits_on_a_desk_is_nobody_elses_business(services: Services, bob: Client) -> None:
    answer = bob.get("/api/images?owner=ada&check=failed")
    assert (answer.status_code, answer.json()["error"]) == (403, "not_yours")


def test_pages_follow_each_other_to_the_end(services: Services, visitor: Client) -> None:
    made = [kept(services).id for _ in range(7)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = visitor.get("/api/images", params={"limit": 3, **({"cursor": cursor} if cursor else {})})
        seen += ids(page)
        cursor = page.json()["next_cursor"]
    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "é", "!!!!", "W10", "A" * 1024, "\x00"])
def test_a_made_up_cursor_is_refused_by_name(visitor: Client, cursor: str) -> None:
    answer = visitor.get("/api/images", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_cursor")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=many",
        "sort=best",
        "check=drunk",
        "seed=-1",
        "category=Ünknown",
        "seed=99999999999",
        "cursor=" + "A" * 1025,
    ],
)
def test_a_list_asked_for_wrongly_says_which_field(visitor: Client, query: str) -> None:
    answer = visitor.get(f"/api/images?{query}")
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert answer.json()["details"][0]["field"] == query.partition("=")[0]


def test_lists_can_be_narrowed_and_ordered(services: Services, visitor: Client) -> None:
    comic, plain = kept(services, category="comics"), kept(services, category="uncategorised")
    assert ids(visitor.get("/api/images?category=comics")) == [comic.id]
    assert ids(visitor.get("/api/images?category=uncategorised")) == [plain.id]
    assert ids(visitor.get("/api/images?category=gone")) == []
    assert ids(visitor.get("/api/images?sort=oldest")) == [comic.id, plain.id]
    shuffled = ids(visitor.get("/api/images?sort=shuffle&seed=7"))
    assert sorted(shuffled) == sorted([comic.id, plain.id])
    assert ids(visitor.get("/api/images?sort=shuffle&seed=7")) == shuffled


def test_pictures_can_be_asked_for_by_id_in_any_order(services: Services, visitor: Client, ada: Client) -> None:
    first, second = kept(services), kept(services)
    draft = kept(services, published=False).with_step("received", "ok")
    draft = services.catalog.put(draft, draft.version)
    asked = f"{second.id},{draft.id},{'0' * 32},nonsense,{first.id},{second.id}"
    assert ids(visitor.get(f"/api/images?ids={asked}")) == [second.id, first.id]
    own = ada.get(f"/api/images?ids={asked}")
    assert ids(own) == [second.id, draft.id, first.id]
    assert [step["name"] for step in own.json()["images"][1]["steps"]] == ["received"]
    assert ids(visitor.get("/api/images", params={"ids": [first.id, second.id]})) == [first.id, second.id]
    assert ids(visitor.get("/api/images?ids=")) == []


def test_more_than_a_hundred_ids_are_refused(visitor: Client) -> None:
    answer = visitor.get("/api/images?ids=" + ",".join("0" * 32 for _ in range(101)))
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, "ids")


# --- One image ----------------------------------------------------------------------------------------------------


def test_an_image_is_told_to_its_owner_in_full(services: Services, ada: Client) -> None:
    image = kept(services, suggested=Suggested(category="comics"), published=False).with_step("received", "ok", 3)
    image = services.catalog.put(image, image.version)
    answer = ada.get(f"/api/images/{image.id}")
    told = answer.json()
    assert told["mine"] is True
    assert told["sha256"] == image.sha256
    assert told["filename"] == "harbour.jpg"
    assert told["suggested"] == {"category": "comics", "tags": []}
    assert told["steps"][0] | {"at": None} == {"name": "received", "outcome": "ok", "ms": 3, "reason": None, "at": None}
    assert told["derivatives"]["thumb"] == f"/{image.derivatives['thumb']}"
    assert told["created_at"].endswith("Z")
    assert answer.headers["etag"] == f'"{image.version}"'
    assert answer.headers["cache-control"] == "no-store"


def test_other_people_are_told_nothing_private(services: Services, visitor: Client, bob: Client) -> None:
    private = kept(
        services,
        checks=("near_duplicate",),
        reviewed=True,
        duplicate_of="0" * 32,
        suggested=Suggested(category="comics"),
        filename="my-secret-holiday.jpg",
    ).with_step("received", "ok")
    image = services.catalog.put(private, private.version)
    for people in (visitor, bob):
        told = people.get(f"/api/images/{image.id}").json()
        assert {name: told[name] for name in ("mine", "checks", "steps", "sha256", "filename", "reviewed", "suggested")} == {
            "mine": False,
            "checks": [],
            "steps": [],
            "sha256": None,
            "filename": "",
            "reviewed": False,
            "suggested": None,
        }
        assert told["duplicate_of"] is told["deleted_at"] is told["reason"] is None
        for secret in (image.key, image.etag, image.dhash, image.sha256, "secret"):
            assert secret not in json.dumps(told)


@pytest.mark.parametrize(
    "state", [{"published": False}, {"status": Status.PROCESSING}, {"status": Status.REJECTED}, {"deleted_at": now()}]
)
def test_what_is_not_public_does_not_exist_for_others(
    services: Services, visitor: Client, bob: Client, state: dict[str, object]
) -> None:
    image = kept(services, **state)
    for people in (visitor, bob):
        answer = people.get(f"/api/images/{image.id}")
        assert (answer.status_code, answer.json()["error"]) == (404, "image_not_found")


def test_what_is_in_the_bin_is_gone_for_its_owner_as_well(services: Services, ada: Client) -> None:
    assert ada.get(f"/api/images/{kept(services, deleted_at=now()).id}").status_code == 404


@pytest.mark.parametrize("image_id", ["0" * 32, "x", "%00", "..%2f..", "a" * 5000, "%F0%9F%90%88", "'%20OR%201=1"])
def test_an_id_that_is_none_is_not_found(visitor: Client, image_id: str) -> None:
    assert visitor.get(f"/api/images/{image_id}").status_code == 404


def test_why_a_file_was_refused_is_said_in_a_sentence(services: Services, ada: Client) -> None:
    image = kept(services, status=Status.REJECTED, reason="svg_refused", published=False)
    told = ada.get(f"/api/images/{image.id}").json()
    assert (told["reason"], told["message"]) == (
        "svg_refused",
        "SVG files can carry scripts, so they are not accepted. Export it as PNG and add that.",
    )


def test_anonymous_answers_may_be_cached_for_a_moment_and_never_mixed_up_with_others(services: Services, visitor: Client) -> None:
    answer = visitor.get(f"/api/images/{kept(services).id}")
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert answer.headers["vary"] == "Authorization"


# --- Originals ----------------------------------------------------------------------------------------------------


def test_an_owner_is_led_to_the_original(services: Services, store: MemoryStore, ada: Client) -> None:
    image = kept(services)
    store.write(image.key, b"original")
    answer = ada.get(f"/api/images/{image.id}/original")
    assert answer.status_code == 307
    assert answer.headers["location"] == store.private_url(image.key, image.filename)
    assert answer.headers["cache-control"] == "no-store"


def test_a_page_that_brings_a_token_is_given_the_link_itself(services: Services, store: MemoryStore, ada: Client) -> None:
    image = kept(services)
    store.write(image.key, b"original")
    answer = ada.get(f"/api/images/{image.id}/original", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()) == (200, {"url": f"/store/private/{image.key}?signed"})
    assert answer.headers["cache-control"] == "no-store"


def test_originals_are_for_owners_alone(services: Services, store: MemoryStore, visitor: Client, bob: Client) -> None:
    image, draft = kept(services), kept(services, published=False)
    assert visitor.get(f"/api/images/{image.id}/original").status_code == 401
    assert bob.get(f"/api/images/{image.id}/original").json()["error"] == "not_yours"
    assert bob.get(f"/api/images/{draft.id}/original").status_code == 404


def test_an_original_that_never_came_is_not_found(services: Services, ada: Client) -> None:
    answer = ada.get(f"/api/images/{kept(services, status=Status.WAITING).id}/original")
    assert (answer.status_code, answer.json()["error"]) == (404, "original_not_found")


# --- Categories, desk, health -------------------------------------------------------------------------------------


def test_categories_count_the_wall_and_show_their_newest(services: Services, visitor: Client) -> None:
    comics = [kept(services, category="comics") for _ in range(4)]
    kept(services, category="comics", published=False)
    kept(services, category="uncategorised", derivatives={})
    told = visitor.get("/api/categories").json()
    assert told["total"] == 5
    by_id = {category["id"]: category for category in told["categories"]}
    assert list(by_id) == ["portraits", "illustrations", "comics", "uncategorised"]
    assert by_id["comics"]["count"] == 4
    assert by_id["comics"]["covers"] == [f"/{image.derivatives['thumb']}" for image in reversed(comics[1:])]
    assert by_id["uncategorised"] == {"id": "uncategorised", "name": "Uncategorised", "count": 1, "covers": []}
    assert by_id["portraits"]["count"] == 0


def test_the_desk_counts_what_waits_and_lists_the_same(services: Services, ada: Client, bob: Client) -> None:
    for checks in (("words_disagree", "near_duplicate"), ("no_words",), ("uncategorised", "no_words"), ("failed",)):
        kept(services, checks=checks)
    kept(services, published=False)
    kept(services, published=False, status=Status.REJECTED)
    kept(services, published=False, status=Status.WAITING)
    kept(services, checks=("failed",), deleted_at=now())
    counts = ada.get("/api/desk").json()
    del counts["progress"]
    assert counts == {
        "drafts": 1,
        "words_disagree": 1,
        "no_words": 2,
        "uncategorised": 1,
        "near_duplicate": 1,
        "failed": 1,
        "total": 5,
    }
    for check, count in counts.items():
        if check != "total":
            assert len(ids(ada.get(f"/api/images?check={check}"))) == count, check
    assert bob.get("/api/desk").json()["total"] == 0


def test_a_desk_belongs_to_somebody(visitor: Client) -> None:
    assert visitor.get("/api/desk").status_code == 401


def test_health_names_what_is_down_and_still_answers(store: MemoryStore, visitor: Client) -> None:
    well = visitor.get("/api/health").json()
    assert (well["status"], well["store"], well["catalog"]) == ("ok", "ok", "ok")
    assert well["vision"]["state"] == "ready"
    store.away = True
    ill = visitor.get("/api/health")
    assert ill.status_code == 200
    assert (ill.json()["status"], ill.json()["store"]) == ("degraded", "down")


# --- Shared links -------------------------------------------------------------------------------------------------


def test_a_shared_link_carries_a_preview_with_everything_escaped(services: Services, visitor: Client) -> None:
    image = kept(services, title='"><script>alert(1)</script>', description="boats & 'nets' <b>\nat dusk")
    page = visitor.get(f"/p/{image.id}")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "<script>" not in page.text
    assert '<meta property="og:title" content="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">' in page.text
    assert "boats &amp; &#x27;nets&#x27; &lt;b&gt;" in page.text
    assert f'content="http://testserver/{image.derivatives["display"]}"' in page.text
    assert f'content="0; url=http://testserver/?image={image.id}"' in page.text


def test_a_preview_shows_title_words_and_a_picture_of_known_size(services: Services, visitor: Client) -> None:
    image = kept(services, title="Harbour", description="Red boats at dusk", width=4000, height=3000)
    page = visitor.get(f"/p/{image.id}").text
    for tag in (
        '<meta property="og:title" content="Harbour">',
        '<meta property="og:description" content="Red boats at dusk">',
        f'<meta property="og:url" content="http://testserver/p/{image.id}">',
        f'<meta property="og:image" content="http://testserver/{image.derivatives["display"]}">',
        '<meta property="og:image:width" content="1920">',
        '<meta property="og:image:height" content="1440">',
        '<meta property="og:image:alt" content="Red boats at dusk">',
        '<meta name="twitter:card" content="summary_large_image">',
        f'<link rel="canonical" href="http://testserver/?image={image.id}">',
    ):
        assert tag in page


def test_a_preview_of_a_picture_without_words_and_sizes_promises_neither(services: Services, visitor: Client) -> None:
    image = kept(services, title="", description="", caption=None, width=None, height=None)
    page = visitor.get(f"/p/{image.id}").text
    assert "og:description" not in page
    assert "og:image:width" not in page
    assert "og:image" in page


@pytest.mark.parametrize("state", [{"published": False}, {"status": Status.FAILED}, {"deleted_at": now()}])
def test_a_shared_link_to_what_is_not_public_says_not_found_even_to_its_owner(
    services: Services, ada: Client, state: dict[str, object]
) -> None:
    image = kept(services, **state)
    page = ada.get(f"/p/{image.id}")
    assert page.status_code == 404
    assert image.title not in page.text
    assert "not for everybody" in page.text
