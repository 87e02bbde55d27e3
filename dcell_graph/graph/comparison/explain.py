"""Why a pair that one source has is missing from the other: the first explanation that holds, in a fixed order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dcell_graph.graph.comparison.closure import Links, ancestors
from dcell_graph.graph.comparison.filters import KEPT, Sieve
from dcell_graph.graph.comparison.pair_table import Objects, Pairs
from dcell_graph.graph.comparison.statements import Flags, Ints, Statements

OPPOSITE = "the other way round there (NOT)"
LEFT_OUT = "left out there: "
OBSOLETE = "under an obsolete id there"
NO_GENE = "gene not named there"
NOTHING_KEPT = "gene without kept annotation there"
SPECIFIC = "a more specific term there"
GENERAL = "a more general term there"
NO_TERM = "term not used there"
NOT_STATED = "not stated there"


def explanations(
    statements: Statements, judged: Sieve, everything: pd.DataFrame, pairs: Pairs, links: Links | None
) -> Objects:
    """For each pair of one side only, why the other side lacks it; None for shared pairs.

    Args:
        statements: of both sources.
        judged: the fate of each annotation.
        everything: all statements about a gene and a live term, also those left out.
        pairs: of both sources.
        links: is_a and part_of links of the release, to look for more general and more specific terms; None to leave
            these two explanations out.
    """
    words = np.full(len(pairs.gene), None, dtype=object)
    above = None if links is None else ancestors(statements.terms["term"].tolist(), links)
    for other, missing in ((1, pairs.in_a & ~pairs.in_b), (0, pairs.in_b & ~pairs.in_a)):
        view = _OtherSide(statements, judged, everything[everything["source"].to_numpy() == other], other, above)
        for place in np.flatnonzero(missing).tolist():
            words[place] = view.why(int(pairs.gene[place]), int(pairs.term[place]))
    return words


class _OtherSide:
    """What the source that lacks a pair says about its gene and its term."""

    def __init__(
        self, statements: Statements, judged: Sieve, mine: pd.DataFrame, source: int, above: list[int] | None
    ) -> None:
        self._width = len(statements.terms)
        self._reasons = judged.reasons
        self._above = above
        gene, term = mine["gene"].to_numpy(), mine["term"].to_numpy()
        fate = judged.fate[mine["annotation"].to_numpy()]
        alive = judged.alive[mine.index.to_numpy()]
        self._fate = _smallest(gene * self._width + term, fate)
        self._named = _genes_of(statements, source)
        self._kept_genes = set(gene[alive].tolist())
        self._kept_terms = set(term[alive].tolist())
        self._obsolete = _obsolete(statements, source)
        self._terms_of = _terms_by_gene(gene, term, alive) if above is not None else {}

    def why(self, gene: int, term: int) -> str:
        """The first explanation that holds."""
        fate = self._fate.get(gene * self._width + term)
        if fate is not None:
            reason = self._reasons[fate]
            return OPPOSITE if reason == KEPT else LEFT_OUT + reason
        if (gene, term) in self._obsolete:
            return OBSOLETE
        if gene not in self._kept_genes:
            return NOTHING_KEPT if gene in self._named else NO_GENE
        if self._above is not None:
            theirs = self._terms_of[gene]
            if any(self._above[other] >> term & 1 for other in theirs):
                return SPECIFIC
            if any(self._above[term] >> other & 1 for other in theirs):
                return GENERAL
        return NOT_STATED if term in self._kept_terms else NO_TERM


def _smallest(key: Ints, fate: Ints) -> dict[int, int]:
    """For each key the first fate in the order of the tests."""
    order = np.lexsort((fate, key))
    keys, first = np.unique(key[order], return_index=True)
    return dict(zip(keys.tolist(), fate[order][first].tolist(), strict=True))


def _genes_of(statements: Statements, source: int) -> set[int]:
    mine = np.flatnonzero(statements.products["source"].to_numpy() == source)
    return set(statements.product_genes.spread(mine)[1].tolist())


def _obsolete(statements: Statements, source: int) -> set[tuple[int, int]]:
    """(gene, term) where the source has an obsolete id that the term replaces."""
    position = {term: place for place, term in enumerate(statements.terms["term"].tolist())}
    successors = {
        place: [position[other] for other in replaced if other in position]
        for place, replaced in enumerate(statements.stated["replaced_by"].tolist())
        if replaced
    }
    records = statements.records
    gone = records["stated"].isin(list(successors)).to_numpy() & (records["source"].to_numpy() == source)
    stated, products = records["stated"].to_numpy()[gone], records["product"].to_numpy()[gone]
    places, genes = statements.product_genes.spread(products)
    return {
        (gene, term)
        for place, gene in zip(places.tolist(), genes.tolist(), strict=True)
        for term in successors[int(stated[place])]
    }


def _terms_by_gene(gene: Ints, term: Ints, alive: Flags) -> dict[int, list[int]]:
    found: dict[int, set[int]] = {}
    for one, other in zip(gene[alive].tolist(), term[alive].tolist(), strict=True):
        found.setdefault(one, set()).add(other)
    return {one: sorted(others) for one, others in found.items()}
