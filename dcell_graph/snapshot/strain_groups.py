"""Which strains look the same, and how well they can be fitted at best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deletions:
    """The deleted genes of strains, one entry a strain and gene.

    Args:
        n_strains: number of strains.
        strain: position of the strain, in increasing order.
        gene: position in ``genes``, in increasing order within a strain.
        genes: ids, sorted.
    """

    n_strains: int
    strain: Ints
    gene: Ints
    genes: tuple[str, ...]

    def groups(self, value: Ints) -> Ints:
        """Number the strains so that two have the same number exactly if a model is shown the same of them.

        Args:
            value: what a model is shown of each gene; -1 if it is shown nothing.

        Returns:
            0 for the largest group and so on; of groups of a size the one with the first strain comes first.
        """
        shown = value[self.gene]
        seen = shown >= 0
        return by_size(equal_rows(self.strain[seen], shown[seen], self.n_strains))

    def count(self, chosen: npt.NDArray[np.bool_]) -> Ints:
        """How many of the chosen genes each strain lacks."""
        return np.bincount(self.strain[chosen[self.gene]], minlength=self.n_strains)


def read_deletions(genes: Sequence[Sequence[str]]) -> Deletions:
    """Bring the deleted genes of each strain into columns; a gene that a strain names twice counts once."""
    owner = np.repeat(np.arange(len(genes)), np.fromiter(map(len, genes), np.int64, len(genes)))
    codes, names = pd.factorize(np.array(list(chain.from_iterable(genes)), dtype=object), sort=True)
    span = max(1, len(names))
    keys = np.sort(owner * span + codes)
    keys = keys[np.diff(keys, prepend=-1) > 0]
    return Deletions(
        n_strains=len(genes),
        strain=keys // span,
        gene=keys % span,
        genes=tuple(names.tolist()),
    )


def equal_rows(row: Ints, value: Ints, n_rows: int) -> Ints:
    """Number rows of different length so that two have the same number exactly if they hold the same values.

    Args:
        row: of each entry, from 0 to ``n_rows`` - 1.
        value: of each entry, not negative; the order within a row plays no part, how often a value occurs does.
        n_rows: number of rows; those without an entry are equal to each other.
    """
    span = int(value.max(initial=0)) + 1
    row, value = np.divmod(np.sort(row * span + value), span)
    lengths = np.bincount(row, minlength=n_rows)
    place = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    by_place = np.argsort(place, kind="stable")
    number = np.zeros(n_rows, np.int64)
    highest = 0
    # Rows get a new number with each value; a row that ends keeps its number, which no longer row gets.
    for entries in np.split(by_place, np.cumsum(np.bincount(place))[:-1]) if len(row) else ():
        found, different = pd.factorize(number[row[entries]] * span + value[entries])
        number[row[entries]] = highest + 1 + found
        highest += len(different)
    return number


def by_size(number: Ints) -> Ints:
    """The same groups, numbered from the largest on; of groups of a size the one that begins first comes first."""
    group, different = pd.factorize(number)  # in the order in which they begin
    rank = np.empty(len(different), np.int64)
    rank[np.argsort(-np.bincount(group), kind="stable")] = np.arange(len(different))
    return rank[group]


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFit:
    """The best fit to some labels that is possible if strains of a group get the same prediction.

    That prediction is the mean of the group's labels, so r2 = 1 - (sum of squares within groups) / (sum of squares);
    no function of the group has a higher correlation with the labels than the root of that.

    Args:
        r2: None if the labels are constant, up to rounding, or if there are none.
        pearson: None too if there is one group only, since a constant prediction has no correlation.
    """

    r2: float | None
    pearson: float | None


def best_fit(labels: Floats, group: Ints) -> BestFit:
    """The best fit to labels [N] in groups [N]; labels are finite, groups are numbers that are not negative."""
    if not len(labels) or np.ptp(labels) <= 4 * np.finfo(np.float64).eps * np.abs(labels).max():
        return BestFit(r2=None, pearson=None)
    # As large as 1, so that squares can neither overflow nor vanish.
    scaled = labels / np.abs(labels).max()
    number, different = pd.factorize(group)
    if len(different) == 1:
        return BestFit(r2=0.0, pearson=None)
    overall = scaled - scaled.mean()
    within = overall - (np.bincount(number, overall) / np.bincount(number))[number]
    r2 = min(1.0, max(0.0, 1 - float(within @ within) / float(overall @ overall)))
    return BestFit(r2=r2, pearson=math.sqrt(r2))
