"""What goes into a model and what comes out: the same for every implementation.

Shapes: B strains of a batch, K deleted genes a strain at most, T terms.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.config import ModelConfig


class Output(NamedTuple):
    """What a model says about a batch of strains.

    Args:
        prediction: the head of the root [B].
        heads: the head of every term, in index order [B, T]; ``prediction`` is its root column.
    """

    prediction: torch.Tensor
    heads: torch.Tensor


class Exchange(Protocol):
    """Other processes that hold the rest of every batch, for the statistics of batch norm."""

    def counted(self, strains: int) -> tuple[int, int]:
        """Of this process's strains those that count (all or none), and the strains of the whole batch."""

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over all processes; ``tensor`` may be overwritten."""

    def least(self, tensor: torch.Tensor) -> torch.Tensor:
        """The smallest of each number over all processes; ``tensor`` may be overwritten."""


def distinct_deletions(deleted: torch.Tensor, n_genes: int) -> torch.Tensor:
    """Check a batch of strains and bring it to one form: each gene once, increasing, padding (-1) anywhere.

    A strain is a set of genes, so neither order nor repeats nor the amount of padding may change what a model says.

    Args:
        deleted: gene indices, -1 for padding [B, K], 64-bit integers.
        n_genes: number of genes that the model knows.

    Raises:
        TrainingError: another type or shape, no strain, or an index outside -1 to ``n_genes`` - 1.
    """
    if deleted.dtype != torch.int64 or deleted.dim() != 2:
        raise TrainingError(
            "the deleted genes are not a table of indices",
            expected="64-bit integers of shape [strains, genes]",
            found=f"{str(deleted.dtype).removeprefix('torch.')} of shape {list(deleted.shape)}",
        )
    if deleted.shape[0] == 0:
        raise TrainingError("the batch has no strains")
    if deleted.shape[1] == 0:
        return deleted
    outside = (deleted < -1) | (deleted >= n_genes)
    if bool(outside.any()):
        strain, place = (int(number) for number in torch.nonzero(outside)[0])
        raise TrainingError(
            f"strain {strain} of the batch lacks a gene that the model does not know",
            expected=f"gene indices 0 to {n_genes - 1}, or -1 for none",
            found=str(deleted[strain, place].item()),
        )
    ordered = deleted.sort(dim=1).values
    repeated = torch.zeros_like(ordered, dtype=torch.bool)
    repeated[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    return ordered.masked_fill(repeated, -1)


def refuse_single_strain(n_strains: int) -> None:
    """Say clearly that batch norm cannot train on one strain, whose spread is 0.

    Raises:
        TrainingError: there is one strain.
    """
    if n_strains == 1:
        raise TrainingError(
            "batch norm cannot train on a batch of one strain",
            expected="2 strains or more",
            found="1",
            hint="drop the last incomplete batch, choose another batch size, or use layer norm",
        )


def dropout_factors(config: ModelConfig, n_values: int) -> torch.Tensor | None:
    """Draw what dropout multiplies the values of all states by, in index order of the terms; None without dropout.

    The numbers come from torch's global generator of the CPU, so every implementation draws the same.
    """
    if config.dropout == 0:
        return None
    return (torch.rand(n_values) >= config.dropout) / (1 - config.dropout)
