"""Measures of fit, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dcell_graph.train.metrics import is_constant, pearson, ranks, rmse, spearman


def array(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def test_pearson_by_hand() -> None:
    # x - 2 = -1, 0, 1 and 3y - 7 = -4, -1, 5: r = (4 + 5) / sqrt(2 * 42) = sqrt(27 / 28).
    assert pearson(array(1, 2, 3), array(1, 2, 4)) == pytest.approx(math.sqrt(27 / 28), rel=1e-14)
    assert pearson(array(1, 2, 3), array(-1, -2, -4)) == pytest.approx(-math.sqrt(27 / 28), rel=1e-14)


def test_pearson_ignores_unit_and_size() -> None:
    x, y = array(0.3, -1.2, 2.2, 0.1), array(1, 0, 3, -2)
    expected = np.corrcoef(x, y)[0, 1]

    assert pearson(x, y) == pytest.approx(expected, rel=1e-12)
    assert pearson(1e300 * x, 1e-300 * y - 5e-300) == pytest.approx(expected, rel=1e-12)


def test_pearson_of_a_line_is_one() -> None:
    x = np.linspace(-0.1, 0.3, 101)
    found = pearson(x, 7 - 3 * x)

    assert found is not None
    assert found == pytest.approx(-1, abs=1e-14)
    assert found >= -1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (array(), array()),
        (array(1), array(2)),
        (array(0.5, 0.5, 0.5), array(1, 2, 3)),
        (array(1, 2, 3), array(0, 0, 0)),
        (array(1, 2, math.nan), array(1, 2, 3)),
        (array(1, 2, 3), array(1, 2, math.inf)),
        (np.array([1, 1 + 1e-7, 1], np.float32), array(1, 2, 3)),
    ],
)
def test_undefined_is_none(first: np.ndarray, second: np.ndarray) -> None:
    assert pearson(first, second) is None
    assert spearman(first, second) is None


def test_constant_means_equal_up_to_rounding_of_the_type() -> None:
    assert is_constant(np.array([0.1 + 0.2, 0.3]))
    assert not is_constant(np.array([1.0, 1.0 + 1e-12]))
    assert not is_constant(np.array([1.0, 1.00001], np.float32))


def test_spearman_by_hand() -> None:
    # Ranks 1 2 3 4 and 1.5 1.5 4 3: r = 3.5 / sqrt(5 * 4.5).
    assert spearman(array(1, 2, 3, 4), array(10, 10, 30, 20)) == pytest.approx(3.5 / math.sqrt(22.5), rel=1e-14)


def test_ranks_share_the_mean_of_ties() -> None:
    assert ranks(array(5, -1, 5, 5, 9)).tolist() == [3.0, 1.0, 3.0, 3.0, 5.0]


def test_rmse_by_hand() -> None:
    assert rmse(array(1, 2, 3), array(1, 4, 4)) == pytest.approx(math.sqrt(5 / 3), rel=1e-15)
    assert rmse(array(), array()) is None
