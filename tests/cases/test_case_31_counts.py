"""Case 31: one file, many right numbers, each labelled; and why regulates makes a difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.graph import load
from dcell_graph.graph.comparison.count import Counts, count
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.waterfall import waterfall
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from tests.cases.helpers import Program

FOLDER = Path(__file__).parent / "31-which-count-is-it"
ONTOLOGY = "2018-06-01"


@pytest.fixture
def loaded(runner: Neo4jRunner) -> Neo4jRunner:
    load.load_ontology(runner, FOLDER / "go.obo")
    load.load_annotations(runner, FOLDER / "ann.gaf", name="ann")
    return runner


@pytest.fixture
def counts(loaded: Neo4jRunner) -> Counts:
    return count(loaded, "ann", release=ONTOLOGY, genome=AS_ANNOTATED, terms=("GO:9000001", "GO:9000201"))


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("data rows", 9),
        ("refused rows", 0),
        ("merged rows", 1),
        ("annotations", 8),
        ("annotations, positive, without ND", 6),
        ("annotations with NOT", 1),
        ("annotations with ND", 1),
        ("annotations with IEA", 1),
        ("annotations without IEA", 7),
        # IDA of AAA1, IMP of CCC3, IDA of FFF6, and the NOT of DDD4.
        ("annotations, experimental", 4),
        ("gene products", 6),
        ("genes named in the file", 6),
        ("genes with a positive annotation that is not ND", 5),
        ("gene-term pairs", 5),
        ("product-id pairs", 5),
        ("gene-term pairs without IEA", 5),
        # GO:9000002, 9000001, 9000003, 9000004, 9000102 and the root that the ND row names.
        ("GO ids used", 6),
        ("live terms with a pair", 5),
    ],
)
def test_the_numbers(counts: Counts, what: str, number: int) -> None:
    assert counts.number(what) == number
    assert all(len(text) > 10 for text in counts.numbers["definition"])


def test_genes_per_term_after_propagation(counts: Counts) -> None:
    columns = ["term", "genes", "without_iea", "experimental"]
    assert [tuple(row) for row in counts.terms[columns].itertuples(index=False)] == [
        ("GO:0003674", 1, 1, 0),
        ("GO:0008150", 4, 4, 3),
        ("GO:9000001", 3, 3, 2),
        ("GO:9000002", 2, 2, 2),
        ("GO:9000003", 1, 1, 1),
        ("GO:9000004", 1, 1, 1),
        ("GO:9000101", 1, 1, 0),
        ("GO:9000102", 1, 1, 0),
        # Asked for, and without any gene.
        ("GO:9000201", 0, 0, 0),
    ]


def test_with_regulates_there_is_one_more_and_the_reason_is_named(counts: Counts) -> None:
    with_regulates = dict(zip(counts.terms["term"], counts.terms["with_regulates"], strict=True))
    assert (with_regulates["GO:9000001"], with_regulates["GO:9000002"], with_regulates["GO:0008150"]) == (4, 2, 4)
    assert [tuple(row) for row in counts.joined.itertuples(index=False)] == [
        ("GO:9000001", "SGD:S000990006", "FFF6", "GO:9000004", "GO:9000004 regulates GO:9000001")
    ]


def test_propagated_pairs_by_namespace(counts: Counts) -> None:
    # Process: 1 + 2 + 3 + 1 + 4 genes on 9000003, 9000002, 9000001, 9000004 and the root; function: DDD4 on three.
    rows = {(row["namespace"], row["relations"]): row for _, row in counts.propagated.iterrows()}
    process = rows["biological_process", "is_a + part_of"]
    assert (process["genes"], process["pairs"], process["terms"]) == (4, 11, 5)
    function = rows["molecular_function", "is_a + part_of"]
    assert (function["genes"], function["pairs"], function["terms"]) == (1, 3, 3)
    assert rows["biological_process", "is_a + part_of + regulates"]["pairs"] == 12
    assert rows["biological_process", "not propagated"]["pairs"] == 4
    assert rows["cellular_component", "is_a + part_of"]["genes"] == 0


def test_the_chain_of_filters_from_rows_to_the_number(loaded: Neo4jRunner) -> None:
    result = waterfall(loaded, ("ann",), release=ONTOLOGY, genome=AS_ANNOTATED, filters=Filters())
    shown = [(row["step"], row["number"], row["left"]) for _, row in result.steps.iterrows() if row["number"]]
    assert shown == [
        ("rows read", 9, 9),
        ("merged into another row", 1, 8),
        ("annotations", 8, 8),
        ("NOT", 1, 7),
        ("no data (ND)", 1, 6),
        ("kept annotations", 6, 6),
        ("further annotations of a pair", 1, 5),
        ("pairs", 5, 5),
    ]


def test_on_the_command_line(program: Program, loaded: Neo4jRunner) -> None:
    shown = program("count", "ann", "--term", "GO:9000001").out
    assert "ann (2018-06-02) has 9 rows, which are 8 annotations; the positive ones with data make 5 pairs" in shown
    assert "GO:9000004 regulates GO:9000001" in shown
