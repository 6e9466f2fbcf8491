"""Exact search in memory gives what a full sort would, whatever is asked of how many rows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from sightsync.adapters.exact import Exact, best


def unit_rows(rows: int, dimensions: int, seed: int = 1) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).standard_normal((rows, dimensions)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def names(rows: int) -> list[str]:
    return [f"{n:05}" for n in range(rows)]


@pytest.mark.parametrize("chosen", [1, 7, 200, 2999, 3000])
@pytest.mark.parametrize("limit", [1, 10, 5000])
def test_neighbours_are_those_of_a_full_sort(chosen: int, limit: int) -> None:
    rows, ids = unit_rows(3000, 24), names(3000)
    exact = Exact(24)
    exact.put(ids, rows)
    some = sorted(np.random.default_rng(2).permutation(3000)[:chosen])
    query = unit_rows(1, 24, seed=3)[0]
    hits = exact.nearest(query, exact.places(ids[n] for n in some), limit)
    cosines = {ids[n]: round(float(rows[n].astype(float) @ query), 6) for n in some}
    assert [hit.cosine for hit in hits] == pytest.approx(sorted(cosines.values(), reverse=True)[:limit], abs=2e-6)
    assert all(hit.cosine == pytest.approx(cosines[hit.image_id], abs=2e-6) for hit in hits)
    assert len({hit.image_id for hit in hits}) == min(chosen, limit)


def test_ties_at_the_limit_go_to_the_first_ids() -> None:
    exact = Exact(8)
    row = unit_rows(1, 8)
    for start in range(0, 500, 100):
        ids = [f"{(n * 37) % 500:05}" for n in range(start, start + 100)]
        exact.put(ids, np.repeat(row, 100, axis=0))
    hits = exact.nearest(row[0], exact.places(names(500)), 5)
    assert [hit.image_id for hit in hits] == names(5)
    assert [hit.cosine for hit in hits] == [1, 1, 1, 1, 1]


def test_a_vector_put_again_is_found_at_its_new_place_only() -> None:
    exact = Exact(2)
    exact.put(["a", "b"], np.array([[1, 0], [0, 1]], np.float32))
    exact.put(["a"], np.array([[-1, 0]], np.float32))
    hits = exact.nearest(np.array([1, 0], np.float32), exact.places(["a", "b", "nobody"]), 5)
    assert [(hit.image_id, hit.cosine) for hit in hits] == [("b", 0), ("a", -1)]
    assert len(exact) == 3


def test_places_stay_right_while_the_matrix_grows() -> None:
    exact = Exact(4, capacity=2)
    rows = unit_rows(300, 4)
    exact.put(names(2), rows[:2])
    places = exact.places(names(2))
    exact.put(names(300)[2:], rows[2:])
    assert {hit.image_id for hit in exact.nearest(rows[0], places, 9)} == set(names(2))
    assert exact.nearest(rows[250], exact.places(names(300)), 1)[0].image_id == "00250"


def test_nothing_is_near_where_there_is_nothing() -> None:
    exact = Exact(4)
    assert exact.nearest(unit_rows(1, 4)[0], exact.places(["a"]), 5) == []


def test_a_vector_of_another_space_is_refused() -> None:
    exact = Exact(4)
    exact.put(["a"], unit_rows(1, 4))
    with pytest.raises(ValueError):
        exact.nearest(unit_rows(1, 5)[0], exact.places(["a"]), 1)


def test_best_keeps_all_that_tie_with_the_last() -> None:
    scores = np.array([1, 3, 2, 2, 0, 2], np.float32)
    assert sorted(best(scores, 2)) == [1, 2, 3, 5]
    assert sorted(best(scores, 9)) == [0, 1, 2, 3, 4, 5]
