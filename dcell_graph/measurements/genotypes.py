"""Measurements of the same genotype, brought together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import pandas as pd

from dcell_graph.measurements.gene_array import GeneArray, GenesDtype

COLUMNS: dict[str, Any] = {
    "strain": "str",
    "genes": GenesDtype(),
    "phenotype": "float64",
    "sd": "float64",
    "count": "int64",
    "spread": "float64",
    "query": "int64",
    "files": "int64",
}
"""Columns of a frame of strains and their types; see ``dataset.Dataset``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured value.

    Args:
        strain: name of the genotype (see ``identifiers.strain_name``).
        genes: the deleted genes, in alphabetical order.
        phenotype: the value.
        sd: its standard deviation, None if not known.
        count: how many table rows it stands for.
        spread: standard deviation between those rows, None for a single row.
        query: bits of the genes, the first one lowest, that some row has in its query strain.
        files: bits of the files that have a row of it.
        line: where it was read, 0 if it does not come straight from a file.
    """

    strain: str
    genes: tuple[str, ...]
    phenotype: float
    sd: float | None
    count: int = 1
    spread: float | None = None
    query: int = 0
    files: int = 1
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Genotypes:
    """Measurements grouped by genotype.

    Args:
        strains: one row a genotype, sorted by name, with the columns ``COLUMNS``.
        groups: the measurements of each genotype that has several, in the order they came.
    """

    strains: pd.DataFrame
    groups: tuple[tuple[Measurement, ...], ...]

    @property
    def conflicting(self) -> int:
        """Genotypes that were measured several times with different values."""
        return sum(disagree(group) for group in self.groups)


def disagree(group: tuple[Measurement, ...]) -> bool:
    """Whether measurements of one genotype have different values."""
    return len({item.phenotype for item in group}) > 1


def group_genotypes(measurements: Iterable[Measurement]) -> Genotypes:
    """Average the measurements of each genotype.

    The mean weighs each measurement by its ``count``. The standard deviation is that of the mean of independent
    measurements, or not known if one of them is not known; the spread is that between all rows. Sums are exactly
    rounded, so the order of rows plays no part.
    """
    by_strain: dict[str, list[Measurement]] = {}
    for item in measurements:
        by_strain.setdefault(item.strain, []).append(item)
    rows = [_merge(by_strain[strain]) for strain in sorted(by_strain)]
    frame = pd.DataFrame(
        {
            "strain": [row.strain for row in rows],
            "genes": GeneArray.of([row.genes for row in rows]),
            "phenotype": [row.phenotype for row in rows],
            "sd": [row.sd for row in rows],
            "count": [row.count for row in rows],
            "spread": [row.spread for row in rows],
            "query": [row.query for row in rows],
            "files": [row.files for row in rows],
        }
    ).astype(COLUMNS)
    groups = tuple(tuple(group) for group in by_strain.values() if len(group) > 1)
    return Genotypes(strains=frame, groups=groups)


def _merge(group: list[Measurement]) -> Measurement:
    first = group[0]
    if len(group) == 1:
        return first
    count = sum(item.count for item in group)
    known = [item.sd * item.count for item in group if item.sd is not None]
    mean = math.fsum(item.phenotype * item.count for item in group) / count if disagree(tuple(group)) else None
    value = first.phenotype if mean is None else mean
    within = [(item.count - 1) * (item.spread or 0.0) ** 2 for item in group]
    between = [item.count * (item.phenotype - value) ** 2 for item in group]
    return Measurement(
        strain=first.strain,
        genes=first.genes,
        phenotype=value,
        sd=math.sqrt(math.fsum(part * part for part in known)) / count if len(known) == len(group) else None,
        count=count,
        spread=math.sqrt(math.fsum(within + between) / (count - 1)),
        query=reduce(or_, (item.query for item in group)),
        files=reduce(or_, (item.files for item in group)),
    )
