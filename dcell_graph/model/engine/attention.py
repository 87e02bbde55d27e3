"""Attention over the inputs of a term, on distinct rows; what it computes is defined in subsystem.py.

The shares of a head are exp(score) over their sum, and the score of an input depends on what this input says only. So
every input passes on two things, exp(score) · u and exp(score), both are added up over inputs just as without
attention, also as differences from the base row, and a term divides one sum by the other. Tables of messages and sums
are therefore twice as wide: the left half is divided by the right half. Scores are bounded, so no sum can overflow.

Shapes: S strips, C values of a strip, X cells, n children of a run, r rows of each, V values of their messages,
H heads, P gene inputs, F values of all states, v variants of gene inputs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from dcell_graph.model.engine.cells import Cells, Class
from dcell_graph.model.engine.genes import GeneInputs, Inputs, changed_weights, return_changed
from dcell_graph.model.engine.places import Level, Places, Run, Variants
from dcell_graph.model.subsystem import HIGHEST_SCORE


class Attention:
    """What attention needs to know about a plan.

    Args:
        cells: the strips of the plan.
        genes: its gene inputs.
        device: where the lists are kept.
    """

    def __init__(self, cells: Cells, genes: GeneInputs, device: torch.device) -> None:
        plan = cells.plan
        self.cells, self.genes, self.device = cells, genes, device
        self.heads = plan.hierarchy.config.attention or 1
        term = cells.strip_term
        number = (np.arange(len(term)) - cells.strip_start[term])[:, None] * cells.size + np.arange(cells.size)
        width = plan.width[term][:, None]
        head = np.where(number < width, number * self.heads // width, -1)
        # Which head sees each value: one of them 1, all 0 where a strip is filled up [S, C, H].
        self.sees = torch.from_numpy(head[:, :, None] == np.arange(self.heads)).to(device)
        inputs = np.diff(plan.below_start) + np.diff(plan.pair_start)
        self.inputs = torch.from_numpy(inputs[term]).to(device)
        values = np.stack([np.bincount(np.arange(one) * self.heads // one, minlength=self.heads) for one in plan.width])
        self.scale = torch.from_numpy(1 / np.sqrt(values)).to(device)  # [T, H]
        self.asked = {
            one.first: torch.from_numpy(self._asked(one)).to(device) for level in cells.classes for one in level
        }

    def _asked(self, one: Class) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Strips of the parents that each child of a class speaks to [children, strips of a message]."""
        plan, cells = self.cells.plan, self.cells
        links = np.arange(plan.link_start[one.first], plan.link_start[one.last])
        parent = plan.link_parent[links]
        first = np.repeat(cells.strip_start[parent], cells.strips[parent])
        ends = np.cumsum(cells.strips[parent])
        within = np.arange(len(first)) - np.repeat(ends - cells.strips[parent], cells.strips[parent])
        return (first + within).reshape(one.last - one.first, -1)


class _Graph(NamedTuple):
    """A small computation that autograd goes back through: result, what came in, and its queries."""

    result: torch.Tensor
    given: torch.Tensor
    query: torch.Tensor


