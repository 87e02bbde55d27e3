"""The rows of a batch: by hand, against sets in a dictionary, and the compiled search against the one in numpy."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcell_graph.errors import TrainingError
from dcell_graph.model.engine.compiled_index import CompiledIndexer, row_sums
from dcell_graph.model.engine.index import MOST_DELETIONS, RowIndex, build_index
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.hierarchy import Hierarchy
from tests.engines import row_of
from tests.models import SMALL
from tests.snapshots import make_snapshot, random_snapshot

Strains = npt.NDArray[np.int64]

# L (g0, g1) under A (g2) under R (g3); positions L, A, R.
CHAIN = make_snapshot([("L", "A"), ("A", "R")], [("L", "g0"), ("L", "g1"), ("A", "g2"), ("R", "g3")])


def plan_of(snapshot_seed: int | None, coding: str = "present", n_terms: int = 12) -> Plan:
    snapshot = CHAIN if snapshot_seed is None else random_snapshot(snapshot_seed, n_terms=n_terms)
    config = SMALL.model_copy(update={"gene_coding": coding})
    return Plan.from_hierarchy(Hierarchy.from_snapshot(snapshot, config))


def strains_of(n_genes: int, n_strains: int, width: int, kind: str, seed: int) -> Strains:
    """Strains with repeats, padding anywhere, and copies of each other; in a tile most lack one gene or two more."""
    random = np.random.default_rng(seed)
    strains = random.integers(-1, n_genes, (n_strains, width))
    strains[random.random(strains.shape) < 0.3] = -1
    if kind == "tile" and width > 1:
        strains[:, 0] = n_genes - 1
        strains[n_strains // 3 :, 1] = 0
    strains[random.integers(0, n_strains)] = strains[0]
    return strains


def check_by_sets(plan: Plan, deleted: Strains, index: RowIndex) -> None:
    """Work everything out again from sets, one strain and one term at a time."""
    lacking = [{int(gene) for gene in strain if gene >= 0} for strain in deleted]
    times = [sum(gene in genes for genes in lacking) for gene in range(plan.n_genes)]
    base = {gene for gene in range(plan.n_genes) if len(lacking) > 1 and 2 * times[gene] > len(lacking)}
    assert index.base.tolist() == sorted(base)
    differing = [genes ^ base for genes in lacking]
    contained = plan.hierarchy.containing_terms()
    inside: list[set[int]] = [set() for _ in range(plan.n_terms)]
    for gene, terms in enumerate(contained):
        for term in terms.tolist():
            inside[int(plan.position[term])].add(gene)
    rows = row_of(plan, index)
    of_row: dict[int, frozenset[int]] = {}
    for position in range(plan.n_terms):
        zero, end = int(index.row_start[position]), int(index.row_start[position + 1])
        sets: dict[frozenset[int], int] = {frozenset(): zero}
        for strain, genes in enumerate(differing):
            row = sets.setdefault(frozenset(genes & inside[position]), zero + len(sets))
            assert rows[strain, position] == row
        assert len(sets) == end - zero
        of_row |= {row: genes for genes, row in sets.items()}
        assert index.count[zero:end].tolist() == [int((rows[:, position] == row).sum()) for row in range(zero, end)]
    check_edges(plan, index, rows)
    check_genes(plan, index, of_row, base)


def check_edges(plan: Plan, index: RowIndex, rows: Strains) -> None:
    zero = index.row_start
    for link, (child, parent) in enumerate(zip(plan.link_child, plan.link_parent, strict=True)):
        pairs = {(int(row[parent]), int(row[child])) for row in rows}
        expected = sorted((up, down) for up, down in pairs if up != zero[parent] and down != zero[child])
        span = slice(index.edge_start[link], index.edge_start[link + 1])
        assert list(zip(index.edge_parent[span].tolist(), index.edge_child[span].tolist(), strict=True)) == expected


def check_genes(plan: Plan, index: RowIndex, of_row: dict[int, frozenset[int]], base: set[int]) -> None:
    lost = -1.0 if plan.hierarchy.config.gene_coding == "present" else 1.0
    for position, (first, last) in enumerate(pairwise(index.gene_start.tolist())):
        expected = [
            (row, pair, -lost if plan.pair_gene[pair] in base else lost)
            for row in range(int(index.row_start[position]), int(index.row_start[position + 1]))
            for pair in range(int(plan.pair_start[position]), int(plan.pair_start[position + 1]))
            if int(plan.pair_gene[pair]) in of_row[row]
        ]
        arrays = (index.gene_row[first:last], index.gene_pair[first:last], index.gene_change[first:last])
        assert list(zip(*(array.tolist() for array in arrays), strict=True)) == expected
    expected_base = [(pair, lost) for gene in sorted(base) for pair in np.flatnonzero(plan.pair_gene == gene).tolist()]
    assert list(zip(index.base_pair.tolist(), index.base_change.tolist(), strict=True)) == expected_base


def both(plan: Plan, deleted: Strains) -> RowIndex:
    """The index from numpy, after checking that the compiled one is the same, array by array."""
    slow, fast = build_index(plan, deleted), CompiledIndexer(plan).build(deleted)
    for field in fields(slow):
        one, other = getattr(slow, field.name), getattr(fast, field.name)
        if field.name == "strains":
            assert one == other
        else:
            assert one.dtype == other.dtype and one.tolist() == other.tolist(), field.name
    return slow


def test_rows_by_hand() -> None:
    # Nobody; g0; g0 again with padding; g1 and g2; g3.
    index = both(plan_of(None), np.array([[-1, -1], [0, -1], [-1, 0], [2, 1], [3, 3]]))
    # L: base, {g0}, {g1}; A: base, {g0}, {g1, g2}; R: base, {g0}, {g1, g2}, {g3}.
    assert index.row_start.tolist() == [0, 3, 6, 10]
    assert index.count.tolist() == [2, 2, 1, 2, 2, 1, 1, 2, 1, 1]
    assert index.touch_start.tolist() == [0, 0, 3, 6, 9, 10]
    assert index.touch_row.tolist() == [1, 4, 7, 1, 4, 7, 2, 5, 8, 9]
    assert index.edge_start.tolist() == [0, 2, 4]
    assert index.edge_parent.tolist() == [4, 5, 7, 8]
    assert index.edge_child.tolist() == [1, 2, 4, 5]
    assert index.gene_row.tolist() == [1, 2, 5, 9]
    assert index.gene_pair.tolist() == [0, 1, 2, 3]
    assert index.gene_change.tolist() == [-1, -1, -1, -1]
    assert index.base.tolist() == index.base_pair.tolist() == []


def test_a_gene_that_most_lack_is_the_base() -> None:
    # g0 is lost in three of four; so the second differs by still having it, and the first not at all.
    index = both(plan_of(None), np.array([[0, -1], [1, -1], [0, 2], [2, 0]]))
    assert index.base.tolist() == [0]
    assert (index.base_pair.tolist(), index.base_change.tolist()) == ([0], [-1])
    # L: base (first, third, fourth), {g0, g1}; A and R have {g2} as well.
    assert index.row_start.tolist() == [0, 2, 5, 8]
    assert index.count.tolist() == [3, 1, 1, 1, 2, 1, 1, 2]
    assert list(zip(index.gene_row.tolist(), index.gene_pair.tolist(), index.gene_change.tolist(), strict=True)) == [
        (1, 0, 1.0),
        (1, 1, -1.0),
        (4, 2, -1.0),
    ]
    # Half of the strains is not most of them.
    assert both(plan_of(None), np.array([[0], [0], [1], [2]])).base.tolist() == []


@settings(max_examples=150)
@given(
    seed=st.integers(0, 10_000),
    n_terms=st.integers(1, 20),
    n_strains=st.integers(1, 24),
    width=st.integers(0, 8),
    kind=st.sampled_from(["any", "tile"]),
    coding=st.sampled_from(["present", "deleted"]),
)
def test_any_index_is_that_of_sets(seed: int, n_terms: int, n_strains: int, width: int, kind: str, coding: str) -> None:
    plan = plan_of(seed, coding, n_terms)
    deleted = strains_of(plan.n_genes, n_strains, width, kind, seed)
    check_by_sets(plan, deleted, both(plan, deleted))


def test_one_indexer_forgets_earlier_batches() -> None:
    plan = plan_of(3)
    indexer = CompiledIndexer(plan)
    batches = [strains_of(plan.n_genes, 10, width, kind, 5) for width in (8, 2, 1) for kind in ("tile", "any")]
    alone = [CompiledIndexer(plan).build(batch) for batch in batches]
    for batch, expected in zip(batches, alone, strict=True):
        found = indexer.build(batch)
        assert all(np.array_equal(getattr(found, field.name), getattr(expected, field.name)) for field in fields(found))


def test_neither_order_nor_padding_nor_repeats_matter() -> None:
    plan = plan_of(1)
    deleted = np.array([[4, 2, 7], [2, -1, -1], [-1, -1, -1]])
    same = np.array([[7, 4, 2, 4, -1], [-1, -1, 2, 2, 2], [-1, -1, -1, -1, -1]])
    one, other = both(plan, deleted), both(plan, same)
    assert all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))


def test_most_deletions_at_once() -> None:
    plan = plan_of(2)
    deleted = np.tile(np.arange(plan.n_genes), (3, 2))[:, :MOST_DELETIONS]
    check_by_sets(plan, deleted, both(plan, deleted))


def test_sums_of_rows() -> None:
    plan = plan_of(4)
    deleted = strains_of(plan.n_genes, 15, 4, "tile", 4)
    index = build_index(plan, deleted)
    numbers = np.random.default_rng(0).standard_normal(15)
    rows, expected = row_of(plan, index), np.zeros(index.n_rows)
    for strain in range(15):
        expected[rows[strain]] += numbers[strain]
    assert row_sums(index, numbers) == pytest.approx(expected, abs=1e-14)
    assert (row_sums(index, numbers)[index.count == 0] == 0).all()
    with pytest.raises(TrainingError, match=r"not one a strain: expected shape \[15\], found shape \[3\]"):
        row_sums(index, numbers[:3])


@pytest.mark.parametrize(
    ("deleted", "message"),
    [
        (np.zeros((2, 1), np.int32), "not a table of indices: expected 64-bit integers"),
        (np.zeros(2, np.int64), r"not a table of indices: .* found int64 of shape \[2\]"),
        (np.zeros((0, 2), np.int64), "the batch has no strains"),
        (np.array([[0], [10]]), "strain 1 of the batch lacks a gene .*: expected gene indices 0 to 9, .* found 10"),
        (np.array([[0, -2]]), "strain 0 of the batch lacks a gene"),
        (np.zeros((1, 17), np.int64), "lacks too many genes: expected at most 16, found 17"),
    ],
)
def test_unusable_batches_are_refused(deleted: Strains, message: str) -> None:
    plan = plan_of(0)
    for build in (partial(build_index, plan), CompiledIndexer(plan).build):
        with pytest.raises(TrainingError, match=message):
            build(deleted)
