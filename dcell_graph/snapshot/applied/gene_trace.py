"""Follows genes from the genome to the result of a recipe: after which step each is no longer there, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np

from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.filters import filters
from dcell_graph.snapshot.applied.material import Flags, Material
from dcell_graph.snapshot.applied.outcome import Outcome
from dcell_graph.snapshot.recipe import DateStage, EvidenceStage, Recipe, RedundantStage, Stage
from dcell_graph.snapshot.schema import Snapshot

GENOME = "genome"
GENE_LIST = "gene_list"
RECORDS = "records"
CANDIDATES = "candidates"
RESULT = "genes_without_term"
"""The last step of recipes that attach genes without any term to the root."""

_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is left after a step.

    Args:
        name: ``genome``, ``gene_list``, ``records``, a filter by the name of its option, ``candidates``, or a stage.
        genes: ids of the genes left.
    """

    name: str
    genes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeneTrace:
    """The way of all genes through a recipe.

    Args:
        material: the recipe was applied to.
        recipe: the one applied.
        steps: in order.
        stopped: the records that each filter among the steps was the first to stop, by its name.
        outcomes: the result without any stage, after the first, and so on.
        result: of the whole recipe.
    """

    material: Material
    recipe: Recipe
    steps: tuple[Step, ...]
    stopped: dict[str, Flags]
    outcomes: tuple[Outcome, ...]
    result: Outcome

    def gene_ids(self) -> dict[str, str]:
        """Names by which a gene is found: its id, or a symbol that names exactly one gene."""
        times = Counter(self.material.symbols)
        symbols = zip(self.material.symbols, self.material.genes, strict=True)
        return {symbol: gene for symbol, gene in symbols if symbol and times[symbol] == 1} | {
            gene: gene for gene in self.material.genes
        }

    def step_of(self, gene: str) -> str | None:
        """The step at which a gene is lost; None for a gene of the result.

        Args:
            gene: its id.
        """
        if gene in self.steps[-1].genes:
            return None
        return next(step.name for step in self.steps if gene not in step.genes)

    def reason(self, gene: str) -> str:
        """Why a gene is not in the result, as words that go on after "... is not visible: ".

        Args:
            gene: its id, or a name that no gene has.

        Returns:
            The empty text for a gene of the result.
        """
        step = self.step_of(gene)
        if step is None:
            return ""
        if step == GENOME:
            return f"the genome {self.material.genome} has no one gene of that name"
        if step == GENE_LIST:
            return f"it is not in the gene list {self.recipe.gene_list}"
        if step == RECORDS:
            files = " and ".join(self.material.sources)
            return f"no record of it on a live term of {self.material.release} is in {files}"
        place = self.material.genes.index(gene)
        if step in self.stopped:
            return self._stopped_by(step, place)
        if step == CANDIDATES:
            return self._no_candidate(place)
        names = [name for name, _ in _stage_names(self.recipe)]
        return self._lost_in_stage(names.index(step), place)

    def agrees_with(self, snapshot: Snapshot) -> bool:
        """Whether the result has the terms and the pairs of a snapshot, which may be made of other files."""
        place = {gene: 1 << number for number, gene in enumerate(self.material.genes)}
        if set(self.result.terms) != set(snapshot.terms["term"]) or not set(snapshot.genes["gene"]) <= place.keys():
            return False
        held: dict[str, int] = {}
        for term, gene in zip(snapshot.annotations["term"], snapshot.annotations["gene"], strict=True):
            held[term] = held.get(term, 0) | place[gene]
        return held == self.result.genes

    def _stopped_by(self, option: str, place: int) -> str:
        records = self.material.records
        last = self.stopped[option] & (records.gene == place)
        codes = sorted({self.material.evidence[code] for code in records.evidence[last].tolist()})
        what = {
            "namespaces": "are on terms of other branches",
            "negated": "say NOT",
            "no_data": "say that there are no data (ND)",
            "no_data_off_root": "say ND on a term that is no root",
            "exclude_evidence": f"have the evidence {', '.join(codes)}",
            "record": "are older than the last row of their annotation",
            "asserted_from": f"were asserted before {self.recipe.asserted_from}",
            "asserted_until": f"were asserted after {self.recipe.asserted_until}",
        }[option]
        return f"its last records ({int(last.sum())}) {what}, which the option {option} leaves out"

    def _no_candidate(self, place: int) -> str:
        records = self.material.records
        mine = np.unique(records.term[records.gene == place]).tolist()
        removed = self.outcomes[0].removed
        names = [self.material.terms[term] for term in mine]
        unrooted = [name for name in names if name in removed and removed[name].stage == "unrooted"]
        if unrooted:
            return f"no root is reached from its last terms ({_listed(unrooted)})"
        return f"its last terms are of other branches, and none of the chosen ones is reached ({_listed(names)})"

    def _lost_in_stage(self, number: int, place: int) -> str:
        stage = self.recipe.active_stages()[number]
        holders = sorted(term for term, held in self.outcomes[number].genes.items() if held >> place & 1)
        looked_at = "; the recipe looks only at the last listed record of each" if self.recipe.record == "last" else ""
        if isinstance(stage, DateStage):
            return f"no record of its last pairs ({_listed(holders)}) was asserted {_span(stage)}{looked_at}"
        if isinstance(stage, EvidenceStage):
            codes = ", ".join(stage.exclude)
            return f"only records with {codes} were left of its last pairs ({_listed(holders)}){looked_at}"
        removed = self.outcomes[number + 1].removed
        if isinstance(stage, RedundantStage):
            facts = [f"{term} has the genes of {removed[term].equal_to}" for term in holders]
            return f"its last terms went as redundant, and their genes with them ({_listed(facts)})"
        facts = [f"{term} contained {removed[term].contained}" for term in holders]
        return (
            f"its last terms contained fewer than {stage.minimum} genes and went, and their genes with them "
            f"({_listed(facts)})"
        )


