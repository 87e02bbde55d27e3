"""Plain facts about a directed acyclic graph given as two index arrays (child, parent)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.integer]


def roots(n_nodes: int, child: Indices) -> npt.NDArray[np.int64]:
    """Nodes that are nobody's child, in increasing order."""
    return np.flatnonzero(np.bincount(child, minlength=n_nodes) == 0)


def children_first(n_nodes: int, child: Indices, parent: Indices) -> list[int]:
    """Nodes in an order in which every child comes before its parents; members of cycles are left out.

    Among nodes that are ready at the same time the order is by index, so it depends on nothing else.
    """
    waiting = np.bincount(parent, minlength=n_nodes)
    parents_of = _neighbours(n_nodes, child, parent)
    layer = [int(node) for node in np.flatnonzero(waiting == 0)]
    order: list[int] = []
    while layer:
        order += layer
        ready = []
        for node in layer:
            for above in parents_of[node]:
                waiting[above] -= 1
                if waiting[above] == 0:
                    ready.append(above)
        layer = sorted(ready)
    return order


def find_cycle(n_nodes: int, child: Indices, parent: Indices) -> list[int]:
    """Nodes that lie on a cycle or between two cycles, in increasing order; [] if there are none."""
    below = set(range(n_nodes)) - set(children_first(n_nodes, child, parent))
    above = set(range(n_nodes)) - set(children_first(n_nodes, parent, child))
    return sorted(below & above)


def heights(n_nodes: int, child: Indices, parent: Indices) -> npt.NDArray[np.int32]:
    """Length of the longest path from a node down to a leaf; leaves have 0. The graph must be acyclic."""
    parents_of = _neighbours(n_nodes, child, parent)
    height = np.zeros(n_nodes, np.int32)
    for node in children_first(n_nodes, child, parent):
        for above in parents_of[node]:
            height[above] = max(height[above], height[node] + 1)
    return height


def depths(n_nodes: int, child: Indices, parent: Indices) -> npt.NDArray[np.int32]:
    """Length of the longest path from a node up to a root; roots have 0. The graph must be acyclic."""
    return heights(n_nodes, parent, child)


def contained_counts(
    n_nodes: int, n_genes: int, child: Indices, parent: Indices, term_of_pair: Indices, gene_of_pair: Indices
) -> npt.NDArray[np.int32]:
    """Number of distinct genes attached to each node or to any node below it. The graph must be acyclic."""
    parents_of = _neighbours(n_nodes, child, parent)
    below = [0] * n_nodes  # one bit a gene
    for term, gene in zip(term_of_pair.tolist(), gene_of_pair.tolist(), strict=True):
        below[term] |= 1 << gene
    for node in children_first(n_nodes, child, parent):
        for above in parents_of[node]:
            below[above] |= below[node]
    return np.array([bits.bit_count() for bits in below], np.int32)


def _neighbours(n_nodes: int, source: Indices, target: Indices) -> list[list[int]]:
    lists: list[list[int]] = [[] for _ in range(n_nodes)]
    for a, b in zip(source.tolist(), target.tolist(), strict=True):
        lists[a].append(b)
    return lists
