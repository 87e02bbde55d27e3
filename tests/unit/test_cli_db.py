"""What ``dcell-graph db`` says without a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcell_graph.cli import db
from dcell_graph.graph import server
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.server import ServerStatus
from dcell_graph.settings import Settings
from dcell_graph.types import Progress


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder for the commands, with a name that would be read as markup or wrapped."""
    home = tmp_path / ("a [bold] name " + "long " * 20)
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    return home


def _run(*arguments: str, answer: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(db.app, list(arguments), input=answer)
    return result.exit_code, result.stdout


def test_path_is_one_line_for_scripts(home: Path) -> None:
    assert _run("path") == (0, f"{home / 'database'}\n")


def test_status_before_the_first_start(home: Path) -> None:
    code, said = _run("status")
    assert code == 0
    assert said == f"There is no embedded database in {home / 'database'} yet; `dcell-graph db start` makes one.\n"


def test_status_of_a_stopped_database(home: Path) -> None:
    DatabaseFolder(home / "database").create(23456)
    code, said = _run("status")
    assert code == 0
    assert said.splitlines()[1] == "It is stopped; `dcell-graph db start` starts it."


def test_status_of_a_running_database(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = ServerStatus(
        embedded=True,
        state="running",
        uri="bolt://127.0.0.1:23456",
        version="5.26.28",
        pid=77,
        since=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        folder=Path("/somewhere"),
        size=2_345_678_901,
    )
    monkeypatch.setattr(server, "status", lambda settings: running)
    code, said = _run("status")
    assert code == 0
    assert said.splitlines()[0] == "The embedded database is in /somewhere (2.3 GB)."
    assert "It runs Neo4j 5.26.28 at bolt://127.0.0.1:23456, as process 77, since 2026-01-" in said
    code, said = _run("status", "--json")
    assert json.loads(said) == {
        "embedded": True,
        "state": "running",
        "problem": None,
        "uri": "bolt://127.0.0.1:23456",
        "version": "5.26.28",
        "pid": 77,
        "since": "2026-01-02T03:04:05+00:00",
        "folder": "/somewhere",
        "size": 2_345_678_901,
    }


def test_status_of_an_outside_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = ServerStatus(embedded=False, state="running", uri="bolt://there", version="5.27")
    monkeypatch.setattr(server, "status", lambda settings: outside)
    assert _run("status")[1] == (
        "The server at bolt://there is in use, because NEO4J_URI names it. It runs Neo4j 5.27.\n"
    )
    broken = ServerStatus(embedded=False, state="stopped", uri="bolt://there", problem="no answer")
    monkeypatch.setattr(server, "status", lambda settings: broken)
    assert _run("status")[1] == "NEO4J_URI names the server at bolt://there, which cannot be used: no answer.\n"


def test_start_says_where_it_runs_and_shows_no_password(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(settings: Settings, *, progress: Progress, port: int | None) -> server.Connection:
        progress("fetching", 1, 2)
        progress("starting", 0, None)
        return server.Connection(uri=f"bolt://127.0.0.1:{port}", user="neo4j", password="secret", embedded=True)

    monkeypatch.setattr(server, "start", start)
    code, said = _run("start", "--port", "23456")
    assert code == 0
    assert "The database runs at bolt://127.0.0.1:23456" in said
    assert str(home / "database" / "password") in said
    assert "secret" not in said


def test_stop_of_what_does_not_run(home: Path) -> None:
    assert _run("stop") == (0, "The database was not running.\n")


def test_reset_asks_first(home: Path) -> None:
    folder = DatabaseFolder(home / "database")
    folder.create(23456)
    code, _ = _run("reset", answer="n\n")
    assert code == 1
    assert folder.identity() is not None
    code, said = _run("reset", answer="y\n")
    assert code == 0
    assert said.endswith("The database is deleted.\n")
    assert not folder.path.exists()
    assert _run("reset", "--yes") == (0, "There is no database.\n")
