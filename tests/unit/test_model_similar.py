"""Similar genes: which are found, what they do to the inputs, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.model.similar import SimilarGenes, similar_by_profile
from tests.snapshots import make_snapshot

MODELS = pytest.mark.parametrize("model_class", [ReferenceDCell, DCell])


def slowly(
    strains: np.ndarray[Any, Any], phenotype: np.ndarray[Any, Any], n_genes: int, count: int, fewest: int
) -> Any:
    """Shares by gene, pair by pair, with numpy's own correlation."""
    profiles: list[dict[int, list[float]]] = [{} for _ in range(n_genes)]
    for genes, value in zip(strains.tolist(), phenotype.tolist(), strict=True):
        lacks = sorted({gene for gene in genes if gene >= 0})
        if len(lacks) == 2:
            for own, partner in (lacks, lacks[::-1]):
                profiles[own].setdefault(partner, []).append(value)
    found: list[dict[int, float]] = []
    for own in range(n_genes):
        scores = []
        for other in range(n_genes):
            shared = sorted(profiles[own].keys() & profiles[other].keys())
            if other == own or len(shared) < fewest:
                continue
            columns = [[np.mean(profiles[gene][partner]) for partner in shared] for gene in (own, other)]
            scores.append((float(np.corrcoef(columns)[0, 1]), other))
        best = [score for score in sorted(scores, key=lambda score: (-score[0], score[1]))[:count] if score[0] > 0]
        total = sum(score**2 for score, _ in best)
        found.append({other: score**2 / total for score, other in best})
    return found


def test_similar_profiles_are_found() -> None:
    random = np.random.default_rng(3)
    n_genes, hidden = 40, random.normal(size=(40, 3))
    pairs = np.array([(a, b) for a in range(40) for b in range(40) if a != b and random.random() < 0.5])
    phenotype = (hidden[pairs[:, 0]] * hidden[pairs[:, 1]]).sum(axis=1) + random.normal(size=len(pairs))
    strains = np.column_stack([pairs, np.full(len(pairs), -1)])
    # A single, a triple and a gene twice are no double mutants.
    strains = np.concatenate([strains, [[5, -1, -1], [1, 2, 3], [7, 7, -1]]])
    phenotype = np.concatenate([phenotype, [99.0, 99.0, 99.0]])
    found = similar_by_profile(strains, phenotype, n_genes=n_genes, count=4, fewest=8)
    expected = slowly(strains, phenotype, n_genes, 4, 8)
    assert sum(map(len, expected)) > 100
    for gene in range(n_genes):
        rows = zip(found.gene[gene].tolist(), found.share[gene].tolist(), strict=True)
        shares = {other: share for other, share in rows if other >= 0}
        assert shares.keys() == expected[gene].keys()
        assert shares == pytest.approx(expected[gene], rel=1e-5)
    found.checked(n_genes, 4)


def test_genes_without_profiles_have_no_similar_genes() -> None:
    found = similar_by_profile(np.array([[0, 1], [2, -1]]), np.array([0.5, 0.25]), n_genes=4, count=3)
    assert (found.gene == -1).all()
    assert (found.share == 0).all()


def test_profiles_refuse_what_is_no_number() -> None:
    with pytest.raises(TrainingError, match="one finite phenotype each"):
        similar_by_profile(np.array([[0, 1]]), np.array([np.nan]), n_genes=2, count=1)
    with pytest.raises(TrainingError, match="does not know"):
        similar_by_profile(np.array([[0, 2]]), np.array([0.5]), n_genes=2, count=1)


def a_model(model_class: Any, coding: str) -> Any:
    config = ModelConfig.model_validate(
        {"min_width": 1, "width_ratio": 0, "norm": "none", "activation": "linear", "gene_coding": coding}
        | {"similar_genes": 2}
    )
    snapshot = make_snapshot([], [("R", "g0"), ("R", "g1"), ("R", "g2")])
    model = model_class(Hierarchy.from_snapshot(snapshot, config), config, dtype=torch.float64)
    weights = model.to_term_weights()
    weights |= {
        "R.linear.weight": torch.tensor([[1.0, 10.0, 100.0]]).double(),
        "R.linear.bias": torch.zeros(1).double(),
        "R.head.weight": torch.ones(1, 1).double(),
        "R.head.bias": torch.zeros(1).double(),
    }
    model.load_term_weights(weights)
    return model


