"""Predictions for all pairs or triples of some genes: block by block, by one model or several, in bounded memory.

The work is cut into tiles, some genes against some others (and, for triples, one more gene with all of them). The tiles
are numbered, and processes that work side by side take them in turn.

Shapes: n strains of a tile, k genes of a strain, M models.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.errors import InputError, SettingsError, TrainingError
from dcell_graph.model.dcell import DCell
from dcell_graph.model.engine.output import Batch
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.visible import visible_genes
from dcell_graph.train.checkpoint import Checkpoint

Indices = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]
Size = Literal[2, 3]

SIDE = 128
"""Genes of a tile on each side: 16,384 strains of a tile at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which part of the tiles a process computes: number ``rank``, counted from 0, of ``size`` processes."""

    rank: int = 0
    size: int = 1

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Share:
        """What ``torchrun`` says in RANK and WORLD_SIZE; everything without them.

        Raises:
            SettingsError: they are not numbers that fit together.
        """
        rank, size = environment.get("RANK", "0"), environment.get("WORLD_SIZE", "1")
        if not (rank.isdecimal() and size.isdecimal() and int(rank) < int(size)):
            raise SettingsError(
                "RANK and WORLD_SIZE cannot be used", expected="a rank from 0 to size - 1", found=f"{rank} of {size}"
            )
        return cls(rank=int(rank), size=int(size))


class PredictedBlock(NamedTuple):
    """Predictions for the strains of a tile.

    Args:
        genes: indices of the deleted genes, in the order of the first model [n, k].
        prediction: in the unit of the phenotype, the mean of the models [n].
        sd: sample sd over the models [n]; None for one model.
    """

    genes: Indices
    prediction: Values
    sd: Values | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGenes:
    """Genes that a model sees.

    Args:
        indices: of the genes in the first model, each once, in the order of the list.
        unknown: those of the list that it cannot see, in order.
        repeated: those that stand in the list again, perhaps under another name.
    """

    indices: Indices
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]


def known_genes(checkpoint: Checkpoint, snapshot: Snapshot, names: Sequence[str] | None) -> KnownGenes:
    """Look genes up by id or symbol.

    Args:
        checkpoint: of the model.
        snapshot: its snapshot.
        names: of genes; None: all genes that the model sees.

    Raises:
        InputError: none of them is known.
    """
    visible, symbols = visible_genes(snapshot)
    places = {gene: index for index, gene in enumerate(checkpoint.description.gene_ids)}
    known = {gene: places[gene] for gene in visible}
    found: dict[int, str] = {}
    unknown, repeated = [], []
    for name in visible if names is None else names:
        index = known.get(name, known.get(symbols.get(name, name)))
        if index is None:
            unknown.append(name)
        elif index in found:
            repeated.append(name)
        else:
            found[index] = name
    if not found:
        raise InputError(
            "the model sees none of these genes",
            expected="genes of its snapshot, by id or symbol",
            found=", ".join(unknown[:5]) or "no genes",
        )
    return KnownGenes(
        indices=np.fromiter(found, np.int64, len(found)), unknown=tuple(unknown), repeated=tuple(repeated)
    )


def n_strains(genes: int, size: Size) -> int:
    """How many pairs or triples there are."""
    return genes * (genes - 1) // 2 if size == 2 else genes * (genes - 1) * (genes - 2) // 6


def wild_type(checkpoints: Sequence[Checkpoint]) -> tuple[float, float | None]:
    """Prediction for the strain without a deletion, in the unit of the phenotype: mean and sample sd over models."""
    nothing = np.full((1, 1), -1, np.int64)
    block = _combined(checkpoints, nothing, [_engine(one).index(torch.from_numpy(nothing)) for one in checkpoints])
    return float(block.prediction[0]), None if block.sd is None else float(block.sd[0])


def predict_all(
    checkpoints: Sequence[Checkpoint],
    genes: Indices,
    *,
    size: Size = 2,
    share: Share | None = None,
    side: int = SIDE,
) -> Iterator[PredictedBlock]:
    """Predict every pair, or every triple, of different genes, each once.

    Args:
        checkpoints: of one model, or of those of an ensemble, on one snapshot.
        genes: indices in the first model, each once.
        size: 2 for pairs, 3 for triples.
        share: of which tiles; None: all.
        side: genes of a tile on each side, 1 or more; memory grows with its square.

    Returns:
        Blocks, those of all shares together in no particular order; in a strain the gene that comes first in ``genes``
        comes first.

    Raises:
        TrainingError: a model is not the engine's, or a gene is unknown to it.
    """
    share = share or Share()
    tiles = itertools.islice(_tiles(genes, size, side), share.rank, None, share.size)
    places = [_places(one, checkpoints[0]) for one in checkpoints]
    engines = [_engine(one) for one in checkpoints]

    def prepare(strains: Indices) -> tuple[Indices, list[Batch]]:
        return strains, [
            engine.index(torch.from_numpy(place[strains])) for engine, place in zip(engines, places, strict=True)
        ]

    # While one tile is computed, a thread prepares the next.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="next-tile") as thread:
        waiting: Future[tuple[Indices, list[Batch]]] | None = None
        for strains in tiles:
            ready, waiting = waiting, thread.submit(prepare, strains)
            if ready is not None:
                yield _combined(checkpoints, *ready.result())
        if waiting is not None:
            yield _combined(checkpoints, *waiting.result())


def _tiles(genes: Indices, size: Size, side: int) -> Iterator[Indices]:
    if size == 2:
        yield from _pair_tiles(genes, side)
        return
    for place, first in enumerate(genes[:-2].tolist()):
        for pairs in _pair_tiles(genes[place + 1 :], side):
            yield np.column_stack([np.full(len(pairs), first), pairs])


def _pair_tiles(genes: Indices, side: int) -> Iterator[Indices]:
    for first in range(0, len(genes), side):
        for second in range(first, len(genes), side):
            a, b = genes[first : first + side], genes[second : second + side]
            if first == second:
                left, right = (a[index] for index in np.triu_indices(len(a), 1))
            else:
                left, right = np.repeat(a, len(b)), np.tile(b, len(a))
            if len(left):
                yield np.column_stack([left, right])


def _places(checkpoint: Checkpoint, first: Checkpoint) -> Indices:
    """The index in one model of each gene of the first one."""
    index = {gene: place for place, gene in enumerate(checkpoint.description.gene_ids)}
    return np.array([index[gene] for gene in first.description.gene_ids], np.int64)


def _engine(checkpoint: Checkpoint) -> DCell:
    if not isinstance(checkpoint.model, DCell):
        raise TrainingError(
            "all pairs need the fast model", expected="a checkpoint loaded as vectorised", found="the plain model"
        )
    return checkpoint.model


def _combined(checkpoints: Sequence[Checkpoint], strains: Indices, batches: Sequence[Batch]) -> PredictedBlock:
    each = np.stack(
        [
            one.description.target_mean + one.description.target_sd * _engine(one).predict(batch).double().cpu().numpy()
            for one, batch in zip(checkpoints, batches, strict=True)
        ]
    )
    sd = each.std(axis=0, ddof=1).astype(np.float32) if len(each) > 1 else None
    return PredictedBlock(strains, each.mean(axis=0).astype(np.float32), sd)
