"""What is typed is understood or taken as plain text; nothing that can be typed breaks the parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightsync.query import Part, Query, parse

TYPED = st.text(st.one_of(st.sampled_from('abc -":^#.0129 \t'), st.characters()), max_size=60)
LANGUAGE = st.lists(
    st.sampled_from(
        [
            "red",
            "boat^2",
            "-cat",
            '"at the sea"',
            '-"no sea"',
            "colour:red",
            "color:#c0392b",
            "category:comics",
            'category:"General Illustrations"',
            "similar:abc123",
            "check:words_disagree",
            '"open',
            "-",
            "--",
            "^2",
            "a:b",
            '""',
            "x^0",
            "colour:none",
        ]
    ),
    max_size=8,
).map(" ".join)


@given(st.one_of(TYPED, LANGUAGE))
def test_whatever_is_typed_parses_and_its_printed_form_means_the_same(text: str) -> None:
    query = parse(text)
    assert parse(str(query)) == query
    assert str(parse(str(query))) == str(query)


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=6))
def test_plain_words_are_all_kept_in_order(words: list[str]) -> None:
    query = parse(" ".join(words))
    assert query.plain == " ".join(words)
    assert query.words == tuple(dict.fromkeys(words))
    assert query.without == ()


def test_the_whole_language() -> None:
    query = parse('Red boat^2 "at the  sea" -Cat -"old man" category:comics colour:RED color:#C0392B similar:abc')
    assert query.words == ("red", "boat")
    assert query.phrases == (("at", "the", "sea"),)
    assert query.without == (("cat",), ("old", "man"))
    assert query.category == "comics"
    assert query.colours == ("red", "#c0392b")
    assert query.similar == "abc"
    assert query.texts == (("Red at the sea", 1.0), ("boat", 2.0))


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("red fl", "fl"),
        ("red fl ", None),
        ('"red fl"', None),
        ("fl -gr", None),
        ("a", None),
        ("猫", "猫"),
        ("colour:red", None),
        ("woman's", None),
        ("boat^2", "boat"),
    ],
)
def test_only_a_word_that_may_still_grow_is_a_prefix(text: str, prefix: str | None) -> None:
    assert parse(text).prefix == prefix


@pytest.mark.parametrize(
    "text", ["http://a.b/c", "time:12:30", "colour:nothing", "similar:../x", "check:failed", "-colour:red", "boat^0", "boat^x"]
)
def test_what_is_no_part_of_the_language_is_plain_text(text: str) -> None:
    query = parse(text)
    assert [p.kind for p in query.parts] == ["word"]
    assert query.parts[0].text == text.lstrip("-")
    assert (query.colours, query.similar, query.category) == ((), None, None)


def test_a_category_may_be_quoted_and_refused() -> None:
    assert parse('category:"General Illustrations"').category == "General Illustrations"
    assert parse("-category:comics").parts == (Part("category", "comics", negated=True),)


def test_an_open_quote_ends_with_the_text() -> None:
    assert parse('boat "in the').phrases == (("in", "the"),)


def test_both_spellings_of_grey_are_one_colour() -> None:
    assert parse("color:gray").colours == parse("colour:grey").colours == ("grey",)


def test_nothing_is_a_query_too() -> None:
    assert parse(" \x00 ") == Query()
    assert str(Query()) == ""
