"""Overview: what is loaded, built and trained, whether the database is well, and what to do next."""

from __future__ import annotations

import streamlit as st
from components import inventory, links, tables
from components.problems import wait_for_database
from components.text import plain

from dcell_graph.settings import read_settings

settings = read_settings()
st.title("dcell-graph")
st.caption("GO releases and annotations in Neo4j, versioned term sets, and DCell models built from them.")

state = inventory.read(settings)
if state.problem is not None:
    st.error(plain(state.problem), icon=":material/database_off:")
    wait_for_database()
if state.damaged is not None:
    st.warning(plain(state.damaged), icon=":material/broken_image:")
if state.generated:
    st.warning(
        "Some of what is shown comes from a **generated world**, not from real data. It is marked in the tables.",
        icon=":material/science:",
    )
if state.unfinished:
    st.warning(
        "Something was begun and not finished; the next load or build clears it away.", icon=":material/pending:"
    )

totals = state.totals()
for columns, part in ((st.columns(3), totals[:3]), (st.columns(3), totals[3:])):
    for column, (label, number) in zip(columns, part, strict=True):
        column.metric(label, f"{number:,}", border=True)

for step in state.next_steps():
    st.info(step, icon=":material/arrow_forward:")

if state.problem is None:
    with st.container(horizontal=True, gap="medium"):
        links.link("discrepancies", "See where two sources disagree", icon="compare_arrows")
        links.link("why", "Ask why a term is missing", icon="help")
        links.link("build", "Build a snapshot", icon="build")
        links.link("calibration", "Calibrate towards a size", icon="tune")
        links.link("runs", "Look at the runs", icon="model_training")
        links.link("subsystems", "See which subsystems matter", icon="donut_small")
        links.link("knockout", "Delete genes in a model", icon="content_cut")
        links.link("cypher", "Ask in Cypher", icon="terminal")

st.subheader("Snapshots")
tables.show("snapshots", state.snapshots(), empty="No snapshot is built yet.")
st.subheader("Runs")
tables.show("runs", state.runs(), empty="No model is trained yet.")

releases, genes = st.columns(2, gap="large")
with releases:
    st.subheader("Ontology releases")
    tables.show("releases", state.releases(), empty="No ontology is loaded yet.")
with genes:
    st.subheader("Genomes and gene lists")
    tables.show("genes", state.genes(), empty="No genome is loaded yet; genes go by the ids of the annotation files.")
st.subheader("Annotation files")
tables.show("annotation-files", state.annotation_files(), empty="No annotation file is loaded yet.")
datasets, database = st.columns(2, gap="large")
with datasets:
    st.subheader("Datasets")
    tables.show("datasets", state.datasets(), empty="No dataset is imported yet.")
with database:
    st.subheader("Database")
    tables.facts(state.database)
