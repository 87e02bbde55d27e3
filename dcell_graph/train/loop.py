"""One pass over the strains: with steps of the optimiser, or only looking.

Shapes: B strains of a batch, N strains of a set, K deleted genes a strain at most, T terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from dcell_graph.model.subsystem import MOMENTUM
from dcell_graph.train.checkpoint import Model
from dcell_graph.train.learner import Learner, take_step
from dcell_graph.train.schedules import learning_rate
from dcell_graph.train.strains import Indices, StrainSet
from dcell_graph.train.tally import Pass, Tally, not_finite, portions
from dcell_graph.types import Progress, silent

EVALUATION_BATCH = 256
"""Strains at once when nothing is learnt. In evaluation mode strains do not influence each other."""


def train_pass(
    learner: Learner,
    strains: StrainSet,
    batches: Sequence[Indices],
    *,
    epoch: int,
    drops: int = 0,
    progress: Progress = silent,
) -> Pass:
    """Take one step a batch; the predictions and losses are those before each step, in training mode.

    Args:
        learner: its model and optimiser change.
        strains: the training strains.
        batches: positions in ``strains``, each once.
        epoch: counted from 1.
        drops: how often plateau has lowered the learning rate.
        progress: told each batch.

    Raises:
        TrainingError: the loss or the gradient is not finite.
    """
    learner.model.train()
    tally = Tally(learner, strains)
    weights = list(learner.model.parameters())
    for number, batch in enumerate(portions(learner, strains, batches, epoch=epoch)):
        where = f"epoch {epoch}, batch {number + 1} of {len(batches)}"
        rate = learning_rate(learner.config, step=(epoch - 1) * len(batches) + number, steps=len(batches), drops=drops)
        for parameters in learner.optimiser.param_groups:
            parameters["lr"] = rate
        learner.optimiser.zero_grad(set_to_none=True)
        tally.add(batch, where=where).backward()  # type: ignore[no-untyped-call]
        learner.group.sum_gradients(weights)
        norm = take_step(learner)
        if not math.isfinite(norm):
            raise not_finite("gradient", norm, where)
        progress("batches of the epoch", number + 1, len(batches))
    return tally.finish()


@torch.no_grad()
def evaluation_pass(learner: Learner, strains: StrainSet, *, where: str) -> Pass:
    """Predict all strains in evaluation mode; nothing changes but the model's mode.

    Args:
        learner: as it is.
        strains: at least one.
        where: for messages.

    Raises:
        TrainingError: the loss is not finite.
    """
    learner.model.eval()
    tally = Tally(learner, strains)
    at_once = EVALUATION_BATCH * learner.group.size
    everyone = np.arange(len(strains), dtype=np.int64)
    parts = [everyone[start : start + at_once] for start in range(0, len(strains), at_once)]
    for batch in portions(learner, strains, parts):
        tally.add(batch, where=where)
    return tally.finish()


@torch.no_grad()
def training_mode_pass(learner: Learner, strains: StrainSet, *, where: str) -> Pass:
    """Predict all strains as one batch in training mode, without a step and without touching running statistics.

    Raises:
        TrainingError: the loss is not finite.
    """
    tally = Tally(learner, strains)
    with training_mode(learner.model):
        for batch in portions(learner, strains, [np.arange(len(strains), dtype=np.int64)]):
            tally.add(batch, where=where)
    return tally.finish()


@torch.no_grad()
def measure_statistics(learner: Learner, strains: StrainSet, batches: Sequence[Indices]) -> None:
    """Set the running statistics of batch norm to the mean of the batches' statistics under the present weights.

    The usual running average lags behind the weights. Most terms vary in few strains: their variance is next to 0, and
    batch norm divides the lag by √eps, on every level again: on a real hierarchy of 3,938 terms the loss in evaluation
    mode was 411,000 after 4 epochs, and 1,113 with statistics measured like this. Training itself does not use them.

    Args:
        learner: the running statistics of its model change, nothing else.
        strains: the training strains.
        batches: positions in ``strains``; as composed in training.
    """
    learner.model.train()
    running = {name: buffer for name, buffer in learner.model.named_buffers() if "running" in name}
    sums = {name: torch.zeros_like(buffer, dtype=torch.float64) for name, buffer in running.items()}
    for batch in portions(learner, strains, batches):
        # From 0, one batch moves a running statistic to MOMENTUM times the statistic of that batch.
        for buffer in running.values():
            buffer.zero_()
        batch.run(learner)
        for name, buffer in running.items():
            sums[name] += buffer.double() / MOMENTUM
    for name, buffer in running.items():
        buffer.copy_(sums[name] / len(batches))


@contextmanager
def training_mode(model: Model) -> Iterator[None]:
    """Put a model into training mode for a while; afterwards its mode and its running statistics are as before."""
    mode = model.training
    kept = {name: buffer.clone() for name, buffer in model.named_buffers()}
    try:
        model.train()
        yield
    finally:
        for name, buffer in model.named_buffers():
            buffer.copy_(kept[name])
        model.train(mode)
