"""Facts about directed acyclic graphs: by hand, and against slow searches over every path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.snapshot import dag

Links = list[tuple[int, int]]

#        0
#      / | \
#     1  2  3      4 hangs below 1 and 2, 5 below 4 and 3; 6 stands alone.
#      \ |  |
#        4  |
#         \ |
#          5
KITE: Links = [(1, 0), (2, 0), (3, 0), (4, 1), (4, 2), (5, 4), (5, 3)]


def arrays(links: Links) -> tuple[dag.Indices, dag.Indices]:
    table = np.array(links, np.int32).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def test_the_kite_by_hand() -> None:
    child, parent = arrays(KITE)

    assert dag.roots(7, child).tolist() == [0, 6]
    assert dag.depths(7, child, parent).tolist() == [0, 1, 1, 1, 2, 3, 0]
    assert dag.heights(7, child, parent).tolist() == [3, 2, 2, 1, 1, 0, 0]
    assert dag.children_first(7, child, parent) == [5, 6, 3, 4, 1, 2, 0]
    assert dag.find_cycle(7, child, parent) == []


def test_genes_are_counted_once_however_many_paths_lead_to_them() -> None:
    child, parent = arrays(KITE)
    # 5 has genes 0 and 1, 4 has 1, 2 has 2, 6 has 0, and 0 has 69: more than fit into one machine word.
    term, gene = arrays([(5, 0), (5, 1), (4, 1), (2, 2), (6, 0), (0, 69)])

    assert dag.contained_counts(7, 70, child, parent, term, gene).tolist() == [4, 2, 3, 2, 2, 2, 1]


def test_without_links_every_node_is_root_and_leaf() -> None:
    child, parent = arrays([])

    assert dag.roots(2, child).tolist() == [0, 1]
    assert dag.children_first(2, child, parent) == [0, 1]
    assert dag.heights(2, child, parent).tolist() == [0, 0]
    assert dag.contained_counts(2, 0, child, parent, child, parent).tolist() == [0, 0]
    assert dag.roots(0, child).tolist() == []
    assert dag.children_first(0, child, parent) == []


@pytest.mark.parametrize(
    ("links", "cycle"),
    [
        ([(0, 0)], [0]),
        ([(1, 0), (0, 1)], [0, 1]),
        ([(1, 0), (2, 1), (1, 2), (3, 2)], [1, 2]),  # 0 above and 3 below are no members
        ([(1, 0), (0, 1), (4, 3), (3, 4)], [0, 1, 3, 4]),
        ([(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 3)], [0, 1, 2, 3, 4]),  # 2 lies between two cycles
    ],
)
def test_cycles(links: Links, cycle: list[int]) -> None:
    assert dag.find_cycle(5, *arrays(links)) == cycle


GRAPHS = st.integers(1, 7).flatmap(
    lambda size: st.tuples(
        st.just(size), st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=12)
    )
)


@st.composite
def acyclic_graphs(draw: st.DrawFn) -> tuple[int, Links]:
    """Links run from a node to one that comes earlier in a random order."""
    size = draw(st.integers(1, 7))
    order = draw(st.permutations(range(size)))
    places = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=12, unique=True))
    return size, [(order[low], order[high]) for low, high in places if low > high]


def longest_path(links: Links, start: int) -> int:
    """The longest way from a node along the links, by walking every path."""
    return max((1 + longest_path(links, end) for begin, end in links if begin == start), default=0)


def reached(links: Links, start: int) -> set[int]:
    """The nodes at the end of a way of at least one link."""
    ends: set[int] = set()
    border = {start}
    while border := {end for begin, end in links if begin in border} - ends:
        ends |= border
    return ends


@given(acyclic_graphs())
def test_orders_heights_and_counts_agree_with_a_search(graph: tuple[int, Links]) -> None:
    size, links = graph
    child, parent = arrays(links)
    down = [(high, low) for low, high in links]

    order = dag.children_first(size, child, parent)
    assert sorted(order) == list(range(size))
    assert all(order.index(low) < order.index(high) for low, high in links)
    assert dag.heights(size, child, parent).tolist() == [longest_path(down, node) for node in range(size)]
    assert dag.depths(size, child, parent).tolist() == [longest_path(links, node) for node in range(size)]
    assert dag.roots(size, child).tolist() == [node for node in range(size) if not reached(links, node)]
    assert dag.find_cycle(size, child, parent) == []

    pairs = [(node, gene) for node in range(size) for gene in range(4) if (node + gene) % 3 == 0]
    genes = [{gene for node, gene in pairs if node in reached(down, start) | {start}} for start in range(size)]
    counted = dag.contained_counts(size, 4, child, parent, *arrays(pairs))
    assert counted.tolist() == [len(found) for found in genes]
    # The order of the links plays no part.
    assert dag.children_first(size, *arrays(links[::-1])) == order


@given(GRAPHS)
def test_members_of_cycles_agree_with_a_search(graph: tuple[int, Links]) -> None:
    size, links = graph
    turning = {node for node in range(size) if node in reached(links, node)}
    up = {node for node in range(size) if ({node} | reached(links, node)) & turning}
    down = {node for node in range(size) if any(node in {start} | reached(links, start) for start in turning)}

    assert dag.find_cycle(size, *arrays(links)) == sorted(up & down)
    assert not set(dag.children_first(size, *arrays(links))) & turning
