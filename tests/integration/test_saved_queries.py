"""Every saved query on a world that is small enough to know each answer, and what their files must say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import DcellGraphError
from dcell_graph.graph import load
from dcell_graph.graph.ask.asker import Asker, Limits, open_asker
from dcell_graph.graph.ask.saved import ask_saved, saved_names
from dcell_graph.graph.ask.tables import to_objects
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import Recipe
from tests.database_fixtures import remove_everything
from tests.small_world import World

# 4, 5 and 6 below 2, which is below 1; 4 is part of 3, which is below 1. 99 was merged into 5.
TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000001
GO:9000004 P is_a=GO:9000002 part_of=GO:9000003
GO:9000005 P is_a=GO:9000002 alt_id=GO:9000099
GO:9000006 P is_a=GO:9000002
GO:9000009 P is_obsolete=true
GO:0003674 F
GO:9000010 F is_a=GO:0003674
"""
OLD = """
AAA1 GO:9000002 IDA 20100101
AAA1 GO:9000004 IEA 20100101
BBB2 GO:9000004 IMP 20100101
BBB2 GO:9000003 IDA 20100101
CCC3 GO:9000005 IDA 20100101
CCC3 GO:9000004 IDA 20100101 NOT
DDD4 GO:9000009 IDA 20100101
"""
NEW = """
AAA1 GO:9000002 IDA 20150101
AAA1 GO:9000004 IEA 20160101
BBB2 GO:9000004 IMP 20100101
CCC3 GO:9000004 IEA 20170101
CCC3 GO:9000099 IDA 20170101
CCC3 GO:9000006 IDA 20170101
DDD4 GO:9000010 IEA 20170101
EEE5 GO:9000777 IDA 20170101
ZZZ9 GO:9000002 IDA 20170101
BBB2 GO:9000003 IDA 20170101 NOT
CCC3 GO:9000005 IEA 20170101
"""
GENES = ("AAA1", "BBB2", "CCC3", "DDD4", "EEE5")
LISTED = ["YAL001W", "YAL002W", "YAL003W", "YAL004W", "YAL005W"]


@pytest.fixture(scope="module")
def asker(
    _runner: Neo4jRunner, database_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asker]:
    folder = tmp_path_factory.mktemp("saved")
    world = World(folder, TERMS, old=OLD, new=NEW)
    features = [
        "\t".join([f"S-{symbol}", "ORF", "Verified", name, symbol, "", "", "", "1", *[""] * 7])
        for name, symbol in zip(LISTED, GENES, strict=True)
    ]
    (folder / "features.tab").write_text("".join(f"{line}\n" for line in features))
    load.load_genome(_runner, folder / "features.tab", name="sgd")
    load.load_ontology(_runner, world.obo)
    for name, day in (("old", "2011-06-02"), ("new", "2018-06-03")):
        gaf = world.gafs[name]
        gaf.write_text(gaf.read_text().replace("2018-06-02", day))
        load.load_annotations(_runner, gaf, name=name)
    plain = {"namespaces": ("biological_process",)}
    few = {"exclude_evidence": ("IEA",), "removed_genes": "drop", "stages": ({"kind": "contained", "minimum": 2},)}
    for name, options in (("all", {}), ("few", few)):
        recipe = Recipe.model_validate({"name": name, **plain, **options})
        build_snapshot(_runner, name, recipe, release="2018-06-01", sources=["old", "new"], genome="sgd")
    with open_asker(database_settings) as opened:
        yield opened
    remove_everything(_runner)


