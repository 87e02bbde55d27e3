"""The charts of one run: losses, correlations, learning rate, predictions, errors, and states by depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from components.text import label
from components.theme import BLUE, GREEN, GREY, ORANGE, SERIES

LOSSES = {"loss": "total", "primary": "primary", "weighted_auxiliary": "weighted auxiliary"}
SETS = {"train": BLUE, "validation": ORANGE, "test": GREEN}
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS = ("circle", "diamond", "square", "x", "triangle-up", "cross")
_MOST_POINTS = 3_000
_BINS = 40
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def losses(metrics: pd.DataFrame) -> go.Figure:
    """The parts of the loss by epoch, on a logarithmic axis; training full, validation dashed.

    Args:
        metrics: of the run, one row an epoch.
    """
    lines = {
        f"{words}, {part}": (metrics[f"{part}_{column}"].tolist(), colour, dash)
        for part, dash in (("train", "solid"), ("validation", "dash"))
        for (column, words), colour in zip(LOSSES.items(), (BLUE, GREEN, ORANGE), strict=True)
        if f"{part}_{column}" in metrics and metrics[f"{part}_{column}"].notna().any()
    }
    figure = by_epoch(metrics["epoch"].tolist(), lines, "Loss")
    figure.update_layout(yaxis={"type": "log", "title": "Loss, logarithmic", "dtick": "D2"})
    return figure


def by_epoch(epochs: Sequence[int], lines: Mapping[str, tuple[list[Any], str, str]], unit: str) -> go.Figure:
    """Lines over the epochs.

    Args:
        epochs: of all lines.
        lines: name, and values with colour and dash.
        unit: title of the upward axis.
    """
    return curves({name: (epochs, *rest) for name, rest in lines.items()}, unit)


def curves(lines: Mapping[str, tuple[Sequence[int], list[Any], str, str]], unit: str) -> go.Figure:
    """Lines that need not have the same epochs: name, and epochs, values, colour and dash."""
    figure = go.Figure()
    for place, (name, (epochs, values, colour, dash)) in enumerate(lines.items()):
        figure.add_scatter(
            name=label(name),
            x=list(epochs),
            y=values,
            mode="lines+markers" if len(epochs) < 40 else "lines",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": _SYMBOLS[place % len(_SYMBOLS)], "size": 6},
            hovertemplate="epoch %{x}: %{y:.4g} " + label(name) + "<extra></extra>",
        )
    figure.update_layout(
        legend=_LEGEND,
        xaxis={"title": "Epoch", "tickformat": ",d", "rangemode": "tozero"},
        yaxis={"title": unit},
        showlegend=True,
    )
    return figure


def pen(place: int) -> tuple[str, str]:
    """Colour and dash of the line at a place, from 0; no two of the first 36 are the same."""
    return SERIES[place % len(SERIES)], _DASHES[(place + place // len(SERIES)) % len(_DASHES)]


def sampled(predictions: pd.DataFrame) -> pd.DataFrame:
    """At most 3,000 strains of a set, spread evenly over the file."""
    step = -(-len(predictions) // _MOST_POINTS)
    return predictions.iloc[:: max(1, step)]


def scatter(predictions: Mapping[str, pd.DataFrame], phenotype: str) -> go.Figure:
    """Predictions against measurements with the line on which both are equal; a point says which strain it is.

    Args:
        predictions: strain, target and prediction of each set of strains, at least one row in all.
        phenotype: its name.
    """
    figure = go.Figure()
    drawn = {name: sampled(rows) for name, rows in predictions.items()}
    numbers = np.concatenate([rows[["target", "prediction"]].to_numpy(float).ravel() for rows in drawn.values()])
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    figure.add_scatter(
        name="prediction = measurement",
        x=[low, high],
        y=[low, high],
        mode="lines",
        line={"color": GREY, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )
    for place, (name, rows) in enumerate(drawn.items()):
        figure.add_scatter(
            name=name,
            x=rows["target"].tolist(),
            y=rows["prediction"].tolist(),
            mode="markers",
            marker={
                "color": SETS.get(name.split(",")[0], GREY),
                "symbol": _SYMBOLS[place % len(_SYMBOLS)],
                "size": 6,
                "opacity": 0.65,
            },
            customdata=[[label(strain)] for strain in rows["strain"]],
            hovertemplate="%{customdata[0]}<br>measured %{x:.4g}, predicted %{y:.4g}<extra>" + name + "</extra>",
        )
    figure.update_layout(
        legend=_LEGEND,
        xaxis={"title": f"Measured {label(phenotype)}"},
        yaxis={"title": f"Predicted {label(phenotype)}"},
        showlegend=True,
    )
    return figure


def error_bins(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How many strains of each set are off by how much, in 40 equal steps around 0."""
    errors = {name: (rows["prediction"] - rows["target"]).to_numpy(float) for name, rows in predictions.items()}
    reach = max((float(np.abs(values).max()) for values in errors.values() if len(values)), default=0.0) or 0.5
    edges = np.linspace(-reach, reach, _BINS + 1)
    table = pd.DataFrame({"From": edges[:-1], "To": edges[1:]})
    for name, values in errors.items():
        table[name.capitalize()] = np.histogram(values, edges)[0]
    return table


