"""In which order the vectorised model computes what, and where each number lies. Made once for a hierarchy.

The states of all terms lie below each other in one table, one row a value of a state, one column a strain. Terms are
sorted by level, then width, then number of inputs, so that a level is a run of rows, and terms of one shape are a run
of rows that one batched matrix product computes. What a level reads of lower levels is copied row by row into a second
table, again in the order of the terms.

Shapes: T terms, R rows (all widths added), N rows read (the widths of the children of every term added), G genes,
P (term, gene) pairs. "Position" is a term's place in the sorted order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dcell_graph.model.hierarchy import Hierarchy, Indices


class Block(NamedTuple):
    """Terms of one level and width, next to each other.

    Args:
        row: first row.
        terms: how many terms.
        width: rows of each.
        square: where their second layers begin among all second layers, which are width · width numbers each.
    """

    row: int
    terms: int
    width: int
    square: int


class Group(NamedTuple):
    """Terms of one level, width and number of inputs from below, next to each other.

    Args:
        row: first row of their states.
        terms: how many terms.
        width: rows of each.
        read: first row of what they read.
        inputs: rows that each reads.
        weight: where their weights on states begin, width · inputs numbers each.
    """

    row: int
    terms: int
    width: int
    read: int
    inputs: int
    weight: int


class Level(NamedTuple):
    """Terms that read lower levels only: rows ``start`` to ``stop`` read rows ``read_start`` to ``read_stop``."""

    start: int
    stop: int
    read_start: int
    read_stop: int
    groups: tuple[Group, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schedule:
    """The order of computation and the places of all numbers.

    Args:
        levels: from the leaves to the root.
        position: place of each term in the sorted order [T].
        row_start: first row by position, and the number of rows at the end [T + 1].
        row_position: which position a row belongs to [R].
        read_rows: for each row read, the row of a state that it copies [N].
        reader_start, readers: for each row of a state, the rows read that copy it: ``readers[start[r]:start[r + 1]]``.
        state_weight: where each position's weights on states begin [T + 1].
        gene_weight: where each position's weights on genes begin [T + 1].
        square_weight: where each position's weights of the second layer would begin [T + 1].
        gene_inputs: genes that each row weighs, or 1 for a constant 0 [R].
        reads_genes: whether those are genes [R].
        pair_start: for each gene, its pairs are ``pair_start[g]`` to ``pair_start[g + 1]`` in the next four [G + 1].
        pair_weight, pair_stride: the pair's weight in the u-th row of its term is number weight + u · stride [P].
        pair_row, pair_width: the rows of the pair's term [P].
        above_start, above: for each gene, the positions of all terms that contain it, in the same way.
    """

    levels: tuple[Level, ...]
    position: Indices
    row_start: Indices
    row_position: Indices
    read_rows: Indices
    reader_start: Indices
    readers: Indices
    state_weight: Indices
    gene_weight: Indices
    square_weight: Indices
    gene_inputs: Indices
    reads_genes: npt.NDArray[np.bool_]
    pair_start: Indices
    pair_weight: Indices
    pair_stride: Indices
    pair_row: Indices
    pair_width: Indices
    above_start: Indices
    above: Indices


def make_schedule(hierarchy: Hierarchy) -> Schedule:
    """Sort the terms and work out where everything lies."""
    widths, children = hierarchy.widths, hierarchy.children
    n_direct = np.array([len(genes) for genes in hierarchy.direct_genes], np.int64)
    below = np.array([widths[lower].sum() for lower in children], np.int64)
    order = np.lexsort((np.arange(len(widths)), below, widths, hierarchy.levels))
    position = np.argsort(order)
    row_start = starts(widths[order])
    gene_inputs = (hierarchy.input_sizes - below)[order]
    row_position = np.repeat(np.arange(len(order)), widths[order])
    read_rows = np.concatenate(
        [np.empty(0, np.int64)]
        + [_run(row_start[position[lower]], int(widths[lower])) for term in order for lower in children[term]]
    )
    readers = np.argsort(read_rows, kind="stable")
    state_weight = starts(widths[order] * below[order])
    gene_weight = starts(widths[order] * gene_inputs)
    above = [np.sort(position[terms]) for terms in hierarchy.containing_terms()]
    return Schedule(
        levels=_levels(hierarchy.levels[order], widths[order], below[order], row_start, state_weight),
        position=position,
        row_start=row_start,
        row_position=row_position,
        read_rows=read_rows,
        reader_start=starts(np.bincount(read_rows, minlength=int(row_start[-1]))),
        readers=readers,
        state_weight=state_weight,
        gene_weight=gene_weight,
        square_weight=starts(widths[order] ** 2),
        gene_inputs=gene_inputs[row_position],
        reads_genes=(n_direct[order] > 0)[row_position],
        **_pairs(hierarchy, order, row_start, gene_weight),
        above_start=starts(np.array([len(terms) for terms in above], np.int64)),
        above=np.concatenate([np.empty(0, np.int64), *above]),
    )


def starts(lengths: Indices) -> Indices:
    """Where runs of these lengths begin when they lie one after another, and where the last ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def _run(start: int, length: int) -> Indices:
    return np.arange(start, start + length, dtype=np.int64)


def _levels(
    levels: Indices, widths: Indices, below: Indices, row_start: Indices, state_weight: Indices
) -> tuple[Level, ...]:
    """All arguments in sorted order."""
    square, read = starts(widths * widths), starts(below)
    of_one_width, of_one_shape = _runs(levels, widths), _runs(levels, widths, below)
    found = []
    for first, last in _runs(levels):
        groups = tuple(
            Group(int(row_start[a]), b - a, int(widths[a]), int(read[a]), int(below[a]), int(state_weight[a]))
            for a, b in of_one_shape
            if first <= a < last and below[a]
        )
        blocks = tuple(
            Block(int(row_start[a]), b - a, int(widths[a]), int(square[a]))
            for a, b in of_one_width
            if first <= a < last
        )
        rows = int(row_start[first]), int(row_start[last]), int(read[first]), int(read[last])
        found.append(Level(*rows, groups, blocks))
    return tuple(found)


def _runs(*keys: Indices) -> list[tuple[int, int]]:
    """First and one past the last place of each run of equal keys."""
    changes = np.zeros(len(keys[0]) - 1, np.bool_)
    for key in keys:
        changes |= key[1:] != key[:-1]
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(keys[0])]
    return list(pairwise(edges))


def _pairs(hierarchy: Hierarchy, order: Indices, row_start: Indices, gene_weight: Indices) -> dict[str, Indices]:
    """The (term, gene) pairs sorted by gene. A term's weights on genes are a table [width, its genes], row by row."""
    gene = np.concatenate([hierarchy.direct_genes[term] for term in order])
    n_genes = np.array([len(hierarchy.direct_genes[term]) for term in order], np.int64)
    position = np.repeat(np.arange(len(order)), n_genes)
    column = np.arange(len(gene)) - starts(n_genes)[position]
    by_gene = np.argsort(gene, kind="stable")
    position, column = position[by_gene], column[by_gene]
    return {
        "pair_start": starts(np.bincount(gene, minlength=hierarchy.n_genes)),
        "pair_weight": gene_weight[position] + column,
        "pair_stride": n_genes[position],
        "pair_row": row_start[position],
        "pair_width": hierarchy.widths[order][position],
    }
