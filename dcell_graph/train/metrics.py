"""How well predictions fit; a measure that is undefined is None, never NaN and never 0."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.floating]


def pearson(first: Values, second: Values) -> float | None:
    """Pearson's correlation.

    Args:
        first: values [N].
        second: values [N].

    Returns:
        Between -1 and 1; None if there are fewer than two values, if a value is not finite, or if one side is
        constant: equal up to a few roundings of its own number type, so that the noise of float32 arithmetic is not
        taken for a signal.
    """
    if not _comparable(first, second):
        return None
    x, y = _centred(first), _centred(second)
    return float(np.clip(np.dot(x, y) / math.sqrt(np.dot(x, x) * np.dot(y, y)), -1.0, 1.0))


def spearman(first: Values, second: Values) -> float | None:
    """Spearman's rank correlation; equal values share the mean of their ranks.

    Args:
        first: values [N].
        second: values [N].

    Returns:
        Between -1 and 1; None under the same conditions as ``pearson``.
    """
    if not _comparable(first, second):
        return None
    return pearson(ranks(first), ranks(second))


def rmse(prediction: Values, target: Values) -> float | None:
    """Root of the mean squared difference, in the unit of the values; None if there are no values."""
    if len(target) == 0:
        return None
    difference = prediction.astype(np.float64) - target.astype(np.float64)
    return float(np.sqrt(np.mean(np.square(difference))))


def ranks(values: Values) -> npt.NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of their ranks [N]."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[group].astype(np.float64)


def is_constant(values: Values) -> bool:
    """Whether values differ by no more than four roundings of their largest magnitude."""
    largest = float(np.max(np.abs(values)))
    spread = float(np.max(values)) - float(np.min(values))
    return spread <= 4 * float(np.finfo(values.dtype).eps) * largest


def _comparable(first: Values, second: Values) -> bool:
    finite = bool(np.isfinite(first).all() and np.isfinite(second).all())
    return len(first) > 1 and finite and not is_constant(first) and not is_constant(second)


def _centred(values: Values) -> npt.NDArray[np.float64]:
    """Values minus their mean, scaled so that the largest magnitude is 1: squares can neither overflow nor vanish."""
    exact = values.astype(np.float64)
    exact = exact / np.max(np.abs(exact))
    exact = exact - exact.mean()
    scaled: npt.NDArray[np.float64] = exact / np.max(np.abs(exact))
    return scaled
