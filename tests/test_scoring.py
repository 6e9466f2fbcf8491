"""The scale on which words and pictures are compared, on synthetic spaces shaped like CLIP's: two cones and a gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightsync import scoring
from sightsync.ports import Calibration, Reading, WordEvidence

DIM = 64
SPACE = "synthetic@1"


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


class Cones:
    """Texts crowd round one direction and pictures round another; a topic shifts both sides the same way."""

    def __init__(self, seed=7, topics=96):
        rng = np.random.default_rng(seed)
        self.text_axis, self.image_axis, *_ = np.linalg.qr(rng.normal(size=(DIM, 2)))[0].T
        self.topics = unit(rng.normal(size=(topics, DIM)))
        self.rng = rng

    def text(self, topic, strength=0.5, noise=0.02):
        return self._near(self.text_axis, topic, strength, noise)

    def image(self, topic, strength=0.5, noise=0.02):
        return self._near(self.image_axis, topic, strength, noise)

    def _near(self, axis, topic, strength, noise):
        return unit(axis + strength * self.topics[topic] + noise * self.rng.normal(size=DIM))

    def generic(self):
        return unit(self.text_axis - 0.4 * self.image_axis + 0.005 * self.rng.normal(size=(8, DIM)))

    def calibration(self):
        texts = np.stack([self.text(t) for t in range(64)])
        images = np.stack([self.image(t) for t in range(64, 96)])
        return scoring.calibrate(SPACE, "1", texts, images, self.generic())


@pytest.fixture(scope="module")
def cones():
    return Cones()


@pytest.fixture(scope="module")
def calibration(cones):
    return cones.calibration()


def matched(cones, scale, image_topic, text_topic, caption_topic=None, **changes):
    caption = None if caption_topic is None else cones.text(caption_topic)
    arguments = {"text": "a brown dog on a beach", "tokens": 8, "calibration": scale, "space": SPACE, "max_tokens": 77}
    return scoring.match_vectors(cones.image(image_topic), cones.text(text_topic), caption, **(arguments | changes))


# --- z ----------------------------------------------------------------------------------------------------------


def test_unrelated_pairs_lie_round_zero_with_spread_one(cones, calibration):
    values = [scoring.z(cones.image(i), cones.text(t), "it", calibration) for i in range(20) for t in range(20) if i != t]
    assert abs(np.mean(values)) < 0.25
    assert 0.75 < np.sqrt(np.mean(np.square(values))) < 1.3


def test_related_pairs_stand_out_although_their_raw_cosine_is_lower_than_that_of_two_unrelated_texts(cones, calibration):
    raw_related = float(cones.image(3) @ cones.text(3))
    raw_unrelated_texts = float(cones.text(3) @ cones.text(40))
    assert raw_related < raw_unrelated_texts  # the gap between the cones hides what agrees
    assert scoring.z(cones.image(3), cones.text(3), "it", calibration) > 3
    assert scoring.z(cones.text(3), cones.text(40), "tt", calibration) < 2


def test_z_is_the_formula_of_the_design(calibration, cones):
    x, y = cones.image(1), cones.text(2)
    by_hand = (x - calibration.mean_image) @ (y - calibration.mean_text) / calibration.scale_image_text
    assert scoring.z(x, y, "it", calibration) == pytest.approx(float(by_hand), rel=1e-5)


@given(st.integers(0, 95), st.integers(0, 95))
def test_two_texts_or_two_pictures_agree_equally_in_either_order(first, second):
    cones = Cones()
    scale = cones.calibration()
    for kind, make in (("tt", cones.text), ("ii", cones.image)):
        x, y = make(first), make(second)
        assert scoring.z(x, y, kind, scale) == pytest.approx(scoring.z(y, x, kind, scale), abs=1e-5)


def test_a_pair_agrees_more_the_stronger_its_common_topic(cones, calibration):
    marks = [
        scoring.z(cones.image(5, noise=0), cones.text(5, strength, noise=0), "it", calibration) for strength in (0, 0.2, 0.4, 0.8)
    ]
    assert marks == sorted(marks)


def test_zero_and_identical_vectors_give_numbers_and_never_nan(calibration):
    zero = np.zeros(DIM, np.float32)
    for x, y in ((zero, zero), (calibration.mean_image, calibration.mean_text)):
        value = scoring.z(x, y, "it", calibration)
        assert np.isfinite(value)
        assert np.isfinite(scoring.score(value, calibration))
    assert scoring.is_generic(calibration.mean_text, calibration) is False


def test_an_empty_scale_gives_zero_rather_than_a_division_by_zero(calibration, cones):
    from dataclasses import replace

    flat = replace(calibration, scale_image_text=0.0)
    assert scoring.z(cones.image(1), cones.text(1), "it", flat) == 0.0


# --- score and verdict ------------------------------------------------------------------------------------------


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_score_rises_with_z_and_stays_between_0_and_100(low, high):
    scale = Cones().calibration()
    low, high = sorted((low, high))
    first, second = scoring.score(low, scale), scoring.score(high, scale)
    assert 0 <= first <= second <= 100


def test_the_score_is_fifty_at_b(calibration):
    assert scoring.score(calibration.b, calibration) == pytest.approx(50)
    assert scoring.score(calibration.b + np.log(4) / calibration.a, calibration) == pytest.approx(80)


@pytest.mark.parametrize(
    ("points", "words"),
    [(100, "agrees"), (80, "agrees"), (79.99, "partly"), (50, "partly"), (49.99, "disagrees"), (0, "disagrees")],
)
def test_verdicts_change_at_80_and_50(points, words):
    assert scoring.verdict(points) == words


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_of_a_word_never_makes_its_verdict_worse(low, high):
    order = ["disagrees", "partly", "agrees"]
    low, high = sorted((low, high))
    assert order.index(scoring.degree_verdict(low)) <= order.index(scoring.degree_verdict(high))


# --- what cannot be judged --------------------------------------------------------------------------------------


def test_an_empty_phrase_is_generic_and_a_topic_is_not(cones, calibration):
    assert scoring.is_generic(cones.generic()[0], calibration)
    assert not any(scoring.is_generic(cones.text(topic), calibration) for topic in range(96))


@pytest.mark.parametrize(
    ("text", "tokens", "expected"),
    [
        ("a dog on a beach", 7, False),
        ("cat", 3, False),  # start and end do not count as pieces of the word
        ("Château de Chambord près de la forêt", 14, False),
        ("собака на пляже", 30, True),
        ("海辺の犬", None, True),
        ("شاطئ", None, True),
        ("Dvořák Žižkov Přemyslovci", 17, True),
        ("", 2, False),
        ("2024-08-15", 2, False),
        ("portrait of 李, a painter from the south", 12, False),
    ],
)
def test_other_scripts_and_shredded_names_are_foreign(text, tokens, expected):
    assert scoring.foreign(text, tokens) is expected


def test_only_a_text_longer_than_the_model_reads_is_truncated():
    assert scoring.truncated(78, 77)
    assert not scoring.truncated(77, 77)
    assert not scoring.truncated(None, 77)
    assert not scoring.truncated(500, None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": "   "}, "no_vector"),
        ({"calibration": None}, "uncalibrated"),
        ({"space": "another@1"}, "uncalibrated"),
        ({"tokens": 90}, "truncated"),
        ({"text": "собака на пляже"}, "language"),
    ],
)
def test_what_cannot_be_judged_is_unknown_with_its_reason(cones, calibration, changes, reason):
    found = matched(cones, calibration, 3, 40, **changes)
    assert (found.verdict, found.reason, found.z, found.score) == ("unknown", reason, None, None)


def test_a_generic_text_is_unknown(cones, calibration):
    found = scoring.match_vectors(cones.image(3), cones.generic()[0], None, "a picture", 4, calibration, space=SPACE, max_tokens=77)
    assert (found.verdict, found.reason) == ("unknown", "generic")


@pytest.mark.parametrize("absent", ["image", "text"])
def test_without_a_vector_nothing_is_said(cones, calibration, absent):
    image, text = (None, cones.text(1)) if absent == "image" else (cones.image(1), None)
    found = scoring.match_vectors(image, text, None, "a dog", 4, calibration, space=SPACE)
    assert (found.verdict, found.reason) == ("unknown", "no_vector")


# --- match ------------------------------------------------------------------------------------------------------


def test_right_words_agree_and_wrong_words_do_not(cones, calibration):
    assert all(matched(cones, calibration, topic, topic).verdict == "agrees" for topic in range(20))
    wrong = [matched(cones, calibration, topic, topic + 30).verdict for topic in range(20)]
    assert wrong.count("agrees") <= 1  # unrelated pairs spread round 0 by 1; b + ln 4 / a = 1.9
    assert wrong.count("disagrees") >= 15


def test_owner_and_model_are_marked_on_one_scale(cones, calibration):
    found = matched(cones, calibration, 3, 40, caption_topic=3)
    assert found.z is not None
    assert found.caption_z is not None
    assert found.caption_z - found.z > 2
    assert found.verdict == scoring.verdict(found.score)


def test_the_models_mark_is_kept_when_the_owner_wrote_nothing(cones, calibration):
    found = matched(cones, calibration, 3, 40, caption_topic=3, text="")
    assert found.z is None
    assert found.caption_z > 1


def test_a_readings_texts_are_matched_each_with_its_own_evidence(cones, calibration):
    says = "brown: 12 % of this picture"
    words = (WordEvidence("brown", 0.7, says), WordEvidence("green", 0.31, ""), WordEvidence("red", 0.0, ""))
    reading = Reading(
        SPACE, image_vector=cones.image(3), text_vectors=(cones.text(40), cones.text(3)), text_tokens=(5, 6), evidence=((), words)
    )
    assert scoring.match(reading, 0, "a red car", calibration, 77).evidence == ()
    second = scoring.match(reading, 1, "a brown dog", calibration, 77)
    assert second.verdict == "agrees"
    assert [(e.text, e.verdict) for e in second.evidence] == [("brown", "agrees"), ("green", "partly"), ("red", "disagrees")]
    assert second.evidence[0].says == says


def test_a_text_the_reading_has_no_vector_for_is_unknown(cones, calibration):
    reading = Reading(SPACE, image_vector=cones.image(3))
    assert scoring.match(reading, 0, "a dog", calibration, 77).reason == "no_vector"


# --- audit ------------------------------------------------------------------------------------------------------


def audit(cones, calibration, image_topic, text_topic, caption_topic, kind="caption", **changes):
    text, caption = cones.text(text_topic), cones.text(caption_topic)
    arguments = {"text": "a brown dog", "tokens": 6, "calibration": calibration, "space": SPACE, "max_tokens": 77} | changes
    found = scoring.match_vectors(cones.image(image_topic), text, caption, **arguments)
    return scoring.words_disagree(found, text, caption, kind, calibration)


def test_words_that_the_picture_contradicts_are_flagged(cones, calibration):
    assert sum(audit(cones, calibration, t, t + 30, t) for t in range(20)) >= 13  # the rest lie above z = 1 by chance


def test_words_that_fit_are_never_flagged(cones, calibration):
    assert not any(audit(cones, calibration, t, t, t) for t in range(20))
    assert not any(audit(cones, calibration, t, t, t + 30) for t in range(20))


def test_a_caption_that_says_the_same_as_the_words_flags_nothing(cones, calibration):
    assert not any(audit(cones, calibration, t, t + 30, t + 30) for t in range(20))


def test_a_caption_about_looks_never_flags_words(cones, calibration):
    assert not any(audit(cones, calibration, t, t + 30, t, kind="looks") for t in range(20))


@pytest.mark.parametrize("changes", [{"text": "собака"}, {"tokens": 200}])
def test_words_that_cannot_be_judged_are_never_flagged(cones, calibration, changes):
    assert not any(audit(cones, calibration, t, t + 30, t, **changes) for t in range(20))


# --- categories -------------------------------------------------------------------------------------------------


def classes(cones):
    names = enumerate(["portraits", "comics", "food"])
    return {name: scoring.class_vector([cones.text(topic) for _ in range(3)]) for topic, name in names}


def test_a_picture_is_filed_where_it_clearly_belongs(cones, calibration):
    assert scoring.suggest_one(cones.image(0), classes(cones), {"food"}, calibration) == "portraits"
    assert scoring.suggest_one(cones.image(1), classes(cones), {"food"}, calibration) == "comics"


def test_a_picture_that_looks_like_a_distractor_is_not_filed(cones, calibration):
    assert scoring.suggest_one(cones.image(2), classes(cones), {"food"}, calibration) is None


def test_a_picture_of_nothing_known_is_not_filed(cones, calibration):
    assert scoring.suggest_one(cones.image(50), classes(cones), {"food"}, calibration) is None
    assert scoring.suggest_one(cones.image(50), {}, {"food"}, calibration) is None


def test_a_picture_between_two_classes_is_not_filed(cones, calibration):
    between = unit(cones.image(0) + cones.image(1))
    assert scoring.suggest_one(between, classes(cones), {"food"}, calibration) is None


def test_a_class_vector_has_norm_one_and_survives_prompts_that_cancel(cones):
    assert np.linalg.norm(scoring.class_vector([cones.text(1), cones.text(2)])) == pytest.approx(1, abs=1e-6)
    assert np.all(np.isfinite(scoring.class_vector([cones.text(1), -cones.text(1)])))


# --- calibration ------------------------------------------------------------------------------------------------


def test_a_calibration_holds_means_and_the_spread_of_unrelated_pairs():
    rng = np.random.default_rng(1)
    texts, images, generic = (unit(rng.normal(size=(n, 8))) for n in (40, 20, 8))
    found = scoring.calibrate("s@1", "v3", texts, images, generic)
    assert (found.space, found.version, found.a, found.b, found.fitted) == ("s@1", "v3", 2.0, 1.2, False)
    np.testing.assert_allclose(found.mean_text, texts.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.generic_text, generic.mean(axis=0), atol=1e-6)
    pairs = [(a - found.mean_text) @ (b - found.mean_text) for i, a in enumerate(texts) for j, b in enumerate(texts) if i != j]
    assert found.scale_text_text == pytest.approx(float(np.sqrt(np.mean(np.square(pairs)))), rel=1e-4)
    assert found.mean_image.dtype == np.float32


def test_verdicts_do_not_move_when_a_model_stretches_its_cones(cones, calibration):
    """A second model with the same topics but a wider gap gives the same verdicts: what calibration is for."""
    other = Cones()
    other.image_axis = other.image_axis * 3
    scale = other.calibration()
    same = [matched(other, scale, t, t).verdict == matched(cones, calibration, t, t).verdict for t in range(20)]
    assert sum(same) >= 18


@pytest.mark.parametrize("alike", ["texts", "images"])
def test_a_spread_that_cannot_be_measured_is_refused(alike):
    rng = np.random.default_rng(1)
    arrays = {"texts": unit(rng.normal(size=(9, 8))), "images": unit(rng.normal(size=(9, 8)))}
    arrays[alike] = np.repeat(arrays[alike][:1], 9, axis=0)
    with pytest.raises(ValueError, match="alike"):
        scoring.calibrate("s@1", "1", **arrays, generic=arrays["texts"])
    with pytest.raises(ValueError, match="at least two"):
        scoring.calibrate("s@1", "1", arrays["texts"][:1], arrays["images"], arrays["texts"])


def test_calibrating_again_with_the_same_vectors_gives_the_same_scale():
    first, second = Cones(3).calibration(), Cones(3).calibration()
    assert isinstance(first, Calibration)
    assert first.scale_image_text == second.scale_image_text
    np.testing.assert_array_equal(first.mean_image, second.mean_image)
