"""Which strains of a batch a term can tell apart: the rows that the engine computes instead of one row a strain.

A term's state depends only on the deleted genes that it contains. Its *base row* is its state in the base genotype: the
wild type or, where genes are deleted in more than half of several strains, the strain that lacks these. (A strain alone
is set against the wild type, so that it is computed as in a batch of many.) It has one more row for every distinct,
non-empty set of differences from the base genotype (genes lost, or base genes still there) that it contains and some
strain of the batch has. Everything else is counting: batch norm, heads and loss of all strains follow from the rows and
the number of strains on each.

Shapes: B strains, K deleted genes a strain at most, T terms by position, L links, R rows, N touches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dcell_graph.errors import TrainingError
from dcell_graph.model.engine.plan import Plan, Values
from dcell_graph.model.hierarchy import Indices

Rows = npt.NDArray[np.int32]

# Most genes that a strain may lack; the sets of a strain are the bits of one number in the compiled kernel.
MOST_DELETIONS = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowIndex:
    """The rows of one batch. Rows are numbered through all terms; a term's first row is its base row.

    Args:
        strains: B.
        base: genes that the base genotype lacks, increasing.
        row_start: base row of each position, and at last R [T + 1]. The other rows of a position follow in the order in
            which strains of the batch first have them.
        count: strains on each row [R], float32; those of a position add up to B. Only a base row can have 0.
        touch_start: first touch of each strain [B + 1].
        touch_row: the rows of each strain that are not base rows [N]: those that its first difference (by gene index)
            touches, by position, then those that the second touches and the first does not, and so on. A strain is on
            the base row of every position that has no row here.
        edge_start: first edge of each link of the plan [L + 1].
        edge_parent, edge_child: for every link, the rows of the parent that are not base rows and whose strains are not
            on the base row of the child, increasing, and the row of the child that these strains are on [edges].
        gene_start: first gene change of each position [T + 1].
        gene_row: rows whose gene inputs are not those of the base row, not decreasing [changes].
        gene_pair: the gene input of the plan that differs, by gene within a row [changes].
        gene_change: what it has more than in the base row [changes], float32; several changes of one input add up.
        base_pair: gene inputs that differ between base genotype and wild type, by gene [base changes].
        base_change: what they have more in the base genotype [base changes], float32.
    """

    strains: int
    base: Rows
    row_start: Rows
    count: Values
    touch_start: Rows
    touch_row: Rows
    edge_start: Rows
    edge_parent: Rows
    edge_child: Rows
    gene_start: Rows
    gene_row: Rows
    gene_pair: Rows
    gene_change: Values
    base_pair: Rows
    base_change: Values

    @property
    def n_rows(self) -> int:
        """Number of rows, R."""
        return int(self.row_start[-1])


def check_strains(plan: Plan, deleted: npt.NDArray[np.int64]) -> None:
    """Check a batch of strains.

    Args:
        plan: whose genes the strains lack.
        deleted: gene indices, -1 for padding [B, K], 64-bit integers.

    Raises:
        TrainingError: another type or shape, no strain, an index outside -1 to G - 1, or more genes a strain than
            MOST_DELETIONS.
    """
    if deleted.dtype != np.int64 or deleted.ndim != 2:
        raise TrainingError(
            "the deleted genes are not a table of indices",
            expected="64-bit integers of shape [strains, genes]",
            found=f"{deleted.dtype} of shape {list(deleted.shape)}",
        )
    if len(deleted) == 0:
        raise TrainingError("the batch has no strains")
    outside = (deleted < -1) | (deleted >= plan.n_genes)
    if outside.any():
        strain, place = np.argwhere(outside)[0].tolist()
        raise TrainingError(
            f"strain {strain} of the batch lacks a gene that the model does not know",
            expected=f"gene indices 0 to {plan.n_genes - 1}, or -1 for none",
            found=str(deleted[strain, place]),
        )
    most = int((deleted >= 0).sum(axis=1).max(initial=0))
    if most > MOST_DELETIONS:
        raise TrainingError(
            "a strain of the batch lacks too many genes", expected=f"at most {MOST_DELETIONS}", found=str(most)
        )


def build_index(plan: Plan, deleted: npt.NDArray[np.int64]) -> RowIndex:
    """Find the rows of a batch, in numpy. A gene counts once in a strain, however often it is listed.

    Args:
        plan: the model's plan.
        deleted: gene indices, -1 for padding [B, K], 64-bit integers.

    Raises:
        TrainingError: the batch cannot be used; see ``check_strains``.
    """
    check_strains(plan, deleted)
    strains, terms = len(deleted), plan.n_terms
    base, strain, gene = _differences(plan, deleted)
    touched = _touches(plan, strain, gene)
    row_start, row_of_touch, first = _number_rows(plan, touched)
    count = np.bincount(row_of_touch, minlength=int(row_start[-1]))
    count[row_start[:-1]] = strains - np.add.reduceat(count, row_start[:-1])
    # The row of every strain on every position, base rows as -1; only strains that bring a row are looked up.
    edge_start, edge_parent, edge_child = _edges(plan, touched, row_of_touch, first)
    gene_row, gene_pair, gene_change = _gene_changes(plan, base, touched, row_of_touch, first, strain, gene)
    base_entry, _ = _spread(plan.owner_start, base)
    return RowIndex(
        strains=strains,
        base=base.astype(np.int32),
        row_start=row_start.astype(np.int32),
        count=count.astype(np.float32),
        touch_start=np.searchsorted(touched.strain, np.arange(strains + 1)).astype(np.int32),
        touch_row=row_of_touch.astype(np.int32),
        edge_start=edge_start.astype(np.int32),
        edge_parent=edge_parent.astype(np.int32),
        edge_child=edge_child.astype(np.int32),
        gene_start=np.searchsorted(gene_row, row_start[: terms + 1]).astype(np.int32),
        gene_row=gene_row.astype(np.int32),
        gene_pair=gene_pair.astype(np.int32),
        gene_change=gene_change,
        base_pair=plan.owner_pair[base_entry].astype(np.int32),
        base_change=plan.owner_change[base_entry],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Touched:
    """Pairs of a strain and a position that its differences touch, in the order of RowIndex.touch_row [N].

    Args:
        strain: the strain, not decreasing.
        term: the position.
        differences: number of the set of differences that the position contains; equal sets have equal numbers.
    """

    strain: Indices
    term: Indices
    differences: Indices


def _differences(plan: Plan, deleted: Indices) -> tuple[Indices, Indices, Indices]:
    """The base genotype, and every strain's differences from it as pairs by strain and gene."""
    strains = len(deleted)
    strain = np.repeat(np.arange(strains), deleted.shape[1])[deleted.ravel() >= 0]
    gene = deleted[deleted >= 0]
    lacks = np.unique(strain * plan.n_genes + gene)
    often = np.bincount(lacks % plan.n_genes, minlength=plan.n_genes) * 2 > strains
    base = np.flatnonzero(often & (strains > 1))
    in_base = (np.arange(strains)[:, None] * plan.n_genes + base).ravel()
    both = np.setxor1d(lacks, in_base, assume_unique=True)
    return base, both // plan.n_genes, both % plan.n_genes


