"""Which subsystems matter: three measures, with confidence over seeds and against random hierarchies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from dcell_graph.errors import InputError
from dcell_graph.interpret.rlipp import COLUMNS, rlipp
from dcell_graph.interpret.sensitivity import gradient_times_state, permutation
from dcell_graph.interpret.significance import (
    Indices,
    Stability,
    against_random,
    interval,
    p_values,
    q_values,
    rank_of,
    stability,
)
from dcell_graph.interpret.trained import Trained, engine, plain
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.train.strains import Scale, StrainSet
from dcell_graph.types import Progress, silent

Values = npt.NDArray[np.float64]

MEASURES = ("rlipp_gain", "permutation", "gradient_x_state")
"""What terms are ranked by: P_rho - C_rho, worse error with shuffled states, effect through the term to first order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The scores of one run: S seeds, T terms in index order.

    Args:
        measures: by measure [S, T].
        powers: the columns of rlipp.out, the mean over the seeds.
        counts: without a model, see ``count_r`` [T].
    """

    measures: dict[str, Values]
    powers: pd.DataFrame
    counts: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """Scores with their uncertainty.

    Args:
        table: one row a term in index order: term, name, namespace, depth, genes (contained), count_r, the columns of
            rlipp.out, and for each measure M the columns M (mean over seeds), M_sd, M_low, M_high (95 % confidence) and
            M_rank. If there are random hierarchies, also M_z (sds above random terms of similar size), M_p and M_q for
            each measure and for P_rho.
        seeds: long table: seed (counted from 1), term, and a column a measure.
        stability: by measure.
        strains: number of strains.
        nulls: number of random hierarchies.
    """

    table: pd.DataFrame
    seeds: pd.DataFrame
    stability: dict[str, Stability]
    strains: int
    nulls: int

    def top(self, measure: str, count: int) -> pd.DataFrame:
        """The terms that score highest."""
        return self.table.sort_values([measure, "term"], ascending=[False, True], kind="stable").head(count)


def scores_of(trained: Trained, strains: StrainSet, *, seed: int = 0, progress: Progress = silent) -> Scores:
    """Score every subsystem by every measure, in each model of a run.

    Args:
        trained: the run.
        strains: that it has not been trained on.
        seed: of folds and shuffles.
        progress: told each term.
    """
    found: dict[str, list[Values]] = {measure: [] for measure in MEASURES}
    powers = []
    for checkpoint in trained.checkpoints:
        described = checkpoint.description
        scale = Scale(mean=described.target_mean, sd=described.target_sd)
        table = rlipp(engine(checkpoint), strains, seed=seed, progress=progress)
        model = plain(checkpoint, torch.float32)
        found["rlipp_gain"].append(table["gain"].to_numpy(np.float64))
        found["permutation"].append(permutation(model, strains, scale, seed=seed, progress=progress))
        found["gradient_x_state"].append(gradient_times_state(model, strains, scale))
        powers.append(table[list(COLUMNS)].to_numpy(np.float64))
    counts = count_r(trained.checkpoints[0].model.hierarchy, strains)
    mean = pd.DataFrame(np.mean(powers, axis=0), columns=list(COLUMNS))
    # The ratio of the mean powers: a mean of ratios hangs on the seed whose children predict worst.
    mean["RLIPP"] = (mean["P_rho"] / mean["C_rho"]).where(mean["C_rho"] > 0)
    return Scores(measures={name: np.stack(values) for name, values in found.items()}, powers=mean, counts=counts)


def count_r(hierarchy: Hierarchy, strains: StrainSet) -> Values:
    """What a subsystem is worth without a model: |Pearson's r| of the phenotype with how many of its genes are deleted.

    Returns:
        One value a term, 0 where no strain or every strain lacks as many [T].
    """
    containing = hierarchy.containing_terms()
    counts_NT = np.zeros((len(strains), hierarchy.n_terms))
    for row, genes in enumerate(strains.deleted.tolist()):
        for gene in genes:
            if gene >= 0:
                counts_NT[row, containing[gene]] += 1
    counts_NT -= counts_NT.mean(axis=0)
    target = strains.target - strains.target.mean()
    spread = np.sqrt((counts_NT**2).sum(axis=0) * (target**2).sum())
    found: Values = np.divide(np.abs(target @ counts_NT), spread, out=np.zeros_like(spread), where=spread > 0)
    return found


def importance(trained: Trained, scores: Scores, nulls: Sequence[Scores], strains: int) -> Importance:
    """Put scores and what chance does together.

    Args:
        trained: the run.
        scores: of it.
        nulls: of runs on random hierarchies with the same terms in the same order (``null.shuffled_genes``).
        strains: number of strains that were looked at.

    Raises:
        InputError: a random hierarchy has other terms.
    """
    terms = list(trained.hierarchy.term_ids)
    about = trained.snapshot.terms.set_index("term").loc[terms]
    sizes = about["contained_genes"].to_numpy(np.int64)
    columns: dict[str, object] = {
        "term": terms,
        "name": about["name"].tolist(),
        "namespace": about["namespace"].tolist(),
        "depth": about["depth"].to_numpy(np.int64),
        "genes": sizes,
        "count_r": scores.counts,
        **{name: scores.powers[name].to_numpy() for name in COLUMNS},
    }
    for measure, each in scores.measures.items():
        summary = interval(each)
        columns |= {
            measure: summary.mean,
            f"{measure}_sd": summary.sd,
            f"{measure}_low": summary.low,
            f"{measure}_high": summary.high,
            f"{measure}_rank": rank_of(summary.mean),
        }
        if nulls:
            columns |= _chance(measure, summary.mean, [null.measures[measure] for null in nulls], sizes)
    if nulls:
        powers = [null.powers["P_rho"].to_numpy(np.float64)[None] for null in nulls]
        columns |= _chance("P_rho", scores.powers["P_rho"].to_numpy(np.float64), powers, sizes)
    parts = []
    for place in range(len(trained.checkpoints)):
        of_seed = {name: each[place] for name, each in scores.measures.items()}
        parts.append(pd.DataFrame({"seed": place + 1, "term": terms, **of_seed}))
    return Importance(
        table=pd.DataFrame(columns),
        seeds=pd.concat(parts, ignore_index=True),
        stability={measure: stability(each) for measure, each in scores.measures.items()},
        strains=strains,
        nulls=len(nulls),
    )


def _chance(name: str, observed: Values, nulls: Sequence[Values], sizes: Indices) -> dict[str, object]:
    """Columns that compare scores [T] with those of random hierarchies, each [seeds, T]."""
    random = np.concatenate(nulls)
    if random.shape[1] != len(observed):
        raise InputError("a random hierarchy has other terms", expected=str(len(observed)))
    p = p_values(observed, random, sizes)
    return {f"{name}_z": against_random(observed, random, sizes)[0], f"{name}_p": p, f"{name}_q": q_values(p)}
