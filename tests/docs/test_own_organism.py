"""A newcomer's walk with files of their own, step by step, with what the page says that it prints."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.train import training
from tests.docs.blocks import ROOT, blocks
from tests.docs.running import run_commands

PAGE = "docs/own-organism.md"


def test_every_step_prints_what_the_page_says(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)  # the pictures of a run have tests of their own
    monkeypatch.delenv("DCELL_GRAPH_MIRROR", raising=False)
    monkeypatch.delenv("NEO4J_URI", raising=False)
    shutil.copytree(ROOT / "docs" / "own-organism", tmp_path / "docs" / "own-organism")
    monkeypatch.chdir(tmp_path)
    printed = ""
    for block in blocks(PAGE):
        if block.language == "sh":
            printed = run_commands(block.text, PAGE, first=block.line)
            continue
        lines = iter([line.rstrip() for line in printed.splitlines()])
        for said in block.text.splitlines():
            assert said == "..." or said in lines, f"{block.place}: {said}\n{printed}"
    measures = json.loads((database_settings.runs / "newts" / "run.json").read_text())["measures"]
    (tested,) = (one for one in measures if one["split"] == "test")
    assert tested["n"] == 70 and tested["pearson"] > 0.8
    moved = printed.splitlines()[next(n for n, line in enumerate(printed.splitlines()) if line.startswith("term")) + 1]
    assert moved.startswith("GO:0006302  double-strand break repair ")
    for folder in (database_settings.datasets, database_settings.runs, database_settings.snapshots):
        shutil.rmtree(folder, ignore_errors=True)
