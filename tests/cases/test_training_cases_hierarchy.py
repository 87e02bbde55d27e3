"""Case 40: the hierarchy that a model is made from. Terms without genes, small terms, equal terms, two roots."""

from __future__ import annotations

from typing import Any

import pytest

from dcell_graph.graph import load
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from tests.cases.helpers import build, folder

ROOT = "GO:0008150"
AT_LEAST_2 = {"kind": "contained", "minimum": 2}
AT_LEAST_4 = {"kind": "contained", "minimum": 4}
NO_EQUAL = {"kind": "redundant", "compare": "contained"}
SEVEN = ["AAA1", "BBB2", "CCC3", "DDD4", "EEE5", "FFF6", "HHH7"]


@pytest.fixture
def loaded(runner: Neo4jRunner) -> Neo4jRunner:
    load.load_ontology(runner, folder(40) / "go.obo")
    load.load_annotations(runner, folder(40) / "ann.gaf", name="ann")
    return runner


def table(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    """Term -> its parents, and the symbols attached directly to it, as the case writes them."""
    symbol = dict(zip(snapshot.genes["gene"], snapshot.genes["symbol"], strict=True))
    links = list(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True))
    pairs = list(zip(snapshot.annotations["term"], snapshot.annotations["gene"], strict=True))
    return {
        term: (
            " ".join(sorted(parent for child, parent in links if child == term)),
            " ".join(sorted(symbol[gene] for holder, gene in pairs if holder == term)),
        )
        for term in snapshot.terms["term"]
    }


def stages(snapshot: Snapshot) -> list[tuple[str, int, int]]:
    """Each stage with the terms left and removed."""
    return [(one.stage, one.terms, one.removed) for one in snapshot.manifest.stages]


def removed(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    """Removed term -> stage and reason."""
    rows = snapshot.removed[["term", "stage", "reason"]].itertuples(index=False, name=None)
    return {term: (stage, reason) for term, stage, reason in rows}


def hierarchy(snapshot: Snapshot) -> Hierarchy:
    return Hierarchy.from_snapshot(snapshot, ModelConfig())


def test_case_40_the_sizes_before_any_rule(loaded: Neo4jRunner) -> None:
    snapshot = build(loaded, "all", branches="P")
    sizes = dict(zip(snapshot.terms["term"], snapshot.terms["contained_genes"], strict=True))
    # GO:9000404 and GO:9000405 have no genes: a term without genes is no candidate.
    assert sizes == {"GO:9000403": 3, "GO:9000402": 5, "GO:9000406": 1, "GO:9000401": 7, ROOT: 7}


def test_case_40_a_at_least_two_genes(loaded: Neo4jRunner) -> None:
    snapshot = build(loaded, "a", branches="P", stages=[AT_LEAST_2])
    assert table(snapshot) == {
        "GO:9000403": ("GO:9000402", "AAA1 BBB2 CCC3"),
        "GO:9000402": ("GO:9000401", "DDD4 EEE5"),
        "GO:9000401": (ROOT, "FFF6 HHH7"),
        ROOT: ("", ""),
    }
    assert removed(snapshot) == {"GO:9000406": ("contained", "contains 1 gene, fewer than 2")}
    assert stages(snapshot)[1:] == [("contained", 4, 1), ("result", 4, 0)]
    assert len(snapshot.parents) == 3
    assert sorted(snapshot.genes["symbol"]) == SEVEN
    model = hierarchy(snapshot)
    assert (model.n_terms, model.term_ids[model.root], int(model.levels[model.root])) == (4, ROOT, 3)


def test_case_40_b_a_term_equal_to_its_root_goes(loaded: Neo4jRunner) -> None:
    snapshot = build(loaded, "b", branches="P", stages=[AT_LEAST_2, NO_EQUAL])
    assert table(snapshot) == {
        "GO:9000403": ("GO:9000402", "AAA1 BBB2 CCC3"),
        "GO:9000402": (ROOT, "DDD4 EEE5"),
        ROOT: ("", "FFF6 HHH7"),
    }
    assert removed(snapshot)["GO:9000401"] == ("redundant", f"contains the same 7 genes as its root {ROOT}")
    assert len(snapshot.parents) == 2
    assert sorted(snapshot.genes["symbol"]) == SEVEN
    assert hierarchy(snapshot).n_terms == 3


def test_case_40_c_at_least_four_genes(loaded: Neo4jRunner) -> None:
    snapshot = build(loaded, "c", branches="P", stages=[AT_LEAST_4])
    assert table(snapshot) == {
        "GO:9000402": ("GO:9000401", "AAA1 BBB2 CCC3 DDD4 EEE5"),
        "GO:9000401": (ROOT, "FFF6 HHH7"),
        ROOT: ("", ""),
    }
    assert sorted(snapshot.genes["symbol"]) == SEVEN
    assert hierarchy(snapshot).n_terms == 3


def test_case_40_d_two_roots_get_one_that_is_stated_as_artificial(runner: Neo4jRunner) -> None:
    load.load_ontology(runner, folder(40) / "go-two-branches.obo")
    load.load_annotations(runner, folder(40) / "ann-two-branches.gaf", name="ann")
    snapshot = build(runner, "d", stages=[AT_LEAST_2])
    assert table(snapshot) == {
        "GO:9000401": (ROOT, "AAA1 BBB2"),
        "GO:9000421": ("GO:0003674", "CCC3 DDD4"),
        ROOT: ("GO:ROOT", ""),
        "GO:0003674": ("GO:ROOT", ""),
        "GO:ROOT": ("", ""),
    }
    artificial = snapshot.terms["term"][snapshot.terms["artificial"]].tolist()
    assert artificial == ["GO:ROOT"]
    kinds = dict(zip(snapshot.parents["child"], snapshot.parents["kind"], strict=True))
    assert kinds == {"GO:9000401": "asserted", "GO:9000421": "asserted", ROOT: "artificial", "GO:0003674": "artificial"}
    assert snapshot.manifest.recipe["super_root"] == "when-needed"
    assert len(snapshot.genes) == 4
    assert hierarchy(snapshot).n_terms == 5


@pytest.mark.parametrize("rule", [[AT_LEAST_2], [AT_LEAST_2, NO_EQUAL], [AT_LEAST_4]])
def test_case_40_the_rule_is_stored_and_gives_the_same_again(loaded: Neo4jRunner, rule: list[dict[str, Any]]) -> None:
    first = build(loaded, "first", branches="P", stages=rule)
    second = build(loaded, "second", branches="P", stages=rule)
    assert first.manifest.snapshot_id == second.manifest.snapshot_id
    stored = [
        {key: stage[key] for key in asked} for stage, asked in zip(first.manifest.recipe["stages"], rule, strict=True)
    ]
    assert stored == rule
    assert len(first.genes) == 7
