"""Predictions for lists of strains: every format, with and without phenotypes, and genes the model cannot see."""

from __future__ import annotations

import csv
import gzip
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.errors import FileRefused, InputError
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import training
from dcell_graph.train.checkpoint import load_checkpoint
from dcell_graph.train.predict import PredictedStrain, predict_strains, write_table
from dcell_graph.train.run import run
from tests.snapshots import make_snapshot
from tests.training import ALL_PAIRS, GENES, LINKS, PAIRS, TERMS, config, pairs_dataset, six_terms

SGA = "Query Strain ID\tArray Strain ID"
TRIGENIC_SCORE = "Adjusted genetic interaction score (epsilon or tau)"


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture
def trained(snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    run(snapshot, pairs_dataset(tmp_path, ALL_PAIRS), config(epochs=10, lr=0.05), tmp_path / "home" / "runs" / "r")
    return tmp_path / "home" / "runs" / "r"


@pytest.fixture
def by_hand(trained: Path, snapshot: Snapshot) -> Any:
    """The prediction of one strain, straight from the model."""
    checkpoint = load_checkpoint(trained, snapshot)

    def predict(*genes: str) -> float:
        deleted = torch.tensor([[GENES.index(gene) for gene in genes]], dtype=torch.int64)
        with torch.no_grad():
            raw = float(checkpoint.model(deleted).prediction[0])
        return checkpoint.description.target_mean + checkpoint.description.target_sd * raw

    return predict


def predicted(trained: Path, snapshot: Snapshot, path: Path, **options: Any) -> list[PredictedStrain]:
    return list(predict_strains(load_checkpoint(trained, snapshot), snapshot, path, **options))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "strains.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "gene_a\tgene_b\nEEE5\tAAA1\nBBB2\tCCC3\nAAA1\tEEE5\n",
        "gene_a\tgene_b\tscore\nEEE5\tAAA1\t0.5\nBBB2\tCCC3\t\nAAA1\tEEE5\tnan\n",
        "2 EEE5 AAA1\n2 BBB2 CCC3\n2 AAA1 EEE5\n",
        "# a remark\n2 EEE5 AAA1 0.5\n\n2\tBBB2\tCCC3\t-1\n2 AAA1 EEE5 7\n",
        f"{SGA}\nEEE5+YDL227C_tm1\tAAA1_dma1\nBBB2_sn1\tCCC3_dma2\nAAA1+YDL227C_tm2\tEEE5_dma3\n",
        f"{SGA}\t{TRIGENIC_SCORE}\nEEE5+YDL227C_tm1\tAAA1_dma1\t0.5\nBBB2_sn1\tCCC3_dma2\t1\nAAA1_q\tEEE5_dma3\t2\n",
    ],
)
def test_one_prediction_a_row_in_the_order_of_rows(
    trained: Path, snapshot: Snapshot, by_hand: Any, tmp_path: Path, text: str
) -> None:
    rows = predicted(trained, snapshot, written(tmp_path, text))
    assert [row.strain for row in rows] == ["EEE5+AAA1", "BBB2+CCC3", "AAA1+EEE5"]
    found = [float(row.prediction) for row in rows if row.prediction is not None]
    expected = [by_hand("AAA1", "EEE5"), by_hand("BBB2", "CCC3"), by_hand("AAA1", "EEE5")]
    assert found == pytest.approx(expected, abs=1e-6)
    assert found[0] == found[2] != found[1]


def test_any_number_of_genes_and_rows(trained: Path, snapshot: Snapshot, by_hand: Any, tmp_path: Path) -> None:
    lines = ["1 HHH7", "3 AAA1 CCC3 JJJ8", *("2 DDD4 FFF6" for _ in range(600)), "1 HHH7"]
    rows = predicted(trained, snapshot, written(tmp_path, "\n".join(lines) + "\n"))
    assert [row.line for row in rows] == list(range(1, 604))
    values = [row.prediction for row in rows]
    assert float(values[1] or 0) == pytest.approx(by_hand("AAA1", "CCC3", "JJJ8"), abs=1e-6)
    for place in (0, -1):
        assert float(values[place] or 0) == pytest.approx(by_hand("HHH7"), abs=1e-6)
    assert len({str(value) for value in values[2:602]}) == 1


