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
        (
            ["waterfall", "--as-known-on", "2001-01-01", "--ontology", "2018-06-01"],
            "no annotation file is there to look at",
        ),
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


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--all", "--changes"], "does not go with: --changes"),
        (["--all", "--show", "both", "--by", "year"], "it takes none of: --by, --show"),
        (["--markdown", "old", "new"], "only --all can be printed as Markdown: --markdown"),
        (["--all", "--markdown", "--json"], "--json prints everything, so it takes none of: --markdown"),
        (["old", "new", "--json", "--by", "year"], "--json prints everything, so it takes none of: --by"),
        (["old", "new", "--limit", "3"], "without --show nothing is listed that could be limited: --limit"),
        (
            ["old", "new", "--changes", "--exclude", "IEA", "--not", "drop", "--nd", "drop", "--explain"],
            "NOT and ND included, so it takes none of: --exclude, --not, --nd, --explain; leave that out",
        ),
        (
            [
                *["old", "new", "--changes", "--asserted-from", "2010-01-01", "--asserted-until", "2011-01-01"],
                *["--namespace", "biological_process", "--gene-list", "x", "--by", "year"],
            ],
            "none of: --asserted-from, --asserted-until, --namespace, --gene-list, --by;",
        ),
        (["old", "new", "--exclude", "nd", "--nd", "keep"], "--exclude ND and --nd keep contradict each other"),
        (["new", "--as-known-on", "2018-05-31"], "no loaded ontology release was out by 2018-05-31: found 2018-06-01"),
    ],
)
def test_options_that_would_do_nothing_are_refused(loaded: Neo4jRunner, arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(app, ["compare", *arguments])
    assert result.exit_code == 1, result.stdout
    assert text in result.stderr
    assert result.stderr.startswith("error: ") and len(result.stderr.strip().splitlines()) == 1


def test_nd_is_named_once(loaded: Neo4jRunner) -> None:
    shown = run("compare", "old", "new", "--exclude", "ND", "--exclude", "IGI")
    assert "Compared: without NOT, without ND, without IGI; terms" in shown


def test_a_newer_ontology_than_the_day_is_named_and_noted(loaded: Neo4jRunner) -> None:
    note = "The ontology 2018-06-01 is newer than 2011-12-31: terms are seen as they were on 2018-06-01."
    asked = ("--as-known-on", "2011-12-31", "--ontology", "2018-06-01")
    for command in (("compare", "new"), ("compare", "new", "--changes"), ("waterfall",), ("count",)):
        assert note in run(*command, *asked)
        assert note not in run(*command, "--as-known-on", "2018-06-02", "--ontology", "2018-06-01")
    assert json.loads(run("waterfall", *asked, "--json"))["notes"][0] == note


def test_months_count_for_changes(loaded: Neo4jRunner) -> None:
    # 2011-06-02 to 2018-06-03 is 84 months and a day.
    assert "84 months older" in run("compare", "old", "new", "--changes", "--months", "84")
    assert "months older" not in run("compare", "old", "new", "--changes", "--months", "85")


def test_every_two_files_as_json_and_csv(loaded: Neo4jRunner, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    world = World(tmp_path / "again", TERMS, step=OLD + "DDD4 GO:9000001 IDA 20100101")
    load.load_annotations(loaded, world.gafs["step"], name="step")
    # One pair more than old has; the name of the file is that of a heading.
    # A file is not compared with itself.
    assert "only A" not in run("compare", "step", "step", "--all")
    content = json.loads(run("compare", "--all", "--json"))
    assert [(row["A"], row["B"], row["only A"], row["only B"]) for row in content["totals"]] == [
        # In the order of the days: step says 2018-06-02, new 2018-06-03. Only step has DDD4, only new CCC3.
        ("old", "step", 0, 1),
        ("old", "new", 1, 1),
        ("step", "new", 2, 1),
    ]
    folder = tmp_path / "tables"
    run("compare", "--all", "--csv", str(folder))
    assert sorted(path.name for path in folder.iterdir()) == [
        *("by_explanation.csv", "notes.txt", "steps.csv", "totals.csv")
    ]
    with (folder / "by_explanation.csv").open(newline="") as file:
        rows = [(row["A"], row["B"], row["side"], row["pairs"]) for row in csv.DictReader(file)]
    assert rows[-1][:2] == ("step", "new") and ("old", "step", "only_b", "1") in rows


def test_two_files_that_say_the_same(loaded: Neo4jRunner, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    world = World(tmp_path / "again", TERMS, line=OLD.replace("20100101", "20100102"))
    load.load_annotations(loaded, world.gafs["line"], name="line")
    shown = run("compare", "--all", "old", "line")
    # 3 rows each, one of them a NOT: 2 pairs, the same but for the date. The name of the file is only a name.
    assert [row.split() for row in shown.splitlines() if row.startswith("rows read")] == [["rows", "read", "3", "3"]]
    assert ["old", "line", "0", "0", "2", "0", "0", "2", "0", "0", "2"] in [row.split() for row in shown.splitlines()]
    assert not any(line.startswith(("only A", "only B", "side")) for line in shown.splitlines())
    assert "neither file has a pair that the other lacks" in run("compare", "old", "line")


def test_blame_leaves_out_what_is_absent(loaded: Neo4jRunner, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    world = World(tmp_path / "again", TERMS, undated=OLD)
    gaf = world.gafs["undated"]
    gaf.write_text(gaf.read_text().replace("!date-generated: 2018-06-02\n", ""))
    load.load_annotations(loaded, gaf, name="undated")
    content = json.loads(run("blame", "AAA1", "GO:9000001", "--json"), parse_constant=pytest.fail)
    assert {event["file"]: event["file_date"] for event in content["events"]} == {
        "old": "2011-06-02",
        "new": "2018-06-03",
        "undated": None,
    }
    assert "nan" not in run("blame", "AAA1", "GO:9000001").lower()


def test_reports_of_files(loaded: Neo4jRunner, tmp_path: Path) -> None:
    clean = tmp_path / "clean.obo"
    lines = (tmp_path / "go.obo").read_text().replace("2018-06-01", "2018-07-01").splitlines()
    clean.write_text("".join(f"{line}\n" + ("name: a name\n" if line.startswith("id:") else "") for line in lines))
    load.load_ontology(loaded, clean)
    shown = run("load", "report", "ontology", "2018-07-01", "--summary")
    assert shown == "no line of 2018-07-01 was refused, merged or flagged\n"
    refused = CliRunner().invoke(app, ["load", "report", "annotations", "old", "--genome", "nope"])
    assert (refused.exit_code, refused.stderr) == (
        1,
        "error: --genome only matters with --release; name a release, or leave --genome out\n",
    )
    for command in (["load", "report", "annotations", "old"], ["load", "identity", "old", "--genome", "as-annotated"]):
        refused = CliRunner().invoke(app, [*command, "--csv", ""])
        assert (refused.exit_code, refused.stderr) == (
            1,
            "error: .: --csv names a folder, not a file; name a file\n",
        )
