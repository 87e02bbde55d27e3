"""A model trained without a run folder, for comparisons that keep nothing but predictions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.epochs import EpochRecord, best_validated, next_epoch, run_epoch
from dcell_graph.train.loop import evaluation_pass
from dcell_graph.train.preparation import Preparation, usable_device
from dcell_graph.train.run import fresh_learner
from dcell_graph.train.strains import StrainSet
from dcell_graph.types import Progress, silent

Reals = npt.NDArray[np.float64]


def predictions_in_memory(
    hierarchy: Hierarchy,
    prepared: Preparation,
    config: TrainConfig,
    wanted: StrainSet,
    *,
    members: int = 1,
    progress: Progress = silent,
) -> Reals:
    """Train as a run would, and predict; nothing is written.

    Args:
        hierarchy: of the model.
        prepared: strains to learn from, and to choose the epoch by if there are any.
        config: all options but ``ensemble``; seeds are ``seed``, ``seed`` + 1, …
        wanted: strains to predict, M of them.
        members: models, whose predictions are averaged.
        progress: told the epochs done.

    Returns:
        Predictions in the unit of the phenotype, by the weights of the epoch that a run would keep [M].

    Raises:
        TrainingError: a loss or gradient is not finite, or an option cannot be used.
    """
    total = np.zeros(len(wanted))
    for member in range(members):
        total += _one(hierarchy, prepared, config.model_copy(update={"seed": config.seed + member}), wanted, progress)
    return total / members


def _one(
    hierarchy: Hierarchy, prepared: Preparation, config: TrainConfig, wanted: StrainSet, progress: Progress
) -> Reals:
    learner = fresh_learner(hierarchy, prepared, config, usable_device(config.device))
    records: list[EpochRecord] = []
    kept = np.zeros(len(wanted))
    while next_epoch(config, records) is not None:
        records.append(run_epoch(learner, prepared, records))
        progress(f"epochs of seed {config.seed}", len(records), config.epochs)
        best = best_validated(config, records)
        if best == len(records) or (best is None and next_epoch(config, records) is None):
            kept = evaluation_pass(learner, wanted, where="the strains to predict").prediction.astype(np.float64)
    return kept
