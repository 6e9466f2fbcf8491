"""Fitting a scale to labelled pairs: what a CSV may say, which wrong texts are hard, and what is written where."""

import csv
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from bench.calibrate import Pair, fitted, hard_negatives, load, report
from sightsync import scoring
from sightsync.calibrating import Calibrator
from tests.analysing import InProcess
from tests.dev_server import ROOT, environment
from tests.scaled import WORDS, Towers, main_colour, plain


@pytest.fixture
def labelled(tmp_path):
    """A CSV of pictures of two things each, and a model that sees them."""
    vision, rows = Towers(), []
    levels = (32, 96, 160, 224)
    for n, colour in enumerate(list(product(levels, levels, levels))[:40]):
        body, shows = plain(*colour), (WORDS[n % 8], WORDS[(n // 8 + n + 1) % 8])
        vision.shows[main_colour(body)] = shows
        (tmp_path / f"{n}.jpg").write_bytes(body)
        rows.append((f"{n}.jpg", f"number {n}: a {shows[0]} and a {shows[1]}", "1"))
    path = tmp_path / "pairs.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("picture", "text", "matches"), *rows])
    return path, vision


def test_a_fit_tells_right_words_from_hard_wrong_ones(labelled, tmp_path, capsys):
    from sightsync.adapters.sqlite import SqliteCatalog

    path, vision = labelled
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    before = Calibrator(catalog, vision, InProcess()).ensure(vision.space, 1e7)
    result = fitted(load(path), before, vision)
    after = result.calibration
    assert (after.fitted, after.version, before.fitted) == (True, before.version, False)
    assert result.z.auc > 0.9
    assert result.z.balanced(after.b) >= result.z.balanced(before.b)
    report(result, before)
    said = capsys.readouterr().out
    assert "raw cosine" in said
    assert f"{result.z.auc:.3f}" in said
    catalog.put_calibration(after)
    assert Calibrator(catalog, vision, InProcess()).current(vision.space).fitted, "the same version: it is not measured again"
    catalog.close()


def test_a_hard_wrong_text_is_near_in_meaning_and_means_something_else():
    calibration = scoring.calibrate("s@1", "1", *(np.random.default_rng(n).normal(size=(40, 8)) for n in (1, 2)), np.ones((1, 8)))
    along = np.eye(8) * 2
    texts = {"own": along[0], "the same": along[0] * 1.1, "near": 0.3 * along[0] + along[1], "far": -along[0]}
    pairs = [Pair(name, name, True) for name in texts]
    hard = {pair.picture: pair.text for pair in hard_negatives(pairs, texts, calibration)}
    assert scoring.z(texts["own"], texts["the same"], "tt", calibration) >= scoring.SAME_MEANING_Z
    assert hard["own"] == "near"
    assert hard_negatives(pairs[:1], texts, calibration) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("image,words\na.jpg,a cat\n", "first line"),
        ("picture,text,matches\na.jpg,a cat,perhaps\n", "line 2"),
        ("picture,text,matches\na.jpg,a cat,1\nb.jpg,,0\n", "line 3"),
    ],
)
def test_a_csv_that_makes_no_sense_is_named_with_its_line(tmp_path, text, complaint):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(SystemExit, match=complaint):
        load(path)


def test_too_few_pairs_are_refused(labelled):
    from dataclasses import replace

    path, vision = labelled
    few = load(path)[:5]
    calibration = scoring.calibrate(vision.space, "1", *(np.random.default_rng(n).normal(size=(40, 64)) for n in (1, 2, 3)))
    with pytest.raises(SystemExit, match="20 of either kind"):
        fitted(few, replace(calibration, scale_text_text=1e3), vision)


def test_the_command_prints_the_curve_and_writes_only_when_told(tmp_path):
    """On the built-in model, which needs no server: reds and blues."""
    rows = []
    for n in range(24):
        name, said = (("red", "a red wall"), ("blue", "a blue wall"))[n % 2]
        colour = (200 + n, 20, 20) if name == "red" else (20, 20, 200 + n)
        (tmp_path / f"{n}.jpg").write_bytes(plain(*colour, size=(64, 48)))
        rows += [(f"{n}.jpg", said, "yes"), (f"{n}.jpg", "a green wall", "no")]
    with (tmp_path / "pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("picture", "text", "matches"), *rows])
    command = [sys.executable, "-m", "local", "bench", "calibrate", str(tmp_path / "pairs.csv")]
    told = environment(SIGHTSYNC_DATA=str(tmp_path / "data"))
    dry = subprocess.run(command, env=told, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "Nothing was written" in dry
    assert "ROC of z" in dry
    wet = subprocess.run([*command, "--write"], env=told, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "Written" in wet