def trace_genes(material: Material, recipe: Recipe) -> GeneTrace:
    """Apply a recipe with none of its stages, with the first, with the first two, and so on.

    Args:
        material: to apply it to.
        recipe: with all of its stages.

    Raises:
        RecipeError: it cannot be applied.
    """
    stopped: dict[str, Flags] = {}
    steps = list(_before_terms(material, recipe, stopped))
    applier = Applier(material)
    result = applier.apply(recipe)
    names = [(CANDIDATES, ()), *_stage_names(recipe)]
    outcomes = []
    for name, stages in names:
        outcome = applier.apply(recipe.model_copy(update={"stages": stages, "genes_without_term": "leave"}))
        outcomes.append(outcome)
        steps.append(Step(name=name, genes=_held(material, outcome)))
    if recipe.genes_without_term == "root":
        steps.append(Step(name=RESULT, genes=_held(material, result)))
    return GeneTrace(
        material=material,
        recipe=recipe,
        steps=tuple(steps),
        stopped=stopped,
        outcomes=tuple(outcomes),
        result=result,
    )


def _before_terms(material: Material, recipe: Recipe, stopped: dict[str, Flags]) -> Iterator[Step]:
    """The steps before there are terms; what each filter stops is added to ``stopped``."""
    passing = dict(filters(material, recipe))
    yield Step(name=GENOME, genes=_named(material, material.population))
    alive = np.ones(len(material.records), bool)
    if recipe.gene_list is not None:
        # A gene outside the list is lost to the list, also if no file has a record of it.
        yield Step(name=GENE_LIST, genes=_named(material, material.gene_lists[recipe.gene_list]))
        alive &= ~passing.pop(GENE_LIST)
    yield Step(name=RECORDS, genes=_named(material, material.records.gene[alive].tolist()))
    for option, flags in passing.items():
        stopped[option] = alive & flags
        alive = alive & ~flags
        yield Step(name=option, genes=_named(material, material.records.gene[alive].tolist()))


def _stage_names(recipe: Recipe) -> list[tuple[str, tuple[Stage, ...]]]:
    """Each stage by its kind, numbered if there are several of it, with all stages up to it."""
    stages = recipe.active_stages()
    kinds = [stage.kind for stage in stages]
    return [
        (kind if kinds.count(kind) == 1 else f"{kind} {kinds[: place + 1].count(kind)}", stages[: place + 1])
        for place, kind in enumerate(kinds)
    ]


def _named(material: Material, places: Iterable[int]) -> frozenset[str]:
    return frozenset(material.genes[place] for place in set(places))


def _held(material: Material, outcome: Outcome) -> frozenset[str]:
    held = reduce(or_, outcome.genes.values(), 0)
    return _named(material, [place for place in range(len(material.genes)) if held >> place & 1])


def _span(stage: DateStage) -> str:
    words = [
        f"{word} {day}"
        for word, day in (("from", stage.asserted_from), ("until", stage.asserted_until))
        if day is not None
    ]
    return " ".join(words)


def _listed(facts: list[str]) -> str:
    more = len(facts) - _FEW
    return ", ".join(facts[:_FEW]) + (f" and {more} more" if more > 0 else "")
