"""Decides whether a query only reads: by its words, and by the plan that the server makes of it.

The plan is the server's own opinion, but it does not show what is inside a nested subquery expression, such as
``CASE WHEN ... THEN COLLECT { LOAD CSV ... }`` (Neo4j 5.26). So the words are looked at as well. Behind both stands a
transaction that cannot write and is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from dcell_graph.errors import InputError
from dcell_graph.graph.ask.text import Kind, Token

PROCEDURES = frozenset(
    {
        "db.info",
        "db.labels",
        "db.ping",
        "db.propertyKeys",
        "db.relationshipTypes",
        "db.schema.nodeTypeProperties",
        "db.schema.relTypeProperties",
        "db.schema.visualization",
        "db.index.fulltext.listAvailableAnalyzers",
        "db.index.fulltext.queryNodes",
        "db.index.fulltext.queryRelationships",
        "db.index.vector.queryNodes",
        "db.index.vector.queryRelationships",
    }
)
"""Those that only read what is in the graph. Others may carry the mark READ and still fetch addresses, wait, clear
statistics or show the server's settings."""

_FUNCTIONS = (
    *("date.", "datetime.", "duration.", "localdatetime.", "localtime.", "point.", "time.", "vector.similarity."),
    *("apoc.agg.", "apoc.coll.", "apoc.date.", "apoc.map.", "apoc.math.", "apoc.number.", "apoc.text."),
)
"""Functions with a dot in the name that only calculate. Others run queries out of strings or call services."""

_BEFORE = {
    "EXPLAIN": "leave it out: the plan of the query is not shown here",
    "PROFILE": "leave it out: the plan of the query is not shown here",
    "CYPHER": "leave the options before the query out",
    "USE": "leave it out: questions go to the database in use",
}
_OPERATORS = {
    "LoadCSV": "LOAD CSV",
    "TransactionForeach": "CALL ... IN TRANSACTIONS",
    "TransactionApply": "CALL ... IN TRANSACTIONS",
    "Show": "SHOW",
    "Terminate": "TERMINATE",
    "AdministrationCommand": "a command of administration",
}
_KINDS = {"w": "it writes", "rw": "it writes", "s": "it changes the schema or administers the server"}
_READ = "r"
_CALL_HINT = "procedures that may be called: " + ", ".join(sorted(PROCEDURES))
_CSV_HINT = "it reads files and fetches addresses, so it has to be asked for"


def check_one(tokens: Sequence[Token]) -> None:
    """Refuse more than one statement.

    Raises:
        InputError: there is a semicolon before the end.
    """
    if any(token.text == ";" and token.kind is Kind.SIGN for token in tokens):
        raise InputError("there is more than one statement", hint="ask one at a time")


def check_words(tokens: Sequence[Token], *, load_csv: bool) -> None:
    """Refuse a query by its words.

    Args:
        tokens: of the query.
        load_csv: whether LOAD CSV is let through.

    Raises:
        InputError: more than one statement, a word before the query, LOAD CSV that was not asked for, or a procedure
            or function that is not on the list.
    """
    check_one(tokens)
    if tokens and tokens[0].keyword in _BEFORE:
        raise InputError(f"a query cannot begin with {tokens[0].keyword}", hint=_BEFORE[tokens[0].keyword])
    if not load_csv:
        check_csv(tokens)
    for place, token in enumerate(tokens):
        previous = tokens[place - 1] if place else None
        if not token.is_name or (previous is not None and previous.text == "." and previous.kind is Kind.SIGN):
            continue
        name, end = _name(tokens, place)
        called = end < len(tokens) and tokens[end].text == "("
        if previous is not None and previous.keyword == "CALL":
            # A call of a whole query may lack the brackets; then its name has a dot.
            if (called or "." in name) and name not in PROCEDURES:
                raise _procedure_refused(name)
        elif called and "." in name and not name.lower().startswith(_FUNCTIONS):
            raise InputError(f"the function {name} cannot be used here", hint="only functions that calculate can")


def check_csv(tokens: Sequence[Token]) -> None:
    """Refuse LOAD CSV.

    Raises:
        InputError: it is there.
    """
    keywords = [token.keyword for token in tokens]
    if any(pair == ("LOAD", "CSV") for pair in pairwise(keywords)):
        raise _refused("LOAD CSV", _CSV_HINT)


def check_plan(query_type: str | None, plan: Mapping[str, Any] | None, *, load_csv: bool) -> None:
    """Refuse a query by the plan that the server has made of it.

    Args:
        query_type: ``r`` reads, ``w`` and ``rw`` write, ``s`` schema and administration.
        plan: of EXPLAIN.
        load_csv: whether LOAD CSV is let through.

    Raises:
        InputError: it does more than read, or the server has shown no plan.
    """
    steps = [] if plan is None else list(_steps(plan))
    for operator, details in steps:
        if operator == "ProcedureCall":
            name = details.partition("(")[0].strip().replace("`", "")
            if name not in PROCEDURES:
                raise _procedure_refused(name)
        for start, words in _OPERATORS.items():
            if operator.startswith(start) and not (load_csv and start == "LoadCSV"):
                raise _refused(words, _CSV_HINT if start == "LoadCSV" else None)
    if query_type != _READ or not steps:
        why = _KINDS.get(query_type or "", "the server does not say that it only reads")
        raise InputError(f"the query is refused: {why}", hint="only questions that read are answered here")


def _name(tokens: Sequence[Token], place: int) -> tuple[str, int]:
    """The name with dots that begins here, and the place after it."""
    parts = [tokens[place].text]
    place += 1
    while place + 1 < len(tokens) and tokens[place].text == "." and tokens[place + 1].is_name:
        parts.append(tokens[place + 1].text)
        place += 2
    return ".".join(parts), place


def _steps(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The operators of a plan with their details."""
    yield str(plan["operatorType"]).partition("@")[0], str(plan.get("args", {}).get("Details", ""))
    for child in plan.get("children", ()):
        yield from _steps(child)


def _refused(words: str, hint: str | None) -> InputError:
    return InputError(f"the query is refused: it uses {words}", hint=hint or "only questions that read are answered")


def _procedure_refused(name: str) -> InputError:
    return InputError(f"the procedure {name} cannot be called here", hint=_CALL_HINT)
