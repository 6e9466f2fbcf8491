"""Search in memory gives what a full sort would, whatever is asked of how many rows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from sightsync.adapters.exact import Exact, best, strongest
from sightsync.adapters.head import Matrix
from sightsync.adapters.scale import USUAL
from sightsync.ports import Survey


def unit_rows(rows: int, dimensions: int, seed: int = 1) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).standard_normal((rows, dimensions)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def filled(rows: NDArray[np.float32]) -> Matrix:
    matrix = Matrix(rows.shape[1], USUAL)
    matrix.put(rows)
    return matrix


def name(row: int) -> str:
    return f"{row:05}"


def survey(matrix: Matrix, query: NDArray[np.float32], mask: NDArray[np.bool_], limit: int) -> Survey:
    return matrix.survey(query, mask, limit).named(lambda rows: [name(row) for row in rows], limit)


@pytest.mark.parametrize("chosen", [1, 7, 200, 2999, 3000])
@pytest.mark.parametrize("limit", [1, 10, 5000])
def test_neighbours_are_those_of_a_full_sort(chosen: int, limit: int) -> None:
    rows = unit_rows(3000, 24)
    mask = np.zeros(3000, np.bool_)
    mask[np.random.default_rng(2).permutation(3000)[:chosen]] = True
    query = unit_rows(1, 24, seed=3)[0]
    found = survey(filled(rows), query, mask, limit)
    cosines = {name(n): round(float(rows[n].astype(float) @ query), 6) for n in np.flatnonzero(mask)}
    assert [hit.cosine for hit in found.near] == pytest.approx(sorted(cosines.values(), reverse=True)[:limit], abs=2e-6)
    assert all(hit.cosine == pytest.approx(cosines[hit.image_id], abs=2e-6) for hit in found.near)
    assert len({hit.image_id for hit in found.near}) == min(chosen, limit)
    assert found.count == chosen
    assert sorted(found.cosines) == pytest.approx(sorted(cosines.values()), abs=2e-6)


def test_ties_at_the_limit_go_to_the_first_ids() -> None:
    matrix = filled(np.repeat(unit_rows(1, 8), 500, axis=0))
    mixed = matrix.survey(unit_rows(1, 8)[0], np.ones(500, np.bool_), 5)
    near = mixed.named(lambda rows: [name(row * 37 % 500) for row in rows], 5).near
    assert [hit.image_id for hit in near] == [name(n) for n in range(5)]
    assert [hit.cosine for hit in near] == [1, 1, 1, 1, 1]


def test_readers_keep_to_the_rows_that_were_there_while_the_matrix_grows() -> None:
    matrix, rows = Matrix(4, USUAL), unit_rows(3000, 4)
    matrix.put(rows[:2])
    before = np.ones(2, np.bool_)
    matrix.put(rows[2:])
    assert {hit.image_id for hit in survey(matrix, rows[0], before, 9).near} == {"00000", "00001"}
    assert survey(matrix, rows[250], np.ones(3000, np.bool_), 1).near[0].image_id == "00250"


def test_an_image_that_went_meanwhile_is_left_out() -> None:
    found = filled(unit_rows(3, 4)).survey(unit_rows(1, 4)[0], np.ones(3, np.bool_), 3)
    near = found.named(lambda rows: [None if row == 1 else name(row) for row in rows], 3).near
    assert {hit.image_id for hit in near} == {"00000", "00002"}


def test_nothing_is_near_where_there_is_nothing() -> None:
    assert survey(Matrix(4, USUAL), unit_rows(1, 4)[0], np.zeros(0, np.bool_), 5) == Survey([], pytest.approx([]), 0)
    assert survey(filled(unit_rows(9, 4)), unit_rows(1, 4)[0], np.zeros(9, np.bool_), 5).count == 0


def test_a_vector_of_another_space_is_refused() -> None:
    for wrong in (unit_rows(1, 5)[0], unit_rows(1, 4), np.float32(1)):
        with pytest.raises(ValueError):
            survey(filled(unit_rows(1, 4)), wrong, np.ones(1, np.bool_), 1)


def test_best_keeps_all_that_tie_with_the_last() -> None:
    scores = np.array([1, 3, 2, 2, 0, 2], np.float32)
    assert sorted(best(scores, 2)) == [1, 2, 3, 5]
    assert sorted(best(scores, 9)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("limit", [1, 24, 600, 20_000])
@pytest.mark.parametrize("share", [0.002, 0.3, 1.0])
@pytest.mark.parametrize("sorting", ["mixed", "ascending", "descending", "nearly all the same"])
def test_the_strongest_are_found_without_sorting_all(limit: int, share: float, sorting: str) -> None:
    random = np.random.default_rng(5)
    scores = random.standard_normal(20_000).astype(np.float32)
    scores = {
        "mixed": scores,
        "ascending": np.sort(scores),
        "descending": np.sort(scores)[::-1].copy(),
        "nearly all the same": scores.round(0),
    }[sorting]
    mask = random.random(20_000) < share
    rows = strongest(scores, mask, limit)
    passing = np.flatnonzero(mask)
    floor = np.sort(scores[passing])[-min(limit, len(passing))]
    assert set(passing[scores[passing] >= floor]) <= set(rows)
    assert mask[rows].all()
    assert (scores[rows] >= floor - 3e-6).all()
    assert (np.diff(rows) > 0).all()


def test_the_buffer_grows_without_losing_a_row() -> None:
    exact, rows = Exact(3, capacity=2), unit_rows(50, 3)
    assert [exact.put(rows[n : n + 10]) for n in range(0, 50, 10)] == [0, 10, 20, 30, 40]
    np.testing.assert_array_equal(exact.vectors, rows)
