"""Nodes and relationships of an answer, as tables and as a drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import pandas as pd
import plotly.graph_objects as go

from components.text import label, short
from components.theme import GREY, SERIES
from dcell_graph.graph.ask.entities import Entities, NodeFound
from dcell_graph.graph.ask.values import as_json

MOST = 120
_SEED = 1
_LETTERS = 24
_LINES = 12
_NAMED_BY = ("symbol", "name", "id")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "pentagon", "star")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def node_table(graph: Entities) -> pd.DataFrame:
    """One row a node."""
    rows = [
        {"Node": name_of(node), "Labels": node.labels, "Properties": as_json(dict(node.properties))}
        for node in graph.nodes.values()
    ]
    return pd.DataFrame(rows, columns=["Node", "Labels", "Properties"])


def link_table(graph: Entities) -> pd.DataFrame:
    """One row a relationship."""
    rows = [
        {
            "From": name_of(graph.nodes[link.start]),
            "Type": link.type,
            "To": name_of(graph.nodes[link.end]),
            "Properties": as_json(dict(link.properties)),
        }
        for link in graph.links.values()
    ]
    return pd.DataFrame(rows, columns=["From", "Type", "To", "Properties"])


def name_of(node: NodeFound) -> str:
    """What a node is called; one that came without properties is called by its labels."""
    named = [str(node.properties[key]) for key in _NAMED_BY if node.properties.get(key) is not None]
    return named[0] if named else " ".join(node.labels) or "node"


def draw(graph: Entities) -> go.Figure:
    """The drawing: nodes that are linked lie near each other, arrows lead from start to end.

    Args:
        graph: with at least one node.
    """
    where = _positions(graph)
    figure = go.Figure()
    for place, kind in enumerate(sorted({link.type for link in graph.links.values()})):
        x: list[float | None] = []
        y: list[float | None] = []
        for link in graph.links.values():
            if link.type == kind:
                ends = [where[link.start], where[link.end]]
                x += [ends[0][0], ends[1][0], None]
                y += [ends[0][1], ends[1][1], None]
        figure.add_scatter(
            name=label(kind),
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": GREY, "width": 1.3, "dash": _DASHES[place % len(_DASHES)]},
            marker={
                "symbol": "arrow",
                "angleref": "previous",
                "size": [0, 11, 0] * (len(x) // 3),
                "standoff": 8,
                "color": GREY,
                "opacity": 1,
            },
            hoverinfo="skip",
        )
    for place, kind in enumerate(sorted({_label_of(node) for node in graph.nodes.values()})):
        mine = {key: node for key, node in graph.nodes.items() if _label_of(node) == kind}
        figure.add_scatter(
            name=label(kind),
            x=[where[key][0] for key in mine],
            y=[where[key][1] for key in mine],
            mode="markers+text" if len(graph.nodes) <= 60 else "markers",
            text=[label(short(name_of(node), _LETTERS)) for node in mine.values()],
            textposition="top center",
            marker={
                "color": SERIES[place % len(SERIES)],
                "symbol": _SYMBOLS[place % len(_SYMBOLS)],
                "size": 13,
                "opacity": 1,
            },
            hovertext=[_hover(kind, node.properties) for node in mine.values()],
            hoverinfo="text",
        )
    figure.update_layout(
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"visible": False, "range": [-1.4, 1.4], "fixedrange": True},
        yaxis={"visible": False, "range": [-1.15, 1.2], "fixedrange": True},
        showlegend=True,
        dragmode=False,
    )
    return figure


def _positions(graph: Entities) -> dict[str, tuple[float, float]]:
    net = nx.Graph()
    net.add_nodes_from(graph.nodes)
    net.add_edges_from((link.start, link.end) for link in graph.links.values())
    found = nx.spring_layout(net, seed=_SEED, iterations=80, k=2.2 / max(1, len(net)) ** 0.5)
    across, upward = (_spread([place[axis] for place in found.values()]) for axis in (0, 1))
    return dict(zip(found, zip(across, upward, strict=True), strict=True))


def _spread(values: list[float]) -> list[float]:
    """The same from -1 to 1; all in the middle if they are equal."""
    low, high = min(values), max(values)
    return [0.0 if high == low else float(2 * (value - low) / (high - low) - 1) for value in values]


def _label_of(node: NodeFound) -> str:
    return " ".join(node.labels) or "node"


def _hover(kind: str, properties: Mapping[str, Any]) -> str:
    lines = [f"{key}: {short(str(value), 60)}" for key, value in sorted(properties.items())]
    more = [f"and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
    return "<br>".join(label(line) for line in (kind, *lines[:_LINES], *more))
