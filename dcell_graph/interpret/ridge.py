"""Ridge regression, out of sample, for many strains of which few differ.

Strains with equal features are one row with a weight, so the costs grow with the number of different rows. The penalty
is chosen inside each training part by generalised cross-validation (Golub, Heath and Wahba 1979,
doi:10.1080/00401706.1979.10489751); the strains that are predicted play no part in it.

With few features the eigenvectors of their covariance make every penalty a division. With more features than rows only
the products between rows count, which all folds share. Brought to tridiagonal form they give the eigenvalues, and every
penalty is solved in that form, as Eldén (1984) does with bidiagonal matrices: half the time of eigenvectors, which
nobody needs.

Shapes: N strains, U different rows, S of them seen in training, D features, F folds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack, solveh_banded

from dcell_graph.train.metrics import spearman

Values = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FOLDS = 5
_PENALTIES = 10.0 ** np.arange(-4, 3)
"""As shares of the mean eigenvalue of the features' covariance, times the number of strains."""
_FEW = 128
"""With so many features the eigenvectors take no time that matters."""
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
    place = group + rows * fold
    count_FU = np.bincount(place, minlength=rows * FOLDS).reshape(FOLDS, rows).astype(np.float64)
    sum_FU = np.bincount(place, target, minlength=rows * FOLDS).reshape(FOLDS, rows)
    square = np.bincount(fold, target**2, minlength=FOLDS)
    features = features - features.mean(axis=0)
    # Fewer rows are seen in training than there are; without those of a fold about this many.
    wide = features.shape[1] > max(_FEW, rows * (1 - 1 / FOLDS))
    products = features @ features.T if wide else None
    rhos = []
    for part in range(FOLDS):
        weight, total = count_FU.sum(0) - count_FU[part], sum_FU.sum(0) - sum_FU[part]
        left = float(square.sum() - square[part])
        if products is None:
            predicted = _fit(features, weight, total, left)
        else:
            predicted = _fit_products(products, features.shape[1], weight, total, left)
        tested = fold == part
        rhos.append(spearman(predicted[group[tested]], target[tested]) or 0.0)
    rho = float(np.mean(rhos))
    return Power(rho, p_value(rho, len(target)))


def _fit(features: Values, weight: Values, total: Values, square: float) -> Values:
    """Predictions for all rows [U] by a regression on the rows that have a weight, with few features [U, D]."""
    n, mean, seen = _centre(weight, total)
    centre = weight @ features / n
    root = np.sqrt(weight[seen])
    scaled = root[:, None] * (features[seen] - centre)
    goal = root * (total[seen] / weight[seen] - mean)
    eigen, basis = np.linalg.eigh(scaled.T @ scaled)
    kept = eigen > _SMALLEST * max(float(eigen[-1]), np.finfo(np.float64).tiny)
    if not kept.any():
        return np.full(len(features), mean)
    eigen, basis = eigen[kept], basis[:, kept]
    onto = basis.T @ (scaled.T @ goal)
    shrunk = eigen + _PENALTIES[:, None] * (eigen.sum() / max(1, min(scaled.shape)))
    left = square - n * mean**2 - (onto**2 * (2 / shrunk - eigen / shrunk**2)).sum(axis=1)
    best = _best(left, 1 + (eigen / shrunk).sum(axis=1), n)
    predicted: Values = mean + (features - centre) @ (basis @ (onto / shrunk[best]))
    return predicted


def _fit_products(products: Values, width: int, weight: Values, total: Values, square: float) -> Values:
    """The same from the products between rows [U, U] of D features."""
    n, mean, seen = _centre(weight, total)
    if seen.sum() < 2:
        return np.full(len(products), mean)
    root = np.sqrt(weight[seen])
    goal = root * (total[seen] / weight[seen] - mean)
    onto_centre = products @ weight / n
    centred_US = products[:, seen] - onto_centre[:, None] - onto_centre[seen] + float(weight @ onto_centre) / n
    inner = _Tridiagonal(root[:, None] * centred_US[seen] * root)
    eigen = inner.eigenvalues()
    if eigen[-1] <= _SMALLEST * max(float(np.abs(products).max()), np.finfo(np.float64).tiny):
        return np.full(len(products), mean)
    penalties = _PENALTIES * (eigen.sum() / min(len(eigen), width))
    turned = inner.turned(goal)
    solved = [inner.solved(turned, penalty) for penalty in penalties.tolist()]
    # The residuals of the rows are the penalty times the solution; strains of a row differ from each other as well.
    within = square - n * mean**2 - float(goal @ goal)
    left = within + penalties**2 * np.array([float(one @ one) for one in solved])
    best = _best(left, 1 + (eigen / (eigen + penalties[:, None])).sum(axis=1), n)
    predicted: Values = mean + centred_US @ (root * inner.turned(solved[best], back=True))
    return predicted


class _Tridiagonal:
    """A symmetric matrix A = Q T Qᵀ with tridiagonal T, by LAPACK: Q is kept as reflections, which start one row lower
    than those of a QR decomposition.

    Args:
        matrix: symmetric, of two rows or more [S, S].
    """

    def __init__(self, matrix: Values) -> None:
        work = int(lapack.dsytrd_lwork(len(matrix), lower=1)[0])
        held, self._diagonal, self._beside, self._tau, _ = lapack.dsytrd(matrix, lower=1, lwork=work)
        self._reflections = held[1:, :-1]

    def eigenvalues(self) -> Values:
        """Ascending; rounding below 0 is taken away."""
        found: Values = lapack.dsterf(self._diagonal, self._beside)[0]
        return np.maximum(found, 0.0)

    def turned(self, vector: Values, *, back: bool = False) -> Values:
        """Qᵀ times a vector; back: Q times it."""
        rest = vector[1:, None]
        found = lapack.dormqr("L", "N" if back else "T", self._reflections, self._tau, rest, lwork=64)[0]
        return np.concatenate([vector[:1], found[:, 0]])

    def solved(self, vector: Values, shift: float) -> Values:
        """(T + shift)⁻¹ times a vector."""
        band = np.zeros((2, len(self._diagonal)))
        band[0], band[1, :-1] = self._diagonal + shift, self._beside
        found: Values = solveh_banded(band, vector, lower=True)
        return found


def _centre(weight: Values, total: Values) -> tuple[float, float, npt.NDArray[np.bool_]]:
    """Number of strains, the mean of what they show, and which rows have a strain."""
    n = float(weight.sum())
    return n, float(total.sum()) / n, weight > 0


def _best(left: Values, freedom: Values, n: float) -> int:
    """The penalty that generalised cross-validation chooses, from residual sums of squares and numbers of freedom."""
    # A fit with as many free numbers as strains says nothing about others.
    score = np.where(freedom < 0.95 * n, left / np.maximum(n - freedom, 1e-9) ** 2, np.inf)
    return int(np.argmin(score)) if np.isfinite(score).any() else len(_PENALTIES) - 1


def p_value(rho: float, count: int) -> float:
    """Two-sided p-value of a rank correlation of ``count`` pairs, as in ``Power``."""
    if count < 4 or rho == 0:
        return 1.0
    z = abs(math.atanh(max(-0.999999, min(0.999999, rho)))) * math.sqrt((count - 3) / 1.06)
    return math.erfc(z / math.sqrt(2))
