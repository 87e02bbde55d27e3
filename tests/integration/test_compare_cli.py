"""The commands that compare: what they say, what they write, and that each mistake is one sentence."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.graph import load
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from tests.small_world import World

TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
"""
OLD = """
AAA1 GO:9000001 IDA 20100101
BBB2 GO:9000002 IMP 20100101
DDD4 GO:9000002 IDA 20100101 NOT
"""
NEW = """
AAA1 GO:9000001 IEA 20120101
CCC3 GO:9000002 IDA 20120101
"""


@pytest.fixture
def loaded(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Neo4jRunner:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("NEO4J_URI", "DCELL_GRAPH_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    world = World(tmp_path, TERMS, old=OLD, new=NEW)
    load.load_ontology(runner, world.obo)
    for name, day in (("old", "2011-06-02"), ("new", "2018-06-03")):
        gaf = world.gafs[name]
        gaf.write_text(gaf.read_text().replace("2018-06-02", day))
        load.load_annotations(runner, gaf, name=name)
    return runner


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_the_answer_comes_first(loaded: Neo4jRunner) -> None:
    shown = run("compare", "old", "new", "--show", "only_a")
    assert shown.startswith(
        "A old (2011-06-02) and B new (2018-06-03) share 1 pairs; 1 are only in A, 1 only in B.\n"
        "Of the shared pairs 0 are the same in everything; evidence differs in 1, the latest date in 1,"
    )
    assert "gene not named there" in shown and "BBB2" in shown
    assert "old (2011-06-02) is 84 months older than new (2018-06-03)" in shown


def test_csv_and_json_hold_the_same_tables(loaded: Neo4jRunner, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "tables"
    content = json.loads(run("compare", "old", "new", "--not", "keep", "--csv", str(folder), "--json"))
    assert {path.name for path in folder.iterdir()} == {
        *("pairs.csv", "by_explanation.csv", "by_difference.csv", "by_evidence.csv", "by_namespace.csv", "by_year.csv"),
        *("contradictions.csv", "terms.csv", "products.csv", "steps.csv", "notes.txt"),
    }
    with (folder / "pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["symbol"] for row in rows] == [pair["symbol"] for pair in content["pairs"]]
    first, negated = rows[0], rows[-1]
    assert (first["differs"], first["evidence_a"], first["dates_b"]) == ("evidence|date", "IDA", "2012-01-01")
    assert (negated["symbol"], negated["not"], negated["side"]) == ("DDD4", "NOT", "only_a")
    assert content["pairs"][0]["dates_a"] == ["2010-01-01"]
    assert content["a"] == {"name": "old", "family": "SGD", "file_date": "2011-06-02", "annotations": 3}
    # A folder that exists is never written over.
    again = CliRunner().invoke(app, ["compare", "old", "new", "--csv", str(folder)])
    assert again.exit_code == 1 and "exists already" in again.stderr
    assert list(folder.parent.iterdir()) == [folder]


def test_every_two_files_as_markdown(loaded: Neo4jRunner) -> None:
    shown = run("compare", "--all", "--markdown")
    assert "| step | old | new |\n|---|---:|---:|\n| rows read | 3 | 2 |" in shown
    assert "| old | new | 1 | 1 | 1 | 0 | 1 | 1 | 0 | 0 | 1 |" in shown
    assert "| only A | gene not named there | 1 |" in shown


def test_the_release_axis_stands_in_place_of_a_name(loaded: Neo4jRunner) -> None:
    shown = run("compare", "new", "--as-known-on", "2018-06-02", "--ontology", "2018-06-01")
    assert shown.startswith("A old (2011-06-02) and B new (2018-06-03)")
    assert run("waterfall", "--as-known-on", "2018-06-02").startswith("old (2011-06-02): 3 rows, 2 pairs.")
    assert run("count", "--as-known-on", "2018-06-02").startswith("old (2011-06-02) has 3 rows")
    assert json.loads(run("known-on", "2018-06-02", "--json")) == {
        "day": "2018-06-02",
        "ontology": "2018-06-01",
        "sources": {"SGD": "old"},
        "undated": [],
    }


def test_blame_lists_events_records_and_the_term(loaded: Neo4jRunner) -> None:
    shown = run("blame", "aaa1", "GO:9000001")
    assert "SGD: first seen in old (2011-06-02): IDA, dated 2010-01-01." in shown
    assert "SGD: evidence added in new (2018-06-03): IEA, dated 2012-01-01." in shown
    assert "live" in shown
    content = json.loads(run("blame", "DDD4", "GO:9000002", "--json"))
    assert [(event["event"], event["not"]) for event in content["events"]] == [("first seen", True), ("dropped", True)]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["compare", "old"], "two annotation files are needed"),
        (["compare", "old", "none"], "there is no annotation file none: expected old or new"),
        (["compare", "old", "new", "--exclude", "XXX"], "there is no evidence code XXX"),
        (["compare", "old", "new", "--asserted-until", "20120101"], "--asserted-until is not a day"),
        (["compare", "old", "new", "--not", "maybe"], "--not cannot be maybe: expected drop or keep"),
        (["compare", "old", "new", "--by", "colour"], "--by cannot be colour"),
        (["compare", "old", "new", "--show", "all"], "--show cannot be all"),
        (["compare", "old", "new", "--ontology", "none"], "there is no ontology release none"),
        (["compare", "old", "new", "--gene-list", "none"], "there is no gene list none"),
        (["compare", "--as-known-on", "2018-06-02"], "two sources are needed that were there on 2018-06-02: found old"),
        (["waterfall", "--as-known-on", "2001-01-01"], "no annotation file is there to look at"),
        (["count"], "one annotation file is needed"),
        (["count", "old", "--term", "GO:1234567"], "has no live term GO:1234567"),
        (["blame", "ZZZ9", "GO:9000001"], "has no gene ZZZ9"),
        (["known-on", "yesterday"], "the day is not a day"),
    ],
)
def test_every_mistake_is_one_sentence(loaded: Neo4jRunner, arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1, result.stdout
    assert text in result.stderr
    assert result.stderr.startswith("error: ") and len(result.stderr.strip().splitlines()) == 1
