"""What is said about an outside server that cannot be used."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from dcell_graph.errors import DatabaseError
from dcell_graph.graph import connection as connection_module
from dcell_graph.graph import server
from dcell_graph.graph.connection import Connection, check
from dcell_graph.settings import Settings


@pytest.mark.parametrize("version", ["5.23.0", "5.26.28", "5.27-aura", "v6.0", "2025.06.0"])
def test_a_server_from_5_23_on_is_accepted(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "ask_version", lambda reached: version)
    assert check(_at("bolt://somewhere")) == version


@pytest.mark.parametrize("version", ["5.22.0", "4.4.30", "3.5", "of another product"])
def test_an_older_server_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "ask_version", lambda reached: version)
    with pytest.raises(DatabaseError, match="bolt://somewhere is too old") as refused:
        check(_at("bolt://somewhere"))
    assert refused.value.expected == "5.23 or later"
    assert refused.value.found == version


@pytest.mark.parametrize("uri", ["localhost:7687", "", "foo://localhost", "bolt://127.0.0.1:port", "7687"])
def test_an_address_that_is_none_is_one_sentence(uri: str) -> None:
    with pytest.raises(DatabaseError, match="NEO4J_URI is not the address of a Neo4j server") as refused:
        check(_at(uri))
    assert refused.value.found == uri


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_nobody_there_is_one_sentence(scheme: str) -> None:
    with socket.socket() as bound:  # bound, so that nobody else takes it, and not listening
        bound.bind(("127.0.0.1", 0))
        uri = f"{scheme}://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(DatabaseError, match=f"no Neo4j server answers at {uri}"):
            check(_at(uri))


def test_status_of_an_outside_server_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{bound.getsockname()[1]}"
        told = server.status(Settings(home=tmp_path, neo4j_uri=uri, neo4j_password=SecretStr("secret")))
    assert (told.embedded, told.state, told.uri, told.version) == (False, "stopped", uri, None)
    assert told.problem is not None
    assert "no Neo4j server answers" in told.problem


def test_an_embedded_database_that_was_never_started(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", neo4j_uri=None)
    with pytest.raises(DatabaseError, match="the embedded database is not running; run `dcell-graph db start`"):
        server.connection(settings)
    assert server.status(settings).state == "stopped"
    assert not (tmp_path / "home").exists()  # looking makes nothing


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_out_of_range_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(DatabaseError, match="expected a number from 1 to 65535"):
        server.start(Settings(home=tmp_path, cache=tmp_path, neo4j_uri=None), port=port)
    assert list(tmp_path.iterdir()) == []


def _at(uri: str) -> Connection:
    return Connection(uri=uri, user="neo4j", password="secret", embedded=False)
