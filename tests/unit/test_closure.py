"""Sets that are passed along links: what arrives where, also where links go round in a circle."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dcell_graph.graph.comparison.closure import gather

NODES = "abcdefgh"
LINKS = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=14)
OWN = st.dictionaries(st.sampled_from(NODES), st.integers(1, 255))


def reached(start: str, links: list[tuple[str, str]]) -> set[str]:
    """The node and all that can be reached from it, one link after the other."""
    found = {start}
    for _ in NODES:
        found |= {end for begin, end in links if begin in found}
    return found


@given(OWN, LINKS)
@example({"a": 1}, [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("a", "d")])
@example({"a": 1, "d": 2}, [("a", "b"), ("b", "a"), ("b", "c"), ("d", "c"), ("c", "e")])
def test_each_node_has_what_all_nodes_before_it_have(own: dict[str, int], links: list[tuple[str, str]]) -> None:
    onward: dict[str, list[str]] = {}
    for begin, end in links:
        onward.setdefault(begin, []).append(end)
    expected: dict[str, int] = {}
    for node, bits in own.items():
        for end in reached(node, links):
            expected[end] = expected.get(end, 0) | bits
    assert gather(own, onward) == expected
