"""A run whose files do not say what a run has to say is listed as damaged and hides no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dcell_graph.cli import app as program
from dcell_graph.errors import InputError
from dcell_graph.train.listing import DAMAGED, list_runs, summary_of

STATUS = {"status": "finished", "epochs": 3, "started": "2026-01-02T03:04:05+00:00", "measures": []}
CONFIG = {"snapshot": {"name": "s"}, "dataset": {"name": "d"}, "options": {}, "parameters": 7}


def write(folder: Path, config: object, status: object) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(status), encoding="utf-8")


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({}, STATUS),
        ({**CONFIG, "dataset": "d"}, STATUS),
        ({**CONFIG, "parameters": "many"}, STATUS),
        (CONFIG, {**STATUS, "measures": [1]}),
        (CONFIG, {**STATUS, "epochs": None}),
    ],
)
def test_a_damaged_run_is_listed_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any], status: dict[str, Any]
) -> None:
    runs = tmp_path / "runs"
    write(runs / "good", CONFIG, STATUS)
    write(runs / "bad", config, status)
    found = {run.name: (run.status, run.epochs) for run in list_runs(runs)}
    assert found == {"good": ("finished", 3), "bad": (DAMAGED, 0)}
    with pytest.raises(InputError, match="the run is damaged"):
        summary_of(runs / "bad")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path))
    done = CliRunner().invoke(program, ["runs", "list", "--json"])
    assert done.exit_code == 0
    assert {run["name"]: run["status"] for run in json.loads(done.output)} == {"good": "finished", "bad": DAMAGED}
