"""What every catalog promises about search: neighbours, words and colours, each within a filter."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from sightsync.images import Caption, Image, Swatch
from sightsync.ports import And, Catalog, Equal, Everything, In, Not, WordTerms
from sightsync.rankings import SAME_COLOUR, closeness
from tests.contracts.conftest import OpenCatalog
from tests.records import NOON, an_image

SPACE = "clip@1"
WALL = And((Equal("published", True), Equal("status", "ready"), Equal("deleted", False)))


def unit(*numbers: float) -> NDArray[np.float32]:
    vector = np.array(numbers, np.float32)
    return vector / np.linalg.norm(vector)


def seen(catalog: Catalog, name: str, vector: NDArray[np.float32], **changes: object) -> Image:
    """An image stored under this id with this image vector."""
    return catalog.put(an_image(id=name, **changes), 0, {SPACE: {"image": vector}})


def written(catalog: Catalog, name: str, **words: object) -> Image:
    """An image stored under this id with no words but these."""
    silent: dict[str, object] = {"title": "", "description": "", "tags": (), "caption": None, "filename": ""}
    return catalog.put(an_image(id=name, **(silent | words)), 0)


def near(catalog: Catalog, vector: NDArray[np.float32], where: object = Everything, limit: int = 10) -> list[str]:
    return [hit.image_id for hit in catalog.nearest(SPACE, vector, where, limit)]  # type: ignore[arg-type]  # any Filter


def found(catalog: Catalog, *words: str, where: object = Everything, limit: int = 10, **terms: object) -> list[str]:
    wanted = WordTerms(words=words, **terms)  # type: ignore[arg-type]  # fields of WordTerms
    return [hit.image_id for hit in catalog.words(wanted, where, limit)]  # type: ignore[arg-type]  # any Filter


# --- neighbours ---


def test_neighbours_come_nearest_first_with_their_cosine(catalog: Catalog) -> None:
    seen(catalog, "same", unit(1, 0, 0))
    seen(catalog, "far", unit(-1, 0, 0))
    seen(catalog, "close", unit(1, 1, 0))
    hits = catalog.nearest(SPACE, unit(1, 0, 0), Everything, 10)
    assert [hit.image_id for hit in hits] == ["same", "close", "far"]
    assert [hit.cosine for hit in hits] == pytest.approx([1, 2**-0.5, -1], abs=1e-5)
    assert all(-1 <= hit.cosine <= 1 for hit in hits)
    assert near(catalog, unit(1, 0, 0), limit=2) == ["same", "close"]
    assert near(catalog, unit(1, 0, 0), limit=0) == []


def test_a_space_that_is_forgotten_has_no_neighbours_and_may_begin_anew(catalog: Catalog) -> None:
    image = seen(catalog, "image", unit(1, 0, 0))
    other = catalog.put(an_image(id="other"), 0, {"other@1": {"image": unit(0, 1)}})
    assert near(catalog, unit(1, 0, 0)) == ["image"]
    catalog.forget_space(SPACE)
    catalog.forget_space("unheard of")
    assert near(catalog, unit(1, 0, 0)) == []
    assert catalog.vectors([image.id], SPACE) == {}
    assert catalog.vectors([other.id], "other@1").keys() == {"other"}
    catalog.put(other, other.version, {SPACE: {"image": unit(0, 0, 1)}})
    assert near(catalog, unit(1, 0, 0)) == ["other"], "and nothing comes back of what was there"


def test_spaces_of_different_dimensions_never_meet(catalog: Catalog) -> None:
    catalog.put(an_image(id="both"), 0, {SPACE: {"image": unit(1, 0, 0)}, "other@1": {"image": unit(0, 1)}})
    seen(catalog, "one", unit(0, 1, 0))
    catalog.put(an_image(id="two"), 0, {"other@1": {"image": unit(1, 1)}})
    assert near(catalog, unit(1, 0, 0)) == ["both", "one"]
    assert [hit.image_id for hit in catalog.nearest("other@1", unit(1, 0), Everything, 10)] == ["two", "both"]


def test_equally_near_images_come_by_id(catalog: Catalog) -> None:
    for name in ("d", "b", "e", "a", "c"):
        seen(catalog, name, unit(3, 4, 5))
    assert near(catalog, unit(3, 4, 5), limit=3) == ["a", "b", "c"]


def test_neighbours_are_of_one_space_and_of_images_only(catalog: Catalog) -> None:
    words = {"caption": unit(1, 0), "description": unit(1, 0)}
    catalog.put(an_image(id="words only"), 0, {SPACE: words})
    catalog.put(an_image(id="elsewhere"), 0, {"other@1": {"image": unit(1, 0)}})
    assert near(catalog, unit(1, 0)) == []
    assert catalog.nearest("unheard of", unit(1, 0), Everything, 5) == []
    seen(catalog, "here", unit(1, 0))
    assert near(catalog, unit(1, 0)) == ["here"]


def test_the_filter_comes_before_the_limit(catalog: Catalog) -> None:
    for n in range(40):
        seen(catalog, f"{n:02}", unit(40 - n, n), category="comics" if n >= 35 else "portraits", published=n % 2 == 0)
    comics = Equal("category", "comics")
    assert near(catalog, unit(1, 0), comics, 2) == ["35", "36"]
    assert near(catalog, unit(1, 0), And((WALL, comics)), 9) == ["36", "38"]
    assert near(catalog, unit(1, 0), Not(In("id", ("00", "01"))), 1) == ["02"]
    assert near(catalog, unit(1, 0), Equal("owner", "nobody")) == []


def test_neighbours_follow_every_write(open_catalog: OpenCatalog) -> None:
    here, there = open_catalog(), open_catalog()
    image = seen(here, "a", unit(1, 0))
    seen(there, "b", unit(0, 1))
    for catalog in (here, there):
        assert near(catalog, unit(1, 0)) == ["a", "b"]
    image = there.put(image, 1, {SPACE: {"image": unit(-1, 0)}})
    for catalog in (here, there):
        assert near(catalog, unit(1, 0)) == ["b", "a"]
    image = here.put(image.but(category="comics", title="Unseen"), 2)
    for catalog in (here, there):
        assert near(catalog, unit(1, 0), Equal("category", "comics")) == ["a"]
    there.put(image.but(deleted_at=NOON), 3)
    for catalog in (here, there):
        assert near(catalog, unit(1, 0)) == ["b"]
    here.put(image.but(deleted_at=None), 4)
    there.delete("b")
    for catalog in (here, there):
        assert near(catalog, unit(1, 0)) == ["a"]


@pytest.mark.slow
def test_neighbours_stay_right_while_a_gallery_turns_over(catalog: Catalog) -> None:
    random = np.random.default_rng(7)
    expected: dict[str, NDArray[np.float32]] = {}
    for n in range(1600):
        vector = unit(*random.standard_normal(4))
        seen(catalog, f"{n:04}", vector)
        expected[f"{n:04}"] = vector
        if n % 3 == 0:
            catalog.delete(f"{n // 2:04}")
            expected.pop(f"{n // 2:04}", None)
        if n % 200 == 0:
            query = unit(*random.standard_normal(4))
            best = sorted(expected, key=lambda name: (-round(float(expected[name] @ query), 5), name))
            assert near(catalog, query, limit=1) == best[:1]
    assert {hit.image_id for hit in catalog.nearest(SPACE, query, Everything, 2000)} == set(expected)


def test_many_threads_search_while_others_write(catalog: Catalog) -> None:
    for n in range(50):
        seen(catalog, f"{n:03}", unit(50 - n, n), sha256=None)

    def work(n: int) -> list[str]:
        if n % 4 == 0:
            seen(catalog, f"{n + 50:03}", unit(-1, n), sha256=None)
        return near(catalog, unit(1, 0), limit=3)

    with ThreadPoolExecutor(6) as threads:
        assert all(hits == ["000", "001", "002"] for hits in threads.map(work, range(120)))
    assert len(near(catalog, unit(1, 0), limit=500)) == 80


def test_vectors_come_back_bit_for_bit(catalog: Catalog) -> None:
    image, caption = unit(*np.random.default_rng(3).standard_normal(512)), unit(*range(1, 513))
    stored = catalog.put(an_image(id="a"), 0, {SPACE: {"image": image}, "other@1": {"image": unit(1, 2)}})
    stored = catalog.put(stored, 1, {SPACE: {"caption": caption}})
    catalog.put(an_image(id="b"), 0)
    vectors = catalog.vectors(["a", "b", "nobody"], SPACE)
    assert list(vectors) == ["a"]
    assert set(vectors["a"]) == {"image", "caption"}
    np.testing.assert_array_equal(vectors["a"]["image"], image)
    np.testing.assert_array_equal(vectors["a"]["caption"], caption)
    assert vectors["a"]["image"].dtype == np.float32
    catalog.put(stored, 2, {SPACE: {"image": caption}})
    np.testing.assert_array_equal(catalog.vectors(["a"], SPACE)["a"]["image"], caption)


@pytest.mark.parametrize("vector", [[1.0, 0.0], [np.nan, 0.0, 1.0], [np.inf, 0.0, 0.0], [], [[1.0, 0.0, 0.0]]])
def test_a_vector_that_does_not_fit_its_space_is_refused_with_its_record(catalog: Catalog, vector: list[float]) -> None:
    seen(catalog, "first", unit(1, 0, 0))
    with pytest.raises(ValueError):
        seen(catalog, "second", np.array(vector, np.float32))
    assert catalog.get("second") is None
    assert near(catalog, unit(1, 0, 0)) == ["first"]


def test_a_survey_tells_what_is_nearest_and_how_all_others_lie(catalog: Catalog) -> None:
    assert catalog.survey(SPACE, unit(1, 0), Everything, 5).count == 0
    for n in range(20):
        seen(catalog, f"{n:02}", unit(20 - n, n), category="comics" if n < 15 else "portraits")
    catalog.put(an_image(id="words only", category="comics"), 0, {SPACE: {"caption": unit(1, 0)}})
    where = Equal("category", "comics")
    survey = catalog.survey(SPACE, unit(1, 0), where, 3)
    assert [hit.image_id for hit in survey.near] == near(catalog, unit(1, 0), where, 3) == ["00", "01", "02"]
    assert survey.count == 15
    expected = sorted((20 - n) / np.hypot(20 - n, n) for n in range(15))
    assert sorted(survey.cosines) == pytest.approx(expected, abs=0.01), "near enough to say how they lie"
    assert len(catalog.survey(SPACE, unit(1, 0), where, 0).near) == 0
    assert catalog.survey(SPACE, unit(1, 0), Equal("owner", "nobody"), 3).count == 0


def test_hashes_are_those_of_the_records_that_have_one(catalog: Catalog) -> None:
    catalog.put(an_image(id="a", dhash="0123456789abcdef"), 0)
    catalog.put(an_image(id="b", dhash=None), 0)
    assert catalog.hashes(["b", "a", "nobody", "\ud800"]) == {"a": "0123456789abcdef"}
    assert catalog.hashes([]) == {}


# --- words ---


def test_words_are_found_in_title_description_tags_caption_and_filename(catalog: Catalog) -> None:
    written(catalog, "title", title="A lighthouse")
    written(catalog, "description", description="The lighthouse")
    written(catalog, "tags", tags=("sea", "lighthouse"))
    written(catalog, "caption", caption=Caption(text="a lighthouse", model="blip", kind="caption"))
    written(catalog, "filename", filename="lighthouse.jpg")
    written(catalog, "looks", caption=Caption(text="lighthouse", model="palette@1", kind="looks"))
    written(catalog, "credit", credit="Lighthouse Press")
    assert found(catalog, "lighthouse") == ["title", "description", "tags", "caption", "filename"]


def test_a_file_name_is_read_as_words(catalog: Catalog) -> None:
    written(catalog, "a", filename="old_lighthouse-03.Final.JPG")
    for word in ("old", "lighthouse", "03", "final", "jpg"):
        assert found(catalog, word) == ["a"], word


def test_endings_and_accents_do_not_matter(catalog: Catalog) -> None:
    written(catalog, "a", description="Zwei CAFÉS, painted boats")
    for word in ("café", "cafe", "cafés", "boat", "boats", "painting"):
        assert found(catalog, word) == ["a"], word
    assert found(catalog, "oat") == []


def test_each_word_found_adds_to_the_rank(catalog: Catalog) -> None:
    for n in range(5):
        written(catalog, f"other{n}", description="something else")
    written(catalog, "one", description="red kite over fields")
    written(catalog, "both", description="red fox over fields")
    assert found(catalog, "red", "fox") == ["both", "one"]


def test_equally_good_images_come_by_id(catalog: Catalog) -> None:
    for name in ("c", "a", "b"):
        written(catalog, name, description="a red fox")
    assert found(catalog, "fox", limit=2) == ["a", "b"]


def test_the_last_word_matches_as_the_start_of_a_word(catalog: Catalog) -> None:
    written(catalog, "a", description="lighthouse")
    written(catalog, "b", description="light")
    assert set(found(catalog, prefix="lig")) == {"a", "b"}
    assert found(catalog, prefix="lighth") == ["a"]
    assert found(catalog, "lig") == []
    assert found(catalog, prefix="house") == []


def test_a_phrase_stands_as_written(catalog: Catalog) -> None:
    written(catalog, "a", description="the black cat sleeps")
    written(catalog, "b", description="a cat, black as coal")
    assert found(catalog, phrases=(("black", "cat"),)) == ["a"]
    assert set(found(catalog, "coal", phrases=(("black", "cat"),))) == {"a", "b"}
    assert found(catalog, phrases=((),)) == []


def test_what_nobody_wants_to_see_is_left_out(catalog: Catalog) -> None:
    written(catalog, "a", description="a red boat in the storm")
    written(catalog, "b", description="a red boat in the sun")
    assert found(catalog, "boat", without=(("storm",),)) == ["b"]
    assert found(catalog, "boat", without=(("red", "sun"), ("storm",))) == ["b"]
    assert found(catalog, "boat", without=(("the", "sun"), ("blue",))) == ["a"]
    assert found(catalog, without=(("storm",),)) == []


def test_scripts_without_spaces_are_found_within_a_sentence(catalog: Catalog) -> None:
    written(catalog, "tokyo", description="東京の夜景がきれい")
    written(catalog, "kyoto", description="京都の朝")
    written(catalog, "thai", description="แมวสีดำบนหลังคา")
    written(catalog, "korean", description="서울의 야경")
    assert found(catalog, "夜景") == ["tokyo"]
    assert found(catalog, "東京") == ["tokyo"]
    assert found(catalog, "京東") == []
    assert set(found(catalog, prefix="京")) == {"tokyo", "kyoto"}
    assert found(catalog, "สีดำ") == ["thai"]
    assert found(catalog, prefix="서울") == ["korean"]
    assert found(catalog, "京", without=(("夜景",),)) == ["kyoto"]


HOSTILE = (
    '"', '""', "'", "*", "^red", "red OR", "NOT", "AND", "NEAR(red boat)", "title:red", "{title}:red", "(", ")", "-red", "+",
    "red\0boat", "\0", "\ud800", "!!!", "a" * 5000, "\u202e", "🎈", "%", ";", "--", "\\", "\n", "rowid:1", "words", "",
)  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_typed_is_syntax(catalog: Catalog, typed: str) -> None:
    written(catalog, "a", description="red boat")
    for terms in (
        WordTerms(words=(typed,)),
        WordTerms(prefix=typed),
        WordTerms(phrases=((typed, typed),)),
        WordTerms(words=("boat",), without=((typed,),)),
    ):
        catalog.words(terms, Everything, 10)
    assert found(catalog, "boat", typed) == ["a"]
    assert catalog.word_counts([typed])[1] == 1


def test_a_very_long_query_is_answered(catalog: Catalog) -> None:
    written(catalog, "a", description="needle")
    words = tuple(f"word{n}" for n in range(400))
    assert found(catalog, *words, "needle", phrases=tuple((word, "x") for word in words)) == ["a"]


def test_words_keep_within_the_filter_and_the_filter_comes_before_the_limit(catalog: Catalog) -> None:
    for n in range(30):
        written(catalog, f"{n:02}", title="fox" if n < 25 else "", description="fox", category="comics" if n > 25 else "portraits")
    assert found(catalog, "fox", where=Equal("category", "comics"), limit=2) == ["26", "27"]
    assert found(catalog, "fox", where=Equal("owner", "ada")) == []


def test_words_follow_the_record(catalog: Catalog) -> None:
    image = written(catalog, "a", description="fox")
    image = catalog.put(image.but(description="badger"), 1)
    assert found(catalog, "fox") == []
    assert found(catalog, "badger") == ["a"]
    image = catalog.put(image.but(deleted_at=NOON), 2)
    assert found(catalog, "badger") == []
    assert catalog.word_counts(["badger"]) == ({"badger": 0}, 0)
    catalog.put(image.but(deleted_at=None), 3)
    assert found(catalog, "badger") == ["a"]
    catalog.delete("a")
    assert found(catalog, "badger") == []


def test_words_are_counted_as_the_index_folds_them(catalog: Catalog) -> None:
    written(catalog, "a", description="Cafés and boats, boats")
    written(catalog, "b", title="boat")
    written(catalog, "c", description="nothing")
    assert catalog.word_counts(["boat", "cafe", "ship"]) == ({"boat": 2, "cafe": 1, "ship": 0}, 3)
    assert catalog.word_counts([]) == ({}, 3)


# --- colours ---


def colours(**shares: float) -> tuple[Swatch, ...]:
    return tuple(Swatch(hex="#123456", name=name, share=share) for name, share in shares.items())


def test_colours_add_up_and_the_largest_share_comes_first(catalog: Catalog) -> None:
    catalog.put(an_image(id="a", palette=colours(red=0.25, blue=0.5)), 0)
    catalog.put(an_image(id="b", palette=(*colours(red=0.375), *colours(red=0.25), *colours(grey=0.25))), 0)
    catalog.put(an_image(id="c", palette=colours(green=1.0)), 0)
    hits = catalog.coloured(["red"], Everything, 10)
    assert [(hit.image_id, hit.share) for hit in hits] == [("b", 0.625), ("a", 0.25)]
    hits = catalog.coloured(["red", "blue", "red"], Everything, 10)
    assert [(hit.image_id, hit.share) for hit in hits] == [("a", 0.75), ("b", 0.625)]
    assert catalog.coloured([], Everything, 10) == []
    assert catalog.coloured(["'; --"], Everything, 10) == []


def test_colours_keep_within_the_filter_with_ties_by_id(catalog: Catalog) -> None:
    for n in (3, 1, 2, 0):
        catalog.put(an_image(id=str(n), palette=colours(red=0.5), published=n != 0, created_at=NOON + timedelta(seconds=n)), 0)
    assert [hit.image_id for hit in catalog.coloured(["red"], WALL, 2)] == ["1", "2"]


def test_how_near_colours_come_is_told_of_every_image_or_of_none(catalog: Catalog) -> None:
    """By the very formula with which one record is judged; of equals the first by id."""
    target = "#d2b48c"
    for n, near in enumerate(("#d2b48c", "#d2b48c", "#cfa080", "#8b5a2b", "#2f55c0")):
        rest = Swatch(hex="#2f55c0", name="blue", share=0.6 + n / 100)
        catalog.put(an_image(id=f"{n}", palette=(rest, Swatch(hex=near, name="brown", share=0.3))), 0)
    catalog.put(an_image(id="none", palette=()), 0)
    catalog.put(an_image(id="gone", palette=(Swatch(hex=target, name="brown", share=1.0),), deleted_at=NOON), 0)
    hits = catalog.shades(target, SAME_COLOUR, 0.0, Everything, 10)
    if hits is None:
        return
    told = {hit.image_id: (hit.close, hit.share) for hit in hits}
    truth = {image.id: closeness(image, target) for image in catalog.get_many(["0", "1", "2", "3", "4"])}
    assert set(told) == {image_id for image_id, (close, _) in truth.items() if close}
    assert all(told[image_id] == pytest.approx(truth[image_id], abs=1e-5) for image_id in told)
    assert [hit.image_id for hit in hits] == sorted(told, key=lambda image_id: (-told[image_id][0], image_id))
    for limit in (0, 1, 2):
        assert catalog.shades(target, SAME_COLOUR, 0.0, Everything, limit) == hits[:limit]
    assert [h.image_id for h in catalog.shades(target, SAME_COLOUR, 0.3, Everything, 9) or ()] == ["0", "1", "2"]
    assert catalog.shades(target, SAME_COLOUR, 0.0, In("id", ("2", "none")), 9) == [hit for hit in hits if hit.image_id == "2"]


def test_colours_follow_the_record(catalog: Catalog) -> None:
    image = catalog.put(an_image(id="a", palette=colours(red=0.5)), 0)
    image = catalog.put(image.but(palette=colours(blue=0.5)), 1)
    assert catalog.coloured(["red"], Everything, 5) == []
    assert len(catalog.coloured(["blue"], Everything, 5)) == 1
    catalog.put(image.but(deleted_at=NOON), 2)
    assert catalog.coloured(["blue"], Everything, 5) == []