class Weighing:
    """The attention of one batch.

    Args:
        attention: of the plan.
        query: of every value of a state, strip by strip [S, C].
        places: the batch.
        keep: whether there will be a way back.
    """

    def __init__(self, attention: Attention, query: torch.Tensor, places: Places, *, keep: bool) -> None:
        self.attention, self.query, self.places, self.keep = attention, query, places, keep
        self.size = query.shape[1]
        self.sees = attention.sees.to(query.dtype)
        self.scale = attention.scale.to(query.dtype)
        self.d_query = torch.zeros_like(query)
        self.said: list[_Graph] = []
        self.blocks: list[_Graph] = []
        self.changes: _Graph | None = None

    def weigh(self, run: Run, said: torch.Tensor, weighed: torch.Tensor) -> None:
        """From what the rows of a run say [n · r · strips, C] to what parents add up [n · r · strips, 2 · C]."""
        shape = run.children, run.rows, -1
        asked = self._asked(run)
        said, query = self._leaf(said.view(shape)), self._leaf(self.query[asked].flatten(1))
        sees, scale = self._sees(run.of)
        with torch.set_grad_enabled(self.keep):
            # The first row is the base row; the others have what they say more than that.
            whole = torch.cat([said[:, :1], said[:, 1:] + said[:, :1]], dim=1)
            shares = _exp_score((whole * query.unsqueeze(1)) @ sees * scale) @ sees.T
            halves = [half.reshape(run.children, run.rows, -1, self.size) for half in (shares * whole, shares)]
            both = torch.stack(halves, dim=3)
            result = torch.cat([both[:, :1], both[:, 1:] - both[:, :1]], dim=1).flatten(3)
        weighed.view(result.shape).copy_(result.detach())
        if self.keep:
            self.said.append(_Graph(result, said, query))

    def weigh_backward(self, run: Run, d_weighed: torch.Tensor) -> torch.Tensor:
        """Gradient of what the last run said that has not been gone back through."""
        graph = self.said.pop()
        d_said, d_query = torch.autograd.grad(graph.result, [graph.given, graph.query], d_weighed.view_as(graph.result))
        asked = self._asked(run).reshape(-1)
        self.d_query.index_add_(0, asked, d_query.reshape(-1, self.size))
        return d_said.reshape(-1, self.size)

    def genes(self, found: torch.Tensor) -> torch.Tensor:
        """The sums of every cell before any child has spoken [X, 2 · C], from the weights of gene inputs."""
        cells, variants = self.attention.cells, self.places.variants
        assert variants is not None
        left, right = (found.new_zeros(cells.plan.n_values) for _ in range(2))
        flat_query = self.query.view(-1)[torch.from_numpy(cells.place).to(found.device)]
        for block in self.attention.genes.blocks:
            table = self._leaf(found[block.weight].view(-1, block.width))
            query = self._leaf(flat_query[block.values].view(-1, block.width))
            with torch.set_grad_enabled(self.keep):
                result = self._block(block, table, query, variants.base)
            left[block.values], right[block.values] = (half.detach().view(-1) for half in result)
            if self.keep:
                self.blocks.append(_Graph(result, table, query))
        sums = found.new_zeros(self.places.cells, 2 * self.size)
        table = torch.cat([self._padded(left), self._padded(right)], dim=1)
        sums.index_copy_(0, self.places.base, table)
        if len(variants.cell):
            table = self._leaf(changed_weights(found, variants, self.size))
            query = self._leaf(self.query[variants.strip])
            with torch.set_grad_enabled(self.keep):
                result = self._variants(variants, table, query)
            sums.index_add_(0, variants.cell, result.detach()[variants.reads])
            self.changes = _Graph(result, table, query) if self.keep else None
        return sums

    def genes_backward(self, d_sums: torch.Tensor, d_found: torch.Tensor) -> None:
        """Write the gradient of the weights of gene inputs, and add to that of the queries."""
        cells, variants = self.attention.cells, self.places.variants
        assert variants is not None
        place = torch.from_numpy(cells.place).to(d_sums.device)
        halves = d_sums.index_select(0, self.places.base).view(-1, 2, self.size)
        d_left, d_right = (halves[:, half].reshape(-1)[place] for half in range(2))
        d_query = d_left.new_zeros(len(place))
        for block, graph in zip(self.attention.genes.blocks, self.blocks, strict=True):
            d_result = torch.stack([half[block.values].view(-1, block.width) for half in (d_left, d_right)])
            d_table, d_block = torch.autograd.grad(graph.result, [graph.given, graph.query], d_result)
            d_found[block.weight] = d_table.reshape(-1)
            d_query[block.values] = d_block.reshape(-1)
        self.d_query += self._padded(d_query)
        if self.changes is not None:
            d_result = torch.zeros_like(self.changes.result)
            d_result.index_add_(0, variants.reads, d_sums[variants.cell])
            given = [self.changes.given, self.changes.query]
            d_table, d_strips = torch.autograd.grad(self.changes.result, given, d_result)
            return_changed(d_table, d_found, variants)
            self.d_query.index_add_(0, variants.strip, d_strips)

    def combine(self, sums: torch.Tensor, level: Level, bias: torch.Tensor) -> torch.Tensor:
        """Divide the sums of a level [x, 2 · C] and add the bias [s, C]: base values and differences [x, C]."""
        left, right = sums[:, : self.size], sums[:, self.size :]
        base_left, base_right = (half.index_select(0, level.base) for half in (left, right))
        # Where strips are filled up both sums are 0.
        base_right = base_right + (base_right == 0)
        inputs = self.attention.inputs[level.strips].to(sums.dtype).unsqueeze(1)
        spread_left, spread_right = (half.index_select(0, level.strip) for half in (base_left, base_right))
        change = (left * spread_right - spread_left * right) / ((right + spread_right) * spread_right)
        change = change * inputs.index_select(0, level.strip)
        return change.index_copy(0, level.base, base_left / base_right * inputs + bias)

    def _block(self, block: Inputs, table: torch.Tensor, query: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        """Sums over the gene inputs of each term of a block, of base rows [2, terms, W]."""
        number = torch.arange(block.width, device=table.device) * self.attention.heads // block.width
        sees = torch.nn.functional.one_hot(number, self.attention.heads).to(table.dtype)
        term = block.term.long()
        said = table * value[block.first : block.last].to(table.dtype).unsqueeze(1)
        shares = _exp_score((said * query[term]) @ sees / sees.sum(dim=0).sqrt()) @ sees.T
        return torch.stack([query.new_zeros(query.shape).index_add(0, term, half) for half in (shares * said, shares)])

    def _variants(self, variants: Variants, table: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
        """What each variant adds more than the input with its value in the base row, strip by strip [strips, 2 · C]."""
        sees, owner = self.sees[variants.strip], variants.owner
        halves = []
        for value in (variants.value, variants.base_value):
            said = table * value.to(table.dtype)[owner].unsqueeze(1)
            fit = torch.einsum("vc,vch->vh", said * query, sees)
            fit = fit.new_zeros(len(variants.value), self.attention.heads).index_add(0, owner, fit)
            shares = _exp_score(fit * self.scale[variants.term])[owner]
            shares = torch.einsum("vh,vch->vc", shares, sees)
            halves.append(torch.cat([shares * said, shares], dim=1))
        return halves[0] - halves[1]

    def _asked(self, run: Run) -> torch.Tensor:
        asked = self.attention.asked[run.of.first]
        return asked if run.chosen is None else asked[run.chosen]

    def _sees(self, one: Class) -> tuple[torch.Tensor, torch.Tensor]:
        """Which (parent, head) sees each value of a message [V, parents · H], and the scales of their scores."""
        asked = self.attention.asked[one.first][0]
        term = torch.from_numpy(self.attention.cells.strip_term).to(asked.device)[asked]
        parents, parent = torch.unique_consecutive(term, return_inverse=True)
        which = torch.nn.functional.one_hot(parent, len(parents)).to(self.query.dtype)
        sees = torch.einsum("sch,sp->scph", self.sees[asked], which)
        return sees.flatten(2).flatten(0, 1), self.scale[parents].reshape(-1)

    def _leaf(self, values: torch.Tensor) -> torch.Tensor:
        return values.detach().requires_grad_(self.keep)

    def _padded(self, values: torch.Tensor) -> torch.Tensor:
        value = torch.from_numpy(self.attention.cells.value).to(values.device)
        return torch.cat([values, values.new_zeros(1)])[value]


def _exp_score(fit: torch.Tensor) -> torch.Tensor:
    return torch.exp(HIGHEST_SCORE * torch.tanh(fit / HIGHEST_SCORE))
