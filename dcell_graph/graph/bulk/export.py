"""Streams the whole content of a running database into tables; nodes keep their internal ids."""

from __future__ import annotations

from collections import Counter

from dcell_graph.errors import DatabaseError
from dcell_graph.graph.bulk.tables import Tables
from dcell_graph.graph.runner import Runner
from dcell_graph.types import Progress, silent

_PAGE = 10_000


def export_graph(runner: Runner, tables: Tables, *, progress: Progress = silent) -> int:
    """Write every node and relationship but the lock and the notes about the schema.

    Args:
        runner: of the database, in which nothing may change meanwhile: the write lock is held.
        tables: without nodes yet.
        progress: told about the internal ids gone through.

    Returns:
        The first id that is free for further nodes.

    Raises:
        DatabaseError: what was read is not what the database counts, so something has changed.
    """
    extent = runner.read("bulk/extent")[0]
    for first in range(0, extent["nodes"] + 1, _PAGE):
        for row in runner.read("bulk/nodes", first=first, last=first + _PAGE - 1):
            tables.node(row["key"], ":".join(sorted(row["labels"])), row["properties"])
        progress("read nodes", min(first + _PAGE, extent["nodes"] + 1), extent["nodes"] + 1)
    for first in range(0, extent["links"] + 1, _PAGE):
        for row in runner.read("bulk/links", first=first, last=first + _PAGE - 1):
            tables.link(row["start"], row["type"], row["end"], row["properties"])
        progress("read links", min(first + _PAGE, extent["links"] + 1), extent["links"] + 1)
    compare_counts(runner, tables.counts, "the database changed while it was read")
    return int(extent["nodes"]) + 1


def compare_counts(runner: Runner, expected: Counter[str], otherwise: str) -> None:
    """Make sure that a database holds as many nodes of each label and relationships of each type as were written.

    Raises:
        DatabaseError: it does not; ``otherwise`` is the sentence.
    """
    found: Counter[str] = Counter()
    for row in runner.read("bulk/counts"):
        found[":".join(sorted(row["labels"]))] += row["number"]
    for name in sorted(found.keys() | expected.keys()):
        if found[name] != expected[name]:
            raise DatabaseError(
                otherwise,
                expected=f"{expected[name]:,} of {name or 'no label'}",
                found=f"{found[name]:,}",
                hint="nothing was changed; try again",
            )
