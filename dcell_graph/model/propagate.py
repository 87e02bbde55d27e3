"""One batch of strains on its way through the hierarchy, and the gradients on their way back.

Shapes: B strains, T terms, R rows of all states, N rows read by the terms, U weights that deletions of a batch touch.
Terms are in the order of the schedule here ("position"), see schedule.py.

The backward pass is written out because autograd would allocate a gradient of the size of all states for every level
that reads them, and would keep every intermediate result. Here three tables, reused from batch to batch, are all:
the sums (later their gradients), the states, and what each term reads (later its gradient). Activations and norms are
computed again on the way back, in pieces that fit into the cache. Measured on the hierarchy of bench/model.py on one
core, gradients of a batch of 32, 256, 1,024 strains: 71, 273, 1,026 ms. The same products with autograd, and with the
states of all levels concatenated level by level: 413, 2,494, 11,035 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.rows import FINISHING, Mode, Tile, finish, needs_blocks
from dcell_graph.model.schedule import Group, Level, Schedule

# Values in a piece: 1 MB of 32-bit numbers, so that a piece and what is made of it stay in a core's cache.
TILE_VALUES = 1 << 18

Values = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The index lists of the schedule as tensors on the model's device, by their names there."""

    schedule: Schedule
    index: Mapping[str, torch.Tensor]

    def __getitem__(self, name: str) -> torch.Tensor:
        return self.index[name]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strains:
    """A batch of strains as the places that their deletions touch.

    Args:
        count: number of strains, B.
        weight: numbers of the weights on genes that are switched [U].
        cell: for each, the place in the table of sums, row · B + strain [U].
        varying: whether the strains of the batch differ in the genes of a term, by position [T].
    """

    count: int
    weight: torch.Tensor
    cell: torch.Tensor
    varying: torch.Tensor


def read_strains(places: Places, deleted: torch.Tensor) -> Strains:
    """Look up what the deletions of a batch touch.

    Args:
        places: index lists.
        deleted: distinct gene indices, -1 for padding [B, K].
    """
    count = deleted.shape[0]
    strain, slot = torch.nonzero(deleted >= 0, as_tuple=True)
    gene = deleted[strain, slot]
    of_deletion, pair = _members(places["pair_start"], gene)
    owner, unit = _spread(places["pair_width"][pair])
    first_cell = places["pair_row"][pair] * count + strain[of_deletion]
    cell = unit * count + first_cell.index_select(0, owner)
    unit *= places["pair_stride"][pair].index_select(0, owner)
    weight = unit.add_(places["pair_weight"][pair].index_select(0, owner))
    # A term sees a difference between strains if it contains a gene that some of them lack and some have.
    times = torch.bincount(gene, minlength=len(places["pair_start"]) - 1)
    _, above = _members(places["above_start"], torch.nonzero((times > 0) & (times < count)).squeeze(1))
    varying = torch.zeros(len(places["position"]), dtype=torch.bool, device=deleted.device)
    varying[places["above"][above]] = True
    return Strains(count=count, weight=weight, cell=cell, varying=varying)


