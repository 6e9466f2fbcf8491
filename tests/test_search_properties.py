"""Whatever is typed, and however it is paged: a search never fails, never repeats or loses an image, and keeps its filters."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sightsync.adapters.palette import PaletteVision, image_vector
from sightsync.adapters.palette_degrees import CONCEPTS
from sightsync.adapters.sqlite import SqliteCatalog
from sightsync.errors import BadRequest, InvalidRequest
from sightsync.highlights import fold, stem
from sightsync.images import Swatch
from sightsync.query import parse, words_of
from sightsync.search import Results, search
from sightsync.search_cursor import decode, fingerprint
from tests.fakes import SPACE, FakeVision, asleep
from tests.records import NOON, an_image
from tests.test_query import LANGUAGE, TYPED

VISION = PaletteVision()
UNTIMED = settings(deadline=None)
NOUNS = ("boat", "boats", "red", "tower", "flower", "sea", "dog", "old man", "blue", "cat")
CATEGORIES = ("comics", "portraits", "illustrations")


HASHES = ("0f1e2d3c4b5a6978", "0f1e2d3c4b5a697b", "f0e1d2c3b4a59687", "123456789abcdef0", "0" * 16)  # some are copies


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteCatalog]:
    """Forty images of few words and looks, some without vectors, some drafts of Ada's, some deleted."""
    catalog = SqliteCatalog(Path(tmp_path_factory.mktemp("gallery")) / "catalog.db")
    random = Random(7)  # the same gallery every time
    for number in range(40):
        words = " ".join(random.sample(NOUNS, random.randint(0, 3)))
        palette = (Swatch(hex="#d13b35", name="red", share=0.3),) if random.random() < 0.5 else ()
        state = {"published": number % 8 != 0, "owner": "ada", "deleted_at": NOON if number % 10 == 1 else None}
        image = an_image(
            id=f"n{number:02}",
            checks=("no_words",) if not words else (),
            dhash=HASHES[number % len(HASHES)],
            title="",
            tags=(),
            filename=f"{number}.jpg",
            description=words,
            palette=palette,
            category=random.choice(CATEGORIES),
            **state,
        )
        looks = {"palette@1": {"image": image_vector(np.array([random.random() for _ in CONCEPTS]))}}
        fake = {SPACE: {"image": np.array([random.random(), random.random()], np.float32)}}
        catalog.put(image, 0, looks | fake if number % 6 else None)
    yield catalog
    catalog.close()


def pages(catalog: SqliteCatalog, text: str, viewer: str | None, size: int) -> list[Results]:
    found = [search(parse(text), None, viewer, None, size, catalog, VISION)]
    while found[-1].next_cursor:
        found.append(search(parse(text), None, viewer, found[-1].next_cursor, size, catalog, VISION))
    return found


CHIPS = (
    *("-sea", "-boat^2", '"old man"^3', "colour:red", "-colour:red", "color:#d03030^2", "similar:n03", "-similar:n03^2", "-dark"),
    *("check:no_words", "-check:no_words", "status:ready", "category:comics", "-category:portraits", "bright^0.5", "red^3"),
)
VIEWERS = st.sampled_from([None, "ada", "bob"])
QUERIES = st.one_of(
    TYPED,
    LANGUAGE,
    st.lists(st.sampled_from([*NOUNS, *CHIPS]), max_size=4).map(" ".join),
)


@UNTIMED
@given(text=QUERIES, viewer=VIEWERS, size=st.integers(1, 15))
@example(text="-boat", viewer=None, size=3)
@example(text="red boat colour:red -sea", viewer="ada", size=1)
def test_paging_never_repeats_or_drops_and_shows_only_what_may_be_seen(
    gallery: SqliteCatalog, text: str, viewer: str | None, size: int
) -> None:
    paged = [hit for page in pages(gallery, text, viewer, size) for hit in page.hits]
    whole = [hit for page in pages(gallery, text, viewer, 100) for hit in page.hits]
    assert [(h.image.id, h.likely, h.like) for h in paged] == [(h.image.id, h.likely, h.like) for h in whole]
    every = [image_id for h in whole for image_id in (h.image.id, *h.like)]
    assert len(set(every)) == len(every)
    assert all(image.visible_to(viewer) for image in gallery.get_many(every))
    assert [h.likely for h in whole] == sorted((h.likely for h in whole), reverse=True)


@UNTIMED
@given(words=st.lists(st.sampled_from(NOUNS), max_size=2), refused=st.sampled_from(["boat", "sea", "old man", "flower"]))
def test_negated_words_never_appear(gallery: SqliteCatalog, words: list[str], refused: str) -> None:
    text = " ".join(words) + f' -"{refused}"'
    unwanted = [stem(word) for word in words_of(refused)]
    for page in pages(gallery, text, "ada", 20):
        for image in gallery.get_many([image_id for hit in page.hits for image_id in (hit.image.id, *hit.like)]):
            said = [stem(word) for word in words_of(image.description)]
            runs = zip(*(said[n:] for n in range(len(unwanted))), strict=False)
            assert tuple(unwanted) not in set(runs)


