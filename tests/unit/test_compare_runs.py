"""``compare-runs`` from two trained ensembles to the split of the change of their accuracy."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dcell_graph.cli import app as program
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.split_kinds import SplitConfig
from dcell_graph.measurements.split_store import make_split
from dcell_graph.measurements.storage import read_dataset, write_dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import ensemble, training
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.ensemble import run_ensemble
from tests.snapshots import make_snapshot
from tests.training import config, pairs_dataset, rows_of

GENES = [f"G{number:02d}" for number in range(16)]
# B has one more term, other genes on two terms, and does not see the last gene.
A = make_snapshot(
    [("x", "root"), ("y", "root")], [("x" if place < 8 else "y", gene) for place, gene in enumerate(GENES)], name="a"
)
B = make_snapshot(
    [("x", "root"), ("y", "root"), ("z", "x")],
    [("z" if place < 3 else "x" if place < 11 else "y", gene) for place, gene in enumerate(GENES[:-1])],
    name="b",
)


@pytest.fixture(scope="module", autouse=True)
def _no_pictures() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "draw_all", lambda *ignored: None)
        patch.setattr(ensemble, "write_figure", lambda *ignored: None)
        yield


def trained(home: Path, name: str, snapshot: Snapshot, dataset: Dataset, options: TrainConfig) -> None:
    if not (home / "snapshots" / snapshot.manifest.name).exists():
        write_snapshot(snapshot, home / "snapshots" / snapshot.manifest.name)
    run_ensemble(snapshot, dataset, options, home / "runs" / name)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs ``old`` and ``new`` by a stored split, and ``new-by-seed`` and ``old-by-seed`` by a seed."""
    folder = tmp_path_factory.mktemp("home")
    rows = [
        f"{first} {second} {math.sin(5 * place + 3 * other):.3f}"
        for (place, first), (other, second) in itertools.combinations(enumerate(GENES), 2)
    ]
    write_dataset(pairs_dataset(folder, rows), folder / "datasets" / "pairs")
    make_split(folder / "datasets" / "pairs", "half", SplitConfig(kind="random", seed=1, fractions=(0.5, 0.0, 0.5)))
    dataset = read_dataset(folder / "datasets" / "pairs")
    options = {"epochs": 2, "lr": 0.05, "batch_size": 16, "ensemble": 2}
    for name, snapshot in (("old", A), ("new", B)):
        trained(folder, name, snapshot, dataset, config(**options, split="half"))
        trained(folder, f"{name}-by-seed", snapshot, dataset, config(**options, fractions=(0.8, 0.0, 0.2)))
    return folder


def accuracies(folder: Path, shared: set[str]) -> list[float]:
    """Pearson's correlation of each model on the shared test strains, from the tables in its folder."""
    found = []
    for member in sorted((folder / "members").iterdir()):
        rows = [
            row for row in rows_of(member / "predictions.csv") if row["split"] == "test" and row["strain"] in shared
        ]
        rows = [row for row in rows if row["mode"] == "eval"]
        assert len(rows) == len(shared)
        said, measured = ([float(row[column]) for row in rows] for column in ("prediction", "target"))
        found.append(float(np.corrcoef(said, measured)[0, 1]))
    return found


def test_a_change_is_split_as_by_hand(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    done = CliRunner().invoke(program, ["compare-runs", "old", "new", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    between = home / "runs" / "old-to-new"
    assert Path(found["folder"]) == between
    # Those of the stored split that do not lack the gene that B does not see.
    tests = [
        {row["strain"] for row in rows_of(home / "runs" / run / "predictions.csv") if row["split"] == "test"}
        for run in ("old", "new")
    ]
    assert tests[1] < tests[0] and not any(GENES[-1] in strain for strain in tests[1])
    assert found["strains"] == len(tests[1])

    a, b = accuracies(home / "runs" / "old", tests[1]), accuracies(home / "runs" / "new", tests[1])
    ab = accuracies(between / "topology-a-annotations-b", tests[1])
    ba = accuracies(between / "topology-b-annotations-a", tests[1])
    mean_a, mean_b, mean_ab, mean_ba = (sum(each) / 2 for each in (a, b, ab, ba))
    first, last = mean_ab - mean_a, mean_b - mean_ba
    assert found["change"]["value"] == pytest.approx(mean_b - mean_a, abs=1e-5)
    assert found["annotations"]["value"] == pytest.approx((first + last) / 2, abs=1e-5)
    assert found["topology"]["value"] == pytest.approx((mean_ba - mean_a + mean_b - mean_ab) / 2, abs=1e-5)
    assert found["interaction"]["value"] == pytest.approx(last - first, abs=1e-5)
    assert found["change"]["value"] == pytest.approx(found["annotations"]["value"] + found["topology"]["value"])
    # Two seeds: a sample variance is half the squared difference, and that of their mean half of this.
    variances = [(each[0] - each[1]) ** 2 / 2 for each in (a, b, ab, ba)]
    assert found["change"]["error"] == pytest.approx(math.sqrt(variances[0] / 2 + variances[1] / 2), abs=1e-5)
    assert found["topology"]["error"] == pytest.approx(math.sqrt(sum(variances) / 2) / 2, abs=1e-5)
    assert found["seed_noise"] == pytest.approx(math.sqrt(sum(variances) / 4), abs=1e-5)
    assert all(found[part]["strain_error"] > 0 for part in ("change", "annotations", "topology", "interaction"))

    # The hybrids are used again, and the table says the same.
    made = (between / "topology-a-annotations-b" / "run.json").stat().st_mtime_ns
    again = CliRunner().invoke(program, ["compare-runs", "old", "new"])
    assert again.exit_code == 0, again.output
    assert f"{found['change']['value']:+.4f}" in again.output and "error of strains" in again.output
    assert (between / "topology-a-annotations-b" / "run.json").stat().st_mtime_ns == made


def test_what_cannot_be_compared_is_refused_and_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    few = CliRunner().invoke(program, ["compare-runs", "old-by-seed", "new-by-seed"])
    assert few.exit_code == 1
    words = " ".join(few.output.split())
    assert "too few test strains in common" in words and "train both runs with --split" in words
    other = CliRunner().invoke(program, ["compare-runs", "old", "new-by-seed"])
    assert other.exit_code == 1 and "differ in their options as well" in " ".join(other.output.split())


def test_hybrids_of_other_options_are_not_used_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    first = CliRunner().invoke(program, ["compare-runs", "old", "new"])
    assert first.exit_code == 0, first.output
    place = str(home / "runs" / "old-to-new")
    mixed = CliRunner().invoke(program, ["compare-runs", "old-by-seed", "new-by-seed", "--out", place])
    assert mixed.exit_code == 1 and "a run with other options" in " ".join(mixed.output.split())
