"""Browsing annotations, on a small world where every row of the table is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import InputError
from dcell_graph.graph import browse, load
from dcell_graph.graph.browse import SORTS, Choice
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from tests.database_fixtures import remove_everything
from tests.gaf_files import HEADER, row

OBO = """format-version: 1.2
data-version: releases/2018-06-01

[Term]
id: GO:0008150
name: biological_process
namespace: biological_process

[Term]
id: GO:9000001
name: alpha process
namespace: biological_process
alt_id: GO:9000009
is_a: GO:0008150

[Term]
id: GO:9000002
name: obsolete beta
namespace: biological_process
is_obsolete: true
"""
# SGDID, systematic name, standard name, aliases; the first two make the same protein.
GENES = ("S001 YAL001C ZWIN1 -", "S002 YAL002W ZWIN2 -", "S003 YAL003W CCC3 C.3|C%3", "S004 YAL004W CCC4 CX3")
# Lines 4 to 7 of one file, 4 and 5 of the other.
SGD = (
    row(object_id="S003", symbol="CCC3", synonyms="YAL003W", term="GO:9000001", date="20120101"),
    row(object_id="S001", symbol="ZWIN1", synonyms="YAL001C", term="GO:9000009", evidence="ISS", date="20100101"),
    row(object_id="S003", symbol="CCC3", synonyms="YAL003W", term="GO:9000002", qualifier="NOT|involved_in"),
    row(object_id="S999", symbol="gone", synonyms="", term="GO:9000077", date="20110101"),
)
GOA = (
    row(database="UniProtKB", object_id="P1", symbol="ZWIN", synonyms="YAL001C|YAL002W", term="GO:9000001"),
    row(database="UniProtKB", object_id="P1", symbol="ZWIN", synonyms="YAL001C|YAL002W", term="GO:9000002"),
)


@pytest.fixture(scope="module")
def world(_runner: Neo4jRunner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jRunner]:
    """The database with these files; the tests leave it as it is."""
    folder = tmp_path_factory.mktemp("browse")
    features = [
        "\t".join([sgdid, "ORF", "Verified", name, standard, aliases.replace("-", ""), "", "", "1", *[""] * 7])
        for sgdid, name, standard, aliases in (line.split() for line in GENES)
    ]
    (folder / "features.tab").write_text("".join(f"{line}\n" for line in features))
    (folder / "go.obo").write_text(OBO)
    load.load_genome(_runner, folder / "features.tab", name="sgd")
    load.load_ontology(_runner, folder / "go.obo")
    for name, rows in (("sgd", SGD), ("goa", GOA)):
        (folder / f"{name}.gaf").write_text(HEADER + "".join(f"{line}\n" for line in rows))
        load.load_annotations(_runner, folder / f"{name}.gaf", name=name)
    yield _runner
    remove_everything(_runner)


def choice(**changes: Any) -> Choice:
    return Choice(**{"sources": ("goa", "sgd"), "genome": "sgd", "release": "2018-06-01", **changes})


def places(runner: Neo4jRunner, sort: str = "file", descending: bool = False, **changes: Any) -> list[str]:
    """``sgd 4`` for every row, in the order of the page; their number is the count, and a file has the same ones."""
    chosen = choice(**changes)
    rows = browse.page(runner, chosen, offset=0, size=100, sort=sort, descending=descending)
    assert browse.count(runner, chosen) == len(rows)
    assert list(browse.every(runner, chosen)) == sorted(rows, key=lambda one: (one.source, one.line))
    return [f"{one.source} {one.line}" for one in rows]


def test_a_row_says_everything(world: Neo4jRunner) -> None:
    rows = browse.page(world, choice(), offset=0, size=100)
    assert ["; ".join(map(str, row.cells())) for row in rows[2:]] == [
        "sgd; 4; YAL003W; CCC3; ; involved_in; GO:9000001; alpha process; IDA; 2012-01-01; PMID:99000001; SGD",
        "sgd; 5; YAL001C; ZWIN1; ; involved_in; GO:9000009; alpha process (GO:9000001); ISS; 2010-01-01; "
        "PMID:99000001; SGD",
        "sgd; 6; YAL003W; CCC3; NOT; involved_in; GO:9000002; obsolete beta; IDA; 2018-01-01; PMID:99000001; SGD",
        "sgd; 7; SGD:S999; gone; ; involved_in; GO:9000077; ; IDA; 2011-01-01; PMID:99000001; SGD",
    ]
    assert (rows[0].gene, rows[0].symbol) == ("YAL001C|YAL002W", "ZWIN1|ZWIN2")
    without = browse.page(world, choice(genome=AS_ANNOTATED, release=None), offset=0, size=1)
    assert (without[0].gene, without[0].symbol, without[0].name) == ("UniProtKB:P1", "ZWIN", None)


def test_filters(world: Neo4jRunner) -> None:
    assert places(world) == ["goa 4", "goa 5", "sgd 4", "sgd 5", "sgd 6", "sgd 7"]
    assert places(world, sources=("sgd",)) == ["sgd 4", "sgd 5", "sgd 6", "sgd 7"]
    assert places(world, sources=("sgd", "unknown"), evidence="ISS") == ["sgd 5"]
    assert places(world, negated=True) == ["sgd 6"]
    assert places(world, negated=False, sources=("sgd",)) == ["sgd 4", "sgd 5", "sgd 7"]
    assert places(world, gene="YAL001C") == ["goa 4", "goa 5", "sgd 5"]
    assert places(world, gene="YAL002W") == ["goa 4", "goa 5"]
    assert places(world, gene="SGD:S999") == ["sgd 7"]
    assert places(world, gene="YAL003W", term="GO:9000001") == ["sgd 4"]
    assert places(world, gene="YAL004W") == places(world, gene="nobody") == []


def test_a_term_is_chosen_by_any_of_its_ids(world: Neo4jRunner) -> None:
    expected = ["goa 4", "sgd 4", "sgd 5"]
    assert places(world, term="GO:9000001") == places(world, term="GO:9000009") == expected
    assert places(world, term="GO:9000009", release=None) == ["sgd 5"]
    assert places(world, term="GO:9000077") == ["sgd 7"]


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("file", True, "sgd 7, sgd 6, sgd 5, sgd 4"),
        ("gene", False, "sgd 7, sgd 5, sgd 4, sgd 6"),  # SGD:S999, YAL001C, YAL003W twice
        ("gene", True, "sgd 4, sgd 6, sgd 5, sgd 7"),
        ("symbol", False, "sgd 4, sgd 6, sgd 7, sgd 5"),  # CCC3 twice, gone, ZWIN1
        ("term", True, "sgd 7, sgd 5, sgd 6, sgd 4"),
        ("name", False, "sgd 4, sgd 5, sgd 6, sgd 7"),  # alpha twice, obsolete beta, none
        ("name", True, "sgd 6, sgd 4, sgd 5, sgd 7"),  # none is the last again
        ("negated", True, "sgd 6, sgd 4, sgd 5, sgd 7"),
        ("evidence", True, "sgd 5, sgd 4, sgd 6, sgd 7"),
        ("date", False, "sgd 5, sgd 7, sgd 4, sgd 6"),
        ("date", True, "sgd 6, sgd 4, sgd 7, sgd 5"),
    ],
)
def test_orders(world: Neo4jRunner, sort: str, descending: bool, expected: str) -> None:
    assert places(world, sort, descending, sources=("sgd",)) == expected.split(", ")


def test_every_order_has_a_key_and_no_other_is_taken(world: Neo4jRunner) -> None:
    for sort in SORTS:
        assert len(places(world, sort)) == 6
    with pytest.raises(InputError, match=r"cannot be sorted so: expected file, gene, .* found date DESC"):
        browse.page(world, choice(), offset=0, size=1, sort="date DESC")


def test_genes_are_found_by_any_name_and_characters_stand_for_themselves(world: Neo4jRunner) -> None:
    def found(text: str, **changes: Any) -> list[tuple[str, int]]:
        hits = browse.genes_like(world, choice(**changes), text, most=20)
        assert hits.total == len(hits.hits)
        return [(hit.id, hit.annotations) for hit in hits.hits]

    assert found("zwin") == [("YAL001C", 3), ("YAL002W", 2)]
    assert found("S003") == [("YAL003W", 2)]
    assert found("c.3") == found("C%") == [("YAL003W", 2)]
    assert found("cx") == [("YAL004W", 0)]
    assert found("Gone") == found("SGD:S999") == [("SGD:S999", 1)]
    assert found("ZWIN", genome=AS_ANNOTATED) == [("UniProtKB:P1", 2), ("SGD:S001", 1)]
    assert found("ZWIN", genome=AS_ANNOTATED, sources=("sgd",)) == [("SGD:S001", 1)]
    few = browse.genes_like(world, choice(), "YAL", most=3)
    assert (few.total, [hit.id for hit in few.hits]) == (4, ["YAL003W", "YAL004W", "YAL001C"])


def test_the_scope_is_what_is_visible_and_changes_with_it(world: Neo4jRunner, tmp_path: Path) -> None:
    before = browse.scope(world)
    assert (before.sources, before.releases, before.genomes) == (
        ("goa", "sgd"),
        ("2018-06-01",),
        ("sgd", AS_ANNOTATED),
    )
    assert browse.evidence_codes(world, before.sources) == ("IDA", "ISS")
    (tmp_path / "more.gaf").write_text(HEADER + row(object_id="S003", evidence="IMP") + "\n")
    load.load_annotations(world, tmp_path / "more.gaf", name="more")
    try:
        assert browse.scope(world).sources == ("goa", "more", "sgd")
        assert browse.scope(world).loaded != before.loaded
        assert len(places(world, sources=("more", "sgd"))) == 5
    finally:
        load.remove(world, "AnnotationFile", "more")
    assert browse.scope(world) == before
    assert len(places(world, sources=("more", "sgd"))) == 4
