"""How large the states of a trained model's terms are, and how much they differ between strains, by depth.

A model whose states hardly differ between strains anywhere on the way to the root cannot predict, whatever its loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.train.checkpoint import Model
from dcell_graph.train.files import write_whole

STATES = "states.csv"
MOST_STRAINS = 64
"""Strains that are looked at: the states of a large model for more would not fit into the memory of a laptop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Magnitude:
    """The state of one term over some strains.

    Args:
        term: its id.
        depth: steps on the shortest way from the root, 0 for the root.
        width: values in the state, W.
        size: root of the mean square over strains and values.
        spread: root of the mean over values of their variance between strains.
    """

    term: str
    depth: int
    width: int
    size: float
    spread: float


@torch.no_grad()
def magnitudes(model: Model, deleted: torch.Tensor) -> list[Magnitude]:
    """Look at the states of all terms in evaluation mode, in index order.

    Args:
        model: in any mode; it is in evaluation mode afterwards.
        deleted: deleted genes of the strains [B, K]; the first ``MOST_STRAINS`` are used.
    """
    model.eval()
    states = model.states(deleted[:MOST_STRAINS])
    found = []
    for term, depth in zip(model.hierarchy.term_ids, depths(model.hierarchy), strict=True):
        state_BW = states[term].double()
        size = state_BW.square().mean().sqrt()
        spread = state_BW.var(dim=0, correction=0).mean().sqrt()
        found.append(Magnitude(term=term, depth=depth, width=state_BW.shape[1], size=float(size), spread=float(spread)))
    return found


def depths(hierarchy: Hierarchy) -> list[int]:
    """Steps on the shortest way from the root to each term [T]; every term is below the root."""
    depth = {hierarchy.root: 0}
    reached = [hierarchy.root]
    for term in reached:
        for child in hierarchy.children[term].tolist():
            if child not in depth:
                depth[child] = depth[term] + 1
                reached.append(child)
    return [depth[term] for term in range(hierarchy.n_terms)]


def write_magnitudes(path: Path, found: Sequence[Magnitude]) -> None:
    """Write states.csv, one line a term.

    Raises:
        TrainingError: the file cannot be written.
    """
    columns = ("term", "depth", "width", "size", "spread")
    table = pd.DataFrame({name: [getattr(one, name) for one in found] for name in columns})
    write_whole(path, lambda target: table.to_csv(target, index=False, lineterminator="\n"))


def quartiles(found: Sequence[Magnitude], measure: str) -> list[tuple[int, float, float, float]]:
    """For each depth, and from the root down: depth, and lower quartile, median and upper quartile over its terms."""
    rows = []
    for depth in sorted({one.depth for one in found}):
        values = [getattr(one, measure) for one in found if one.depth == depth]
        low, middle, high = (float(value) for value in np.quantile(values, (0.25, 0.5, 0.75)))
        rows.append((depth, low, middle, high))
    return rows
