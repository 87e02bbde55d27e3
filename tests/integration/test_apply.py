"""Recipes applied in memory: what is refused. That the outcomes are right is tested where the database's are."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import RecipeError
from dcell_graph.graph import load
from dcell_graph.graph.material import read_material
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.recipe import Recipe
from tests.small_world import World


def test_what_cannot_be_applied(runner: Neo4jRunner, tmp_path: Path) -> None:
    terms = "GO:0008150 P\nGO:9000001 P is_a=GO:9000002 is_a=GO:0008150\nGO:9000002 P is_a=GO:9000001"
    world = World(tmp_path, terms, sgd="AAA1 GO:9000001 IDA 20100101")
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    applier = Applier(read_material(runner, release="2018-06-01", sources=["sgd"], genome=AS_ANNOTATED))
    with pytest.raises(RecipeError, match="have a cycle"):
        applier.apply(Recipe(name="mine"))
    with pytest.raises(RecipeError, match="no annotation is left"):
        applier.apply(Recipe(name="mine", exclude_evidence=("IDA",)))
    with pytest.raises(RecipeError, match="there is no gene list screened"):
        applier.apply(Recipe(name="mine", gene_list="screened"))
