"""Weights of strains, labels that are not numbers, and numbers of other kinds."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dcell_graph.errors import InputError, TrainingError
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.train import training
from dcell_graph.train.checkpoint import build_model, load_checkpoint
from dcell_graph.train.learner import Learner, make_optimiser
from dcell_graph.train.loop import evaluation_pass
from dcell_graph.train.preparation import prepare
from dcell_graph.train.run import run
from dcell_graph.train.strains import Scale, StrainSet, Weighing, encode
from tests.training import ALL_PAIRS, GENES, NINE, config, pairs_dataset, six_terms, with_sd


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


def test_weights_by_hand() -> None:
    # The median positive sd is 0.2, so nothing below 0.02 counts: 1/sd² = 100, 25, 6.25 and 2500, mean 657.8125.
    weighing = Weighing.of(np.array([0.1, 0.2, 0.4, 0.0, math.nan]))
    assert weighing is not None
    found = weighing.weight(np.array([0.1, 0.2, 0.4, 0.0, math.nan, 0.8]))
    expected = np.array([100, 25, 6.25, 2500, 657.8125, 1.5625]) / 657.8125
    assert found == pytest.approx(expected)
    assert found[:4].mean() == pytest.approx(1)
    assert Weighing.of(np.array([0.0, math.nan])) is None
    assert Weighing.of(None) is None


def learner(**options: object) -> Learner:
    settings = config(**options)
    hierarchy = Hierarchy.from_snapshot(six_terms(), settings.architecture)
    torch.manual_seed(1)
    model = build_model("reference", hierarchy, settings.architecture, dtype=torch.float64)
    return Learner(
        model=model, optimiser=make_optimiser(model, settings), config=settings, scale=Scale(), root=0,
        device=torch.device("cpu"),
    )  # fmt: skip


def test_a_weighted_loss_by_hand() -> None:
    one = learner(norm="none", alpha=0.5, aux_reduction="sum", precision="float64")
    deleted = torch.tensor([[0, 1], [2, -1], [3, 4]])
    target, weight = np.array([1.0, -2.0, 0.5]), np.array([4.0, 1.0, 0.0])
    strains = StrainSet(names=("a", "b", "c"), deleted=deleted, target=target, weight=weight)
    found = evaluation_pass(one, strains, where="here").measures
    with torch.no_grad():
        heads = one.model(deleted).heads.numpy()
    squares = (heads - target[:, None]) ** 2
    by_term = [(4 * squares[0, term] + 1 * squares[1, term]) / 5 for term in range(6)]
    assert found.primary == pytest.approx(by_term[0], rel=1e-9)
    assert found.loss == pytest.approx(by_term[0] + 0.5 * sum(by_term[1:]), rel=1e-9)


def test_batches_add_up_to_the_loss_over_all_strains() -> None:
    """In evaluation mode 300 strains take two batches, whose weights differ."""
    one = learner(norm="none", precision="float64")
    generator = np.random.default_rng(3)
    deleted = torch.from_numpy(generator.integers(0, 8, (300, 2)))
    target, weight = generator.normal(size=300), generator.random(300) ** 4
    names = tuple(map(str, range(300)))
    strains = StrainSet(names=names, deleted=deleted, target=target, weight=weight)
    found = evaluation_pass(one, strains, where="here").measures
    with torch.no_grad():
        root = one.model(deleted).prediction.numpy()
    assert found.primary == pytest.approx(float(np.average((root - target) ** 2, weights=weight)), rel=1e-9)
    plain = evaluation_pass(one, replace(strains, weight=None), where="here").measures
    assert plain.primary == pytest.approx(float(np.mean((root - target) ** 2)), rel=1e-9)


def test_a_run_weighs_its_strains(tmp_path: Path) -> None:
    # In the order of names: AAA1+CCC3, AAA1+HHH7, BBB2+FFF6 have an sd, the second twice that of the first.
    dataset = with_sd(pairs_dataset(tmp_path, NINE), [0.1, 0.2, 0.1, *[math.nan] * 6])
    lines: list[str] = []
    options = config(sample_weights="inverse_variance")
    weighted = run(six_terms(), dataset, options, tmp_path / "weighted", log=lines.append)
    equal = run(six_terms(), dataset, config(), tmp_path / "equal")
    assert weighted.epochs[-1].train.loss != equal.epochs[-1].train.loss
    train = prepare(six_terms(), dataset, options).train
    # 100, 25 and 100 have the mean 75.
    assert np.asarray(train.weight) == pytest.approx([4 / 3, 1 / 3, 4 / 3, 1, 1, 1, 1, 1, 1])
    assert train.names[1] == "AAA1+HHH7"
    said = "Weights of strains: 1/sd² with mean 1, no sd below 0.01; 6 training strains without an sd weigh 1"
    assert said in lines


def test_weights_need_an_sd(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no sd above 0 is known for any of them: found dataset pairs"):
        prepare(six_terms(), pairs_dataset(tmp_path, NINE), config(sample_weights="inverse_variance"))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_phenotype_that_is_no_number_is_refused(tmp_path: Path, bad: float) -> None:
    dataset = pairs_dataset(tmp_path, NINE)
    strains = dataset.strains.copy()
    strains.loc[strains["strain"] == "BBB2+FFF6", "phenotype"] = bad
    with pytest.raises(TrainingError, match=rf"not a finite number: .*found {bad} for BBB2\+FFF6 \(1 such strain\)"):
        prepare(six_terms(), replace(dataset, strains=strains), config())


def test_one_strain_and_one_gene_are_spoken_of_as_one(tmp_path: Path) -> None:
    lines: list[str] = []
    run(
        six_terms(), pairs_dataset(tmp_path, [*NINE[:4], "AAA1 ZZZ9 0.1"]), config(), tmp_path / "run", log=lines.append
    )
    assert "  1 strain left out: unknown gene" in lines
    assert "  1 gene of the dataset is not visible in the snapshot (ZZZ9)" in lines


def test_bfloat16_stays_close_and_is_refused_where_it_does_nothing(tmp_path: Path) -> None:
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    options = {"model": "reference", "epochs": 10, "lr": 0.02, "norm": "layer", "min_width": 6}
    low = run(six_terms(), dataset, config(precision="bfloat16", **options), tmp_path / "low")
    full = run(six_terms(), dataset, config(**options), tmp_path / "full")
    deleted = encode(dataset.strains, GENES).deleted
    with torch.no_grad():
        ours, theirs = (
            load_checkpoint(tmp_path / name, six_terms()).model(deleted).prediction for name in ("low", "full")
        )
    # 8 bits of precision: a hundredth of the phenotypes' sd, which is 1 here, is what the docs promise.
    assert float((ours - theirs).abs().max()) < 0.1
    assert low.epochs[-1].train.loss == pytest.approx(full.epochs[-1].train.loss, rel=0.03)
    assert low.epochs[-1].train.loss != full.epochs[-1].train.loss
    with pytest.raises(InputError, match="the fast engine does not compute in bfloat16"):
        run(six_terms(), dataset, config(precision="bfloat16"), tmp_path / "fast")


def test_float64_is_closer_to_the_plain_model(tmp_path: Path) -> None:
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    losses = [
        run(six_terms(), dataset, config(precision="float64", model=kind, epochs=4, lr=0.05), tmp_path / kind)
        .epochs[-1]
        .train.loss
        for kind in ("vectorised", "reference")
    ]
    # In float32 they differ by 1e-5.
    assert losses[0] == pytest.approx(losses[1], rel=1e-7)
