"""Knock-out lab: delete genes in a trained model; phenotype, interaction and where states move, also in two models."""

from __future__ import annotations

import streamlit as st
from components import models, tables
from components.problems import as_sentences

from dcell_graph.settings import read_settings

st.title("Knock-out lab")
st.caption("Delete genes in a trained model: the phenotype predicted, the interaction, and where states move.")

with as_sentences():
    settings = read_settings()
    runs = models.listed(settings)
    left, right = st.columns(2)
    with left:
        chosen = models.choose(runs, "Run", "run", placeholder="Choose a run")
    if chosen is None:
        st.info("Choose a run to delete genes in.", icon=":material/arrow_upward:")
        st.stop()
    # Slow to import, and of no use before a run is chosen.
    from components import knockout_view

    with right:
        other = knockout_view.second_run(runs, chosen[0])
    asked = [chosen] if other is None else [chosen, (other, runs[other])]
    genes = knockout_view.choose_genes([models.snapshot_of(settings, run) for _, run in asked])
    if not genes:
        st.info("Choose one or more genes.", icon=":material/arrow_upward:")
        st.stop()
    said = [answer for name, run in asked if (answer := knockout_view.ask(settings, name, run, genes)) is not None]
    if not said:
        st.stop()
    expected = knockout_view.expectation() if any(len(one.found.genes) > 1 for one in said) else "additive"
    for column, one in zip(st.columns(len(said)), said, strict=True):
        with column:
            knockout_view.numbers(one, expected)
            with st.expander("All numbers", icon=":material/table_chart:"):
                tables.show(f"genotypes-{said.index(one) + 1}", knockout_view.genotypes(one), empty="")
    names = [f"Where states move: {one.name}" for one in said] if len(said) > 1 else ["Where states move"]
    for place, (one, tab) in enumerate(zip(said, names, strict=True), start=1):
        st.subheader(tab, anchor=False)
        knockout_view.drawing(one, str(place), max(float(each.found.terms["distance"].max()) for each in said))
    if len(said) > 1:
        st.subheader("Term by term", anchor=False)
        knockout_view.side_by_side(*said)
    else:
        knockout_view.moved(said[0])
