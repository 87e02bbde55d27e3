"""Differences between term sets: each cause planted once, worked out by hand; sums against independent builds."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from dcell_graph.cli.diff import diff
from dcell_graph.errors import SnapshotError
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.diff import Asked, built, difference
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.snapshot.diff.difference import Difference
from dcell_graph.snapshot.diff.frozen import differ_frozen
from dcell_graph.snapshot.diff.sides import ORDER, Side
from dcell_graph.snapshot.recipe import Recipe, find_recipe, with_options
from dcell_graph.snapshot.storage import write_snapshot
from tests.independent import IndependentSnapshot
from tests.independent import build as independent_build
from tests.integration.test_build import GOA, RECIPES, SGD, TERMS
from tests.real_files import GENOME, ONTOLOGY, SOURCES
from tests.small_world import World

ROOT = "GO:0008150"
COMMON = f"""
{ROOT} P
GO:9000020 P is_a={ROOT}
GO:9000030 P is_a={ROOT}
GO:9000040 P is_a={ROOT}
GO:9000050 P is_a={ROOT}
GO:9000060 P is_a={ROOT}
GO:9000070 P is_a={ROOT}
GO:9000080 P is_a={ROOT}
GO:9000081 P is_a=GO:9000080
GO:9000090 P is_a={ROOT} part_of=GO:9000091
GO:9000091 P is_a={ROOT}
GO:9000092 P is_a={ROOT} part_of=GO:9000093
GO:9000093 P is_a={ROOT}
"""
FIRST = f"{COMMON}GO:9000010 P is_a={ROOT}\nGO:9000011 P is_a={ROOT}"
# 10 is merged into 11, and 12 is new.
SECOND = f"{COMMON}GO:9000011 P is_a={ROOT} alt_id=GO:9000010\nGO:9000012 P is_a={ROOT}"
OLD = f"""
AAA1 GO:9000010
BBB2 GO:9000010
CCC3 GO:9000011
DDD4 GO:9000011
EEE5 GO:9000011
AAA1 GO:9000012
BBB2 GO:9000012
CCC3 GO:9000012
AAA1 GO:9000030
BBB2 GO:9000030 IDA 20190101
AAA1 GO:9000040
BBB2 GO:9000040 IGI
AAA1 GO:9000050
BBB2 GO:9000050 IDA 20180101 NOT
AAA1 GO:9000060
AAA1 GO:9000070
BBB2 GO:9000070
AAA1 GO:9000081
BBB2 GO:9000081
CCC3 GO:9000081
AAA1 GO:9000090
BBB2 GO:9000090
CCC3 GO:9000090
DDD4 GO:9000091
EEE5 GO:9000091
AAA1 GO:9000092
BBB2 GO:9000092
CCC3 GO:9000092
DDD4 GO:9000093
EEE5 GO:9000093
FFF6 GO:9000093
GGG7 {ROOT} ND
ZZZ9 {ROOT}
"""
NEW = """
AAA1 GO:9000020
BBB2 GO:9000020
CCC3 GO:9000020
BBB2 GO:9000060 IGI
"""
BEFORE: dict[str, Any] = {
    "annotations": "direct",
    "removed_genes": "drop",
    "negated": "not-examined",
    "no_data": "keep",
    "stages": [{"kind": "contained", "minimum": 2}],
}
AFTER: dict[str, Any] = {
    "annotations": "direct",
    "removed_genes": "drop",
    "asserted_until": "2018-12-31",
    "exclude_evidence": ["IGI"],
    "relations": ["is_a"],
    "super_root": "always",
    "stages": [{"kind": "contained", "minimum": 3}, {"kind": "redundant", "compare": "contained"}],
}
DATES, CODES = "evidence dates: until none → 2018-12-31", "evidence codes left out: none → IGI"
REDUNDANT = "stage redundant (compare contained, rounds until-stable) added"
# Cause; terms, links and pairs after it; then gained, lost, gained in passing, lost in passing of each. By hand.
CAUSES = [
    ("", 13, 14, 29, (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)),
    # 12 comes with three genes; 10 goes, and its two genes are on 11 now.
    ("ontology 2018-06-01 → 2019-06-01", 13, 14, 32, (1, 1, 0, 0), (1, 1, 0, 0), (5, 2, 0, 0)),
    # 20 comes with three genes; 60 comes with two, and goes when IGI does not count.
    ("annotation file new added", 15, 16, 37, (1, 0, 1, 0), (1, 0, 1, 0), (3, 0, 2, 0)),
    (DATES, 14, 15, 35, (0, 1, 0, 0), (0, 1, 0, 0), (0, 2, 0, 0)),  # 30
    (CODES, 12, 13, 31, (0, 1, 0, 1), (0, 1, 0, 1), (0, 2, 0, 2)),  # 40, and 60 again
    ("NOT: not-examined → drop", 11, 12, 29, (0, 1, 0, 0), (0, 1, 0, 0), (0, 2, 0, 0)),  # 50
    ("ND: keep → drop", 11, 12, 28, (0, 0, 0, 0), (0, 0, 0, 0), (0, 1, 0, 0)),  # GGG7 on the root
    ("stage contained: at least 2 → 3", 10, 11, 26, (0, 1, 0, 0), (0, 1, 0, 0), (0, 2, 0, 0)),  # 70
    # 80 goes for 81, which hangs on the root instead.
    (REDUNDANT, 9, 10, 26, (0, 1, 0, 0), (1, 2, 0, 0), (0, 0, 0, 0)),
    # 91 contains two genes without 90; and 92 does not hang below 93 any more.
    ("relations: is_a, part_of → is_a", 8, 7, 24, (0, 1, 0, 0), (0, 3, 0, 0), (0, 2, 0, 0)),
    ("super root: when-needed → always", 9, 8, 24, (1, 0, 0, 0), (1, 0, 0, 0), (0, 0, 0, 0)),
]
LOST_OWN = "removed by contained: it lost genes of its own"
HAPPENED = {
    ("lost", "GO:9000010"): ("not in the release", "in 2019-06-01 merged into GO:9000011 (GO:9000011)"),
    ("gained", "GO:9000012"): ("new in the release", "2018-06-01 does not have this id"),
    ("gained", "GO:9000020"): ("had no record on it or below it", ""),
    ("lost", "GO:9000030"): (
        LOST_OWN,
        "contains 1 of at least 2 genes; no longer with BBB2 (no record passes the filters)",
    ),
    ("lost", "GO:9000040"): (
        LOST_OWN,
        "contains 1 of at least 2 genes; no longer with BBB2 (no record passes the filters)",
    ),
    ("lost", "GO:9000050"): (
        LOST_OWN,
        "contains 1 of at least 2 genes; no longer with BBB2 (no record passes the filters)",
    ),
    ("lost", "GO:9000070"): ("removed by contained", "contains 2 of at least 3 genes"),
    ("lost", "GO:9000080"): ("removed by redundant", "has the same 3 genes as GO:9000081"),
    ("lost", "GO:9000091"): ("removed by contained", "contains 2 of at least 3 genes"),
    ("gained", "GO:ROOT"): ("a root above the roots is needed", ""),
}


@pytest.fixture
def planted(runner: Neo4jRunner, tmp_path: Path) -> Neo4jRunner:
    world = World(tmp_path, FIRST, old=OLD, new=NEW)
    load.load_ontology(runner, world.obo)
    (tmp_path / "later").mkdir()
    later = World(tmp_path / "later", SECOND)
    later.obo.write_text(later.obo.read_text().replace("2018-06-01", "2019-06-01"))
    load.load_ontology(runner, later.obo)
    for name, path in world.gafs.items():
        load.load_annotations(runner, path, name=name)
    return runner


def asked(*sources: str, release: str = "2018-06-01", genome: str = AS_ANNOTATED, **options: Any) -> Asked:
    side = Side(recipe=Recipe(name="by-hand", **options), release=release, sources=sources, genome=genome)
    return Asked(label="by-hand", side=side)


A = asked("old", **BEFORE)
B = asked("old", "new", release="2019-06-01", **AFTER)


def sums(found: Difference) -> list[tuple[Any, ...]]:
    fields = ("gained", "lost", "passing_gained", "passing_lost")
    return [
        (
            row["cause"],
            *(row[kind] for kind in ("terms", "links", "pairs")),
            *(tuple(row[f"{kind}_{field}"] for field in fields) for kind in ("terms", "links", "pairs")),
        )
        for row in found.causes.to_dict("records")
    ]


def happened(found: Difference, kind: str) -> Counter[tuple[str, ...]]:
    rows = found.happened[found.happened["of"] == kind]
    keys = [rows[column] for column in ("cause", "change", "happened")]
    return Counter(dict(zip(zip(*keys, strict=True), rows["count"], strict=True)))


def test_every_cause_that_was_planted_is_found(planted: Neo4jRunner) -> None:
    found = difference(planted, A, B)
    assert sums(found) == CAUSES
    assert found.unchanged == {"terms": 1, "links": 1, "pairs": 2}
    rows = found.terms.to_dict("records")
    assert {(row["change"], row["term"]): (row["happened"], row["detail"]) for row in rows} == HAPPENED
    at = {row["term"]: row["step"] for row in rows}
    numbers = {10: 1, 12: 1, 20: 2, 30: 3, 40: 4, 50: 5, 70: 7, 80: 8, 91: 9}
    assert at == {f"GO:90000{number}": step for number, step in numbers.items()} | {"GO:ROOT": 10}


def test_what_happened_to_links_and_pairs(planted: Neo4jRunner) -> None:
    found = difference(planted, A, B)
    assert happened(found, "links") == {
        ("ontology 2018-06-01 → 2019-06-01", "gained", "with its term"): 1,
        ("ontology 2018-06-01 → 2019-06-01", "lost", "with its term"): 1,
        ("annotation file new added", "gained", "with its term"): 1,
        (DATES, "lost", "with its term"): 1,
        (CODES, "lost", "with its term"): 1,
        ("NOT: not-examined → drop", "lost", "with its term"): 1,
        ("stage contained: at least 2 → 3", "lost", "with its term"): 1,
        (REDUNDANT, "lost", "with its term"): 2,
        (REDUNDANT, "gained", "only removed terms are in between now"): 1,
        ("relations: is_a, part_of → is_a", "lost", "with its term"): 2,
        ("relations: is_a, part_of → is_a", "lost", "is no link of the ontology any more"): 1,
        ("super root: when-needed → always", "gained", "with its term"): 1,
    }
    assert happened(found, "pairs") == {
        ("ontology 2018-06-01 → 2019-06-01", "gained", "with its term"): 3,
        ("ontology 2018-06-01 → 2019-06-01", "gained", "has a record now: before, no record in the files"): 2,
        ("ontology 2018-06-01 → 2019-06-01", "lost", "with its term"): 2,
        ("annotation file new added", "gained", "with its term"): 3,
        (DATES, "lost", "with its term"): 2,
        (CODES, "lost", "with its term"): 2,
        ("NOT: not-examined → drop", "lost", "with its term"): 2,
        ("ND: keep → drop", "lost", "no record passes the filters"): 1,
        ("stage contained: at least 2 → 3", "lost", "with its term"): 2,
        ("relations: is_a, part_of → is_a", "lost", "with its term"): 2,
    }


def test_the_way_back_and_another_order(planted: Neo4jRunner) -> None:
    there, back = difference(planted, A, B), difference(planted, B, A)
    for kind in ("terms", "links", "pairs"):
        assert (there.count(kind, "gained"), there.count(kind, "lost")) == (
            back.count(kind, "lost"),
            back.count(kind, "gained"),
        )
    stages_first = difference(planted, A, B, order=("stages",))
    at = dict(zip(stages_first.terms["term"], stages_first.terms["cause"], strict=True))
    # All that contain two genes go at once, whatever would have taken them later.
    early = {term for term, cause in at.items() if cause == "stage contained: at least 2 → 3"}
    assert early == {f"GO:90000{number}" for number in ("10", "30", "40", "50", "70")}
    assert set(at) == set(there.terms["term"])


REDUNDANT_WORLD = f"""
{ROOT} P
GO:9000001 P is_a={ROOT}
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a={ROOT}
GO:9000004 P is_a=GO:9000003
GO:9000005 P is_a={ROOT}
GO:9000006 P is_a=GO:9000005
GO:9000007 P is_a={ROOT}
GO:9000008 P is_a=GO:9000007
GO:9000009 P is_a={ROOT}
GO:9000010 P is_a=GO:9000009
"""
REDUNDANT_OLD = f"""
ZZZ9 {ROOT}
AAA1 GO:9000001
BBB2 GO:9000001
BBB2 GO:9000002
AAA1 GO:9000003
CCC3 GO:9000003
AAA1 GO:9000005
AAA1 GO:9000006
DDD4 GO:9000006
EEE5 GO:9000007 IGI
FFF6 GO:9000007
FFF6 GO:9000008
AAA1 GO:9000009
BBB2 GO:9000010
"""
REDUNDANT_NEW = """
AAA1 GO:9000002
AAA1 GO:9000004
CCC3 GO:9000004
DDD4 GO:9000005
BBB2 GO:9000009
AAA1 GO:9000010
"""


def test_how_a_term_became_redundant(runner: Neo4jRunner, tmp_path: Path) -> None:
    world = World(tmp_path, REDUNDANT_WORLD, old=REDUNDANT_OLD, new=REDUNDANT_NEW)
    load.load_ontology(runner, world.obo)
    for name, path in world.gafs.items():
        load.load_annotations(runner, path, name=name)
    options: dict[str, Any] = {"annotations": "direct", "stages": [{"kind": "redundant", "compare": "direct"}]}
    few = asked("old", **options)
    many = asked("old", "new", exclude_evidence=["IGI"], **options)

    there = difference(runner, few, many).terms
    assert rows_of(there) == {
        "GO:9000001": ("lost", "removed by redundant: its equal gained the genes that it lacked",
                       "has the same 2 genes as GO:9000002; before GO:9000002 lacked AAA1"),
        "GO:9000003": ("lost", "removed by redundant: its equal is new", "has the same 2 genes as GO:9000004"),
        "GO:9000004": ("gained", "had no record on it or below it", ""),
        "GO:9000005": ("lost", "removed by redundant: it gained the genes that only its equal had",
                       "has the same 2 genes as GO:9000006; before it lacked DDD4"),
        "GO:9000007": ("lost", "removed by redundant: the genes that told it from its equal are gone",
                       "has the same 1 gene as GO:9000008; before GO:9000008 lacked EEE5"),
        "GO:9000009": ("lost", "removed by redundant: it and its equal gained the genes that only one had",
                       "has the same 2 genes as GO:9000010; before GO:9000010 lacked AAA1 and it lacked BBB2"),
    }  # fmt: skip
    back = difference(runner, many, few).terms
    differ_now = "had been removed by redundant: its genes differ now"
    assert rows_of(back) == {
        "GO:9000001": ("gained", differ_now, "had the same 2 genes as GO:9000002; now GO:9000002 lacks AAA1"),
        "GO:9000003": ("gained", "had been removed by redundant: its equal is gone",
                       "had the same 2 genes as GO:9000004"),
        "GO:9000004": ("lost", "no record on it or below it", ""),
        "GO:9000005": ("gained", differ_now, "had the same 2 genes as GO:9000006; now it lacks DDD4"),
        "GO:9000007": ("gained", differ_now, "had the same 1 gene as GO:9000008; now GO:9000008 lacks EEE5"),
        "GO:9000009": ("gained", differ_now,
                       "had the same 2 genes as GO:9000010; now GO:9000010 lacks AAA1 and it lacks BBB2"),
    }  # fmt: skip


def rows_of(terms: pd.DataFrame) -> dict[str, tuple[str, str, str]]:
    return {row["term"]: (row["change"], row["happened"], row["detail"]) for row in terms.to_dict("records")}


def test_genes_that_move_between_terms(runner: Neo4jRunner, tmp_path: Path) -> None:
    terms = f"""
{ROOT} P
GO:9000001 P is_a={ROOT}
GO:9000002 P is_a=GO:9000001
"""
    old = f"ZZZ9 {ROOT}\nAAA1 GO:9000001\nBBB2 GO:9000001\nCCC3 GO:9000002\nXXX8 GO:9000002"
    world = World(tmp_path, terms, old=old, new="AAA1 GO:9000002")
    load.load_ontology(runner, world.obo)
    for name, path in world.gafs.items():
        load.load_annotations(runner, path, name=name)

    def pairs(a: Asked, b: Asked) -> dict[tuple[str, str, str], str]:
        found = difference(runner, a, b).pairs.to_dict("records")
        return {(row["change"], row["term"], row["symbol"]): row["happened"] for row in found}

    # The gene of 1 is on 2 as well, so that it is taken off 1.
    assert pairs(asked("old"), asked("old", "new")) == {
        ("gained", "GO:9000002", "AAA1"): "has a record now: before, no record in the files",
        ("lost", "GO:9000001", "AAA1"): "a term below has the gene now",
    }
    assert (
        pairs(asked("old", "new"), asked("old"))["gained", "GO:9000001", "AAA1"]
        == "no term below has the gene any more"
    )
    # 2 is too small, and its genes go to 1.
    three = asked("old", stages=[{"kind": "contained", "minimum": 3}])
    assert pairs(asked("old"), three) == {
        ("gained", "GO:9000001", "CCC3"): "comes from a removed term now",
        ("gained", "GO:9000001", "XXX8"): "comes from a removed term now",
        ("lost", "GO:9000002", "CCC3"): "with its term",
        ("lost", "GO:9000002", "XXX8"): "with its term",
    }
    assert pairs(three, asked("old"))["lost", "GO:9000001", "CCC3"] == "comes from no removed term any more"
    # Without 2 the root takes its genes; with "last", the later file hides the record of the earlier one.
    drop: dict[str, Any] = {"removed_genes": "drop", "stages": [{"kind": "contained", "minimum": 3}]}
    on_root = asked("old", genes_without_term="root", **drop)
    assert pairs(asked("old", **drop), on_root) == {
        ("gained", ROOT, "CCC3"): "no term has the gene any more",
        ("gained", ROOT, "XXX8"): "no term has the gene any more",
    }


def test_a_later_file_hides_the_record_of_an_earlier_one(runner: Neo4jRunner, tmp_path: Path) -> None:
    terms = f"{ROOT} P\nGO:9000001 P is_a={ROOT}"
    old = f"ZZZ9 {ROOT} IDA 20100101\nAAA1 GO:9000001 IDA 20100101"
    world = World(tmp_path, terms, old=old, new="AAA1 GO:9000001 IDA 20190101")
    load.load_ontology(runner, world.obo)
    for name, path in world.gafs.items():
        load.load_annotations(runner, path, name=name)
    options: dict[str, Any] = {
        "record": "last",
        "annotations": "direct",
        "stages": [{"kind": "date", "asserted_until": "2018-01-01"}],
    }
    found = difference(runner, asked("old", **options), asked("old", "new", **options))
    assert rows_of(found.terms) == {
        "GO:9000001": (
            "lost",
            "removed by date: it lost genes of its own",
            "no longer with AAA1 (its last listed record is dropped by date)",
        )
    }


def test_sums_equal_the_sets_of_independent_builds(runner: Neo4jRunner, tmp_path: Path) -> None:
    world = World(tmp_path, TERMS, sgd=SGD, goa=GOA)
    load.load_ontology(runner, world.obo)
    for name, path in world.gafs.items():
        load.load_annotations(runner, path, name=name)
    sides = [(name, files) for name in RECIPES for files in (("sgd",), ("goa", "sgd"), ("sgd", "goa"))]
    alone = {
        (name, files): independent_build(
            Recipe(name="by-hand", **RECIPES[name]),
            obo=world.obo,
            gafs={file: world.gafs[file] for file in files},
            features=None,
        )
        for name, files in sides
    }
    drawn = random.Random(5)
    for _ in range(60):
        first, second = drawn.sample(sides, 2)
        order = tuple(drawn.sample(ORDER, drawn.randrange(len(ORDER) + 1)))
        a, b = (asked(*files, **RECIPES[name]) for name, files in (first, second))
        found = difference(runner, a, b, order=order)
        assert_sums(found, alone[first], alone[second], f"{first} to {second}, {order}")


def assert_sums(found: Difference, a: IndependentSnapshot, b: IndependentSnapshot, label: str) -> None:
    """Gained and lost are plain set differences, each thing has one cause, and the sizes follow from the sums."""
    sets: dict[str, tuple[set[Any], set[Any]]] = {
        "terms": ({(term,) for term in a.terms}, {(term,) for term in b.terms}),
        "links": (a.links, b.links),
        "pairs": (set(a.pairs), set(b.pairs)),
    }
    causes = found.causes.to_dict("records")
    for kind, keys in (("terms", ["term"]), ("links", ["child", "parent"]), ("pairs", ["term", "gene"])):
        had, has = sets[kind]
        table = getattr(found, kind)
        for change, expected in (("gained", has - had), ("lost", had - has)):
            rows = table[table["change"] == change]
            things = list(zip(*(rows[key] for key in keys), strict=True))
            assert len(things) == len(set(things)) and set(things) == expected, label
            steps = Counter(rows["step"])
            assert [row[f"{kind}_{change}"] for row in causes] == [steps[row["step"]] for row in causes], label
            counted = found.happened[(found.happened["of"] == kind) & (found.happened["change"] == change)]
            assert counted["count"].sum() == len(expected), label
        assert (causes[0][kind], causes[-1][kind]) == (len(had), len(has)), label
        size = len(had)
        for row in causes:
            size += row[f"{kind}_gained"] + row[f"{kind}_passing_gained"]
            size -= row[f"{kind}_lost"] + row[f"{kind}_passing_lost"]
            assert row[kind] == size, label


def test_an_exchange_that_cannot_stand_alone_is_made_with_the_next(runner: Neo4jRunner, tmp_path: Path) -> None:
    world = World(tmp_path, f"{ROOT} P\nGO:9000001 P is_a={ROOT}", old="AAA1 GO:9000001 IGI", new="BBB2 GO:9000001 IDA")
    load.load_ontology(runner, world.obo)
    for name, path in world.gafs.items():
        load.load_annotations(runner, path, name=name)
    found = difference(runner, asked("old"), asked("new", exclude_evidence=["IGI"]), order=("filters",))
    assert [row["cause"] for row in found.causes.to_dict("records")] == [
        "",
        "evidence codes left out: none → IGI and annotation file old → new",
    ]
    assert (found.count("pairs", "gained"), found.count("pairs", "lost"), len(found.terms)) == (1, 1, 0)


def build_both(runner: Neo4jRunner) -> None:
    for name, side in (("before", A.side), ("after", B.side)):
        build_snapshot(runner, name, side.recipe, release=side.release, sources=side.sources, genome=side.genome)


def test_folders_are_compared_without_the_records(planted: Neo4jRunner, tmp_path: Path) -> None:
    build_both(planted)
    before, after = read_snapshot(planted, "before"), read_snapshot(planted, "after")
    exact, frozen = difference(planted, A, B), differ_frozen(before, after, ("before", "after"))
    for kind in ("terms", "links", "pairs"):
        for change in ("gained", "lost"):
            assert frozen.count(kind, change) == exact.count(kind, change)
    assert not frozen.exact and set(frozen.terms["cause"]) == {"not told apart"}
    assert "what each of these changes did cannot be told apart: ontology 2018-06-01 → 2019-06-01; " in frozen.notes[0]
    assert rows_of(frozen.terms) == {
        "GO:9000010": ("lost", "is no candidate", ""),
        "GO:9000012": ("gained", "was no candidate", ""),
        "GO:9000020": ("gained", "was no candidate", ""),
        **{
            f"GO:90000{number}": (
                "lost",
                "removed by contained",
                f"contains {genes} gene{'s' * (genes > 1)}, fewer than 3",
            )
            for number, genes in {30: 1, 40: 1, 50: 1, 70: 2, 91: 2}.items()
        },
        "GO:9000080": ("lost", "removed by redundant", "contains the same 3 genes as its child GO:9000081"),
        "GO:ROOT": ("gained", "was no candidate", ""),
    }
    # One change alone is the cause of everything.
    build_snapshot(planted, "third", Recipe(name="r", **(BEFORE | {"super_root": "always"})), release="2018-06-01",
                   sources=["old"], genome=AS_ANNOTATED)  # fmt: skip
    one = differ_frozen(before, read_snapshot(planted, "third"), ("before", "third"))
    assert one.exact and list(one.terms["term"]) == ["GO:ROOT"]
    assert set(one.terms["cause"]) == {"super root: when-needed → always"}
    same = differ_frozen(before, before, ("before", "before"))
    assert same.notes == ("Both manifests name the same recipe and the same inputs.",)
    assert not len(same.terms) and not len(same.pairs)


def test_a_built_snapshot_that_its_recipe_does_not_give(planted: Neo4jRunner) -> None:
    build_both(planted)
    before = built(planted, "before")
    assert before.manifest is not None
    damaged = before.manifest.model_copy(update={"stages": before.manifest.stages[:-1]})
    with pytest.raises(SnapshotError, match="the snapshot before is not what its recipe gives"):
        difference(planted, Asked(label="before", side=before.side, manifest=damaged), B)


def test_a_file_with_equal_counts_and_other_genes(planted: Neo4jRunner, tmp_path: Path) -> None:
    build_both(planted)
    other = World(tmp_path, FIRST, other=OLD.replace("AAA1 GO:9000010", "HHH8 GO:9000010"))
    load.load_annotations(planted, other.gafs["other"], name="other")
    before = built(planted, "before")
    # As if the file had been exchanged under its name: every stage has as many terms and pairs as before.
    replaced = Asked(label="before", side=replace(before.side, sources=("other",)), manifest=before.manifest)
    with pytest.raises(SnapshotError, match="the snapshot before is not what its recipe gives") as error:
        difference(planted, replaced, B)
    assert error.value.found == "in one of the two only: terms 0, links 0, pairs 2"
    assert len(difference(planted, before, B).terms) == 10


def test_a_built_snapshot_says_its_last_day(planted: Neo4jRunner) -> None:
    for name, of, day in (
        ("early", find_recipe("torchcell-2025"), "2018-12-31"),
        ("all", find_recipe("torchcell-2025"), None),
        ("own", Recipe(name="own"), "2018-12-31"),
    ):
        recipe = with_options(of, until=day)
        build_snapshot(planted, name, recipe, release="2018-06-01", sources=["old"], genome=AS_ANNOTATED)
    found = difference(planted, built(planted, "early"), built(planted, "all"))
    assert found.a.made_of.startswith("recipe torchcell-2025 until 2018-12-31, ontology")
    assert found.b.made_of.startswith("recipe torchcell-2025, ontology")
    found = difference(planted, built(planted, "own"), built(planted, "all"))
    assert found.a.made_of.startswith("recipe own until 2018-12-31, ontology")


app = typer.Typer()
app.command()(diff)


@pytest.fixture
def door(planted: Neo4jRunner, database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Neo4jRunner:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.setenv("COLUMNS", "250")
    for name in ("NEO4J_URI", "DCELL_GRAPH_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    build_both(planted)
    return planted


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.stderr
    return result.stdout


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 1 and "Traceback" not in result.stderr, result.output
    return result.stderr


def test_what_the_command_prints(door: Neo4jRunner) -> None:
    shown = run("before", "after")
    assert "From A to B: 3 terms gained and 7 lost, 4 links gained and 10 lost, 8 pairs gained and 13 lost." in shown
    assert "No net change: 1 term, 1 link, 2 pairs came or went at one step and back at a later one." in shown
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    # 60 passes: it counts in the number after the step, not as gained.
    assert "2 annotation file new added 1 15 1 16 3 37" in lines
    assert "all 3 7 9 4 10 8 8 13 24" in lines
    listed = next(line.rstrip() for line in shown.splitlines() if line.startswith("GO:9000080"))
    assert listed.endswith("has the same 3 genes as GO:9000081")


def test_the_tree(door: Neo4jRunner) -> None:
    lines = [line.rstrip() for line in run("before", "after", "--tree").splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("Where they are"))
    shown = [line.split() for line in lines[start + 1 :]]
    # 91 hangs on the root; nothing below it changed. 81 hangs on the root in B, so nothing hangs below 80.
    assert shown[0] == ["+", "GO:ROOT", "artificial", "root", "+2", "-7"]
    assert shown[1] == ["└──", "GO:0008150", "+2", "-7"]
    marks = {tuple(line[1:]) for line in shown[2:]}
    assert len(shown) == 2 + 8 + 1
    assert marks <= {("-", f"GO:90000{number}") for number in (10, 30, 40, 50, 70, 80, 91)} | {
        ("+", "GO:9000012"),
        ("+", "GO:9000020"),
        ("and", "1", "more", "(--all", "shows", "every", "one)"),
    }
    every = run("before", "after", "--tree", "--all")
    assert "--all" not in every and every.count("├── ") == 8


def test_json_and_csv_hold_the_same_tables(door: Neo4jRunner, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    content = json.loads(run("before", "after", "--json", "--tree", "--csv", str(folder)))
    assert {path.name for path in folder.iterdir()} == {
        *("causes.csv", "happened.csv", "terms.csv", "links.csv", "pairs.csv", "notes.txt")
    }
    with (folder / "terms.csv").open(newline="") as file:
        assert [row["term"] for row in csv.DictReader(file)] == [row["term"] for row in content["terms"]]
    assert [row["cause"] for row in content["causes"]] == [row[0] for row in CAUSES]
    assert content["no_net_change"] == {"terms": 1, "links": 1, "pairs": 2}
    assert content["tree"][0]["term"] == "GO:ROOT" and len(content["tree"][0]["children"][0]["children"]) == 9


def test_sides_that_are_not_built(door: Neo4jRunner, tmp_path: Path) -> None:
    changed = run("before", "--annotations", "old", "--annotations", "new", "--ontology", "2019-06-01")
    assert "B is A changed: recipe by-hand, ontology 2019-06-01, annotations old + new" in changed
    assert changed.count("annotation file new added") == 1
    toml = tmp_path / "mine.toml"
    toml.write_text('annotations = "direct"\n[[stages]]\nkind = "date"\n')
    shown = run("before", f"recipe:{toml}", "--until", "2010-01-01", "--set", "super_root=always", "--show", "links")
    # The date goes into the date stage that the recipe has for it.
    assert "stage date (until 2010-01-01) added" in shown
    assert (
        f"B is recipe:{toml}: recipe mine until 2010-01-01 (super root: when-needed → always), ontology 2018-06-01"
        in shown
    )
    both = run(f"recipe:{toml}", "recipe:default", "--a-annotations", "old", "--a-ontology", "2018-06-01")
    assert "annotations: direct → propagated" in both
    # A recipe that is asked for by its name is not named twice.
    assert "\nB is recipe default, ontology 2018-06-01, annotations old, genome" in both
    assert "A is recipe:" in run(f"recipe:{toml}", "after")


def test_a_folder(door: Neo4jRunner, database_settings: Settings, tmp_path: Path) -> None:
    write_snapshot(read_snapshot(door, "before"), tmp_path / "before")
    shown = run(str(tmp_path / "before"), "after", "--all")
    assert shown.startswith("Two frozen snapshots: without the records nothing can be applied again")
    assert "From A to B: 3 terms gained and 7 lost" in shown
    exported = database_settings.snapshots / "only-exported"
    write_snapshot(read_snapshot(door, "after"), exported)
    assert "From A to B: 7 terms gained and 3 lost" in run("only-exported", "before")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("before", "there is nothing to compare with"),
        ("nowhere after", "there is no snapshot nowhere: expected after, before"),
        ("no/where after", "there is no snapshot in no/where"),
        ("before after --until 2010-01-01", "after is built, so that nothing about it can be changed"),
        ("before --a-until 2010-01-01 --until 2010-01-01", "before is built"),
        ("recipe:default recipe:ma-2018", "--a-annotations is needed: expected new or old"),
        ("recipe:none after", "there is no recipe none"),
        ("before --annotations none", "there is no annotation file none"),
        ("before --set nothing", "an option cannot be read: expected --set KEY=VALUE, found nothing"),
        ("before --set name=other", "the name of a recipe changes nothing in a snapshot"),
        ("before --set description=other", "the description of a recipe changes nothing in a snapshot"),
        ("before after --order time", "--order cannot be time"),
        ("before after --show genes", "--show cannot be genes"),
        ("before after --depth 2", "without --tree there are no levels to choose: --depth"),
        ("before after --json --all", "--json prints everything"),
    ],
)
def test_mistakes_are_one_sentence(door: Neo4jRunner, arguments: str, sentence: str) -> None:
    error = refused(*arguments.split())
    assert sentence in error and error.count("\n") == 1


def test_a_folder_takes_no_changes(door: Neo4jRunner, tmp_path: Path) -> None:
    folder = str(tmp_path / "before")
    write_snapshot(read_snapshot(door, "before"), tmp_path / "before")
    assert "a folder is compared as it is, so it takes none of: --until" in refused(folder, "--until", "2010-01-01")
    assert "a folder can only be compared with another snapshot" in refused(folder)
    assert "a folder can only be compared with another snapshot" in refused(folder, "recipe:default")


@pytest.mark.real_data
def test_one_real_source_against_both(real_runner: Neo4jRunner, mirror: Path) -> None:
    recipe = find_recipe("torchcell-2025-n4")
    one = ("goa_yeast-2019-10-15",)
    both = (*one, "sgd-2011-12-24")
    sides = [
        Asked(label="x", side=Side(recipe=recipe, release="2016-12-06", sources=files, genome="sgd"))
        for files in (one, both)
    ]
    expected = [
        independent_build(
            recipe,
            obo=mirror / ONTOLOGY,
            gafs={file: mirror / SOURCES[file] for file in files},
            features=mirror / GENOME,
        )
        for files in (one, both)
    ]
    found = difference(real_runner, sides[0], sides[1])
    assert_sums(found, expected[0], expected[1], "real files")
    assert (found.count("terms", "gained"), found.count("terms", "lost")) == (
        len(expected[1].terms - expected[0].terms),
        len(expected[0].terms - expected[1].terms),
    )
    # Every term that the database's build removed has its stage from there.
    for row in found.terms[found.terms["change"] == "lost"].to_dict("records"):
        stage = expected[1].removed[row["term"]]
        assert row["happened"].startswith(f"removed by {stage}"), row
