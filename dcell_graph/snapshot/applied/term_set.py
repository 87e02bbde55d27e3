"""The candidates of a recipe and what its stages do to them, in memory (docs/snapshots.md, 3 to 6).

Sets of genes are the bits of Python integers: bit k stands for gene k.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from functools import reduce
from operator import or_

import numpy as np

from dcell_graph.errors import RecipeError
from dcell_graph.snapshot.applied.filters import dropped_by, gene_bits, taking_part
from dcell_graph.snapshot.applied.material import Material, Records, nearest, reached
from dcell_graph.snapshot.applied.outcome import Outcome, Removal
from dcell_graph.snapshot.recipe import ROOT_ID, DateStage, EvidenceStage, Recipe, RedundantStage, Stage
from dcell_graph.snapshot.schema import StageCount


class TermSet:
    """The candidates of a recipe, and what its stages do to them. Terms are positions in the material.

    Args:
        material: to start from.
        recipe: to apply.
        upward: parents of every term of the release over the links that the recipe follows.
        records: those that the filters of the recipe let through.
        whole: False if roots are to count as containing more genes than any other term.
    """

    def __init__(
        self, material: Material, recipe: Recipe, upward: list[list[int]], records: Records, *, whole: bool
    ) -> None:
        self._material = material
        self._whole = whole
        self._recipe = recipe
        self._records = records
        self._removed: dict[int, Removal] = {}
        self._counts: list[StageCount] = []
        self._direct: dict[int, int] = {}  # of a term that is gone: what it hands on
        self._contained: dict[int, int] = {}
        found = self._candidates(upward)
        carriers = {term for term in found if material.namespace[term] not in recipe.namespaces}
        self._roots = (found & material.roots) - carriers
        self._link({term: [parent for parent in upward[term] if parent in found] for term in sorted(found)})
        self._leave_out_unrooted()
        self._own = self._pairs()
        self._kept = set(self._order)
        if recipe.unannotated_parents == "root":
            self._wire_to_roots()
        self._count("candidates", removed=0)
        if taking_part(recipe) > set(recipe.namespaces):
            self._hand_over(carriers & self._kept)
        if recipe.unannotated_parents == "bridge":
            self._count("unannotated", self._remove("unannotated", self._unannotated()))

    def copy(self, recipe: Recipe) -> TermSet:
        """A term set in the same state, which goes on with a recipe that has begun alike."""
        other = copy(self)
        other._recipe = recipe
        other._removed, other._counts, other._kept = dict(self._removed), list(self._counts), set(self._kept)
        other._direct, other._contained = dict(self._direct), dict(self._contained)
        return other

    # ---- docs/snapshots.md, 3: candidate terms and links

    def _candidates(self, upward: list[list[int]]) -> set[int]:
        found: set[int] = set()
        waiting = list(set(self._records.term.tolist()))
        while waiting:
            term = waiting.pop()
            if term not in found:
                found.add(term)
                waiting += upward[term]
        inside = {term for term in found if self._material.namespace[term] in self._recipe.namespaces}
        if len(inside) < len(found):
            # Of other branches those terms count from which a chosen branch is reached.
            children: dict[int, list[int]] = {}
            for term in found:
                for parent in upward[term]:
                    children.setdefault(parent, []).append(term)
            found = set().union(*(reached(term, children) for term in inside))
            self._records = self._records.where(np.isin(self._records.term, list(found)))
        if not found:
            inputs = self._material
            raise RecipeError(
                "no annotation is left to build a snapshot from",
                expected=f"records of {', '.join(inputs.sources)} on live terms of {inputs.release}",
                found="none that passes the filters of the recipe and maps to a gene of " + inputs.genome,
            )
        return found

    def _link(self, parents: dict[int, list[int]]) -> None:
        """Take over links between candidates, and put the candidates in order: children before parents."""
        self._parents = parents
        self._children: dict[int, list[int]] = {term: [] for term in parents}
        for term, above in parents.items():
            for parent in above:
                self._children[parent].append(term)
        waiting = {term: len(below) for term, below in self._children.items()}
        self._order = [term for term, number in waiting.items() if not number]
        for term in self._order:
            for parent in parents[term]:
                waiting[parent] -= 1
                if not waiting[parent]:
                    self._order.append(parent)
        if len(self._order) < len(parents):
            members = sorted(self._material.terms[term] for term in set(parents) - set(self._order))
            raise RecipeError(
                f"the links of {self._material.release} have a cycle",
                found=f"at or below {', '.join(members[:5])}",
                hint="follow fewer relations or use another release",
            )

    def _leave_out_unrooted(self) -> None:
        rooted: set[int] = set()
        for term in reversed(self._order):
            if term in self._roots or any(parent in rooted for parent in self._parents[term]):
                rooted.add(term)
        lost = set(self._order) - rooted
        if not lost:
            return
        self._removed |= {term: Removal(stage="unrooted", direct=0, contained=0) for term in lost}
        self._records = self._records.where(~np.isin(self._records.term, list(lost)))
        self._link(self._among(rooted))

    def _among(self, terms: set[int]) -> dict[int, list[int]]:
        """The links between some of the terms."""
        return {
            term: [parent for parent in above if parent in terms]
            for term, above in self._parents.items()
            if term in terms
        }

    def _unannotated(self) -> set[int]:
        return {term for term in self._kept if term not in self._own} - self._roots

    def _wire_to_roots(self) -> None:
        gone = self._unannotated()
        self._removed |= {term: Removal(stage="unannotated", direct=0, contained=0) for term in gone}
        self._kept -= gone
        parents = self._among(self._kept)
        roots = sorted(self._roots)
        space = self._material.namespace
        for term, above in parents.items():
            if not above and term not in self._roots:
                above.append(next((root for root in roots if space[root] == space[term]), roots[0]))
        self._link(parents)

    def _hand_over(self, carriers: set[int]) -> None:
        """Give the genes of terms of other branches to the nearest terms of the chosen ones, with their records."""
        targets = {term: list(nearest(term, self._parents, self._kept - carriers)) for term in carriers}
        owners = self._records.term.tolist()
        sizes = [len(targets[term]) if term in targets else 1 for term in owners]
        moved = self._records.where(np.repeat(np.arange(len(owners)), sizes))
        terms = [target for term in owners for target in targets.get(term, (term,))]
        self._records = replace(moved, term=np.array(terms, np.int64))
        self._own = self._pairs()
        self._count("namespace", self._remove("namespace", carriers))

    # ---- docs/snapshots.md, 4: genes of a term at any moment

    def _pairs(self) -> dict[int, int]:
        return gene_bits(self._records.term, self._records.gene, len(self._material.genes))

    def _settle(self) -> None:
        """Work out direct and contained genes again, after something was removed."""
        lifting = self._recipe.removed_genes == "parents"
        direct, contained, kept = self._direct, self._contained, self._kept
        for term in self._order:
            held = self._own.get(term, 0)
            below = 0
            for child in self._children[term]:
                below |= contained[child]
                if lifting and child not in kept:
                    held |= direct[child]
            direct[term] = held
            contained[term] = below | held if term in kept else below

    def _count(self, stage: str, removed: int) -> None:
        self._settle()
        pairs = sum(self._direct[term].bit_count() for term in self._kept)
        self._counts.append(StageCount(stage=stage, terms=len(self._kept), removed=removed, pairs=pairs))

    # ---- docs/snapshots.md, 5: stages

    def run(self, stage: Stage) -> None:
        """Carry a stage out."""
        if isinstance(stage, DateStage | EvidenceStage):
            self._records = self._records.where(~dropped_by(self._material, self._records, stage))
            self._own = self._pairs()
            self._settle()
            left = self._contained if self._recipe.unannotated_parents == "keep" else self._direct
            removed = self._remove(stage.kind, {term for term in self._kept if not left[term]} - self._roots)
        elif isinstance(stage, RedundantStage):
            removed = now = self._remove_redundant(stage)
            while now and stage.rounds == "until-stable":
                self._settle()
                now = self._remove_redundant(stage)
                removed += now
        else:
            small = {term for term in self._kept if self._contained[term].bit_count() < stage.minimum}
            removed = self._remove(stage.kind, small - self._roots)
        self._count(stage.kind, removed)

    def _remove(self, stage: str, terms: set[int], equal: Mapping[int, int] | None = None) -> int:
        for term in terms:
            self._removed[term] = Removal(
                stage=stage,
                direct=self._direct[term].bit_count(),
                contained=self._contained[term].bit_count(),
                equal_to=self._material.terms[equal[term]] if equal else "",
            )
        self._kept -= terms
        return len(terms)

    def _remove_redundant(self, stage: RedundantStage) -> int:
        genes = self._contained if stage.compare == "contained" else self._direct
        equal = {}
        times = Counter(genes[term] for term in self._kept)
        for term in self._kept - self._roots:
            if genes[term] and times[genes[term]] > 1:
                others = nearest(term, self._children, self._kept)
                if self._whole:
                    others |= nearest(term, self._parents, self._kept) & self._roots
                same = [other for other in others if genes[other] == genes[term]]
                if same:
                    equal[term] = min(same, key=lambda other: (other in self._roots, other))
        return self._remove(stage.kind, set(equal), equal)

    def gene_sets(self, compare: str) -> dict[str, int]:
        """The genes of the terms that are left, by id: ``direct`` or ``contained``.

        A root without genes and without a term below it is left out, as it is of the result.
        """
        genes = self._contained if compare == "contained" else self._direct
        gone = {root for root in self._roots if not genes[root] and not nearest(root, self._children, self._kept)}
        return {self._material.terms[term]: genes[term] for term in self._kept - gone}

    # ---- docs/snapshots.md, 6: the result

    def result(self) -> Outcome:
        """What is left, linked and with its genes."""
        below = {term: nearest(term, self._children, self._kept) for term in self._kept}
        genes = {}
        for term, children in below.items():
            inherited = 0
            if self._recipe.annotations == "propagated":
                for child in children:
                    inherited |= self._contained[child]
            genes[term] = self._direct[term] & ~inherited
        empty = {root for root in self._roots if not below[root] and not genes[root]}
        self._remove("empty", empty)
        names = self._material.terms
        links = {(names[child], names[term]) for term in self._kept for child in below[term]}
        held = {names[term]: own for term, own in genes.items() if own}
        tops = sorted(names[root] for root in self._roots - empty)
        if len(tops) > 1 or (tops and self._recipe.super_root == "always"):
            links |= {(top, ROOT_ID) for top in tops}
            tops = [ROOT_ID]
        if tops and self._recipe.genes_without_term == "root":
            missing = self._population() & ~_union(held.values())
            held[tops[0]] = held.get(tops[0], 0) | missing
        terms = sorted({names[term] for term in self._kept} | set(tops))
        pairs = sum(own.bit_count() for own in held.values())
        last = StageCount(stage="result", terms=len(terms), removed=len(empty), pairs=pairs)
        return Outcome(
            terms=tuple(terms),
            links=frozenset(links),
            genes=held,
            removed={names[term]: removal for term, removal in self._removed.items()},
            stages=(*self._counts, last),
        )

    def _population(self) -> int:
        listed = self._material.population
        if self._recipe.gene_list is not None:
            listed = self._material.gene_lists[self._recipe.gene_list]
        return _union(1 << gene for gene in listed)


def _union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)
