"""A state that is not written after every epoch: what is on disk belongs together, and only a kill loses epochs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train import epochs, loop, training
from dcell_graph.train.ensemble import run_ensemble
from dcell_graph.train.epochs import EpochRecord
from dcell_graph.train.records import write_metrics
from dcell_graph.train.resume import Resumption, read_resumption, save_resumption
from dcell_graph.train.run import resume_run, run
from tests.training import ALL_PAIRS, config, content, pairs_dataset, rows_of, six_terms, weights_of

DIVIDED = {"fractions": (0.6, 0.2, 0.2), "lr": 0.05}


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return pairs_dataset(tmp_path, ALL_PAIRS)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every state counts as a large one, and no time is long enough."""
    monkeypatch.setattr(training, "SMALL", 0)
    monkeypatch.setattr(training, "SAVE_SECONDS", 1e9)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The epochs whose states reach the disk."""
    found: list[int] = []

    def save(path: Path, state: Resumption) -> None:
        save_resumption(path, state)
        found.append(state.description.epoch)

    monkeypatch.setattr("dcell_graph.train.training.save_resumption", save)
    return found


def stopped_in(number: int, monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]) -> None:
    """Make the next training end in that epoch, after its steps."""
    right = loop.train_pass

    def passes(*args: Any, epoch: int, **kwargs: Any) -> Any:
        done = right(*args, epoch=epoch, **kwargs)
        if epoch == number:
            raise error()
        return done

    monkeypatch.setattr(epochs, "train_pass", passes)


def check_whole(folder: Path, other: Path, done: int) -> None:
    """Both folders hold a finished run of so many epochs, with equal weights."""
    assert weights_of(folder) == weights_of(other)
    assert [row["epoch"] for row in rows_of(folder / "metrics.csv")] == [str(number + 1) for number in range(done)]
    assert (content(folder / "run.json")["status"], content(folder / "run.json")["epochs"]) == ("finished", done)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("seconds", "expected"), [(1e9, [1, 6]), (0.0, [1, 2, 3, 4, 5, 6])])
def test_the_first_and_the_last_epoch_are_written_and_what_is_due(
    snapshot: Snapshot,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: list[int],
    seconds: float,
    expected: list[int],
) -> None:
    monkeypatch.setattr(training, "SAVE_SECONDS", seconds)
    run(snapshot, dataset, config(epochs=6, **DIVIDED), tmp_path / "run")
    assert written == expected


@pytest.mark.usefixtures("large")
def test_the_time_counts_from_the_last_writing(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, written: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 10 seconds an epoch by the clock and 25 to wait, every third state is written."""
    clock = 0.0
    right = loop.train_pass

    def passes(*args: Any, **kwargs: Any) -> Any:
        nonlocal clock
        clock += 10.0
        return right(*args, **kwargs)

    monkeypatch.setattr(epochs, "train_pass", passes)
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    monkeypatch.setattr(training, "SAVE_SECONDS", 25.0)
    run(snapshot, dataset, config(epochs=9, **DIVIDED), tmp_path / "run")
    assert written == [1, 4, 7, 9]


