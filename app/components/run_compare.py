"""Several runs side by side: what differs in what was asked for, how they did, and their curves upon each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from components import charts, run_charts, tables
from components.text import plain
from dcell_graph.train.comparing import METRICS, Row, compare_runs, curve
from dcell_graph.train.listing import RunSummary

_CURVES = {
    "validation loss": "validation_loss",
    "training loss": "train_loss",
    "validation correlation": "validation_pearson",
    "training correlation": "train_pearson",
    "validation RMSE": "validation_rmse",
    "learning rate": "lr",
}


def choose(runs: Mapping[str, RunSummary], name: str) -> None:
    """Choose runs to compare with one, and compare them."""
    others = st.multiselect(
        f"Compare {plain(name)} with",
        tuple(other for other in runs if other != name),
        key="others",
        bind="query-params",
        placeholder="Choose one or more runs",
    )
    if not others:
        st.info("Choose the runs to compare it with.", icon=":material/arrow_upward:")
        return
    compared = {one: runs[one] for one in (name, *others)}
    found = compare_runs([run.folder for run in compared.values()])
    st.subheader("What differs in what was asked for", anchor=False)
    tables.show("differences", _table("Option", found.options, list(compared)), empty="Nothing differs.")
    st.subheader("Results", anchor=False)
    tables.show("results", _table("Result", found.results, list(compared)), empty="No run has a result yet.")
    _curves(compared)


def _curves(runs: Mapping[str, RunSummary]) -> None:
    st.subheader("Curves", anchor=False)
    words = st.selectbox("Curve", tuple(_CURVES), key="curve", bind="query-params", width=260)
    column = _CURVES[words]
    series: dict[str, dict[int, float]] = {}
    for name, run in runs.items():
        try:
            series[name] = dict(curve(run.folder, column))
        except (ValueError, KeyError, OSError):
            st.error(
                plain(f"The file {METRICS} of {name} is damaged: its rows cannot be read."), icon=":material/error:"
            )
    lines = {
        name: (list(values), list(values.values()), *run_charts.pen(place))
        for place, (name, values) in enumerate(series.items())
        if values
    }
    if not lines:
        st.info("None of these runs has that curve.", icon=":material/hourglass_empty:")
        return
    figure = run_charts.curves(lines, words.capitalize())
    if column.endswith("loss"):
        figure.update_layout(yaxis={"type": "log", "title": f"{words.capitalize()}, logarithmic"})
    epochs = sorted({epoch for values in series.values() for epoch in values})
    table = pd.DataFrame(
        {"Epoch": epochs} | {name: pd.Series(map(values.get, epochs), dtype=float) for name, values in series.items()}
    )
    charts.show(
        "compared",
        figure,
        alt=f"{words} by epoch; at the end "
        + "; ".join(f"{name} {values[-1]:.3g}" for name, (_, values, _, _) in lines.items()),
        table=table,
    )


def _table(heading: str, rows: Sequence[Row], names: list[str]) -> pd.DataFrame:
    """Rows of several types as text: a column of a run holds words and numbers."""
    return pd.DataFrame([(what, *map(_text, values)) for what, values in rows], columns=[heading, *names])


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
