"""One batch on its way through the hierarchy in PyTorch, and its gradients on their way back.

The way through the hierarchy is a loop over levels. In a level, one gather brings the rows that products take side by
side; each class of terms is one batched product with weights that lie as it needs them; one sum over lists brings the
products to the parents; and what follows is a handful of operations on all cells of the level. The way back is written
out for everything between levels, because autograd would allocate a gradient of the size of a table for every step; in
a level autograd does it, see differences.py.

Shapes: T terms by position, S strips, C values of a strip, X cells, M cells of messages, R rows, F values of states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from dcell_graph.model.engine.attention import Weighing
from dcell_graph.model.engine.differences import Mode, SecondLayer, finish, move_running
from dcell_graph.model.engine.genes import add_changes, changes_backward
from dcell_graph.model.engine.places import Level, Places, Sums
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.engine.products import multiply, multiply_backward

if TYPE_CHECKING:
    from dcell_graph.model.engine.portable import TorchEngine

# Regions with a number for every value of a state, which ``finish`` needs.
FINISHING = ("norm_weight", "norm_bias", "linear2_bias", "norm2_weight", "norm2_bias")
SECOND = "linear2"


class Pass:
    """One batch: forward once, then backward at most once."""

    def __init__(
        self,
        engine: TorchEngine,
        weights: torch.Tensor,
        running: Mapping[str, torch.Tensor],
        places: Places,
        *,
        training: bool,
        keep: bool,
        kept: torch.Tensor | None,
    ) -> None:
        self.engine, self.weights, self.places, self.keep = engine, weights.detach(), places, keep
        self.size = engine.cells.size
        regions = engine.plan.regions
        self.values = {name: self._strips(name) for name in FINISHING if name in regions}
        if kept is not None:
            self.values["kept"] = engine.padded(kept.to(weights.dtype))
        self.head_weight = self._strips("head_weight")
        self.training = training
        self.running = {} if training else {name: engine.padded(values) for name, values in running.items()}
        self.found: list[dict[str, torch.Tensor]] = []
        self.graphs: list[tuple[torch.Tensor, dict[str, torch.Tensor], list[torch.Tensor], torch.Tensor]] = []
        self.states = weights.new_empty(places.cells + 1, self.size)
        self.heads = weights.new_empty(0)
        self.weighing: Weighing | None = None
        if engine.attention is not None:
            self.weighing = Weighing(engine.attention, self._strips("attention_query"), places, keep=keep)

    @torch.no_grad()
    def forward(self) -> None:
        """Compute ``states`` (values in base rows, differences in the others) [X + 1, C] and ``heads`` [R]."""
        engine, places = self.engine, self.places
        self.gene_weights = engine.genes.weights(self.weights)
        sums = self._first_sums()
        self.states[-1] = 0
        messages = self.weights.new_empty(places.messages, sums.shape[1])
        for number, level in enumerate(places.levels):
            part = sums[level.cells]
            if level.heard is not None:
                part = part + _add_up(messages, level.heard)
            self.states[level.cells] = self._finish(number, level, part)
            self._speak(level, messages[level.messages])
        self.heads = self._heads()

    @torch.no_grad()
    def backward(self, d_heads: torch.Tensor, grads: torch.Tensor) -> torch.Tensor:
        """Write the gradient of all weights into ``grads``, given that of the heads [R]."""
        engine, places = self.engine, self.places
        clear_gaps(engine.plan, grads)
        d_states = self._heads_backward(d_heads, grads)
        columns = self.size if engine.attention is None else 2 * self.size
        d_sums = d_states.new_empty(places.cells, columns)
        tables = {name: torch.empty_like(self.values[name]) for name in self.values if name != "kept"}
        for number in reversed(range(len(places.levels))):
            level = places.levels[number]
            d_level = d_states[level.cells]
            if level.runs:
                d_level += self._speak_backward(level, _add_up(d_sums, level.said), grads)
            d_sums[level.cells] = self._finish_backward(number, level, d_level, tables, grads)
        for name, table in tables.items():
            grads[engine.plan.regions[name].span] = engine.flat(table)
        self._first_sums_backward(d_sums, grads)
        self.graphs.clear()
        return grads

    def move_running(self, running: Mapping[str, torch.Tensor]) -> None:
        """Move running statistics [F] towards what the batch has."""
        for name, values in running.items():
            move_running(values, self.engine.flat(torch.cat([found[name] for found in self.found])))

    def term_states(self, position: int) -> torch.Tensor:
        """States of all rows of a term [rows, W]."""
        cells, places = self.engine.cells, self.places
        strips = slice(int(cells.strip_start[position]), int(cells.strip_start[position + 1]))
        first = int(places.base[strips.start])
        last = int(places.start[strips.stop])
        rows = self.states[first:last].view(strips.stop - strips.start, -1, self.size)
        base = rows[:, :1]
        whole = torch.cat([base, rows[:, 1:] + base], dim=1)
        return whole.transpose(0, 1).flatten(1)[:, : int(cells.plan.width[position])]

    def release(self) -> None:
        """Forget everything but the heads."""
        self.graphs.clear()

    def _strips(self, region: str) -> torch.Tensor:
        return self.engine.padded(self.weights[self.engine.plan.regions[region].span])

    def _first_sums(self) -> torch.Tensor:
        """Sums before any child has spoken [X, C]."""
        engine, places = self.engine, self.places
        if self.weighing is not None:
            return self.weighing.genes(self.gene_weights)
        plan = engine.plan
        start = self.weights[plan.regions["linear_bias"].span] + engine.genes.wild_sums(
            self.gene_weights, plan.n_values
        )
        sums = self.weights.new_zeros(places.cells, self.size)
        sums.index_copy_(0, places.base, engine.padded(start))
        add_changes(sums, self.gene_weights, places.changes)
        return sums

    def _first_sums_backward(self, d_sums: torch.Tensor, grads: torch.Tensor) -> None:
        engine, genes = self.engine, self.engine.genes
        d_weights = genes.gradient(grads)
        if self.weighing is not None:
            self.weighing.genes_backward(d_sums, d_weights)
            grads[engine.plan.regions["attention_query"].span] = engine.flat(self.weighing.d_query)
        else:
            d_start = engine.flat(d_sums.index_select(0, self.places.base))
            grads[engine.plan.regions["linear_bias"].span] = d_start
            genes.wild_sums_backward(d_start, d_weights)
            changes_backward(d_sums, d_weights, self.places.changes)
        genes.weights_backward(self.weights, d_weights, grads)

    def _finish(self, number: int, level: Level, sums: torch.Tensor) -> torch.Tensor:
        values = {name: table[level.strips] for name, table in self.values.items()}
        found: dict[str, torch.Tensor] = {}
        running = {name: table[level.strips] for name, table in self.running.items()}
        mode = Mode(
            training=self.training,
            strains=self.places.strains,
            running=running,
            found=found,
            exchange=self.engine.exchange,
        )
        second = self._second(number)
        weights = second.weights if second is not None else []
        if self.keep:
            sums = sums.detach().requires_grad_()
            values = {name: value.detach().requires_grad_(name != "kept") for name, value in values.items()}
            weights[:] = [weight.detach().requires_grad_() for weight in weights]
        with torch.set_grad_enabled(self.keep):
            total = sums
            if self.weighing is not None:
                bias = self._strips("linear_bias")[level.strips].requires_grad_(self.keep)
                values["linear_bias"] = bias
                total = self.weighing.combine(sums, level, bias)
            states = finish(self.engine.config, total, level, values, mode, second)
        if self.keep:
            self.graphs.append((sums, values, weights, states))
        self.found.append(found)
        return states.detach()

    def _finish_backward(
        self, number: int, level: Level, d_states: torch.Tensor, tables: dict[str, torch.Tensor], grads: torch.Tensor
    ) -> torch.Tensor:
        sums, values, weights, states = self.graphs[number]
        names = [name for name, value in values.items() if value.requires_grad]
        wanted = [sums, *(values[name] for name in names), *weights]
        found = torch.autograd.grad(states, wanted, d_states)
        for name, grad in zip(names, found[1:], strict=False):
            if name == "linear_bias":
                tables.setdefault(name, torch.empty_like(self.head_weight))
            tables[name][level.strips] = grad
        if weights:
            for part, grad in zip(self._second_tables(number, grads), found[1 + len(names) :], strict=True):
                part.copy_(grad)
        return found[0]

    def _second(self, number: int) -> SecondLayer | None:
        if self.engine.config.layers == 1:
            return None
        tables = self._second_tables(number, self.weights)
        return SecondLayer(self.places.levels[number].blocks, tables)

    def _second_tables(self, number: int, numbers: torch.Tensor) -> list[torch.Tensor]:
        """Second layers of a level, block by block [n, W, W]."""
        cells, starts = self.engine.cells, self.engine.plan.regions[SECOND].starts
        begin, end = int(cells.level_start[number]), int(cells.level_start[number + 1])
        return [
            numbers[int(starts[block.first]) : int(starts[block.last])].view(-1, block.width, block.width)
            for block in cells.blocks
            if begin <= block.first < end
        ]

    def _heads(self) -> torch.Tensor:
        places = self.places
        of_cell = (self.states[:-1] * self.head_weight.index_select(0, places.strip)).sum(dim=1)
        rows = of_cell.new_zeros(places.rows).index_add_(0, places.row, of_cell)
        rows.index_add_(0, places.term_row, self.weights[self.engine.plan.regions["head_bias"].span])
        base = rows.index_select(0, places.base_row)
        return torch.where(places.is_base, rows, rows + base)

    def _heads_backward(self, d_heads: torch.Tensor, grads: torch.Tensor) -> torch.Tensor:
        """Gradient of the states [X, C] as far as heads read them."""
        places, regions = self.places, self.engine.plan.regions
        together = torch.zeros_like(d_heads).index_add_(0, places.base_row, d_heads)
        grads[regions["head_bias"].span] = together.index_select(0, places.term_row)
        of_cell = torch.where(places.is_base, together, d_heads).index_select(0, places.row)
        d_weight = functional.embedding_bag(
            places.every,
            self.states[:-1],
            places.start,
            mode="sum",
            per_sample_weights=of_cell,
            include_last_offset=True,
        )
        grads[regions["head_weight"].span] = self.engine.flat(d_weight)
        return self.head_weight.index_select(0, places.strip) * of_cell.unsqueeze(1)

    def _speak(self, level: Level, messages: torch.Tensor) -> None:
        """Write what the rows of a level say to their parents."""
        if not level.runs:
            return
        taken = self.states.index_select(0, level.takes)
        for run in level.runs:
            said = messages[run.message : run.message + run.children * run.rows * run.of.message]
            if self.weighing is not None:
                table = said.new_empty(len(said), self.size)
                multiply(run, taken, self.weights, table)
                self.weighing.weigh(run, table, said)
            else:
                multiply(run, taken, self.weights, said)

    def _speak_backward(self, level: Level, d_messages: torch.Tensor, grads: torch.Tensor) -> torch.Tensor:
        """Gradient of the states of a level as far as parents hear them; writes that of the tables."""
        taken = self.states.index_select(0, level.takes)
        d_taken = torch.empty_like(taken)
        for run in reversed(level.runs):
            d_said = d_messages[run.message : run.message + run.children * run.rows * run.of.message]
            if self.weighing is not None:
                d_said = self.weighing.weigh_backward(run, d_said)
            multiply_backward(run, taken, self.weights, d_said, d_taken, grads)
        return d_taken.index_select(0, level.taken)


def clear_gaps(plan: Plan, numbers: torch.Tensor) -> None:
    """Set the numbers between the regions of a plan to 0."""
    end = 0
    for region in plan.regions.values():
        numbers[end : region.span.start] = 0
        end = region.span.stop
    numbers[end:] = 0


def _add_up(table: torch.Tensor, sums: Sums) -> torch.Tensor:
    return functional.embedding_bag(sums.index, table, sums.start, mode="sum", include_last_offset=True)
