"""The split of a change of accuracy into annotations, topology and noise, by hand and by slow arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dcell_graph.errors import DcellGraphError
from dcell_graph.interpret.split import Corners, hybrid, split_change
from tests.snapshots import make_snapshot


def test_a_change_of_accuracy_is_split_whole() -> None:
    # Any correlation can be mixed from the measured values and others that have none with them.
    target, other = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])

    def said(*accuracies: float) -> np.ndarray:
        return np.array([r * target + math.sqrt(1 - r * r) * other for r in accuracies])

    corners = Corners(
        a=said(0.1, 0.3), b=said(0.6, 0.8), annotations_of_b=said(0.3, 0.5), topology_of_b=said(0.4, 0.6), target=target
    )
    split = split_change(corners)
    assert split.strains == 4
    assert split.change.value == pytest.approx(0.5)
    assert split.annotations.value == pytest.approx((0.2 + 0.2) / 2)
    assert split.topology.value == pytest.approx((0.3 + 0.3) / 2)
    assert split.interaction.value == pytest.approx(0.0)
    assert split.seed_noise == pytest.approx(math.sqrt(0.02))
    assert split.change.error == pytest.approx(math.sqrt(0.01 + 0.01))
    with pytest.raises(DcellGraphError, match="two seeds or more"):
        split_change(
            Corners(a=said(0.1), b=said(0.2), annotations_of_b=said(0.1), topology_of_b=said(0.1), target=target)
        )


def test_the_error_over_strains_is_that_of_drawing_them_anew() -> None:
    random = np.random.default_rng(5)
    target = random.normal(size=60)
    noise = {name: random.normal(size=(2, 60)) for name in ("a", "b", "annotations_of_b", "topology_of_b")}
    weight = {"a": 2.0, "b": 0.5, "annotations_of_b": 1.0, "topology_of_b": 1.0}
    said = {name: target + weight[name] * each for name, each in noise.items()}
    changes = []
    for _ in range(400):
        drawn = random.integers(60, size=60)
        accuracy = {
            name: np.mean([np.corrcoef(one[drawn], target[drawn])[0, 1] for one in said[name]]) for name in ("a", "b")
        }
        changes.append(accuracy["b"] - accuracy["a"])
    found = split_change(Corners(**said, target=target)).change
    assert found.value > 0.2
    assert found.strain_error == pytest.approx(np.std(changes), rel=0.2)
    # Models that all say the same have no change that drawing could move.
    same = dict.fromkeys(said, said["a"])
    assert split_change(Corners(**same, target=target)).change.strain_error == 0


def test_a_hybrid_has_the_links_of_one_and_the_pairs_of_the_other() -> None:
    a = make_snapshot([("x", "root"), ("y", "root")], [("x", "G1"), ("y", "G2")])
    b = make_snapshot([("x", "root"), ("z", "x")], [("x", "G3"), ("z", "G1")])
    found = hybrid(a, b)
    assert found.terms["term"].tolist() == a.terms["term"].tolist()
    assert sorted(found.annotations[["term", "gene"]].itertuples(index=False, name=None)) == [
        ("x", "G1"),
        ("x", "G3"),
        ("y", "G2"),
    ]
    # The other way round: z stays as it is, for a has nothing to say about it, and what is on y is on the root.
    found = hybrid(b, a)
    assert sorted(found.annotations[["term", "gene"]].itertuples(index=False, name=None)) == [
        ("root", "G2"),
        ("x", "G1"),
        ("z", "G1"),
    ]
