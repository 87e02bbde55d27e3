"""What all questions about a snapshot need: its recipe and inputs, what became of terms, and changes of the recipe."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pandas as pd

from dcell_graph.errors import NotFound
from dcell_graph.graph.build import manifest_of
from dcell_graph.graph.comparison.blame import find_gene
from dcell_graph.graph.material import read_material
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.graph.why.surroundings import Surroundings, read_surroundings
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.fates import record_fates
from dcell_graph.snapshot.applied.material import Material
from dcell_graph.snapshot.applied.outcome import Outcome
from dcell_graph.snapshot.applied.whatif import WhatIf, smallest_change
from dcell_graph.snapshot.recipe import Recipe


class Question:
    """A snapshot in the database that something is asked about.

    Args:
        runner: of the database.
        snapshot: its name.

    Raises:
        NotFound: there is no such snapshot.
    """

    def __init__(self, runner: Runner, snapshot: str) -> None:
        found = runner.read("read/ready", kind="Snapshot", name=snapshot)
        if not found:
            names = [row["name"] for row in runner.read("read/loaded") if row["kind"] == "Snapshot"]
            raise NotFound(
                f"there is no snapshot {snapshot} in the database",
                expected=", ".join(names) or "none is built yet",
                hint="a folder does not hold the records that an answer rests on",
            )
        manifest = manifest_of(found[0]["properties"])
        self.runner = runner
        self.snapshot = snapshot
        self.recipe = Recipe.model_validate({"name": snapshot, **manifest.recipe})
        self.release = manifest.ontology.release
        self.sources = tuple(file.name for file in manifest.annotation_files)
        self.genome = manifest.genome.name
        self._whole: Applier | None = None

    def gene(self, name: str) -> Row:
        """The gene that a name means: ``id``, ``symbol``.

        Raises:
            NotFound: the genome has no such gene.
            InputError: the name could mean several genes.
        """
        return find_gene(self.runner, name, self.genome)

    def around(
        self, terms: Sequence[str], *, gene: str | None = None, downward: bool = True, upward: bool = True
    ) -> Surroundings:
        """What decides about some live terms, or less of it, as in ``read_surroundings``."""
        return read_surroundings(
            self.runner,
            terms,
            release=self.release,
            sources=self.sources,
            genome=self.genome,
            gene_list=self.recipe.gene_list,
            gene=gene,
            downward=downward,
            upward=upward,
        )

    def records(self, around: Surroundings, terms: Collection[str]) -> pd.DataFrame:
        """The records on some terms with their fate (``snapshot.applied.fates.record_fates``)."""
        table = record_fates(around.material, self.recipe)
        return table[table["term"].isin(list(terms))].reset_index(drop=True)

    def state(self, term: str) -> Row:
        """What became of a term: ``kept`` (None if it was no candidate), ``stage``, ``reason``, sizes."""
        return self.runner.read("why/term", snapshot=self.snapshot, term=term)[0]

    def change(
        self, around: Surroundings, wanted: Callable[[Outcome, Material], bool], *, first: str | None = None
    ) -> WhatIf | None:
        """The smallest change of the recipe with an effect on the terms that ``around`` is all about.

        Args:
            around: the terms with all that is below and above them.
            wanted: the effect.
            first: kind of the stage whose options are tried first.
        """
        smallest_root = self.runner.read("why/roots", snapshot=self.snapshot, roots=around.roots)[0]["smallest"]
        if smallest_root is not None and smallest_root > len(around.material.genes):
            # A root contains a gene that is not below the terms, so none of them can have all genes of a root.
            applier = Applier(around.material, whole=False)
        else:
            applier = self._applier()
        return smallest_change(applier, self.recipe, lambda outcome: wanted(outcome, applier.material), first=first)

    def _applier(self) -> Applier:
        if self._whole is None:
            material = read_material(self.runner, release=self.release, sources=self.sources, genome=self.genome)
            self._whole = Applier(material)
        return self._whole


def gene_is_held(outcome: Outcome, material: Material, gene: str) -> bool:
    """Whether a gene is attached to any term."""
    bit = _bit(material, gene)
    return any(held & bit for held in outcome.genes.values())


def term_contains(outcome: Outcome, material: Material, term: str, gene: str) -> bool:
    """Whether a term is left, and it or a term below it has a gene."""
    bit = _bit(material, gene)
    children: dict[str, list[str]] = {}
    for child, parent in outcome.links:
        children.setdefault(parent, []).append(child)
    waiting, seen = [term] if term in set(outcome.terms) else [], {term}
    while waiting:
        here = waiting.pop()
        if outcome.genes.get(here, 0) & bit:
            return True
        new = [child for child in children.get(here, ()) if child not in seen]
        seen.update(new)
        waiting += new
    return False


def _bit(material: Material, gene: str) -> int:
    return 1 << material.genes.index(gene) if gene in material.genes else 0
