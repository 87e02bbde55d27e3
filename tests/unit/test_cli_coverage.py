"""The coverage command, with folders and without a database."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from dcell_graph.cli.coverage import coverage
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.snapshot.storage import write_snapshot
from tests.snapshots import make_snapshot
from tests.training import pairs_dataset

ROWS = ["AAA1 XXX1 1", "AAA1 YYY1 3", "AAA1 BBB2 2", "CCC3 DDD4 4", "YYY1 ZZZ1 2", "XXX1 ZZZ1 0"]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A snapshot and a dataset, as arguments; there is no database."""
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    return [_snapshot(tmp_path), "--dataset", _dataset(tmp_path, ROWS)]


def _snapshot(folder: Path) -> str:
    snapshot = make_snapshot(
        [("alpha", "root"), ("beta", "root")],
        [("alpha", "AAA1"), ("alpha", "BBB2"), ("beta", "CCC3"), ("beta", "DDD4")],
    )
    write_snapshot(snapshot, folder / "snapshot")
    return str(folder / "snapshot")


def _dataset(folder: Path, rows: list[str]) -> str:
    write_dataset(pairs_dataset(folder, rows), folder / "dataset")
    return str(folder / "dataset")


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(coverage)
    return CliRunner().invoke(app, list(arguments))


def test_the_report(folders: list[str]) -> None:
    done = run(*folders, "--limit", "2")

    assert done.exit_code == 0, done.output
    text = " ".join(done.stdout.split())
    for words in (
        "GENERATED WORLD, not real data",
        "6 strains lack 7 genes, of which 4 are visible to a model on this snapshot",
        "2 strains have all their genes visible",
        "2 have none visible and look like wild type",
        "4 strains look like some other one, in 2 groups; a model sees 4 different strains",
        # Mean 2, in all 1 + 1 + 0 + 4 + 0 + 4 = 10; within AAA1 2 and within the wild type 2.
        "all 6 4 4 2 0.6000 0.7746 1.0000 1.0000",
        "At which step genes were lost cannot be said: a frozen snapshot does not hold the genes of the terms that",
        "3 genes that strains lack are not visible, the first 2:",
        "XXX1 2 YYY1 2 2 groups",
        "0 2 AAA1 2 1 3 AAA1+XXX1, AAA1+YYY1",
        "1 2 wild type 1 0 2 XXX1+ZZZ1, YYY1+ZZZ1",
        "AAA1, BBB2 alpha",
    ):
        assert words in text, words
    assert "NaN" not in text and "nan" not in text