@UNTIMED
@given(words=st.lists(st.sampled_from(NOUNS), max_size=2), category=st.sampled_from(CATEGORIES), typed=st.booleans())
def test_filters_are_exact(gallery: SqliteCatalog, words: list[str], category: str, typed: bool) -> None:
    text = " ".join([*words, f"category:{category}"] if typed else words)
    results = search(parse(text), None if typed else category, None, None, 100, gallery, VISION)
    assert {hit.image.category for hit in results.hits} <= {category}
    if not words:
        everything = search(parse(""), None, None, None, 100, gallery, VISION).hits
        assert len(results.hits) == sum(hit.image.category == category for hit in everything)


@UNTIMED
@given(words=st.lists(st.sampled_from(NOUNS), min_size=1, max_size=2))
def test_highlights_are_words_of_the_record(gallery: SqliteCatalog, words: list[str]) -> None:
    for hit in search(parse(" ".join(words) + " "), None, None, None, 100, gallery, VISION).hits:
        assert hit.why.words or hit.why.meaning
        if hit.why.words:
            assert hit.why.words.highlights
            assert all(fold(h) in fold(hit.image.description) for h in hit.why.words.highlights)


@UNTIMED
@given(
    cursor=st.one_of(st.text(max_size=80), st.binary(max_size=80).map(lambda b: base64.urlsafe_b64encode(b).decode().rstrip("=")))
)
@example(cursor="")
@example(cursor=base64.urlsafe_b64encode(b"[" * 900).decode())
@example(cursor=base64.urlsafe_b64encode(b'["x",null,null,0,null,0,"",false,null,false]').decode())
def test_a_cursor_that_is_none_is_refused(gallery: SqliteCatalog, cursor: str) -> None:
    with pytest.raises(BadRequest) as refused:
        search(parse("boat"), None, None, cursor, 10, gallery, VISION)
    assert refused.value.code == "bad_cursor"


@pytest.mark.parametrize("name", ["space", "reason", "stage", "inner", "rare"])
@pytest.mark.parametrize("value", [False, 0, [], {}])
def test_a_cursor_that_holds_nothing_where_it_holds_words_is_refused(gallery: SqliteCatalog, name: str, value: object) -> None:
    """What counts as false is no text: nothing behind the cursor has to be afraid of it."""
    given = search(parse("boat"), None, None, None, 1, gallery, VISION).next_cursor
    assert given
    place = decode(given, fingerprint("query", "boat", None))
    with pytest.raises(BadRequest) as refused:
        search(parse("boat"), None, None, replace(place, **{name: value}).encode(), 1, gallery, VISION)  # type: ignore[arg-type]  # that is the point
    assert refused.value.code == "bad_cursor"


@UNTIMED
@given(text=st.text(max_size=450))
def test_only_the_length_of_a_query_can_be_wrong(gallery: SqliteCatalog, text: str) -> None:
    try:
        search(parse(text), None, None, None, 5, gallery, VISION)
    except InvalidRequest:
        assert len(text) > 300


EAST, NORTH = np.eye(2, dtype=np.float32)


@settings(deadline=None, max_examples=40)
@given(
    awake=st.lists(st.booleans(), min_size=1, max_size=6),
    words=st.lists(st.sampled_from(NOUNS), min_size=1, max_size=2),
    size=st.integers(1, 15),
)
def test_a_model_that_wakes_between_pages_makes_nothing_appear_twice_or_never(
    gallery: SqliteCatalog, awake: list[bool], words: list[str], size: int
) -> None:
    """Whatever the first page could ask, the others go on with; what a model was once asked is remembered."""
    vision = FakeVision(vector=lambda text: EAST if len(text) % 2 else NORTH)
    calm = FakeVision(vector=vision.vector, fail=None if awake[0] else asleep())
    query = parse(" ".join(words) + " ")
    whole = search(query, None, "ada", None, 100, gallery, calm)
    found, cursor, number = [], None, 0
    while cursor or not number:
        vision.fail = None if awake[min(number, len(awake) - 1)] else asleep()
        page = search(query, None, "ada", cursor, size, gallery, vision)
        assert (page.mode, page.reason) == (whole.mode, whole.reason)
        found += [hit.image.id for hit in page.hits]
        cursor, number = page.next_cursor, number + 1
    assert found == [hit.image.id for hit in whole.hits]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(NOUNS), min_size=1, max_size=3), chip=st.sampled_from(["", "-cat", "colour:red", "red^2"]))
def test_what_is_deleted_never_appears_and_what_is_new_is_there_at_once(
    gallery: SqliteCatalog, words: list[str], chip: str
) -> None:
    text = " ".join(words)
    query = parse(f"{text} {chip} ")
    palette = (Swatch(hex="#d13b35", name="red", share=0.9),)
    image = gallery.put(an_image(description=f"{text} teapot", palette=palette, tags=(), title=""), 0)
    holds = "cat" not in words or chip != "-cat"

    def shown() -> set[str]:
        results = search(query, None, None, None, 100, gallery, VISION)
        return {image_id for hit in results.hits for image_id in (hit.image.id, *hit.like)}

    assert (image.id in shown()) == holds
    gone = gallery.put(image.but(deleted_at=NOON), image.version)
    assert image.id not in shown()
    gallery.delete(gone.id)
    assert image.id not in shown()
