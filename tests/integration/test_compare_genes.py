"""Comparing files that name genes differently, by hand: two genes of one product, ambiguous and unknown names."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import InputError
from dcell_graph.graph import load
from dcell_graph.graph.comparison.blame import blame
from dcell_graph.graph.comparison.changes import changes
from dcell_graph.graph.comparison.compare import CompareConfig, Comparison, compare
from dcell_graph.graph.comparison.count import count
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.waterfall import waterfall
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from tests.small_world import World

ONTOLOGY = "2018-06-01"
TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:0008150 regulates=GO:9000001
"""
# SGDID, systematic name, standard name, aliases. TWIN1 and TWIN2 make the same protein; FOO is an alias of two genes.
GENES = """
S001 YAL001C TWIN1 -
S002 YAL002W TWIN2 -
S003 YAL003W CCC3 FOO|SOLE
S004 YAL004W DDD4 FOO
"""
HEADER = "!gaf-version: 2.2\n!date-generated: 2018-06-02\n"


def gaf(*rows: tuple[str, str, str, str, str, str]) -> str:
    """Rows of database, id, symbol, synonyms, term, date."""
    lines = [
        "\t".join(
            [
                *(database, one, symbol, "involved_in", term, "PMID:99000001", "IDA", "", "P", "", synonyms),
                *("protein", "taxon:559292", day, database, "", ""),
            ]
        )
        for database, one, symbol, synonyms, term, day in rows
    ]
    return HEADER + "".join(f"{line}\n" for line in lines)


@pytest.fixture
def world(runner: Neo4jRunner, tmp_path: Path) -> Neo4jRunner:
    features = [
        "\t".join([sgdid, "ORF", "Verified", name, standard, aliases.replace("-", ""), "", "", "1", *[""] * 7])
        for sgdid, name, standard, aliases in (line.split() for line in GENES.strip().splitlines())
    ]
    (tmp_path / "features.tab").write_text("".join(f"{line}\n" for line in features))
    (tmp_path / "sgd.gaf").write_text(
        gaf(
            ("SGD", "S001", "TWIN1", "YAL001C", "GO:9000001", "20100101"),
            ("SGD", "S001", "TWIN1", "YAL001C", "GO:9000002", "20100101"),
            ("SGD", "S003", "CCC3", "YAL003W", "GO:9000002", "20100101"),
            ("SGD", "S999", "GONE", "YAL999W", "GO:9000001", "20100101"),
        )
    )
    (tmp_path / "goa.gaf").write_text(
        gaf(
            ("UniProtKB", "P00001", "TWIN1", "YAL001C|YAL002W", "GO:9000001", "20100101"),
            ("UniProtKB", "P00002", "FOO", "", "GO:9000001", "20100101"),
            ("UniProtKB", "P00003", "NOBODY", "", "GO:9000001", "20100101"),
            ("UniProtKB", "P00004", "CCC3", "YAL003W", "GO:9000002", "20100101"),
            # The same gene by a second protein: the pair has two dates, of which the first is that of SGD.
            ("UniProtKB", "P00005", "SOLE", "", "GO:9000002", "20150101"),
        )
    )
    load.load_genome(runner, tmp_path / "features.tab", name="sgd")
    load.load_ontology(runner, World(tmp_path, TERMS).obo)
    for name in ("sgd", "goa"):
        load.load_annotations(runner, tmp_path / f"{name}.gaf", name=name)
    (tmp_path / "list.txt").write_text("YAL002W\nYAL003W\n")
    load.load_gene_list(runner, tmp_path / "list.txt", name="two", genome="sgd")
    return runner


def run(runner: Neo4jRunner, **filters: str) -> Comparison:
    chosen = Filters(**filters)  # type: ignore[arg-type]
    return compare(runner, CompareConfig(a="sgd", b="goa", release=ONTOLOGY, genome="sgd", filters=chosen))


def sides(result: Comparison) -> set[tuple[str, str, str]]:
    return set(result.pairs[["symbol", "term", "side"]].itertuples(index=False, name=None))


def test_pairs_are_those_of_genes(world: Neo4jRunner) -> None:
    assert sides(run(world)) == {
        ("TWIN1", "GO:9000001", "both"),
        ("TWIN1", "GO:9000002", "only_a"),
        ("TWIN2", "GO:9000001", "only_b"),
        ("CCC3", "GO:9000002", "both"),
    }
    assert sides(run(world, gene_list="two")) == {
        ("TWIN2", "GO:9000001", "only_b"),
        ("CCC3", "GO:9000002", "both"),
    }


