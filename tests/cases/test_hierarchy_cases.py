"""Cases 05, 06, 07, 09 and 12: what carries a gene upward, and what is in no snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import RecipeError
from dcell_graph.graph import load
from dcell_graph.graph.build import list_snapshots
from dcell_graph.graph.find import find
from dcell_graph.graph.judge import judge
from dcell_graph.graph.runner import Neo4jRunner
from tests.cases.helpers import (
    Program,
    build,
    everything,
    fates,
    file_findings,
    folder,
    genes,
    load_case,
    positive_pairs,
    remarks,
    text,
)

RELEASE = "2018-06-01"
ALL_SIX = "AAA1 BBB2 CCC3 DDD4 EEE5 FFF6"


def test_case_05_is_a_and_part_of_carry_a_gene(runner: Neo4jRunner) -> None:
    load_case(runner, 5)
    assert runner.read("read/ready", kind="Release", name=RELEASE)[0]["properties"]["terms"] == 7  # no typedefs
    by_default = {
        "GO:9000031": "AAA1",
        "GO:9000032": "BBB2 EEE5 FFF6",
        "GO:9000033": "CCC3 DDD4",
        "GO:9000034": "DDD4",
        "GO:9000035": "EEE5",
        "GO:9000036": "FFF6",
        "GO:0008150": ALL_SIX,
    }
    snapshot = build(runner, "default")
    assert genes(snapshot) == by_default
    links = list(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True))
    assert links.count(("GO:9000036", "GO:9000032")) == 1  # by is_a and by part_of
    assert len(links) == len(set(links)) == 7

    only_is_a = build(runner, "is_a", relations=["is_a"])
    assert genes(only_is_a) == by_default | {"GO:9000032": "BBB2 FFF6"}


def test_case_05_regulates_carries_a_gene_only_if_asked_to(runner: Neo4jRunner) -> None:
    load_case(runner, 5)
    snapshot = build(runner, "regulates", relations=["is_a", "part_of", "regulates"])
    assert genes(snapshot)["GO:9000032"] == "BBB2 CCC3 DDD4 EEE5 FFF6"
    assert genes(snapshot)["GO:9000031"] == "AAA1"  # has_part never, in neither direction
    assert snapshot.manifest.recipe["relations"] == ["is_a", "part_of", "regulates"]


def test_case_05_typedefs_are_no_terms(runner: Neo4jRunner) -> None:
    load_case(runner, 5)
    ids = {end for edge in runner.read("check/edges", release=RELEASE) for end in (edge["child"], edge["parent"])}
    assert ids <= {"GO:0008150", *(f"GO:900003{number}" for number in range(1, 7))}
    assert [one for one in find(runner, "regulates") if one.kind == "term"] == []


def test_case_06_genes_cross_between_branches_only_if_asked_to(runner: Neo4jRunner) -> None:
    load_case(runner, 6)
    off = build(runner, "off", branches="P")
    on = build(runner, "on", branches="P", cross_namespace=True)
    function = build(runner, "function", branches="F")
    assert genes(off) == {"GO:0008150": "BBB2", "GO:9000041": "BBB2"}
    assert genes(on) == {"GO:0008150": "AAA1 BBB2", "GO:9000041": "AAA1 BBB2"}
    assert genes(function) == {"GO:0003674": "AAA1", "GO:9000042": "AAA1"}
    assert genes(build(runner, "function-on", branches="F", cross_namespace=True)) == genes(function)
    # The setting is part of the definition: two snapshots that differ only in it are different.
    assert off.manifest.recipe["cross_namespace"] is False
    assert on.manifest.recipe["cross_namespace"] is True
    assert off.manifest.snapshot_id != on.manifest.snapshot_id


def test_case_06_the_link_is_stored_and_marked_whatever_the_setting(runner: Neo4jRunner) -> None:
    load_case(runner, 6)
    marked = [
        (edge["child"], edge["type"], edge["parent"])
        for edge in runner.read("check/edges", release=RELEASE)
        if edge["crosses"]
    ]
    assert marked == [("GO:9000042", "PART_OF", "GO:9000041")]


def test_case_06_both_branches_end_under_one_stated_root(runner: Neo4jRunner) -> None:
    load_case(runner, 6)
    snapshot = build(runner, "both", branches="PF")
    top = snapshot.terms[snapshot.terms["artificial"]]
    assert list(top["term"]) == ["GO:ROOT"]
    joined = snapshot.parents[snapshot.parents["parent"] == "GO:ROOT"]
    assert sorted(joined["child"]) == ["GO:0003674", "GO:0008150"]
    assert snapshot.manifest.recipe["super_root"] == "when-needed"


def test_case_07_a_cycle_is_named_at_loading_and_refuses_the_snapshot(runner: Neo4jRunner) -> None:
    load_case(runner, 7, obo="cycle.obo")
    release = runner.read("read/ready", kind="Release", name=RELEASE)[0]["properties"]
    assert (release["terms"], release["edges"]) == (4, 4)
    relations = [edge["type"] for edge in runner.read("check/edges", release=RELEASE)]
    assert (relations.count("IS_A"), relations.count("PART_OF")) == (3, 1)
    (finding,) = [row["text"] for row in load.findings(runner, "Release", RELEASE) if row["reason"] == "cycle"]
    assert "GO:9000051 part_of GO:9000052" in finding
    assert "GO:9000052 is_a GO:9000051" in finding
    assert "GO:9000054" not in finding

    before = everything(runner)
    with pytest.raises(RecipeError, match="the links of 2018-06-01 have a cycle") as refusal:
        build(runner, "refused", branches="C")
    sentence = str(refusal.value)
    assert "GO:9000051" in sentence and "GO:9000052" in sentence
    assert "GO:9000054" not in sentence
    assert everything(runner) == before
    assert list_snapshots(runner) == []

    assert genes(build(runner, "is_a", branches="C", relations=["is_a"])) == {
        "GO:9000051": "AAA1 BBB2",
        "GO:9000052": "BBB2",
        "GO:9000054": "BBB2",
        "GO:0005575": "AAA1 BBB2",
    }


def test_case_07_a_term_that_is_its_own_parent(runner: Neo4jRunner, program: Program, tmp_path: Path) -> None:
    place = folder(7)
    load.load_ontology(runner, place / "selfloop.obo")
    (finding,) = [row["text"] for row in load.findings(runner, "Release", RELEASE) if row["reason"] == "cycle"]
    assert "GO:9000053 is_a GO:9000053" in finding
    assert "GO:0005575 and" not in finding and "and GO:0005575" not in finding
    gaf = (place / "ann.gaf").read_text().replace("GO:9000051", "GO:9000053")
    (tmp_path / "own.gaf").write_text(gaf)
    load.load_annotations(runner, tmp_path / "own.gaf", name="own")
    sentence = program.refused("snapshot", "build", "loop", "--recipe", "default", "--set", 'relations=["is_a"]')
    assert "GO:9000053" in sentence and "cycle" in sentence
    assert list_snapshots(runner) == []


def test_case_09_lost_parents_and_missing_lines(runner: Neo4jRunner) -> None:
    load_case(runner, 9)
    assert runner.read("read/ready", kind="Release", name=RELEASE)[0]["properties"]["terms"] == 5
    found = file_findings(runner, "Release", RELEASE)
    texts = {row["text"] for row in load.findings(runner, "Release", RELEASE)}
    assert {finding for finding in found if finding[2] == "dangling"} == {
        (16, "refused", "dangling"),
        (27, "refused", "dangling"),
    }
    assert any("GO:9000081 is_a GO:9000099" in one for one in texts)
    assert any("GO:9000083 is_a GO:9000098" in one for one in texts)
    assert {finding[2] for finding in found if finding[1] == "flagged"} == {"no name", "no namespace"}
    assert any("GO:9000082" in one and "no name" in one for one in texts)
    assert any("GO:9000084" in one and "no namespace" in one for one in texts)


def test_case_09_what_is_nowhere_defined_is_no_term(runner: Neo4jRunner) -> None:
    load_case(runner, 9)
    ids = {row["id"] for row in runner.read("check/terms", release=RELEASE)}
    assert not ids & {"GO:9000098", "GO:9000099"}
    assert find(runner, "GO:9000099") == [] == find(runner, "GO:9000098")
    (nameless,) = find(runner, "GO:9000082")
    assert nameless.name == "GO:9000082"
    assert [one.id for one in find(runner, "GO:900008")] == [f"GO:900008{number}" for number in range(1, 5)]


def test_case_09_rows_on_such_terms(runner: Neo4jRunner) -> None:
    load_case(runner, 9)
    assert fates(runner, "ann", RELEASE) == {4: "KEEP", 5: "KEEP", 6: "KEEP-FLAG", 7: "REFUSE"}
    judgement = judge(runner, "ann", RELEASE)
    assert remarks(judgement, 6) == [("flagged", "unrooted")]
    assert remarks(judgement, 7) == [("refused", "unknown")]
    assert (judgement.rows, judgement.kept, judgement.merged, judgement.refused) == (4, 3, 0, 1)

    snapshot = build(runner, "process", branches="P")
    assert genes(snapshot) == {"GO:0008150": "AAA1 BBB2", "GO:9000081": "AAA1", "GO:9000082": "BBB2"}
    names = dict(zip(snapshot.terms["term"], snapshot.terms["name"], strict=True))
    assert names["GO:9000082"] == "GO:9000082"
    assert dict(zip(snapshot.removed["term"], snapshot.removed["stage"], strict=True)) == {"GO:9000083": "unrooted"}


def test_case_12_obsolete_terms_carry_nothing(runner: Neo4jRunner) -> None:
    load_case(runner, 12)
    texts = {row["text"] for row in load.findings(runner, "Release", RELEASE)}
    assert any("GO:9000091" in one and "obsolete" in one and "has the parent" in one for one in texts)
    assert any("GO:9000092" in one and "under the obsolete GO:9000091" in one for one in texts)
    assert any("GO:9000093" in one and "alt_id" in one and "obsolete" in one for one in texts)

    assert fates(runner, "ann", RELEASE) == {4: "KEEP", 5: "KEEP-FLAG", 6: "REFUSE"}
    judgement = judge(runner, "ann", RELEASE)
    assert text(judgement, 5, "alt_id") == "GO:9000093 is used as GO:9000001, which took the id over"
    assert text(judgement, 6, "obsolete") == "GO:9000091 is obsolete in release 2018-06-01, nothing is offered instead"

    snapshot = build(runner, "process", branches="P")
    assert genes(snapshot) == {
        "GO:9000001": "BBB2",
        "GO:9000005": "AAA1",
        "GO:9000092": "AAA1",
        "GO:0008150": "AAA1 BBB2",
    }
    assert not {"GO:9000091", "GO:9000093"} & {*snapshot.terms["term"], *snapshot.removed["term"]}
    assert positive_pairs(runner, "ann") == {"AAA1 GO:9000092", "BBB2 GO:9000093", "CCC3 GO:9000091"}
