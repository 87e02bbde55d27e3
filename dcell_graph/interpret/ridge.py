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

import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack, solveh_banded

from dcell_graph.train.metrics import ranks

Values = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FOLDS = 5
_PENALTIES = 10.0 ** np.arange(-4, 3)
"""As shares of the mean eigenvalue of the features' covariance, times the number of strains."""
_FEW = 128
"""With so many features the eigenvectors take no time that matters."""
_SMALL = 50_000
"""Numbers in a table of features that is still small."""
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


def ranks_of(target: Values, fold: Indices) -> Values:
    """Rank of each strain among those of its fold, around their mean [N]."""
    found = np.empty(len(target))
    for part in range(FOLDS):
        here = fold == part
        found[here] = ranks(target[here]) - (int(here.sum()) + 1) / 2
    return found


def power(features: Values, group: Indices, target: Values, fold: Indices, *, ranked: Values | None = None) -> Power:
    """How well features predict values that the regression has not seen.

    Args:
        features: of each different row [U, D].
        group: the row of each strain [N].
        target: what is predicted [N].
        fold: the part in which each strain is predicted [N].
        ranked: ``ranks_of`` the two, for those who ask more than once.
    """
    rows = len(features)
    if rows < 2 or features.shape[1] == 0:
        return NO_POWER
    ranked = ranks_of(target, fold) if ranked is None else ranked
    place = group + rows * fold
    count_FU, sum_FU, rank_FU = (
        np.bincount(place, weights, minlength=rows * FOLDS).reshape(FOLDS, rows).astype(np.float64)
        for weights in (None, target, ranked)
    )
    square_F = np.bincount(fold, target**2, minlength=FOLDS)
    spread_F = np.bincount(fold, ranked**2, minlength=FOLDS)
    # Each fold is predicted from the others.
    weight, total, square = (each.sum(axis=0) - each for each in (count_FU, sum_FU, square_F))
    features, width = features - features.mean(axis=0), features.shape[1]
    # Fewer rows are seen in training than there are; without those of a fold about this many.
    fits: Iterable[Values]
    if width > max(_FEW, rows * (1 - 1 / FOLDS)):
        products = features @ features.T
        fits = (_fit_products(products, width, *one) for one in zip(weight, total, square, strict=True))
    else:
        features = _turned(features) if width > rows else features
        # Small regressions take less time together than one by one.
        step = FOLDS if features.size <= _SMALL else 1
        parts = [slice(start, start + step) for start in range(0, FOLDS, step)]
        fits = itertools.chain.from_iterable(_fit(features, width, weight[at], total[at], square[at]) for at in parts)
    rhos = [_rank_correlation(*one) for one in zip(fits, count_FU, rank_FU, spread_F, strict=True)]
    rho = float(np.mean(rhos))
    return Power(rho, p_value(rho, len(target)))


def _rank_correlation(predicted: Values, count: Values, rank: Values, spread: float) -> float:
    """Spearman's correlation over strains, from what each row is predicted; 0 where undefined.

    Args:
        predicted: for each row [U].
        count: strains of each row [U].
        rank: sum of the ranks of their observed values, around the mean of all [U].
        spread: sum of the squares of these ranks over strains.
    """
    here = count > 0
    values, place = np.unique(predicted[here], return_inverse=True)
    largest = max(abs(float(values[0])), abs(float(values[-1])))
    if values[-1] - values[0] <= 4 * np.finfo(np.float64).eps * largest or spread <= 0:
        return 0.0
    equal = np.bincount(place, count[here])
    own = np.cumsum(equal) - (equal - 1) / 2 - (float(equal.sum()) + 1) / 2
    return float(own[place] @ rank[here]) / math.sqrt(float(equal @ own**2) * spread)


def _turned(features: Values) -> Values:
    """As few features as there are rows, with the same products between rows: to ridge regression they are the same."""
    eigen, basis = np.linalg.eigh(features @ features.T)
    turned: Values = basis * np.sqrt(np.maximum(eigen, 0.0))
    return turned


