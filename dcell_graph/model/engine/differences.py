"""What a term does with the sums of its first layer, on rows written as a base row and differences from it.

A table of cells holds, in the cells of base rows, values; in all other cells what a row has more than the base row of
its term. Linear layers map such a table to such a table, and so do the operations here. Where batch norm trains, terms
without differences have exactly the shift as their state and exactly 0 as the gradient of their sums, and small
differences keep their digits; docs/round-off.md says why that matters.

Shapes: x cells of a level, s strips, C values of a strip, n terms of one width W.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional

from dcell_graph.model.batch import Exchange
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.engine.activations import ACTIVATIONS, Activation
from dcell_graph.model.engine.places import Level
from dcell_graph.model.subsystem import MOMENTUM

Values = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mode:
    """How norms behave.

    Args:
        training: batch norm takes mean and variance from the batch, not from the running statistics.
        strains: of the batch.
        running: the running statistics of the level, strip by strip, by name [s, C].
        found: where batch norm leaves what it found in the batch, by the names of the running statistics.
        exchange: other processes that hold the rest of the batch.
    """

    training: bool
    strains: int
    running: Values
    found: dict[str, torch.Tensor]
    exchange: Exchange | None = None


def finish(
    config: ModelConfig, sums: torch.Tensor, level: Level, values: Values, mode: Mode, second: SecondLayer | None
) -> torch.Tensor:
    """States of the terms of a level.

    Args:
        config: model options.
        sums: what the first linear layers say [x, C].
        level: where the cells are.
        values: norm_weight and norm_bias, norm2_weight, norm2_bias, kept (what dropout multiplies by), as far as the
            options have them, strip by strip [s, C].
        mode: see ``Mode``.
        second: the second linear layer.
    """
    states = _finish_layer(config, sums, level, values, mode, "")
    if second is not None:
        states = _finish_layer(config, second(states, level, values), level, values, mode, "2")
    if "kept" in values:
        states = states * values["kept"].index_select(0, level.strip)
    return states


class SecondLayer:
    """The second linear layers of a level.

    Args:
        blocks: terms of one width: the cells of their rows [n, rows, strips], n · rows · strips numbers of which those
            that are x stand for nothing, and the width.
        weights: of each block [n, W, W].
    """

    def __init__(self, blocks: list[tuple[torch.Tensor, int]], weights: list[torch.Tensor]) -> None:
        self.blocks, self.weights = blocks, weights

    def __call__(self, states: torch.Tensor, level: Level, values: Values) -> torch.Tensor:
        """Sums of the second layers [x, C] from the states of the first."""
        size = states.shape[1]
        padded = functional.pad(states, (0, 0, 0, 1))
        parts, places = [], []
        for (cells, width), weight in zip(self.blocks, self.weights, strict=True):
            rows = padded.index_select(0, cells.reshape(-1)).view(*cells.shape[:2], -1)[..., :width]
            out = functional.pad(torch.bmm(rows, weight.transpose(1, 2)), (0, cells.shape[2] * size - width))
            parts.append(out.reshape(-1, size))
            places.append(cells.reshape(-1))
        out = padded.new_zeros(padded.shape).index_add(0, torch.cat(places), torch.cat(parts))[:-1]
        return out.index_add(0, level.base, values["linear2_bias"])


def _finish_layer(
    config: ModelConfig, table: torch.Tensor, level: Level, values: Values, mode: Mode, layer: str
) -> torch.Tensor:
    activation = ACTIVATIONS[config.activation]
    if not config.norm_before_activation:
        table = _activate(table, level, activation)
    table = _normalise(config, table, level, values, mode, layer)
    return _activate(table, level, activation) if config.norm_before_activation else table


def _activate(table: torch.Tensor, level: Level, activation: Activation) -> torch.Tensor:
    if activation is ACTIVATIONS["linear"]:
        return table
    activated: torch.Tensor = _Activate.apply(table, level, activation)
    return activated


class _Activate(torch.autograd.Function):
    """An activation of values and differences."""

    @staticmethod
    def forward(ctx: Any, table: torch.Tensor, level: Level, activation: Activation) -> torch.Tensor:
        """The activated table [x, C]."""
        base = table.index_select(0, level.base)
        value = activation.value(base)
        out = activation.difference(base.index_select(0, level.strip), value.index_select(0, level.strip), table)
        out.index_copy_(0, level.base, value)
        ctx.save_for_backward(table, out)
        ctx.level, ctx.activation = level, activation
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """The base row moves all rows: its gradient adds up what the slopes of the others differ from its own."""
        table, out = ctx.saved_tensors
        level, activation = ctx.level, ctx.activation
        base, value = table.index_select(0, level.base), out.index_select(0, level.base)
        slope = activation.slope(base, value)
        base, value = base.index_select(0, level.strip), value.index_select(0, level.strip)
        bent = activation.slope_difference(base, value, table, out).index_fill_(0, level.base, 0)
        of_base = strip_sums(grad * bent, level).addcmul_(grad.index_select(0, level.base), slope)
        d_table = bent.add_(slope.index_select(0, level.strip)).mul_(grad)
        d_table.index_copy_(0, level.base, of_base)
        return d_table, None, None


def _normalise(
    config: ModelConfig, table: torch.Tensor, level: Level, values: Values, mode: Mode, layer: str
) -> torch.Tensor:
    match config.norm:
        case "none":
            return table
        case "batch":
            weight, bias = values[f"norm{layer}_weight"], values[f"norm{layer}_bias"]
            mean, variance = f"running_mean{layer}", f"running_var{layer}"
            if mode.training:
                table, mode.found[mean], mode.found[variance] = _BatchNorm.apply(
                    table, weight, bias, level, mode.strains, config.norm_eps, mode.exchange
                )
                return table
            scale = weight * torch.rsqrt(mode.running[variance] + config.norm_eps)
            shift = bias - mode.running[mean] * scale
            return (table * scale.index_select(0, level.strip)).index_add(0, level.base, shift)
        case "layer" | "instance":
            rows = table.index_fill(0, level.base, 0) + table.index_select(0, level.base).index_select(0, level.strip)
            normal = _over_state(rows, level, config.norm_eps)
            if config.norm == "layer":
                normal = normal * values[f"norm{layer}_weight"].index_select(0, level.strip)
            base = normal.index_select(0, level.base)
            if config.norm == "layer":
                return (normal - base.index_select(0, level.strip)).index_copy(
                    0, level.base, base + values[f"norm{layer}_bias"]
                )
            return (normal - base.index_select(0, level.strip)).index_copy(0, level.base, base)


def _over_state(rows: torch.Tensor, level: Level, eps: float) -> torch.Tensor:
    """Each row to mean 0 and variance 1 over its values; the filling of the last strip stays 0."""
    width = level.width.to(rows.dtype).unsqueeze(1)
    number = torch.arange(rows.shape[1], device=rows.device)
    mean = _row_sums(rows, level) / width
    centred = torch.where(number < level.left.unsqueeze(1), rows - mean, 0)
    variance = _row_sums(centred.square(), level) / width
    return centred * torch.rsqrt(variance + eps)


def _row_sums(cells: torch.Tensor, level: Level) -> torch.Tensor:
    """The sum of all values of the row that each cell is a part of [x, 1]."""
    rows = cells.new_zeros(level.rows.stop - level.rows.start).index_add(0, level.row, cells.sum(dim=1))
    return rows.index_select(0, level.row).unsqueeze(1)


class _BatchNorm(torch.autograd.Function):
    """Batch norm of values and differences, with the statistics of the batch; rows count as many times as strains."""

    @staticmethod
    def forward(
        ctx: Any,
        table: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        level: Level,
        strains: int,
        eps: float,
        exchange: Exchange | None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The normalised table [x, C], and mean and unbiased variance of every value [s, C]."""
        base = table.index_select(0, level.base)
        mine, whole = (strains, strains) if exchange is None else exchange.counted(strains)
        share = level.count.to(table.dtype) * (mine / strains / whole)
        offset, same = _offset(base, exchange)
        centred = table.index_copy(0, level.base, offset.to(table.dtype))
        if exchange is not None:
            centred = centred + offset.index_select(0, level.strip).index_fill(0, level.base, 0)
        mean = _together(strip_sums(centred, level, share), exchange)  # of the differences
        centred -= mean.index_select(0, level.strip)
        variance = _together(strip_sums(centred.square(), level, share), exchange)
        inverse = torch.rsqrt(variance + eps)
        scale = weight * inverse
        out = table * scale.index_select(0, level.strip)
        out.index_copy_(0, level.base, torch.addcmul(bias, scale, offset - mean))
        ctx.save_for_backward(table, weight, centred, inverse, share)
        ctx.level, ctx.eps, ctx.exchange, ctx.same = level, eps, exchange, same
        mean, variance = base - offset + mean, variance * (whole / (whole - 1))
        ctx.mark_non_differentiable(mean, variance)
        return out, mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor, *_: Any) -> tuple[torch.Tensor | None, ...]:
        """The gradient of a base row is 0: batch norm takes out what all strains share."""
        table, weight, centred, inverse, share = ctx.saved_tensors
        level: Level = ctx.level
        d_bias = grad.index_select(0, level.base)
        share = share.unsqueeze(1)
        of_all = _together(d_bias.clone(), ctx.exchange)
        own = torch.addcmul(grad, of_all.index_select(0, level.strip), share, value=-1)
        own.index_fill_(0, level.base, 0)
        scale = weight * inverse
        if ctx.exchange is None:
            mine = fit = strip_sums(own * table, level)
        else:
            others = grad.index_fill(0, level.base, 0)
            mine = strip_sums(others * table, level).addcmul_(d_bias, centred.index_select(0, level.base))
            fit = _together(mine.clone(), ctx.exchange)
        pull = (fit * inverse.square()).index_select(0, level.strip)
        out = own - centred * share * pull
        if level.single is not None and ctx.exchange is None:
            # With one row besides the base the two terms nearly cancel; this is what remains.
            alone = level.single.index_select(0, level.strip).unsqueeze(1)
            out = torch.where(alone, own * (ctx.eps * inverse.square()).index_select(0, level.strip), out)
        out *= scale.index_select(0, level.strip)
        out.index_fill_(0, level.base, 0)
        if ctx.exchange is not None:
            # Base rows of several processes can be different states; what moves one of them is not taken out.
            counted = strip_sums(share.expand_as(grad), level)
            d_base = d_bias - counted * of_all - fit * inverse.square() * strip_sums(centred * share, level)
            out.index_copy_(0, level.base, torch.where(ctx.same, 0, d_base * scale))
        return out, inverse * mine, d_bias, None, None, None, None


def _offset(base: torch.Tensor, exchange: Exchange | None) -> tuple[torch.Tensor, torch.Tensor]:
    """How much more the base rows have than the lowest of all processes [s, C], and whether all have the same."""
    if exchange is None:
        return torch.zeros_like(base), torch.ones_like(base, dtype=torch.bool)
    bounds = exchange.least(torch.stack([base, -base]))
    return base - bounds[0], bounds[0] == -bounds[1]


def _together(sums: torch.Tensor, exchange: Exchange | None) -> torch.Tensor:
    return sums if exchange is None else exchange.sum(sums)


def strip_sums(cells: torch.Tensor, level: Level, weight: torch.Tensor | None = None) -> torch.Tensor:
    """Sum of (weighted) cells of every strip [s, C]."""
    return functional.embedding_bag(
        level.every, cells, level.start, mode="sum", per_sample_weights=weight, include_last_offset=True
    )


def move_running(running: torch.Tensor, found: torch.Tensor) -> None:
    """Move a running statistic towards what a batch has."""
    running.lerp_(found, MOMENTUM)
