"""What can be said of the match without weights: on a synthetic space shaped like CLIP's (see geometry.py), beside raw cosine."""

import numpy as np
import pytest

from bench.calibrate import Measured, fit, generic_threshold
from sightsync import scoring
from tests.geometry import Geometry, values

PAIRS = 500
FIRST = Geometry(1)
OTHERS = (Geometry(11, dim=512, gap=3.5, lean=0.9, noise=0.7), Geometry(12, dim=384, gap=1.4, lean=0.4, noise=0.5, decay=0.45))
POOR = Geometry(13, dim=128, gap=1.2, lean=0.3, noise=0.9, decay=0.6)


def seen(geometry: Geometry) -> tuple[Measured, Measured]:
    """z and raw cosine of right pairs and of hard wrong ones."""
    calibration = geometry.calibration()
    pictures, right, wrong = geometry.pairs(PAIRS)
    (z_right, raw_right), (z_wrong, raw_wrong) = (values(pictures, texts, calibration) for texts in (right, wrong))
    return Measured(z_right, z_wrong), Measured(raw_right, raw_wrong)


@pytest.fixture(scope="module")
def first():
    return seen(FIRST)


@pytest.fixture(scope="module", params=OTHERS, ids=["wide gap", "narrow gap"])
def other(request):
    return seen(request.param)


def test_the_geometry_is_that_of_two_towers(first):
    """Otherwise what follows would show nothing: cones, a gap, hubs, and texts that fit everything."""
    pictures, texts, _ = FIRST.pairs(PAIRS)
    alike = pictures @ pictures.T
    assert alike[~np.eye(PAIRS, dtype=bool)].mean() > 0.5, "pictures sit in a cone"
    assert (texts @ texts.T)[~np.eye(PAIRS, dtype=bool)].mean() > 0.5, "and texts in another"
    assert np.einsum("ij,ij->i", pictures, texts).mean() < 0.5 * alike.mean(), "with a gap between them"
    favour = (pictures @ texts.T).mean(axis=1)
    assert favour.max() > favour.mean() + 3 * favour.std(), "some pictures attract every text"
    assert (pictures @ FIRST.empty_texts().T).mean() > (pictures @ texts.T).mean(), "some texts fit every picture"


def test_right_words_are_told_from_hard_wrong_ones(first):
    z, raw = first
    assert z.auc > 0.93
    assert raw.auc < z.auc - 0.1, f"raw cosine: {raw.auc:.3f}, z: {z.auc:.3f}"


def test_also_in_other_models(other):
    z, raw = other
    assert z.auc > 0.93
    assert raw.auc < z.auc - 0.04, f"raw cosine: {raw.auc:.3f}, z: {z.auc:.3f}"


def test_a_threshold_fitted_in_one_model_serves_another(first, other):
    _, b = fit(first[0])
    cosine = first[1].best_threshold()
    assert other[0].balanced(b) > 0.88
    assert other[1].balanced(cosine) < other[0].balanced(b) - 0.07, "a raw cosine means something else in every model"


def test_a_model_that_sees_much_less_needs_a_fit_of_its_own(first):
    """The limit of the test before: z's unit is chance, and how far above chance right pairs lie is the model's own doing."""
    z, _ = seen(POOR)
    borrowed, own = z.balanced(fit(first[0])[1]), z.balanced(fit(z)[1])
    assert borrowed < 0.8 < own - 0.01
    assert own > borrowed + 0.05


def test_the_fit_finds_what_made_the_labels():
    rng = np.random.default_rng(5)
    z = rng.uniform(-3, 6, 40_000)
    matches = rng.random(len(z)) < 1 / (1 + np.exp(-1.7 * (z - 1.4)))
    a, b = fit(Measured(z[matches], z[~matches]))
    assert a == pytest.approx(1.7, rel=0.05)
    prior = np.log(matches.mean() / (1 - matches.mean())) / 1.7  # each side weighs one half, however many there are
    assert b == pytest.approx(1.4 + prior, abs=0.05)


def test_the_area_under_the_curve_is_the_share_of_pairs_in_order():
    assert Measured(np.array([2.0, 3.0]), np.array([1.0, 0.0])).auc == 1
    assert Measured(np.array([1.0]), np.array([1.0])).auc == 0.5
    assert Measured(np.array([0.0, 2.0]), np.array([1.0])).auc == 0.5


@pytest.mark.parametrize("geometry", [FIRST, *OTHERS])
def test_empty_texts_are_known_and_those_that_say_something_are_not(geometry):
    """Where ports.GENERIC_COSINE comes from: the errors it was chosen to avoid are words without a verdict for no reason."""
    calibration = geometry.calibration()
    _, texts, _ = geometry.pairs(PAIRS)
    assert np.mean([scoring.is_generic(text, calibration) for text in texts]) < 0.02
    assert np.mean([scoring.is_generic(text, calibration) for text in geometry.empty_texts(100)]) > 0.9
    c, accuracy = generic_threshold(list(geometry.empty_texts()), list(texts), calibration)
    assert accuracy > 0.97
    assert 0.5 < c < 0.9
