"""What a subsystem does after its first linear layer, for many terms at once, one row a value and one column a strain.

Shapes: R rows of some terms of one level, B strains, n terms of one width W (then R = n · W).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch.nn import functional

from dcell_graph.model.config import Activation, ModelConfig

MOMENTUM = 0.1
EPS = 1e-5

# Parameters that ``finish`` uses, as far as the options have them.
FINISHING = ("norm_weight", "norm_bias", "linear2_weight", "linear2_bias", "norm2_weight", "norm2_bias")


class Tile(NamedTuple):
    """A piece of a level that is worked on at once.

    Args:
        start, stop: its rows.
        width: rows of each of its terms; 0 when they differ (only where that does not matter).
        square: where its second layers begin.
    """

    start: int
    stop: int
    width: int
    square: int

    def cut(self, name: str, values: torch.Tensor) -> torch.Tensor:
        """The part of the values called ``name`` that belongs to this tile."""
        if name == "linear2_weight":
            return values[self.square : self.square + (self.stop - self.start) * self.width]
        return values[self.start : self.stop]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """How norms behave in one pass.

    Args:
        training: batch norm takes mean and variance from the batch, not from the running statistics.
        track: and moves the running statistics towards them.
        varying: 1 for rows of terms that tell strains of the batch apart, 0 for the others [all rows].
        statistics: the running statistics, by name [all rows].
    """

    training: bool
    track: bool
    varying: torch.Tensor
    statistics: Mapping[str, torch.Tensor]


def needs_blocks(config: ModelConfig) -> bool:
    """Whether a tile must consist of terms of one width."""
    return config.layers == 2 or config.norm in ("layer", "instance")


def finish(
    config: ModelConfig, sums_RB: torch.Tensor, tile: Tile, values: Mapping[str, torch.Tensor], mode: Mode
) -> torch.Tensor:
    """States of a tile's terms from the sums of their first linear layers.

    Args:
        config: model options.
        sums_RB: what the first linear layers say.
        tile: which rows these are.
        values: the tile's part of the parameters ``FINISHING``.
        mode: see ``Mode``.
    """
    state_RB = _finish_layer(config, sums_RB, tile, values, mode, "norm")
    if config.layers == 1:
        return state_RB
    width, strains = tile.width, sums_RB.shape[1]
    second = torch.baddbmm(
        values["linear2_bias"].view(-1, width, 1),
        values["linear2_weight"].view(-1, width, width),
        state_RB.view(-1, width, strains),
    )
    return _finish_layer(config, second.view(-1, strains), tile, values, mode, "norm2")


def _finish_layer(
    config: ModelConfig, rows: torch.Tensor, tile: Tile, values: Mapping[str, torch.Tensor], mode: Mode, name: str
) -> torch.Tensor:
    if config.norm_before_activation:
        return activate(config.activation, _normalise(config, rows, tile, values, mode, name))
    return _normalise(config, activate(config.activation, rows), tile, values, mode, name)


def activate(activation: Activation, rows: torch.Tensor) -> torch.Tensor:
    """Apply an activation to each value."""
    match activation:
        case "tanh":
            return torch.tanh(rows)
        case "relu":
            return torch.relu(rows)
        case "leaky_relu":
            return functional.leaky_relu(rows, 0.1)
        case "gelu":
            return functional.gelu(rows)
        case "selu":
            return functional.selu(rows)
        case "elu":
            return functional.elu(rows)
        case "linear":
            return rows


def _normalise(
    config: ModelConfig, rows: torch.Tensor, tile: Tile, values: Mapping[str, torch.Tensor], mode: Mode, name: str
) -> torch.Tensor:
    match config.norm:
        case "none":
            return rows
        case "batch":
            return _batch_norm(rows, tile, values[f"{name}_weight"], values[f"{name}_bias"], mode, name)
        case "layer" | "instance":
            state = rows.view(-1, tile.width, rows.shape[1])
            centred = state - state.mean(dim=1, keepdim=True)
            state = centred * torch.rsqrt(centred.square().mean(dim=1, keepdim=True) + EPS)
            rows = state.view(rows.shape)
            if config.norm == "instance":
                return rows
            return _scaled(rows, values[f"{name}_weight"], values[f"{name}_bias"])


def _batch_norm(
    rows: torch.Tensor, tile: Tile, weight: torch.Tensor, bias: torch.Tensor, mode: Mode, name: str
) -> torch.Tensor:
    """Batch norm of every row; the batch norms of many terms are one batch norm over all their rows."""
    mean = mode.statistics[f"{name}_running_mean"][tile.start : tile.stop]
    variance = mode.statistics[f"{name}_running_var"][tile.start : tile.stop]
    if not mode.training:
        scale = weight * torch.rsqrt(variance + EPS)
        return _scaled(rows, scale, bias - mean * scale)
    strains = rows.shape[1]
    # Normalising a row over its strains is what layer norm does along the last axis, in one fused pass.
    normal, row_mean, row_rstd = torch.native_layer_norm(rows, [strains], None, None, EPS)
    if mode.track:
        row_variance = (row_rstd.detach().square().reciprocal() - EPS).clamp_(min=0)
        mean.lerp_(row_mean.detach().squeeze(1), MOMENTUM)
        variance.lerp_(row_variance.squeeze(1) * (strains / (strains - 1)), MOMENTUM)
    # Rows without any difference become exactly the shift. Left to rounding, their noise would be divided by √EPS at
    # every level on the way up, and on the way down reach the weights as gradients that should be exactly 0.
    weight = weight * mode.varying[tile.start : tile.stop]
    return _scaled(normal, weight, bias)


def _scaled(rows: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """Each row times its scale plus its shift; quicker than ``addcmul`` where that has to repeat values."""
    return (rows * scale.unsqueeze(1)).add_(shift.unsqueeze(1))
