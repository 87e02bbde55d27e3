"""Learning rates, early stopping and the choice of the best epoch, by hand and against torch's own schedules."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from dcell_graph.errors import InputError
from dcell_graph.train import learner, training
from dcell_graph.train.config import TrainConfig, train_config
from dcell_graph.train.course import RunResult
from dcell_graph.train.epochs import EpochRecord, best_validated, ends_early, next_epoch
from dcell_graph.train.run import resume_run, run
from dcell_graph.train.schedules import best_epoch, epochs_without_best, learning_rate, plateau_drops
from dcell_graph.train.tally import Measures
from tests.training import ALL_PAIRS, config, content, pairs_dataset, rows_of, six_terms, weights_of, with_sd


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


def rates(options: TrainConfig, *, steps: int, count: int) -> list[float]:
    return [learning_rate(options, step=step, steps=steps) for step in range(count)]


def test_constant_with_a_warm_up_by_hand() -> None:
    # Two and a half epochs of two steps: five equal steps up to the full rate.
    found = rates(TrainConfig(lr=0.5, warmup=2.5), steps=2, count=7)
    assert found == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5])
    assert rates(TrainConfig(lr=0.5), steps=2, count=3) == [0.5, 0.5, 0.5]


def test_cosine_by_hand() -> None:
    # Two steps of warm-up, then in four steps from 1 to 0.2: 0.6 + 0.4 cos of 0, 45, 90, 135 and 180 degrees.
    options = TrainConfig(lr=1, schedule="cosine", warmup=1, epochs=9, schedule_epochs=3, lr_floor=0.2)
    half = 0.4 * math.sqrt(0.5)
    expected = [0.5, 1.0, 1.0, 0.6 + half, 0.6, 0.6 - half, 0.2, 0.2, 0.2]
    assert rates(options, steps=2, count=9) == pytest.approx(expected)


def test_cosine_is_that_of_torch() -> None:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=20, eta_min=0.003)
    expected = []
    for _ in range(21):
        expected.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        theirs.step()
    options = TrainConfig(lr=0.3, schedule="cosine", epochs=4, lr_floor=0.01)
    assert rates(options, steps=5, count=21) == pytest.approx(expected, abs=1e-12)


def test_plateau_by_hand() -> None:
    options = TrainConfig(lr=1, schedule="plateau", plateau_patience=2, plateau_factor=0.5, lr_floor=0.2)
    scores = [5.0, 4.0, 4.0, 4.5, 3.0, 3.5, 3.2, 3.1, 3.3, 3.3, 3.3]
    # No new best: epochs 3 and 4 (1 drop), 6 and 7 (2), 8 and 9 (3), 10 and 11 (4).
    assert [plateau_drops(options, scores[:done]) for done in range(12)] == [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4]
    found = [learning_rate(options, step=0, steps=1, drops=drops) for drops in range(4)]
    assert found == [1.0, 0.5, 0.25, 0.2]


def test_plateau_is_that_of_torch() -> None:
    scores = [math.sin(7 * number) + 2 - number / 20 for number in range(40)]
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    # Torch waits for one epoch more than its patience.
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.5, patience=2, threshold=0)
    options = TrainConfig(lr=1, schedule="plateau", plateau_patience=3, lr_floor=0)
    for done, score in enumerate(scores, start=1):
        theirs.step(score)
        drops = plateau_drops(options, scores[:done])
        assert learning_rate(options, step=0, steps=1, drops=drops) == optimiser.param_groups[0]["lr"]
    assert drops > 2


def record(epoch: int, loss: float, pearson: float | None) -> EpochRecord:
    measures = Measures(loss=loss, primary=0, auxiliary=0, weighted_auxiliary=0, pearson=pearson, rmse=0)
    return EpochRecord(epoch=epoch, train=measures, validation=measures, seconds=0)


def test_early_stopping_by_hand() -> None:
    losses = [3.0, 2.0, 2.5, 2.0, 2.1]
    correlations = [None, 0.1, 0.3, 0.2, 0.3]
    records = [record(n, *both) for n, both in enumerate(zip(losses, correlations, strict=True), start=1)]
    by_loss, by_correlation = TrainConfig(patience=3), TrainConfig(patience=3, monitor="correlation")
    # An equal loss is no new best.
    assert [ends_early(by_loss, records[:done]) for done in range(6)] == [False] * 5 + [True]
    assert [ends_early(by_correlation, records[:done]) for done in range(6)] == [False] * 6
    assert (best_validated(by_loss, records), best_validated(by_correlation, records)) == (2, 3)
    assert next_epoch(by_loss, records) is None
    assert next_epoch(by_correlation, records) == 6
    assert next_epoch(TrainConfig(epochs=5), records) is None
    assert best_epoch([None, None]) is None
    assert epochs_without_best([None, None]) == 2


@pytest.mark.parametrize(
    "options", [{"patience": 2, "fractions": (1, 0, 0)}, {"patience": 2, "overfit": 4}, {"monitor": "correlation"}]
)
def test_early_stopping_needs_validation_strains(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"do not fit together.*needs validation strains"):
        train_config({"fractions": (1, 0, 0), **options})


def trained(tmp_path: Path, name: str, **options: Any) -> RunResult:
    return run(six_terms(), pairs_dataset(tmp_path, ALL_PAIRS), config(**options), tmp_path / name)


def test_the_rates_of_a_run_are_those_of_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[float] = []
    step = torch.optim.AdamW.step

    def noted(self: torch.optim.AdamW, *args: Any, **kwargs: Any) -> Any:
        used.append(self.param_groups[0]["lr"])
        return step(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.AdamW, "step", noted)
    options = {
        "schedule": "cosine",
        "warmup": 1,
        "epochs": 3,
        "batch_size": 7,
        "lr": 0.1,
        "lr_floor": 0,
        "model": "reference",
    }
    trained(tmp_path, "run", **options)
    # 28 strains in batches of 7: four steps up, then eight steps down along half a cosine.
    up = [0.025, 0.05, 0.075, 0.1]
    down = [0.05 * (1 + math.cos(math.pi * way / 8)) for way in range(8)]
    assert used == pytest.approx(up + down)
    rows = rows_of(tmp_path / "run" / "metrics.csv")
    assert [float(row["lr"]) for row in rows] == pytest.approx([used[3], used[7], used[11]])


def test_a_run_without_a_new_best_ends_with_its_best_weights(tmp_path: Path) -> None:
    options = {"fractions": (0.5, 0.5, 0), "lr": 0.3}
    lines: list[str] = []
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    result = run(six_terms(), dataset, config(epochs=50, patience=3, **options), tmp_path / "early", log=lines.append)
    done = len(result.epochs)
    assert done < 50
    assert result.best_epoch == result.kept_epoch == done - 3
    losses = [one.validation.loss for one in result.epochs if one.validation is not None]
    assert losses.index(min(losses)) == done - 4
    assert f"Ends early: no new best in 3 epochs (patience); the best was epoch {done - 3}" in lines
    # The kept weights are those of a run that goes no further.
    trained(tmp_path, "short", epochs=done - 3, **options)
    assert weights_of(tmp_path / "early") == weights_of(tmp_path / "short")
    assert content(tmp_path / "early" / "run.json")["ended_early"] is True
    with pytest.raises(InputError, match=r"ends when there is no new best: .*within 3 epochs"):
        resume_run(six_terms(), dataset, tmp_path / "early", epochs=60)


def test_the_best_epoch_can_be_that_of_the_correlation(tmp_path: Path) -> None:
    result = trained(tmp_path, "run", epochs=12, lr=0.2, fractions=(0.5, 0.5, 0), monitor="correlation")
    correlations = [one.validation.pearson for one in result.epochs if one.validation is not None]
    losses = [one.validation.loss for one in result.epochs if one.validation is not None]
    assert None not in correlations
    best = max(correlations)  # type: ignore[type-var]
    assert result.kept_epoch == correlations.index(best) + 1
    assert result.kept_epoch != losses.index(min(losses)) + 1


def test_plateau_lowers_the_rate_of_a_run(tmp_path: Path) -> None:
    options = {"schedule": "plateau", "plateau_patience": 1, "plateau_factor": 0.1, "lr_floor": 0.001, "lr": 0.3}
    result = trained(tmp_path, "run", epochs=8, fractions=(0.5, 0.5, 0), **options)
    best, rate, expected = math.inf, 0.3, []
    for one in result.epochs:
        expected.append(rate)
        assert one.validation is not None
        if one.validation.loss < best:
            best = one.validation.loss
        else:
            rate = max(0.3e-3, rate * 0.1)
    assert [one.lr for one in result.epochs] == pytest.approx(expected)
    assert len(set(expected)) > 2


@pytest.mark.parametrize(("limit", "expected"), [(0, math.inf), (0.01, 0.01)])
def test_clipping_is_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: float, expected: float) -> None:
    asked: list[float] = []
    clip = torch.nn.utils.clip_grad_norm_

    def noted(weights: Any, most: float) -> torch.Tensor:
        asked.append(most)
        return clip(weights, most)

    monkeypatch.setattr(learner.torch.nn.utils, "clip_grad_norm_", noted)  # type: ignore[attr-defined]
    plain = trained(tmp_path, "plain", epochs=4, clip_norm=limit, model="reference", norm="layer", lr=0.1)
    assert set(asked) == {expected}
    # The optimiser of the fast engine clips by itself, to the same.
    fast = trained(tmp_path, "fast", epochs=4, clip_norm=limit, norm="layer", lr=0.1)
    assert fast.epochs[-1].train.loss == pytest.approx(plain.epochs[-1].train.loss, rel=1e-4)


def test_adam_and_adamw_shrink_weights_in_their_own_ways(tmp_path: Path) -> None:
    losses = {
        kind: trained(tmp_path, kind, optimiser=kind, weight_decay=0.5, lr=0.05, epochs=3).epochs[-1].train.loss
        for kind in ("adam", "adamw")
    }
    assert losses["adam"] != losses["adamw"]


@pytest.mark.parametrize(
    "options",
    [
        {"schedule": "cosine", "warmup": 1.5},
        {"schedule": "plateau", "plateau_patience": 1, "optimiser": "adam"},
        {"patience": 4, "monitor": "correlation", "precision": "float64"},
        {"sample_weights": "inverse_variance", "norm": "layer"},
        {"dropout": 0.3, "model": "reference"},
        {"dropout": 0.3, "similar_genes": 2, "gene_embedding": 2},
    ],
)
def test_runs_in_two_goes_are_those_in_one(tmp_path: Path, options: dict[str, Any]) -> None:
    dataset = with_sd(pairs_dataset(tmp_path, ALL_PAIRS), [0.1 + place % 5 for place in range(28)])
    common = {"lr": 0.1, "fractions": (0.6, 0.4, 0), "schedule_epochs": 6, **options}
    run(six_terms(), dataset, config(epochs=6, **common), tmp_path / "whole")
    run(six_terms(), dataset, config(epochs=2, **common), tmp_path / "parts")
    resume_run(six_terms(), dataset, tmp_path / "parts", epochs=4)
    resume_run(six_terms(), dataset, tmp_path / "parts", epochs=6)
    assert weights_of(tmp_path / "parts") == weights_of(tmp_path / "whole")


def test_a_cosine_that_is_trained_further_stays_at_its_lowest(tmp_path: Path) -> None:
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    run(six_terms(), dataset, config(epochs=2, schedule="cosine", lr=0.1), tmp_path / "run")
    result = resume_run(six_terms(), dataset, tmp_path / "run", epochs=4)
    assert [one.lr for one in result.epochs[2:]] == pytest.approx([0.001, 0.001])
