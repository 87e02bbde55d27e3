"""Subsystems that decide a phenotype are found, and none where there is nothing to find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dcell_graph.interpret.importance import Importance, importance, scores_of
from dcell_graph.interpret.null import trained_on_null
from dcell_graph.interpret.trained import open_trained, strains_of
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.train import training
from dcell_graph.train.metrics import pearson
from dcell_graph.train.run import run
from tests.snapshots import make_snapshot
from tests.training import config, pairs_dataset

TERMS, GENES, PLANTED = 12, 5, (2, 7, 9)
NULLS = 8
"""Random hierarchies: with T terms, q can be 0.05 where T / (1 + T · NULLS) / k ≤ 0.05, from k = 3 such terms on."""
SCORES = ("P_rho", "rlipp_gain", "permutation", "gradient_x_state")
LINKS = [(f"T{term}", "left" if term % 2 else "right") for term in range(TERMS)]
PAIRS = [(f"T{term}", f"G{term}x{gene}") for term in range(TERMS) for gene in range(GENES)]
SNAPSHOT = make_snapshot([*LINKS, ("left", "root"), ("right", "root")], PAIRS, name="planted")


def strains(folder: Path, *, shuffled: bool) -> Dataset:
    """Double mutants; k genes of a planted term cost 0.4 · (1 - exp(-k²/2)), as in a generated world."""
    random = np.random.default_rng(1)
    names = [gene for _, gene in PAIRS]
    chosen = [(a, b) for a in range(len(names)) for b in range(a) if random.random() < 0.45]
    value = np.ones(len(chosen))
    for term in PLANTED:
        k = np.array([sum(place // GENES == term for place in pair) for pair in chosen])
        value *= 1 - 0.4 * (1 - np.exp(-(k**2) / 2))
    value += random.normal(0, 0.03, len(chosen))
    if shuffled:
        random.shuffle(value)
    return pairs_dataset(folder, [f"{names[a]} {names[b]} {v:.4f}" for (a, b), v in zip(chosen, value, strict=True)])


def found(folder: Path, *, shuffled: bool) -> tuple[Importance, list[float]]:
    """The scores, and of each leaf a simple score: the correlation of the phenotype with its deleted genes."""
    dataset = strains(folder, shuffled=shuffled)
    options = config(epochs=6, lr=0.01, batch_size=32, fractions=(0.7, 0.1, 0.2))
    run(SNAPSHOT, dataset, options, folder / "run")
    trained = open_trained(folder / "run", SNAPSHOT)
    tested = strains_of(trained, dataset, "test", most=1_000)
    nulls = [scores_of(trained_on_null(trained, dataset, folder, number), tested) for number in range(1, NULLS + 1)]
    deleted, simple = tested.deleted.numpy(), []
    for term in range(TERMS):
        genes = [trained.hierarchy.gene_ids.index(gene) for at, gene in PAIRS if at == f"T{term}"]
        simple.append(abs(pearson(np.isin(deleted, genes).sum(axis=1).astype(float), tested.target) or 0.0))
    return importance(trained, scores_of(trained, tested), nulls, len(tested)), simple


def auroc(scores: list[float]) -> float:
    """How often a planted leaf scores higher than another one."""
    others = [term for term in range(TERMS) if term not in PLANTED]
    return float(np.mean([scores[planted] > scores[other] for planted in PLANTED for other in others]))


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


def test_planted_subsystems_are_found_as_well_as_by_counting_their_genes(tmp_path: Path) -> None:
    result, simple = found(tmp_path, shuffled=False)
    order = result.table["term"].tolist()
    for measure in ("permutation", "gradient_x_state"):
        values = result.table[measure].tolist()
        scores = [float(values[order.index(f"T{term}")]) for term in range(TERMS)]
        assert auroc(scores) >= auroc(simple) - 0.05, measure
        best = set(np.argsort(scores)[-len(PLANTED) :].tolist())
        assert best == set(PLANTED), measure
    planted = {f"T{term}" for term in PLANTED}
    assert set(result.top("P_rho_z", len(PLANTED))["term"]) == planted
    assert set(result.table["term"][result.table["P_rho_q"] <= 0.05]) <= planted


def test_nothing_is_significant_where_labels_are_shuffled(tmp_path: Path) -> None:
    result, _ = found(tmp_path, shuffled=True)
    for measure in SCORES:
        assert not (result.table[f"{measure}_q"] <= 0.05).any(), measure