def test_the_latest_date_counts(world: Neo4jRunner) -> None:
    pairs = run(world).pairs
    row = pairs[(pairs["symbol"] == "CCC3").to_numpy()].iloc[0]
    assert (row["dates_a"], row["dates_b"]) == (("2010-01-01",), ("2010-01-01", "2015-01-01"))
    assert row["differs"] == ("date",)
    row = pairs[((pairs["symbol"] == "TWIN1") & (pairs["side"] == "both")).to_numpy()].iloc[0]
    assert row["differs"] == ()


def test_products_without_a_gene_are_listed_apart_with_the_reason(world: Neo4jRunner) -> None:
    listed = run(world).products[["source", "product", "problem", "candidates", "annotations"]]
    assert list(listed.itertuples(index=False, name=None)) == [
        ("goa", "UniProtKB:P00002", "ambiguous", ["YAL003W", "YAL004W"], 1),
        ("goa", "UniProtKB:P00003", "unknown", [], 1),
        ("sgd", "SGD:S999", "outside the genome", [], 1),
    ]


def test_further_genes_of_a_product_add_statements_to_the_waterfall(world: Neo4jRunner) -> None:
    steps = waterfall(world, ("goa",), release=ONTOLOGY, genome="sgd").steps
    shown = [row for row in steps[["step", "number", "left"]].itertuples(index=False, name=None) if row[1]]
    assert shown == [
        ("rows read", 5, 5),
        ("annotations", 5, 5),
        ("gene: ambiguous", 1, 4),
        ("gene: unknown", 1, 3),
        ("kept annotations", 3, 3),
        ("further genes of one product", 1, 4),
        ("further annotations of a pair", 1, 3),
        ("pairs", 3, 3),
    ]


def test_files_of_two_databases_are_matched_by_gene(world: Neo4jRunner) -> None:
    result = changes(world, "sgd", "goa", release=ONTOLOGY, genome="sgd")
    assert not result.by_product
    rows = result.annotations[["change", "who", "term"]].itertuples(index=False, name=None)
    assert sorted(rows) == [
        ("added", "UniProtKB:P00002", "GO:9000001"),
        ("added", "UniProtKB:P00003", "GO:9000001"),
        ("added", "YAL002W", "GO:9000001"),
        ("added", "YAL003W", "GO:9000002"),
        ("removed", "SGD:S999", "GO:9000001"),
        ("removed", "YAL001C", "GO:9000002"),
        ("unchanged", "YAL001C", "GO:9000001"),
        ("unchanged", "YAL003W", "GO:9000002"),
    ]


def test_only_genes_that_need_regulates_are_said_to_join(world: Neo4jRunner) -> None:
    # TWIN1 is on both terms, so GO:9000001 has it anyway.
    counts = count(world, "sgd", release=ONTOLOGY, genome="sgd", terms=("GO:9000001",))
    row = counts.terms[(counts.terms["term"] == "GO:9000001").to_numpy()].iloc[0]
    assert (row["genes"], row["with_regulates"]) == (1, 2)
    assert list(counts.joined.itertuples(index=False, name=None)) == [
        ("GO:9000001", "YAL003W", "CCC3", "GO:9000002", "GO:9000002 regulates GO:9000001")
    ]
    assert counts.number("genes named in the file") == 2
    assert counts.number("gene products without a gene") == 1
    assert count(world, "sgd", release=ONTOLOGY, genome=AS_ANNOTATED).number("genes named in the file") == 3


@pytest.mark.parametrize(("name", "by"), [("YAL003W", "id"), ("ccc3", "symbol"), ("S003", "SGDID"), ("SOLE", "alias")])
def test_a_gene_is_found_by_each_of_its_names(world: Neo4jRunner, name: str, by: str) -> None:
    found = blame(world, name, "GO:9000002", genome="sgd", release=ONTOLOGY)
    assert (found.gene, found.found_by) == ("YAL003W", by)
    assert list(found.records["file"]) == ["sgd", "goa", "goa"]


def test_an_alias_of_two_genes_is_not_guessed(world: Neo4jRunner) -> None:
    with pytest.raises(InputError, match=r"FOO could mean several genes: expected one of YAL003W \(CCC3\), YAL004W"):
        blame(world, "FOO", "GO:9000002", genome="sgd", release=ONTOLOGY)
