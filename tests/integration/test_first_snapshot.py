"""The first snapshot in a database that is new: planned well, the same as any other, and the same on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dcell_graph.graph import load, server
from dcell_graph.graph.queries import query_names
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.server import Connection
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from tests.compare_snapshots import assert_same
from tests.integration.test_build import GOA, RECIPES, SGD, TERMS, built, load_world
from tests.plans import slow_steps
from tests.small_world import World

# Steps that are slow for what they go through, which is little, or that are run once.
ALLOWED = {
    # One snapshot beside a handful of things that are loaded: releases, files, genomes, gene lists.
    "snapshot/sources": {"AllNodesScan x", "CartesianProduct"},
    # One root on the left. Products of files count only where genes are those of the files, and for a recipe that
    # puts genes without a term on the root.
    "snapshot/attach_genes": {
        "CartesianProduct",
        "each time: NodeIndexSeek RANGE INDEX g:Gene(genome)",
        "each time: NodeIndexSeek RANGE INDEX p:Product(source)",
    },
    # After one row, the number of all terms.
    "snapshot/count_contained": {"each time: NodeIndexSeek RANGE INDEX c:SnapTerm(snapshot, kept)"},
    # After one row: what went before is counted, then the roots are collected.
    "snapshot/wire_to_root": {
        "each time: NodeIndexSeek RANGE INDEX r:SnapTerm(snapshot, kept)",
        "each time: NodeIndexSeek RANGE INDEX s:SnapTerm(snapshot, kept)",
    },
}
# What the query snapshot/parents once was, as it is planned without statistics (and here in any case): it goes through
# a snapshot once for each link.
TRAP = """
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
MATCH (s)-[:OF_TERM]->(c:Term)
MATCH (c)-[link]->(t:Term)
WHERE link.relation IN $relations
  AND ($cross_namespace OR NOT link.crosses)
  AND NOT t.obsolete
  AND t.namespace IN $namespaces
WITH DISTINCT s, t
MATCH (p:SnapTerm {snapshot: $snapshot, id: t.id})
USING INDEX p:SnapTerm(snapshot)
CREATE (s)-[:RAW_PARENT {kind: 'asserted'}]->(p)
RETURN count(*) AS links
"""


@pytest.fixture(scope="module")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connection, Neo4jRunner]]:
    """A database in which nothing was ever loaded, on a server of its own."""
    settings = Settings(home=tmp_path_factory.mktemp("new"), neo4j_uri=None)
    reached = server.start(settings)
    try:
        with open_database(settings) as runner:
            yield reached, runner
    finally:
        server.stop(settings)


def test_the_first_snapshot_of_a_new_database(
    new_database: tuple[Connection, Neo4jRunner], runner: Neo4jRunner, tmp_path: Path
) -> None:
    connection, first = new_database
    names = [name for name in query_names() if name.startswith("snapshot/")]
    slow = slow_steps(connection, names, trap=TRAP)
    assert slow.pop("trap") == {"each time: NodeIndexSeek RANGE INDEX p:SnapTerm(snapshot)"}
    assert {name: steps - ALLOWED.get(name, set()) for name, steps in slow.items()} == {name: set() for name in slow}

    world = World(tmp_path, TERMS, sgd=SGD, goa=GOA)
    load_world(first, world)
    snapshot = built(first, "first", ["sgd", "goa"], **RECIPES["notes"])
    assert_same(snapshot, world.build(**RECIPES["notes"]), "first")

    # Another database, in which the files are loaded the other way round, with their rows in another order. Rows of a
    # pair of gene and term stay in theirs, for the last one counts.
    other = World(_folder(tmp_path, "other"), TERMS, goa=_turned(GOA), sgd=_turned(SGD))
    for name in ("goa", "sgd"):
        load.load_annotations(runner, other.gafs[name], name=name)
    load.load_ontology(runner, other.obo)
    assert other.gafs["sgd"].read_bytes() != world.gafs["sgd"].read_bytes()
    again = built(runner, "another", ["sgd", "goa"], **RECIPES["notes"])
    assert again.manifest.snapshot_id == snapshot.manifest.snapshot_id
    plain = built(runner, "plain", ["goa", "sgd"])
    assert plain.manifest.snapshot_id == built(first, "plain", ["sgd", "goa"]).manifest.snapshot_id

    # Another evidence code of a pair that no term below has, with the same day.
    changed = World(_folder(tmp_path, "changed"), TERMS, goa=GOA.replace("GO:9000007 IDA 2018", "GO:9000007 IPI 2018"))
    assert changed.gafs["goa"].read_bytes() != world.gafs["goa"].read_bytes()
    load.load_annotations(first, changed.gafs["goa"], name="changed")
    coded = built(first, "coded", ["sgd", "changed"])
    assert coded.manifest.counts == plain.manifest.counts
    assert coded.manifest.snapshot_id != plain.manifest.snapshot_id


def _folder(above: Path, name: str) -> Path:
    folder = above / name
    folder.mkdir()
    return folder


def _turned(rows: str) -> str:
    """The rows in the opposite order, but those of one pair of gene and term in theirs."""
    pairs: dict[tuple[str, ...], list[str]] = {}
    for line in rows.strip().splitlines():
        pairs.setdefault(tuple(line.split()[:2]), []).append(line)
    return "\n".join(line for lines in reversed(pairs.values()) for line in lines)
