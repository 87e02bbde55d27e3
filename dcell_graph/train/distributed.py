"""Training by several processes that ``torchrun`` starts, with the outcome of one process.

Each computes its share of every batch (see group.py); gradients and losses are summed. Where batch norm trains, the
strains of the whole batch influence each other in every term, so its means and variances are those of all shares, and
so are their gradients: exactly, not one statistic a process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from dcell_graph.errors import InputError, TrainingError
from dcell_graph.model.dcell import DCell
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.group import ALONE, Group
from dcell_graph.train.learner import Learner


@contextmanager
def processes(device: str, environment: Mapping[str, str] = os.environ) -> Iterator[Group]:
    """The processes that torchrun has started, this one among them; alone, a group of one.

    Args:
        device: where the run computes: nccl connects the processes for cuda, gloo for all others.
        environment: where torchrun says who this is.

    Raises:
        TrainingError: the processes do not find each other.
    """
    size = int(environment.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    accelerated = torch.device(device).type == "cuda"
    if accelerated:
        # Each process of a machine has an accelerator of its own, which "cuda" means from here on.
        torch.cuda.set_device(int(environment.get("LOCAL_RANK", "0")))
    try:
        dist.init_process_group("nccl" if accelerated else "gloo")
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise TrainingError("the processes do not find each other", expected=f"{size} of them", found=reason) from None
    try:
        yield Group(dist.get_rank(), size, device)
    finally:
        dist.destroy_process_group()


def join(learner: Learner) -> None:
    """Prepare a fresh model for training by the learner's group.

    Raises:
        InputError: a batch is too small for so many processes.
    """
    group, config = learner.group, learner.config
    if group.size == 1:
        return
    if config.overfit is None and config.batch_size < group.size:
        raise InputError(
            "a batch has fewer strains than there are processes",
            expected=f"--batch-size {group.size} or more, for all processes together",
            found=str(config.batch_size),
        )
    if config.architecture.norm != "batch":
        return
    if isinstance(learner.model, DCell):
        group.fewest = 1
        learner.model.share_batches(group)
        return
    for module in list(learner.model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.BatchNorm1d:
                setattr(module, name, GroupBatchNorm(child, group))


def refuse_precision(config: TrainConfig, device: torch.device) -> None:
    """Make sure that the numbers asked for can be computed with.

    Raises:
        InputError: they cannot.
    """
    if config.precision == "bfloat16" and config.model != "reference":
        raise InputError(
            "the fast engine does not compute in bfloat16",
            expected="--precision float32, or --model reference",
            found=f"--precision bfloat16, --model {config.model}",
        )
    if config.precision == "float64" and device.type == "mps":
        raise InputError("the device mps has no float64", expected="--precision float32", found="--precision float64")


class GroupBatchNorm(nn.BatchNorm1d):
    """Batch norm over the strains of all processes.

    Shapes: B strains of this process's share, W values of a state.

    A value that is the same in all strains becomes exactly the shift, and gives its term a gradient of exactly 0, as in
    exact arithmetic: the rounding errors that are left otherwise are divided by √eps, and Adam makes steps of them.

    Args:
        norm: the one that this replaces; its parameters and running statistics are used.
        group: the processes.
    """

    def __init__(self, norm: nn.BatchNorm1d, group: Group) -> None:
        super().__init__(norm.num_features, eps=norm.eps, momentum=norm.momentum, device="meta")
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self._group = group

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Normalise [B, W] over the strains of all processes."""
        if not self.training or self._group.size == 1:
            plain: torch.Tensor = super().forward(input)
            return plain
        real, count = self._group.real, self._group.whole
        mean: torch.Tensor = _Sum.apply(input[:real].sum(dim=0), self._group) / count
        centred = input - mean
        variance: torch.Tensor = _Sum.apply(centred[:real].square().sum(dim=0), self._group) / count
        self._remember(mean.detach(), variance.detach() * (count / (count - 1)))
        normal = centred * torch.rsqrt(variance + self.eps)
        varies = self._varies(input[:real].detach())
        finished: torch.Tensor = normal * (self.weight * varies) + self.bias
        return finished

    def _varies(self, input: torch.Tensor) -> torch.Tensor:
        """1 for values that differ between strains, else 0 [W]."""
        low = input.new_full((input.shape[1],), float("inf"))
        bounds = torch.stack([low, low])
        if len(input):
            bounds = torch.stack([input.amin(dim=0), -input.amax(dim=0)])
        bounds = self._group.least(bounds)
        return (bounds[0] < -bounds[1]).to(input.dtype)

    def _remember(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.momentum is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)


class _Sum(torch.autograd.Function):
    """The sum of a tensor over all processes, whose gradient is the sum of the gradients of all processes."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor, group: Group) -> torch.Tensor:
        ctx.group = group
        return group.sum(tensor.clone())

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return ctx.group.sum(gradient.clone()), None
