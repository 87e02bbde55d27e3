"""From rows to genotypes: averages, what became of each repeat, and names in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dcell_graph.measurements import averages
from dcell_graph.measurements.batch import MOST_QUERY_PLACES, NO_GENE
from dcell_graph.measurements.spool import Rows

Repeats = Literal["average", "first", "drop", "refuse"]
REPEATS: tuple[Repeats, ...] = ("average", "first", "drop", "refuse")

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Rows of some genotypes, S of them, sorted by genotype and place.

    Args:
        rows: N of them.
        starts: the first row of each genotype [S].
        sizes: rows of each genotype [S].
        names: of the genotypes, in order [S].
        genes: names of the genes of each [S].
        conflicting: whether the rows of a genotype have different values [S].
    """

    rows: Rows
    starts: Ints
    sizes: Ints
    names: Any
    genes: Any
    conflicting: Bools

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, wanted: Bools) -> Groups:
        """Some of the genotypes, with all their rows."""
        chosen = np.flatnonzero(wanted)
        return _reordered(self, chosen)


def grouped(rows: Rows, genes: Sequence[str]) -> Groups:
    """Bring the rows of each genotype together.

    Args:
        rows: with ranks of genes in their codes, as ``Spool.parts`` gives them.
        genes: names by rank.
    """
    ranks = rows.codes >> 1
    order = np.lexsort((rows.places[:, 0], *ranks.T[::-1]))
    rows, ranks = rows.take(order), ranks[order]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (ranks[1:] != ranks[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, len(rows)))
    lists = _gene_lists(ranks[starts], genes)
    groups = Groups(
        rows=rows,
        starts=starts,
        sizes=sizes,
        names=pc.binary_join(lists, "+"),
        genes=lists,
        conflicting=averages.differ(rows.values, starts) if len(starts) else np.zeros(0, np.bool_),
    )
    if len(groups) > 1 and not pc.all(pc.less(groups.names[:-1], groups.names[1:])).as_py():
        # Characters before the plus sign in names of genes: the order of names is not that of the genes.
        return _reordered(groups, pc.sort_indices(groups.names).to_numpy().astype(np.int64))
    return groups


def strains_table(groups: Groups, file_starts: Ints, repeats: Repeats) -> pa.Table:
    """The genotypes as rows of a dataset.

    Args:
        groups: one or more.
        file_starts: place of the first row of each file.
        repeats: ``average`` takes the mean of the rows, anything else the first.
    """
    rows, starts, sizes = groups.rows, groups.starts, groups.sizes
    if repeats != "average":
        rows, sizes = rows.take(starts), np.ones(len(starts), np.int64)
        starts = np.arange(len(starts))
    values = averages.means(rows.values, starts, sizes)
    file = np.searchsorted(file_starts, rows.places[:, 0], side="right") - 1
    places = np.arange(min(rows.codes.shape[1], MOST_QUERY_PLACES))
    crossed = np.where(rows.codes[:, : len(places)] == NO_GENE, 0, rows.codes[:, : len(places)] & 1)
    return pa.table(
        {
            "strain": groups.names,
            "genes": groups.genes,
            "phenotype": values,
            "sd": _missing(averages.deviations_of_means(rows.sds, starts, sizes)),
            "count": sizes,
            "spread": _missing(averages.spreads(rows.values, values, starts, sizes)),
            "query": np.bitwise_or.reduceat((crossed << places).sum(axis=1), starts),
            "files": np.bitwise_or.reduceat(np.left_shift(np.int64(1), file), starts),
        }
    )


def _missing(values: npt.NDArray[np.float64]) -> Any:
    return pa.array(values, mask=np.isnan(values))


def _gene_lists(ranks: Ints, genes: Sequence[str]) -> Any:
    present = ranks != NO_GENE
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
    names = pa.array(list(genes), pa.string()).take(pa.array(ranks[present]))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), names)


def _reordered(groups: Groups, chosen: Ints) -> Groups:
    """Some of the groups, in the order that is given."""
    sizes = groups.sizes[chosen]
    starts = np.cumsum(sizes) - sizes
    rows = np.arange(sizes.sum()) + np.repeat(groups.starts[chosen] - starts, sizes)
    places = pa.array(chosen)
    return Groups(
        rows=groups.rows.take(rows),
        starts=starts,
        sizes=sizes,
        names=groups.names.take(places),
        genes=groups.genes.take(places),
        conflicting=groups.conflicting[chosen],
    )
