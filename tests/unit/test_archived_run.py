"""A run of the first format of checkpoints, kept as it was written: every later version has to open it and go on.

Two epochs on the six terms of ``tests.training`` with all pairs of their genes; the first epoch was the best.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

import pytest
import torch

from dcell_graph.train import training
from dcell_graph.train.checkpoint import load_checkpoint
from dcell_graph.train.resume import read_resumption
from dcell_graph.train.run import resume_run
from dcell_graph.train.strains import encode
from tests.training import ALL_PAIRS, content, pairs_dataset, rows_of, six_terms

ARCHIVED = Path(__file__).parent.parent / "archive" / "run-format-1"


@pytest.mark.parametrize("model", ["vectorised", "reference"])
def test_its_models_predict_what_they_did(tmp_path: Path, model: Literal["vectorised", "reference"]) -> None:
    rows = rows_of(ARCHIVED / "predictions.csv")
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    loaded = load_checkpoint(ARCHIVED, six_terms(), model=model)
    about = loaded.description
    assert (about.version, about.epoch) == (1, 1)
    with torch.no_grad():
        output = loaded.model(encode(dataset.strains, about.gene_ids).deleted).prediction
    scores = (about.target_mean + about.target_sd * output.numpy().reshape(-1)).tolist()
    found = dict(zip(dataset.strains["strain"], scores, strict=True))
    assert len(rows) == len(ALL_PAIRS) == 28
    for row in rows:
        assert found[row["strain"]] == pytest.approx(float(row["prediction"]), abs=1e-5)


def test_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    folder = tmp_path / "run"
    shutil.copytree(ARCHIVED, folder)
    assert read_resumption(folder).description.epoch == 2
    before = rows_of(folder / "metrics.csv")
    resume_run(six_terms(), pairs_dataset(tmp_path, ALL_PAIRS), folder, epochs=4)
    after = rows_of(folder / "metrics.csv")
    assert [row["epoch"] for row in after] == ["1", "2", "3", "4"]
    assert [row["train_loss"] for row in after[:2]] == [row["train_loss"] for row in before]
    assert content(folder / "run.json")["status"] == "finished"
