"""Ctrl-C, SIGTERM and kill -9 against real processes: what is left on disk, and that the run can go on from there."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from dcell_graph.measurements.storage import write_dataset
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train.__main__ import app
from dcell_graph.train.listing import list_runs
from dcell_graph.train.resume import read_resumption
from tests.snapshots import random_snapshot
from tests.training import ALL_PAIRS, content, pairs_dataset, rows_of, six_terms, weights_of

MODULE = [sys.executable, "-m", "dcell_graph.train"]
SLOW = ["--snapshot", "slow", "--dataset", "slow", "--batch-size", "2", "--epochs", "3", "--threads", "1"]
QUICK = ["--snapshot", "six", "--dataset", "pairs", "--batch-size", "4", "--threads", "1"]
PICTURES = ("correlation", "errors", "learning_rate", "loss_components", "predictions_vs_targets", "states")
FILES = {
    "checkpoint.json",
    "config.json",
    "log.txt",
    "metrics.csv",
    "model.safetensors",
    "predictions.csv",
    "resume.safetensors",
    "run.json",
    "states.csv",
    *(f"{name}.{kind}" for name in PICTURES for kind in ("png", "svg")),
}
PATIENCE = 120.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two snapshots with strains: a quick one, and one with 780 strains, whose epochs take long in batches of two."""
    folder = tmp_path / "home"
    write_snapshot(six_terms(), folder / "snapshots" / "six")
    write_dataset(pairs_dataset(tmp_path, ALL_PAIRS), folder / "datasets" / "pairs")
    slow = random_snapshot(1, n_terms=40, n_genes=40, n_pairs=100)
    write_snapshot(slow, folder / "snapshots" / "slow")
    genes = slow.genes["gene"].tolist()
    rows = [f"{a} {b} {math.sin(7 * i + 3 * j):.3f}" for i, a in enumerate(genes) for j, b in enumerate(genes) if i < j]
    measured = pairs_dataset(tmp_path, rows)
    write_dataset(measured, folder / "datasets" / "slow")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(folder))
    threads = torch.get_num_threads()
    yield folder
    torch.set_num_threads(threads)


def train_here(*options: str) -> Result:
    """The same command in this process, to its end."""
    return CliRunner().invoke(app, list(options))


@contextmanager
def training(home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A training in a process of its own; it is killed at the end if it still lives."""
    environment = os.environ | {"DCELL_GRAPH_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*MODULE, *options], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


def press(process: subprocess.Popen[str], number: signal.Signals, times: int) -> None:
    """Send a signal several times, a little apart, as an impatient person does."""
    for _ in range(times):
        with suppress(ProcessLookupError):
            process.send_signal(number)
        time.sleep(0.03)


def line_beginning(process: subprocess.Popen[str], text: str) -> str:
    """Read the output up to the line that begins so."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(text):
            return line
    raise AssertionError(f"no line begins with {text!r}")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_stopped_in_its_first_epoch_leaves_nothing(home: Path, number: signal.Signals, status: int) -> None:
    with training(home, *SLOW, "--run-name", "cut") as process:
        wait_for((home / "runs" / ".cut.unfinished" / "log.txt").is_file)
        press(process, number, 5)
        _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == status, errors
    assert errors == f"error: {'interrupted' if number == signal.SIGINT else 'terminated'}\n"
    assert not (home / "runs").exists()


def test_a_run_stopped_later_is_complete_and_goes_on(home: Path) -> None:
    folder = home / "runs" / "cut"
    with training(home, *QUICK, "--epochs", "100000", "--run-name", "cut") as process:
        line_beginning(process, "Epoch      3/")
        press(process, signal.SIGINT, 6)
        output, errors = process.communicate(timeout=PATIENCE)

    command = f"python -m dcell_graph.train --resume {folder}"
    assert process.returncode == 130
    assert errors == f"error: interrupted; to go on: {command}\n"
    assert output.splitlines()[-1] == f"To go on: {command}"
    assert {path.name for path in folder.iterdir()} == FILES
    said = content(folder / "run.json")
    done = said["epochs"]
    assert done >= 3
    assert (said["status"], said["reason"]) == ("stopped", "interrupted")
    assert len(rows_of(folder / "metrics.csv")) == done
    assert [path.name for path in (home / "runs").iterdir()] == ["cut"]

    resumed = train_here("--resume", str(folder), "--epochs", str(done + 2))
    assert resumed.exit_code == 0, resumed.output
    assert f"Resuming cut after epoch {done} of {done + 2}" in resumed.output
    train_here(*QUICK, "--epochs", str(done + 2), "--run-name", "whole")
    assert weights_of(folder) == weights_of(home / "runs" / "whole")
    assert content(folder / "run.json")["status"] == "finished"


@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_run_goes_on_from_its_last_whole_epoch(home: Path, seed: int) -> None:
    """Kill at a random moment: in a step, in an evaluation, while something is written."""
    folder = home / "runs" / "cut"
    features = ["--schedule", "plateau", "--warmup", "2.5", "--monitor", "correlation", "--optimiser", "adam"]
    with training(home, *QUICK, *features, "--epochs", "100000", "--run-name", "cut") as process:
        line_beginning(process, f"Epoch      {3 + seed}/")
        assert [run.status for run in list_runs(home / "runs")] == ["running"]
        time.sleep(random.Random(seed).random() * 0.05)
        process.kill()
        process.communicate()
    assert [run.status for run in list_runs(home / "runs")] == ["stopped"]

    done = read_resumption(folder).description.epoch
    total = str(done + 3)
    assert train_here("--resume", "cut", "--epochs", total).exit_code == 0
    train_here(*QUICK, *features, "--epochs", total, "--run-name", "whole")
    assert weights_of(folder) == weights_of(home / "runs" / "whole")
    assert {path.name for path in folder.iterdir()} == FILES
    assert [row["epoch"] for row in rows_of(folder / "metrics.csv")] == [str(n + 1) for n in range(done + 3)]


def test_what_a_killed_run_hides_is_removed_by_the_next(home: Path) -> None:
    with training(home, *SLOW, "--run-name", "cut") as process:
        wait_for((home / "runs" / ".cut.unfinished" / "log.txt").is_file)
        process.kill()
        process.communicate()
    assert list_runs(home / "runs") == []
    assert [path.name for path in (home / "runs").iterdir()] == [".cut.unfinished"]

    train_here(*QUICK, "--epochs", "1", "--run-name", "next")
    assert [path.name for path in (home / "runs").iterdir()] == ["next"]


def test_a_run_resumed_and_stopped_at_once_is_as_it_was(home: Path) -> None:
    folder = home / "runs" / "cut"
    assert train_here(*SLOW[:6], "--epochs", "1", "--threads", "1", "--run-name", "cut").exit_code == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with training(home, "--resume", "cut", "--epochs", "2") as process:
        line_beginning(process, "Resuming cut after epoch 1 of 2")
        press(process, signal.SIGINT, 4)
        _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert errors.endswith(f"--resume {folder}\n")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_two_processes_do_not_work_in_one_folder(home: Path) -> None:
    with training(home, *SLOW, "--run-name", "cut") as first:
        wait_for((home / "runs" / ".cut.unfinished" / "log.txt").is_file)
        second = train_here(*QUICK, "--run-name", "cut")
        assert second.exit_code == 1
        assert "another process is training into this folder" in second.stderr
        line_beginning(first, "Epoch 1/3")
        third = train_here("--resume", "cut")
        assert third.exit_code == 1
        assert "another process is training into this folder" in third.stderr
        assert first.poll() is None
