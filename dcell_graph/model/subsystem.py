"""One term of the plain model: its linear layers, norms, activations and head, as small modules of PyTorch.

Shapes: B strains of a batch, I inputs of a term, N of them genes of D values, W values of a state, H heads.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from dcell_graph.model.config import ModelConfig

MOMENTUM = 0.1
HIGHEST_SCORE = 4.0
"""Scores of attention lie between minus this and this: no input counts more than e⁸, about 3,000, times another."""


class InstanceNorm(nn.Module):
    """Bring the state of each strain to mean 0 and variance 1 over its W values; nothing is learnt or remembered."""

    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, state_BW: torch.Tensor) -> torch.Tensor:
        """Normalise [B, W] over W."""
        return nn.functional.layer_norm(state_BW, state_BW.shape[1:], eps=self.eps)


class Attention(nn.Module):
    """Weigh the inputs of a term by how well they fit a learnt query, instead of adding them up.

    Input i (a child's state, or a gene's values) speaks to the term by u_i = W_i · input_i, its part of the product of
    the first linear layer, which is W · inputs = Σ u_i. Head h of k sees the values j of u_i with ⌊j · k / W⌋ = h. With
    q the query, W_h the number of values that head h sees, and n the number of inputs,

        score_hi = 4 · tanh((Σ_j q_j · u_ij) / (4 · √W_h))       over the values j of head h
        share_hi = exp(score_hi) / Σ_i exp(score_hi)
        sum_j    = n · Σ_i share_hi · u_ij                       for the values j of head h

    With q = 0, which it starts from, all shares are 1/n and the sum is that of the plain layer. Costs grow with the
    number of inputs, where attention of every input to every other grows with its square: the largest terms have more
    than 2,000 genes.

    Args:
        heads: k.
        width: values of the state, W.
        dtype: of the query.
    """

    def __init__(self, heads: int, width: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.zeros(width, dtype=dtype))
        self.heads = heads

    def forward(self, said_BIW: torch.Tensor) -> torch.Tensor:
        """From what each of I inputs says [B, I, W] to their weighted sum [B, W]."""
        width, inputs = len(self.query), said_BIW.shape[1]
        head_W = torch.arange(width, device=said_BIW.device) * self.heads // width
        sees_WH = nn.functional.one_hot(head_W, self.heads).to(said_BIW.dtype)
        fit_BIH = (said_BIW * self.query) @ sees_WH / sees_WH.sum(dim=0).sqrt()
        share_BIH = torch.softmax(HIGHEST_SCORE * torch.tanh(fit_BIH / HIGHEST_SCORE), dim=1)
        return inputs * (share_BIH[:, :, head_W] * said_BIW).sum(dim=1)


class Subsystem(nn.Module):
    """One term's part of the model: one or two linear layers, each with norm and activation, and the head.

    Args:
        config: model options.
        inputs: values read, I.
        width: values in the state, W.
        dtype: of the weights.
    """

    def __init__(self, config: ModelConfig, inputs: int, width: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.norm_before_activation = config.norm_before_activation
        self.activation = _activation(config)
        self.linear = _linear(inputs, width, dtype)
        self.attention = None if config.attention is None else Attention(config.attention, width, dtype)
        self.norm = _norm(config, width, dtype)
        self.linear2 = _linear(width, width, dtype) if config.layers == 2 else None
        self.norm2 = _norm(config, width, dtype) if config.layers == 2 else None
        self.head = _linear(width, 1, dtype)

    def forward(self, children: Sequence[torch.Tensor], genes_BND: torch.Tensor) -> torch.Tensor:
        """State of the term [B, W] from its children's states, each [B, values], and N genes of D values."""
        return self.state_of_sum(self.sum(children, genes_BND))

    def state_of_sum(self, sum_BW: torch.Tensor) -> torch.Tensor:
        """State of the term [B, W] from the sum of what it reads."""
        state_BW = self._finish(sum_BW, self.norm)
        if self.linear2 is not None and self.norm2 is not None:
            state_BW = self._finish(self.linear2(state_BW), self.norm2)
        return state_BW

    def sum(self, children: Sequence[torch.Tensor], genes_BND: torch.Tensor) -> torch.Tensor:
        """What the first layer makes of all inputs, before norm and activation [B, W]."""
        if self.attention is None:
            summed = self.linear(torch.cat([*children, genes_BND.flatten(1)], dim=1))
        else:
            sizes = [*(state.shape[1] for state in children), genes_BND[0].numel()]
            *of_children, of_genes = torch.split(self.linear.weight, sizes, dim=1)
            said = [(state @ weight.T).unsqueeze(1) for state, weight in zip(children, of_children, strict=True)]
            said.append(torch.einsum("bnd,wnd->bnw", genes_BND, of_genes.reshape(len(of_genes), *genes_BND.shape[1:])))
            summed = self.attention(torch.cat(said, dim=1)) + self.linear.bias
        assert isinstance(summed, torch.Tensor)
        return summed

    def _finish(self, sum_BW: torch.Tensor, norm: nn.Module) -> torch.Tensor:
        finished = self.activation(norm(sum_BW)) if self.norm_before_activation else norm(self.activation(sum_BW))
        assert isinstance(finished, torch.Tensor)
        return finished

    def weights(self) -> dict[str, torch.Tensor]:
        """The weights under the names of ``weights.py``; the batch counter that torch keeps is not used by a model."""
        return {name: tensor for name, tensor in self.state_dict(keep_vars=True).items() if "num_batches" not in name}


def _linear(inputs: int, outputs: int, dtype: torch.dtype) -> nn.Linear:
    # The weights are drawn for the whole model at once, so that every implementation draws the same: none here.
    return nn.Linear(inputs, outputs, dtype=dtype, device="meta").to_empty(device="cpu")


def _norm(config: ModelConfig, width: int, dtype: torch.dtype) -> nn.Module:
    match config.norm:
        case "batch":
            return nn.BatchNorm1d(width, eps=config.norm_eps, momentum=MOMENTUM, dtype=dtype)
        case "layer":
            return nn.LayerNorm(width, eps=config.norm_eps, dtype=dtype)
        case "instance":
            return InstanceNorm(config.norm_eps)
        case "none":
            return nn.Identity()


def _activation(config: ModelConfig) -> nn.Module:
    match config.activation:
        case "tanh":
            return nn.Tanh()
        case "relu":
            return nn.ReLU()
        case "leaky_relu":
            return nn.LeakyReLU(0.1)
        case "gelu":
            return nn.GELU()
        case "selu":
            return nn.SELU()
        case "elu":
            return nn.ELU()
        case "linear":
            return nn.Identity()
