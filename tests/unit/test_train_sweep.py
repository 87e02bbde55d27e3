"""Sweeps: which runs a file asks for, going on after a kill, and results that the test strains have no part in."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.errors import Conflict, InputError, TrainingError
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import ensemble, training
from dcell_graph.train.listing import list_runs
from dcell_graph.train.run import run
from dcell_graph.train.sweep import run_sweep
from dcell_graph.train.sweep_file import read_sweep
from tests.training import ALL_PAIRS, NINE, config, content, pairs_dataset, rows_of, six_terms, weights_of

SHARED = "min_width = 3\nepochs = 2\nbatch_size = 4\ninit_range = 0.1\nfractions = [0.6, 0.2, 0.2]\n"
RATES = SHARED + '[grid]\nlr = [0.1, 0.01]\nnorm = ["batch", "layer"]\n'


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    monkeypatch.setattr(ensemble, "write_figure", lambda *ignored: None)


def written(tmp_path: Path, text: str, name: str = "rates.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_grid_is_every_combination_and_a_list_is_itself(tmp_path: Path) -> None:
    found = read_sweep(written(tmp_path, RATES))
    assert found.name == "rates"
    assert found.varied == ("lr", "norm")
    assert [(one.name, one.config.lr, one.config.architecture.norm, one.config.epochs) for one in found.settings] == [
        ("lr=0.1,norm=batch", 0.1, "batch", 2),
        ("lr=0.1,norm=layer", 0.1, "layer", 2),
        ("lr=0.01,norm=batch", 0.01, "batch", 2),
        ("lr=0.01,norm=layer", 0.01, "layer", 2),
    ]
    both = read_sweep(written(tmp_path, "[grid]\nlr = [0.1, 0.2]\n[[settings]]\nseed = 1\n[[settings]]\nalpha = 0.5\n"))
    assert [one.varied for one in both.settings] == [
        {"seed": 1, "lr": 0.1},
        {"seed": 1, "lr": 0.2},
        {"alpha": 0.5, "lr": 0.1},
        {"alpha": 0.5, "lr": 0.2},
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs = 3", "nothing varies"),
        ("[grid]\nlrr = [1]", "unknown key lrr: expected perhaps lr"),
        ("epoch = 3\n[grid]\nlr = [1]", "unknown key epoch: expected perhaps epochs"),
        ("[grid]\nlr = 0.1", "a list of values"),
        ("[grid]\nlr = []", "a list of values"),
        ("[grid]\nlr = [0.1, -1]", "the key lr cannot be used"),
        ("[grid]\nlr = [0.1]\n[[settings]]\nlr = 1", "lr is in [grid] and in [[settings]]"),
        ("[grid]\nlr = [0.1, 0.1]", "two runs of the sweep are the same"),
        ("lr = 1\n[[settings]]\nalpha = 0.3\n[[settings]]\nseed = 0", "two runs of the sweep are the same"),
        ('name = "../x"\n[grid]\nlr = [1]', "cannot have this name"),
        ("snapshot = 3\n[grid]\nlr = [1]", "the key snapshot needs a text"),
        ("[grid\n", "not TOML"),
    ],
)
def test_a_sweep_that_cannot_be_used_is_refused_before_anything_is_trained(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_sweep(written(tmp_path, text))
    assert words in str(caught.value)
    assert "rates.toml" in str(caught.value)


def test_runs_are_those_of_their_options_and_sorted_by_validation(snapshot: Snapshot, tmp_path: Path) -> None:
    dataset, sweep = pairs_dataset(tmp_path, ALL_PAIRS), read_sweep(written(tmp_path, RATES))
    lines: list[str] = []
    rows = run_sweep(snapshot, dataset, sweep, tmp_path / "runs" / "rates", log=lines.append)

    alone = config(lr=0.01, norm="layer", fractions=(0.6, 0.2, 0.2))
    run(snapshot, dataset, alone, tmp_path / "alone")
    assert weights_of(tmp_path / "runs" / "rates" / "lr=0.01,norm=layer") == weights_of(tmp_path / "alone")
    validation, test = {}, {}
    for setting in sweep.settings:
        said = content(tmp_path / "runs" / "rates" / setting.name / "run.json")
        by_split = {one["split"]: one["pearson"] for one in said["measures"]}
        validation[setting.name], test[setting.name] = by_split["validation"], by_split["test"]
    assert [row.name for row in rows] == sorted(validation, key=lambda name: -validation[name])
    assert [row.name for row in rows] != sorted(test, key=lambda name: -test[name])
    table = rows_of(tmp_path / "runs" / "rates" / "results.csv")
    assert [row["run"] for row in table] == [row.name for row in rows]
    assert not any("test" in column for column in table[0])
    assert {run.name for run in list_runs(tmp_path / "runs")} == {f"rates/{name}" for name in validation}

    before = {name: weights_of(tmp_path / "runs" / "rates" / name) for name in validation}
    again: list[str] = []
    assert run_sweep(snapshot, dataset, sweep, tmp_path / "runs" / "rates", log=again.append) == rows
    assert again.count("  finished already") == 4
    assert {name: weights_of(tmp_path / "runs" / "rates" / name) for name in validation} == before


class Killed(BaseException):
    pass


def test_killed_after_any_write_it_goes_on_to_the_same_weights(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SHARED + 'schedule = "plateau"\n[[settings]]\nlr = 0.1\npatience = 1\n[[settings]]\nensemble = 2\n'
    dataset, sweep = pairs_dataset(tmp_path, ALL_PAIRS), read_sweep(written(tmp_path, text))
    names = ["lr=0.1,patience=1", "ensemble=2/members/1", "ensemble=2/members/2"]
    writes, most = 0, 10**9

    def fsync(handle: int) -> None:
        nonlocal writes
        writes += 1
        if writes > most:
            raise Killed  # from here on nothing reaches the disk

    monkeypatch.setattr(os, "fsync", fsync)
    run_sweep(snapshot, dataset, sweep, tmp_path / "whole")
    points = random.Random(11).sample(range(1, writes), 5)
    for most in points:
        folder, writes = tmp_path / f"killed-{most}", 0
        with pytest.raises(Killed):
            run_sweep(snapshot, dataset, sweep, folder)
        writes, most = 0, 10**9
        run_sweep(snapshot, dataset, sweep, folder)
        for name in names:
            assert weights_of(folder / name) == weights_of(tmp_path / "whole" / name), name
        assert (folder / "results.csv").read_bytes() == (tmp_path / "whole" / "results.csv").read_bytes()


def test_a_run_that_fails_is_noted_and_the_others_go_on(snapshot: Snapshot, tmp_path: Path) -> None:
    text = SHARED + 'norm = "none"\nactivation = "linear"\n[grid]\nlr = [1e30, 0.01]\n'
    dataset, sweep = pairs_dataset(tmp_path, ALL_PAIRS), read_sweep(written(tmp_path, text))
    rows = run_sweep(snapshot, dataset, sweep, tmp_path / "runs" / "rates")
    assert [(row.name, row.status) for row in rows] == [("lr=0.01", "finished"), ("lr=1e+30", "failed")]
    assert "is not a finite number" in str(rows[1].reason)


def test_what_would_mix_two_sweeps_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    dataset, folder = pairs_dataset(tmp_path, ALL_PAIRS), tmp_path / "runs" / "rates"
    few = SHARED + "[grid]\nlr = [0.1]\n"
    run_sweep(snapshot, dataset, read_sweep(written(tmp_path, few)), folder)
    with pytest.raises(Conflict, match=r"run lr=0.1 with other options: expected the same alpha"):
        run_sweep(snapshot, dataset, read_sweep(written(tmp_path, "alpha = 0.7\n" + few)), folder)
    with pytest.raises(TrainingError, match=r"another dataset: expected pairs \(\w{12}\), found pairs"):
        run_sweep(snapshot, pairs_dataset(tmp_path, NINE), read_sweep(written(tmp_path, few)), folder)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(Conflict, match="holds something else"):
        run_sweep(snapshot, dataset, read_sweep(written(tmp_path, few)), tmp_path / "other")
    # A longer list is the same sweep.
    rows = run_sweep(snapshot, dataset, read_sweep(written(tmp_path, few.replace("[0.1]", "[0.1, 0.2]"))), folder)
    assert len(rows) == 2


@pytest.fixture
def home(snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    write_snapshot(snapshot, folder / "snapshots" / "six")
    write_dataset(pairs_dataset(tmp_path, ALL_PAIRS), folder / "datasets" / "pairs")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(folder))
    return folder


def test_the_command_prints_a_table_or_json(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path, 'snapshot = "six"\n' + SHARED + "[grid]\nlr = [0.1, 0.2]\n")
    done = CliRunner().invoke(app, ["sweep", str(path)])
    assert done.exit_code == 0, done.output
    assert "2 runs: 2 finished" in done.stdout
    assert done.stdout.splitlines()[-1] == f"Results: {home / 'runs' / 'rates' / 'results.csv'}"
    again = CliRunner().invoke(app, ["sweep", str(path), "--json"])
    shown: dict[str, Any] = json.loads(again.stdout)
    assert {row["lr"] for row in shown["runs"]} == {0.1, 0.2}
    wrong = CliRunner().invoke(app, ["sweep", str(tmp_path / "none.toml")])
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (1, 1)
    assert "the sweep cannot be read" in wrong.stderr
