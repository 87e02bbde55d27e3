"""Draws the terms near a term: those above at its left, it in the middle, those below at its right."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from components.text import label, short
from components.theme import BLUE, GREEN, GREY, ORANGE
from dcell_graph.graph.hierarchy_view import KEPT, NO_CANDIDATE, REMOVED, Neighbourhood

ROW_HEIGHT = 27
_LETTERS = 34
_FARTHEST = 3
FATES = {
    KEPT: (GREEN, "circle"),
    REMOVED: (ORANGE, "x"),
    NO_CANDIDATE: (GREY, "circle-open"),
}
NOT_ASKED = (BLUE, "circle")


def height(near: Neighbourhood) -> int:
    """Height in pixels that leaves room for every name."""
    return 90 + ROW_HEIGHT * int(near.places["level"].value_counts().max())


def draw(near: Neighbourhood, fate: dict[str, str] | None, hover: dict[str, str]) -> go.Figure:
    """The drawing; each point carries the id of its term as its first custom value.

    Args:
        near: the terms and links.
        fate: of each term in the snapshot that gives the colours, or None for no colours.
        hover: more lines about each term, plain text.
    """
    where = positions(near.places)
    figure = go.Figure()
    for relation, rows in near.links.groupby("relation", sort=True):
        x: list[float | None] = []
        y: list[float | None] = []
        for child, parent in zip(rows["child"], rows["parent"], strict=True):
            x += [where[child][0], where[parent][0], None]
            y += [where[child][1], where[parent][1], None]
        dash = {"is_a": "solid", "part_of": "dash"}.get(str(relation), "dot")
        figure.add_scatter(
            name=str(relation),
            x=x,
            y=y,
            mode="lines",
            line={"color": GREY, "width": 1.2, "dash": dash},
            hoverinfo="skip",
        )
    groups = [(None, NOT_ASKED)] if fate is None else list(FATES.items())
    for name, (colour, symbol) in groups:
        mine = near.places if fate is None else near.places[[fate[term] == name for term in near.places["term"]]]
        if len(mine):
            figure.add_trace(_points(mine, near, where, hover, name or "term", colour, symbol))
    left, right = (edge(x for x, _ in where.values()) for edge in (min, max))
    figure.update_layout(
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        # Names of the last column need about a third of the width.
        xaxis={"visible": False, "range": [left - 0.06, right + 0.36 * (right - left + 1)], "fixedrange": True},
        yaxis={"visible": False, "fixedrange": True},
        showlegend=True,
        dragmode=False,
    )
    return figure


def positions(places: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Where each term is: levels are columns, and the terms of a column are spread evenly around the middle.

    Args:
        places: ``term``, ``name``, ``level``.
    """
    levels = {int(str(level)): rows for level, rows in places.groupby("level")}
    tallest = max(len(rows) for rows in levels.values())
    where: dict[str, tuple[float, float]] = {}
    for level in sorted(levels, reverse=True):
        rows = levels[level].sort_values(["name", "term"], na_position="last", kind="stable")
        middle = (len(rows) - 1) / 2
        apart = min(_FARTHEST, (tallest - 1) / max(1, len(rows) - 1)) if len(rows) < tallest else 1
        where |= {term: (float(level), apart * (middle - place)) for place, term in enumerate(rows["term"])}
    return where


def _points(
    mine: pd.DataFrame,
    near: Neighbourhood,
    where: dict[str, tuple[float, float]],
    hover: dict[str, str],
    name: str,
    colour: str,
    symbol: str,
) -> go.Scatter:
    terms = mine["term"].tolist()
    last = max(x for x, _ in where.values())
    names = [name or term for name, term in zip(mine["name"], terms, strict=True)]
    words = [label(short(text, _LETTERS)) for text in names]
    return go.Scatter(
        name=name,
        x=[where[term][0] for term in terms],
        y=[where[term][1] for term in terms],
        mode="markers+text",
        text=[f"<b>{text}</b>" if term == near.term else text for term, text in zip(terms, words, strict=True)],
        # Links leave a term to the right, so above the last column names stand over them.
        textposition=["middle right" if where[term][0] == last else "top right" for term in terms],
        marker={
            "color": colour,
            "symbol": symbol,
            "size": [16 if term == near.term else 12 for term in terms],
            "line": {"color": colour, "width": 2},
            "opacity": 1,
        },
        customdata=[[term] for term in terms],
        hovertext=[
            "<br>".join(filter(None, (f"{label(text)} ({term})", label(hover.get(term, "")).replace("\n", "<br>"))))
            for term, text in zip(terms, names, strict=True)
        ],
        hoverinfo="text",
        # Unlike the default, a point that is not chosen must not fade.
        unselected={"marker": {"opacity": 1}},
    )
