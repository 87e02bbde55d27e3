"""Predictions of all pairs and triples."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.inference import Block, all_pairs, all_triples
from tests.models import SMALL, both_models
from tests.snapshots import random_snapshot

DTYPES = pytest.mark.parametrize("dtype", [torch.float64, torch.float32])  # PyTorch; the kernel where there is one


def by_strain(blocks: list[Block]) -> dict[tuple[int, ...], float]:
    rows = [
        (tuple(genes), value)
        for block in blocks
        for genes, value in zip(block.genes.tolist(), block.prediction.tolist(), strict=True)
    ]
    assert len(rows) == len(dict(rows))
    return dict(rows)


@DTYPES
@pytest.mark.parametrize("side", [1, 3, 100])
def test_all_pairs(dtype: torch.dtype, side: int) -> None:
    plain, fast = both_models(random_snapshot(4), SMALL, dtype=dtype)
    genes = [7, 2, 9, 0, 4, 1, 8]
    blocks = list(all_pairs(fast.eval(), genes, side=side))
    assert max(len(block.prediction) for block in blocks) <= max(side * side, 1)
    found = by_strain(blocks)
    expected = list(combinations(genes, 2))
    assert sorted(found) == sorted(expected)
    with torch.no_grad():
        predictions = plain.eval()(torch.tensor(expected)).prediction.tolist()
    assert [found[pair] for pair in expected] == pytest.approx(predictions, rel=1e-5, abs=1e-5)


@DTYPES
def test_all_triples(dtype: torch.dtype) -> None:
    plain, fast = both_models(random_snapshot(4), SMALL, dtype=dtype)
    found = by_strain(list(all_triples(fast.eval(), 5, np.array([3, 8, 1, 6]), side=2)))
    expected = [(5, *pair) for pair in combinations([3, 8, 1, 6], 2)]
    assert sorted(found) == sorted(expected)
    with torch.no_grad():
        predictions = plain.eval()(torch.tensor(expected)).prediction.tolist()
    assert [found[triple] for triple in expected] == pytest.approx(predictions, rel=1e-5, abs=1e-5)


def test_unusable_lists_are_refused() -> None:
    _, fast = both_models(random_snapshot(4), SMALL)
    with pytest.raises(TrainingError, match="evaluation mode"):
        next(all_pairs(fast, [1, 2]))
    fast.eval()
    for genes in ([1, 1], [0, 10], [-1, 2]):
        with pytest.raises(TrainingError, match="gene indices 0 to 9, each once"):
            next(all_pairs(fast, genes))
    with pytest.raises(TrainingError, match="each once"):
        next(all_triples(fast, 1, [1, 2]))
    assert list(all_pairs(fast, [3])) == []


def test_leaving_early_leaves_nothing_behind() -> None:
    _, fast = both_models(random_snapshot(4), SMALL)
    blocks = all_pairs(fast.eval(), range(10), side=2)
    next(blocks)
    del blocks
