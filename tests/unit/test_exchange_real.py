"""The two published topologies of DCell: read against a plain scan of the text, written again, and trained on."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcell_graph.cli.dataset import app as dataset_app
from dcell_graph.cli.snapshot import app as snapshot_app
from dcell_graph.snapshot.exchange.formats import export_snapshot, import_snapshot
from dcell_graph.snapshot.storage import read_snapshot
from dcell_graph.train import training
from dcell_graph.train.__main__ import app as train_app
from tests.exchange_files import WHOLE, links_of, pairs_of

pytestmark = pytest.mark.real_data

# Terms, genes and strains of the training table; see the README of the mirror folder.
PUBLISHED = {"GO_0006281": (21, 162, 8_783), "GO_0000790": (11, 124, 5_092)}
STANZA = re.compile(r"ROOT: (\S+) (\d+)\nGENES: (.*)\nTERMS: (.*)\n")


@pytest.mark.parametrize("root", PUBLISHED)
def test_the_published_topologies(mirror: Path, tmp_path: Path, root: str) -> None:
    path = mirror / "phenotype" / f"dcell-{root}-topology.txt.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    stanzas = STANZA.findall(text)
    found = import_snapshot(path, "dcell")

    snapshot = found.snapshot
    assert (len(snapshot.terms), len(snapshot.genes)) == PUBLISHED[root][:2]
    assert set(snapshot.terms["term"]) == {term for term, *_ in stanzas}
    assert links_of(snapshot) == {(child, term) for term, _, _, children in stanzas for child in children.split()}
    assert pairs_of(snapshot) == {(term, gene) for term, _, genes, _ in stanzas for gene in genes.split()}
    # What the file states is what the terms contain.
    stated = {term: int(count) for term, count, *_ in stanzas}
    assert dict(zip(snapshot.terms["term"], snapshot.terms["contained_genes"], strict=True)) == stated
    assert found.notes == ()
    assert snapshot.terms["term"][snapshot.root] == root.replace("_", ":")

    for source_format in ("dcell", *WHOLE):
        done = export_snapshot(snapshot, tmp_path / source_format, source_format)
        back = import_snapshot(tmp_path / source_format, source_format).snapshot
        assert done.returns
        assert back.manifest.snapshot_id == snapshot.manifest.snapshot_id
    written = (tmp_path / "dcell").read_text(encoding="utf-8")
    assert {frozenset(stanza.split()) for stanza in written.split("ROOT:")} == {
        frozenset(stanza.split()) for stanza in text.split("ROOT:")
    }


@pytest.mark.parametrize("root", PUBLISHED)
def test_an_imported_topology_trains(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    source = mirror / "phenotype" / f"dcell-{root}-topology.txt.gz"
    done = CliRunner().invoke(snapshot_app, ["import", str(source), str(tmp_path / "set"), "--format", "dcell"])
    assert done.exit_code == 0, done.output
    table = mirror / "phenotype" / f"dcell-{root}-train.txt.gz"
    done = CliRunner().invoke(dataset_app, ["import", str(table), "--name", "measured", "--format", "dcell"])
    assert done.exit_code == 0, done.output

    options = ["--snapshot", str(tmp_path / "set"), "--epochs", "2", "--threads", "1", "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(train_app, options)
    assert done.exit_code == 0, done.output
    terms, genes, strains = PUBLISHED[root]
    assert f"Dataset: {strains:,} samples" in done.output  # none is left out for a gene that the topology lacks
    assert f"Max number of genes: {genes}" in done.output
    assert f"Created {terms} subsystems out of {terms} nodes" in done.output
    config = json.loads((tmp_path / "run" / "config.json").read_text(encoding="utf-8"))
    assert config["snapshot"]["snapshot_id"] == read_snapshot(tmp_path / "set").manifest.snapshot_id
    correlation = re.search(r"Result, train strains in eval mode: n \d+, Pearson (\S+),", done.output)
    assert correlation is not None
    assert float(correlation[1]) > 0.1
