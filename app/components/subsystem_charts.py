"""The charts of the page of subsystems: ranking with uncertainty, the hierarchy as a tree, the states of a term."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from components.text import label, short
from components.theme import BLUE, GREY, ORANGE, SERIES, ink

if TYPE_CHECKING:
    from dcell_graph.interpret.states import TermStates

SCALE = "Cividis"
KINDS = ("Treemap", "Sunburst")
_LETTERS = 44
_LEVELS = 4


def ranking(rows: pd.DataFrame, measure: str, unit: str) -> go.Figure:
    """Bars with their 95 % confidence, the highest at the top; each carries the id of its term.

    Args:
        rows: of the scores, in order.
        measure: its column.
        unit: what it is.
    """
    low, high = (rows[f"{measure}_{side}"].to_numpy(float) for side in ("low", "high"))
    values = rows[measure].to_numpy(float)
    significant = [value <= 0.05 for value in rows.get(f"{measure}_q", pd.Series(1.0, index=rows.index))]
    names = [short(name or term, _LETTERS) for name, term in zip(rows["name"], rows["term"], strict=True)]
    bars: dict[str, Any] = {}
    if np.isfinite(high).any():
        bars["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": np.nan_to_num(high - values).tolist(),
            "arrayminus": np.nan_to_num(values - low).tolist(),
            "color": ink() or GREY,
            "thickness": 1.5,
        }
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=values.tolist(),
            y=rows["term"].tolist(),
            marker_color=[ORANGE if one else BLUE for one in significant],
            customdata=[[term, label(name)] for term, name in zip(rows["term"], names, strict=True)],
            hovertemplate="%{customdata[1]} (%{customdata[0]}): %{x:.4g}<extra></extra>",
            # Unlike the default, a bar that is not chosen must not fade.
            unselected={"marker": {"opacity": 1}},
            **bars,
        )
    )
    figure.update_layout(
        xaxis={"title": label(unit), "zeroline": True},
        yaxis={
            "autorange": "reversed",
            "title": None,
            "type": "category",
            "tickmode": "array",
            "tickvals": rows["term"].tolist(),
            "ticktext": [label(name) for name in names],
        },
        showlegend=False,
        bargap=0.3,
    )
    return figure


def tree(rows: pd.DataFrame, kind: str, values: pd.Series | None, unit: str) -> go.Figure:
    """The hierarchy with one parent a term; a click goes into a part of it.

    Args:
        rows: of ``terms.as_tree``, or some of them.
        kind: one of ``KINDS``.
        values: that colour the terms, in the order of the rows; None for the colours of the branches.
        unit: what they are.
    """
    marker: dict[str, Any] = {"line": {"width": 1}}
    if values is not None:
        # The root is what all others lead to, and would outshine them.
        below = values.where((rows["parent"] != "").to_numpy(), 0.0)
        marker |= {
            "colors": below.clip(lower=0).tolist(),
            "colorscale": SCALE,
            "cmin": 0,
            "cmax": max(float(below.max()), 1e-12),
            "colorbar": {"title": {"text": label(unit), "side": "right"}, "thickness": 14},
        }
    made = go.Treemap if kind == "Treemap" else go.Sunburst
    shown = ["" if values is None else f"<br>{label(unit)}: {value:.4g}" for value in _numbers(rows, values)]
    figure = go.Figure(
        made(
            ids=rows["term"].tolist(),
            parents=rows["parent"].tolist(),
            labels=[label(short(name, _LETTERS)) for name in rows["name"]],
            values=rows["area"].tolist(),
            branchvalues="total",
            maxdepth=_LEVELS,
            marker=marker,
            customdata=[
                [label(name), f"{int(genes):,}", words]
                for name, genes, words in zip(rows["name"], rows["genes"], shown, strict=True)
            ],
            hovertemplate="%{customdata[0]} (%{id})<br>%{customdata[1]} genes%{customdata[2]}<extra></extra>",
        )
    )
    figure.update_layout(treemapcolorway=SERIES, sunburstcolorway=SERIES)
    return figure


def _numbers(rows: pd.DataFrame, values: pd.Series | None) -> list[float]:
    return [0.0] * len(rows) if values is None else values.astype(float).tolist()


def grouped(found: TermStates) -> pd.DataFrame:
    """One row a different state: its place, how many strains have it, their mean phenotype, and some of their names."""
    rows = found.table.groupby("state", sort=True)
    return pd.DataFrame(
        {
            "first": rows["first"].first(),
            "second": rows["second"].first(),
            "distance": rows["distance"].first(),
            "strains": rows.size(),
            "measured": rows["measured"].mean(),
            "names": rows["strain"].agg(lambda names: ", ".join(names[:4]) + (" …" if len(names) > 4 else "")),
        }
    ).reset_index()


def states(found: TermStates, phenotype: str) -> go.Figure:
    """The different states of a term by their first two components; a star is the wild type."""
    table = grouped(found)
    edge = ink() or GREY
    figure = go.Figure(
        go.Scatter(
            name="strains",
            x=table["first"].tolist(),
            y=table["second"].tolist(),
            mode="markers",
            marker={
                "size": (7 + 5 * np.log10(table["strains"])).tolist(),
                "color": table["measured"].tolist(),
                "colorscale": SCALE,
                # A few extreme strains would leave one colour to all others.
                "cmin": float(table["measured"].quantile(0.05)),
                "cmax": float(table["measured"].quantile(0.95)),
                "line": {"width": 0.7, "color": edge},
                "colorbar": {"title": {"text": f"Measured {label(phenotype)}, mean", "side": "right"}, "thickness": 14},
                "opacity": 0.9,
            },
            customdata=[
                [label(names), f"{strains:,}", measured]
                for names, strains, measured in zip(table["names"], table["strains"], table["measured"], strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>strains: %{customdata[1]}, measured %{customdata[2]:.4g}<extra></extra>",
        )
    )
    figure.add_scatter(
        name="wild type",
        x=[found.wild_type[0]],
        y=[found.wild_type[1]],
        mode="markers",
        marker={"symbol": "star", "size": 17, "color": ORANGE, "line": {"width": 1, "color": edge}},
        hovertemplate="wild type<extra></extra>",
    )
    first, second = found.explained
    figure.update_layout(
        xaxis={"title": f"First component ({first:.0%} of the variance)"},
        yaxis={"title": f"Second component ({second:.0%})"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure
