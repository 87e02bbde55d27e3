"""Every Cypher file: its header, its house rules, and that the real server understands it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dcell_graph.errors import DatabaseError
from dcell_graph.graph import queries
from dcell_graph.graph.migrate import migrate
from dcell_graph.graph.queries import load_query, migrations, query_names
from dcell_graph.graph.runner import Neo4jRunner, open_runner
from dcell_graph.graph.server import Connection

NAMES = query_names()


def statement(name: str) -> str:
    """The query without its header."""
    return "\n".join(line for line in load_query(name).text.splitlines() if not line.startswith("//"))


def test_all_rooms_of_queries_are_there() -> None:
    assert {name.split("/")[0] for name in NAMES} >= {"load", "read", "snapshot", "check"}
    assert len(migrations()) >= 1


@pytest.mark.parametrize("name", NAMES)
def test_the_server_understands_it_and_returns_what_the_header_says(connection: Connection, name: str) -> None:
    import neo4j

    query = load_query(name)
    with (
        neo4j.GraphDatabase.driver(
            connection.uri, auth=(connection.user, connection.password), notifications_min_severity="OFF"
        ) as driver,
        driver.session() as session,
    ):
        result = session.run(neo4j.Query(f"EXPLAIN {query.text}"), dict.fromkeys(query.parameters, None))
        keys = tuple(result.keys())
        kind = result.consume().query_type
    assert keys == query.returns
    assert ("w" in str(kind)) == (query.mode != "read")


@pytest.mark.parametrize("name", NAMES)
def test_house_rules(name: str) -> None:
    query = load_query(name)
    first = query.text.splitlines()[0]
    assert first.startswith("// ") and len(first) > len("// mode: read"), "the first line says what the query is for"
    text = statement(name)
    if query.mode == "read":
        assert "ORDER BY" in text, "a read without an order gives another answer each time"
    for clause in ("match", "where", "return", "create", "merge", "unwind", "order by", "optional match"):
        assert not re.search(rf"^\s*{clause}\b", text, re.MULTILINE), f"{clause} is not in capitals"
    assert "{}" not in text and "%s" not in text, "nothing may be formatted into a query"


def test_a_query_called_with_other_parameters_is_refused(runner: Neo4jRunner) -> None:
    with pytest.raises(DatabaseError, match=r"read/genes .* other parameters: expected genome, found nothing"):
        runner.read("read/genes", nothing=1)
    with pytest.raises(DatabaseError, match="there is no query read/none"):
        runner.read("read/none")


def test_a_header_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bad.cypher").write_text(
        "// x\n// mode: read\n// parameters: a\nMATCH (n {id: $b}) RETURN n ORDER BY n.id\n"
    )
    (tmp_path / "modeless.cypher").write_text("RETURN 1 AS one\n")
    monkeypatch.setattr(queries, "folder", lambda: tmp_path)
    load_query.cache_clear()
    with pytest.raises(DatabaseError, match="not those of the text: expected b, found a"):
        load_query("bad")
    with pytest.raises(DatabaseError, match="the header names no mode"):
        load_query("modeless")
    load_query.cache_clear()


def test_migrations_are_applied_once_and_a_newer_database_is_refused(connection: Connection) -> None:
    with open_runner(connection.uri, connection.user, connection.password) as runner:
        migrate(runner)
        assert migrate(runner) == ()
        runner.write("load/migration_done", name="999_from_the_future")
        try:
            with pytest.raises(DatabaseError, match=r"newer version of dcell-graph: .*found 999_from_the_future"):
                migrate(runner)
        finally:
            runner.statements(["MATCH (m:Migration {name: '999_from_the_future'}) DELETE m"])
