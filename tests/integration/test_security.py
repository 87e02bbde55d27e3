"""Secrets of a running database: what commands print, write and leave says nothing of its password."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.settings import Settings
from dcell_graph.train.__main__ import app as train_app
from tests.small_world import DAY, World
from tests.training import GENES, pairs_dataset

TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:0008150
"""
ROWS = "".join(f"{gene} GO:900000{1 + number % 3} IDA {DAY}\n" for number, gene in enumerate(GENES))


def content(path: Path) -> bytes:
    """Of a file that the server may remove meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_the_password_is_in_its_file_only(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = database_settings.home
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    world = World(tmp_path, TERMS, sgd=ROWS)
    rows = [
        f"SGD:S-{a} SGD:S-{b} 0.{position}{other}"
        for position, a in enumerate(GENES)
        for other, b in enumerate(GENES)
        if position < other
    ]
    out = tmp_path / "run"
    commands = [
        ["load", "ontology", str(world.obo)],
        ["load", "annotations", str(world.gafs["sgd"]), "--source", "sgd"],
        ["load", "annotations", str(world.obo), "--source", "wrong"],
        ["snapshot", "build", "one", "--recipe", "default", "--annotations", "sgd", "--set", "stages=[]"],
        ["snapshot", "show", "one"],
        ["snapshot", "export", "one", str(tmp_path / "one")],
        ["db", "status"],
        ["doctor"],
        ["ask", "RETRUN 1"],
        ["ask", "SHOW SETTINGS"],
        ["ask", "LOAD CSV FROM 'file:///password' AS row RETURN row", "--load-csv"],
    ]
    said = {" ".join(command[:2]): CliRunner().invoke(app, command).output for command in commands}
    write_dataset(pairs_dataset(tmp_path, rows), tmp_path / "pairs")
    options = ["--snapshot", str(tmp_path / "one"), "--dataset", str(tmp_path / "pairs"), "--epochs", "1"]
    trained = CliRunner().invoke(train_app, [*options, "--out", str(out), "--threads", "1"])
    assert trained.exit_code == 0, trained.output
    assert "error" in said["ask RETRUN 1"] and "error" in said["ask SHOW SETTINGS"]
    assert "links" in said["snapshot build"], said["snapshot build"]

    secret = DatabaseFolder(database_settings.database).password()
    assert not [name for name, text in [*said.items(), ("train", trained.output)] if secret in text]
    written = [path for folder in (home, tmp_path) for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".png", ".svg", ".safetensors", ".parquet", ".json", ".log"}
    holding = [path for path in written if secret.encode() in content(path)]
    assert holding == [database_settings.database / "password"]
    for process in psutil.process_iter(["cmdline"]):
        assert not any(secret in argument for argument in process.info["cmdline"] or ())
