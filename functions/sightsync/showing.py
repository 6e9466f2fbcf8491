"""What of a record each person may see, as plain dicts in the shape of the API. Built by hand: a page holds a hundred."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sightsync.images import MAX_PAGE, Caption, Image, Match, Step, Suggested
from sightsync.ports import ImageStore

if TYPE_CHECKING:  # a gallery page does not search
    from sightsync.query import Query
    from sightsync.search import Results
    from sightsync.search_walk import Hit


def show(image: Image, viewer: str | None, store: ImageStore, steps: bool = True) -> dict[str, Any]:
    """The API's Image. People other than its owner get empty values where a field is private; `steps` False empties them too."""
    mine = viewer is not None and image.owner == viewer
    return {
        "id": image.id,
        "version": image.version,
        "owner": image.owner,
        "mine": mine,
        "status": image.status.value,
        "analysis": image.analysis.value,
        "reason": image.reason if mine else None,
        "message": image.message if mine else None,
        "duplicate_of": image.duplicate_of if mine else None,
        "near_duplicate_of": image.near_duplicate_of if mine else None,
        "published": image.published,
        "filename": image.filename if mine else "",
        "title": image.title,
        "credit": image.credit,
        "description": image.description,
        "category": image.category,
        "tags": list(image.tags),
        "content_type": image.content_type,
        "bytes": image.bytes,
        "width": image.width,
        "height": image.height,
        "sha256": image.sha256 if mine else None,
        "caption": image.caption and show_caption(image.caption),
        "match": image.match and show_match(image.match),
        "suggested": _suggested(image.suggested) if mine else None,
        "palette": [{"hex": colour.hex, "name": colour.name, "share": colour.share} for colour in image.palette],
        "placeholder": image.placeholder,
        "derivatives": {name: store.public_url(key) for name, key in image.derivatives.items()},
        "checks": list(image.checks) if mine else [],
        "reviewed": image.reviewed and mine,
        "sample": image.sample,
        "steps": [_step(step) for step in image.steps] if mine and steps else [],
        "created_at": show_time(image.created_at),
        "updated_at": show_time(image.updated_at),
        "deleted_at": show_time(image.deleted_at) if mine and image.deleted_at else None,
    }


def show_caption(caption: Caption) -> dict[str, Any]:
    return {"text": caption.text, "model": caption.model, "kind": caption.kind}


def show_match(match: Match) -> dict[str, Any]:
    return {
        "verdict": match.verdict,
        "score": match.score,
        "z": match.z,
        "caption_z": match.caption_z,
        "reason": match.reason,
        "evidence": [{"text": found.text, "verdict": found.verdict, "says": found.says} for found in match.evidence],
        "space": match.space,
    }


def show_results(found: Results, viewer: str | None, store: ImageStore) -> dict[str, Any]:
    """The API's SearchAnswer."""
    return {
        "mode": found.mode,
        "reason": found.reason,
        "query": _query(found.query),
        "fits": found.fits,
        "hits": [_hit(hit, found, viewer, store) for hit in found.hits],
        "next_cursor": found.next_cursor,
    }


def _query(query: Query) -> dict[str, Any]:
    parts = [{"kind": p.kind, "text": p.text, "weight": p.weight, "negated": p.negated, "typed": str(p)} for p in query.parts]
    return {"text": str(query).strip(), "parts": parts}


def _hit(hit: Hit, found: Results, viewer: str | None, store: ImageStore) -> dict[str, Any]:
    from sightsync.search_says import sentence

    why = hit.why
    return {
        "image": show(hit.image, viewer, store, steps=False),
        "likely": hit.likely,
        "why": {
            "sentence": sentence(why, found.query, found.space),
            "meaning": why.meaning and {"rank": why.meaning.rank, "z": why.meaning.z, "against": why.meaning.against},
            "words": why.words and {"rank": why.words.rank, "highlights": list(why.words.highlights)},
            "colour": why.colour and {"share": why.colour.share},
        },
        "like": {"count": len(hit.like), "ids": list(hit.like[:MAX_PAGE])} if hit.like else None,
    }


def show_time(moment: datetime) -> str:
    """RFC 3339; every time in a record is UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def _suggested(suggested: Suggested | None) -> dict[str, Any] | None:
    return {"category": suggested.category, "tags": list(suggested.tags)} if suggested else None


def _step(step: Step) -> dict[str, Any]:
    return {"name": step.name, "outcome": step.outcome, "ms": step.ms, "reason": step.reason, "at": show_time(step.at)}
