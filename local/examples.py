"""An example of every answer of the API, for its description; tests hold each against the shape that it is an example of."""

from typing import Any

IMAGE: dict[str, Any] = {
    "id": "9f1c2f0a4b7d4e0e8a53c1de6a2b7c11",
    "version": 7,
    "owner": "local",
    "mine": True,
    "status": "ready",
    "analysis": "done",
    "reason": None,
    "message": None,
    "duplicate_of": None,
    "near_duplicate_of": None,
    "published": True,
    "filename": "harbour.jpg",
    "title": "Harbour",
    "credit": "Ada, 2024",
    "description": "Red boats in the harbour at dusk",
    "category": "illustrations",
    "tags": ["boats", "evening"],
    "content_type": "image/jpeg",
    "bytes": 483210,
    "width": 1600,
    "height": 1200,
    "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "caption": {"text": "red and warm, dark", "model": "palette@1", "kind": "looks"},
    "match": {
        "verdict": "agrees",
        "score": 88.1,
        "z": 2.2,
        "caption_z": None,
        "reason": None,
        "evidence": [{"text": "Red", "verdict": "agrees", "says": "red: 31 % of this picture"}],
        "space": "palette@1",
    },
    "suggested": None,
    "palette": [{"hex": "#b4382f", "name": "red", "share": 0.31}],
    "placeholder": "HBkSHYSIeHiPiHh8eJd4eTN0EEQG",
    "derivatives": {
        "thumb": "/media/9f1c2f0a4b7d4e0e8a53c1de6a2b7c11/0b4e7a5d2f66c1a9/thumb.jpg",
        "row": "/media/9f1c2f0a4b7d4e0e8a53c1de6a2b7c11/0b4e7a5d2f66c1a9/row.jpg",
        "display": "/media/9f1c2f0a4b7d4e0e8a53c1de6a2b7c11/0b4e7a5d2f66c1a9/display.jpg",
    },
    "checks": [],
    "reviewed": True,
    "sample": False,
    "steps": [{"name": "received", "outcome": "ok", "ms": 3, "reason": None, "at": "2026-05-04T12:00:00Z"}],
    "created_at": "2026-05-04T12:00:00Z",
    "updated_at": "2026-05-04T12:00:03.25Z",
    "deleted_at": None,
}

_DRAFT = IMAGE | {
    "version": 1,
    "status": "waiting",
    "analysis": "pending",
    "published": False,
    "width": None,
    "height": None,
    "sha256": None,
    "caption": None,
    "match": None,
    "palette": [],
    "placeholder": None,
    "derivatives": {},
    "reviewed": False,
    "steps": [],
    "updated_at": IMAGE["created_at"],
}
_LISTED = IMAGE | {"steps": []}

EXAMPLES: dict[str, Any] = {  # by the name of the shape
    "Image": IMAGE,
    "ImageList": {"images": [_LISTED], "next_cursor": "WyJuZXdlc3QiLDE3OTU0MDY5NTU1Mzc4MDRd"},
    "Upload": {
        "image": _DRAFT,
        "upload": {
            "url": "/store",
            "fields": {
                "key": "uploads/9f1c2f0a4b7d4e0e8a53c1de6a2b7c11",
                "Content-Type": "image/jpeg",
                "policy": "eyJleHBpcmF0aW9uIjogIjIwMjYt…",
                "x-amz-signature": "9fb9d064deb9214284ea85cabf93…",
            },
        },
        "expires_at": "2026-05-04T13:00:00Z",
    },
    "Duplicate": {"image": _LISTED, "duplicate": True},
    "ManyChanges": {"ids": [IMAGE["id"]], "set": {"published": True}, "add_tags": ["harbour"]},
    "EditedImages": {
        "images": [_LISTED],
        "errors": [{"id": "abc", "error": "image_not_found", "message": "No image abc."}],
    },
    "OriginalLink": {
        "url": "/store/private?key=uploads%2F9f1c2f0a4b7d4e0e8a53c1de6a2b7c11&filename=harbour.jpg&expires=…&signature=…"
    },
    "CategoryList": {
        "categories": [
            {"id": "illustrations", "name": "General Illustrations", "count": 1, "covers": [IMAGE["derivatives"]["thumb"]]}
        ],
        "total": 1,
    },
    "Desk": {
        "drafts": 2,
        "words_disagree": 1,
        "no_words": 1,
        "uncategorised": 0,
        "near_duplicate": 0,
        "failed": 0,
        "total": 3,
        "progress": {"waiting": 12, "done": 88, "rejected": 1, "failed": 0, "queued": 10, "per_minute": 45.0, "seconds_left": 16},
    },
    "Health": {
        "status": "ok",
        "version": "0.1.0",
        "store": "ok",
        "catalog": "ok",
        "vision": {
            "name": "Colour and light",
            "state": "ready",
            "can": ["caption", "match", "search"],
            "last_wake_s": None,
            "message": None,
        },
    },
    "CaptionResult": {"caption": IMAGE["caption"]},
    "Scores": {"scores": [IMAGE["match"]]},
    "Search": {
        "mode": "meaning+words",
        "reason": None,
        "query": {
            "text": "boats",
            "parts": [{"kind": "word", "text": "boats", "weight": 1.0, "negated": False, "typed": "boats"}],
        },
        "fits": True,
        "hits": [
            {
                "image": _LISTED,
                "likely": True,
                "why": {
                    "sentence": "Its words say “boats”.",
                    "meaning": None,
                    "words": {"rank": 1, "highlights": ["boats"]},
                    "colour": None,
                },
                "like": None,
            }
        ],
        "next_cursor": None,
    },
}
