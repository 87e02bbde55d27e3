"""Charts that look the same on every page, each with words for those who cannot see it and a table of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import tables
from components.text import label
from components.theme import BLUE, GREEN, GREY, ORANGE, ink

_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}


def show(
    name: str,
    figure: go.Figure,
    *,
    alt: str,
    table: pd.DataFrame,
    height: int = 380,
    on_select: Callable[[], None] | None = None,
) -> None:
    """Show a chart and, folded away below it, the table of its numbers with a download.

    Args:
        name: of the chart and of the downloaded file; unique on the page.
        figure: the chart.
        alt: what it shows, in a sentence.
        table: the numbers, with headings that are words.
        height: in pixels.
        on_select: called when a point is clicked; the selection is in the session under the name.
    """
    right = 48 if figure.layout.annotations else 8
    figure.update_layout(height=height, margin={"l": 8, "r": right, "t": 30, "b": 8}, hovermode="closest")
    colour = ink()
    if colour is not None:
        words = {"color": colour}
        figure.update_layout(font=words, legend_font=words)
        figure.update_annotations(font=words)
        figure.update_xaxes(tickfont=words, title_font=words)
        figure.update_yaxes(tickfont=words, title_font=words)
        figure.update_traces(textfont=words, selector=lambda trace: trace.type in ("bar", "waterfall", "scatter"))
    extra: dict[str, Any] = {} if on_select is None else {"on_select": on_select, "selection_mode": "points"}
    st.plotly_chart(figure, key=name, alt=alt, config=_CONFIG, **extra)
    with st.expander("The numbers as a table", icon=":material/table_chart:"):
        tables.show(name, table, empty="There is nothing to show.")


def bars(frame: pd.DataFrame, category: str, series: Mapping[str, str], *, stacked: bool, unit: str) -> go.Figure:
    """Bars for each category.

    Args:
        frame: one row a category.
        category: column of the categories.
        series: columns and their colours.
        stacked: put the series of a category upon each other, not side by side.
        unit: title of the axis of numbers.
    """
    categories = [label(value) for value in frame[category]]
    figure = go.Figure(
        [
            go.Bar(
                name=label(column),
                x=categories,
                y=frame[column].tolist(),
                marker_color=colour,
                hovertemplate="%{x}: %{y:,} " + label(column) + "<extra></extra>",
            )
            for column, colour in series.items()
        ]
    )
    figure.update_layout(
        barmode="stack" if stacked else "group",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"type": "category", "title": None},
        yaxis={"title": unit, "tickformat": ",d"},
    )
    return figure


def waterfall(steps: Sequence[tuple[str, str, int]]) -> go.Figure:
    """From a first number to a last one, with what came and went between.

    Args:
        steps: words, kind (``total``, ``out`` or ``in``) and number; what goes out is given as a positive number.
    """
    signed = [-number if kind == "out" else number for _, kind, number in steps]
    figure = go.Figure(
        go.Waterfall(
            orientation="h",
            y=[f"{place}" for place in range(len(steps))],
            x=signed,
            measure=["absolute" if kind == "total" else "relative" for _, kind, _ in steps],
            text=[f"{number:,}" for number in signed],
            textposition="outside",
            cliponaxis=False,
            customdata=[[label(words)] for words, _, _ in steps],
            hovertemplate="%{customdata[0]}: %{text}<extra></extra>",
            decreasing={"marker": {"color": ORANGE}},
            increasing={"marker": {"color": GREEN}},
            totals={"marker": {"color": BLUE}},
            connector={"line": {"color": GREY, "width": 1}},
        )
    )
    largest = max([number for _, kind, number in steps if kind == "total"], default=1)
    figure.update_layout(
        xaxis={"title": None, "tickformat": "~s", "range": [0, 1.22 * largest]},
        yaxis={
            "autorange": "reversed",
            "tickmode": "array",
            "tickvals": [f"{place}" for place in range(len(steps))],
            "ticktext": [label(words) for words, _, _ in steps],
            "title": None,
        },
        showlegend=False,
    )
    return figure
