"""Batches as screens are run: some query genes against some array genes.

A batch of n random pairs has about 2·n different genes, one of about √n query genes and √n array genes has 2·√n. Terms
then see fewer different sets of deleted genes, so a batch has fewer rows and a step is quicker; docs/performance.md has
the numbers. Strains of a batch that share genes also make its gradient noisier and the statistics of batch norm those
of few genes, which is why random batches are the default everywhere.

Shapes: N strains.
"""

from __future__ import annotations

import math

import numpy as np

from dcell_graph.errors import TrainingError
from dcell_graph.model.hierarchy import Indices


def tile_batches(query: Indices, array: Indices, *, size: int, random: np.random.Generator) -> list[Indices]:
    """Divide strains into batches of few query genes and few array genes.

    Genes are put into groups at random, as large as it takes for a pair of groups to have about ``size`` strains. The
    strains of such tiles are lined up, tile after tile of one group of queries, then of the next, and cut into batches.

    Args:
        query: query gene of each strain; for strains with more genes, the one that a screen has in common [N].
        array: the other gene of each strain [N].
        size: strains of a batch; the last cut has what is left.
        random: decides on groups and orders.

    Returns:
        Positions of the strains of each batch, in an order of batches that is random too. Every strain is in one batch.

    Raises:
        TrainingError: the shapes differ, or ``size`` is less than 1.
    """
    if query.shape != array.shape or query.ndim != 1 or size < 1:
        raise TrainingError(
            "the strains cannot be divided into tiles",
            expected="as many query genes as array genes, and batches of 1 strain or more",
            found=f"shapes {list(query.shape)} and {list(array.shape)}, batches of {size}",
        )
    if len(query) == 0:
        return []
    queries, of_query = np.unique(query, return_inverse=True)
    arrays, of_array = np.unique(array, return_inverse=True)
    density = len(query) / (len(queries) * len(arrays))
    side = max(1, round(math.sqrt(size / density)))
    # A screen with fewer genes on one side than a square tile would have takes more of the other side.
    rows, columns = min(side, len(queries)), min(side, len(arrays))
    rows = min(len(queries), max(rows, math.ceil(size / density / columns)))
    columns = min(len(arrays), max(columns, math.ceil(size / density / rows)))
    row_group = random.permutation(len(queries))[of_query] // rows
    column_group = random.permutation(len(arrays))[of_array] // columns
    # Groups of arrays come in another order for every group of queries.
    n_columns = int(column_group.max()) + 1
    orders = np.stack([random.permutation(n_columns) for _ in range(int(row_group.max()) + 1)])
    order = np.lexsort((random.random(len(query)), orders[row_group, column_group], row_group))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return [batches[place] for place in random.permutation(len(batches))]
