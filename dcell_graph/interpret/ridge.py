"""Ridge regression, out of sample, for many strains of which few differ.

Strains with equal features are one row with a weight, so the costs grow with the number of different rows. The penalty
is chosen inside each training part by generalised cross-validation (Golub, Heath and Wahba 1979,
doi:10.1080/00401706.1979.10489751); the strains that are predicted play no part in it.

Shapes: N strains, U different rows, D features, F folds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dcell_graph.train.metrics import spearman

Values = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FOLDS = 5
_PENALTIES = 10.0 ** np.arange(-4, 3)
"""As shares of the mean eigenvalue of the features' covariance, times the number of strains."""
_SMALLEST = 1e-10
"""Eigenvalues below this share of the largest are rounding."""


class Power(NamedTuple):
    """How well some features predict.

    Args:
        rho: Spearman's correlation with the observed values, the mean over the folds; a fold in which the prediction is
            constant counts as 0.
        p: two-sided, by Fisher's transformation with the variance of Fieller, Hartley and Pearson (1957).
    """

    rho: float
    p: float


NO_POWER = Power(0.0, 1.0)


def folds_of(count: int, seed: int) -> Indices:
    """A fold for each strain [N], drawn at random, of equal sizes."""
    return np.random.default_rng(seed).permutation(np.arange(count) % FOLDS).astype(np.int64)


def power(features: Values, group: Indices, target: Values, fold: Indices) -> Power:
    """How well features predict values that the regression has not seen.

    Args:
        features: of each different row [U, D].
        group: the row of each strain [N].
        target: what is predicted [N].
        fold: the part in which each strain is predicted [N].
    """
    rows = len(features)
    if rows < 2 or features.shape[1] == 0:
        return NO_POWER
    if features.shape[1] > rows:
        features = _turned(features)
    place = group + rows * fold
    count_FU = np.bincount(place, minlength=rows * FOLDS).reshape(FOLDS, rows).astype(np.float64)
    sum_FU = np.bincount(place, target, minlength=rows * FOLDS).reshape(FOLDS, rows)
    square = np.bincount(fold, target**2, minlength=FOLDS)
    rhos = []
    for part in range(FOLDS):
        weight, total = count_FU.sum(0) - count_FU[part], sum_FU.sum(0) - sum_FU[part]
        predicted = _fit(features, weight, total, float(square.sum() - square[part]))
        tested = fold == part
        rhos.append(spearman(predicted[group[tested]], target[tested]) or 0.0)
    rho = float(np.mean(rhos))
    return Power(rho, p_value(rho, len(target)))


def _turned(features: Values) -> Values:
    """As few features as there are rows, with the same products between rows: to ridge regression they are the same."""
    eigen, basis = np.linalg.eigh(features @ features.T)
    kept = eigen > _SMALLEST * max(float(eigen[-1]), np.finfo(np.float64).tiny)
    turned: Values = basis[:, kept] * np.sqrt(eigen[kept])
    return turned


def _fit(features: Values, weight: Values, total: Values, square: float) -> Values:
    """Predictions for all rows [U] by a regression on the rows that have a weight."""
    n = float(weight.sum())
    mean = float(total.sum()) / n
    seen = weight > 0
    centre = weight @ features / n
    root = np.sqrt(weight[seen])
    scaled = root[:, None] * (features[seen] - centre)
    goal = root * (total[seen] / weight[seen] - mean)
    wide = scaled.shape[1] > scaled.shape[0]
    eigen, basis = np.linalg.eigh(scaled @ scaled.T if wide else scaled.T @ scaled)
    kept = eigen > _SMALLEST * max(float(eigen[-1]), np.finfo(np.float64).tiny)
    if not kept.any():
        return np.full(len(features), mean)
    eigen, basis = eigen[kept], basis[:, kept]
    # Right singular vectors, in which the penalised solution is a division.
    right = scaled.T @ basis / np.sqrt(eigen) if wide else basis
    onto = right.T @ (scaled.T @ goal)
    spread = square - n * mean**2
    penalty = _PENALTIES[:, None] * (eigen.sum() / max(1, min(scaled.shape)))
    shrunk = eigen + penalty
    left = spread - (onto**2 * (2 / shrunk - eigen / shrunk**2)).sum(axis=1)
    freedom = 1 + (eigen / shrunk).sum(axis=1)
    # A fit with as many free numbers as strains says nothing about others.
    score = np.where(freedom < 0.95 * n, left / np.maximum(n - freedom, 1e-9) ** 2, np.inf)
    best = int(np.argmin(score)) if np.isfinite(score).any() else len(_PENALTIES) - 1
    coefficients = right @ (onto / shrunk[best])
    predicted: Values = mean + (features - centre) @ coefficients
    return predicted


def p_value(rho: float, count: int) -> float:
    """Two-sided p-value of a rank correlation of ``count`` pairs, as in ``Power``."""
    if count < 4 or rho == 0:
        return 1.0
    z = abs(math.atanh(max(-0.999999, min(0.999999, rho)))) * math.sqrt((count - 3) / 1.06)
    return math.erfc(z / math.sqrt(2))