def _touches(plan: Plan, strain: Indices, gene: Indices) -> _Touched:
    entry, owner = _spread(plan.contain_start, gene)
    term = plan.contain_term[entry]
    key = strain[owner] * plan.n_terms + term
    # Stable, so that the genes of one key stay in order; a key's place in the result is that of its first gene.
    order = np.argsort(key, kind="stable")
    sizes = np.unique(key, return_counts=True)[1]
    heads = np.cumsum(sizes) - sizes
    sets = _set_numbers(gene[owner][order], heads, sizes, plan.n_genes)
    place = order[heads]
    by_place = np.argsort(place)
    place = place[by_place]
    return _Touched(strain[owner][place], term[place], sets[by_place])


def _set_numbers(genes: Indices, heads: Indices, sizes: Indices, n_genes: int) -> Indices:
    """Number the sets genes[head : head + size] so that equal sets, and only these, have equal numbers."""
    numbers = np.zeros(len(heads), np.int64)
    for member in range(int(sizes.max(initial=0))):
        # 0 stands for no further gene, so that a set and a longer one with the same beginning stay apart.
        longer = sizes > member
        next_gene = np.zeros(len(heads), np.int64)
        next_gene[longer] = genes[heads[longer] + member] + 1
        numbers = np.unique(numbers * (n_genes + 1) + next_gene, return_inverse=True)[1]
    return numbers


