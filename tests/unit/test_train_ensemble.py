"""Ensembles: several models as one run, their mean and sd, and going on after a stop at any point."""

from __future__ import annotations

import csv
import os
import random
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from dcell_graph.cli import app as program
from dcell_graph.errors import Conflict, InputError, NotFound, TrainingError
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import ensemble, training
from dcell_graph.train.__main__ import app
from dcell_graph.train.checkpoint import load_checkpoint, load_checkpoints
from dcell_graph.train.ensemble import resume_ensemble, run_ensemble
from dcell_graph.train.group import Group
from dcell_graph.train.listing import list_runs
from dcell_graph.train.predict import predict_strains
from dcell_graph.train.run import run
from tests.snapshots import make_snapshot
from tests.training import (
    ALL_PAIRS,
    GENES,
    LINKS,
    NINE,
    PAIRS,
    TERMS,
    Measured,
    config,
    content,
    pairs_dataset,
    rows_of,
    six_terms,
    weights_of,
)

OPTIONS: dict[str, Any] = {"ensemble": 3, "epochs": 3, "lr": 0.1, "fractions": (0.6, 0.2, 0.2), "seed": 4}


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    return lambda rows: pairs_dataset(tmp_path, rows)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    monkeypatch.setattr(ensemble, "write_figure", lambda *ignored: None)


def members(folder: Path) -> list[bytes]:
    return [weights_of(folder / "members" / str(number)) for number in (1, 2, 3)]


def test_an_ensemble_is_the_mean_of_its_models(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    lines: list[str] = []
    dataset, folder = measured(ALL_PAIRS), tmp_path / "runs" / "three"
    result = run_ensemble(snapshot, dataset, config(**OPTIONS), folder, log=lines.append)

    # Each model is a run of its own seed, on the division of the first.
    for number in (1, 2, 3):
        own = {**OPTIONS, "ensemble": 1, "seed": 3 + number, "split_seed": 4}
        run(snapshot, dataset, config(**own), tmp_path / f"alone-{number}")
        assert weights_of(tmp_path / f"alone-{number}") == weights_of(folder / "members" / str(number))
    assert len(set(members(folder))) == 3

    each = [rows_of(path / "predictions.csv") for path in result.members]
    together = rows_of(folder / "predictions.csv")
    assert len(together) == 28
    for place, row in enumerate(together):
        models = [table[place] for table in each]
        values = [float(one["prediction"]) for one in models]
        assert {one["strain"] for one in models} == {row["strain"]}
        assert float(row["prediction"]) == pytest.approx(statistics.mean(values), rel=1e-9)
        assert float(row["sd"]) == pytest.approx(statistics.stdev(values), rel=1e-9)
    test = [row for row in together if row["split"] == "test"]
    by_hand = np.corrcoef([float(row["target"]) for row in test], [float(row["prediction"]) for row in test])[0, 1]
    said = content(folder / "run.json")
    assert {one["split"]: one["pearson"] for one in said["measures"]}["test"] == pytest.approx(by_hand, rel=1e-6)
    assert (said["status"], said["epochs"], len(said["members"])) == ("finished", 9, 3)
    assert lines[0] == "Ensemble of 3 models, seeds 4 to 6, one division of the strains (seed 4)"
    assert sum(line.startswith("[3/3] Epoch ") for line in lines) == 3
    (found,) = list_runs(tmp_path / "runs")
    assert (found.name, found.models, found.status) == ("three", 3, "finished")
    with pytest.raises(Conflict, match="holds a finished run"):
        run_ensemble(snapshot, dataset, config(**OPTIONS), folder)


def test_predictions_of_an_ensemble_by_hand(
    snapshot: Snapshot, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home" / "runs" / "three"
    run_ensemble(snapshot, measured(ALL_PAIRS), config(**OPTIONS), folder)
    write_snapshot(snapshot, tmp_path / "set")
    (tmp_path / "strains.tsv").write_text("gene_a\tgene_b\nAAA1\tEEE5\nAAA1\tZZZ9\nHHH7\tBBB2\n", encoding="utf-8")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path / "home"))
    command = ["predict", "three", str(tmp_path / "strains.tsv"), "--snapshot", str(tmp_path / "set")]
    done = CliRunner().invoke(program, [*command, "--unknown-genes", "leave-out"])
    assert done.exit_code == 0, done.output
    table = list(csv.DictReader(done.stdout.splitlines()))
    assert list(table[0]) == ["line", "strain", "phenotype", "prediction", "sd", "note"]

    values = []
    for number in (1, 2, 3):
        checkpoint = load_checkpoint(folder / "members" / str(number), snapshot)
        with torch.no_grad():
            raw = checkpoint.model(torch.tensor([[0, 4], [1, 6]])).prediction.numpy()
        values.append(checkpoint.description.target_mean + checkpoint.description.target_sd * raw)
    for row, one in ((table[0], [each[0] for each in values]), (table[2], [each[1] for each in values])):
        assert float(row["prediction"]) == pytest.approx(statistics.mean(map(float, one)), abs=1e-6)
        assert float(row["sd"]) == pytest.approx(statistics.stdev(map(float, one)), abs=1e-6)
    assert (table[1]["prediction"], table[1]["sd"], table[1]["note"]) == ("", "", "not visible: ZZZ9")


