"""Term: what a term is, the hierarchy around it, its annotations by file, and what it is in other releases."""

from __future__ import annotations

import streamlit as st
from components import chooser, links, records, term_view
from components.problems import as_sentences
from components.store import open_store

from dcell_graph.graph.browse import Choice
from dcell_graph.graph.hierarchy_view import term_facts
from dcell_graph.graph.subject_view import evidence_of_term

st.title("Term")
st.caption("A term of the Gene Ontology: where it stands, what is annotated to it, and what snapshots did to it.")

with as_sentences():
    store = open_store()
    if not store.names("Release"):
        st.info("No ontology is loaded yet: `dcell-graph load ontology FILE`", icon=":material/arrow_forward:")
        st.stop()
    left, right = st.columns([3, 1])
    with right:
        release = chooser.one_of("Ontology release", store.names("Release"), "release")
    with left:
        term = chooser.term(store, release or "")
    if term is None or release is None:
        st.info("Look for a term and choose it.", icon=":material/arrow_upward:")
        st.stop()
    found = store.ask(term_facts, release, term)
    term_view.facts(found)
    with st.container(horizontal=True):
        for snapshot in store.snapshots:
            links.link("why", f"Why it is in {snapshot} or not", icon="help", snapshot=snapshot, term=found.term)

    hierarchy, records_tab, history = st.tabs(["Hierarchy", "Annotations", "Releases"], key="view", bind="query-params")
    if hierarchy.open:
        with hierarchy:
            term_view.hierarchy(store, found)
    if records_tab.open:
        with records_tab:
            genome = store.names("Genome")[0]
            choice = Choice(sources=store.names("AnnotationFile"), genome=genome, release=release, term=found.term)
            records.show(store, choice, store.ask(evidence_of_term, found.ids), found.term)
    if history.open:
        with history:
            term_view.history(store, found)
