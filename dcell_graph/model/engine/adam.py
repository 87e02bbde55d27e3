"""One step of Adam or AdamW, as the compiled engine takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from dcell_graph.model.engine.binding import AdamView


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamStep:
    """One step of Adam or AdamW, as torch computes it.

    Args:
        step: number of this step, counted from 1.
        lr: learning rate.
        betas: how much of the old moments is kept.
        eps: added to the root of the second moment.
        weight_decay: 0 for none.
        decoupled: weights shrink by lr · weight_decay (AdamW) instead of weight_decay · weight being added to the
            gradient (Adam).
    """

    step: int
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    decoupled: bool = True

    def view(self, first: torch.Tensor, second: torch.Tensor) -> AdamView:
        """The step in the form of the kernel."""
        keep_first, keep_second = self.betas
        return AdamView(
            first=first.data_ptr(),
            second=second.data_ptr(),
            keep_first=keep_first,
            keep_second=keep_second,
            add_second=1 - keep_second,
            step_size=self.lr / (1 - keep_first**self.step),
            second_scale=1 / math.sqrt(1 - keep_second**self.step),
            eps=self.eps,
            shrink=1 - self.lr * self.weight_decay if self.decoupled else 1.0,
            decay=0.0 if self.decoupled else self.weight_decay,
        )
