"""Cases 37, 38, 39 and 42: strains and models made from the files of the cases; snapshots are built in the database.

All of them have the hierarchy of biological process in go.obo: root, alpha, beta, gamma (under beta and the root),
delta and "regulation of alpha", with eight genes.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import FileRefused, InputError, TrainingError
from dcell_graph.graph import load
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.storage import import_dataset, read_findings
from dcell_graph.model import loss
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import tally, training
from dcell_graph.train.checkpoint import load_checkpoint, read_description
from dcell_graph.train.predict import PredictedStrain, predict_strains
from dcell_graph.train.run import resume_run, run
from tests.cases.helpers import build, folder
from tests.database_fixtures import remove_everything
from tests.training import assert_numbers_are_finite, config, content, rows_of, weights_of

GENES = ["AAA1", "BBB2", "CCC3", "DDD4", "EEE5", "FFF6", "HHH7", "JJJ8"]

Made = Callable[..., Snapshot]


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


@pytest.fixture
def made(runner: Neo4jRunner) -> Made:
    """A snapshot of the files of a case, in a database that holds nothing else."""

    def make(number: int, gaf: str | Path = "ann.gaf", obo: str = "go.obo", name: str = "mine") -> Snapshot:
        remove_everything(runner)
        release = load.load_ontology(runner, folder(number) / obo).name
        load.load_annotations(runner, folder(number) / gaf, name="ann")
        return build(runner, name, branches="P", release=release)

    return make


def dataset_of(number: int, table: str, tmp_path: Path) -> Dataset:
    name = table.removesuffix(".tsv")
    return import_dataset(folder(number) / table, datasets=tmp_path / "datasets", name=name, source_format="pairs")


def predicted(run_folder: Path, snapshot: Snapshot, strains: Path, **options: Any) -> list[PredictedStrain]:
    return list(predict_strains(load_checkpoint(run_folder, snapshot), snapshot, strains, **options))


def numbers(rows: list[PredictedStrain]) -> list[float]:
    assert all(row.prediction is not None for row in rows)
    return [float(row.prediction) for row in rows if row.prediction is not None]


# ---- 37: a last batch of one


@pytest.mark.parametrize(("size", "joined"), [(4, True), (8, True), (9, False), (100, False)])
def test_case_37_all_nine_strains_are_used_whatever_the_batch(
    made: Made, tmp_path: Path, size: int, joined: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = made(37)
    assert sorted(snapshot.genes["symbol"]) == GENES
    seen: list[int] = []
    right = loss.dcell_loss

    def count(output: Any, target: Any, **options: Any) -> Any:
        seen.append(len(target))
        return right(output, target, **options)

    monkeypatch.setattr(tally, "dcell_loss", count)
    lines: list[str] = []
    result = run(
        snapshot, dataset_of(37, "pairs9.tsv", tmp_path), config(batch_size=size), tmp_path / "run", log=lines.append
    )
    assert len(result.epochs) == 2
    assert "Dataset: 9 samples" in lines
    assert any("so all 9 strains are used in every epoch" in line for line in lines) is joined
    # Two epochs of nine strains, then the nine once more for the results; never a batch of one.
    assert sum(seen) == 27
    assert min(seen) > 1


def test_case_37_what_cannot_work_is_refused_with_the_reason(made: Made, tmp_path: Path) -> None:
    snapshot, nine = made(37), dataset_of(37, "pairs9.tsv", tmp_path)
    with pytest.raises(TrainingError, match="batch norm cannot train on batches of one strain"):
        run(snapshot, nine, config(batch_size=1), tmp_path / "run")
    with pytest.raises(TrainingError, match=r"too few strains to train on: expected 2 or more .* found 1"):
        run(snapshot, dataset_of(37, "pairs1.tsv", tmp_path), config(), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert len(run(snapshot, nine, config(batch_size=1, norm="none"), tmp_path / "plain").epochs) == 2


def test_case_37_evaluation_looks_at_each_strain_alone(made: Made, tmp_path: Path) -> None:
    snapshot, nine = made(37), dataset_of(37, "pairs9.tsv", tmp_path)
    run(snapshot, nine, config(epochs=30, lr=0.03), tmp_path / "run")
    table = folder(37) / "pairs9.tsv"
    together = numbers(predicted(tmp_path / "run", snapshot, table))
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    alone = []
    for row in rows:
        (tmp_path / "one.tsv").write_text(f"{header}\n{row}\n", encoding="utf-8")
        alone += numbers(predicted(tmp_path / "run", snapshot, tmp_path / "one.tsv"))
    assert len(together) == 9
    assert alone == pytest.approx(together, abs=1e-6)
    assert max(together) - min(together) > 0.1


def test_case_37_one_test_strain_gives_one_prediction(made: Made, tmp_path: Path) -> None:
    # 9 strains by 0.8 and 0.9 are 7.2 and 8.1.
    options = config(fractions=(0.8, 0.1, 0.1))
    run(made(37), dataset_of(37, "pairs9.tsv", tmp_path), options, tmp_path / "run")
    splits = [row["split"] for row in rows_of(tmp_path / "run" / "predictions.csv")]
    assert [splits.count(split) for split in ("train", "validation", "test")] == [7, 1, 1]


# ---- 38: the order of genes


def test_case_38_the_order_of_rows_and_of_the_two_genes_means_nothing(made: Made, tmp_path: Path) -> None:
    first = made(38)
    run(first, dataset_of(38, "pairs.tsv", tmp_path), config(epochs=5, lr=0.03), tmp_path / "run")
    second = made(38, "ann-shuffled.gaf", name="shuffled")
    assert second.manifest.snapshot_id == first.manifest.snapshot_id
    assert second.genes["gene"].tolist() == first.genes["gene"].tolist()
    assert sorted(first.genes["symbol"]) == GENES

    expected = numbers(predicted(tmp_path / "run", first, folder(38) / "pairs.tsv"))
    assert len(set(expected)) > 5
    assert numbers(predicted(tmp_path / "run", second, folder(38) / "pairs-swapped.tsv")) == expected
    write_snapshot(second, tmp_path / "second")
    command = [sys.executable, "-c", "from dcell_graph.cli import main; main()", "predict"]
    command += [str(tmp_path / "run"), str(folder(38) / "pairs.tsv"), "--snapshot", str(tmp_path / "second")]
    environment = os.environ | {"DCELL_GRAPH_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    table = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [float(row["prediction"]) for row in table] == pytest.approx(expected, rel=1e-7)
    assert table[0]["strain"] == "AAA1+EEE5"


@pytest.mark.parametrize("name", ["wide-a.tsv", "wide-b.tsv", "wide-no-header.tsv"])
def test_case_38_matrices_of_0_and_1_are_refused_not_misread(made: Made, tmp_path: Path, name: str) -> None:
    snapshot = made(38)
    run(snapshot, dataset_of(38, "pairs.tsv", tmp_path), config(), tmp_path / "run")
    with pytest.raises(FileRefused, match="this is no list of strains"):
        predicted(tmp_path / "run", snapshot, folder(38) / name)
    for source_format in ("pairs", "dcell", "sga-trigenic", "sga-pairwise"):
        with pytest.raises(FileRefused):
            import_dataset(folder(38) / name, datasets=tmp_path / "datasets", name="wide", source_format=source_format)


def test_case_38_an_unknown_gene_is_never_no_deletion_in_silence(made: Made, tmp_path: Path) -> None:
    snapshot = made(38)
    run(snapshot, dataset_of(38, "pairs.tsv", tmp_path), config(epochs=5, lr=0.03), tmp_path / "run")
    strains = tmp_path / "strains.tsv"
    strains.write_text("gene_a\tgene_b\nAAA1\tEEE5\nAAA1\tZZZ9\nDDD4\tHHH7\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"{strains}:3: the model cannot see the gene ZZZ9"):
        predicted(tmp_path / "run", snapshot, strains)
    left_out = predicted(tmp_path / "run", snapshot, strains, unknown_genes="leave-out")
    assert [(row.line, row.prediction is None, row.note) for row in left_out] == [
        (2, False, ""),
        (3, True, "not visible: ZZZ9"),
        (4, False, ""),
    ]
    # As training does it: the strain is left out and listed.
    lines: list[str] = []
    table = tmp_path / "with-unknown.tsv"
    rows = (folder(38) / "pairs.tsv").read_text(encoding="utf-8")
    table.write_text(f"{rows}AAA1\tZZZ9\t0.1\n", encoding="utf-8")
    measured = import_dataset(table, datasets=tmp_path / "datasets", name="unknown", source_format="pairs")
    run(snapshot, measured, config(), tmp_path / "other", log=lines.append)
    assert "  1 strain left out: unknown gene" in lines
    assert "Dataset: 12 samples" in lines


# ---- 39: labels that are not numbers


def test_case_39_every_row_is_accounted_for(made: Made, tmp_path: Path) -> None:
    dataset = dataset_of(39, "pairs.tsv", tmp_path)
    lines: list[str] = []
    run(made(39), dataset, config(), tmp_path / "run", log=lines.append)

    said = content(tmp_path / "run" / "config.json")
    left_out = {**said["rows"]["refused"], **said["left_out"]}
    assert said["rows"]["read"] == 12
    assert left_out == {"not a number": 2, "infinite": 2, "empty": 1, "unknown gene": 1, "self pair": 1}
    assert sum(left_out.values()) == 7
    assert (said["rows"]["repeats"], said["rows"]["repeated_strains"], said["rows"]["conflicting_strains"]) == (2, 2, 1)
    assert sum(said["strains"].values()) == 3
    assert (
        "Table: 12 rows read, 6 refused (empty 1, infinite 2, not a number 2, self pair 1), 2 repeats averaged "
        "(1 strain with different values)"
    ) in lines
    assert {"Dataset: 3 samples", "  1 strain left out: unknown gene"} <= set(lines)
    findings = read_findings(tmp_path / "datasets" / "pairs")
    assert sorted(zip(findings["line"], findings["outcome"], findings["reason"], strict=True)) == [
        (3, "refused", "not a number"),
        (4, "refused", "infinite"),
        (7, "refused", "empty"),
        (8, "refused", "self pair"),
        (9, "merged", "conflicting repeat"),
        (10, "merged", "repeat"),
        (11, "refused", "infinite"),
        (12, "refused", "not a number"),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_case_39_repeats_are_averaged_and_on_one_side(made: Made, tmp_path: Path, seed: int) -> None:
    options = config(fractions=(0.67, 0.33, 0), seed=seed)
    run(made(39), dataset_of(39, "pairs.tsv", tmp_path), options, tmp_path / "run")

    rows = rows_of(tmp_path / "run" / "predictions.csv")
    # The mean of 0.5 and 0.7; each strain once, so on one side.
    assert {row["strain"]: float(row["target"]) for row in rows} == {
        "SGD:S000990001+SGD:S000990002": 0.6,
        "SGD:S000990003+SGD:S000990004": -0.25,
        "SGD:S000990005+SGD:S000990007": 0.9,
    }
    assert sorted(row["split"] for row in rows) == ["train", "train", "validation"]
    assert_numbers_are_finite(tmp_path / "run")
    assert {row["validation_pearson"] for row in rows_of(tmp_path / "run" / "metrics.csv")} == {""}


def test_case_39_constant_labels_have_no_correlation(made: Made, tmp_path: Path) -> None:
    options = config(fractions=(0.6, 0.2, 0.2), epochs=6, lr=0.05)
    result = run(made(39), dataset_of(39, "constant.tsv", tmp_path), options, tmp_path / "run")

    table = rows_of(tmp_path / "run" / "metrics.csv")
    assert {row["train_pearson"] for row in table} == {row["validation_pearson"] for row in table} == {""}
    said = content(tmp_path / "run" / "run.json")
    assert said["status"] == "finished"
    assert [(one["split"], one["pearson"], one["spearman"]) for one in said["measures"]] == [
        ("train", None, None),
        ("validation", None, None),
        ("test", None, None),
    ]
    assert_numbers_are_finite(tmp_path / "run")
    losses = [float(row["validation_loss"]) for row in table]
    assert result.kept_epoch == said["kept_epoch"] == 1 + losses.index(min(losses))


# ---- 42: another snapshot


def test_case_42_one_and_one_epoch_are_two(made: Made, tmp_path: Path) -> None:
    snapshot, dataset = made(42, "v1.gaf", "v1.obo", name="v1"), dataset_of(42, "pairs.tsv", tmp_path)
    options = {"fractions": (0.8, 0.2, 0), "lr": 0.05}
    run(snapshot, dataset, config(epochs=2, **options), tmp_path / "two")
    run(snapshot, dataset, config(epochs=1, **options), tmp_path / "one")
    assert weights_of(tmp_path / "one") != weights_of(tmp_path / "two")

    lines = (folder(42) / "v1.gaf").read_text(encoding="utf-8").splitlines(keepends=True)
    turned = tmp_path / "turned.gaf"
    turned.write_text("".join(lines[:3] + lines[:2:-1]), encoding="utf-8")
    same = made(42, turned, "v1.obo", name="turned")
    said: list[str] = []
    result = resume_run(same, dataset, tmp_path / "one", epochs=2, log=said.append)
    assert [record.epoch for record in result.epochs] == [1, 2]
    assert any(line.startswith("Resuming one after epoch 1 of 2") for line in said)
    assert [line.split()[1] for line in said if line.startswith("Epoch ")] == ["2/2"]
    assert weights_of(tmp_path / "one") == weights_of(tmp_path / "two")


def test_case_42_another_snapshot_is_refused_by_name_even_if_all_sizes_agree(made: Made, tmp_path: Path) -> None:
    dataset = dataset_of(42, "pairs.tsv", tmp_path)
    first = made(42, "v1.gaf", "v1.obo", name="v1")
    run(first, dataset, config(epochs=1), tmp_path / "run")
    stored = read_description(tmp_path / "run")
    assert stored.snapshot_id == first.manifest.snapshot_id
    assert stored.gene_ids == tuple(f"SGD:S00099000{number}" for number in range(1, 7))
    assert stored.term_ids == tuple(first.terms["term"])
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}

    second = made(42, "v2.gaf", "v1.obo", name="v2")
    assert second.terms["direct_genes"].tolist() == first.terms["direct_genes"].tolist()
    third = made(42, "v3.gaf", "v3.obo", name="v3")
    for other, words in (
        (second, ["v1 (", "v2 (", "same terms and genes"]),
        (third, ["v1 (", "v3 (", "new 1 term (GO:9000006)"]),
    ):
        attempts: list[Callable[[], object]] = [
            lambda other=other: predicted(tmp_path / "run", other, folder(42) / "pairs.tsv"),  # type: ignore[misc]
            lambda other=other: resume_run(other, dataset, tmp_path / "run", epochs=2),  # type: ignore[misc]
        ]
        for attempt in attempts:
            with pytest.raises(TrainingError) as caught:
                attempt()
            for word in words:
                assert word in str(caught.value)
            assert "size" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before
