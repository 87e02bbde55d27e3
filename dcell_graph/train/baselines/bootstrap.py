"""How sure a correlation is, and the difference of two: strains drawn again with replacement, the same for both sides.

Shapes: N strains, D draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dcell_graph.errors import InputError

Reals = npt.NDArray[np.floating]

DRAWS = 2000
_CHUNK = 4_000_000
"""Counts that are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 95 % percentile interval of Pearson's correlation, or of a difference of two.

    Args:
        value: over the strains as they are; None if it is undefined.
        low: 2.5th percentile of the draws in which it is defined; None if there are none.
        high: 97.5th percentile.
    """

    value: float | None
    low: float | None
    high: float | None


def correlation_interval(target: Reals, prediction: Reals, *, seed: int = 0, draws: int = DRAWS) -> Interval:
    """The correlation of a prediction with the measured values.

    Args:
        target: measured values [N].
        prediction: of the same strains [N].
        seed: of the draws.
        draws: D.

    Raises:
        InputError: the sizes differ, or a value is not finite.
    """
    _check(target, prediction)
    value = _correlations(np.ones((1, len(target))), target, prediction)[0]
    return _interval(float(value), _drawn(target, [prediction], seed, draws)[0])


def paired_interval(target: Reals, first: Reals, second: Reals, *, seed: int = 0, draws: int = DRAWS) -> Interval:
    """Correlation of ``first`` less that of ``second``, both over the same draws of strains.

    Two correlations vary together over draws: that their own intervals overlap does not say that they do not differ.

    Args:
        target: measured values [N].
        first: predictions of one model [N].
        second: of the other [N].
        seed: of the draws.
        draws: D.

    Raises:
        InputError: the sizes differ, or a value is not finite.
    """
    _check(target, first, second)
    everyone = np.ones((1, len(target)))
    value = _correlations(everyone, target, first)[0] - _correlations(everyone, target, second)[0]
    one, other = _drawn(target, [first, second], seed, draws)
    return _interval(float(value), one - other)


def _check(target: Reals, *predictions: Reals) -> None:
    for prediction in predictions:
        if prediction.shape != target.shape or not (np.isfinite(prediction).all() and np.isfinite(target).all()):
            raise InputError(
                "these predictions cannot be compared",
                expected=f"finite numbers of {len(target):,} strains",
                found=f"{len(prediction):,}, or some that are not finite",
            )


def _drawn(target: Reals, predictions: list[Reals], seed: int, draws: int) -> list[npt.NDArray[np.float64]]:
    """Correlations by draw, NaN where undefined, one array [D] for each prediction."""
    random = np.random.default_rng(seed)
    count = len(target)
    found: list[list[npt.NDArray[np.float64]]] = [[] for _ in predictions]
    at_once = max(1, _CHUNK // max(1, count))
    for start in range(0, draws, at_once):
        rows = min(at_once, draws - start)
        picked = random.integers(count, size=(rows, count)) if count else np.zeros((rows, 0), np.int64)
        picked += np.arange(rows)[:, None] * count
        times = np.bincount(picked.ravel(), minlength=rows * count).reshape(rows, count).astype(np.float64)
        for parts, prediction in zip(found, predictions, strict=True):
            parts.append(_correlations(times, target, prediction))
    return [np.concatenate(parts) for parts in found]


def _correlations(times: npt.NDArray[np.float64], target: Reals, prediction: Reals) -> npt.NDArray[np.float64]:
    """Pearson's correlation with each strain counted so many times [D]; NaN where one side is constant."""
    if len(target) < 2:
        return np.full(len(times), np.nan)
    x, y = (side.astype(np.float64) - side.astype(np.float64).mean() for side in (target, prediction))
    total = times.sum(axis=1)
    means = [times @ side / total for side in (x, y)]
    spreads = [times @ side**2 / total - mean**2 for side, mean in zip((x, y), means, strict=True)]
    together = times @ (x * y) / total - means[0] * means[1]
    # What is left of rounding is no spread.
    least = [1e-12 * float(np.square(side).max()) for side in (x, y)]
    usable = (spreads[0] > least[0]) & (spreads[1] > least[1])
    product = np.where(usable, spreads[0] * spreads[1], 1.0)
    return np.where(usable, np.clip(together / np.sqrt(product), -1.0, 1.0), np.nan)


def _interval(value: float, drawn: npt.NDArray[np.float64]) -> Interval:
    defined = drawn[np.isfinite(drawn)]
    low, high = (None, None) if len(defined) == 0 else (float(q) for q in np.percentile(defined, [2.5, 97.5]))
    return Interval(value=value if np.isfinite(value) else None, low=low, high=high)