def _fit(features: Values, width: int, weight_FU: Values, total_FU: Values, square_F: Values) -> Values:
    """Predictions for all rows [F, U] by regressions on the rows that have a weight.

    Args:
        features: few [U, D].
        width: number of features before they were turned.
        weight_FU: strains of each row in the training part of each fold.
        total_FU: sum of their phenotypes.
        square_F: sum of the squares of all phenotypes in the part.
    """
    n = weight_FU.sum(axis=1)
    mean = total_FU.sum(axis=1) / n
    centre_FD = weight_FU @ features / n[:, None]
    root = np.sqrt(weight_FU)
    around_FUD = features - centre_FD[:, None, :]
    scaled = root[:, :, None] * around_FUD
    goal = np.divide(total_FU - mean[:, None] * weight_FU, root, out=np.zeros_like(root), where=root > 0)
    across = scaled.transpose(0, 2, 1)
    eigen, basis = np.linalg.eigh(across @ scaled)
    kept = eigen > _SMALLEST * np.maximum(eigen[:, -1:], np.finfo(np.float64).tiny)
    eigen = np.where(kept, eigen, 0.0)
    onto = np.where(kept, (basis.transpose(0, 2, 1) @ (across @ goal[:, :, None]))[:, :, 0], 0.0)
    found = np.empty_like(total_FU)
    for part in range(len(found)):
        if not kept[part].any():
            found[part] = mean[part]
            continue
        rows = int((weight_FU[part] > 0).sum())
        penalty = _PENALTIES[:, None] * (eigen[part].sum() / min(rows, width))
        shrunk = eigen[part] + penalty
        explained = (onto[part] ** 2 * (2 / shrunk - eigen[part] / shrunk**2)).sum(axis=1)
        left = square_F[part] - n[part] * mean[part] ** 2 - explained
        best = _best(left, 1 + (eigen[part] / shrunk).sum(axis=1), float(n[part]))
        found[part] = mean[part] + around_FUD[part] @ (basis[part] @ (onto[part] / shrunk[best]))
    return found


def _fit_products(products: Values, width: int, weight: Values, total: Values, square: float) -> Values:
    """The same from the products between rows [U, U] of D features."""
    n, seen = float(weight.sum()), weight > 0
    mean = float(total.sum()) / n
    if seen.sum() < 2:
        return np.full(len(products), mean)
    root = np.sqrt(weight[seen])
    goal = root * (total[seen] / weight[seen] - mean)
    onto_centre = products @ weight / n
    among_seen = products[np.ix_(seen, seen)]
    # In place, for these are the largest tables.
    among_seen -= onto_centre[seen] - float(weight @ onto_centre) / n
    among_seen -= onto_centre[seen, None]
    among_seen *= root
    among_seen *= root[:, None]
    inner = _Tridiagonal(among_seen)
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
    onto = np.zeros(len(products))
    onto[seen] = root * inner.turned(solved[best], back=True)
    # The centre is taken off the features on both sides of the product.
    shift = float(onto @ onto_centre) - float(onto.sum()) * float(weight @ onto_centre) / n
    predicted: Values = mean + products @ onto - onto.sum() * onto_centre - shift
    return predicted


class _Tridiagonal:
    """A symmetric matrix A = Q T Qᵀ with tridiagonal T, by LAPACK: Q is kept as reflections, which start one row lower
    than those of a QR decomposition.

    Args:
        matrix: symmetric, of two rows or more [S, S]; it is overwritten.
    """

    def __init__(self, matrix: Values) -> None:
        work = int(lapack.dsytrd_lwork(len(matrix), lower=1)[0])
        held, self._diagonal, self._beside, self._tau, _ = lapack.dsytrd(matrix.T, lower=1, lwork=work, overwrite_a=1)
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
