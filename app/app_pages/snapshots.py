"""Snapshots: the list; of one its stages, its terms, what was removed and why, and what it was made of."""

from __future__ import annotations

import streamlit as st
from components import chooser, links, snapshot_view, tables
from components.problems import as_sentences
from components.store import open_store

st.title("Snapshots")
st.caption("Term sets under a name: a recipe applied to named releases, frozen for good.")

with as_sentences():
    store = open_store()
    manifests = store.snapshots
    if not manifests:
        st.info("No snapshot is built yet.", icon=":material/arrow_forward:")
        links.link("build", "Build one", icon="build")
        st.stop()
    tables.show("snapshots", snapshot_view.listed(list(manifests.values())), empty="")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = chooser.one_of("Snapshot", tuple(manifests), "snapshot")
        links.link("build", "Build another one", icon="build")
        links.link("differences", "Compare two", icon="difference", a=name)
    if name is None:
        st.stop()
    snapshot_view.head(manifests[name])
    stages, removed, terms, recipe = st.tabs(
        ["Stages", "Removed terms", "Terms", "Recipe"], key="view", bind="query-params"
    )
    if stages.open:
        with stages:
            snapshot_view.stages("snapshot", manifests[name].stages)
    if removed.open:
        with removed:
            snapshot_view.terms(store, name, removed=True)
    if terms.open:
        with terms:
            snapshot_view.terms(store, name, removed=False)
    if recipe.open:
        with recipe:
            snapshot_view.recipe(manifests[name])
