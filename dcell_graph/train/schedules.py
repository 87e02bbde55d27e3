"""The learning rate of every step, as a function of the options and of the epochs so far: nothing has to be remembered.

All are multiplied by the warm-up, which grows in equal steps and reaches 1 with its last one.

    constant   lr
    cosine     from lr to lr · lr_floor along half a cosine, from the end of the warm-up to ``schedule_epochs``; after
               that it stays there; set anew before every step
    plateau    lr · plateau_factor^n, never below lr · lr_floor, where n grows by 1 whenever ``plateau_patience`` epochs
               in a row were no new best; set anew before every epoch
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dcell_graph.train.config import TrainConfig

Scores = Sequence[float | None]
"""One number an epoch, lower is better; None where it is undefined, which is never a new best."""


def learning_rate(config: TrainConfig, *, step: int, steps: int, drops: int = 0) -> float:
    """The learning rate of one step.

    Args:
        config: the options.
        step: steps of the run taken before this one, 0 for the first.
        steps: steps an epoch.
        drops: how often plateau has lowered it, see ``plateau_drops``.
    """
    return config.lr * _warm(config, step, steps) * _share(config, step / steps, drops)


def plateau_drops(config: TrainConfig, scores: Scores) -> int:
    """How often plateau has lowered the learning rate after some epochs."""
    drops, waiting, best = 0, 0, math.inf
    for score in scores:
        if score is not None and score < best:
            best, waiting = score, 0
        else:
            waiting += 1
        if waiting == config.plateau_patience:
            drops, waiting = drops + 1, 0
    return drops


def epochs_without_best(scores: Scores) -> int:
    """How many epochs have passed since the best one; all of them if none had a score."""
    best = best_epoch(scores)
    return len(scores) - (0 if best is None else best)


def best_epoch(scores: Scores) -> int | None:
    """The epoch with the lowest score, counted from 1, the first of them if several; None if none has a score."""
    found = [(score, epoch) for epoch, score in enumerate(scores, start=1) if score is not None]
    return min(found)[1] if found else None


def _warm(config: TrainConfig, step: int, steps: int) -> float:
    last = round(config.warmup * steps)
    return 1.0 if step + 1 >= last else (step + 1) / last


def _share(config: TrainConfig, epochs: float, drops: int) -> float:
    if config.schedule == "constant":
        return 1.0
    if config.schedule == "plateau":
        return max(config.lr_floor, config.plateau_factor**drops)
    end = config.schedule_epochs or config.epochs
    way = 1.0 if end <= config.warmup else min(1.0, max(0.0, (epochs - config.warmup) / (end - config.warmup)))
    return config.lr_floor + (1 - config.lr_floor) * 0.5 * (1 + math.cos(math.pi * way))
