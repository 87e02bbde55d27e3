"""What comes of applying a recipe in memory.

Sets of genes are the bits of Python integers: bit k stands for gene k.
"""

from __future__ import annotations

from dataclasses import dataclass

from dcell_graph.snapshot.recipe import ROOT_ID
from dcell_graph.snapshot.schema import StageCount


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Why a candidate is not in the result.

    Args:
        stage: that removed it.
        direct: number of its direct genes at that moment.
        contained: number of its contained genes at that moment.
        equal_to: the term with the same genes that stayed, for the stage ``redundant``.
    """

    stage: str
    direct: int
    contained: int
    equal_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The term set that comes of a recipe.

    Args:
        terms: ids, sorted; with the artificial root if there is one.
        links: child and parent.
        genes: genes attached to each term, as bits; terms without any are left out.
        removed: by candidate.
        stages: sizes after each stage, as in a manifest.
    """

    terms: tuple[str, ...]
    links: frozenset[tuple[str, str]]
    genes: dict[str, int]
    removed: dict[str, Removal]
    stages: tuple[StageCount, ...]

    @property
    def n_terms(self) -> int:
        """Number of terms that an ontology has: an artificial root is not counted."""
        return len(self.terms) - (ROOT_ID in self.terms)
