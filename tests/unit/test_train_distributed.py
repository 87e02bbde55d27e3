"""Two processes that train together do what one does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from dcell_graph.errors import InputError
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import training
from dcell_graph.train.checkpoint import build_model
from dcell_graph.train.distributed import GroupBatchNorm, join
from dcell_graph.train.group import Group
from dcell_graph.train.learner import Learner, make_optimiser
from dcell_graph.train.run import resume_run, run
from dcell_graph.train.strains import Scale
from tests.training import ALL_PAIRS, config, content, pairs_dataset, rows_of, six_terms
from tests.training_processes import train_together

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
# 28 strains, 22 of them for training: batches of 5, 5, 5, 5 and 2; and of 7, 7, 7 and 1, where one process has none.
COMMON: dict[str, Any] = {"epochs": 3, "lr": 0.02, "precision": "float64", "fractions": (0.8, 0.2, 0), "threads": 1}
CASES: dict[str, dict[str, Any]] = {
    "batch": {**COMMON, "model": "reference", "batch_size": 5, "warmup": 0.5, "schedule": "cosine"},
    "fast": {**COMMON, "batch_size": 7, "batches": "tiles", "dropout": 0.2},
    "layer": {**COMMON, "norm": "layer", "batch_size": 7, "schedule": "plateau", "plateau_patience": 1},
}


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs of ``CASES`` by two processes, stopped after their first epoch and resumed."""
    folder = tmp_path_factory.mktemp("together")
    train_together(folder, CASES, stop_after=1)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_two_processes_end_with_the_weights_of_one(
    together: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    options = config(**CASES[case], schedule_epochs=3)
    alone = run(six_terms(), pairs_dataset(tmp_path, ALL_PAIRS), options, tmp_path / "one")

    assert content(together / case / "config.json")["processes"] == 2
    two, one = load_file(together / case / "model.safetensors"), load_file(tmp_path / "one" / "model.safetensors")
    assert two.keys() == one.keys()
    for name, weight in one.items():
        assert torch.allclose(two[name], weight, rtol=0, atol=1e-6), name
    for ours, theirs in zip(
        rows_of(together / case / "metrics.csv"), rows_of(tmp_path / "one" / "metrics.csv"), strict=True
    ):
        for column in ours.keys() - {"seconds"}:
            assert float(ours[column]) == pytest.approx(float(theirs[column]), rel=1e-5, abs=1e-7), column
    # The model has learnt: equal weights that never moved would say nothing.
    assert alone.epochs[-1].train.loss < 0.995 * alone.epochs[0].train.loss


def test_torchrun_trains_and_is_terminated_into_a_run_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    write_snapshot(six_terms(), home / "snapshots" / "six")
    write_dataset(pairs_dataset(tmp_path, ALL_PAIRS), home / "datasets" / "pairs")
    environment = os.environ | {"DCELL_GRAPH_HOME": str(home), "OMP_NUM_THREADS": "1"}
    command = [*TORCHRUN, "-m", "dcell_graph.train", "--snapshot", "six", "--dataset", "pairs", "--norm", "none"]
    command += ["--batch-size", "4", "--threads", "1", "--epochs", "100000", "--run-name", "cut"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Epoch      2/"):
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=240)
    folder = home / "runs" / "cut"
    said = content(folder / "run.json")
    assert said["status"] == "stopped"
    assert len(rows_of(folder / "metrics.csv")) == said["epochs"]

    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    lines: list[str] = []
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    resume_run(six_terms(), dataset, folder, epochs=said["epochs"] + 1, log=lines.append)
    assert any(line.startswith("⚠ processes 1, before 2") for line in lines)


def learner(group: Group, **options: Any) -> Learner:
    settings = config(**options)
    hierarchy = Hierarchy.from_snapshot(six_terms(), settings.architecture)
    model = build_model(settings.model, hierarchy, settings.architecture)
    return Learner(
        model=model,
        optimiser=make_optimiser(model, settings),
        config=settings,
        scale=Scale(),
        root=0,
        device=torch.device("cpu"),
        group=group,
    )


def test_what_several_processes_cannot_do_is_refused() -> None:
    with pytest.raises(InputError, match=r"fewer strains than there are processes: expected --batch-size 8 or more"):
        join(learner(Group(0, 8), norm="layer", batch_size=4))


def test_a_batch_is_dealt_out_whole() -> None:
    batch = np.array([7, 3, 9, 1, 4])
    shares = [Group(rank, 3).share(batch) for rank in range(3)]
    assert [share.positions[: share.real].tolist() for share in shares] == [[7, 1], [3, 4], [9]]
    # Batch norm takes two strains at least: the third process fills up with a copy that does not count.
    assert shares[2].positions.tolist() == [9, 7]
    assert Group(2, 3).share(batch[:2]).real == 0
    assert Group().share(batch).positions.tolist() == batch.tolist()


class OneOfTwo(Group):
    """A process whose partner holds the same strains: every sum is twice its own."""

    def __init__(self) -> None:
        super().__init__(0, 2)

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        return 2 * tensor

    def least(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor


def test_statistics_are_those_of_all_strains() -> None:
    """Against torch's own batch norm over the strains of both."""
    group = OneOfTwo()
    values = torch.tensor([[1.0, 5.0], [3.0, 5.0], [8.0, 5.0], [99.0, 99.0]], dtype=torch.float64, requires_grad=True)
    group.real, group.whole = 3, 6  # the last row is a copy that does not count
    ours, theirs = nn.BatchNorm1d(2, dtype=torch.float64), nn.BatchNorm1d(2, dtype=torch.float64)
    norm = GroupBatchNorm(ours, group)
    out = norm(values)[:3]
    twice = torch.cat([values.detach()[:3]] * 2).requires_grad_()
    expected = theirs(twice)

    assert torch.allclose(out, expected[:3])
    assert torch.allclose(ours.running_mean, theirs.running_mean)  # type: ignore[arg-type]
    assert torch.allclose(ours.running_var, theirs.running_var)  # type: ignore[arg-type]
    factors = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    (out[:, 0].square() @ factors).backward()
    (expected[:, 0].square() @ factors.repeat(2)).backward()
    assert values.grad is not None
    assert twice.grad is not None
    assert torch.allclose(values.grad[:3], twice.grad[:3])
    # No strain differs in the second value: exactly no gradient, and no weight of the norm is used.
    assert torch.equal(values.grad[:, 1], torch.zeros(4, dtype=torch.float64))
    assert torch.equal(out[:, 1], torch.zeros(3, dtype=torch.float64))
