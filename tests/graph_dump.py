"""The whole content of a database as text that can be compared, without what says when something was done."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import neo4j

from dcell_graph.graph.server import Connection

# When something was loaded or built, and in which order the schema was applied.
TIMES = frozenset({"loaded", "started", "finished", "applied"})
NODES = "MATCH (n) WHERE NOT n:Lock RETURN elementId(n) AS key, labels(n) AS labels, properties(n) AS properties"
LINKS = """
MATCH (a)-[r]->(b)
RETURN elementId(a) AS start, type(r) AS type, elementId(b) AS end, properties(r) AS properties
"""


def dump(connection: Connection) -> Counter[str]:
    """Every node and every relationship, with all properties and their types, and how many there are of each."""
    with (
        neo4j.GraphDatabase.driver(connection.uri, auth=(connection.user, connection.password)) as driver,
        driver.session(default_access_mode=neo4j.READ_ACCESS) as session,
    ):
        nodes = {row["key"]: _text(":".join(sorted(row["labels"])), row["properties"]) for row in session.run(NODES)}
        links = [
            f"({nodes[row['start']]}) -[{_text(row['type'], row['properties'])}]-> ({nodes[row['end']]})"
            for row in session.run(LINKS)
        ]
    return Counter(nodes.values()) + Counter(links)


def difference(one: Counter[str], other: Counter[str]) -> str:
    """The first lines that differ, for the message of a test; empty if the two are the same."""
    only = [f"- {line}" for line in (one - other)] + [f"+ {line}" for line in (other - one)]
    return "\n".join(sorted(only)[:20])


def _text(kind: str, properties: dict[str, Any]) -> str:
    kept = {key: value for key, value in sorted(properties.items()) if key not in TIMES}
    if "manifest" in kept:
        kept["manifest"] = {key: value for key, value in json.loads(kept["manifest"]).items() if key != "created"}
    return f"{kind} {kept!r}"
