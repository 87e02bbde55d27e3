"""Dividing strains into training, validation and test sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dcell_graph.errors import InputError

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Positions of the strains of each part, in increasing order; together every strain exactly once."""

    train: Indices
    validation: Indices
    test: Indices


def random_split(
    strains: Sequence[str], *, seed: int, fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
) -> Split:
    """Divide genotypes at random.

    The outcome depends only on the set of names, the seed and the fractions: the strains are put into the order of
    their names and ranked by the raw 64-bit output of PCG64, which NumPy keeps the same in all versions and on all
    machines. A genotype occurs once in a dataset, so its repeated measurements are always on one side.

    Args:
        strains: names of the genotypes, each once, in any order.
        seed: not negative.
        fractions: of training, validation and test set; not negative, together 1.

    Raises:
        InputError: fractions, seed or strains are not usable.
    """
    _check(strains, seed, fractions)
    by_name = np.array(sorted(range(len(strains)), key=strains.__getitem__), dtype=np.int64)
    rank = np.argsort(np.random.PCG64(seed).random_raw(len(strains)), kind="stable")
    shuffled = by_name[rank]
    end_of_train = round(len(strains) * fractions[0])
    end_of_validation = max(end_of_train, round(len(strains) * (fractions[0] + fractions[1])))
    parts = np.split(shuffled, [end_of_train, end_of_validation])
    train, validation, test = (np.sort(part) for part in parts)
    return Split(train=train, validation=validation, test=test)


def _check(strains: Sequence[str], seed: int, fractions: tuple[float, float, float]) -> None:
    if seed < 0:
        raise InputError("the seed of a split cannot be negative", found=str(seed))
    if not all(0 <= fraction <= 1 for fraction in fractions) or not math.isclose(sum(fractions), 1, abs_tol=1e-9):
        raise InputError(
            "the fractions of a split must not be negative and must add up to 1",
            found=" + ".join(f"{fraction:g}" for fraction in fractions),
        )
    if len(set(strains)) < len(strains):
        raise InputError("a split needs each strain once", found=f"{len(strains) - len(set(strains))} repeated names")
