"""Words and picture, from the upload to the Desk: every verdict, every reason for none, and what an owner may do about it."""

from collections.abc import Iterator

import pytest

from sightsync.services import Services
from tests.analysing import Gallery
from tests.fakes import NamesAsTokens, asleep
from tests.scaled import Towers, main_colour, plain

BLUE, GREEN, RED = plain(20, 40, 200), plain(20, 200, 40), plain(210, 30, 20)


@pytest.fixture
def gallery(tmp_path) -> Iterator[Gallery]:
    gallery = Gallery(tmp_path, issuer="https://issuer.example")
    gallery.vision = Towers()
    shows = {BLUE: ("boat",), GREEN: ("tree",), RED: ("dress", "moon")}
    gallery.vision.shows = {main_colour(body): words for body, words in shows.items()}
    yield gallery
    gallery.close()


@pytest.fixture
def services(gallery) -> Services:
    return Services(gallery.settings, gallery.store, gallery.catalog, gallery.vision, gallery.queue, NamesAsTokens())


@pytest.fixture
def add(gallery):
    """A published picture of Ada's with these words, analysed; its id."""

    def add(body: bytes, description: str, **fields) -> str:
        image = gallery.upload(body, owner="ada", published=True, description=description, **fields)
        gallery.waiting()
        gallery.analyse(image)
        return image.id

    return add


def work(gallery):
    """What the queue brings."""
    gallery.deliver(*[gallery.message(body) for body in gallery.waiting()])


def desk(client) -> dict[str, int]:
    checks = ("words_disagree", "no_words", "uncategorised", "near_duplicate", "failed")
    told = client.get("/api/desk").json()
    return {name: told[name] for name in checks if told[name]}


def shown(client, image_id):
    return client.get(f"/api/images/{image_id}").json()


def put(client, image_id, **fields):
    answer = client.patch(f"/api/images/{image_id}", json=fields)
    assert answer.status_code == 200
    return answer.json()


# --- verdicts and their absence


@pytest.mark.parametrize(
    ("words", "verdict", "reason"),
    [
        ("A boat at anchor", "agrees", None),
        ("A tree on a hill", "disagrees", None),
        ("my photo", "unknown", "generic"),
        ("Лодка на воде", "unknown", "language"),
        ("a boat " * 60, "unknown", "truncated"),
    ],
)
def test_words_get_their_verdict_or_the_reason_why_there_is_none(ada, add, words, verdict, reason):
    image = shown(ada, add(BLUE, words))
    assert (image["match"]["verdict"], image["match"]["reason"]) == (verdict, reason)
    assert (image["match"]["z"] is None, image["match"]["score"] is None) == (reason is not None,) * 2
    assert image["match"]["caption_z"] > 2, "the model's own words have their place on the scale in any case"


def test_words_that_say_nothing_to_the_model_have_no_vector(ada, add, gallery):
    vector = gallery.vision.vector
    gallery.vision.vector = lambda thing: None if thing == "xyzzy" else vector(thing)
    assert shown(ada, add(BLUE, "xyzzy"))["match"]["reason"] == "no_vector"


def test_new_words_are_saved_at_once_and_matched_by_a_message(ada, add, gallery):
    image_id = add(BLUE, "A tree on a hill")
    saved = put(ada, image_id, description="A boat at anchor")
    assert (saved["description"], saved["match"]["reason"]) == ("A boat at anchor", "pending")
    assert gallery.queue.counts()["waiting"] == 1
    calls = len(gallery.vision.calls)
    work(gallery)
    assert shown(ada, image_id)["match"]["verdict"] == "agrees"
    assert gallery.vision.calls[calls:] == [("embed", 1)], "only the words are read"


@pytest.mark.parametrize(("words", "reason"), [("an image", "generic"), ("Лодка", "language"), ("boat " * 80, "truncated")])
def test_new_words_that_cannot_be_judged_say_why(ada, add, gallery, words, reason):
    image_id = add(BLUE, "A boat at anchor")
    put(ada, image_id, description=words)
    work(gallery)
    assert shown(ada, image_id)["match"]["reason"] == reason


