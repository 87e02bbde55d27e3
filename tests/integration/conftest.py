"""A real embedded server for the integration tests: one for the whole run, in a home folder of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dcell_graph.graph import server
from dcell_graph.graph.server import Connection
from dcell_graph.settings import Settings


@pytest.fixture(scope="session")
def database_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings whose embedded server runs. The program files come from the user's cache, so they are fetched once."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), neo4j_uri=None)
    server.start(settings)
    yield settings
    server.stop(settings)


@pytest.fixture(scope="session")
def connection(database_settings: Settings) -> Connection:
    """How to reach that server."""
    return server.connection(database_settings)
