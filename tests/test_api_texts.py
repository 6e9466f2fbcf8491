"""People's words in every field, however strange: stored whole, or refused with the field's name; never changed silently."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightsync.images import MAX_DESCRIPTION, MAX_TAGS
from sightsync.services import Services
from sightsync.texts import clean, clean_filename, clean_tags
from tests.conftest import Client
from tests.records import an_image

WHOLE = {
    "markup": "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "entities": "&lt;b&gt; &amp; \"quotes\" 'single' `back`",
    "right to left": "\u202eevil\u202c עברית العربية \u200f",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪",
    "zero width": "a\u200bb\u200dc\ufeff.",
    "sql": "'; DROP TABLE images; --",
    "template": "{{7*7}} ${7*7} %s %n",
    "backslash": "\\u0000 \\x00 \\",
    "line separator": "a\u2028b\u2029c",
    "c1 control": "a\u0085b\u009fc",
    "private use": "\ue000\U0010fffd",
    "noncharacter": "\uffff\ufdd0",
    "marks without a letter": "\u0301\u0302\u0303",
    "zalgo": "h" + "\u0316\u0317\u0318\u0319" * 8,
}
REFUSED = {"nul": "a\u0000b", "bell": "a\u0007b", "escape": "\u001b[31mred", "unit separator": "a\u001fb", "backspace": "a\bb"}
SURROGATES = {"high": "a\ud83d", "low": "\udc00a", "swapped": "\udc00\ud83d"}
FIELDS = {"title": str, "description": str, "credit": str, "tags": list}


def in_field(field: str, text: str) -> dict[str, object]:
    return {field: [text] if FIELDS[field] is list else text}


def raw(body: dict[str, object]) -> bytes:
    """JSON with everything escaped, as surrogates can only be sent."""
    return json.dumps(body, ensure_ascii=True).encode()


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE.keys())
def test_strange_words_are_stored_whole(services: Services, ada: Client, field: str, text: str) -> None:
    if FIELDS[field] is list:
        text = text[:40].strip()
    image = services.catalog.put(an_image(owner="ada"), 0)
    answer = ada.patch(f"/api/images/{image.id}", json=in_field(field, text))
    assert answer.status_code == 200
    whole = unicodedata.normalize("NFC", text)
    assert answer.json()[field] == in_field(field, whole)[field]
    assert ada.get(f"/api/images/{image.id}").json()[field] == in_field(field, whole)[field]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", [*REFUSED.values(), *SURROGATES.values()], ids=[*REFUSED, *SURROGATES])
def test_words_that_cannot_be_stored_are_refused(services: Services, ada: Client, field: str, text: str) -> None:
    image = services.catalog.put(an_image(owner="ada"), 0)
    headers = {"content-type": "application/json"}
    answer = ada.patch(f"/api/images/{image.id}", content=raw(in_field(field, text)), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert answer.json()["details"][0]["field"].startswith(field)
    assert services.catalog.get(image.id) == image


@pytest.mark.parametrize("text", [*REFUSED.values(), *SURROGATES.values()], ids=[*REFUSED, *SURROGATES])
def test_the_same_holds_for_uploads_many_texts_and_searches(ada: Client, text: str) -> None:
    headers = {"content-type": "application/json"}
    for method, path, body in (
        ("POST", "/api/uploads", {"filename": text, "content_type": "image/png", "bytes": 1}),
        ("POST", "/api/uploads", {"filename": "a", "content_type": "image/png", "bytes": 1, "description": text}),
        ("PATCH", "/api/images", {"ids": ["0" * 32], "set": {"title": text}}),
        ("PATCH", "/api/images", {"ids": ["0" * 32], "set": {text: 1}}),
        ("POST", f"/api/images/{'0' * 32}/scores", {"texts": [text]}),
    ):
        assert ada.request(method, path, content=raw(body), headers=headers).status_code == 422, body
    if text in REFUSED.values():
        assert ada.get("/api/search", params={"q": text}).status_code == 422


def test_overlong_runs_of_marks_are_refused_quickly_and_short_ones_kept(services: Services, ada: Client) -> None:
    image = services.catalog.put(an_image(owner="ada"), 0)
    short = "a" + "\u0323\u0307" * 400
    assert ada.patch(f"/api/images/{image.id}", json={"description": short}).status_code == 200
    # Sorting marks takes time that grows with the square of their number: what is far too long must not get that far.
    answer = ada.patch(f"/api/images/{image.id}", json={"description": "a" + "\u0323\u0307" * 40_000})
    assert answer.status_code == 422


def test_an_unknown_field_is_named_only_if_it_looks_like_a_name(ada: Client) -> None:
    for name, told in (("colour", "set.colour"), ("<script>", "(unnamed)"), ("x" * 5000, "(unnamed)"), ("\u202e", "(unnamed)")):
        answer = ada.patch("/api/images", json={"ids": ["0" * 32], "set": {name: 1}})
        assert [found["field"] for found in answer.json()["details"]] == [told]


# --- The rules themselves -----------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_without_control_characters_comes_through_but_for_its_form(text: str) -> None:
    assert clean(text, 10_000) == unicodedata.normalize("NFC", text).strip()


@given(st.text(st.characters()), st.booleans())
@settings(max_examples=300)
def test_cutting_never_refuses_and_always_fits(text: str, lines: bool) -> None:
    kept = clean(text, 20, lines=lines, cut=True)
    assert len(kept) <= 20
    assert kept.encode() is not None
    assert clean(kept, 20, lines=lines) == kept


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=60))
def test_tags_of_a_sidecar_always_fit(tags: list[str]) -> None:
    kept = clean_tags(tags, cut=True)
    assert len(kept) <= MAX_TAGS
    assert len({tag.casefold() for tag in kept}) == len(kept)
    assert all(0 < len(tag) <= 40 for tag in kept)
    assert clean_tags(kept) == kept


def test_lines_are_kept_where_they_belong_and_folded_elsewhere() -> None:
    assert clean("a\r\nb\rc\td", 99, lines=True) == "a\nb\nc\td"
    assert clean("a\r\nb\rc\td", 99) == "a b c d"


def test_length_is_counted_after_composing() -> None:
    assert clean("e\u0301" * MAX_DESCRIPTION, MAX_DESCRIPTION) == "é" * MAX_DESCRIPTION
    with pytest.raises(ValueError, match="At most 1000"):
        clean("é" * (MAX_DESCRIPTION + 1), MAX_DESCRIPTION)


def test_a_repeated_tag_keeps_its_first_spelling() -> None:
    assert clean_tags(["Straße", "STRASSE", " ", "boats", "Boats"]) == ("Straße", "boats")


def test_a_filename_of_a_sidecar_is_shortened_rather_than_refused() -> None:
    assert clean_filename("x" * 300, cut=True) == "x" * 255
    assert clean_filename("a/\x00", cut=True) == ""
