"""`./sightsync judge`: how good search is on queries that the gallery's owner has judged, under one setting or beside another.

A judgement is a line of JSON: {"query": "red boat", "image": "<id, or a file's name>", "grade": 3}. Grades: 0 does not fit, 1 a
little, 2 well, 3 exactly. A later line about the same query and image takes the place of an earlier one, null takes it back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path
from typing import Any, cast

from local.trouble import Trouble
from sightsync.ports import And, Catalog, Equal, Sort, Vision, WordHit
from sightsync.query import parse
from sightsync.search import search
from sightsync.services import Services, build
from sightsync.settings import Settings
from sightsync.spaces import ACTIVE

GAIN_WITHIN, RECALL_WITHIN = 10, 24
MOST_GRADE = 3
KEPT = "judged.jsonl"  # in the data folder, where thumbs on results go

Grades = Mapping[str, int]  # by image
Judged = dict[str, dict[str, int]]  # by query, in its plainest form


@dataclass(frozen=True)
class Measured:
    """Means over the queries: nDCG@10 and recall@24, each in [0, 1]."""

    gain: float
    recall: float
    queries: int


# --- judgements


def load(path: Path) -> Judged:
    """Trouble for a line that is no judgement."""
    judged: Judged = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                told = json.loads(line)
                query, image, grade = plainest(told["query"]), str(told["image"]), told["grade"]
            except (ValueError, KeyError, TypeError, AttributeError) as exc:
                raise Trouble(f"{path.name}, line {number}: no judgement.", "./sightsync judge --help") from exc
            of = judged.setdefault(query, {})
            of.pop(image, None)
            if grade is not None:
                of[image] = _grade(grade, f"{path.name}, line {number}")
    return {query: grades for query, grades in judged.items() if grades}


def _grade(grade: Any, where: str) -> int:
    if type(grade) is not int or not 0 <= grade <= MOST_GRADE:
        raise Trouble(f"{where}: a grade is a whole number from 0 to {MOST_GRADE}.", "./sightsync judge --help")
    return grade


def keep(path: Path, query: str, image_id: str, grade: int | None) -> None:
    """Adds a line; one write, so that two at once stay two lines."""
    line = json.dumps({"query": plainest(query), "image": image_id, "grade": grade}, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def plainest(query: str) -> str:
    return str(parse(query)).strip()


# --- measures


def ndcg(ranked: Sequence[str], grades: Grades, within: int = GAIN_WITHIN) -> float:
    """Discounted gain 2^grade - 1 over that of the best order. Järvelin and Kekäläinen 2002; what is not judged has none."""
    best = _gain(sorted(grades.values(), reverse=True)[:within])
    return _gain([grades.get(image_id, 0) for image_id in ranked[:within]]) / best if best else 1.0


def _gain(grades: Iterable[int]) -> float:
    return sum((2.0**grade - 1) / log2(rank + 1) for rank, grade in enumerate(grades, 1))


def recall(ranked: Sequence[str], grades: Grades, within: int = RECALL_WITHIN) -> float:
    """The share of what fits that is among the first; at most `within` can be."""
    fitting = {image_id for image_id, grade in grades.items() if grade > 0}
    return len(fitting & set(ranked[:within])) / min(len(fitting), within) if fitting else 1.0


def measure(judged: Judged, ask: Callable[[str], Sequence[str]]) -> Measured:
    """Of the queries for which something fits."""
    asked = {query: grades for query, grades in judged.items() if any(grades.values())}
    if not asked:
        raise Trouble("No query has an image that fits.", "./sightsync judge --help")
    ranked = {query: ask(query) for query in asked}
    gains = [ndcg(ranked[query], grades) for query, grades in asked.items()]
    found = [recall(ranked[query], grades) for query, grades in asked.items()]
    return Measured(sum(gains) / len(asked), sum(found) / len(asked), len(asked))


# --- what is measured


def asking(catalog: Catalog, vision: Vision, viewer: str | None) -> Callable[[str], Sequence[str]]:
    """Ids of the first hits of a query, near-duplicates after the one that stands for them."""

    def ask(query: str) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:  # a page may be short though there is more
            page = search(parse(query + " "), None, viewer, cursor, 2 * RECALL_WITHIN, catalog, vision)
            found += [image_id for hit in page.hits for image_id in (hit.image.id, *hit.like)]
            cursor = page.next_cursor
            if cursor is None or len(found) >= RECALL_WITHIN:
                return found

    return ask


def ways(parts: Services, viewer: str | None) -> dict[str, Callable[[str], Sequence[str]]]:
    """Search as it is, and each of its lists alone."""
    catalog, vision = _in_space_of(parts.vision, parts.catalog), parts.vision
    return {
        "search": asking(catalog, vision, viewer),
        "words alone": asking(catalog, cast(Vision, _Off(vision)), viewer),
        "meaning alone": asking(cast(Catalog, _Wordless(catalog)), vision, viewer),
    }


def _in_space_of(vision: Vision, catalog: Catalog) -> Catalog:
    """A model is measured in its own space, whichever the gallery is searched in."""
    space = vision.health().space or vision.embed(["a picture"]).space
    return cast(Catalog, _InSpace(catalog, space))


class _Over:
    """Another's answers, but for some."""

    def __init__(self, over: Any) -> None:
        self._over = over

    def __getattr__(self, name: str) -> Any:
        return getattr(self._over, name)


