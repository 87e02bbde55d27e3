"""Cases 22, 26, 27, 28 and 33: what is one annotation, and what an ontology release says about it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dcell_graph.graph import load
from dcell_graph.graph.find import find
from dcell_graph.graph.judge import judge
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from tests.cases.helpers import (
    Program,
    build,
    everything,
    fates,
    folder,
    genes,
    load_case,
    positive_pairs,
    remarks,
    stored,
    text,
)

RELEASE = "2018-06-01"


def test_case_22_what_is_a_duplicate(runner: Neo4jRunner) -> None:
    load_case(runner, 22)
    # Line 13 is also a contradiction of the others, so it is flagged.
    assert fates(runner, "ann", RELEASE) == {
        4: "KEEP",
        5: "MERGE",
        6: "MERGE",
        7: "MERGE",
        8: "KEEP",
        9: "KEEP",
        10: "MERGE",
        11: "KEEP",
        12: "MERGE",
        13: "KEEP-FLAG",
    }
    assert fates(runner, "ann", None)[13] == "KEEP"
    rows = stored(runner, "ann")
    assert list(rows) == [4, 8, 9, 11, 13]
    first = rows[4]["properties"]
    assert first["lines"] == [4, 5, 6, 7, 12]
    assert [str(day) for day in first["dates"]] == ["2018-01-01", "2018-02-02"]
    assert first["assigned_by"] == ["SGD", "UniProt"]
    assert first["references"] == ["PMID:99000001", "SGD_REF:S000990501"]
    assert [line for line, row in rows.items() if row["properties"]["negated"]] == [13]
    assert positive_pairs(runner, "ann") == {"AAA1 GO:9000002"}
    assert {row["product"] for row in rows.values()} == {"SGD:S000990001"}

    judgement = judge(runner, "ann", RELEASE)
    assert (judgement.rows, judgement.kept, judgement.merged, judgement.refused) == (10, 5, 5, 0)
    assert judgement.counts() == {"flagged: contradiction": 1, "merged: duplicate": 5}
    assert text(judgement, 13, "contradiction") == "AAA1 is NOT at GO:9000002, but positive in lines 4, 8, 9, 11"


def test_case_22_neither_a_second_load_nor_another_order_changes_that(runner: Neo4jRunner, tmp_path: Path) -> None:
    load_case(runner, 22)
    before = everything(runner)
    assert load.load_annotations(runner, folder(22) / "ann.gaf", name="ann").already
    lines = (folder(22) / "ann.gaf").read_text().splitlines(keepends=True)
    shuffled = tmp_path / "ann.gaf"
    shuffled.write_text("".join(lines[:3] + lines[:2:-1]))
    assert load.load_annotations(runner, shuffled, name="ann").already
    assert everything(runner) == before

    load.remove(runner, "AnnotationFile", "ann")
    counts = load.load_annotations(runner, shuffled, name="ann").counts
    assert (counts["rows"], counts["annotations"], counts["merged"], counts["products"]) == (10, 5, 5, 1)
    assert judge(runner, "ann", RELEASE).counts() == {"flagged: contradiction": 1, "merged: duplicate": 5}


def test_case_26_the_ontology_decides_the_namespace(runner: Neo4jRunner) -> None:
    load_case(runner, 26)
    expected = {4: "KEEP-FLAG", 5: "KEEP", 6: "KEEP-FLAG", 7: "KEEP-FLAG", 8: "KEEP-FLAG", 9: "KEEP-FLAG"}
    assert fates(runner, "ann", RELEASE) == expected
    judgement = judge(runner, "ann", RELEASE)
    assert remarks(judgement, 8) == [("flagged", "aspect"), ("flagged", "relation")]
    for line in (4, 6, 7, 9):
        assert remarks(judgement, line) == [("flagged", "aspect")]
    assert text(judgement, 4, "aspect") == (
        "the aspect is P, but GO:9000102 is a molecular function; the ontology decides"
    )
    assert text(judgement, 8, "relation") == (
        "the relation contributes_to does not fit a biological process (GO:9000002)"
    )
    aspects = {line: row["properties"].get("aspect") for line, row in stored(runner, "ann").items()}
    assert aspects == {4: "P", 5: "P", 6: "X", 7: None, 8: "F", 9: "T"}

    five = "BBB2 CCC3 DDD4 EEE5 FFF6"
    process, function = build(runner, "process", branches="P"), build(runner, "function", branches="F")
    assert genes(process) == dict.fromkeys(["GO:0008150", "GO:9000001", "GO:9000002"], five)
    assert genes(function) == dict.fromkeys(["GO:0003674", "GO:9000101", "GO:9000102"], "AAA1")


def test_case_27_not_is_never_positive_and_never_goes_up(runner: Neo4jRunner) -> None:
    load_case(runner, 27)
    rows = stored(runner, "ann")
    assert list(rows) == [4, 5, 6, 7, 8]
    assert [line for line, row in rows.items() if row["properties"]["negated"]] == [5, 6, 8]
    assert set(fates(runner, "ann", None).values()) == {"KEEP"}
    snapshot = build(runner, "process", branches="P")
    assert genes(snapshot) == {
        "GO:9000003": "AAA1",
        "GO:9000002": "AAA1 CCC3",
        "GO:9000001": "AAA1 CCC3",
        "GO:0008150": "AAA1 CCC3",
    }
    assert "BBB2" not in set(snapshot.genes["symbol"])


def test_case_27_a_gene_with_nothing_but_not_is_still_found(program: Program, runner: Neo4jRunner) -> None:
    load_case(runner, 27)
    (found,) = find(runner, "BBB2")
    assert (found.id, found.annotations, found.negated) == ("SGD:S000990002", 1, 1)
    said = program("find", "BBB2")
    heading, row = said.out.strip().splitlines()
    assert heading.split() == ["kind", "id", "name", "matched", "annotations", "NOT", "in"]
    assert row.split() == ["product", "SGD:S000990002", "BBB2", "BBB2", "1", "1", "ann"]


def test_case_27_contradictions_are_reported(program: Program, runner: Neo4jRunner, tmp_path: Path) -> None:
    load_case(runner, 27)
    judgement = judge(runner, "ann", RELEASE)
    assert judgement.counts() == {"flagged: contradiction": 2}
    assert text(judgement, 8, "contradiction") == "CCC3 is NOT at GO:9000002, but positive in line 7"
    assert text(judgement, 5, "contradiction") == (
        "AAA1 is NOT at GO:9000001, but positive on a term below it in line 4"
    )
    said = program("load", "report", "annotations", "ann", "--release", RELEASE, "--csv", tmp_path / "out.csv")
    assert said.out.splitlines()[:2] == [
        "5 rows = 5 kept + 0 merged + 0 refused, on release 2018-06-01",
        "  2 flagged: contradiction",
    ]
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "line,outcome,reason,by,text"
    assert [line.split(",")[0] for line in lines[1:]] == ["5", "8"] and all("is NOT at" in line for line in lines[1:])


def test_case_28_no_data_rows(runner: Neo4jRunner) -> None:
    load_case(runner, 28)
    # Line 4 is kept and reported, because AAA1 has data in the same branch.
    assert fates(runner, "ann", RELEASE) == {
        4: "KEEP-FLAG",
        5: "KEEP-FLAG",
        6: "REFUSE",
        7: "KEEP-FLAG",
        8: "KEEP",
        9: "KEEP",
    }
    judgement = judge(runner, "ann", RELEASE)
    assert text(judgement, 4, "no data") == "no data on AAA1 in biological process, but there are some in line 8"
    assert text(judgement, 5, "alt_id") == "GO:0000004 is used as GO:0008150, which took the id over"
    assert text(judgement, 6, "no data") == "ND on GO:9000001, which is not a root"
    assert remarks(judgement, 7) == [("flagged", "root")]
    assert (judgement.rows, judgement.kept, judgement.merged, judgement.refused) == (6, 5, 0, 1)
    # No data and nothing else, branch by branch.
    assert judgement.no_data == {
        "biological_process": (("SGD:S000990002", "BBB2"),),
        "molecular_function": (("SGD:S000990005", "EEE5"),),
        "cellular_component": (),
    }


def test_case_28_no_data_is_never_positive_evidence(runner: Neo4jRunner) -> None:
    load_case(runner, 28)
    snapshot = build(runner, "all")
    assert genes(snapshot) == {
        "GO:0008150": "AAA1",
        "GO:9000001": "AAA1",
        "GO:9000002": "AAA1",
        "GO:0005575": "DDD4",
        "GO:ROOT": "AAA1 DDD4",
    }
    # Kept on request, but off a root it is no record at all.
    kept = genes(build(runner, "kept", branches="P", no_data="keep"))
    assert kept == {"GO:0008150": "AAA1 BBB2", "GO:9000001": "AAA1", "GO:9000002": "AAA1"}
    last = genes(build(runner, "last", branches="P", no_data="keep", record="last"))
    assert last == kept


def test_case_28_the_program_lists_the_genes_without_data(program: Program, runner: Neo4jRunner) -> None:
    load_case(runner, 28)
    said = program("load", "report", "annotations", "ann", "--release", RELEASE, "--json").json()
    assert said["no_data"]["biological_process"] == [{"gene": "SGD:S000990002", "symbol": "BBB2"}]
    assert said["counts"] == {
        "flagged: alt_id": 1,
        "flagged: no data": 1,
        "flagged: root": 1,
        "refused: no data": 1,
    }
    assert [said[key] for key in ("rows", "kept", "merged", "refused")] == [6, 5, 0, 1]


def four(runner: Neo4jRunner) -> None:
    """The store itself: four annotations, no two with the same key, of two genes."""
    rows = stored(runner, "ann")
    assert len(rows) == 4
    keys = {
        (row["product"], row["term"], *(row["properties"].get(key) for key in ("evidence", "extension", "with_from")))
        for row in rows.values()
    }
    assert keys == {
        ("SGD:S000990001", "GO:9000002", "IDA", None, None),
        ("SGD:S000990001", "GO:9000002", "IDA", "part_of(CL:0000001)", None),
        ("SGD:S000990002", "GO:9000002", "IMP", None, None),
        ("SGD:S000990002", "GO:9000002", "IMP", None, "SGD:S000990003"),
    }
    assert {row["product"] for row in rows.values()} == {"SGD:S000990001", "SGD:S000990002"}


def test_case_33_empty_fields_in_the_key(runner: Neo4jRunner) -> None:
    result = load.load_annotations(runner, folder(33) / "ann.gaf", name="ann")
    assert (result.counts["annotations"], result.counts["products"], result.counts["refused"]) == (4, 2, 1)
    assert fates(runner, "ann", None)[8] == "REFUSE"
    four(runner)
    before = everything(runner)
    for again in ("ann.gaf", "ann-shuffled.gaf"):
        assert load.load_annotations(runner, folder(33) / again, name="ann").already
        four(runner)
    assert everything(runner) == before

    load.remove(runner, "AnnotationFile", "ann")
    load.load_annotations(runner, folder(33) / "ann-shuffled.gaf", name="ann")
    four(runner)
    assert [line for line, fate in fates(runner, "ann", None).items() if fate == "REFUSE"] == [6]


def test_case_33_two_loads_at_the_same_moment(runner: Neo4jRunner, database_settings: Settings) -> None:
    program = "from dcell_graph.cli import main; main()"
    command = [sys.executable, "-c", program, "load", "annotations", str(folder(33) / "ann.gaf")]
    environment = os.environ | {"DCELL_GRAPH_HOME": str(database_settings.home)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("was loaded already, identical" in output for output in outputs) == [False, True]
    four(runner)
