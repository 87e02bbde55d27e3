"""Gene: what it is called, which subsystems it feeds, and what each file says about it."""

from __future__ import annotations

import streamlit as st
from components import chooser, gene_view, records
from components.problems import as_sentences
from components.store import open_store

from dcell_graph.graph.browse import Choice
from dcell_graph.graph.subject_view import evidence_of_gene, gene_facts

st.title("Gene")
st.caption("A gene: the subsystems of a model that it feeds, and its annotations by file.")

with as_sentences():
    store = open_store()
    if not store.names("AnnotationFile"):
        st.info(
            "No annotation file is loaded yet: `dcell-graph load annotations FILE`", icon=":material/arrow_forward:"
        )
        st.stop()
    left, right = st.columns([3, 1])
    with right:
        genome = chooser.one_of("Genome", store.names("Genome"), "genome")
    with left:
        gene = chooser.gene(store, genome or "")
    if gene is None or genome is None:
        st.info("Look for a gene and choose it.", icon=":material/arrow_upward:")
        st.stop()
    found = store.ask(gene_facts, genome, gene)
    gene_view.facts(found)

    subsystems, records_tab = st.tabs(["Subsystems", "Annotations"], key="view", bind="query-params")
    if subsystems.open:
        with subsystems:
            gene_view.subsystems(store, genome, found)
    if records_tab.open:
        with records_tab:
            releases = store.names("Release")
            choice = Choice(
                sources=store.names("AnnotationFile"),
                genome=genome,
                release=releases[0] if releases else None,
                gene=found.id,
            )
            records.show(store, choice, store.ask(evidence_of_gene, genome, found.id), found.symbol)
