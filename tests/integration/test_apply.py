"""Recipes applied in memory: what is refused, and what a list of terms is compared with by ``snapshot calibrate``.

That the outcomes are right is tested where the database's are.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dcell_graph.cli.calibrate import calibrate_command
from dcell_graph.errors import RecipeError
from dcell_graph.graph import load
from dcell_graph.graph.listed import other_ids
from dcell_graph.graph.material import read_material
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
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


TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150 alt_id=GO:9000011 alt_id=GO:9000012
GO:9000002 P is_a=GO:0008150 alt_id=GO:9000001 alt_id=GO:9000012
GO:9000003 P is_obsolete=true
"""


def test_listed_ids_that_are_other_ids_of_terms(runner: Neo4jRunner, tmp_path: Path) -> None:
    load.load_ontology(runner, World(tmp_path, TERMS).obo)
    listed = ["GO:9000001", "GO:9000003", "GO:9000011", "GO:9000012", "GO:9999999"]
    expected = {"GO:9000011": ("GO:9000001",), "GO:9000012": ("GO:9000001", "GO:9000002")}
    assert other_ids(runner, listed, ["2018-06-01"]) == expected


def test_a_list_with_other_ids_is_compared_with_their_terms(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.delenv("NEO4J_URI", raising=False)
    world = World(tmp_path, TERMS, sgd="AAA1 GO:9000001\nBBB2 GO:9000002\nAAA1 GO:0008150")
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    listed = tmp_path / "terms.txt"
    listed.write_text("GO:0008150\nGO:9000011\nGO:9000002\nGO:9999999\n")
    app = typer.Typer()
    app.command()(calibrate_command)
    arguments = ["--target", "3", "--terms", str(listed), "--recipe", "ma-2018", "--minimum", "1"]
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == 0, said.stderr
    assert "Listed under another id, and taken for the term that has it: GO:9000001 for GO:9000011." in said.stdout
    assert "Listed, but no live term of any of the releases: GO:9999999." in said.stdout
    content = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert content["other_ids"] == {"GO:9000011": ["GO:9000001"]} and content["unknown"] == ["GO:9999999"]
    # The root, 1 and 2 are in the term set; the list has these and one that nobody knows.
    assert content["nearest"][0]["listed"] == 3 and content["nearest"][0]["jaccard"] == 0.75