def test_phenotypes_give_measures(trained: Path, snapshot: Snapshot, by_hand: Any, tmp_path: Path) -> None:
    text = "gene_a\tgene_b\tscore\nAAA1\tEEE5\t0.5\nBBB2\tCCC3\tinf\nDDD4\tHHH7\t-1\nFFF6\tJJJ8\t0.25\n"
    summary = write_table(iter(predicted(trained, snapshot, written(tmp_path, text))), io.StringIO())
    pairs = [(by_hand("AAA1", "EEE5"), 0.5), (by_hand("DDD4", "HHH7"), -1.0), (by_hand("FFF6", "JJJ8"), 0.25)]
    found = np.array(pairs)
    assert (summary.rows, summary.predicted, summary.measured, summary.bad_labels) == (4, 4, 3, 1)
    measures = {name: value or math.nan for name, value in summary.measures().items()}
    assert measures["pearson"] == pytest.approx(float(np.corrcoef(found.T)[0, 1]), abs=1e-5)
    assert measures["rmse"] == pytest.approx(float(np.sqrt(np.mean((found[:, 0] - found[:, 1]) ** 2))), abs=1e-5)
    text = "\n".join(summary.lines())
    assert "4 strains read, 4 predicted" in text
    assert "1 phenotypes are not finite numbers" in text
    assert "Strains with a phenotype: n 3, Pearson" in text
    without = write_table(iter(predicted(trained, snapshot, written(tmp_path, "1 AAA1\n"))), io.StringIO())
    assert list(without.lines()) == ["1 strains read, 1 predicted"]


def test_genes_the_model_cannot_see(trained: Path, snapshot: Snapshot, by_hand: Any, tmp_path: Path) -> None:
    path = written(tmp_path, "2 AAA1 EEE5\n2 AAA1 ZZZ9\n2 YYY8 ZZZ9\n")
    with pytest.raises(InputError, match=rf"{path}:2: the model cannot see the gene ZZZ9"):
        predicted(trained, snapshot, path)

    left_out = predicted(trained, snapshot, path, unknown_genes="leave-out")
    assert [(row.prediction is None, row.reason, row.note) for row in left_out] == [
        (False, None, ""),
        (True, "unknown gene", "not visible: ZZZ9"),
        (True, "unknown gene", "not visible: YYY8 ZZZ9"),
    ]
    ignored = predicted(trained, snapshot, path, unknown_genes="ignore")
    assert [row.note for row in ignored] == ["", "not visible: ZZZ9", "not visible: YYY8 ZZZ9; looks like wild type"]
    assert float(ignored[1].prediction or 0) == pytest.approx(by_hand("AAA1"), abs=1e-6)
    lines = list(write_table(iter(ignored), io.StringIO()).lines())
    assert lines == [
        "3 strains read, 3 predicted",
        "  2 predicted without 2 genes that the model cannot see (YYY8, ZZZ9); 1 of them look like wild type to it",
    ]


