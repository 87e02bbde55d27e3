"""The subsystems that decide the phenotype of a generated world, and the genes that strains lack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcell_graph.sources.world.config import WorldConfig
from dcell_graph.sources.world.ontology import ROOTS, GeneratedOntology

# Loss of fitness when a subsystem is hit hard; the negative one makes strains grow better.
_WEIGHTS = (0.45, 0.3, -0.15, 0.4, 0.35, 0.2)
_FEW = 200
_LARGEST_SUBTREE = 12
_GENES_BELOW = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedTerm:
    """A term that matters for the phenotype.

    Args:
        term: index in the ontology.
        weight: what hitting it costs, see ``strains.fitness``.
        subtree: the term and all terms below it; no gene is annotated there but the planted ones.
        genes: the genes it contains.
        places: for each gene the term of the subtree that it is annotated to.
    """

    term: int
    weight: float
    subtree: tuple[int, ...]
    genes: tuple[int, ...]
    places: tuple[int, ...]

    @property
    def direct(self) -> tuple[int, ...]:
        """The genes that are annotated to the term itself."""
        return tuple(gene for gene, place in zip(self.genes, self.places, strict=True) if place == self.term)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which genes are deleted in which kind of strain, and which terms that hits. Genes and terms are indices."""

    terms: tuple[PlantedTerm, ...]
    query_genes: NDArray[np.int64]
    array_genes: NDArray[np.int64]


def make_plan(config: WorldConfig, ontology: GeneratedOntology) -> Plan:
    """Choose the planted terms and their genes.

    Their genes are disjoint, lie in the query and in the array pool, and are annotated to the term itself (half of
    them) or below it. Both annotation files agree on these annotations, by evidence that every recipe keeps, long
    before the cutoff; so each snapshot sees them unless its filters remove the terms below.
    """
    random = config.random("plan")
    weights = _WEIGHTS if config.n_genes >= _FEW else _WEIGHTS[:3]
    order = random.permutation(config.n_genes)
    array, query = order[: config.n_array], order[config.n_array : config.n_array + config.n_query]
    size = max(5, round(0.05 * (len(array) + len(query))))
    from_query = max(2, round(0.36 * size))
    terms = []
    for place, (weight, subtree) in enumerate(
        zip(weights, _choose_subtrees(random, ontology, len(weights)), strict=True)
    ):
        of_query = query[place * from_query : (place + 1) * from_query]
        of_array = array[place * (size - from_query) : (place + 1) * (size - from_query)]
        genes = random.permutation(np.concatenate([of_query, of_array])).tolist()
        direct = (len(genes) + 1) // 2
        # Few terms with many genes each, so that filters on the number of genes keep them.
        below = subtree[1 : 1 + (len(genes) - direct) // _GENES_BELOW] or subtree[1:2] or subtree
        places = [subtree[0]] * direct + [below[k % len(below)] for k in range(len(genes) - direct)]
        terms.append(
            PlantedTerm(
                term=subtree[0], weight=weight, subtree=tuple(subtree), genes=tuple(genes), places=tuple(places)
            )
        )
    return Plan(terms=tuple(terms), query_genes=np.sort(query), array_genes=np.sort(array))


def _choose_subtrees(random: np.random.Generator, ontology: GeneratedOntology, count: int) -> list[list[int]]:
    """Terms with their descendants, without overlap; terms that have descendants first."""
    children = ontology.children()
    candidates = random.permutation(np.arange(len(ROOTS), len(ontology.ids))).tolist()
    chosen: list[list[int]] = []
    taken: set[int] = set()
    for least, term in [(3, term) for term in candidates] + [(1, term) for term in candidates]:
        if len(chosen) == count:
            break
        subtree = _subtree(children, term)
        if least <= len(subtree) <= _LARGEST_SUBTREE and taken.isdisjoint(subtree):
            chosen.append(subtree)
            taken |= set(subtree)
    return chosen


def _subtree(children: list[list[int]], term: int) -> list[int]:
    """The term and those below it; cut off as soon as there are too many."""
    found, waiting = [term], [term]
    while waiting and len(found) <= _LARGEST_SUBTREE:
        for child in children[waiting.pop(0)]:
            if child not in found:
                found.append(child)
                waiting.append(child)
    return found
