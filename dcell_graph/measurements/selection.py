"""Which strains of a dataset a snapshot can show to a model, and which not, and why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.genotypes import COLUMNS, Measurement, group_genotypes
from dcell_graph.measurements.identifiers import strain_name

UnknownGenes = Literal["leave-out", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The strains to use, and what was left out.

    Args:
        strains: columns as in a dataset; ``genes`` holds only genes that the snapshot knows, while the bits of
            ``query`` are those of all genes in the name.
        left_out: columns strain, reason, genes (the genes that are the reason).
        unknown: genes of the dataset that the snapshot does not know, in alphabetical order.
        reduced: strains in use although some of their genes are not known ("ignore").
        like_wild_type: strains in use of which no gene is known: a model sees them as wild type ("ignore").
        merged: strains that turned out to be the genotype of another one once other names of a gene were resolved.
        renamed: what strains in use are called in the dataset, where that is another name, or several.
    """

    strains: pd.DataFrame
    left_out: pd.DataFrame
    unknown: tuple[str, ...]
    reduced: int
    like_wild_type: int
    merged: int
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, int]:
        """Number of strains left out by reason."""
        return dict(sorted(Counter(self.left_out["reason"]).items()))


def select(
    dataset: Dataset,
    gene_ids: Collection[str],
    *,
    names: Mapping[str, str] | None = None,
    unknown_genes: UnknownGenes = "leave-out",
) -> Selection:
    """Find the strains whose deleted genes a snapshot knows.

    Args:
        dataset: the measured strains.
        gene_ids: genes that the snapshot can see.
        names: other names of these genes, each of one gene only; a text that is a gene id is never looked up here.
        unknown_genes: what happens to a strain with a gene that is not known. ``leave-out``: it is not used.
            ``ignore``: it is used as if that gene were present; the result counts how many strains that concerns.

    Returns:
        Strains to use, sorted by name, with every strain left out and its reason: ``unknown gene``, or ``self pair`` if
        two names of a strain turned out to be the same gene.
    """
    known = frozenset(gene_ids)
    present = frozenset(gene for genes in dataset.strains["genes"] for gene in genes)
    other_names = {name: gene for name, gene in (names or {}).items() if name in present and name not in known}
    frame, before = _resolved(dataset.strains, other_names)
    left_out: list[tuple[str, str, tuple[str, ...]]] = []
    kept: list[bool] = []
    for strain, written, genes in zip(dataset.strains["strain"], dataset.strains["genes"], frame["genes"], strict=True):
        missing = tuple(gene for gene in genes if gene not in known)
        if len(set(genes)) < len(genes):
            left_out.append((strain, "self pair", tuple(gene for gene in written if gene in other_names)))
        elif missing and unknown_genes == "leave-out":
            left_out.append((strain, "unknown gene", missing))
        kept.append(not left_out or left_out[-1][0] != strain)
    used = frame[kept]
    strains, renamed = _merged(used, {place: name for place, name in before.items() if kept[place]})
    visible = [tuple(gene for gene in genes if gene in known) for genes in strains["genes"]]
    reduced = sum(len(few) < len(genes) for few, genes in zip(visible, strains["genes"], strict=True))
    return Selection(
        strains=strains.assign(genes=pd.Series(visible, index=strains.index, dtype="object")),
        left_out=pd.DataFrame(left_out, columns=["strain", "reason", "genes"]),
        unknown=tuple(sorted(present - known - set(other_names))),
        reduced=reduced,
        like_wild_type=sum(not few for few in visible),
        merged=len(used) - len(strains),
        renamed=renamed,
    )


def _resolved(strains: pd.DataFrame, other_names: Mapping[str, str]) -> tuple[pd.DataFrame, dict[int, str]]:
    """The strains with gene ids in place of other names, and by place the former names of those that changed."""
    changed = {
        place: genes for place, genes in enumerate(strains["genes"]) if any(gene in other_names for gene in genes)
    }
    if not changed:
        return strains, {}
    names, genes, query = (strains[column].tolist() for column in ("strain", "genes", "query"))
    before = {place: names[place] for place in changed}
    for place, written in changed.items():
        crossed = {other_names.get(gene, gene) for bit, gene in enumerate(written) if query[place] >> bit & 1}
        genes[place] = tuple(sorted(other_names.get(gene, gene) for gene in written))
        names[place] = strain_name(genes[place])
        query[place] = sum(1 << bit for bit, gene in enumerate(genes[place]) if gene in crossed)
    resolved = pd.Series(genes, index=strains.index, dtype="object")
    return strains.assign(strain=names, genes=resolved, query=query), before


def _merged(strains: pd.DataFrame, before: Mapping[int, str]) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """The strains with those of one genotype averaged, sorted by name, and the former names of those that changed."""
    if not before:
        return strains.reset_index(drop=True), {}
    former: dict[str, list[str]] = {}
    for place, name in zip(strains.index, strains["strain"], strict=True):
        former.setdefault(name, []).append(before.get(place, name))
    renamed = {name: tuple(names) for name, names in former.items() if names != [name]}
    return group_genotypes(_measurements(strains)).strains, renamed


def _measurements(frame: pd.DataFrame) -> list[Measurement]:
    columns = (frame[name].tolist() for name in COLUMNS)
    return [
        Measurement(
            strain=strain,
            genes=genes,
            phenotype=value,
            sd=None if math.isnan(sd) else sd,
            count=count,
            spread=None if math.isnan(spread) else spread,
            query=query,
            files=files,
        )
        for strain, genes, value, sd, count, spread, query, files in zip(*columns, strict=True)
    ]
