"""``dcell-graph runs``, the numbers that are sent elsewhere, the bar, and what a run's pictures and tables hold."""

from __future__ import annotations

import ast
import io
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from rich.console import Console
from typer.testing import CliRunner

import dcell_graph
from dcell_graph.cli import app
from dcell_graph.errors import NotFound
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train import ensemble, training
from dcell_graph.train.bar import training_bar
from dcell_graph.train.canvas import PENS, Caption, write_figure
from dcell_graph.train.checkpoint import load_checkpoint
from dcell_graph.train.comparing import curve
from dcell_graph.train.ensemble import run_ensemble
from dcell_graph.train.inputs import inputs
from dcell_graph.train.magnitudes import depths, magnitudes, quartiles
from dcell_graph.train.plots import loss_figure
from dcell_graph.train.run import resume_run, run
from dcell_graph.train.strains import encode
from tests.training import ALL_PAIRS, GENES, config, content, pairs_dataset, rows_of, six_terms

SPLIT = {"fractions": (0.6, 0.2, 0.2), "epochs": 3}


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    monkeypatch.setattr(ensemble, "write_figure", lambda *ignored: None)


@pytest.fixture
def home(snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs and an ensemble."""
    folder = tmp_path / "home"
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    run(snapshot, dataset, config(**SPLIT, lr=0.1), folder / "runs" / "first")
    run(snapshot, dataset, config(**SPLIT, lr=0.01, norm="layer"), folder / "runs" / "second")
    run_ensemble(snapshot, dataset, config(**SPLIT, ensemble=2), folder / "runs" / "both")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(folder))
    return folder


def invoke(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["runs", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_runs_are_listed_shown_and_compared(home: Path, tmp_path: Path) -> None:
    listed = json.loads(invoke("list", "--json"))
    assert {(one["name"], one["models"], one["epochs"]) for one in listed} == {
        ("first", 1, 3),
        ("second", 1, 3),
        ("both", 2, 6),
    }
    table = invoke("list")
    assert all(name in table for name in ("first", "second", "both", "finished"))

    shown = json.loads(invoke("show", "first", "--json"))
    said = {one["split"]: one for one in content(home / "runs" / "first" / "run.json")["measures"]}
    assert shown["results"]["test: pearson"] == said["test"]["pearson"]
    assert "lr 0.1" in invoke("show", "first")
    assert "alpha" not in invoke("show", "first")  # as by default

    picture = tmp_path / "pictures" / "three.png"
    compared = json.loads(invoke("compare", "first", "second", "both", "--picture", str(picture), "--json"))
    assert compared["runs"] == ["first", "second", "both"]
    differs = compared["options"]
    assert (differs["lr"], differs["norm"], differs["ensemble"]) == (
        [0.1, 0.01, 0.001],
        ["batch", "layer", "batch"],
        [1, 1, 2],
    )
    assert "seed" not in differs
    assert "epochs" not in differs
    assert compared["results"]["validation: rmse"][0] == said["validation"]["rmse"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(picture.with_suffix(".svg")).getroot().tag.endswith("svg")
    text = invoke("compare", "first", "second", "--picture", str(picture))
    assert "Nothing differs" not in text
    assert str(picture) in text


def test_the_curve_of_an_ensemble_is_the_mean_of_its_models(home: Path) -> None:
    own = [curve(home / "runs" / "both" / "members" / str(number), "validation_loss") for number in (1, 2)]
    mean = [(epoch, (first + second) / 2) for (epoch, first), (_, second) in zip(*own, strict=True)]
    found = curve(home / "runs" / "both", "validation_loss")
    assert [epoch for epoch, _ in found] == [1, 2, 3]
    assert dict(found) == pytest.approx(dict(mean))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nothing"], "there is no run nothing"),
        (["compare", "first"], "one run cannot be compared"),
        (["compare", "first", "second", "--picture", "x.gif"], "ends in .png"),
        (["compare", "first", "nothing"], "there is no run nothing"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(home: Path, arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(app, ["runs", *arguments])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert words in done.stderr


# ---- numbers that are sent elsewhere


class Received:
    """A service that notes what it is sent."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def module(self, kind: str) -> ModuleType:
        made = ModuleType(kind)
        note = self.calls.append

        class SummaryWriter:
            def __init__(self, folder: str, purge_step: int) -> None:
                note(("open", folder, purge_step))

            def __enter__(self) -> SummaryWriter:
                return self

            def __exit__(self, *ignored: object) -> None:
                note(("close",))

            def add_scalar(self, name: str, value: float, step: int) -> None:
                note((name, value, step))

            def flush(self) -> None: ...

        @contextmanager
        def start_run(run_id: str | None, run_name: str | None) -> Iterator[Any]:
            note(("open", run_id, run_name))
            yield SimpleNamespace(info=SimpleNamespace(run_id="m1"))
            note(("close",))

        def init(**given: Any) -> Any:
            note(("open", given["id"], given["resume"]))
            log = lambda numbers, step: [note((name, value, step)) for name, value in numbers.items()]  # noqa: E731
            return SimpleNamespace(id="w1", log=log, finish=lambda: note(("close",)))

        names: dict[str, Any] = {
            "SummaryWriter": SummaryWriter,
            "start_run": start_run,
            "log_params": lambda options: note(("options", options["lr"])),
            "log_metrics": lambda numbers, step: [note((name, value, step)) for name, value in numbers.items()],
            "init": init,
        }
        for name, value in names.items():
            setattr(made, name, value)
        return made


MODULES = {"tensorboard": "torch.utils.tensorboard", "wandb": "wandb", "mlflow": "mlflow"}


@pytest.mark.parametrize("kind", MODULES)
def test_each_epoch_is_sent_once(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    received, dataset, folder = Received(), pairs_dataset(tmp_path, ALL_PAIRS), tmp_path / "run"
    monkeypatch.setitem(sys.modules, MODULES[kind], received.module(kind))
    run(snapshot, dataset, config(**{**SPLIT, "epochs": 2}, track=[kind]), folder)
    resume_run(snapshot, dataset, folder, epochs=3)

    sent = {
        (name, step): value
        for name, value, step in (one for one in received.calls if len(one) == 3 and one[0] != "open")
    }
    rows = rows_of(folder / "metrics.csv")
    for row in rows:
        epoch = int(row["epoch"])
        assert sent["train/loss", epoch] == float(row["train_loss"])
        assert sent["validation/pearson", epoch] == float(row["validation_pearson"])
        assert sent["lr", epoch] == float(row["lr"])
    assert {step for _, step in sent} == {1, 2, 3}
    opened = [one[1:] for one in received.calls if one[0] == "open"]
    assert (
        opened
        == {
            "tensorboard": [(str(folder / "tensorboard"), 1), (str(folder / "tensorboard"), 3)],
            "wandb": [(None, None), ("w1", "allow")],
            "mlflow": [(None, "run"), ("m1", None)],
        }[kind]
    )
    assert received.calls.count(("close",)) == 2


@pytest.mark.parametrize("kind", MODULES)
def test_what_is_not_installed_is_said_before_anything_is_trained(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setitem(sys.modules, MODULES[kind], None)
    with pytest.raises(NotFound, match=rf'{kind} is not installed; pip install "dcell-graph\[{kind}\]"'):
        run(snapshot, pairs_dataset(tmp_path, ALL_PAIRS), config(**SPLIT, track=[kind]), tmp_path / "runs" / "run")
    assert not (tmp_path / "runs").exists()


def test_a_service_that_fails_does_not_stop_a_run(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, lines = Received().module("mlflow"), list[str]()

    def fails(numbers: Any, step: int) -> None:
        raise OSError("no network")

    broken.log_metrics = fails  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", broken)
    result = run(
        snapshot, pairs_dataset(tmp_path, ALL_PAIRS), config(**SPLIT, track=["mlflow"]), tmp_path / "run",
        log=lines.append,
    )  # fmt: skip
    assert len(result.epochs) == 3
    assert [line for line in lines if "mlflow" in line] == ["⚠ mlflow: no more numbers are sent (OSError: no network)"]


def test_no_service_is_imported_unless_it_is_named() -> None:
    """And nothing about models, runs or data reads or writes pickles."""
    package = Path(dcell_graph.__file__).parent
    rooms = [package / room for room in ("cli", "measurements", "model", "snapshot", "train")]
    files = sorted(path for room in rooms for path in room.rglob("*.py"))
    assert len(files) > 100
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                first = name.split(".")[0]
                assert first not in {"wandb", "mlflow", "tensorboard", "pickle", "cPickle", "dill", "joblib"}, path
                assert name != "torch.utils.tensorboard", path
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in {("torch", "load"), ("torch", "save")}, path
                assert node.attr not in {"to_pickle", "read_pickle"}, path


# ---- the bar


def test_the_bar_shows_on_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    for terminal in (True, False):
        screen = io.StringIO()
        with training_bar(Console(file=screen, force_terminal=terminal, width=80)) as progress:
            progress("batches of the epoch", 3, 7)
            progress("training", 1, 30)
            progress("batches of the epoch", 1, 7)
        assert ("batches of the epoch" in screen.getvalue()) is terminal
        assert ("1/30" in screen.getvalue()) is terminal
    assert capsys.readouterr().out == ""


def test_a_run_tells_its_batches_and_epochs(snapshot: Snapshot, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    run(
        snapshot, dataset, config(epochs=2, batch_size=14), tmp_path / "run",
        progress=lambda step, done, total: told.append((step, done, total)),
    )  # fmt: skip
    batches = [("batches of the epoch", 1, 2), ("batches of the epoch", 2, 2)]
    assert told == [*batches, ("training", 1, 2), *batches, ("training", 2, 2)]


# ---- states, inputs, pictures


def test_magnitudes_of_states_by_hand(snapshot: Snapshot, tmp_path: Path) -> None:
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    run(snapshot, dataset, config(**SPLIT), tmp_path / "run")
    model = load_checkpoint(tmp_path / "run", snapshot).model
    # Shortest ways: gamma is right below the root, and below beta, which is below alpha.
    by_name = dict(zip(model.hierarchy.term_ids, depths(model.hierarchy), strict=True))
    assert by_name == {"root": 0, "alpha": 1, "beta": 2, "gamma": 1, "delta": 1, "epsilon": 1}

    deleted = encode(dataset.strains, GENES).deleted
    found = {one.term: one for one in magnitudes(model, deleted)}
    state = model.states(deleted)["beta"].double().numpy()
    assert found["beta"].width == state.shape[1] == 3
    assert found["beta"].size == pytest.approx(math.sqrt((state**2).mean()), rel=1e-6)
    assert found["beta"].spread == pytest.approx(math.sqrt(np.mean(state.var(axis=0))), rel=1e-6)
    table = rows_of(tmp_path / "run" / "states.csv")
    assert [row["term"] for row in table] == list(model.hierarchy.term_ids)
    sizes = sorted(found[term].size for term in ("alpha", "gamma", "delta", "epsilon"))
    second = quartiles(list(found.values()), "size")[1]
    by_hand = [
        sizes[0] + 0.75 * (sizes[1] - sizes[0]),
        (sizes[1] + sizes[2]) / 2,
        sizes[2] + 0.25 * (sizes[3] - sizes[2]),
    ]
    assert second[0] == 1
    assert list(second[1:]) == pytest.approx(by_hand)


def test_batches_are_prepared_by_the_model_if_it_can(snapshot: Snapshot) -> None:
    deleted = torch.arange(12).reshape(6, 2)
    batches = [np.array([0, 2]), np.array([5]), np.array([1, 3, 4])]
    cpu = torch.device("cpu")

    class Plain:
        pass

    class Indexing:
        def __init__(self) -> None:
            self.asked: list[list[int]] = []

        def index(self, some: torch.Tensor) -> tuple[str, list[int]]:
            self.asked.append(some[:, 0].tolist())
            return "index", some[:, 0].tolist()

    plain = [one.tolist() for one in inputs(Plain(), deleted, batches, cpu)]  # type: ignore[arg-type]
    assert plain == [[[0, 1], [4, 5]], [[10, 11]], [[2, 3], [6, 7], [8, 9]]]
    model = Indexing()
    prepared = list(inputs(model, deleted, batches, cpu))  # type: ignore[arg-type]
    assert prepared == [("index", [0, 4]), ("index", [10]), ("index", [2, 6, 8])]
    # One ahead, and no more: while the first is used, only the second may be made.
    model = Indexing()
    ahead = inputs(model, deleted, batches, cpu)  # type: ignore[arg-type]
    assert next(ahead) == ("index", [0, 4])
    ahead.close()  # type: ignore[attr-defined]
    assert model.asked == [[0, 4], [10]]


def test_lines_stay_apart_without_colour() -> None:
    assert len({str(pen.style) for pen in PENS}) == len({pen.marker for pen in PENS}) == len(PENS)


def test_pictures_come_as_png_and_svg_and_the_same_every_time(snapshot: Snapshot, tmp_path: Path) -> None:
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    epochs = run(snapshot, dataset, config(**SPLIT), tmp_path / "run").epochs
    caption = Caption(
        title="six", options="", generated=None, phenotype="score", standardised=True, second_set="validation strains"
    )
    drawn = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_figure(tmp_path / name / "loss.png", loss_figure(caption, epochs))
        drawn.append([(tmp_path / name / f"loss.{kind}").read_bytes() for kind in ("png", "svg")])
    assert drawn[0] == drawn[1]
    assert drawn[0][0].startswith(b"\x89PNG")
    assert ElementTree.fromstring(drawn[0][1]).tag.endswith("svg")
