"""Cases 01 to 04 and 10: what is read from an ontology file, and which release it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import Conflict, FileRefused
from dcell_graph.graph import load
from dcell_graph.graph.runner import Neo4jRunner
from tests.cases.helpers import Program, everything, file_findings, folder

RELEASE = "2018-06-01"


def terms(runner: Neo4jRunner, release: str = RELEASE) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in runner.read("check/terms", release=release)}


def parents(runner: Neo4jRunner, release: str = RELEASE) -> set[str]:
    """``child relation parent``."""
    edges = runner.read("check/edges", release=release)
    return {f"{edge['child']} {edge['type'].lower()} {edge['parent']}" for edge in edges}


def test_case_01_escapes_modifiers_and_braces(runner: Neo4jRunner) -> None:
    result = load.load_ontology(runner, folder(1) / "go.obo")
    assert (result.counts["terms"], result.counts["edges"]) == (4, 4)
    found = terms(runner)
    assert sorted(found) == ["GO:0008150", "GO:9000001", "GO:9000011", "GO:9000012"]
    assert found["GO:9000011"]["name"] == "N(4)-{alpha}-linked process"
    assert found["GO:9000012"]["name"] == "N(4)-{beta}-Asn residue formation"
    assert found["GO:9000011"]["definition"] == (
        'A process with a "quoted" word, a colon: and a second\nline.'  # no backslashes left
    )
    assert found["GO:9000011"]["comment"] == "Uses 50% of {x}! Really."
    assert parents(runner) == {
        "GO:9000001 is_a GO:0008150",
        "GO:9000011 is_a GO:0008150",
        "GO:9000011 part_of GO:9000001",
        "GO:9000012 is_a GO:0008150",
    }
    # No id holds what followed it: a modifier in braces, or a hidden comment.
    assert {row["id"] for row in runner.read("read/find_terms", text="GO:")} == set(found)


def test_case_01_the_terms_do_not_depend_on_modifiers(runner: Neo4jRunner, tmp_path: Path) -> None:
    plain = tmp_path / "plain.obo"
    lines = (folder(1) / "go.obo").read_text().splitlines()
    plain.write_text("\n".join(line.split(' {is_inferred="true"}')[0].split(' {source="GOC')[0] for line in lines))
    assert plain.read_text() != (folder(1) / "go.obo").read_text()
    load.load_ontology(runner, folder(1) / "go.obo")
    assert load.load_ontology(runner, plain).already  # the same content


def test_case_02_bad_lines_cost_nothing_but_themselves(runner: Neo4jRunner) -> None:
    result = load.load_ontology(runner, folder(2) / "go.obo")
    assert (result.counts["terms"], result.counts["edges"]) == (4, 3)
    found = terms(runner)
    assert {term: row["name"] for term, row in found.items()} == {
        "GO:0008150": "biological_process",
        "GO:9000021": "first process",
        "GO:9000022": "second process",
        "GO:9000023": "third process",
    }
    assert parents(runner) == {
        "GO:9000021 is_a GO:0008150",
        "GO:9000022 is_a GO:9000021",
        "GO:9000023 is_a GO:9000022",
    }
    assert found["GO:9000021"]["definition"] == "Fine text."
    # Line 32 is the empty is_a.
    assert {finding for finding in file_findings(runner, "Release", RELEASE) if finding[0] == 32} == {
        (32, "refused", "structure")
    }
    assert not any(isinstance(value, date) for row in found.values() for value in row.values())


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("go-basic.obo", "this is a web page, not a data file"),
        ("header-only.obo", "no [Term] stanza was found"),
        ("empty.obo", "no [Term] stanza was found"),
    ],
)
def test_case_03_what_is_no_ontology_is_refused(program: Program, runner: Neo4jRunner, name: str, problem: str) -> None:
    load.load_ontology(runner, folder(4) / "lf.obo")
    before = everything(runner)
    sentence = program.refused("load", "ontology", folder(3) / name)
    assert str(folder(3) / name) in sentence
    assert problem in sentence
    assert everything(runner) == before


@pytest.mark.parametrize(
    "name",
    [
        *("lf.obo", "noeol.obo", "crlf.obo", "bom.obo", "crlf-bom-noeol.obo", "lf.obo.gz"),
        "named-gz-but-plain.obo.gz",  # the content decides, never the name
    ],
)
def test_case_04_every_encoding_is_the_same_release(runner: Neo4jRunner, name: str) -> None:
    result = load.load_ontology(runner, folder(4) / name)
    assert (result.name, result.counts) == (RELEASE, {"terms": 3, "live": 3, "edges": 2})
    assert {term: row["name"] for term, row in terms(runner).items()} == {
        "GO:0008150": "biological_process",
        "GO:9000001": "alpha process",
        "GO:9000002": "last process",
    }
    assert parents(runner) == {"GO:9000001 is_a GO:0008150", "GO:9000002 is_a GO:9000001"}
    assert result.findings == {}
    assert load.load_ontology(runner, folder(4) / "lf.obo").already


def test_case_04_the_same_release_again_is_said_to_be_identical(program: Program) -> None:
    assert program("load", "ontology", folder(4) / "lf.obo").status == 0
    said = program("load", "ontology", folder(4) / "crlf-bom-noeol.obo")
    assert said.status == 0
    assert "was loaded already, identical" in said.out


def test_case_10_a_file_without_a_release_needs_one_from_the_user(program: Program, runner: Neo4jRunner) -> None:
    before = everything(runner)
    sentence = program.refused("load", "ontology", folder(10) / "no-version.obo")
    assert "the header does not say which release this is" in sentence
    assert "--release" in sentence
    assert everything(runner) == before

    load.load_ontology(runner, folder(10) / "no-version.obo", release="mine")
    release = runner.read("read/ready", kind="Release", name="mine")[0]["properties"]
    assert (release["terms"], release["release_from"], release.get("date")) == (2, "user", None)


def test_case_10_the_date_line_is_day_first(runner: Neo4jRunner) -> None:
    assert load.load_ontology(runner, folder(10) / "date-only.obo").name == "2018-06-01"
    release = runner.read("read/ready", kind="Release", name="2018-06-01")[0]["properties"]
    assert (str(release["date"]), release["release_from"]) == ("2018-06-01", "date")


def test_case_10_other_content_under_the_same_release_is_refused(program: Program, runner: Neo4jRunner) -> None:
    assert program("load", "ontology", folder(10) / "v-a.obo").status == 0
    before = everything(runner)
    sentence = program.refused("load", "ontology", folder(10) / "v-b.obo")
    assert "Release 2018-06-01 is loaded already, with other content" in sentence
    assert str(folder(10) / "v-a.obo") in sentence and str(folder(10) / "v-b.obo") in sentence
    assert everything(runner) == before
    assert len(terms(runner)) == 2

    said = program("load", "ontology", folder(10) / "v-a.obo")
    assert (said.status, "was loaded already, identical" in said.out) == (0, True)
    assert everything(runner) == before


def test_case_10_the_other_content_can_be_kept_apart_under_another_name_only_if_it_says_so(
    runner: Neo4jRunner,
) -> None:
    load.load_ontology(runner, folder(10) / "v-a.obo")
    with pytest.raises(FileRefused, match="the file holds another release than was asked for"):
        load.load_ontology(runner, folder(10) / "v-b.obo", release="2018-06-01b")
    with pytest.raises(Conflict, match="loaded already under the name 2018-06-01"):
        load.load_ontology(runner, folder(10) / "no-version.obo", release="mine")
