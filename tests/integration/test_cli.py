"""The command line from outside: what it prints, its exit status, and that no error shows a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from tests.small_world import World

TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000001
"""
ROWS = """
AAA1 GO:9000002
BBB2 GO:9000002
CCC3 GO:9000003
DDD4 GO:9000003
EEE5 GO:9000001
"""


def run(*arguments: str, home: Path, module: str = "dcell_graph.cli") -> subprocess.CompletedProcess[str]:
    """Run the program as a user would, in a process of its own."""
    command = [sys.executable, "-c", "from dcell_graph.cli import main; main()", *arguments]
    if module != "dcell_graph.cli":
        command = [sys.executable, "-m", module, *arguments]
    environment = os.environ | {"DCELL_GRAPH_HOME": str(home), "COLUMNS": "200"}
    for name in ("NEO4J_URI", "DCELL_GRAPH_MIRROR"):
        environment.pop(name, None)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_line_by_hand(runner: Neo4jRunner, database_settings: Settings, tmp_path: Path) -> None:
    home = database_settings.home
    world = World(tmp_path, TERMS, sgd=ROWS)
    pairs = tmp_path / "pairs.txt"
    genes = [f"SGD:S-{symbol}" for symbol in ("AAA1", "BBB2", "CCC3", "DDD4", "EEE5")]
    lines = [(a, b, 0.1 * i - 0.07 * j) for i, a in enumerate(genes) for j, b in enumerate(genes) if i < j]
    pairs.write_text("gene_a\tgene_b\tscore\n" + "".join(f"{a}\t{b}\t{score:.3f}\n" for a, b, score in lines))
    steps = [
        (["load", "ontology", str(world.obo)], "Release 2018-06-01 is loaded: 4 terms, 4 live, 3 edges"),
        (["load", "annotations", str(world.gafs["sgd"])], "AnnotationFile sgd is loaded: 5 rows, 5 kept"),
        (["load", "annotations", str(world.gafs["sgd"])], "loaded already, identical"),
        (["snapshot", "build", "mine", "--recipe", "default", "--set", "stages=[]"], "4 terms (2 leaves), 3 links"),
        (["snapshot", "list"], "mine"),
        (["snapshot", "show", "mine"], "recipe {"),
        (["snapshot", "export", "mine"], str(home / "snapshots" / "mine")),
        (["snapshot", "recipes"], "torchcell-2025-n4"),
        (["releases"], "2018-06-01"),
        (["dataset", "import", str(pairs), "--name", "pairs", "--format", "pairs"], "10 strains"),
    ]
    for arguments, text in steps:
        result = run(*arguments, home=home)
        assert result.returncode == 0, result.stderr
        assert text in result.stdout, arguments
    trained = run(
        *["--snapshot", "mine", "--dataset", "pairs", "--epochs", "2", "--run-name", "first", "--norm", "none"],
        home=home,
        module="dcell_graph.train",
    )
    assert trained.returncode == 0, trained.stderr
    assert "Found 2 leaf nodes out of 4 total nodes" in trained.stdout
    folder = home / "runs" / "first"
    assert json.loads((folder / "run.json").read_text())["status"] == "finished"
    pictures = {"loss_components", "correlation", "predictions_vs_targets", "errors", "learning_rate", "states"}
    assert {path.stem for path in folder.glob("*.png")} == pictures
    assert (
        json.loads((folder / "checkpoint.json").read_text())["snapshot_id"]
        == json.loads((home / "snapshots" / "mine" / "manifest.json").read_text())["snapshot_id"]
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["load", "ontology", "nowhere.obo"], "nowhere.obo"),
        (["load", "report", "annotations", "none"], "there is no AnnotationFile none"),
        (["load", "remove", "ontology", "none"], "there is no Release none"),
        (["snapshot", "build", "x", "--recipe", "none"], "there is no recipe none"),
        (["snapshot", "build", "x", "--recipe", "default", "--until", "28/02/2018"], "YYYY-MM-DD"),
        (["snapshot", "build", "x", "--recipe", "default", "--set", "colour=1"], "no such option"),
        (["snapshot", "build", "x", "--recipe", "default"], "--ontology is needed: expected a loaded Release"),
        (["snapshot", "show", "none"], "there is no snapshot none"),
        (["snapshot", "export", "none"], "there is no snapshot none"),
        (["dataset", "show", "none"], "none"),
        (["quickstart", "--data", "/nowhere"], "the mirror folder does not exist"),
    ],
)
def test_every_mistake_gives_one_sentence_and_status_1(
    runner: Neo4jRunner, database_settings: Settings, arguments: list[str], text: str
) -> None:
    result = run(*arguments, home=database_settings.home)
    assert result.returncode == 1, result.stdout + result.stderr
    assert text in result.stderr
    assert result.stderr.startswith("error: ") and len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stdout + result.stderr


def test_without_a_database_every_command_says_how_to_get_one(tmp_path: Path) -> None:
    for arguments in (["releases"], ["snapshot", "list"], ["load", "ontology", __file__]):
        result = run(*arguments, home=tmp_path)
        assert result.returncode == 1
        assert "run `dcell-graph db start`" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_tables_can_be_had_as_json(runner: Neo4jRunner, database_settings: Settings, tmp_path: Path) -> None:
    world = World(tmp_path, TERMS, sgd=ROWS)
    run("load", "ontology", str(world.obo), home=database_settings.home)
    things = json.loads(run("releases", "--json", home=database_settings.home).stdout)
    assert {"kind": "Release", "name": "2018-06-01"}.items() <= things[-1].items()
    assert json.loads(run("snapshot", "list", "--json", home=database_settings.home).stdout) == []
