"""The term set at one point of the way between two others, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.filters import chosen_records, dropped_by, gene_bits
from dcell_graph.snapshot.applied.material import Material, Records
from dcell_graph.snapshot.applied.term_set import Outcome
from dcell_graph.snapshot.diff.sides import Side, Step
from dcell_graph.snapshot.recipe import DateStage, EvidenceStage, RedundantStage


class State:
    """The term set at one point of the way.

    Args:
        step: the exchange that led here; None at the beginning.
        applier: of the material that the side names.
        outcome: of the side's recipe.
    """

    def __init__(self, step: Step | None, side: Side, applier: Applier, outcome: Outcome) -> None:
        self.step = step
        self.side = side
        self.applier = applier
        self.outcome = outcome

    @property
    def material(self) -> Material:
        """What the recipe was applied to."""
        return self.applier.material

    @cached_property
    def terms(self) -> frozenset[str]:
        """Ids of the terms."""
        return frozenset(self.outcome.terms)

    @cached_property
    def tops(self) -> frozenset[str]:
        """Terms that are nobody's child."""
        return self.terms - {child for child, _ in self.outcome.links}

    @cached_property
    def place(self) -> dict[str, int]:
        """Positions of the live terms of the release, by id."""
        return {term: place for place, term in enumerate(self.material.terms)}

    @cached_property
    def gene_place(self) -> dict[str, int]:
        """Positions of the genes, by id."""
        return {gene: place for place, gene in enumerate(self.material.genes)}

    @cached_property
    def own(self) -> dict[str, int]:
        """The genes that a term has a record of after all filters and stages that drop records, as bits."""
        *_, (_, records) = self._levels()
        if not len(records):
            return {}
        bits = gene_bits(records.term, records.gene, len(self.material.genes))
        return {self.material.terms[term]: genes for term, genes in bits.items()}

    def why_no_record(self, term: str, gene: str) -> str:
        """Why a pair has no record that counts, in words; empty if it has one.

        Args:
            term: id of a term.
            gene: id of a gene.
        """
        pair = None
        if term in self.place and gene in self.gene_place:
            pair = self.place[term] * len(self.gene_place) + self.gene_place[gene]
        return next((words for words, pairs in self._pairs_left if pair not in pairs), "")

    @cached_property
    def _pairs_left(self) -> list[tuple[str, set[int]]]:
        """The pairs, as numbers, that have a record at each level."""
        n_genes = len(self.material.genes)
        return [(words, set((part.term * n_genes + part.gene).tolist())) for words, part in self._levels()]

    def _levels(self) -> Iterator[tuple[str, Records]]:
        """The records before and after each thing that stops some: why others are not among them, and the records."""
        recipe, material = self.side.recipe, self.material
        records = chosen_records(material, recipe)
        yield "no record in the files", material.records
        yield "no record passes the filters", records
        words = "its last listed record" if recipe.record == "last" else "every record of it"
        for stage in recipe.active_stages():
            if isinstance(stage, DateStage | EvidenceStage):
                records = records.where(~dropped_by(material, records, stage))
                yield f"{words} is dropped by {stage.kind}", records

    @property
    def compares(self) -> str | None:
        """Which genes the first stage ``redundant`` compares; None if there is no such stage."""
        stages = self.side.recipe.active_stages()
        return next((stage.compare for stage in stages if isinstance(stage, RedundantStage)), None)

    @cached_property
    def gene_sets(self) -> dict[str, int] | None:
        """The genes by which the first stage ``redundant`` compares terms, as bits; None if there is no such stage.

        Direct genes of propagated annotations are not known: a result has them at the most specific terms only.
        """
        recipe = self.side.recipe
        if self.compares is None or (self.compares == "direct" and recipe.annotations == "propagated"):
            return None
        stages = recipe.active_stages()
        first = next(place for place, stage in enumerate(stages) if isinstance(stage, RedundantStage))
        until = recipe.model_copy(update={"stages": stages[:first], "genes_without_term": "leave"})
        outcome = self.applier.apply(until)
        sets = {term: outcome.genes.get(term, 0) for term in outcome.terms}
        return sets if self.compares == "direct" else _with_all_below(sets, outcome.links)


def positions(bits: int) -> list[int]:
    """The places of the bits that are set, in increasing order."""
    row = np.frombuffer(bits.to_bytes(bits.bit_length() // 8 + 1, "little"), np.uint8)
    return np.flatnonzero(np.unpackbits(row, bitorder="little")).tolist()


def _with_all_below(sets: dict[str, int], links: frozenset[tuple[str, str]]) -> dict[str, int]:
    waiting = dict.fromkeys(sets, 0)
    parents: dict[str, list[str]] = {term: [] for term in sets}
    for child, parent in links:
        parents[child].append(parent)
        waiting[parent] += 1
    contained = dict(sets)
    ready = [term for term, number in waiting.items() if not number]
    for term in ready:
        for parent in parents[term]:
            contained[parent] |= contained[term]
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return contained
