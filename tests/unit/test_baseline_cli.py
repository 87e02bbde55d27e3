"""``dcell-graph baseline``: a real run beside its competitors and its control."""

from __future__ import annotations

import csv
import json
import random
import statistics
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dcell_graph.cli.baseline import baseline
from dcell_graph.errors import InputError, TrainingError
from dcell_graph.measurements.dataset import Dataset, make_dataset
from dcell_graph.measurements.readers import read_measurements
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train.baselines.comparison import CONTROL, RUN, compare_with_baselines
from dcell_graph.train.baselines.memory import predictions_in_memory
from dcell_graph.train.config import train_config
from dcell_graph.train.finding import run_config
from dcell_graph.train.preparation import prepare
from dcell_graph.train.start import start
from tests.snapshots import make_snapshot

GENES = [f"G{number:02d}" for number in range(16)]
OPTIONS: dict[str, Any] = {
    "epochs": 4,
    "lr": 0.05,
    "min_width": 3,
    "init_range": 0.1,
    "split_seed": 0,
    "fractions": (0.5, 0.25, 0.25),
    "similar_genes": 2,
    "activation": "gelu",
}


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    links = [(f"T{number}", "root") for number in range(4)]
    return make_snapshot(links, [(f"T{number % 4}", gene) for number, gene in enumerate(GENES)], name="four")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    path = tmp_path_factory.mktemp("table") / "pairs.tsv"
    draw = random.Random(0)
    rows = [f"{a}\t{b}\t{draw.gauss(0, 1):.4f}" for a in GENES for b in GENES if a < b]
    path.write_text("\n".join(["gene_a\tgene_b\tscore", *rows]) + "\n", encoding="utf-8")
    return make_dataset(read_measurements(path, source_format="pairs"), name="pairs")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot, dataset: Dataset) -> Path:
    """A home with both and with a run, called one."""
    home = tmp_path_factory.mktemp("home")
    write_snapshot(snapshot, home / "snapshots" / "four")
    write_dataset(dataset, home / "datasets" / "pairs")
    start(snapshot, dataset, train_config(OPTIONS), home / "runs" / "one")
    return home


def test_the_model_in_memory_is_that_of_a_run(home: Path, snapshot: Snapshot, dataset: Dataset) -> None:
    config = train_config(OPTIONS)
    prepared = prepare(snapshot, dataset, config)
    hierarchy = Hierarchy.from_snapshot(snapshot, config.architecture)
    found = predictions_in_memory(hierarchy, prepared, config, prepared.test)
    with (home / "runs" / "one" / "predictions.csv").open(encoding="utf-8") as lines:
        written = {row["strain"]: float(row["prediction"]) for row in csv.DictReader(lines) if row["split"] == "test"}
    assert sorted(written) == sorted(prepared.test.names)
    assert found == pytest.approx([written[name] for name in prepared.test.names], abs=1e-6)


def test_each_row_is_on_the_test_strains_of_the_run(home: Path, snapshot: Snapshot, dataset: Dataset) -> None:
    folder = home / "runs" / "one"
    rows = compare_with_baselines(snapshot, dataset, folder, run_config(folder))
    assert [row.name for row in rows] == [
        RUN,
        CONTROL,
        "additive ridge",
        "profile kNN",
        "low-rank factorisation",
        "network of equal size",
    ]
    with (folder / "predictions.csv").open(encoding="utf-8") as lines:
        table = [row for row in csv.DictReader(lines) if row["split"] == "test"]
    target, prediction = ([float(row[name]) for row in table] for name in ("target", "prediction"))
    reached = statistics.correlation(target, prediction)
    assert rows[0].test.value == pytest.approx(reached)
    assert rows[0].behind is None
    for row in rows[1:]:
        assert row.validation is not None
        assert row.behind is not None
        assert row.test.value is not None
        assert row.behind.value == pytest.approx(reached - row.test.value)
    # The control is another model: its genes are in other places.
    assert rows[1].test.value != pytest.approx(reached, abs=1e-4)


def test_the_command_prints_the_table(home: Path, monkeypatch: pytest.MonkeyPatch, cli_app: Any) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    folders = ["--snapshot", str(home / "snapshots" / "four"), "--dataset", str(home / "datasets" / "pairs")]
    shown = CliRunner().invoke(cli_app, ["one", *folders, "--no-control"])
    assert shown.exit_code == 0, shown.output
    assert "profile kNN" in shown.output
    assert "does not say whether the ontology helps" in shown.output
    as_json = CliRunner().invoke(cli_app, ["one", *folders, "--no-control", "--json"])
    content = json.loads(as_json.stdout)
    assert [row["name"] for row in content["models"]][:2] == [RUN, "additive ridge"]
    assert content["control"] is False


@pytest.fixture
def cli_app() -> Any:
    import typer

    app = typer.Typer()
    app.command()(baseline)
    return app


def test_two_models_are_averaged(snapshot: Snapshot, dataset: Dataset) -> None:
    config = train_config(OPTIONS)
    prepared = prepare(snapshot, dataset, config)
    hierarchy = Hierarchy.from_snapshot(snapshot, config.architecture)
    both = predictions_in_memory(hierarchy, prepared, config, prepared.test, members=2)
    alone = [
        predictions_in_memory(hierarchy, prepared, config.model_copy(update={"seed": seed}), prepared.test)
        for seed in (0, 1)
    ]
    assert both == pytest.approx((alone[0] + alone[1]) / 2)
    assert alone[0] != pytest.approx(alone[1], abs=1e-3)


def test_what_cannot_be_compared_is_refused(tmp_path: Path, home: Path, snapshot: Snapshot, dataset: Dataset) -> None:
    folder = home / "runs" / "one"
    described = run_config(folder)
    other = make_snapshot([("T0", "root")], [("T0", gene) for gene in GENES], name="other")
    with pytest.raises(TrainingError, match="another snapshot"):
        compare_with_baselines(other, dataset, folder, described)

    def divided(*fractions: float) -> dict[str, Any]:
        return {**described, "options": {**described["options"], "fractions": fractions}}

    with pytest.raises(TrainingError, match="no test strains"):
        compare_with_baselines(snapshot, dataset, folder, divided(1, 0, 0))
    with pytest.raises(TrainingError, match="no validation strains"):
        compare_with_baselines(snapshot, dataset, folder, divided(0.75, 0, 0.25))
    with pytest.raises(InputError, match="options of the run"):
        compare_with_baselines(snapshot, dataset, folder, divided(2, 0, 0))
    table = (folder / "predictions.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "predictions.csv").write_text("\n".join(table[:3]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="no prediction of some strains"):
        compare_with_baselines(snapshot, dataset, tmp_path, described)
    (tmp_path / "predictions.csv").write_text("what\n1\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        compare_with_baselines(snapshot, dataset, tmp_path, described)
