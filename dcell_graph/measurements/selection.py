"""Which strains of a dataset a snapshot can show to a model, and which not, and why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.genotypes import Measurement, group_genotypes
from dcell_graph.measurements.identifiers import strain_name

UnknownGenes = Literal["leave-out", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The strains to use, and what was left out.

    Args:
        strains: columns as in a dataset; ``genes`` holds only genes that the snapshot knows.
        left_out: columns strain, reason, genes (the genes that are the reason).
        unknown: genes of the dataset that the snapshot does not know, in alphabetical order.
        reduced: strains in use although some of their genes are not known ("ignore").
        like_wild_type: strains in use of which no gene is known: a model sees them as wild type ("ignore").
        merged: strains that turned out to be the genotype of another one once other names of a gene were resolved.
    """

    strains: pd.DataFrame
    left_out: pd.DataFrame
    unknown: tuple[str, ...]
    reduced: int
    like_wild_type: int
    merged: int

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
    other_names = {} if names is None else {name: gene for name, gene in names.items() if name not in known}
    used: list[Measurement] = []
    left_out: list[tuple[str, str, tuple[str, ...]]] = []
    for row in _measurements(dataset):
        genes = tuple(sorted(other_names.get(gene, gene) for gene in row.genes))
        missing = tuple(gene for gene in genes if gene not in known)
        if len(set(genes)) < len(genes):
            left_out.append((row.strain, "self pair", tuple(gene for gene in row.genes if gene in other_names)))
        elif missing and unknown_genes == "leave-out":
            left_out.append((row.strain, "unknown gene", missing))
        else:
            used.append(replace(row, strain=strain_name(genes), genes=genes))
    strains = group_genotypes(used).strains
    visible = [tuple(gene for gene in genes if gene in known) for genes in strains["genes"]]
    reduced = sum(len(few) < len(genes) for few, genes in zip(visible, strains["genes"], strict=True))
    strains["genes"] = pd.Series(visible, dtype="object")
    return Selection(
        strains=strains,
        left_out=pd.DataFrame(left_out, columns=["strain", "reason", "genes"]),
        unknown=tuple(
            sorted({gene for genes in dataset.strains["genes"] for gene in genes} - known - set(other_names))
        ),
        reduced=reduced,
        like_wild_type=sum(not few for few in visible),
        merged=len(used) - len(strains),
    )


def _measurements(dataset: Dataset) -> list[Measurement]:
    frame = dataset.strains
    columns = (frame[name].tolist() for name in ("strain", "genes", "phenotype", "sd", "count"))
    return [
        Measurement(strain=strain, genes=genes, phenotype=value, sd=None if math.isnan(sd) else sd, count=count)
        for strain, genes, value, sd, count in zip(*columns, strict=True)
    ]
