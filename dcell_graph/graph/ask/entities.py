"""The nodes and relationships of an answer, each once, wherever they stand: in lists, maps and paths too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import neo4j.graph

from dcell_graph.graph.ask.values import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFound:
    """A node.

    Args:
        labels: sorted.
        properties: as plain values; none if only a relationship that ends here was in the answer.
    """

    labels: tuple[str, ...]
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFound:
    """A relationship.

    Args:
        type: of the relationship.
        start: key of the node it comes from.
        end: key of the node it leads to.
        properties: as plain values.
    """

    type: str
    start: str
    end: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """What an answer holds.

    Args:
        nodes: by the ids that the server uses at this moment, in the order of the answer; ends of links are among them.
        links: likewise.
    """

    nodes: dict[str, NodeFound] = field(default_factory=dict)
    links: dict[str, LinkFound] = field(default_factory=dict)

    def first(self, most: int) -> Entities:
        """The first nodes and the relationships between them.

        Args:
            most: nodes, 1 or more.
        """
        nodes = dict(list(self.nodes.items())[:most])
        between = {key: link for key, link in self.links.items() if {link.start, link.end} <= nodes.keys()}
        return Entities(nodes=nodes, links=between)


def entities(rows: Iterable[Iterable[Any]]) -> Entities:
    """Look through the rows of an answer.

    Args:
        rows: values as the driver gives them.
    """
    found = Entities()
    for row in rows:
        for value in row:
            _add(found, value)
    return found


def _add(found: Entities, value: Any) -> None:
    if isinstance(value, neo4j.graph.Node):
        # A relationship by itself knows its ends without their labels and properties.
        if value.element_id not in found.nodes or len(value):
            properties = {key: plain(value[key]) for key in sorted(value)}
            found.nodes[value.element_id] = NodeFound(labels=tuple(sorted(value.labels)), properties=properties)
    elif isinstance(value, neo4j.graph.Relationship):
        start, end = value.nodes
        if start is None or end is None:
            return
        _add(found, start)
        _add(found, end)
        found.links[value.element_id] = LinkFound(
            type=value.type,
            start=start.element_id,
            end=end.element_id,
            properties={key: plain(value[key]) for key in sorted(value)},
        )
    elif isinstance(value, neo4j.graph.Path):
        for part in (*value.nodes, *value.relationships):
            _add(found, part)
    elif isinstance(value, Mapping):
        for part in value.values():
            _add(found, part)
    elif isinstance(value, list | tuple):
        for part in value:
            _add(found, part)
