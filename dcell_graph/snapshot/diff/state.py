"""The term set at one point of the way between two others, and what can be asked of it."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.filters import dropped_by, gene_bits
from dcell_graph.snapshot.applied.material import Material, Records
from dcell_graph.snapshot.diff.sides import Side, Step
from dcell_graph.snapshot.recipe import DateStage, EvidenceStage, RedundantStage


class State:
    """The term set at one point of the way.

    Args:
        step: the exchange that led here; None at the beginning.
        side: what the term set is made of.
        applier: of the material that the side names.

    Attributes:
        outcome: what comes of the recipe.
        gene_sets: the genes by which the first stage ``redundant`` compares terms, as bits; None if there is no such
            stage. Direct genes of propagated annotations are left out too: nothing is said about them.

    Raises:
        RecipeError: the side's recipe cannot be applied.
    """

    def __init__(self, step: Step | None, side: Side, applier: Applier) -> None:
        self.step = step
        self.side = side
        self.applier = applier
        self.outcome = applier.apply(side.recipe)
        # Asked for later, its states would have to be made once more.
        self.gene_sets = self._gene_sets()
        self._pairs_left: dict[int, set[int]] = {}

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

    @property
    def place(self) -> dict[str, int]:
        """Positions of the live terms of the release, by id."""
        return self.applier.term_place

    @property
    def gene_place(self) -> dict[str, int]:
        """Positions of the genes, by id."""
        return self.applier.gene_place

    @cached_property
    def own(self) -> dict[str, int]:
        """The genes that a term has a record of after all filters and stages that drop records, as bits."""
        *_, (_, records) = self._levels
        bits = gene_bits(records.term, records.gene, len(self.material.genes))
        return {self.material.terms[term]: genes for term, genes in bits.items()}

    def why_no_record(self, term: str, gene: str) -> str:
        """Why a pair has no record that counts, in words; empty if it has one.

        Args:
            term: id of a term.
            gene: id of a gene.
        """
        if gene not in self.gene_place:
            return self._levels[0][0]
        place = self.gene_place[gene]
        if self.own.get(term, 0) >> place & 1:
            return ""
        pair = self.place[term] * len(self.gene_place) + place if term in self.place else None
        return next(words for number, (words, _) in enumerate(self._levels) if pair not in self._pairs(number))

    def _pairs(self, level: int) -> set[int]:
        """The pairs, as numbers, that have a record at a level."""
        if level not in self._pairs_left:
            records = self._levels[level][1]
            self._pairs_left[level] = set((records.term * len(self.gene_place) + records.gene).tolist())
        return self._pairs_left[level]

    @cached_property
    def _levels(self) -> list[tuple[str, Records]]:
        """The records before and after each thing that stops some: why others are not among them, and the records."""
        recipe, material = self.side.recipe, self.material
        records = self.applier.records(recipe)
        levels = [("no record in the files", material.records), ("no record passes the filters", records)]
        words = "its last listed record" if recipe.record == "last" else "every record of it"
        for stage in recipe.active_stages():
            if isinstance(stage, DateStage | EvidenceStage):
                records = records.where(~dropped_by(material, records, stage))
                levels.append((f"{words} is dropped by {stage.kind}", records))
        return levels

    @property
    def compares(self) -> str | None:
        """Which genes the first stage ``redundant`` compares; None if there is no such stage."""
        stages = self.side.recipe.active_stages()
        return next((stage.compare for stage in stages if isinstance(stage, RedundantStage)), None)

    def _gene_sets(self) -> dict[str, int] | None:
        if self.compares == "direct" and self.side.recipe.annotations == "propagated":
            return None
        return self.applier.compared(self.side.recipe)


def positions(bits: int) -> list[int]:
    """The places of the bits that are set, in increasing order."""
    row = np.frombuffer(bits.to_bytes(bits.bit_length() // 8 + 1, "little"), np.uint8)
    return np.flatnonzero(np.unpackbits(row, bitorder="little")).tolist()
