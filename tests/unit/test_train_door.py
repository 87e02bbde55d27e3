"""Configuration files and options, and the command that takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dcell_graph.errors import InputError
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import tally, training
from dcell_graph.train.__main__ import app
from dcell_graph.train.config import TrainConfig, read_config_file, train_config
from tests.training import (
    NINE,
    Measured,
    content,
    pairs_dataset,
    six_terms,
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


def test_options_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('snapshot = "x"\nepochs = 7\nnorm = "layer"\nlr = 1\nfractions = [0.5, 0.5, 0]\n', encoding="utf-8")
    found = train_config(read_config_file(path), {"epochs": 3, "activation": "gelu"}, path=path)

    assert (found.epochs, found.lr, found.fractions) == (3, 1.0, (0.5, 0.5, 0.0))
    assert (found.architecture.norm, found.architecture.activation) == ("layer", "gelu")
    assert found.architecture.layers == 1


def test_defaults_are_those_of_the_notes() -> None:
    found = TrainConfig()

    assert (found.lr, found.weight_decay, found.clip_norm) == (1e-3, 1e-6, 10.0)
    assert (found.alpha, found.aux_reduction, found.batch_size) == (0.3, "sum", 32)
    assert found.architecture.init_range == 0.001


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epoch = 3", ["unknown key epoch", "perhaps epochs"]),
        ("colour = 3", ["unknown key colour"]),
        ("epochs = 0", ["key epochs"]),
        ('norm = "group"', ["key norm", "'batch'", "'group'"]),
        ("fractions = [0.5, 0.5, 0.5]", ["key fractions", "add up to 1"]),
        ("lr = nan", ["key lr"]),
        ("snapshot = 2017", ["key snapshot"]),
        ("snapshot = 2017-07-19", ["key snapshot"]),
        ("epochs 3", ["not TOML"]),
    ],
)
def test_a_configuration_that_cannot_be_used_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        train_config(read_config_file(path), path=path)
    for word in [*words, str(path)]:
        assert word in str(caught.value)


def test_an_option_that_cannot_be_used_is_named() -> None:
    with pytest.raises(InputError, match="option --batch-size cannot be used: expected greater than or equal to 1"):
        train_config({"batch_size": 3}, {"batch_size": 0}, path=Path("run.toml"))


@pytest.fixture
def home(
    snapshot: Snapshot,
    measured: Measured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    folder = tmp_path / "home"
    write_snapshot(snapshot, folder / "snapshots" / "six")
    write_dataset(measured(NINE), folder / "datasets" / "pairs")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(folder))
    return folder


def test_the_door_trains_by_names(home: Path) -> None:
    done = CliRunner().invoke(app, ["--snapshot", "six", "--epochs", "1", "--batch-size", "4"])

    assert done.exit_code == 0, done.output
    (folder,) = (home / "runs").iterdir()
    assert folder.name.startswith("six-pairs-2")
    assert content(folder / "run.json")["status"] == "finished"
    assert content(folder / "config.json")["options"]["epochs"] == 1
    assert done.stdout.splitlines()[-1] == f"Run folder: {folder}"


def test_the_door_trains_by_a_file_alone(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('snapshot = "six"\ndataset = "pairs"\nepochs = 1\nrun_name = "mine"\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["--config", str(path)])

    assert done.exit_code == 0, done.output
    assert (home / "runs" / "mine" / "metrics.csv").is_file()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "no snapshot was named"),
        (["--snapshot", "six", "--dataset", "nothing"], "there is no dataset nothing: found pairs"),
        (["--snapshot", "six", "--norm", "group"], "option --norm"),
        (["--snapshot", "six", "--batch-size", "1"], "batches of one strain"),
        (["--snapshot", "six", "--config", "nothing.toml"], "nothing.toml"),
        (["--snapshot", "six", "--run-name", "../up"], "cannot have this name"),
        (["--snapshot", "six", "--epochs", "0"], "option --epochs"),
    ],
)
def test_the_door_says_one_sentence(home: Path, options: list[str], words: str) -> None:
    done = CliRunner().invoke(app, options)

    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not (home / "runs").exists()


def test_the_door_ends_with_130_when_interrupted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tally, "dcell_loss", interrupted)
    done = CliRunner().invoke(app, ["--snapshot", "six", "--run-name", "cut"])

    assert done.exit_code == 130
    assert done.stderr == "error: interrupted\n"
    assert not (home / "runs").exists()