def errors(bins: pd.DataFrame) -> go.Figure:
    """The histogram of ``error_bins``; sets lie side by side."""
    middles = ((bins["From"] + bins["To"]) / 2).tolist()
    figure = go.Figure(
        [
            go.Bar(
                name=column,
                x=middles,
                y=bins[column].tolist(),
                marker_color=SETS.get(column.lower().split(",")[0], GREY),
                hovertemplate="around %{x:.3g}: %{y:,} " + column + "<extra></extra>",
            )
            for column in bins.columns[2:]
        ]
    )
    figure.update_layout(
        barmode="group",
        legend=_LEGEND,
        xaxis={"title": "Predicted − measured"},
        yaxis={"title": "Strains", "tickformat": ",d"},
        showlegend=True,
    )
    return figure


def by_depth(states: pd.DataFrame) -> pd.DataFrame:
    """Quartiles of size and spread of the states over the terms of each depth, from the root down.

    Args:
        states: of the run: term, depth, width, size, spread.
    """
    rows = []
    for depth, terms in states.groupby("depth", sort=True):
        row: dict[str, Any] = {"Depth": depth, "Terms": len(terms)}
        for measure in ("size", "spread"):
            for words, share in (("lower quartile", 0.25), ("median", 0.5), ("upper quartile", 0.75)):
                row[f"{measure.capitalize()}, {words}"] = float(terms[measure].quantile(share))
        rows.append(row)
    return pd.DataFrame(rows)


def states(table: pd.DataFrame) -> go.Figure:
    """Medians with quartiles of ``by_depth``, on a logarithmic axis; what is exactly 0 has no place there."""
    figure = go.Figure()
    for measure, colour, dash, symbol in (("Size", BLUE, "solid", "circle"), ("Spread", ORANGE, "dash", "diamond")):
        middle = table[f"{measure}, median"]
        figure.add_scatter(
            name=measure.lower(),
            x=table["Depth"].tolist(),
            y=middle.where(middle > 0).tolist(),
            error_y={
                "type": "data",
                "symmetric": False,
                "array": (table[f"{measure}, upper quartile"] - middle).tolist(),
                "arrayminus": (middle - table[f"{measure}, lower quartile"]).tolist(),
                "color": colour,
            },
            mode="lines+markers",
            line={"color": colour, "dash": dash},
            marker={"symbol": symbol, "size": 9},
            hovertemplate="depth %{x}: median %{y:.3g}<extra>" + measure.lower() + "</extra>",
        )
    figure.update_layout(
        legend=_LEGEND,
        xaxis={"title": "Depth: steps from the root", "dtick": 1},
        yaxis={"title": "Median, bars to the quartiles", "type": "log"},
        showlegend=True,
    )
    return figure
