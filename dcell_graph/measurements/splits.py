"""Dividing strains into training, validation and test sets: at random, or as a split that is stored with a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dcell_graph.errors import InputError
from dcell_graph.measurements.split_kinds import TEST, TRAIN, VALIDATION, Codes, SplitConfig, check_fractions, dealt
from dcell_graph.measurements.strain_names import StrainNames

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Positions of the strains of each part, in increasing order; no strain is in two of them."""

    train: Indices
    validation: Indices
    test: Indices

    @classmethod
    def of(cls, parts: Codes) -> Split:
        """The positions of each part."""
        train, validation, test = (np.flatnonzero(parts == part) for part in (TRAIN, VALIDATION, TEST))
        return cls(train=train, validation=validation, test=test)


def random_split(
    strains: Sequence[str], *, seed: int, fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
) -> Split:
    """Divide genotypes at random; every strain is in one part.

    The outcome depends only on the set of names, the seed and the fractions: the strains are put into the order of
    their names and dealt out by ``split_kinds.dealt``. A genotype occurs once in a dataset, so its repeated
    measurements are always on one side.

    Args:
        strains: names of the genotypes, each once, in any order.
        seed: not negative.
        fractions: of training, validation and test set; not negative, together 1.

    Raises:
        InputError: fractions, seed or strains are not usable.
    """
    check_fractions(seed, fractions)
    names = StrainNames.of(strains)
    if repeated := names.repeated():
        raise InputError("a split needs each strain once", found=f"{repeated} repeated names")
    parts = np.zeros(len(names), np.int8)
    parts[names.order()] = dealt(len(names), SplitConfig(kind="random", seed=seed, fractions=fractions))
    return Split.of(parts)