class _InSpace(_Over):
    def __init__(self, over: Any, space: str) -> None:
        super().__init__(over)
        self._space = space

    def recall(self, name: str) -> Any:
        return self._space if name == ACTIVE else self._over.recall(name)


class _Off(_Over):
    def health(self) -> Any:
        return replace(self._over.health(), state="off", can=())


class _Wordless(_Over):
    def words(self, *_: Any) -> list[WordHit]:
        return []


# --- the command


def run(path: Path | None, *, floor: float | None, others: Sequence[str]) -> int:
    """0, or 1 where the first nDCG@10 is below the floor. `others`: NAME=VALUE, settings to measure beside."""
    parts = build(Settings())
    path = path or parts.settings.data / KEPT
    if not path.is_file():
        raise Trouble(f"There are no judgements in {path}.", "./sightsync judge --help")
    viewer = parts.settings.local_user or None
    judged = _by_id(load(path), parts.catalog, viewer)
    print(f"{'':<44}{'nDCG@10':>9}{'recall@24':>11}   queries")
    first = _say(ways(parts, viewer), judged, "")
    for other in others:
        _say({"search": ways(build(_with(other)), viewer)["search"]}, judged, f" with {other}")
    if floor is not None and first.gain < floor:
        print(f"nDCG@10 is {first.gain:.3f}, below the floor of {floor:g}.")
        return 1
    return 0


def _say(asked: Mapping[str, Callable[[str], Sequence[str]]], judged: Judged, beside: str) -> Measured:
    measured = {name: measure(judged, ask) for name, ask in asked.items()}
    for name, of in measured.items():
        print(f"{name + beside:<44.44}{of.gain:9.3f}{of.recall:11.3f}{of.queries:10}")
    return measured["search"]


def _with(other: str) -> Settings:
    name, equals, value = other.partition("=")
    field = name.lower().removeprefix("sightsync_")
    if not equals or field not in Settings.model_fields:
        raise Trouble(f"{other} is no setting.", "./sightsync judge --with SIGHTSYNC_VISION=http://127.0.0.1:8500")
    return Settings(**cast(Any, {field: value}))


def _by_id(judged: Judged, catalog: Catalog, viewer: str | None) -> Judged:
    """Files' names as ids, for judgements that several galleries share. Trouble where an image is in none."""
    images = catalog.page(And((Equal("owner", viewer or ""), Equal("deleted", False))), Sort(), None, 100_000).images
    named = {image.filename: image.id for image in images} | {image.id: image.id for image in images}
    missing = {image for grades in judged.values() for image in grades} - set(named)
    others = {image.id for image in catalog.get_many(sorted(missing)) if image.visible_to(viewer)}
    if unknown := sorted(missing - others):
        print(f"{len(unknown)} judged images are not in this gallery, such as {unknown[0]}; they are left out.")
    named |= {image_id: image_id for image_id in others}
    return {query: {named[i]: grade for i, grade in grades.items() if i in named} for query, grades in judged.items()}
