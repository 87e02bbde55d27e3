"""From a trained run to its scores in the graph and out again, by the commands."""

from __future__ import annotations

import csv
import itertools
import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.server import Connection
from dcell_graph.measurements.storage import write_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import Recipe
from dcell_graph.train import ensemble, training
from dcell_graph.train.ensemble import run_ensemble
from tests.database_fixtures import remove_everything
from tests.graph_dump import difference, dump
from tests.small_world import World
from tests.training import config, pairs_dataset

TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:0008150
GO:9000003 P is_a=GO:9000002
"""
GENES = [f"AA{number}" for number in range(12)]
ROWS = "".join(f"{gene} GO:900000{1 + place % 3} IDA 20100101\n" for place, gene in enumerate(GENES))


@pytest.fixture(scope="module")
def home(database_settings: Settings, _runner: Neo4jRunner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The run ``published`` of two models on a snapshot of the database."""
    folder = tmp_path_factory.mktemp("publish-cli")
    remove_everything(_runner)
    world = World(folder, TERMS, small=ROWS)
    load.load_ontology(_runner, world.obo)
    load.load_annotations(_runner, world.gafs["small"], name="small")
    recipe = Recipe(name="all", namespaces=("biological_process",))
    build_snapshot(_runner, "twelve", recipe, release="2018-06-01", sources=["small"], genome="as-annotated")
    snapshot = read_snapshot(_runner, "twelve")
    names = snapshot.genes["gene"].tolist()
    pairs = itertools.combinations(enumerate(names), 2)
    dataset = pairs_dataset(
        folder, [f"{a} {b} {math.sin(5 * place + 3 * other):.3f}" for (place, a), (other, b) in pairs]
    )
    shutil.rmtree(database_settings.datasets, ignore_errors=True)
    write_dataset(dataset, database_settings.datasets / "pairs")
    options = config(epochs=1, batch_size=16, ensemble=2, fractions=(0.4, 0.1, 0.5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
        patch.setenv("COLUMNS", "200")
        patch.delenv("NEO4J_URI", raising=False)
        patch.setattr(training, "draw_all", lambda *ignored: None)
        patch.setattr(ensemble, "write_figure", lambda *ignored: None)
        for name in ("draw_ranking", "draw_stability", "draw_hierarchy"):
            patch.setattr(f"dcell_graph.interpret.writing.{name}", lambda *given, **named: None)
        run_ensemble(snapshot, dataset, options, database_settings.runs / "published")
        yield database_settings.runs / "published"
    for made in (database_settings.datasets, database_settings.runs / "published"):
        shutil.rmtree(made)
    remove_everything(_runner)


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else " ".join(result.output.split())


def scored(runner: Neo4jRunner) -> dict[str, dict[str, float]]:
    """What the graph says about each term of the run."""
    cypher = "MATCH (:Run {name: 'published'})-[s:SCORED]->(t:SnapTerm) RETURN t.id AS term, properties(s) AS scores"
    rows = json.loads(run("ask", cypher, "--json"))
    return {row["term"]: row["scores"] for row in rows}


def test_scores_of_a_run_go_into_the_graph_and_out_again(
    home: Path, _runner: Neo4jRunner, connection: Connection
) -> None:
    assert "make them with dcell-graph importance published" in run("runs", "publish", "published", code=1)
    found = json.loads(run("importance", "published", "--strains", "held-out", "--nulls", "1", "--json"))
    assert (found["strains"], found["nulls"], len(found["terms"])) == (40, 1, 4)
    folder = home / "importance"
    assert Path(found["folder"]) == folder
    with (folder / "scores.csv").open(encoding="utf-8", newline="") as file:
        table = {row["term"]: row for row in csv.DictReader(file)}
    for row in found["terms"]:
        for name in ("permutation", "P_rho", "P_rho_z", "rlipp_gain_q", "count_r"):
            assert float(table[row["term"]][name]) == pytest.approx(row[name], abs=1e-9), name
    listed = run("importance", "published", "--nulls", "1", "--by", "P_rho", "--limit", "2")
    assert "4 terms, 2 seeds, 40 strains, 1 random hierarchies" in listed
    # The smallest p is 1 of 5, and k of 4 terms that have it have q = 4 / 5 / k.
    assert "no q can be 0.05 with so few random hierarchies" in listed
    best = sorted(found["terms"], key=lambda row: -row["P_rho_z"])
    places = [listed.index(row["term"]) for row in best[:2]]
    assert places == sorted(places) and best[3]["term"] not in listed

    before = dump(connection)
    assert "run published: 4 terms scored" in run("runs", "publish", "published")
    graph = scored(_runner)
    assert graph.keys() == table.keys()
    for term, scores in graph.items():
        for name in ("permutation", "P_rho", "P_rho_q", "gradient_x_state_rank"):
            assert scores[name] == pytest.approx(float(table[term][name]), abs=1e-9), name
    (row,) = json.loads(run("runs", "published", "--json"))
    assert {name: row[name] for name in ("name", "snapshot", "dataset", "models", "terms")} == {
        "name": "published", "snapshot": "twelve", "dataset": "pairs", "models": 2, "terms": 4,
    }  # fmt: skip

    there = dump(connection)
    assert "published already, with the same 4 scores" in run("runs", "publish", "published")
    assert difference(there, dump(connection)) == ""
    other = folder.with_name("other.csv")
    other.write_text("term,permutation\nGO:9000001,0.5\nGO:9000002,\n", encoding="utf-8")
    again = run("runs", "publish", "published", "--scores", str(other))
    assert "run published: 2 terms scored in place of earlier ones" in again
    assert [scores.get("permutation") for _, scores in sorted(scored(_runner).items())] == [0.5, None]

    assert "run published is no longer published" in run("runs", "unpublish", "published")
    assert difference(before, dump(connection)) == ""
    assert "no run published is published" in run("runs", "unpublish", "published", code=1)
    assert "No run is published" in run("runs", "published")
    assert (folder / "scores.parquet").is_file()
