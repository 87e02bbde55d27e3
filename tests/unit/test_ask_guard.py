"""Which queries are let through by their words and by the server's plan, and how parameters are read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dcell_graph.errors import InputError
from dcell_graph.graph.ask.guard import check_plan, check_words
from dcell_graph.graph.ask.parameters import guess, split_pairs, to_list, to_number
from dcell_graph.graph.ask.text import Kind, parameters_of, split, tidy


def words(query: str, *, load_csv: bool = False) -> None:
    check_words(split(tidy(query)), load_csv=load_csv)


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (t:Term) RETURN t",
        "MATCH (t:Term) RETURN t ;  ",
        "CALL db.labels() YIELD label RETURN label",
        "CALL db.labels",
        "CALL `db`.`labels`()",
        "CALL { MATCH (n) RETURN n LIMIT 1 } RETURN n",
        "MATCH (n) CALL (n) { RETURN 1 AS x } RETURN x",
        "RETURN 'LOAD CSV; USE system CALL dbms.shutdown()' AS text",
        'RETURN "it\'s; LOAD CSV" AS text // ; LOAD CSV',
        "RETURN 'a\\'; LOAD CSV \\'' AS text",
        "/* CALL dbms.info(); */ MATCH (`LOAD CSV`) RETURN `LOAD CSV`",
        "MATCH (use)-[:X]->(load) WITH load, use RETURN load, use",
        "RETURN date.truncate('month', date()) AS month, duration.between(date(), date()) AS gap",
        "MATCH (n) RETURN n.call AS call, n.dbms.info AS info",
        "RETURN $load, $`csv`",
        "MATCH (café) RETURN café",
    ],
)
def test_questions_pass(query: str) -> None:
    words(query)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("MATCH (n) RETURN 1; MATCH (n) DELETE n", "more than one statement"),
        ("EXPLAIN MATCH (n) RETURN n", "cannot begin with EXPLAIN"),
        ("/* a */ profile MATCH (n) RETURN n", "cannot begin with PROFILE"),
        ("CYPHER runtime=slotted MATCH (n) RETURN n", "cannot begin with CYPHER"),
        ("use system SHOW USERS", "cannot begin with USE"),
        ("LOAD CSV FROM 'file:///x' AS row RETURN row", "it uses LOAD CSV"),
        (
            "RETURN CASE WHEN true THEN COLLECT { LoAd /* x */ CSV FROM 'x' AS r RETURN r } ELSE [] END",
            "it uses LOAD CSV",
        ),
        (
            "RETURN [y IN [1] | COUNT { CALL dbms.listConfig() YIELD name RETURN name }]",
            "dbms.listConfig cannot be called",
        ),
        ("CALL apoc.load.json('http://example.org')", "apoc.load.json cannot be called"),
        ("CALL `dbms` . `killConnection`('x')", "dbms.killConnection cannot be called"),
        ("CALL dbms.components", "dbms.components cannot be called"),
        ("CALL mine()", "mine cannot be called"),
        ("MATCH (n) OPTIONAL CALL db.awaitIndexes() RETURN n", "db.awaitIndexes cannot be called"),
        (
            "RETURN apoc.cypher.runFirstColumnSingle('MATCH (n) RETURN n', {})",
            "apoc.cypher.runFirstColumnSingle cannot",
        ),
        ("RETURN genai.vector.encode('text', 'OpenAI', {})", "genai.vector.encode cannot be used"),
        ("\\u004cOAD CSV FROM 'x' AS r RETURN r", "Unicode escapes"),
        ("RETURN '\\u0027 ; LOAD CSV'", "Unicode escapes"),
        ("LOAD\u180eCSV FROM 'x' AS r RETURN r", r"U\+180E"),
        ("   ;; ", "there is no query"),
    ],
)
def test_what_does_more_is_refused_by_its_words(query: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        words(query)


def test_load_csv_passes_if_asked_for() -> None:
    words("LOAD CSV FROM 'file:///x' AS row RETURN row", load_csv=True)


def test_line_ends_end_comments_as_the_server_sees_them() -> None:
    assert tidy("MATCH (n) // one\r RETURN n\r\n;") == "MATCH (n) // one\n RETURN n"
    with pytest.raises(InputError, match="LOAD CSV"):
        words("// one\rLOAD CSV FROM 'x' AS r RETURN r")


def test_parameters_are_found_outside_texts_and_comments() -> None:
    tokens = split("RETURN $a, $`b c`, '$d' /* $e */, $1")
    assert parameters_of(tokens) == {"a", "b c", "1"}
    assert [token.text for token in split("a.`b``c` 12") if token.kind is not Kind.SIGN] == ["a", "b`c", "12"]


def plan(operator: str, details: str = "", *children: dict[str, Any]) -> dict[str, Any]:
    return {"operatorType": f"{operator}@neo4j", "args": {"Details": details}, "children": list(children)}


READS = plan("ProduceResults", "n", plan("NodeByLabelScan"))


def test_a_plan_that_reads_passes() -> None:
    check_plan("r", READS, load_csv=False)
    check_plan("r", plan("ProcedureCall", "db.labels() :: (label :: STRING)"), load_csv=False)
    check_plan("r", plan("ProduceResults", "", plan("LoadCSV")), load_csv=True)


@pytest.mark.parametrize(
    ("query_type", "steps", "why"),
    [
        ("w", READS, "it writes"),
        ("rw", READS, "it writes"),
        ("s", READS, "administers the server"),
        (None, READS, "does not say that it only reads"),
        ("r", None, "does not say that it only reads"),
        ("r", plan("ProduceResults", "", plan("LoadCSV")), "LOAD CSV"),
        ("r", plan("ProduceResults", "", plan("TransactionApply")), "IN TRANSACTIONS"),
        ("r", plan("ProduceResults", "", plan("ShowSettings")), "SHOW"),
        ("r", plan("TerminateTransactions"), "TERMINATE"),
        ("r", plan("ProduceResults", "", plan("ProcedureCall", "db.resampleIndex($x) :: ()")), "db.resampleIndex"),
        ("r", plan("ProcedureCall", ""), "cannot be called"),
    ],
)
def test_a_plan_that_does_more_is_refused(query_type: str | None, steps: dict[str, Any] | None, why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_plan(query_type, steps, load_csv=False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("1.5", 1.5),
        ("2e3", 2000.0),
        (".5", 0.5),
        ("true", True),
        ("null", None),
        ("2017-07-19", date(2017, 7, 19)),
        ("RAD51", "RAD51"),
        ("GO:0006281", "GO:0006281"),
        ("nan", "nan"),
        ("", ""),
        (" a=b ", " a=b "),
        ('["a", 1, null]', ["a", 1, None]),
        ('{"a": [true]}', {"a": [True]}),
        ('"5"', "5"),
    ],
)
def test_a_parameter_is_what_it_looks_like(text: str, value: object) -> None:
    found = guess("x", text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2017-02-30", "the parameter x is not a day: expected YYYY-MM-DD, found 2017-02-30"),
        ("[1,", "begins like JSON and is none"),
        ("9223372036854775808", "too large"),
        ('[{"a": 9223372036854775808}]', "too large"),
    ],
)
def test_a_parameter_that_cannot_be_read_says_so(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        guess("x", text)


def test_pairs_lists_and_numbers() -> None:
    assert split_pairs(["a=1", "$b=x=y"]) == {"a": "1", "b": "x=y"}
    for bad in (["a"], ["=1"], ["a=1", "a=2"]):
        with pytest.raises(InputError, match="parameter"):
            split_pairs(bad)
    assert to_list("x", "a, b") == ["a", "b"] and to_list("x", '["a, b"]') == ["a, b"]
    assert to_number("x", "12") == 12
    with pytest.raises(InputError, match="not a whole number"):
        to_number("x", "-1")
