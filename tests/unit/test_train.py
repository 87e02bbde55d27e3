"""Training on a hierarchy of six terms: what a run does and writes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from dcell_graph.errors import TrainingError
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train import loop, training
from dcell_graph.train.canvas import Caption
from dcell_graph.train.checkpoint import build_model, load_checkpoint
from dcell_graph.train.course import RunResult
from dcell_graph.train.description import diversity_lines, initial_diversity
from dcell_graph.train.epochs import EpochRecord
from dcell_graph.train.learner import Learner, make_optimiser
from dcell_graph.train.magnitudes import Magnitude
from dcell_graph.train.plots import correlation_figure, loss_figure, rate_figure
from dcell_graph.train.preparation import prepare
from dcell_graph.train.records import Predictions
from dcell_graph.train.result_plots import error_figure, scatter_figure, state_figure
from dcell_graph.train.run import run
from dcell_graph.train.strains import StrainSet, encode
from tests.training import (
    ALL_PAIRS,
    GENES,
    NINE,
    Measured,
    config,
    content,
    pairs_dataset,
    rows_of,
    six_terms,
    weights_of,
)


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    return lambda rows: pairs_dataset(tmp_path, rows)


@pytest.fixture
def pictures() -> None:
    """Asked for by tests in which the pictures are drawn; the others save that time."""


@pytest.fixture(autouse=True)
def only_asked_for_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "pictures" not in request.fixturenames:
        monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


def test_a_run_folder_is_complete(snapshot: Snapshot, measured: Measured, tmp_path: Path, pictures: None) -> None:
    folder = tmp_path / "runs" / "one"
    result = run(snapshot, measured(ALL_PAIRS), config(fractions=(0.6, 0.2, 0.2), epochs=3), folder)

    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint.json",
        "config.json",
        "correlation.png",
        "correlation.svg",
        "errors.png",
        "errors.svg",
        "learning_rate.png",
        "learning_rate.svg",
        "log.txt",
        "loss_components.png",
        "loss_components.svg",
        "metrics.csv",
        "model.safetensors",
        "predictions.csv",
        "predictions_vs_targets.png",
        "predictions_vs_targets.svg",
        "resume.safetensors",
        "run.json",
        "states.csv",
        "states.png",
        "states.svg",
    ]
    assert [record.epoch for record in result.epochs] == [1, 2, 3]
    assert content(folder / "run.json")["status"] == "finished"
    assert content(folder / "run.json")["epochs"] == 3
    # 28 pairs: 16.8 and 22.4 rounded.
    assert content(folder / "config.json")["strains"] == {"train": 17, "validation": 5, "test": 6}
    for picture in folder.glob("*.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_config_says_what_was_run(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    dataset = measured(NINE)
    run(snapshot, dataset, config(seed=5, alpha=0.2), tmp_path / "run")
    found = content(tmp_path / "run" / "config.json")

    assert found["snapshot"]["snapshot_id"] == snapshot.manifest.snapshot_id
    assert found["dataset"]["dataset_id"] == dataset.manifest.dataset_id
    assert found["options"]["seed"] == 5
    assert found["options"]["alpha"] == 0.2
    assert found["options"]["architecture"]["min_width"] == 3
    assert found["options"]["device"] == "cpu"
    assert found["threads"] == torch.get_num_threads()
    assert found["versions"]["torch"] == torch.__version__
    assert found["generated"] is True


def test_the_log_has_the_lines_of_the_notes(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    lines: list[str] = []
    run(snapshot, measured(NINE), config(min_width=2, init_range=0.001), tmp_path / "run", log=lines.append)
    text = "\n".join(lines)

    for line in (
        "GENERATED WORLD, not real data",
        "Dataset: 9 samples",
        "Batch: 4 strains",
        "Max number of genes: 8",
        "Input channels: 1",
        "  - Normalization type: batch",
        "  - Normalization order: act->norm",
        "  - Subsystem architecture: Single layer (original DCell)",
        "  - Activation function: tanh",
        "  - Weight initialization range: ±0.001",
        "Found 3 leaf nodes out of 6 total nodes",
        "Created 6 subsystems out of 6 nodes",
        # Inputs gamma 2, delta 1, epsilon 2, beta 2 + 2, alpha 2 + 1, root 4 x 2; width 2: 40 weights + 3 x 12.
        "Total parameters in subsystems: 76",
        # Heads: 12 weights + 6.
        "Model parameters: 94",
        "Subsystems: 6",
        "✓ Predictions are diverse",
    ):
        assert line in lines, line
    assert lines[1].startswith("Using device: cpu")
    assert sum("joins the batch before it, so all 9 strains" in line for line in lines) == 1
    assert sum(line.startswith("Epoch ") for line in lines) == 2
    assert (tmp_path / "run" / "log.txt").read_text(encoding="utf-8") == text + "\n"


@pytest.mark.parametrize("size", [4, 8, 9, 100])
def test_every_strain_is_used_in_every_epoch(snapshot: Snapshot, measured: Measured, size: int) -> None:
    prepared = prepare(snapshot, measured(NINE), config(batch_size=size))
    for epoch in (1, 2):
        assert sorted(np.concatenate(prepared.batches(config(batch_size=size), epoch)).tolist()) == list(range(9))


def test_metrics_add_up_and_are_numbers(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    run(snapshot, measured(ALL_PAIRS), config(fractions=(0.6, 0.2, 0.2), alpha=0.2), tmp_path / "run")
    rows = rows_of(tmp_path / "run" / "metrics.csv")

    assert [row["epoch"] for row in rows] == ["1", "2"]
    for row in rows:
        assert all(math.isfinite(float(cell)) for cell in row.values())
        for part in ("train", "validation"):
            numbers = {name: float(row[f"{part}_{name}"]) for name in ("loss", "primary", "auxiliary")}
            assert numbers["loss"] == pytest.approx(numbers["primary"] + 0.2 * numbers["auxiliary"], rel=1e-5)


def test_predictions_are_those_of_the_checkpoint(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    dataset = measured(ALL_PAIRS)
    run(snapshot, dataset, config(fractions=(0.6, 0.2, 0.2)), tmp_path / "run")
    rows = rows_of(tmp_path / "run" / "predictions.csv")
    loaded = load_checkpoint(tmp_path / "run", snapshot)
    strains = encode(dataset.strains, loaded.description.gene_ids)
    with torch.no_grad():
        raw = loaded.model(strains.deleted).prediction.numpy()
    expected = dict(
        zip(strains.names, loaded.description.target_mean + loaded.description.target_sd * raw, strict=True)
    )

    assert {row["strain"] for row in rows} == set(strains.names)
    assert len(rows) == 28
    assert sorted({row["split"] for row in rows}) == ["test", "train", "validation"]
    measured_values = dict(zip(strains.names, strains.target, strict=True))
    for row in rows:
        assert row["mode"] == "eval"
        assert float(row["prediction"]) == pytest.approx(expected[row["strain"]], abs=1e-6)
        assert float(row["target"]) == measured_values[row["strain"]]


def test_a_strain_is_predicted_alone_as_in_company(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    dataset = measured(NINE)
    run(snapshot, dataset, config(epochs=40, lr=0.02), tmp_path / "run")
    model = load_checkpoint(tmp_path / "run", snapshot).model
    deleted = encode(dataset.strains, GENES).deleted
    with torch.no_grad():
        together = model(deleted).prediction
        alone = torch.cat([model(deleted[row : row + 1]).prediction for row in range(9)])

    assert torch.allclose(together, alone, rtol=0, atol=1e-6)
    assert together.std() > 0.01


def test_one_test_strain_gives_one_prediction(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    run(snapshot, measured(NINE), config(fractions=(0.8, 0.1, 0.1)), tmp_path / "run")

    splits = [row["split"] for row in rows_of(tmp_path / "run" / "predictions.csv")]
    assert [splits.count(name) for name in ("train", "validation", "test")] == [7, 1, 1]
    # One validation strain has a loss but no correlation.
    first = rows_of(tmp_path / "run" / "metrics.csv")[0]
    assert float(first["validation_loss"]) > 0
    assert first["validation_pearson"] == ""


def test_equal_runs_have_equal_weights_whatever_the_order_of_rows_and_genes(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    swapped = [" ".join([second, first, value]) for first, second, value in (row.split(" ") for row in NINE[::-1])]
    run(snapshot, measured(NINE), config(), tmp_path / "first")
    torch.rand(3)  # the state of the global generator plays no part
    run(snapshot, measured(swapped), config(), tmp_path / "second")
    run(snapshot, measured(NINE), config(seed=1), tmp_path / "third")

    assert weights_of(tmp_path / "first") == weights_of(tmp_path / "second")
    assert rows_of(tmp_path / "first" / "predictions.csv") == rows_of(tmp_path / "second" / "predictions.csv")
    assert weights_of(tmp_path / "first") != weights_of(tmp_path / "third")


def test_statistics_of_batch_norm_are_those_of_the_final_weights(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    lines: list[str] = []
    dataset = measured(NINE)
    run(snapshot, dataset, config(overfit=9, epochs=5, lr=0.05), tmp_path / "run", log=lines.append)
    assert any("measured anew over the training strains" in line for line in lines)

    # gamma reads AAA1 and BBB2, 1 unless deleted; the state before the norm is tanh(W x + b).
    weights = load_file(tmp_path / "run" / "model.safetensors")
    present = torch.tensor([["AAA1" not in genes, "BBB2" not in genes] for genes in dataset.strains["genes"]]).float()
    before = torch.tanh(present @ weights["gamma.linear.weight"].T + weights["gamma.linear.bias"])
    assert torch.allclose(weights["gamma.norm.running_mean"], before.mean(0), rtol=1e-5, atol=1e-7)
    assert torch.allclose(weights["gamma.norm.running_var"], before.var(0, correction=1), rtol=1e-4, atol=1e-9)


def test_measuring_statistics_does_not_change_the_training(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    losses = []
    for recalibrate in (True, False):
        options = config(recalibrate=recalibrate, fractions=(0.8, 0.2, 0), epochs=4)
        result = run(snapshot, measured(ALL_PAIRS), options, tmp_path / str(recalibrate))
        losses.append([record.train.loss for record in result.epochs])
        validation = [record.validation.loss for record in result.epochs if record.validation is not None]
        losses.append(validation)

    assert losses[0] == losses[2]
    assert losses[1] != losses[3]


def test_a_run_leaves_the_global_generator_alone(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    before = torch.get_rng_state()
    run(snapshot, measured(NINE), config(), tmp_path / "run")
    assert torch.equal(before, torch.get_rng_state())


def test_both_implementations_train_alike(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    first = run(snapshot, measured(NINE), config(batch_size=9), tmp_path / "fast")
    second = run(snapshot, measured(NINE), config(batch_size=9, model="reference"), tmp_path / "plain")

    for fast, plain in zip(first.epochs, second.epochs, strict=True):
        assert fast.train.loss == pytest.approx(plain.train.loss, rel=1e-4)
    loaded = load_checkpoint(tmp_path / "plain", snapshot, model="vectorised")
    again = load_checkpoint(tmp_path / "plain", snapshot, model="reference")
    deleted = encode(measured(NINE).strains, GENES).deleted
    with torch.no_grad():
        assert torch.allclose(loaded.model(deleted).heads, again.model(deleted).heads, atol=1e-6)


def test_few_strains_can_be_learnt_by_heart(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    lines: list[str] = []
    options = config(overfit=8, epochs=150, lr=0.01, min_width=6, init_range=0.001)
    result = run(snapshot, measured(NINE), options, tmp_path / "run", log=lines.append)

    assert (result.epochs[-1].train.pearson or 0) > 0.99
    assert result.kept_epoch == 150
    assert [(one.split, one.mode, one.n) for one in result.measures] == [("train", "train", 8), ("train", "eval", 8)]
    assert (result.measures[0].pearson or 0) > 0.99
    rows = rows_of(tmp_path / "run" / "predictions.csv")
    assert {row["strain"] for row in rows} == {
        "AAA1+CCC3", "AAA1+HHH7", "BBB2+FFF6", "BBB2+HHH7", "DDD4+FFF6", "EEE5+FFF6", "EEE5+HHH7", "FFF6+JJJ8",
    }  # fmt: skip
    assert "Batch: 8 strains" in lines


def test_a_loss_that_is_not_finite_stops_the_run(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    options = config(lr=1e30, norm="none", activation="linear", epochs=5)
    with pytest.raises(TrainingError, match=r"not a finite number: expected a finite \w+ in epoch 1, batch 2 of 3"):
        run(snapshot, measured(NINE), options, tmp_path / "runs" / "run")

    assert not (tmp_path / "runs").exists()


def test_an_evaluation_that_is_not_finite_is_refused(snapshot: Snapshot, measured: Measured) -> None:
    options = config()
    prepared = prepare(snapshot, measured(NINE), options)
    model = build_model("reference", Hierarchy.from_snapshot(snapshot, options.architecture), options.architecture)
    weights = model.to_term_weights()
    model.load_term_weights({**weights, "root.head.bias": torch.tensor([math.inf])})
    learner = Learner(
        model=model,
        optimiser=make_optimiser(model, options),
        config=options,
        scale=prepared.scale,
        root=0,
        device=torch.device("cpu"),
    )
    with pytest.raises(TrainingError, match="the loss is not a finite number: expected a finite loss in the attic"):
        loop.evaluation_pass(learner, prepared.train, where="the attic")


def test_an_interrupted_run_keeps_what_was_done(
    snapshot: Snapshot, measured: Measured, tmp_path: Path, pictures: None
) -> None:
    def interrupt(line: str) -> None:
        if line.startswith("Epoch 3/"):
            raise KeyboardInterrupt

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(snapshot, measured(NINE), config(epochs=9), folder, log=interrupt)

    found = content(folder / "run.json")
    assert (found["status"], found["reason"], found["epochs"], found["kept_epoch"]) == ("stopped", "interrupted", 3, 3)
    assert len(rows_of(folder / "metrics.csv")) == 3
    assert load_checkpoint(folder, snapshot).description.epoch == 3
    assert (folder / "predictions_vs_targets.png").is_file()
    # The weights are those of three whole epochs.
    run(snapshot, measured(NINE), config(epochs=3), tmp_path / "three")
    assert weights_of(folder) == weights_of(tmp_path / "three")


def test_the_first_diversity_is_measured_without_a_trace(snapshot: Snapshot) -> None:
    options = config(init_range=0.5).architecture
    torch.manual_seed(0)
    model = build_model("reference", Hierarchy.from_snapshot(snapshot, options), options)
    model.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    deleted = torch.tensor([[0, 1], [2, -1], [3, 4]])
    found = initial_diversity(model, deleted)
    after = model.state_dict()

    assert not model.training
    assert all(torch.equal(before[name], after[name]) for name in before)
    model.train()
    a, b, c = model(deleted).prediction.detach().double().tolist()
    mean = (a + b + c) / 3
    by_hand = math.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2)
    assert found == pytest.approx(by_hand, rel=1e-9)
    assert initial_diversity(model, deleted[:1]) is None


def test_the_verdict_on_the_first_diversity() -> None:
    assert list(diversity_lines(0.471889)) == ["Initial predictions diversity: 0.471889", "✓ Predictions are diverse"]
    assert "nearly the same" in list(diversity_lines(9e-7))[1]
    assert list(diversity_lines(None)) == []


def drawn(generated: str | None, result: RunResult) -> list[str]:
    caption = Caption(
        title="snapshot six, dataset pairs",
        options="6 subsystems",
        generated=generated,
        phenotype="score",
        standardised=True,
        second_set="validation strains, evaluation mode",
    )
    strains = StrainSet(names=("a", "b"), deleted=torch.zeros(2, 1, dtype=torch.int64), target=np.array([0.0, 1.0]))
    part = Predictions(split="test", mode="eval", strains=strains, prediction=np.array([0.5, 0.5], np.float32))
    epochs: tuple[EpochRecord, ...] = result.epochs
    figures = (
        loss_figure(caption, epochs),
        correlation_figure(caption, epochs, 1),
        rate_figure(caption, epochs),
        scatter_figure(caption, [part]),
        error_figure(caption, [part]),
        state_figure(caption, [Magnitude(term="root", depth=0, width=2, size=1.0, spread=0.0)]),
    )
    return [figure.get_suptitle() for figure in figures]


def test_pictures_name_their_data_and_say_if_they_are_generated(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    result = run(snapshot, measured(NINE), config(), tmp_path / "run")

    for title in drawn("GENERATED WORLD, not real data", result):
        assert "GENERATED WORLD" in title
        assert "snapshot six, dataset pairs" in title
    for title in drawn(None, result):
        assert "GENERATED" not in title
