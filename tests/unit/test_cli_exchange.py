"""``dcell-graph snapshot export`` and ``import`` where no database is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dcell_graph.cli import exchange
from dcell_graph.cli.exchange import ExportFormat, ImportFormat
from dcell_graph.cli.snapshot import app
from dcell_graph.errors import DatabaseError, NotFound
from dcell_graph.snapshot.exchange.formats import FORMATS, PARQUET
from dcell_graph.snapshot.storage import read_snapshot, write_snapshot
from tests.exchange_files import bare, kite, links_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, a current folder, and a database that cannot be asked."""
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def unreachable(*_: Any) -> None:
        raise DatabaseError("the database cannot be reached")

    monkeypatch.setattr(exchange, "fetch_snapshot", unreachable)
    write_snapshot(kite(), tmp_path / "kite")
    return tmp_path / "home"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_choices_are_all_formats() -> None:
    assert {chosen.value for chosen in ExportFormat} == {*FORMATS, PARQUET}
    assert {chosen.value for chosen in ImportFormat} == {n for n, e in FORMATS.items() if e.read} | {PARQUET}


@pytest.mark.parametrize("chosen", [chosen.value for chosen in ImportFormat])
def test_there_and_back(home: Path, tmp_path: Path, chosen: str) -> None:
    done = run("export", tmp_path / "kite", tmp_path / "out", "--format", chosen)
    assert done.exit_code == 0, done.output
    assert f"is in {tmp_path / 'out'}" in done.stdout
    again = run("export", tmp_path / "kite", tmp_path / "out", "--format", chosen)
    # Writing the same snapshot folder again is a no-op, as it always was.
    assert (again.exit_code == 0) == (chosen == "parquet")
    done = run("import", tmp_path / "out", "--format", chosen, "--name", "mine")
    assert done.exit_code == 0, done.output
    assert f"is in {home / 'snapshots' / 'mine'}" in done.stdout
    found = read_snapshot(home / "snapshots" / "mine")
    assert found.manifest.name == "mine"
    if chosen != "gmt":
        assert links_of(found) == links_of(kite())


def test_what_is_said(home: Path, tmp_path: Path) -> None:
    done = run("export", tmp_path / "kite", "--format", "drugcell")
    assert done.stdout.splitlines()[1:] == [
        "the format drugcell does not hold:",
        "  the recipe and the sources it was built from",
        "  evidence codes (5 pairs)",
        "  first dates (5 pairs)",
        "  namespaces (4 terms)",
        "  names of terms (4 terms)",
        "  symbols of genes (4 genes)",
        "  the order of the terms: an import orders them by id",
        "  that the data are a generated world",
        "an import gives a snapshot of another id",
    ]
    assert (tmp_path / "here" / "kite-drugcell" / "gene2ind.txt").is_file()
    done = run("import", "kite-drugcell", tmp_path / "there", "--format", "drugcell", "--generated")
    assert done.stdout.splitlines()[:2] == [
        "GENERATED WORLD, not real data",
        "4 terms (1 leaf), 4 links, 4 genes, 5 pairs",
    ]
    assert read_snapshot(tmp_path / "there").manifest.generated
    assert "an import gives a snapshot of the same id" in run("export", tmp_path / "kite", "--format", "hcx").stdout
    assert "written only" in run("export", tmp_path / "kite", "--format", "obographs").stdout
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"kite-drugcell", "kite.cx2", "kite.obographs.json"}
    sets = run("import", tmp_path / "here" / "kite.cx2", "--format", "gmt")
    assert sets.exit_code == 1
    assert "error:" in sets.stderr


def test_parquet_goes_below_the_snapshots_folder(home: Path, tmp_path: Path) -> None:
    done = run("export", tmp_path / "kite")
    assert (
        done.stdout
        == f"snapshot {tmp_path / 'kite'} ({kite().manifest.snapshot_id[:12]}) is in {home}/snapshots/kite\n"
    )
    assert read_snapshot(home / "snapshots" / "kite").manifest.snapshot_id == kite().manifest.snapshot_id


