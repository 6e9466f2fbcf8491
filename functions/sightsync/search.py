"""Search: what was typed, or a picture, becomes lists by meaning, words and colour; they are fused, and every hit says why.

Section 5 of the design. Trouble with a model never fails a search: words go on alone, and the answer names the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from sightsync.categories import named
from sightsync.directions import Asking, Asleep, Direction, Wake, ask_picture, ask_stored, ask_texts, blend
from sightsync.errors import ImageNotFound, InvalidRequest
from sightsync.images import MAX_PAGE, Image, Status, Swatch
from sightsync.ports import And, Catalog, Equal, Filter, Not, Or, Picture, Sort, Vision, WordTerms
from sightsync.query import Query
from sightsync.rankings import ColourRanking, MeaningRanking, WordRanking, content_terms
from sightsync.search_cursor import Cursor, decode, fingerprint
from sightsync.search_walk import Hit, Search, Walk, Why
from sightsync.texts import MAX_QUERY

if TYPE_CHECKING:
    from sightsync.decoder import Decoder

LOOKS_BY = 3  # largest colours of a picture that stand in for its vector

Mode = Literal["meaning+words", "words"]


@dataclass(frozen=True)
class Results:
    """`reason` says why meaning had no part although it was asked for: typing, vision_asleep, vision_off, no_vector, …"""

    mode: Mode
    reason: str | None
    hits: Sequence[Hit]
    next_cursor: str | None


def search(
    query: Query,
    category: str | None,
    viewer: str | None,
    cursor: str | None,
    limit: int,
    catalog: Catalog,
    vision: Vision,
    wake: Wake = "owners",
    typing: bool = False,
) -> Results:
    """Public images and the viewer's own ready ones. InvalidRequest, BadRequest bad_cursor.

    A query that only filters, or none at all, gives what passes, newest first. `typing`: more of it will come, so no model that
    costs something is asked for this much.
    """
    _check(limit, query)
    place = decode(cursor, fingerprint("query", str(query), category))
    scope = _scope(query, category, viewer, catalog)
    terms = WordTerms(query.words, query.prefix, query.phrases, query.without)
    if not (query.texts or query.colours or query.similar):
        return _browse(scope, place, limit)
    direction, reason = _ask(query, place, viewer, catalog, vision, "never" if typing else _asking(viewer, wake))
    where = And((scope.where, Not(Equal("id", query.similar)))) if query.similar else scope.where
    wanted = bool(terms.words or terms.phrases)
    found = replace(
        scope,
        meaning=MeaningRanking(direction, catalog, where) if direction else None,
        words=WordRanking(content_terms(terms, catalog), catalog, where) if wanted else None,
        colours=tuple(ColourRanking((colour,), catalog, where) for colour in query.colours),
    )
    return _page(found, _pinned(place, direction, reason), limit)


def similar(image_id: str, viewer: str | None, cursor: str | None, limit: int, catalog: Catalog, vision: Vision) -> Results:
    """More like this one, itself left out: by its vector, else by its colours. ImageNotFound."""
    _check(limit)
    place = decode(cursor, fingerprint("similar", image_id))
    image = catalog.get(image_id)
    if image is None or not image.visible_to(viewer):
        raise ImageNotFound(image_id)
    scope = _scope(Query(), None, viewer, catalog)
    scope = replace(scope, where=And((scope.where, Not(Equal("id", image_id)))))
    try:
        _stay(place)
        direction = ask_stored(image_id, place.space, catalog, vision)
    except Asleep as asleep:
        return _by_looks(scope, image.palette, _pinned(place, None, asleep.reason), limit)
    return _page(replace(scope, meaning=MeaningRanking(direction, catalog, scope.where)), _pinned(place, direction, None), limit)


def search_by_picture(
    data: bytes,
    viewer: str | None,
    cursor: str | None,
    limit: int,
    catalog: Catalog,
    vision: Vision,
    decoder: Decoder,
    wake: Wake = "owners",
) -> Results:
    """Images like a picture that is not kept. PictureRejected; the next page takes the same picture again."""
    _check(limit)
    place = decode(cursor, fingerprint("picture", hashlib.sha256(data).hexdigest()))
    pixels = decoder.open(data, derive=False)
    scope = _scope(Query(), None, viewer, catalog)
    picture = Picture(pixels.model_input, pixels.width, pixels.height)
    try:
        _stay(place)
        direction = ask_picture(picture, place.space, catalog, vision, _asking(viewer, wake))
    except Asleep as asleep:
        return _by_looks(scope, pixels.palette, _pinned(place, None, asleep.reason), limit)
    return _page(replace(scope, meaning=MeaningRanking(direction, catalog, scope.where)), _pinned(place, direction, None), limit)


def _check(limit: int, query: Query | None = None) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidRequest(f"A page holds 1 to {MAX_PAGE} hits.")
    if query is not None and sum(len(part.text) + 1 for part in query.parts) > MAX_QUERY + 1:
        raise InvalidRequest(f"A search is at most {MAX_QUERY} characters long.")


def _asking(viewer: str | None, wake: Wake) -> Asking:
    """Whoever is signed in may wake a model; visitors only where the gallery's owner lets them."""
    return "wake" if viewer is not None or wake == "anyone" else "awake"


