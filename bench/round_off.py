"""Where the gradients of DCell in 32 bits come from: the numbers of docs/round-off.md.

    python bench/round_off.py [--batch 32 --batch 256] [--eps 1e-5 --eps 0.1]

On a generated hierarchy of the size of a yeast snapshot, random pairs of genes are deleted and the gradient of one step
is computed five ways. The yardstick is the engine in 64 bits, where the gradient of a term that no strain touches is
exactly 0. Terms are told apart by the number of different sets of deletions that the strains of the batch have in them.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping

import numpy as np
import torch
from model import N_GENES, yeast_like
from rich.console import Console
from rich.table import Table

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.loss import dcell_loss
from dcell_graph.model.reference import ReferenceDCell

Gradients = Mapping[str, torch.Tensor]
GROUPS = {"no strain": (0, 0), "one set": (1, 1), "more": (2, math.inf)}


def gradients(model: ReferenceDCell | DCell, strains: torch.Tensor, targets: torch.Tensor) -> dict[str, torch.Tensor]:
    """Gradients of the first layers of one step, by name, in 64 bits."""
    dtype = next(model.parameters()).dtype
    loss = dcell_loss(model(strains), targets.to(dtype), root=model.hierarchy.root).total
    loss.backward()  # type: ignore[no-untyped-call]
    return {name: grad.double() for name, grad in model.to_term_gradients().items() if name.endswith("linear.weight")}


def different_sets(hierarchy: Hierarchy, strains: torch.Tensor) -> list[int]:
    """For each term, how many different sets of its genes strains of the batch lack, besides none."""
    sets: list[set[frozenset[int]]] = [set() for _ in hierarchy.term_ids]
    contains = hierarchy.containing_terms()
    for genes in strains.tolist():
        lacks: dict[int, set[int]] = {}
        for gene in genes:
            for term in contains[gene].tolist():
                lacks.setdefault(term, set()).add(gene)
        for term, own in lacks.items():
            sets[term].add(frozenset(own))
    return [len(found) for found in sets]


def length(found: Gradients, names: list[str], less: Gradients | None = None) -> float:
    """Euclidean length of some gradients, or of their difference from others."""
    parts = [found[name] if less is None else found[name] - less[name] for name in names]
    return float(torch.sqrt(torch.stack([part.square().sum() for part in parts]).sum()))


def measure(eps: float, batch: int) -> Table:
    """The table for one eps and one batch."""
    config = ModelConfig(init_range=None, norm_eps=eps)
    hierarchy = yeast_like(config)
    random = np.random.default_rng(batch)
    strains = torch.from_numpy(np.stack([random.choice(N_GENES, 2, replace=False) for _ in range(batch)]))
    targets = torch.from_numpy(random.normal(size=batch))
    torch.manual_seed(0)
    weights = ReferenceDCell(hierarchy, config).to_term_weights()

    def of(model: ReferenceDCell | DCell) -> dict[str, torch.Tensor]:
        model.load_term_weights(weights)
        return gradients(model, strains, targets)

    exact = of(DCell(hierarchy, config, dtype=torch.float64))
    automatic = DCell(hierarchy, config)
    ways = {
        "plain, 32 bits": of(ReferenceDCell(hierarchy, config)),
        "plain, 64 bits": of(ReferenceDCell(hierarchy, config, dtype=torch.float64)),
        "engine (torch), 32 bits": of(DCell(hierarchy, config, backend="torch")),
        f"engine ({automatic.backend.split(',')[0]}), 32 bits": of(automatic),
    }
    table = Table(
        "terms touched by", "terms", "gradient", *ways, title=f"eps {eps}, {batch} strains: error of the gradient"
    )
    sets = different_sets(hierarchy, strains)
    for group, (least, most) in GROUPS.items():
        terms = [term for term, count in zip(hierarchy.term_ids, sets, strict=True) if least <= count <= most]
        names = [f"{term}.linear.weight" for term in terms]
        errors = (f"{length(found, names, exact):.1e}" for found in ways.values())
        table.add_row(group, f"{len(terms):,}", f"{length(exact, names):.1e}", *errors)
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--eps", type=float, action="append")
    options = parser.parse_args()
    console = Console(width=140)
    for eps in options.eps or [1e-5, 0.1]:
        for batch in options.batch or [32, 256]:
            console.print(measure(eps, batch))


if __name__ == "__main__":
    main()
