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

from dcell_graph.model.batch import Output, distinct_deletions, dropout_factors, refuse_single_strain
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.similar import SimilarGenes, fill_similar_genes, refuse_unknown_similarity
from dcell_graph.model.subsystem import MOMENTUM, Subsystem
from dcell_graph.model.weights import (
    EMBEDDING,
    SIMILAR,
    SIMILARITY,
    check_config,
    check_weights,
    initial_weights,
    term_index,
)


class ReferenceDCell(nn.Module):
    """DCell (Ma et al. 2018, doi:10.1038/nmeth.4627), evaluated term by term.

    state(t) = norm(activation(W_t · [states of the children of t, its direct genes] + b_t))
    head(t)  = v_t · state(t) + c_t

    The inputs of a term are its children in index order, then its direct genes in index order. A gene's input is 1 or
    0 (``gene_coding``), plus what similar genes share in it (``similar_genes``, see similar.py). With an embedding a
    term reads that number times the gene's learnt vector: with coding "present" the vector of a gene that is there and
    zeros for a deleted one, with "deleted" the other way round. Attention is described in subsystem.py. In training,
    dropout multiplies states by 0 or 1 / (1 - dropout), before anything reads them.

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
        if config.gene_embedding is not None:
            shape = (hierarchy.n_genes, config.gene_embedding)
            self.embedding = nn.Parameter(torch.empty(shape, dtype=dtype))
        if config.similar_genes is not None:
            shape = (hierarchy.n_genes, config.similar_genes)
            self.register_buffer("similar", torch.empty(shape, dtype=torch.int64))
            self.register_buffer("similarity", torch.empty(shape, dtype=dtype))
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

    def index(self, deleted: torch.Tensor) -> torch.Tensor:
        """What ``forward`` takes; other implementations prepare the batch here."""
        return deleted

    @torch.no_grad()
    def set_similar_genes(self, similar: SimilarGenes) -> None:
        """Say which genes share in each other's inputs.

        Raises:
            TrainingError: the options have no similar genes, or these do not fit.
        """
        fill_similar_genes(self, self.config, self.hierarchy.n_genes, similar)

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
        return {name: weight.detach().clone() for name, weight in self._named()}

    def to_term_gradients(self) -> dict[str, torch.Tensor]:
        """Copies of the gradients of all weights that have one, by the names of ``weights.py``."""
        return {name: weight.grad.clone() for name, weight in self._named() if weight.grad is not None}

    @torch.no_grad()
    def load_term_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take over all weights.

        Raises:
            TrainingError: the mapping lacks a weight, has one too many, or one of another shape.
        """
        check_weights(self.hierarchy, weights)
        for name, weight in self._named():
            weight.copy_(weights[name])

    def _states(self, deleted: torch.Tensor) -> list[torch.Tensor]:
        deleted = distinct_deletions(deleted, self.hierarchy.n_genes)
        if self.training and self.config.norm == "batch":
            refuse_single_strain(len(deleted))
        genes_BGD = self._gene_inputs(deleted)
        kept = self._kept(deleted.device)
        states: list[torch.Tensor] = [torch.empty(0)] * self.hierarchy.n_terms
        for term in self._bottom_up:
            children = [states[child] for child in self.hierarchy.children[term]]
            own_genes = torch.as_tensor(self.hierarchy.direct_genes[term], device=deleted.device)
            own_BND = genes_BGD[:, own_genes]
            if not children and len(own_genes) == 0:
                own_BND = genes_BGD.new_zeros(len(deleted), 1, genes_BGD.shape[2])
            states[term] = self._subsystem(term)(children, own_BND)
            if kept is not None:
                states[term] = states[term] * kept[term]
        return states

    def _gene_inputs(self, deleted: torch.Tensor) -> torch.Tensor:
        """One value a gene, or one vector [B, G, D]."""
        n_genes, config = self.hierarchy.n_genes, self.config
        dtype = self._subsystem(0).head.weight.dtype
        lacks_BG = torch.zeros(len(deleted), n_genes + 1, dtype=dtype, device=deleted.device)
        # The padding goes to a column of its own.
        lacks_BG.scatter_(1, deleted.where(deleted >= 0, n_genes), 1.0)
        lacks_BG = lacks_BG[:, :-1]
        genes_BG = lacks_BG if config.gene_coding == "deleted" else 1 - lacks_BG
        if config.similar_genes is not None:
            refuse_unknown_similarity(self.get_buffer("similarity"))
            similar, share_GS = self.get_buffer("similar"), self.get_buffer("similarity")
            share_GG = genes_BG.new_zeros(n_genes, n_genes)
            share_GG.scatter_add_(1, similar.clamp(min=0), share_GS)
            genes_BG = genes_BG + genes_BG @ share_GG
        genes_BGD = genes_BG.unsqueeze(2)
        return genes_BGD if config.gene_embedding is None else genes_BGD * self.embedding

    def _kept(self, device: torch.device) -> tuple[torch.Tensor, ...] | None:
        """What dropout multiplies each term's state by."""
        widths = self.hierarchy.widths.tolist()
        factors = dropout_factors(self.config, sum(widths)) if self.training else None
        return (
            None if factors is None else torch.split(factors.to(device, self._subsystem(0).head.weight.dtype), widths)
        )

    def _subsystem(self, term: int) -> Subsystem:
        subsystem = self.subsystems[term]
        assert isinstance(subsystem, Subsystem)
        return subsystem

    def _named(self) -> Iterator[tuple[str, torch.Tensor]]:
        for index, term in enumerate(self.hierarchy.term_ids):
            for name, weight in self._subsystem(index).weights().items():
                yield f"{term}.{name}", weight
        if self.config.gene_embedding is not None:
            yield EMBEDDING, self.embedding
        if self.config.similar_genes is not None:
            yield SIMILAR, self.get_buffer("similar")
            yield SIMILARITY, self.get_buffer("similarity")


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
