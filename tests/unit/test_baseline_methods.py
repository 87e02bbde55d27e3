"""The competitors, the bootstrap and the control, against hand-made tables and slow independent forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from dcell_graph.errors import InputError, TrainingError
from dcell_graph.train.baselines.additive import additive_ridge
from dcell_graph.train.baselines.bootstrap import correlation_interval, paired_interval
from dcell_graph.train.baselines.competitors import Task, compete
from dcell_graph.train.baselines.control import with_permuted_genes
from dcell_graph.train.baselines.lowrank import low_rank
from dcell_graph.train.baselines.network import equal_width, network
from dcell_graph.train.baselines.profiles import pairs_of, profile_knn
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.preparation import prepare
from dcell_graph.train.strains import StrainSet
from tests.training import ALL_PAIRS, Measured, config, pairs_dataset, six_terms


def all_pairs(n_genes: int) -> np.ndarray:
    return np.array([(a, b) for a in range(n_genes) for b in range(a + 1, n_genes)], dtype=np.int64)


def strain_set(deleted: np.ndarray, target: np.ndarray) -> StrainSet:
    names = tuple("+".join(map(str, row)) for row in deleted.tolist())
    return StrainSet(names=names, deleted=torch.from_numpy(deleted), target=target)


def test_ridge_is_the_solution_of_its_normal_equations() -> None:
    random = np.random.default_rng(0)
    deleted = np.array([(0, 1, -1), (0, 2, 3), (1, 2, -1), (3, -1, -1), (2, 3, -1)])
    phenotype = random.normal(size=5)
    inputs = np.zeros((5, 4))
    for strain, genes in enumerate(deleted):
        inputs[strain, genes[genes >= 0]] = 1.0
    centred = inputs - inputs.mean(axis=0)
    effects = np.linalg.solve(centred.T @ centred + 2.0 * np.eye(4), centred.T @ (phenotype - phenotype.mean()))
    expected = phenotype.mean() + (np.array([[1, 0, 0, 1]]) - inputs.mean(axis=0)) @ effects
    found = additive_ridge(deleted, phenotype, np.array([(0, 3)]), n_genes=4, penalty=2.0)
    assert found == pytest.approx(expected, abs=1e-6)


def test_pairs_are_strains_that_lack_exactly_two_genes() -> None:
    deleted = np.array([(4, 1, -1), (2, 2, -1), (0, 1, 2), (-1, 3, 0), (5, -1, -1), (6, 7, 6)])
    where, first, second = pairs_of(deleted)
    assert where.tolist() == [0, 3, 5]
    assert first.tolist() == [1, 0, 6]
    assert second.tolist() == [4, 3, 7]


def test_profile_knn_takes_the_value_of_the_twin() -> None:
    """Genes 0 and 1 have equal profiles over 12 partners; the pair (0, 13) was measured with 1 in place of 0."""
    profile = np.array([0.9, -0.7, 0.5, -0.3, 0.8, -0.9, 0.2, -0.4, 0.6, -0.5, 0.7, -0.9])
    rows = [(gene, partner) for gene in (0, 1) for partner in range(2, 14)]
    deleted = np.array([row for row in rows if row != (0, 13)])
    phenotype = np.array([profile[partner - 2] for _, partner in deleted])
    wanted = np.array([(0, 13)])
    found = profile_knn(deleted, phenotype, wanted, n_genes=14, penalty=1e9, nearest=1, shrinkage=0.0)
    # With so high a penalty the additive part is the mean, and the twin's strain misses its value less that mean.
    assert found[0] == pytest.approx(profile[11], abs=1e-6)
    shrunk = profile_knn(deleted, phenotype, wanted, n_genes=14, penalty=1e9, nearest=1, shrinkage=1e9)
    assert shrunk[0] == pytest.approx(phenotype.mean(), abs=1e-6)


def test_profile_knn_is_additive_for_other_strains_than_pairs() -> None:
    deleted, random = all_pairs(12), np.random.default_rng(1)
    phenotype = random.normal(size=len(deleted))
    wanted = np.array([(0, 1, 2), (3, -1, -1)])
    found = profile_knn(deleted, phenotype, wanted, n_genes=12, penalty=3.0, nearest=5, shrinkage=0.1)
    assert found == pytest.approx(additive_ridge(deleted, phenotype, wanted, n_genes=12, penalty=3.0), abs=1e-6)


def test_low_rank_finds_a_product_that_no_additive_model_can() -> None:
    random = np.random.default_rng(2)
    factor = random.normal(size=30)
    deleted = all_pairs(30)
    phenotype = 1.0 - factor[deleted[:, 0]] * factor[deleted[:, 1]]
    hidden = random.permutation(len(deleted))[:60]
    known = np.setdiff1d(np.arange(len(deleted)), hidden)
    options: dict[str, Any] = {"n_genes": 30, "penalty": 1.0}
    parts = (deleted[known], phenotype[known], deleted[hidden])
    found = low_rank(*parts, rank=2, sweeps=60, seed=0, **options)
    assert np.corrcoef(found, phenotype[hidden])[0, 1] > 0.95
    assert np.corrcoef(additive_ridge(*parts, **options), phenotype[hidden])[0, 1] < 0.5
    assert (found == low_rank(*parts, rank=2, sweeps=60, seed=0, **options)).all()


def test_equal_width_is_the_widest_that_fits() -> None:
    for n_genes, parameters in ((124, 30_000), (5, 100), (1000, 10)):
        width = equal_width(n_genes, parameters)
        counts = [(n_genes + 1) * h + (h + 1) * h + (h + 1) for h in (width, width + 1)]
        assert counts[1] > parameters
        assert counts[0] <= parameters or width == 1


def test_the_network_learns_an_interaction_and_follows_its_seed() -> None:
    deleted = np.array([(0, 2), (0, 3), (1, 2), (1, 3)] * 200)
    phenotype = np.where((deleted[:, 0] == 0) == (deleted[:, 1] == 2), 5.0, 7.0)
    options: dict[str, Any] = {"n_genes": 4, "width": 12, "penalty": 1e-4, "epochs": 80, "members": 2}
    found = network(deleted, phenotype, deleted[:4], seed=0, **options)
    assert found == pytest.approx(phenotype[:4], abs=0.5)
    assert (found == network(deleted, phenotype, deleted[:4], seed=0, **options)).all()
    assert (found != network(deleted, phenotype, deleted[:4], seed=5, **options)).any()


def test_the_paired_bootstrap_is_that_of_a_loop() -> None:
    random = np.random.default_rng(3)
    target = random.normal(size=40)
    first, second = target + random.normal(size=40), target + 2 * random.normal(size=40)
    found = paired_interval(target, first, second, seed=7, draws=200)
    picked = np.random.default_rng(7).integers(40, size=(200, 40))
    slow = [
        np.corrcoef(target[rows], first[rows])[0, 1] - np.corrcoef(target[rows], second[rows])[0, 1] for rows in picked
    ]
    assert found.value == pytest.approx(np.corrcoef(target, first)[0, 1] - np.corrcoef(target, second)[0, 1])
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(slow, [2.5, 97.5])))


def test_equal_predictions_differ_by_nothing_and_a_constant_one_is_undefined() -> None:
    target = np.array([0.0, 1.0, 3.0, 2.0])
    same = paired_interval(target, target, target, draws=50)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    flat = correlation_interval(target, np.full(4, 2.0), draws=50)
    assert (flat.value, flat.low, flat.high) == (None, None, None)
    with pytest.raises(InputError, match="cannot be compared"):
        correlation_interval(target, np.array([0.0, 1.0, math.nan, 2.0]))
    with pytest.raises(InputError, match="cannot be compared"):
        paired_interval(target, target, target[:3])


@pytest.fixture
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return lambda rows: pairs_dataset(tmp_path_factory.mktemp("pairs"), rows)


def divided(**changes: object) -> TrainConfig:
    return config(**{"fractions": (0.6, 0.2, 0.2), **changes})


def test_the_control_exchanges_places_the_same_way_everywhere(measured: Measured) -> None:
    prepared = prepare(six_terms(), measured(ALL_PAIRS[:-1]), divided())
    moved = with_permuted_genes(prepared, n_genes=8, seed=1)
    places: dict[int, set[int]] = {}
    for before, after in (
        (prepared.train, moved.train),
        (prepared.validation, moved.validation),
        (prepared.test, moved.test),
    ):
        assert (before.names, before.target.tolist()) == (after.names, after.target.tolist())
        for old, new in zip(before.deleted.ravel().tolist(), after.deleted.ravel().tolist(), strict=True):
            places.setdefault(old, set()).add(new)
    assert all(len(some) == 1 for some in places.values())
    assert sorted(next(iter(some)) for some in places.values()) == sorted(places)
    assert any(old not in some for old, some in places.items())


def test_genes_that_no_strain_lacks_stay_where_they_are(measured: Measured) -> None:
    prepared = prepare(six_terms(), measured(["AAA1 CCC3 0.1", "CCC3 EEE5 0.2", "AAA1 EEE5 0.3"]), config())
    moved = with_permuted_genes(prepared, n_genes=8, seed=3)
    assert set(moved.train.deleted.ravel().tolist()) == {0, 2, 4}


def test_the_choice_does_not_see_the_test_strains() -> None:
    random = np.random.default_rng(4)
    deleted = all_pairs(16)
    target = random.normal(size=16)[deleted].sum(axis=1) + 0.1 * random.normal(size=len(deleted))
    order = random.permutation(len(deleted))
    train, validation, test = (strain_set(deleted[rows], target[rows]) for rows in np.split(order, [80, 100]))
    other = strain_set(test.deleted.numpy(), -test.target)
    entries = [
        list(compete(Task(train=train, validation=validation, test=asked, n_genes=16, parameters=300)))
        for asked in (test, other)
    ]
    assert [entry.name for entry in entries[0]] == [
        "additive ridge",
        "profile kNN",
        "low-rank factorisation",
        "network of equal size",
    ]
    for one, same in zip(*entries, strict=True):
        assert one.setting == same.setting
        assert (one.test == same.test).all()
    assert np.corrcoef(entries[0][0].test, test.target)[0, 1] > 0.95


def test_refit_learns_from_the_validation_strains_too() -> None:
    """Gene 5 is only in validation strains: what it adds is known only after the refit."""
    deleted, effect = all_pairs(6), np.array([0.0, 0.1, -0.1, 0.2, -0.2, 4.0])
    target = effect[deleted].sum(axis=1)
    with_five = (deleted == 5).any(axis=1)
    train = strain_set(deleted[~with_five], target[~with_five])
    validation, test = (strain_set(deleted[with_five][rows], target[with_five][rows]) for rows in ([0, 1, 2], [3, 4]))
    task = Task(train=train, validation=validation, test=test, n_genes=6, parameters=50)
    before, after = (next(iter(compete(task, refit=refit))) for refit in (False, True))
    assert abs(before.test - test.target).min() > 3
    assert abs(after.test - test.target).max() < 2


def test_without_validation_strains_nothing_can_be_chosen() -> None:
    pairs = all_pairs(4)
    some, none = strain_set(pairs, np.arange(6.0)), strain_set(pairs[:0], np.zeros(0))
    with pytest.raises(TrainingError, match="no validation strains"):
        next(compete(Task(train=some, validation=none, test=some, n_genes=4, parameters=10)))
