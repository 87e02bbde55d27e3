"""Predictions for all pairs or triples of genes, tile by tile: as fast as the engine, in bounded memory.

A tile is some genes against some others. While one tile is computed, a thread prepares the next.

Shapes: n strains of a tile, k genes of a strain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.dcell import DCell
from dcell_graph.model.engine.output import Batch
from dcell_graph.model.hierarchy import Indices

SIDE = 128
"""Genes of a tile on each side."""


class Block(NamedTuple):
    """Predictions for some strains.

    Args:
        genes: the deleted genes of each strain [n, k].
        prediction: in the unit of the model [n].
    """

    genes: Indices
    prediction: npt.NDArray[np.float32]


def all_pairs(model: DCell, genes: Sequence[int] | Indices, *, side: int = SIDE) -> Iterator[Block]:
    """Predict every pair of different genes, each once.

    Args:
        model: in evaluation mode.
        genes: indices of genes, each once.
        side: genes of a tile on each side; memory grows with its square.

    Returns:
        Blocks; in a pair the gene that comes first in ``genes`` comes first.

    Raises:
        TrainingError: the model is in training mode, or a gene is unknown or listed twice.
    """
    yield from _predict(model, _tiles(_checked(model, genes, side), side, ()))


def all_triples(model: DCell, query: int, genes: Sequence[int] | Indices, *, side: int = SIDE) -> Iterator[Block]:
    """Predict every pair of different genes together with one query gene.

    Args:
        model: in evaluation mode.
        query: index of the gene that every strain lacks; not one of ``genes``.
        genes, side: as for ``all_pairs``.

    Returns:
        Blocks; the query gene comes first.

    Raises:
        TrainingError: the model is in training mode, or a gene is unknown or listed twice.
    """
    checked = _checked(model, [query, *np.asarray(genes, np.int64).tolist()], side)
    yield from _predict(model, _tiles(checked[1:], side, (query,)))


def _checked(model: DCell, genes: Sequence[int] | Indices, side: int) -> Indices:
    if model.training:
        raise TrainingError("predictions need a model in evaluation mode", hint="call its eval() first")
    checked = np.asarray(genes, np.int64)
    known = checked.ndim == 1 and ((checked >= 0) & (checked < model.hierarchy.n_genes)).all()
    if not known or len(np.unique(checked)) != len(checked) or side < 1:
        raise TrainingError(
            "these genes cannot be predicted",
            expected=f"gene indices 0 to {model.hierarchy.n_genes - 1}, each once, in tiles of 1 gene or more a side",
            found=f"{checked.size} indices, {len(np.unique(checked))} different, tiles of {side}",
        )
    return checked


def _tiles(genes: Indices, side: int, together: tuple[int, ...]) -> Iterator[Indices]:
    """The strains of each tile: pairs of two parts of the list, with the genes ``together`` in front."""
    for first in range(0, len(genes), side):
        for second in range(first, len(genes), side):
            a, b = genes[first : first + side], genes[second : second + side]
            if first == second:
                left, right = (part[index] for part, index in zip((a, a), np.triu_indices(len(a), 1), strict=True))
            else:
                left, right = np.repeat(a, len(b)), np.tile(b, len(a))
            if len(left):
                yield np.column_stack([*(np.full(len(left), gene) for gene in together), left, right])


def _predict(model: DCell, tiles: Iterator[Indices]) -> Iterator[Block]:
    def prepare(strains: Indices) -> tuple[Indices, Batch]:
        return strains, model.index(torch.from_numpy(strains))

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="next-tile") as thread:
        waiting: Future[tuple[Indices, Batch]] | None = None
        for strains in tiles:
            ready, waiting = waiting, thread.submit(prepare, strains)
            if ready is not None:
                yield _block(model, *ready.result())
        if waiting is not None:
            yield _block(model, *waiting.result())


def _block(model: DCell, strains: Indices, batch: Batch) -> Block:
    return Block(strains, model.predict(batch).float().cpu().numpy())
