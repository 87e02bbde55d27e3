"""The weights of a model by term: their names, shapes and first values.

This is the form that checkpoints store and that all implementations exchange. The weights of term ``GO:0008150`` are

    GO:0008150.linear.weight        [width, inputs]   first layer; columns: the states of the children in index order,
                                                      then the direct genes in index order (or one constant 0)
    GO:0008150.linear.bias          [width]
    GO:0008150.norm.weight, .bias   [width]           scale and shift (batch and layer norm)
    GO:0008150.norm.running_mean, .running_var [width]  (batch norm; not learnt)
    GO:0008150.attention.query      [width]           what the inputs are compared with (attention)
    GO:0008150.linear2.*, norm2.*                     the same for the second layer, which reads [width]
    GO:0008150.head.weight          [1, width]
    GO:0008150.head.bias            [1]

With an embedding of d numbers a gene, each direct gene has d columns. What belongs to no term:

    genes.embedding                 [genes, d]        numbers of each gene (embedding)
    genes.similar                   [genes, s]        which genes share in its input, -1 for none (similar genes; not
    genes.similarity                [genes, s]        learnt, 64-bit integers), and their shares
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.hierarchy import Hierarchy

Shape = tuple[int, ...]

BUFFERS = ("running_mean", "running_var")
EMBEDDING, SIMILAR, SIMILARITY = "genes.embedding", "genes.similar", "genes.similarity"


def term_shapes(config: ModelConfig, width: int, inputs: int) -> dict[str, Shape]:
    """Names and shapes of one term's weights, parameters and running statistics alike."""
    shapes: dict[str, Shape] = {}
    for layer in range(1, config.layers + 1):
        suffix = "" if layer == 1 else str(layer)
        shapes[f"linear{suffix}.weight"] = (width, inputs if layer == 1 else width)
        shapes[f"linear{suffix}.bias"] = (width,)
        if layer == 1 and config.attention is not None:
            shapes["attention.query"] = (width,)
        if config.norm in ("batch", "layer"):
            shapes[f"norm{suffix}.weight"] = (width,)
            shapes[f"norm{suffix}.bias"] = (width,)
        if config.norm == "batch":
            shapes |= {f"norm{suffix}.{name}": (width,) for name in BUFFERS}
    return shapes | {"head.weight": (1, width), "head.bias": (1,)}


def gene_shapes(config: ModelConfig, n_genes: int) -> dict[str, Shape]:
    """Names and shapes of what belongs to genes."""
    shapes: dict[str, Shape] = {}
    if config.gene_embedding is not None:
        shapes[EMBEDDING] = (n_genes, config.gene_embedding)
    if config.similar_genes is not None:
        shapes |= dict.fromkeys((SIMILAR, SIMILARITY), (n_genes, config.similar_genes))
    return shapes


def all_shapes(hierarchy: Hierarchy) -> dict[str, Shape]:
    """Names and shapes of the weights of all terms, in index order, and of the genes."""
    of_terms = {
        f"{term}.{name}": shape
        for term, width, inputs in _sizes(hierarchy)
        for name, shape in term_shapes(hierarchy.config, width, inputs).items()
    }
    return of_terms | gene_shapes(hierarchy.config, hierarchy.n_genes)


def initial_weights(hierarchy: Hierarchy, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Draw the first weights from torch's global generator.

    The order is: terms by index, and in a term the order of ``term_shapes``. Numbers are drawn in 64 bits and then
    rounded, so one seed gives the same model in every precision. Linear layers of subsystems are uniform in
    ± init_range, or like the heads in ± 1/√inputs, which is what ``torch.nn.Linear`` does. Scales and running variances
    start at 1; shifts, running means and the queries of attention at 0. Embeddings come last, from the standard normal
    distribution as in ``torch.nn.Embedding``. Similar genes are not known yet: all are -1, and no share is a number.
    """
    config = hierarchy.config
    weights: dict[str, torch.Tensor] = {}
    for term, width, inputs in _sizes(hierarchy):
        for name, shape in term_shapes(config, width, inputs).items():
            layer, _, kind = name.partition(".")
            if layer.startswith("norm") or layer == "attention":
                constant = 1.0 if kind in ("weight", "running_var") else 0.0
                weights[f"{term}.{name}"] = torch.full(shape, constant, dtype=dtype)
                continue
            bound = 1 / math.sqrt(inputs if layer == "linear" else width)
            if layer != "head" and config.init_range is not None:
                bound = config.init_range
            drawn = torch.empty(shape, dtype=torch.float64).uniform_(-bound, bound)
            weights[f"{term}.{name}"] = drawn.to(dtype)
    for name, shape in gene_shapes(config, hierarchy.n_genes).items():
        if name == EMBEDDING:
            weights[name] = torch.empty(shape, dtype=torch.float64).normal_().to(dtype)
        elif name == SIMILAR:
            weights[name] = torch.full(shape, -1, dtype=torch.int64)
        else:
            weights[name] = torch.full(shape, math.nan, dtype=dtype)
    return weights


def check_weights(hierarchy: Hierarchy, weights: Mapping[str, torch.Tensor]) -> None:
    """Check that a mapping holds exactly the weights of a model.

    Raises:
        TrainingError: an entry is missing, is not one of the model's, or has another shape or an integer type.
    """
    shapes = all_shapes(hierarchy)
    for what, names in (
        ("are missing", [name for name in shapes if name not in weights]),
        ("belong to no term of the model", [name for name in weights if name not in shapes]),
    ):
        if names:
            raise TrainingError(
                f"{len(names)} weights {what}",
                expected=f"{len(shapes)} weights of {hierarchy.n_terms} terms",
                found=", ".join(names[:3]) + (", …" if len(names) > 3 else ""),
                hint="check that the weights come from the same snapshot and model options",
            )
    for name, shape in shapes.items():
        tensor = weights[name]
        fits = tensor.dtype == torch.int64 if name == SIMILAR else tensor.is_floating_point()
        if tuple(tensor.shape) != shape or not fits:
            raise TrainingError(
                f"the weight {name} does not fit the model",
                expected=f"{'gene indices' if name == SIMILAR else 'real numbers'} of shape {list(shape)}",
                found=f"{str(tensor.dtype).removeprefix('torch.')} of shape {list(tensor.shape)}",
                hint="check that the weights come from the same snapshot and model options",
            )


def check_config(hierarchy: Hierarchy, config: ModelConfig) -> None:
    """Check that a structure was made with the options of the model.

    Raises:
        TrainingError: it was not; the sizes would not be those that the options ask for.
    """
    if hierarchy.config != config:
        differing = [
            name for name in ModelConfig.model_fields if getattr(config, name) != getattr(hierarchy.config, name)
        ]
        raise TrainingError(
            "the hierarchy was made with other model options",
            expected=", ".join(f"{name} {getattr(config, name)}" for name in differing),
            found=", ".join(f"{name} {getattr(hierarchy.config, name)}" for name in differing),
        )


def term_index(hierarchy: Hierarchy, term_id: str) -> int:
    """Index of a term.

    Raises:
        TrainingError: the model has no such term.
    """
    try:
        return hierarchy.term_ids.index(term_id)
    except ValueError:
        raise TrainingError(f"the model has no term {term_id}", expected=f"one of {hierarchy.n_terms} terms") from None


def _sizes(hierarchy: Hierarchy) -> Iterator[tuple[str, int, int]]:
    yield from zip(hierarchy.term_ids, hierarchy.widths.tolist(), hierarchy.input_sizes.tolist(), strict=True)
