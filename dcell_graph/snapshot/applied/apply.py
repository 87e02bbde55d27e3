"""Applies recipes in memory: the rules of docs/snapshots.md once more, for questions that need many term sets.

Snapshots are built by the queries in cypher/snapshot/. What would come of another option, another date or another
source is asked here, in a fraction of a second, and nothing is written. Tests hold the two equal.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from dcell_graph.snapshot.applied.filters import taking_part
from dcell_graph.snapshot.applied.material import Material
from dcell_graph.snapshot.applied.term_set import Outcome, TermSet
from dcell_graph.snapshot.recipe import Recipe
from dcell_graph.sources.vocabulary import TERM_RELATIONS

# States of term sets that are kept for recipes that begin alike; each takes some ten MB for a whole ontology.
_REMEMBERED = 8


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
        self._parents: dict[tuple[object, ...], list[list[int]]] = {}
        self._states: OrderedDict[str, TermSet] = OrderedDict()

    def apply(self, recipe: Recipe) -> Outcome:
        """Apply a recipe.

        Raises:
            RecipeError: nothing is left, the links followed have a cycle, or the gene list is not known.
        """
        stages = recipe.active_stages()
        done = len(stages)
        term_set = self._state(recipe, done)
        while term_set is None and done:
            done -= 1
            term_set = self._state(recipe, done)
        if term_set is None:
            term_set = TermSet(self.material, recipe, self._upward(recipe), whole=self._whole)
            self._remember(recipe, 0, term_set)
        for number, stage in enumerate(stages[done:], done + 1):
            term_set = term_set.copy(recipe)
            term_set.run(stage)
            self._remember(recipe, number, term_set)
        return term_set.copy(recipe).result()

    def _state(self, recipe: Recipe, done: int) -> TermSet | None:
        """The state after some stages, if it is remembered."""
        key = _key(recipe, done)
        if key not in self._states:
            return None
        self._states.move_to_end(key)
        return self._states[key]

    def _remember(self, recipe: Recipe, done: int, term_set: TermSet) -> None:
        self._states[_key(recipe, done)] = term_set
        if len(self._states) > _REMEMBERED:
            self._states.popitem(last=False)

    def _upward(self, recipe: Recipe) -> list[list[int]]:
        """Parents of each term over the links that the recipe follows."""
        namespaces = taking_part(recipe)
        key = (tuple(sorted(recipe.relations)), recipe.cross_namespace, namespaces)
        if key not in self._parents:
            self._parents[key] = followed(self.material, recipe)
        return self._parents[key]


def _key(recipe: Recipe, done: int) -> str:
    """Equal for recipes that are the same up to the end of some stages."""
    content = recipe.canonical()
    return repr(content | {"stages": content["stages"][:done], "super_root": None, "genes_without_term": None})


def followed(material: Material, recipe: Recipe) -> list[list[int]]:
    """Parents of each term over the links that a recipe follows; positions in the material."""
    namespaces = taking_part(recipe)
    names = {name for group in recipe.relations for name in TERM_RELATIONS[group]}
    wanted = np.array([name in names for name in material.relations], bool)[material.relation]
    parents: list[set[int]] = [set() for _ in material.terms]
    space = material.namespace
    for child, parent in zip(material.child[wanted].tolist(), material.parent[wanted].tolist(), strict=True):
        if (recipe.cross_namespace or space[child] == space[parent]) and {space[child], space[parent]} <= namespaces:
            parents[child].add(parent)
    return [sorted(above) for above in parents]
