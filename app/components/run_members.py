"""Runs that consist of several: the models of an ensemble, the runs of a sweep; and all of them while they train."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components import chooser, run_data, run_view, tables
from components.run_data import Runs
from components.text import plain
from dcell_graph.errors import DcellGraphError
from dcell_graph.train.listing import RunSummary, summary_of
from dcell_graph.train.members import member_paths

_SECONDS = 2
_RESULTS = "results.csv"
_HEADINGS = {
    "validation_pearson": "Pearson, validation",
    "validation_rmse": "RMSE, validation",
    "epochs": "Epochs",
    "kept_epoch": "Kept epoch",
    "status": "Status",
    "run": "Run",
    "reason": "Reason",
}


def watch(folder: Path, found: Runs) -> None:
    """Show the page again after every epoch that is on disk for as long as anything trains.

    Args:
        folder: of runs.
        found: what the page shows.
    """
    if found.at_work:
        _look(folder, run_data.signature(folder))


@st.fragment(run_every=_SECONDS)
def _look(folder: Path, seen: str) -> None:
    if run_data.signature(folder) != seen:
        st.rerun()


def narrowed(found: Runs) -> dict[str, RunSummary]:
    """The runs to list: all, or those of the sweep that is chosen, whose table of results is shown."""
    if not found.sweeps:
        return found.runs
    sweep = chooser.one_of("Sweep", tuple(found.sweeps), "sweep", placeholder="All runs")
    if sweep is None:
        return found.runs
    frame, problem = run_data.read_table(found.sweeps[sweep] / _RESULTS)
    st.subheader(plain(f"Sweep {sweep}"), anchor=False)
    if frame is None:
        st.caption(plain(problem or "This sweep has no table of results yet: its first run is not over."))
    else:
        st.caption("The best on the validation strains first; the test strains are not looked at.")
        tables.show(f"sweep-{sweep}", frame.rename(columns=_HEADINGS), empty="No run of this sweep is over.")
    return found.of_sweep(sweep)


def model(run: RunSummary) -> RunSummary:
    """The run itself; of an ensemble, the model that is chosen, or all together. Its models are shown as a table."""
    members: dict[str, RunSummary] = {}
    absent = 0
    for path in member_paths(run.folder):
        try:
            members[f"Model {path.name}"] = summary_of(path)
        except (DcellGraphError, KeyError, TypeError, ValueError, AttributeError):
            absent += 1
    if not members and not absent:
        return run
    if members:
        tables.show(
            "models", run_view.listed(members).rename(columns={"Run": "Model"}).drop(columns="Models"), empty=""
        )
    if absent:
        st.caption(f"{absent:,} of {run.models:,} models are not there yet, or are damaged.")
    chosen = chooser.one_of("Model", tuple(members), "model", placeholder="All models together")
    return run if chosen is None else members[chosen]
