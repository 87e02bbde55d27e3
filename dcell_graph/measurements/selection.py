"""Which strains of a dataset a snapshot can show to a model, and which not, and why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.gene_array import Bools, GeneArray, Ints
from dcell_graph.measurements.genotypes import COLUMNS, Measurement, group_genotypes
from dcell_graph.measurements.identifiers import strain_name
from dcell_graph.measurements.strain_names import StrainNames

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
    strains = dataset.strains.reset_index(drop=True)
    written = _genes(strains)
    present = frozenset(written.used())
    other_names = {name: gene for name, gene in (names or {}).items() if name in present and name not in known}
    changed = _resolved(strains, np.flatnonzero(written.strains_with(_are_in(written, other_names))), other_names)
    frame = _with(strains, changed)
    self_pairs = [row.place for row in changed if len(set(row.genes)) < len(row.genes)]
    genes = _genes(frame)
    left_out = (
        genes.strains_with(~_are_in(genes, known)) if unknown_genes == "leave-out" else np.zeros(len(frame), bool)
    )
    left_out[self_pairs] = True
    used = frame if not left_out.any() else frame[~left_out]
    averaged, renamed = _merged(used, {row.place: row.before for row in changed if not left_out[row.place]})
    genes = _genes(averaged)
    visible = genes.only(_are_in(genes, known))
    return Selection(
        strains=averaged.assign(genes=visible),
        left_out=_left_out(strains, frame, np.flatnonzero(left_out), frozenset(self_pairs), known, other_names),
        unknown=tuple(sorted(present - known - set(other_names))),
        reduced=int((visible.sizes < genes.sizes).sum()),
        like_wild_type=int((visible.sizes == 0).sum()),
        merged=len(used) - len(averaged),
        renamed=renamed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """A strain that names a gene by another name.

    Args:
        place: among the strains of the dataset.
        before: its name there.
        genes, query: with gene ids.
    """

    place: int
    before: str
    genes: tuple[str, ...]
    query: int


def _genes(strains: pd.DataFrame) -> GeneArray:
    """The genes of strains, also of a frame that a program made from tuples."""
    genes = strains["genes"].array
    return genes if isinstance(genes, GeneArray) else GeneArray.of(genes)


def _are_in(genes: GeneArray, chosen: Collection[str]) -> Bools:
    """Which of the genes of a column are among some names."""
    return np.fromiter((gene in chosen for gene in genes.names), np.bool_, len(genes.names))


def _resolved(strains: pd.DataFrame, places: Ints, other_names: Mapping[str, str]) -> list[_Changed]:
    """The strains at some places, with gene ids in place of other names."""
    rows = strains.iloc[places]
    found = []
    for place, name, written, query in zip(places.tolist(), rows["strain"], rows["genes"], rows["query"], strict=True):
        crossed = {other_names.get(gene, gene) for bit, gene in enumerate(written) if query >> bit & 1}
        genes = tuple(sorted(other_names.get(gene, gene) for gene in written))
        bits = sum(1 << bit for bit, gene in enumerate(genes) if gene in crossed)
        found.append(_Changed(place=place, before=name, genes=genes, query=bits))
    return found


def _with(strains: pd.DataFrame, changed: Sequence[_Changed]) -> pd.DataFrame:
    """The strains, with some of them changed; places are the index."""
    if not changed:
        return strains
    places = [row.place for row in changed]
    new = strains.iloc[places].assign(
        strain=pd.array([strain_name(row.genes) for row in changed], dtype="str"),
        genes=GeneArray.of([row.genes for row in changed]),
        query=[row.query for row in changed],
    )
    return pd.concat([strains.drop(index=places), new]).sort_index()


def _left_out(
    written: pd.DataFrame,
    resolved: pd.DataFrame,
    places: Ints,
    self_pairs: Collection[int],
    known: Collection[str],
    other_names: Collection[str],
) -> pd.DataFrame:
    """The strains at some places, with the reason, and the genes that are the reason."""
    before, after = written.iloc[places], resolved.iloc[places]
    rows = []
    for place, strain, names, genes in zip(
        places.tolist(), before["strain"], before["genes"], after["genes"], strict=True
    ):
        if place in self_pairs:
            rows.append((strain, "self pair", tuple(gene for gene in names if gene in other_names)))
        else:
            rows.append((strain, "unknown gene", tuple(gene for gene in genes if gene not in known)))
    return pd.DataFrame(rows, columns=["strain", "reason", "genes"])


def _merged(strains: pd.DataFrame, before: Mapping[int, str]) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """The strains with those of one genotype averaged, sorted by name, and the former names of those that changed."""
    if not before:
        return strains.reset_index(drop=True), {}
    new_names = frozenset(strains["strain"].loc[list(before)])
    touched = strains["strain"].isin(new_names).to_numpy()
    former: dict[str, list[str]] = {}
    for place, name in zip(np.flatnonzero(touched).tolist(), strains["strain"][touched], strict=True):
        former.setdefault(name, []).append(before.get(strains.index[place], name))
    renamed = {name: tuple(names) for name, names in former.items() if names != [name]}
    averaged = group_genotypes(_measurements(strains[touched])).strains
    together = pd.concat([strains[~touched], averaged])
    return together.iloc[StrainNames.of(together["strain"]).order()].reset_index(drop=True), renamed


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
