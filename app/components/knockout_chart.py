"""Draws where deleted genes change states: the root at the left, each term in a row of its own."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from components.text import label, short
from components.theme import GREY, ink

SCALE = "Cividis"
_ROW_HEIGHT = 24
_LETTERS = 46


def height(places: pd.DataFrame) -> int:
    """Height in pixels that leaves room for every name."""
    return 70 + _ROW_HEIGHT * len(places)


def rows(places: pd.DataFrame, links: pd.DataFrame) -> list[str]:
    """The terms from top to bottom: each below its first parent, the ones that move more before the others.

    Args:
        places: ``term``, ``level`` (0 at the root), ``distance``.
        links: ``child``, ``parent``.
    """
    by_distance = places.sort_values(["distance", "term"], ascending=[False, True], kind="stable")["term"].tolist()
    children: dict[str, set[str]] = {}
    for child, parent in zip(links["child"], links["parent"], strict=True):
        children.setdefault(parent, set()).add(child)
    found: dict[str, None] = {}

    def visit(term: str) -> None:
        if term in found:
            return
        found[term] = None
        below = children.get(term, set())
        for child in by_distance:
            if child in below:
                visit(child)

    # A term whose way to the root had no room is not below any other.
    for term in places.sort_values("level", kind="stable")["term"]:
        visit(term)
    return list(found)


def draw(places: pd.DataFrame, links: pd.DataFrame, most: float, unit: str) -> go.Figure:
    """The drawing.

    Args:
        places: ``term``, ``name``, ``level`` (0 at the root), ``distance``.
        links: ``child``, ``parent``.
        most: the distance of the brightest colour; several drawings can share it.
        unit: what the colours are.
    """
    row = {term: -place for place, term in enumerate(rows(places, links))}
    level = dict(zip(places["term"], places["level"], strict=True))
    x: list[float | None] = []
    y: list[float | None] = []
    for child, parent in zip(links["child"], links["parent"], strict=True):
        # Down in the column of the parent, then to the right.
        x += [level[parent], level[parent], level[child], None]
        y += [row[parent], row[child], row[child], None]
    figure = go.Figure(
        go.Scatter(x=x, y=y, mode="lines", line={"color": GREY, "width": 1}, hoverinfo="skip", showlegend=False)
    )
    terms = places["term"].tolist()
    names = [name or term for name, term in zip(places["name"], terms, strict=True)]
    figure.add_scatter(
        x=places["level"].tolist(),
        y=[row[term] for term in terms],
        mode="markers+text",
        text=[f"  {label(short(name, _LETTERS))}" for name in names],
        textposition="middle right",
        marker={
            "color": places["distance"].tolist(),
            "colorscale": SCALE,
            "cmin": 0,
            "cmax": most or 1.0,
            "size": 15,
            "opacity": 1,
            "line": {"color": ink() or GREY, "width": 1},
            "colorbar": {"title": {"text": label(unit)}, "thickness": 14, "lenmode": "pixels", "len": 200, "y": 0.5},
        },
        hovertext=[
            f"{label(name)} ({label(term)}): {distance:.4g}"
            for name, term, distance in zip(names, terms, places["distance"], strict=True)
        ],
        hoverinfo="text",
        showlegend=False,
    )
    last = int(places["level"].max())
    figure.update_layout(
        # Names of the last column need the room of about four columns.
        xaxis={"visible": False, "range": [-0.3, last + max(3.0, 0.55 * last)], "fixedrange": True},
        yaxis={"visible": False, "range": [0.2 - len(terms), 0.8], "fixedrange": True},
        dragmode=False,
    )
    return figure
