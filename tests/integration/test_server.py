"""The life of the real embedded server, in a home folder of this file's own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import psutil
import pytest
from pydantic import SecretStr

from dcell_graph.errors import DatabaseError, ServerError
from dcell_graph.graph import process, server
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.server import Connection
from dcell_graph.settings import Settings

START = """
import json
from dcell_graph.graph import server
from dcell_graph.settings import Settings
found = server.start(Settings())
print(json.dumps({"uri": found.uri, "password": found.password, "pid": server.status(Settings()).pid}))
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home folder whose path has a space and a letter that is not English; two commands start it at once."""
    settings = Settings(home=tmp_path_factory.mktemp("a höme"), neo4j_uri=None)
    yield settings
    server.stop(settings)


@pytest.fixture(scope="module")
def first_start(settings: Settings) -> list[dict[str, Any]]:
    """What two commands said that started the new database at the same moment."""
    both = [_python(settings, START) for _ in range(2)]
    answers = [command.communicate() for command in both]
    assert [command.returncode for command in both] == [0, 0], answers
    return [json.loads(said) for said, _ in answers]


@pytest.fixture
def running(settings: Settings, first_start: list[dict[str, Any]]) -> Connection:
    """The server, running."""
    return server.start(settings)


def test_two_starts_at_once_make_one_server(settings: Settings, first_start: list[dict[str, Any]]) -> None:
    one, other = first_start
    assert one == other
    assert [found.pid for found in _servers(settings)] == [one["pid"]]


def test_another_process_finds_it_again(settings: Settings, running: Connection) -> None:
    before = server.status(settings).pid
    command = _python(settings, START)
    said, _ = command.communicate()
    assert json.loads(said) == {"uri": running.uri, "password": running.password, "pid": before}
    assert server.connection(settings) == running


def test_it_answers_its_password_only(running: Connection) -> None:
    assert _query(running, "RETURN 1 + 1 AS two") == [2]
    for password in ("neo4j", running.password[:-1]):
        with pytest.raises(neo4j.exceptions.AuthError):
            _query(Connection(uri=running.uri, user="neo4j", password=password, embedded=True), "RETURN 1 AS one")


def test_only_its_owner_can_read_the_password(settings: Settings, running: Connection) -> None:
    folder = DatabaseFolder(settings.database)
    assert folder.password_file.stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.password_file.read_text(encoding="ascii").strip() == running.password
    assert len(running.password) >= 32
    assert running.password not in repr(running)
    (found,) = _servers(settings)
    assert not any(running.password in argument for argument in found.cmdline())
    assert not any(running.password in value for value in found.environ().values())


def test_it_listens_on_one_port_of_the_loopback_address(settings: Settings, running: Connection) -> None:
    (found,) = _servers(settings)
    listening = [place.laddr for place in found.net_connections("inet") if place.status == psutil.CONN_LISTEN]
    assert [(place.ip.removeprefix("::ffff:"), place.port) for place in listening] == [
        ("127.0.0.1", int(running.uri.rpartition(":")[2]))
    ]


def test_load_csv_cannot_read_the_password_file(running: Connection) -> None:
    for address in ("file:///password", "file:///../password"):
        with pytest.raises(neo4j.exceptions.ClientError):
            _query(running, f"LOAD CSV FROM '{address}' AS row RETURN row[0] AS first")


def test_ctrl_c_in_the_terminal_of_the_start_does_not_reach_it(settings: Settings, running: Connection) -> None:
    (found,) = _servers(settings)
    assert os.getsid(found.pid) != os.getsid(0)


def test_status_tells_what_runs(settings: Settings, running: Connection) -> None:
    told = server.status(settings)
    (found,) = _servers(settings)
    assert (told.embedded, told.state, told.uri, told.version) == (True, "running", running.uri, "5.26.28")
    assert told.pid == found.pid
    assert told.since is not None
    assert abs(told.since.timestamp() - found.create_time()) < 2
    assert told.folder == settings.database.resolve()
    assert told.size is not None
    assert told.size > 100_000


def test_it_can_be_used_as_an_outside_server(settings: Settings, running: Connection) -> None:
    outside = _outside(settings, running.uri, running.password)
    expected = Connection(uri=running.uri, user="neo4j", password=running.password, embedded=False)
    assert server.connection(outside) == expected
    assert server.ensure(outside) == expected
    told = server.status(outside)
    assert (told.embedded, told.state, told.version, told.pid) == (False, "running", "5.26.28", None)
    with pytest.raises(ServerError, match="NEO4J_URI is set"):
        server.start(outside)


def test_a_wrong_password_of_an_outside_server_is_one_sentence(settings: Settings, running: Connection) -> None:
    outside = _outside(settings, running.uri, "not the password")
    with pytest.raises(DatabaseError, match="does not let the user neo4j in") as refused:
        server.connection(outside)
    assert "not the password" not in str(refused.value)
    assert "NEO4J_PASSWORD" in str(refused.value)


def test_a_running_server_keeps_its_port(settings: Settings, running: Connection) -> None:
    with pytest.raises(ServerError, match="is running already, on port"):
        server.start(settings, port=_free_port())
    assert server.start(settings, port=int(running.uri.rpartition(":")[2])) == running


def test_after_a_kill_it_is_started_again_with_its_data(settings: Settings, running: Connection) -> None:
    _query(running, "CREATE (n:Kept {number: 42}) RETURN n.number AS number")
    (found,) = _servers(settings)
    found.kill()
    found.wait()
    assert DatabaseFolder(settings.database).pid_file.exists()  # stale now
    with pytest.raises(DatabaseError, match="run `dcell-graph db start`"):
        server.connection(settings)
    assert server.status(settings).state == "stopped"
    again = server.start(settings)
    assert again == running
    assert [other.pid for other in _servers(settings)] != [found.pid]
    assert _query(again, "MATCH (n:Kept) RETURN n.number AS number ORDER BY number") == [42]


def test_stop_a_taken_port_and_another_one(settings: Settings, running: Connection) -> None:
    port = int(running.uri.rpartition(":")[2])
    assert server.stop(settings)
    assert _servers(settings) == []
    assert not DatabaseFolder(settings.database).pid_file.exists()
    assert not server.stop(settings)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(ServerError, match=f"port {port} .* is taken by another program.*--port"):
            server.start(settings)
        assert _servers(settings) == []
        other = server.start(settings, port=_free_port())
    assert other.uri != running.uri
    assert other.password == running.password
    assert DatabaseFolder(settings.database).identity().port == int(other.uri.rpartition(":")[2])  # type: ignore[union-attr]


def test_reset_deletes_the_database_and_nothing_else(settings: Settings, running: Connection) -> None:
    beside = settings.home / "snapshots"
    beside.mkdir()
    foreign = settings.database / "thesis.txt"
    foreign.write_text("five years of work", encoding="utf-8")
    with pytest.raises(ServerError, match=r"thesis\.txt in this folder is not part of the database"):
        server.reset(settings)
    assert server.connection(settings) == running  # not even stopped
    foreign.unlink()
    assert server.reset(settings)
    assert not settings.database.exists()
    assert beside.is_dir()
    assert _servers(settings) == []
    assert not server.reset(settings)


def test_a_server_whose_folder_was_deleted_is_ended_by_stop(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, neo4j_uri=None)
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)", f"--home-dir={settings.database.resolve()}"]
    )
    assert server.stop(settings)
    assert left.wait(timeout=10) == -signal.SIGTERM


def test_an_interrupted_first_start_leaves_no_process_and_no_database(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, neo4j_uri=None)
    folder = DatabaseFolder(settings.database)
    command = _python(settings, START)
    while not folder.pid_file.exists():
        assert command.poll() is None
        time.sleep(0.01)
    with pytest.raises(DatabaseError, match="just being started"):
        server.connection(settings)
    assert server.status(settings).state == "starting"
    command.send_signal(signal.SIGINT)
    _, complaint = command.communicate()
    assert "KeyboardInterrupt" in complaint
    assert _servers(settings) == []
    assert not folder.pid_file.exists()
    identity = folder.identity()
    assert identity is not None
    assert not identity.complete
    assert server.reset(settings)


def test_a_server_that_ends_at_once_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path, neo4j_uri=None)
    monkeypatch.setattr(process, "FIRST_HEAP", "2g")  # Java refuses to start with more than the most
    with pytest.raises(ServerError, match="the server ended while it was starting") as refused:
        server.start(settings)
    assert "heap" in str(refused.value.found)
    assert str(DatabaseFolder(settings.database).log) in str(refused.value)
    assert _servers(settings) == []
    assert not DatabaseFolder(settings.database).pid_file.exists()


def test_a_larger_heap_reaches_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path, neo4j_uri=None, server_heap=2)
    monkeypatch.setattr(process, "FIRST_HEAP", "2g")  # refused above, where 1 GB is the most
    try:
        connection = server.start(settings)
        (limit,) = _query(connection, "SHOW SETTINGS 'db.memory.transaction.max' YIELD value RETURN value")
        assert limit == f"{1200 / 1024:.2f}GiB"  # 60 % of 2,000 MiB
    finally:
        server.stop(settings)


def _python(settings: Settings, program: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment | {"DCELL_GRAPH_HOME": str(settings.home), "DCELL_GRAPH_CACHE": str(settings.cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _servers(settings: Settings) -> list[psutil.Process]:
    """Every process with the folder of the database in its arguments, however it came to be."""
    mark = f"--home-dir={settings.database.resolve()}"
    return [found for found in psutil.process_iter(["cmdline"]) if mark in (found.info["cmdline"] or [])]


def _query(connection: Connection, text: str) -> list[Any]:
    """The first column of a query's result."""
    with (
        neo4j.GraphDatabase.driver(connection.uri, auth=(connection.user, connection.password)) as driver,
        driver.session() as session,
    ):
        return session.run(text).value()


def _outside(settings: Settings, uri: str, password: str) -> Settings:
    return settings.model_copy(update={"neo4j_uri": uri, "neo4j_password": SecretStr(password)})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
