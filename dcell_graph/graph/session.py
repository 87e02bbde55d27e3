"""Opens the database that the settings name and brings it to this version's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dcell_graph.graph import server
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.migrate import migrate
from dcell_graph.graph.runner import Neo4jRunner, open_runner
from dcell_graph.graph.succession import Succession
from dcell_graph.settings import Settings
from dcell_graph.types import Progress, silent


@contextmanager
def open_database(settings: Settings, *, start: bool = False, progress: Progress = silent) -> Iterator[Neo4jRunner]:
    """Connect to the database in use. What a bulk load that was killed has left beside the store is cleared away.

    Args:
        settings: say which one.
        start: start the embedded server if it is the one in use and does not run.
        progress: told about a start.

    Raises:
        DatabaseError: it cannot be reached, or was written by a newer version.
    """
    connection = server.ensure(settings, progress) if start else server.connection(settings)
    if connection.embedded:
        Succession(DatabaseFolder(settings.database)).settle()
    disk = settings.database if connection.embedded else None
    with open_runner(connection.uri, connection.user, connection.password, disk=disk) as runner:
        migrate(runner)
        yield runner
