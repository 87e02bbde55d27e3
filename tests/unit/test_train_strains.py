"""Strains for training: batches, units, and those that cannot be used."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcell_graph.errors import Conflict, TrainingError
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train import training
from dcell_graph.train.checkpoint import load_checkpoint
from dcell_graph.train.preparation import prepare
from dcell_graph.train.run import run
from dcell_graph.train.strains import Scale, batches, encode, shuffled
from tests.snapshots import make_snapshot
from tests.training import (
    ALL_PAIRS,
    GENES,
    LINKS,
    NINE,
    PAIRS,
    TERMS,
    Measured,
    assert_numbers_are_finite,
    config,
    content,
    pairs_dataset,
    rows_of,
    six_terms,
    weights_of,
)


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    return lambda rows: pairs_dataset(tmp_path, rows)


@pytest.fixture
def pictures() -> None:
    """Asked for by tests in which the pictures are drawn; the others save that time."""


@pytest.fixture(autouse=True)
def only_asked_for_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "pictures" not in request.fixturenames:
        monkeypatch.setattr(training, "draw_all", lambda *ignored: None)


@pytest.mark.parametrize(("size", "sizes"), [(4, [4, 5]), (8, [9]), (9, [9]), (100, [9]), (3, [3, 3, 3]), (5, [5, 4])])
def test_a_last_batch_of_one_joins_the_one_before(size: int, sizes: list[int]) -> None:
    parts = batches(shuffled(9, seed=0, epoch=1), size, merge_single=True)

    assert [len(part) for part in parts] == sizes
    assert sorted(np.concatenate(parts).tolist()) == list(range(9))


def test_a_last_batch_of_one_stays_if_the_model_can_train_on_it() -> None:
    assert [len(part) for part in batches(np.arange(9), 4, merge_single=False)] == [4, 4, 1]


def test_the_order_of_strains_depends_on_seed_and_epoch() -> None:
    first = shuffled(50, seed=1, epoch=1).tolist()

    assert sorted(first) == list(range(50))
    assert first == shuffled(50, seed=1, epoch=1).tolist()
    assert first != shuffled(50, seed=1, epoch=2).tolist()
    assert first != shuffled(50, seed=2, epoch=1).tolist()


def test_a_run_shuffles_its_strains_in_each_epoch(snapshot: Snapshot, measured: Measured) -> None:
    prepared = prepare(snapshot, measured(ALL_PAIRS), config())
    first, second = (np.concatenate(prepared.batches(config(), epoch)).tolist() for epoch in (1, 2))

    assert first != second
    assert sorted(first) == sorted(second) == list(range(28))
    assert first not in (list(range(28)), np.concatenate(prepared.batches(config(seed=1), 1)).tolist())


def test_an_overfit_run_has_one_batch_of_the_first_strains(snapshot: Snapshot, measured: Measured) -> None:
    prepared = prepare(snapshot, measured(ALL_PAIRS), config(overfit=5, batch_size=2))

    assert [batch.tolist() for batch in prepared.batches(config(overfit=5), 7)] == [[0, 1, 2, 3, 4]]
    assert prepared.train.names == prepared.validation.names
    assert prepared.train.names == ("AAA1+BBB2", "AAA1+CCC3", "AAA1+DDD4", "AAA1+EEE5", "AAA1+FFF6")


def test_genes_are_found_by_name(measured: Measured) -> None:
    strains = encode(measured(["BBB2 AAA1 0.5", "CCC3 AAA1 0.1"]).strains, ["CCC3", "AAA1", "BBB2"])

    assert strains.names == ("AAA1+BBB2", "AAA1+CCC3")
    assert strains.deleted.tolist() == [[1, 2], [1, 0]]
    assert strains.target.tolist() == [0.5, 0.1]


def test_the_scale_is_that_of_the_strains() -> None:
    # Mean 2, squared differences 1 + 1 + 4 = 6 over 3.
    scale = Scale.of(np.array([1.0, 1.0, 4.0]))
    assert scale.mean == 2.0
    assert scale.sd == pytest.approx(math.sqrt(2))
    assert Scale.of(np.full(7, 0.1)).sd == 1.0


def test_bad_labels_do_not_reach_the_results(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    rows = [
        "AAA1 BBB2 0.5",
        "AAA1 CCC3 nan",
        "BBB2 CCC3 inf",
        "CCC3 DDD4 -0.25",
        "AAA1 ZZZ9 0.1",
        "AAA1 AAA1 0.2",
        "BBB2 AAA1 0.7",
        "DDD4 CCC3 -0.25",
        "CCC3 BBB2 1e400",
        "EEE5 FFF6 0,3",
        "EEE5 HHH7 0.9",
    ]
    lines: list[str] = []
    run(snapshot, measured(rows), config(), tmp_path / "run", log=lines.append)

    assert "Dataset: 3 samples" in lines
    assert "  1 strain left out: unknown gene" in lines
    assert any("ZZZ9" in line for line in lines)
    assert content(tmp_path / "run" / "config.json")["left_out"] == {"unknown gene": 1}
    strains = {row["strain"]: float(row["target"]) for row in rows_of(tmp_path / "run" / "predictions.csv")}
    assert strains == {"AAA1+BBB2": 0.6, "CCC3+DDD4": -0.25, "EEE5+HHH7": 0.9}
    assert_numbers_are_finite(tmp_path / "run")


def test_unknown_genes_can_be_ignored_and_that_is_said(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    lines: list[str] = []
    rows = [*NINE, "AAA1 ZZZ9 0.1", "YYY8 ZZZ9 0.2"]
    run(snapshot, measured(rows), config(unknown_genes="ignore"), tmp_path / "run", log=lines.append)

    assert "Dataset: 11 samples" in lines
    assert any(line.startswith("  2 strains used without invisible genes, 1 of them looks") for line in lines)


def test_a_gene_without_a_term_is_not_visible(measured: Measured) -> None:
    with_idle = make_snapshot(LINKS, PAIRS, terms=TERMS, genes=["IDLE", *GENES])
    prepared = prepare(with_idle, measured([*NINE, "AAA1 IDLE 0.5"]), config())

    assert prepared.selection.reasons == {"unknown gene": 1}
    # Index 0 is IDLE, so AAA1 is 1 and CCC3 is 3.
    assert prepared.train.deleted[0].tolist() == [1, 3]


def test_a_constant_phenotype_has_no_correlation(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    rows = [" ".join([*row.split(" ")[:2], "0.1"]) for row in ALL_PAIRS[:20]]
    result = run(snapshot, measured(rows), config(fractions=(0.6, 0.2, 0.2), epochs=6), tmp_path / "run")

    table = rows_of(tmp_path / "run" / "metrics.csv")
    assert {row["train_pearson"] for row in table} == {""}
    assert {row["validation_pearson"] for row in table} == {""}
    assert [one["pearson"] for one in content(tmp_path / "run" / "run.json")["measures"]] == [None, None, None]
    losses = [float(row["validation_loss"]) for row in table]
    assert result.kept_epoch == result.best_epoch == 1 + losses.index(min(losses))


def test_the_kept_epoch_has_the_lowest_validation_loss_and_its_weights(
    snapshot: Snapshot, measured: Measured, tmp_path: Path
) -> None:
    # A large step makes the last epoch the worst, so the kept one is an earlier one.
    dataset = measured(ALL_PAIRS)
    options = config(fractions=(0.5, 0.5, 0), epochs=8, lr=0.3)
    result = run(snapshot, dataset, options, tmp_path / "run")
    losses = [record.validation.loss for record in result.epochs if record.validation is not None]

    assert result.kept_epoch == 1 + losses.index(min(losses)) < 8
    loaded = load_checkpoint(tmp_path / "run", snapshot)
    assert loaded.description.epoch == result.kept_epoch
    shorter = config(fractions=(0.5, 0.5, 0), epochs=result.kept_epoch, lr=0.3)
    run(snapshot, dataset, shorter, tmp_path / "shorter")
    assert weights_of(tmp_path / "run") == weights_of(tmp_path / "shorter")


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (NINE[:1], {}, "too few strains"),
        (["AAA1 ZZZ9 0.1", "BBB2 ZZZ9 0.2"], {}, "left out: 2 for 'unknown gene'"),
        (NINE, {"batch_size": 1}, "batches of one strain"),
        (NINE, {"overfit": 10}, "expected 10 or more training strains, found 9"),
        (NINE, {"device": "abacus"}, "device abacus"),
    ],
)
def test_a_run_that_cannot_begin_writes_nothing(
    snapshot: Snapshot,
    measured: Measured,
    tmp_path: Path,
    rows: list[str],
    options: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(TrainingError, match=message):
        run(snapshot, measured(rows), config(**options), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_batches_of_one_are_fine_without_batch_norm(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    result = run(snapshot, measured(NINE), config(batch_size=1, norm="layer"), tmp_path / "run")
    assert len(result.epochs) == 2


def test_a_folder_in_use_is_not_touched(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Conflict, match="not empty"):
        run(snapshot, measured(NINE), config(), tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notes.txt"]
