"""RLIPP: how much better a subsystem predicts the phenotype than its children do (Ma et al. 2018).

For each term, ridge regression predicts the observed phenotype once from the term's state and once from the states of
its children; the power of each is Spearman's correlation with the observed values, out of sample. A term without
children is compared with the inputs of its direct genes, which are what it reads. A term that reads nothing has
nothing to be compared with, and the power below it is 0.

Shapes: N strains, T terms, W values of a state, U different rows of a term.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from dcell_graph.interpret.ridge import Indices, Values, folds_of, p_value, power, ranks_of
from dcell_graph.model.dcell import DCell
from dcell_graph.train.metrics import spearman
from dcell_graph.train.strains import StrainSet
from dcell_graph.types import Progress, silent

COLUMNS = ("P_rho", "P_pval", "C_rho", "C_pval", "RLIPP")
"""As in the file rlipp.out of other programs; RLIPP there is P_rho / C_rho."""
_AT_ONCE = 256


def rlipp(model: DCell, strains: StrainSet, *, seed: int = 0, progress: Progress = silent) -> pd.DataFrame:
    """The powers of all terms and of what is below them.

    Args:
        model: in evaluation mode.
        strains: that the model has not been trained on.
        seed: of the folds.
        progress: told each term.

    Returns:
        One row a term in index order: term, the columns ``COLUMNS`` (RLIPP is empty where C_rho is not above 0), and
        ``gain``, which is P_rho - C_rho and always defined.
    """
    hierarchy = model.hierarchy
    fold = folds_of(len(strains), seed)
    group_NT, states = distinct_states(model, strains.deleted)
    target = strains.target.astype(np.float64)
    ranked = ranks_of(target, fold)
    rows = []
    for term in range(hierarchy.n_terms):
        group = group_NT[:, term].astype(np.int64)
        own = power(states[term], group, target, fold, ranked=ranked)
        inputs = _below(model, term, group, group_NT, states, strains.deleted)
        below = power(inputs, group, target, fold, ranked=ranked)
        ratio = own.rho / below.rho if below.rho > 0 else np.nan
        rows.append((hierarchy.term_ids[term], own.rho, own.p, below.rho, below.p, ratio, own.rho - below.rho))
        progress("terms regressed", term + 1, hierarchy.n_terms)
    return pd.DataFrame(rows, columns=["term", *COLUMNS, "gain"])


def gene_rho(model: DCell, strains: StrainSet) -> pd.DataFrame:
    """Spearman's correlation of the observed phenotype with whether a gene is there, as in gene_rho.out.

    Returns:
        Columns Gene, Rho, P_val, for the genes that some strain lacks and some other has.
    """
    rows = []
    deleted = strains.deleted.numpy()
    for index, gene in enumerate(model.hierarchy.gene_ids):
        there = (deleted != index).all(axis=1).astype(np.float64)
        rho = spearman(there, strains.target)
        if rho is not None:
            rows.append((gene, rho, p_value(rho, len(there))))
    return pd.DataFrame(rows, columns=["Gene", "Rho", "P_val"])


def distinct_states(model: DCell, deleted: torch.Tensor) -> tuple[npt.NDArray[np.int32], list[Values]]:
    """The different states of each term.

    Returns:
        The row of every strain at every term [N, T], counted from 0 in each term, and the states of these rows [U, W].
        Strains with equal rows at a term have equal states at all terms below it.
    """
    batch = model.index(deleted)
    rows_NT = batch.strain_rows().cpu().numpy()[:, batch.plan.position]
    group_NT = np.empty(rows_NT.shape, np.int32)
    first: list[Indices] = []
    for term in range(rows_NT.shape[1]):
        _, where, group = np.unique(rows_NT[:, term], return_index=True, return_inverse=True)
        group_NT[:, term] = group
        first.append(where.astype(np.int64))
    states: list[Values] = [np.empty((len(where), width)) for where, width in zip(first, _widths(model), strict=True)]
    for start in range(0, len(deleted), _AT_ONCE):
        part = model.states(deleted[start : start + _AT_ONCE])
        for term, name in enumerate(model.hierarchy.term_ids):
            wanted = np.flatnonzero((first[term] >= start) & (first[term] < start + _AT_ONCE))
            if len(wanted):
                states[term][wanted] = part[name].cpu().numpy()[first[term][wanted] - start]
    return group_NT, states


def write_peer_files(scores: pd.DataFrame, genes: pd.DataFrame) -> dict[str, str]:
    """The texts of rlipp.out and gene_rho.out, by file name: tab-separated, numbers as other programs write them."""
    return {
        "rlipp.out": _text(["Term", *COLUMNS], scores[["term", *COLUMNS]].itertuples(index=False, name=None)),
        "gene_rho.out": _text(["Gene", "Rho", "P_val"], genes.itertuples(index=False, name=None)),
    }


def _text(header: list[str], rows: Iterator[tuple[object, ...]]) -> str:
    lines = ["\t".join(header)]
    lines += ["\t".join([str(name), *(f"{value:.5e}" for value in values)]) for name, *values in rows]
    return "\n".join(lines) + "\n"


def _widths(model: DCell) -> list[int]:
    widths: list[int] = model.hierarchy.widths.tolist()
    return widths


def _below(
    model: DCell,
    term: int,
    group: Indices,
    group_NT: npt.NDArray[np.int32],
    states: list[Values],
    deleted: torch.Tensor,
) -> Values:
    """What is below a term, for each of its rows: states of its children, else inputs of its direct genes."""
    _, first = np.unique(group, return_index=True)
    children = model.hierarchy.children[term].tolist()
    if children:
        return np.concatenate([states[child][group_NT[first, child]] for child in children], axis=1)
    genes = model.hierarchy.direct_genes[term]
    lacks: Values = (deleted.numpy()[first][:, :, None] == genes).any(axis=1).astype(np.float64)
    return lacks