def _scope(query: Query, category: str | None, viewer: str | None, catalog: Catalog) -> Search:
    """Who sees what, and which categories: as a filter for the lists, and as a question to records read again."""
    wanted = {_category(c) for c in (category, query.category) if c is not None}
    refused = {_category(c) for c in query.refused_categories}
    seen = Equal("published", True) if viewer is None else Or((Equal("published", True), Equal("owner", viewer)))
    where: tuple[Filter, ...] = (Equal("deleted", False), Equal("status", Status.READY.value), seen)
    where += tuple(Equal("category", c) for c in sorted(wanted))
    where += tuple(Not(Equal("category", c)) for c in sorted(refused))

    def keeps(image: Image) -> bool:
        shown = image.status is Status.READY and image.visible_to(viewer)
        return shown and image.category not in refused and wanted <= {image.category} and image.id != query.similar

    words = tuple(w for run in query.without if len(run) == 1 for w in run)
    unwanted = WordTerms(words=words, phrases=tuple(run for run in query.without if len(run) > 1))
    return Search(catalog, viewer, And(where), keeps, unwanted=unwanted if query.without else None)


def _category(text: str) -> str:
    """A category's id from id or name; what is none matches nothing."""
    return named(text) or text


def _ask(
    query: Query, place: Cursor, viewer: str | None, catalog: Catalog, vision: Vision, asking: Asking
) -> tuple[Direction | None, str | None]:
    """Where meaning points, and why (part of) it does not. The next page asks for what the first had, and for no more."""
    begun = bool(place.seen or place.stage)
    found: list[Direction] = []
    reason = place.reason
    if query.texts and not (begun and (place.space is None or place.reason)):
        try:
            found.append(ask_texts(query.texts, place.space, catalog, vision, asking))
        except Asleep as asleep:
            reason = asleep.reason
    example = catalog.get(query.similar) if query.similar and not (begun and place.space is None) else None
    if example is not None and example.visible_to(viewer):
        try:
            found.append(ask_stored(example.id, place.space, catalog, vision))
        except Asleep:
            example = None
    unlike = query.similar and example is None and not found
    return blend(found), reason or ("no_vector" if unlike else None)


def _stay(place: Cursor) -> None:
    """Asleep when the first page went without meaning: so do the others."""
    if place.reason is not None:
        raise Asleep(place.reason)


def _pinned(place: Cursor, direction: Direction | None, reason: str | None) -> Cursor:
    return replace(place, space=direction.space if direction else None, reason=reason)


def _by_looks(scope: Search, palette: Sequence[Swatch], place: Cursor, limit: int) -> Results:
    names = tuple(dict.fromkeys(s.name for s in sorted(palette, key=lambda s: -s.share)))[:LOOKS_BY]
    if not names:
        return Results("words", place.reason, (), None)
    return _page(replace(scope, colours=(ColourRanking(names, scope.catalog, scope.where),)), place, limit)


def _page(found: Search, place: Cursor, limit: int) -> Results:
    walk = Walk(found, place, limit + 1)
    hits = iter(walk)
    page = list(islice(hits, limit))
    after = walk.cursor
    more = next(hits, None) is not None
    mode: Mode = "meaning+words" if found.meaning else "words"
    return Results(mode, place.reason, page, after.encode() if more else None)


def _browse(scope: Search, place: Cursor, limit: int) -> Results:
    """Newest first. A page may be short where unwanted words took hits out of it."""
    inner = place.inner
    while True:
        page = scope.catalog.page(scope.where, Sort("newest"), inner, limit)
        inner = page.next_cursor
        hits = [Hit(image, True, Why()) for image in scope.read([image.id for image in page.images])]
        if hits or inner is None:
            return Results("words", None, hits, replace(place, inner=inner).encode() if inner else None)
