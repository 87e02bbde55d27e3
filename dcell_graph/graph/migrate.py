"""Brings a database to the schema of this version; each file of cypher/schema is applied once."""

from __future__ import annotations

from dcell_graph.errors import DatabaseError
from dcell_graph.graph.queries import migrations
from dcell_graph.graph.runner import Neo4jRunner


def migrate(runner: Neo4jRunner) -> tuple[str, ...]:
    """Apply the migrations that are missing.

    Returns:
        Names of those applied now.

    Raises:
        DatabaseError: the database was written by a newer version.
    """
    known = migrations()
    applied = {row["name"] for row in runner.read("read/migrations")}
    newer = sorted(applied - set(known))
    if newer:
        raise DatabaseError(
            "the database was written by a newer version of dcell-graph",
            expected=f"schema up to {max(known)}",
            found=newer[-1],
            hint="update dcell-graph",
        )
    missing = tuple(name for name in known if name not in applied)
    for name in missing:
        # Schema statements cannot share a transaction with the note that they are done; repeating them does no harm.
        runner.statements(known[name])
        runner.write("load/migration_done", name=name)
    return missing
