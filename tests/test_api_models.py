"""The routes that ask the model, over HTTP: captions, scores, search. With palette, or a model that is told what to say."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fastapi import APIRouter

from sightsync.decoder import decoder
from sightsync.errors import REJECTIONS, VisionUnavailable
from sightsync.images import MAX_BYTES, Caption, Image, Status, now
from sightsync.ports import Picture, VisionError
from sightsync.services import Services
from sightsync.web import MAX_PICTURE, make_app, parts
from tests import pictures
from tests.conftest import Client
from tests.fakes import AWAKE, FakeVision, MemoryQueue, MemoryStore, asleep
from tests.records import an_image

RED = pictures.jpeg(64, 48, "#d01818")


def unit(*values: float) -> Any:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def kept(services: Services, store: MemoryStore, data: bytes = RED, **changes: object) -> Image:
    """Ada's image as analysis leaves it, with the palette's vector."""
    image = an_image(**{"owner": "ada", **changes})
    image = image.but(etag=store.write(image.key, data).etag)
    image = image.but(read_etag=image.etag, read_space="palette@1")
    pixels = decoder().open(data)
    reading = services.vision.read([Picture(pixels.model_input, pixels.width, pixels.height)], [()], ("caption", "vectors"))[0]
    assert not isinstance(reading, VisionError)
    return services.catalog.put(image, 0, {reading.space: {"image": reading.image_vector}})


def with_vision(services: Services, routers: list[APIRouter], vision: FakeVision, user: str | None = "ada") -> Client:
    app = make_app(*routers)
    app.dependency_overrides[parts] = lambda: replace(services, vision=vision)
    return Client(app, routers, user)


# --- Captions -----------------------------------------------------------------------------------------------------


def test_any_picture_gets_words_and_leaves_no_trace(services: Services, store: MemoryStore, ada: Client) -> None:
    answer = ada.post("/api/captions", content=RED, headers={"content-type": "image/jpeg"})
    assert answer.status_code == 200
    caption = answer.json()["caption"]
    assert "red" in caption["text"].lower()
    assert caption["kind"] == "looks"
    assert store.objects == {}
    assert ada.get("/api/images?owner=me").json()["images"] == []


@pytest.mark.parametrize("declared", [None, "application/json", "text/plain", "nonsense"])
def test_a_picture_is_known_by_its_content_not_by_its_type(ada: Client, declared: str | None) -> None:
    headers = {"content-type": declared} if declared else {}
    assert ada.post("/api/captions", content=pictures.png(), headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/api/captions", "/api/search"])
def test_files_that_are_no_pictures_are_refused_in_a_sentence(ada: Client, path: str) -> None:
    for data, code in (
        (b"hello", "not_an_image"),
        (pictures.svgs()[0], "svg_refused"),
        (pictures.bomb_header(), "too_many_pixels"),
    ):
        answer = ada.post(path, content=data)
        assert (answer.status_code, answer.json()["error"], answer.json()["message"]) == (422, code, REJECTIONS[code])


@pytest.mark.parametrize("path", ["/api/captions", "/api/search"])
def test_a_picture_in_a_request_is_there_and_at_most_4_mb(ada: Client, path: str) -> None:
    assert ada.post(path).json()["error"] == "no_picture"
    answer = ada.post(path, content=b"x" * (MAX_PICTURE + 1))
    assert (answer.status_code, answer.json()["error"], answer.json()["details"]) == (413, "too_large", {"max_bytes": MAX_PICTURE})
    streamed = ada.post(path, content=(b"x" * 100_000 for _ in range(60)))  # of no declared length
    assert (streamed.status_code, streamed.json()["error"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/captions"),
        ("POST", "/api/scores"),
        ("POST", "/api/search"),
        ("POST", "/api/images/{id}/caption"),
        ("POST", "/api/images/{id}/scores"),
    ],
)
def test_what_spends_on_models_needs_somebody(
    services: Services, store: MemoryStore, routers: list[APIRouter], method: str, path: str
) -> None:
    vision = FakeVision()
    image = kept(services, store)
    body = {"json": {"texts": ["a"]}} if path.endswith("scores") and "{id}" in path else {"content": RED}
    if path == "/api/scores":
        body = {"data": {"texts": "a"}, "files": {"file": RED}}
    answer = with_vision(services, routers, vision, None).request(method, path.format(id=image.id), **body)
    assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_required")
    assert vision.calls == []


def test_an_image_is_captioned_anew_with_the_vector_of_the_new_words(
    services: Services, store: MemoryStore, queue: MemoryQueue, routers: list[APIRouter]
) -> None:
    image = kept(services, store, read_words="of the words as they are")
    vision = FakeVision(say=lambda picture: "two boats", vector=lambda thing: unit(1, 2, 3) if thing == "two boats" else None)
    answer = with_vision(services, routers, vision).post(f"/api/images/{image.id}/caption")
    told = answer.json()
    assert told["caption"] == {"text": "two boats", "model": "fake-captions", "kind": "caption"}
    assert told["version"] == image.version + 1
    assert answer.headers["etag"] == f'"{told["version"]}"'
    vectors = services.catalog.vectors([image.id], "fake@1")[image.id]
    assert np.allclose(vectors["caption"], unit(1, 2, 3), atol=1e-6)
    assert queue.sent == [{"type": "rescore", "image": image.id}]  # the owner's words have a new caption beside them


def test_only_owners_have_their_images_captioned(services: Services, store: MemoryStore, bob: Client, ada: Client) -> None:
    image = kept(services, store)
    assert bob.post(f"/api/images/{image.id}/caption").json()["error"] == "not_yours"
    assert ada.post(f"/api/images/{'0' * 32}/caption").status_code == 404


@pytest.mark.parametrize("status", [Status.WAITING, Status.PROCESSING, Status.REJECTED, Status.FAILED])
@pytest.mark.parametrize("path", ["caption", "scores"])
def test_a_picture_that_is_not_ready_has_nothing_to_be_read(
    services: Services, store: MemoryStore, ada: Client, status: Status, path: str
) -> None:
    image = kept(services, store, status=status)
    answer = ada.post(f"/api/images/{image.id}/{path}", json={"texts": ["a"]})
    assert (answer.status_code, answer.json()["error"]) == (409, "not_ready")


def test_a_caption_for_what_was_deleted_meanwhile_is_dropped(
    services: Services, store: MemoryStore, routers: list[APIRouter]
) -> None:
    image = kept(services, store)

    def deleting(picture: Picture) -> str:
        services.catalog.put(image.but(deleted_at=now()), image.version)
        return "too late"

    answer = with_vision(services, routers, FakeVision(say=deleting)).post(f"/api/images/{image.id}/caption")
    assert (answer.status_code, answer.json()["error"]) == (409, "picture_changed")


def test_a_sleeping_model_is_said_to_be(services: Services, routers: list[APIRouter]) -> None:
    answer = with_vision(services, routers, FakeVision(fail=asleep())).post("/api/captions", content=RED)
    assert (answer.status_code, answer.json()["error"]) == (503, "vision_asleep")
    assert answer.headers["retry-after"]


def test_people_are_told_when_to_ask_a_sleeping_model_again(services: Services, routers: list[APIRouter]) -> None:
    waking = VisionUnavailable("The model was asleep and is waking.", code="vision_asleep", retry_after_s=41.2)
    ada = with_vision(services, routers, FakeVision(fail=waking))
    for answer in (ada.post("/api/captions", content=RED), ada.post("/api/scores", data={"texts": "a"}, files={"file": RED})):
        assert (answer.status_code, answer.json()["error"], answer.headers["retry-after"]) == (503, "vision_asleep", "42")
        assert answer.json()["message"] == "The model was asleep and is waking."


def test_a_model_that_fails_on_one_picture_or_has_no_words_is_unavailable(services: Services, routers: list[APIRouter]) -> None:
    for vision in (FakeVision(errors={0: VisionError("out_of_memory", "…")}), FakeVision(say=lambda picture: None)):
        answer = with_vision(services, routers, vision).post("/api/captions", content=RED)
        assert (answer.status_code, answer.json()["error"]) == (503, "vision_unavailable")


# --- Scores -------------------------------------------------------------------------------------------------------


def test_texts_are_matched_with_any_picture_in_order(services: Services, store: MemoryStore, ada: Client) -> None:
    texts = ["a red thing", "a green thing", "a thing", ""]
    answer = ada.post("/api/scores", data={"texts": texts}, files={"file": ("a.jpg", RED, "image/jpeg")})
    assert answer.status_code == 200
    assert [match["verdict"] for match in answer.json()["scores"]] == ["agrees", "disagrees", "unknown", "unknown"]
    assert answer.json()["scores"][0]["evidence"][0]["text"] == "red"
    assert answer.json()["scores"][2]["reason"] == "no_vector"
    assert store.objects == {}


def test_words_being_written_are_matched_with_a_stored_picture(services: Services, store: MemoryStore, ada: Client) -> None:
    image = kept(services, store, published=False)
    del store.objects[image.key]  # its vector is enough
    answer = ada.post(f"/api/images/{image.id}/scores", json={"texts": ["a red thing", "a green thing", "who knows"]})
    assert [match["verdict"] for match in answer.json()["scores"]] == ["agrees", "disagrees", "unknown"]
    assert answer.json()["scores"][0]["evidence"][0]["text"] == "red"
    assert services.catalog.get(image.id) == image


def test_stored_and_sent_pictures_are_matched_alike(services: Services, store: MemoryStore, ada: Client) -> None:
    image = kept(services, store)
    texts = ["a red thing", "a dark blue thing", "warm light"]
    stored = ada.post(f"/api/images/{image.id}/scores", json={"texts": texts}).json()
    sent = ada.post("/api/scores", data={"texts": texts}, files={"file": RED}).json()
    assert [match["verdict"] for match in stored["scores"]] == [match["verdict"] for match in sent["scores"]]
    assert [match["evidence"] for match in stored["scores"]] == [match["evidence"] for match in sent["scores"]]


def test_without_a_stored_vector_the_picture_itself_is_read(services: Services, store: MemoryStore, ada: Client) -> None:
    image = kept(services, store)
    services.catalog.put(image.but(read_etag="of another file"), image.version)
    answer = ada.post(f"/api/images/{image.id}/scores", json={"texts": ["a red thing"]})
    assert answer.json()["scores"][0]["verdict"] == "agrees"
    del store.objects[image.key]
    assert ada.post(f"/api/images/{image.id}/scores", json={"texts": ["a"]}).json()["error"] == "not_ready"


def test_drafts_of_others_are_not_matched(services: Services, store: MemoryStore, bob: Client) -> None:
    draft, shown = kept(services, store, published=False), kept(services, store)
    assert bob.post(f"/api/images/{draft.id}/scores", json={"texts": ["a"]}).status_code == 404
    assert bob.post(f"/api/images/{shown.id}/scores", json={"texts": ["red"]}).status_code == 200


@pytest.mark.parametrize("texts", [[], ["a"] * 21, ["x" * 1001], "a", [1], None])
def test_texts_to_match_are_one_to_twenty(services: Services, store: MemoryStore, ada: Client, texts: object) -> None:
    answer = ada.post(f"/api/images/{'0' * 32}/scores", json={"texts": texts})
    assert (answer.status_code, answer.json()["details"][0]["field"].split(".")[0]) == (422, "texts")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"data": {"texts": ["a"] * 21}, "files": {"file": RED}}, 422),
        ({"data": {"texts": "x" * 1001}, "files": {"file": RED}}, 422),
        ({"files": {"file": RED}}, 422),
        ({"data": {"texts": "a"}}, 422),
        ({"data": {"texts": "a"}, "files": {"file": b""}}, 400),
        ({"data": {"texts": "a"}, "files": {"file": b"x" * (MAX_PICTURE + 1)}}, 413),
        ({"data": {"texts": "a"}, "files": {"file": b"x" * MAX_BYTES}}, 413),
        ({"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 422),
        ({"content": b"", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"json": {"texts": ["a"]}}, 422),
    ],
)
def test_a_form_that_is_not_as_it_should_be_is_refused(ada: Client, form: dict[str, Any], status: int) -> None:
    assert ada.post("/api/scores", **form).status_code == status


# --- Search -------------------------------------------------------------------------------------------------------


def test_a_search_says_how_it_searched_and_why_each_hit_is_one(
    services: Services, store: MemoryStore, visitor: Client, ada: Client
) -> None:
    boats = kept(services, store, description="Two boats at dusk", filename="secret.jpg")
    kept(services, store, description="Boats nobody may see", published=False)
    for people, mine in ((visitor, False), (ada, True)):
        found = people.get("/api/search", params={"q": "boats"}).json()
        hit = next(hit for hit in found["hits"] if hit["image"]["id"] == boats.id)
        assert hit["likely"] is True
        assert [word.lower() for word in hit["why"]["words"]["highlights"]] == ["boats"]
        assert (hit["image"]["mine"], hit["image"]["filename"]) == (mine, "secret.jpg" if mine else "")
        assert found["mode"] in ("words", "meaning+words")
    assert [hit["image"]["id"] for hit in visitor.get("/api/search?q=boats").json()["hits"]] == [boats.id]


def test_a_search_that_is_still_being_typed_asks_no_costly_model(
    services: Services, store: MemoryStore, routers: list[APIRouter]
) -> None:
    vision = FakeVision(vector=lambda _: unit(1, 0), state=replace(AWAKE, costly=True))
    ada = with_vision(services, routers, vision)
    typed = ada.get("/api/search", params={"q": "boa", "typing": "true"}).json()
    assert (typed["mode"], typed["reason"], vision.calls) == ("words", "typing", [])
    assert ada.get("/api/search", params={"q": "boats"}).json()["mode"] == "meaning+words"


def test_a_search_by_colour_finds_the_palette(services: Services, store: MemoryStore, visitor: Client) -> None:
    image = kept(services, store)
    found = visitor.get("/api/search", params={"q": "colour:red"}).json()
    assert [hit["image"]["id"] for hit in found["hits"]] == [image.id]
    assert found["hits"][0]["why"]["colour"]["share"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    "q", ["", '"', "-", "^", "category:", 'x"y"-z^9 -"', "colour:#zzz", "similar:" + "0" * 32, "() OR * NEAR/3", "🦄 " * 50]
)
def test_nothing_that_can_be_typed_breaks_a_search(services: Services, store: MemoryStore, visitor: Client, q: str) -> None:
    kept(services, store)
    assert visitor.get("/api/search", params={"q": q}).status_code in (200, 404)


@pytest.mark.parametrize("query", ["q=" + "x" * 401, "limit=0", "limit=101", "category=NO!", "cursor=" + "A" * 8193])
def test_a_search_asked_for_wrongly_says_which_field(visitor: Client, query: str) -> None:
    answer = visitor.get(f"/api/search?{query}")
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, query.partition("=")[0])


@pytest.mark.parametrize("cursor", ["x", "e30", "A" * 500, "é"])
def test_a_made_up_cursor_is_refused(services: Services, store: MemoryStore, ada: Client, cursor: str) -> None:
    image = kept(services, store)
    for answer in (
        ada.get("/api/search", params={"q": "a", "cursor": cursor}),
        ada.get(f"/api/images/{image.id}/similar", params={"cursor": cursor}),
        ada.post("/api/search", params={"cursor": cursor}, content=RED),
    ):
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_cursor")


def test_a_picture_finds_its_like(services: Services, store: MemoryStore, ada: Client) -> None:
    red = kept(services, store)
    kept(services, store, pictures.jpeg(64, 48, "#1030c0"))
    found = ada.post("/api/search", content=pictures.jpeg(80, 60, "#c81414")).json()
    assert found["hits"][0]["image"]["id"] == red.id
    assert found["hits"][0]["why"]["meaning"]["against"] == "image"


def test_more_like_this_is_for_everybody_and_leaves_itself_out(services: Services, store: MemoryStore, visitor: Client) -> None:
    image, like = kept(services, store), kept(services, store)
    draft = kept(services, store, published=False)
    found = visitor.get(f"/api/images/{image.id}/similar").json()
    assert [hit["image"]["id"] for hit in found["hits"]] == [like.id]
    assert visitor.get(f"/api/images/{draft.id}/similar").status_code == 404
    assert visitor.get("/api/images/nonsense/similar").status_code == 404


def test_a_looks_caption_is_stored_as_one(services: Services, store: MemoryStore, ada: Client) -> None:
    image = kept(services, store, caption=Caption(text="old", model="gone@0", kind="caption"))
    told = ada.post(f"/api/images/{image.id}/caption").json()
    assert (told["caption"]["kind"], told["caption"]["text"] != "old") == ("looks", True)
