"""Comparing two small files whose every pair, difference and reason was worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph import load
from dcell_graph.graph.comparison.blame import blame
from dcell_graph.graph.comparison.changes import changes
from dcell_graph.graph.comparison.compare import CompareConfig, Comparison, compare
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.waterfall import waterfall
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from tests.small_world import World, gaf_row

TERMS = """
GO:0008150 P
GO:0003674 F
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001 alt_id=GO:9000009
GO:9000003 P is_a=GO:9000001
GO:9000004 P is_obsolete=true replaced_by=GO:9000003
GO:9000005 F is_a=GO:0003674
"""
# AAA1: evidence and date differ. BBB2: only old. CCC3: merged id against the live one, date differs. DDD4: NOT in new.
# EEE5: IGI in new. FFF6: obsolete in old, its successor in new. GGG7: unknown id. HHH8: ND in old only. III9: another
# term of the same gene. JJJ0: a gene that only new names.
OLD = """
AAA1 GO:9000001 IDA 20100101
AAA1 GO:9000001 IEA 20110101
BBB2 GO:9000002 IMP 20100101
CCC3 GO:9000009 IDA 20100101
DDD4 GO:9000002 IDA 20100101
EEE5 GO:9000003 IMP 20100101
FFF6 GO:9000004 IDA 20100101
GGG7 GO:9999999 IDA 20100101
HHH8 GO:0008150 ND 20100101
III9 GO:9000001 IDA 20100101
KKK1 GO:9000005 IDA 20100101
"""
NEW = """
AAA1 GO:9000001 IDA 20120101
CCC3 GO:9000002 IDA 20120101
DDD4 GO:9000002 IDA 20120101 NOT
EEE5 GO:9000003 IGI 20120101
FFF6 GO:9000003 IDA 20120101
III9 GO:9000002 IDA 20120101
JJJ0 GO:9000001 IDA 20120101
KKK1 GO:9000005 IDA 20100101
"""
ONTOLOGY = "2018-06-01"


@pytest.fixture
def world(runner: Neo4jRunner, tmp_path: Path) -> Neo4jRunner:
    text = TERMS.replace(" replaced_by=GO:9000003", "")
    made = World(tmp_path, text, old=OLD, new=NEW)
    made.obo.write_text(
        made.obo.read_text().replace("is_obsolete: true ! some name\n", "is_obsolete: true\nreplaced_by: GO:9000003\n")
    )
    load.load_ontology(runner, made.obo)
    for name, day in (("old", "2011-06-02"), ("new", "2012-06-03")):
        gaf = made.gafs[name]
        gaf.write_text(gaf.read_text().replace("2018-06-02", day))
        load.load_annotations(runner, gaf, name=name)
    return runner


def run(runner: Neo4jRunner, *, hierarchy: bool = False, months: int = 12, **filters: object) -> Comparison:
    config = CompareConfig(
        a="old",
        b="new",
        release=ONTOLOGY,
        genome=AS_ANNOTATED,
        filters=Filters(**filters),  # type: ignore[arg-type]
        hierarchy=hierarchy,
        stale_months=months,
    )
    return compare(runner, config)


def table(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame[list(columns)].itertuples(index=False, name=None)]


def sides(result: Comparison) -> dict[str, str]:
    """``AAA1 9000001`` -> side."""
    rows = table(result.pairs, "symbol", "term", "side")
    return {f"{symbol} {str(term).removeprefix('GO:')}": str(side) for symbol, term, side in rows}


def test_every_pair_has_one_side(world: Neo4jRunner) -> None:
    result = run(world)
    assert sides(result) == {
        "AAA1 9000001": "both",
        "BBB2 9000002": "only_a",
        "CCC3 9000002": "both",
        "DDD4 9000002": "only_a",
        "EEE5 9000003": "both",
        "FFF6 9000003": "only_b",
        "III9 9000001": "only_a",
        "III9 9000002": "only_b",
        "JJJ0 9000001": "only_b",
        "KKK1 9000005": "both",
    }
    assert result.totals == {
        "only_a": 3,
        "only_b": 3,
        "both": 4,
        "same": 1,
        "evidence": 2,
        "date": 3,
        "relation": 0,
        "reference": 0,
        "evidence_or_date": 3,
    }


def test_both_sides_values_stand_beside_each_other_as_sorted_lists(world: Neo4jRunner) -> None:
    pairs = run(world).pairs
    row = pairs[(pairs["symbol"] == "AAA1").to_numpy()].iloc[0]
    assert row["differs"] == ("evidence", "date")
    assert (row["evidence_a"], row["evidence_b"]) == (("IDA", "IEA"), ("IDA",))
    assert (row["dates_a"], row["dates_b"]) == (("2010-01-01", "2011-01-01"), ("2012-01-01",))
    assert (row["references_a"], row["references_b"]) == (("PMID:99000001",), ("PMID:99000001",))
    assert row["relations_a"] == ("acts_upstream_of_or_within (implied)",)
    assert (row["gene"], row["term"], row["namespace"], row["not"]) == (
        "SGD:S-AAA1",
        "GO:9000001",
        "biological_process",
        False,
    )


def test_why_a_pair_is_in_one_file_only(world: Neo4jRunner) -> None:
    pairs = run(world, exclude_evidence=("IGI",)).pairs
    words = {f"{symbol} {term[3:]}": why for symbol, term, why in table(pairs, "symbol", "term", "explanation")}
    assert {pair: why for pair, why in words.items() if why is not None} == {
        "BBB2 9000002": "gene not named there",
        "DDD4 9000002": "left out there: NOT",
        "EEE5 9000003": "left out there: evidence IGI",
        "FFF6 9000003": "under an obsolete id there",
        "III9 9000001": "not stated there",
        "III9 9000002": "not stated there",
        "JJJ0 9000001": "gene not named there",
    }


def test_more_general_and_more_specific_terms_are_found_on_request(world: Neo4jRunner) -> None:
    pairs = run(world, hierarchy=True).pairs
    words = {f"{symbol} {term[3:]}": why for symbol, term, why in table(pairs, "symbol", "term", "explanation")}
    assert words["III9 9000001"] == "a more specific term there"
    assert words["III9 9000002"] == "a more general term there"


def test_merged_obsolete_and_unknown_terms_are_listed_apart(world: Neo4jRunner) -> None:
    listed = table(run(world).terms, "source", "stated", "status", "term", "replaced_by", "annotations")
    assert listed == [
        ("old", "GO:9000009", "merged", ["GO:9000002"], [], 1),
        ("old", "GO:9000004", "obsolete", [], ["GO:9000003"], 1),
        ("old", "GO:9999999", "unknown", [], [], 1),
    ]


def test_not_is_counted_and_visible(world: Neo4jRunner) -> None:
    kept = run(world, negated="keep")
    assert ("DDD4", "GO:9000002", True, "only_b") in table(kept.pairs, "symbol", "term", "not", "side")
    assert ("DDD4", "GO:9000002", False, "only_a") in table(kept.pairs, "symbol", "term", "not", "side")
    why = {(symbol, negated): words for symbol, negated, words in table(kept.pairs, "symbol", "not", "explanation")}
    assert why["DDD4", True] == why["DDD4", False] == "the other way round there (NOT)"
    assert table(run(world).contradictions, "symbol", "term", "positive_in", "not_in") == [
        ("DDD4", "GO:9000002", ["old"], ["new"])
    ]
    steps = {(source, step): number for source, step, number in table(run(world).steps, "source", "step", "number")}
    assert (steps["old", "NOT"], steps["new", "NOT"]) == (0, 1)


def test_dates_are_limits_of_the_date_column_inclusive(world: Neo4jRunner) -> None:
    until = run(world, asserted_until=date(2010, 1, 1))
    row = until.pairs[(until.pairs["symbol"] == "AAA1").to_numpy()].iloc[0]
    assert (row["side"], row["evidence_a"], row["dates_a"]) == ("only_a", ("IDA",), ("2010-01-01",))
    assert row["explanation"] == "left out there: date"
    assert sides(run(world, asserted_from=date(2012, 1, 2))) == {}
    assert set(sides(run(world, asserted_from=date(2012, 1, 1))).values()) == {"only_b"}


def test_namespace_and_gene_filters(world: Neo4jRunner) -> None:
    assert sides(run(world, namespaces=("molecular_function",))) == {"KKK1 9000005": "both"}
    assert sides(run(world, genes=("SGD:S-AAA1", "SGD:S-JJJ0"))) == {"AAA1 9000001": "both", "JJJ0 9000001": "only_b"}


def test_sums_by_code_namespace_year_and_difference(world: Neo4jRunner) -> None:
    result = run(world)
    columns = ("evidence", "annotations_a", "annotations_b", "only_a", "only_b", "both_a", "both_b")
    assert table(result.by_evidence, *columns) == [
        ("IDA", 5, 6, 2, 3, 3, 3),
        ("IEA", 1, 0, 0, 0, 1, 0),
        ("IGI", 0, 1, 0, 0, 0, 1),
        ("IMP", 2, 0, 1, 0, 1, 0),
    ]
    assert table(result.by_namespace, "namespace", "only_a", "only_b", "both", "date_differs") == [
        ("biological_process", 3, 3, 3, 3),
        ("molecular_function", 0, 0, 1, 0),
    ]
    assert table(result.by_year, "year", "only_a", "only_b", "both_a", "both_b") == [
        (2010, 3, 0, 3, 1),
        (2011, 0, 0, 1, 0),
        (2012, 0, 3, 0, 3),
    ]
    assert table(result.by_difference, "differs", "pairs") == [("evidence + date", 2), ("date", 1), ("nothing", 1)]


def test_how_old_the_files_are_is_said_and_a_stale_one_warned_about(world: Neo4jRunner) -> None:
    # From 2011-06-02 to 2012-06-03 is more than twelve months by one day.
    assert "old made on 2011-06-02, new made on 2012-06-03" in run(world).notes[0]
    assert "old (2011-06-02) is 12 months older than new (2012-06-03)" in run(world).notes[-1]
    assert not any("older" in note for note in run(world, months=13).notes)


def test_the_waterfall_adds_up_at_each_step(world: Neo4jRunner) -> None:
    result = waterfall(world, ("old", "new"), release=ONTOLOGY, genome=AS_ANNOTATED)
    mine = result.steps[(result.steps["source"] == "old").to_numpy()]
    shown = [row for row in table(mine, "step", "kind", "number", "left") if row[2]]
    assert shown == [
        ("rows read", "total", 11, 11),
        ("annotations", "total", 11, 11),
        ("no data (ND)", "out", 1, 10),
        ("term: unknown", "out", 1, 9),
        ("term: obsolete", "out", 1, 8),
        ("kept annotations", "total", 8, 8),
        ("further annotations of a pair", "out", 1, 7),
        ("pairs", "total", 7, 7),
    ]
    left = 0
    for step, kind, number, after in table(result.steps, "step", "kind", "number", "left"):
        if step == "rows read":
            left = number
        left += {"out": -number, "in": number, "total": 0}[kind]
        # A total is not set but repeats what the steps before it left.
        assert after == left and (kind != "total" or number == left), step


def test_changes_between_files_of_one_family(world: Neo4jRunner) -> None:
    result = changes(world, "old", "new", release=ONTOLOGY, genome=AS_ANNOTATED)
    rows = {(symbol, change) for symbol, change in table(result.annotations, "symbol", "change")}
    assert {row for row in rows if row[0] in ("AAA1", "CCC3", "DDD4", "EEE5", "KKK1")} == {
        ("AAA1", "re-dated"),
        ("AAA1", "removed"),
        # The merged id and the live one are the same term.
        ("CCC3", "re-dated"),
        ("DDD4", "qualifier changed"),
        ("EEE5", "evidence changed"),
        ("KKK1", "unchanged"),
    }
    negated = result.annotations[(result.annotations["symbol"] == "DDD4").to_numpy()].iloc[0]
    assert (negated["not_a"], negated["not_b"]) == (False, True)


def test_case_53_says_what_was_removed_by_evidence(runner: Neo4jRunner) -> None:
    folder = Path(__file__).parent.parent / "cases" / "53-release-much-smaller-than-before"
    load.load_ontology(runner, folder / "go.obo")
    for name in ("august", "september"):
        load.load_annotations(runner, folder / f"{name}.gaf", name=name)
    result = changes(runner, "august", "september", release=ONTOLOGY, genome=AS_ANNOTATED)
    assert result.sentence("removed") == "removed 13, all IEA"
    assert result.sentence("added") == "added 0"
    assert (result.totals["unchanged"], result.totals["removed at all"]) == (7, 13)


def test_blame_tells_the_history_of_a_pair(world: Neo4jRunner, tmp_path: Path) -> None:
    # A third release of the same source: AAA1 is gone, and DDD4 and BBB2 come back.
    third = tmp_path / "third.gaf"
    rows = [gaf_row("BBB2", "GO:9000009", "IMP", "20100101"), gaf_row("DDD4", "GO:9000002", "IEA", "20130101")]
    third.write_text("!gaf-version: 2.2\n!date-generated: 2013-01-01\n" + "".join(rows))
    load.load_annotations(world, third, name="a-third")

    def told(gene: str, term: str) -> list[tuple[object, ...]]:
        events = blame(world, gene, term, genome=AS_ANNOTATED, release=ONTOLOGY).events
        return table(events, "file", "not", "event", "detail")

    assert told("AAA1", "GO:9000001") == [
        ("old", False, "first seen", "IDA, IEA, dated 2010-01-01 to 2011-01-01"),
        ("new", False, "evidence dropped", "IEA, dated 2011-01-01"),
        ("new", False, "re-dated", "IDA, 2010-01-01 -> 2012-01-01"),
        ("a-third", False, "dropped", "had IDA, dated 2012-01-01"),
    ]
    assert told("BBB2", "GO:9000009") == [
        ("old", False, "first seen", "IMP, dated 2010-01-01"),
        ("new", False, "dropped", "had IMP, dated 2010-01-01"),
        ("a-third", False, "came back", "IMP, dated 2010-01-01"),
    ]
    assert told("ddd4", "GO:9000002") == [
        ("old", False, "first seen", "IDA, dated 2010-01-01"),
        ("new", False, "dropped", "had IDA, dated 2010-01-01"),
        ("new", True, "first seen", "IDA, dated 2012-01-01"),
        ("a-third", False, "came back", "IEA, dated 2013-01-01"),
        ("a-third", True, "dropped", "had IDA, dated 2012-01-01"),
    ]
    records = blame(world, "BBB2", "GO:9000002", genome=AS_ANNOTATED, release=ONTOLOGY).records
    assert table(records, "file", "stated", "dates") == [
        ("old", "GO:9000002", ["2010-01-01"]),
        ("a-third", "GO:9000009", ["2010-01-01"]),
    ]
    never = blame(world, "KKK1", "GO:9000003", genome=AS_ANNOTATED, release=ONTOLOGY)
    assert never.records.empty and "never in old" in never.sentences[0]


def test_what_cannot_be_compared_is_a_sentence(world: Neo4jRunner) -> None:
    with pytest.raises(NotFound, match="there is no annotation file none"):
        compare(world, CompareConfig(a="old", b="none", release=ONTOLOGY, genome=AS_ANNOTATED))
    with pytest.raises(InputError, match="compared with itself"):
        compare(world, CompareConfig(a="old", b="old", release=ONTOLOGY, genome=AS_ANNOTATED))
    with pytest.raises(InputError, match="there is no evidence code XYZ"):
        Filters(exclude_evidence=("XYZ",))
    with pytest.raises(InputError, match="no day lies between"):
        Filters(asserted_from=date(2012, 1, 2), asserted_until=date(2012, 1, 1))
    with pytest.raises(NotFound, match="has no gene ZZZ9"):
        blame(world, "ZZZ9", "GO:9000001", genome=AS_ANNOTATED, release=ONTOLOGY)
    with pytest.raises(InputError, match="not a GO id"):
        blame(world, "AAA1", "repair", genome=AS_ANNOTATED, release=ONTOLOGY)
