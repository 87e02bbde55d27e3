"""Snapshots of one branch with genes that cross into it, against the independent implementation and by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import RecipeError
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.material import read_material
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.recipe import Recipe
from dcell_graph.snapshot.schema import Snapshot
from tests.compare_snapshots import assert_outcome, assert_same, assert_same_reasons
from tests.small_world import World

# Functions 11 and 12 belong to processes, 12 only through 11, component 21 only through 12; function 13 does not.
# Process 3 regulates function 13, process 4 regulates function 11. Component 22 is a root of its branch that regulates
# process 5, which has no path to a root.
TERMS = """
GO:0008150 P
GO:0003674 F
GO:0005575 C
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:0008150 regulates=GO:9000013
GO:9000004 P is_a=GO:0008150 regulates=GO:9000011
GO:9000005 P part_of=GO:9000099
GO:9000011 F is_a=GO:0003674 part_of=GO:9000002
GO:9000012 F is_a=GO:9000011
GO:9000013 F is_a=GO:0003674
GO:9000014 F is_a=GO:0003674 part_of=GO:9000005
GO:9000021 C is_a=GO:0005575 part_of=GO:9000012
GO:9000022 C regulates=GO:9000005
"""
ROWS = """
AAA1 GO:9000001 IDA 20100101
BBB2 GO:9000012 IDA 20110101
BBB2 GO:9000002 IEA 20120101
CCC3 GO:9000013 IDA 20130101
DDD4 GO:9000021 IGI 20140101
EEE5 GO:9000004 IMP 20150101
FFF6 GO:9000014 IDA 20160101
GGG7 GO:9000003 IDA 20170101
HHH8 GO:9000002 ND 20170101
HHH8 GO:0008150 ND 20170101
III9 GO:9000011 IDA 20180101 NOT
JJJ0 GO:9000022 IDA 20180101
"""
PROCESS: dict[str, Any] = {"namespaces": ["biological_process"], "cross_namespace": True}
SMALL = {"kind": "contained", "minimum": 2}
RECIPES: dict[str, dict[str, Any]] = {
    "process": PROCESS,
    "process with regulates": PROCESS | {"relations": ["is_a", "part_of", "regulates"]},
    "process over is_a only": PROCESS | {"relations": ["is_a"]},
    "function": {"namespaces": ["molecular_function"], "cross_namespace": True},
    "function with regulates": {
        "namespaces": ["molecular_function"],
        "cross_namespace": True,
        "relations": ["is_a", "part_of", "regulates"],
    },
    "two branches": {"namespaces": ["molecular_function", "biological_process"], "cross_namespace": True},
    "genes of removed terms dropped": PROCESS | {"removed_genes": "drop", "stages": [SMALL]},
    "stages afterwards": PROCESS
    | {
        "stages": [
            {"kind": "evidence", "exclude": ["IGI"]},
            {"kind": "date", "asserted_from": "2011-06-01"},
            {"kind": "redundant", "compare": "contained"},
            SMALL,
        ]
    },
    "last record": PROCESS | {"record": "last"},
    "no data kept": PROCESS | {"no_data": "keep"},
    "no data kept, last record": PROCESS | {"no_data": "keep", "record": "last"},
    "direct": PROCESS | {"annotations": "direct"},
    "not crossing": {"namespaces": ["biological_process"]},
}


@pytest.fixture
def world(runner: Neo4jRunner, tmp_path: Path) -> World:
    world = World(tmp_path, TERMS, sgd=ROWS)
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    return world


def built(runner: Neo4jRunner, name: str, **options: Any) -> Snapshot:
    recipe = Recipe(name="by-hand", **options)
    build_snapshot(runner, name, recipe, release="2018-06-01", sources=["sgd"], genome=AS_ANNOTATED)
    return read_snapshot(runner, name)


def test_every_recipe_equals_the_independent_implementation(runner: Neo4jRunner, world: World) -> None:
    material = read_material(runner, release="2018-06-01", sources=["sgd"], genome=AS_ANNOTATED)
    for number, (name, options) in enumerate(RECIPES.items()):
        snapshot, expected = built(runner, str(number), **options), world.build(**options)
        assert_same(snapshot, expected, name)
        applied = Applier(material).apply(Recipe(name="by-hand", **options))
        assert_outcome(applied, material, expected, name)
        assert_same_reasons(applied, snapshot, name)


def test_genes_cross_and_terms_do_not(runner: Neo4jRunner, world: World) -> None:
    snapshot = built(runner, "crossing", **PROCESS)
    assert sorted(snapshot.terms["term"]) == [
        *("GO:0008150", "GO:9000001", "GO:9000002", "GO:9000003", "GO:9000004"),
    ]
    genes = dict(zip(snapshot.terms["term"], snapshot.terms["contained_genes"], strict=True))
    # BBB2 and DDD4 cross to 2; CCC3 sits on a function that is part of no process; FFF6 crosses to an unrooted one.
    assert genes == {"GO:0008150": 5, "GO:9000001": 3, "GO:9000002": 2, "GO:9000003": 1, "GO:9000004": 1}
    removed = dict(zip(snapshot.removed["term"], snapshot.removed["stage"], strict=True))
    assert removed == {
        "GO:9000005": "unrooted",
        "GO:9000011": "namespace",
        "GO:9000012": "namespace",
        "GO:9000014": "unrooted",
        "GO:9000021": "namespace",
    }


def test_links_over_another_branch_become_links_inside(runner: Neo4jRunner, world: World) -> None:
    snapshot = built(runner, "regulating", **RECIPES["process with regulates"])
    links = set(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True))
    # Process 4 regulates function 11, which is part of process 2.
    assert ("GO:9000004", "GO:9000002") in links
    assert {term for link in links for term in link} == set(snapshot.terms["term"])


def test_a_branch_that_nothing_reaches_is_refused(runner: Neo4jRunner, world: World) -> None:
    with pytest.raises(RecipeError, match="no annotation is left"):
        built(runner, "none", namespaces=["cellular_component"], cross_namespace=True, asserted_until="2010-01-01")


def test_no_data_away_from_a_root_is_never_a_record(runner: Neo4jRunner, world: World) -> None:
    snapshot = built(runner, "kept", namespaces=["biological_process"], no_data="keep")
    held = set(zip(snapshot.annotations["term"], snapshot.annotations["gene"], strict=True))
    assert ("GO:0008150", "SGD:S-HHH8") in held
    assert ("GO:9000002", "SGD:S-HHH8") not in held
