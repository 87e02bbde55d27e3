"""The experiments of docs/experiments.md: fifteen files that today's options accept, and the command that runs one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from dcell_graph.measurements.storage import write_dataset
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import training
from dcell_graph.train.__main__ import app
from dcell_graph.train.config import read_config_file, train_config
from tests.training import NINE, pairs_dataset, six_terms

CHECKOUT = Path(__file__).parents[2]
FILES = CHECKOUT / "experiments"
PAGE = CHECKOUT / "docs" / "experiments.md"
ROWS = {
    "date-filter",
    "no-date-filter",
    "layer-norm",
    "batch-tanh",
    "two-layer",
    "gelu-init-0.1",
    "no-date-150-epochs",
    "learnable-embedding",
    "attention-binary",
    "attention-embedding",
    "attention-layer-norm",
    "super-node",
    "gaf-only",
    "gaf-union",
    "contained-4",
}


def test_every_row_has_a_file_and_a_line_in_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert {path.stem for path in FILES.glob("*.toml")} == ROWS
    assert {row for row in ROWS if f"\n| `{row}` |" not in page} == set()


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_file_is_a_configuration_of_today(row: str) -> None:
    path = FILES / f"{row}.toml"
    content = read_config_file(path)
    found = train_config(content, path=path)

    assert content["run_name"] == row
    assert content["dataset"] == "sga-trigenic-small"
    # The same strains in every row, whatever its snapshot can see.
    assert found.unknown_genes == "ignore"
    assert (found.overfit is None) == row.endswith("date-filter")


def test_the_files_are_as_different_as_their_rows() -> None:
    contents = [read_config_file(path) for path in sorted(FILES.glob("*.toml"))]
    contents = [{key: value for key, value in content.items() if key != "run_name"} for content in contents]

    assert all(content not in contents[:place] for place, content in enumerate(contents))


def test_a_row_runs_by_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    write_snapshot(six_terms(), tmp_path / "snapshot")
    write_dataset(pairs_dataset(tmp_path, NINE), tmp_path / "dataset")
    threads = torch.get_num_threads()
    try:
        result = CliRunner().invoke(
            app,
            [
                *("--config", str(FILES / "attention-embedding.toml")),
                *("--snapshot", str(tmp_path / "snapshot"), "--dataset", str(tmp_path / "dataset")),
                *("--out", str(tmp_path / "run"), "--epochs", "3", "--overfit", "9"),
            ],
        )
    finally:
        torch.set_num_threads(threads)

    assert result.exit_code == 0, result.output
    config = json.loads((tmp_path / "run" / "config.json").read_text(encoding="utf-8"))
    assert config["options"]["architecture"]["attention"] == 1
    assert config["options"]["architecture"]["gene_embedding"] == 8
    assert len((tmp_path / "run" / "metrics.csv").read_text(encoding="utf-8").splitlines()) == 4
