"""Turns tables into a store: the importer, then a server on the store that completes and checks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from dcell_graph.graph import process, server
from dcell_graph.graph.artifacts import fetch
from dcell_graph.graph.bulk.export import compare_counts
from dcell_graph.graph.bulk.tables import Repair, TableFiles, Tables
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.host import choose_port
from dcell_graph.graph.migrate import migrate
from dcell_graph.graph.runner import BATCH, Neo4jRunner, Runner, open_runner
from dcell_graph.graph.succession import Succession
from dcell_graph.settings import Settings
from dcell_graph.types import Progress, silent

OFF_HEAP = "1G"  # memory of the importer beside its heap
_INDEX_SECONDS = 3_600
# What CSV is to the importer. Everything is taken as it stands: a fault in a line fails the import.
_FORMAT = (
    "--id-type=actual",
    "--array-delimiter=U+001F",
    "--multiline-fields=true",
    "--legacy-style-quoting=false",
    "--bad-tolerance=0",
    f"--max-off-heap-memory={OFF_HEAP}",
)


def prepare(settings: Settings) -> Path:
    """Make the home folder of the new store, with the password of the present one.

    Returns:
        An empty folder in it for tables.
    """
    present = DatabaseFolder(settings.database)
    following = Succession(present).next
    following.create(choose_port(), present.password())
    tables = following.path / "tables"
    tables.mkdir()
    return tables


def import_tables(settings: Settings, tables: Tables, folder: Path, *, progress: Progress = silent) -> str:
    """Make the new store of tables.

    Args:
        settings: name the folders.
        tables: closed.
        folder: that they are in.
        progress: told about the import.

    Returns:
        What the importer printed.

    Raises:
        ServerError: the import failed.
    """
    following = Succession(DatabaseFolder(settings.database)).next
    jars = fetch(settings, progress=progress)
    following.configure(choose_port())
    process.set_password(following, jars)
    progress("import", 0, None)
    # The importer reads its arguments as patterns of names, so they are names without a folder and its odd letters.
    arguments = ["full", "neo4j", *_FORMAT, f"--report-file={following.path / 'import.report'}"]
    arguments += _sources("--nodes", tables.node_files()) + _sources("--relationships", tables.link_files())
    said = process.run_import(following, jars, arguments, folder)
    progress("import", 1, 1)
    return said


@contextmanager
def opened(
    settings: Settings, tables: Tables, present: Runner, *, progress: Progress = silent
) -> Iterator[Neo4jRunner]:
    """Run a server on the new store, complete it, and check that it holds what was written.

    Args:
        settings: name the folders.
        tables: that it was made of.
        present: of the present database, whose further indexes and constraints it gets too.
        progress: told about each step.

    Raises:
        DatabaseError: it does not hold what was written.
    """
    with (
        server.start_next(settings, progress=progress) as connection,
        open_runner(connection.uri, connection.user, connection.password) as runner,
    ):
        progress("make indexes", 0, None)
        migrate(runner)
        _copy_schema(present, runner)
        runner.read("bulk/indexes_online", seconds=_INDEX_SECONDS)
        progress("make indexes", 1, 1)
        _repair(runner, tables, progress)
        compare_counts(runner, tables.counts, "the new store does not hold what was written for it")
        runner.write("load/lock_prepare")  # others may be waiting for the lock when the stores are exchanged
        yield runner


def _sources(option: str, files: list[TableFiles]) -> list[str]:
    return [
        f"{option}={source.name}={path.name}" if source.name else f"{option}={path.name}"
        for source in files
        for path in source.paths
    ]


def _copy_schema(present: Runner, runner: Neo4jRunner) -> None:
    """Indexes and constraints that somebody made by hand."""
    for query in ("bulk/constraints", "bulk/indexes"):
        there = {row["name"] for row in runner.read(query)}
        runner.statements(row["statement"] for row in present.read(query) if row["name"] not in there)


def _repair(runner: Neo4jRunner, tables: Tables, progress: Progress) -> None:
    repairs = tables.read_repairs()
    done = 0
    while batch := list(islice(repairs, BATCH)):
        for query, chosen in (
            ("bulk/repair_nodes", [_row(repair) for repair in batch if repair.mark is None]),
            ("bulk/repair_links", [_row(repair) for repair in batch if repair.mark is not None]),
        ):
            runner.write_rows(query, chosen)
        done += len(batch)
        progress("complete nodes", done, tables.repairs)


def _row(repair: Repair) -> dict[str, object]:
    return {"node": repair.node, "mark": repair.mark, "properties": repair.properties}
