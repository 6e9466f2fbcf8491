"""What is typed is understood or taken as plain text; nothing that can be typed breaks the parser."""

from dataclasses import replace

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
            "-check:failed",
            "status:ready^2",
            "-similar:abc^0.5",
            "-colour:red^3",
            "boat^2^1",
            'category:"a^2"',
            "\u201ccurly\u201d",
            "\u2013dash",
            '"open',
            "-",
            "--",
            "^2",
            "a:b",
            '""',
            "x^0",
            "category:",
            "category:^2",
            "category:^2^1",
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
    query = parse(
        'Red boat^2 harbour "at the  sea"^0.5 -Cat -"old man"^3 category:comics colour:RED^2 -color:#C0392B '
        "similar:abc^2 -similar:def check:Words-Disagree -check:no_words STATUS:failed"
    )
    assert query.words == ("red", "boat", "harbour")
    assert query.phrases == (("at", "the", "sea"),)
    assert query.without == (("cat",), ("old", "man"))
    assert query.parts[6:] == (
        Part("category", "comics"),
        Part("colour", "red", 2.0),
        Part("colour", "#c0392b", negated=True),
        Part("similar", "abc", 2.0),
        Part("similar", "def", negated=True),
        Part("check", "words_disagree"),
        Part("check", "no_words", negated=True),
        Part("status", "failed"),
    )


def test_plain_words_are_one_text_and_each_chip_of_words_is_another() -> None:
    query = parse('red boat^2 harbour "at the sea" lamp^2 -cat -"old man"^3')
    assert query.texts == (("red harbour", 1.0), ("boat", 2.0), ("at the sea", 1.0), ("lamp", 2.0))
    assert query.unwanted_texts == (("cat", 1.0), ("old man", 3.0))
    assert query.weights == (1.0, 2.0)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("red fl", "fl"),
        ("red fl ", None),
        ('"red fl"', None),
        ("fl -gr", None),
        ("a", None),
        ("猫", "猫"),
        ("ö", None),
        ("ød", "ød"),
        ("colour:red", None),
        ("colour:re", "re"),
        ("check:failed", None),
        ("woman's", None),
        ("boat^2", "boat"),
    ],
)
def test_only_a_word_that_may_still_grow_is_a_prefix(text: str, prefix: str | None) -> None:
    assert parse(text).prefix == prefix


NOT_OURS = """http://a.b/c time:12:30 colour:nothing -colour:nothing similar:../x check:nothing status:asleep
    - -- ^2 boat^0 boat^x boat^11 boat^ colour: :red"""


@pytest.mark.parametrize("text", NOT_OURS.split())
def test_what_is_no_part_of_the_language_is_plain_text(text: str) -> None:
    query = parse(text)
    assert [p.kind for p in query.parts] == ["word"]
    assert query.parts[0].text == (text if set(text) == {"-"} else text.lstrip("-"))
    assert query.parts[0].weight == 1.0


@pytest.mark.parametrize("chip", ["category:comics", "colour:red", "check:failed", "status:ready", "similar:abc", '"a b"', "boat"])
def test_every_chip_can_be_weighted_and_refused(chip: str) -> None:
    plain, weighted, refused, both = (parse(text).parts[0] for text in (chip, f"{chip}^2.5", f"-{chip}", f"-{chip}^2.5"))
    assert (plain.weight, plain.negated) == (1.0, False)
    assert weighted == replace(plain, weight=2.5)
    assert refused == replace(plain, negated=True)
    assert both == replace(plain, weight=2.5, negated=True)
    assert str(both) == f"-{chip}^2.5"


@pytest.mark.parametrize("part", ["red", '"a b"', "category:comics", "a:b"])
def test_no_word_begins_with_a_minus_so_that_each_can_be_refused(part: str) -> None:
    once, twice, dashed = (parse(minus + part).parts for minus in ("-", "--", "\u2013\u2212"))
    assert once == twice == dashed == (replace(parse(part).parts[0], negated=True),)
    assert parse('-"-red"').parts == (Part("phrase", "-red", negated=True),)


def test_a_category_may_be_quoted() -> None:
    assert parse('category:"General Illustrations"').parts == (Part("category", "General Illustrations"),)


def test_what_a_phone_makes_of_quotes_and_minus_is_what_was_meant() -> None:
    assert parse("\u201cold man\u201d \u2013cat \u2212dog").parts == parse('"old man" -cat -dog').parts


def test_an_open_quote_ends_with_the_text() -> None:
    assert parse('boat "in the').phrases == (("in", "the"),)


def test_both_spellings_of_grey_are_one_colour() -> None:
    assert parse("color:gray").parts == parse("colour:grey").parts == (Part("colour", "grey"),)


def test_nothing_is_a_query_too() -> None:
    assert parse(" \x00 ") == Query()
    assert str(Query()) == ""
