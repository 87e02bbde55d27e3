"""Carries a recipe out in the database, query by query (docs/snapshots.md); build.py makes a snapshot of the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from dcell_graph.errors import RecipeError
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Runner
from dcell_graph.snapshot import dag
from dcell_graph.snapshot.recipe import ROOT_ID, DateStage, EvidenceStage, Recipe, RedundantStage, Stage
from dcell_graph.snapshot.schema import StageCount
from dcell_graph.sources.vocabulary import NAMESPACES
from dcell_graph.types import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a recipe is applied to, by the names in the database.

    Args:
        release: ontology release.
        sources: annotation files, in the order that decides which record is listed last.
        genome: gene names are resolved against it.
    """

    release: str
    sources: tuple[str, ...]
    genome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """What the records must meet that the date and evidence stages so far have left."""

    exclude: frozenset[str] = frozenset()
    asserted_from: date = date.min
    asserted_until: date = date.max

    def narrowed(self, stage: DateStage | EvidenceStage) -> _Limits:
        """With one stage more."""
        if isinstance(stage, EvidenceStage):
            return replace(self, exclude=self.exclude.union(stage.exclude))
        return replace(
            self,
            asserted_from=max(self.asserted_from, stage.asserted_from or date.min),
            asserted_until=min(self.asserted_until, stage.asserted_until or date.max),
        )

    def parameters(self) -> dict[str, object]:
        """As the queries take them."""
        return {
            "exclude": sorted(self.exclude),
            "asserted_from": self.asserted_from,
            "asserted_until": self.asserted_until,
        }


