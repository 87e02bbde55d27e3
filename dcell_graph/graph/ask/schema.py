"""What is in the graph: labels, properties, types of relationships, how many of each, and queries to begin with."""

from __future__ import annotations

from dataclasses import dataclass

from dcell_graph.graph.ask.asker import Asker, Limits
from dcell_graph.graph.queries import load_query

EXAMPLES = (
    "MATCH (t:Term) WHERE t.name CONTAINS 'DNA repair' RETURN t.release AS release, t.id AS id, t.name AS name "
    "ORDER BY release, id LIMIT 20",
    "MATCH (a:Annotation) RETURN a.source AS source, a.evidence AS evidence, count(*) AS annotations "
    "ORDER BY source, annotations DESC",
    "MATCH (g:Gene {symbol: 'RAD51'})<-[:MAPS_TO]-(:Product)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId) "
    "RETURN a.source AS source, i.id AS term, a.evidence AS evidence, a.date AS date "
    "ORDER BY source, term, date LIMIT 50",
)
"""Queries that work on every database of this package."""

# Both queries look at everything once, which takes seconds where millions of annotations are loaded.
_LIMITS = Limits(rows=None, seconds=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKind:
    """A label.

    Args:
        label: of the nodes.
        nodes: how many there are.
        properties: that any of them has, sorted.
    """

    label: str
    nodes: int
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkKind:
    """A type of relationship between two labels.

    Args:
        type: of the relationships.
        start: label they come from.
        end: label they lead to.
        links: how many there are.
    """

    type: str
    start: str
    end: str
    links: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSchema:
    """What the graph holds at this moment.

    Args:
        nodes: by label.
        links: by type, start and end.
        examples: queries to begin with.
    """

    nodes: tuple[NodeKind, ...]
    links: tuple[LinkKind, ...]
    examples: tuple[str, ...] = EXAMPLES


def read_schema(asker: Asker) -> GraphSchema:
    """Count everything.

    Raises:
        DatabaseError: it took too long, or the server cannot be reached.
    """
    nodes = asker.ask(load_query("ask/nodes").text, limits=_LIMITS).rows
    links = asker.ask(load_query("ask/links").text, limits=_LIMITS).rows
    return GraphSchema(
        nodes=tuple(NodeKind(label=label, nodes=count, properties=tuple(keys)) for label, count, keys in nodes),
        links=tuple(LinkKind(start=start, type=kind, end=end, links=count) for start, kind, end, count in links),
    )
