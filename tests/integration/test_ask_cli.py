"""``dcell-graph ask`` and the functions for notebooks, on the embedded database."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph import load
from dcell_graph.graph.ask import Limits, ask, ask_saved, py2neo_graph
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import find_recipe
from tests.small_world import World

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "ask.ipynb"
TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
"""
ROWS = """
AAA1 GO:9000001 IDA 20100101
BBB2 GO:9000002 IMP 20110101
CCC3 GO:9000002 IEA 20120101
"""


@pytest.fixture
def world(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Neo4jRunner:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("NEO4J_URI", raising=False)
    made = World(tmp_path, TERMS, small=ROWS)
    load.load_ontology(runner, made.obo)
    load.load_annotations(runner, made.gafs["small"], name="small")
    return runner


def run(*arguments: str, code: int = 0, text: str | None = None) -> tuple[str, str]:
    result = CliRunner().invoke(app, ["ask", *arguments], input=text)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


BY_YEAR = (
    "MATCH (a:Annotation) WHERE a.date >= $since RETURN a.date.year AS year, a.date AS date, a.evidence AS e ORDER BY e"
)


def test_the_command(world: Neo4jRunner, tmp_path: Path) -> None:
    out, err = run(BY_YEAR, "--param", "since=2011-01-01")
    assert [line.split() for line in out.splitlines()] == [
        ["year", "date", "e"],
        ["2012", "2012-01-01", "IEA"],
        ["2011", "2011-01-01", "IMP"],
    ]
    assert err == ""
    out, err = run(BY_YEAR, "--param", "since=2001-01-01", "--limit", "1", "--json")
    assert json.loads(out) == [{"year": 2010, "date": "2010-01-01", "e": "IDA"}]
    assert err == "only the first row is here, there are more: ask for less, or raise the limit with --limit\n"
    files = ("--csv", str(tmp_path / "a.csv"), "--parquet", str(tmp_path / "a.parquet"))
    out, err = run("MATCH (t:Term) RETURN t.id AS id, labels(t) AS labels ORDER BY id", *files)
    assert out == "" and err == "".join(f"3 rows are in {tmp_path}/a.{end}\n" for end in ("csv", "parquet"))
    with (tmp_path / "a.csv").open(newline="") as file:
        assert list(csv.reader(file))[1] == ["GO:0008150", '["Term"]']
    assert pd.read_parquet(tmp_path / "a.parquet")["labels"][2].tolist() == ["Term"]
    assert run("-", text="MATCH (t:Nothing) RETURN t")[0] == "no rows\n"


def test_writing_has_to_be_said(world: Neo4jRunner) -> None:
    assert run("CREATE (:Mine {a: 1})", code=1)[1].startswith("error: the query is refused: it writes")
    assert run("CREATE (:Mine {a: 1})", "--write") == ("", "1 labels added, 1 nodes created, 1 properties set\n")
    out, err = run("MATCH (m:Mine) WITH m, m.a AS a DELETE m RETURN a", "--write")
    assert out.split() == ["a", "1"] and err == "1 nodes deleted\n"


def test_saved_queries_lists_and_schema(world: Neo4jRunner) -> None:
    out, _ = run("--saved", "ancestors", "--param", "term=GO:9000002", "--json")
    assert [row["id"] for row in json.loads(out)] == ["GO:9000001", "GO:0008150"]
    out, _ = run("--saved", "evidence_by_year")
    assert out.splitlines()[1].split() == ["2010", "IDA", "1", "0"]
    assert "ancestors" in run("--list")[0]
    out, _ = run("--list", "--saved", "ancestors")
    assert out.splitlines()[-1] == "example: dcell-graph ask --saved ancestors --param term=GO:0006281"
    assert json.loads(run("--list", "--saved", "ancestors", "--json")[0])[0]["parameters"][0]["default"] == "newest"
    schema = json.loads(run("--schema", "--json")[0])
    assert {"label": "Term", "nodes": 3}.items() <= next(
        one for one in schema["nodes"] if one["label"] == "Term"
    ).items()
    assert {"type": "TO", "start": "Annotation", "end": "GoId", "links": 3} in schema["relationships"]
    shown = run("--schema")[0]
    assert shown.count('dcell-graph ask "') == 3 and "(:Annotation)-[:OF]->(:Product)" in shown


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "a query in quotes or --saved NAME is needed"),
        (("RETURN 1", "--saved", "ancestors"), "a query in quotes or --saved NAME is needed, not both"),
        (("--list", "--limit", "3"), "--list asks no query, so it takes none of: --limit"),
        (("--saved", "ancestors", "--write"), "a saved query only reads the graph, so it takes none of: --write"),
        (("RETURN $x AS x", "--param", "x"), "a parameter cannot be read: expected --param NAME=VALUE, found x"),
        (("RETURN 1 AS x", "--timeout", "0"), "the limit of time cannot be used"),
        (("RETURN 1 AS x", "--csv", "/"), "--csv names a folder"),
    ],
)
def test_mistakes_are_one_sentence(world: Neo4jRunner, arguments: tuple[str, ...], why: str) -> None:
    out, err = run(*arguments, code=1)
    assert out == "" and err.startswith("error: ") and why in err and err.count("\n") == 1


def test_notebook_functions(world: Neo4jRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = ask(
        "MATCH (a:Annotation) WHERE a.date >= $since RETURN a.date AS date, a.line AS line ORDER BY date",
        since=date(2011, 1, 1),
    )
    assert frame["date"].tolist() == [date(2011, 1, 1), date(2012, 1, 1)] and str(frame["line"].dtype) == "int64"
    assert ask_saved("ancestors", term="GO:9000002")["distance"].tolist() == [1, 2]
    with pytest.warns(UserWarning, match="only the first row is here"):
        assert len(ask("MATCH (t:Term) RETURN t.id AS id", Limits(rows=1))) == 1
    with pytest.raises(InputError, match="it writes"):
        ask("CREATE (n)")
    monkeypatch.setitem(sys.modules, "py2neo", None)
    with pytest.raises(NotFound, match=r'py2neo is not installed; pip install "dcell-graph\[notebook\]"'):
        py2neo_graph()


def test_py2neo_reads(world: Neo4jRunner) -> None:
    graph = py2neo_graph()
    try:
        frame = graph.run("MATCH (t:Term) RETURN t.id AS id ORDER BY id").to_data_frame()
        assert frame["id"].tolist() == ["GO:0008150", "GO:9000001", "GO:9000002"]
        # What docs/ask.md says does not work.
        with pytest.raises(Exception, match=r"db\.indexes"):
            graph.schema.get_indexes("Term")
        with pytest.raises(Exception, match="ON and ASSERT"):
            graph.schema.create_uniqueness_constraint("Mine", "a")
    finally:
        graph.service.connector.close()


def test_the_notebook_runs_and_holds_what_it_gives(world: Neo4jRunner, tmp_path: Path) -> None:
    recipe = find_recipe("default").model_copy(update={"stages": ()})
    build_snapshot(world, "small", recipe, release="2018-06-01", sources=["small"], genome="as-annotated")
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]  # it has no types
    stored = [outputs(cell) for cell in notebook.cells]
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    assert [outputs(cell) for cell in notebook.cells] == stored
    assert sum(map(bool, stored)) >= 4


def outputs(cell: nbformat.NotebookNode) -> list[str]:
    """The text of what a cell gave."""
    return [output.get("text") or output["data"]["text/plain"] for output in cell.get("outputs", [])]
