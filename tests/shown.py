"""What each event under events/ is to show when its function runs alone, with the six samples of events/env.json."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

HILLS, SCARF = "86da9ee3b22f5a2da74f403f9e2196ac", "0ebf7c9263ea59fd97eb0749ae7147ec"
SPOILT = "059f36b4-87a3-44ab-83d2-661975110001"  # the message of analysis.json that makes no sense


@dataclass(frozen=True)
class Answer:
    """What a function behind the gateway returned."""

    status: int
    headers: Mapping[str, str]
    body: Any  # JSON where it is JSON, else text

    @staticmethod
    def of(returned: Mapping[str, Any]) -> "Answer":
        text = returned["body"]
        if returned["isBase64Encoded"]:
            text = base64.b64decode(text).decode()
        is_json = returned["headers"].get("content-type", "").startswith("application/json")
        return Answer(returned["statusCode"], returned["headers"], json.loads(text) if text and is_json else text)


Shows = Callable[[Any], bool]


def refused(status: int, code: str) -> Shows:
    return lambda answer: (answer.status, answer.body["error"]) == (status, code)


def of(status: int, holds: Shows) -> Shows:
    return lambda answer: answer.status == status and holds(answer.body)


def listed(count: int, mine: bool) -> Shows:
    return of(200, lambda body: [image["mine"] for image in body["images"]] == [mine] * count)


def found(*titles: str) -> Shows:
    """These are among the likely hits, each saying why it is there."""
    return of(
        200,
        lambda body: (
            set(titles) <= {hit["image"]["title"] for hit in body["hits"] if hit["likely"]}
            and all(any(hit["why"].values()) for hit in body["hits"])
        ),
    )


def image(**expected: Any) -> Shows:
    return of(200, lambda body: {**body, **expected} == body and body["id"] == HILLS)


def verdicts(*expected: str) -> Shows:
    return of(200, lambda body: tuple(score["verdict"] for score in body["scores"]) == expected)


def kept(*messages: str) -> Shows:
    return lambda returned: returned == {"batchItemFailures": [{"itemIdentifier": message} for message in messages]}


def _ticket(answer: Answer) -> bool:
    body = answer.body
    draft = body["image"]
    drafted = draft["status"] == "waiting" and not draft["published"] and draft["description"] == "Rote Boote 🚣"
    return answer.status == 201 and drafted and body["upload"]["fields"]["key"] == f"uploads/{draft['id']}"


SHOWN: Mapping[str, Shows] = {
    "uploads": _ticket,
    "uploads-anonymous": refused(401, "sign_in_required"),
    "uploads-too-large": refused(413, "too_large"),
    "gallery": listed(6, mine=False),
    "gallery-absent": refused(404, "image_not_found"),
    "gallery-categories": of(200, lambda body: {c["id"]: c["count"] for c in body["categories"]}["comics"] == 2),
    "gallery-change": image(title="Hills before breakfast", tags=["mountain", "morning"], mine=True),
    "gallery-change-anonymous": refused(401, "sign_in_required"),
    "gallery-change-many": of(
        200, lambda body: [i["category"] for i in body["images"]] == ["illustrations"] * 2 and body["errors"] == []
    ),
    "gallery-change-stale": refused(409, "image_changed"),
    "gallery-delete": of(204, lambda body: body == ""),
    "gallery-desk": of(200, lambda body: body["total"] == 0 and body["progress"]["done"] == 6),
    "gallery-forged": refused(401, "token_invalid"),
    "gallery-health": of(200, lambda body: (body["status"], body["store"], body["catalog"]) == ("ok", "ok", "ok")),
    "gallery-ids": of(200, lambda body: {i["id"] for i in body["images"]} == {HILLS, SCARF}),
    "gallery-image": image(title="Hills at first light", mine=False, status="ready", analysis="done"),
    "gallery-mine": listed(6, mine=True),
    "gallery-original": of(200, lambda body: body["url"].startswith(f"/store/private?key=uploads%2F{HILLS}&")),
    "gallery-restore": image(title="Hills at first light", mine=True),
    "gallery-retry": image(status="ready", analysis="done"),
    "gallery-shared": of(200, lambda page: "og:image" in page and f"https://gallery.example/?image={HILLS}" in page),
    "captions": of(200, lambda body: body["caption"]["kind"] == "looks" and "red" in body["caption"]["text"]),
    "captions-anonymous": refused(401, "sign_in_required"),
    "captions-broken": refused(422, "corrupt"),
    "captions-image": of(200, lambda body: "lue" in body["caption"]["text"] and body["id"] == HILLS),
    "scores": verdicts("agrees", "disagrees"),
    "scores-anonymous": refused(401, "sign_in_required"),
    "scores-image": verdicts("agrees", "disagrees"),
    "search": found("Hills at first light"),
    "search-colour": found("Hills at first light", "Lift-off"),
    "search-nothing": of(200, lambda body: body["hits"] == []),
    "search-picture": of(200, lambda body: len(body["hits"]) == 6 and body["mode"] == "meaning+words"),
    "search-picture-anonymous": refused(401, "sign_in_required"),
    "search-similar": of(200, lambda body: len(body["hits"]) == 5 and HILLS not in {hit["image"]["id"] for hit in body["hits"]}),
    "analysis": kept(SPOILT),
    "analysis-rescore": kept(),
    "analysis-test-event": kept(),
    "upkeep": lambda returned: returned == {},
}
