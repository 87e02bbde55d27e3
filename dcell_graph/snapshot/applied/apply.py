"""Applies recipes in memory: the rules of docs/snapshots.md once more, for questions that need many term sets.

Snapshots are built by the queries in cypher/snapshot/. What would come of another option, another date or another
source is asked here, in a fraction of a second, and nothing is written. Tests hold the two equal.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from dcell_graph.snapshot.applied.filters import chosen_records, taking_part
from dcell_graph.snapshot.applied.material import Flags, Ints, Material, Records
from dcell_graph.snapshot.applied.outcome import Outcome
from dcell_graph.snapshot.applied.term_set import TermSet
from dcell_graph.snapshot.recipe import Recipe, RedundantStage
from dcell_graph.sources.vocabulary import TERM_RELATIONS

# States of term sets that are kept for recipes that begin alike; each takes some ten MB for a whole ontology. Records
# that filters let through take half of that.
_REMEMBERED = 8
_FILTERS = ("gene_list", "negated", "no_data", "exclude_evidence", "record", "asserted_from", "asserted_until")
Made = TypeVar("Made")


class Applier:
    """Applies recipes to the same material again and again; what they share is worked out once.

    Args:
        material: to apply them to.
        whole: False if it holds only what is below some terms. Its roots then count as containing more genes than those
            terms, and only what becomes of those terms means anything.
    """

    def __init__(self, material: Material, *, whole: bool = True) -> None:
        self.material = material
        self._whole = whole
        self._parents: dict[object, list[list[int]]] = {}
        self._links: dict[object, frozenset[int]] = {}
        self._records = _Memo[Records]()
        self._states = _Memo[TermSet]()

    @cached_property
    def term_place(self) -> dict[str, int]:
        """Positions of the terms, by id."""
        return {term: place for place, term in enumerate(self.material.terms)}

    @cached_property
    def gene_place(self) -> dict[str, int]:
        """Positions of the genes, by id."""
        return {gene: place for place, gene in enumerate(self.material.genes)}

    def apply(self, recipe: Recipe) -> Outcome:
        """Apply a recipe.

        Raises:
            RecipeError: nothing is left, the links followed have a cycle, or the gene list is not known.
        """
        return self._after(recipe, len(recipe.active_stages())).copy(recipe).result()

    def compared(self, recipe: Recipe) -> dict[str, int] | None:
        """The genes by which the first stage ``redundant`` of a recipe compares terms; None if there is no such stage.

        Raises:
            RecipeError: as from ``apply``.
        """
        for done, stage in enumerate(recipe.active_stages()):
            if isinstance(stage, RedundantStage):
                return self._after(recipe, done).gene_sets(stage.compare)
        return None

    def records(self, recipe: Recipe) -> Records:
        """The records that make pairs, as in ``chosen_records``.

        Raises:
            RecipeError: the gene list is not known.
        """
        key = (taking_part(recipe), *(getattr(recipe, name) for name in _FILTERS))
        return self._records.get(key, lambda: chosen_records(self.material, recipe))

    def links(self, recipe: Recipe) -> frozenset[int]:
        """The links that a recipe follows in any branch: position of the child * number of terms + of the parent."""
        key = (frozenset(recipe.relations), recipe.cross_namespace)
        if key not in self._links:
            child, parent = _links_of(self.material, recipe)
            self._links[key] = frozenset((child * len(self.material.terms) + parent).tolist())
        return self._links[key]

    def _after(self, recipe: Recipe, done: int) -> TermSet:
        """The state after some stages, from the last one that is remembered."""

        def make() -> TermSet:
            if not done:
                return TermSet(self.material, recipe, self._upward(recipe), self.records(recipe), whole=self._whole)
            term_set = self._after(recipe, done - 1).copy(recipe)
            term_set.run(recipe.active_stages()[done - 1])
            return term_set

        return self._states.get(_key(recipe, done), make)

    def _upward(self, recipe: Recipe) -> list[list[int]]:
        """Parents of each term over the links that the recipe follows."""
        key = (frozenset(recipe.relations), recipe.cross_namespace, taking_part(recipe))
        if key not in self._parents:
            self._parents[key] = followed(self.material, recipe)
        return self._parents[key]


class _Memo(Generic[Made]):
    """The last things that were made, by what they were made of."""

    def __init__(self) -> None:
        self._made: OrderedDict[object, Made] = OrderedDict()

    def get(self, key: object, make: Callable[[], Made]) -> Made:
        """The thing of a key, made if it is not remembered."""
        made = self._made[key] if key in self._made else make()
        self._made[key] = made
        self._made.move_to_end(key)
        if len(self._made) > _REMEMBERED:
            self._made.popitem(last=False)
        return made


def _key(recipe: Recipe, done: int) -> str:
    """Equal for recipes that are the same up to the end of some stages."""
    content = recipe.canonical()
    return repr(content | {"stages": content["stages"][:done], "super_root": None, "genes_without_term": None})


def followed(material: Material, recipe: Recipe) -> list[list[int]]:
    """Parents of each term over the links that a recipe follows; positions in the material, in increasing order."""
    n_terms = len(material.terms)
    child, parent = _links_of(material, recipe)
    inside = _flags(material, taking_part(recipe))
    chosen = inside[child] & inside[parent]
    links = np.unique(child[chosen] * n_terms + parent[chosen])
    parents = (links % max(n_terms, 1)).tolist()
    ends = np.searchsorted(links, np.arange(1, n_terms + 1) * n_terms).tolist()
    return [parents[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _links_of(material: Material, recipe: Recipe) -> tuple[Ints, Ints]:
    """Child and parent of each link of the relations that a recipe follows."""
    names = {name for group in recipe.relations for name in TERM_RELATIONS[group]}
    wanted = np.array([name in names for name in material.relations], bool)[material.relation]
    if not recipe.cross_namespace:
        numbers = {name: number for number, name in enumerate(dict.fromkeys(material.namespace))}
        space = np.array([numbers[name] for name in material.namespace], np.int64)
        wanted &= space[material.child] == space[material.parent]
    return material.child[wanted], material.parent[wanted]


def _flags(material: Material, namespaces: frozenset[str]) -> Flags:
    return np.array([name in namespaces for name in material.namespace], bool)
