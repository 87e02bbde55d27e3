"""What a load takes for the same, refuses, and keeps apart: headers, species, families, names and folders."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.graph import load
from dcell_graph.graph.comparison.known_on import known_on, loaded_sources
from dcell_graph.graph.judge import judge
from dcell_graph.graph.resolution import resolved
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.shrink import shrinkages
from dcell_graph.settings import Settings
from tests.cases.helpers import Program, everything
from tests.json_files import on_lines, record
from tests.small_world import World, gaf_row

TERMS = "GO:0008150 P\nGO:9000001 P is_a=GO:0008150"
HEAD = "!gaf-version: 2.2\n!date-generated: 2018-06-02\n"


@pytest.fixture
def program(runner: Neo4jRunner, database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The command line, on an empty database."""
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    for name in ("NEO4J_URI", "DCELL_GRAPH_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    return Program()


@pytest.fixture
def features(tmp_path: Path) -> Path:
    """A genome of AAA1 and BBB2."""
    path = tmp_path / "features.tab"
    rows = [("S000990001", "YPR901W", "AAA1"), ("S000990002", "YPR902C", "BBB2")]
    path.write_text("".join("\t".join([a, "ORF", "Verified", b, c, *[""] * 11]) + "\n" for a, b, c in rows))
    return path


def write(path: Path, *rows: str, head: str = HEAD) -> Path:
    path.write_text(head + "".join(rows))
    return path


def protein(symbol: str, taxon: str, accession: str) -> str:
    row = gaf_row(symbol, "GO:9000001").replace("taxon:559292", taxon)
    return row.replace(f"SGD\tS-{symbol}", f"UniProtKB\t{accession}", 1)


def test_a_genome_stays_while_a_gene_list_needs_it(runner: Neo4jRunner, features: Path, tmp_path: Path) -> None:
    listed = tmp_path / "mine.txt"
    listed.write_text("YPR901W\nYPR902C\n")
    load.load_genome(runner, features, name="sgd")
    load.load_gene_list(runner, listed, name="mine", genome="sgd")
    before = everything(runner)
    with pytest.raises(Conflict, match=r"Genome sgd cannot be removed.*found mine; .*load remove gene-list NAME"):
        load.remove(runner, "Genome", "sgd")
    assert everything(runner) == before
    load.remove(runner, "GeneList", "mine")
    load.remove(runner, "Genome", "sgd")
    with pytest.raises(NotFound, match=r"the genome other one is not loaded; .*--genome 'other one'"):
        load.load_gene_list(runner, listed, name="mine", genome="other one")


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        (HEAD.replace("06-02", "07-02"), [gaf_row("AAA1", "GO:9000001")]),
        ("!gaf-version: 2.2\n", [gaf_row("AAA1", "GO:9000001")]),
        (HEAD + "!go-version: http://x/releases/2018-06-01/go.owl\n", [gaf_row("AAA1", "GO:9000001")]),
        (HEAD, [gaf_row("AAA1", "GO:9000001"), gaf_row("BBB2", "GO:9000001", day="20190230")]),
        (HEAD, [gaf_row("AAA1", "GO:9000001")] * 2),
    ],
)
def test_another_header_or_another_fate_of_rows_is_another_content(
    runner: Neo4jRunner, tmp_path: Path, head: str, rows: list[str]
) -> None:
    load.load_annotations(runner, write(tmp_path / "a.gaf", gaf_row("AAA1", "GO:9000001")), name="a")
    other = write(tmp_path / "b.gaf", *rows, head=head)
    with pytest.raises(Conflict, match="AnnotationFile a is loaded already, with other content"):
        load.load_annotations(runner, other, name="a")
    assert not load.load_annotations(runner, other, name="b").already


def test_releases_of_the_same_terms_stand_side_by_side(runner: Neo4jRunner, tmp_path: Path) -> None:
    world = World(tmp_path, TERMS)
    load.load_ontology(runner, world.obo)
    later = tmp_path / "later.obo"
    later.write_text(world.obo.read_text().replace("2018-06-01", "2018-07-01"))
    result = load.load_ontology(runner, later)
    assert (result.name, result.already, result.counts["terms"]) == ("2018-07-01", False, 2)


