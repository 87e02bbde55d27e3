"""The engine in PyTorch: every option, any device, 32 or 64 bits. What it does with a batch is in propagation.py."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from dcell_graph.model.batch import Exchange
from dcell_graph.model.engine.attention import Attention
from dcell_graph.model.engine.cells import Cells
from dcell_graph.model.engine.genes import GeneInputs
from dcell_graph.model.engine.index import RowIndex
from dcell_graph.model.engine.places import Places
from dcell_graph.model.engine.placing import make_places
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.engine.propagation import Pass


class TorchEngine:
    """A plan on a device, ready for batches.

    Args:
        plan: of a model.
        device: where the lists are kept and where to compute.
        exchange: other processes that hold the rest of every batch.
    """

    def __init__(self, plan: Plan, device: torch.device, exchange: Exchange | None = None) -> None:
        self.exchange = exchange
        self.plan, self.device = plan, device
        self.config = plan.hierarchy.config
        self.cells = Cells.from_plan(plan)
        self.genes = GeneInputs(self.cells, device)
        self.attention = None if self.config.attention is None else Attention(self.cells, self.genes, device)
        self.value = torch.from_numpy(self.cells.value.reshape(-1)).to(device)
        self.place = torch.from_numpy(self.cells.place).to(device)

    def places(self, index: RowIndex) -> Places:
        """Prepare a batch; may run in any thread."""
        return make_places(self.cells, index, self.device)

    def run(
        self,
        weights: torch.Tensor,
        running: Mapping[str, torch.Tensor],
        places: Places,
        *,
        training: bool,
        track: bool,
        keep: bool,
        kept: torch.Tensor | None = None,
    ) -> Pass:
        """Compute a batch.

        Args:
            weights: all learnable numbers, as the plan has them.
            running: running statistics by name [F].
            places: the batch.
            training: whether batch norm uses the statistics of the batch.
            track: whether it then moves the running statistics.
            keep: whether ``backward`` will be called.
            kept: what dropout multiplies the values of states by [F].
        """
        work = Pass(self, weights, running, places, training=training, keep=keep, kept=kept)
        work.forward()
        if training and track:
            work.move_running(running)
        return work

    def padded(self, values: torch.Tensor) -> torch.Tensor:
        """A number for each value of a state [F], strip by strip [S, C]; 0 fills strips up."""
        return torch.cat([values, values.new_zeros(1)]).index_select(0, self.value).view(-1, self.cells.size)

    def flat(self, table: torch.Tensor) -> torch.Tensor:
        """The way back: [S, C] to [F]."""
        return table.reshape(-1).index_select(0, self.place)