@MODELS
@pytest.mark.parametrize("coding", ["present", "deleted"])
def test_inputs_by_hand(model_class: Any, coding: str) -> None:
    model = a_model(model_class, coding)
    # Gene 0 shares with 1 and 2, gene 1 with 0.
    gene, share = np.array([[1, 2], [0, -1], [-1, -1]]), np.array([[0.5, 0.25], [0.125, 0], [0, 0]], np.float32)
    model.set_similar_genes(SimilarGenes(gene, share))
    found = model(torch.tensor([[-1, -1], [0, -1], [1, -1], [0, 1], [2, 2]])).prediction.tolist()
    # What a strain that lacks these genes differs by: 1 + 5 + 25, 10 + 0.125, both, 100. All present: 111 + 30.125.
    lacks = [0.0, 31.0, 10.125, 41.125, 100.0]
    assert found == pytest.approx(lacks if coding == "deleted" else [141.125 - value for value in lacks], rel=1e-12)


@MODELS
def test_a_model_must_know_its_similar_genes(model_class: Any) -> None:
    model = a_model(model_class, "present")
    with pytest.raises(TrainingError, match="does not know which genes are similar"):
        model(torch.tensor([[0], [1]]))
    # They are a part of the weights, so a checkpoint brings them along.
    other = a_model(model_class, "present")
    gene, share = np.array([[1, 2], [0, -1], [-1, -1]]), np.array([[0.5, 0.25], [0.125, 0], [0, 0]], np.float32)
    other.set_similar_genes(SimilarGenes(gene, share))
    model.load_term_weights(other.to_term_weights())
    strains = torch.tensor([[0, -1], [1, -1], [0, 2]])
    assert torch.equal(model(strains).prediction, other(strains).prediction)
    model.load_state_dict(a_model(model_class, "present").state_dict())
    with pytest.raises(TrainingError, match="does not know which genes are similar"):
        model(strains)


@MODELS
@pytest.mark.parametrize(
    ("gene", "share"),
    [
        ([[0, -1], [-1, -1], [-1, -1]], [[1.0, 0], [0, 0], [0, 0]]),  # itself
        ([[1, 1], [-1, -1], [-1, -1]], [[0.5, 0.5], [0, 0], [0, 0]]),  # twice
        ([[3, -1], [-1, -1], [-1, -1]], [[1.0, 0], [0, 0], [0, 0]]),  # unknown
        ([[1, -1], [-1, -1], [-1, -1]], [[-1.0, 0], [0, 0], [0, 0]]),
        ([[1, -1], [-1, -1], [-1, -1]], [[float("nan"), 0], [0, 0], [0, 0]]),
        ([[-1, -1], [-1, -1], [-1, -1]], [[0.5, 0], [0, 0], [0, 0]]),
        ([[1], [-1], [-1]], [[1.0], [0], [0]]),
    ],
)
def test_similar_genes_that_cannot_be_used_are_refused(model_class: Any, gene: Any, share: Any) -> None:
    with pytest.raises(TrainingError, match="similar"):
        a_model(model_class, "present").set_similar_genes(SimilarGenes(np.array(gene), np.array(share, np.float32)))


@MODELS
def test_a_model_without_similar_genes_takes_none(model_class: Any) -> None:
    config = ModelConfig()
    model = model_class(Hierarchy.from_snapshot(make_snapshot([], [("R", "g0")]), config), config)
    with pytest.raises(TrainingError, match="has no similar genes"):
        model.set_similar_genes(SimilarGenes(np.array([[-1]]), np.zeros((1, 1), np.float32)))
