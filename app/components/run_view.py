"""One run: how it went, epoch by epoch, what it predicts, how large its states are, and what it was made from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from components import charts, run_charts, run_data, tables
from components.text import plain
from components.theme import GREEN
from dcell_graph.train.comparing import METRICS, curve
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.finding import run_config
from dcell_graph.train.listing import RunSummary
from dcell_graph.train.members import member_paths
from dcell_graph.train.place import STATUS, read_object

_NOT_YET = "are written when the training ends or is stopped."
_COLUMNS = [
    "epoch",
    *(f"{part}_{name}" for part in ("train", "validation") for name in (*run_charts.LOSSES, "pearson")),
    "lr",
]


def listed(runs: Mapping[str, RunSummary]) -> pd.DataFrame:
    """Runs with what they were made from and how they did, the newest first."""
    rows = [
        {
            "Run": name,
            "Status": run.status,
            "Models": run.models,
            "Snapshot": run.snapshot,
            "Dataset": run.dataset,
            "Epochs": run.epochs,
            "Pearson, train": run.pearson.get("train"),
            "Pearson, validation": run.pearson.get("validation"),
            "Pearson, test": run.pearson.get("test"),
            "Parameters": run.parameters,
            "Begun": run.started.removesuffix("+00:00").replace("T", " "),
            "Generated": run.generated,
        }
        for name, run in runs.items()
    ]
    frame = pd.DataFrame(rows)
    measured = [column for column in frame.columns if column.startswith("Pearson")]
    return frame.astype(dict.fromkeys(measured, float))


def head(name: str, run: RunSummary) -> None:
    """What a run is and how it ended."""
    status = read_object(run.folder / STATUS) or {}
    if run.generated:
        st.warning("This run is of a **generated world**, not real data.", icon=":material/science:")
    kind = f"ensemble of {run.models} models" if run.models > 1 else "one model"
    values = {
        "Status": run.status,
        "Epochs" if run.models == 1 else "Epochs of all models": f"{run.epochs:,}",
        # The room is too small for more letters.
        **{f"Pearson, {part}": _number(run.pearson.get(part), "none") for part in ("train", "validation", "test")},
    }
    for column, (words, value) in zip(st.columns(5), values.items(), strict=True):
        column.metric(words, value, border=True)
    kept = status.get("kept_epoch")
    facts = [
        f"{name}: {kind} on snapshot {run.snapshot} and dataset {run.dataset}; "
        f"{run.parameters:,} parameters{' each' if run.models > 1 else ''}",
        *([f"weights of epoch {kept:,}"] if isinstance(kept, int) else []),
    ]
    st.caption(plain("; ".join(facts) + "."))
    if run.status == "running":
        st.info("This run is training; the page follows it.", icon=":material/autorenew:")
    elif run.status == "stopped":
        reason = status.get("reason") or "its process ended without a word"
        st.info(
            plain(f"This run was stopped: {reason}. It goes on with python -m dcell_graph.train --resume {name}"),
            icon=":material/pause:",
        )


def curves(run: RunSummary) -> None:
    """Loss components, correlation and learning rate by epoch; of an ensemble, means over its models."""
    if member_paths(run.folder):
        st.caption("Means over the models of the ensemble.")
    try:
        columns = {name: dict(curve(run.folder, name)) for name in _COLUMNS}
    except (ValueError, KeyError, OSError):
        st.error(plain(f"The file {METRICS} of this run is damaged: its rows cannot be read."), icon=":material/error:")
        return
    epochs = sorted(columns["epoch"])
    if not epochs:
        st.info("This run has no whole epoch yet: there is nothing to draw.", icon=":material/hourglass_empty:")
        return
    metrics = pd.DataFrame(
        {"epoch": epochs} | {name: map(values.get, epochs) for name, values in columns.items() if name != "epoch"}
    )
    metrics = metrics.astype(dict.fromkeys(_COLUMNS[1:], float))
    last = metrics.iloc[-1]
    st.subheader("Loss", anchor=False)
    charts.show(
        "losses",
        run_charts.losses(metrics),
        alt=f"Loss by epoch on a logarithmic axis; in epoch {epochs[-1]:,} the total is {_number(last['train_loss'])} "
        f"on training and {_number(last['validation_loss'])} on validation strains.",
        table=_epochs(metrics, tuple(run_charts.LOSSES)),
    )
    st.subheader("Correlation", anchor=False)
    lines = {
        part: (metrics[f"{part}_pearson"].tolist(), run_charts.SETS[part], dash)
        for part, dash in (("train", "solid"), ("validation", "dash"))
    }
    charts.show(
        "correlation",
        run_charts.by_epoch(epochs, lines, "Pearson's r"),
        alt=f"Correlation by epoch; in epoch {epochs[-1]:,} it is {_number(last['train_pearson'])} on training and "
        f"{_number(last['validation_pearson'])} on validation strains.",
        table=_epochs(metrics, ("pearson",)),
        height=300,
    )
    st.subheader("Learning rate", anchor=False)
    rates = run_charts.by_epoch(epochs, {"learning rate": (metrics["lr"].tolist(), GREEN, "solid")}, "Learning rate")
    rates.update_layout(yaxis={"range": [0, 1.2 * metrics["lr"].max()], "tickformat": "~g"}, showlegend=False)
    charts.show(
        "learning-rate",
        rates,
        alt=f"Learning rate by epoch, from {metrics['lr'].iloc[0]:g} to {last['lr']:g}.",
        table=metrics[["epoch", "lr"]].rename(columns={"epoch": "Epoch", "lr": "Learning rate"}),
        height=240,
    )


def predictions(run: RunSummary, phenotype: str) -> None:
    """Predictions against measurements, and all of them as a table."""
    sets = _predictions(run)
    if sets is None:
        return
    measures = _measures(run)
    lines = []
    for name, rows in sets.items():
        drawn = len(run_charts.sampled(rows))
        cut = f"; {drawn:,} of them are drawn" if drawn < len(rows) else ""
        lines.append(f"{name}: Pearson's r = {_number(measures.get(name, {}).get('pearson'))}, n = {len(rows):,}{cut}.")
    st.caption(" ".join(lines))
    charts.show(
        "predictions",
        run_charts.scatter(sets, phenotype),
        alt="Predictions against measurements: "
        + "; ".join(
            f"{name}, {len(rows):,} strains, Pearson {_number(measures.get(name, {}).get('pearson'))}"
            for name, rows in sets.items()
        ),
        table=pd.DataFrame(
            [
                {
                    "Strains": name,
                    "n": len(rows),
                    "Pearson": measures.get(name, {}).get("pearson"),
                    "Spearman": measures.get(name, {}).get("spearman"),
                    "RMSE": measures.get(name, {}).get("rmse"),
                }
                for name, rows in sets.items()
            ]
        ),
        height=520,
    )
    frame = pd.concat([rows.assign(split=name) for name, rows in sets.items()], ignore_index=True)
    frame["error"] = frame["prediction"] - frame["target"]
    headings = {
        "strain": "Strain",
        "split": "Set",
        "target": "Measured",
        "prediction": "Predicted",
        "sd": "Sd over models",
        "error": "Error",
    }
    tables.long(
        "strains",
        frame,
        headings={column: words for column, words in headings.items() if column in frame},
        noun="strain",
        empty="No strain was predicted.",
        sort="strain",
    )


def errors(run: RunSummary) -> None:
    """How often predictions are off by how much."""
    sets = _predictions(run)
    if sets is None:
        return
    bins = run_charts.error_bins(sets)
    mean = {name: (rows["prediction"] - rows["target"]).mean() for name, rows in sets.items()}
    charts.show(
        "errors",
        run_charts.errors(bins),
        alt="Histogram of predicted minus measured; mean "
        + "; ".join(f"{value:+.3g} on {name} strains" for name, value in mean.items()),
        table=bins,
    )


def states(run: RunSummary) -> None:
    """Sizes of the states by depth."""
    if run.models > 1:
        st.info("An ensemble has no states of its own: choose one of its models.", icon=":material/arrow_upward:")
        return
    frame, problem = run_data.read_table(run.folder / run_data.STATES)
    if frame is None or not {"term", "depth", "width", "size", "spread"} <= set(frame.columns):
        _absent("Sizes of states", problem, there=frame is not None, name=run_data.STATES)
        return
    table = run_charts.by_depth(frame)
    st.caption(
        "Size is the root mean square of a term's state, spread how much it differs between strains. A model whose "
        "states hardly differ anywhere on the way to the root cannot predict."
    )
    charts.show(
        "states",
        run_charts.states(table),
        alt="Median size and spread of the states by depth: "
        + "; ".join(
            f"depth {row['Depth']}, size {row['Size, median']:.3g}, spread {row['Spread, median']:.3g}"
            for row in table.to_dict("records")
        ),
        table=table,
    )
    headings = {"term": "Term", "depth": "Depth", "width": "Width", "size": "Size", "spread": "Spread"}
    tables.show("states-of-terms", frame[list(headings)].rename(columns=headings), empty="The model has no term.")


def configuration(run: RunSummary) -> None:
    """What was asked for, what it was made from, and the log."""
    rows = pd.DataFrame(_facts(run_config(run.folder)), columns=["Part", "Name", "Value", "Not the default"])
    if st.toggle("Only what is not the default", key="changed", bind="query-params"):
        rows = rows[rows["Not the default"].to_numpy()]
    tables.show("configuration", rows, empty="All options are the defaults.")
    try:
        log = (run.folder / run_data.LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        log = ""
    with st.expander("The log", icon=":material/notes:"):
        st.code(log or "The run has no log.", language=None, height=300)


def _facts(config: dict[str, Any]) -> Iterator[tuple[str, str, str, bool]]:
    defaults = TrainConfig().model_dump(mode="json")
    options = dict(config["options"])
    architecture = options.pop("architecture", None) or {}
    for part, values, usual in (("option", options, defaults), ("model", architecture, defaults["architecture"])):
        for name, value in values.items():
            yield part, name, _text(value), name in usual and usual[name] != value
    for part, values in config.items():
        if part == "options":
            continue
        for name, value in (values if isinstance(values, dict) else {part: values}).items():
            yield part if isinstance(values, dict) else "run", name, _text(value), False


def _predictions(run: RunSummary) -> dict[str, pd.DataFrame] | None:
    """Predictions by set of strains; a sentence if there are none."""
    frame, problem = run_data.read_table(run.folder / run_data.PREDICTIONS)
    if frame is None or not {"strain", "split", "mode", "target", "prediction"} <= set(frame.columns) or frame.empty:
        _absent("Predictions", problem, there=frame is not None, name=run_data.PREDICTIONS)
        return None
    return {_set(str(split), str(mode)): rows for (split, mode), rows in frame.groupby(["split", "mode"], sort=False)}


def _measures(run: RunSummary) -> dict[str, dict[str, Any]]:
    status = read_object(run.folder / STATUS) or {}
    return {_set(one["split"], one["mode"]): one for one in status.get("measures", ())}


def _set(split: str, mode: str) -> str:
    return split if mode == "eval" else f"{split}, training mode"


def _absent(what: str, problem: str | None, *, there: bool, name: str) -> None:
    if problem is not None or there:
        st.error(plain(problem or f"The file {name} of this run is damaged."), icon=":material/error:")
    else:
        st.info(f"{what} {_NOT_YET}", icon=":material/hourglass_empty:")


def _epochs(metrics: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    words = run_charts.LOSSES | {"pearson": "Pearson"}
    columns = {
        f"{part}_{name}": f"{words[name].capitalize()}, {part}" for part in ("train", "validation") for name in names
    }
    return metrics[["epoch", *columns]].rename(columns={"epoch": "Epoch"} | columns)


def _number(value: float | None, absent: str = "undefined") -> str:
    return absent if value is None or pd.isna(value) else f"{value:.3f}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
