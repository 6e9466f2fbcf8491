"""Search: what was typed, or a picture, becomes lists by meaning, words and colour; they are fused, and every hit says why.

Section 5 of the design. Trouble with a model never fails a search: words go on alone, and the answer names the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from sightsync.aims import Aim, Refusal, take_aim
from sightsync.directions import Asking, Wake, space_of_search
from sightsync.errors import ImageNotFound, InvalidRequest
from sightsync.folding import twins
from sightsync.images import MAX_PAGE, Swatch
from sightsync.pinned import pin, unpin
from sightsync.ports import Catalog, Filter, Picture, Sort, Vision, WordTerms
from sightsync.query import Part, Query
from sightsync.rankings import ColourRanking, MeaningRanking, word_rankings
from sightsync.search_cursor import Cursor, decode, fingerprint
from sightsync.search_scope import example, scope, without
from sightsync.search_walk import MOST_LOOKED_AT, Hit, Search, Walk, Why
from sightsync.spaces import calibration_of
from sightsync.texts import MAX_QUERY

if TYPE_CHECKING:
    from sightsync.decoder import Decoder

LOOKS_BY = 3  # largest colours of a picture that stand in for its vector

Mode = Literal["meaning+words", "words"]


@dataclass(frozen=True)
class Results:
    """A page. It may be short, even empty, though `next_cursor` says that there is more to look through.

    `reason` says why meaning had no part although it was asked for: typing, vision_asleep, vision_off, no_vector, …

    `fits` is false where nothing that the search found is likely to be what was looked for; `space`: of the meaning, if any.
    """

    mode: Mode
    reason: str | None
    hits: Sequence[Hit]
    next_cursor: str | None
    query: Query
    fits: bool
    space: str | None


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
    asking = "never" if typing else _asking(viewer, wake)
    return _Question(query, category, viewer, catalog, vision).answer(place, limit, asking)


def similar(image_id: str, viewer: str | None, cursor: str | None, limit: int, catalog: Catalog, vision: Vision) -> Results:
    """More like this one, without itself and its near-duplicates: by its vector, else by its colours. ImageNotFound."""
    _check(limit)
    place = decode(cursor, fingerprint("similar", image_id))
    image = catalog.get(image_id)
    if image is None or not image.visible_to(viewer):
        raise ImageNotFound(image_id)
    query = Query((Part("similar", image_id),))
    return _Question(query, None, viewer, catalog, vision).answer(place, limit, "never", image.palette)


def search_by_picture(
    data: bytes,
    viewer: str | None,
    cursor: str | None,
    limit: int,
    catalog: Catalog,
    vision: Vision,
    decoder: Decoder,
    wake: Wake = "owners",
    query: Query = Query(),  # noqa: B008  # frozen
    category: str | None = None,
) -> Results:
    """Images like a picture that is not kept, and as the query says. PictureRejected; the next page takes both again."""
    _check(limit, query)
    place = decode(cursor, fingerprint("picture", hashlib.sha256(data).hexdigest(), str(query), category))
    pixels = decoder.open(data, derive=False)
    picture = Picture(pixels.model_input, pixels.width, pixels.height)
    question = _Question(query, category, viewer, catalog, vision, picture)
    return question.answer(place, limit, _asking(viewer, wake), pixels.palette)


@dataclass(frozen=True)
class _Question:
    query: Query
    category: str | None
    viewer: str | None
    catalog: Catalog
    vision: Vision
    picture: Picture | None = None

    def answer(self, place: Cursor, limit: int, asking: Asking, palette: Sequence[Swatch] = ()) -> Results:
        """`palette` stands in for the picture that is looked for where no model can tell what it shows."""
        aim, reason = take_aim(self.query, self.picture, place, self.viewer, self.catalog, self.vision, asking)
        if not place.begun and aim.space is not None and (pinned := pin(aim.wanted, aim.unwanted)):
            place = replace(place, pinned=pinned)
            aim = Aim(*unpin(pinned, aim.space, calibration_of(aim.space, self.catalog, self.vision)))  # as the next page has it
        place = replace(place, space=aim.space, reason=reason)
        found = self._search(aim, self._where(place))
        if palette and aim.wanted is None:
            names = tuple(dict.fromkeys(s.name for s in sorted(palette, key=lambda s: -s.share)))[:LOOKS_BY]
            found = replace(found, colours=(*found.colours, ColourRanking(names, self.catalog, found.where)))
        found, rare = found.narrowed(place.rare)
        place = replace(place, rare=rare)
        looks_for = self.query.texts or self.query.of("colour") or self.query.of("similar") or self.picture
        return self._page(found, place, limit) if looks_for else self._browse(found, place, limit)

    def _where(self, place: Cursor) -> Filter:
        """Without near-duplicates of what more is wanted of."""
        where = scope(self.query, self.category, self.viewer)
        space = place.space or space_of_search(None, self.catalog, self.vision)
        examples = [i for i in self.query.values("similar") if example(i, self.viewer, self.catalog)]
        return without([twin for image_id in examples for twin in twins(image_id, space, where, self.catalog)], where)

    def _search(self, aim: Aim, where: Filter) -> Search:
        query, catalog = self.query, self.catalog
        refusals = tuple(Refusal(direction, catalog, where) for direction in aim.unwanted)
        words = tuple(run[0] for run in query.without if len(run) == 1)
        unwanted = WordTerms(words=words, phrases=tuple(run for run in query.without if len(run) > 1))
        return Search(
            catalog,
            self.viewer,
            where,
            meaning=MeaningRanking(aim, catalog, where, refusals) if aim.wanted else None,
            words=word_rankings(query, catalog, where),
            colours=tuple(ColourRanking((p.text,), catalog, where, p.weight) for p in query.of("colour")),
            refused_colours=tuple(ColourRanking((c,), catalog, where) for c in query.values("colour", negated=True)),
            refusals=refusals,
            unwanted=unwanted if query.without else None,
            space=space_of_search(aim.space, catalog, self.vision),
        )

    def _page(self, found: Search, place: Cursor, limit: int) -> Results:
        walk = Walk(found, place, limit + 1)
        hits = iter(walk)
        page = list(islice(hits, limit))
        after = walk.cursor
        more = next(hits, None) is not None or walk.tired
        mode: Mode = "meaning+words" if found.meaning else "words"
        return Results(mode, place.reason, page, after.encode() if more else None, self.query, after.fits, place.space)

    def _browse(self, found: Search, place: Cursor, limit: int) -> Results:
        """Newest first. A page may be short where what is unwanted took hits out of it."""
        inner, step, left = place.inner, limit, MOST_LOOKED_AT
        mode: Mode = "meaning+words" if found.refusals else "words"
        while True:
            page = found.catalog.page(found.where, Sort("newest"), inner, step)
            images = found.read([image.id for image in page.images])
            refused = found.refused([image.id for image in images])
            hits = [Hit(image, True, Why()) for image in images if image.id not in refused]
            if len(hits) > limit:  # too long a step: again, no further than a page reaches
                step = max(limit, step // 2)
                continue
            inner, left = page.next_cursor, left - step
            if hits or inner is None or left <= 0:
                after = replace(place, inner=inner, fits=place.fits or bool(hits))
                return Results(mode, place.reason, hits, after.encode() if inner else None, self.query, after.fits, place.space)
            step = min(2 * step, max(left, limit))  # much that is unwanted is not passed in a thousand small steps


def _check(limit: int, query: Query | None = None) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidRequest(f"A page holds 1 to {MAX_PAGE} hits.")
    if query is not None and sum(len(part.text) + 1 for part in query.parts) > MAX_QUERY + 1:
        raise InvalidRequest(f"A search is at most {MAX_QUERY} characters long.")


def _asking(viewer: str | None, wake: Wake) -> Asking:
    """Whoever is signed in may wake a model; visitors only where the gallery's owner lets them."""
    return "wake" if viewer is not None or wake == "anyone" else "awake"
