"""One pass over the strains: with steps of the optimiser, or only looking.

Shapes: B strains of a batch, N strains of a set, K deleted genes a strain at most, T terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.loss import LossParts, dcell_loss
from dcell_graph.model.reference import MOMENTUM
from dcell_graph.train import metrics
from dcell_graph.train.checkpoint import Model
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.strains import Indices, Scale, StrainSet

EVALUATION_BATCH = 256
"""Strains at once when nothing is learnt. In evaluation mode strains do not influence each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How well a model does on a set of strains.

    Args:
        loss: primary + weighted_auxiliary; losses are means over strains, in the model's unit.
        primary: squared error of the root's head.
        auxiliary: squared errors of the other heads, summed or averaged over terms as configured.
        weighted_auxiliary: alpha times that.
        pearson: correlation of prediction and phenotype, None if undefined.
        rmse: in the unit of the phenotype.
    """

    loss: float
    primary: float
    auxiliary: float
    weighted_auxiliary: float
    pearson: float | None
    rmse: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pass:
    """The outcome of one pass: measures, and the predictions in the unit of the phenotype [N], in the set's order."""

    measures: Measures
    prediction: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learner:
    """A model with all that a pass needs.

    Args:
        model: on ``device``.
        optimiser: of the model's parameters.
        config: loss and clipping are used.
        scale: between phenotypes and predictions.
        root: index of the root term.
        device: where to compute.
    """

    model: Model
    optimiser: torch.optim.Optimizer
    config: TrainConfig
    scale: Scale
    root: int
    device: torch.device


def make_optimiser(model: Model, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW over all parameters.

    The fused form does the same in one sweep over memory: with 25 million parameters and batches of 32 strains a whole
    training step takes half the time.
    """
    fused = all(weight.device.type in ("cpu", "cuda") for weight in model.parameters())
    return torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=fused)


def train_pass(learner: Learner, strains: StrainSet, batches: Sequence[Indices], *, epoch: int) -> Pass:
    """Take one step a batch; the predictions and losses are those before each step, in training mode.

    Args:
        learner: its model and optimiser change.
        strains: the training strains.
        batches: positions in ``strains``, each once.
        epoch: for messages, counted from 1.

    Raises:
        TrainingError: the loss or the gradient is not finite.
    """
    learner.model.train()
    tally = _Tally(learner, strains)
    for number, positions in enumerate(batches, start=1):
        learner.optimiser.zero_grad(set_to_none=True)
        parts = tally.add(positions, where=f"epoch {epoch}, batch {number} of {len(batches)}")
        parts.total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(learner.model.parameters(), learner.config.clip_norm)
        if not bool(torch.isfinite(norm)):
            raise _not_finite("gradient", float(norm), f"epoch {epoch}, batch {number} of {len(batches)}")
        learner.optimiser.step()
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
    tally = _Tally(learner, strains)
    everyone = np.arange(len(strains), dtype=np.int64)
    for start in range(0, len(strains), EVALUATION_BATCH):
        tally.add(everyone[start : start + EVALUATION_BATCH], where=where)
    return tally.finish()


@torch.no_grad()
def training_mode_pass(learner: Learner, strains: StrainSet, *, where: str) -> Pass:
    """Predict all strains as one batch in training mode, without a step and without touching running statistics.

    Raises:
        TrainingError: the loss is not finite.
    """
    tally = _Tally(learner, strains)
    with training_mode(learner.model):
        tally.add(np.arange(len(strains), dtype=np.int64), where=where)
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
    for positions in batches:
        # From 0, one batch moves a running statistic to MOMENTUM times the statistic of that batch.
        for buffer in running.values():
            buffer.zero_()
        learner.model(strains.deleted[torch.from_numpy(positions)].to(learner.device))
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


class _Tally:
    """Losses and predictions of the batches of one pass."""

    def __init__(self, learner: Learner, strains: StrainSet) -> None:
        self._learner = learner
        self._strains = strains
        self._target = torch.from_numpy(learner.scale.standardised(strains.target)).float()
        self._prediction = np.zeros(len(strains), np.float32)
        self._sums = np.zeros(4)
        self._count = 0

    def add(self, positions: Indices, *, where: str) -> LossParts:
        """Run the model on the strains at some positions.

        Raises:
            TrainingError: the loss is not finite.
        """
        chosen = torch.from_numpy(positions)
        output = self._learner.model(self._strains.deleted[chosen].to(self._learner.device))
        parts = dcell_loss(
            output,
            self._target[chosen].to(self._learner.device),
            root=self._learner.root,
            alpha=self._learner.config.alpha,
            reduction=self._learner.config.aux_reduction,
        )
        numbers = torch.stack(list(parts)).detach().double().cpu().numpy()
        if not np.isfinite(numbers).all():
            raise _not_finite("loss", float(numbers[0]), where)
        self._prediction[positions] = output.prediction.detach().float().cpu().numpy()
        self._sums += numbers * len(positions)
        self._count += len(positions)
        return parts

    def finish(self) -> Pass:
        """Means over all strains seen."""
        loss, primary, auxiliary, weighted = (float(number) for number in self._sums / max(1, self._count))
        prediction = self._learner.scale.restored(self._prediction)
        return Pass(
            measures=Measures(
                loss=loss,
                primary=primary,
                auxiliary=auxiliary,
                weighted_auxiliary=weighted,
                # The correlation is that of the model's own numbers: their rounding is known, see metrics.is_constant.
                pearson=metrics.pearson(self._prediction, self._strains.target),
                rmse=metrics.rmse(prediction, self._strains.target),
            ),
            prediction=prediction,
        )


def _not_finite(what: str, value: float, where: str) -> TrainingError:
    return TrainingError(
        f"the {what} is not a finite number",
        expected=f"a finite {what} in {where}",
        found="not a number" if math.isnan(value) else "infinite",
        hint="try a smaller learning rate (--lr) or initial range (--init-range)",
    )