def test_a_small_state_is_written_after_each_epoch(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, written: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAVE_SECONDS", 1e9)
    run(snapshot, dataset, config(epochs=4, **DIVIDED), tmp_path / "run")
    assert written == [1, 2, 3, 4]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("number", [2, 3, 5])
def test_ctrl_c_in_an_epoch_writes_the_epoch_before(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The weights have gone on in the epoch that is cut: what is written has to be from before."""
    run(snapshot, dataset, config(epochs=7, **DIVIDED), tmp_path / "whole")
    folder = tmp_path / "cut"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stopped_in(number, patch, KeyboardInterrupt)
        run(snapshot, dataset, config(epochs=7, **DIVIDED), folder)

    done = number - 1
    assert read_resumption(folder).description.epoch == done
    assert (content(folder / "run.json")["status"], content(folder / "run.json")["epochs"]) == ("stopped", done)
    assert len(rows_of(folder / "metrics.csv")) == done
    run(snapshot, dataset, config(epochs=done, **DIVIDED), tmp_path / "as far")
    assert weights_of(folder) == weights_of(tmp_path / "as far")
    found, wanted = read_resumption(folder).tensors, read_resumption(tmp_path / "as far").tensors
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in wanted.items())
    resume_run(snapshot, dataset, folder)
    check_whole(folder, tmp_path / "whole", 7)


@pytest.mark.usefixtures("large")
def test_a_kill_leaves_what_was_written_last(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def fsync(handle: int) -> None:
        raise Killed

    run(snapshot, dataset, config(epochs=6, **DIVIDED), tmp_path / "whole")
    folder = tmp_path / "cut"
    with monkeypatch.context() as patch:

        def killed() -> Killed:
            patch.setattr(os, "fsync", fsync)  # from here on nothing reaches the disk
            return Killed()

        stopped_in(5, patch, killed)
        with pytest.raises(Killed):
            run(snapshot, dataset, config(epochs=6, **DIVIDED), folder)

    assert read_resumption(folder).description.epoch == 1
    assert (content(folder / "run.json")["epochs"], len(rows_of(folder / "metrics.csv"))) == (1, 1)
    resume_run(snapshot, dataset, folder)
    check_whole(folder, tmp_path / "whole", 6)


@pytest.mark.usefixtures("large")
def test_a_state_that_cannot_be_written_takes_the_run_back_to_the_last_one(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the best epoch so far: its weights are those that the results are about."""
    run(snapshot, dataset, config(epochs=5, **DIVIDED), tmp_path / "whole")
    folder, lines = tmp_path / "cut", list[str]()

    def save(path: Path, state: Resumption) -> None:
        if state.description.epoch > 1:
            raise TrainingError("the file cannot be written", path=path, found="No space left on device")
        save_resumption(path, state)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("dcell_graph.train.training.save_resumption", save)
        stopped_in(4, patch, KeyboardInterrupt)
        run(snapshot, dataset, config(epochs=5, **DIVIDED), folder, log=lines.append)

    lost = next(line for line in lines if line.startswith("Lost"))
    assert "2 epochs after epoch 1 could not be written" in lost and "No space left on device" in lost
    assert "Stopped after 1 whole epoch: interrupted" in lines
    said = content(folder / "run.json")
    assert (said["status"], said["epochs"], said["kept_epoch"]) == ("stopped", 1, 1)
    assert len(rows_of(folder / "metrics.csv")) == 1
    run(snapshot, dataset, config(epochs=1, **DIVIDED), tmp_path / "one")
    assert weights_of(folder) == weights_of(tmp_path / "one")
    resume_run(snapshot, dataset, folder)
    check_whole(folder, tmp_path / "whole", 5)


@pytest.mark.usefixtures("large")
def test_a_state_that_was_due_is_tried_once_more_at_the_stop(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last epoch's state finds no room once: the epochs before it, which waited, are not lost, nor is it."""
    run(snapshot, dataset, config(epochs=6, **DIVIDED), tmp_path / "whole")
    folder, failed = tmp_path / "cut", list[int]()

    def save(path: Path, state: Resumption) -> None:
        if state.description.epoch == 6 and not failed:
            failed.append(6)
            raise TrainingError("the file cannot be written", path=path, found="No space left on device")
        save_resumption(path, state)

    with monkeypatch.context() as patch, pytest.raises(TrainingError, match="6 whole epochs are kept"):
        patch.setattr("dcell_graph.train.training.save_resumption", save)
        run(snapshot, dataset, config(epochs=6, **DIVIDED), folder)
    assert read_resumption(folder).description.epoch == 6
    assert (content(folder / "run.json")["status"], content(folder / "run.json")["epochs"]) == ("stopped", 6)
    assert weights_of(folder) == weights_of(tmp_path / "whole")


@pytest.mark.usefixtures("large")
def test_a_file_beside_the_state_that_cannot_be_written_loses_nothing(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(snapshot, dataset, config(epochs=7, **DIVIDED), tmp_path / "whole")
    folder, lines, failed = tmp_path / "cut", list[str](), list[int]()

    def write(path: Path, records: Sequence[EpochRecord]) -> None:
        if len(records) == 4 and not failed:
            failed.append(4)
            raise TrainingError("the file cannot be written", path=path, found="No space left on device")
        write_metrics(path, records)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("dcell_graph.train.training.write_metrics", write)
        stopped_in(5, patch, KeyboardInterrupt)
        run(snapshot, dataset, config(epochs=7, **DIVIDED), folder, log=lines.append)
    assert failed and not any(line.startswith("Lost") for line in lines)
    assert read_resumption(folder).description.epoch == 4
    assert (content(folder / "run.json")["epochs"], len(rows_of(folder / "metrics.csv"))) == (4, 4)
    resume_run(snapshot, dataset, folder)
    check_whole(folder, tmp_path / "whole", 7)
    assert [one["after_epoch"] for one in content(folder / "run.json")["resumed"]] == [4]


@pytest.mark.usefixtures("large")
def test_where_there_is_no_memory_for_a_copy_the_state_is_written(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[int]
) -> None:
    def apart(self: Resumption, place: Resumption | None) -> Resumption:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Resumption, "apart", apart)
    run(snapshot, dataset, config(epochs=4, **DIVIDED), tmp_path / "run")
    assert written == [1, 2, 3, 4]


@pytest.mark.usefixtures("large")
def test_an_ensemble_that_is_stopped_counts_the_epochs_that_waited(
    snapshot: Snapshot, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cut"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stopped_in(5, patch, KeyboardInterrupt)
        run_ensemble(snapshot, dataset, config(epochs=6, ensemble=2, **DIVIDED), folder)
    assert content(folder / "run.json")["epochs"] == content(folder / "members" / "1" / "run.json")["epochs"] == 4
