"""The catalog in MongoDB: Atlas with its search, or any server that speaks the protocol, searched in memory and by stems."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from sightsync.adapters.fields import text

# Ahead of all that imports pymongo, and so the way to what is needed of it here: see there.
from sightsync.adapters.mongo_driver import (
    Document,
    DuplicateKeyError,
    Images,
    OperationFailure,
    ReturnDocument,
    Server,
    translated,
)
from sightsync.adapters.mongo_filters import NOTHING, mql, simplified
from sightsync.adapters.mongo_memory import Memory
from sightsync.adapters.mongo_pages import page
from sightsync.adapters.mongo_records import RECORD, document, image
from sightsync.adapters.mongo_words import WEIGHED, counting, holds, ranking, rarity, run_of, wanted
from sightsync.adapters.scale import USUAL, Scale
from sightsync.errors import DuplicateImage, ImageChanged
from sightsync.images import Image, Status, now
from sightsync.ports import And, ColourHit, Equal, Filter, Near, Page, Sort, Survey, WordHit, WordTerms

if TYPE_CHECKING:
    from sightsync.adapters.mongo_search import SearchIndexes
    from sightsync.adapters.mongo_vectors import Neighbours
    from sightsync.ports import Vector

logger = logging.getLogger(__name__)

LIVE = Equal("deleted", False)  # the bin is never searched
AT_ONCE = 1000  # documents of one round trip
FEW_IDS = 1000  # whose vectors are read rather than searched


class MongoCatalog(Memory):
    """Implements ports.Catalog. Nothing is connected, and numpy is not imported, before it is needed."""

    def __init__(self, uri: str, scale: Scale = USUAL) -> None:
        super().__init__(Server(uri))
        self._scale = scale

    @property
    def images(self) -> Images:
        return self.server.database["images"]

    # --- records ---

    @translated
    def put(self, image: Image, expected_version: int, vectors: Mapping[str, Mapping[str, Vector]] | None = None) -> Image:
        self.prepare()
        image = image.but(version=expected_version + 1, updated_at=now())
        fields = document(image) | self._vector_fields(vectors)
        change = {"$set": fields, "$currentDate": {"changed": {"$type": "timestamp"}}}
        try:
            done = self.images.update_one({"_id": image.id, "version": expected_version}, change, upsert=expected_version == 0)
        except DuplicateKeyError as error:
            raise self._refusal(image, error) from error
        if not done.matched_count and done.upserted_id is None:
            raise ImageChanged(image.id)
        return image

    def _vector_fields(self, vectors: Mapping[str, Mapping[str, Vector]] | None) -> Document:
        if not vectors:
            return {}
        from sightsync.adapters.mongo_vectors import vector_fields

        return vector_fields(vectors, self._dimensions)

    def _dimensions(self, space: str, size: int) -> int:
        """Dimensions of a space; `size` if it is new."""
        spaces, name = self.server.database["spaces"], text(space)
        known = spaces.find_one({"_id": name})
        if known is None:
            new = {"$setOnInsert": {"dimensions": size, "born": now().isoformat()}}
            known = spaces.find_one_and_update({"_id": name}, new, upsert=True, return_document=ReturnDocument.AFTER)
            assert known is not None  # as an upsert gives it
        return int(known["dimensions"])

    def _refusal(self, image: Image, error: DuplicateKeyError) -> ImageChanged | DuplicateImage:
        if "_id" in (error.details or {}).get("keyPattern", {}) or image.status is not Status.READY:
            return ImageChanged(image.id)
        same = {"owner": image.owner, "sha256": image.sha256, "status": "ready", "deleted": False, "_id": {"$ne": image.id}}
        other = self.images.find_one(same, {"_id": 1})
        return DuplicateImage(other["_id"]) if other else ImageChanged(image.id)  # gone meanwhile: reading again helps

    @translated
    def get(self, image_id: str) -> Image | None:
        found = self.images.find_one({"_id": text(image_id)}, RECORD)
        return image(found) if found else None

    @translated
    def get_many(self, image_ids: Sequence[str]) -> list[Image]:
        found: dict[str, Image] = {}
        asked = list(dict.fromkeys(map(text, image_ids)))
        for begin in range(0, len(asked), AT_ONCE):
            documents = self.images.find({"_id": {"$in": asked[begin : begin + AT_ONCE]}}, RECORD)
            found |= {each["_id"]: image(each) for each in documents}
        return [found[image_id] for image_id in image_ids if image_id in found]

    @translated
    def delete(self, image_id: str) -> None:
        self.images.delete_one({"_id": text(image_id)})

    @translated
    def by_sha256(self, owner: str, sha256: str) -> list[Image]:
        found = self.images.find({"owner": text(owner), "sha256": text(sha256), "deleted": False}, RECORD)
        return sorted(map(image, found), key=lambda i: (i.status is not Status.READY, i.created_at, i.id))

    # --- lists ---

    @translated
    def page(self, where: Filter, sort: Sort, cursor: str | None, limit: int) -> Page:
        return page(self.images, where, sort, cursor, limit)

    @translated
    def counts(self, where: Filter, by: Literal["category", "check", "status", "analysis"]) -> dict[str, int]:
        if by not in ("category", "check", "status", "analysis"):
            raise ValueError(f"Images cannot be counted by {by!r}")
        where = simplified(where)
        if where == NOTHING:
            return {}
        field, apart = ("checks", [{"$unwind": "$checks"}]) if by == "check" else (by, [])
        stages: list[Document] = [{"$match": mql(where)}, *apart, {"$group": {"_id": f"${field}", "count": {"$sum": 1}}}]
        return {each["_id"]: each["count"] for each in self.images.aggregate(stages)}

    # --- search ---

    @cached_property
    def search_indexes(self) -> SearchIndexes:
        from sightsync.adapters.mongo_search import SearchIndexes

        return SearchIndexes(lambda: self.images.list_search_indexes())

    @cached_property
    def _neighbours(self) -> Neighbours:
        from sightsync.adapters.mongo_vectors import Neighbours

        return Neighbours(self._scale)

    @translated
    def nearest(self, space: str, vector: Vector, where: Filter, limit: int) -> list[Near]:
        where = simplified(And((LIVE, where)))
        if where == NOTHING or limit < 1:
            return []
        found = self._nearest_by_index(space, vector, where, limit)
        return list(self._survey_here(space, vector, where, limit).near) if found is None else found

    @translated
    def survey(self, space: str, vector: Vector, where: Filter, limit: int) -> Survey:
        import numpy as np

        where = simplified(And((LIVE, where)))
        if where == NOTHING:
            return Survey([], np.empty(0, np.float32), 0)
        near = self._nearest_by_index(space, vector, where, max(limit, 1))
        if near is None:
            return self._survey_here(space, vector, where, limit)
        from sightsync.adapters.mongo_vectors import sampled

        return Survey(near[: max(limit, 0)], *sampled(self.images, space, vector, mql(where)))

    @translated
    def warm(self, space: str) -> int:
        from sightsync.adapters.mongo_search import vector_index_name

        if self.search_indexes.usable(vector_index_name(space)):
            return 0
        return self._neighbours.warm(self.images, self.server.database["spaces"], text(space))

    def _survey_here(self, space: str, vector: Vector, where: Filter, limit: int) -> Survey:
        return self._neighbours.survey(self.images, self.server.database["spaces"], text(space), vector, where, mql(where), limit)

    def _nearest_by_index(self, space: str, vector: Vector, where: Filter, limit: int) -> list[Near] | None:
        """None when this server's index cannot be asked."""
        from sightsync.adapters.mongo_search import asked_ids, cosine, vector_index_name, vector_pipeline

        name = vector_index_name(space)
        if not self.search_indexes.usable(name):
            return None
        if asked_ids(where, FEW_IDS) is not None:
            return self._nearest_of_few(space, vector, where, limit)
        found = self._asked(name, vector_pipeline(space, vector, where, limit))
        if found is None:
            return None
        hits = [Near(each["_id"], cosine(each["score"])) for each in found]
        return sorted(hits, key=lambda hit: (-round(hit.cosine, 6), hit.image_id))[:limit]

    def _nearest_of_few(self, space: str, vector: Vector, where: Filter, limit: int) -> list[Near]:
        """Of the few images that the filter names: exact, and never behind."""
        import numpy as np

        from sightsync.adapters.head import Matrix

        passing = [each["_id"] for each in self.images.find(mql(where), {"_id": 1})]
        held = {i: kinds["image"] for i, kinds in self.vectors(passing, space).items() if "image" in kinds}
        if not held:
            return []
        matrix, names = Matrix(len(vector), self._scale), list(held)
        matrix.put(np.stack(list(held.values())))
        found = matrix.survey(vector, np.ones(len(held), np.bool_), limit)
        return list(found.named(lambda rows: [names[row] for row in rows], limit).near)

    def _asked(self, index: str, pipeline: list[Document]) -> list[Document] | None:
        """Hits of a search index; None when it cannot be told whether there are none, or it refuses."""
        try:
            found = list(self.images.aggregate(pipeline))
        except OperationFailure as error:
            if error.timeout:
                raise
            logger.warning("search_index_refused", extra={"index": index, "reason": error.code})
            return None
        return found if found or self.search_indexes.sure(index) else None

    @translated
    def vectors(self, image_ids: Sequence[str], space: str) -> dict[str, dict[str, Vector]]:
        from sightsync.adapters.mongo_vectors import chunks, from_binary, space_key

        field, found = f"vectors.{space_key(space)}", {}
        for some in chunks(dict.fromkeys(map(text, image_ids))):
            for each in self.images.find({"_id": {"$in": some}, field: {"$exists": True}}, {field: 1}):
                kinds = each["vectors"][space_key(space)]
                found[each["_id"]] = {kind: from_binary(binary) for kind, binary in kinds.items()}
        return found

    @translated
    def hashes(self, image_ids: Sequence[str]) -> dict[str, str]:
        asked, found = list(dict.fromkeys(map(text, image_ids))), dict[str, str]()
        for begin in range(0, len(asked), AT_ONCE):
            documents = self.images.find({"_id": {"$in": asked[begin : begin + AT_ONCE]}}, {"dhash": 1})
            found |= {each["_id"]: each["dhash"] for each in documents if each.get("dhash")}
        return found

    @translated
    def forget_space(self, space: str) -> None:
        """Batch by batch, so that each is done within an operation's time; the space itself last, so that a death is made good."""
        from sightsync.adapters.mongo_vectors import space_key

        field, last = f"vectors.{space_key(space)}", ""
        forget = {"$unset": {field: ""}, "$currentDate": {"changed": {"$type": "timestamp"}}}
        while True:
            found = self.images.find({"_id": {"$gt": last}, field: {"$exists": True}}, {"_id": 1}).sort("_id", 1).limit(AT_ONCE)
            held = [each["_id"] for each in found]
            if not held:
                break
            self.images.update_many({"_id": {"$in": held}}, forget)
            last = held[-1]
        self.server.database["spaces"].delete_one({"_id": text(space)})

    @translated
    def words(self, terms: WordTerms, where: Filter, limit: int) -> list[WordHit]:
        ask, where = wanted(terms), simplified(And((LIVE, where)))
        if where == NOTHING or limit < 1 or not ask.anything:
            return []
        from sightsync.adapters.mongo_search import WORDS_INDEX, few_terms, words_pipeline

        found = None
        if few_terms(ask) and self.search_indexes.usable(WORDS_INDEX):
            found = self._asked(WORDS_INDEX, words_pipeline(ask, where, limit))
        if found is None:
            found = list(self.images.aggregate(ranking(ask, mql(where), self._rarities(ask.stems), limit)))
        hits = [WordHit(each["_id"], each["score"]) for each in found]
        return sorted(hits, key=lambda hit: (-hit.score, hit.image_id))

    def _rarities(self, stems: Sequence[str]) -> dict[str, float]:
        if not 1 < len(stems) <= WEIGHED:  # one word alone, or a whole text: all weigh the same
            return {}
        counts, documents = self._counts(stems), self._documents()
        return {word: rarity(counts.get(word, 0), documents) for word in stems}

    def _counts(self, stems: Sequence[str]) -> dict[str, int]:
        images, counts = self.images, dict[str, int]()
        for pipeline in counting(stems, images.name):
            counts |= {each["word"]: each["count"] for each in images.aggregate(pipeline)}
        return counts

    def _documents(self) -> int:
        """Those not in the bin: the server knows how many there are in all, and the bin is small."""
        return max(0, self.images.estimated_document_count() - self.images.count_documents({"deleted": True}))

    @translated
    def word_counts(self, words: Sequence[str]) -> tuple[dict[str, int], int]:
        runs = {word: run_of(word) for word in dict.fromkeys(words)}
        counts = self._counts([run[0] for run in runs.values() if len(run) == 1])
        counted = {
            word: counts.get(run[0], 0) if len(run) == 1 else self.images.count_documents(holds(run)) if run else 0
            for word, run in runs.items()
        }
        return counted, self._documents()

    @translated
    def coloured(self, names: Sequence[str], where: Filter, limit: int) -> list[ColourHit]:
        asked, where = list(dict.fromkeys(map(text, names))), simplified(And((LIVE, where)))
        if where == NOTHING or limit < 1 or not asked:
            return []
        shown = {"$filter": {"input": "$colours", "cond": {"$in": ["$$this.name", {"$literal": asked}]}}}
        stages: list[Document] = [
            {"$match": {"$and": [{"colours.name": {"$in": asked}}, mql(where)]}},
            {"$project": {"share": {"$sum": {"$map": {"input": shown, "in": "$$this.share"}}}}},
            {"$sort": {"share": -1, "_id": 1}},
            {"$limit": limit},
        ]
        return [ColourHit(each["_id"], each["share"]) for each in self.images.aggregate(stages)]

    def shades(self, hex_colour: str, within: float, least: float, where: Filter, limit: int) -> None:
        """A server knows no OKLab."""

    @translated
    def health(self) -> None:
        self.server.database.command("ping")

    def close(self) -> None:
        self.server.close()
