"""What search by meaning promises, shown without weights: on the synthetic space of geometry.py, shaped like CLIP's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest

from sightsync.adapters import exact
from sightsync.aims import Aim, Refusal
from sightsync.directions import Direction, Text, of_image, of_texts
from sightsync.likely import FEWEST, chance, draw
from sightsync.ports import Everything, Near, Survey
from sightsync.rankings import MeaningRanking, Place
from tests.geometry import DOMAINS, TOPICS, Geometry

TOP = 24  # pictures that are seen without scrolling
MANY = 100_000


class Matrix:
    """As much of a catalog as search by meaning needs; ids are row numbers."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def survey(self, space: str, vector: Any, where: Any, limit: int) -> Survey:
        cosines = exact.rounded(self.rows @ vector)
        near = [Near(str(n), float(cosines[n])) for n in exact.best(cosines, limit)]
        near.sort(key=lambda hit: (-hit.cosine, hit.image_id))
        every = np.ones(len(cosines), np.bool_)
        return Survey(near[:limit], exact.sample(cosines, every, len(cosines)), len(cosines))

    def nearest(self, space: str, vector: Any, where: Any, limit: int) -> Sequence[Near]:
        return self.survey(space, vector, where, limit).near

    def vectors(self, ids: Sequence[str], space: str) -> dict[str, dict[str, Any]]:
        return {i: {"image": self.rows[int(i)]} for i in ids}


@dataclass(frozen=True)
class Gallery:
    geometry: Geometry
    size: int

    @cached_property
    def calibration(self) -> Any:
        return self.geometry.calibration()

    @cached_property
    def shown(self) -> tuple[Any, Matrix]:
        """Topic of each picture, and their vectors."""
        topics, own = self.geometry.scenes(self.size)
        return topics, Matrix(self.geometry.pictures(topics, own))

    @property
    def topics(self) -> Any:
        return self.shown[0]

    def towards(self, vector: Any, text: str = "words") -> Direction:
        direction = of_texts([Text(text, 1.0, vector, 3)], "s", self.calibration, 77)
        assert direction is not None
        return direction

    def ranking(self, wanted: Direction, *unwanted: Direction) -> MeaningRanking:
        catalog: Any = self.shown[1]
        refusals = tuple(Refusal(direction, catalog, Everything) for direction in unwanted)
        return MeaningRanking(Aim(wanted, unwanted), catalog, Everything, refusals)

    def likely(self, vector: Any, limit: int = 200) -> list[int]:
        return rows(place for place in self.ranking(self.towards(vector)).first(limit) if place.likely)

    # --- texts

    def about(self, topics: Any) -> Any:
        """Texts that say domain and topic, and nothing of one scene's own."""
        return self.geometry.texts(topics, np.zeros((len(topics), self.geometry.dim)))

    def of_domains(self, domains: Any) -> Any:
        return self._said(1.2 * self.geometry._of("domain")[domains])

    def nonsense(self, count: int) -> Any:
        """Half of them say what no picture shows, at length; half say nothing in particular. All lean as texts do."""
        length = np.where(np.arange(count) % 2, 1.2, 0.0)[:, None]
        return self._said(length * self.geometry._meanings(count))

    def _said(self, content: Any) -> Any:
        geometry = self.geometry
        leaning = geometry.lean * geometry.rng.normal(size=len(content))[:, None] * geometry._of("mean")[0]
        return geometry._seen(geometry._of("mean")[1], content + leaning)


def rows(places: Any) -> list[int]:
    return [int(place.image_id) for place in places]


# --- the line ---


@dataclass(frozen=True)
class Shown:
    """What one gallery says is likely. `silent`: the share of nonsense for which nothing is; the rest is of topics asked for."""

    silent: float
    answered: float  # share of the topics for which something is
    of_topic: float  # of what is likely, averaged over the topics that are answered
    of_domain: float
    found: float  # of a topic's pictures


