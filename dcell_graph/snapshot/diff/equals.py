"""How two terms came to have the same genes, so that the more general one is redundant, or ceased to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dcell_graph.snapshot.diff.state import State, positions

FEW = 3


class Why(NamedTuple):
    """Words that many terms share, and what is special about this one."""

    words: str
    detail: str


class Equals:
    """Gene sets as the first stage ``redundant`` finds them, in two states one exchange apart.

    Args:
        before, after: the states.
    """

    def __init__(self, before: State, after: State) -> None:
        self._before = before
        self._after = after

    def why(self, term: str, equal: str, *, gained: bool) -> Why:
        """Why a term is redundant in one of the two states and not in the other.

        Args:
            term: redundant after the exchange, or before it if ``gained``.
            equal: the term that it equals there.
            gained: whether the term came or went.

        Returns:
            Empty words if the sets do not tell: the stage itself was exchanged, or a later round removed the term.
        """
        absent, there = (self._before, self._after) if gained else (self._after, self._before)
        same = absent.gene_sets
        # Sets of direct and of contained genes are not to be compared with each other.
        differ = there.gene_sets if there.compares == absent.compares else None
        has = "had" if gained else "has"
        if same is None or term not in same or same[term] != same.get(equal):
            return Why("", f"{has} the same genes as {equal}")
        number = same[term].bit_count()
        size = f"{has} the same {number:,} {'gene' if number == 1 else 'genes'} as {equal}"
        if differ is None:
            return Why("", size)
        if equal not in differ:
            return Why("its equal is gone" if gained else "its equal is new", size)
        if absent.material.genes != there.material.genes or term not in differ or differ[term] == differ[equal]:
            return Why("", size)
        material = there.material
        names = [symbol or gene for symbol, gene in zip(material.symbols, material.genes, strict=True)]
        by_equal, by_term = differ[term] & ~differ[equal], differ[equal] & ~differ[term]
        lacks = "lacks" if gained else "lacked"
        parts = [f"{equal} {lacks} {_few(by_equal, names)}"] if by_equal else []
        parts += [f"it {lacks} {_few(by_term, names)}"] if by_term else []
        if gained:
            return Why("its genes differ now", f"{size}; now {' and '.join(parts)}")
        return Why(_how(by_equal, by_term, same[term]), f"{size}; before {' and '.join(parts)}")


def _how(by_equal: int, by_term: int, now: int) -> str:
    """How two sets became one.

    Args:
        by_equal: genes of the term that its equal lacked before.
        by_term: genes of its equal that the term lacked before.
        now: the genes of both.
    """
    equal_gained, term_gained = bool(by_equal & now), bool(by_term & now)
    if (by_equal | by_term) & ~now:
        gained = equal_gained or term_gained
        return "genes came and went" if gained else "the genes that told it from its equal are gone"
    if equal_gained and term_gained:
        return "it and its equal gained the genes that only one had"
    return (
        "its equal gained the genes that it lacked" if equal_gained else "it gained the genes that only its equal had"
    )


def _few(genes: int, names: Sequence[str]) -> str:
    places = positions(genes)
    more = len(places) - FEW
    return ", ".join(names[place] for place in places[:FEW]) + (f" and {more:,} more" if more > 0 else "")