def test_an_imported_snapshot_is_exported_by_name(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("export", tmp_path / "kite")
    assert run("export", "kite", "--format", "gmt").exit_code == 0
    # What goes into the snapshots folder must come from elsewhere.
    assert run("export", "kite").exit_code == 1
    failed = run("export", "other", "--format", "gmt")
    assert (failed.exit_code, failed.stderr) == (1, "error: the database cannot be reached\n")

    def absent(_: Any, name: str) -> None:
        raise NotFound(f"there is no snapshot {name}")

    monkeypatch.setattr(exchange, "fetch_snapshot", absent)
    assert run("export", "kite", "--format", "dcell").exit_code == 0
    assert "there is no snapshot other" in run("export", "other").stderr


def test_the_database_comes_before_the_snapshots_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("export", tmp_path / "kite")
    monkeypatch.setattr(exchange, "fetch_snapshot", lambda settings, name: bare(kite(), "dcell"))
    done = run("export", "kite", tmp_path / "new", "--format", "csv")
    assert f"snapshot kite ({bare(kite(), 'dcell').manifest.snapshot_id[:12]}) is in" in done.stdout


def test_a_name_that_cannot_be_a_folder(home: Path, tmp_path: Path) -> None:
    run("export", tmp_path / "kite", tmp_path / "a.txt", "--format", "dcell")
    failed = run("import", tmp_path / "a.txt", "--format", "dcell", "--name", "../up")
    assert failed.exit_code == 1
    assert not (home / "snapshots").exists()


def test_names_are_checked_where_a_folder_is_given_too(home: Path, tmp_path: Path) -> None:
    run("export", tmp_path / "kite", tmp_path / "a.txt", "--format", "dcell")
    for name in ("../e\nvil", ""):
        failed = run("import", tmp_path / "a.txt", tmp_path / "new" / "set", "--format", "dcell", "--name", name)
        assert (failed.exit_code, "cannot be the name of a snapshot" in failed.stderr) == (1, True)
    assert not (tmp_path / "new").exists()


def test_a_failing_import_takes_the_folders_it_made_away(home: Path, tmp_path: Path) -> None:
    failed = run("import", tmp_path / "kite", tmp_path / "new" / "above" / ("x" * 300), "--format", "parquet")
    assert failed.exit_code == 1, failed.output
    assert "error:" in failed.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("inside", "name"), [("kite", "."), ("kite", "./"), ("kite/deeper", ".."), ("here", "../kite")]
)
def test_a_snapshot_folder_by_a_path_without_its_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str, name: str
) -> None:
    (tmp_path / inside).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / inside)
    done = run("export", name)
    assert done.exit_code == 0, done.output
    assert {path.name for path in (home / "snapshots").iterdir()} == {"kite"}
    assert run("export", name, "--format", "dcell").exit_code == 0
    assert (tmp_path / inside / "kite-topology.txt").is_file()


def test_a_folder_in_the_current_one_comes_before_the_database(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "fetch_snapshot", lambda settings, name: bare(kite(), "dcell"))
    monkeypatch.chdir(tmp_path)
    done = run("export", "kite", tmp_path / "new", "--format", "csv")
    assert f"snapshot kite ({kite().manifest.snapshot_id[:12]}) is in" in done.stdout


def test_one_of_each_is_said_in_the_singular(home: Path, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("ROOT: A 1\nGENES: G \nTERMS: \n")
    done = run("import", tmp_path / "one.txt", "--format", "dcell")
    assert done.stdout.splitlines()[0] == "1 term (1 leaf), 0 links, 1 gene, 1 pair"


def test_the_help_says_that_the_database_plays_no_part() -> None:
    assert "does not go into the database" in " ".join(run("import", "--help").stdout.replace("│", " ").split())
