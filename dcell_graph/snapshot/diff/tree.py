"""The hierarchy around the terms that two term sets differ in, as a tree to print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dcell_graph.snapshot.diff.difference import GAINED, Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A term at one place of the tree.

    Args:
        term: its id.
        name: its name.
        change: ``gained``, ``lost``, or empty for a term of both.
        gained, lost: number of terms below it that were gained or lost, each counted once.
        children: those below which or in which something changed, the most changed first.
        hidden: number of further children that are left out.
        above: True if the term has been shown at another place already; it has no children here.
    """

    term: str
    name: str
    change: str
    gained: int
    lost: int
    children: tuple[Node, ...]
    hidden: int
    above: bool


def grow(difference: Difference, *, depth: int, width: int | None) -> tuple[Node, ...]:
    """The tree, from the tops down.

    A term of B hangs where it hangs in B, a lost one where it hung in A. A term with several parents is shown below
    each of them, and what is below it only at the first place.

    Args:
        difference: of the two term sets.
        depth: number of levels below the tops; deeper terms are only counted.
        width: most children of a term to show; None for all.

    Returns:
        The tops. Empty if no term differs.
    """
    return tuple(_Growth(difference, depth, width).tops())


class _Growth:
    def __init__(self, difference: Difference, depth: int, width: int | None) -> None:
        self._depth = depth
        self._width = width
        a, b = difference.a, difference.b
        self._names = a.terms | b.terms
        self._change = dict(zip(difference.terms["term"], difference.terms["change"], strict=True))
        # Links of A count only for terms that B lacks: so there is no cycle, however A and B differ.
        links = b.links | {(child, parent) for child, parent in a.links if child not in b.terms}
        self._children: dict[str, list[str]] = {term: [] for term in self._names}
        self._parents: dict[str, list[str]] = {term: [] for term in self._names}
        for child, parent in sorted(links):
            self._children[parent].append(child)
            self._parents[child].append(parent)
        self._below = self._changed_below()
        self._shown: set[str] = set()

    def tops(self) -> Iterator[Node]:
        tops = [term for term, parents in self._parents.items() if not parents and self._weight(term)]
        for term in sorted(tops, key=lambda term: (-self._weight(term), term)):
            yield self._node(term, self._depth)

    def _node(self, term: str, depth: int) -> Node:
        gained, lost = self._counts(term)
        above = term in self._shown
        self._shown.add(term)
        children = [child for child in self._children[term] if self._weight(child)]
        children.sort(key=lambda child: (-self._weight(child), child))
        shown = [] if above or not depth else children[: self._width]
        return Node(
            term=term,
            name=self._names[term],
            change=self._change.get(term, ""),
            gained=gained,
            lost=lost,
            children=tuple(self._node(child, depth - 1) for child in shown),
            hidden=0 if above or not depth else len(children) - len(shown),
            above=above and bool(children),
        )

    def _counts(self, term: str) -> tuple[int, int]:
        gained, lost = self._below[term]
        return gained.bit_count(), lost.bit_count()

    def _weight(self, term: str) -> int:
        return sum(self._counts(term)) + (term in self._change)

    def _changed_below(self) -> dict[str, tuple[int, int]]:
        """For each term, the terms below it that were gained and lost, as bits."""
        bit = {term: 1 << place for place, term in enumerate(self._change)}
        below = dict.fromkeys(self._names, (0, 0))
        waiting = {term: len(children) for term, children in self._children.items()}
        ready = [term for term, number in waiting.items() if not number]
        for term in ready:
            gained, lost = below[term]
            if self._change.get(term) == GAINED:
                gained |= bit[term]
            elif term in bit:
                lost |= bit[term]
            for parent in self._parents[term]:
                below[parent] = below[parent][0] | gained, below[parent][1] | lost
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
        return below
