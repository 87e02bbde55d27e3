"""Subsystems: which of a trained model matter and how certain that is; of one its states, genes and annotations."""

from __future__ import annotations

import streamlit as st
from components import models, subsystem_term, subsystem_view
from components.problems import as_sentences

from dcell_graph.settings import read_settings

st.title("Subsystems")
st.caption("Which subsystems of a trained model matter, how certain that is, and what is behind one of them.")

with as_sentences():
    settings = read_settings()
    chosen = models.choose(models.listed(settings), "Run", "run", placeholder="Choose a run")
    if chosen is None:
        st.info("Choose a run to see its subsystems.", icon=":material/arrow_upward:")
        st.stop()
    name, run = chosen
    snapshot = models.snapshot_of(settings, run)
    scores, by = models.importance_of(run), None
    if scores is None:
        subsystem_view.without_scores(settings, name, run, snapshot)
        subsystem_view.hierarchy(snapshot, None, None)
    else:
        subsystem_view.outdated(run, scores)
        by = subsystem_view.measure()
        ranking, hierarchy, seeds = st.tabs(["Ranking", "Hierarchy", "Seeds"], key="view", bind="query-params")
        if ranking.open:
            with ranking:
                subsystem_view.ranking(scores, by, snapshot.terms["term"][snapshot.root])
        if hierarchy.open:
            with hierarchy:
                subsystem_view.hierarchy(snapshot, scores, by)
        if seeds.open:
            with seeds:
                subsystem_view.steadiness(scores, by)
    subsystem_view.listing(snapshot, scores, by)
    term = st.query_params.get(subsystem_view.TERM)
    if term is None:
        st.stop()
    with st.container(border=True, key="subsystem"):
        if not subsystem_term.head(snapshot, scores, term):
            st.stop()
        states, genes, records = st.tabs(["States", "Genes", "Annotations"], key="part", bind="query-params")
        if states.open:
            with states:
                subsystem_term.show_states(settings, run, term)
        if genes.open:
            with genes:
                subsystem_term.show_genes(snapshot, term)
        if records.open:
            with records:
                subsystem_term.show_annotations(settings, snapshot, term)