def ask(gallery: Gallery, nonsense: int, topics: int) -> Shown:
    silent = [not gallery.likely(text) for text in gallery.nonsense(nonsense)]
    asked = gallery.geometry.rng.integers(0, DOMAINS * TOPICS, topics)
    hits = [(topic, gallery.topics[gallery.likely(text, 1000)]) for topic, text in zip(asked, gallery.about(asked), strict=True)]
    told = [(topic, likely) for topic, likely in hits if len(likely)]
    return Shown(
        silent=float(np.mean(silent)),
        answered=len(told) / topics,
        of_topic=float(np.mean([np.mean(likely == topic) for topic, likely in told])),
        of_domain=float(np.mean([np.mean(likely // TOPICS == topic // TOPICS) for topic, likely in told])),
        found=float(np.mean([np.sum(likely == topic) / max(1, np.sum(gallery.topics == topic)) for topic, likely in hits])),
    )


@pytest.fixture(scope="module")
def large() -> list[Shown]:
    """Ten worlds, so that no lucky one speaks for all. From 4 on they are the hard ones: much nonsense lies towards some topic."""
    return [ask(Gallery(Geometry(seed, dim=128), MANY), 100, 20) for seed in (1, 2, 3, 4, 5, 7, 9, 12, 14, 20)]


def mean(shown: list[Shown], of: str) -> float:
    return float(np.mean([getattr(each, of) for each in shown]))


@pytest.mark.slow
def test_nonsense_seldom_finds_anything_likely_among_a_hundred_thousand(large: list[Shown]) -> None:
    assert mean(large, "silent") >= 0.95
    assert sorted(each.silent for each in large)[1] >= 0.93, "in nine of the ten"
    assert min(each.silent for each in large) >= 0.85, "also in the hardest known"


@pytest.mark.slow
def test_what_is_likely_is_what_was_asked_for_among_a_hundred_thousand(large: list[Shown]) -> None:
    assert mean(large, "of_topic") > 0.9
    assert min(each.of_domain for each in large) > 0.9
    assert mean(large, "answered") >= 0.65, "and mostly something is"
    assert mean(large, "found") >= 0.55, "most of what there is"


@pytest.mark.parametrize(("size", "silent", "of_topic"), [(300, 0.93, 0.8), (5000, 0.95, 0.9)])
def test_a_smaller_gallery_keeps_silent_and_answers_alike(size: int, silent: float, of_topic: float) -> None:
    shown = [ask(Gallery(Geometry(seed, dim=128), size), 100, 20) for seed in (1, 2, 4, 5, 9)]
    assert mean(shown, "silent") >= silent
    assert mean(shown, "of_topic") >= of_topic
    assert mean(shown, "answered") >= 0.65
    assert mean(shown, "found") >= 0.55


def test_the_line_is_that_of_benjamini_and_hochberg() -> None:
    random = np.random.default_rng(3)
    cosines = np.concatenate([0.2 + 0.02 * random.standard_normal(5000), 0.2 + 0.02 * random.uniform(4, 8, 60)])
    line = draw(Survey((), cosines, len(cosines)))
    low, median, high = np.percentile(cosines, [16, 50, 97.7])
    assert line.spread == pytest.approx(median - low)
    assert 1 < (high - median) / 2 / line.spread < 1.15, "the upper half is a little wider"
    ranked = np.sort((cosines - median) / ((high - median) / 2))[::-1]
    expected = max(r for r, zq in enumerate(ranked, 1) if len(ranked) * float(chance([max(zq, 0)])[0]) / r <= 0.2)
    assert sum(line.above(cosine) for cosine in cosines) == expected
    assert 55 <= expected <= 80


@pytest.mark.parametrize("share", [0.08, 0.15, 0.3])
def test_a_kind_that_much_of_the_gallery_belongs_to_is_likely_all_the_same(share: float) -> None:
    """It makes the upper half far wider than chance does; then the lower half alone tells."""
    random = np.random.default_rng(5)
    others, kind = random.standard_normal(int(10_000 * (1 - share))), 3.5 + random.standard_normal(int(10_000 * share))
    line = draw(Survey((), 0.02 * np.concatenate([others, kind]), 10_000))
    assert np.mean([line.above(cosine) for cosine in 0.02 * kind]) > 0.6
    assert np.mean([line.above(cosine) for cosine in 0.02 * others]) < 0.02


def test_chance_is_that_of_the_normal_distribution() -> None:
    known = {0.0: 0.5, 1.0: 0.158655, 1.6449: 0.05, 3.0: 1.3499e-3, 4.2649: 1e-5, 6.0: 9.8659e-10}
    assert list(chance(list(known))) == pytest.approx(list(known.values()), rel=1e-3)


def test_among_few_pictures_the_match_alone_tells() -> None:
    cosines = np.linspace(0, 0.1, FEWEST)
    assert draw(Survey((), cosines[1:], FEWEST - 1)).above(-1.0)
    assert not draw(Survey((), cosines, FEWEST)).above(0.1)


def test_where_all_look_the_same_nothing_stands_out_and_nothing_breaks() -> None:
    line = draw(Survey((), np.full(100, 0.5), 100))
    assert not line.above(0.5)
    assert line.zq(0.5) == 0
    assert not draw(Survey((), np.empty(0), 0)).above(1.0)
    mostly = np.concatenate([np.zeros(90), np.full(10, 0.9)])  # as with a colour that hardly a picture has
    assert 1 < draw(Survey((), mostly, 100)).zq(0.9) < 10


@pytest.mark.parametrize("alike", [50, 900])
def test_a_sample_draws_nearly_the_line_of_all(alike: int) -> None:
    """Also where more is likely than the best that are known one by one."""
    random = np.random.default_rng(4)
    cosines = np.concatenate([0.02 * random.standard_normal(20_000), 0.02 * random.uniform(6, 9, alike)])
    near = [Near(str(n), float(cosine)) for n, cosine in enumerate(np.sort(cosines)[::-1][:200])]
    whole = draw(Survey(near, cosines, len(cosines)))
    part = draw(Survey(near, random.permutation(cosines)[:4000], len(cosines)))
    counts = [sum(line.above(cosine) for cosine in cosines) for line in (whole, part)]
    assert counts[1] == pytest.approx(counts[0], abs=20 + 0.2 * alike)
    assert counts[0] >= alike


# --- what is unwanted ---


@dataclass(frozen=True)
class Steered:
    """Pictures among the first 24, summed over queries: `wanted` are in the domain asked for and not in a refused topic."""

    wanted: int
    unwanted: int
    by_subtraction: int  # wanted ones, had what is unwanted just been subtracted


def steer(gallery: Gallery, queries: int, refused: int = 1, short: bool = False) -> Steered:
    """ "animals -cats": what is wanted and what is not have much in common, and plain subtraction takes that away as well."""
    found = []
    for topic in gallery.geometry.rng.integers(0, DOMAINS * TOPICS, queries):
        domain = topic // TOPICS
        away = domain * TOPICS + (topic + 3 * np.arange(refused)) % TOPICS
        towards = gallery.towards(gallery.of_domains(np.array([domain]))[0])
        texts = gallery.geometry.texts(away, np.zeros((refused, gallery.geometry.dim)), short)
        keep_from = [gallery.towards(text) for text in texts]
        steered = gallery.topics[rows(gallery.ranking(towards, *keep_from).first(TOP))]
        plain = towards.vector * towards.length - sum(one.vector * one.length for one in keep_from)
        subtracted = gallery.topics[np.argsort(-(gallery.shown[1].rows @ plain))[:TOP]]
        wanted = [(topics // TOPICS == domain) & ~np.isin(topics, away) for topics in (steered, subtracted)]
        found.append((np.sum(wanted[0]), np.sum(np.isin(steered, away)), np.sum(wanted[1])))
    return Steered(*(int(n) for n in np.sum(found, axis=0)))


def test_what_is_unwanted_leaves_and_what_is_wanted_stays() -> None:
    worlds = [steer(Gallery(Geometry(seed, dim=128), 20_000), 12) for seed in range(1, 7)]
    wanted, subtracted = (sum(getattr(world, of) for world in worlds) for of in ("wanted", "by_subtraction"))
    assert [world.unwanted for world in worlds] == [0] * 6
    assert wanted >= 1.5 * subtracted
    assert wanted >= 0.9 * TOP * 12 * 6
    assert all(world.wanted > 1.2 * world.by_subtraction for world in worlds), "in each of them"


@pytest.mark.parametrize(("refused", "short"), [(1, True), (3, False)])
def test_none_of_the_unwanted_stays_where_little_is_said_or_much_is_refused(refused: int, short: bool) -> None:
    worlds = [steer(Gallery(Geometry(seed, dim=128), 20_000), 6, refused, short) for seed in (1, 2, 3)]
    assert [world.unwanted for world in worlds] == [0] * 3
    assert sum(world.wanted for world in worlds) >= 0.7 * TOP * 6 * 3, "though it has much in common with what is refused"
    assert all(world.wanted > world.by_subtraction for world in worlds)


def test_a_longer_list_begins_with_the_shorter_one_also_beside_what_is_unwanted() -> None:
    gallery = Gallery(Geometry(5, dim=64), 600)
    wanted, unwanted = (gallery.towards(text) for text in gallery.about(np.array([3, 9])))
    for ranking in (gallery.ranking(wanted), gallery.ranking(wanted, unwanted)):
        whole: list[Place] = ranking.first(600)
        assert len({place.image_id for place in whole}) == 600
        for limit in (1, 150, 200, 250):
            assert ranking.first(limit) == whole[:limit]


# --- a picture as the query ---


def test_a_picture_finds_its_own_topic_above_the_line() -> None:
    gallery = Gallery(Geometry(1, dim=128), 20_000)
    asked = gallery.geometry.rng.integers(0, DOMAINS * TOPICS, 30)
    right = found = 0
    for topic, vector in zip(asked, gallery.geometry.pictures(asked, gallery.geometry._meanings(30)), strict=True):
        direction = of_image(vector, "s", gallery.calibration)
        assert direction is not None
        likely = gallery.topics[rows(place for place in gallery.ranking(direction).first(100) if place.likely)]
        right += int(np.sum(likely // TOPICS == topic // TOPICS))
        found += len(likely)
    assert found > 30
    assert right / found > 0.9
