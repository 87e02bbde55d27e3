"""A model with all that learning needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from dcell_graph.model.dcell import DCell
from dcell_graph.model.optimiser import FusedAdam
from dcell_graph.train.checkpoint import Model
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.group import ALONE, Group
from dcell_graph.train.strains import Scale


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
        group: the processes that train it.
    """

    model: Model
    optimiser: torch.optim.Optimizer
    config: TrainConfig
    scale: Scale
    root: int
    device: torch.device
    group: Group = ALONE


def make_optimiser(model: Model, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW or Adam over all parameters: the engine's own for the fast model, which clips the gradient too.

    Both are fused, that is, they do everything in one sweep over memory: with 25 million parameters and batches of 32
    strains a whole training step takes half the time.
    """
    if isinstance(model, DCell):
        return FusedAdam(
            model,
            lr=config.lr,
            weight_decay=config.weight_decay,
            decoupled=config.optimiser == "adamw",
            clip=config.clip_norm or math.inf,
        )
    fused = all(weight.device.type in ("cpu", "cuda") for weight in model.parameters())
    kind = torch.optim.AdamW if config.optimiser == "adamw" else torch.optim.Adam
    return kind(model.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=fused)


def take_step(learner: Learner) -> float:
    """Clip the gradient and move the weights by it; gives the length of the gradient before that.

    If that is not finite, the weights are of no use afterwards.
    """
    if isinstance(learner.optimiser, FusedAdam):
        learner.optimiser.step()
        return math.nan if learner.optimiser.norm is None else learner.optimiser.norm
    norm = torch.nn.utils.clip_grad_norm_(learner.model.parameters(), learner.config.clip_norm or math.inf)
    learner.optimiser.step()
    return float(norm)


def number_type(config: TrainConfig) -> torch.dtype:
    """What weights and losses are kept in."""
    return torch.float64 if config.precision == "float64" else torch.float32
