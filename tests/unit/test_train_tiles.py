"""Batches that are tiles of query genes against array genes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from dcell_graph.measurements.dataset import Dataset
from dcell_graph.train.preparation import preparation_lines, prepare
from dcell_graph.train.strains import Indices
from dcell_graph.train.tiles import query_and_array, tile_batches, tile_shape
from tests.training import ALL_PAIRS, config, pairs_dataset, six_terms


def screen(n_query: int, n_array: int, share: float = 1.0) -> Indices:
    """Some of the pairs of query genes, whose indices come last, and array genes."""
    pairs = np.argwhere(np.random.default_rng(1).random((n_query, n_array)) < share).astype(np.int64)
    pairs[:, 0] += n_array
    return pairs


def genes_of(strains: Indices, batches: list[Indices]) -> float:
    """Different genes of a batch, on average."""
    return float(np.mean([len(np.unique(strains[batch])) for batch in batches]))


@pytest.mark.parametrize(
    ("n_query", "n_array", "share"), [(40, 40, 1.0), (200, 30, 0.3), (5, 900, 0.9), (300, 300, 0.02)]
)
@pytest.mark.parametrize("size", [1, 64, 10_000])
def test_every_strain_is_in_one_batch_and_a_batch_has_few_genes(
    n_query: int, n_array: int, share: float, size: int
) -> None:
    strains = screen(n_query, n_array, share)
    batches = tile_batches(strains, size=size, seed=2, epoch=1, merge_single=False)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(strains)))
    sizes = Counter(map(len, batches))
    assert sizes.total() == -(-len(strains) // size)
    assert all(length == size for length in sizes if length != min(map(len, batches)))
    if size == 64 and share > 0.5:
        at_random = np.array_split(np.random.default_rng(1).permutation(len(strains)), len(batches))
        assert genes_of(strains, batches) < 0.75 * genes_of(strains, at_random)


def test_seed_and_epoch_decide_and_nothing_else() -> None:
    strains = screen(20, 20)

    def drawn(seed: int, epoch: int) -> list[list[int]]:
        cut = tile_batches(strains, size=64, seed=seed, epoch=epoch, merge_single=False)
        return [batch.tolist() for batch in cut]

    assert drawn(3, 1) == drawn(3, 1)
    others = drawn(3, 2), drawn(4, 1)
    assert drawn(3, 1) not in others and others[0] != others[1]
    # A small last batch is not always the last one of an epoch.
    places = {[len(batch) for batch in drawn(3, epoch)].index(400 % 64) for epoch in range(8)}
    assert len(places) > 2


@pytest.mark.parametrize("single", [True, False])
def test_a_batch_of_one_joins_another_where_it_has_to(single: bool) -> None:
    strains = screen(3, 3)
    batches = tile_batches(strains, size=4, seed=0, epoch=1, merge_single=single)
    assert sorted(map(len, batches)) == ([4, 5] if single else [1, 4, 4])


def test_no_strains_have_no_batches() -> None:
    assert tile_batches(np.zeros((0, 2), np.int64), size=4, seed=0, epoch=1, merge_single=True) == []


def test_the_gene_that_most_strains_lack_is_the_query() -> None:
    # Gene 7 is lacked by four strains, gene 2 by three, all others by one; genes stand in any column.
    strains = np.array([[7, 1, -1], [2, 7, 3], [4, -1, 7], [-1, -1, -1], [5, -1, -1], [2, 7, -1], [2, 6, -1]])
    query, array = query_and_array(strains)
    assert query.tolist() == [7, 7, 7, -1, 5, 7, 2]
    assert array.tolist() == [1, 3, 4, -1, 5, 2, 6]
    for genes in query_and_array(np.zeros((2, 0), np.int64)):
        assert genes.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("n_query", "n_array", "wanted", "shape"),
    [(40, 40, 64, (8, 8)), (2, 100, 64, (2, 32)), (100, 4, 64, (16, 4)), (3, 3, 64, (3, 3)), (9, 9, 0.2, (1, 1))],
)
def test_tiles_are_square_where_there_are_genes_enough(
    n_query: int, n_array: int, wanted: float, shape: tuple[int, int]
) -> None:
    assert tile_shape(n_query, n_array, wanted=wanted) == shape


@pytest.fixture(scope="module")
def strains(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return pairs_dataset(tmp_path_factory.mktemp("strains"), ALL_PAIRS)


def test_training_takes_tiles_when_told(strains: Dataset) -> None:
    options = config(batches="tiles", batch_size=9)
    prepared = prepare(six_terms(), strains, options)
    deleted = prepared.train.deleted.numpy()
    for epoch in (1, 2):
        found = [batch.tolist() for batch in prepared.batches(options, epoch)]
        # 28 strains in batches of nine leave one over, which batch norm could not train on.
        assert sorted(map(len, found)) == [9, 9, 10]
        expected = tile_batches(deleted, size=9, seed=0, epoch=epoch, merge_single=True)
        assert found == [batch.tolist() for batch in expected]
    assert "Batch: 9 strains, query genes against array genes" in list(preparation_lines(prepared, options))
    assert "Batch: 9 strains" in list(preparation_lines(prepared, config(batch_size=9)))
    overfit = config(batches="tiles", overfit=5)
    prepared = prepare(six_terms(), strains, overfit)
    assert [batch.tolist() for batch in prepared.batches(overfit, 3)] == [[0, 1, 2, 3, 4]]
    assert "Batch: 5 strains" in list(preparation_lines(prepared, overfit))