class TermSet:
    """The term set of one snapshot while it is being built.

    Args:
        runner: of the database; the write lock is held.
        snapshot: name of the snapshot, whose record is open.
        recipe: what to do.
        inputs: on what.
        progress: told about each step.
    """

    def __init__(
        self, runner: Runner, snapshot: str, recipe: Recipe, inputs: Inputs, progress: Progress = silent
    ) -> None:
        self._runner = runner
        self._snapshot = snapshot
        self._recipe = recipe
        self._inputs = inputs
        self._progress = progress
        self._limits = _Limits()
        self._contained_known = False
        self.counts: list[StageCount] = []

    def build(self) -> None:
        """Run the whole recipe.

        Raises:
            RecipeError: nothing is left, or the links followed have a cycle.
        """
        self._candidates()
        for stage in self._recipe.active_stages():
            self._stage(stage)
        self._result()

    def _candidates(self) -> None:
        recipe, inputs = self._recipe, self._inputs
        crossing = _genes_cross(recipe)
        taking_part = list(NAMESPACES if crossing else recipe.namespaces)
        places = {source: place for place, source in enumerate(inputs.sources)}
        found = self._write(
            f"snapshot/pairs_{recipe.record}",
            **({"places": places} if recipe.record == "last" else {}),
            release=inputs.release,
            sources=list(inputs.sources),
            genome=inputs.genome,
            gene_list=recipe.gene_list,
            namespaces=taking_part,
            negated=recipe.negated == "not-examined",
            no_data=recipe.no_data == "keep",
            exclude=list(recipe.exclude_evidence),
            asserted_from=recipe.asserted_from,
            asserted_until=recipe.asserted_until,
        )
        if not found or not found[0]["terms"]:
            raise self._nothing_left()
        links = {
            "relations": recipe.followed(),
            "cross_namespace": recipe.cross_namespace,
            "namespaces": taking_part,
        }
        wave = 0
        while self._write("snapshot/ancestors", wave=wave, **links)[0]["terms"]:
            wave += 1
        self._write("snapshot/parents", **links)
        if crossing:
            self._only_carriers()
        self._refuse_cycles()
        self._write("snapshot/unrooted")
        if recipe.unannotated_parents == "root":
            self._write("snapshot/unannotated")
            self._write("snapshot/wire_to_root")
        self._write("snapshot/count_direct")
        self._count("candidates", removed=0)
        if crossing:
            self._count("namespace", self._removed("snapshot/stage_namespace", lift=True))
        if recipe.unannotated_parents == "bridge":
            self._count("unannotated", self._removed("snapshot/unannotated", holding=False))

    def _only_carriers(self) -> None:
        """Of the terms outside the chosen branches keep those that carry genes into them."""
        namespaces = list(self._recipe.namespaces)
        self._write("snapshot/carriers", namespaces=namespaces)
        self._write("snapshot/carriers_only", namespaces=namespaces)
        if not self._runner.read("snapshot/terms", snapshot=self._snapshot):
            raise self._nothing_left()

    def _nothing_left(self) -> RecipeError:
        inputs = self._inputs
        return RecipeError(
            "no annotation is left to build a snapshot from",
            expected=f"records of {', '.join(inputs.sources)} on live terms of {inputs.release}",
            found="none that passes the filters of the recipe and maps to a gene of " + inputs.genome,
        )

    def _refuse_cycles(self) -> None:
        rows = self._runner.read("snapshot/links", snapshot=self._snapshot)
        links = sorted((row["child"], parent) for row in rows for parent in row["parents"])
        ids = sorted({term for link in links for term in link})
        index = {term: place for place, term in enumerate(ids)}
        child = np.array([index[child] for child, _ in links], np.int64)
        parent = np.array([index[parent] for _, parent in links], np.int64)
        members = {ids[place] for place in dag.find_cycle(len(ids), child, parent)}
        if members:
            edges = [f"{child} -> {parent}" for child, parent in links if {child, parent} <= members]
            raise RecipeError(
                f"the links of {self._inputs.release} have a cycle",
                found=f"{', '.join(sorted(members))} ({', '.join(edges)})",
                hint="follow fewer relations or use another release",
            )

    def _stage(self, stage: Stage) -> None:
        if isinstance(stage, DateStage | EvidenceStage):
            self._limits = self._limits.narrowed(stage)
            self._write("snapshot/records_drop", stage=stage.kind, **self._limits.parameters())
            self._write("snapshot/count_direct")
            self._contained_known = False
            contained = self._recipe.unannotated_parents == "keep"
            removed = self._removed("snapshot/stage_emptied", holding=False, stage=stage.kind, contained=contained)
        elif isinstance(stage, RedundantStage):
            query = f"snapshot/stage_redundant_{stage.compare}"
            removed = round_removed = self._removed(query)
            while round_removed and stage.rounds == "until-stable":
                round_removed = self._removed(query)
                removed += round_removed
        else:
            removed = self._removed("snapshot/stage_contained", minimum=stage.minimum)
        self._count(stage.kind, removed)

    def _result(self) -> None:
        self._write("snapshot/parents_kept")
        self._write("snapshot/parents_bridged")
        place = "specific" if self._recipe.annotations == "propagated" else "direct"
        pairs = self._write(f"snapshot/genes_{place}", **self._limits.parameters())[0]["pairs"]
        removed = self._write("snapshot/empty_roots")[0]["removed"]
        terms = self.counts[-1].terms - removed
        if self._write("snapshot/super_root", id=ROOT_ID, always=self._recipe.super_root == "always")[0]["roots"]:
            terms += 1
        if self._recipe.genes_without_term == "root":
            pairs += self._attach_genes()
        self.counts.append(StageCount(stage="result", terms=terms, removed=removed, pairs=pairs))

    def _attach_genes(self) -> int:
        inputs = self._inputs
        sources = list(inputs.sources) if inputs.genome == AS_ANNOTATED else None
        found = self._write(
            "snapshot/attach_genes", genome=inputs.genome, gene_list=self._recipe.gene_list, sources=sources
        )
        return found[0]["attached"]

    def _count(self, stage: str, removed: int) -> None:
        size = self._runner.read("snapshot/size", snapshot=self._snapshot)[0]
        self.counts.append(StageCount(stage=stage, terms=size["terms"], removed=removed, pairs=size["pairs"]))

    def _removed(self, query: str, *, holding: bool = True, lift: bool = False, **parameters: object) -> int:
        """Remove terms; returns how many.

        The numbers of genes are right before terms go, those of direct genes also after. Contained genes are
        counted when they are needed: a removal changes them only if genes of the removed terms are lost.

        Args:
            query: that removes them.
            holding: whether the terms may hold genes of their own.
            lift: give their genes to the nearest terms left whatever the recipe says.
            parameters: of the query.
        """
        if not self._contained_known:
            self._write("snapshot/count_contained")
            self._contained_known = True
        removed = self._write(query, **parameters)[0]["removed"]
        if removed and holding:
            if lift or self._recipe.removed_genes == "parents":
                self._write("snapshot/genes_lift")
                self._write("snapshot/count_direct")
            else:
                self._contained_known = False
        return removed

    def _write(self, query: str, **parameters: object) -> list[dict[str, int]]:
        self._progress(query, 0, None)
        return self._runner.write(query, snapshot=self._snapshot, **parameters)


def _genes_cross(recipe: Recipe) -> bool:
    """Whether genes of other branches reach the chosen ones: over links between namespaces, and only if genes go up."""
    return recipe.cross_namespace and recipe.annotations == "propagated" and set(recipe.namespaces) != set(NAMESPACES)
