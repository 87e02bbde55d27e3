"""Models for tests: the plain one and the vectorised one with the same weights, and batches of strains."""

from __future__ import annotations

import torch

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.snapshot.schema import Snapshot

# Small widths that differ between terms, and weights large enough that nothing hides behind a tolerance.
SMALL = ModelConfig(min_width=2, width_ratio=0.7, init_range=0.5)


def both_models(
    snapshot: Snapshot, config: ModelConfig, *, seed: int = 0, dtype: torch.dtype = torch.float64
) -> tuple[ReferenceDCell, DCell]:
    """The plain and the vectorised model, each drawn from the same seed, with scales and statistics that matter."""
    hierarchy = Hierarchy.from_snapshot(snapshot, config)
    torch.manual_seed(seed)
    plain = ReferenceDCell(hierarchy, config, dtype=dtype)
    torch.manual_seed(seed)
    fast = DCell(hierarchy, config, dtype=dtype)
    for model in (plain, fast):
        model.load_term_weights(shaken(model.to_term_weights(), seed))
    return plain, fast


def shaken(weights: dict[str, torch.Tensor], seed: int) -> dict[str, torch.Tensor]:
    """The same weights with a small random amount added; variances stay positive."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: weight + 0.3 * torch.rand(weight.shape, generator=generator, dtype=torch.float64).to(weight.dtype)
        for name, weight in weights.items()
    }


def random_strains(n_strains: int, n_genes: int, *, most: int = 3, seed: int = 0) -> torch.Tensor:
    """Strains that lack up to ``most`` genes, with padding and repeats in any place [n_strains, most]."""
    return torch.randint(-1, n_genes, (n_strains, most), generator=torch.Generator().manual_seed(seed))


def random_targets(n_strains: int, *, seed: int = 0) -> torch.Tensor:
    """Phenotypes in 64 bits [n_strains]."""
    return torch.randn(n_strains, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def beside_wild_type(
    model: ReferenceDCell | DCell, strains: torch.Tensor
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The states of some strains, and of the wild type rounded as they are: equal in every digit where nothing changes.

    How a row of a product is rounded depends on its place and the number of rows, on some processors. The plain model
    gives every strain a row, so there the wild type is in the same row of a second batch. The vectorised one gives a
    row to what is different, so there it is one of the batch.
    """
    wild = torch.full_like(strains, -1)
    if isinstance(model, ReferenceDCell):
        return model.states(strains), model.states(wild)
    states = model.states(torch.cat([strains, wild[:1]]))
    count = len(strains)
    return (
        {term: state[:count] for term, state in states.items()},
        {term: state[-1].expand(count, -1) for term, state in states.items()},
    )