def test_rows_that_cannot_be_used_are_listed_in_their_place(trained: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "strains.txt"
    path.write_bytes(b"2 AAA1 EEE5\n2 AAA1\n2 CCC3 CCC3\nAAA1 BBB2\n1 \xff\xfe\n0\n3 A+B C D\n1 HHH7\n")
    rows = predicted(trained, snapshot, path)
    assert [(row.line, row.reason) for row in rows] == [
        (1, None),
        (2, "columns"),
        (3, "self pair"),
        (4, "columns"),
        (5, "not UTF-8"),
        (6, "no deletion"),
        (7, "gene name"),
        (8, None),
    ]
    assert [row.prediction is None for row in rows] == [row.reason is not None for row in rows]
    lines = list(write_table(iter(rows), io.StringIO()).lines())
    assert lines[:2] == ["8 strains read, 2 predicted", "  2 left out: columns"]


def test_symbols_are_understood_and_two_names_of_one_gene_are_one(
    trained: Path, snapshot: Snapshot, by_hand: Any, tmp_path: Path
) -> None:
    named = make_snapshot(LINKS, PAIRS, terms=TERMS, name="six")
    named.genes.loc[named.genes["gene"] == "AAA1", "symbol"] = "first"
    rows = predicted(trained, named, written(tmp_path, "2 first EEE5\n2 first AAA1\n"))
    assert float(rows[0].prediction or 0) == pytest.approx(by_hand("AAA1", "EEE5"), abs=1e-6)
    assert rows[1].reason == "self pair"


@pytest.mark.parametrize("text", ["", "# nothing\n", "AAA1\tBBB2\n", "sample\tAAA1\ns1\t1\n", "<html>\n"])
def test_other_files_are_refused(trained: Path, snapshot: Snapshot, tmp_path: Path, text: str) -> None:
    with pytest.raises(FileRefused, match="list of strains"):
        predicted(trained, snapshot, written(tmp_path, text))


@pytest.fixture
def home(snapshot: Snapshot, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_snapshot(snapshot, tmp_path / "home" / "snapshots" / "six")
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    return tmp_path / "home"


def test_the_door_writes_a_table(home: Path, trained: Path, by_hand: Any, tmp_path: Path) -> None:
    with gzip.open(tmp_path / "strains.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("gene_a\tgene_b\tscore\nAAA1\tEEE5\t0.5\nAAA1\tZZZ9\t1\nDDD4\tHHH7\t\n")
    arguments = ["predict", "r", str(tmp_path / "strains.tsv.gz"), "--unknown-genes", "leave-out"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.stderr
    assert shown.stderr.splitlines()[:2] == ["GENERATED WORLD, not real data", "3 strains read, 2 predicted"]
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert [(row["line"], row["strain"], row["phenotype"], row["note"]) for row in rows] == [
        ("2", "AAA1+EEE5", "0.5", ""),
        ("3", "AAA1+ZZZ9", "1.0", "not visible: ZZZ9"),
        ("4", "DDD4+HHH7", "", ""),
    ]
    assert rows[1]["prediction"] == ""
    assert float(rows[2]["prediction"]) == pytest.approx(by_hand("DDD4", "HHH7"), abs=1e-6)

    target = tmp_path / "out.csv"
    done = CliRunner().invoke(app, [*arguments, "--out", str(target)])
    assert done.exit_code == 0, done.stderr
    assert target.read_text(encoding="utf-8") == shown.stdout
    assert "3 strains read, 2 predicted" in done.stdout


def test_the_door_writes_nothing_if_something_is_wrong(home: Path, trained: Path, tmp_path: Path) -> None:
    strains = written(tmp_path, "".join("2 AAA1 EEE5\n" for _ in range(600)) + "1 ZZZ9\n")
    before = strains.read_bytes()
    other = make_snapshot(LINKS, [*PAIRS, ("delta", "KKK9")], terms=TERMS, name="other")
    write_snapshot(other, tmp_path / "other")
    cases = (
        (["r", str(strains)], "strains.txt:601: the model cannot see the gene ZZZ9"),
        (["r", str(strains), "--snapshot", str(tmp_path / "other")], "another snapshot"),
        (["none", str(strains)], "there is no run none"),
        (["r", str(tmp_path / "gone.txt")], "gone.txt"),
    )
    for arguments, words in cases:
        done = CliRunner().invoke(app, ["predict", *arguments, "--out", str(tmp_path / "out.csv")])
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.stderr
        assert words in done.stderr
    over = CliRunner().invoke(app, ["predict", "r", str(strains), "--out", str(strains)])
    assert "would replace the list" in over.stderr
    assert strains.read_bytes() == before
    assert [path.name for path in tmp_path.glob("*out*")] + [path.name for path in tmp_path.glob(".*")] == []
