"""Which terms lie above which, and which genes reach a term, over the links of one release.

Sets are held as bits of Python integers: united in one operation, and small enough for a whole ontology.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dcell_graph.graph.runner import Runner
from dcell_graph.sources.vocabulary import TERM_RELATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Links of a release between live terms of one namespace: by child, its (relation, parent) in order."""

    parents: Mapping[str, tuple[tuple[str, str], ...]]

    def followed(self, relations: Iterable[str]) -> dict[str, list[str]]:
        """By child its parents over some relations, each once.

        Args:
            relations: groups of TERM_RELATIONS: is_a, part_of, regulates.
        """
        names = {name for group in relations for name in TERM_RELATIONS[group]}
        found = {
            child: list(dict.fromkeys(parent for relation, parent in above if relation in names))
            for child, above in self.parents.items()
        }
        return {child: parents for child, parents in found.items() if parents}


def read_links(runner: Runner, release: str) -> Links:
    """The links of a release; those between namespaces are left out, as in snapshots by default."""
    parents: dict[str, list[tuple[str, str]]] = {}
    for row in runner.read("compare/links", release=release):
        for child, parent in zip(row["children"], row["parents"], strict=True):
            parents.setdefault(child, []).append((row["relation"], parent))
    return Links(parents={child: tuple(sorted(above)) for child, above in parents.items()})


def ancestors(terms: list[str], links: Links) -> list[int]:
    """For each term, as bits of a number, the positions of those of the terms that lie above it (is_a, part_of).

    Args:
        terms: ids; bit k stands for ``terms[k]``.
        links: of the release.
    """
    children: dict[str, list[str]] = {}
    for child, parents in links.followed(("is_a", "part_of")).items():
        for parent in parents:
            children.setdefault(parent, []).append(child)
    own = {term: 1 << place for place, term in enumerate(terms)}
    above = gather(own, children)
    return [above.get(term, 0) & ~own[term] for term in terms]


def gather(own: Mapping[str, int], onward: Mapping[str, list[str]]) -> dict[str, int]:
    """Pass sets along links until nothing changes; a cycle does no harm, its members end with the same set.

    Args:
        own: the set that each node starts with.
        onward: by node, the nodes that receive what it has.

    Returns:
        For each node that has anything: its own set united with those of all nodes from which it can be reached.
    """
    sets = dict(own)
    order, left = _order(own, onward)
    for node in order:
        mine = sets[node]
        for other in onward.get(node, ()):
            sets[other] = sets.get(other, 0) | mine
    # What is left lies on a cycle or behind one.
    changed = left.intersection(sets)
    while changed:
        reached: set[str] = set()
        for node in changed:
            for other in onward.get(node, ()):
                united = sets.get(other, 0) | sets[node]
                if united != sets.get(other, 0):
                    sets[other] = united
                    reached.add(other)
        changed = reached
    return sets


def _order(start: Iterable[str], onward: Mapping[str, list[str]]) -> tuple[list[str], set[str]]:
    """The nodes that can be reached, each after all that lead to it; and those for which there is no such order."""
    incoming = dict.fromkeys(start, 0)
    found = list(incoming)
    for node in found:
        for other in onward.get(node, ()):
            if other not in incoming:
                incoming[other] = 0
                found.append(other)
            incoming[other] += 1
    order = [node for node in found if not incoming[node]]
    for node in order:
        for other in onward.get(node, ()):
            incoming[other] -= 1
            if not incoming[other]:
                order.append(other)
    return order, set(found).difference(order)
