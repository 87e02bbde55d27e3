"""Case 20: two releases of one source. A new date is not a removal and an addition, and is not the day of discovery."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from dcell_graph.graph import load
from dcell_graph.graph.comparison.changes import Changes, changes
from dcell_graph.graph.comparison.compare import CompareConfig, compare
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.known_on import known_on
from dcell_graph.graph.comparison.waterfall import waterfall
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from tests.cases.helpers import Program

FOLDER = Path(__file__).parent / "20-gaf-redating-between-releases"
OLD, NEW, ONTOLOGY = "release-2017-10-01", "release-2018-06-01", "2018-06-01"


@pytest.fixture
def loaded(runner: Neo4jRunner) -> Neo4jRunner:
    load.load_ontology(runner, FOLDER / "go.obo")
    for name in (OLD, NEW):
        load.load_annotations(runner, FOLDER / f"{name}.gaf", name=name)
    return runner


def found(result: Changes) -> dict[str, tuple[str, str, object, object]]:
    """By symbol: term, change, dates on both sides."""
    rows = result.annotations[["symbol", "term", "change", "dates_a", "dates_b"]].itertuples(index=False)
    return {str(symbol): (str(term), str(change), a, b) for symbol, term, change, a, b in rows}


def test_what_changed_between_the_releases(loaded: Neo4jRunner) -> None:
    result = changes(loaded, OLD, NEW, release=ONTOLOGY, genome=AS_ANNOTATED)

    assert found(result) == {
        "AAA1": ("GO:9000102", "re-dated", ("2017-06-12",), ("2018-04-06",)),
        "BBB2": ("GO:9000002", "re-dated", ("2017-05-01",), ("2018-05-08",)),
        "CCC3": ("GO:9000002", "re-dated", ("2017-08-27",), ("2018-05-10",)),
        "DDD4": ("GO:9000005", "unchanged", ("2015-01-01",), ("2015-01-01",)),
        "EEE5": ("GO:9000005", "evidence changed", ("2016-01-01",), ("2018-03-15",)),
        "FFF6": ("GO:9000001", "removed", ("2016-03-03",), None),
        "HHH7": ("GO:9000001", "added", None, ("2018-02-02",)),
    }
    assert {change: number for change, number in result.totals.items() if number} == {
        "unchanged": 1,
        "re-dated": 3,
        "evidence changed": 1,
        "removed": 1,
        "added": 1,
        # At annotation level the changed one is one removed and one added as well.
        "removed at all": 2,
        "added at all": 2,
    }
    changed = result.annotations[(result.annotations["change"] == "evidence changed").to_numpy()].iloc[0]
    assert (changed["evidence_a"], changed["evidence_b"]) == ("ISS", "IDA")


def test_at_gene_term_level(loaded: Neo4jRunner) -> None:
    result = compare(loaded, CompareConfig(a=OLD, b=NEW, release=ONTOLOGY, genome=AS_ANNOTATED))
    sides = dict(zip(result.pairs["symbol"], result.pairs["side"], strict=True))
    assert Counter(sides.values()) == {"both": 5, "only_a": 1, "only_b": 1}
    assert (sides["FFF6"], sides["HHH7"]) == ("only_a", "only_b")


def test_the_release_of_the_time_is_the_source_for_what_was_known(loaded: Neo4jRunner) -> None:
    known = known_on(loaded, date(2017, 12, 31))
    assert [(file.name, file.annotations) for file in known.files] == [(OLD, 6)]
    # Inclusive, and nothing before the first release.
    assert [file.name for file in known_on(loaded, date(2018, 6, 1)).files] == [NEW]
    assert [file.name for file in known_on(loaded, date(2018, 5, 31)).files] == [OLD]
    nothing = known_on(loaded, date(2017, 9, 30))
    assert nothing.files == () and nothing.release is None
    assert "SGD: no loaded file was made by 2017-09-30; the oldest is of 2017-10-01" in nothing.sentences[0]


def test_the_date_column_of_the_newer_file_is_not_presented_as_what_was_known(loaded: Neo4jRunner) -> None:
    filters = Filters(asserted_until=date(2017, 12, 31))
    result = waterfall(loaded, (NEW,), release=ONTOLOGY, genome=AS_ANNOTATED, filters=filters)
    steps = dict(zip(result.steps["step"], result.steps["number"], strict=True))
    assert (steps["rows read"], steps["date"], steps["kept annotations"]) == (6, 5, 1)
    words = " ".join(result.notes)
    assert "dates in a newer file can be later than the first statement" in words
    assert f"Instead of {NEW}, {OLD} (2017-10-01) says what SGD knew on 2017-12-31." in words


def test_on_the_command_line(program: Program, loaded: Neo4jRunner) -> None:
    shown = program("compare", OLD, NEW, "--changes").out
    assert "removed at all 2: IDA 1, ISS 1; added at all 2, all IDA." in shown
    rows = [line.split() for line in shown.splitlines()]
    # The table uses the words of the sentence for the same numbers.
    for row in (["removed", "1"], ["added", "1"], ["removed", "at", "all", "2"], ["added", "at", "all", "2"]):
        assert row in rows
    assert "re-dated" in shown and "evidence changed" in shown
    as_json = program("compare", OLD, NEW, "--changes", "--json").json()
    assert (as_json["totals"]["re-dated"], as_json["totals"]["unchanged"]) == (3, 1)
    assert f"SGD: {OLD}, made on 2017-10-01." in program("known-on", "2017-12-31").out
    assert "not what was known then" in program("waterfall", NEW, "--asserted-until", "2017-12-31").out
