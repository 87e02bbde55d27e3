"""Running a model batch by batch, and adding up how well it does.

Shapes: B strains of a batch, N strains of a set, K deleted genes a strain at most, T terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.batch import Output
from dcell_graph.model.loss import dcell_loss
from dcell_graph.train import metrics
from dcell_graph.train.group import Share
from dcell_graph.train.inputs import inputs
from dcell_graph.train.learner import Learner, number_type
from dcell_graph.train.strains import Indices, StrainSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How well a model does on a set of strains.

    Args:
        loss: primary + weighted_auxiliary; losses are (weighted) means over strains, in the model's unit.
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
class Portion:
    """A batch, the share of it that this process computes, and what the model is called with for that.

    What the model draws at random while it trains (dropout) follows from ``seed``: nothing has to be remembered for a
    run that goes on, and all processes draw the same.
    """

    positions: Indices
    share: Share
    given: Any
    seed: int

    def run(self, learner: Learner) -> Output:
        """Call the model."""
        learner.group.real, learner.group.whole = self.share.real, len(self.positions)
        with ExitStack() as stack:
            if learner.config.architecture.dropout:
                stack.enter_context(torch.random.fork_rng(devices=[]))
                torch.manual_seed(self.seed)
            if learner.config.precision != "bfloat16":
                return learner.model(self.given)  # type: ignore[no-any-return]
            stack.enter_context(torch.autocast(learner.device.type, torch.bfloat16))
            output = learner.model(self.given)
            return Output(output.prediction.float(), output.heads.float())


def portions(learner: Learner, strains: StrainSet, batches: Sequence[Indices], *, epoch: int = 0) -> Iterator[Portion]:
    """The batches, ready to be run by this process.

    Args:
        learner: whose model will run them.
        strains: the set that they are of.
        batches: positions in ``strains``.
        epoch: counted from 1; 0 where nothing is learnt.
    """
    seeds = np.random.PCG64([learner.config.seed, epoch, len(batches)]).random_raw(len(batches))
    shares = [learner.group.share(positions) for positions in batches]
    given = inputs(learner.model, strains.deleted, [share.positions for share in shares], learner.device)
    for positions, share, one, seed in zip(batches, shares, given, seeds.tolist(), strict=True):
        yield Portion(positions=positions, share=share, given=one, seed=seed)


class Tally:
    """Losses and predictions of the batches of one pass, over all processes."""

    def __init__(self, learner: Learner, strains: StrainSet) -> None:
        self._learner = learner
        self._strains = strains
        self._target = torch.from_numpy(learner.scale.standardised(strains.target)).to(number_type(learner.config))
        self._prediction = np.zeros(len(strains), np.float32)
        self._sums = np.zeros(4)
        self._weight = 0.0

    def add(self, batch: Portion, *, where: str) -> torch.Tensor:
        """Run the model on a batch.

        Returns:
            What this process adds to the loss of the batch.

        Raises:
            TrainingError: the loss is not finite.
        """
        learner, share = self._learner, batch.share
        weight, weighs, part = self._weighed(batch)
        output = batch.run(learner)
        parts = dcell_loss(
            output,
            self._target[torch.from_numpy(share.positions)].to(learner.device),
            root=learner.root,
            alpha=learner.config.alpha,
            reduction=learner.config.aux_reduction,
            sample_weight=weight,
        )
        numbers = learner.group.sum(torch.stack(list(parts)).detach().double() * part).cpu().numpy()
        if not np.isfinite(numbers).all():
            raise not_finite("loss", float(numbers[0]), where)
        mine = share.positions[: share.real]
        self._prediction[mine] = output.prediction.detach()[: share.real].float().cpu().numpy()
        self._sums += numbers * weighs
        self._weight += weighs
        return parts.total if learner.group.size == 1 else parts.total * part

    def _weighed(self, batch: Portion) -> tuple[torch.Tensor | None, float, float]:
        """Weights of the strains of the share (None: equal), the weight of the batch, and the share's part of that."""
        learner, share, of = self._learner, batch.share, self._strains.weight
        whole = float(len(batch.positions)) if of is None else float(of[batch.positions].sum())
        if of is None and share.real == len(share.positions):
            return None, whole, share.real / whole
        if share.real == 0:
            return None, whole, 0.0
        weight = np.ones(len(share.positions)) if of is None else of[share.positions].copy()
        weight[share.real :] = 0.0
        given = torch.from_numpy(weight).to(self._target.dtype).to(learner.device)
        return given, whole, float(weight.sum()) / whole

    def finish(self) -> Pass:
        """Means over all strains seen."""
        learner = self._learner
        loss, primary, auxiliary, weighted = (float(number) for number in self._sums / (self._weight or 1.0))
        if learner.group.size > 1:
            shares = torch.from_numpy(self._prediction).to(learner.device)
            self._prediction = learner.group.sum(shares).cpu().numpy()
        prediction = learner.scale.restored(self._prediction)
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


def not_finite(what: str, value: float, where: str) -> TrainingError:
    """The error for a loss or gradient that is not finite."""
    return TrainingError(
        f"the {what} is not a finite number",
        expected=f"a finite {what} in {where}",
        found="not a number" if math.isnan(value) else "infinite",
        hint="try a smaller learning rate (--lr) or initial range (--init-range)",
    )