def test_a_product_of_another_species_is_no_gene_of_yeast(runner: Neo4jRunner, features: Path, tmp_path: Path) -> None:
    load.load_ontology(runner, World(tmp_path, TERMS).obo)
    load.load_genome(runner, features, name="before")
    rows = [protein("AAA1", "taxon:9606", "P1"), protein("BBB2", "taxon:4932", "P2"), protein("AAA1", "", "P3")]
    load.load_annotations(runner, write(tmp_path / "goa.gaf", *rows), name="goa")
    load.remove(runner, "Genome", "before")
    load.load_genome(runner, features, name="sgd")
    found = {one.product: (one.outcome, one.genes, one.why) for one in resolved(runner, "goa", "sgd").identities}
    assert found == {
        "UniProtKB:P1": ("outside the genome", (), "of another species, taxon:9606"),
        "UniProtKB:P2": ("standard name", ("YPR902C",), None),
        "UniProtKB:P3": ("standard name", ("YPR901W",), None),
    }
    texts = [one.text for one in judge(runner, "goa", "2018-06-01", "sgd").remarks if one.reason == "gene"]
    assert texts == [
        "UniProtKB:P1 AAA1: outside the genome (of another species, taxon:9606), so it stands for no gene of sgd"
    ]


def test_files_of_another_species_are_another_family(runner: Neo4jRunner, tmp_path: Path) -> None:
    """Three files of UniProtKB: yeast in May, human in June (one of three products is of yeast), yeast in July."""
    yeast = [protein(f"A{n}", "taxon:559292", f"P{n}") for n in range(5)]
    human = [protein(f"H{n}", "taxon:9606", f"Q{n}") for n in range(2)] + [protein("A0", "taxon:559292", "P0")]
    files = {"may": (yeast, "05"), "june": (human, "06"), "july": ([protein("A0", "taxon:4932", "P0")], "07")}
    for name, (rows, month) in files.items():
        path = write(tmp_path / f"{name}.gaf", *rows, head=HEAD.replace("-06-", f"-{month}-"))
        load.load_annotations(runner, path, name=name)
    families = {file.name: file.family for file in loaded_sources(runner)}
    assert families == {
        "may": "UniProtKB, taxon 4932",
        "july": "UniProtKB, taxon 4932",
        "june": "UniProtKB, taxon 9606",
    }
    assert {file.name for file in known_on(runner, date(2018, 6, 30)).files} == {"may", "june"}
    assert [(one.older, one.newer) for one in shrinkages(runner, "AnnotationFile", "july")] == [("may", "july")]
    assert shrinkages(runner, "AnnotationFile", "june") == ()
    load.remove(runner, "AnnotationFile", "june")
    assert {file.family for file in loaded_sources(runner)} == {"UniProtKB"}


@pytest.mark.parametrize("minified", [False, True])
def test_a_folder_of_gene_files(program: Program, runner: Neo4jRunner, tmp_path: Path, minified: bool) -> None:
    """The second record of b.json is refused by its reader, the first one by the release."""
    load.load_ontology(runner, World(tmp_path, TERMS).obo)
    genes = tmp_path / "genes"
    genes.mkdir()
    for name, records in {
        "a.json": [record(go__go_id="GO:9000001")] * 2,
        "b.json": [record(go__go_id="GO:9999999"), record(go__go_id="x")],
    }.items():
        text = json.dumps({"go_details": records}) if minified else on_lines(records)
        (genes / name).write_text(text)
    assert program("load", "annotations", genes).status == 0
    report = program("load", "report", "annotations", "genes", "--release", "2018-06-01", "--json").json()
    texts = [one["text"] for one in report["findings"] if one["line"] is not None]
    if minified:
        assert texts == [
            "a.json:1: states the same as line 1",
            "b.json:1: GO:9999999 is not in release 2018-06-01",
            "b.json:1: 'x' is not a GO id",
        ]
    else:
        assert texts == [
            "a.json:3: states the same as line 2",
            "b.json:2: GO:9999999 is not in release 2018-06-01",
            "b.json:3: 'x' is not a GO id",
        ]
    assert "loaded already, identical" in program("load", "annotations", genes).out


def test_names_that_nobody_could_type(program: Program, runner: Neo4jRunner, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gaf", gaf_row("AAA1", "GO:9000001"))
    before = everything(runner)
    assert "the name is empty" in program.refused("load", "annotations", path, "--source", "")
    for name in ("a\nb", "a\tb", "\x1b[31mred", "a\x00b", "a\u202eb"):
        with pytest.raises(InputError, match=r"control characters.*found 'a?\\"):
            load.load_annotations(runner, path, name=name)
    assert everything(runner) == before
    assert load.load_annotations(runner, path, name="größer (2) α").name == "größer (2) α"


def test_the_path_is_kept_whole(runner: Neo4jRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.gaf", gaf_row("AAA1", "GO:9000001"))
    monkeypatch.chdir(tmp_path)
    load.load_annotations(runner, Path("a.gaf"), name="a")
    (kept,) = [thing["properties"]["path"] for thing in load.loaded(runner) if thing["name"] == "a"]
    assert kept == os.fspath(path)
