"""Checkpoints: only for their own snapshot, and only undamaged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train import training
from dcell_graph.train.checkpoint import load_checkpoint
from dcell_graph.train.run import run
from dcell_graph.train.strains import encode
from tests.snapshots import make_snapshot
from tests.training import (
    ALL_PAIRS,
    GENES,
    LINKS,
    NINE,
    PAIRS,
    TERMS,
    Measured,
    config,
    content,
    pairs_dataset,
    six_terms,
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


@pytest.fixture
def trained(snapshot: Snapshot, measured: Measured, tmp_path: Path) -> Path:
    run(snapshot, measured(NINE), config(), tmp_path / "trained")
    return tmp_path / "trained"


def test_a_snapshot_of_equal_shape_is_refused(trained: Path) -> None:
    exchanged = [(term, {"CCC3": "EEE5", "EEE5": "CCC3"}.get(gene, gene)) for term, gene in PAIRS]
    other = make_snapshot(LINKS, exchanged, terms=TERMS, genes=GENES, name="exchanged")
    with pytest.raises(
        TrainingError, match=r"expected six \(\w{12}\), found exchanged \(\w{12}\), with the same terms"
    ):
        load_checkpoint(trained, other)


def test_new_and_missing_terms_and_genes_are_named(trained: Path) -> None:
    links = [link for link in LINKS if "delta" not in link] + [("zeta", "root"), ("eta", "root")]
    pairs = [pair for pair in PAIRS if pair[0] != "delta"] + [("zeta", "KKK9")]
    with pytest.raises(TrainingError) as caught:
        load_checkpoint(trained, make_snapshot(links, pairs, name="later"))

    text = str(caught.value)
    assert "new 2 terms (eta, zeta)" in text or "new 2 terms (zeta, eta)" in text
    assert "missing 1 term (delta)" in text
    assert "new 1 gene (KKK9)" in text
    assert "missing 1 gene (JJJ8)" in text
    assert "size mismatch" not in text


@pytest.mark.parametrize(
    ("key", "change", "found"),
    [
        ("gene_ids", lambda names: ["ZZZ9", *names[1:]], r"1 gene \(ZZZ9\)"),
        ("term_ids", lambda names: [*names[:-1], "GO:0"], r"1 term \(GO:0\)"),
        ("gene_ids", lambda names: [*names, names[0]], "a name twice"),
    ],
)
def test_damaged_names_are_refused_although_the_id_of_the_snapshot_agrees(
    trained: Path, snapshot: Snapshot, key: str, change: Callable[[list[str]], list[str]], found: str
) -> None:
    path = trained / "checkpoint.json"
    said = content(path)
    path.write_text(json.dumps({**said, key: change(said[key])}), encoding="utf-8")
    with pytest.raises(TrainingError, match=rf"{re.escape(str(trained))}: the names .* are damaged.*{found}"):
        load_checkpoint(trained, snapshot)


def test_the_same_snapshot_in_another_order_is_accepted(trained: Path, snapshot: Snapshot, measured: Measured) -> None:
    turned = make_snapshot(LINKS[::-1], PAIRS[::-1], terms=TERMS[::-1], genes=GENES[::-1], name="turned")
    strains = measured(ALL_PAIRS).strains
    predictions = []
    for one in (snapshot, turned):
        loaded = load_checkpoint(trained, one)
        with torch.no_grad():
            predictions.append(loaded.model(encode(strains, loaded.description.gene_ids).deleted).prediction)

    assert turned.manifest.snapshot_id == snapshot.manifest.snapshot_id
    assert torch.equal(predictions[0], predictions[1])


def test_damaged_weights_are_refused(trained: Path, snapshot: Snapshot) -> None:
    path = trained / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(TrainingError, match="damaged"):
        load_checkpoint(trained, snapshot)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"version": 2}, "version 2"), ({"format": "pickle"}, "does not describe"), ({"epoch": "x"}, "entry epoch")],
)
def test_a_description_of_another_kind_is_refused(
    trained: Path, snapshot: Snapshot, change: dict[str, Any], message: str
) -> None:
    path = trained / "checkpoint.json"
    path.write_text(json.dumps({**content(path), **change}), encoding="utf-8")
    with pytest.raises(TrainingError, match=message):
        load_checkpoint(trained, snapshot)
