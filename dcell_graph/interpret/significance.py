"""What chance does: intervals over seeds, p-values against random hierarchies, false discovery rate, steady ranks.

Shapes: T terms, S seeds, R random hierarchies.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dcell_graph.train.metrics import ranks, spearman

Values = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
          2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045)  # fmt: skip
"""97.5 % points of Student's t with 1, 2, ... degrees of freedom."""
_NORMAL_975 = 1.960
_ROWS_OF_A_SIZE = 40
"""Scores of random hierarchies that terms of similar size are compared with, at least."""
_MOST_SIZES = 8


class Interval(NamedTuple):
    """Mean over seeds, its sample sd, and the 95 % confidence interval of the mean; NaN for one seed [T]."""

    mean: Values
    sd: Values
    low: Values
    high: Values


def interval(scores_ST: Values) -> Interval:
    """Mean and confidence over seeds, by Student's t.

    Args:
        scores_ST: scores of each seed [S, T].
    """
    seeds = len(scores_ST)
    mean = scores_ST.mean(axis=0)
    if seeds == 1:
        unknown = np.full_like(mean, np.nan)
        return Interval(mean, unknown, unknown, unknown)
    sd = scores_ST.std(axis=0, ddof=1)
    wide = (_T_975[seeds - 2] if seeds - 2 < len(_T_975) else _NORMAL_975) * sd / np.sqrt(seeds)
    return Interval(mean, sd, mean - wide, mean + wide)


def against_random(observed: Values, null_RT: Values, sizes: Indices) -> tuple[Values, Values]:
    """Scores in sds above the mean of random terms of similar size.

    Large terms score higher than small ones in any hierarchy; what is left then is what these genes have together.

    Args:
        observed: scores [T].
        null_RT: scores of the same terms in random hierarchies [R, T].
        sizes: genes that each term contains [T].

    Returns:
        The scores [T] and the random ones [R, T] in this unit.
    """
    count = null_RT.size // _ROWS_OF_A_SIZE
    edges = np.unique(np.quantile(sizes, np.linspace(0, 1, max(1, min(_MOST_SIZES, count)) + 1)[1:-1]))
    bins = np.searchsorted(edges, sizes, side="left")
    scaled, null = np.zeros_like(observed), np.zeros_like(null_RT)
    for size in np.unique(bins):
        same = bins == size
        mean, sd = float(null_RT[:, same].mean()), float(null_RT[:, same].std()) or 1.0
        scaled[same], null[:, same] = (observed[same] - mean) / sd, (null_RT[:, same] - mean) / sd
    return scaled, null


def p_values(observed: Values, null_RT: Values, sizes: Indices) -> Values:
    """One-sided p-values: how often a term of a random hierarchy scores as high.

    A random hierarchy has the same terms with as many genes and links, so every term is compared with terms of its own
    size. In the unit of ``against_random`` all random scores together are the null distribution, so p can be small.
    p = (1 + as high) / (1 + all): never 0.

    Args:
        observed: scores [T].
        null_RT: scores of the same terms in random hierarchies [R, T].
        sizes: genes that each term contains [T].
    """
    scaled, null = against_random(observed, null_RT, sizes)
    ordered = np.sort(null.ravel())
    as_high = len(ordered) - np.searchsorted(ordered, scaled, side="left")
    p: Values = (1 + as_high) / (1 + len(ordered))
    return p


def q_values(p: Values) -> Values:
    """The smallest false discovery rate at which each is significant (Benjamini and Hochberg 1995)."""
    order = np.argsort(p, kind="stable")
    raw = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q


def rank_of(scores: Values) -> Values:
    """Ranks from 1, the highest score first; equal scores share the mean of their ranks [T]."""
    return ranks(-scores)


class Stability(NamedTuple):
    """How alike the rankings of seeds are.

    Args:
        rho: mean Spearman correlation of two seeds; None with one seed or constant scores.
        top: mean share of the ``top_size`` highest terms that two seeds have in common; None with one seed.
        top_size: how many that are.
    """

    rho: float | None
    top: float | None
    top_size: int


def stability(scores_ST: Values, *, top_size: int = 10) -> Stability:
    """Compare the rankings of all pairs of seeds [S, T]."""
    seeds, terms = scores_ST.shape
    size = min(top_size, terms)
    best = [set(np.argsort(-scores, kind="stable")[:size].tolist()) for scores in scores_ST]
    pairs = [(a, b) for a in range(seeds) for b in range(a)]
    rhos = [rho for a, b in pairs if (rho := spearman(scores_ST[a], scores_ST[b])) is not None]
    shared = [len(best[a] & best[b]) / size for a, b in pairs]
    return Stability(float(np.mean(rhos)) if rhos else None, float(np.mean(shared)) if shared else None, size)