class Tables:
    """The three tables of a pass. Making large tables anew costs more than filling them, so they are kept."""

    def __init__(self, schedule: Schedule, strains: int, like: torch.Tensor) -> None:
        self.rows, self.reads = int(schedule.row_start[-1]), len(schedule.read_rows)
        self.space = like.new_empty((2 * self.rows + self.reads) * strains)

    def fits(self, strains: int, like: torch.Tensor) -> bool:
        """Whether a batch of this size, and of numbers like these, can use the tables."""
        same = self.space.dtype == like.dtype and self.space.device == like.device
        # What was made in inference mode cannot take part in training.
        same = same and (torch.is_inference_mode_enabled() or not self.space.is_inference())
        return same and len(self.space) >= (2 * self.rows + self.reads) * strains

    def cut(self, strains: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Sums [R, B], states [R, B] and what is read [N, B]; their content is arbitrary."""
        lengths = [self.rows * strains, self.rows * strains, self.reads * strains]
        parts = torch.split(self.space[: sum(lengths)], lengths)
        sums, states, read = (part.view(-1, strains) for part in parts)
        return sums, states, read


class Pass:
    """The computation for one batch. Forward once, then backward at most once."""

    def __init__(
        self,
        config: ModelConfig,
        places: Places,
        strains: Strains,
        mode: Mode,
        values: Values,
        spare: list[Tables],
    ) -> None:
        self.config, self.places, self.strains, self.mode, self.values = config, places, strains, mode, values
        self.spare, self.spent = spare, False
        like = values["linear_bias"]
        tables = spare.pop() if spare else None
        if tables is None or not tables.fits(strains.count, like):
            tables = Tables(places.schedule, strains.count, like)
        self.tables = tables
        self.sums, self.states, self.read = tables.cut(strains.count)
        self.sign = 1 if config.gene_coding == "deleted" else -1
        on_cpu = self.sums.device.type == "cpu"
        self.most_rows = max(1, TILE_VALUES // strains.count) if on_cpu else int(places.schedule.row_start[-1])

    def forward(self) -> torch.Tensor:
        """Heads by position [T, B]."""
        self._add_genes()
        for level in self.places.schedule.levels:
            self._add_states(level)
            for tile in tiles(level, self.most_rows, needs_blocks(self.config)):
                rows = slice(tile.start, tile.stop)
                self.states[rows] = finish(self.config, self.sums[rows], tile, self._cut(tile), self.mode)
        heads = _weighted_sums(self.states, self.values["head_weight"], self.places["row_start"])
        return heads.add_(self.values["head_bias"].unsqueeze(1))

    def backward(self, d_heads: torch.Tensor) -> Values:
        """Gradients of all parameters from those of the heads [T, B]. Uses the tables up."""
        grads = {name: torch.empty_like(value) for name, value in self.values.items()}
        for level in reversed(self.places.schedule.levels):
            for tile in tiles(level, self.most_rows, needs_blocks(self.config)):
                self._finish_backward(tile, d_heads, grads)
            self._states_backward(level, grads)
        self._genes_backward(grads)
        grads["head_bias"] = d_heads.sum(dim=1)
        return grads

    def release(self) -> None:
        """Give the tables back to the passes to come; this one is over."""
        self.spent = True
        self.spare[:] = [self.tables]

    def _cut(self, tile: Tile) -> Values:
        return {name: tile.cut(name, self.values[name]) for name in FINISHING if name in self.values}

    def _add_genes(self) -> None:
        """Begin the sums with biases and genes: those of a strain that lacks nothing, then the differences."""
        values, sums = self.values, self.sums
        start = values["linear_bias"]
        if self.config.gene_coding == "present":
            all_present = torch.segment_reduce(
                values["gene_weight"], "sum", lengths=self.places["gene_inputs"], unsafe=True
            )
            start = start + all_present * self.places["reads_genes"]
        sums.copy_(start.unsqueeze(1).expand_as(sums))
        changes = values["gene_weight"].index_select(0, self.strains.weight)
        sums.view(-1).index_add_(0, self.strains.cell, changes, alpha=self.sign)

    def _genes_backward(self, grads: Values) -> None:
        d_sums = self.sums  # the backward pass has replaced the sums by their gradients
        d_start = d_sums.sum(dim=1)
        grads["linear_bias"] = d_start
        d_weight = grads["gene_weight"]
        if self.config.gene_coding == "present":
            per_row = d_start * self.places["reads_genes"]
            torch.index_select(per_row, 0, self.places["gene_weight_row"], out=d_weight)
        else:
            d_weight.zero_()
        changes = d_sums.view(-1).index_select(0, self.strains.cell)
        d_weight.index_add_(0, self.strains.weight, changes, alpha=self.sign)

    def _add_states(self, level: Level) -> None:
        if level.read_start == level.read_stop:
            return
        read = slice(level.read_start, level.read_stop)
        torch.index_select(self.states, 0, self.places["read_rows"][read], out=self.read[read])
        for group in level.groups:
            sums, states, weight = self._group(group, self.values["state_weight"])
            sums.baddbmm_(weight, states)

    def _states_backward(self, level: Level, grads: Values) -> None:
        for group in level.groups:
            d_sums, states, weight = self._group(group, self.values["state_weight"])
            d_weight = self._group(group, grads["state_weight"])[2]
            torch.bmm(d_sums, states.transpose(1, 2), out=d_weight)
            torch.bmm(weight.transpose(1, 2), d_sums, out=states)  # from here on the gradient of what was read

    def _group(self, group: Group, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        strains = self.strains.count
        sums = self.sums[group.row : group.row + group.terms * group.width].view(group.terms, group.width, strains)
        read = self.read[group.read : group.read + group.terms * group.inputs].view(group.terms, group.inputs, strains)
        size = group.terms * group.width * group.inputs
        return sums, read, weights[group.weight : group.weight + size].view(group.terms, group.width, group.inputs)

    def _finish_backward(self, tile: Tile, d_heads: torch.Tensor, grads: Values) -> None:
        rows = slice(tile.start, tile.stop)
        with torch.enable_grad():
            sums = self.sums[rows].detach().requires_grad_()
            values = {name: value.detach().requires_grad_() for name, value in self._cut(tile).items()}
            # The forward pass has already moved the running statistics.
            states = finish(self.config, sums, tile, values, replace(self.mode, track=False))
        d_head = d_heads.index_select(0, self.places["row_position"][rows])
        torch.sum(d_head * states.detach(), dim=1, out=grads["head_weight"][rows])
        d_states = d_head.mul_(self.values["head_weight"][rows].unsqueeze(1))
        first, last = (int(self.places.schedule.reader_start[row]) for row in (tile.start, tile.stop))
        if first < last:
            starts = self.places["reader_start"][tile.start : tile.stop + 1] - first
            d_states += functional.embedding_bag(
                self.places["readers"][first:last], self.read, starts, mode="sum", include_last_offset=True
            )
        found = torch.autograd.grad(states, [sums, *values.values()], d_states)
        self.sums[rows] = found[0]
        for (name, _), grad in zip(values.items(), found[1:], strict=True):
            tile.cut(name, grads[name]).copy_(grad)


class Propagate(torch.autograd.Function):
    """``Pass`` as one differentiable operation from the parameters to the heads."""

    @staticmethod
    def forward(ctx: Any, work: Pass, *values: torch.Tensor) -> torch.Tensor:
        """Heads by position [T, B] from the values of ``work`` (handed over again so that autograd sees them)."""
        ctx.work = work
        ctx.save_for_backward(*values)
        return work.forward()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_heads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradients of the parameters, in the order they came in."""
        work = ctx.work
        if work.spent:
            raise RuntimeError("a model's output can be differentiated once; call the model again")
        work.values = dict(zip(work.values, ctx.saved_tensors, strict=True))
        grads = work.backward(d_heads)
        work.release()
        return None, *(grads[name] for name in work.values)


def tiles(level: Level, most_rows: int, blocks: bool) -> list[Tile]:
    """Cut a level into pieces of about ``most_rows`` rows at most, at terms' edges if they must be of one width."""
    if not blocks:
        cuts = [*range(level.start, level.stop, most_rows), level.stop]
        return [Tile(a, b, 0, 0) for a, b in pairwise(cuts)]
    found = []
    for block in level.blocks:
        most_terms = max(1, most_rows // block.width)
        for first in range(0, block.terms, most_terms):
            last = min(block.terms, first + most_terms)
            square = block.square + first * block.width**2
            found.append(Tile(block.row + first * block.width, block.row + last * block.width, block.width, square))
    return found


def _weighted_sums(rows: torch.Tensor, weight: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
    """Sum of weight · row over each run of rows [runs, B]."""
    every_row = torch.arange(len(rows), device=rows.device)
    return functional.embedding_bag(
        every_row, rows, starts, mode="sum", per_sample_weights=weight, include_last_offset=True
    )


def _spread(counts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For runs of these lengths, one entry a member: the run that it belongs to, and its place in the run."""
    owner = torch.repeat_interleave(counts)
    place = torch.arange(len(owner), device=counts.device).sub_((counts.cumsum(0) - counts).index_select(0, owner))
    return owner, place


def _members(starts: torch.Tensor, keys: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Members of the runs ``keys`` of a list with these starts: the key that each comes from, and its place there."""
    owner, place = _spread(starts[keys + 1] - starts[keys])
    return owner, starts[keys][owner] + place
