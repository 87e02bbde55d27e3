"""Coverage with a real database: the steps at which genes are lost, against the independent implementation."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dcell_graph.cli.coverage import coverage
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.material import read_material
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.applied.gene_trace import trace_genes
from dcell_graph.snapshot.recipe import ContainedStage, DateStage, EvidenceStage, Recipe, Stage
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.snapshot.visible import visible_genes
from tests.independent import build as independent_build
from tests.real_files import SOURCES
from tests.small_world import P, World
from tests.training import pairs_dataset

TERMS = f"{P} P\nGO:9000001 P is_a={P}\nGO:9000002 P is_a={P}\nGO:9000003 P is_a=GO:9000001"
ROWS = """
AAA1 GO:9000001 IDA 20100101
BBB2 GO:9000003 IDA 20100101
LATE GO:9000001 IDA 20180101
IGIS GO:9000003 IGI 20100101
LONE GO:9000002 IDA 20100101
DENY GO:9000001 IDA 20100101 NOT
"""
STAGES: tuple[Stage, ...] = (
    DateStage(asserted_until=date(2017, 7, 19)),
    EvidenceStage(exclude=("IGI",)),
    ContainedStage(minimum=2),
)
RECIPE = Recipe(name="mine", removed_genes="drop", stages=STAGES)
STRAINS = ["AAA1 LATE 1", "AAA1 IGIS 3", "AAA1 BBB2 5", "LATE LONE 7"]


def test_steps_against_the_independent_implementation(runner: Neo4jRunner, tmp_path: Path) -> None:
    world = World(tmp_path, TERMS, sgd=ROWS)
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    trace = trace_genes(read_material(runner, release="2018-06-01", sources=["sgd"], genome=AS_ANNOTATED), RECIPE)
    stages = {step.name: step.genes for step in trace.steps}
    for number, name in enumerate(("candidates", "date", "evidence", "contained")):
        partly = RECIPE.model_copy(update={"stages": STAGES[:number]})
        expected = independent_build(partly, obo=world.obo, gafs=world.gafs, features=None)
        assert stages[name] == {gene for _, gene in expected.pairs}, name
    lost = {gene: trace.step_of(f"SGD:S-{gene}") for gene in ("AAA1", "LATE", "IGIS", "LONE", "DENY", "NONE")}
    assert lost == {
        "AAA1": None,
        "LATE": "date",
        "IGIS": "evidence",
        "LONE": "contained",
        "DENY": "negated",
        "NONE": "genome",
    }


def test_the_command_asks_the_database(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    world = World(tmp_path, TERMS, sgd=ROWS)
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    build_snapshot(runner, "mine", RECIPE, release="2018-06-01", sources=["sgd"], genome=AS_ANNOTATED)
    write_dataset(pairs_dataset(tmp_path, STRAINS), tmp_path / "dataset")
    write_snapshot(read_snapshot(runner, "mine"), tmp_path / "frozen")

    # By name, and from a folder whose sources the database has.
    for named in ("mine", str(tmp_path / "frozen")):
        content = _content(named, tmp_path)
        steps = {row["gene"]: row["step"] for row in content["genes"]}
        # The visible gene goes by its id, the others by the symbols that the dataset has. When IGIS is gone, BBB2 is
        # alone on its term.
        lost = {"LATE": "date", "IGIS": "evidence", "LONE": "contained", "BBB2": "contained"}
        assert steps == {"SGD:S-AAA1": None, **lost}
        left = {row["step"]: (row["genes"], row["like_wild_type"], row["shared"]) for row in content["steps"]}
        assert (left["date"], left["evidence"], left["contained"]) == ((4, 0, 0), (3, 0, 2), (1, 1, 3))
        # Mean 4, in all 9 + 1 + 1 + 9 = 20; within the three that look like AAA1 8.
        assert content["fits"][0]["r2"] == pytest.approx(0.6)
    # Other rows under the same name: what the database says is no longer about this snapshot.
    load.remove(runner, "Snapshot", "mine")
    load.remove(runner, "AnnotationFile", "sgd")
    other = World(tmp_path, TERMS, sgd=ROWS + "MORE GO:9000001 IDA 20100101")
    load.load_annotations(runner, other.gafs["sgd"], name="sgd")
    content = _content(str(tmp_path / "frozen"), tmp_path)
    assert content["steps"] is None and "gives another snapshot there" in content["steps_unknown"]
    load.remove(runner, "AnnotationFile", "sgd")
    content = _content(str(tmp_path / "frozen"), tmp_path)
    assert content["steps"] is None and "does not have what the snapshot was made of" in content["steps_unknown"]


def _content(snapshot: str, folder: Path) -> dict[str, list[dict[str, object]]]:
    app = typer.Typer()
    app.command()(coverage)
    done = CliRunner().invoke(app, [snapshot, "--dataset", str(folder / "dataset"), "--json"])
    assert done.exit_code == 0, done.output
    content: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return content


@pytest.mark.real_data
def test_real_steps_end_at_the_real_snapshot(real_runner: Neo4jRunner, real_snapshot: Snapshot) -> None:
    material = read_material(real_runner, release="2016-12-06", sources=list(SOURCES), genome="sgd")
    manifest = real_snapshot.manifest
    trace = trace_genes(material, Recipe.model_validate({"name": manifest.name, **manifest.recipe}))
    assert trace.agrees_with(real_snapshot)
    assert trace.steps[-1].genes == set(visible_genes(real_snapshot)[0])
    assert len(trace.steps[0].genes) == 6607
