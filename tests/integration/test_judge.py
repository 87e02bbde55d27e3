"""Judging annotations against a release, by hand on a small world and by an independent count on the real files."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from dcell_graph.errors import NotFound
from dcell_graph.graph import load
from dcell_graph.graph.judge import Judgement, judge
from dcell_graph.graph.runner import Neo4jRunner
from tests.independent_sources import lines_of
from tests.real_files import ONTOLOGY, SOURCES
from tests.small_world import World, gaf_row

TERMS = """
GO:0008150 P
GO:0003674 F alt_id=GO:0005554
GO:9000001 P is_a=GO:0008150 alt_id=GO:9000009 alt_id=GO:9000008
GO:9000002 P part_of=GO:9000001
GO:9000003 P is_a=GO:0008150 has_part=GO:9000001 regulates=GO:9000002
GO:9000004 P is_a=GO:9000098
GO:9000005 P is_a=GO:9000004
GO:9000006 P is_a=GO:9000007
GO:9000007 P is_a=GO:0008150 is_obsolete=true
GO:9000008 P is_obsolete=true
GO:9000010 F is_a=GO:0003674 part_of=GO:9000002
GO:9000011 - is_a=GO:0008150
"""
ROWS = """
AAA1 GO:9000007
AAA1 GO:9000008
AAA1 GO:9000009
AAA1 GO:9000097
BBB2 GO:9000005
BBB2 GO:9000006
BBB2 GO:9000011
BBB2 GO:0005554 ND
CCC3 GO:0008150 ND
CCC3 GO:9000001 IDA 20180101 NOT
DDD4 GO:0008150 ND
DDD4 GO:0008150 IEA
DDD4 GO:9000002 IEA 20180101 contributes_to
EEE5 GO:9000002 IDA 20180101
EEE5 GO:9000009 IDA 20180101 NOT
EEE5 GO:9000009 IMP 20180101 NOT
FFF6 GO:9000003 IDA 20180101
FFF6 GO:9000001 IDA 20180101 NOT
GGG7 GO:9000001 IDA 20180101
GGG7 GO:9000002 IDA 20180101 NOT
HHH8 GO:9000010 IDA 20180101
HHH8 GO:9000001 IDA 20180101 NOT
"""
RELEASE = "2018-06-01"


@pytest.fixture
def world(runner: Neo4jRunner, tmp_path: Path) -> World:
    world = World(tmp_path, TERMS, sgd=ROWS)
    offers = "replaced_by: GO:9000001\nconsider: GO:9000003\nconsider: GO:9000002\n"
    world.obo.write_text(world.obo.read_text().replace("id: GO:9000007\n", f"id: GO:9000007\n{offers}"))
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    return world


def said(judgement: Judgement, *reasons: str) -> set[tuple[int | None, str, str]]:
    """(row, outcome, text) of remarks; rows counted from 1 as in ROWS, which follow two lines of header."""
    return {
        (None if remark.line is None else remark.line - 2, remark.outcome, remark.text)
        for remark in judgement.remarks
        if remark.reason in reasons
    }


def test_what_a_release_refuses(runner: Neo4jRunner, world: World) -> None:
    judgement = judge(runner, "sgd", RELEASE)
    assert said(judgement, "obsolete", "unknown") == {
        (
            1,
            "refused",
            "GO:9000007 is obsolete in release 2018-06-01, "
            "replaced by GO:9000001, consider GO:9000002, consider GO:9000003",
        ),
        (4, "refused", "GO:9000097 is not in release 2018-06-01"),
    }
    assert (judgement.rows, judgement.kept, judgement.merged, judgement.refused) == (22, 20, 0, 2)


def test_ids_that_a_live_term_took_over(runner: Neo4jRunner, world: World) -> None:
    taken = said(judge(runner, "sgd", RELEASE), "alt_id")
    assert {(row, text.split()[0], text.split()[4].rstrip(",")) for row, _, text in taken} == {
        (2, "GO:9000008", "GO:9000001"),  # an obsolete stanza of the same id loses
        (3, "GO:9000009", "GO:9000001"),
        (8, "GO:0005554", "GO:0003674"),
        (15, "GO:9000009", "GO:9000001"),
        (16, "GO:9000009", "GO:9000001"),
    }


def test_terms_that_no_rooted_snapshot_has(runner: Neo4jRunner, world: World) -> None:
    judgement = judge(runner, "sgd", RELEASE)
    # 5 has a lost grandparent, 6 stands under an obsolete term only; 11 has no namespace.
    assert {row for row, _, _ in said(judgement, "unrooted")} == {5, 6, 7}
    assert {row for row, _, _ in said(judgement, "namespace")} == {7}


def test_no_data(runner: Neo4jRunner, world: World) -> None:
    judgement = judge(runner, "sgd", RELEASE)
    # A NOT is no data, and neither is evidence on the root; that of another branch does not count.
    assert said(judgement, "no data") == {
        (11, "flagged", "no data on DDD4 in biological process, but there are some in line 15")
    }
    assert {row for row, _, _ in said(judgement, "root")} == {12}
    assert judgement.no_data["biological_process"] == (("SGD:S-CCC3", "CCC3"),)
    assert judgement.no_data["molecular_function"] == (("SGD:S-BBB2", "BBB2"),)


def test_contradictions_go_up_over_is_a_and_part_of(runner: Neo4jRunner, world: World) -> None:
    # FFF6 only over has_part and regulates; GGG7 is denied below, not above, what it has; HHH8 crosses a branch.
    assert said(judge(runner, "sgd", RELEASE), "contradiction") == {
        (
            15,
            "flagged",
            "EEE5 is NOT at GO:9000001 (lines 17, 18), but positive on a term below it in line 16",
        ),
        (22, "flagged", "HHH8 is NOT at GO:9000001, but positive on a term below it in line 23"),
    }


def test_columns_that_contradict_the_term(runner: Neo4jRunner, world: World) -> None:
    judgement = judge(runner, "sgd", RELEASE)
    # Every row says P. The term of row 7 has no namespace at all.
    assert {row for row, _, _ in said(judgement, "aspect")} == {8, 21}
    assert {row for row, _, _ in said(judgement, "relation")} == {13}


def test_a_gene_may_have_two_products(runner: Neo4jRunner, tmp_path: Path) -> None:
    world = World(tmp_path, TERMS)
    rows = [gaf_row("P1", "GO:9000002"), gaf_row("P2", "GO:9000001", "IMP", "20180101", "NOT")]
    for place, row in enumerate(rows):
        cells = row.split("\t")
        cells[0], cells[10] = "UniProtKB", "YPR901W"
        rows[place] = "\t".join(cells)
    gaf, features = tmp_path / "goa.gaf", tmp_path / "features.tab"
    gaf.write_text("!gaf-version: 2.1\n" + "".join(rows))
    features.write_text("\t".join(["S1", "ORF", "Verified", "YPR901W", "AAA1", ""] + [""] * 10) + "\n")
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, gaf, name="goa")
    load.load_genome(runner, features, name="sgd")
    assert judge(runner, "goa", RELEASE).counts() == {}
    assert judge(runner, "goa", RELEASE, "sgd").counts() == {"flagged: contradiction": 1}


def test_what_is_not_loaded_cannot_be_judged(runner: Neo4jRunner, world: World) -> None:
    for source, release, genome in (
        ("none", RELEASE, "as-annotated"),
        ("sgd", "none", "as-annotated"),
        ("sgd", RELEASE, "none"),
    ):
        with pytest.raises(NotFound, match="none"):
            judge(runner, source, release, genome)


@pytest.mark.real_data
@pytest.mark.parametrize("source", list(SOURCES))
def test_the_real_files_by_an_independent_count(real_runner: Neo4jRunner, mirror: Path, source: str) -> None:
    live, alternatives, obsolete, roots = plain_ontology(mirror / ONTOLOGY)
    expected: Counter[str] = Counter()
    rows = 0
    seen: set[tuple[str, ...]] = set()
    for line in lines_of(mirror / SOURCES[source]):
        if line.startswith("!"):
            continue
        rows += 1
        cells = [*line.split("\t"), "", ""]
        paper = next((part for part in cells[5].split("|") if part.startswith("PMID")), cells[5].split("|")[0])
        partners = "|".join(sorted(cells[7].split("|")))
        key = (*cells[:2], cells[3], cells[4], paper, cells[6], partners, *cells[15:17])
        if key in seen:
            expected["merged: duplicate"] += 1
            continue
        seen.add(key)
        term, evidence, aspect = cells[4], cells[6], cells[8]
        used = term if term in live else alternatives.get(term)
        if used is None:
            expected["refused: obsolete" if term in obsolete else "refused: unknown"] += 1
            continue
        expected["flagged: alt_id"] += used != term
        expected["flagged: root"] += used in roots and evidence != "ND"
        expected["flagged: aspect"] += {"P": "biological_process", "F": "molecular_function"}.get(
            aspect, "cellular_component"
        ) != live[used]
    judgement = judge(real_runner, source, "2016-12-06", "sgd")
    compared = {reason: number for reason, number in judgement.counts().items() if reason in expected}
    assert compared == {reason: number for reason, number in expected.items() if number}
    assert judgement.rows == rows == judgement.kept + judgement.merged + judgement.refused
    assert judgement.refused == expected["refused: obsolete"] + expected["refused: unknown"]


def plain_ontology(path: Path) -> tuple[dict[str, str], dict[str, str], set[str], set[str]]:
    """Live terms with their namespaces, alt_ids of live terms, obsolete terms, and the three roots."""
    stanzas: list[dict[str, list[str]]] = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for block in file.read().split("\n[Term]\n")[1:]:
            tags: dict[str, list[str]] = defaultdict(list)
            for line in block.split("\n[Typedef]")[0].splitlines():
                tag, _, value = line.partition(": ")
                tags[tag].append(value)
            stanzas.append(tags)
    gone = {tags["id"][0] for tags in stanzas if tags["is_obsolete"] == ["true"]}
    live = {tags["id"][0]: tags["namespace"][0] for tags in stanzas if tags["id"][0] not in gone}
    taken = {other: tags["id"][0] for tags in stanzas if tags["id"][0] in live for other in tags["alt_id"]}
    return live, taken, gone, {"GO:0008150", "GO:0003674", "GO:0005575"}