def _number_rows(plan: Plan, touched: _Touched) -> tuple[Indices, Indices, Indices]:
    """Base row of each position [T + 1], row of each touch [N], and the touch that first has each other row."""
    sets = int(touched.differences.max(initial=0)) + 1
    _, first, inverse = np.unique(touched.term * sets + touched.differences, return_index=True, return_inverse=True)
    by_row = np.lexsort((first, touched.term[first]))
    other_rows = np.bincount(touched.term[first], minlength=plan.n_terms)
    row_start = np.concatenate([[0], np.cumsum(1 + other_rows)])
    row = np.empty(len(first), np.int64)
    row[by_row] = np.arange(len(first)) + 1 + touched.term[first[by_row]]
    return row_start, row[inverse], first[by_row]


def _edges(plan: Plan, touched: _Touched, row: Indices, first: Indices) -> tuple[Indices, Indices, Indices]:
    """Start of each link [L + 1], and rows of parent and child, by link and parent row."""
    entry, owner = _spread(plan.below_start, touched.term[first])
    link, parent_touch = plan.below_link[entry], first[owner]
    wanted = touched.strain[parent_touch] * plan.n_terms + plan.link_child[link]
    key = touched.strain * plan.n_terms + touched.term
    order = np.argsort(key)
    found = np.minimum(np.searchsorted(key, wanted, sorter=order), max(0, len(key) - 1))
    child_touch = order[found] if len(key) else found
    exists = key[child_touch] == wanted if len(key) else np.zeros(0, np.bool_)
    link, parent, child = link[exists], row[parent_touch[exists]], row[child_touch[exists]]
    by_link = np.lexsort((parent, link))
    starts = np.searchsorted(link[by_link], np.arange(len(plan.link_child) + 1))
    return starts, parent[by_link], child[by_link]


def _gene_changes(
    plan: Plan, base: Indices, touched: _Touched, row: Indices, first: Indices, strain: Indices, gene: Indices
) -> tuple[Indices, Indices, Values]:
    """Row, gene input and change of each changed input, by row and gene."""
    entry, owner = _spread(plan.owner_start, gene)
    pair = plan.owner_pair[entry]
    change = np.where(np.isin(gene[owner], base), -plan.owner_change[entry], plan.owner_change[entry])
    wanted = strain[owner] * plan.n_terms + plan.pair_term[pair]
    # Only the touches that bring a row, sorted by strain and position.
    key = touched.strain[first] * plan.n_terms + touched.term[first]
    order = np.argsort(key)
    found = np.minimum(np.searchsorted(key, wanted, sorter=order), max(0, len(key) - 1))
    exists = key[order[found]] == wanted if len(key) else np.zeros(len(wanted), np.bool_)
    new_row = row[first[order[found[exists]]]]
    by_row = np.argsort(new_row, kind="stable")
    return new_row[by_row], pair[exists][by_row], change[exists][by_row].astype(np.float32)


def _spread(starts: Indices, owners: Indices) -> tuple[Indices, Indices]:
    """All entries of some owners, one owner after another, and for each entry which of the owners it is of."""
    sizes = starts[owners + 1] - starts[owners]
    owner = np.repeat(np.arange(len(owners)), sizes)
    entry = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + starts[owners][owner]
    return entry, owner
