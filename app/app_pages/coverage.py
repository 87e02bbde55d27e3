"""Coverage: what a snapshot lets a model see of a dataset, before anything is trained."""

from __future__ import annotations

import streamlit as st
from components import chooser, coverage_view, links
from components.problems import as_sentences
from components.store import digest, kept, open_store

from dcell_graph.measurements.storage import find_dataset, list_datasets

st.title("Coverage")
st.caption("Which strains a model on a snapshot cannot tell apart, and how well it can fit a dataset at best.")

with as_sentences():
    store = open_store()
    if not store.snapshots:
        st.info("No snapshot is built yet.", icon=":material/arrow_forward:")
        links.link("build", "Build one", icon="build")
        st.stop()
    datasets = {made.name: made for made in list_datasets(store.settings.datasets)}
    if not datasets:
        st.info("No dataset is imported yet: `dcell-graph dataset import FILE`", icon=":material/arrow_forward:")
        st.stop()
    left, right = st.columns(2)
    with left:
        snapshot = chooser.one_of("Snapshot", tuple(store.snapshots), "snapshot") or next(iter(store.snapshots))
    with right:
        dataset = chooser.one_of("Dataset", tuple(datasets), "dataset") or next(iter(datasets))
    made = store.snapshots[snapshot]
    if made.generated or datasets[dataset].generated:
        st.warning("Some of this is of a **generated world**, not real data.", icon=":material/science:")
    key = digest(store.key, made.snapshot_id, datasets[dataset].dataset_id)
    folder = find_dataset(store.settings.datasets, dataset)
    seen = kept(coverage_view.look, key, store.settings, snapshot, folder)
    coverage_view.summary(seen)
    steps, genes, groups, strain = st.tabs(
        ["Fit and steps", "Hidden genes", "Equal strains", "One strain"], key="view", bind="query-params"
    )
    if steps.open:
        with steps:
            coverage_view.steps(seen)
    if genes.open:
        with genes:
            coverage_view.genes(seen)
    if groups.open:
        with groups:
            coverage_view.groups(seen)
    if strain.open:
        with strain:
            coverage_view.one_strain(seen)
