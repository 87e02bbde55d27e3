"""Questions to the real database: what is refused, what is answered, and the limits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import neo4j
import pytest

from dcell_graph.errors import DatabaseError, InputError
from dcell_graph.graph.ask.asker import Asker, Limits, open_asker
from dcell_graph.graph.ask.schema import EXAMPLES, read_schema
from dcell_graph.graph.ask.tables import to_objects
from dcell_graph.graph.ask.values import shown
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.server import Connection
from dcell_graph.settings import Settings

WRITES = [
    "CREATE (n:Term {id: 'X'})",
    "INSERT (n:Term {id: 'X'})",
    "MERGE (n:Term {id: 'X'}) RETURN n",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n:Genome) SET n.name = 'x' RETURN n",
    "MATCH (n:Genome) SET n += {a: 1}",
    "MATCH (n:Genome) SET n:Other",
    "MATCH (n:Genome) REMOVE n.status",
    "MATCH (n:Genome), (m:Migration) CREATE (n)-[:LINK]->(m)",
    "FOREACH (i IN range(1, 3) | CREATE (:Term {id: i}))",
    "CALL { CREATE (n:Term) RETURN n } RETURN n",
    "MATCH (n:Genome) CALL (n) { SET n.a = 1 } IN TRANSACTIONS OF 1 ROWS",
    "MATCH (n:Genome) CALL (n) { RETURN 1 AS a } IN TRANSACTIONS OF 1 ROWS RETURN a",
    "UNWIND [1] AS i CALL (i) { MERGE (:Term {id: i}) } IN 2 CONCURRENT TRANSACTIONS",
    "RETURN 1; CREATE (n)",
    "/* MATCH */ CREATE (n) // RETURN",
    "EXPLAIN CREATE (n)",
    "PROFILE CREATE (n)",
    "CYPHER planner=cost CREATE (n)",
    "USE system CREATE USER eve SET PASSWORD 'long enough'",
    "CREATE USER eve SET PASSWORD 'long enough'",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'long enough'",
    "DROP USER neo4j",
    "CREATE DATABASE other",
    "SHOW USERS",
    "SHOW SETTINGS",
    "SHOW TRANSACTIONS",
    "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
    "CREATE INDEX eve FOR (n:Term) ON (n.name)",
    "DROP INDEX term_release",
    "DROP CONSTRAINT goid_id",
    "CREATE CONSTRAINT eve FOR (n:Term) REQUIRE n.name IS UNIQUE",
    "CREATE FULLTEXT INDEX eve FOR (n:Term) ON EACH [n.name]",
    "CALL db.createLabel('Eve')",
    "CALL db.createProperty('eve')",
    "CALL db.create.setNodeVectorProperty(null, 'a', [1.0])",
    "CALL db.clearQueryCaches()",
    "CALL db.resampleOutdatedIndexes()",
    "CALL db.awaitIndexes()",
    "CALL dbms.listConfig()",
    "CALL dbms.killConnection('bolt-1')",
    "CALL tx.setMetaData({eve: 1})",
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "LOAD CSV WITH HEADERS FROM 'http://127.0.0.1:9/' AS row CREATE (n)",
    "RETURN CASE WHEN true THEN COLLECT { LOAD CSV FROM 'file:///x' AS r RETURN r } ELSE [] END AS x",
    "RETURN [i IN [1] | COLLECT { CALL dbms.listConfig() YIELD name RETURN name }] AS x",
    "DENY ALL ON DATABASE * TO neo4j",
    "STOP DATABASE neo4j",
]


@pytest.fixture(scope="module")
def asker(_runner: Neo4jRunner, database_settings: Settings) -> Iterator[Asker]:
    with open_asker(database_settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def driver(connection: Connection) -> Iterator[neo4j.Driver]:
    with neo4j.GraphDatabase.driver(connection.uri, auth=(connection.user, connection.password)) as opened:
        yield opened


def everything(driver: neo4j.Driver) -> dict[str, Any]:
    """What must not change: all nodes with their properties, links, indexes, constraints, users, labels in use."""
    questions = {
        "nodes": "MATCH (n) WHERE NOT n:Lock RETURN labels(n) AS l, properties(n) AS p ORDER BY l[0], p.name",
        "links": "MATCH ()-[r]->() RETURN type(r) AS type, count(*) AS links ORDER BY type",
        "indexes": "SHOW INDEXES YIELD name, state RETURN name, state ORDER BY name",
        "constraints": "SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name",
        "users": "SHOW USERS YIELD user RETURN user ORDER BY user",
        "labels": "CALL db.labels() YIELD label RETURN label ORDER BY label",
    }
    with driver.session() as session:
        return {name: session.run(neo4j.Query(text)).data() for name, text in questions.items()}


def test_nothing_that_does_more_than_read_is_answered(asker: Asker, driver: neo4j.Driver) -> None:
    before = everything(driver)
    answered = []
    for query in WRITES:
        try:
            asker.ask(query)
        except InputError:
            continue
        answered.append(query)
    assert answered == []
    assert len(WRITES) >= 40
    assert everything(driver) == before
    assert before["nodes"]


def test_a_write_that_the_checks_miss_is_refused_by_the_server(
    asker: Asker, driver: neo4j.Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(driver)
    monkeypatch.setattr("dcell_graph.graph.ask.guard.check_words", lambda tokens, load_csv: None)
    monkeypatch.setattr("dcell_graph.graph.ask.guard.check_plan", lambda kind, plan, load_csv: None)
    for query in ("CREATE (n:Term)", "CREATE USER eve SET PASSWORD 'long enough'", "DROP INDEX term_release"):
        with pytest.raises(InputError, match="read access mode"):
            asker.ask(query)
    assert everything(driver) == before


def test_words_are_looked_at_before_the_server_sees_them(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcell_graph.graph.ask.guard.check_plan", lambda kind, plan, load_csv: None)
    for query in ("CALL dbms.listConfig()", "RETURN COUNT { CALL dbms.listConfig() YIELD name RETURN name } AS n"):
        with pytest.raises(InputError, match=r"dbms\.listConfig cannot be called"):
            asker.ask(query)


def test_what_is_asked_is_rolled_back_even_if_it_could_write(
    asker: Asker, driver: neo4j.Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(driver)
    monkeypatch.setattr("dcell_graph.graph.ask.guard.check_plan", lambda kind, plan, load_csv: None)
    monkeypatch.setattr("neo4j.READ_ACCESS", neo4j.WRITE_ACCESS)
    assert asker.ask("CREATE (n:Term {id: 'X'}) RETURN n.id AS id").rows == (("X",),)
    assert everything(driver) == before


@pytest.mark.parametrize(
    "query",
    [
        "CALL db.labels() YIELD label RETURN label",
        "CALL db.relationshipTypes()",
        "CALL db.propertyKeys",
        "CALL `db`.`info`()",
        "CALL db.schema.visualization()",
        "MATCH (g:Genome) CALL db.labels() YIELD label RETURN g, collect(label) AS labels",
        "MATCH (g:Genome) WHERE EXISTS { (g) } RETURN g UNION MATCH (g:Migration) RETURN g",
    ],
)
def test_procedures_and_queries_that_read_are_answered(asker: Asker, query: str) -> None:
    assert asker.ask(query).columns


def test_load_csv_is_let_through_only_if_asked_for(asker: Asker) -> None:
    query = "LOAD CSV FROM 'file:///nothing.csv' AS row RETURN row"
    with pytest.raises(InputError, match=r"refused: it uses LOAD CSV; .* has to be asked for"):
        asker.ask(query)
    with pytest.raises(InputError, match=r"nothing\.csv"):
        asker.ask(query, load_csv=True)


def test_values_of_every_kind_come_out(asker: Asker) -> None:
    answer = asker.ask(
        "MATCH (g:Genome {name: 'as-annotated'}) RETURN g AS node, date('2017-07-19') AS day, "
        "point({x: 1, y: 2}) AS point, {a: [1, 'x']} AS map, duration('P2D') AS gap, null AS nothing, $list AS list, "
        "$day AS given",
        {"list": [1, "x"], "day": date(2018, 1, 2)},
    )
    (row,) = to_objects(answer)
    assert row["node"]["labels"] == ["Genome"] and row["node"]["properties"]["name"] == "as-annotated"
    assert row["day"] == date(2017, 7, 19) and row["given"] == date(2018, 1, 2)
    assert row["map"] == {"a": [1, "x"]} and row["gap"] == "P2D" and row["nothing"] is None and row["list"] == [1, "x"]
    texts = dict(zip(answer.columns, map(shown, answer.rows[0]), strict=True))
    assert texts["node"].startswith("(:Genome {generated: false, loaded: 20") and "status: 'ready'}" in texts["node"]
    assert texts["map"] == "{a: [1, 'x']}" and texts["point"] == "point(1, 2)"


def test_nodes_relationships_and_paths(asker: Asker) -> None:
    asker.write("CREATE (:TestA {id: 1})-[:TEST {w: 0.5}]->(:TestB {id: 'b'})")
    try:
        answer = asker.ask("MATCH p = (b:TestB)<-[r:TEST]-(:TestA) RETURN p, r")
        assert shown(answer.rows[0][0]) == "(:TestB {id: 'b'})<-[:TEST {w: 0.5}]-(:TestA {id: 1})"
        assert shown(answer.rows[0][1]) == "[:TEST {w: 0.5}]"
        (row,) = to_objects(answer)
        assert [node["labels"] for node in row["p"]["nodes"]] == [["TestB"], ["TestA"]]
        assert row["r"]["type"] == "TEST" and row["r"]["properties"] == {"w": 0.5}
        assert row["r"]["start"] != row["r"]["end"]
    finally:
        gone = asker.write("MATCH (n) WHERE n:TestA OR n:TestB DETACH DELETE n")
    assert gone.changes == {"nodes deleted": 2, "relationships deleted": 1}


def test_writing_says_what_changed_and_may_commit_in_batches(asker: Asker) -> None:
    made = asker.write("UNWIND range(1, 5) AS i CALL (i) { CREATE (:TestC {i: i}) } IN TRANSACTIONS OF 2 ROWS RETURN i")
    assert len(made.rows) == 5 and made.changes["nodes created"] == 5
    # Rows over the limit are not fetched, but all of it is done.
    gone = asker.write("MATCH (n:TestC) WITH n, n.i AS i DELETE n RETURN i", limits=Limits(rows=2))
    assert gone.cut and len(gone.rows) == 2 and gone.changes["nodes deleted"] == 5
    with pytest.raises(InputError, match="more than one statement"):
        asker.write("CREATE (:TestC); CREATE (:TestC)")
    with pytest.raises(InputError, match="LOAD CSV"):
        asker.write("LOAD CSV FROM 'file:///x' AS r CREATE (:TestC)")
    assert asker.ask("MATCH (n:TestC) RETURN count(n) AS n").rows == ((0,),)


def test_rows_over_the_limit_are_not_fetched_and_the_answer_says_so(asker: Asker) -> None:
    query = "UNWIND range(1, $n) AS x RETURN x"
    whole = asker.ask(query, {"n": 5}, limits=Limits(rows=5))
    assert len(whole.rows) == 5 and not whole.cut and whole.note is None
    cut = asker.ask(query, {"n": 6}, limits=Limits(rows=5))
    assert [row[0] for row in cut.rows] == [1, 2, 3, 4, 5]
    assert cut.note == "only the first 5 rows are here, there are more: ask for less, or raise the limit"
    # Two thousand million rows are not waited for.
    assert asker.ask(query, {"n": 2_000_000_000}, limits=Limits(rows=1)).cut


def test_the_server_ends_what_takes_too_long(asker: Asker, driver: neo4j.Driver) -> None:
    slow = "UNWIND range(1, 2000000000) AS x WITH x, rand() AS r RETURN sum(x * r) AS s"
    with pytest.raises(DatabaseError, match=r"the query took longer than 0\.5 s and was ended; ask for less"):
        asker.ask(slow, limits=Limits(seconds=0.5))
    with driver.session() as session:
        running = [row["q"] for row in session.run("SHOW TRANSACTIONS YIELD currentQuery AS q RETURN q").data()]
    assert not any("2000000000" in query for query in running)


def test_a_query_that_wants_too_much_memory_says_so(asker: Asker) -> None:
    with pytest.raises(DatabaseError, match="more memory than one query is given"):
        asker.ask(
            "UNWIND range(1, 1000) AS x WITH collect(toString(x) + reduce(t = 'x', i IN range(1, 20) | t + t)) AS many "
            "RETURN size(many) AS n"
        )


@pytest.mark.parametrize(
    ("query", "parameters", "why"),
    [
        ("MATCH (n RETURN n", {}, r"cannot run this query: found Invalid input 'RETURN'.*line 1, column 10\) \"MATCH"),
        ("MATCH (n)\n RETURN m", {}, r"Variable `m` not defined \(line 2, column 9\)"),
        ("RETURN $a", {}, "the parameters are not those of the query: expected a, found none"),
        ("RETURN 1", {"a": 1}, "the parameters are not those of the query: expected none, found a"),
        ("RETURN 1 / 0 AS x", {}, "by zero"),
        ("CALL db.labels() YIELD nothing RETURN nothing", {}, "cannot run this query"),
        ("", {}, "there is no query"),
    ],
)
def test_a_query_that_is_none_says_what_is_wrong(
    asker: Asker, query: str, parameters: dict[str, Any], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        asker.ask(query, parameters)


def test_questions_can_be_asked_at_the_same_time(asker: Asker) -> None:
    found: list[int] = []

    def ask(number: int) -> None:
        found.append(asker.ask("RETURN $n AS n", {"n": number}).rows[0][0])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(8))


def test_the_schema_counts_what_is_there_and_its_examples_are_answered(asker: Asker, driver: neo4j.Driver) -> None:
    schema = read_schema(asker)
    kinds = {kind.label: kind for kind in schema.nodes}
    assert kinds["Genome"].nodes >= 1 and {"name", "status"} <= set(kinds["Genome"].properties)
    with driver.session() as session:
        total = session.run("MATCH (n) RETURN count(n) AS n").single(strict=True)["n"]
    assert sum(kind.nodes for kind in schema.nodes) == total
    assert len(schema.examples) == 3
    for example in EXAMPLES:
        assert asker.ask(example).columns