def test_new_words_wait_for_a_sleeping_model_and_are_saved_all_the_same(ada, add, gallery):
    image_id = add(BLUE, "A tree on a hill")
    gallery.vision.fail = asleep()
    put(ada, image_id, description="A boat at anchor")
    bodies = gallery.waiting()
    assert gallery.deliver(*[gallery.message(body) for body in bodies]) != []
    waiting = shown(ada, image_id)
    assert (waiting["description"], waiting["analysis"], waiting["match"]["reason"]) == ("A boat at anchor", "waking", "pending")
    gallery.vision.fail = None
    gallery.deliver(*[gallery.message(body) for body in bodies])
    assert shown(ada, image_id)["match"]["verdict"] == "agrees"


# --- the audit


def test_words_that_the_picture_contradicts_wait_on_the_desk_with_what_the_model_sees(ada, add):
    right, wrong = add(GREEN, "A tree on a hill"), add(BLUE, "Two cats and their bread")
    assert desk(ada) == {"words_disagree": 1, "uncategorised": 2}
    image = shown(ada, wrong)
    assert (image["checks"], image["caption"]["text"]) == (["uncategorised", "words_disagree"], "a boat")
    assert "words_disagree" not in shown(ada, right)["checks"]


def test_accepting_the_models_words_settles_it(ada, add, gallery):
    image_id = add(BLUE, "Two cats and their bread")
    put(ada, image_id, description=shown(ada, image_id)["caption"]["text"])
    work(gallery)
    image = shown(ada, image_id)
    assert (image["match"]["verdict"], image["checks"]) == ("agrees", ["uncategorised"])


def test_editing_asks_again_of_the_new_words(ada, add, gallery):
    image_id = add(BLUE, "Two cats and their bread")
    assert "words_disagree" not in put(ada, image_id, description="A car and a chart")["checks"], "not before they were matched"
    work(gallery)
    assert "words_disagree" in shown(ada, image_id)["checks"]
    put(ada, image_id, description="A boat, and a cat on it")
    work(gallery)
    assert "words_disagree" not in shown(ada, image_id)["checks"]


def test_keeping_the_words_closes_the_check_until_they_change(ada, add, gallery):
    image_id = add(BLUE, "Two cats and their bread", category="comics")
    assert put(ada, image_id, reviewed=True)["checks"] == []
    gallery.deliver(gallery.message({"type": "rescore", "image": image_id}))
    assert (shown(ada, image_id)["checks"], desk(ada)) == ([], {}), "also when it is matched once more"
    assert put(ada, image_id, description="A car and a chart")["reviewed"] is False
    work(gallery)
    assert shown(ada, image_id)["checks"] == ["words_disagree"], "kept were the other words"


def test_keeping_is_not_forgotten_when_a_new_scale_is_measured(ada, add, gallery):
    from dataclasses import replace

    image_id = add(BLUE, "Two cats and their bread", category="comics")
    put(ada, image_id, reviewed=True)
    gallery.catalog.put_calibration(replace(gallery.catalog.calibration("towers@1"), version="older"))
    add(GREEN, "A tree on a hill", category="comics")
    assert shown(ada, image_id)["checks"] == []
    assert gallery.look(image_id).kept == ("words_disagree",)


@pytest.mark.parametrize("words", ["my photo", "Лодка на воде", "a boat " * 60])
def test_words_that_cannot_be_judged_accuse_nobody(ada, add, words):
    assert "words_disagree" not in shown(ada, add(RED, words))["checks"]


def test_the_greatest_disagreement_comes_first_and_what_has_none_last(ada, add):
    fits, wrong = add(BLUE, "A boat at anchor"), add(GREEN, "A cat with bread")
    silent = add(RED, "my photo")
    asked = ada.get("/api/images", params={"owner": "me", "sort": "disagreement"}).json()["images"]
    assert [image["id"] for image in asked] == [wrong, fits, silent]
    flagged = ada.get("/api/images", params={"check": "words_disagree", "sort": "disagreement"}).json()["images"]
    assert [image["id"] for image in flagged] == [wrong]


def test_visitors_see_the_verdict_and_not_the_check(visitor, add):
    image = shown(visitor, add(BLUE, "Two cats and their bread"))
    assert (image["match"]["verdict"], image["checks"], image["suggested"]) == ("disagrees", [], None)
