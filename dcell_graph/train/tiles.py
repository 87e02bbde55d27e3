"""Batches as screens are run: some query genes against some array genes.

A batch of n random pairs has about 2·n different genes, one of about √n query genes and √n array genes has 2·√n. Terms
then see fewer different sets of deleted genes, so a batch has fewer rows and a step is quicker; docs/performance.md has
the numbers. Strains of a batch that share genes also make its gradient noisier and the statistics of batch norm those
of few genes, which is why random batches are the default.

Shapes: N strains, K deleted genes a strain at most.
"""

from __future__ import annotations

import math

import numpy as np

from dcell_graph.train.strains import Indices, batches


def tile_batches(deleted: Indices, *, size: int, seed: int, epoch: int, merge_single: bool) -> list[Indices]:
    """Divide strains into batches of few query genes and few array genes.

    Genes are put into groups at random, as large as it takes for a pair of groups to have about ``size`` strains. The
    strains of such tiles are lined up, tile after tile of one group of queries, then of the next, and cut into batches.

    Args:
        deleted: indices of the deleted genes, padded with -1 [N, K].
        size: strains of a batch, 1 or more; the last cut has what is left.
        seed, epoch: decide on groups and orders, and nothing else does.
        merge_single: put a last cut of one strain into the batch before it.

    Returns:
        Positions of the strains of each batch, in an order of batches that is random too. Every strain is in one batch.
    """
    if len(deleted) == 0:
        return []
    random = np.random.PCG64([seed, epoch])
    (n_query, query), (n_array, array) = (_numbered(genes) for genes in query_and_array(deleted))
    height, width = tile_shape(n_query, n_array, wanted=size * n_query * n_array / len(deleted))
    row = _permutation(random, n_query)[query] // height
    column = _permutation(random, n_array)[array] // width
    # Groups of array genes come in another order for every group of query genes.
    n_rows, n_columns = (int(groups.max()) + 1 for groups in (row, column))
    orders = np.argsort(random.random_raw(n_rows * n_columns).reshape(n_rows, n_columns), axis=1, kind="stable")
    order = np.lexsort((random.random_raw(len(deleted)), orders[row, column], row)).astype(np.int64)
    cut = batches(order, size, merge_single=merge_single)
    return [cut[place] for place in _permutation(random, len(cut))]


def query_and_array(deleted: Indices) -> tuple[Indices, Indices]:
    """Of each strain the gene that most strains lack, and the one that fewest do [N]; -1 where none is deleted.

    In a screen of few query genes against many array genes, these are the query gene and the array gene.
    """
    padded = np.pad(deleted, ((0, 0), (0, 1)), constant_values=-1)
    lacks = padded >= 0
    n_genes = int(padded.max()) + 1
    strains = np.bincount(padded[lacks], minlength=max(1, n_genes))
    # Of genes that equally many strains lack, the later one counts as the commoner.
    common = np.where(lacks, strains[padded] * n_genes + padded, -1)
    rare = np.where(lacks, common, np.iinfo(np.int64).max)
    everyone = np.arange(len(padded))
    return padded[everyone, common.argmax(axis=1)], padded[everyone, rare.argmin(axis=1)]


def tile_shape(n_query: int, n_array: int, *, wanted: float) -> tuple[int, int]:
    """Genes of a tile on each side, so that it has ``wanted`` cells: a square, or what comes nearest."""
    side = max(1, round(math.sqrt(wanted)))
    height, width = min(side, n_query), min(side, n_array)
    # A screen with fewer genes on one side than a square would have takes more of the other side.
    height = min(n_query, max(height, math.ceil(wanted / width)))
    return height, min(n_array, max(width, math.ceil(wanted / height)))


def _numbered(genes: Indices) -> tuple[int, Indices]:
    """How many different genes there are, and the number of each strain's among them."""
    different, number = np.unique(genes, return_inverse=True)
    return len(different), number.astype(np.int64)


def _permutation(random: np.random.PCG64, count: int) -> Indices:
    """An order of ``count`` things; numpy may change how it makes permutations, but not what it draws."""
    return np.argsort(random.random_raw(count), kind="stable").astype(np.int64)