def test_models_that_order_their_genes_in_other_ways_are_read_by_name(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    """Begin with the snapshot in one order of rows, and go on with the same in another one."""
    dataset, folder = measured(ALL_PAIRS), tmp_path / "three"

    def stop(line: str) -> None:
        if line.startswith("[2/3] Epoch 1"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_ensemble(snapshot, dataset, config(**OPTIONS), folder, log=stop)
    turned = make_snapshot(LINKS[::-1], PAIRS[::-1], terms=TERMS[::-1], genes=GENES[::-1], name="turned")
    resume_ensemble(turned, dataset, folder)
    first, _, last = load_checkpoints(folder, snapshot)
    assert first.description.gene_ids == last.description.gene_ids[::-1]
    (tmp_path / "all.tsv").write_text(
        "gene_a\tgene_b\n" + "".join("\t".join(row.split()[:2]) + "\n" for row in ALL_PAIRS), encoding="utf-8"
    )
    found = {row.strain: row.prediction for row in predict_strains((first, _, last), snapshot, tmp_path / "all.tsv")}
    expected = {row["strain"]: float(row["prediction"]) for row in rows_of(folder / "predictions.csv")}
    assert found.keys() == expected.keys()
    for strain, value in expected.items():
        assert float(found[strain]) == pytest.approx(value, abs=1e-6)  # type: ignore[arg-type]


class Killed(BaseException):
    pass


def test_killed_after_any_write_it_goes_on_to_the_same_weights(
    snapshot: Snapshot, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = config(**OPTIONS, schedule="cosine", patience=2)
    dataset = measured(ALL_PAIRS)
    run_ensemble(snapshot, dataset, options, tmp_path / "whole")
    writes, most = 0, 10**9

    def fsync(handle: int) -> None:
        nonlocal writes
        writes += 1
        if writes > most:
            raise Killed  # from here on nothing reaches the disk

    monkeypatch.setattr(os, "fsync", fsync)
    run_ensemble(snapshot, dataset, options, tmp_path / "counted")
    points = random.Random(7).sample(range(1, writes), 5)
    resumed = 0
    for most in points:
        folder, writes = tmp_path / f"killed-{most}", 0
        with pytest.raises(Killed):
            run_ensemble(snapshot, dataset, options, folder)
        writes, most = 0, 10**9
        if not folder.exists():
            continue
        resume_ensemble(snapshot, dataset, folder)
        assert members(folder) == members(tmp_path / "whole")
        assert rows_of(folder / "predictions.csv") == rows_of(tmp_path / "whole" / "predictions.csv")
        assert content(folder / "run.json")["status"] == "finished"
        resumed += 1
    assert resumed >= 4


def test_more_epochs_are_those_of_a_longer_run(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    dataset = measured(ALL_PAIRS)
    run_ensemble(snapshot, dataset, config(**OPTIONS), tmp_path / "three")
    resume_ensemble(snapshot, dataset, tmp_path / "three", epochs=5)
    run_ensemble(snapshot, dataset, config(**{**OPTIONS, "epochs": 5}), tmp_path / "five")
    assert members(tmp_path / "three") == members(tmp_path / "five")
    assert content(tmp_path / "three" / "config.json")["options"]["epochs"] == 5
    with pytest.raises(InputError, match="has done these epochs already"):
        resume_ensemble(snapshot, dataset, tmp_path / "three")


def test_an_ensemble_without_a_whole_epoch_leaves_nothing(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    options = config(**OPTIONS, norm="none", activation="linear").model_copy(update={"lr": 1e30})
    with pytest.raises(TrainingError, match="not a finite number"):
        run_ensemble(snapshot, measured(ALL_PAIRS), options, tmp_path / "runs" / "one")
    assert not (tmp_path / "runs").exists()


def test_other_data_and_several_processes_are_refused(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    folder, dataset = tmp_path / "three", measured(ALL_PAIRS)
    run_ensemble(snapshot, dataset, config(**OPTIONS), folder)
    exchanged = [(term, {"CCC3": "EEE5", "EEE5": "CCC3"}.get(gene, gene)) for term, gene in PAIRS]
    other = make_snapshot(LINKS, exchanged, terms=TERMS, genes=GENES, name="exchanged")
    with pytest.raises(TrainingError, match=r"another snapshot: expected six \(\w{12}\), found exchanged \(\w{12}\)"):
        resume_ensemble(other, dataset, folder, epochs=9)
    with pytest.raises(TrainingError, match=r"another dataset: expected pairs \(\w{12}\), found pairs \(\w{12}\)"):
        resume_ensemble(snapshot, measured(NINE), folder, epochs=9)
    with pytest.raises(InputError, match=r"an ensemble is trained by one process: .*found 2 processes"):
        run_ensemble(snapshot, dataset, config(**OPTIONS), tmp_path / "new", group=Group(0, 2))
    (folder / "members" / "2" / "checkpoint.json").unlink()
    with pytest.raises(NotFound, match="is not whole: model 2 of 3 has no checkpoint"):
        load_checkpoints(folder, snapshot)


def test_the_door_trains_and_resumes_an_ensemble(
    snapshot: Snapshot, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    write_snapshot(snapshot, home / "snapshots" / "six")
    write_dataset(measured(NINE), home / "datasets" / "pairs")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    command = ["--snapshot", "six", "--ensemble", "2", "--epochs", "1", "--batch-size", "4", "--run-name", "e"]
    first = CliRunner().invoke(app, command)
    assert first.exit_code == 0, first.output
    again = CliRunner().invoke(app, ["--resume", "e", "--epochs", "2"])
    assert again.exit_code == 0, again.output
    assert content(home / "runs" / "e" / "run.json")["epochs"] == 4
    assert first.stdout.splitlines()[-1] == f"Run folder: {home / 'runs' / 'e'}"
