"""A batch that is prepared, and what a model says about it, row by row; spread out over strains only where wanted.

Shapes: B strains, T terms, R rows, N touches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from dcell_graph.model.engine import compiled
from dcell_graph.model.engine.compiled_index import row_sums
from dcell_graph.model.engine.index import RowIndex
from dcell_graph.model.engine.places import Places
from dcell_graph.model.engine.plan import Plan

if TYPE_CHECKING:
    from dcell_graph.model.engine.portable import TorchEngine


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """A batch of strains, ready for a model; make it with ``DCell.index``, in any thread.

    Args:
        plan: whose rows these are.
        index: the rows.
        device: where outputs will be.
    """

    plan: Plan
    index: RowIndex
    device: torch.device
    _places: dict[torch.device, Places] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of strains, B."""
        return self.index.strains

    @cached_property
    def root_row(self) -> torch.Tensor:
        """Row of the root of each strain [B]."""
        first = int(self.index.row_start[self.plan.root])
        touch = np.flatnonzero(self.index.touch_row >= first)
        strain = np.searchsorted(self.index.touch_start, touch, side="right") - 1
        rows = np.full(len(self), first, np.int64)
        rows[strain] = self.index.touch_row[touch]
        return torch.from_numpy(rows).to(self.device, non_blocking=True)

    @cached_property
    def touch_strain(self) -> torch.Tensor:
        """Strain of each touch [N]."""
        strain = np.repeat(np.arange(len(self)), np.diff(self.index.touch_start))
        return torch.from_numpy(strain).to(self.device, non_blocking=True)

    @cached_property
    def touch_row(self) -> torch.Tensor:
        """Row of each touch [N]."""
        return torch.from_numpy(self.index.touch_row.astype(np.int64)).to(self.device, non_blocking=True)

    @cached_property
    def base_row(self) -> torch.Tensor:
        """Base row of each position [T]."""
        return torch.from_numpy(self.index.row_start[:-1].astype(np.int64)).to(self.device, non_blocking=True)

    def places(self, engine: TorchEngine) -> Places:
        """What the engine in PyTorch needs to know, worked out once."""
        if engine.device not in self._places:
            self._places[engine.device] = engine.places(self.index)
        return self._places[engine.device]

    def row_sums(self, values: torch.Tensor) -> torch.Tensor:
        """Sum one number a strain [B] over the strains on each row [R], in 64 bits."""
        if values.device.type == "cpu" and compiled.available():
            return torch.from_numpy(row_sums(self.index, values.double().numpy()))
        # Of no touches at all, bincount makes whole numbers.
        by_row = torch.bincount(self.touch_row, values.double()[self.touch_strain], self.index.n_rows).double()
        on_others = torch.bincount(self.row_term, by_row, len(self.base_row))
        # All strains are on some row of each term; the base row has those that no other has.
        empty = torch.from_numpy(self.index.count[self.index.row_start[:-1]] == 0).to(self.device)
        by_row[self.base_row] = torch.where(empty, 0.0, values.double().sum() - on_others)
        return by_row

    @cached_property
    def row_term(self) -> torch.Tensor:
        """Position that each row belongs to [R]."""
        term = torch.zeros(self.index.n_rows, dtype=torch.int64, device=self.base_row.device)
        term[self.base_row[1:]] = 1
        return term.cumsum(0)

    def strain_rows(self) -> torch.Tensor:
        """The row of every strain at every position [B, T]."""
        rows = self.base_row.repeat(len(self), 1)
        ends = torch.from_numpy(self.index.row_start[1:].astype(np.int64)).to(rows.device)
        position = torch.searchsorted(ends, self.touch_row, right=True)
        rows[self.touch_strain, position] = self.touch_row
        return rows


class RowOutput:
    """What a model says about a batch of strains.

    Args:
        rows: the head of every row [R].
        batch: the strains.
    """

    def __init__(self, rows: torch.Tensor, batch: Batch) -> None:
        self.rows, self.batch = rows, batch

    @cached_property
    def prediction(self) -> torch.Tensor:
        """The head of the root [B]."""
        return self.rows.index_select(0, self.batch.root_row)

    @cached_property
    def heads(self) -> torch.Tensor:
        """The head of every term, in index order [B, T]: as many numbers as strains times terms."""
        position = torch.from_numpy(self.batch.plan.position).to(self.rows.device)
        rows = self.batch.strain_rows().index_select(1, position)
        return self.rows.index_select(0, rows.reshape(-1)).view(rows.shape)
