"""The processes that train one model together; alone, a group of one, in which all of this does nothing.

A batch is dealt out strain by strain. Every process computes on its share, and sums over all processes make up for it:
of the gradients, of the losses, and of what batch norm needs, so that the outcome is that of one process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from dcell_graph.errors import TrainingError
from dcell_graph.train.strains import Indices

FEWEST = 2
"""Strains in a share: the plain model's batch norm takes no fewer. Copies that count for nothing fill it up."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Share:
    """What a process computes of a batch.

    Args:
        positions: of its strains, then of copies that fill the share up.
        real: number of strains that count.
    """

    positions: Indices
    real: int


class Group:
    """Some processes, each with the same model.

    Args:
        rank: number of this process, from 0; process 0 writes and speaks for all.
        size: number of processes.
        device: of the tensors of this process that are summed.

    ``real`` is the number of strains that count in the share at work, and ``whole`` that of the whole batch: batch norm
    must not look at the copies. ``fewest`` is the smallest share, see there.
    """

    def __init__(self, rank: int = 0, size: int = 1, device: str = "cpu") -> None:
        self.rank = rank
        self.device = device
        self._size = size
        self._apart = False
        self.real = 0
        self.whole = 0
        self.fewest = FEWEST

    @property
    def size(self) -> int:
        """Number of processes that work together at present."""
        return 1 if self._apart else self._size

    @property
    def leads(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.rank == 0

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Compute something in this process alone."""
        before, self._apart = self._apart, True
        try:
            yield
        finally:
            self._apart = before

    def share(self, positions: Indices) -> Share:
        """The part of a batch that this process computes."""
        if self.size == 1:
            return Share(positions=positions, real=len(positions))
        mine = positions[self.rank :: self._size]
        copies = positions[:1].repeat(max(0, self.fewest - len(mine)))
        return Share(positions=np.concatenate([mine, copies]), real=len(mine))

    def counted(self, strains: int) -> tuple[int, int]:
        """Of the ``strains`` of the share at work those that count, and the strains of the whole batch."""
        return (strains, strains) if self.size == 1 else (self.real, self.whole)

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over all processes, the same in each; ``tensor`` may be overwritten.

        Raises:
            TrainingError: another process is gone.
        """
        return self._reduced(tensor, dist.ReduceOp.SUM)

    def least(self, tensor: torch.Tensor) -> torch.Tensor:
        """The smallest of each number of a tensor over all processes; ``tensor`` may be overwritten.

        Raises:
            TrainingError: another process is gone.
        """
        return self._reduced(tensor, dist.ReduceOp.MIN)

    def wait(self) -> None:
        """Wait until all processes are here.

        Raises:
            TrainingError: another process is gone.
        """
        self.sum(torch.zeros(1, device=self.device))

    def sum_gradients(self, parameters: list[torch.nn.Parameter]) -> None:
        """Replace each gradient by its sum over all processes.

        Raises:
            TrainingError: another process is gone.
        """
        if self.size == 1:
            return
        grads = [torch.zeros_like(one) if one.grad is None else one.grad for one in parameters]
        together = self.sum(torch.cat([grad.reshape(-1) for grad in grads]))
        parts = torch.split(together, [grad.numel() for grad in grads])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def _reduced(self, tensor: torch.Tensor, operation: Any) -> torch.Tensor:
        if self.size == 1:
            return tensor
        try:
            dist.all_reduce(tensor, operation)
        except RuntimeError as error:
            raise TrainingError(
                "another process of the run has ended", found=str(error).splitlines()[0], hint="see what it said"
            ) from None
        return tensor


ALONE = Group()
