"""Run folders and signals in one process: what a replacing run leaves, what is put back, and when a signal counts."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train import signals, training
from dcell_graph.train.claim import clean_up
from dcell_graph.train.listing import list_runs
from dcell_graph.train.lock import FolderLock, is_held
from dcell_graph.train.run import run
from dcell_graph.train.signals import Interruptions, Terminated
from tests.training import NINE, config, content, pairs_dataset, six_terms


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The answers to signals are afterwards what they were before."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def interrupt_in_epoch_two(line: str) -> None:
    if line.startswith("Epoch 2/"):
        os.kill(os.getpid(), signal.SIGINT)


def test_a_replacing_run_that_stops_leaves_nothing_of_its_own(snapshot: Snapshot, tmp_path: Path) -> None:
    dataset, runs = pairs_dataset(tmp_path, NINE), tmp_path / "runs"
    with pytest.raises(KeyboardInterrupt):
        run(snapshot, dataset, config(epochs=3), runs / "one", replace=True, log=interrupt_in_epoch_two)
    assert not runs.exists()

    run(snapshot, dataset, config(epochs=1), runs / "one", replace=True)
    before = contents(runs)
    with pytest.raises(KeyboardInterrupt):
        run(snapshot, dataset, config(epochs=3), runs / "one", replace=True, log=interrupt_in_epoch_two)
    assert contents(runs) == before

    lines: list[str] = []
    result = run(snapshot, dataset, config(epochs=3), runs / "one", replace=True, log=lines.append)
    assert [path.name for path in runs.iterdir()] == ["one"]
    assert content(runs / "one" / "run.json")["epochs"] == 3
    assert result.folder == runs / "one"
    assert lines[-1] == f"Run folder: {runs / 'one'}"


def test_a_run_killed_between_the_two_renamings_is_put_back(snapshot: Snapshot, tmp_path: Path) -> None:
    dataset, runs = pairs_dataset(tmp_path, NINE), tmp_path / "runs"
    run(snapshot, dataset, config(epochs=1), runs / "one")
    before = contents(runs / "one")
    (runs / "one").rename(runs / ".one.replaced")
    (runs / ".one.unfinished").mkdir()
    (runs / ".one.unfinished" / ".lock").touch()
    assert list_runs(runs) == []
    clean_up(runs / "one")
    assert contents(runs / "one") == before
    assert [path.name for path in runs.iterdir()] == ["one"]

    # Killed after both: the new one is there, the earlier one goes.
    shutil.copytree(runs / "one", runs / ".one.replaced")
    clean_up(runs / "one")
    assert contents(runs) == {f"one/{name}": text for name, text in before.items()}


def test_a_living_process_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / ".one.unfinished"
    folder.mkdir()
    lock = FolderLock(folder)
    assert lock.acquire()
    assert is_held(folder)
    assert not FolderLock(folder).acquire()
    clean_up(tmp_path / "one")
    assert folder.is_dir()
    lock.release(folder)
    assert not is_held(folder)
    assert FolderLock(folder).acquire()


def test_a_signal_waits_for_what_has_to_be_whole() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), Interruptions() as stop:
        with stop.held():
            os.kill(os.getpid(), signal.SIGINT)
            with stop.held():
                done.append("inner")
            done.append("outer")
        done.append("never")
    assert done == ["inner", "outer"]


def test_several_fast_presses_are_one_and_a_later_one_counts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(signals.time, "monotonic", lambda: clock[0])  # type: ignore[attr-defined]
    with Interruptions() as stop:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
        clock[0] += 2.9
        os.kill(os.getpid(), signal.SIGTERM)
        clock[0] += 0.2
        with pytest.raises(Terminated):
            os.kill(os.getpid(), signal.SIGTERM)
        stop.check()


def test_an_error_on_the_way_out_is_not_interrupted_at_once() -> None:
    with Interruptions() as stop:
        stop.stopping()
        os.kill(os.getpid(), signal.SIGINT)
        stop.check()


def test_ignored_signals_stay_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruptions():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
