"""DCell written down as in the paper: one small module a term, children before parents.

Slow and plain on purpose: it is what the fast implementation is compared with.
Shapes: B strains of a batch, K deleted genes a strain, G genes, T terms, W values of a state, I inputs of a term.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from dcell_graph.model.batch import Output, distinct_deletions, refuse_single_strain
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.weights import check_config, check_weights, initial_weights, term_index

MOMENTUM = 0.1
EPS = 1e-5


class InstanceNorm(nn.Module):
    """Bring the state of each strain to mean 0 and variance 1 over its W values; nothing is learnt or remembered."""

    def forward(self, state_BW: torch.Tensor) -> torch.Tensor:
        """Normalise [B, W] over W."""
        return nn.functional.layer_norm(state_BW, state_BW.shape[1:], eps=EPS)


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
        self.norm = _norm(config, width, dtype)
        self.linear2 = _linear(width, width, dtype) if config.layers == 2 else None
        self.norm2 = _norm(config, width, dtype) if config.layers == 2 else None
        self.head = _linear(width, 1, dtype)

    def forward(self, input_BI: torch.Tensor) -> torch.Tensor:
        """State of the term [B, W]."""
        state_BW = self._finish(self.linear(input_BI), self.norm)
        if self.linear2 is not None and self.norm2 is not None:
            state_BW = self._finish(self.linear2(state_BW), self.norm2)
        return state_BW

    def _finish(self, sum_BW: torch.Tensor, norm: nn.Module) -> torch.Tensor:
        finished = self.activation(norm(sum_BW)) if self.norm_before_activation else norm(self.activation(sum_BW))
        assert isinstance(finished, torch.Tensor)
        return finished

    def weights(self) -> dict[str, torch.Tensor]:
        """The weights under the names of ``weights.py``; the batch counter that torch keeps is not used by a model."""
        return {name: tensor for name, tensor in self.state_dict(keep_vars=True).items() if "num_batches" not in name}


class ReferenceDCell(nn.Module):
    """DCell (Ma et al. 2018, doi:10.1038/nmeth.4627), evaluated term by term.

    state(t) = norm(activation(W_t · [states of the children of t, its direct genes] + b_t))
    head(t)  = v_t · state(t) + c_t

    The inputs of a term are its children in index order, then its direct genes in index order.

    Args:
        hierarchy: structure; must have been made with the same ``config``.
        config: model options.
        dtype: float32 or float64.

    Raises:
        TrainingError: the hierarchy was made with other options.
    """

    def __init__(self, hierarchy: Hierarchy, config: ModelConfig, *, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        check_config(hierarchy, config)
        self.hierarchy = hierarchy
        self.config = config
        # A list, not a ModuleDict: term ids are data, and a module name may not contain a dot.
        self.subsystems = nn.ModuleList(
            Subsystem(config, inputs, width, dtype)
            for inputs, width in zip(hierarchy.input_sizes.tolist(), hierarchy.widths.tolist(), strict=True)
        )
        self._bottom_up = [int(term) for term in np.argsort(hierarchy.levels, kind="stable")]
        self.load_term_weights(initial_weights(hierarchy, dtype))

    def forward(self, deleted: torch.Tensor) -> Output:
        """Predict the phenotype of each strain.

        Args:
            deleted: indices of the deleted genes, padded with -1 [B, K].

        Raises:
            TrainingError: the batch cannot be used, or has one strain while batch norm trains.
        """
        states = self._states(deleted)
        heads_BT = torch.cat([self._subsystem(term).head(states[term]) for term in range(len(states))], dim=1)
        return Output(heads_BT[:, self.hierarchy.root], heads_BT)

    @torch.no_grad()
    def states(self, deleted: torch.Tensor) -> dict[str, torch.Tensor]:
        """State of every term [B, W], by term id, without gradients; running statistics stay as they are."""
        with _running_statistics_untouched(self):
            return dict(zip(self.hierarchy.term_ids, self._states(deleted), strict=True))

    def term_weights(self, term_id: str) -> dict[str, torch.Tensor]:
        """Copies of one term's weights, by the names of ``weights.py`` without the term.

        Raises:
            TrainingError: there is no such term.
        """
        subsystem = self._subsystem(term_index(self.hierarchy, term_id))
        return {name: tensor.detach().clone() for name, tensor in subsystem.weights().items()}

    def to_term_weights(self) -> dict[str, torch.Tensor]:
        """Copies of all weights, by the names of ``weights.py``."""
        return {f"{term}.{name}": weight.detach().clone() for term, name, weight in self._named()}

    def to_term_gradients(self) -> dict[str, torch.Tensor]:
        """Copies of the gradients of all weights that have one, by the names of ``weights.py``."""
        return {
            f"{term}.{name}": weight.grad.clone() for term, name, weight in self._named() if weight.grad is not None
        }

    @torch.no_grad()
    def load_term_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take over all weights.

        Raises:
            TrainingError: the mapping lacks a weight, has one too many, or one of another shape.
        """
        check_weights(self.hierarchy, weights)
        for term, name, weight in self._named():
            weight.copy_(weights[f"{term}.{name}"])

    def _states(self, deleted: torch.Tensor) -> list[torch.Tensor]:
        deleted = distinct_deletions(deleted, self.hierarchy.n_genes)
        if self.training and self.config.norm == "batch":
            refuse_single_strain(len(deleted))
        genes_BG = self._gene_inputs(deleted)
        states: list[torch.Tensor] = [torch.empty(0)] * self.hierarchy.n_terms
        for term in self._bottom_up:
            read = [states[child] for child in self.hierarchy.children[term]]
            own_genes = torch.as_tensor(self.hierarchy.direct_genes[term], device=deleted.device)
            read.append(genes_BG[:, own_genes])
            input_BI = torch.cat(read, dim=1)
            if input_BI.shape[1] == 0:
                input_BI = genes_BG.new_zeros(len(deleted), 1)
            states[term] = self._subsystem(term)(input_BI)
        return states

    def _gene_inputs(self, deleted: torch.Tensor) -> torch.Tensor:
        """One value a gene [B, G]."""
        dtype = self._subsystem(0).head.weight.dtype
        lacks_BG = torch.zeros(len(deleted), self.hierarchy.n_genes + 1, dtype=dtype, device=deleted.device)
        # The padding goes to a column of its own.
        lacks_BG.scatter_(1, deleted.where(deleted >= 0, self.hierarchy.n_genes), 1.0)
        lacks_BG = lacks_BG[:, :-1]
        return lacks_BG if self.config.gene_coding == "deleted" else 1 - lacks_BG

    def _subsystem(self, term: int) -> Subsystem:
        subsystem = self.subsystems[term]
        assert isinstance(subsystem, Subsystem)
        return subsystem

    def _named(self) -> Iterator[tuple[str, str, torch.Tensor]]:
        for index, term in enumerate(self.hierarchy.term_ids):
            for name, weight in self._subsystem(index).weights().items():
                yield term, name, weight


@contextmanager
def _running_statistics_untouched(model: nn.Module) -> Iterator[None]:
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm1d)]
    try:
        for norm in norms:
            norm.momentum = 0.0
        yield
    finally:
        for norm in norms:
            norm.momentum = MOMENTUM


def _linear(inputs: int, outputs: int, dtype: torch.dtype) -> nn.Linear:
    # The weights are drawn for the whole model at once, so that every implementation draws the same: none here.
    return nn.Linear(inputs, outputs, dtype=dtype, device="meta").to_empty(device="cpu")


def _norm(config: ModelConfig, width: int, dtype: torch.dtype) -> nn.Module:
    match config.norm:
        case "batch":
            return nn.BatchNorm1d(width, eps=EPS, momentum=MOMENTUM, dtype=dtype)
        case "layer":
            return nn.LayerNorm(width, eps=EPS, dtype=dtype)
        case "instance":
            return InstanceNorm()
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
