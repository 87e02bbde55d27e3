"""Differences: what two snapshots differ in, and which of their ingredients is the cause."""

from __future__ import annotations

import streamlit as st
from components import chooser, difference_view, links
from components.problems import as_sentences
from components.store import open_store

from dcell_graph.graph.diff import built, difference
from dcell_graph.graph.runner import Runner
from dcell_graph.snapshot.diff.difference import Difference


def between(runner: Runner, a: str, b: str) -> Difference:
    """The difference between two snapshots of the database."""
    return difference(runner, built(runner, a), built(runner, b))


st.title("Differences between snapshots")
st.caption("Which terms, links and pairs two snapshots differ in, and which of their ingredients is the cause.")

with as_sentences():
    store = open_store()
    names = tuple(store.snapshots)
    if len(names) < 2:
        st.info("Two snapshots are needed.", icon=":material/arrow_forward:")
        links.link("build", "Build one", icon="build")
        st.stop()
    left, right = st.columns(2)
    with left:
        a = chooser.one_of("Snapshot A", names, "a") or names[0]
    with right:
        b = chooser.one_of("Snapshot B", tuple(name for name in names if name != a), "b")
    if b is None:
        st.stop()
    found = store.ask_much(between, a, b)
    difference_view.head(found)
    causes, happened, things = st.tabs(
        ["Causes", "What happened", "Terms, links and pairs"], key="view", bind="query-params"
    )
    if causes.open:
        with causes:
            difference_view.causes(found)
    if happened.open:
        with happened:
            difference_view.happened(found)
    if things.open:
        with things:
            difference_view.things(found, store.snapshots[b].ontology.release)
