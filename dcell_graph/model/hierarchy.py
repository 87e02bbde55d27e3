"""A snapshot as the model sees it: who is below whom, which genes each term reads, and how large each subsystem is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dcell_graph.errors import SnapshotError
from dcell_graph.model.config import ModelConfig
from dcell_graph.snapshot import dag
from dcell_graph.snapshot.schema import Snapshot

Indices = npt.NDArray[np.int64]


class ParameterCount(NamedTuple):
    """Learnable numbers of a model: in the subsystems, in the heads, and together."""

    subsystems: int
    heads: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hierarchy:
    """The structure of a model; position i of every per-term list belongs to term index i of the snapshot.

    Args:
        snapshot_id: the snapshot it was made from.
        config: the model options that the sizes follow.
        term_ids: term ids in index order.
        gene_ids: gene ids in index order.
        root: index of the term that everything lies below.
        children: per term, the indices of the terms right below it, increasing.
        direct_genes: per term, the indices of the genes attached to it, increasing.
        widths: values in each term's state [T].
        input_sizes: values that each term reads [T]: the states of its children, then one value a direct gene (or as
            many as the embedding has). A term with neither reads one constant 0.
        levels: length of the longest way down from each term [T]; a term's children are on lower levels.
    """

    snapshot_id: str
    config: ModelConfig
    term_ids: tuple[str, ...]
    gene_ids: tuple[str, ...]
    root: int
    children: tuple[Indices, ...]
    direct_genes: tuple[Indices, ...]
    widths: Indices
    input_sizes: Indices
    levels: Indices

    @property
    def n_terms(self) -> int:
        """Number of terms, T."""
        return len(self.term_ids)

    @property
    def n_genes(self) -> int:
        """Number of genes that the model can see, G."""
        return len(self.gene_ids)

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot, config: ModelConfig) -> Hierarchy:
        """Read the structure off a snapshot.

        Raises:
            SnapshotError: the snapshot has no terms, a cycle, several roots (so that no root reaches every term), or an
                index without a row.
        """
        return cls.from_pairs(
            snapshot_id=snapshot.manifest.snapshot_id,
            term_ids=snapshot.terms["term"].tolist(),
            gene_ids=snapshot.genes["gene"].tolist(),
            links=snapshot.parents[["child_index", "parent_index"]].to_numpy(np.int64),
            pairs=snapshot.annotations[["term_index", "gene_index"]].to_numpy(np.int64),
            config=config,
        )

    @classmethod
    def from_pairs(
        cls,
        *,
        snapshot_id: str,
        term_ids: Sequence[str],
        gene_ids: Sequence[str],
        links: Indices,
        pairs: Indices,
        config: ModelConfig,
    ) -> Hierarchy:
        """Build the structure from index pairs; repeated pairs count once.

        Args:
            snapshot_id: kept as it is.
            term_ids: in index order.
            gene_ids: in index order.
            links: (child, parent) term indices [links, 2].
            pairs: (term, gene) indices [pairs, 2].
            config: model options; the width rules are used.

        Raises:
            SnapshotError: as ``from_snapshot``.
        """
        n_terms, n_genes = len(term_ids), len(gene_ids)
        _check_range("link", links, (n_terms, n_terms))
        _check_range("pair", pairs, (n_terms, n_genes))
        child, parent = links[:, 0], links[:, 1]
        root = _only_root(term_ids, child, parent)
        children = _lists(n_terms, parent, child)
        direct_genes = _lists(n_terms, pairs[:, 0], pairs[:, 1])
        n_direct = np.array([len(genes) for genes in direct_genes], np.int64)
        if config.width_genes == "direct":
            counted = n_direct
        else:
            counted = dag.contained_counts(n_terms, n_genes, child, parent, pairs[:, 0], pairs[:, 1]).astype(np.int64)
        widths = np.array([_width(int(count), config) for count in counted], np.int64)
        from_below = np.array([widths[below].sum() for below in children], np.int64)
        return cls(
            snapshot_id=snapshot_id,
            config=config,
            term_ids=tuple(term_ids),
            gene_ids=tuple(gene_ids),
            root=root,
            children=children,
            direct_genes=direct_genes,
            widths=widths,
            input_sizes=from_below + np.where(from_below + n_direct == 0, 1, n_direct) * (config.gene_embedding or 1),
            levels=dag.heights(n_terms, child, parent).astype(np.int64),
        )

    def parameter_count(self) -> ParameterCount:
        """Count the learnable numbers, by formula.

        With one layer and batch norm the subsystems have sum(in·out) weights, sum(out) biases and 2·sum(out) scales and
        shifts; layer norm is the same, the other norms have neither scale nor shift. A second layer adds sum(out·out)
        weights and as many biases, scales and shifts again; attention adds sum(out) queries, and an embedding its
        numbers of every gene. The heads have sum(out) weights and one bias a term.
        """
        out = int(self.widths.sum())
        per_value = 1 + (2 if self.config.norm in ("batch", "layer") else 0)
        subsystems = int((self.input_sizes * self.widths).sum()) + per_value * out
        if self.config.layers == 2:
            subsystems += int((self.widths * self.widths).sum()) + per_value * out
        if self.config.attention is not None:
            subsystems += out
        subsystems += self.n_genes * (self.config.gene_embedding or 0)
        heads = out + self.n_terms
        return ParameterCount(subsystems, heads, subsystems + heads)

    def containing_terms(self) -> tuple[Indices, ...]:
        """Per gene, the indices of the terms that contain it: it is attached to them or to a term below them."""
        contains = np.zeros((self.n_terms, self.n_genes), np.bool_)
        for term in np.argsort(self.levels, kind="stable"):
            contains[term, self.direct_genes[term]] = True
            for below in self.children[term]:
                contains[term] |= contains[below]
        return tuple(np.flatnonzero(column) for column in contains.T)


def _width(genes: int, config: ModelConfig) -> int:
    # The ratio is the decimal number that the user wrote: 0.35 * 180 is 63, not 62.99999999999999 (whose floor is 62).
    exact = Fraction(repr(config.width_ratio)) * genes
    rounded = math.ceil(exact) if config.width_rounding == "ceil" else math.floor(exact)
    return max(config.min_width, rounded)


def _lists(count: int, owner: Indices, member: Indices) -> tuple[Indices, ...]:
    """Members of each owner, increasing and without repeats."""
    unique = np.unique(np.stack([owner, member], axis=1), axis=0)
    ends = np.searchsorted(unique[:, 0], np.arange(1, count))
    return tuple(np.ascontiguousarray(part) for part in np.split(unique[:, 1], ends))


def _only_root(term_ids: Sequence[str], child: Indices, parent: Indices) -> int:
    n_terms = len(term_ids)
    if n_terms == 0:
        raise SnapshotError("the snapshot has no terms, so there is no model to build")
    cycle = dag.find_cycle(n_terms, child, parent)
    if cycle:
        names = ", ".join(term_ids[index] for index in cycle[:5])
        raise SnapshotError("the hierarchy has a cycle", expected="no term below itself", found=f"a cycle with {names}")
    roots = dag.roots(n_terms, child)
    if len(roots) != 1:
        names = ", ".join(term_ids[index] for index in roots[:5]) + (", …" if len(roots) > 5 else "")
        raise SnapshotError(
            "no term has all others below it",
            expected="one term without parents",
            found=f"{len(roots)} ({names})",
            hint="build the snapshot with one root, for instance an artificial one above the namespaces",
        )
    return int(roots[0])


def _check_range(what: str, rows: Indices, limits: tuple[int, int]) -> None:
    for column, limit in enumerate(limits):
        outside = rows[(rows[:, column] < 0) | (rows[:, column] >= limit), column]
        if len(outside):
            raise SnapshotError(
                f"a {what} names a row that does not exist", expected=f"0 to {limit - 1}", found=str(outside[0])
            )
