"""Going on with a run: the same weights as in one go, only on the same data, and from whole files only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from typer.testing import CliRunner

from dcell_graph.errors import Conflict, InputError, NotFound, TrainingError
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import epochs, loop, training
from dcell_graph.train.__main__ import app
from dcell_graph.train.checkpoint import build_model, load_checkpoint
from dcell_graph.train.resume import layout_id, read_resumption
from dcell_graph.train.run import resume_run, run
from dcell_graph.train.signals import Terminated
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

# As it stands in the header: JSON inside a text of JSON.
VERSION_1 = b'dcell-graph-resume\\", \\"version\\": 1'


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    return lambda rows: pairs_dataset(tmp_path, rows)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


def without_times(path: Path) -> list[dict[str, str]]:
    return [{name: cell for name, cell in row.items() if name != "seconds"} for row in rows_of(path)]


@pytest.mark.parametrize(
    "options",
    [
        {"fractions": (0.6, 0.2, 0.2)},
        {"overfit": 6},
        {"norm": "layer", "layers": 2, "fractions": (0.8, 0.2, 0)},
        {"model": "reference", "recalibrate": False},
        {"batches": "tiles", "batch_size": 9},
    ],
)
def test_epochs_in_two_goes_are_the_epochs_in_one(
    snapshot: Snapshot, measured: Measured, tmp_path: Path, options: dict[str, Any]
) -> None:
    dataset = measured(ALL_PAIRS)
    whole = run(snapshot, dataset, config(epochs=5, lr=0.05, **options), tmp_path / "whole")
    run(snapshot, dataset, config(epochs=2, lr=0.05, **options), tmp_path / "parts")
    torch.rand(5)  # the state of the global generator plays no part
    parts = resume_run(snapshot, dataset, tmp_path / "parts", epochs=5)

    assert weights_of(tmp_path / "parts") == weights_of(tmp_path / "whole")
    last, one_go = read_resumption(tmp_path / "parts"), read_resumption(tmp_path / "whole")
    assert last.tensors.keys() == one_go.tensors.keys()
    assert all(torch.equal(last.tensors[name], one_go.tensors[name]) for name in last.tensors)
    for name in ("metrics.csv", "predictions.csv"):
        assert without_times(tmp_path / "parts" / name) == without_times(tmp_path / "whole" / name)
    assert (parts.kept_epoch, parts.best_epoch) == (whole.kept_epoch, whole.best_epoch)
    assert [record.epoch for record in parts.epochs] == [1, 2, 3, 4, 5]
    said = content(tmp_path / "parts" / "run.json")
    assert (said["status"], said["epochs"]) == ("finished", 5)
    assert [one["after_epoch"] for one in said["resumed"]] == [2]
    assert content(tmp_path / "parts" / "config.json")["options"]["epochs"] == 5


def test_the_best_epoch_before_the_stop_is_kept(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    # A large step makes later epochs worse than an early one.
    dataset, options = measured(ALL_PAIRS), {"fractions": (0.5, 0.5, 0), "lr": 0.3}
    whole = run(snapshot, dataset, config(epochs=8, **options), tmp_path / "whole")
    assert whole.kept_epoch < 8
    run(snapshot, dataset, config(epochs=whole.kept_epoch + 1, **options), tmp_path / "parts")
    resume_run(snapshot, dataset, tmp_path / "parts", epochs=8)

    assert weights_of(tmp_path / "parts") == weights_of(tmp_path / "whole")
    assert load_checkpoint(tmp_path / "parts", snapshot).description.epoch == whole.kept_epoch


def test_rows_in_another_order_are_the_same_snapshot(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    turned = make_snapshot(LINKS[::-1], PAIRS[::-1], terms=TERMS[::-1], genes=GENES[::-1], name="turned")
    dataset = measured(NINE)
    run(snapshot, dataset, config(epochs=4), tmp_path / "whole")
    run(snapshot, dataset, config(epochs=2), tmp_path / "parts")
    resume_run(turned, dataset, tmp_path / "parts", epochs=4)

    assert weights_of(tmp_path / "parts") == weights_of(tmp_path / "whole")


def test_other_data_are_refused_by_name_and_id(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run(snapshot, measured(NINE), config(), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    exchanged = [(term, {"CCC3": "EEE5", "EEE5": "CCC3"}.get(gene, gene)) for term, gene in PAIRS]
    other = make_snapshot(LINKS, exchanged, terms=TERMS, genes=GENES, name="exchanged")
    with pytest.raises(TrainingError, match=r"another snapshot: expected six \(\w{12}\), found exchanged \(\w{12}\)"):
        resume_run(other, measured(NINE), folder, epochs=3)
    with pytest.raises(TrainingError, match=r"another dataset: expected pairs \(\w{12}\), found pairs \(\w{12}\)"):
        resume_run(snapshot, measured(NINE[:8]), folder, epochs=3)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_finished_run_needs_more_epochs(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    dataset = measured(NINE)
    run(snapshot, dataset, config(epochs=2), tmp_path / "run")
    for wanted in (None, 1, 2):
        with pytest.raises(InputError, match="has done these epochs already: expected --epochs 3 or more"):
            resume_run(snapshot, dataset, tmp_path / "run", epochs=wanted)


def test_a_run_that_was_killed_before_its_results_gets_them(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    dataset, folder = measured(NINE), tmp_path / "run"
    run(snapshot, dataset, config(epochs=2), folder)
    weights = weights_of(folder)
    for name in ("model.safetensors", "checkpoint.json", "predictions.csv"):
        (folder / name).unlink()
    said = content(folder / "run.json")
    (folder / "run.json").write_text(json.dumps({**said, "status": "running"}), encoding="utf-8")
    with pytest.raises(NotFound, match=f"cut short; end it with python -m dcell_graph.train --resume {folder}"):
        load_checkpoint(folder, snapshot)

    resume_run(snapshot, dataset, folder)
    assert weights_of(folder) == weights
    assert content(folder / "run.json")["status"] == "finished"


@pytest.mark.parametrize("kind", ["cut", "bit", "version", "gone"])
def test_a_damaged_file_is_refused(snapshot: Snapshot, measured: Measured, tmp_path: Path, kind: str) -> None:
    dataset, path = measured(NINE), tmp_path / "run" / "resume.safetensors"
    run(snapshot, dataset, config(), tmp_path / "run")
    whole = path.read_bytes()
    changed = {
        "cut": whole[: len(whole) // 2],
        "bit": whole[:-1] + bytes([whole[-1] ^ 1]),
        "version": whole.replace(
            b'dcell-graph-resume\\", \\"version\\": 1', b'dcell-graph-resume\\", \\"version\\": 2'
        ),
    }
    if kind == "gone":
        path.unlink()
    else:
        assert changed[kind] != whole
        path.write_bytes(changed[kind])
    with pytest.raises((TrainingError, NotFound), match=r"damaged|format that this program|no run to resume"):
        resume_run(snapshot, dataset, tmp_path / "run", epochs=3)


def test_the_file_holds_numbers_and_text_only(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    run(snapshot, measured(NINE), config(), tmp_path / "run")
    with safe_open(tmp_path / "run" / "resume.safetensors", framework="pt") as file:
        described = json.loads(file.metadata()["resume"])
        names = set(file.keys())

    assert described["snapshot_id"] == snapshot.manifest.snapshot_id
    assert described["term_ids"] == TERMS
    assert described["gene_ids"] == GENES
    assert (described["epoch"], described["options"]["seed"]) == (2, 0)
    assert {name.split("/")[0] for name in names} == {"model", "optimiser"}
    # Three steps an epoch: 9 strains in batches of 4 and 5 ... twice two steps.
    with safe_open(tmp_path / "run" / "resume.safetensors", framework="pt") as file:
        steps = {float(file.get_tensor(name)) for name in names if name.endswith("/step")}
    assert steps == {4.0}


def test_a_model_that_orders_its_numbers_in_another_way_is_noticed(snapshot: Snapshot) -> None:
    options = config().architecture
    hierarchy = Hierarchy.from_snapshot(snapshot, options)
    model = build_model("vectorised", hierarchy, options)
    assert isinstance(model, DCell)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = layout_id(model)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert found == layout_id(build_model("vectorised", hierarchy, options))

    right = model.to_term_weights

    def exchanged() -> dict[str, torch.Tensor]:
        weights = right()
        weights["beta.linear.bias"] = weights["beta.linear.bias"].flip(0)
        return weights

    model.to_term_weights = exchanged  # type: ignore[method-assign]
    assert layout_id(model) != found


def test_each_file_of_an_epoch_is_replaced_in_one_step(
    snapshot: Snapshot, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stop after every single write of a run: whatever is there by then can be resumed to the same weights."""
    dataset = measured(NINE)
    run(snapshot, dataset, config(epochs=3), tmp_path / "whole")

    class Killed(BaseException):
        pass

    writes, most, resumed = 0, 0, 0

    def fsync(handle: int) -> None:
        nonlocal writes
        writes += 1
        if writes > most:
            # From here on nothing reaches the disk, the note about the stop neither.
            raise Killed

    for most in range(1, 40):
        folder, writes = tmp_path / f"run-{most}", 0
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            try:
                run(snapshot, dataset, config(epochs=3), folder)
                break
            except Killed:
                pass
        if not folder.exists():
            continue
        assert read_resumption(folder).description.epoch in (1, 2, 3)
        resume_run(snapshot, dataset, folder, epochs=3)
        assert weights_of(folder) == weights_of(tmp_path / "whole")
        assert len(rows_of(folder / "metrics.csv")) == 3
        assert (content(folder / "run.json")["status"], content(folder / "run.json")["epochs"]) == ("finished", 3)
        resumed += 1
    else:
        raise AssertionError("the run never ended")
    # Three files an epoch and six at the end; the folder appears with the third file of the first epoch.
    assert resumed == 3 * 3 + 6 - 3


