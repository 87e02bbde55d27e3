"""What a run says about its model before it starts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.train.checkpoint import Model
from dcell_graph.train.loop import training_mode
from dcell_graph.wording import counted

SMALLEST_DIVERSITY = 1e-6
"""Below this sd the predictions of a fresh model are all the same for our purposes."""


def configuration_lines(config: ModelConfig) -> Iterator[str]:
    """The options of the model."""
    order = "norm->act" if config.norm_before_activation else "act->norm"
    layers = "Single layer (original DCell)" if config.layers == 1 else "Two layers"
    start = "±1/√inputs" if config.init_range is None else f"±{config.init_range:g}"
    yield "Model configuration:"
    yield f"  - Normalization type: {config.norm}"
    yield f"  - Normalization order: {order if config.norm != 'none' else 'no normalization'}"
    yield f"  - Subsystem architecture: {layers}"
    yield f"  - Activation function: {config.activation}"
    yield f"  - Weight initialization range: {start}"
    yield (
        f"  - Subsystem width: max({config.min_width}, {config.width_rounding}({config.width_ratio:g} x "
        f"{config.width_genes} genes))"
    )
    yield f"  - Gene input: 1 for a {config.gene_coding} gene, else 0"
    if config.gene_embedding is not None:
        yield f"  - Gene embedding: {counted(config.gene_embedding, 'learnt number')} a gene"
    if config.attention is not None:
        yield f"  - Attention: {counted(config.attention, 'head')} over the inputs of a term"
    if config.similar_genes is not None:
        yield f"  - Similar genes: {counted(config.similar_genes, 'gene')} at most share in the input of each"
    if config.dropout:
        yield f"  - Dropout: {config.dropout:g} of the values of all states"


def size_lines(hierarchy: Hierarchy) -> Iterator[str]:
    """How many subsystems and parameters the model has."""
    terms = hierarchy.n_terms
    leaves = counted(int(np.sum(hierarchy.levels == 0)), "leaf node")
    yield f"Found {leaves} out of {counted(terms, 'total node')}"
    yield f"Created {counted(terms, 'subsystem')} out of {counted(terms, 'node')}"
    yield f"Total parameters in subsystems: {hierarchy.parameter_count().subsystems:,}"


def diversity_lines(diversity: float | None) -> Iterator[str]:
    """The verdict on the first predictions."""
    if diversity is None:
        return
    yield f"Initial predictions diversity: {diversity:.6f}"
    if diversity < SMALLEST_DIVERSITY:
        yield f"⚠ Predictions are nearly the same for all strains (sd below {SMALLEST_DIVERSITY:g})"
    else:
        yield "✓ Predictions are diverse"


@torch.no_grad()
def initial_diversity(model: Model, deleted: torch.Tensor) -> float | None:
    """Sample sd of the predictions of a fresh model on its first batch, in training mode.

    The model is left as it was, running statistics included.

    Args:
        model: any state.
        deleted: deleted genes of the strains [B, K].

    Returns:
        The sd (with B - 1 in the denominator), in the model's own unit; None for a batch of one strain.
    """
    if len(deleted) < 2:
        return None
    with torch.random.fork_rng(devices=[]), training_mode(model):
        return float(model(deleted).prediction.double().std(correction=1))