def test_one_of_a_kind(folders: list[str], tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    dataset = _dataset(tmp_path / "one", ["AAA1 XXX1 1", "AAA1 YYY1 3", "XXX1 YYY1 2", "CCC3 DDD4 4"])
    done = run(folders[0], "--dataset", dataset, "--csv", str(tmp_path / "groups.csv"))
    text = " ".join(done.stdout.split())
    for words in (
        "1 strain has all its genes visible (training uses only this, unless it is told --unknown-genes ignore); "
        "1 has none visible and looks like wild type",
        "2 strains look like some other one, in 1 group; a model sees 3 different strains",
        "1 group of strains that look the same:",
        "1 set of genes that hang on exactly the same terms:",
        "1 group is in",
    ):
        assert words in text, words
    (tmp_path / "two").mkdir()
    dataset = _dataset(tmp_path / "two", ["AAA1 XXX1 1", "BBB2 CCC3 2"])
    text = " ".join(run(folders[0], "--dataset", dataset).stdout.split())
    assert "2 strains lack 4 genes, of which 3 are visible" in text
    assert "1 gene that strains lack is not visible:" in text


def test_json_and_csv(folders: list[str], tmp_path: Path) -> None:
    done = run(*folders, "--json", "--csv", str(tmp_path / "groups.csv"), "--strain", "YYY1+AAA1")

    content = json.loads(done.stdout)
    assert content["steps"] is None and "cannot be asked" in content["steps_unknown"]
    assert [group["members"] for group in content["groups"]] == [["AAA1+XXX1", "AAA1+YYY1"], ["XXX1+ZZZ1", "YYY1+ZZZ1"]]
    assert content["fits"][0]["r2"] == pytest.approx(0.6)
    assert {gene["gene"] for gene in content["genes"] if not gene["visible"]} == {"XXX1", "YYY1", "ZZZ1"}
    assert content["explained"][0].startswith("AAA1+YYY1 (measured 3) lacks AAA1 and YYY1;")
    with (tmp_path / "groups.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["strains"], row["genes"], row["members"]) for row in rows] == [
        ("2", "AAA1", "AAA1+XXX1|AAA1+YYY1"),
        ("2", "", "XXX1+ZZZ1|YYY1+ZZZ1"),
    ]


def test_the_strains_are_divided_as_for_training(folders: list[str]) -> None:
    fits = {row["part"]: row for row in json.loads(run(*folders, "--json").stdout)["fits"]}
    # 0.8, 0.1 and 0.1 of six strains, rounded as training does.
    assert {part: row["strains"] for part, row in fits.items()} == {"all": 6, "training": 5, "validation": 0, "test": 1}
    # One strain has no spread.
    assert fits["test"]["r2"] is None


def test_the_first_strains_of_an_overfit_run(folders: list[str]) -> None:
    content = json.loads(run(*folders, "--overfit", "3", "--json").stdout)
    # By name: AAA1+BBB2, AAA1+XXX1, AAA1+YYY1 with 2, 1 and 3; within the last two 2 of 2.
    assert [row["part"] for row in content["fits"]] == ["all"]
    assert content["fits"][0]["strains"] == 3
    assert content["fits"][0]["r2"] == pytest.approx(0.0, abs=1e-12)


def test_only_the_strains_asked_for(folders: list[str]) -> None:
    done = run(*folders, "--strain", "AAA1+XXX1", "--strain", "AAA1+YYY1")
    assert done.stdout.startswith("AAA1+XXX1 and AAA1+YYY1 are one strain to any model on this snapshot:")
    assert "The best fit" not in done.stdout


def test_measured_values_that_are_all_the_same(folders: list[str], tmp_path: Path) -> None:
    (tmp_path / "same").mkdir()
    done = run(folders[0], "--dataset", _dataset(tmp_path / "same", ["AAA1 BBB2 1", "AAA1 CCC3 1"]))
    assert done.exit_code == 0, done.output
    assert "undefined: R2 where all measured values are the same" in done.stdout
    assert "nan" not in done.stdout.lower()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--strain", "AAA1+QQQ1"], "the dataset has no strain AAA1+QQQ1: expected one such as AAA1+BBB2"),
        (["--dataset", "nothing"], "there is no dataset nothing"),
        (["--csv", "."], "--csv names a folder, not a file"),
    ],
)
def test_what_is_refused(folders: list[str], more: list[str], words: str) -> None:
    done = run(*folders, *more)
    assert done.exit_code == 1
    assert words in done.stderr


def test_a_dataset_of_another_species(folders: list[str], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    done = run(folders[0], "--dataset", _dataset(tmp_path / "other", ["WWW1 VVV1 1", "WWW1 UUU1 2"]))
    assert done.exit_code == 1
    assert "no strain lacks a gene that the snapshot by-hand holds: expected genes such as AAA1, BBB2" in done.stderr


def test_a_strain_that_is_left_out(folders: list[str], tmp_path: Path) -> None:
    # Two names of one gene: the strain is no pair of deletions.
    snapshot = make_snapshot([("alpha", "root")], [("alpha", "AAA1"), ("alpha", "BBB2")])
    symbols = snapshot.genes.assign(symbol=["SYM1", "SYM2"]).astype({"symbol": "str"})
    object.__setattr__(snapshot, "genes", symbols)
    write_snapshot(snapshot, tmp_path / "named")
    (tmp_path / "pair").mkdir()
    dataset = _dataset(tmp_path / "pair", ["AAA1 SYM1 1", "SYM1 BBB2 2", "AAA1 XXX1 3"])
    done = run(str(tmp_path / "named"), "--dataset", dataset)
    assert "1 strain left out: self pair" in done.stdout
    done = run(str(tmp_path / "named"), "--dataset", dataset, "--strain", "AAA1+SYM1")
    assert done.exit_code == 1 and "the strain AAA1+SYM1 is left out: found self pair" in done.stderr
    done = run(str(tmp_path / "named"), "--dataset", dataset, "--strain", "BBB2+SYM1")
    assert done.stdout.startswith("AAA1+BBB2 (measured 2) lacks AAA1 and BBB2; the snapshot holds them all.")
