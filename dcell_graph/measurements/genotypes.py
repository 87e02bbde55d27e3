"""Measurements of the same genotype, brought together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

COLUMNS = {"strain": "str", "genes": "object", "phenotype": "float64", "sd": "float64", "count": "int64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured value.

    Args:
        strain: name of the genotype (see ``identifiers.strain_name``).
        genes: the deleted genes, in alphabetical order.
        phenotype: the value.
        sd: its standard deviation, None if not known.
        count: how many table rows it stands for.
        line: where it was read, 0 if it does not come straight from a file.
    """

    strain: str
    genes: tuple[str, ...]
    phenotype: float
    sd: float | None
    count: int = 1
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
    measurements, or not known if one of them is not known. Sums are exactly rounded, so the order of rows plays no
    part.
    """
    by_strain: dict[str, list[Measurement]] = {}
    for item in measurements:
        by_strain.setdefault(item.strain, []).append(item)
    rows = [_merge(by_strain[strain]) for strain in sorted(by_strain)]
    frame = pd.DataFrame(
        {
            "strain": [row.strain for row in rows],
            "genes": pd.Series([row.genes for row in rows], dtype="object"),
            "phenotype": [row.phenotype for row in rows],
            "sd": [row.sd for row in rows],
            "count": [row.count for row in rows],
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
    mean = math.fsum(item.phenotype * item.count for item in group) / count
    return Measurement(
        strain=first.strain,
        genes=first.genes,
        phenotype=mean if disagree(tuple(group)) else first.phenotype,
        sd=math.sqrt(math.fsum(part * part for part in known)) / count if len(known) == len(group) else None,
        count=count,
    )
