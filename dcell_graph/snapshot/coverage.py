"""What a snapshot lets a model see of measured strains, and how well any model on it can fit them at best.

A model is shown the visible deleted genes of a strain and nothing else. Strains with the same visible deleted genes are
one strain to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dcell_graph.errors import InputError
from dcell_graph.snapshot.applied.gene_trace import GeneTrace
from dcell_graph.snapshot.applied.material import Flags
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.strain_groups import Deletions, Floats, Ints, best_fit, by_size, equal_rows, read_deletions
from dcell_graph.snapshot.visible import visible_genes

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coverage:
    """A dataset as a model on a snapshot sees it. Fits that are not defined are missing.

    Args:
        strains: by name; columns strain, label, genes (all that it lacks), visible (number of genes), group (from 0 for
            the largest), hierarchy_group (the same for strains that only the weights of single genes can tell apart).
        groups: those of more than one strain, the largest first; columns group, strains, genes (the visible ones, which
            all of its strains lack), mean, lowest, highest (label), members.
        genes: those that some strain lacks, the most frequent first; columns gene, strains, visible, step (at which it
            is lost) and reason; the last two are missing without a trace.
        fits: one row for all strains and one for each part; columns part, strains, groups, shared (strains in groups of
            more than one), like_wild_type (strains without a visible gene), r2, pearson (the best that any model on the
            snapshot can reach), genotype_r2, genotype_pearson (the best if it saw all genes).
        steps: what the genes of the dataset and its strains lose on the way; columns step, genes (left), lost, strains
            (with a gene that is lost by then), like_wild_type, shared, r2, pearson; None without a trace.
        alike_genes: visible genes of the dataset that hang on exactly the same terms; columns genes, terms.
    """

    strains: pd.DataFrame
    groups: pd.DataFrame
    genes: pd.DataFrame
    fits: pd.DataFrame
    steps: pd.DataFrame | None
    alike_genes: pd.DataFrame

    @property
    def visible(self) -> frozenset[str]:
        """The genes of the dataset that a model can see."""
        return frozenset(self.genes["gene"][self.genes["visible"]])

    @property
    def fully_visible(self) -> int:
        """Number of strains that have all their genes visible."""
        return int((self.strains["visible"] == self.strains["genes"].map(len)).sum())

    @property
    def only_by_weights(self) -> int:
        """Strains that some other one equals in the terms of its visible genes, but not in the genes."""
        seen = self.strains[["hierarchy_group", "group"]].drop_duplicates()["hierarchy_group"].value_counts()
        return int(self.strains["hierarchy_group"].isin(seen.index[seen > 1]).sum())


def cover(
    snapshot: Snapshot,
    *,
    names: Sequence[str],
    genes: Sequence[Sequence[str]],
    labels: Sequence[float] | Floats,
    parts: Mapping[str, Ints] | None = None,
    trace: GeneTrace | None = None,
) -> Coverage:
    """See strains as a model on a snapshot sees them.

    Args:
        snapshot: what the model is made from.
        names: of the strains, each once, in any order.
        genes: ids of the genes that each lacks; measurements of a genotype may be there under several names.
        labels: measured values, finite, in any unit.
        parts: positions of the strains of some parts, such as training and test strains, to be looked at one by one.
        trace: of the snapshot's own recipe and files, if it is known where genes were lost.

    Raises:
        InputError: there is no strain, a name is there twice, a label is not finite, lengths differ, or no strain lacks
            a gene of the snapshot.
    """
    values = np.asarray(labels, np.float64)
    _check(names, genes, values)
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    deletions = read_deletions([genes[position] for position in order])
    visible_ids, _ = visible_genes(snapshot)
    visible = _is_in(deletions.genes, frozenset(visible_ids))
    _refuse_strangers(snapshot, visible_ids, deletions, visible)
    # The label and everything else by name from here on.
    values = values[order]
    group = deletions.groups(np.where(visible, np.arange(len(visible)), -1))
    alike = _alike(snapshot, deletions, visible)
    strains = pd.DataFrame(
        {
            "strain": pd.array([names[position] for position in order], dtype="str"),
            "label": values,
            "genes": pd.Series([tuple(dict.fromkeys(genes[position])) for position in order], dtype="object"),
            "visible": deletions.count(visible),
            "group": group,
            "hierarchy_group": deletions.groups(alike),
        }
    )
    places = np.argsort(order)
    rows = {ALL: np.arange(len(order))} | {name: places[positions] for name, positions in (parts or {}).items()}
    return Coverage(
        strains=strains,
        groups=_shared_groups(strains, deletions, visible),
        genes=_genes(deletions, visible, trace),
        fits=_fits(strains, deletions, rows),
        steps=None if trace is None else _steps(trace, deletions, values),
        alike_genes=_alike_genes(snapshot, deletions, alike),
    )


def _check(names: Sequence[str], genes: Sequence[Sequence[str]], labels: Floats) -> None:
    if not len(names) == len(genes) == len(labels):
        raise InputError(
            "strains, their genes and their labels differ in number",
            found=f"{len(names)} strains, {len(genes)} sets of genes, {len(labels)} labels",
        )
    if not len(names):
        raise InputError("there are no strains to look at", expected="a dataset with at least one usable strain")
    if len(set(names)) < len(names):
        twice = next(iter(pd.Series(names)[pd.Series(names).duplicated()]))
        raise InputError("a strain is there more than once", expected="each name once", found=str(twice))
    wrong = np.flatnonzero(~np.isfinite(labels))
    if len(wrong):
        raise InputError(
            "labels must be finite numbers", found=f"{len(wrong)} that are not, the first of strain {names[wrong[0]]}"
        )


def _refuse_strangers(
    snapshot: Snapshot,
    visible_ids: Sequence[str],
    deletions: Deletions,
    visible: Flags,
) -> None:
    if not visible.any():
        raise InputError(
            f"no strain lacks a gene that the snapshot {snapshot.manifest.name} holds",
            expected=f"genes such as {', '.join(visible_ids[:3])}",
            found=f"genes such as {', '.join(deletions.genes[:3])}" if deletions.genes else "strains without any gene",
            hint="use a snapshot and a dataset that name genes alike",
        )


def _is_in(genes: Sequence[str], chosen: frozenset[str]) -> Flags:
    return np.fromiter((gene in chosen for gene in genes), np.bool_, len(genes))


def _shared_groups(strains: pd.DataFrame, deletions: Deletions, visible: Flags) -> pd.DataFrame:
    """Groups of more than one strain: since groups are numbered by size, they are the first ones."""
    group = strains["group"].to_numpy()
    sizes = np.bincount(group)
    n_shared = int((sizes > 1).sum())
    order = np.argsort(group, kind="stable")[: int(sizes[:n_shared].sum())]
    ends = np.cumsum(sizes[:n_shared])
    starts = ends - sizes[:n_shared]
    members, labels = strains["strain"].to_numpy()[order], strains["label"].to_numpy()[order]
    first = np.searchsorted(deletions.strain, order[starts])
    last = np.searchsorted(deletions.strain, order[starts], side="right")
    names = np.array(deletions.genes, dtype=object)
    seen = [
        tuple(names[own[visible[own]]])
        for own in (deletions.gene[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True))
    ]
    spans = list(zip(starts.tolist(), ends.tolist(), strict=True))
    return pd.DataFrame(
        {
            "group": np.arange(n_shared),
            "strains": sizes[:n_shared],
            "genes": pd.Series(seen, dtype="object"),
            "mean": [float(labels[a:b].mean()) for a, b in spans],
            "lowest": [float(labels[a:b].min()) for a, b in spans],
            "highest": [float(labels[a:b].max()) for a, b in spans],
            "members": pd.Series([tuple(members[a:b]) for a, b in spans], dtype="object"),
        }
    )


def _genes(deletions: Deletions, visible: Flags, trace: GeneTrace | None) -> pd.DataFrame:
    ids = {} if trace is None else trace.gene_ids()
    lost = {
        gene: (trace.step_of(ids.get(gene, gene)), trace.reason(ids.get(gene, gene)))
        for gene, seen in zip(deletions.genes, visible.tolist(), strict=True)
        if trace is not None and not seen
    }
    frame = pd.DataFrame(
        {
            "gene": pd.array(deletions.genes, dtype="str"),
            "strains": np.bincount(deletions.gene, minlength=len(deletions.genes)),
            "visible": visible,
            "step": [lost.get(gene, (None, None))[0] for gene in deletions.genes],
            "reason": [lost.get(gene, (None, None))[1] for gene in deletions.genes],
        }
    )
    return frame.sort_values(["strains", "gene"], ascending=[False, True], kind="stable", ignore_index=True)


def _fits(strains: pd.DataFrame, deletions: Deletions, rows: Mapping[str, Ints]) -> pd.DataFrame:
    genotype = deletions.groups(np.arange(len(deletions.genes)))
    group, labels, visible = (strains[column].to_numpy() for column in ("group", "label", "visible"))
    found = []
    for part, chosen in rows.items():
        fit, genotype_fit = best_fit(labels[chosen], group[chosen]), best_fit(labels[chosen], genotype[chosen])
        found.append(
            {
                "part": part,
                **_group_counts(group[chosen]),
                "like_wild_type": int((visible[chosen] == 0).sum()),
                "r2": fit.r2,
                "pearson": fit.pearson,
                "genotype_r2": genotype_fit.r2,
                "genotype_pearson": genotype_fit.pearson,
            }
        )
    measures = ("r2", "pearson", "genotype_r2", "genotype_pearson")
    return pd.DataFrame(found).astype(dict.fromkeys(measures, "float64"))


def _group_counts(group: Ints) -> dict[str, int]:
    sizes = np.bincount(group)
    return {"strains": len(group), "groups": int((sizes > 0).sum()), "shared": int(sizes[sizes > 1].sum())}


def _steps(trace: GeneTrace, deletions: Deletions, labels: Floats) -> pd.DataFrame:
    ids = trace.gene_ids()
    genes = [ids.get(gene, gene) for gene in deletions.genes]
    rows, before = [], len(genes)
    for step in trace.steps:
        seen = _is_in(genes, step.genes)
        group = deletions.groups(np.where(seen, np.arange(len(seen)), -1))
        fit = best_fit(labels, group)
        left = int(seen.sum())
        rows.append(
            {
                "step": step.name,
                "genes": left,
                "lost": before - left,
                "strains": int((deletions.count(~seen) > 0).sum()),
                "like_wild_type": int((deletions.count(seen) == 0).sum()),
                "shared": _group_counts(group)["shared"],
                "r2": math.nan if fit.r2 is None else fit.r2,
                "pearson": math.nan if fit.pearson is None else fit.pearson,
            }
        )
        before = left
    return pd.DataFrame(rows)


def _alike(snapshot: Snapshot, deletions: Deletions, visible: Flags) -> Ints:
    """A number for each gene, the same for those that hang on exactly the same terms; -1 if it is not visible."""
    pairs = snapshot.annotations
    term_sets = equal_rows(
        pairs["gene_index"].to_numpy(np.int64), pairs["term_index"].to_numpy(np.int64), len(snapshot.genes)
    )
    number = dict(zip(snapshot.genes["gene"], by_size(term_sets).tolist(), strict=True))
    return np.fromiter(
        (number[gene] if seen else -1 for gene, seen in zip(deletions.genes, visible.tolist(), strict=True)),
        np.int64,
        len(deletions.genes),
    )


def _alike_genes(snapshot: Snapshot, deletions: Deletions, alike: Ints) -> pd.DataFrame:
    members: dict[int, list[str]] = {}
    for gene, number in zip(deletions.genes, alike.tolist(), strict=True):
        if number >= 0:
            members.setdefault(number, []).append(gene)
    several = sorted((tuple(some) for some in members.values() if len(some) > 1), key=lambda some: (-len(some), some))
    first = {some[0] for some in several}
    pairs = snapshot.annotations[snapshot.annotations["gene"].isin(first)].sort_values(["gene", "term"])
    terms = {str(gene): tuple(rows["term"]) for gene, rows in pairs.groupby("gene")}
    return pd.DataFrame(
        {
            "genes": pd.Series(several, dtype="object"),
            "terms": pd.Series([terms[some[0]] for some in several], dtype="object"),
        }
    )
