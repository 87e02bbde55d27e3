"""What the planner of the database means to do for a query, and where it means to look nodes up slowly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import neo4j

from dcell_graph.graph.queries import load_query
from dcell_graph.graph.server import Connection

# Each row of the left side makes the right side run once more.
_LOOPS = ("Apply", "CartesianProduct", "NestedLoop")
_QUICK = ("Argument", "UniqueIndexSeek", "ElementIdSeek", "SnapTerm(snapshot, id)")


def slow_steps(connection: Connection, names: list[str], **texts: str) -> dict[str, set[str]]:
    """Steps of the plans of queries that take the longer, the more nodes there are, and need not.

    Args:
        connection: to the database that plans; nothing is run.
        names: of queries.
        texts: further queries, by what to call them.

    Returns:
        For each query that has some: scans of all nodes or of a label, products of two lists, and what is looked up
        once a row otherwise than by a key.
    """
    queries = {name: (load_query(name).text, load_query(name).parameters) for name in names}
    known = {parameter for _, parameters in queries.values() for parameter in parameters}
    queries |= {name: (text, frozenset(known)) for name, text in texts.items()}
    found = {}
    with (
        neo4j.GraphDatabase.driver(
            connection.uri, auth=(connection.user, connection.password), notifications_min_severity="OFF"
        ) as driver,
        driver.session() as session,
    ):
        for name, (text, parameters) in queries.items():
            plan = session.run(neo4j.Query(f"EXPLAIN {text}"), dict.fromkeys(parameters)).consume().plan
            assert plan is not None
            found[name] = set(_slow(plan, repeated=False))
    return {name: steps for name, steps in found.items() if steps}


def _slow(plan: dict[str, Any], *, repeated: bool) -> Iterator[str]:
    operator = plan["operatorType"].partition("@")[0]
    details = plan["args"].get("Details", "")
    step = f"{operator} {details.split(' WHERE ')[0]}".strip()
    if "Scan" in operator or operator == "CartesianProduct":
        yield step
    elif repeated and not plan.get("children") and not any(quick in step for quick in _QUICK):
        yield f"each time: {step}"
    loops = any(word in operator for word in _LOOPS)
    for place, child in enumerate(plan.get("children", ())):
        yield from _slow(child, repeated=repeated or (loops and place == 1))
