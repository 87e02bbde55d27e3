"""Results in the graph: written whole, the same again changes nothing, and they go again; saved queries on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dcell_graph.errors import Conflict, DcellGraphError, InputError, NotFound
from dcell_graph.graph import load
from dcell_graph.graph.ask.asker import Asker, open_asker
from dcell_graph.graph.ask.saved import ask_saved
from dcell_graph.graph.ask.tables import to_objects
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.publish import PublishedRun, publish, published_runs, unpublish
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import Recipe
from tests.database_fixtures import remove_everything
from tests.small_world import World

# Term 1 rests on both files, term 2 on IEA of one, term 3 on an experiment in the other.
TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:0008150
GO:9000003 P is_a=GO:0008150
"""
OLD = """
AAA1 GO:9000001 IDA 20100101
BBB2 GO:9000003 IMP 20110101
"""
NEW = """
AAA1 GO:9000001 IEA 20160101
CCC3 GO:9000002 IEA 20170101
"""
SCORES = [
    {"term": "GO:9000001", "permutation": 0.3, "permutation_q": 0.01},
    {"term": "GO:9000002", "permutation": 0.2, "permutation_q": float("nan")},
    {"term": "GO:9000003", "permutation": 0.1, "permutation_q": None},
]


@pytest.fixture(scope="module")
def loaded(_runner: Neo4jRunner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedRun]:
    """A snapshot in the database, and a run on it."""
    world = World(tmp_path_factory.mktemp("publish"), TERMS, old=OLD, new=NEW)
    load.load_ontology(_runner, world.obo)
    for name in ("old", "new"):
        load.load_annotations(_runner, world.gafs[name], name=name)
    recipe = Recipe(name="all", namespaces=("biological_process",))
    built = build_snapshot(_runner, "s", recipe, release="2018-06-01", sources=["old", "new"], genome="as-annotated")
    yield PublishedRun(
        name="r", snapshot="s", snapshot_id=built.manifest.snapshot_id, properties={"dataset": "d", "models": 2}
    )
    remove_everything(_runner)


@pytest.fixture
def asker(loaded: PublishedRun, database_settings: Settings) -> Iterator[Asker]:
    with open_asker(database_settings) as opened:
        yield opened


def ask(asker: Asker, name: str, columns: str, **given: Any) -> list[tuple[Any, ...]]:
    rows = to_objects(ask_saved(asker, name, {"run": "r", "snapshot": "s", **given}))
    return [tuple(row[column] for column in columns.split()) for row in rows]


def test_a_run_is_published_once_and_removed(_runner: Neo4jRunner, loaded: PublishedRun) -> None:
    first = publish(_runner, loaded, SCORES)
    assert (first.terms, first.already, first.replaced) == (3, False, False)
    assert publish(_runner, loaded, list(reversed(SCORES))).already
    assert publish(_runner, loaded, SCORES[:2]).replaced
    (row,) = published_runs(_runner)
    assert [row[name] for name in ("name", "snapshot", "dataset", "models", "terms")] == ["r", "s", "d", 2, 2]
    unpublish(_runner, "r")
    assert published_runs(_runner) == []
    with pytest.raises(NotFound, match="no run r is published"):
        unpublish(_runner, "r")


def test_what_does_not_fit_leaves_nothing(_runner: Neo4jRunner, loaded: PublishedRun) -> None:
    cases: list[tuple[PublishedRun, list[dict[str, Any]], type[DcellGraphError], str]] = [
        (loaded, [*SCORES, {"term": "GO:1", "permutation": 1.0}], InputError, "not in the snapshot"),
        (loaded, [], InputError, "no scores to publish"),
        (_with(loaded, snapshot="none"), SCORES, NotFound, "the database has no snapshot none"),
        (_with(loaded, snapshot_id="0" * 64), SCORES, Conflict, "has another snapshot s than the run"),
    ]
    for run, scores, error, words in cases:
        with pytest.raises(error, match=words):
            publish(_runner, run, scores)
        assert _runner.read("publish/run", run="r") == []


def test_scores_with_evidence_sources_and_dates(_runner: Neo4jRunner, asker: Asker, loaded: PublishedRun) -> None:
    publish(_runner, loaded, SCORES)
    found = ask(asker, "scored_terms", "term score q genes evidence sources first last")
    assert [row[:6] for row in found] == [
        ("GO:9000001", 0.3, 0.01, 1, ["IDA", "IEA"], ["new", "old"]),
        ("GO:9000002", 0.2, None, 1, ["IEA"], ["new"]),
        ("GO:9000003", 0.1, None, 1, ["IMP"], ["old"]),
    ]
    assert [(str(first), str(last)) for *_, first, last in found] == [
        ("2010-01-01", "2016-01-01"),
        ("2017-01-01", "2017-01-01"),
        ("2011-01-01", "2011-01-01"),
    ]
    assert ask(asker, "scored_iea_only", "term genes electronic") == [("GO:9000002", 1, 1)]
    assert ask(asker, "scored_one_source", "term genes alone source") == [
        ("GO:9000002", 1, 1, "new"),
        ("GO:9000003", 1, 1, "old"),
    ]
    assert ask(asker, "scored_terms", "term", measure="rlipp_gain") == []


def _with(run: PublishedRun, **changes: Any) -> PublishedRun:
    facts = {name: getattr(run, name) for name in ("name", "snapshot", "snapshot_id", "properties")}
    return PublishedRun(**{**facts, **changes})
