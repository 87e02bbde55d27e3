"""One epoch, and what follows from the epochs so far: which was the best, and whether another one is due."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from dcell_graph.train.config import TrainConfig
from dcell_graph.train.learner import Learner
from dcell_graph.train.loop import evaluation_pass, measure_statistics, train_pass
from dcell_graph.train.preparation import Preparation
from dcell_graph.train.schedules import best_epoch, epochs_without_best, learning_rate, plateau_drops
from dcell_graph.train.tally import Measures
from dcell_graph.types import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """One epoch.

    Args:
        epoch: counted from 1.
        train: in training mode, before each step.
        validation: in evaluation mode, after the epoch; None without validation strains.
        seconds: training and validation together.
        lr: learning rate of the last step; None in runs of versions that did not write it down.
    """

    epoch: int
    train: Measures
    validation: Measures | None
    seconds: float
    lr: float | None = None


def scores(config: TrainConfig, records: Sequence[EpochRecord]) -> list[float | None]:
    """What the best epoch is chosen by, for each epoch, lower is better.

    Without validation strains it is the loss on the training strains, by which plateau goes; none is chosen then.
    """
    return [_score(config, record.train if record.validation is None else record.validation) for record in records]


def best_validated(config: TrainConfig, records: Sequence[EpochRecord]) -> int | None:
    """The epoch that is best on the validation strains, the first of them if several; None without any."""
    if not records or records[0].validation is None:
        return None
    return best_epoch(scores(config, records))


def next_epoch(config: TrainConfig, records: Sequence[EpochRecord]) -> int | None:
    """The number of the epoch that is due, or None if the run is at its end."""
    if len(records) >= config.epochs or ends_early(config, records):
        return None
    return len(records) + 1


def ends_early(config: TrainConfig, records: Sequence[EpochRecord]) -> bool:
    """Whether so many epochs have passed without a new best that the run ends."""
    return config.patience is not None and epochs_without_best(scores(config, records)) >= config.patience


def run_epoch(
    learner: Learner,
    prepared: Preparation,
    records: Sequence[EpochRecord],
    *,
    progress: Progress = silent,
) -> EpochRecord:
    """Train for one epoch and look at the validation strains.

    Args:
        learner: changes.
        prepared: the strains.
        records: of the epochs before.
        progress: told each batch.

    Raises:
        TrainingError: a loss or gradient is not finite.
    """
    began = time.monotonic()
    config, number = learner.config, len(records) + 1
    drops = plateau_drops(config, scores(config, records)) if config.schedule == "plateau" else 0
    batches = prepared.batches(config, number)
    train = train_pass(learner, prepared.train, batches, epoch=number, drops=drops, progress=progress).measures
    if config.recalibrate and config.architecture.norm == "batch":
        measure_statistics(learner, prepared.train, batches)
    validation = None
    if len(prepared.validation):
        where = f"the validation strains after epoch {number}"
        validation = evaluation_pass(learner, prepared.validation, where=where).measures
    return EpochRecord(
        epoch=number,
        train=train,
        validation=validation,
        seconds=time.monotonic() - began,
        lr=learning_rate(config, step=number * len(batches) - 1, steps=len(batches), drops=drops),
    )


def _score(config: TrainConfig, measures: Measures) -> float | None:
    if config.monitor == "loss":
        return measures.loss
    return None if measures.pearson is None else -measures.pearson
