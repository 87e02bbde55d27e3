"""The order of terms, and lists of lists as flat arrays: what a plan is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from dcell_graph.model.hierarchy import Hierarchy, Indices

CONSTANT = -1
"""Stands for a gene in the input of a term that has neither children nor direct genes: it is always 0."""


def parents_of(hierarchy: Hierarchy) -> list[list[int]]:
    """Per term index, the indices of its parents."""
    parents: list[list[int]] = [[] for _ in range(hierarchy.n_terms)]
    for parent, children in enumerate(hierarchy.children):
        for child in children.tolist():
            parents[child].append(parent)
    return parents


def order_of(hierarchy: Hierarchy, parents: Sequence[Sequence[int]]) -> Indices:
    """Term indices by level, width, widths of the parents, index."""
    widths, levels = hierarchy.widths.tolist(), hierarchy.levels.tolist()
    keys = [
        (levels[index], widths[index], tuple(sorted(widths[parent] for parent in above)), index)
        for index, above in enumerate(parents)
    ]
    return np.array([key[-1] for key in sorted(keys)], np.int64)


def classes_of(width: Indices, level: Indices, above: Sequence[Sequence[int]]) -> Indices:
    """First position of each run of equal level, width and parents' widths, and at last T [classes + 1]."""
    keys = [
        (int(level[position]), int(width[position]), tuple(width[list(positions)].tolist()))
        for position, positions in enumerate(above)
    ]
    first = [position for position, key in enumerate(keys) if position == 0 or key != keys[position - 1]]
    return np.array([*first, len(keys)], np.int64)


def inputs_of(hierarchy: Hierarchy, term: int) -> Indices:
    """Genes that a term reads."""
    genes = hierarchy.direct_genes[term]
    if len(genes) or len(hierarchy.children[term]):
        return genes
    return np.array([CONSTANT], np.int64)


def flat(lists: Iterable[Sequence[int] | Indices]) -> tuple[Indices, Indices]:
    """Lists one after another, and where each begins."""
    arrays = [np.asarray(items, np.int64) for items in lists]
    return starts_of(np.array([len(items) for items in arrays], np.int64)), np.concatenate(
        [*arrays, np.zeros(0, np.int64)]
    )


def starts_of(sizes: Indices) -> Indices:
    """Where lists of these sizes begin, one after another, and where the last ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