def test_an_interrupted_run_says_how_to_go_on(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    lines: list[str] = []

    def listen(line: str) -> None:
        lines.append(line)
        if line.startswith("Epoch 2/"):
            raise Terminated

    folder = tmp_path / "my runs" / "one"
    with pytest.raises(Terminated):
        run(snapshot, measured(NINE), config(epochs=9), folder, log=listen)
    command = f"python -m dcell_graph.train --resume '{folder}'"
    assert lines[-1] == f"To go on: {command}"
    assert "Stopped after 2 whole epochs: terminated" in lines
    assert (folder / "log.txt").read_text(encoding="utf-8").splitlines()[-1] == lines[-1]

    with pytest.raises(Conflict) as caught:
        run(snapshot, measured(NINE), config(epochs=9), folder)
    for word in ("stopped after 2 whole epochs", command, "remove the folder"):
        assert word in str(caught.value)
    resume_run(snapshot, measured(NINE), folder)
    with pytest.raises(Conflict, match="holds a finished run") as caught:
        run(snapshot, measured(NINE), config(epochs=9), folder)
    assert f"{command} --epochs N" in str(caught.value)


def test_an_error_after_whole_epochs_says_how_to_go_on(
    snapshot: Snapshot, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    right = loop.train_pass

    def fails(*args: Any, epoch: int, **kwargs: Any) -> Any:
        if epoch == 3:
            raise TrainingError("the sky falls", hint="wear a hat")
        return right(*args, epoch=epoch, **kwargs)

    monkeypatch.setattr(epochs, "train_pass", fails)
    with pytest.raises(TrainingError) as caught:
        run(snapshot, measured(NINE), config(epochs=4), folder)
    way_on = f"2 whole epochs are kept; to go on: python -m dcell_graph.train --resume {folder}"
    assert str(caught.value) == f"the sky falls; wear a hat; {way_on}"
    said = content(folder / "run.json")
    assert (said["status"], said["reason"], said["epochs"]) == ("stopped", "the sky falls; wear a hat", 2)
    assert load_checkpoint(folder, snapshot).description.epoch == 2


def test_a_resumed_run_that_stops_at_once_is_as_it_was(
    snapshot: Snapshot, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, dataset, lines = tmp_path / "run", measured(NINE), list[str]()
    run(snapshot, dataset, config(epochs=2), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(epochs, "train_pass", interrupted)
    with pytest.raises(KeyboardInterrupt):
        resume_run(snapshot, dataset, folder, epochs=4, log=lines.append)
    assert lines[-1] == "Stopped: interrupted; the run folder is as it was"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_empty_folder_that_was_there_is_used_and_left_empty(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    def interrupt(line: str) -> None:
        if line.startswith("Epoch"):
            raise KeyboardInterrupt

    (tmp_path / "mount").mkdir()
    inode = (tmp_path / "mount").stat().st_ino
    run(snapshot, measured(NINE), config(), tmp_path / "mount")
    assert (tmp_path / "mount").stat().st_ino == inode
    assert not (tmp_path / "mount" / ".lock").exists()

    (tmp_path / "other").mkdir()
    with pytest.raises(TrainingError, match="not a finite number"):
        run(snapshot, measured(NINE), config(lr=1e30, norm="none", activation="linear"), tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


@pytest.fixture
def home(snapshot: Snapshot, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    write_snapshot(snapshot, folder / "snapshots" / "six")
    write_dataset(measured(NINE), folder / "datasets" / "pairs")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(folder))
    return folder


def test_the_door_resumes_by_name_and_finds_the_data_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The snapshot is a folder named from where the user stands; the run is resumed from somewhere else.
    (tmp_path / "here").mkdir()
    (home / "snapshots" / "six").rename(tmp_path / "here" / "mine")
    monkeypatch.chdir(tmp_path / "here")
    first = CliRunner().invoke(app, ["--snapshot", "mine", "--epochs", "1", "--batch-size", "4", "--run-name", "r"])
    assert first.exit_code == 0, first.output
    monkeypatch.chdir(tmp_path)
    again = CliRunner().invoke(app, ["--resume", "r", "--epochs", "2"])
    assert again.exit_code == 0, again.output
    assert "Resuming r after epoch 1 of 2 (best so far: epoch 1)" in again.stdout.splitlines()
    assert content(home / "runs" / "r" / "run.json")["epochs"] == 2

    (tmp_path / "here" / "mine").rename(tmp_path / "moved")
    lost = CliRunner().invoke(app, ["--resume", "r", "--epochs", "3"])
    assert (lost.exit_code, lost.stderr.count("\n")) == (1, 1)
    found = CliRunner().invoke(app, ["--resume", "r", "--epochs", "3", "--snapshot", "moved"])
    assert found.exit_code == 0, found.output
    assert content(home / "runs" / "r" / "config.json")["snapshot"]["place"] == str(tmp_path / "moved")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--resume", "nothing"], "there is no run nothing"),
        (["--resume", "r", "--lr", "0.1", "--batch-size", "2"], "keeps its options"),
        (["--resume", "r", "--epochs", "1"], "expected --epochs 2 or more"),
        (["--resume", "r", "--epochs", "0"], "option --epochs"),
        (["--resume", "r", "--epochs", "3", "--dataset", "none"], "there is no dataset none"),
    ],
)
def test_the_door_says_one_sentence(home: Path, options: list[str], words: str) -> None:
    first = CliRunner().invoke(app, ["--snapshot", "six", "--epochs", "1", "--batch-size", "4", "--run-name", "r"])
    assert first.exit_code == 0, first.output
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
