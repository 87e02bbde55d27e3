"""Averages of groups of rows, the same for any order of the rows of a group."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def sums(values: Floats, starts: Ints, sizes: Ints) -> Floats:
    """Exactly rounded sums of groups of neighbours.

    Args:
        values: of all groups, one after the other.
        starts: where each group begins.
        sizes: values in each group, 1 or more.
    """
    total = values[starts]
    two = sizes == 2
    total[two] += values[starts[two] + 1]  # a sum of two is rounded once
    for group in np.flatnonzero(sizes > 2).tolist():
        start = starts[group]
        total[group] = math.fsum(values[start : start + sizes[group]].tolist())
    return total


def differ(values: Floats, starts: Ints) -> Bools:
    """Groups whose values are not all equal."""
    different: Bools = np.minimum.reduceat(values, starts) != np.maximum.reduceat(values, starts)
    return different


def means(values: Floats, starts: Ints, sizes: Ints) -> Floats:
    """Mean of each group; equal values keep their value."""
    return np.where(differ(values, starts), sums(values, starts, sizes) / sizes, values[starts])


def deviations_of_means(sds: Floats, starts: Ints, sizes: Ints) -> Floats:
    """Standard deviation of the mean of independent rows: sqrt(sum of sd^2) / n; NaN if one of them is not known."""
    pooled = np.sqrt(sums(sds * sds, starts, sizes)) / sizes
    return np.where(sizes == 1, sds[starts], pooled)


def spreads(values: Floats, average: Floats, starts: Ints, sizes: Ints) -> Floats:
    """Standard deviation between the rows of each group (n - 1 below the line); NaN for a single row."""
    squares = (values - np.repeat(average, sizes)) ** 2
    return np.where(sizes > 1, np.sqrt(sums(squares, starts, sizes) / np.maximum(sizes - 1, 1)), math.nan)