def rows(asker: Asker, name: str, columns: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Some columns of what a query returns, as plain values; ids of terms without what they have in common."""
    objects = to_objects(ask_saved(asker, name, parameters))
    return [tuple(short(row[column]) for column in columns.split()) for row in objects]


def short(value: Any) -> Any:
    if isinstance(value, list):
        return [short(item) for item in value]
    return value.removeprefix("GO:900000").removeprefix("GO:") if isinstance(value, str) else value


def full(digit: int) -> str:
    return f"GO:{9_000_000 + digit}"


def day(year: int) -> date:
    return date(year, 1, 1)


def test_around_a_term(asker: Asker) -> None:
    above = rows(asker, "ancestors", "distance id", term=full(4))
    assert above == [(1, "2"), (1, "3"), (2, "1"), (3, "0008150")]
    below = rows(asker, "descendants", "distance id namespace", term=full(1))
    assert below == [(n, id_, "biological_process") for n, id_ in ((1, "2"), (1, "3"), (2, "4"), (2, "5"), (2, "6"))]
    assert rows(asker, "descendants", "id", term=full(1), limit=2) == [("2",), ("3",)]
    for first, second, lowest in ((4, 5, "2"), (4, 3, "3"), (5, 3, "1"), (2, 4, "2")):
        assert rows(asker, "common_ancestors", "id", first=full(first), second=full(second)) == [(lowest,)]
    assert rows(asker, "common_ancestors", "id", first=full(4), second=full(10)) == []
    steps = rows(asker, "path_to_root", "root step id", term=full(4))
    assert steps[0] == ("0008150", 0, "4") and steps[2:] == [("0008150", 2, "1"), ("0008150", 3, "0008150")]
    assert steps[1][2] in ("2", "3") and len(steps) == 4
    columns = "release id obsolete merged parents"
    assert rows(asker, "term_releases", columns, term="GO:9000099") == [("2018-06-01", "5", False, True, ["2"])]
    assert rows(asker, "term_releases", columns, term=full(9)) == [("2018-06-01", "9", True, False, [])]


def test_annotations_of_a_term_and_of_a_gene(asker: Asker) -> None:
    found = rows(asker, "genes_of_term", "gene symbol source evidence negated date", term=full(4))
    assert found == [
        ("YAL001W", "AAA1", "new", "IEA", False, day(2016)),
        ("YAL001W", "AAA1", "old", "IEA", False, day(2010)),
        ("YAL002W", "BBB2", "new", "IMP", False, day(2010)),
        ("YAL002W", "BBB2", "old", "IMP", False, day(2010)),
        ("YAL003W", "CCC3", "new", "IEA", False, day(2017)),
        ("YAL003W", "CCC3", "old", "IDA", True, day(2010)),
    ]
    found = rows(asker, "genes_below_term", "symbol terms sources evidence", term=full(3))
    assert found == [
        ("AAA1", 1, ["new", "old"], ["IEA"]),
        ("BBB2", 2, ["new", "old"], ["IDA", "IMP"]),
        ("CCC3", 1, ["new"], ["IEA"]),
    ]
    for name in ("CCC3", "ccc3", "YAL003W", "S-CCC3"):
        found = rows(asker, "terms_of_gene", "term source evidence negated date", gene=name)
        assert found == [
            ("4", "new", "IEA", False, day(2017)),
            ("4", "old", "IDA", True, day(2010)),
            ("5", "new", "IDA", False, day(2017)),
            ("5", "new", "IEA", False, day(2017)),
            ("5", "old", "IDA", False, day(2010)),
            ("6", "new", "IDA", False, day(2017)),
        ]
    assert rows(asker, "negative_and_positive", "symbol term negated positive", source="old") == [
        ("CCC3", "4", ["IDA"], ["new IEA"])
    ]
    assert rows(asker, "negative_and_positive", "symbol term negated positive", source="new") == [
        ("BBB2", "3", ["IDA"], ["old IDA"])
    ]


def test_what_files_say(asker: Asker) -> None:
    assert rows(asker, "terms_lost", "id genes evidence") == [("3", 1, ["IDA"])]
    assert rows(asker, "terms_lost", "id genes", old="new", new="old") == [("6", 1), ("9000010", 1)]
    found = rows(asker, "pairs_one_source", "term symbol evidence date", source="new")
    assert found == [("4", "CCC3", ["IEA"], day(2017)), ("6", "CCC3", ["IDA"], day(2017))]
    assert rows(asker, "pairs_one_source", "term symbol", source="new", branch="molecular_function") == [
        ("9000010", "DDD4")
    ]
    assert rows(asker, "pairs_one_source", "term symbol", source="old") == [("3", "BBB2")]
    assert rows(asker, "pairs_iea_only", "term genes symbols") == [("4", 2, ["AAA1", "CCC3"]), ("9000010", 1, ["DDD4"])]
    assert rows(asker, "redated", "evidence old_year new_year annotations") == [
        ("IDA", 2010, 2015, 1),
        ("IEA", 2010, 2016, 1),
    ]
    assert rows(asker, "evidence_by_year", "year evidence annotations negated", source="old") == [
        (2010, "IDA", 5, 1),
        (2010, "IEA", 1, 0),
        (2010, "IMP", 1, 0),
    ]
    assert rows(asker, "assigned_by", "assigned_by annotations products first last") == [
        ("SGD", 11, 6, day(2010), day(2017))
    ]
    assert rows(asker, "papers", "paper annotations products terms") == [("PMID:99000001", 11, 6, 8)]
    columns = "id problem annotations products"
    assert rows(asker, "obsolete_with_annotations", columns) == [("9000777", "not in the release", 1, 1)]
    assert rows(asker, "obsolete_with_annotations", columns, source="old") == [("9", "obsolete", 1, 1)]
    assert rows(asker, "unresolved_names", "product symbol annotations") == [("SGD:S-ZZZ9", "ZZZ9", 1)]
    assert rows(asker, "unresolved_names", "product", source="old") == []


def test_what_snapshots_hold(asker: Asker) -> None:
    assert rows(asker, "snapshot_stages", "stage terms") == [("contained", 4), (None, 3)]
    assert rows(asker, "snapshot_terms", "id", stage="contained") == [("3",), ("4",), ("5",), ("6",)]
    assert rows(asker, "snapshot_terms", "id") == [("0008150",), ("1",), ("2",)]
    reasons = rows(asker, "removal_reasons", "stage reason terms example")
    assert reasons == [("contained", "contains 1 gene, fewer than 2", 4, "3")]
    assert rows(asker, "hub_terms", "id children parents", snapshot="all", limit=2) == [("2", 3, 1), ("1", 2, 1)]
    assert rows(asker, "deepest_terms", "id depth") == [("2", 2), ("1", 1), ("0008150", 0)]
    assert rows(asker, "genes_without_term", "symbol terms evidence") == [
        ("BBB2", 2, ["IDA", "IMP"]),
        ("CCC3", 2, ["IDA"]),
    ]
    assert rows(asker, "genes_without_term", "symbol", snapshot="all") == []
    differ = rows(asker, "snapshots_differ", "id only_in other_stage")
    assert differ == [(id_, "all", "contained") for id_ in "3456"]
    assert rows(asker, "redundant_siblings", "genes terms parent", snapshot="all", least=1) == [(1, ["5", "6"], "2")]
    assert rows(asker, "redundant_siblings", "terms", snapshot="all") == []
    columns = "first_genes second_genes shared jaccard"
    overlap = rows(asker, "term_overlap", columns, snapshot="all", first=full(4), second=full(5))
    assert overlap == [(3, 1, 1, pytest.approx(1 / 3))]
    # A gene is on its most specific terms only: AAA1 and BBB2 on 4, CCC3 on 4, 5 and 6.
    similar = rows(asker, "similar_genes", "symbol terms shared jaccard", snapshot="all", gene="BBB2")
    assert similar == [("AAA1", 1, 1, 1.0), ("CCC3", 3, 1, pytest.approx(1 / 3))]
    assert rows(asker, "snapshot_why_gene", "term kept stage dropped", gene="CCC3") == [
        ("5", False, "contained", None),
        ("6", False, "contained", None),
    ]


def test_every_saved_query_is_among_those_above() -> None:
    here = Path(__file__)
    # Those on published scores have their own file.
    text = "".join(path.read_text(encoding="utf-8") for path in (here, here.with_name("test_publish.py")))
    assert [name for name in saved_names() if f'asker, "{name}"' not in text] == []


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("none", {}, "there is no saved query none: expected ancestors, "),
        ("ancestors", {}, r"needs the parameter term: expected the term \(term\); such as term=GO:0006281"),
        ("ancestors", {"term": full(1), "terms": 1}, "has no parameter terms: expected release, term, limit"),
        ("ancestors", {"term": "repair"}, "this is not the id of a term"),
        ("ancestors", {"term": "GO:1234567"}, "no loaded release or file has the term GO:1234567"),
        ("ancestors", {"term": full(1), "release": "2001"}, "there is no release 2001: expected 2018-06-01"),
        ("ancestors", {"term": full(1), "limit": "many"}, "the parameter limit is not a whole number"),
        (
            "ancestors",
            {"term": full(1), "limit": 1.5},
            "the parameter limit cannot be used: expected number, found 1.5",
        ),
        ("hub_terms", {"snapshot": "none"}, "there is no snapshot none: expected all or few"),
        ("terms_of_gene", {"gene": "NOPE"}, "no gene of sgd is called NOPE"),
        ("terms_of_gene", {"gene": "AAA1", "genome": "other"}, "there is no genome other: expected sgd"),
    ],
)
def test_what_cannot_be_filled_in_says_so(asker: Asker, name: str, given: dict[str, Any], why: str) -> None:
    with pytest.raises(DcellGraphError, match=why):
        ask_saved(asker, name, given)


def test_limits_hold_for_saved_queries_as_well(asker: Asker) -> None:
    assert ask_saved(asker, "ancestors", {"term": full(4)}, limits=Limits(rows=2)).cut
