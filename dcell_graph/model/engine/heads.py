"""What a back end has computed, for autograd."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd.function import once_differentiable

from dcell_graph.model.engine.backends import Work
from dcell_graph.model.engine.memory import GradientMemory


class Heads(torch.autograd.Function):
    """What an engine has computed, as a differentiable function of the weights."""

    @staticmethod
    def forward(ctx: Any, weights: torch.Tensor, work: Work, memory: GradientMemory) -> torch.Tensor:
        """The heads of all rows [R]."""
        ctx.work, ctx.memory = work, memory
        # So that autograd notices if they change before the way back.
        ctx.save_for_backward(weights)
        return work.heads

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_heads: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Gradient of the weights."""
        if ctx.work is None:
            raise RuntimeError("a model's output can be differentiated once; call the model again")
        (weights,) = ctx.saved_tensors
        work, ctx.work = ctx.work, None
        return work.backward(d_heads, ctx.memory.like(weights)), None, None
