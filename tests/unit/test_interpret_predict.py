"""All pairs and triples: the same numbers as strain by strain, shared out without gaps; and the commands around."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from dcell_graph.cli import app as program
from dcell_graph.cli import importance, interpret_genes, knockout
from dcell_graph.errors import InputError, SettingsError
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import ensemble, training
from dcell_graph.train.checkpoint import Checkpoint, load_checkpoints
from dcell_graph.train.ensemble import run_ensemble
from dcell_graph.train.predict import predict_strains
from dcell_graph.train.predict_all import Share, known_genes, n_strains, predict_all, wild_type
from dcell_graph.train.strain_list import named_strains
from tests.training import ALL_PAIRS, GENES, config, pairs_dataset, six_terms

Pair = tuple[str, ...]

commands = typer.Typer()
commands.command("knockout")(knockout.knockout)
commands.command("importance")(importance.importance)
commands.command("contributions")(interpret_genes.contributions)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models on six terms."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "draw_all", lambda *ignored: None)
        patch.setattr(ensemble, "draw_results", lambda *ignored: None, raising=False)
        run_ensemble(six_terms(), pairs_dataset(folder, ALL_PAIRS), config(epochs=3, lr=0.05, ensemble=2),
                     folder / "runs" / "r")  # fmt: skip
    write_snapshot(six_terms(), folder / "snapshot")
    return folder


@pytest.fixture
def snapshot() -> Snapshot:
    return six_terms()


@pytest.fixture
def models(home: Path, snapshot: Snapshot) -> tuple[Checkpoint, ...]:
    return load_checkpoints(home / "runs" / "r", snapshot)


def one_by_one(models: tuple[Checkpoint, ...], snapshot: Snapshot, size: int) -> dict[Pair, tuple[float, float]]:
    strains = list(itertools.combinations(GENES, size))
    rows = predict_strains(models, snapshot, named_strains("+".join(strain) for strain in strains))
    return {strain: (float(row.prediction or 0), float(row.sd or 0)) for strain, row in zip(strains, rows, strict=True)}


@pytest.mark.parametrize(("size", "side", "shares"), [(2, 128, 1), (2, 3, 3), (3, 2, 4)])
def test_every_strain_once_as_strain_by_strain(
    models: tuple[Checkpoint, ...], snapshot: Snapshot, size: int, side: int, shares: int
) -> None:
    assert size in (2, 3)
    genes = known_genes(models[0], snapshot, GENES).indices
    ids = models[0].description.gene_ids
    found: dict[Pair, tuple[float, float]] = {}
    for rank in range(shares):
        share = Share(rank=rank, size=shares)
        for block in predict_all(models, genes, size=2 if size == 2 else 3, share=share, side=side):
            assert block.sd is not None
            for strain, mean, sd in zip(block.genes.tolist(), block.prediction, block.sd, strict=True):
                names = tuple(ids[gene] for gene in strain)
                assert names not in found, "no strain comes twice"
                found[names] = (float(mean), float(sd))
    expected = one_by_one(models, snapshot, size)
    assert len(found) == n_strains(len(GENES), 2 if size == 2 else 3)
    assert found.keys() == expected.keys()
    together = np.array([(*found[strain], *expected[strain]) for strain in expected])
    np.testing.assert_allclose(together[:, :2], together[:, 2:], rtol=1e-4, atol=1e-5)


def test_the_wild_type_is_the_strain_without_a_deletion(models: tuple[Checkpoint, ...], snapshot: Snapshot) -> None:
    (row,) = predict_strains(models, snapshot, named_strains(["wt"]))
    assert row.strain == "wt" and row.prediction is not None
    assert wild_type(models)[0] == pytest.approx(float(row.prediction), abs=1e-6)
    with pytest.raises(InputError, match="a strain cannot be read"):
        list(named_strains(["AAA1++BBB2"]))


def test_genes_of_a_list_by_name(models: tuple[Checkpoint, ...], snapshot: Snapshot) -> None:
    found = known_genes(models[0], snapshot, ["CCC3", "NOPE", "AAA1", "CCC3"])
    assert [models[0].description.gene_ids[index] for index in found.indices] == ["CCC3", "AAA1"]
    assert (found.unknown, found.repeated) == (("NOPE",), ("CCC3",))
    with pytest.raises(InputError, match="sees none of these genes"):
        known_genes(models[0], snapshot, ["NOPE"])


def test_shares_come_from_torchrun() -> None:
    assert Share.from_environment({}) == Share()
    assert Share.from_environment({"RANK": "2", "WORLD_SIZE": "3"}) == Share(rank=2, size=3)
    for rank, size in (("3", "3"), ("-1", "3"), ("x", "1")):
        with pytest.raises(SettingsError, match="RANK and WORLD_SIZE"):
            Share.from_environment({"RANK": rank, "WORLD_SIZE": size})


def test_the_command_writes_pairs_as_parquet(
    home: Path, tmp_path: Path, models: tuple[Checkpoint, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    start = ["predict", "r", "--snapshot", str(home / "snapshot")]
    listed = tmp_path / "genes.txt"
    listed.write_text("# some\nAAA1\nNOPE\nDDD4\nHHH7\n", encoding="utf-8")
    out = tmp_path / "pairs.parquet"
    refused = CliRunner().invoke(program, [*start, "--pairs-of", str(listed), "--out", str(out)])
    assert refused.exit_code == 1 and "the model cannot see 1 gene of the list: NOPE" in refused.output
    arguments = [*start, "--pairs-of", str(listed), "--out", str(out), "--unknown-genes", "leave-out"]
    done = CliRunner().invoke(program, arguments)
    assert done.exit_code == 0, done.output
    assert "warning: left out, for the model cannot see them: NOPE" in done.output
    table = pq.read_table(out)
    assert table.column_names == ["gene_a", "gene_b", "prediction", "sd"] and table.num_rows == 3
    assert float(table.schema.metadata[b"wild_type"]) == pytest.approx(wild_type(models)[0])
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    shared = CliRunner().invoke(program, [*start, "--triples-of", "all", "--out", str(out)])
    assert shared.exit_code == 0, shared.output
    assert (tmp_path / "pairs-00001-of-00002.parquet").is_file()
    alone = CliRunner().invoke(program, [*start, "--strain", "AAA1"])
    assert alone.exit_code == 1 and "is predicted by one process" in alone.output


def test_two_processes_of_torchrun_predict_what_one_does(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    arguments = ["predict", "r", "--snapshot", str(home / "snapshot"), "--triples-of", "all", "--out"]
    alone = CliRunner().invoke(program, [*arguments, str(tmp_path / "alone.parquet")])
    assert alone.exit_code == 0, alone.output
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python"]
    door = [sys.executable, "-c", "from dcell_graph.cli import main; main()"]
    done = subprocess.run(
        [*launcher, *door, *arguments, str(tmp_path / "shared.parquet")],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names = [f"shared-{rank:05d}-of-00002.parquet" for rank in range(2)]
    assert sorted(path.name for path in tmp_path.glob("shared*")) == names
    shares = [pq.read_table(tmp_path / name).to_pandas() for name in names]
    assert min(map(len, shares)) > 10
    genes = ["gene_a", "gene_b", "gene_c"]
    union = pd.concat([share.astype(dict.fromkeys(genes, str)) for share in shares]).sort_values(genes)
    whole = pq.read_table(tmp_path / "alone.parquet").to_pandas().astype(dict.fromkeys(genes, str)).sort_values(genes)
    assert len(whole) == n_strains(len(GENES), 3) and not whole.duplicated(genes).any()
    pd.testing.assert_frame_equal(union.reset_index(drop=True), whole.reset_index(drop=True), rtol=1e-6, atol=1e-7)


def test_strains_as_arguments_and_lists_as_parquet(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    start = ["predict", "r", "--snapshot", str(home / "snapshot")]
    out = tmp_path / "some.parquet"
    done = CliRunner().invoke(program, [*start, "--strain", "wt", "--strain", "AAA1+DDD4", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "Wild type, for reference: score" in done.output
    assert pq.read_table(out)["strain"].to_pylist() == ["wt", "AAA1+DDD4"]
    for arguments, words in (
        ([], "no strains were named"),
        (["--strain", "AAA1", "--pairs-of", "all"], "what is to be predicted is not clear"),
        (["--pairs-of", "all"], "so many predictions need a Parquet file"),
    ):
        refused = CliRunner().invoke(program, [*start, *arguments])
        assert refused.exit_code == 1 and words in refused.output


def test_the_commands_on_trained_models(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    start = ["r", "AAA1", "FFF6", "--snapshot", str(home / "snapshot")]
    picture = tmp_path / "k.png"
    done = CliRunner().invoke(commands, ["knockout", *start, "--against", "CCC3", "--picture", str(picture)])
    assert done.exit_code == 0, done.output
    assert "additive: expected" in done.output and "Compared with:" in done.output and picture.is_file()
    done = CliRunner().invoke(commands, ["contributions", *start, "--out", str(tmp_path / "parts")])
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "parts").iterdir()} == {"annotations.csv", "terms.csv", "paths.csv"}
