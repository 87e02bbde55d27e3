"""What the tests of the cases share: the program in this process, on the database of the tests."""

from __future__ import annotations

import pytest

from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from tests.cases.helpers import Program


@pytest.fixture
def program(runner: Neo4jRunner, database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The command line, on an empty database."""
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("NEO4J_URI", "DCELL_GRAPH_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    return Program()
