"""Runs: all that was trained; of one how it went and what it predicts, also while it trains; several side by side."""

from __future__ import annotations

import streamlit as st
from components import chooser, run_compare, run_data, run_members, run_view, tables
from components.problems import as_sentences
from components.text import plain

from dcell_graph.settings import read_settings
from dcell_graph.train.finding import run_config

st.title("Runs")
st.caption("What was trained, how it went, and what it predicts.")

with as_sentences():
    folder = read_settings().runs
    found = run_data.read_runs(folder)
    run_members.watch(folder, found)
    for note in found.notes:
        st.caption(f":material/info: {plain(note)}.")
    if not found.runs:
        st.info(
            "No model is trained yet: `python -m dcell_graph.train --snapshot NAME --dataset NAME`",
            icon=":material/arrow_forward:",
        )
        st.stop()
    shown = run_members.narrowed(found)
    tables.show("runs", run_view.listed(shown), empty="This sweep has no run with a whole epoch.")
    # Never the newest by itself: a copied address has to show the same run tomorrow.
    name = chooser.one_of("Run", tuple(shown), "run", placeholder="Choose a run to look at")
    if name is None:
        st.info("Choose a run to see how it went.", icon=":material/arrow_upward:")
        st.stop()
    run_view.head(name, found.runs[name])
    run = run_members.model(found.runs[name])
    curves, predicted, errors, states, configuration, compared = st.tabs(
        ["Curves", "Predictions", "Errors", "States", "Configuration", "Compare"], key="view", bind="query-params"
    )
    if curves.open:
        with curves:
            run_view.curves(run)
    if predicted.open:
        with predicted:
            run_view.predictions(run, str(run_config(found.runs[name].folder)["dataset"].get("phenotype", "phenotype")))
    if errors.open:
        with errors:
            run_view.errors(run)
    if states.open:
        with states:
            run_view.states(run)
    if configuration.open:
        with configuration:
            run_view.configuration(run)
    if compared.open:
        with compared:
            run_compare.choose(found.runs, name)
